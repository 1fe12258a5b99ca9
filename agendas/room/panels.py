"""The room: one page with everything about one conference, the same address before, during and after it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agendas.actions.models import ActionItem
from agendas.actions.panels import actions
from agendas.items.models import AgendaItem
from agendas.items.panels import agenda, current, head
from agendas.notes.models import Decision, Note
from agendas.notes.panels import ItemPanel, rows
from conferences.meetings.models import Conference, Status
from conferences.meetings.panels import here, meeting
from conferences.roles.panels import RolesPanel, Team
from workspace.disclosure.lens import Opener, Sight
from workspace.disclosure.models import Mark, Seat
from workspace.disclosure.sealed import Sealed
from workspace.live.hub import PRESENCE_FRESH
from workspace.live.models import Presence
from workspace.live.panels import Page, Shown

Rows = Mapping[Any, list[Sealed]]


@dataclass(frozen=True)
class Loaded:
    """Sealed rows of several conferences: by conference's public id, by conference, by item, by case."""

    at: datetime
    conferences: Rows
    items: Rows
    notes: Rows
    decisions: Rows
    seats: Rows
    actions: Rows
    arrived: Mapping[int, frozenset[int]]


def load(ids: Collection[str], cases: Collection[int], at: datetime) -> Loaded:
    """Everything about these conferences, in seven queries whatever their size."""
    at_table = Mark.objects.filter(public_id__in=ids).values("case_id")
    of_conference = {"conference__mark__public_id__in": ids}
    of_item = {"item__conference__mark__public_id__in": ids}
    arrived: dict[int, set[int]] = defaultdict(set)
    present = Presence.objects.filter(conference__public_id__in=ids, seen_at__gt=at - PRESENCE_FRESH)
    for conference, seat in present.values_list("conference_id", "seat_id"):
        arrived[conference].add(seat)
    return Loaded(
        at=at,
        conferences=Conference.objects.sealed_by("mark__public_id", mark__public_id__in=ids),
        items=AgendaItem.objects.sealed_by("conference_id", **of_conference),
        notes=Note.objects.sealed_by("item_id", **of_item),
        decisions=Decision.objects.sealed_by("item_id", **of_item),
        seats=Seat.objects.sealed_by("case_id", case__in=at_table),
        actions=ActionItem.objects.sealed_by("mark__case_id", mark__case__in=at_table),
        arrived={conference: frozenset(seats) for conference, seats in arrived.items()},
    )


def view(loaded: Loaded, opener: Opener, sight: Sight, scope: str, look: str) -> Shown | None:
    """The room as one viewer sees it, looking at the current item or at another one."""
    found = opener.open_rows(sight, loaded.conferences.get(scope, ()))
    if not found:
        return None
    conference = found[0]
    lens = sight[conference.case_id]
    items = opener.open_rows(sight, loaded.items.get(conference.mark_id, ()))
    item = next((item for item in items if item.public_id == look), None) if look else current(items)
    if look and item is None:
        return None
    team = Team(opener.open_rows(sight, loaded.seats.get(lens.case, ())), me=lens.seat, at=loaded.at)
    running = conference.status == Status.OPEN
    may_lead = running and conference.facilitator_id == lens.seat
    return Shown(
        (
            meeting(conference, team),
            agenda(items, team, lens, may_lead=may_lead, running=running),
            ItemPanel(
                head=head(item, items, team, running=running) if item else None,
                notes=rows(opener.open_rows(sight, loaded.notes.get(item.mark_id, ())), team) if item else (),
                decisions=rows(opener.open_rows(sight, loaded.decisions.get(item.mark_id, ())), team)
                if item
                else (),
                elsewhere=f"/conferences/{scope}/" if look else "",
                may_lead=may_lead,
            ),
            actions(
                opener.open_rows(sight, loaded.actions.get(lens.case, ())),
                team,
                items={item.mark_id: item for item in items},
            ),
            RolesPanel(team.cards(now=True)),
            here(conference, team, loaded.arrived.get(conference.mark_id, frozenset())),
        ),
        case=lens.case,
        conference=conference.mark_id,
        seat=lens.seat,
    )


PAGE = Page("room", load, view)
