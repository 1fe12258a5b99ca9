"""The plan as it is read aloud in a conference, goal by goal, in one viewer's eyes; after the conference as it was at
its end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django.db.models import F

from agendas.actions.models import OPEN, ActionItem, ActionStatus, is_told_calmly
from agendas.actions.panels import OVER, TURNS
from agendas.goals.models import Goal, GoalStatus, Need, is_of_words_before, words_edition
from agendas.goals.panels import language_name
from agendas.history.models import Entry, What
from agendas.history.panels import by_what, is_told, status_then, words_then
from conferences.meetings.models import Attendance, Conference, Status, taken_part_in, turn_of_the_day
from conferences.meetings.panels import CalledOff, called_off, said_by
from conferences.review.panels import place_of
from conferences.roles.panels import Readers, Team, Who, beginning
from workspace.disclosure.lens import OpenedRows, open_rows
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens, Role, may_say_of_goals, may_speak
from workspace.disclosure.sealed import Along, Groups, TiedRows
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value

ANSWERS = (What.CONFIRMED, What.CORRECTED, What.NOT_NOW)
# What happened to a goal, and to a need where it has the same name.
READ = (*ANSWERS, What.MET, What.SET_ASIDE, What.TAKEN_UP)
ZONE: Along = (("time_zone", F("mark__case__task_force__time_zone")),)


@value
class InOther:
    """A goal in another language. `by`: who put it into that; `older`: she has said it otherwise since."""

    language: str
    words: str
    by: Who
    older: bool

    @property
    def language_label(self) -> str:
        """The language by its name."""
        return language_name(self.language)


@value
class Doing:
    """Something that somebody does for a goal. `hers`: the survivor, whom the viewer sees, offered it; `asked`: whoever
    is to do it has not answered yet. What she offered has no day, and neither has anything of somebody whom the viewer
    does not see and who might be her."""

    id: str
    title: str
    owner: Who
    yours: bool
    hers: bool
    asked: bool
    due: date | None
    by_next: bool


@value
class Said:
    """What she said of a goal in this conference. `by`: who wrote it down on her word, where it was not she. `before`:
    the words that stood there, where she said it in others."""

    what: str
    at: datetime
    by: Who
    before: str


@value
class AloudRow:
    """A goal as it is read aloud. `words`: empty where the viewer does not see what it said then. `may`: the viewer
    says now whether it is still right; `hers`: it is she. `where`: the public id of the conference; `edition`: of the
    words, which comes back with what is said of them."""

    template: ClassVar[str] = "agendas/readaloud/_goal.html"
    id: str
    where: str
    number: int
    words: str
    language: str
    others: tuple[InOther, ...]
    doing: tuple[Doing, ...]
    said: Said | None
    readers: Readers
    may: bool
    hers: bool
    edition: str

    @property
    def begins(self) -> str:
        """Its first words, for a list of all."""
        return beginning(self.words)

    @property
    def language_label(self) -> str:
        """The language it was said in, by its name; empty where nobody wrote that down."""
        return language_name(self.language) if self.language else ""


@value
class Way:
    """The way to a goal on the page."""

    id: str
    begins: str
    said: str


@value
class ReadAloudPanel:
    """The head of the page. `you_lead`: the viewer reads it aloud; `hers`: they are the survivor; `for_her`: they may
    write down what she says; `absent`: they could, were she here. `then`: it is shown as it was at the end."""

    id: ClassVar[str] = "readaloud"
    template: ClassVar[str] = "agendas/readaloud/_readaloud.html"
    title: str
    url: str
    plan_url: str
    status: str
    off: CalledOff | None
    you_lead: bool
    hers: bool
    for_her: bool
    absent: bool
    then: bool
    ways: tuple[Way, ...]


@value
class AloudPanel:
    """The goals, one after another; and those that are met or set aside."""

    id: ClassVar[str] = "aloud"
    template: ClassVar[str] = "agendas/readaloud/_aloud.html"
    rows: Lines
    rest: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Loaded:
    """Rows by case, and who is here by conference."""

    at: datetime
    rooms: Groups
    seats: Groups
    goals: Groups
    needs: Groups
    actions: Groups
    entries: Groups
    arrived: Mapping[int, frozenset[int]]


def load(asked: Asked) -> Loaded:
    """The plans of the cases of these conferences, in seven queries whatever their size."""
    rooms = asked.rows(Conference, "mark__case_id", ZONE, in_cases_of=asked.scopes)
    places = {viewer: place for viewer in asked.viewers if (place := place_of(rooms, viewer))}
    cases = {room.case_id for room, _conferences in places.values()}
    return Loaded(
        at=asked.at,
        rooms=rooms,
        seats=asked.rows(Seat, "case_id", case__in=cases),
        goals=asked.rows(Goal, "mark__case_id", mark__case__in=cases),
        needs=asked.rows(Need, "mark__case_id", mark__case__in=cases),
        actions=asked.rows(ActionItem, "mark__case_id", mark__case__in=cases),
        entries=asked.rows(Entry, "mark__case_id", mark__case__in=cases, what__in=(*READ, *TURNS)),
        arrived=asked.here({room.mark_id for room, _conferences in places.values()}),
    )


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """The page as one viewer sees it."""
    sight = viewer.sight
    place = place_of(loaded.rooms, viewer)
    if place is None:
        return None
    room, _conferences = place
    lens = sight[room.case_id]
    team = Team.of(open_rows(sight, loaded.seats[lens.case]))
    arrived = loaded.arrived.get(room.mark_id, frozenset())
    here = lens.survivor in arrived or said_by(room, lens.survivor).attendance == Attendance.ARRIVED
    herself = team.seats.get(lens.survivor)
    speaks = may_speak(observes=said_by(room, lens.seat).observes)
    # Whether she is there, and whether she signs in, is not for somebody who does not see her seat.
    answered = bool(speaks and herself and taken_part_in(room, room.time_zone, loaded.at))
    comes_in = herself is None or bool(herself.comes_in)
    may = answered and may_say_of_goals(lens, here=here, comes_in=comes_in)
    goals, to_do = (open_rows(sight, rows[lens.case]) for rows in (loaded.goals, loaded.actions))
    rows, rest = team.once(_rows, room, goals, to_do, open_rows(sight, loaded.entries[lens.case]), lens, may)
    return Shown(
        (
            ReadAloudPanel(
                title=room.title,
                url=f"/conferences/{room.public_id}/",
                plan_url=f"/cases/{room.case_public_id}/",
                status=room.state,
                off=called_off(room, team),
                you_lead=room.facilitator_id == lens.seat,
                hers=lens.role is Role.SURVIVOR,
                for_her=may and lens.role is not Role.SURVIVOR,
                absent=answered and not may and may_say_of_goals(lens, here=True, comes_in=True),
                then=_end(room) is not None,
                ways=tuple(Way(row.id, row.begins, row.said.what if row.said else "") for row in rows),
            ),
            AloudPanel(Lines(rows), rest),
        ),
        case=lens.case,
        conference=room.mark_id,
        seat=lens.seat,
        until=turn_of_the_day(room, room.time_zone, loaded.at),
    )


def _end(room: Any) -> datetime | None:
    """When the conference was over, if it was held and somebody kept when it ended."""
    return room.closed_at if room.state == Status.CLOSED else None


def _rows(
    team: Team,
    room: Any,
    goals: OpenedRows,
    to_do: OpenedRows,
    entries: OpenedRows,
    lens: Lens,
    may: bool,
) -> tuple[tuple[AloudRow, ...], tuple[tuple[str, Any], ...]]:
    """The goals that are worked on, and the words of the others with where they stand: now, or when it was over."""
    end, happened = _end(room), by_what(entries)
    rows: list[AloudRow] = []
    rest: list[tuple[str, Any]] = []
    for goal in goals:
        says = may and may_say_of_goals(lens, goal.row, here=True, comes_in=True)
        its = happened.get(goal.mark_id, [])
        if end is not None and goal.created_at > end and not _spoken_of(its, room):
            continue
        words = words_then(its, goal.words, end, goal.worded_at) if end else goal.words
        status = _status_then(goal, its, room, lens) if end else goal.status
        if not status:
            # Where it stood then they do not see, and today is another day.
            continue
        if status != GoalStatus.ACTIVE:
            rest.append((words, GoalStatus(status).label))
            continue
        as_now = words == goal.words
        rows.append(
            AloudRow(
                id=goal.public_id,
                where=room.public_id,
                number=len(rows) + 1,
                words=words,
                language=goal.language if as_now else "",
                others=_others(goal, team, end) if as_now else (),
                doing=_doing(goal, to_do, happened, team, lens, end),
                said=_said(its, _worded_at(goal, its, end), room, team, lens),
                readers=team.readers(goal),
                may=says,
                hers=lens.role is Role.SURVIVOR,
                edition=words_edition(goal) if says else "",
            )
        )
    return tuple(rows), tuple(rest)


def _status_then(goal: Any, entries: list[Any], room: Any, lens: Lens) -> str:
    """Where it stood when the conference was over; empty where that is not seen. What was spoken of there was worked
    on."""
    then = status_then(
        entries, goal.status, room.closed_at, told=is_told(lens, goal), before_any=GoalStatus.ACTIVE
    )
    return then or (GoalStatus.ACTIVE if _spoken_of(entries, room) else "")


def _spoken_of(entries: Iterable[Any], room: Any) -> bool:
    return any(entry.conference_id == room.mark_id for entry in entries)


def _others(goal: Any, team: Team, end: datetime | None) -> tuple[InOther, ...]:
    found = []
    for _number, by, at, language, words in TiedRows.read(goal.translations):
        put = TiedRows.instant_of(at)
        if put is not None and not (end and put > end) and language != goal.language:
            older = bool(goal.worded_at and put < goal.worded_at)
            found.append(InOther(language, words, team.who(by), older))
    return tuple(sorted(found, key=lambda other: other.language))


def _doing(
    goal: Any,
    to_do: Iterable[Any],
    happened: Mapping[int, list[Any]],
    team: Team,
    lens: Lens,
    end: datetime | None,
) -> tuple[Doing, ...]:
    """What somebody was to do for it then, or is now; soonest first. Who does it and by when are as of now."""
    found = [
        _one_doing(row, team, lens)
        for row in to_do
        if row.goal_id == goal.mark_id and _was_open(row, happened.get(row.mark_id, ()), end)
    ]
    return tuple(sorted(found, key=lambda doing: (doing.due is None, doing.due or date.max)))


def _one_doing(row: Any, team: Team, lens: Lens) -> Doing:
    calmly = is_told_calmly(row, team.seats)
    return Doing(
        id=row.public_id,
        title=row.title,
        owner=team.who(row.owner_id),
        yours=row.owner_id == lens.seat,
        hers=row.owner_id == lens.survivor and lens.survivor in team.seats,
        asked=row.status == ActionStatus.OFFERED and not calmly,
        due=None if calmly else row.due,
        by_next=row.by_next and not calmly,
    )


def _was_open(row: Any, entries: Iterable[Any], end: datetime | None) -> bool:
    if end is None:
        return row.status in OPEN
    before = [entry.what for entry in entries if entry.what in TURNS and entry.created_at <= end]
    if row.created_at > end or (before and before[-1] in OVER):
        return False
    return bool(row.status in OPEN or (row.ended_at and row.ended_at > end))


def _worded_at(goal: Any, entries: Iterable[Any], end: datetime | None) -> datetime | None:
    """Since when it says what is shown, if that was not from the beginning."""
    known = [row.created_at for row in entries if row.what == What.CORRECTED]
    turns = [at for at in (goal.worded_at, *known) if at and (end is None or at <= end)]
    return max(turns, default=None)


def _said(
    entries: Iterable[Any], worded_at: datetime | None, room: Any, team: Team, lens: Lens
) -> Said | None:
    """What she said last of it in this conference, and of no other words than those that are shown."""
    here = [
        row
        for row in entries
        if row.what in ANSWERS
        and row.conference_id == room.mark_id
        and not is_of_words_before(row, worded_at)
    ]
    if not here:
        return None
    last = here[-1]
    by = Who() if last.row.author == lens.survivor else team.author(last)
    return Said(last.what, last.created_at, by, last.text)


PAGE = Page("readaloud", load, view)
