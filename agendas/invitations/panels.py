"""What somebody says of themselves in a meeting, and the page on which they say whether they come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from agendas.items.models import AgendaItem
from agendas.items.panels import Title, as_read, come_for, come_for_some
from conferences.meetings.models import RUNNING, Answer, Attendance, Conference, Status
from conferences.meetings.panels import (
    USUAL_STATEMENT,
    CalledOff,
    Said,
    called_off,
    come_to_parts,
    said_by,
    seen_answer,
    your_answer,
)
from conferences.roles.panels import Team, Who
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import OpenedRows, open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens, Role, may_speak, may_write_notes
from workspace.disclosure.sealed import Groups, TiedRows
from workspace.live.panels import Asked, Page, Shown, Viewer, one_moment, value


@value
class Speaker:
    """Somebody who asked to speak. `id`: their seat's, for who leads."""

    id: str
    name: str
    you: bool


@value
class YouPanel:
    """The viewer's own part in a meeting: whether they come, their hand, the statement of confidentiality.

    `speakers`: who asked to speak, of those the viewer sees, in their order. `accepted`: for who leads, who
    accepted the statement. `card_url`: the viewer's card, while it is a draft of somebody else's.
    """

    id: ClassVar[str] = "you"
    template: ClassVar[str] = "agendas/invitations/_you.html"
    url: str
    status: str
    you_lead: bool
    hers: bool
    answer: str
    attendance: str
    observes: bool
    hand: bool
    agreed_at: datetime | None
    speakers: tuple[Speaker, ...]
    accepted: tuple[str, ...]
    card_url: str

    @property
    def running(self) -> bool:
        """Whether the meeting has begun and is not over."""
        return self.status in RUNNING

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        return self.status == Status.CLOSED

    @property
    def answer_label(self) -> str:
        """What the viewer said of coming, in words."""
        return your_answer(self.answer)

    @property
    def attendance_label(self) -> str:
        """What was noted of the viewer's being here, in words."""
        return {
            Attendance.ARRIVED.value: _("It is noted that you are here, with or without this page."),
            Attendance.LEFT.value: _(
                "It is noted that you have left. Others see it once you close this page."
            ),
            Attendance.APOLOGIES.value: _(
                "It is noted that you cannot come. Others see it once you close this page."
            ),
        }.get(self.attendance, "")


@value
class PartRow:
    """A part of the meeting, and who comes to it and not to the whole meeting."""

    id: str
    name: str
    minutes: int
    without_her: bool
    come: Who


@value
class InvitationPanel:
    """What one is invited to, and what one said of it. `items`: the public id and title of every item that one sees;
    `writes`: whether one can write something under them."""

    id: ClassVar[str] = "invitation"
    template: ClassVar[str] = "agendas/invitations/_invitation.html"
    title: str
    starts: datetime
    minutes: int
    place: str
    status: str
    facilitator: Who
    hers: bool
    writes: bool
    answer: str
    parts: tuple[PartRow, ...]
    items: tuple[tuple[str, Title], ...]
    my_parts: tuple[str, ...]
    my_items: tuple[str, ...]
    off: CalledOff | None = None

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        return self.status == Status.CLOSED

    @property
    def ends(self) -> datetime:
        """When it is planned to end."""
        return self.starts + timedelta(minutes=self.minutes)

    @property
    def answer_label(self) -> str:
        """What the viewer said of coming, in words."""
        return your_answer(self.answer)

    def offered(self) -> dict[str, Any]:
        """What the form offers. Nobody offers the survivor a part that is without her."""
        parts = [(part.id, part.name) for part in self.parts if not (self.hers and part.without_her)]
        return {"parts": parts, "items": list(self.items), "hers": self.hers}

    def said(self) -> dict[str, Any]:
        """What the form begins with."""
        return {"answer": self.answer, "parts": list(self.my_parts), "items": list(self.my_items)}


@value
class Guest:
    """Somebody who is invited, and what they do. `comes`: what they said of coming, in words."""

    name: str
    role: str
    agency: str
    does: str
    says: str
    you: bool

    @property
    def role_label(self) -> Any:
        """The role in words."""
        return ROLES[Role(self.role)]

    @property
    def says_label(self) -> Any:
        """What they said of coming, in words."""
        return Answer(self.says).label if self.says else ""


@value
class GuestsPanel:
    """Who is asked to come, and why."""

    id: ClassVar[str] = "guests"
    template: ClassVar[str] = "agendas/invitations/_guests.html"
    guests: tuple[Guest, ...]


def you(conference: Any, team: Team, lens: Lens, sitting: OpenedRows, partly: frozenset[int]) -> YouPanel:
    """The viewer's own part in this meeting. `sitting`: the seats held now. `partly`: who comes for something that is
    seen: whoever looks along reads no other answer than of anybody else."""
    own = said_by(conference, lens.seat).answer
    answer = seen_answer(conference, lens.seat, partly) if lens.along else own
    return team.once(_you, conference, lens.seat, lens.role is Role.SURVIVOR, answer, sitting)


def _you(team: Team, conference: Any, me: int, hers: bool, answer: str, sitting: OpenedRows) -> YouPanel:
    leads, own = conference.facilitator_id == me, said_by(conference, me)
    mine = team.seats.get(me)
    card_url = f"/cases/{conference.case_public_id}/roles/#about-{mine.public_id}" if mine else ""
    return YouPanel(
        url=f"/conferences/{conference.public_id}/",
        status=conference.state,
        you_lead=leads,
        hers=hers,
        answer=answer,
        attendance=own.attendance,
        observes=not may_speak(observes=own.observes),
        hand=own.hand is not None,
        agreed_at=own.agreed_at,
        speakers=tuple(
            Speaker(seat.public_id if leads else "", seat.name, seat.mark_id == me)
            for seat in team.once(_speakers, conference, sitting)
        ),
        accepted=team.once(_accepted, conference) if leads else (),
        card_url=card_url if mine and mine.drafted_by_id else "",
    )


def _speakers(team: Team, conference: Any, sitting: OpenedRows) -> tuple[Any, ...]:
    hands = {seat: said_by(conference, seat.mark_id).hand for seat in sitting}
    up = [seat for seat, hand in hands.items() if hand and seat.mark_id in conference.row.named]
    return tuple(sorted(up, key=lambda seat: hands[seat] or 0))


def _accepted(team: Team, conference: Any) -> tuple[str, ...]:
    invited = [seat for number, seat in team.seats.items() if number in conference.row.named]
    return tuple(seat.name for seat in invited if said_by(conference, seat.mark_id).agreed_at)


@dataclass(frozen=True)
class Loaded:
    """The conference that each looks at, and sealed rows: items by conference, seats by case."""

    at: datetime
    conferences: Mapping[Viewer, Any]
    items: Groups
    seats: Groups


def load(asked: Asked) -> Loaded:
    """These conferences with their items and the seats of their cases, in three queries."""
    rooms = asked.rows(Conference, "mark__public_id", mark__public_id__in=asked.scopes)
    items = asked.rows(AgendaItem, "conference_id", conference__mark__public_id__in=asked.scopes)
    found = {
        viewer: opened[0]
        for viewer in asked.viewers
        if (opened := open_rows(viewer.sight, rooms[viewer.scope]))
    }
    cases = {conference.case_id for conference in found.values()}
    return Loaded(asked.at, found, items, asked.rows(Seat, "case_id", case__in=cases))


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """What one of the invited is asked."""
    conference = loaded.conferences.get(viewer)
    if conference is None:
        return None
    lens = viewer.sight[conference.case_id]
    team = Team.of(open_rows(viewer.sight, loaded.seats[lens.case]))
    items = as_read(open_rows(viewer.sight, loaded.items[conference.mark_id]), viewer.sight)
    return Shown(
        (_invitation(conference, items, team, lens), _guests(conference, items, team, lens, loaded.at)),
        case=lens.case,
    )


def _invitation(conference: Any, items: OpenedRows, team: Team, lens: Lens) -> InvitationPanel:
    own, to_parts = said_by(conference, lens.seat), come_to_parts(conference)
    parts = tuple(
        PartRow(
            number, name, minutes, bool(without_her), team.who(*sorted(_seen(team, to_parts.get(number))))
        )
        for _, number, name, minutes, without_her, *_more in TiedRows.read(conference.parts)
    )
    return InvitationPanel(
        title=conference.title,
        starts=conference.starts,
        minutes=conference.minutes,
        place=conference.place,
        status=conference.state,
        facilitator=team.who(conference.facilitator_id),
        hers=lens.role is Role.SURVIVOR,
        writes=may_write_notes(lens) and may_speak(observes=own.observes),
        answer=own.answer,
        parts=parts,
        items=tuple((item.public_id, item.title) for item in items),
        my_parts=tuple(number for number, seats in to_parts.items() if lens.seat in seats),
        my_items=tuple(item.public_id for item in items if lens.seat in come_for(item)),
        off=called_off(conference, team),
    )


def _seen(team: Team, seats: frozenset[int] | None) -> frozenset[int]:
    return (seats or frozenset()) & team.seats.keys()


def _guests(conference: Any, items: OpenedRows, team: Team, lens: Lens, at: datetime) -> GuestsPanel:
    partly = come_for_some(items).union({lens.seat}, *come_to_parts(conference).values())
    invited = [seat for seat in team.sitting(at)[0] if seat.mark_id in conference.row.named]
    return GuestsPanel(
        tuple(
            Guest(
                name=seat.name,
                role=seat.role,
                agency=seat.agency_name or "",
                does=seat.does,
                says=seen_answer(conference, seat.mark_id, partly),
                you=seat.mark_id == lens.seat,
            )
            for seat in invited
        )
    )


PAGE = Page("answer", load, view)


@dataclass(frozen=True)
class Statement:
    """The statement of confidentiality of a conference, and when its reader accepted it. `asks`: whether they can."""

    text: str
    agreed_at: datetime | None
    asks: bool


def statement_for(person: int, conference: str) -> Statement | None:
    """The statement, if this person sees the conference."""
    with one_moment() as at:
        sight = sight_of(person, at)
        found = open_rows(sight, Conference.objects.sealed(mark__public_id=conference))
        if not found:
            return None
        row = found[0]
        own: Said = said_by(row, sight[row.case_id].seat)
        return Statement(row.statement or str(USUAL_STATEMENT), own.agreed_at, row.state != Status.CLOSED)
