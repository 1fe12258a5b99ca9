"""The table view, for a screen on the wall: only what everybody who is here may see."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from agendas.actions.models import ActionItem
from agendas.actions.panels import actions, next_over, today_of
from agendas.items.models import AgendaItem, ItemStatus
from agendas.items.panels import Title, as_read, current, shown_status
from agendas.notes.models import Decision, Note
from agendas.notes.panels import DecisionRow, NoteRow, decisions, rows
from conferences.meetings.models import Conference, Status
from conferences.meetings.panels import CalledOff, called_off, counted_here, perhaps_here, stands
from conferences.parts.panels import PartRow, parts
from conferences.roles.panels import Team, Who
from workspace.disclosure.lens import OpenedRows, open_rows
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens, may_show_the_table
from workspace.disclosure.sealed import Groups
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value


@value
class ItemLine:
    """An item of the agenda. `status`: as in the agenda of a room."""

    template: ClassVar[str] = "agendas/table/_item.html"
    number: int
    title: Title
    status: str

    @property
    def status_label(self) -> Any:
        """Where it stands, in words, if that is worth a word from far away."""
        worth = (ItemStatus.DONE, ItemStatus.PARKED, ItemStatus.PROPOSED)
        return ItemStatus(self.status).label if self.status in worth else ""


@value
class NoteLine:
    """A note."""

    template: ClassVar[str] = "agendas/table/_note.html"
    note: NoteRow


@value
class DecisionLine:
    """A decision."""

    template: ClassVar[str] = "agendas/table/_decision.html"
    decision: DecisionRow


@value
class ActionLine:
    """Who does what by when."""

    template: ClassVar[str] = "agendas/table/_action.html"
    title: str
    owner: Who
    due: date | None
    by_next: bool


@value
class TablePanel:
    """All of it, or nothing: then there is no title. `yours`: whether the viewer may put it up. `here`: those who are
    counted as here, as far as all of them may read each other's names."""

    id: ClassVar[str] = "table"
    template: ClassVar[str] = "agendas/table/_table.html"
    yours: bool
    title: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    status: str = ""
    part: PartRow | None = None
    item: ItemLine | None = None
    decisions: Lines = Lines()
    notes: Lines = Lines()
    agenda: Lines = Lines()
    actions: Lines = Lines()
    here: Who = Who()
    off: CalledOff | None = None

    @property
    def status_label(self) -> Any:
        """Where it stands, in words."""
        return stands(self.status, self.off)


@dataclass(frozen=True, eq=False)
class Place:
    """Where one viewer is. `may`: whether they may put this up. `together`: the lens of everybody who is here, or None
    when nothing is to be shown."""

    conference: Any
    may: bool
    together: Lens | None
    here: frozenset[int]
    items: OpenedRows
    item: Any | None


@dataclass(frozen=True)
class Loaded:
    """Where everybody is, and sealed rows by case and by item."""

    at: datetime
    places: Mapping[Viewer, Place]
    seats: Groups
    actions: Groups
    notes: Groups
    decisions: Groups


def load(asked: Asked) -> Loaded:
    """Everything about these conferences, in seven queries whatever their size."""
    ids = asked.scopes
    rooms = asked.rows(Conference, "mark__public_id", mark__public_id__in=ids)
    items = asked.rows(AgendaItem, "conference_id", conference__mark__public_id__in=ids)
    found = {
        viewer: opened[0]
        for viewer in asked.viewers
        if (opened := open_rows(viewer.sight, rooms[viewer.scope]))
    }
    asked.here({conference.mark_id for conference in found.values()})
    places = {viewer: _place(viewer, row, asked, items) for viewer, row in found.items()}
    cases = {conference.case_id for conference in found.values()}
    looked_at = {place.item.mark_id for place in places.values() if place.item is not None}
    return Loaded(
        at=asked.at,
        places=places,
        seats=asked.rows(Seat, "case_id", case__in=cases),
        actions=asked.rows(ActionItem, "mark__case_id", mark__case__in=cases),
        notes=asked.rows(Note, "item_id", item__in=looked_at),
        decisions=asked.rows(Decision, "item_id", item__in=looked_at),
    )


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """What everybody who is here may see. To be on this page is not to be here."""
    place = loaded.places.get(viewer)
    if place is None:
        return None
    conference, lens = place.conference, place.together
    if lens is None:
        return Shown((TablePanel(place.may),), case=conference.case_id, conference=conference.mark_id)
    to_do = open_rows({lens.case: lens}, loaded.actions[lens.case])
    over = next_over(to_do, loaded.at)
    panel = _table(loaded, place, lens, to_do)
    return Shown((panel,), case=conference.case_id, conference=conference.mark_id, until=over)


def _place(viewer: Viewer, conference: Any, asked: Asked, items: Groups) -> Place:
    own, seated = viewer.sight[conference.case_id], asked.seated[conference.case_id]
    number = conference.mark_id
    came = conference, asked.arrived[number], asked.seen[number]
    # Before it is opened nobody has looked who is in the room.
    begun = conference.state != Status.PLANNED
    there = counted_here(*came) if begun else perhaps_here(*came, seated.keys())
    others = there - {own.seat}
    may = may_show_the_table(own, facilitator=conference.facilitator_id, recorder=conference.recorder_id)
    # Nobody but whoever put it up, or somebody who is shown nothing: then there is nothing that all may see.
    if not may or not others or not others <= seated.keys():
        return Place(conference, may, None, frozenset(), OpenedRows(), None)
    together = replace(own, along=tuple(seated[seat] for seat in sorted(others)))
    eyes = {own.case: together}
    opened = as_read(open_rows(eyes, items[number]), eyes)
    shown = opened.once(_on_the_agenda)
    return Place(conference, may, together, others | {own.seat}, shown, current(shown))


def _on_the_agenda(items: OpenedRows) -> OpenedRows:
    """Without the proposals that were not taken up."""
    return OpenedRows(item for item in items if not item.declined)


def _table(loaded: Loaded, place: Place, lens: Lens, to_do: OpenedRows) -> TablePanel:
    conference, sight = place.conference, {lens.case: lens}
    team = Team.of(open_rows(sight, loaded.seats[lens.case]))
    agenda = {
        item: ItemLine(number, item.title, shown_status(item, place.items, conference.state))
        for number, item in enumerate(place.items, 1)
    }
    notes, decided, closed = OpenedRows(), Lines(), conference.state == Status.CLOSED
    if place.item is not None:
        notes = open_rows(sight, loaded.notes[place.item.mark_id])
        found = open_rows(sight, loaded.decisions[place.item.mark_id])
        decided = decisions(found, team, lens, notes, closed=True)
    does = actions(to_do, team, lens, today=today_of(to_do, loaded.at))
    return TablePanel(
        yours=True,
        title=conference.title,
        starts=conference.starts,
        ends=conference.starts + timedelta(minutes=conference.minutes),
        status=conference.state,
        part=parts(conference, team, lens).on,
        item=agenda.get(place.item),
        decisions=Lines(map(DecisionLine, decided)),
        notes=Lines(map(NoteLine, rows(notes, team, lens, closed=closed, observes=True))),
        agenda=Lines(agenda.values()),
        actions=Lines(
            ActionLine(row.title, row.owner, row.due, row.by_next) for row in does.open if row.open
        ),
        here=team.who(*sorted(place.here)),
        off=called_off(conference, team),
    )


PAGE = Page("table", load, view)
