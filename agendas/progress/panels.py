"""One goal with all that belongs to it: what is done about it, where it was spoken of, what changed since. It stands so
on the plan, and on a page of its own."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from agendas.actions.models import ENDED, ActionItem, ActionStatus, has_ended, is_told_calmly
from agendas.actions.panels import (
    ActionRow,
    PlainRow,
    action_row,
    by_due_date,
    lost_actions,
    next_over,
    plain_row,
    today_of,
    told_past,
)
from agendas.goals.models import ASKED_OF_IT, Barrier, Goal, Need
from agendas.goals.panels import (
    DECIDED,
    IN_THE_WAY,
    NEW_TASK,
    UNDERSTOOD,
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
    entries_of,
    goal_row,
    readings_of,
)
from agendas.history.models import What
from agendas.history.panels import history
from agendas.items.models import AgendaItem
from agendas.notes.models import Decision
from conferences.meetings.models import Conference, Status
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.lens import open_rows, shows
from workspace.disclosure.models import SEATS_OF_MARK, Seat
from workspace.disclosure.policy import (
    Lens,
    Topic,
    is_told_plainly,
    is_told_to_have_ended,
    may_narrow,
)
from workspace.disclosure.sealed import Along, Groups, TiedRows
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value

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
# What of an action item's past is told as news; of what is told calmly only the first: whom nobody asked, nobody
# hears accept.
TOLD = (What.CHANGED_FOR_HER, What.ACCEPTED, What.DATE_MOVED, What.OPEN_AGAIN)


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
            return plain_row(row, team, lens, self.today, goal=goal, listed=True)
        return action_row(row, team, lens, goals=goals, needs=self.needs, today=self.today, lost=self.lost)


def goal_with_all(
    row: Any,
    team: Team,
    lens: Lens,
    rooms: Iterable[Any],
    tasks: Iterable[Any],
    barriers: Iterable[Any],
    ends: Ends,
) -> GoalRow:
    """One goal with what belongs to it. `rooms`, `tasks`, `barriers`: the conferences, the action items and what is in
    the way, of the case, that were opened."""
    by_number = {room.mark_id: room for room in rooms}
    its, in_its_way = ([each for each in rows if each.goal_id == row.mark_id] for rows in (tasks, barriers))
    listed = [(has_ended(task, lens, team.seats), ends.shown(task, team, lens, below=True)) for task in its]
    decided, since = _decided(row, lens, by_number), last_meeting(by_number.values())
    return goal_row(
        row,
        team,
        lens,
        open=tuple(by_due_date(each for ended, each in listed if not ended)),
        ended=tuple(each for ended, each in listed if ended),
        decisions=tuple(each for _at, each in decided),
        spoken=_spoken(row, lens, by_number),
        since=since,
        news=_news(row, team, lens, its, in_its_way, decided, since) if since else (),
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
    barriers: Iterable[Any],
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
    for barrier in barriers:
        stood = [(barrier, IN_THE_WAY), *((each, each.what) for each in entries_of(barrier, lens))]
        found += [
            News(
                each.created_at, IN_THE_WAY if what == What.OPENED else what, barrier.text, team.author(each)
            )
            for each, what in stood
            if each.created_at and each.created_at > after
        ]
    if hasattr(row, "readings"):
        found += [
            News(each.created_at, UNDERSTOOD, each.text, team.author(each))
            for each in readings_of(row, lens)
            if each.created_at and each.created_at > after
        ]
    return tuple(sorted(found, key=lambda each: each.at))


def _news_of(task: Any, team: Team, lens: Lens, after: datetime) -> list[News]:
    owner = team.who(task.owner_id)
    found = [News(task.created_at, NEW_TASK, task.title, owner)] if task.created_at > after else []
    calmly = is_told_calmly(task, team.seats)
    told = is_told_to_have_ended(calmly=calmly, done=task.status == ActionStatus.DONE)
    if task.status in ENDED and task.ended_at and task.ended_at > after and told:
        found.append(News(task.ended_at, task.status, task.title, owner))
    if hasattr(task, "entries"):
        kinds = TOLD[:1] if calmly else TOLD
        found += [
            News(each.created_at, each.what, task.title, team.author(each))
            for each in told_past(task, entries_of(task, lens), lens, team.seats)
            if each.what in kinds and each.created_at and each.created_at > after
        ]
    return found


@value
class ReadingRow:
    """How a professional understands a goal. `narrow`: as of a goal."""

    template: ClassVar[str] = "agendas/progress/_reading.html"
    id: str
    text: str
    topic: str
    author: Who
    at: datetime | None
    readers: Readers
    narrow: bool

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]


@value
class GoalPanel:
    """One goal, in her words, beside them the same in other languages, and how professionals understand it.
    `plan_url`: the plan it belongs to."""

    id: ClassVar[str] = "goal"
    template: ClassVar[str] = "agendas/progress/_goal.html"
    goal: GoalRow
    readings: Lines
    plan_url: str


@value
class GoalWorkPanel:
    """What is done about it: action items, the needs they are to meet, decisions, what is in the way."""

    id: ClassVar[str] = "goal_work"
    template: ClassVar[str] = "agendas/progress/_goal_work.html"
    goal: GoalRow
    open: Lines
    ended: Lines
    needs: tuple[str, ...]
    barriers: tuple[PlanRow, ...]


@value
class GoalPastPanel:
    """What changed since the last meeting, where it was spoken of, and what became of it so far."""

    id: ClassVar[str] = "goal_past"
    template: ClassVar[str] = "agendas/progress/_goal_past.html"
    hers: bool
    since: Meeting | None
    news: tuple[News, ...]
    spoken: tuple[Spoken, ...]
    entries: Lines


@dataclass(frozen=True)
class Loaded:
    """Sealed rows: goals by public id, what is done about them and in their way by the goal's; conferences and seats
    by case. `seated`: as for the plan."""

    at: datetime
    goals: Groups
    tasks: Groups
    barriers: Groups
    rooms: Groups
    seats: Groups
    seated: Mapping[int, Mapping[int, Lens]]


def load(asked: Asked) -> Loaded:
    """Everything about these goals, in five queries whatever their number."""
    ids = asked.scopes
    along: Along = (*WITH_READINGS, *OF_A_GOAL[1:])
    return Loaded(
        asked.at,
        asked.rows(Goal, "mark__public_id", along, mark__public_id__in=ids),
        asked.rows(ActionItem, "goal__mark__public_id", ITS_NEED, goal__mark__public_id__in=ids),
        asked.rows(Barrier, "goal__mark__public_id", WITH_ENTRIES, goal__mark__public_id__in=ids),
        asked.rows(Conference, "mark__case_id", in_cases_of=ids),
        asked.rows(Seat, "case_id", case__in=asked.cases),
        asked.seated,
    )


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
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
    barriers = open_rows(sight, loaded.barriers[viewer.scope])
    ends = Ends(today_of(tasks, loaded.at), lost, {}, {})
    goal = goal_with_all(row, team, lens, rooms, tasks, barriers, ends)
    by_number = {room.mark_id: room for room in rooms}
    readings = Lines(
        ReadingRow(
            *(each.public_id, each.text, each.row.topic, team.author(each)),
            each.created_at,
            team.readers(each),
            may_narrow(lens, each.row),
        )
        for each in readings_of(row, lens)
    )
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


PAGE = Page("goal", load, view)
