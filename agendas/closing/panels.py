"""The page on which whoever leads closes a conference: what it came to, what came out of it, and what is left."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar

from agendas.actions.models import ActionItem
from agendas.items.models import STANDING, AgendaItem, ItemKind, ItemStatus, taken_up
from agendas.minutes.panels import made_in
from agendas.notes.models import Decision
from conferences.meetings.models import RUNNING, Conference, Status, next_start
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.lens import OpenedRows, Sight, open_rows, read_sights
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import sees
from workspace.disclosure.sealed import Groups
from workspace.live.panels import Asked, Page, Shown, Viewer, digest, value


@value
class Link:
    """An item of the agenda."""

    id: str
    number: int
    title: str

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
    """A decision or an action item, to be read aloud. `not_for`: who of the invited does not see it, as far as the
    viewer sees them; it is not for their ears."""

    id: str
    text: str
    owner: Who
    due: date | None
    readers: Readers
    not_for: Who


@value
class ClosingPanel:
    """What whoever leads looks at before they close. Whoever does not lead, and when it is not going on, has nothing
    here."""

    id: ClassVar[str] = "closing"
    template: ClassVar[str] = "agendas/closing/_closing.html"
    url: str
    leads: bool
    status: str
    standing: tuple[Standing, ...] = ()
    decided: tuple[ReadOut, ...] = ()
    to_do: tuple[ReadOut, ...] = ()
    left: tuple[Link, ...] = ()
    next_start: datetime | None = None
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
        rows = (*self.decided, *self.to_do)
        told = [(row.id, row.text, row.owner.names, row.due) for row in rows]
        return digest(repr(told)) if told else ""


@dataclass(frozen=True)
class Loaded:
    """Sealed rows of several conferences, and what the people at them see."""

    at: datetime
    rooms: Groups
    items: Groups
    decisions: Groups
    actions: Groups
    seats: Groups
    sights: Mapping[int, Sight]


def load(asked: Asked) -> Loaded:
    """What came out of these conferences and is left of them, and who could hear it: seven queries, whatever their
    number."""
    ids = asked.scopes
    rooms = asked.rows(Conference, "mark__public_id", mark__public_id__in=ids)
    items = asked.rows(AgendaItem, "conference_id", conference__mark__public_id__in=ids)
    decided = asked.rows(Decision, "item__conference_id", item__conference__mark__public_id__in=ids)
    actions = asked.rows(ActionItem, "mark__case_id", mark__case__in=asked.cases)
    seats = asked.rows(Seat, "case_id", case__in=asked.cases)
    people = {
        seat.person_id
        for viewer in asked.viewers
        for room in open_rows(viewer.sight, rooms[viewer.scope])
        for seat in open_rows(viewer.sight, seats[room.case_id])
    }
    return Loaded(asked.at, rooms, items, decided, actions, seats, read_sights(people, asked.at).of)


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """The page as one person sees it."""
    sight = viewer.sight
    found = open_rows(sight, loaded.rooms[viewer.scope])
    if not found:
        return None
    [room] = found
    lens = sight[room.case_id]
    empty = ClosingPanel(f"/conferences/{room.public_id}/", room.facilitator_id == lens.seat, room.state)
    empty = replace(empty, cancelled=room.cancelled_at is not None)
    if not empty.ready:
        return Shown((empty,), case=lens.case)
    team = Team.of(open_rows(sight, loaded.seats[lens.case]))
    items = open_rows(sight, loaded.items[room.mark_id])
    to_do = made_in(room, items, open_rows(sight, loaded.actions[lens.case]))
    hear = _Hearing(room, team, loaded.sights)
    panel = ClosingPanel(
        empty.url,
        leads=True,
        status=room.state,
        standing=tuple(_standing(kind, items) for kind in STANDING),
        decided=tuple(hear.row(row, row.text) for row in open_rows(sight, loaded.decisions[room.mark_id])),
        to_do=tuple(
            hear.row(row, row.title, row.owner_id, row.due)
            for row in sorted(to_do, key=lambda row: (row.due is None, row.due or date.max))
        ),
        left=tuple(
            _link(items, item) for item in items if item.status == ItemStatus.PLANNED and not taken_up(item)
        ),
        next_start=next_start(room, loaded.at) if room.every_weeks else None,
        invited=team.who(*sorted(room.row.named - {lens.seat})),
    )
    return Shown((panel,), case=lens.case)


@dataclass(frozen=True)
class _Hearing:
    """The ears in the room: the invited seats that the viewer sees, and what each of them may know."""

    room: Any
    team: Team
    sights: Mapping[int, Sight]

    def row(self, row: Any, text: str, owner: int | None = None, due: date | None = None) -> ReadOut:
        """This row, with who may not hear it."""
        return ReadOut(
            row.public_id,
            text,
            self.team.who(owner),
            due,
            self.team.readers(row),
            self.team.who(*(number for number in self._invited() if not self._sees(number, row))),
        )

    def _invited(self) -> Iterable[int]:
        return (number for number in self.team.seats if number in self.room.row.named)

    def _sees(self, number: int, row: Any) -> bool:
        lens = self.sights[self.team.seats[number].person_id].get(self.room.case_id)
        return lens is not None and lens.seat == number and sees(lens, row.row)


def _standing(kind: ItemKind, items: OpenedRows) -> Standing:
    its = [item for item in items if item.kind == kind]
    return Standing(kind, any(map(taken_up, its)), tuple(_link(items, item) for item in its))


def _link(items: OpenedRows, item: Any) -> Link:
    return Link(item.public_id, 1 + items.index(item), item.title)


PAGE = Page("closing", load, view)
