"""Today: my conferences and my action items over all cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from agendas.actions.models import ActionItem
from agendas.actions.panels import ActionRow, action_row, by_due_date
from conferences.meetings.models import Conference
from conferences.meetings.panels import ConferencesPanel, conferences, folds_at
from conferences.roles.panels import Team
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Role
from workspace.disclosure.sealed import Groups
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value


@value
class TasksPanel:
    """What I said I would do, or was asked to do, soonest first."""

    id: ClassVar[str] = "tasks"
    template: ClassVar[str] = "agendas/today/_tasks.html"
    rows: Lines
    survivor: bool


@value
class CaseRow:
    """A case I sit on."""

    url: str
    code_name: str
    mine: bool


@value
class CasesPanel:
    """The cases I sit on."""

    id: ClassVar[str] = "cases"
    template: ClassVar[str] = "agendas/today/_cases.html"
    rows: tuple[CaseRow, ...]


@dataclass(frozen=True)
class Loaded:
    """Cases, and sealed rows by case."""

    at: datetime
    cases: Mapping[int, Any]
    conferences: Groups
    actions: Groups
    seats: Groups


def load(asked: Asked) -> Loaded:
    """The conferences and action items of these people's cases, in four queries."""
    return Loaded(
        asked.at,
        Case.objects.in_bulk(list(asked.cases)),
        asked.rows(Conference, "mark__case_id", mark__case__in=asked.cases),
        asked.rows(ActionItem, "mark__case_id", mark__case__in=asked.cases),
        asked.rows(Seat, "case_id", case__in=asked.cases),
    )


def view(loaded: Loaded, viewer: Viewer) -> Shown:
    """Today as one person sees it."""
    sight = viewer.sight
    meetings: list[Any] = []
    tasks: list[ActionRow] = []
    teams: dict[int, Team] = {}
    for number, lens in sorted(sight.items()):
        meetings += open_rows(sight, loaded.conferences[number])
        team = teams[number] = Team.of(open_rows(sight, loaded.seats[number]))
        url = f"/cases/{loaded.cases[number].public_id}/"
        for row in open_rows(sight, loaded.actions[number]):
            if row.owner_id == lens.seat:
                tasks.append(action_row(row, team, lens.seat, case_url=url))
    cases = [
        CaseRow(
            f"/cases/{loaded.cases[number].public_id}/",
            loaded.cases[number].code_name,
            lens.role is Role.SURVIVOR,
        )
        for number, lens in sorted(sight.items())
    ]
    listed: ConferencesPanel = conferences(meetings, sight, teams, loaded.at)
    survivor = any(lens.role is Role.SURVIVOR for lens in sight.values())
    mine = by_due_date(task for task in tasks if task.open)
    return Shown(
        (listed, TasksPanel(mine, survivor), CasesPanel(tuple(cases))), until=folds_at(meetings, loaded.at)
    )


PAGE = Page("today", load, view)
