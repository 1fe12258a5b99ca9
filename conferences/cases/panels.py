"""The team of a case as one viewer sees it, and the page on which seats are given and ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from conferences.roles.panels import Team
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Lens, Role, may_give_seats
from workspace.disclosure.sealed import Groups
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value


@value
class TeamPanel:
    """Who is on the team, who is to come, and who was."""

    id: ClassVar[str] = "team"
    template: ClassVar[str] = "conferences/cases/_team.html"
    cards: Lines
    others: Lines


@dataclass(frozen=True)
class Loaded:
    """Cases by public id, and their seats."""

    at: datetime
    cases: Mapping[str, Any]
    seats: Groups


def team_panel(team: Team, lens: Lens, at: datetime) -> TeamPanel:
    """The team, with the way to end a seat for those who may."""

    def end_url(seat: Any) -> str:
        over = seat.until is not None and seat.until <= at
        return "" if over or not may_end or seat.role == Role.SURVIVOR else f"/seats/{seat.public_id}/end/"

    may_end = may_give_seats(lens)
    sitting, others = team.sitting(at)
    return TeamPanel(
        team.cards(sitting, lens.seat, end_url), team.cards(others, lens.seat, end_url, dated=True)
    )


def load(asked: Asked) -> Loaded:
    """The seats of these cases."""
    found = {case.public_id: case for case in Case.objects.filter(public_id__in=asked.scopes)}
    return Loaded(asked.at, found, asked.rows(Seat, "case_id", case__public_id__in=asked.scopes))


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """The page as one viewer sees it."""
    case = loaded.cases.get(viewer.scope)
    if case is None or case.pk not in viewer.sight:
        return None
    lens = viewer.sight[case.pk]
    team = Team.of(open_rows(viewer.sight, loaded.seats[case.pk]))
    return Shown((team_panel(team, lens, loaded.at),), case=case.pk)


PAGE = Page("seats", load, view)
