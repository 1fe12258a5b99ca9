"""Who is looking, now: read for any number of people in two queries, with the next instant at which it changes."""

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.cast import TICK, Stage
from tests.oracle import instant
from workspace.disclosure.lens import read_sights, sight_of
from workspace.disclosure.models import Case, Mark
from workspace.people.models import Person


def test_lenses_are_those_of_the_oracle(stage: Stage) -> None:
    sights = read_sights(set(Person.objects.values_list("pk", flat=True)), stage.at)
    cases = dict(Case.objects.values_list("pk", "key"))
    count = 0
    for person in Person.objects.all():
        held = stage.oracle.seats_of(person.key, stage.at)
        admitted = {case: seat for case, seat in held if stage.oracle.admitted(case, seat, stage.at)}
        sight = {cases[case]: lens for case, lens in sights.of[person.pk].items()}
        assert sight.keys() == admitted.keys(), person.key
        for case, lens in sight.items():
            facts = stage.oracle.case(case)
            seat = facts.seats[admitted[case]]
            assert lens.seat == stage.seat(case, seat.key).pk
            assert (lens.role, lens.holding) == (seat.role, seat.agency == facts.holding)
            assert lens.survivor == stage.seat(case, facts.survivor.key).pk
            count += 1
    assert count > 20


@pytest.mark.parametrize("several", [True, False])
def test_two_queries_for_any_number_of_people(
    stage: Stage, several: bool, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    found = Person.objects.all() if several else Person.objects.filter(key="p-cm")
    people = set(found.values_list("pk", flat=True))
    with django_assert_num_queries(2):
        sights = read_sights(people, stage.at)
    assert sights.of.keys() == people


def test_nobody_has_a_lens_without_a_seat(stage: Stage) -> None:
    assert not stage.sight("p-nowhere")
    assert not stage.sight("p-no-agency")
    assert not sight_of(0, stage.at)


def test_a_seat_that_was_removed_gives_no_lens(stage: Stage) -> None:
    assert stage.sight("p-mentor")
    Mark.objects.filter(pk=stage.seat("alder", "mentor").pk).update(removed_at=stage.at)
    assert not stage.sight("p-mentor")


def test_the_next_instant_of_change_is_the_next_border_on_one_of_their_cases(stage: Stage) -> None:
    person, case = Person.objects.get(key="p-pros"), Case.objects.get(key="alder")
    borders = [
        instant(seat[name])
        for seat in stage.raw("/cases/0/seats")
        for name in ("from", "until")
        if seat[name]
    ]
    for release in stage.raw("/cases/0/releases"):
        names = ("starts", "expires", "withdrawn_at")
        borders += [instant(release[name]) for name in names if release[name]]
    at = min(borders) - TICK
    for border in sorted(set(borders)):
        for before in (at, border - TICK):
            assert read_sights([person.pk], before).turns[case.pk] == border
        at = border
    assert case.pk not in read_sights([person.pk], at).turns
    assert read_sights([Person.objects.get(key="p-nowhere").pk], stage.at).changes_at is None


def test_a_lens_without_its_seat_is_its_class(stage: Stage) -> None:
    detectives = [next(iter(stage.sight(person).values())) for person in ("p-det", "p-det2")]
    assert detectives[0] != detectives[1]
    assert detectives[0].kind == detectives[1].kind
    assert len({lens.kind for lens in detectives}) == 1
