"""Going through the board in a conference, card by card; and what there is to go through, in one viewer's eyes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from conferences.cards.models import PARTS, TRANSLATIONS, CardWords, translations_of
from conferences.cards.panels import ASKED, by_its_name
from conferences.meetings.models import RUNNING, Attendance, Conference, Status
from conferences.meetings.panels import CalledOff, Heir, called_off
from conferences.meetings.panels import said as said_of
from conferences.questions.models import RoleQuestion
from conferences.questions.panels import questions
from conferences.review.models import HISTORY, TOLD, Clear
from conferences.roles.panels import Team, Who
from conferences.usual.panels import (
    USUAL,
    Said,
    UsualCards,
    duties_told,
    said_by_holder,
    says_something,
    usual_of,
)
from workspace.disclosure import lean
from workspace.disclosure.labels import DUTIES, ROLES, duties_of
from workspace.disclosure.lens import NO_ROWS, OpenedRows, open_rows, seats_that_see
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import (
    Lens,
    Role,
    Row,
    Topic,
    may_follow_handover,
    may_introduce,
    may_say_whether_clear,
    may_take_the_lead,
    may_write_card,
    reads_both_languages,
)
from workspace.disclosure.sealed import Groups, TiedRows
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value
from workspace.people.models import Person

FAR = datetime.max.replace(tzinfo=UTC)


# What was done with the cards.
@value
class Stamp:
    """That somebody said something of a card, and in which meeting, where the viewer sees that meeting."""

    at: datetime
    title: str


@value
class Mark:
    """What the survivor said last of a card, for those whom she tells it."""

    clear: bool
    when: Stamp


@lru_cache(maxsize=4096)
def _turns(text: str | None) -> Mapping[int, int]:
    """In which conferences a card was looked at, each with its turn there."""
    return dict(TiedRows.read(text))


@lru_cache(maxsize=4096)
def _still(text: str | None) -> tuple[tuple[datetime, int | None], ...]:
    """When its holder said that a card is right, the last time last, and in which conference."""
    said: list[Any] = [(TiedRows.instant_of(at), number, where) for number, where, at in TiedRows.read(text)]
    return tuple((at, where) for at, _number, where in sorted(said))


def _looked_at(sitting: OpenedRows, conference: int) -> tuple[Any, ...]:
    """Of these seats, those whose cards were looked at in a conference, the last one last."""
    found = {turn: seat for seat in sitting if (turn := _turns(seat.turns).get(conference))}
    return tuple(found[turn] for turn in sorted(found))


# What a card says, and in which languages.
@value
class Side:
    """A card in one language. `by`: who put it into that, where it was not its holder; `older`: the card was changed
    since; `usual`: the duties are those of the role, for its holder has not said theirs."""

    said: Said
    by: Who = Who()
    older: bool = False
    usual: bool = False

    @property
    def duties(self) -> tuple[Any, ...]:
        """What its holder may have to do with what they are told, as they say it."""
        return tuple(DUTIES[duty][0] for duty in duties_of(self.said.duties))

    @property
    def language_label(self) -> str:
        """The language by its name, in the reader's words."""
        return by_its_name(self.said.language)


@value
class Tongues:
    """What is spoken in a case: by the survivor, and by its task force, in whose language a card is written that says
    of none. `cards`: what that says is usual."""

    hers: str
    usual: str
    cards: UsualCards


def _tongues(cases: Collection[int]) -> QuerySet[Any]:
    found = Person.objects.filter(seat__case__in=cases, seat__role=Role.SURVIVOR)
    columns = "seat__case_id", "language", "task_force__language", USUAL
    return found.select_related(None).values_list(*columns)


def load_tongues(cases: Collection[int]) -> Mapping[int, Tongues]:
    """What is spoken in these cases, in one query."""
    return {
        case: Tongues(hers, usual, usual_of(cards))
        for case, hers, usual, cards in lean.read(_tongues, cases=cases)
    }


def sides(team: Team, seat: Any, usual: str) -> tuple[Side, ...]:
    """What the card of this opened seat, which comes with `TRANSLATIONS`, says, in its own language first. `usual`: the
    task force's language."""

    duties, of_role = duties_told(seat, drafted=True)

    def said(language: str, words: Iterable[str]) -> Said:
        return Said(language=language, duties=duties, **dict(zip(PARTS, words, strict=True)))

    written = [getattr(seat, part) for part in PARTS]
    own = said(seat.language or usual, written)
    others = (
        # What its holder took away is not said in another language either.
        Side(
            said(language, (part and (other or part) for part, other in zip(written, words, strict=True))),
            team.who(by),
            bool(seat.worded_at and at < seat.worded_at),
            of_role,
        )
        for by, at, language, *words in translations_of(seat.translations)
    )
    return (Side(own, usual=of_role), *(side for side in others if side.said.language != own.language))


def usually(seat: Any, usual: UsualCards) -> tuple[Side, ...]:
    """What somebody in the role of this opened seat usually does."""
    return tuple(map(Side, usual.of(seat.role)))


def _without_duties(every: tuple[Side, ...]) -> tuple[Side, ...]:
    # What stands on the card of its holder's duties is read in every language.
    return tuple(replace(side, said=replace(side.said, duties=0)) for side in every)


def in_reading(every: tuple[Side, ...]) -> Side:
    """Of the same in several languages that of whoever reads now, or else the first."""
    wanted = translation.get_language() or ""
    return next((side for side in every if side.said.language.split("-")[0] == wanted), every[0])


def _is_read(side: Side) -> bool:
    return side.said.language.split("-")[0] == (translation.get_language() or "")


def _says_any(side: Side) -> bool:
    """Whether there is a word on it."""
    return any(getattr(side.said, part) for part in PARTS)


def in_order(sitting: OpenedRows) -> list[Any]:
    """The seats held now as they are gone through, the same for everybody: whom she is likely to ask first, and she
    herself last."""
    return sorted(sitting, key=lambda seat: (not seat.primary, ASKED.index(Role(seat.role)), seat.mark_id))


# What there is to go through, in the order in which it is said.
WHY = {
    "new": _("Not gone through together yet"),
    "changed": _("Changed since"),
    "draft": _("A draft, not confirmed yet"),
    "leaving": _("Hands over to somebody else"),
}


@value
class DueRow:
    """A card that should be gone through, and why."""

    id: str
    name: str
    why: str

    @property
    def why_label(self) -> Any:
        """Why, in words."""
        return WHY[self.why]


@value
class ToMeet:
    """Somebody new whom she has not met. `starts`: when they begin, where that is still to come."""

    id: str
    name: str
    role: str
    starts: datetime | None

    @property
    def role_label(self) -> Any:
        """The role in words."""
        return ROLES[Role(self.role)]


@value
class Unclear:
    """A card that is not clear to her yet, for those whom she told so."""

    id: str
    name: str
    when: Stamp


@value
class DuePanel:
    """What is due on the board, for those who lead or carry the case: cards to go through, people for her to meet,
    those of whom it was noted that she has, and what is not clear to her. `conference`: the one that is prepared, or
    none on the board itself."""

    id: ClassVar[str] = "due"
    template: ClassVar[str] = "conferences/review/_due.html"
    case: str
    conference: str
    rows: tuple[DueRow, ...] = ()
    to_meet: tuple[ToMeet, ...] = ()
    met: tuple[ToMeet, ...] = ()
    unclear: tuple[Unclear, ...] = ()


def due(
    team: Team,
    lens: Lens,
    at: datetime,
    conferences: OpenedRows,
    marks: OpenedRows = NO_ROWS,
    *,
    case: str,
    conference: str = "",
) -> DuePanel:
    """What is due, as far as this viewer sees it. The seats come with `HISTORY`. `conferences`: of the case, opened;
    `case`, `conference`: public ids; `marks`: what she said of the cards, opened."""
    leads = any(row.facilitator_id == lens.seat and row.state != Status.CLOSED for row in conferences)
    told = NO_ROWS if lens.role is Role.SURVIVOR else marks
    may = leads or may_take_the_lead(lens), may_introduce(lens), may_follow_handover(lens)
    return team.once(_due, *_on_the_team(team, at), conferences, told, *may, case, conference)


def _on_the_team(team: Team, at: datetime) -> tuple[OpenedRows, tuple[Any, ...]]:
    """The seats that are held now, and those that begin later."""
    sitting, others = team.sitting(at)
    return sitting, tuple(seat for seat in others if seat.starts > at)


def _due(
    team: Team,
    sitting: OpenedRows,
    to_come: tuple[Any, ...],
    conferences: OpenedRows,
    marks: OpenedRows,
    goes_through: bool,
    introduces: bool,
    follows: bool,
    case: str,
    conference: str,
) -> DuePanel:
    here, said = in_order(sitting), {mark.seat_id: mark for mark in marks}
    # A last day is part of a seat; that it is for a handover is read by those alone who follow handovers.
    handed_to = frozenset(team.seats) if follows else frozenset()
    rows = [_due_row(seat, conferences, handed_to) for seat in here] if goes_through else []
    new = _new(sitting, to_come, conferences) if introduces else []
    people = {
        seat: ToMeet(seat.public_id, seat.name, seat.role, seat.starts if seat in to_come else None)
        for seat in new
    }
    return DuePanel(
        case,
        conference,
        tuple(sorted((row for row in rows if row), key=lambda row: list(WHY).index(row.why))),
        tuple(person for seat, person in people.items() if seat.introduced_at is None),
        tuple(person for seat, person in people.items() if seat.introduced_at is not None),
        tuple(
            Unclear(seat.public_id, seat.name, _stamp(mark.conference_id, mark.created_at, conferences))
            for seat in (*here, *to_come)
            if (mark := said.get(seat.mark_id)) and not mark.clear
        ),
    )


def _due_row(seat: Any, conferences: OpenedRows, handed_to: frozenset[int]) -> DueRow | None:
    """Why the card of a seat should be gone through, if it should. Hers is hers to show. `handed_to`: the seats of
    which it is told that a case is handed over to them."""
    if seat.role == Role.SURVIVOR:
        return None
    last = _gone_through(seat, conferences)
    changed = seat.worded_at
    if seat.drafted_by_id is not None:
        return DueRow(seat.public_id, seat.name, "draft")
    if seat.primary and seat.hands_over_to_id in handed_to:
        return DueRow(seat.public_id, seat.name, "leaving")
    if last is None:
        return DueRow(seat.public_id, seat.name, "new")
    return DueRow(seat.public_id, seat.name, "changed") if changed and changed > last else None


def _gone_through(seat: Any, conferences: OpenedRows) -> datetime | None:
    """When the card of a seat was last gone through, in a conference that the viewer sees: at its end, and while it
    lasts it is being gone through."""
    there = {*_turns(seat.turns), *(where for _at, where in _still(seat.still))}
    ends = [
        FAR if row.state in RUNNING else row.closed_at or row.starts
        for row in conferences
        if row.mark_id in there and row.state in (*RUNNING, Status.CLOSED)
    ]
    return max(ends, default=None)


def _last_held(conferences: OpenedRows) -> datetime | None:
    """When the last conference that was held began."""
    held = [row.starts for row in conferences if row.state == Status.CLOSED and not row.cancelled_at]
    return max(held, default=None)


def _new(sitting: OpenedRows, to_come: tuple[Any, ...], conferences: OpenedRows) -> list[Any]:
    """The seats, held now or to come, that began after the last conference that was held had begun; before there was
    one, all but her primary case manager's."""
    last = _last_held(conferences)
    return [
        seat
        for seat in (*in_order(sitting), *to_come)
        if seat.role != Role.SURVIVOR and (seat.starts > last if last else not seat.primary)
    ]


def _stamp(conference: int | None, at: datetime, conferences: Iterable[Any]) -> Stamp:
    return Stamp(at, next((row.title for row in conferences if row.mark_id == conference), ""))


# What the survivor reads of it.
@value
class NewRow:
    """Somebody on her team who is new to her, or of whom she said whether their part is clear to her (`clear`), which
    she can say otherwise. `usual`: `every` is not what they say themselves. `told`: who reads what she says of that."""

    template: ClassVar[str] = "conferences/review/_new.html"
    case: str
    id: str
    name: str
    role: str
    starts: datetime | None
    every: tuple[Side, ...]
    usual: bool
    clear: bool | None
    told: Who

    @property
    def role_label(self) -> Any:
        """The role in words."""
        return ROLES[Role(self.role)]

    @property
    def not_yet(self) -> bool:
        """Whether she said that it is not clear to her yet."""
        return self.clear is False

    @property
    def does(self) -> str:
        """What they do, in one line."""
        return in_reading(self.every).said.does.partition("\n")[0]

    @property
    def language(self) -> str:
        """The language of that line."""
        return in_reading(self.every).said.language


@value
class NewcomersPanel:
    """Who is new on her team, who is not clear to her yet, and of whom she pressed lately that it is; nothing for
    anybody else."""

    id: ClassVar[str] = "newcomers"
    template: ClassVar[str] = "conferences/review/_newcomers.html"
    new: Lines = Lines()
    not_yet: Lines = Lines()
    clear: Lines = Lines()


def newcomers(rows: Iterable[NewRow]) -> NewcomersPanel:
    """The panel of what she has not heard of yet."""
    found = tuple(rows)
    return NewcomersPanel(*(Lines(row for row in found if row.clear is said) for said in (None, False, True)))


def new_rows(
    team: Team,
    lens: Lens,
    at: datetime,
    conferences: OpenedRows,
    marks: OpenedRows,
    seated: Mapping[int, Lens],
    *,
    case: Any,
) -> list[NewRow]:
    """Who is new to the survivor, if it is she who looks, until she said whether it is clear or met them; those of whom
    she said that it is not; and those of whom she said here that it is, since the last conference was held. The seats
    come with `TRANSLATIONS`, `case` with its task force and `USUAL`. The rest as in `due`."""
    if lens.role is not Role.SURVIVOR:
        return []
    sitting, to_come = _on_the_team(team, at)
    said = {mark.seat_id: mark for mark in marks}
    last = _last_held(conferences)
    new = [
        seat
        for seat in _new(sitting, to_come, conferences)
        if seat.introduced_at is None and seat.mark_id not in said
    ]
    # What she says in a meeting she can say otherwise there.
    others = [
        seat
        for seat in (*in_order(sitting), *to_come)
        if (mark := said.get(seat.mark_id))
        and not (mark.clear and (mark.conference_id or (last and mark.created_at < last)))
    ]
    return [
        NewRow(
            case=case.public_id,
            id=seat.public_id,
            name=seat.name,
            role=seat.role,
            starts=seat.starts if seat in to_come else None,
            every=sides(team, seat, case.task_force.language)
            if said_by_holder(seat)
            else usually(seat, usual_of(case.usual)),
            usual=not said_by_holder(seat),
            clear=said[seat.mark_id].clear if seat.mark_id in said else None,
            told=told(team, lens, seat, seated),
        )
        for seat in (*new, *others)
    ]


def told(team: Team, lens: Lens, seat: Any, seated: Mapping[int, Lens]) -> Who:
    """Who reads what the holder of this lens says of whether a card is clear, besides themselves."""
    row = Row(lens.case, lens.seat, lens.agency, Topic.COORDINATION, TOLD, frozenset(), parent=seat.row)
    others = (other for other in seated.values() if other.seat != lens.seat)
    return team.who(*seats_that_see(row, others))


# The page.
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
        return "" if self.usual or _is_read(first) or not _says_any(first) else first.language_label

    @property
    def beside(self) -> Side | None:
        """What the role usually does, in the reader's language, where the card is not."""
        return next(filter(_is_read, self.instead), None) if self.written_in else None

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
    usual, instead = ((), _without_duties(every)) if says_something(seat) else (every, ())
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
    return next((_stamp(where, at, conferences) for at, where in reversed(_still(seat.still))), None)


def _mark(said: Any | None, conferences: OpenedRows) -> Mark | None:
    return Mark(said.clear, _stamp(said.conference_id, said.created_at, conferences)) if said else None


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
