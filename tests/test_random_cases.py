"""The policy against the oracle, which was written from the page alone, on thousands of random moments."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest

from tests.casting import random_situation
from tests.oracle import CaseFacts, ReleaseFacts, RowFacts, SeatFacts, allowed, release_allowed
from workspace.disclosure.lens import open_rows
from workspace.disclosure.policy import (
    Lens,
    Release,
    Role,
    Row,
    Seat,
    Topic,
    admit,
    role_bits,
    sees,
    sees_release,
    topic_bits,
)
from workspace.disclosure.sealed import Contents, Sealed


class Numbers:
    """The words of the oracle as the numbers that the policy reads."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], int] = {}

    def __call__(self, kind: str, word: str) -> int:
        return self._given.setdefault((kind, word), len(self._given) + 1)

    def agency(self, word: str | None) -> int | None:
        return None if word is None else self("agency", word)

    def seat(self, case: str, facts: SeatFacts) -> Seat:
        key, number = self("seat", facts.key), self("case", case)
        return Seat(key, number, Role(facts.role), self.agency(facts.agency), facts.starts, facts.until)

    def release(self, case: str, facts: ReleaseFacts) -> Release:
        topics, agency = topic_bits(facts.topics), self("agency", facts.agency)
        return Release(self("case", case), agency, topics, facts.starts, facts.expires, facts.withdrawn_at)

    def row(self, facts: RowFacts) -> Row:
        return Row(
            case=self("case", facts.case),
            author=None if facts.author is None else self("seat", facts.author),
            origin=self.agency(facts.origin),
            topic=Topic(facts.topic),
            audience=role_bits(facts.audience),
            named=frozenset(self("seat", key) for key in facts.named),
            parent=None if facts.parent is None else self.row(facts.parent),
            removed=facts.removed,
            invited_only=facts.conference,
        )

    def lens(self, case: CaseFacts, key: str, at: datetime) -> Lens | None:
        return admit(
            self.seat(case.key, case.seats[key]),
            [self.release(case.key, release) for release in case.releases],
            holding_agency=self("agency", case.holding),
            survivor=self("seat", case.survivor.key),
            at=at,
        )


@pytest.fixture
def size(nightly: bool) -> Callable[[int], int]:
    """How many random cases: a choice, or fifty times as many by night."""
    return lambda usual: usual * 50 if nightly else usual


def test_the_policy_and_the_oracle_agree(size: Callable[[int], int]) -> None:
    rng, seen = random.Random("situations"), Counter[tuple[str, bool]]()
    for number in range(size(6_000)):
        case, viewer, facts, at = random_situation(rng)
        numbers = Numbers()
        lens, row = numbers.lens(case, viewer, at), numbers.row(facts)
        found = lens is not None and sees(lens, row)
        assert found == allowed(case, viewer, facts, at), (number, case, viewer, facts, at)
        seen[facts.topic, found] += 1
        for release in case.releases:
            shown = lens is not None and sees_release(lens, numbers.release(case.key, release), at)
            assert shown == release_allowed(case, viewer, release, at), (number, case, viewer, release, at)
    assert min(seen[topic, found] for topic in Topic for found in (True, False)) > 10


def test_opening_by_class_of_lens_is_opening_row_by_row(size: Callable[[int], int]) -> None:
    """Rows of one case are rows of every random case: all speak of the same seats, agencies and instants."""
    rng, seen = random.Random("classes"), Counter[bool]()
    for _ in range(size(40)):
        moments = [random_situation(rng) for _ in range(15)]
        numbers = Numbers()
        rows = [numbers.row(facts) for _, _, facts, _ in moments]
        pairs = [(row, place) for place, row in enumerate(rows)]
        by_case = [
            Sealed(Contents(pair for pair in pairs if pair[0].case == case))
            for case in {r.case for r in rows}
        ]
        mixed = Sealed(Contents(pairs))
        for case, _, _, at in moments:
            for key in case.seats:
                lens = numbers.lens(case, key, at)
                sight = {} if lens is None else {lens.case: lens}
                plain = [place for place, row in enumerate(rows) if lens is not None and sees(lens, row)]
                assert list(open_rows(sight, mixed)) == plain
                assert sorted(place for sealed in by_case for place in open_rows(sight, sealed)) == plain
                asked = [
                    place for place, (_, _, facts, _) in enumerate(moments) if allowed(case, key, facts, at)
                ]
                assert plain == asked
                seen[bool(plain)] += 1
    assert min(seen.values()) > 100
