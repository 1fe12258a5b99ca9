"""The lean reading finds what Django finds, with other values in a statement that was worked out once."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries

from tests.cast import Stage
from workspace.disclosure import lean
from workspace.disclosure.models import Case, Mark, Release, Seat


def marks(ids: Collection[str]) -> QuerySet[Any]:
    return (
        Mark.objects.filter(public_id__in=ids).order_by("pk").values_list("pk", "created_at", "invited_only")
    )


def releases(cases: Collection[int], at: datetime) -> QuerySet[Any]:
    found = Release.objects.filter(case__in=cases, expires__gt=at, starts__lte=at).order_by("pk")
    return found.values_list("public_id", "starts", "withdrawn_at")


def seats_of_case(case: int, after: int) -> QuerySet[Any]:
    inner = Seat.unsealed.filter(case=case, pk__gt=after).values("pk")
    return (
        Seat.unsealed.filter(pk__in=inner, role__gt="a").order_by("pk").values_list("key", "primary", "until")
    )


def forgetful(case: int, after: int) -> QuerySet[Any]:
    return Seat.unsealed.filter(case=case).values_list("key")


def test_it_finds_what_django_finds(stage: Stage) -> None:
    ids = list(Mark.objects.order_by("pk").values_list("public_id", flat=True)[:9])
    for count in range(1, 10):
        assert lean.read(marks, ids=ids[:count]) == list(marks(ids[:count]))
    cases = list(Case.objects.values_list("pk", flat=True))
    lengths = set()
    for days in range(-40, 41, 5):
        at = stage.at + timedelta(days=days)
        for chosen in (cases, set(cases[:1]), frozenset(cases[1:])):
            found = lean.read(releases, cases=chosen, at=at)
            assert found == list(releases(chosen, at))
            lengths.add(len(found))
    assert len(lengths) > 3
    for case in cases:
        every = lean.read(seats_of_case, case=case, after=0)
        assert every == list(seats_of_case(case, 0)) != []
        assert all(isinstance(primary, bool) for _, primary, _ in every)
        assert lean.read(seats_of_case, case=case, after=10_000_000) == []


def test_nothing_asked_for_is_nothing_found_and_no_statement(
    stage: Stage, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert lean.read(marks, ids=[]) == []
        assert lean.read(releases, cases=frozenset(), at=stage.at) == []


def test_what_is_asked_for_twice_is_found_once(stage: Stage) -> None:
    (one,) = Mark.objects.values_list("public_id", flat=True)[:1]
    assert len(lean.read(marks, ids=[one] * 5)) == 1


def test_the_statement_is_worked_out_once_for_values_of_one_shape(stage: Stage) -> None:
    worked_out = []

    def build(ids: Collection[str]) -> QuerySet[Any]:
        worked_out.append(len(ids))
        return marks(ids)

    ids = list(Mark.objects.values_list("public_id", flat=True)[:8])
    for count in (5, 6, 7, 8):
        assert len(lean.read(build, ids=ids[:count])) == count
    assert len(worked_out) == 1


def test_a_value_that_is_not_used_is_a_fault_and_not_a_wider_answer(stage: Stage) -> None:
    with pytest.raises(TypeError, match="does not filter by all"):
        lean.read(forgetful, case=1, after=2)


@pytest.mark.parametrize("value", [None, 1.5, b"bytes", Case()])
def test_a_value_it_cannot_stand_in_for_is_a_fault(stage: Stage, value: Any) -> None:
    with pytest.raises(TypeError):
        lean.read(seats_of_case, case=value, after=0)


def test_several_are_on_their_way_at_once_and_each_gets_its_own_answer(stage: Stage) -> None:
    ids = list(Mark.objects.order_by("pk").values_list("public_id", flat=True)[:3])
    cases = list(Case.objects.values_list("pk", flat=True))
    with lean.pipeline():
        one, two = lean.ask(marks, ids=ids[:1]), lean.ask(marks, ids=ids[1:])
        every, nobody = lean.ask(seats_of_case, case=cases[0], after=0), lean.ask(marks, ids=[])
        assert every() == list(seats_of_case(cases[0], 0)) != []
        assert [*two(), *one(), *nobody()] == [*marks(ids[1:]), *marks(ids[:1])]
