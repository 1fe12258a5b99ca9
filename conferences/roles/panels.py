"""Who is on the team, in one viewer's eyes: names, cards, responsibilities, questions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from workspace.disclosure.labels import AUDIENCES, ROLES, TOPICS
from workspace.disclosure.policy import EVERY_ROLE, Role, Topic, roles_of
from workspace.disclosure.sealed import SeatSet

WIDELY_KNOWN = {audience.roles: audience.label for audience in AUDIENCES if audience.roles}


@dataclass(frozen=True)
class Who:
    """People as the viewer may read them: names, and `team` when there are others, the same for one as for
    many."""

    names: tuple[str, ...] = ()
    team: bool = False

    def __bool__(self) -> bool:
        return bool(self.names) or self.team


@dataclass(frozen=True)
class Readers:
    """A row's "Who can see this": roles, and those of the named seats that the viewer may see."""

    roles: int
    names: tuple[str, ...]
    because: str

    @property
    def roles_label(self) -> Any:
        """The audience in words: its usual name where it has one, else role by role."""
        if self.roles in WIDELY_KNOWN:
            return WIDELY_KNOWN[self.roles]
        return ", ".join(str(ROLES[role]) for role in roles_of(self.roles))

    @property
    def everyone(self) -> bool:
        """Whether every role may read it."""
        return self.roles == EVERY_ROLE


@dataclass(frozen=True)
class Card:
    """A seat with what its holder wrote about it."""

    template: ClassVar[str] = "conferences/roles/_card.html"
    id: str
    name: str
    role: str
    agency: str
    does: str
    does_not: str
    ask_about: str
    private: str
    contact: str
    primary: bool
    you: bool
    starts: datetime
    until: datetime | None
    readers: Readers
    end_url: str = ""

    @property
    def role_label(self) -> Any:
        """The role in words."""
        return ROLES[Role(self.role)]


@dataclass(frozen=True)
class RolesPanel:
    """The roles board of the room: who sits here now."""

    id: ClassVar[str] = "roles"
    template: ClassVar[str] = "conferences/roles/_roles.html"
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class ResponsibilityRow:
    """Something that has to be done, who answers for it, and who does it."""

    template: ClassVar[str] = "conferences/roles/_responsibility.html"
    id: str
    text: str
    topic: str
    accountable: Who
    doing: Who
    readers: Readers

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]


@dataclass(frozen=True)
class QuestionRow:
    """Something somebody is confused about, and the answer."""

    template: ClassVar[str] = "conferences/roles/_question.html"
    id: str
    text: str
    asked_by: Who
    about: Who
    answer: str
    answered_by: Who
    readers: Readers


@dataclass(frozen=True)
class ResponsibilitiesPanel:
    """What has to be done in this case, and by whom."""

    id: ClassVar[str] = "responsibilities"
    template: ClassVar[str] = "conferences/roles/_responsibilities.html"
    rows: tuple[ResponsibilityRow, ...]


@dataclass(frozen=True)
class QuestionsPanel:
    """Questions about who does what."""

    id: ClassVar[str] = "questions"
    template: ClassVar[str] = "conferences/roles/_questions.html"
    rows: tuple[QuestionRow, ...]


class Team:
    """The seats of one case that one viewer sees, opened; it puts names to numbers and never knows of
    others."""

    def __init__(self, seats: Iterable[Any], *, me: int, at: datetime) -> None:
        self.seats = {seat.mark_id: seat for seat in seats}
        self.me, self.at = me, at

    def who(self, numbers: Iterable[int | None]) -> Who:
        """These seats by name; those the viewer may not see are "the team"."""
        asked = [number for number in numbers if number is not None]
        names = tuple(self.seats[number].name for number in asked if number in self.seats)
        return Who(tuple(dict.fromkeys(names)), any(number not in self.seats for number in asked))

    def author(self, row: Any) -> Who:
        """Who wrote it."""
        return self.who([row.row.author])

    def readers(self, row: Any) -> Readers:
        """Who can see it."""
        named = sorted(row.row.named)
        names = self.who(number for number in named if number in self.seats).names
        return Readers(row.row.audience, names, row.left_out_because)

    def cards(self, *, now: bool, end_url: Any = None) -> tuple[Card, ...]:
        """The cards of those who sit here now, or of those who do not (any more, or not yet)."""
        return tuple(
            self._card(seat, end_url(seat) if end_url else "")
            for seat in self.seats.values()
            if self._sits(seat) == now
        )

    def _sits(self, seat: Any) -> bool:
        return bool(seat.starts <= self.at and (seat.until is None or self.at < seat.until))

    def _card(self, seat: Any, end_url: str) -> Card:
        return Card(
            id=seat.public_id,
            name=seat.name,
            role=seat.role,
            agency=seat.agency_name or "",
            does=seat.does,
            does_not=seat.does_not,
            ask_about=seat.ask_about,
            private=seat.private,
            contact=seat.contact,
            primary=seat.primary,
            you=seat.mark_id == self.me,
            starts=seat.starts,
            until=seat.until,
            readers=self.readers(seat),
            end_url=end_url,
        )


def responsibilities(rows: Iterable[Any], team: Team) -> ResponsibilitiesPanel:
    """The panel of what has to be done."""
    return ResponsibilitiesPanel(
        tuple(
            ResponsibilityRow(
                id=row.public_id,
                text=row.text,
                topic=row.row.topic,
                accountable=team.who([row.accountable_id]),
                doing=team.who(sorted(SeatSet.read(row.doing))),
                readers=team.readers(row),
            )
            for row in rows
        )
    )


def questions(rows: Iterable[Any], team: Team) -> QuestionsPanel:
    """The panel of questions about roles."""
    return QuestionsPanel(
        tuple(
            QuestionRow(
                id=row.public_id,
                text=row.text,
                asked_by=team.author(row),
                about=team.who([row.about_id]),
                answer=row.answer or "",
                answered_by=team.who([row.answered_by_id]),
                readers=team.readers(row),
            )
            for row in rows
        )
    )
