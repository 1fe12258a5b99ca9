"""Who is looking, now: read afresh for each request and each push, for any number of people in two
queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from workspace.disclosure import models, policy
from workspace.disclosure.policy import Lens, Row, sees
from workspace.disclosure.sealed import Sealed

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
    versions: Mapping[int, int]
    turns: Mapping[int, datetime]

    @property
    def changes_at(self) -> datetime | None:
        """The next instant at which time alone changes what any of these people may see, or None."""
        return min(self.turns.values(), default=None)


def read_sights(people: Collection[int], at: datetime) -> Sights:
    """The lenses of these people at this instant, in two queries whatever their number."""
    seats, holders, cases = _seats(people, at)
    releases = _releases(cases, at)
    sights: dict[int, dict[int, Lens]] = {person: {} for person in people}
    for seat in seats:
        if holders[seat.id] not in sights:
            continue
        holding, survivor, _ = cases[seat.case]
        concerned = releases.get((seat.case, seat.agency), ())
        lens = policy.admit(seat, concerned, holding_agency=holding, survivor=survivor, at=at)
        if lens is not None:
            sights[holders[seat.id]][seat.case] = lens
    versions = {case: version for case, (_, _, version) in cases.items()}
    return Sights(at, sights, versions, _turns(seats, chain(*releases.values()), at))


def _turns(
    seats: Iterable[policy.Seat], releases: Iterable[policy.Release], at: datetime
) -> dict[int, datetime]:
    instants = [(seat.case, instant) for seat in seats for instant in (seat.starts, seat.until)]
    for release in releases:
        borders = (release.starts, release.expires, release.withdrawn_at)
        instants += [(release.case, instant) for instant in borders]
    turns: dict[int, datetime] = {}
    for case, instant in instants:
        if instant is not None and instant > at:
            turns[case] = min(instant, turns.get(case, instant))
    return turns


def sight_of(person: int, at: datetime) -> Sight:
    """One person's lenses, by case."""
    return read_sights([person], at).of[person]


def again(lens: Lens) -> Sight:
    """What the holder of this lens's seat sees of its case now: nothing once the seat or its release has ended.

    A verb asks this after it has locked the case, so that nothing is written by a right that ended on the way.
    """
    # Unsealed: one's own seat, for the person behind it.
    person = models.Seat.unsealed.values_list("person_id", flat=True).get(pk=lens.seat)
    now = sight_of(person, timezone.now()).get(lens.case)
    return {lens.case: now} if now is not None and now.seat == lens.seat else {}


def _seats(
    people: Collection[int], at: datetime
) -> tuple[list[policy.Seat], dict[int, int], dict[int, tuple[int, int, int]]]:
    # Unsealed: this is where sight begins, so nothing can be opened yet. All seats of their cases: when one
    # begins or ends, others see it.
    survivor = models.Seat.unsealed.filter(case=OuterRef("case"), role=policy.Role.SURVIVOR)
    lasting = models.Seat.unsealed.filter(Q(until=None) | Q(until__gt=at), mark__removed_at=None)
    found = (
        lasting.filter(case__in=lasting.filter(person__in=people).values("case"))
        .annotate(survivor=Subquery(survivor.values("mark_id")[:1]))
        .values_list(
            "mark_id",
            "person_id",
            "case_id",
            "role",
            "agency_id",
            "starts",
            "until",
            "survivor",
            "case__holding_agency_id",
            "case__version",
        )
    )
    seats, holders, cases = [], {}, {}
    for number, person, case, role, agency, starts, until, her, holding, version in found:
        seats.append(policy.Seat(number, case, policy.Role(role), agency, starts, until))
        holders[number] = person
        cases[case] = (holding, her, version)
    return seats, holders, cases


def _releases(cases: Collection[int], at: datetime) -> dict[tuple[int, int | None], list[policy.Release]]:
    found = models.Release.objects.filter(case__in=cases, expires__gt=at)
    groups: dict[tuple[int, int | None], list[policy.Release]] = defaultdict(list)
    for values in found.values_list("case_id", "agency_id", "topics", "starts", "expires", "withdrawn_at"):
        release = policy.Release(*values)
        groups[release.case, release.agency].append(release)
    return groups


class Opener:
    """Opens sealed rows, asking the rule once per class of lens and then only for the rows that concern a
    seat itself."""

    def __init__(self) -> None:
        self._answers: dict[Lens, dict[Row, bool]] = defaultdict(dict)

    def open_rows(self, sight: Sight, sealed: Iterable[Sealed]) -> list[Any]:
        """The rows of these that this person may read now, in the order given."""
        opened = []
        for item in sealed:
            row, values = Sealed.contents(item)
            lens = sight.get(row.case)
            if lens is not None and self._sees(lens, row):
                opened.append(values)
        return opened

    def _sees(self, lens: Lens, row: Row) -> bool:
        if lens.seat in row.touches:
            return sees(lens, row)
        answers = self._answers[lens.kind]
        if row not in answers:
            answers[row] = sees(lens.kind, row)
        return answers[row]
