"""A sealed row has nothing to read, and a guarded table gives nothing else."""

from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from pytest_django import DjangoAssertNumQueries

from tests.cast import Stage
from workspace.disclosure.checks import every_table_is_guarded
from workspace.disclosure.lens import Opener
from workspace.disclosure.models import Guarded, Seat
from workspace.disclosure.policy import Role, Row, Topic
from workspace.disclosure.sealed import Sealed, SealedManager

ROOT = Path(__file__).resolve().parents[3]
GUARDED = [model for model in apps.get_models() if issubclass(model, Guarded)]
PUBLIC = sorted(
    name
    for name in dir(models.Manager)
    if not name.startswith("_") and callable(getattr(models.Manager, name)) and name not in dir(object)
)
# How a manager is put on a table; it reads nothing.
OF_THE_CLASS = {"check", "contribute_to_class", "db_manager", "deconstruct", "from_queryset"}


def test_every_table_is_guarded_or_says_why_not() -> None:
    assert len(GUARDED) == 11
    assert every_table_is_guarded() == []


@pytest.mark.parametrize("table", GUARDED)
def test_a_guarded_table_is_closed_by_default_and_open_by_name_only(table: type[Guarded]) -> None:
    assert isinstance(table._default_manager, SealedManager)
    assert table._default_manager.name == "objects"
    assert table._base_manager.name == "unsealed"


@pytest.mark.parametrize("name", [name for name in PUBLIC if name not in OF_THE_CLASS])
def test_whatever_else_is_tried_on_the_closed_manager_raises(name: str) -> None:
    with pytest.raises(TypeError, match="sealed rows only"):
        getattr(Seat.objects, name)()


def test_a_sealed_row_answers_to_nothing() -> None:
    row = Row(1, None, None, Topic.SAFETY, 0, frozenset())
    sealed = Sealed(row, ("a secret",))
    assert "secret" not in repr(sealed) + str(sealed) + f"{sealed}"
    for name in ("text", "mark_id", "row", "values", "__row", "__dict__"):
        with pytest.raises(AttributeError):
            getattr(sealed, name)


def test_only_the_lens_breaks_a_seal() -> None:
    own = {"workspace/disclosure/sealed.py", "workspace/disclosure/lens.py"}
    for floor in ("workspace", "conferences", "agendas"):
        for path in (ROOT / floor).rglob("*.py"):
            if str(path.relative_to(ROOT)) not in own:
                text = path.read_text()
                assert "_Sealed__" not in text, path
                assert "Sealed.contents" not in text, path


def test_nothing_but_the_policy_asks_the_rule_by_hand() -> None:
    """`sees` is called where rows are opened, and where a note that is not there yet is asked about."""
    callers = {
        str(path.relative_to(ROOT))
        for floor in ("workspace", "conferences", "agendas")
        for path in (ROOT / floor).rglob("*.py")
        if " sees(" in path.read_text().replace("(sees(", " sees(")
    }
    assert callers == {
        "workspace/disclosure/policy.py",
        "workspace/disclosure/lens.py",
        "agendas/notes/changes.py",
    }


@pytest.mark.parametrize("table", GUARDED)
def test_sealed_rows_are_read_with_marks_and_parents_in_one_statement(
    stage: Stage, table: type[Guarded], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        rows = table.objects.sealed()
    assert len(rows) == table.unsealed.count() > 0
    with django_assert_num_queries(1):
        groups = table.objects.sealed_by("mark__case_id")
    assert sum(map(len, groups.values())) == len(rows)
    assert len(groups) == table.unsealed.values("mark__case").distinct().count()
    sight = stage.sight("p-survivor")
    assert 0 < len(Opener().open_rows(sight, rows)) <= len(rows)
    assert Opener().open_rows({}, rows) == []


def test_rows_say_what_the_rule_asks(stage: Stage) -> None:
    place = stage.place("alder", "seats", "shelter")
    sealed = Seat.objects.sealed(mark__public_id=stage.ids[place])
    (shelter,) = Opener().open_rows(stage.sight("p-survivor"), sealed)
    keys = dict(Seat.unsealed.values_list("mark_id", "key"))
    assert {keys[number] for number in shelter.row.named} == {"cm", "law", "shelter"}
    assert keys[shelter.row.author] == "shelter"
    assert shelter.row.topic is Topic.HOUSING
    assert shelter.role == Role.SHELTER
