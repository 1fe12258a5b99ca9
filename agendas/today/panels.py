"""Today: my conferences and my action items over all cases."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from agendas.actions.models import ActionItem
from agendas.actions.panels import ActionRow, action_row, by_due_date
from conferences.meetings.models import Conference
from conferences.meetings.panels import ConferencesPanel, conferences
from conferences.roles.panels import Team
from workspace.disclosure.lens import Opener, Sight
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Role
from workspace.disclosure.sealed import Sealed
from workspace.live.panels import Page, Shown


@dataclass(frozen=True)
class TasksPanel:
    """What I said I would do, or was asked to do, soonest first."""

    id: ClassVar[str] = "tasks"
    template: ClassVar[str] = "agendas/today/_tasks.html"
    rows: tuple[ActionRow, ...]
    survivor: bool


@dataclass(frozen=True)
class CaseRow:
    """A case I sit on."""

    url: str
    code_name: str
    mine: bool


@dataclass(frozen=True)
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
    conferences: Mapping[int, list[Sealed]]
    actions: Mapping[int, list[Sealed]]
    seats: Mapping[int, list[Sealed]]


def load(ids: Collection[str], cases: Collection[int], at: datetime) -> Loaded:
    """The conferences and action items of these people's cases, in four queries."""
    return Loaded(
        at,
        Case.objects.in_bulk(list(cases)),
        Conference.objects.sealed_by("mark__case_id", mark__case__in=cases),
        ActionItem.objects.sealed_by("mark__case_id", mark__case__in=cases),
        Seat.objects.sealed_by("case_id", case__in=cases),
    )


def view(loaded: Loaded, opener: Opener, sight: Sight, scope: str, look: str) -> Shown:
    """Today as one person sees it."""
    meetings: list[Any] = []
    tasks: list[ActionRow] = []
    for number, lens in sight.items():
        meetings += opener.open_rows(sight, loaded.conferences.get(number, ()))
        team = Team(opener.open_rows(sight, loaded.seats.get(number, ())), me=lens.seat, at=loaded.at)
        url = f"/cases/{loaded.cases[number].public_id}/"
        for row in opener.open_rows(sight, loaded.actions.get(number, ())):
            if row.owner_id == lens.seat:
                tasks.append(action_row(row, team, case_url=url))
    cases = [
        CaseRow(
            f"/cases/{loaded.cases[number].public_id}/",
            loaded.cases[number].code_name,
            lens.role is Role.SURVIVOR,
        )
        for number, lens in sorted(sight.items())
    ]
    listed: ConferencesPanel = conferences(meetings)
    survivor = any(lens.role is Role.SURVIVOR for lens in sight.values())
    mine = by_due_date(task for task in tasks if task.open)
    return Shown((listed, TasksPanel(mine, survivor), CasesPanel(tuple(cases))))


PAGE = Page("today", load, view)
