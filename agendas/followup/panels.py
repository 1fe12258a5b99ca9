"""One action item as one viewer sees it: what it is, where it stands, what they may do about it, and what became of it
so far."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from agendas.actions.models import (
    ENDED,
    ActionItem,
    ActionStatus,
    edition,
    has_ended,
    is_seen_as_hers,
    is_told_calmly,
    made_while_on,
    told_outcome,
    told_status,
    ways,
)
from agendas.actions.panels import (
    lost_actions,
    might_be_her_word,
    next_over,
    status_label,
    today_of,
    told_day,
    told_past,
)
from agendas.goals.models import Goal, Need
from agendas.history.models import Entry, What
from agendas.history.panels import EntryRow, history
from agendas.items.models import AgendaItem
from agendas.items.panels import Title, item_as_read
from agendas.notes.models import Decision, Note
from conferences.meetings.models import RUNNING, Conference, Status
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.lens import OpenedRows, open_rows, shows
from workspace.disclosure.models import SEATS_OF_MARK, Seat
from workspace.disclosure.policy import (
    Lens,
    Role,
    Row,
    Topic,
    knows_whom_it_lost,
    may_narrow,
    may_record_release,
    owes_nothing,
    topic_bits,
)
from workspace.disclosure.sealed import Along, Groups, SeatSet, TiedRows
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value

FIRST = 3  # ways that stand as buttons; the others are folded away
GUARD = ("mark__author_id", "mark__origin_id", "mark__topic", "mark__audience", SEATS_OF_MARK)


def _tied(table: Any, reference: str, text: str, *more: str) -> TiedRows:
    """The other end of a link: what it says, and what the rule asks of it."""
    columns = ("mark_id", "mark__public_id", text, *GUARD, *more)
    return TiedRows(table, "mark_id", *columns, mark__removed_at=None).through(reference)


LINKS: Along = (
    ("goal_end", _tied(Goal, "goal_id", "words")),
    ("need_end", _tied(Need, "need_id", "text")),
    ("note_end", _tied(Note, "from_note_id", "text", "item_id")),
    ("decision_end", _tied(Decision, "from_decision_id", "text", "item_id")),
    ("first_end", _tied(ActionItem, "waits_for_id", "title", "status", "owner_id", "owner__role")),
    # Whether the meeting is over where it was written down: its author alone is told, by not being offered to edit it.
    ("item_status", F("from_item__conference__status")),
)
# What somebody may do, likeliest first, by how it stands; what is not named comes after these.
ORDER: dict[str, tuple[str, ...]] = {
    "asked": ("accept", "decline", "comment", "end", "owner"),
    "lost": ("owner", "comment", "end"),
    "doing": ("end", "add_step", "comment", "date", "owner"),
    "waits": ("accept", "owner", "end", "comment"),
    "others": ("comment", "owner", "date"),
    "ended": ("changed", "comment", "reopen"),
}
EVERY = (
    *("accept", "decline", "end", "reopen", "changed", "comment", "add_step", "date", "owner", "helpers"),
    *("waiting", "goal", "wording"),
)
PRESSES = {"accept": "acceptance", "reopen": "reopening"}
PAGES = {"decline": "declining", "end": "ending", "comment": "comments", "add_step": "steps"}
LABELS = {
    "accept": _("I will do it"),
    "decline": _("I cannot do it"),
    "end": _("Say how it ended"),
    "reopen": _("Open it again"),
    "changed": _("Say what it changed for her"),
    "comment": _("Write a comment"),
    "add_step": _("Add a step"),
    "date": _("Change the day"),
    "owner": _("Give it to somebody else"),
    "helpers": _("Say who helps"),
    "waiting": _("Say what has to come first"),
    "goal": _("Say which goal it is about"),
    "wording": _("Change the words"),
}
TO_HER = {"end": _("I did it, or not any more"), "changed": _("Say what it changed for me")}


@value
class Way:
    """Something that the viewer may do: at `url`, with one press or on a page of its own. `hers`: it is said to the
    survivor, of what she offered or of herself."""

    name: str
    url: str
    hers: bool

    @property
    def press(self) -> bool:
        """Whether one press does it."""
        return self.name in PRESSES

    @property
    def label(self) -> Any:
        """What the button says."""
        return TO_HER[self.name] if self.hers and self.name in TO_HER else LABELS[self.name]


@value
class End:
    """The other end of a link, where the viewer sees it. `open`: of an action item, whether it has not ended; `calmly`:
    it is told calmly."""

    text: Title
    url: str
    open: bool = False
    calmly: bool = False


@value
class StepRow:
    """A part of it. `by`: who did it."""

    id: str
    text: str
    done_at: datetime | None
    by: Who
    url: str


@value
class Change:
    """What it changed for the survivor. `hers`: she wrote it herself; else `by` wrote it down on her word."""

    id: str
    text: str
    hers: bool
    by: Who
    at: datetime


@value
class ActionPanel:
    """An action item. `over`: it has ended; `calmly`, `hers`: as in a row; `to_her`: the survivor reads it. `lost`: its
    owner can no longer see it, and the viewer is told so. `releases_url`: where a release is recorded, for those who
    may; `released`: the one that was needed first is there, as far as they are told. `narrow`: whether the viewer may
    let fewer people see it."""

    id: ClassVar[str] = "action"
    template: ClassVar[str] = "agendas/followup/_action.html"
    number: str
    title: str
    topic: str
    status: str
    over: bool
    calmly: bool
    hers: bool
    to_her: bool
    owner: Who
    yours: bool
    helpers: Who
    you_help: bool
    due: date | None
    by_next: bool
    outcome: str
    author: Who
    written_at: datetime
    lost: bool
    goal: End | None
    need: End | None
    item: End | None
    note: End | None
    decision: End | None
    first: End | None
    release: str
    releases_url: str
    released: bool
    steps: tuple[StepRow, ...]
    may_step: bool
    changes: tuple[Change, ...]
    ways: tuple[Way, ...]
    more: tuple[Way, ...]
    readers: Readers
    narrow: bool
    plan_url: str

    @property
    def status_label(self) -> Any:
        """Where it stands, in words."""
        return status_label(self.status, calmly=self.calmly, hers=self.hers)

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]

    @property
    def release_label(self) -> Any:
        """What has to be released first, in words."""
        return TOPICS[Topic(self.release)] if self.release else ""

    @property
    def declined(self) -> bool:
        """Whether it waits for another owner."""
        return self.status == ActionStatus.DECLINED and not self.calmly


@value
class HistoryPanel:
    """What became of it, oldest first."""

    id: ClassVar[str] = "action_history"
    template: ClassVar[str] = "agendas/followup/_history.html"
    rows: Lines


@dataclass(frozen=True)
class Loaded:
    """Sealed rows: action items by public id, what happened to them by the same, the items that they came from by
    number, and conferences and seats by case. `seated`: the lenses of all who sit on each case."""

    at: datetime
    actions: Groups
    entries: Groups
    items: Groups
    rooms: Groups
    seats: Groups
    seated: Mapping[int, Mapping[int, Lens]]


def load(asked: Asked) -> Loaded:
    """Everything about these action items, in five queries whatever their number."""
    ids = asked.scopes
    rooms = asked.rows(Conference, "mark__case_id", mark__case__in=asked.cases)
    items = asked.rows(AgendaItem, "mark_id", came_to=ids)
    return Loaded(
        asked.at,
        asked.rows(ActionItem, "mark__public_id", LINKS, mark__public_id__in=ids),
        asked.rows(Entry, "of__public_id", of__public_id__in=ids),
        items,
        rooms,
        asked.rows(Seat, "case_id", case__in=asked.cases),
        asked.seated,
    )


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """The page as one viewer sees it."""
    sight = viewer.sight
    found = open_rows(sight, loaded.actions[viewer.scope])
    if not found:
        return None
    [row] = found
    lens = sight[row.row.case]
    team = Team.of(open_rows(sight, loaded.seats[lens.case]))
    rooms = open_rows(sight, loaded.rooms[lens.case])
    entries = open_rows(sight, loaded.entries[viewer.scope])
    items = open_rows(sight, loaded.items[row.from_item_id]) if row.from_item_id else ()
    item = item_as_read(items[0], lens) if items else None
    lost = bool(lost_actions([row], team, lens, loaded.at, loaded.seated[lens.case]))
    panels = (
        _panel(
            *(row, lens, team, rooms, item, entries, loaded.at),
            lost=lost,
            theirs=loaded.seated[lens.case].get(row.owner_id) if row.owner_id in team.seats else None,
        ),
        HistoryPanel(Lines(_history(row, lens, team, rooms, entries))),
    )
    return Shown(panels, case=lens.case, until=next_over([row], loaded.at))


def _history(
    row: Any, lens: Lens, team: Team, rooms: OpenedRows, entries: OpenedRows
) -> tuple[EntryRow, ...]:
    """What its history tells; what it changed stands above. Calmly all of what is told calmly now, and what she said of
    it, or somebody who might be she, when they did it."""
    told = [
        entry for entry in told_past(row, entries, lens, team.seats) if entry.what != What.CHANGED_FOR_HER
    ]
    calmly = {
        entry.mark_id
        for entry in told
        if is_told_calmly(row, team.seats)
        or entry.row.author == lens.survivor
        or might_be_her_word(entry, lens, team.seats)
    }
    return history(told, team, {room.mark_id: room for room in rooms}, calmly=calmly)


def _panel(
    row: Any,
    lens: Lens,
    team: Team,
    rooms: OpenedRows,
    item: Any,
    entries: OpenedRows,
    at: datetime,
    *,
    lost: bool,
    theirs: Lens | None,
) -> ActionPanel:
    leads = any(room.facilitator_id == lens.seat and room.state in RUNNING for room in rooms)
    over = row.item_status == Status.CLOSED or made_while_on(row, rooms)
    may = ways(row, lens, team.seats, leads=leads, over=over)
    url, helpers = f"/actions/{row.public_id}/", SeatSet.read(row.helpers)
    yours, to_her = row.owner_id == lens.seat, lens.role is Role.SURVIVOR
    ended = has_ended(row, lens, team.seats)
    terms = edition(row, team.seats)
    listed = _listed(
        row, url, may - {"steps"}, yours=yours, lost=lost, to_her=to_her, ended=ended, terms=terms
    )
    plan = f"/cases/{row.case_public_id}/"
    return ActionPanel(
        number=row.public_id,
        title=row.title,
        topic=row.row.topic,
        status=told_status(row, lens, team.seats),
        over=ended,
        calmly=is_told_calmly(row, team.seats),
        hers=is_seen_as_hers(row, team.seats),
        to_her=to_her,
        owner=team.who(row.owner_id),
        yours=yours,
        helpers=team.who(*sorted(helpers)),
        you_help=lens.seat in helpers,
        due=told_day(row, today_of([row], at), team.seats),
        by_next=row.by_next,
        outcome=told_outcome(row, lens, team.seats),
        author=team.author(row),
        written_at=row.created_at,
        lost=lost,
        goal=_end(row.goal_end, lens, "/goals/{}/"),
        need=_end(row.need_end, lens, f"{plan}#need-{{}}"),
        item=End(item.title, f"/items/{item.public_id}/") if item else None,
        note=_under(item, row.note_end, lens),
        decision=_under(item, row.decision_end, lens),
        first=_first(row, lens, team),
        release=row.release_first,
        released=_is_released(row, lens, theirs),
        releases_url=f"{plan}releases/" if may_record_release(lens) else "",
        steps=tuple(
            StepRow(step, text, TiedRows.instant_of(done), team.who(by), f"{url}steps/{step}/")
            for _pk, step, text, done, by in TiedRows.read(row.steps)
        ),
        may_step="steps" in may,
        changes=tuple(
            Change(
                entry.public_id,
                entry.text,
                entry.row.author == lens.survivor,
                team.author(entry),
                entry.created_at,
            )
            for entry in entries
            if entry.what == What.CHANGED_FOR_HER
        ),
        ways=listed[:FIRST],
        more=listed[FIRST:],
        readers=team.readers(row),
        narrow=may_narrow(lens, row.row),
        plan_url=plan,
    )


def _is_released(row: Any, lens: Lens, theirs: Lens | None) -> bool:
    """Whether the release that was needed first lets its owner's agency know by now, as somebody may be told: of their
    own agency's releases, or of every one. `theirs`: the owner's lens, where their seat is seen. The agency that holds
    the case has no releases, so of what its people need one for nothing is told."""
    if not row.release_first or theirs is None or theirs.role is Role.SURVIVOR:
        return False
    may_know = knows_whom_it_lost(lens) or theirs.agency == lens.agency
    return may_know and bool(theirs.topics & topic_bits([Topic(row.release_first)]))


def _listed(
    row: Any,
    url: str,
    may: frozenset[str],
    *,
    yours: bool,
    lost: bool,
    to_her: bool,
    ended: bool,
    terms: str,
) -> tuple[Way, ...]:
    """What they may do, likeliest first. `ended`: as they are told. `terms`: what one press is about, as they read
    it."""
    if ended:
        order = ORDER["ended"]
    elif row.status == ActionStatus.DECLINED:
        order = ORDER["waits"]
    elif yours:
        order = ORDER["asked" if row.status == ActionStatus.OFFERED else "doing"]
    else:
        order = ORDER["lost" if lost else "others"]
    names = [name for name in dict.fromkeys((*order, *EVERY)) if name in may]
    return tuple(
        Way(
            name,
            f"{url}{PRESSES[name]}/?seen={terms}" if name in PRESSES else f"{url}{PAGES.get(name, name)}/",
            to_her and (name == "changed" or yours),
        )
        for name in names
    )


def _end(
    text: str | None, lens: Lens, url: str, above: Row | None = None, under: int | None = None
) -> End | None:
    """The other end of a link, by the same rule as a row that was opened. `url`: where such a row stands. `above`,
    `under`: what the rule asks of the item that it hangs under, and its number; nothing, where it hangs on the case."""
    for _number, public, said, author, origin, topic, audience, named, *more in TiedRows.read(text):
        row = Row(lens.case, author, origin, Topic(topic), audience, SeatSet.read(named), above)
        if shows(lens, row) and (under is None or more == [under]):
            return End(said, url.format(public))
    return None


def _under(item: Any | None, text: str | None, lens: Lens) -> End | None:
    """A note or a decision, where the viewer sees the item that it stands under."""
    if item is None:
        return None
    return _end(text, lens, f"/items/{item.public_id}/#note-{{}}", item.row, item.mark_id)


def _first(row: Any, lens: Lens, team: Team) -> End | None:
    """What has to be done first, where the viewer sees that. Of what is told calmly nobody waits for anything to be
    done."""
    found = _end(row.first_end, lens, "/actions/{}/")
    if found is None:
        return None
    [[*_others, status, owner, role]] = TiedRows.read(row.first_end)
    calmly = owes_nothing(role) or owner not in team.seats
    return replace(found, open=status not in ENDED, calmly=calmly)


PAGE = Page("action", load, view)
