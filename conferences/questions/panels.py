"""Questions about who does what, in one viewer's eyes."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from conferences.meetings.models import Status, next_of
from conferences.meetings.panels import said_by
from conferences.questions.models import (
    UNSURE,
    Stands,
    alone,
    as_read,
    in_one_press,
    is_open,
    may_widen,
    stands,
    tells,
    waits_for,
)
from conferences.roles.panels import Asks, Readers, Team, Who
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import OpenedRows, seats_that_see
from workspace.disclosure.policy import (
    EVERY_ROLE,
    ROLE_BIT,
    Lens,
    Role,
    Row,
    Topic,
    carries,
    few_to_ask,
    may_answer,
    may_ask,
    may_edit,
    may_narrow,
    may_route,
    may_say_it_is_clear,
    may_set_aside,
    may_speak,
    may_take_back,
)
from workspace.disclosure.sealed import SeatSet, TiedRows
from workspace.live.panels import Lines, value


@value
class Earlier:
    """What was answered before, and by whom."""

    text: str
    by: Who
    at: datetime | None


@value
class OnAgenda:
    """The item of a meeting that was made of a question."""

    url: str
    title: str
    starts: datetime | None


@value
class Ways:
    """What the viewer may do about a question: answer it, or put their answer otherwise; say who is to answer; let
    everybody read it, or fewer people; take it back; say that it is clear, or not yet; set it aside; put it on the
    agenda of a meeting, or propose it there unless they lead it; and ask somebody else about the same (`ask_url`),
    where it was set aside."""

    answer: bool
    route: bool
    widen: bool
    narrow: bool
    take_back: bool
    close: bool
    unclear: bool
    aside: bool
    meeting: str
    title: str
    leads: bool
    ask_url: str


@value
class QuestionRow:
    """Something somebody is confused about, and what became of it. `unsure`: it was asked in one press, and is read in
    the reader's own language. `about`: whose card it is about, or `line`, what has to be done; both stand on the
    `board`. `hers`: the survivor reads it. `yours`: the viewer asked it. `few`: she asked her case manager alone.
    `waits_for`, `waits_role`: whom it waits for, or whoever has that role; the team, where that is somebody who cannot
    answer any more, but to those who carry the case, who are told so (`nobody`). `alone`: nobody else reads it any
    more."""

    template: ClassVar[str] = "conferences/questions/_question.html"
    id: str
    text: str
    unsure: bool
    asked_by: Who
    asked_at: datetime
    yours: bool
    hers: bool
    few: bool
    alone: bool
    about: Who
    about_id: str
    line: str
    line_id: str
    board: str
    stands: str
    waits_for: Who
    waits_role: str
    nobody: bool
    answer: str
    answered_by: Who
    answered_at: datetime | None
    answered_by_you: bool
    earlier: tuple[Earlier, ...]
    note: str
    set_aside_by: Who
    on_agenda: tuple[OnAgenda, ...]
    readers: Readers
    ways: Ways

    @property
    def said(self) -> str:
        """What was asked."""
        return str(UNSURE) if self.unsure else self.text

    @property
    def waits_role_label(self) -> Any:
        """The role that it waits for, in words."""
        return ROLES[Role(self.waits_role)] if self.waits_role else ""

    @property
    def url(self) -> str:
        """Where something is done about it."""
        return f"/questions/{self.id}/"


@value
class QuestionsPanel:
    """Questions about who does what: those that wait, and first, for those who carry the case, those that wait for
    nobody who could answer; those that were answered, those of the viewer's own that were set aside, and those that are
    over. `ask_url`: where the viewer asks in their own words, if they may."""

    id: ClassVar[str] = "questions"
    template: ClassVar[str] = "conferences/questions/_questions.html"
    waiting: Lines
    answered: Lines
    aside: Lines
    over: Lines
    ask_url: str
    hers: bool


def questions(
    rows: OpenedRows,
    team: Team,
    lens: Lens,
    at: datetime,
    seated: Mapping[int, Lens],
    case: str,
    rooms: OpenedRows,
    *,
    whole: bool,
) -> QuestionsPanel:
    """The panel of questions about roles. `seated`: the lenses of all who sit on the case. `rooms`: the meetings, as
    far as the viewer sees them. `whole`: with those that are over."""
    nobody = wait_for_nobody(rows, team, lens, at, seated)
    return rows.once(_questions, team, lens, case, rooms, nobody, whole)


def wait_for_nobody(
    rows: OpenedRows, team: Team, lens: Lens, at: datetime, seated: Mapping[int, Lens]
) -> frozenset[int]:
    """Those of these questions that wait for somebody who cannot answer any more, as far as the viewer is told: they
    are back with the team, and first with those who carry the case."""
    return frozenset(
        row.mark_id
        for row in rows
        if (asked := [row.routed_to_id] if row.routed_to_id else _having(team, row.routed_role))
        and stands(as_read(row, lens)) is Stands.WAITING
        and all(team.lost(seat, row, lens, at, seated) for seat in asked)
    )


def _having(team: Team, role: str) -> list[int]:
    """The seats that the viewer sees and that have this role."""
    return [number for number, seat in team.seats.items() if seat.role == role] if role else []


def _questions(
    rows: OpenedRows,
    team: Team,
    lens: Lens,
    case: str,
    rooms: OpenedRows,
    nobody: frozenset[int],
    whole: bool,
) -> QuestionsPanel:
    found: dict[Stands, list[QuestionRow]] = {state: [] for state in Stands}
    for row in (as_read(row, lens) for row in rows):
        shown = question_row(row, team, lens, case, rooms, to_nobody=row.mark_id in nobody)
        found[stands(row)].append(shown)
    over = [*found[Stands.CLEAR], *found[Stands.SET_ASIDE]] if whole else []
    aside = [row for row in over if row.yours and row.stands == Stands.SET_ASIDE]
    return QuestionsPanel(
        Lines(sorted(found[Stands.WAITING], key=lambda row: not row.nobody)),
        Lines(found[Stands.ANSWERED]),
        Lines(aside),
        Lines(row for row in over if row not in aside),
        f"/cases/{case}/questions/" if may_ask(lens) else "",
        lens.role is Role.SURVIVOR,
    )


def question_row(
    row: Any, team: Team, lens: Lens, case: str, rooms: OpenedRows, *, to_nobody: bool = False
) -> QuestionRow:
    """One question, as somebody reads it. `to_nobody`: it waits for somebody who cannot answer any more."""
    row = as_read(row, lens)
    about = team.seats.get(row.about_id)
    items = _items_of(row, lens, rooms)
    hers = lens.role is Role.SURVIVOR
    carrying = carries(lens.role, at_holding_agency=lens.holding)
    # Of a role that nobody has whom the viewer sees, they are not told that somebody has it.
    unseen = bool(row.routed_role) and not _having(team, row.routed_role)
    hides = unseen or (to_nobody and not carrying)
    waited = Who(team=True) if hides else team.who(row.routed_to_id)
    return QuestionRow(
        id=row.public_id,
        text=row.text,
        unsure=row.text in in_one_press(),
        asked_by=team.author(row),
        asked_at=row.created_at,
        yours=row.row.author == lens.seat,
        hers=hers,
        few=hers and row.row.author == lens.seat and _asks_case_manager_alone(row.row, lens),
        alone=alone(row),
        about=team.who(row.about_id),
        about_id=about.public_id if about else "",
        line=row.line_text or "",
        line_id=row.line_public_id or "",
        board=f"/cases/{case}/roles/",
        stands=stands(row),
        waits_for=waited,
        waits_role="" if waited else row.routed_role,
        nobody=to_nobody and carrying,
        answer=row.answer or "",
        answered_by=team.who(row.answered_by_id),
        answered_at=row.answered_at,
        answered_by_you=row.answered_by_id == lens.seat,
        earlier=tuple(
            Earlier(text, team.who(seat), TiedRows.instant_of(at))
            for _, seat, agency, text, at in TiedRows.read(row.earlier)
            if tells(row, lens, agency)
        ),
        note=row.set_aside_note,
        set_aside_by=team.who(row.set_aside_by_id),
        on_agenda=tuple(OnAgenda(f"/items/{item}/", room.title, room.starts) for room, item in items),
        readers=team.readers(row),
        ways=_ways(
            row,
            lens,
            rooms,
            [room for room, _ in items],
            case,
            about.public_id if about else row.line_public_id or "",
        ),
    )


def _items_of(row: Any, lens: Lens, rooms: OpenedRows) -> list[tuple[Any, str]]:
    """The items that were made of it and that the viewer sees: each with its meeting, and its public id."""
    by_number = {room.mark_id: room for room in rooms}
    return [
        (by_number[room], item)
        for item, room, topic, audience, named in TiedRows.read(row.taken)
        if room in by_number
        and seats_that_see(
            replace(
                row.row,
                topic=Topic(topic),
                audience=audience,
                named=SeatSet.read(named),
                parent=by_number[room].row,
            ),
            [lens],
        )
    ]


def _ways(row: Any, lens: Lens, rooms: OpenedRows, on: list[Any], case: str, about: str) -> Ways:
    state, yours = stands(row), may_say_it_is_clear(lens, row.row)
    room = next_of(rooms) if may_ask(lens) and is_open(row) else None
    if room in on or (room and not may_speak(observes=said_by(room, lens.seat).observes)):
        room = None
    leads = any(room.facilitator_id == lens.seat and room.state != Status.CLOSED for room in rooms)
    return Ways(
        answer=may_answer(lens, row.row)
        and (state is Stands.WAITING or (state is Stands.ANSWERED and row.answered_by_id == lens.seat)),
        route=state is Stands.WAITING and may_route(lens, leads=leads, asked=waits_for(row, lens)),
        widen=may_edit(lens, row.row) and may_widen(row, lens) and row.row.audience != _most(row.row),
        narrow=may_narrow(lens, row.row) and not alone(row),
        take_back=may_take_back(lens, row.row) and not alone(row),
        close=yours and state is not Stands.CLEAR,
        unclear=yours and state is not Stands.WAITING and not alone(row),
        aside=may_set_aside(lens) and is_open(row) and not yours,
        meeting=room.public_id if room else "",
        title=room.title if room else "",
        leads=room is not None and room.facilitator_id == lens.seat,
        ask_url=ask_url(case, about) if yours and state is Stands.SET_ASIDE else "",
    )


def ask_url(case: str, about: str) -> str:
    """Where one asks about this card or line in one's own words, and chooses whom to ask."""
    return f"/cases/{case}/questions/?about={about}" if about else f"/cases/{case}/questions/"


def _asks_case_manager_alone(row: Row, lens: Lens) -> bool:
    return bool(row.audience & ROLE_BIT[Role.CASE_MANAGER]) and not row.audience & ~few_to_ask(lens)


def _most(row: Row) -> int:
    """The roles that may read it at most: those who may read what it is about."""
    return row.parent.audience if row.parent else EVERY_ROLE


def asks(rows: Iterable[Any], lens: Lens) -> Asks | None:
    """How the viewer asks about cards and lines, or None for whoever asks nothing. `rows`: the questions they see."""
    if not may_ask(lens):
        return None
    pressed = [row for row in rows if is_open(row) and row.text in in_one_press()]
    own = [row for row in pressed if row.row.author == lens.seat]
    return Asks(
        lens.role is Role.SURVIVOR,
        tuple((about, row.public_id) for row in own for about in (row.about_id, row.line_id) if about),
    )
