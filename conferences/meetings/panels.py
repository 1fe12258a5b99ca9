"""Conferences as one viewer sees them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from conferences.meetings.models import RUNNING, Kind, Status
from conferences.roles.panels import Team, Who
from workspace.disclosure.policy import Lens, may_lead, may_schedule, may_take_the_lead
from workspace.live.panels import Lines, value


@value
class Heir:
    """Somebody who is here and can lead. `id`: their seat's."""

    id: str
    name: str


@value
class MeetingPanel:
    """The head of the room: what, when, where, who leads, and where it stands. `minutes`: its length.

    `heirs`: for who leads, to whom they can hand over now. `may_take`: whether the viewer may take the lead.
    `schedule_url`: where its plan and who is invited can be changed, for those who may.
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
    schedule_url: str = ""

    @property
    def closed(self) -> bool:
        """Whether it is over: nothing is written any more."""
        return self.status == Status.CLOSED

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
        return Status(self.status).label


@value
class ConferenceRow:
    """A conference in a list, with the way into it."""

    template: ClassVar[str] = "conferences/meetings/_conference.html"
    id: str
    title: str
    kind: str
    starts: datetime
    minutes: int
    place: str
    status: str

    @property
    def url(self) -> str:
        """The room."""
        return f"/conferences/{self.id}/"

    @property
    def kind_label(self) -> Any:
        """The kind in words."""
        return Kind(self.kind).label

    @property
    def status_label(self) -> Any:
        """Where it stands, in words."""
        return Status(self.status).label


@value
class ConferencesPanel:
    """Conferences: the open one first, then those to come, then those that were."""

    id: ClassVar[str] = "conferences"
    template: ClassVar[str] = "conferences/meetings/_conferences.html"
    coming: Lines
    past: Lines


@value
class PersonHere:
    """Somebody invited, and whether they have the page open."""

    template: ClassVar[str] = "conferences/meetings/_person.html"
    name: str
    arrived: bool
    you: bool


@value
class HerePanel:
    """Who is here, and who else is invited."""

    id: ClassVar[str] = "here"
    template: ClassVar[str] = "conferences/meetings/_here.html"
    people: Lines


def meeting(conference: Any, team: Team, lens: Lens, arrived: frozenset[int]) -> MeetingPanel:
    """The head of the room."""
    leads, over = conference.facilitator_id == lens.seat, conference.state == Status.CLOSED
    heirs = _heirs(conference, team, arrived - {lens.seat}) if leads and not over else ()
    may_take = not leads and not over and may_take_the_lead(lens)
    may_change = not over and (leads or may_schedule(lens))
    return team.once(_meeting, conference, leads, heirs, may_take, may_change)


def _heirs(conference: Any, team: Team, arrived: frozenset[int]) -> tuple[Heir, ...]:
    there = arrived & conference.row.named
    return tuple(
        Heir(seat.public_id, seat.name)
        for number, seat in team.seats.items()
        if number in there and may_lead(seat.role)
    )


def _meeting(
    team: Team,
    conference: Any,
    you_lead: bool,
    heirs: tuple[Heir, ...],
    may_take: bool,
    may_change: bool,
) -> MeetingPanel:
    return MeetingPanel(
        title=conference.title,
        kind=conference.kind,
        starts=conference.starts,
        minutes=conference.minutes,
        place=conference.place,
        status=conference.state,
        facilitator=team.who(conference.facilitator_id),
        you_lead=you_lead,
        plan_url=f"/cases/{conference.case_public_id}/",
        url=f"/conferences/{conference.public_id}/",
        heirs=heirs,
        may_take=may_take,
        schedule_url=f"/conferences/{conference.public_id}/schedule/" if may_change else "",
    )


def conferences(rows: Iterable[Any]) -> ConferencesPanel:
    """A list of conferences."""
    listed = [
        ConferenceRow(row.public_id, row.title, row.kind, row.starts, row.minutes, row.place, row.state)
        for row in sorted(rows, key=lambda row: (row.starts, row.mark_id))
    ]
    coming = [row for row in listed if row.status != Status.CLOSED]
    past = [row for row in reversed(listed) if row.status == Status.CLOSED]
    return ConferencesPanel(Lines(sorted(coming, key=lambda row: row.status not in RUNNING)), Lines(past))


def here(conference: Any, team: Team, me: int, arrived: frozenset[int]) -> HerePanel:
    """Who is here: the invited seats that the viewer sees."""
    return team.once(_here, conference.row.named, me, arrived)


def _here(team: Team, invited: frozenset[int], me: int, arrived: frozenset[int]) -> HerePanel:
    people = team.once(_people, invited, arrived)
    return HerePanel(Lines(you if number == me else other for number, other, you in people))


def _people(
    team: Team, invited: frozenset[int], arrived: frozenset[int]
) -> list[tuple[int, PersonHere, PersonHere]]:
    """Each as others see them, and as they see themselves."""
    there = [
        (number, seat.name, number in arrived) for number, seat in team.seats.items() if number in invited
    ]
    return [
        (number, PersonHere(name, here, False), PersonHere(name, here, True)) for number, name, here in there
    ]
