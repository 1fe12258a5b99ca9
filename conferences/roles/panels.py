"""Who is on the team, in one viewer's eyes: names, cards, responsibilities, questions."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import compress
from operator import not_
from typing import Any, ClassVar

from workspace.disclosure.labels import AUDIENCES, ROLES, TOPICS
from workspace.disclosure.lens import OpenedRows
from workspace.disclosure.policy import EVERY_ROLE, Role, Topic, roles_of
from workspace.disclosure.sealed import Keeps, SeatSet
from workspace.live.panels import Lines, value

WIDELY_KNOWN = {audience.roles: audience.label for audience in AUDIENCES if audience.roles}


@value
class Who:
    """People as the viewer may read them: names, and `team` when there are others, the same for one as for
    many."""

    names: tuple[str, ...] = ()
    team: bool = False

    def __bool__(self) -> bool:
        return bool(self.names) or self.team


@value
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


@value
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


@value
class RolesPanel:
    """The roles board of the room: who sits here now."""

    id: ClassVar[str] = "roles"
    template: ClassVar[str] = "conferences/roles/_roles.html"
    cards: Lines


@value
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


@value
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


@value
class ResponsibilitiesPanel:
    """What has to be done in this case, and by whom."""

    id: ClassVar[str] = "responsibilities"
    template: ClassVar[str] = "conferences/roles/_responsibilities.html"
    rows: Lines


@value
class QuestionsPanel:
    """Questions about who does what."""

    id: ClassVar[str] = "questions"
    template: ClassVar[str] = "conferences/roles/_questions.html"
    rows: Lines


class Team(Keeps):
    """The seats of one case that a viewer sees, opened; it puts names to numbers and never knows of others.

    `Team.of` gives one object to all who see the same seats, so that what is made of rows and names is made once
    for all of them.
    """

    def __init__(self, seats: OpenedRows) -> None:
        self._opened = seats
        self.seats: Mapping[int, Any] = {seat.mark_id: seat for seat in seats}
        self._borders = sorted({at for seat in seats for at in (seat.starts, seat.until) if at})

    @classmethod
    def of(cls, seats: OpenedRows) -> "Team":
        """The team of everybody who sees these seats."""
        return seats.once(cls)

    def who(self, *numbers: int | None) -> Who:
        """These seats by name; those the viewer may not see are "the team"."""
        return self.once(Team._who, numbers)

    def _who(self, numbers: Iterable[int | None]) -> Who:
        asked = [number for number in numbers if number is not None]
        names = tuple(self.seats[number].name for number in asked if number in self.seats)
        return Who(tuple(dict.fromkeys(names)), any(number not in self.seats for number in asked))

    def author(self, row: Any) -> Who:
        """Who wrote it."""
        return self.who(row.row.author)

    def readers(self, row: Any) -> Readers:
        """Who can see it."""
        named = [number for number in sorted(row.row.named) if number in self.seats]
        return Readers(row.row.audience, self.who(*named).names, row.left_out_because)

    def sitting(self, at: datetime) -> tuple[OpenedRows, OpenedRows]:
        """The seats that are held at this instant, and those that are not, any more or yet."""
        # Between two borders time changes nothing.
        return self.once(Team._parted, bisect_right(self._borders, at))

    def _parted(self, passed: int) -> tuple[OpenedRows, OpenedRows]:
        past = set(self._borders[:passed])
        held = [seat.starts in past and seat.until not in past for seat in self._opened]
        return OpenedRows(compress(self._opened, held)), OpenedRows(compress(self._opened, map(not_, held)))

    def cards(self, seats: Iterable[Any], me: int, end_url: Callable[[Any], str] = lambda seat: "") -> Lines:
        """The cards of these seats, one of which may be the viewer's own."""
        return Lines(self.once(Team._card, seat, seat.mark_id == me, end_url(seat)) for seat in seats)

    def _card(self, seat: Any, you: bool, end_url: str) -> Card:
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
            you=you,
            starts=seat.starts,
            until=seat.until,
            readers=self.readers(seat),
            end_url=end_url,
        )


def roles(team: Team, sitting: OpenedRows, me: int) -> RolesPanel:
    """The roles board of the room."""
    return RolesPanel(team.cards(sitting, me))


def responsibilities(rows: Iterable[Any], team: Team) -> ResponsibilitiesPanel:
    """The panel of what has to be done."""
    return ResponsibilitiesPanel(
        Lines(
            ResponsibilityRow(
                id=row.public_id,
                text=row.text,
                topic=row.row.topic,
                accountable=team.who(row.accountable_id),
                doing=team.who(*sorted(SeatSet.read(row.doing))),
                readers=team.readers(row),
            )
            for row in rows
        )
    )


def questions(rows: Iterable[Any], team: Team) -> QuestionsPanel:
    """The panel of questions about roles."""
    return QuestionsPanel(
        Lines(
            QuestionRow(
                id=row.public_id,
                text=row.text,
                asked_by=team.author(row),
                about=team.who(row.about_id),
                answer=row.answer or "",
                answered_by=team.who(row.answered_by_id),
                readers=team.readers(row),
            )
            for row in rows
        )
    )
