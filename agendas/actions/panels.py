"""Action items as one viewer sees them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from agendas.actions.models import (
    ENDED,
    OPEN,
    ActionStatus,
    has_ended,
    is_hers,
    is_seen_as_hers,
    is_told_calmly,
    might_be_hers,
    told_outcome,
    told_status,
)
from agendas.history.models import What
from agendas.items.panels import Title
from conferences.meetings.models import Status
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.lens import OpenedRows
from workspace.disclosure.policy import Lens, Topic, is_told_of_lost_owners
from workspace.disclosure.sealed import SeatSet
from workspace.live.panels import Lines, value

# How it is said where it stands with what the survivor offered: nothing of it was ever owed.
OFFERED = {
    ActionStatus.OFFERED: _("open"),
    ActionStatus.DECLINED: _("not any more"),
    ActionStatus.NO_LONGER_POSSIBLE: _("not any more"),
    ActionStatus.NOT_DONE: _("not any more"),
}
A_DAY = timedelta(days=1)
# What makes an action item nobody's to do any more, and what somebody's.
OVER = (What.DECLINED, *(What(word.value) for word in ENDED))
TURNS = (*OVER, What.ASKED, What.ACCEPTED, What.OPEN_AGAIN)


@value
class ActionRow:
    """Who does what by when. `goal`, `need`, `from_item`, `from_note`, `from_decision`: the other ends of its links,
    where the viewer sees them; the last two as their public ids, where they stand on the same page.

    `calmly`: it is the survivor's, or of somebody whom the viewer does not see and who might be her; `hers`: it is
    hers, as the viewer knows. `lost`: its owner can no longer see it, and the viewer is told so. `over`: the day by
    which it was to be done is over, and `carried`: how many conferences were closed since it was made; both never of
    what is told calmly. `ended`: as `has_ended` says.
    """

    template: ClassVar[str] = "agendas/actions/_action.html"
    id: str
    title: str
    topic: str
    owner: Who
    yours: bool
    due: date | None
    status: str
    ended: bool
    outcome: str
    goal: str
    from_item: Title
    from_item_url: str
    author: Who
    readers: Readers
    case_url: str = ""
    from_note: str = ""
    calmly: bool = False
    lost: bool = False
    by_next: bool = False
    helpers: Who = Who()
    need: str = ""
    from_decision: str = ""
    over: bool = False
    carried: int = 0
    hers: bool = False

    @property
    def url(self) -> str:
        """Its own page."""
        return f"/actions/{self.id}/"

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]

    @property
    def status_label(self) -> Any:
        """Where it stands, in words."""
        return status_label(self.status, calmly=self.calmly, hers=self.hers)

    @property
    def open(self) -> bool:
        """Whether its owner is to do it."""
        return self.status in OPEN


@value
class PlainRow:
    """Who does what for her by when, in plain words. `who`: by name, or the team. `hers`: she does it herself, as the
    reader knows, and `you`: it is she who reads this. `away`: nobody goes on with what is hers, or might be.
    `readers`: where it is told who can see it. `case_url`: where it is told in which plan it stands. The rest as in
    `ActionRow`."""

    template: ClassVar[str] = "agendas/actions/_plain.html"
    id: str
    title: str
    topic: str
    who: Who
    helpers: Who
    author: Who
    hers: bool
    you: bool
    away: bool
    due: date | None
    by_next: bool
    over: bool
    status: str
    outcome: str
    goal: str = ""
    readers: Readers | None = None
    case_url: str = ""
    from_item: Title = ""
    from_item_url: str = ""
    from_note: str = ""

    @property
    def name(self) -> Any:
        """Who does it."""
        return self.who.names[0] if self.who.names else _("the team")

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]


@value
class CarriedRow:
    """What has not ended, where a meeting comes back to it; all of it stands elsewhere on the page. As `ActionRow`."""

    template: ClassVar[str] = "agendas/actions/_carried.html"
    id: str
    title: str
    owner: Who
    yours: bool
    due: date | None
    by_next: bool
    status: str
    over: bool
    carried: int
    calmly: bool

    @property
    def waits(self) -> Any:
        """What it waits for, in words: an answer, or somebody else; nothing where somebody does it."""
        return "" if self.status == ActionStatus.ACCEPTED else status_label(self.status, calmly=self.calmly)


@value
class ActionsPanel:
    """Who does what by when: what is open, soonest first, and what has ended. `new_url`: where the viewer writes one
    down outside of a meeting, if they may. `plain`: in plain words, for her. `without_goal`: only what belongs to no
    goal that the viewer sees and that is being worked on."""

    id: ClassVar[str] = "actions"
    template: ClassVar[str] = "agendas/actions/_actions.html"
    open: Lines
    ended: Lines
    new_url: str = ""
    plain: bool = False
    without_goal: bool = False


def status_label(status: str, *, calmly: bool, hers: bool = False) -> Any:
    """Where an action item stands, in words. `calmly`: as of what the survivor offered; `hers`: she did. Nobody asked
    her, so she has not accepted it."""
    if hers and status == ActionStatus.ACCEPTED:
        return _("offered")
    label = ActionStatus(status).label
    return OFFERED.get(ActionStatus(status), label) if calmly else label


def lost_actions(
    rows: Iterable[Any], team: Team, lens: Lens, at: datetime, seated: Mapping[int, Lens]
) -> frozenset[int]:
    """Those of these opened action items whose owner can no longer see them, as far as the viewer is told. `seated`:
    the lenses of all who sit on the case. Never of hers, which nobody could give to somebody else."""
    if not is_told_of_lost_owners(lens):
        return frozenset()
    return frozenset(
        row.mark_id
        for row in rows
        if row.status in OPEN
        and row.owner_id != lens.survivor
        and team.lost(row.owner_id, row, lens, at, seated)
    )


def told_past(row: Any, entries: Iterable[Any], lens: Lens, seats: Collection[int]) -> list[Any]:
    """Of these opened entries of an opened action item, oldest first, those that somebody is told who sees these seats.
    Of what is hers, or might be, nobody reads that somebody answered, or not, nor that it was to be done by another
    day; and of whoever did it before, whom they do not see and who might be she, they read as little once another does
    it. What such a one declined, and does after all, is open again, as hers would be."""
    hers, known = is_hers(row) or might_be_hers(row, lens, seats), lens.survivor in {lens.seat, *seats}
    found: list[Any] = []
    last = ""
    for entry in entries:
        perhaps = might_be_her_word(entry, lens, seats)
        before = not known and row.asked_at is not None and entry.created_at <= row.asked_at
        if entry.what == What.ACCEPTED and (hers or perhaps):
            if perhaps and last == What.DECLINED:
                found.append(entry._replace(what=What.OPEN_AGAIN))
        elif not (
            (entry.what == What.DATE_MOVED and (hers or (before and perhaps)))
            or (entry.what == What.ROSE and (before or is_told_calmly(row, seats)))
        ):
            found.append(entry)
        last = entry.what if entry.what in TURNS else last
    return found


def might_be_her_word(entry: Any, lens: Lens, seats: Collection[int]) -> bool:
    """Whether this opened entry is somebody's whom its viewer, who sees these seats, does not see, and who might be the
    survivor for all they can tell."""
    return not {entry.row.author, lens.survivor} & {lens.seat, *seats}


def action_row(
    row: Any,
    team: Team,
    lens: Lens,
    *,
    today: date | None,
    goals: Mapping[int, Any] | None = None,
    items: Mapping[int, Any] | None = None,
    notes: Mapping[int, Any] | None = None,
    needs: Mapping[int, Any] | None = None,
    decisions: Mapping[int, Any] | None = None,
    case_url: str = "",
    times: int = 0,
    lost: Collection[int] = (),
) -> ActionRow:
    """One action item. Links show only where the other end is among what the viewer sees. `today`: as `told_day` wants
    it. `times`: how often it was carried over, where that is told. `lost`: as `lost_actions` says."""
    goal = (goals or {}).get(row.goal_id)
    need = (needs or {}).get(row.need_id)
    item = (items or {}).get(row.from_item_id)
    note = (notes or {}).get(row.from_note_id)
    decision = (decisions or {}).get(row.from_decision_id)
    return ActionRow(
        id=row.public_id,
        title=row.title,
        topic=row.row.topic,
        owner=team.who(row.owner_id),
        yours=row.owner_id == lens.seat,
        due=told_day(row, today, team.seats),
        status=told_status(row, lens, team.seats),
        ended=has_ended(row, lens, team.seats),
        outcome=told_outcome(row, lens, team.seats),
        goal=goal.words if goal else "",
        from_item=item.title if item else "",
        from_item_url=f"/items/{item.public_id}/" if item else "",
        author=team.author(row),
        readers=team.readers(row),
        case_url=case_url,
        from_note=note.public_id if note else "",
        calmly=is_told_calmly(row, team.seats),
        lost=row.mark_id in lost,
        by_next=row.by_next,
        helpers=team.who(*sorted(SeatSet.read(row.helpers))),
        need=need.text if need else "",
        from_decision=decision.public_id if decision else "",
        over=is_over(row, today, team.seats),
        carried=times,
        hers=is_seen_as_hers(row, team.seats),
    )


def plain_row(
    row: Any,
    team: Team,
    lens: Lens,
    today: date | None,
    *,
    goal: Any = None,
    listed: bool = False,
    case_url: str = "",
    items: Mapping[int, Any] | None = None,
    notes: Mapping[int, Any] | None = None,
) -> PlainRow:
    """One action item in plain words. `listed`: with who can see it. Links as in `action_row`."""
    hers, might = is_seen_as_hers(row, team.seats), might_be_hers(row, lens, team.seats)
    over = has_ended(row, lens, team.seats)
    item, note = (items or {}).get(row.from_item_id), (notes or {}).get(row.from_note_id)
    return PlainRow(
        id=row.public_id,
        title=row.title,
        topic=row.row.topic,
        who=team.who(row.owner_id),
        helpers=team.who(*sorted(SeatSet.read(row.helpers))),
        author=team.author(row),
        hers=hers,
        you=hers and row.owner_id == lens.seat,
        away=(hers or might) and over and row.status != ActionStatus.DONE,
        due=told_day(row, today, team.seats),
        by_next=row.by_next,
        over=is_over(row, today, team.seats),
        status=told_status(row, lens, team.seats),
        outcome=told_outcome(row, lens, team.seats),
        goal=goal.words if goal else "",
        readers=team.readers(row) if listed else None,
        case_url=case_url,
        from_item=item.title if item else "",
        from_item_url=f"/items/{item.public_id}/" if item else "",
        from_note=note.public_id if note else "",
    )


def plain(
    rows: Iterable[Any],
    team: Team,
    lens: Lens,
    *,
    today: date | None,
    items: Mapping[int, Any],
    notes: Mapping[int, Any],
) -> ActionsPanel:
    """The panel of who does what by when in plain words: what others do for her, and what she offered to do."""
    listed = [
        (
            has_ended(row, lens, team.seats),
            plain_row(row, team, lens, today, listed=True, items=items, notes=notes),
        )
        for row in rows
    ]
    return ActionsPanel(
        by_due_date(row for ended, row in listed if not ended),
        Lines(row for ended, row in listed if ended),
        plain=True,
    )


def today_of(rows: Iterable[Any], at: datetime) -> date | None:
    """What day it is where the case of these opened action items is worked on; None where there are none."""
    return next((at.astimezone(ZoneInfo(row.zone)).date() for row in rows), None)


def told_day(row: Any, today: date | None, seats: Collection[int]) -> date | None:
    """The day by which an opened action item is to be done, as somebody is told who sees these seats: no page tells it
    in another way. Of what is told calmly nothing is told of a day that has passed: it would say that it was not done
    by then. `today`: as `today_of` says, None where there is nothing to tell."""
    passed = today is not None and row.due is not None and row.due < today
    return None if passed and is_told_calmly(row, seats) else row.due


def is_over(row: Any, today: date | None, seats: Collection[int]) -> bool:
    """Whether the day by which it was to be done is over, and it is not, as somebody is told who sees these seats. What
    is hers is never overdue."""
    told = today is not None and row.due is not None and row.status not in ENDED
    return bool(told and not is_told_calmly(row, seats) and row.due < today)


def next_over(rows: Iterable[Any], at: datetime) -> datetime | None:
    """When the day of the next of these opened action items is over, by time alone. What has ended has a day too."""
    turns = (datetime.combine(row.due + A_DAY, time.min, ZoneInfo(row.zone)) for row in rows if row.due)
    return min((turn for turn in turns if turn > at), default=None)


def not_ended(rows: Iterable[Any], lens: Lens, seats: Collection[int]) -> list[Any]:
    """Those of these opened action items that have not ended, as somebody is told who sees these seats, the oldest
    first."""
    still = (row for row in rows if not has_ended(row, lens, seats))
    return sorted(still, key=lambda row: (row.created_at, row.mark_id))


def from_before(
    rows: Iterable[Any], lens: Lens, seats: Collection[int], conference: Any, items: Mapping[int, Any]
) -> list[Any]:
    """What has not ended and was there before this opened conference, the oldest first: it comes back by itself, read
    from what is open. Of one that is over there is nothing; it has gone on to the next. `items`: those that the viewer
    sees."""
    if conference.state == Status.CLOSED:
        return []
    return [row for row in not_ended(rows, lens, seats) if not _made_in(row, conference, items)]


def _made_in(row: Any, conference: Any, items: Mapping[int, Any]) -> bool:
    item = items.get(row.from_item_id)
    begun = conference.opened_at is not None and row.created_at >= conference.opened_at
    return begun or (item is not None and item.conference_id == conference.mark_id)


def times_carried(
    row: Any, seats: Collection[int], conferences: Mapping[int, Any], items: Mapping[int, Any]
) -> int:
    """How many of these conferences, which the viewer sees as they do these seats, were closed since whoever does it
    was asked to: not while somebody else did, who may have been the survivor, or it had ended. Of hers it is never
    told."""
    if is_told_calmly(row, seats) or row.status in ENDED:
        return 0
    item = items.get(row.from_item_id)
    made_in = conferences.get(item.conference_id) if item else None
    return sum(
        each.state == Status.CLOSED
        and each.closed_at is not None
        # What came in with a case file had been written before its closed conferences were closed.
        and each.closed_at >= (row.asked_at or row.created_at)
        and (made_in is None or each.starts >= made_in.starts)
        for each in conferences.values()
    )


def carried_over(
    rows: OpenedRows,
    team: Team,
    lens: Lens,
    conference: Any,
    conferences: OpenedRows,
    items: OpenedRows,
    today: date | None,
) -> Lines:
    """What comes back to this conference, as its viewer reads it. `conferences` and `items`: of the case, that they
    see."""
    found = conferences.once(_by_number), items.once(_by_number)
    return Lines(
        CarriedRow(
            row.public_id,
            row.title,
            team.who(row.owner_id),
            row.owner_id == lens.seat,
            told_day(row, today, team.seats),
            row.by_next,
            told_status(row, lens, team.seats),
            is_over(row, today, team.seats),
            times_carried(row, team.seats, *found),
            is_told_calmly(row, team.seats),
        )
        for row in from_before(rows, lens, team.seats, conference, found[1])
    )


def _by_number(rows: OpenedRows) -> Mapping[int, Any]:
    return {row.mark_id: row for row in rows}


def by_due_date(rows: Iterable[ActionRow | PlainRow]) -> Lines:
    """Soonest first; those without a date last."""
    return Lines(sorted(rows, key=lambda row: _by_day(row.due)))


def soonest(rows: Iterable[Any], today: date | None, seats: Collection[int]) -> list[Any]:
    """These opened action items in the same order, by the days that somebody is told who sees these seats."""
    return sorted(rows, key=lambda row: _by_day(told_day(row, today, seats)))


def _by_day(day: date | None) -> tuple[bool, date]:
    return day is None, day or date.max


def actions(
    rows: Iterable[Any],
    team: Team,
    lens: Lens,
    *,
    today: date | None,
    goals: Mapping[int, Any] | None = None,
    items: Mapping[int, Any] | None = None,
    notes: Mapping[int, Any] | None = None,
    needs: Mapping[int, Any] | None = None,
    decisions: Mapping[int, Any] | None = None,
    new_url: str = "",
    lost: Collection[int] = (),
) -> ActionsPanel:
    """The panel of who does what by when. What was declined has not ended: it waits for somebody else."""
    others: dict[str, Any] = {"goals": goals, "items": items, "notes": notes, "needs": needs}
    listed = [
        action_row(row, team, lens, today=today, decisions=decisions, lost=lost, **others) for row in rows
    ]
    return ActionsPanel(
        by_due_date(row for row in listed if not row.ended),
        Lines(row for row in listed if row.ended),
        new_url,
    )
