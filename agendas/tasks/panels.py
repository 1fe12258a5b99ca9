"""My tasks, over all cases: what waits for my answer, what I do or help with, what I asked of others, and what ended
lately."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from agendas.actions.models import ActionItem, ActionStatus, edition, has_ended, told_outcome, told_status
from agendas.actions.panels import lost_actions, status_label
from agendas.goals.models import ENTRIES
from agendas.goals.panels import Told, entries_of
from agendas.history.models import What
from conferences.meetings.models import Conference, Status, next_of
from conferences.roles.panels import Team, Who
from workspace.disclosure import lean
from workspace.disclosure.lens import NO_ROWS, OpenedRows, Sight, lenses_of, open_rows
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Lens, Role, can_be_late, is_told_of_lost_owners, may_write_notes
from workspace.disclosure.sealed import Along, Groups, SeatSet, TiedRows
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value

# What stands on an action item's own page, and not in a list of thousands.
UNREAD: Along = tuple(
    (name, None)
    for name in (
        *("key", "goal_id", "need_id", "from_item_id", "from_note_id", "from_decision_id", "waits_for_id"),
        *("asked_at", "rose", "steps", "owner_role"),
        *("case_id", "case_public_id", "owner_person_id", "holding_agency_id", "zone"),
    )
)
# What is said about a task is read along with it, as thousands of tasks have few comments.
SAID: Along = (
    (
        "entries",
        TiedRows(ENTRIES.table, ENTRIES.column, *ENTRIES.columns, **ENTRIES.where, what=What.COMMENT.value),
    ),
)
# Of a seat nothing is asked but whether it is seen, or whose name stands there: some hundreds of them are read.
SEEN = "mark_id", "starts", "until"
UNREAD_OF_SEEN, UNREAD_OF_NAMED = (
    tuple(
        (name, None)
        for name in (*(field.attname for field in Seat._meta.concrete_fields), *Seat.also)
        if name not in asked
    )
    for asked in (SEEN, (*SEEN, "name", "comes_in"))
)
LATELY = timedelta(days=30)
MOST = 30  # rows of a part that stand on a page
FEW = 4  # tasks that need no narrowing


class Part(StrEnum):
    """What the viewer has to do with a task."""

    WAITING = "waiting"
    OWN = "own"
    HELPING = "helping"
    ASKED = "asked"
    ENDED = "ended"


class Until(StrEnum):
    """By when it is to be done, at the latest."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"


PARTS: dict[str, Part] = {part.value: part for part in Part}
UNTILS: dict[str, Until] = {until.value: until for until in Until}
WEEK, MONTH, NEVER = 7, 31, 10_000
DAYS = {Until.TODAY: 0, Until.WEEK: WEEK, Until.MONTH: MONTH}
LABELS: dict[str, Any] = {
    Part.WAITING: _("Waits for my answer"),
    Part.OWN: _("I do"),
    Part.HELPING: _("I help"),
    Part.ASKED: _("I asked others"),
    Part.ENDED: _("Ended lately"),
    Until.TODAY: _("Today or before"),
    Until.WEEK: _("In the next seven days"),
    Until.MONTH: _("In the next month"),
}


@dataclass(frozen=True)
class Look:
    """What the list is narrowed to: one part of it or all, by a day or none, and the page of a long part."""

    part: Part | None = None
    until: Until | None = None
    page: int = 1

    @property
    def word(self) -> str:
        """The same in one word, for the socket; empty for all."""
        return "" if self == Look() else f"{self.part or 'all'}-{self.until or 'any'}-{self.page}"

    @classmethod
    def of(cls, word: str) -> "Look":
        """What such a word says. Of a word that says nothing known, all."""
        part, until, page, *_more = [*word.split("-"), "", "", ""]
        return looked_for(part, until, page)


def looked_for(part: str, until: str, page: str) -> Look:
    """What an address asks for; what is not known there is left aside."""
    only = PARTS.get(part)
    number = int(page) if only and page.isascii() and page.isdigit() and len(page) < 5 else 1
    return Look(only, UNTILS.get(until), max(1, number))


def address(case: str, look: Look) -> str:
    """Where the list stands, narrowed so."""
    page = str(look.page) if look.page > 1 else ""
    asked = {"case": case, "part": look.part or "", "until": look.until or "", "page": page}
    query = urlencode({name: said for name, said in asked.items() if said})
    return f"/tasks/?{query}" if query else "/tasks/"


@value
class TaskRow:
    """A task in one of the parts. `case`: the code name. `day`: by when, which for `by_next`, by the next meeting,
    is known where the viewer sees one. `passed`: that day is over. `who`: who `asked`, or for what others do who does
    it. `calmly`: the survivor does it, or somebody whom the viewer does not see and who might be her; `hers`: she does,
    as the viewer knows, and `yours`: the viewer is she. `rose`: its owner has not answered, so the viewer looks after
    it. `lost`: its owner can no longer see it, and the viewer is told so. `may_ask`: the viewer may write under it.
    `said`: what was said about it last, if somebody else did, `said_by` whom and `said_at` when. `seen`: what they say
    yes to, where it waits for their answer. `back`: the list that it is in."""

    template: ClassVar[str] = "agendas/tasks/_task.html"
    id: str
    part: str
    title: str
    case: str
    day: date | None
    by_next: bool
    passed: bool
    who: Who
    asked: bool
    status: str
    calmly: bool
    hers: bool
    yours: bool
    outcome: str
    ended: datetime | None
    rose: bool
    lost: bool
    may_ask: bool
    said: str
    said_by: Who
    said_at: datetime | None
    seen: str
    back: str

    @property
    def url(self) -> str:
        """Its own page."""
        return f"/actions/{self.id}/"

    @property
    def then(self) -> str:
        """What leads from a form back to the list; there, the keyboard starts at the form and not at the head."""
        return f"?{urlencode({'back': self.back})}#main"

    @property
    def status_label(self) -> Any:
        """Where it stands, in words."""
        return status_label(self.status, calmly=self.calmly, hers=self.hers)


@value
class More:
    """That a part is longer than what stands there: from which to which, of how many, and where the others are."""

    first: int
    last: int
    total: int
    before_url: str
    next_url: str


@value
class MinePanel:
    """The list. `stands`: on the start page it stands for those who come for it alone. `survivor`: the viewer is one.
    `only`: the part it is narrowed to. `all_url`: where everything is, if it is narrowed; or where it can be."""

    id: ClassVar[str] = "mine"
    template: ClassVar[str] = "agendas/tasks/_mine.html"
    stands: bool = False
    survivor: bool = False
    only: str = ""
    all_url: str = ""
    narrowed: bool = False
    waiting: Lines = Lines()
    own: Lines = Lines()
    helping: Lines = Lines()
    asked: Lines = Lines()
    ended: Lines = Lines()
    more: tuple[tuple[str, More], ...] = ()

    def _more(self, part: Part) -> More | None:
        return dict(self.more).get(part)

    @property
    def more_waiting(self) -> More | None:
        """What else waits."""
        return self._more(Part.WAITING)

    @property
    def more_own(self) -> More | None:
        """What else the viewer does."""
        return self._more(Part.OWN)

    @property
    def more_helping(self) -> More | None:
        """What else they help with."""
        return self._more(Part.HELPING)

    @property
    def more_asked(self) -> More | None:
        """What else they asked of others."""
        return self._more(Part.ASKED)

    @property
    def more_ended(self) -> More | None:
        """What else ended."""
        return self._more(Part.ENDED)


@value
class Choice:
    """One way to narrow the list, and how many tasks there are then. `text`: a code name, where it is a case."""

    url: str
    count: int
    chosen: bool
    name: str = ""
    text: str = ""

    @property
    def label(self) -> Any:
        """What it is called."""
        return LABELS[self.name] if self.name else self.text


@value
class NarrowPanel:
    """How the list can be narrowed, where it is long enough. `narrowed`: whether it is."""

    id: ClassVar[str] = "narrow"
    template: ClassVar[str] = "agendas/tasks/_narrow.html"
    narrowed: bool = False
    parts: tuple[Choice, ...] = ()
    untils: tuple[Choice, ...] = ()
    cases: tuple[Choice, ...] = ()


class Place(NamedTuple):
    """What is asked of a case: its public id, its code name, where its days begin and end, and who holds it."""

    public_id: str
    code_name: str
    zone: str
    holding: int


class Kind(NamedTuple):
    """What tasks are counted by. `within`: the fewest days, of those that can be asked for, in which they are to be
    done; or more than any."""

    case: int
    part: Part
    within: int


class Task(NamedTuple):
    """An opened action item in one of the viewer's parts. `day`: by when, as they are told. `order`: soonest first;
    those without a day last."""

    row: Any
    lens: Lens
    part: Part
    day: date | None
    days_left: int | None
    kind: Kind
    order: tuple[bool, date, int]

    @property
    def late(self) -> bool:
        """Whether its day has passed, where that may be said."""
        passed = self.days_left is not None and self.days_left < 0
        # The day of a meeting that has not ended is not over with that day.
        told = self.part is not Part.ENDED and not self.row.by_next
        return passed and told and can_be_late(self.lens, self.row.owner_id)


def seats_of(asked: Asked) -> frozenset[int]:
    """The seats of all who look."""
    return frozenset(lens.seat for viewer in asked.viewers for lens in viewer.sight.values())


def actions_of(asked: Asked, along: Along = ()) -> Groups:
    """Sealed action items that concern those who look, by case: no others, however many there are."""
    return asked.rows(
        ActionItem,
        "mark__case_id",
        along + SAID,
        concerning=seats_of(asked),
        open_or_ended_since=asked.at - LATELY,
    )


class Own(NamedTuple):
    """What is somebody's of a case. `by_next`: some of it is to be done by the next conference."""

    rows: OpenedRows
    by_next: bool


def opened(sight: Sight, actions: Groups) -> list[tuple[Lens, Own]]:
    """The action items of this person, those they help with or asked for, and those that rose to them, as they may read
    them now: by case, where there are any."""
    each = ((lens, open_rows(sight, actions[number])) for number, lens in sorted(sight.items()))
    return [(lens, rows.once(_own, lens.seat)) for lens, rows in each if rows]


def _own(rows: OpenedRows, seat: int) -> Own:
    own = OpenedRows(row for row in rows if _concerns(row, seat))
    return Own(own, any(row.by_next for row in own))


def _concerns(row: Any, seat: int) -> bool:
    return seat in (row.owner_id, row.row.author) or rose_to(row, seat) or seat in SeatSet.read(row.helpers)


def rose_to(row: Any, seat: int) -> bool:
    """Whether this seat looks after an opened action item now, because its owner has not answered."""
    return bool(row.risen_to_id == seat != row.owner_id and row.status == ActionStatus.OFFERED)


# By where a task stands: of what is the viewer's own, and of what they asked of others.
OF_OWN: dict[str, Part] = {
    ActionStatus.OFFERED.value: Part.WAITING,
    ActionStatus.ACCEPTED.value: Part.OWN,
}
OF_OTHERS: dict[str, Part] = {
    ActionStatus.OFFERED.value: Part.ASKED,
    ActionStatus.ACCEPTED.value: Part.ASKED,
    ActionStatus.DECLINED.value: Part.ASKED,
}


def next_day(row: Any, conferences: Iterable[Any], zone: str) -> date | None:
    """The day of the next conference of those the viewer sees: not of the one in which this was asked for."""
    following = next_of(
        each for each in conferences if each.opened_at is None or each.opened_at > row.created_at
    )
    return following.starts.astimezone(_zone(zone)).date() if following else None


_zone = cache(ZoneInfo)


def sorted_out(
    its: Iterable[tuple[Lens, Own]],
    places: Mapping[int, Any],
    conferences: Callable[[int], OpenedRows],
    teams: Callable[[int], Team],
    at: datetime,
) -> list[Task]:
    """What each of these is for the viewer, soonest first. `conferences`: those of a case that the viewer sees;
    `teams`: the seats of it that they see, those at least that `owners` names.

    Of thousands, a few changed since the list was asked for last: what the others are is not worked out again."""
    today = cache(lambda zone: at.astimezone(_zone(zone)).date())
    found: list[Task] = []
    for lens, own in its:
        zone, ahead = places[lens.case].zone, conferences(lens.case) if own.by_next else NO_ROWS
        found += own.rows.once(_tasks, lens, zone, today(zone), ahead, teams(lens.case))
    return sorted((task for task in found if not _is_long_ago(task, at)), key=attrgetter("order"))


def _tasks(
    rows: OpenedRows, lens: Lens, zone: str, today: date, conferences: OpenedRows, team: Team
) -> tuple[Task, ...]:
    found = []
    for row in rows:
        day = next_day(row, conferences, zone) if row.by_next else row.due
        left = (day - today).days if day else None
        # A day that has passed says of what is told calmly that it was not done by then: it is not told, counted or
        # sorted by.
        if left is not None and left < 0 and _is_told_calmly(row, lens, team):
            day = left = None
        part = (OF_OWN if row.owner_id == lens.seat else OF_OTHERS).get(row.status, Part.ENDED)
        if part is Part.WAITING and lens.seat == lens.survivor:
            # A case file may say that she was asked.
            part = Part.OWN
        if row.status == ActionStatus.DECLINED and has_ended(row, lens, team.seats):
            part = Part.ENDED
        if part is Part.ASKED and lens.seat != row.row.author and not rose_to(row, lens.seat):
            part = Part.HELPING
        order = day is None, day or date.max, row.mark_id
        found.append(Task(row, lens, part, day, left, Kind(lens.case, part, _within(left)), order))
    return tuple(found)


def _is_long_ago(task: Task, at: datetime) -> bool:
    ended = task.row.ended_at
    if ended is None:
        # What a case file brought as ended is not asked for at all. So what it brought as declined is not kept either
        # where it is told as ended; but whoever declined finds their own again.
        return task.part is Part.ENDED and task.row.owner_id != task.lens.seat
    return task.part is Part.ENDED and ended <= at - LATELY


def _is_told_calmly(row: Any, lens: Lens, team: Team) -> bool:
    return row.owner_id == lens.survivor or (row.owner_id != lens.seat and row.owner_id not in team.seats)


def owners(its: Iterable[tuple[Lens, Own]], at: datetime) -> set[int]:
    """The seats of which it has to be known whether the viewer sees them before these are sorted: of others' tasks
    whose day has passed, or that they declined."""
    latest = at.date() + timedelta(days=1)
    return {seat for lens, own in its for seat in own.rows.once(_unsure, lens, latest)}


def _unsure(rows: OpenedRows, lens: Lens, latest: date) -> frozenset[int]:
    unsure = {
        row.owner_id
        for row in rows
        if row.owner_id != lens.seat
        and (row.by_next or (row.due and row.due < latest) or row.status == ActionStatus.DECLINED)
    }
    return frozenset({*unsure, lens.survivor} if unsure else ())


def _within(left: int | None) -> int:
    if left is None or left > MONTH:
        return NEVER
    return 0 if left <= 0 else WEEK if left <= WEEK else MONTH


def turn(tasks: Iterable[Task], places: Mapping[int, Any], at: datetime) -> datetime | None:
    """When time alone changes the list: at midnight, and when something ended long enough ago."""
    zones = {places[task.lens.case].zone for task in tasks if task.part is not Part.ENDED}
    midnights = [
        datetime.combine(at.astimezone(_zone(zone)).date() + timedelta(days=1), time.min, _zone(zone))
        for zone in zones
    ]
    over = [task.row.ended_at + LATELY for task in tasks if task.part is Part.ENDED and task.row.ended_at]
    return min((*midnights, *over), default=None)


@dataclass(frozen=True)
class Chosen:
    """What one viewer looks at: all their tasks, and those of the page they are on, by part."""

    look: Look
    case: int | None
    tasks: Sequence[Task]
    fitting: Mapping[Part, Sequence[Task]]

    def page(self, part: Part) -> Sequence[Task]:
        """Those of a part that stand on the page."""
        start = self.start(part)
        return self.fitting[part][start : start + MOST]

    def start(self, part: Part) -> int:
        """How many of a part come before. A page behind the last is the last."""
        last = max(0, len(self.fitting[part]) - 1) // MOST
        return min(self.look.page - 1, last) * MOST

    @property
    def on_page(self) -> list[Task]:
        """All that stands on the page."""
        return [task for part in Part for task in self.page(part)]


def chosen(tasks: Sequence[Task], look: Look = Look(), case: int | None = None) -> Chosen:
    """What the list is narrowed to."""
    fitting: dict[Part, list[Task]] = {part: [] for part in Part}
    everything = case is None and look.part is None and look.until is None
    for task in tasks:
        if everything or (
            case in (None, task.lens.case) and _is_among(task.kind.part, task.kind.within, look)
        ):
            fitting[task.part].append(task)
    # What ended last stands first.
    fitting[Part.ENDED].sort(key=lambda task: task.row.ended_at or task.row.created_at, reverse=True)
    return Chosen(look, case, tasks, fitting)


def mine(
    its: Chosen,
    places: Mapping[int, Any],
    teams: Callable[[int], Team],
    lost: Callable[[Task, Team], bool],
    *,
    survivor: bool,
    start: bool = False,
) -> MinePanel:
    """The list. `start`: it stands on the start page."""
    case = places[its.case].public_id if its.case is not None else ""
    narrowed = bool(case) or its.look != Look()
    back = "/" if start else address(case, its.look)
    return MinePanel(
        stands=True,
        survivor=survivor,
        only=its.look.part or "",
        all_url="/tasks/" if narrowed or (start and len(its.tasks) > FEW) else "",
        narrowed=narrowed,
        **{str(part): _lines(its.page(part), places, teams, lost, back) for part in Part},
        more=tuple((str(part), more) for part in Part if (more := _more(its, part, case))),
    )


def _lines(
    tasks: Iterable[Task],
    places: Mapping[int, Any],
    teams: Callable[[int], Team],
    lost: Callable[[Task, Team], bool],
    back: str,
) -> Lines:
    with_teams = ((task, teams(task.lens.case)) for task in tasks)
    return Lines(
        team.once(_row, task, places[task.lens.case].code_name, back, lost(task, team))
        for task, team in with_teams
    )


def lost_of(at: datetime, seated: Mapping[int, Mapping[int, Lens]]) -> Callable[[Task, Team], bool]:
    """Of a task that the viewer asked of somebody, whether they can no longer see it, as far as the viewer is told.
    `seated`: the lenses of those whom they asked, by case and seat."""

    def lost(task: Task, team: Team) -> bool:
        lens = task.lens
        return _may_be_lost(task) and bool(
            lost_actions([task.row], team, lens, at, seated.get(lens.case, {}))
        )

    return lost


def _may_be_lost(task: Task) -> bool:
    return task.part is Part.ASKED and is_told_of_lost_owners(task.lens)


def said_last(row: Any, lens: Lens) -> Told | None:
    """What was said last about an opened action item, as far as this lens reads it, if somebody else did: whoever
    answers has said the last word."""
    said = entries_of(row, lens)
    return said[-1] if said and said[-1].row.author != lens.seat else None


def _said_by(task: Task) -> int | None:
    said = said_last(task.row, task.lens)
    return said.row.author if said else None


def said_of_hers(rows: OpenedRows, lens: Lens, team: Team) -> tuple[tuple[Any, Lens], ...]:
    """What she offered and said the last word about, where it is on no list of the viewer's: her primary case manager
    is told of it who sees that it is hers. Otherwise she would ask nobody."""
    me = team.seats.get(lens.seat)
    sees = me is not None and me.primary and lens.survivor in team.seats
    return rows.once(_said_of_hers, lens) if sees else ()


def _said_of_hers(rows: OpenedRows, lens: Lens) -> tuple[tuple[Any, Lens], ...]:
    hers = (row for row in rows if row.owner_id == lens.survivor and not _concerns(row, lens.seat))
    said = ((row, said_last(row, lens)) for row in hers if row.entries)
    return tuple((row, lens) for row, last in said if last and last.row.author == lens.survivor)


def written_lately(its: Iterable[tuple[Any, Lens]], at: datetime) -> list[tuple[Any, datetime]]:
    """The action items about which somebody else said the last word in the last seven days, the newest first, and until
    when each of them is one."""
    # Most have no comments at all.
    said = ((row, last) for row, lens in its if row.entries and (last := said_last(row, lens)))
    found = [(row, last.created_at + timedelta(WEEK)) for row, last in said if last.created_at]
    return sorted(((row, until) for row, until in found if until > at), key=itemgetter(1), reverse=True)


def nobody_does(task: Task, team: Team, lost: Callable[[Task, Team], bool]) -> bool:
    """Whether nobody does a task that the viewer asked of somebody, as far as they are told: it was declined, or its
    owner can no longer see it. What rose to them is told as that."""
    row, lens = task.row, task.lens
    if task.part is not Part.ASKED or rose_to(row, lens.seat) or _is_told_calmly(row, lens, team):
        return False
    return row.status == ActionStatus.DECLINED or lost(task, team)


def _row(team: Team, task: Task, code_name: str, back: str, lost: bool) -> TaskRow:
    row, lens = task.row, task.lens
    theirs = row.owner_id != lens.seat
    author = row.row.author
    calmly = _is_told_calmly(row, lens, team)
    said = said_last(row, lens)
    return TaskRow(
        id=row.public_id,
        part=task.part,
        title=row.title,
        case=code_name,
        day=task.day,
        by_next=row.by_next,
        passed=task.late,
        who=team.who(row.owner_id) if theirs else team.who(author if author != lens.seat else None),
        asked=not theirs,
        status=told_status(row, lens, team.seats),
        calmly=calmly,
        hers=row.owner_id == lens.survivor and row.owner_id in team.seats,
        yours=lens.role is Role.SURVIVOR,
        outcome=told_outcome(row, lens, team.seats),
        ended=row.ended_at,
        rose=rose_to(row, lens.seat),
        lost=lost,
        may_ask=may_write_notes(lens),
        said=said.text if said else "",
        said_by=team.who(said.row.author) if said else Who(),
        said_at=said.created_at if said else None,
        seen=edition(row, team.seats) if task.part is Part.WAITING else "",
        back=back,
    )


def _more(its: Chosen, part: Part, case: str) -> More | None:
    total, start = len(its.fitting[part]), its.start(part)
    if total <= MOST:
        return None
    page = start // MOST + 1

    def url(number: int) -> str:
        return address(case, replace(its.look, part=part, page=number))

    return More(
        start + 1,
        min(total, start + MOST),
        total,
        url(page - 1) if page > 1 else "",
        url(page + 1) if start + MOST < total else "",
    )


def narrow(its: Chosen, places: Mapping[int, Any]) -> NarrowPanel:
    """How the list can be narrowed: beside each way how many tasks there would be, of those the viewer sees."""
    look, case = replace(its.look, page=1), its.case
    narrowed = case is not None or look != Look()
    if len(its.tasks) <= FEW and not narrowed:
        return NarrowPanel()
    number = places[case].public_id if case is not None else ""
    # Each task is looked at once, however many ways there are.
    every = Counter(map(attrgetter("kind"), its.tasks))
    here: Counter[tuple[Part, int]] = Counter()
    for (where, part, within), many in every.items():
        if case in (None, where):
            here[part, within] += many

    def way(name: str, other: Look) -> Choice:
        count = sum(many for (part, within), many in here.items() if _is_among(part, within, other))
        return Choice(address(number, other), count, other == look, name)

    return NarrowPanel(
        narrowed,
        tuple(way(part, replace(look, part=part)) for part in Part),
        tuple(way(until, replace(look, until=until)) for until in Until),
        _by_case(every, case, look, places),
    )


def _is_among(part: Part, within: int, look: Look) -> bool:
    if look.part is not None and part is not look.part:
        return False
    if part is Part.ENDED:
        # There is nothing to be done any more by any day.
        return look.until is None or look.part is Part.ENDED
    return look.until is None or within <= DAYS[look.until]


def _by_case(
    every: Mapping[Kind, int], chosen: int | None, look: Look, places: Mapping[int, Any]
) -> tuple[Choice, ...]:
    counts: Counter[int] = Counter({chosen: 0} if chosen is not None else {})
    for (case, part, within), many in every.items():
        counts[case] += many if _is_among(part, within, look) else 0
    if len(counts) < 2:
        return ()
    listed = sorted((places[case].code_name, case) for case in counts)
    url = address("0" * 20, look).partition("0" * 20)
    return tuple(
        Choice(f"{url[0]}{places[case].public_id}{url[2]}", counts[case], case == chosen, text=code_name)
        for code_name, case in listed
    )


def _places(cases: Collection[int]) -> QuerySet[Any]:
    return Case.objects.filter(pk__in=cases).values_list(
        "pk", "public_id", "code_name", "task_force__time_zone", "holding_agency_id"
    )


@dataclass(frozen=True)
class Loaded:
    """Cases; what each viewer looks at; sealed seats by case, of those that are named there; and the lenses of those
    whom they asked, where they are told who can no longer see what they asked for."""

    at: datetime
    places: Mapping[int, Place]
    chosen: Mapping[Viewer, Chosen]
    seats: Groups
    seated: Mapping[int, Mapping[int, Lens]]


def load(asked: Asked) -> Loaded:
    """What concerns these people, in seven queries whatever their cases and tasks: which cases, which action items, the
    conferences by which some are to be done, the seats of those whose day may have passed, the seats that are named on
    their pages, and two for what those whom they asked can see. All but the first two are asked for once it is known
    whose, and not for all there is."""
    found = lean.ask(_places, cases=asked.cases)
    actions = actions_of(asked, UNREAD)
    places = {number: Place(*values) for number, *values in found()}
    rows = {viewer: opened(viewer.sight, actions) for viewer in asked.viewers}
    by_next = {lens.case for its in rows.values() for lens, own in its if own.by_next}
    ahead = [Status.PLANNED.value, Status.OPEN.value]
    conferences = asked.rows(Conference, "mark__case_id", mark__case__in=by_next, status__in=ahead)
    unsure = {seat for its in rows.values() for seat in owners(its, asked.at)}
    their = asked.rows(Seat, "case_id", UNREAD_OF_SEEN, mark__in=unsure)
    looks = {
        viewer: chosen(
            sorted_out(
                its,
                places,
                by_case(viewer.sight, conferences),
                teams_of(viewer.sight, their),
                asked.at,
            ),
            Look.of(viewer.look),
            _case_of(viewer, places),
        )
        for viewer, its in rows.items()
    }
    named = {
        seat
        for look in looks.values()
        for task in look.on_page
        for seat in (task.row.owner_id, task.row.row.author, task.lens.survivor, _said_by(task))
        if seat is not None
    }
    seats = asked.rows(Seat, "case_id", UNREAD_OF_NAMED, mark__in=named)
    others = {task.row.owner_id for look in looks.values() for task in look.on_page if _may_be_lost(task)}
    return Loaded(asked.at, places, looks, seats, lenses_of(others, asked.at))


def _case_of(viewer: Viewer, places: Mapping[int, Place]) -> int | None:
    """The case that the list is narrowed to, if the viewer sits on it."""
    return next((number for number in viewer.sight if places[number].public_id == viewer.scope), None)


def by_case(sight: Sight, rows: Groups) -> Callable[[int], OpenedRows]:
    """Those of a case that this person may read, opened when they are asked for."""
    return cache(lambda case: open_rows(sight, rows[case]))


def teams_of(sight: Sight, seats: Groups) -> Callable[[int], Team]:
    """Of these seats, by case, those that this person sees."""
    return cache(lambda case: Team.of(open_rows(sight, seats[case])))


def is_survivor(sight: Sight) -> bool:
    """Whether the words are for her."""
    return any(lens.role is Role.SURVIVOR for lens in sight.values())


def view(loaded: Loaded, viewer: Viewer) -> Shown:
    """My tasks as one person sees them."""
    its = loaded.chosen[viewer]
    teams = teams_of(viewer.sight, loaded.seats)
    return Shown(
        (
            mine(
                its,
                loaded.places,
                teams,
                lost_of(loaded.at, loaded.seated),
                survivor=is_survivor(viewer.sight),
            ),
            narrow(its, loaded.places),
        ),
        until=turn(its.tasks, loaded.places, loaded.at),
    )


PAGE = Page("mine", load, view, alone=True)
