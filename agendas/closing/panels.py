"""The page on which whoever leads closes a conference: what it came to, what came out of it, and what is left."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar

from agendas.actions.models import ActionItem, ActionStatus, has_ended
from agendas.actions.panels import carried_over, next_over, soonest, today_of, told_day
from agendas.items.models import STANDING, AgendaItem, ItemKind, ItemStatus, taken_up
from agendas.items.panels import Title, as_read
from agendas.minutes.panels import made_in
from agendas.notes.models import Decision
from conferences.meetings.models import RUNNING, Conference, Status, next_start
from conferences.meetings.panels import perhaps_here
from conferences.review.panels import place_of
from conferences.roles.panels import Team, Who
from workspace.disclosure.lens import OpenedRows, open_rows
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens, may_schedule
from workspace.disclosure.sealed import Groups
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, digest, value


@value
class Link:
    """An item of the agenda."""

    id: str
    number: int
    title: Title

    @property
    def url(self) -> str:
        """The room, looking at it."""
        return f"/items/{self.id}/"


@value
class Standing:
    """What has to be taken up, or waived with a reason. `items`: those of this kind on the viewer's agenda."""

    kind: str
    taken_up: bool
    items: tuple[Link, ...]

    @property
    def label(self) -> Any:
        """The kind in words."""
        return ItemKind(self.kind).label


@value
class ReadOut:
    """A decision, or an action item with its owner and its date. `waits`: its owner declined it, so it is nobody's."""

    id: str
    text: str
    decided: bool
    owner: Who = Who()
    due: date | None = None
    by_next: bool = False
    waits: bool = False


@value
class Planned:
    """A later conference that is planned already."""

    title: str
    url: str
    starts: datetime


@value
class ClosingPanel:
    """What whoever leads looks at before they close. Whoever does not lead, and when it is not going on, has nothing
    here.

    `aloud`: what everybody may hear who may be in the room. `silent`: the rest of what the viewer sees; nothing says
    for whose ears it is not, or why. It may be that a release has ended of which the viewer is not to know.
    `undone`: what had not ended before it began, and has not now. `next_start`: of the one that is made when this one
    is closed; `planned`: of those that are there, the next; `plan_url`: where one is planned, for those who may.
    """

    id: ClassVar[str] = "closing"
    template: ClassVar[str] = "agendas/closing/_closing.html"
    url: str
    leads: bool
    status: str
    standing: tuple[Standing, ...] = ()
    aloud: tuple[ReadOut, ...] = ()
    silent: tuple[ReadOut, ...] = ()
    left: tuple[Link, ...] = ()
    undone: Lines = Lines()
    next_start: datetime | None = None
    planned: Planned | None = None
    plan_url: str = ""
    invited: Who = Who()
    cancelled: bool = False

    @property
    def ready(self) -> bool:
        """Whether the viewer can close it."""
        return self.leads and self.status in RUNNING

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        return self.status == Status.CLOSED

    @property
    def missing(self) -> tuple[str, ...]:
        """What needs a reason: the names of its fields."""
        return tuple(f"{each.kind}_waived" for each in self.standing if not each.taken_up)

    @property
    def listed(self) -> str:
        """A fingerprint of what there is to read aloud, or nothing where there is nothing."""
        return digest(repr(self.aloud)) if self.aloud else ""


@dataclass(frozen=True)
class Loaded:
    """Sealed rows of several conferences, and what was asked, with who is at them."""

    asked: Asked
    rooms: Groups
    items: Groups
    decisions: Groups
    actions: Groups
    seats: Groups


def load(asked: Asked) -> Loaded:
    """What came out of these conferences and is left of them, and who may hear it: six queries, whatever their
    number."""
    ids = asked.scopes
    rooms = asked.rows(Conference, "mark__case_id", in_cases_of=ids)
    items = asked.rows(AgendaItem, "conference_id", conference__mark__public_id__in=ids)
    decided = asked.rows(Decision, "item__conference_id", item__conference__mark__public_id__in=ids)
    actions = asked.rows(ActionItem, "mark__case_id", mark__case__in=asked.cases)
    seats = asked.rows(Seat, "case_id", case__in=asked.cases)
    asked.here({place[0].mark_id for viewer in asked.viewers if (place := place_of(rooms, viewer))})
    return Loaded(asked, rooms, items, decided, actions, seats)


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """The page as one person sees it."""
    sight = viewer.sight
    place = place_of(loaded.rooms, viewer)
    if place is None:
        return None
    room, conferences = place
    lens = sight[room.case_id]
    empty = ClosingPanel(f"/conferences/{room.public_id}/", room.facilitator_id == lens.seat, room.state)
    empty = replace(empty, cancelled=room.cancelled_at is not None)
    if not empty.ready:
        return Shown((empty,), case=lens.case)
    team = Team.of(open_rows(sight, loaded.seats[lens.case]))
    items = as_read(open_rows(sight, loaded.items[room.mark_id]), sight)
    every = open_rows(sight, loaded.actions[lens.case])
    to_do, today = made_in(room, items, every, team), today_of(every, loaded.asked.at)
    together = _together(loaded.asked, room, lens)
    eyes = {lens.case: together} if together else {}
    hear = Team.of(open_rows(eyes, loaded.seats[lens.case]))
    taken = loaded.decisions[room.mark_id]
    heard = frozenset(
        row.mark_id for rows in (taken, loaded.actions[lens.case]) for row in open_rows(eyes, rows)
    )
    decided, agreed = open_rows(sight, taken), soonest(to_do, today, team.seats)
    # What nobody is to do any more is read aloud as nobody's.
    aloud = (*decided, *(row for row in agreed if not has_ended(row, lens, hear.seats)))
    silent = (*decided, *(row for row in agreed if not has_ended(row, lens, team.seats)))
    panel = ClosingPanel(
        empty.url,
        leads=True,
        status=room.state,
        standing=tuple(_standing(kind, items) for kind in STANDING),
        aloud=tuple(_read_out(row, hear, today) for row in aloud if row.mark_id in heard),
        silent=tuple(_read_out(row, team, today) for row in silent if row.mark_id not in heard),
        left=tuple(
            _link(items, item) for item in items if item.status == ItemStatus.PLANNED and not taken_up(item)
        ),
        undone=every.once(carried_over, team, lens, room, conferences, items, today),
        next_start=next_start(room, loaded.asked.at) if room.every_weeks else None,
        planned=_planned(room, conferences),
        plan_url=f"/cases/{room.case_public_id}/conferences/" if may_schedule(lens) else "",
        invited=team.who(*sorted(room.row.named - {lens.seat})),
    )
    over = next_over(every, loaded.asked.at)
    return Shown((panel,), case=lens.case, conference=room.mark_id, until=over)


def _planned(room: Any, conferences: OpenedRows) -> Planned | None:
    later = [
        each
        for each in conferences
        if each.state == Status.PLANNED and each.cancelled_at is None and each.starts > room.starts
    ]
    first = min(later, key=lambda each: each.starts, default=None)
    return Planned(first.title, f"/conferences/{first.public_id}/", first.starts) if first else None


def _together(asked: Asked, room: Any, lens: Lens) -> Lens | None:
    """The lens of all who may hear what is read aloud. None while somebody is there who may hear nothing."""
    seated, number = asked.seated[lens.case], room.mark_id
    ears = perhaps_here(room, asked.arrived[number], asked.seen[number], seated.keys()) - {lens.seat}
    return (
        replace(lens, along=tuple(seated[seat] for seat in sorted(ears))) if ears <= seated.keys() else None
    )


def _read_out(row: Any, team: Team, today: date | None) -> ReadOut:
    """The names are those that all who hear it may hear."""
    owner = getattr(row, "owner_id", None)
    if owner is None:
        return ReadOut(row.public_id, row.text, decided=True)
    day = told_day(row, today, team.seats)
    waits = row.status == ActionStatus.DECLINED
    return ReadOut(
        row.public_id, row.title, False, Who() if waits else team.who(owner), day, row.by_next, waits=waits
    )


def _standing(kind: ItemKind, items: OpenedRows) -> Standing:
    its = [item for item in items if item.kind == kind]
    return Standing(kind, any(map(taken_up, its)), tuple(_link(items, item) for item in its))


def _link(items: OpenedRows, item: Any) -> Link:
    return Link(item.public_id, 1 + items.index(item), item.title)


PAGE = Page("closing", load, view)
