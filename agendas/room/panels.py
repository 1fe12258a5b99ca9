"""The room: one page with everything about one conference, the same address before, during and after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from agendas.actions.models import ActionItem
from agendas.actions.panels import ActionsPanel, actions
from agendas.items.models import AgendaItem
from agendas.items.panels import agenda, current, head
from agendas.notes.models import Decision, Note
from agendas.notes.panels import ItemPanel, rows
from conferences.meetings.models import Conference, Status
from conferences.meetings.panels import here, meeting
from conferences.roles.panels import Team, roles
from workspace.disclosure.lens import OpenedRows, open_rows
from workspace.disclosure.models import Seat
from workspace.disclosure.sealed import Groups
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer


@dataclass(frozen=True)
class Loaded:
    """Sealed rows of several conferences: by conference's public id, by conference, by case, by item."""

    at: datetime
    conferences: Groups
    items: Groups
    seats: Groups = field(default_factory=Groups)
    actions: Groups = field(default_factory=Groups)
    notes: Groups = field(default_factory=Groups)
    decisions: Groups = field(default_factory=Groups)
    arrived: Mapping[int, frozenset[int]] = field(default_factory=dict)
    places: "Mapping[Viewer, Place]" = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where one viewer is: the conference, the agenda, and the item that is looked at, all opened."""

    conference: Any
    items: OpenedRows
    item: Any | None


def load(asked: Asked) -> Loaded:
    """Everything about these conferences that somebody looks at, in seven queries whatever their size."""
    ids = asked.scopes
    loaded = Loaded(
        at=asked.at,
        conferences=asked.rows(Conference, "mark__public_id", mark__public_id__in=ids),
        items=asked.rows(AgendaItem, "conference_id", conference__mark__public_id__in=ids),
    )
    places = {viewer: place for viewer in asked.viewers if (place := _place(loaded, viewer))}
    conferences = {place.conference for place in places.values()}
    cases = {conference.case_id for conference in conferences}
    looked_at = {place.item.mark_id for place in places.values() if place.item is not None}
    return replace(
        loaded,
        seats=asked.rows(Seat, "case_id", case__in=cases),
        actions=asked.rows(ActionItem, "mark__case_id", mark__case__in=cases),
        notes=asked.rows(Note, "item_id", item__in=looked_at),
        decisions=asked.rows(Decision, "item_id", item__in=looked_at),
        arrived=asked.here({conference.mark_id for conference in conferences}),
        places=places,
    )


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """The room as one viewer sees it, looking at the current item or at another one."""
    place = loaded.places.get(viewer)
    if place is None:
        return None
    conference, items, sight = place.conference, place.items, viewer.sight
    lens = sight[conference.case_id]
    team = Team.of(open_rows(sight, loaded.seats[lens.case]))
    running = conference.status == Status.OPEN
    may_lead = running and conference.facilitator_id == lens.seat
    return Shown(
        (
            meeting(conference, team, lens.seat),
            agenda(items, team, lens, may_lead=may_lead, running=running),
            _item(loaded, viewer, place, team, may_lead=may_lead),
            _actions(open_rows(sight, loaded.actions[lens.case]), team, lens.seat, items),
            roles(team, lens.seat, loaded.at),
            here(conference, team, lens.seat, loaded.arrived.get(conference.mark_id, frozenset())),
        ),
        case=lens.case,
        conference=conference.mark_id,
        seat=lens.seat,
    )


def _place(loaded: Loaded, viewer: Viewer) -> Place | None:
    found = open_rows(viewer.sight, loaded.conferences[viewer.scope])
    if not found:
        return None
    items = open_rows(viewer.sight, loaded.items[found[0].mark_id])
    item = (
        next((item for item in items if item.public_id == viewer.look), None)
        if viewer.look
        else current(items)
    )
    return None if viewer.look and item is None else Place(found[0], items, item)


def _item(loaded: Loaded, viewer: Viewer, place: Place, team: Team, *, may_lead: bool) -> ItemPanel:
    elsewhere = f"/conferences/{viewer.scope}/" if viewer.look else ""
    if place.item is None:
        return ItemPanel(None, Lines(), Lines(), elsewhere, may_lead)
    top = head(place.item, place.items, team, running=place.conference.status == Status.OPEN)
    notes, decisions = (
        rows(open_rows(viewer.sight, groups[place.item.mark_id]), team)
        for groups in (loaded.notes, loaded.decisions)
    )
    return team.once(_item_panel, top, notes, decisions, elsewhere, may_lead)


def _item_panel(team: Team, *parts: Any) -> ItemPanel:
    return ItemPanel(*parts)


def _actions(found: OpenedRows, team: Team, me: int, items: OpenedRows) -> ActionsPanel:
    wanted = found.once(_from_items)
    return found.once(_actions_panel, team, me, tuple(item for item in items if item.mark_id in wanted))


def _from_items(found: OpenedRows) -> frozenset[int]:
    return frozenset(row.from_item_id for row in found)


def _actions_panel(found: OpenedRows, team: Team, me: int, items: tuple[Any, ...]) -> ActionsPanel:
    return actions(found, team, me, items={item.mark_id: item for item in items})


PAGE = Page("room", load, view)
