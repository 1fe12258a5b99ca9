"""The plan over time, in one viewer's eyes: as a picture, and two of its versions side by side."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from agendas.actions.models import OPEN, ActionItem, ActionStatus, is_seen_as_hers, is_told_calmly
from agendas.actions.panels import status_label
from agendas.goals.models import Goal, GoalStatus, Need, NeedStatus
from agendas.history.models import Entry, What
from agendas.history.panels import STANDS, by_what, is_told, status_then, words_then
from agendas.items.models import AgendaItem
from conferences.meetings.models import RUNNING, Conference, Status
from workspace.disclosure.lens import OpenedRows, Sight, open_rows, read_sights
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Lens, Role
from workspace.disclosure.sealed import Groups
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, one_moment, value

# What changed the words of something in the plan, or where it stands.
TURNS = (What.CORRECTED, *STANDS)


# When something was there.
@dataclass(frozen=True)
class Times:
    """The conferences of a case that a viewer sees and that have begun, oldest first, and which of their items are
    whose."""

    rooms: tuple[Any, ...]
    of_items: Mapping[int, Any]

    @classmethod
    def of(cls, rooms: Iterable[Any], items: Iterable[Any]) -> "Times":
        """Those of these opened conferences and items."""
        begun = [room for room in rooms if room.state != Status.PLANNED and not room.cancelled_at]
        by_number = {room.mark_id: room for room in begun}
        return cls(
            tuple(sorted(begun, key=lambda room: (room.starts, room.mark_id))),
            {
                item.mark_id: by_number[item.conference_id]
                for item in items
                if item.conference_id in by_number
            },
        )

    def column(self, at: datetime) -> int:
        """Since which of them it is: 1, 2, 3, or 0 before the first."""
        return bisect_right([room.starts for room in self.rooms], at)

    def made(self, action: Any) -> datetime:
        """When an action was written down: in the conference that it came out of, where that is seen."""
        written: datetime = action.created_at
        room = self.of_items.get(action.from_item_id)
        begun: datetime = room.starts if room else written
        return begun if begun < written else written

    def since(self, row: Any, actions: Iterable[Any] = ()) -> datetime:
        """Since when a goal or a need is there: at the latest when the first thing was written down that is done for
        it. A conference that was written down afterwards knows what was there when it was."""
        made = [self.made(action) for action in actions if action.goal_id == row.mark_id]
        known = [room.starts for room in self.rooms if room.created_at >= row.created_at]
        earliest: datetime = min([row.created_at, *made, *known])
        return earliest


def over_at(room: Any, now: datetime) -> datetime:
    """The instant at which the plan is as it was at the end of a conference; of one that goes on, now."""
    if room.state in RUNNING:
        return now
    planned: datetime = room.starts + timedelta(minutes=room.minutes)
    return room.closed_at or planned


# The picture.
WIDTH, HEIGHT, MARK = 96, 28, 18
KINDS = {"open": _("under way"), "done": _("done"), "over": _("ended otherwise")}


@value
class Column:
    """A conference, with where its column stands in the picture. Without an id, the time before the first."""

    id: str
    x: int
    title: str
    starts: datetime | None

    @property
    def url(self) -> str:
        """Where the plan was read aloud in it."""
        return f"/conferences/{self.id}/plan/"


@value
class Told:
    """Something that is or was done for a goal. `kind`: one of `KINDS`. `calmly`: as of what the survivor offered;
    `hers`: she did, as the viewer knows."""

    title: str
    kind: str
    status: str
    calmly: bool
    hers: bool

    @property
    def label(self) -> Any:
        """What became of it, in words."""
        nobody_yet = self.kind == "open" and not self.calmly and self.status != ActionStatus.ACCEPTED
        if self.kind == "over" or nobody_yet or (self.kind == "open" and self.hers):
            return status_label(self.status, calmly=self.hers, hers=self.hers)
        return KINDS[self.kind]


@value
class GoalLine:
    """A goal as a line of the picture. `words`: none for what belongs to no goal. `start`, `end`: from where to where
    it was worked on. `marks`: what was done, with where it stands."""

    template: ClassVar[str] = "agendas/timeline/_line.html"
    id: str
    words: str
    status: str
    width: int
    height: int
    start: int
    end: int
    marks: tuple[tuple[int, int, str], ...]
    cells: tuple[tuple[Told, ...], ...]

    @property
    def status_label(self) -> Any:
        """Where it stands, in words."""
        return GoalStatus(self.status).label if self.status else ""


@value
class LineInWords:
    """The same as a row of the table."""

    template: ClassVar[str] = "agendas/timeline/_row.html"
    line: GoalLine


@value
class TimelinePanel:
    """The picture. `hers`: the survivor looks."""

    id: ClassVar[str] = "timeline"
    template: ClassVar[str] = "agendas/timeline/_timeline.html"
    case_url: str
    hers: bool
    width: int
    columns: tuple[Column, ...]
    rows: Lines
    words: Lines


@dataclass(frozen=True)
class Loaded:
    """Cases by public id, and rows by case."""

    at: datetime
    cases: Mapping[str, Any]
    seats: Groups
    rooms: Groups
    items: Groups
    goals: Groups
    actions: Groups
    entries: Groups


def load(asked: Asked) -> Loaded:
    """The plans of these cases, in seven queries whatever their size."""
    cases = {case.public_id: case for case in Case.objects.filter(public_id__in=asked.scopes)}
    numbers = [case.pk for case in cases.values()]

    def of(table: Any, **which: Any) -> Groups:
        return asked.rows(table, "mark__case_id", mark__case__in=numbers, **which)

    return Loaded(
        at=asked.at,
        cases=cases,
        seats=asked.rows(Seat, "case_id", case__in=numbers),
        rooms=of(Conference),
        items=of(AgendaItem),
        goals=of(Goal),
        actions=of(ActionItem),
        entries=of(Entry, what__in=TURNS),
    )


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """The picture as one viewer sees it."""
    case = loaded.cases.get(viewer.scope)
    if case is None or case.pk not in viewer.sight:
        return None
    lens = viewer.sight[case.pk]
    seats, rooms, items, goals, actions, entries = (
        open_rows(viewer.sight, rows[case.pk])
        for rows in (
            *(loaded.seats, loaded.rooms, loaded.items),
            *(loaded.goals, loaded.actions, loaded.entries),
        )
    )
    panel = goals.once(_picture, seats, rooms, items, actions, entries, lens.role is Role.SURVIVOR)
    return Shown((replace(panel, case_url=f"/cases/{case.public_id}/"),), case=case.pk)


def _picture(
    goals: OpenedRows,
    seats: OpenedRows,
    rooms: OpenedRows,
    items: OpenedRows,
    actions: OpenedRows,
    entries: OpenedRows,
    hers: bool,
) -> TimelinePanel:
    times, happened = Times.of(rooms, items), by_what(entries)
    of_goals = {goal.mark_id for goal in goals}
    known = frozenset(seat.mark_id for seat in seats)
    lines = [
        _line(
            times,
            goal,
            [action for action in actions if action.goal_id == goal.mark_id],
            happened.get(goal.mark_id, []),
            known,
        )
        for goal in goals
    ]
    others = [action for action in actions if action.goal_id not in of_goals]
    if others:
        lines.append(_line(times, None, others, [], known))
    # The time before the first conference has a column where anything stands in it.
    before = not times.rooms or any(line.cells[0] or not line.start for line in lines)
    first = [Column("", WIDTH // 2, "", None)] if before else []
    columns = [
        *first,
        *(
            Column(room.public_id, WIDTH * number + WIDTH // 2, room.title, room.starts)
            for number, room in enumerate(times.rooms, len(first))
        ),
    ]
    shown = [line if before else _without_first(line) for line in lines]
    return TimelinePanel(
        case_url="",
        hers=hers,
        width=WIDTH * len(columns),
        columns=tuple(columns),
        rows=Lines(shown),
        words=Lines(map(LineInWords, shown)),
    )


def _without_first(line: GoalLine) -> GoalLine:
    return replace(
        line,
        width=line.width - WIDTH,
        start=line.start - WIDTH,
        end=line.end - WIDTH,
        marks=tuple((x - WIDTH, y, kind) for x, y, kind in line.marks),
        cells=line.cells[1:],
    )


def _line(
    times: Times, goal: Any | None, actions: list[Any], entries: Iterable[Any], known: Collection[int]
) -> GoalLine:
    """A goal, or what belongs to none that the viewer sees, with what is done for it."""
    cells: dict[int, list[Told]] = defaultdict(list)
    for action in actions:
        kind = _kind(action, known)
        if kind:
            at = times.made(action) if kind == "open" else action.ended_at or times.made(action)
            calmly, hers = is_told_calmly(action, known), is_seen_as_hers(action, known)
            cells[times.column(at)].append(Told(action.title, kind, action.status, calmly, hers))
    last = len(times.rooms)
    marks = [
        (WIDTH * column + WIDTH // 3 * (1 + place % 2), HEIGHT // 2 + MARK * (place // 2), told.kind)
        for column, those in cells.items()
        for place, told in enumerate(those)
    ]
    start = times.column(times.since(goal, actions)) if goal else last + 1
    ended = None if goal is None or goal.status == GoalStatus.ACTIVE else _ended(goal, entries)
    end = last if ended is None else times.column(ended)
    return GoalLine(
        id=goal.public_id if goal else "none",
        words=goal.words if goal else "",
        status=goal.status if goal else "",
        width=WIDTH * (last + 1),
        height=max((y for _x, y, _kind in marks), default=HEIGHT // 2) + HEIGHT // 2,
        start=WIDTH * start,
        end=WIDTH * (max(start, end) + 1) if goal else WIDTH * start,
        marks=tuple(marks),
        cells=tuple(tuple(cells[column]) for column in range(last + 1)),
    )


def _ended(goal: Any, entries: Iterable[Any]) -> datetime | None:
    """When a goal was met or set aside lastly, if that is known."""
    turns = [row for row in entries if STANDS.get(row.what) == goal.status]
    return turns[-1].created_at if turns else None


def _kind(action: Any, known: Collection[int]) -> str:
    """How an action is shown to somebody who sees these seats; what the survivor, or somebody whom they do not see and
    who might be her, did not go on with is nobody's to see."""
    if action.status == ActionStatus.DONE:
        return "done"
    if action.status in (*OPEN, ActionStatus.DECLINED):
        return "" if action.status == ActionStatus.DECLINED and is_told_calmly(action, known) else "open"
    return "" if is_told_calmly(action, known) else "over"


# Two versions.
@value
class Version:
    """A goal or a need at one time. `words`: empty where the viewer does not see what stood there then; `status`: in
    words, empty where they do not see where it stood."""

    words: str
    status: Any


@value
class Compared:
    """A goal or a need at two times; none where it was not there yet. `changes`: what is otherwise, in words."""

    id: str
    before: Version | None
    after: Version | None
    changes: tuple[Any, ...]

    @property
    def same(self) -> bool:
        """Whether the viewer knows that nothing of it is otherwise."""
        return self.before == self.after and bool(self.after and self.after.words and self.after.status)


@dataclass(frozen=True)
class Choice:
    """A time that can be chosen: a conference, or now, which has no conference."""

    id: str
    title: str
    starts: datetime | None


@dataclass(frozen=True)
class Versions:
    """Two versions of a plan side by side."""

    case_url: str
    hers: bool
    choices: tuple[Choice, ...]
    begin: Choice | None
    end: Choice
    goals: tuple[Compared, ...]
    needs: tuple[Compared, ...]

    @property
    def url(self) -> str:
        """The page itself."""
        return f"{self.case_url}plan/versions/"

    @property
    def same(self) -> bool:
        """Whether the viewer knows that nothing they read here is otherwise."""
        return all(each.same for each in (*self.goals, *self.needs))


NOW = Choice("now", "", None)
ADDED, WORDED = _("new since then"), _("said in other words")


def versions(person: int, case: str, begin: str, end: str) -> Versions | None:
    """The plan of a case at the end of two conferences, or now, as somebody sees it; None: there is no such case.
    `begin`, `end`: public ids of conferences; what is none that they see is the last one that is over, and now."""
    with one_moment() as at:
        sights = read_sights([person], at)
        viewer = Viewer(sights.of[person], case, "")
        asked = Asked(at, [viewer], sights.seated)
        loaded = load(asked)
        found = loaded.cases.get(case)
        if found is None or found.pk not in viewer.sight:
            return None
        needs = asked.rows(Need, "mark__case_id", mark__case=found.pk)
        return _versions(loaded, needs, viewer.sight, found, begin, end)


def _versions(loaded: Loaded, needed: Groups, sight: Sight, case: Any, begin: str, end: str) -> Versions:
    rooms, items, goals, needs, actions, entries = (
        open_rows(sight, rows[case.pk])
        for rows in (loaded.rooms, loaded.items, loaded.goals, needed, loaded.actions, loaded.entries)
    )
    times = Times.of(rooms, items)
    by_id = {room.public_id: room for room in times.rooms}
    over = [room for room in times.rooms if room.state == Status.CLOSED]
    first = by_id.get(begin) or (over[-1] if over else None)
    last = by_id.get(end)
    if first and last and last.starts < first.starts:
        first, last = last, first
    then = over_at(first, loaded.at) if first else None
    now = over_at(last, loaded.at) if last else loaded.at
    happened, lens = by_what(entries), sight[case.pk]
    return Versions(
        case_url=f"/cases/{case.public_id}/",
        hers=lens.role is Role.SURVIVOR,
        choices=tuple(map(_choice, times.rooms)),
        begin=_choice(first) if first else None,
        end=_choice(last) if last else NOW,
        goals=_compare(
            [(goal, times.since(goal, actions), goal.words, goal.worded_at, GoalStatus) for goal in goals],
            lens,
            happened,
            then,
            now,
            loaded.at,
        ),
        needs=_compare(
            [(need, times.since(need), need.text, None, NeedStatus) for need in needs],
            lens,
            happened,
            then,
            now,
            loaded.at,
        ),
    )


def _choice(room: Any) -> Choice:
    return Choice(room.public_id, room.title, room.starts)


def _compare(
    things: Iterable[tuple[Any, datetime, str, datetime | None, Any]],
    lens: Lens,
    happened: Mapping[int, list[Any]],
    then: datetime | None,
    now: datetime,
    today: datetime,
) -> tuple[Compared, ...]:
    """Each with how it was at both times, what has changed first; what was there at neither is left out."""
    found = []
    for row, since, words, worded_at, statuses in things:
        its, told = happened.get(row.mark_id, []), is_told(lens, row)
        before_any = GoalStatus.ACTIVE.value if statuses is GoalStatus else ""
        before, after = (
            Version(
                words_then(its, words, at, worded_at),
                _label(
                    statuses,
                    row.status
                    if at == today
                    else status_then(its, row.status, at, told=told, before_any=before_any),
                ),
            )
            if at is not None and since <= at
            else None
            for at in (then, now)
        )
        if after is not None:
            found.append(Compared(row.public_id, before, after, _changes(before, after)))
    return tuple(sorted(found, key=lambda each: not each.changes))


def _label(statuses: Any, status: str) -> Any:
    return statuses(status).label if status else ""


def _changes(before: Version | None, after: Version) -> tuple[Any, ...]:
    if before is None:
        return (ADDED,)
    changes = [WORDED] if before.words != after.words else []
    if before.status and before.status != after.status and after.status:
        changes.append(after.status)
    return tuple(changes)


PAGE = Page("timeline", load, view)
