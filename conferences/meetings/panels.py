"""Conferences as one viewer sees them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from conferences.meetings.models import Kind, Status
from conferences.roles.panels import Team, Who


@dataclass(frozen=True)
class MeetingPanel:
    """The head of the room: what, when, where, who leads, and where it stands. `minutes`: its length."""

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

    @property
    def closed(self) -> bool:
        """Whether it is over: nothing is written any more."""
        return self.status == Status.CLOSED

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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class ConferencesPanel:
    """Conferences: the open one first, then those to come, then those that were."""

    id: ClassVar[str] = "conferences"
    template: ClassVar[str] = "conferences/meetings/_conferences.html"
    coming: tuple[ConferenceRow, ...]
    past: tuple[ConferenceRow, ...]


@dataclass(frozen=True)
class PersonHere:
    """Somebody invited, and whether they have the page open."""

    name: str
    arrived: bool
    you: bool


@dataclass(frozen=True)
class HerePanel:
    """Who is here, and who else is invited."""

    id: ClassVar[str] = "here"
    template: ClassVar[str] = "conferences/meetings/_here.html"
    people: tuple[PersonHere, ...]


def meeting(conference: Any, team: Team) -> MeetingPanel:
    """The head of the room."""
    return MeetingPanel(
        title=conference.title,
        kind=conference.kind,
        starts=conference.starts,
        minutes=conference.minutes,
        place=conference.place,
        status=conference.status,
        facilitator=team.who([conference.facilitator_id]),
        you_lead=conference.facilitator_id == team.me,
        plan_url=f"/cases/{conference.case_public_id}/",
    )


def conferences(rows: list[Any]) -> ConferencesPanel:
    """A list of conferences."""
    listed = [
        ConferenceRow(row.public_id, row.title, row.kind, row.starts, row.minutes, row.place, row.status)
        for row in sorted(rows, key=lambda row: (row.starts, row.mark_id))
    ]
    coming = [row for row in listed if row.status != Status.CLOSED]
    past = [row for row in reversed(listed) if row.status == Status.CLOSED]
    return ConferencesPanel(tuple(sorted(coming, key=lambda row: row.status != Status.OPEN)), tuple(past))


def here(conference: Any, team: Team, arrived: frozenset[int]) -> HerePanel:
    """Who is here: the invited seats that the viewer sees."""
    return HerePanel(
        tuple(
            PersonHere(seat.name, number in arrived, number == team.me)
            for number, seat in team.seats.items()
            if number in conference.row.named
        )
    )
