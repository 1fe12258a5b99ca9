"""Who is looking, now: read afresh for each request and each push, for any number of people in two
queries."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, compress
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from workspace.disclosure import lean, models, policy
from workspace.disclosure.policy import Lens, Row, sees, sees_but_for_parents
from workspace.disclosure.sealed import Contents, Keeps, Sealed

# A person's lenses, by case. No lens for a case means: the case does not exist.
Sight = Mapping[int, Lens]


@dataclass(frozen=True)
class Sights:
    """The lenses of several people at one instant.

    `of`: person's number to their lenses. `seated`: case to the lenses of all who sit on it, by seat. `versions`: case
    to its version. `turns`: case to the next instant at which anybody's seat on it or a release begins or ends; where
    there is none, time changes nothing.
    """

    at: datetime
    of: Mapping[int, Sight]
    seated: Mapping[int, Mapping[int, Lens]]
    turns: Mapping[int, datetime]
    versions: Mapping[int, int]

    @property
    def changes_at(self) -> datetime | None:
        """The next instant at which time alone changes what any of these people may see, or None."""
        return min(self.turns.values(), default=None)


def read_sights(people: Collection[int], at: datetime) -> Sights:
    """The lenses of these people at this instant, and when they change, in two queries whatever their number."""
    return _sights(_seats_of_cases, _releases_to_cases, at, frozenset(people), people=people)


def sight_of(person: int, at: datetime) -> Sight:
    """One person's lenses, by case."""
    return _sights(_seats_of_person, _releases_for_person, at, frozenset([person]), person=person).of[person]


def lenses_of(seats: Collection[int], at: datetime) -> Mapping[int, Mapping[int, Lens]]:
    """The lenses of these seats alone, by case and seat, in two queries; in none where there is none of them."""
    if not seats:
        return {}
    return _sights(_seats, _releases_for_seats, at, None, numbers=sorted(seats)).seated


def again(lens: Lens) -> Sight:
    """What the holder of this lens's seat sees of its case now: nothing once the seat or its release has ended.

    A verb asks this after it has locked the case, so that nothing is written by a right that ended on the way.
    """
    found = _sights(_seat, _releases_for_seat, timezone.now(), None, seat=lens.seat)
    return next(iter(found.of.values()), {})


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
    return _lasting(at).filter(case__in=_cases(at, person__in=people))


def _seats_of_person(person: int, at: datetime) -> QuerySet[Any]:
    return _lasting(at).filter(person=person)


def _seat(seat: int, at: datetime) -> QuerySet[Any]:
    return _lasting(at).filter(mark=seat)


def _seats(numbers: Collection[int], at: datetime) -> QuerySet[Any]:
    return _lasting(at).filter(mark__in=numbers)


def _cases(at: datetime, **whose: Any) -> QuerySet[Any]:
    # Unsealed: as above.
    return models.Seat.unsealed.filter(Q(until=None) | Q(until__gt=at), **whose).values("case")


def _releases(at: datetime, **whose: Any) -> QuerySet[Any]:
    found = models.Release.objects.filter(case__in=_cases(at, **whose), expires__gt=at)
    return found.values_list("case_id", "agency_id", "topics", "starts", "expires", "withdrawn_at")


def _releases_to_cases(people: Collection[int], at: datetime) -> QuerySet[Any]:
    return _releases(at, person__in=people)


def _releases_for_person(person: int, at: datetime) -> QuerySet[Any]:
    return _releases(at, person=person)


def _releases_for_seat(seat: int, at: datetime) -> QuerySet[Any]:
    return _releases(at, pk=seat)


def _releases_for_seats(numbers: Collection[int], at: datetime) -> QuerySet[Any]:
    return _releases(at, pk__in=numbers)


def _sights(
    seats: lean.Build, releases: lean.Build, at: datetime, of: frozenset[int] | None, **which: Any
) -> Sights:
    """What these seats and the releases on their cases give these people, or everybody when none are named."""
    both = lean.ask(seats, **which, at=at), lean.ask(releases, **which, at=at)
    held, given = both[0](), tuple(both[1]())
    versions = {values[1]: values[-1] for values in held}
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
) -> tuple[Mapping[int, Sight], Mapping[int, Mapping[int, Lens]], Mapping[int, datetime]]:
    """Lenses, and when they change next, from the border on that was passed last: the same as long as nothing else
    is read."""
    at = since or datetime.min.replace(tzinfo=UTC)
    releases: dict[tuple[int, int | None], list[policy.Release]] = defaultdict(list)
    turns: dict[int, datetime] = {}
    for values in given:
        releases[values[:2]].append(policy.Release(*values))
    sights: dict[int, dict[int, Lens]] = {person: {} for person in people or ()}
    seated: dict[int, dict[int, Lens]] = defaultdict(dict)
    for number, case, role, agency, starts, until, person, holding, survivor in held:
        seat = policy.Seat(number, case, policy.Role(role), agency, starts, until)
        lens = policy.admit(
            seat, releases.get((case, agency), ()), holding_agency=holding, survivor=survivor, at=at
        )
        if lens is None:
            continue
        seated[case][number] = lens
        if people is None or person in people:
            sights.setdefault(person, {})[case] = lens
    for case, *instants in chain((v[1:2] + v[4:6] for v in held), (v[:1] + v[3:] for v in given)):
        for instant in instants:
            if instant is not None and instant > at:
                turns[case] = min(instant, turns.get(case, instant))
    return sights, dict(seated), turns


class OpenedRows(Keeps, tuple[Any, ...]):
    """Rows that somebody may read, in order: one object for all who may read the same, until one of them changes.

    Compared by identity: as a key, five hundred seats would be gone through for each of five hundred people.
    """

    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__


NO_ROWS = OpenedRows()


def open_rows(sight: Sight, sealed: Sealed) -> OpenedRows:
    """The rows of these that this person may read now, in the order in which they were read."""
    contents = Sealed.contents(sealed)
    if contents.case is None:
        several = [values for row, values in contents.rows if _sees_in(sight, row)]
        return OpenedRows(several) if several else NO_ROWS
    lens = sight.get(contents.case)
    return NO_ROWS if lens is None else contents.once(_opened, lens)


def seats_that_see(row: Row, lenses: Iterable[Lens]) -> list[int]:
    """Whose seats see such a row, of those who look through these lenses: who else reads what somebody has opened, or
    would read what is not there yet."""
    return [lens.seat for lens in lenses if sees(lens, row)]


def shows(lens: Lens, row: Row) -> bool:
    """Whether whoever looks through this lens sees a row that was not opened by itself: one that was read tied to
    another, with all that the rule asks of it, or one as it would be."""
    return sees(lens, row)


def _sees_in(sight: Sight, row: Row) -> bool:
    lens = sight.get(row.case)
    return lens is not None and sees(lens, row)


def _opened(contents: Contents, lens: Lens) -> OpenedRows:
    """Asks the rule once for all lenses of a class that see the same of what these rows hang under, and then only for
    the rows that concern a seat that looks itself."""
    under = tuple(sees(lens, parent) for parent in contents.parents)
    answers = bytearray(contents.once(_answers, lens.kind, under))
    for seat in lens.seats:
        for place in contents.touching.get(seat, ()):
            answers[place] = _shown(contents, place, lens, under)
    return contents.once(_rows_of, bytes(answers))


def _answers(contents: Contents, kind: Lens, under: tuple[bool, ...]) -> bytes:
    return bytes(_shown(contents, place, kind, under) for place in range(len(contents.rows)))


def _shown(contents: Contents, place: int, lens: Lens, under: tuple[bool, ...]) -> bool:
    row, _ = contents.rows[place]
    return (row.parent is None or under[contents.parents[row.parent]]) and sees_but_for_parents(lens, row)


def _rows_of(contents: Contents, answers: bytes) -> OpenedRows:
    return OpenedRows(compress((values for _, values in contents.rows), answers)) if any(answers) else NO_ROWS
