"""Conferences as one viewer sees them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conferences.meetings.models import RUNNING, Answer, Attendance, Kind, Status
from conferences.roles.panels import Team, Who
from workspace.disclosure.lens import OpenedRows, Sight
from workspace.disclosure.policy import (
    Lens,
    Role,
    may_lead,
    may_observe,
    may_record,
    may_schedule,
    may_show_the_table,
    may_take_the_lead,
)
from workspace.disclosure.sealed import TiedRows
from workspace.live.models import Seen
from workspace.live.panels import Lines, value

USUAL_STATEMENT = gettext_lazy(
    "What is said in this meeting stays with the people and the purposes that each release names.\n\n"
    "This statement is not a release. Nobody may share more because of it: only what the survivor has allowed in "
    "writing, with whom she has allowed it, for as long as she has allowed it.\n\n"
    "The law may oblige some of us to report certain things, or to give them to a court. Whoever is obliged says so on "
    "their card, and aloud before it matters.\n\n"
    "The survivor can stop at any time: the meeting, a question, or the sharing. She does not have to say why.\n\n"
    "What we write down or take with us from here we keep safe, and no longer than our work for her needs it."
)


class Said(NamedTuple):
    """What a conference knows of an invited seat; each as in `Invitation`."""

    answer: str = ""
    attendance: str = ""
    observes: bool = False
    hand: int | None = None
    agreed_at: datetime | None = None
    heard: bool = False


SILENT = Said()


@lru_cache(maxsize=1024)
def said(invitations: str | None) -> Mapping[int, Said]:
    """What a conference knows of its invited seats, by seat: from the text that its row carries."""
    return {
        seat: Said(answer, attendance, bool(observes), hand, TiedRows.instant_of(agreed_at), bool(heard))
        for seat, answer, attendance, observes, hand, agreed_at, heard, _ in TiedRows.read(invitations)
    }


def said_by(conference: Any, seat: int) -> Said:
    """What an opened conference knows of this seat."""
    return said(conference.invitations).get(seat, SILENT)


GONE = (Attendance.LEFT, Attendance.APOLOGIES)
TO_GO = timedelta(minutes=5)  # who says that they go may have the page open a little longer


def counted_here(conference: Any, arrived: frozenset[int], seen: Seen) -> frozenset[int]:
    """The invited seats that count as here for what is shown to all.

    Whoever has a page open is (`arrived`); and whoever had one lately (`seen`), or was noted as arrived, until it is
    noted that they left: a telephone that sleeps in a pocket does not mean that its owner has gone.
    """
    came = {
        seat for seat, its in said(conference.invitations).items() if its.attendance == Attendance.ARRIVED
    }
    invited: frozenset[int] = conference.row.named
    return invited & (arrived | ((seen.keys() | came) - _gone(conference, seen)))


def perhaps_here(
    conference: Any, arrived: frozenset[int], seen: Seen, admitted: Collection[int]
) -> frozenset[int]:
    """The invited seats whose holders may be within hearing, as far as anybody can tell: those that count as here, and
    all others that are `admitted` now, until it is noted that they left or send apologies."""
    invited: frozenset[int] = conference.row.named
    return counted_here(conference, arrived, seen) | (
        invited.intersection(admitted) - _gone(conference, seen)
    )


def _gone(conference: Any, seen: Seen) -> frozenset[int]:
    """Those of whom it was noted that they left or do not come, but for who came back."""
    noted = (
        (seat, TiedRows.instant_of(at))
        for seat, _answer, attendance, *_, at in TiedRows.read(conference.invitations)
        if attendance in GONE
    )
    return frozenset(seat for seat, at in noted if not (at and seat in seen and seen[seat] > at + TO_GO))


def read_aloud(conference: Any, seat: int) -> bool | None:
    """Whether what everybody might hear was read aloud at the end. None where there was no such thing, where it was
    ended at once, and for whoever had gone, or had no way in then: it was not chosen for their ears."""
    own = said_by(conference, seat)
    if own.attendance in GONE or not own.heard:
        return None
    return True if conference.read_out_at else False if conference.reading_due else None


@value
class Heir:
    """Somebody who is here and can lead, or write for others. `id`: their seat's."""

    id: str
    name: str


@value
class CalledOff:
    """A meeting that does not take place: who called it off, and what they said of it to all who are invited."""

    by: Who
    words: str


def called_off(conference: Any, team: Team) -> CalledOff | None:
    """That this opened conference was called off, if it was."""
    if not conference.cancelled_at:
        return None
    return CalledOff(team.who(conference.cancelled_by_id), conference.cancelled_words)


def stands(status: str, off: CalledOff | None) -> Any:
    """Where a conference stands, in words."""
    return _("called off") if off else Status(status).label


class Mine(NamedTuple):
    """What the head of the room says to its viewer alone; as in `MeetingPanel`."""

    you_lead: bool
    you_record: bool
    heirs: tuple[Heir, ...]
    scribes: tuple[Heir, ...]
    may_take: bool
    may_show: bool
    schedule_url: str
    read_out: bool | None


@value
class MeetingPanel:
    """The head of the room: what, when, where, who leads, and where it stands. `minutes`: its length.

    `heirs`: for who leads, to whom they can hand over now. `may_take`: whether the viewer may take the lead.
    `schedule_url`: where its plan and who is invited can be changed, for those who may.
    `recorder`: who writes down what others say; `scribes`: for who leads, who else could now.
    `may_show`: whether they may put on the wall what everybody may see.
    `off`: that it does not take place. `roles_waived`, `safety_waived`: why that was not taken up. `read_out`: as in
    `read_aloud`.
    """

    id: ClassVar[str] = "meeting"
    template: ClassVar[str] = "conferences/meetings/_meeting.html"
    title: str
    kind: str
    starts: datetime
    minutes: int
    place: str
    status: str
    facilitator: Who
    you_lead: bool
    plan_url: str
    url: str
    heirs: tuple[Heir, ...]
    may_take: bool
    recorder: Who
    you_record: bool
    scribes: tuple[Heir, ...]
    may_show: bool
    schedule_url: str
    read_out: bool | None = None
    roles_waived: str = ""
    safety_waived: str = ""
    off: CalledOff | None = None

    @property
    def closed(self) -> bool:
        """Whether it was held and is over: what is written from now on stands as added afterwards."""
        return self.status == Status.CLOSED and self.off is None

    @property
    def running(self) -> bool:
        """Whether it has begun and is not over, in a break or not."""
        return self.status in RUNNING

    @property
    def ends(self) -> datetime:
        """When it is planned to end."""
        return self.starts + timedelta(minutes=self.minutes)

    @property
    def kind_label(self) -> Any:
        """The kind in words."""
        return Kind(self.kind).label

    @property
    def status_label(self) -> Any:
        """Where it stands, in words."""
        return stands(self.status, self.off)


@value
class ConferenceRow:
    """A conference in a list, with the way into it. `answer`: what the viewer said of coming, if anything; `hers`:
    whether the viewer is the survivor, for whom it is an offer to say so."""

    template: ClassVar[str] = "conferences/meetings/_conference.html"
    id: str
    title: str
    kind: str
    starts: datetime
    minutes: int
    place: str
    status: str
    answer: str
    hers: bool
    off: CalledOff | None = None

    @property
    def url(self) -> str:
        """The room."""
        return f"/conferences/{self.id}/"

    @property
    def answer_label(self) -> str:
        """What the viewer said of coming, in words."""
        return your_answer(self.answer)

    @property
    def kind_label(self) -> Any:
        """The kind in words."""
        return Kind(self.kind).label

    @property
    def status_label(self) -> Any:
        """Where it stands, in words."""
        return stands(self.status, self.off)


@value
class ConferencesPanel:
    """Conferences: the open one first, then those to come, or that were to come and were called off, then those that
    were."""

    id: ClassVar[str] = "conferences"
    template: ClassVar[str] = "conferences/meetings/_conferences.html"
    coming: Lines
    past: Lines


@value
class PersonHere:
    """Somebody invited. `arrived`: has the page open, or was said to be here; else `says`: what was said of their
    being there (as in `Attendance`) or coming (as in `Answer`), if anything."""

    template: ClassVar[str] = "conferences/meetings/_person.html"
    name: str
    arrived: bool
    you: bool
    says: str = ""
    observes: bool = False

    @property
    def says_label(self) -> Any:
        """What was said, in words."""
        return Answer(self.says).label if self.says in Answer else Attendance(self.says).label


@value
class PersonNoted:
    """Somebody invited, with the buttons of whoever leads. `url`: the room's."""

    template: ClassVar[str] = "conferences/meetings/_noted.html"
    id: str
    name: str
    url: str
    attendance: str
    observes: bool
    may_observe: bool


@value
class HerePanel:
    """Who is here, and who else is invited. `noted`: for who leads, whom they can note something about."""

    id: ClassVar[str] = "here"
    template: ClassVar[str] = "conferences/meetings/_here.html"
    people: Lines
    noted: Lines


def seen_answer(conference: Any, seat: int, partly: frozenset[int]) -> str:
    """What this seat said of coming, in the eyes of somebody who sees that these come for a part.

    Whoever comes only for what the viewer does not see just comes: else it would tell that there is more.
    """
    answer = said_by(conference, seat).answer
    return Answer.YES.value if answer == Answer.IN_PART and seat not in partly else answer


def come_to_parts(conference: Any) -> Mapping[str, frozenset[int]]:
    """The invited seats whose holders come to each part, by its public id, and not to the whole conference."""
    return _come_to_parts(conference.come_to_parts, conference.row.named)


@lru_cache(maxsize=1024)
def _come_to_parts(text: str | None, invited: frozenset[int]) -> Mapping[str, frozenset[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for part, seat in TiedRows.read(text):
        found[part].add(seat)
    return {part: invited & seats for part, seats in found.items()}


def your_answer(answer: str) -> str:
    """What the reader said of coming, in words that speak to them."""
    return {
        Answer.YES.value: _("You said that you come."),
        Answer.NO.value: _("You said that you do not come."),
        Answer.IN_PART.value: _("You said that you come for a part."),
    }.get(answer, "")


def meeting(conference: Any, team: Team, lens: Lens, arrived: frozenset[int]) -> MeetingPanel:
    """The head of the room."""
    lead, record = conference.facilitator_id, conference.recorder_id
    leads, over = lead == lens.seat, conference.state == Status.CLOSED
    observes = said_by(conference, lens.seat).observes
    may_change = not over and (leads or may_schedule(lens))
    names = leads and not over
    mine = Mine(
        you_lead=leads,
        you_record=record == lens.seat,
        heirs=_able(conference, team, arrived - {lens.seat}, may_lead) if names else (),
        scribes=_able(conference, team, arrived - {record}, may_record) if names else (),
        may_take=not leads and not over and may_take_the_lead(lens, observes=observes),
        may_show=may_show_the_table(lens, facilitator=lead, recorder=record),
        schedule_url=f"/conferences/{conference.public_id}/schedule/" if may_change else "",
        read_out=read_aloud(conference, lens.seat),
    )
    return team.once(_meeting, conference, mine)


def _able(conference: Any, team: Team, arrived: frozenset[int], can: Callable[..., bool]) -> tuple[Heir, ...]:
    there = arrived & conference.row.named
    return tuple(
        Heir(seat.public_id, seat.name)
        for number, seat in team.seats.items()
        if number in there and can(seat.role, observes=said_by(conference, number).observes)
    )


def _meeting(team: Team, conference: Any, mine: Mine) -> MeetingPanel:
    return MeetingPanel(
        title=conference.title,
        kind=conference.kind,
        starts=conference.starts,
        minutes=conference.minutes,
        place=conference.place,
        status=conference.state,
        facilitator=team.who(conference.facilitator_id),
        plan_url=f"/cases/{conference.case_public_id}/",
        url=f"/conferences/{conference.public_id}/",
        recorder=team.who(conference.recorder_id),
        roles_waived=conference.roles_waived,
        safety_waived=conference.safety_waived,
        off=called_off(conference, team),
        **mine._asdict(),
    )


def conferences(
    rows: Iterable[Any], sight: Sight, teams: Mapping[int, Team], at: datetime
) -> ConferencesPanel:
    """A list of conferences that were opened with these lenses. `teams`: of their cases."""
    listed = [
        _listed(row, sight[row.case_id], teams[row.case_id])
        for row in sorted(rows, key=lambda row: (row.starts, row.mark_id))
    ]
    coming: list[ConferenceRow] = []
    past: list[ConferenceRow] = []
    for row in listed:
        # Nobody comes to a meeting that was called off because it had gone from the list.
        comes = row.status != Status.CLOSED or (row.off and row.starts > at)
        (coming if comes else past).append(row)
    return ConferencesPanel(
        Lines(sorted(coming, key=lambda row: row.status not in RUNNING)), Lines(past[::-1])
    )


def folds_at(rows: Iterable[Any], at: datetime) -> datetime | None:
    """When the next of these conferences that were called off goes from those to come to those that were."""
    return min((row.starts for row in rows if row.cancelled_at and row.starts > at), default=None)


def _listed(row: Any, lens: Lens, team: Team) -> ConferenceRow:
    return ConferenceRow(
        id=row.public_id,
        title=row.title,
        kind=row.kind,
        starts=row.starts,
        minutes=row.minutes,
        place=row.place,
        status=row.state,
        answer=said_by(row, lens.seat).answer,
        hers=lens.role is Role.SURVIVOR,
        off=called_off(row, team),
    )


def here(
    conference: Any,
    team: Team,
    lens: Lens,
    arrived: frozenset[int],
    partly: frozenset[int],
    sitting: OpenedRows,
) -> HerePanel:
    """Who is here: the invited seats that the viewer sees. `partly`: who comes for something that the viewer sees;
    `sitting`: the seats held now, about whom whoever leads can note something."""
    leads = conference.facilitator_id == lens.seat and conference.state != Status.CLOSED
    noted = team.once(_noted, conference, lens.seat, sitting) if leads else Lines()
    return team.once(_here, conference, lens.seat, arrived, partly, noted, bool(lens.along))


def _here(
    team: Team,
    conference: Any,
    me: int,
    arrived: frozenset[int],
    partly: frozenset[int],
    noted: Lines,
    along: bool,
) -> HerePanel:
    people = team.once(_people, conference, arrived, partly, along)
    return HerePanel(Lines(you if number == me else other for number, other, you in people), noted)


def _people(
    team: Team, conference: Any, arrived: frozenset[int], partly: frozenset[int], along: bool
) -> list[tuple[int, PersonHere, PersonHere]]:
    """Each as others see them, and as they see themselves; and as others do where somebody looks `along`."""
    people = []
    for number, seat in team.seats.items():
        if number in conference.row.named:
            its = said_by(conference, number)
            there = number in arrived or its.attendance == Attendance.ARRIVED
            says = its.attendance or seen_answer(conference, number, partly)
            other = PersonHere(seat.name, there, False, says, its.observes)
            own = says if along else its.attendance or its.answer
            you = PersonHere(seat.name, there, True, own, its.observes)
            people.append((number, other, you))
    return people


def _sat_at_the_beginning(conference: Any, seat: Any) -> bool:
    """Whether this seat was held when the conference was opened. Its holder may be in the room still, and show all
    others nothing, until it is noted that they left."""
    opened = conference.opened_at
    return bool(opened and seat.starts <= opened and (seat.until is None or opened < seat.until))


def _noted(team: Team, conference: Any, me: int, sitting: OpenedRows) -> Lines:
    about = {seat.mark_id for seat in sitting}
    about |= {n for n, seat in team.seats.items() if _sat_at_the_beginning(conference, seat)}
    return Lines(
        PersonNoted(
            id=seat.public_id,
            name=seat.name,
            url=f"/conferences/{conference.public_id}/",
            attendance=said_by(conference, seat.mark_id).attendance,
            observes=said_by(conference, seat.mark_id).observes,
            may_observe=may_observe(seat.role),
        )
        for number, seat in team.seats.items()
        if number in about and number in conference.row.named and number != me
    )
