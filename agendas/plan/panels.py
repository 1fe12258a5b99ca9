"""The plan page of a case: everything about it that one viewer may see, in one place, read-only for now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from agendas.actions.models import ActionItem
from agendas.actions.panels import actions
from agendas.goals.models import Goal, Need, Strength
from agendas.goals.panels import goals, needs, strengths
from conferences.cases.panels import team_panel
from conferences.meetings.models import Conference
from conferences.meetings.panels import conferences, folds_at
from conferences.releases.panels import load_releases, releases
from conferences.roles.models import Responsibility, RoleQuestion
from conferences.roles.panels import Team, questions, responsibilities
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import may_give_seats, may_record_release, may_schedule
from workspace.disclosure.sealed import Groups
from workspace.live.panels import Asked, Page, Shown, Viewer, value

TABLES = (Goal, Need, Strength, Conference, ActionItem, Responsibility, RoleQuestion)


@value
class CasePanel:
    """The head of the page. `releases_url`, `seats_url`: the doors, for those who may open and close them.
    `meetings_url`: for those who may plan a meeting."""

    id: ClassVar[str] = "case"
    template: ClassVar[str] = "agendas/plan/_case.html"
    code_name: str
    opened: date
    releases_url: str
    seats_url: str
    meetings_url: str


@dataclass(frozen=True)
class Loaded:
    """Cases by public id, releases and seats by case, and the sealed rows of each table by case."""

    at: datetime
    cases: Mapping[str, Any]
    releases: Mapping[int, list[Any]]
    seats: Groups
    rows: Mapping[Any, Groups]


def load(asked: Asked) -> Loaded:
    """Everything about these cases, in ten queries whatever their size."""
    found = {case.public_id: case for case in Case.objects.filter(public_id__in=asked.scopes)}
    numbers = [case.pk for case in found.values()]
    rows = {table: asked.rows(table, "mark__case_id", mark__case__in=numbers) for table in TABLES}
    return Loaded(
        asked.at, found, load_releases(numbers), asked.rows(Seat, "case_id", case__in=numbers), rows
    )


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """The plan page as one viewer sees it."""
    sight = viewer.sight
    case = loaded.cases.get(viewer.scope)
    if case is None or case.pk not in sight:
        return None
    lens = sight[case.pk]
    team = Team.of(open_rows(sight, loaded.seats[case.pk]))
    rows = {table: open_rows(sight, groups[case.pk]) for table, groups in loaded.rows.items()}
    doors = f"/cases/{case.public_id}/"
    return Shown(
        (
            CasePanel(
                case.code_name,
                case.opened,
                f"{doors}releases/" if may_record_release(lens) else "",
                f"{doors}seats/" if may_give_seats(lens) else "",
                f"{doors}conferences/" if may_schedule(lens) else "",
            ),
            goals(rows[Goal], team),
            actions(rows[ActionItem], team, lens.seat, goals={goal.mark_id: goal for goal in rows[Goal]}),
            needs(rows[Need], team),
            strengths(rows[Strength], team),
            conferences(rows[Conference], sight, {case.pk: team}, loaded.at),
            team_panel(team, lens, loaded.at),
            releases(loaded.releases.get(case.pk, ()), lens, loaded.at),
            responsibilities(rows[Responsibility], team),
            questions(rows[RoleQuestion], team),
        ),
        case=case.pk,
        until=folds_at(rows[Conference], loaded.at),
    )


PAGE = Page("plan", load, view)
