"""Looking through several eyes at once: what is seen is what each of them sees, and never more."""

import random
from collections import Counter
from dataclasses import replace
from itertools import permutations, product

import pytest

from tests.cast import Stage
from tests.casting import random_situation
from tests.oracle import allowed
from tests.test_random_cases import Numbers
from workspace.disclosure.lens import open_rows, read_sights
from workspace.disclosure.models import Case, Guarded, Release
from workspace.disclosure.policy import Lens, sees, sees_release
from workspace.disclosure.policy import Release as Facts
from workspace.disclosure.sealed import Contents, Sealed


def lenses(stage: Stage, case: str) -> dict[str, Lens]:
    """The lens of every seat that the oracle lets in, by its key."""
    admitted = {
        seat.key: seat.person
        for seat in stage.oracle.case(case).seats.values()
        if stage.oracle.admitted(case, seat.key, stage.at)
    }
    found = {key: stage.sight(person) for key, person in admitted.items()}
    number = Case.objects.get(key=case).pk
    return {key: sight[number] for key, sight in found.items()}


@pytest.mark.parametrize("case", ["alder", "birch"])
def test_two_see_exactly_what_both_see_in_every_table(stage: Stage, case: str) -> None:
    looking = lenses(stage, case)
    rows = {place: stage.ids[place] for place in stage.oracle.rows(case)}
    theirs = {
        key: {number for place, number in rows.items() if stage.oracle.sees(case, key, place, stage.at)}
        for key in looking
    }
    tables = [table.objects.sealed(mark__case__key=case) for table in Guarded.__subclasses__()]
    seen = Counter[bool]()
    for one, other in product(looking, repeat=2):
        both = replace(looking[one], along=(looking[other],))
        found = {row.public_id for rows in tables for row in open_rows({both.case: both}, rows)}
        assert found == theirs[one] & theirs[other], (one, other)
        seen[found == theirs[one]] += 1
    assert min(seen.values()) > len(looking) // 2


def test_several_see_of_releases_what_each_sees(stage: Stage) -> None:
    looking = lenses(stage, "alder")
    columns = ("case_id", "agency_id", "topics", "starts", "expires", "withdrawn_at")
    places = {stage.ids[f"/cases/0/releases/{n}"]: n for n in range(len(stage.raw("/cases/0/releases")))}
    seen = Counter[bool]()
    for number, *facts in Release.objects.filter(case__key="alder").values_list("public_id", *columns):
        each = {key: stage.oracle.sees_release("alder", key, places[number], stage.at) for key in looking}
        for one, other in product(looking, repeat=2):
            both = replace(looking[one], along=(looking[other],))
            found = sees_release(both, Facts(*facts), stage.at)
            assert found == (each[one] and each[other]), (number, one, other)
            seen[found] += 1
    assert min(seen.values()) > 50


def test_many_eyes_by_class_see_what_the_rule_says_row_by_row(nightly: bool) -> None:
    rng, seen = random.Random("eyes"), Counter[bool]()
    for _ in range(500 if nightly else 25):
        moments = [random_situation(rng) for _ in range(12)]
        numbers = Numbers()
        rows = [numbers.row(facts) for _, _, facts, _ in moments]
        sealed = Sealed(Contents((row, place) for place, row in enumerate(rows) if row.case == rows[0].case))
        for case, _, _, at in moments:
            found = {key: lens for key in case.seats if (lens := numbers.lens(case, key, at))}
            for keys in list(permutations(found, min(3, len(found))))[:12]:
                if not keys:
                    continue
                first, *others = (found[key] for key in keys)
                lens = replace(first, along=tuple(others))
                plain = [
                    place
                    for place, (_, _, facts, _) in enumerate(moments)
                    if rows[place].case == rows[0].case and all(allowed(case, key, facts, at) for key in keys)
                ]
                assert [
                    place for place, row in enumerate(rows) if row.case == rows[0].case and sees(lens, row)
                ] == plain
                assert list(open_rows({lens.case: lens}, sealed)) == plain
                seen[bool(plain)] += 1
    assert min(seen.values()) > 50


def test_all_who_sit_on_a_case_are_known_with_the_lenses_of_those_who_look(stage: Stage) -> None:
    looking = lenses(stage, "alder")
    case = looking["cm"].case
    person = stage.seat("alder", "cm").person_id
    sights = read_sights([person], stage.at)
    assert set(sights.of) == {person}
    assert sights.seated[case] == {lens.seat: lens for lens in looking.values()}
