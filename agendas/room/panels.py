"""The room: one page with everything about one conference, the same address before, during and after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from agendas.actions.models import ActionItem
from agendas.actions.panels import actions, carried_over, next_over, plain, today_of
from agendas.invitations.panels import you
from agendas.items.models import AgendaItem, ItemKind
from agendas.items.panels import Agenda, ItemHead, agenda, as_read, come_for_some, current, head
from agendas.notes.models import Decision, Note
from agendas.notes.panels import ItemPanel, decisions, rows
from conferences.meetings.models import Conference, Status
from conferences.meetings.panels import come_to_parts, here, meeting, said_by
from conferences.parts.panels import parts
from conferences.review.panels import place_of
from conferences.roles.panels import Team, roles
from workspace.disclosure.lens import OpenedRows, open_rows
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens, Role, is_told_plainly, may_narrow, may_speak, may_write_notes
from workspace.disclosure.sealed import NOTHING, Groups
from workspace.live.panels import Asked, Lines, Page, Panel, Shown, Viewer


@dataclass(frozen=True, eq=False)
class Place:
    """Where one viewer is: the conference, all of its case, the agenda, and the item that is looked at, opened."""

    conference: Any
    conferences: OpenedRows
    agenda: Agenda
    item: Any | None


@dataclass(frozen=True)
class Loaded:
    """Where everybody is, and sealed rows of several conferences: by case, and by item."""

    at: datetime
    places: Mapping[Viewer, Place]
    seats: Groups
    actions: Groups
    notes: Groups
    decisions: Groups
    arrived: Mapping[int, frozenset[int]]


def load(asked: Asked) -> Loaded:
    """Everything about these conferences that somebody looks at, in seven queries whatever their size."""
    ids = asked.scopes
    # With the other conferences of the case, under which hangs what they left.
    rooms = asked.rows(Conference, "mark__case_id", in_cases_of=ids)
    items = asked.rows(AgendaItem, "mark__case_id", on_agendas_of=ids)
    places = {viewer: place for viewer in asked.viewers if (place := _place(viewer, rooms, items))}
    conferences = {place.conference for place in places.values()}
    cases = {conference.case_id for conference in conferences}
    looked_at = {place.item.mark_id for place in places.values() if place.item is not None}
    return Loaded(
        at=asked.at,
        places=places,
        seats=asked.rows(Seat, "case_id", case__in=cases),
        actions=asked.rows(ActionItem, "mark__case_id", mark__case__in=cases),
        notes=asked.rows(Note, "item_id", item__in=looked_at),
        decisions=asked.rows(Decision, "item_id", item__in=looked_at),
        arrived=asked.here({conference.mark_id for conference in conferences}),
    )


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """The room as one viewer sees it, looking at the current item or at another one."""
    place = loaded.places.get(viewer)
    if place is None:
        return None
    conference, sight = place.conference, viewer.sight
    lens = sight[conference.case_id]
    team = Team.of(open_rows(sight, loaded.seats[lens.case]))
    to_do = open_rows(sight, loaded.actions[lens.case])
    items = place.agenda.items
    notes = open_rows(sight, loaded.notes[place.item.mark_id] if place.item else NOTHING)
    sources = items.once(_items_of, to_do), notes.once(_notes_of, to_do)
    arrived = loaded.arrived.get(conference.mark_id, frozenset())
    partly, sitting = items.once(_partly, conference), team.sitting(loaded.at)[0]
    today = today_of(to_do, loaded.at)
    head_of_room, its_parts, *around = team.once(
        _around, conference, lens, to_do, *sources, arrived, partly, sitting, today
    )
    return Shown(
        (
            head_of_room,
            its_parts,
            agenda(place.agenda, team, lens, conference),
            _item(loaded, viewer, place, team, lens, notes, to_do),
            *around,
        ),
        case=lens.case,
        conference=conference.mark_id,
        seat=lens.seat,
        until=next_over(to_do, loaded.at),
    )


def _place(viewer: Viewer, rooms: Groups, items: Groups) -> Place | None:
    found = place_of(rooms, viewer)
    if found is None:
        return None
    conference, conferences = found
    every = as_read(open_rows(viewer.sight, items[conference.case_id]), viewer.sight)
    return every.once(_place_in, conference, conferences, viewer.look)


def _place_in(every: OpenedRows, conference: Any, conferences: OpenedRows, look: str) -> Place | None:
    found = Agenda.of(every, conference.mark_id)
    shown = (*found.items, *found.declined)
    item = next((item for item in shown if item.public_id == look), None) if look else current(found.items)
    return None if look and item is None else Place(conference, conferences, found, item)


def _partly(items: OpenedRows, conference: Any) -> frozenset[int]:
    """Those who come for some of what the viewer sees of the meeting."""
    return come_for_some(items).union(*come_to_parts(conference).values())


def _item(
    loaded: Loaded,
    viewer: Viewer,
    place: Place,
    team: Team,
    lens: Lens,
    notes: OpenedRows,
    to_do: OpenedRows,
) -> ItemPanel:
    elsewhere = f"/conferences/{viewer.scope}/" if viewer.look else ""
    conference, item = place.conference, place.item
    may_lead = conference.facilitator_id == lens.seat and conference.state == Status.OPEN
    if item is None:
        return ItemPanel(None, Lines(), Lines(), elsewhere, may_lead, may_write=may_write_notes(lens))
    found = open_rows(viewer.sight, loaded.decisions[item.mark_id])
    observes = said_by(conference, lens.seat).observes
    about = head(item, place.agenda, team, lens, conference.state, observes=observes)
    under = notes.once(_under, team, lens, found, conference.state == Status.CLOSED, item.closed_at, observes)
    carried = Lines()
    if item.kind == ItemKind.ACTIONS:
        known = conference, place.conferences, place.agenda.every, today_of(to_do, loaded.at)
        carried = to_do.once(carried_over, team, lens, *known)
    hers = lens.role is Role.SURVIVOR
    return team.once(
        _item_panel, about, under, elsewhere, may_lead, may_narrow(lens, item.row), carried, hers
    )


def _under(
    notes: OpenedRows,
    team: Team,
    lens: Lens,
    found: OpenedRows,
    closed: bool,
    closed_at: datetime | None,
    observes: bool,
) -> tuple[Lines, Lines, bool]:
    """What stands under an item, and whether the viewer may write there."""
    return (
        rows(notes, team, lens, closed=closed, closed_at=closed_at, observes=observes),
        decisions(found, team, lens, notes, closed=closed, observes=observes),
        may_write_notes(lens) and may_speak(observes=observes) and not closed,
    )


def _item_panel(
    team: Team,
    about: ItemHead,
    under: tuple[Lines, Lines, bool],
    elsewhere: str,
    may_lead: bool,
    its_narrower: bool,
    carried: Lines,
    hers: bool,
) -> ItemPanel:
    said, decided, may_write = under
    return ItemPanel(about, said, decided, elsewhere, may_lead, may_write, its_narrower, carried, hers)


def _items_of(items: OpenedRows, to_do: OpenedRows) -> tuple[Any, ...]:
    """The items that these actions came from, as far as they are among those the viewer sees."""
    wanted = {row.from_item_id for row in to_do}
    return tuple(item for item in items if item.mark_id in wanted)


def _notes_of(notes: OpenedRows, to_do: OpenedRows) -> tuple[Any, ...]:
    """The notes of the item looked at that these actions were made of."""
    wanted = {row.from_note_id for row in to_do}
    return tuple(note for note in notes if note.mark_id in wanted)


def _around(
    team: Team,
    conference: Any,
    lens: Lens,
    to_do: OpenedRows,
    items: tuple[Any, ...],
    notes: tuple[Any, ...],
    arrived: frozenset[int],
    partly: frozenset[int],
    sitting: OpenedRows,
    today: date | None,
) -> tuple[Panel, ...]:
    """The panels that stay as they are when the agenda goes on."""
    return (
        meeting(conference, team, lens, arrived),
        parts(conference, team, lens),
        *team.once(_to_do_and_roles, to_do, items, notes, lens, sitting, today),
        here(conference, team, lens, arrived, partly, sitting),
        you(conference, team, lens, sitting, partly),
    )


def _to_do_and_roles(
    team: Team,
    to_do: OpenedRows,
    items: tuple[Any, ...],
    notes: tuple[Any, ...],
    lens: Lens,
    sitting: OpenedRows,
    today: date | None,
) -> tuple[Panel, Panel]:
    """The panels that stay as they are when people come, too."""
    told = plain if is_told_plainly(lens) else actions
    return (
        told(
            to_do,
            team,
            lens,
            today=today,
            items={item.mark_id: item for item in items},
            notes={note.mark_id: note for note in notes},
        ),
        roles(team, sitting, lens.seat),
    )


PAGE = Page("room", load, view)
