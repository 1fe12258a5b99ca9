"""Going through the board in a conference, card by card, in one viewer's eyes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from conferences.cards.models import TRANSLATIONS, CardWords
from conferences.cards.panels import by_its_name
from conferences.due.panels import Stamp, in_order, stamped, still_so, turns_of
from conferences.languages.panels import (
    Side,
    Tongues,
    in_reading,
    is_read,
    load_tongues,
    says_any,
    sides,
    usually,
    without_duties,
)
from conferences.meetings.models import Attendance, Conference, Status
from conferences.meetings.panels import CalledOff, Heir, called_off
from conferences.meetings.panels import said as said_of
from conferences.questions.models import RoleQuestion
from conferences.questions.panels import questions
from conferences.review.models import HISTORY, TOLD, Clear
from conferences.roles.panels import Team, Who
from conferences.usual.panels import says_something
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import OpenedRows, open_rows, seats_that_see
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import (
    Lens,
    Role,
    Row,
    Topic,
    may_say_whether_clear,
    may_write_card,
    reads_both_languages,
)
from workspace.disclosure.sealed import Groups
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value


@value
class Mark:
    """What the survivor said last of a card, for those whom she tells it."""

    clear: bool
    when: Stamp


def _looked_at(sitting: OpenedRows, conference: int) -> tuple[Any, ...]:
    """Of these seats, those whose cards were looked at in a conference, the last one last."""
    found = {turn: seat for seat in sitting if (turn := turns_of(seat.turns).get(conference))}
    return tuple(found[turn] for turn in sorted(found))


def told(team: Team, lens: Lens, seat: Any, seated: Mapping[int, Lens]) -> Who:
    """Who reads what the holder of this lens says of whether a card is clear, besides themselves."""
    row = Row(lens.case, lens.seat, lens.agency, Topic.COORDINATION, TOLD, frozenset(), parent=seat.row)
    others = (other for other in seated.values() if other.seat != lens.seat)
    return team.who(*seats_that_see(row, others))


@value
class ReviewPanel:
    """The head of the page. `case`: its public id; `looking`: whether a card is looked at; `next`, `back`: for whoever
    leads, while the conference is open, to whom to go from there."""

    id: ClassVar[str] = "review"
    template: ClassVar[str] = "conferences/review/_review.html"
    title: str
    url: str
    case: str
    status: str
    off: CalledOff | None
    you_lead: bool
    hers: bool
    looking: bool
    next: Heir | None
    back: Heir | None

    @property
    def closed(self) -> bool:
        """Whether it was held and is over."""
        return self.status == Status.CLOSED and self.off is None


@value
class CardPanel:
    """The card that everybody looks at, large; without an id, none yet.

    `sides`: what it says, in its own language first, and `usual`, what the role usually does, where it says nothing;
    where it says something, that is `instead`, for those to whose language nobody has put it.
    `both`: every language is put side by side. `say_in`: the language in which an interpreter says what is there in one
    other only. `edition`: of one's own, for saying that it is right. `told`: for her, who reads what she says of it.
    """

    id: ClassVar[str] = "card"
    template: ClassVar[str] = "conferences/review/_card.html"
    seat: str = ""
    conference: str = ""
    case: str = ""
    name: str = ""
    called: str = ""
    sounds: str = ""
    role: str = ""
    agency: str = ""
    languages: str = ""
    stand_in: str = ""
    drafted_by: Who = Who()
    sides: tuple[Side, ...] = ()
    usual: tuple[Side, ...] = ()
    instead: tuple[Side, ...] = ()
    both: bool = False
    say_in: str = ""
    you: bool = False
    hers: bool = False
    edition: str = ""
    may_say: bool = False
    stamp: Stamp | None = None
    mark: Mark | None = None
    told: Who = Who()

    @property
    def role_label(self) -> Any:
        """The role in words."""
        return ROLES[Role(self.role)]

    @property
    def shown(self) -> tuple[Side, ...]:
        """The languages that its reader meets, their own first."""
        every = self.usual or self.sides
        first = in_reading(every)
        return (first, *(side for side in every if side is not first)) if self.both else (first,)

    @property
    def several(self) -> bool:
        """Whether it is laid out in several languages, each with its own headings."""
        return len(self.shown) > 1

    @property
    def written_in(self) -> str:
        """The language in which it is read, by its name, where that is not the reader's own."""
        first = self.shown[0]
        return "" if self.usual or is_read(first) or not says_any(first) else first.language_label

    @property
    def beside(self) -> Side | None:
        """What the role usually does, in the reader's language, where the card is not."""
        return next(filter(is_read, self.instead), None) if self.written_in else None

    @property
    def say_in_label(self) -> str:
        """That language, by its name."""
        return by_its_name(self.say_in)


@value
class PersonRow:
    """Somebody on the team. `here`: at this meeting. `looked_at`: their card was, in this conference; `now`: it is the
    one that is looked at; `turn_url`: for whoever leads, where everybody turns to it."""

    template: ClassVar[str] = "conferences/review/_person.html"
    id: str
    name: str
    role: str
    you: bool
    hers: bool
    here: bool
    now: bool
    looked_at: bool
    stamp: Stamp | None
    mark: Mark | None
    card_url: str
    turn_url: str

    @property
    def role_label(self) -> Any:
        """The role in words."""
        return ROLES[Role(self.role)]


@value
class PeoplePanel:
    """Everybody on the team, with what was said of their cards."""

    id: ClassVar[str] = "people"
    template: ClassVar[str] = "conferences/review/_people.html"
    rows: Lines


@dataclass(frozen=True)
class Loaded:
    """Rows by case, and who is here by conference."""

    at: datetime
    rooms: Groups
    seats: Groups
    questions: Groups
    marks: Groups
    tongues: Mapping[int, Tongues]
    arrived: Mapping[int, frozenset[int]]
    seated: Mapping[int, Mapping[int, Lens]]


def load(asked: Asked) -> Loaded:
    """The cards of the cases of these conferences, and what was said of them, in six queries whatever their size."""
    rooms = asked.rows(Conference, "mark__case_id", in_cases_of=asked.scopes)
    places = {viewer: place for viewer in asked.viewers if (place := place_of(rooms, viewer))}
    cases = {room.case_id for room, _conferences in places.values()}
    return Loaded(
        at=asked.at,
        rooms=rooms,
        seats=asked.rows(Seat, "case_id", (*TRANSLATIONS, *HISTORY), case__in=cases),
        questions=asked.rows(RoleQuestion, "mark__case_id", mark__case__in=cases),
        marks=asked.rows(Clear, "mark__case_id", mark__case__in=cases),
        tongues=load_tongues(cases),
        arrived=asked.here({room.mark_id for room, _conferences in places.values()}),
        seated=asked.seated,
    )


def place_of(rooms: Groups, viewer: Viewer) -> tuple[Any, OpenedRows] | None:
    """The conference that a viewer's page is about, and all of its case, opened. `rooms`: by case."""
    every = (open_rows(viewer.sight, rooms[case]) for case in viewer.sight)
    found = ((room, rows) for rows in every for room in rows if room.public_id == viewer.scope)
    return next(found, None)


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """The page as one viewer sees it: of the cards that were looked at, the last one visible to them."""
    place = place_of(loaded.rooms, viewer)
    if place is None:
        return None
    room, conferences = place
    lens = viewer.sight[room.case_id]
    team = Team.of(open_rows(viewer.sight, loaded.seats[lens.case]))
    sitting = team.sitting(loaded.at)[0]
    order = sitting.once(in_order)
    looked_at = sitting.once(_looked_at, room.mark_id)
    now = looked_at[-1] if looked_at else None
    marks = open_rows(viewer.sight, loaded.marks[lens.case])
    said = {mark.seat_id: mark for mark in marks}
    turns = room.facilitator_id == lens.seat and room.state == Status.OPEN
    arrived = loaded.arrived.get(room.mark_id, frozenset())
    asked = questions(
        open_rows(viewer.sight, loaded.questions[lens.case]),
        team,
        lens,
        loaded.at,
        loaded.seated[lens.case],
        room.case_public_id,
        conferences,
        whole=False,
    )
    back = f"{asked.ask_url}?conference={room.public_id}" if asked.ask_url else ""
    return Shown(
        (
            _review(room, team, lens, order, now, turns=turns),
            _card(loaded, room, conferences, team, lens, now, said) if now else CardPanel(),
            team.once(_people, room, conferences, marks, tuple(looked_at), sitting, lens, turns, arrived),
            replace(asked, ask_url=back),
        ),
        case=lens.case,
        conference=room.mark_id,
        seat=lens.seat,
    )


def _review(
    room: Any, team: Team, lens: Lens, order: list[Any], now: Any | None, *, turns: bool
) -> ReviewPanel:
    at = order.index(now) if now else -1
    after, before = order[at + 1 : at + 2], order[max(at - 1, 0) : max(at, 0)]
    return ReviewPanel(
        title=room.title,
        url=f"/conferences/{room.public_id}/",
        case=room.case_public_id,
        status=room.state,
        off=called_off(room, team),
        you_lead=room.facilitator_id == lens.seat,
        hers=lens.role is Role.SURVIVOR,
        looking=now is not None,
        next=Heir(after[0].public_id, after[0].name) if turns and after else None,
        back=Heir(before[0].public_id, before[0].name) if turns and before else None,
    )


def _card(
    loaded: Loaded,
    room: Any,
    conferences: OpenedRows,
    team: Team,
    lens: Lens,
    seat: Any,
    said: Mapping[int, Any],
) -> CardPanel:
    spoken = loaded.tongues[lens.case]
    written = sides(team, seat, spoken.usual)
    every = usually(seat, spoken.cards)
    usual, instead = ((), without_duties(every)) if says_something(seat) else (every, ())
    may_say = may_say_whether_clear(lens, seat.mark_id)
    languages = {side.said.language.split("-")[0] for side in usual or written}
    interprets = lens.role is Role.INTERPRETER
    # Whoever has gone is not asked.
    sitting = team.sitting(loaded.at)[0]
    stand_in = next((other for other in sitting if other.mark_id == seat.stand_in_id), None)
    words = CardWords.of(seat, stand_in.public_id if stand_in else "")
    own = may_write_card(lens, seat.mark_id) and not words.says_nothing
    edition = words.edition if own else ""
    return CardPanel(
        seat=seat.public_id,
        conference=room.public_id,
        case=room.case_public_id,
        name=seat.name,
        called=seat.called,
        sounds=seat.sounds,
        role=seat.role,
        agency=seat.agency_name or "",
        languages=seat.languages,
        stand_in=stand_in.name if stand_in else "",
        drafted_by=team.who(seat.drafted_by_id),
        sides=written,
        usual=usual,
        instead=instead,
        both=reads_both_languages(lens),
        say_in=spoken.hers if interprets and spoken.hers.split("-")[0] not in languages else "",
        you=seat.mark_id == lens.seat,
        hers=lens.role is Role.SURVIVOR,
        edition=edition,
        may_say=may_say,
        stamp=_last_stamp(seat, conferences),
        mark=_mark(said.get(seat.mark_id), conferences),
        told=told(team, lens, seat, loaded.seated[lens.case]) if may_say else Who(),
    )


def _last_stamp(seat: Any, conferences: OpenedRows) -> Stamp | None:
    return next((stamped(where, at, conferences) for at, where in reversed(still_so(seat.still))), None)


def _mark(said: Any | None, conferences: OpenedRows) -> Mark | None:
    return Mark(said.clear, stamped(said.conference_id, said.created_at, conferences)) if said else None


def _people(
    team: Team,
    room: Any,
    conferences: OpenedRows,
    marks: OpenedRows,
    looked_at: tuple[Any, ...],
    sitting: OpenedRows,
    lens: Lens,
    turns: bool,
    arrived: frozenset[int],
) -> PeoplePanel:
    said = {mark.seat_id: mark for mark in marks}
    noted = {
        number for number, its in said_of(room.invitations).items() if its.attendance == Attendance.ARRIVED
    }
    here = room.row.named & (arrived | noted)
    return PeoplePanel(
        Lines(
            PersonRow(
                id=seat.public_id,
                name=seat.name,
                role=seat.role,
                you=seat.mark_id == lens.seat,
                hers=lens.role is Role.SURVIVOR,
                here=seat.mark_id in here,
                now=seat in looked_at[-1:],
                looked_at=seat in looked_at,
                stamp=_last_stamp(seat, conferences),
                mark=_mark(said.get(seat.mark_id), conferences),
                card_url=f"/cases/{room.case_public_id}/roles/#seat-{seat.public_id}",
                turn_url=f"/conferences/{room.public_id}/roles/turn/" if turns else "",
            )
            for seat in in_order(sitting)
        )
    )


PAGE = Page("review", load, view)
