"""The plan page of a case: everything about it that one viewer may see, in one place, beginning with her goals; and the
page of one goal, with all that belongs to it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from agendas.actions.models import ENDED, ActionItem, ActionStatus, is_told_calmly
from agendas.actions.panels import (
    ActionRow,
    ActionsPanel,
    PlainRow,
    action_row,
    by_due_date,
    lost_actions,
    next_over,
    plain_row,
    today_of,
)
from agendas.goals.models import ASKED_OF_IT, Barrier, Goal, GoalStatus, Need, Strength
from agendas.goals.panels import (
    BARRIERS,
    DECIDED,
    NEW_TASK,
    WITH_ENTRIES,
    WITH_READINGS,
    Decided,
    GoalRow,
    Meeting,
    News,
    PlanRow,
    Spoken,
    asked_of_it,
    barrier_row,
    barriers,
    barriers_of,
    entries_of,
    goal_row,
    goals,
    needs,
    readings_of,
    strengths,
)
from agendas.history.models import What
from agendas.history.panels import history
from agendas.items.models import AgendaItem
from agendas.notes.models import Decision
from conferences.cases.panels import team_panel
from conferences.meetings.models import RUNNING, Conference, Status
from conferences.meetings.panels import conferences, folds_at
from conferences.releases.panels import RELEASES, releases, releases_of
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.lens import open_rows, shows
from workspace.disclosure.models import SEATS_OF_MARK, Case, Seat
from workspace.disclosure.policy import (
    Lens,
    Role,
    Topic,
    carries,
    is_told_plainly,
    is_told_to_have_ended,
    may_follow_handover,
    may_give_seats,
    may_print_for_her,
    may_record_release,
    may_schedule,
    may_word_goal,
    may_write_notes,
)
from workspace.disclosure.sealed import Along, Groups, TiedRows
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value

A_DAY = timedelta(days=1)
# Where a goal was spoken of, and what was decided about it, read along with it; with what the rule asks of the item.
# A meeting that was called off was not held, and a proposal that was declined was not spoken of.
ITEMS = TiedRows(
    AgendaItem,
    "goal",
    *("mark_id", "mark__public_id", "conference_id"),
    *ASKED_OF_IT,
    mark__removed_at=None,
    declined=False,
    conference__cancelled_at=None,
)
DECISIONS = TiedRows(
    Decision,
    "goal",
    *(
        "mark_id",
        "mark__public_id",
        "text",
        "mark__created_at",
        "item__mark__public_id",
        "item__conference_id",
    ),
    *ASKED_OF_IT,
    *("item__mark__author_id", "item__mark__origin_id", "item__mark__topic", "item__mark__audience"),
    SEATS_OF_MARK.of("item_id"),
    mark__removed_at=None,
    item__mark__removed_at=None,
)
OF_A_GOAL: Along = (*WITH_ENTRIES, ("items", ITEMS), ("decisions", DECISIONS))
# The need that an action item is to meet.
ITS_NEED: Along = (
    *WITH_ENTRIES,
    (
        "its_need",
        TiedRows(
            Need, "mark_id", "mark_id", "mark__public_id", "text", *ASKED_OF_IT, mark__removed_at=None
        ).through("need_id"),
    ),
)
TABLES: Mapping[Any, Along] = {
    Goal: OF_A_GOAL,
    Need: WITH_ENTRIES,
    Strength: (),
    Conference: (),
    ActionItem: (),
}
# What of an action item's past is told as news; of what is told calmly only the first two.
TOLD = (What.ACCEPTED, What.CHANGED_FOR_HER, What.DATE_MOVED, What.OPEN_AGAIN)


@value
class CasePanel:
    """The head of the page. `board_url`: who is who, and who does what. `releases_url`,
    `seats_url`: the doors, for those who may open and close them.
    `meetings_url`: for those who may plan a meeting. `picture_url`, `versions_url`: the plan over time;
    `paper_url`: on paper, for her and those who may print it for her;
    `aloud_url`: where it is read aloud now."""

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
class Ends:
    """What else is told of action items. `today`: the day where they are worked on; `lost`: those whose owner can no
    longer see them, as the viewer is told; `goals`, `needs`: the other ends of links, that the viewer sees."""

    today: date | None
    lost: Collection[int]
    goals: Mapping[int, Any]
    needs: Mapping[int, Any]

    def shown(self, row: Any, team: Team, lens: Lens, *, below: bool = False) -> ActionRow | PlainRow:
        """An opened action item as this viewer reads it. `below`: it stands under its goal already."""
        goals = {} if below else self.goals
        if is_told_plainly(lens):
            goal = goals.get(row.goal_id)
            return plain_row(row, team, lens.seat, self.today, goal=goal, listed=True)
        return action_row(
            row, team, lens.seat, goals=goals, needs=self.needs, today=self.today, lost=self.lost
        )


@dataclass(frozen=True)
class Loaded:
    """Cases by public id, with their releases and what is in the way; seats, and the sealed rows of each table, by
    case. `seated`: the lenses of all who sit on each case."""

    at: datetime
    cases: Mapping[str, Any]
    seats: Groups
    rows: Mapping[Any, Groups]
    seated: Mapping[int, Mapping[int, Lens]]


def load(asked: Asked) -> Loaded:
    """Everything about these cases, in seven queries whatever their size."""
    every = Case.objects.annotate(releases=RELEASES, barriers=BARRIERS).select_related("task_force")
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
        if row.goal_id in active or (row.goal_id in seen and row.status in ENDED)
    }
    others = [row for row in rows[ActionItem] if row.mark_id not in under]
    ends = Ends(
        today_of(rows[ActionItem], loaded.at),
        lost_actions(rows[ActionItem], team, lens, loaded.at, loaded.seated[case.pk]),
        seen,
        {need.mark_id: need for need in rows[Need]},
    )
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
            ),
            goals(
                (
                    goal_with_all(row, team, lens, rows[Conference], under.values(), ends)
                    for row in rows[Goal]
                ),
                hers=hers,
                add_url=f"{doors}goals/" if may_word_goal(lens, on_her_word=True) else "",
            ),
            _without_goal(others, team, lens, ends, f"{doors}actions/" if writes else ""),
            needs(rows[Need], team, lens, add_url=f"{doors}needs/" if writes else ""),
            barriers(
                barriers_of(case.pk, case.barriers, lens),
                team,
                lens,
                seen,
                add_url=f"{doors}barriers/" if writes else "",
            ),
            strengths(rows[Strength], team, hers=hers, add_url=f"{doors}strengths/" if writes else ""),
            conferences(rows[Conference], sight, {case.pk: team}, loaded.at),
            team_panel(team, lens, loaded.at),
            managed,
            releases(releases_of(case.pk, case.releases), lens, loaded.at),
        ),
        case=case.pk,
        until=min((each for each in (folds, turn, over) if each), default=None),
    )


def _without_goal(rows: Iterable[Any], team: Team, lens: Lens, ends: "Ends", new_url: str) -> ActionsPanel:
    """What belongs to no goal that the viewer sees and that is being worked on."""
    listed = [(row, ends.shown(row, team, lens)) for row in rows]
    return ActionsPanel(
        by_due_date(each for row, each in listed if row.status not in ENDED),
        Lines(each for row, each in listed if row.status in ENDED),
        new_url,
        plain=is_told_plainly(lens),
        without_goal=bool(ends.goals),
    )


PAGE = Page("plan", load, view)


# What belongs to a goal


def goal_with_all(
    row: Any, team: Team, lens: Lens, rooms: Iterable[Any], tasks: Iterable[Any], ends: Ends
) -> GoalRow:
    """One goal with what belongs to it. `rooms`, `tasks`: the conferences and action items of the case that were
    opened."""
    by_number = {room.mark_id: room for room in rooms}
    its = [task for task in tasks if task.goal_id == row.mark_id]
    listed = [(task, ends.shown(task, team, lens, below=True)) for task in its]
    decided, since = _decided(row, lens, by_number), last_meeting(by_number.values())
    return goal_row(
        row,
        team,
        lens,
        open=tuple(by_due_date(each for task, each in listed if task.status not in ENDED)),
        ended=tuple(each for task, each in listed if task.status in ENDED),
        decisions=tuple(each for _at, each in decided),
        spoken=_spoken(row, lens, by_number),
        since=since,
        news=_news(row, team, lens, its, decided, since) if since else (),
    )


def last_meeting(rooms: Iterable[Any]) -> Meeting | None:
    """The last of these conferences that was held and is over."""
    over = [room for room in rooms if room.state == Status.CLOSED and room.closed_at]
    last = max(over, key=lambda room: (room.closed_at, room.mark_id), default=None)
    if last is None:
        return None
    return Meeting(last.title, f"/conferences/{last.public_id}/", last.starts, last.closed_at)


def _spoken(row: Any, lens: Lens, rooms: Mapping[int, Any]) -> tuple[Spoken, ...]:
    """Where it was spoken of, or is to be, in the order of the conferences."""
    found = []
    for _number, public, conference, *asked in TiedRows.read(row.items):
        room = rooms.get(conference)
        if room and shows(lens, asked_of_it(lens.case, room.row, tuple(asked))):
            found.append(Spoken(room.title, room.starts, f"/items/{public}/"))
    return tuple(sorted(found, key=lambda each: each.starts))


def _decided(row: Any, lens: Lens, rooms: Mapping[int, Any]) -> tuple[tuple[Any, Decided], ...]:
    """What was decided about it, oldest first, and when with whom."""
    found = []
    for _number, public, text, at, item, conference, *asked in TiedRows.read(row.decisions):
        room = rooms.get(conference)
        if room is None:
            continue
        above = asked_of_it(lens.case, room.row, tuple(asked[5:]))
        its = asked_of_it(lens.case, above, tuple(asked[:5]))
        if shows(lens, its):
            when = TiedRows.instant_of(at), its.author
            found.append((when, Decided(public, text, f"/items/{item}/")))
    return tuple(found)


def _news(
    row: Any,
    team: Team,
    lens: Lens,
    tasks: Iterable[Any],
    decided: Iterable[tuple[Any, Decided]],
    since: Meeting,
) -> tuple[News, ...]:
    """What happened to it after the last meeting, oldest first."""
    after = since.closed_at
    own = [each for each in entries_of(row, lens) if each.created_at and each.created_at > after]
    found = [News(told.at, told.what, told.text, told.who) for told in history(own, team)]
    found += [News(at, DECIDED, each.text, team.who(author)) for (at, author), each in decided if at > after]
    for task in tasks:
        found += _news_of(task, team, lens, after)
    return tuple(sorted(found, key=lambda each: each.at))


def _news_of(task: Any, team: Team, lens: Lens, after: datetime) -> list[News]:
    owner = team.who(task.owner_id)
    found = [News(task.created_at, NEW_TASK, task.title, owner)] if task.created_at > after else []
    calmly = is_told_calmly(task, team.seats)
    told = is_told_to_have_ended(calmly=calmly, done=task.status == ActionStatus.DONE)
    if task.status in ENDED and task.ended_at and task.ended_at > after and told:
        found.append(News(task.ended_at, task.status, task.title, owner))
    if hasattr(task, "entries"):
        kinds = TOLD[:2] if calmly else TOLD
        found += [
            News(each.created_at, each.what, task.title, team.author(each))
            for each in entries_of(task, lens)
            if each.what in kinds and each.created_at and each.created_at > after
        ]
    return found


@value
class ReadingRow:
    """How a professional understands a goal."""

    template: ClassVar[str] = "agendas/plan/_reading.html"
    id: str
    text: str
    topic: str
    author: Who
    at: datetime | None
    readers: Readers

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]


@value
class GoalPanel:
    """One goal, in her words, beside them the same in other languages, and how professionals understand it.
    `plan_url`: the plan it belongs to."""

    id: ClassVar[str] = "goal"
    template: ClassVar[str] = "agendas/plan/_goal.html"
    goal: GoalRow
    readings: Lines
    plan_url: str


@value
class GoalWorkPanel:
    """What is done about it: action items, the needs they are to meet, decisions, what is in the way."""

    id: ClassVar[str] = "goal_work"
    template: ClassVar[str] = "agendas/plan/_goal_work.html"
    goal: GoalRow
    open: Lines
    ended: Lines
    needs: tuple[str, ...]
    barriers: tuple[PlanRow, ...]


@value
class GoalPastPanel:
    """What changed since the last meeting, where it was spoken of, and what became of it so far."""

    id: ClassVar[str] = "goal_past"
    template: ClassVar[str] = "agendas/plan/_goal_past.html"
    hers: bool
    since: Meeting | None
    news: tuple[News, ...]
    spoken: tuple[Spoken, ...]
    entries: Lines


@dataclass(frozen=True)
class LoadedGoals:
    """Sealed rows: goals by public id, what is done about them and in their way by the goal's; conferences and seats
    by case. `seated`: as for the plan."""

    at: datetime
    goals: Groups
    tasks: Groups
    barriers: Groups
    rooms: Groups
    seats: Groups
    seated: Mapping[int, Mapping[int, Lens]]


def load_goals(asked: Asked) -> LoadedGoals:
    """Everything about these goals, in five queries whatever their number."""
    ids = asked.scopes
    along: Along = (*WITH_READINGS, *OF_A_GOAL[1:])
    return LoadedGoals(
        asked.at,
        asked.rows(Goal, "mark__public_id", along, mark__public_id__in=ids),
        asked.rows(ActionItem, "goal__mark__public_id", ITS_NEED, goal__mark__public_id__in=ids),
        asked.rows(Barrier, "goal__mark__public_id", WITH_ENTRIES, goal__mark__public_id__in=ids),
        asked.rows(Conference, "mark__case_id", in_cases_of=ids),
        asked.rows(Seat, "case_id", case__in=asked.cases),
        asked.seated,
    )


def view_goal(loaded: LoadedGoals, viewer: Viewer) -> Shown | None:
    """The page of a goal as one viewer sees it."""
    sight = viewer.sight
    found = open_rows(sight, loaded.goals[viewer.scope])
    if not found:
        return None
    [row] = found
    lens = sight[row.row.case]
    team = Team.of(open_rows(sight, loaded.seats[lens.case]))
    tasks = open_rows(sight, loaded.tasks[viewer.scope])
    rooms = open_rows(sight, loaded.rooms[lens.case])
    lost = lost_actions(tasks, team, lens, loaded.at, loaded.seated[lens.case])
    goal = goal_with_all(row, team, lens, rooms, tasks, Ends(today_of(tasks, loaded.at), lost, {}, {}))
    by_number = {room.mark_id: room for room in rooms}
    readings = Lines(
        ReadingRow(
            *(each.public_id, each.text, each.row.topic, team.author(each)),
            each.created_at,
            team.readers(each),
        )
        for each in readings_of(row, lens)
    )
    barriers = open_rows(sight, loaded.barriers[viewer.scope])
    return Shown(
        (
            GoalPanel(goal, readings, f"/cases/{row.case_public_id}/"),
            GoalWorkPanel(
                goal,
                Lines(goal.open),
                Lines(goal.ended),
                tuple(dict.fromkeys(text for task in tasks for text in _needs_of(task, lens))),
                tuple(barrier_row(each, team, lens, {}) for each in barriers),
            ),
            GoalPastPanel(
                goal.hers,
                goal.since,
                goal.news,
                goal.spoken,
                Lines(history(entries_of(row, lens), team, by_number)),
            ),
        ),
        case=lens.case,
        until=next_over(tasks, loaded.at),
    )


def _needs_of(task: Any, lens: Lens) -> list[str]:
    return [
        text
        for _number, _public, text, *asked in TiedRows.read(task.its_need)
        if shows(lens, asked_of_it(lens.case, None, tuple(asked)))
    ]


GOAL = Page("goal", load_goals, view_goal)
