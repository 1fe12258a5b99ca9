"""What has to be done in a case, and by whom, in one viewer's eyes: what nobody or two people hold, and all of it as a
picture and in words.

Of a seat that the viewer does not see a line says what the policy has it say of owners and those who do something: "the
team", once, whoever and however many they are, whether they still sit here or not. That it is asked or told, or says
that something is its own, leaves no trace.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar

from conferences.responsibilities.models import How, dispute, involved_of
from conferences.roles.panels import Ask, Asks, Readers, Team, Who, initials
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.lens import OpenedRows
from workspace.disclosure.policy import (
    Lens,
    Topic,
    may_edit,
    may_give_to,
    may_narrow,
    may_say_who_does_what,
    may_take,
)
from workspace.live.panels import Lines, value

ANSWERS = "answers"
WIDTH = 24  # of a column of the picture
COLUMNS = 14  # that stand side by side on the narrowest screen
SHOWN = 5  # questions that are not folded away


@value
class Strip:
    """Some columns of the picture: how wide they are, and what stands where. `wide`: how much room they take."""

    width: int
    wide: int
    marks: tuple[tuple[int, str], ...]


@value
class Head:
    """Whose columns they are: initials and name by place; no name for the team. `wide`: as of a strip."""

    width: int
    wide: int
    people: tuple[tuple[int, str, str], ...]


@value
class Facts:
    """Something that has to be done, and who is involved. `ended`: whoever answers for it cannot see to it any more;
    `claims`: who says that it is theirs, though another answers for it."""

    id: str
    text: str
    topic: str
    accountable: Who
    ended: bool
    doing: Who
    asked: Who
    told: Who
    claims: Who
    strips: tuple[Strip, ...]
    readers: Readers

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]

    @property
    def free(self) -> bool:
        """Whether nobody answers for it."""
        return self.ended or not self.accountable

    @property
    def open(self) -> bool:
        """Whether it is a question who answers for it."""
        return self.free or bool(self.claims)


@value
class ResponsibilityRow:
    """A line of the picture, with what this viewer may do about it. `ask`: as on a card."""

    template: ClassVar[str] = "conferences/responsibilities/_responsibility.html"
    line: Facts
    may: frozenset[str]
    ask: Ask | None

    @property
    def narrow(self) -> bool:
        """Whether this viewer may let fewer people read it."""
        return "narrows" in self.may


@value
class InWords:
    """A line as a row of the table."""

    template: ClassVar[str] = "conferences/responsibilities/_in_words.html"
    line: Facts


@value
class Gap:
    """A line that nobody or two people hold. `choices`: between whom this viewer may decide, as public id and name;
    `settle_url`: where they do."""

    template: ClassVar[str] = "conferences/responsibilities/_gap.html"
    line: Facts
    may: frozenset[str]
    choices: tuple[tuple[str, str], ...]
    settle_url: str


@value
class PutAway:
    """A line that this case does not need."""

    template: ClassVar[str] = "conferences/responsibilities/_put_away.html"
    line: Facts
    may: frozenset[str]


@value
class GapsPanel:
    """What nobody or two people hold. `hers`: the survivor reads it; `left`: how many are folded away."""

    id: ClassVar[str] = "gaps"
    template: ClassVar[str] = "conferences/responsibilities/_gaps.html"
    first: Lines
    others: Lines
    left: int
    hers: bool
    any: bool


@value
class ResponsibilitiesPanel:
    """What has to be done in this case, and by whom. `add_url`: where more is written down, for those who may."""

    id: ClassVar[str] = "responsibilities"
    template: ClassVar[str] = "conferences/responsibilities/_responsibilities.html"
    heads: tuple[Head, ...]
    rows: Lines
    words: Lines
    away: Lines
    hers: bool
    add_url: str


def lines(
    rows: Iterable[Any],
    team: Team,
    lens: Lens,
    at: datetime,
    seated: Mapping[int, Lens],
    asks: Asks | None,
    add_url: str,
) -> tuple[GapsPanel, ResponsibilitiesPanel]:
    """What has to be done: what is a question, and all of it. `seated`: the lenses of all who sit on the case.
    `add_url`: where those who may write down more."""
    sitting, _others = team.sitting(at)
    takes, divides = may_take(lens), may_say_who_does_what(lens)
    needed, away, gaps = [], [], []
    for row in rows:
        facts = team.once(_facts, row, sitting, team.lost(row.accountable_id, row, lens, at, seated))
        claims = lens.seat in _claimants(row.involved)
        mine = row.accountable_id == lens.seat
        may = _may(
            takes=takes and facts.free and not mine,
            gives=mine,
            claims=takes and not facts.free and not mine and not claims,
            withdraws=claims,
            divides=divides,
            narrows=may_narrow(lens, row.row),
            words=may_edit(lens, row.row) and not _taken_by_her(row, sitting, lens),
        )
        if row.put_away_at:
            away.append(team.once(_put_away, facts, may))
            continue
        needed.append((facts, may, asks.about(row, "responsibilities") if asks else None))
        if facts.open:
            choices: tuple[tuple[str, str], ...] = ()
            if mine or divides:
                choices = tuple(
                    (seat.public_id, seat.name)
                    for seat in _claiming(row, team, sitting, lens)
                    if not team.lost(seat.mark_id, row, lens, at, seated)
                )
            gaps.append(team.once(_gap, row, sitting, facts, may, choices))
    # What somebody has to decide stands before what somebody has to take.
    gaps.sort(key=lambda gap: not gap.line.accountable)
    hers = lens.seat == lens.survivor
    return (
        GapsPanel(Lines(gaps[:SHOWN]), Lines(gaps[SHOWN:]), max(0, len(gaps) - SHOWN), hers, bool(needed)),
        ResponsibilitiesPanel(
            sitting.once(_heads),
            Lines(team.once(_row, *line) for line in needed),
            Lines(team.once(_in_words, facts) for facts, *_may in needed),
            Lines(away),
            hers,
            add_url if divides else "",
        ),
    )


def _may(**each: bool) -> frozenset[str]:
    return frozenset(name for name, may in each.items() if may)


def _row(team: Team, facts: Facts, may: frozenset[str], ask: Ask | None) -> ResponsibilityRow:
    return ResponsibilityRow(facts, may, ask)


def _in_words(team: Team, facts: Facts) -> InWords:
    return InWords(facts)


def _put_away(team: Team, facts: Facts, may: frozenset[str]) -> PutAway:
    return PutAway(facts, may & {"divides"})


def _gap(
    team: Team,
    row: Any,
    sitting: OpenedRows,
    facts: Facts,
    may: frozenset[str],
    choices: tuple[tuple[str, str], ...],
) -> Gap:
    if not facts.claims or facts.free:
        return Gap(facts, may, (), "")
    columns, holder = sitting.once(_columns), team.seats.get(row.accountable_id)
    claims = [team.seats[seat].public_id for seat in _claimants(row.involved) if seat in columns]
    seen = dispute(holder.public_id if holder else "", claims)
    return Gap(facts, may, choices, f"/responsibilities/{facts.id}/settlement/?seen={seen}")


def _taken_by_her(row: Any, sitting: OpenedRows, lens: Lens) -> bool:
    """Whether the survivor answers for it, or says that it is hers, as far as another who looks sees."""
    holds = lens.survivor in (row.accountable_id, *_claimants(row.involved))
    return holds and lens.survivor in sitting.once(_columns) and not may_give_to(lens, lens.survivor)


@lru_cache(maxsize=4096)
def _claimants(involved: str | None) -> frozenset[int]:
    return frozenset(seat for seat, how in involved_of(involved) if how == How.CLAIMS)


def _claiming(row: Any, team: Team, sitting: OpenedRows, lens: Lens) -> list[Any]:
    """The seats that say that it is theirs, and to which this lens may give it."""
    claims, columns = _claimants(row.involved), sitting.once(_columns)
    return [
        seat
        for seat in team.seats.values()
        if seat.mark_id in claims and seat.mark_id in columns and may_give_to(lens, seat.mark_id)
    ]


def _columns(sitting: OpenedRows) -> dict[int, int]:
    """The place of each of these seats in the picture; the team's is the one after the last."""
    return {seat.mark_id: place for place, seat in enumerate(sitting)}


def _facts(team: Team, row: Any, sitting: OpenedRows, ended: bool) -> Facts:
    columns = sitting.once(_columns)
    last = len(columns)
    involved = involved_of(row.involved)
    behind = row.accountable_id is not None and row.accountable_id not in team.seats
    helps = any(how == How.DOES and seat not in team.seats for seat, how in involved)
    marks: dict[int, str] = {}
    for weaker in (How.TOLD, How.ASKED, How.DOES):
        marks |= {columns[seat]: weaker for seat, how in involved if how == weaker and seat in columns}
    if row.accountable_id in columns and not ended:
        marks[columns[row.accountable_id]] = ANSWERS
    if behind or helps:
        marks[last] = ANSWERS if behind else How.DOES

    def who(how: How) -> tuple[int, ...]:
        return tuple(seat for seat, is_so in involved if is_so == how and seat in columns)

    return Facts(
        id=row.public_id,
        text=row.text,
        topic=row.row.topic,
        accountable=team.who(row.accountable_id),
        ended=ended,
        doing=Who(team.who(*who(How.DOES)).names, helps and not behind),
        asked=team.who(*who(How.ASKED)),
        told=team.who(*who(How.TOLD)),
        claims=team.who(*who(How.CLAIMS)),
        strips=tuple(
            Strip(
                width, width * 3 // 2, tuple((x, str(marks[place])) for x, place in places if place in marks)
            )
            for width, places in _strips(last + 1)
        ),
        readers=team.readers(row),
    )


def _heads(sitting: OpenedRows) -> tuple[Head, ...]:
    people = [(initials(seat.name), seat.name) for seat in sitting] + [("…", "")]
    return tuple(
        Head(width, width * 3 // 2, tuple((x, *people[place]) for x, place in places))
        for width, places in _strips(len(people))
    )


def _strips(columns: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """The columns of the picture in strips that fit the narrowest screen: how wide each is, and the middle of each of
    its columns with that column's place."""
    for first in range(0, columns, COLUMNS):
        places = range(first, min(first + COLUMNS, columns))
        middles = [(WIDTH * number + WIDTH // 2, place) for number, place in enumerate(places)]
        yield WIDTH * len(places), middles
