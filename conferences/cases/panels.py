"""The team of a case as one viewer sees it, and the page on which seats are given and ended."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from conferences.roles.panels import Card, Team
from workspace.disclosure.lens import Opener, Sight
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Lens, Role, may_give_seats
from workspace.disclosure.sealed import Sealed
from workspace.live.panels import Page, Shown


@dataclass(frozen=True)
class TeamPanel:
    """Who is on the team, who is to come, and who was."""

    id: ClassVar[str] = "team"
    template: ClassVar[str] = "conferences/cases/_team.html"
    cards: tuple[Card, ...]
    others: tuple[Card, ...]


@dataclass(frozen=True)
class Loaded:
    """Cases by public id, and their seats."""

    at: datetime
    cases: Mapping[str, Any]
    seats: Mapping[int, list[Sealed]]


def team_panel(team: Team, lens: Lens) -> TeamPanel:
    """The team, with the way to end a seat for those who may."""

    def end_url(seat: Any) -> str:
        over = seat.until is not None and seat.until <= team.at
        return "" if over or seat.role == Role.SURVIVOR else f"/seats/{seat.public_id}/end/"

    give = end_url if may_give_seats(lens) else None
    return TeamPanel(team.cards(now=True, end_url=give), team.cards(now=False, end_url=give))


def load(ids: Collection[str], cases: Collection[int], at: datetime) -> Loaded:
    """The seats of these cases."""
    found = {case.public_id: case for case in Case.objects.filter(public_id__in=ids)}
    return Loaded(at, found, Seat.objects.sealed_by("case_id", case__in=[case.pk for case in found.values()]))


def view(loaded: Loaded, opener: Opener, sight: Sight, scope: str, look: str) -> Shown | None:
    """The page as one viewer sees it."""
    case = loaded.cases.get(scope)
    if case is None or case.pk not in sight:
        return None
    lens = sight[case.pk]
    team = Team(opener.open_rows(sight, loaded.seats.get(case.pk, ())), me=lens.seat, at=loaded.at)
    return Shown((team_panel(team, lens),), case=case.pk)


PAGE = Page("seats", load, view)
