"""Who is looking, now: read afresh for each request and each push, for any number of people in two
queries."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, compress
from typing import Any, TypeVar

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from workspace.disclosure import lean, models, policy
from workspace.disclosure.policy import Lens, Row, sees, sees_but_for_parents
from workspace.disclosure.sealed import Contents, Sealed

T = TypeVar("T")
MOST_MADE = 16_384
# A person's lenses, by case. No lens for a case means: the case does not exist.
Sight = Mapping[int, Lens]


@dataclass(frozen=True)
class Sights:
    """The lenses of several people at one instant.

    `of`: person's number to their lenses. `versions`: case to its version. `turns`: case to the next instant
    at which anybody's seat on it or a release begins or ends; where there is none, time changes nothing.
    """

    at: datetime
    of: Mapping[int, Sight]
    turns: Mapping[int, datetime]
    versions: Mapping[int, int]

    @property
    def changes_at(self) -> datetime | None:
        """The next instant at which time alone changes what any of these people may see, or None."""
        return min(self.turns.values(), default=None)


def read_sights(people: Collection[int], at: datetime) -> Sights:
    """The lenses of these people at this instant, and when they change, in two queries whatever their number."""
    return _sights(_seats_of_cases, at, frozenset(people), people=people)


def sight_of(person: int, at: datetime) -> Sight:
    """One person's lenses, by case."""
    return _sights(_seats_of_person, at, frozenset([person]), person=person).of[person]


def again(lens: Lens) -> Sight:
    """What the holder of this lens's seat sees of its case now: nothing once the seat or its release has ended.

    A verb asks this after it has locked the case, so that nothing is written by a right that ended on the way.
    """
    return next(iter(_sights(_seat, timezone.now(), None, seat=lens.seat).of.values()), {})


def _lasting(at: datetime) -> QuerySet[Any]:
    # Unsealed: this is where sight begins, so nothing can be opened yet.
    survivor = models.Seat.unsealed.filter(case=OuterRef("case"), role=policy.Role.SURVIVOR)
    lasting = models.Seat.unsealed.filter(Q(until=None) | Q(until__gt=at), mark__removed_at=None)
    found: QuerySet[Any] = lasting.annotate(survivor=Subquery(survivor.values("mark_id")[:1]))
    return found.values_list(
        *("mark_id", "case_id", "role", "agency_id", "starts", "until"),
        *("person_id", "case__holding_agency_id", "survivor", "case__version"),
    )


def _seats_of_cases(people: Collection[int], at: datetime) -> QuerySet[Any]:
    # All seats of these people's cases: when one begins or ends, others see it.
    own = models.Seat.unsealed.filter(Q(until=None) | Q(until__gt=at), person__in=people)
    return _lasting(at).filter(case__in=own.values("case"))


def _seats_of_person(person: int, at: datetime) -> QuerySet[Any]:
    return _lasting(at).filter(person=person)


def _seat(seat: int, at: datetime) -> QuerySet[Any]:
    return _lasting(at).filter(mark=seat)


def _releases(cases: Collection[int], at: datetime) -> QuerySet[Any]:
    found = models.Release.objects.filter(case__in=cases, expires__gt=at)
    return found.values_list("case_id", "agency_id", "topics", "starts", "expires", "withdrawn_at")


def _sights(build: lean.Build, at: datetime, of: frozenset[int] | None, **which: Any) -> Sights:
    """What the seats that are read give these people, or everybody when none are named."""
    held = lean.read(build, **which, at=at)
    versions = {values[1]: values[-1] for values in held}
    given = tuple(lean.read(_releases, cases=versions.keys(), at=at))
    instants = {instant for values in held for instant in values[4:6]}
    instants |= {instant for values in given for instant in values[3:]}
    borders = sorted(instants - {None})
    # Between two borders time changes nothing.
    passed = bisect_right(borders, at)
    settled = _settled(
        of, tuple(values[:-1] for values in held), given, borders[passed - 1] if passed else None
    )
    return Sights(at, *settled, versions)


@lru_cache(maxsize=256)
def _settled(
    people: frozenset[int] | None, held: tuple[Any, ...], given: tuple[Any, ...], since: datetime | None
) -> tuple[Mapping[int, Sight], Mapping[int, datetime]]:
    """Lenses, and when they change next, from the border on that was passed last: the same as long as nothing else
    is read."""
    at = since or datetime.min.replace(tzinfo=UTC)
    releases: dict[tuple[int, int | None], list[policy.Release]] = defaultdict(list)
    turns: dict[int, datetime] = {}
    for values in given:
        releases[values[:2]].append(policy.Release(*values))
    sights: dict[int, dict[int, Lens]] = {person: {} for person in people or ()}
    for number, case, role, agency, starts, until, person, holding, survivor in held:
        seat = policy.Seat(number, case, policy.Role(role), agency, starts, until)
        lens = policy.admit(
            seat, releases.get((case, agency), ()), holding_agency=holding, survivor=survivor, at=at
        )
        if lens is not None and (people is None or person in people):
            sights.setdefault(person, {})[case] = lens
    for case, *instants in chain((v[1:2] + v[4:6] for v in held), (v[:1] + v[3:] for v in given)):
        for instant in instants:
            if instant is not None and instant > at:
                turns[case] = min(instant, turns.get(case, instant))
    return sights, turns


class Keeps:
    """Something that does not change, with what was made of it."""

    def once(self, make: Callable[..., T], *given: Hashable) -> T:
        """`make(self, *given)`, made once. `given` says everything else that the result depends on."""
        made: dict[Any, T] = self.__dict__.setdefault("made", {})
        key = make, *given
        try:
            return made[key]
        except KeyError:
            if len(made) > MOST_MADE:
                made.clear()
            made[key] = result = make(self, *given)
            return result


class OpenedRows(Keeps, tuple[Any, ...]):
    """Rows that somebody may read, in order: one object for all who may read the same, until one of them changes."""


def open_rows(sight: Sight, sealed: Sealed) -> OpenedRows:
    """The rows of these that this person may read now, in the order in which they were read."""
    contents = Sealed.contents(sealed)
    if contents.case is None:
        return OpenedRows(values for row, values in contents.rows if _sees_in(sight, row))
    lens = sight.get(contents.case)
    if lens is None:
        return OpenedRows()
    opened: OpenedRows | None = contents.opened.get(lens)
    if opened is None:
        opened = contents.opened[lens] = _opened(contents, lens)
    return opened


def _sees_in(sight: Sight, row: Row) -> bool:
    lens = sight.get(row.case)
    return lens is not None and sees(lens, row)


def _opened(contents: Contents, lens: Lens) -> OpenedRows:
    """Asks the rule once for all lenses of a class whose seats stand alike to the rows above these, and then only
    for the rows that concern this seat itself."""
    standing = tuple((lens.seat == row.author, lens.seat in row.named) for row in contents.above)
    under = {row: sees(lens, row) for row in contents.parents}

    def shown(lens: Lens, row: Row) -> bool:
        return (row.parent is None or under[row.parent]) and sees_but_for_parents(lens, row)

    if (lens.kind, standing) not in contents.opened:
        contents.opened[lens.kind, standing] = bytes(shown(lens.kind, row) for row, _ in contents.rows)
    answers = bytearray(contents.opened[lens.kind, standing])
    for place in contents.touching.get(lens.seat, ()):
        answers[place] = shown(lens, contents.rows[place][0])
    seen = bytes(answers)
    if seen not in contents.opened:
        contents.opened[seen] = OpenedRows(compress((values for _, values in contents.rows), seen))
    opened: OpenedRows = contents.opened[seen]
    return opened
