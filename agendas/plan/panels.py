"""The plan page of a case: everything about it that one viewer may see, in one place, read-only for now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from agendas.actions.models import ActionItem
from agendas.actions.panels import actions
from agendas.goals.models import Goal, Need, Strength
from agendas.goals.panels import goals, needs, strengths
from conferences.cases.panels import team_panel
from conferences.meetings.models import Conference
from conferences.meetings.panels import conferences
from conferences.releases.panels import load_releases, releases
from conferences.roles.models import Responsibility, RoleQuestion
from conferences.roles.panels import Team, questions, responsibilities
from workspace.disclosure.lens import Opener, Sight
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import may_give_seats, may_record_release
from workspace.disclosure.sealed import Sealed
from workspace.live.panels import Page, Shown

TABLES = (Goal, Need, Strength, Conference, ActionItem, Responsibility, RoleQuestion)


@dataclass(frozen=True)
class CasePanel:
    """The head of the page. `releases_url`, `seats_url`: the doors, for those who may open and close them."""

    id: ClassVar[str] = "case"
    template: ClassVar[str] = "agendas/plan/_case.html"
    code_name: str
    opened: date
    releases_url: str
    seats_url: str


@dataclass(frozen=True)
class Loaded:
    """Cases by public id, releases and seats by case, and the sealed rows of each table by case."""

    at: datetime
    cases: Mapping[str, Any]
    releases: Mapping[int, list[Any]]
    seats: Mapping[int, list[Sealed]]
    rows: Mapping[Any, Mapping[int, list[Sealed]]]


def load(ids: Collection[str], cases: Collection[int], at: datetime) -> Loaded:
    """Everything about these cases, in ten queries whatever their size."""
    found = {case.public_id: case for case in Case.objects.filter(public_id__in=ids)}
    numbers = [case.pk for case in found.values()]
    rows = {table: table.objects.sealed_by("mark__case_id", mark__case__in=numbers) for table in TABLES}
    return Loaded(
        at, found, load_releases(numbers), Seat.objects.sealed_by("case_id", case__in=numbers), rows
    )


def view(loaded: Loaded, opener: Opener, sight: Sight, scope: str, look: str) -> Shown | None:
    """The plan page as one viewer sees it."""
    case = loaded.cases.get(scope)
    if case is None or case.pk not in sight:
        return None
    lens = sight[case.pk]
    team = Team(opener.open_rows(sight, loaded.seats.get(case.pk, ())), me=lens.seat, at=loaded.at)
    rows = {table: opener.open_rows(sight, groups.get(case.pk, ())) for table, groups in loaded.rows.items()}
    doors = f"/cases/{scope}/"
    return Shown(
        (
            CasePanel(
                case.code_name,
                case.opened,
                f"{doors}releases/" if may_record_release(lens) else "",
                f"{doors}seats/" if may_give_seats(lens) else "",
            ),
            goals(rows[Goal], team),
            actions(rows[ActionItem], team, goals={goal.mark_id: goal for goal in rows[Goal]}),
            needs(rows[Need], team),
            strengths(rows[Strength], team),
            conferences(rows[Conference]),
            team_panel(team, lens),
            releases(loaded.releases.get(case.pk, ()), lens, loaded.at),
            responsibilities(rows[Responsibility], team),
            questions(rows[RoleQuestion], team),
        ),
        case=case.pk,
    )


PAGE = Page("plan", load, view)
