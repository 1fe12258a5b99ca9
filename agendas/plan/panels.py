"""The plan page of a case: everything about it that one viewer may see, in one place, beginning with her goals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from agendas.actions.models import ActionItem, has_ended
from agendas.actions.panels import (
    ActionsPanel,
    by_due_date,
    lost_actions,
    next_over,
    today_of,
)
from agendas.goals.models import Goal, GoalStatus, Need, Strength
from agendas.goals.panels import (
    BARRIERS,
    WITH_ENTRIES,
    barriers,
    barriers_of,
    goals,
    needs,
    strengths,
)
from agendas.planreview.models import PlanSeen
from agendas.planreview.panels import REVIEWS, plan_review, reviews_of
from agendas.progress.panels import OF_A_GOAL, Ends, goal_with_all
from conferences.cases.panels import team_panel
from conferences.meetings.models import RUNNING, Conference
from conferences.meetings.panels import conferences, folds_at
from conferences.releases.panels import RELEASES, releases, releases_of
from conferences.roles.panels import Team
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import (
    Lens,
    Role,
    carries,
    is_told_plainly,
    may_follow_handover,
    may_give_seats,
    may_print_for_her,
    may_record_release,
    may_schedule,
    may_word_goal,
    may_write_notes,
)
from workspace.disclosure.sealed import Along, Groups
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value

A_DAY = timedelta(days=1)
TABLES: Mapping[Any, Along] = {
    Goal: OF_A_GOAL,
    Need: WITH_ENTRIES,
    Strength: (),
    Conference: (),
    ActionItem: (),
}


@value
class CasePanel:
    """The head of the page. `board_url`: who is who, and who does what. `releases_url`,
    `seats_url`: the doors, for those who may open and close them.
    `meetings_url`: for those who may plan a meeting. `picture_url`, `versions_url`: the plan over time;
    `paper_url`: on paper, for her and those who may print it for her;
    `aloud_url`: where it is read aloud now. `hers`: the survivor reads it."""

    id: ClassVar[str] = "case"
    template: ClassVar[str] = "agendas/plan/_case.html"
    code_name: str
    opened: date
    board_url: str
    releases_url: str
    seats_url: str
    meetings_url: str
    picture_url: str = ""
    versions_url: str = ""
    paper_url: str = ""
    aloud_url: str = ""
    hers: bool = False


@value
class ManagerRow:
    """A case manager that there was, is or will be; or days without one, which have no name. `days`: how many those
    were so far."""

    name: str
    starts: date
    until: datetime | None
    now: bool = False
    days: int = 0


@value
class ManagersPanel:
    """Who has been the case manager, and the days on which nobody was, in their order. `hers`: the survivor reads it.

    Only she and those who carry the case get it. Others may be let see none but some of these seats, and a day on which
    they see nobody is not one on which she had nobody. Some of those who carry it may not see all either, so they are
    told that it is counted from what they see; she sees every seat.
    """

    id: ClassVar[str] = "managers"
    template: ClassVar[str] = "agendas/plan/_managers.html"
    rows: tuple[ManagerRow, ...] = ()
    hers: bool = False
    handover_url: str = ""


@dataclass(frozen=True)
class Loaded:
    """Cases by public id, with their releases, reviews and what is in the way; seats, and the sealed rows of each
    table, by case. `seated`: the lenses of all who sit on each case."""

    at: datetime
    cases: Mapping[str, Any]
    seats: Groups
    rows: Mapping[Any, Groups]
    seated: Mapping[int, Mapping[int, Lens]]


def load(asked: Asked) -> Loaded:
    """Everything about these cases, in seven queries whatever their size."""
    every = Case.objects.annotate(releases=RELEASES, barriers=BARRIERS, reviews=REVIEWS)
    every = every.select_related("task_force")
    found = {case.public_id: case for case in every.filter(public_id__in=asked.scopes)}
    numbers = [case.pk for case in found.values()]
    rows = {
        table: asked.rows(table, "mark__case_id", along, mark__case__in=numbers)
        for table, along in TABLES.items()
    }
    seats = asked.rows(Seat, "case_id", case__in=numbers)
    return Loaded(asked.at, found, seats, rows, asked.seated)


def managers(team: Team, case: Any, lens: Lens, at: datetime) -> tuple[ManagersPanel, datetime | None]:
    """The case managers of the agency that holds the case, of the seats that were opened; and when time alone changes
    it."""
    hers = lens.role is Role.SURVIVOR
    if not hers and not carries(lens.role, at_holding_agency=lens.holding):
        return ManagersPanel(), None
    seats = sorted(
        (
            seat
            for seat in team.seats.values()
            if seat.role == Role.CASE_MANAGER and seat.agency_id == case.holding_agency_id
        ),
        key=lambda seat: (seat.starts, seat.mark_id),
    )
    rows: list[ManagerRow] = []
    # Days are those of where the case is worked on, and some of them have 23 hours.
    zone = ZoneInfo(case.task_force.time_zone)
    # A case is opened on a day; nobody was there from then on, or from when the last of those before had gone.
    since: datetime | None = datetime.combine(case.opened, time.min, zone)
    turn: datetime | None = None
    for seat in [*seats, None]:
        starts = seat.starts if seat and seat.starts <= at else at
        if since is not None and starts >= since:
            lasts = seat is None or seat.starts > at
            days = (_by_the_clock(starts, zone) - _by_the_clock(since, zone)).days
            if days:
                # The day of the file, before anybody was there, is the same for every reader.
                first = since if rows else case.opened
                rows.append(ManagerRow("", first, None if lasts else starts, days=days))
            if lasts:
                turn = (_by_the_clock(since, zone) + (days + 1) * A_DAY).replace(tzinfo=zone)
                since = None
        if seat is None:
            break
        now = seat.starts <= at and (seat.until is None or seat.until > at)
        # A last day is over at midnight, which is the next one already.
        last = seat.until - timedelta(microseconds=1) if seat.until else None
        rows.append(ManagerRow(seat.name, seat.starts, last, now=seat.primary and now))
        if seat.until is None:
            since = None
        elif since is not None and seat.until > since:
            since = seat.until
    url = f"/cases/{case.public_id}/handover/" if may_follow_handover(lens) else ""
    return ManagersPanel(tuple(rows), hers, url), turn


def _by_the_clock(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


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
    managed, turn = managers(team, case, lens, loaded.at)
    folds = folds_at(rows[Conference], loaded.at)
    over = next_over(rows[ActionItem], loaded.at)
    hers, writes = is_told_plainly(lens), may_write_notes(lens)
    seen = {goal.mark_id: goal for goal in rows[Goal]}
    active = {number for number, goal in seen.items() if goal.status == GoalStatus.ACTIVE}
    # What is open stands where it is seen, also when its goal is folded away because it is met or set aside.
    under = {
        row.mark_id: row
        for row in rows[ActionItem]
        if row.goal_id in active or (row.goal_id in seen and has_ended(row, lens, team.seats))
    }
    others = [row for row in rows[ActionItem] if row.mark_id not in under]
    ends = Ends(
        today_of(rows[ActionItem], loaded.at),
        lost_actions(rows[ActionItem], team, lens, loaded.at, loaded.seated[case.pk]),
        seen,
        {need.mark_id: need for need in rows[Need]},
    )
    in_the_way = barriers_of(case.pk, case.barriers, lens)
    reviews = reviews_of(case.pk, case.reviews, lens)
    plan = PlanSeen(
        *(team.seats, rows[Goal], rows[Need], rows[Strength], in_the_way, rows[ActionItem], reviews)
    )
    reviewed, comes_due = plan_review(plan, reviews, team, lens, case, loaded.at)
    return Shown(
        (
            CasePanel(
                case.code_name,
                case.opened,
                f"{doors}roles/",
                f"{doors}releases/" if may_record_release(lens) else "",
                f"{doors}seats/" if may_give_seats(lens) else "",
                f"{doors}conferences/" if may_schedule(lens) else "",
                f"{doors}plan/picture/",
                f"{doors}plan/versions/",
                f"{doors}plan/paper/" if may_print_for_her(lens) else "",
                next(
                    (
                        f"/conferences/{room.public_id}/plan/"
                        for room in rows[Conference]
                        if room.state in RUNNING
                    ),
                    "",
                ),
                lens.role is Role.SURVIVOR,
            ),
            goals(
                (
                    goal_with_all(row, team, lens, rows[Conference], under.values(), in_the_way, ends)
                    for row in rows[Goal]
                ),
                hers=hers,
                add_url=f"{doors}goals/" if may_word_goal(lens, on_her_word=True) else "",
            ),
            _without_goal(others, team, lens, ends, f"{doors}actions/" if writes else ""),
            needs(rows[Need], team, lens, add_url=f"{doors}needs/" if writes else ""),
            barriers(
                in_the_way,
                team,
                lens,
                seen,
                add_url=f"{doors}barriers/" if writes else "",
            ),
            strengths(rows[Strength], team, lens, add_url=f"{doors}strengths/" if writes else ""),
            conferences(rows[Conference], sight, {case.pk: team}, loaded.at),
            team_panel(team, lens, loaded.at),
            managed,
            reviewed,
            releases(releases_of(case.pk, case.releases), lens, loaded.at),
        ),
        case=case.pk,
        until=min((each for each in (folds, turn, over, comes_due) if each), default=None),
    )


def _without_goal(rows: Iterable[Any], team: Team, lens: Lens, ends: Ends, new_url: str) -> ActionsPanel:
    """What belongs to no goal that the viewer sees and that is being worked on."""
    listed = [(has_ended(row, lens, team.seats), ends.shown(row, team, lens)) for row in rows]
    return ActionsPanel(
        by_due_date(each for ended, each in listed if not ended),
        Lines(each for ended, each in listed if ended),
        new_url,
        plain=is_told_plainly(lens),
        without_goal=bool(ends.goals),
    )


PAGE = Page("plan", load, view)
