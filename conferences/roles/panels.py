"""Who is on the team, in one viewer's eyes: names and cards."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import compress
from operator import not_
from typing import Any, ClassVar

from django.utils.text import Truncator

from conferences.usual.panels import duties_told
from workspace.disclosure.labels import AUDIENCES, DUTIES, ROLES, duties_of
from workspace.disclosure.lens import OpenedRows
from workspace.disclosure.policy import EVERY_ROLE, Lens, Role, is_lost, roles_of
from workspace.disclosure.sealed import Keeps
from workspace.live.panels import Lines, value

FIRST_WORDS = 120
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
class Reader:
    """Somebody who can see a row. `duties`: what they may have to do with it, as bits; `usual`: of their role, for they
    have not said it themselves."""

    name: str
    duties: int
    usual: bool

    @property
    def duty_labels(self) -> list[Any]:
        """The duties in short words."""
        return [DUTIES[duty][1] for duty in duties_of(self.duties)]


@value
class Readers:
    """A row's "Who can see this": roles, and those of the named seats that the viewer may see."""

    roles: int
    people: tuple[Reader, ...]
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
class Ask:
    """How somebody says that they are not sure about a card or a line: at `url`. `hers`: it is the survivor. `asked`:
    their question about it that is open."""

    url: str
    hers: bool
    asked: str


@value
class Asks:
    """The same for all cards and lines of a case. `open`: what they said that of and is open, by its number, with their
    question about it."""

    hers: bool
    open: tuple[tuple[int, str], ...]

    def about(self, row: Any, kind: str) -> Ask:
        """How they ask about this row."""
        return Ask(f"/{kind}/{row.public_id}/questions/", self.hers, dict(self.open).get(row.mark_id, ""))


@value
class Card:
    """Somebody on the team, in short; what their holder says about it stands on the board. `begins`: what they do, in
    the first words of whoever holds the seat; `language`: of these words, where it is known. `dated`: whether it is
    told from when to when."""

    template: ClassVar[str] = "conferences/roles/_card.html"
    id: str
    name: str
    role: str
    agency: str
    begins: str
    language: str
    primary: bool
    you: bool
    starts: datetime
    until: datetime | None
    dated: bool
    url: str
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
        return Readers(row.row.audience, self.reading(row.row.named), row.left_out_because)

    def reading(self, numbers: Iterable[int]) -> tuple[Reader, ...]:
        """Those of these seats that the viewer sees, as somebody reads of them who asks who can see a row."""
        return self.once(Team._reading, tuple(sorted(number for number in numbers if number in self.seats)))

    def _reading(self, numbers: Iterable[int]) -> tuple[Reader, ...]:
        return tuple(dict.fromkeys(_reader(self.seats[number]) for number in numbers))

    def lost(
        self, number: int | None, row: Any, lens: Lens, at: datetime, seated: Mapping[int, Lens]
    ) -> bool:
        """Whether this seat is to do something about this row and cannot any more, as far as a viewer of this lens is
        told. Of a seat that they do not see they are told nothing."""
        seat = self.seats.get(number) if number is not None else None
        return seat is not None and is_lost(
            lens,
            row.row,
            seated.get(seat.mark_id),
            starts=seat.starts,
            until=seat.until,
            comes_in=bool(seat.comes_in),
            at=at,
        )

    def sitting(self, at: datetime) -> tuple[OpenedRows, OpenedRows]:
        """The seats that are held at this instant, and those that are not, any more or yet."""
        # Between two borders time changes nothing.
        return self.once(Team._parted, bisect_right(self._borders, at))

    def _parted(self, passed: int) -> tuple[OpenedRows, OpenedRows]:
        past = set(self._borders[:passed])
        held = [seat.starts in past and seat.until not in past for seat in self._opened]
        return OpenedRows(compress(self._opened, held)), OpenedRows(compress(self._opened, map(not_, held)))

    def cards(
        self,
        seats: Iterable[Any],
        me: int,
        end_url: Callable[[Any], str] = lambda seat: "",
        *,
        dated: bool = False,
    ) -> Lines:
        """The short cards of these seats, one of which may be the viewer's own."""
        return Lines(self.once(Team._card, seat, seat.mark_id == me, end_url(seat), dated) for seat in seats)

    def _card(self, seat: Any, you: bool, end_url: str, dated: bool) -> Card:
        return Card(
            id=seat.public_id,
            name=seat.name,
            role=seat.role,
            agency=seat.agency_name or "",
            # Until its holder has said that it is right, a draft speaks for nobody here.
            begins="" if seat.drafted_by_id else beginning(seat.does),
            language=seat.language,
            primary=seat.primary,
            you=you,
            starts=seat.starts,
            until=seat.until,
            dated=dated,
            url=f"/cases/{seat.case_public_id}/roles/#about-{seat.public_id}",
            end_url=end_url,
        )


def _reader(seat: Any) -> Reader:
    return Reader(seat.name, *duties_told(seat))


def beginning(text: str) -> str:
    """The first words of a text."""
    return Truncator(" ".join(text.split())).chars(FIRST_WORDS)


def initials(name: str) -> str:
    """The first letters of the first and the last word of a name."""
    letters = [word[0].upper() for word in name.split() if word[0].isalnum()]
    return "".join(letters[:1] + letters[1:][-1:])


def roles(team: Team, sitting: OpenedRows, me: int) -> RolesPanel:
    """The roles board of the room."""
    return RolesPanel(team.cards(sitting, me))
