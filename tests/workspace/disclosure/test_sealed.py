"""A sealed row has nothing to read, and a guarded table gives nothing else."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from pytest_django import DjangoAssertNumQueries

from agendas.goals.models import Barrier, Goal, GoalReading
from agendas.handover.models import Handover, WordsForTheNew
from agendas.history.models import Entry
from agendas.items.models import AgendaItem, EarlierVersion
from agendas.notes.models import Note
from conferences.meetings.models import Conference
from conferences.review.models import Clear
from tests.cast import Stage
from workspace.disclosure.checks import every_table_is_guarded
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Case, Guarded, Mark, Named, Release, Seat
from workspace.disclosure.policy import EVERY_ROLE, Role, Row, Topic
from workspace.disclosure.sealed import Contents, Marks, Sealed, SealedManager

ROOT = Path(__file__).resolve().parents[3]
GUARDED = [model for model in apps.get_models() if issubclass(model, Guarded)]
LEVELS = {"AgendaItem": 1, "Clear": 1, "WordsForTheNew": 1, "Note": 2, "Decision": 2, "EarlierVersion": 2} | {
    "Entry": 1,
    "GoalReading": 1,
}
LIKE_ITS_OWN = ("case_id", "author_id", "origin_id", "topic", "audience", "parent_id")
PUBLIC = sorted(
    name
    for name in dir(models.Manager)
    if not name.startswith("_") and callable(getattr(models.Manager, name)) and name not in dir(object)
)
# How a manager is put on a table; it reads nothing.
OF_THE_CLASS = {"check", "contribute_to_class", "db_manager", "deconstruct", "from_queryset"}


def test_every_table_is_guarded_or_says_why_not() -> None:
    assert len(GUARDED) == 19
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
    sealed = Sealed(Contents([(row, ("a secret",))]))
    assert "secret" not in repr(sealed) + str(sealed) + f"{sealed}"
    for name in ("text", "mark_id", "row", "rows", "contents_of", "__contents", "__dict__"):
        with pytest.raises(AttributeError):
            getattr(sealed, name)
    looks: list[Callable[[Any], Any]] = [len, list, reversed]
    for look in looks:
        with pytest.raises(TypeError):
            look(sealed)


def test_what_is_not_read_along_is_not_there_and_changes_nothing_of_who_reads_the_rest(stage: Stage) -> None:
    less = (("text", None), ("private", None), ("case_public_id", None))
    for person in ("p-cm", "p-mentor"):
        whole = open_rows(stage.sight(person), Seat.objects.sealed(case__key="alder"))
        rows = open_rows(stage.sight(person), Seat.objects.sealed(None, less, case__key="alder"))
        assert [(row.mark_id, row.name, row.row.named) for row in rows] == [
            (row.mark_id, row.name, row.row.named) for row in whole
        ]
        assert all(row.private and row.case_public_id for row in whole)
        assert not any(hasattr(row, name) for row in rows for name in ("private", "case_public_id"))


def test_only_the_lens_breaks_a_seal() -> None:
    own = {"workspace/disclosure/sealed.py", "workspace/disclosure/lens.py"}
    for floor in ("workspace", "conferences", "agendas"):
        for path in (ROOT / floor).rglob("*.py"):
            if str(path.relative_to(ROOT)) not in own:
                text = path.read_text()
                assert "_Sealed__" not in text, path
                assert "Sealed.contents" not in text, path


def test_nothing_but_the_policy_asks_the_rule_by_hand() -> None:
    """`sees` is called where rows are opened and where it is said who else reads something, and of a case file before
    anything of it is there."""
    callers = {
        str(path.relative_to(ROOT))
        for floor in ("workspace", "conferences", "agendas")
        for path in (ROOT / floor).rglob("*.py")
        if re.search(r"\bsees\(", path.read_text())
    }
    assert callers == {
        "workspace/disclosure/policy.py",
        "workspace/disclosure/lens.py",
        "agendas/casefile/meaning.py",
    }


def change_every_note() -> None:
    """Each note has one earlier version, whose mark is like its own."""
    for note in Note.unsealed.select_related("mark"):
        named = list(note.mark.named.values_list("seat", flat=True))
        mark = Mark(**{name: getattr(note.mark, name) for name in LIKE_ITS_OWN})
        mark.save()
        Named.objects.bulk_create([Named(mark=mark, seat_id=seat) for seat in named])
        EarlierVersion.unsealed.create(mark=mark, of=note.mark, edition=1, text="as it was")


def hand_over() -> None:
    """What no case file holds: a seat that is clear to her, a handover, and her words for the new one; what is in the
    way, how a goal is understood, and what became of it."""
    seat = Seat.unsealed.filter(role="case_manager")[0]

    def mark(parent: int | None) -> Mark:
        return Mark.objects.create(
            case=seat.case, topic="coordination", audience=EVERY_ROLE, parent_id=parent
        )

    Clear.unsealed.create(mark=mark(seat.pk), seat=seat, clear=True)
    handover = Handover.unsealed.create(mark=mark(None), person=seat.person, words="soon")
    WordsForTheNew.unsealed.create(mark=mark(handover.pk), handover=handover, text="ask me first")
    Barrier.unsealed.create(mark=mark(None), text="no papers", status="stands")
    goal = Goal.unsealed.filter(mark__case=seat.case)[0]
    GoalReading.unsealed.create(mark=mark(goal.pk), goal=goal, text="so")
    Entry.unsealed.create(mark=mark(goal.pk), of=goal.mark, what="met")


@pytest.mark.parametrize("table", GUARDED)
def test_sealed_rows_are_read_in_one_statement_and_one_for_each_level_above_them(
    stage: Stage, table: type[Guarded], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    change_every_note()
    hand_over()
    levels = LEVELS.get(table.__name__, 0)
    with django_assert_num_queries(1 + levels):
        rows = table.objects.sealed()
    marks = Marks()
    Conference.objects.sealed(marks)
    AgendaItem.objects.sealed(marks)
    Seat.objects.sealed(marks)
    Handover.objects.sealed(marks)
    Goal.objects.sealed(marks)
    cases = set(Case.objects.values_list("pk", flat=True))
    with django_assert_num_queries(1):
        groups = table.objects.sealed_by("mark__case_id", marks)
        in_each = {case: len(Sealed.contents(groups[case]).rows) for case in cases}
    found = table.unsealed.count()
    assert found > 0
    assert sum(in_each.values()) == found
    assert sum(map(bool, in_each.values())) == table.unsealed.values("mark__case").distinct().count()
    sight = stage.sight("p-survivor")
    opened = open_rows(sight, rows)
    assert 0 < len(opened) <= found
    case = next(iter(sight))
    assert [row.public_id for row in open_rows(sight, groups[case])] == [row.public_id for row in opened]
    assert not [*open_rows({}, rows), *open_rows({}, groups[case])]


def test_what_did_not_change_is_the_same_object_and_what_did_is_not(stage: Stage) -> None:
    sight = stage.sight("p-cm")

    def read() -> dict[str, Any]:
        return {
            row.public_id: row for row in open_rows(sight, AgendaItem.objects.sealed(mark__case__in=sight))
        }

    before = read()
    assert read() == before
    number = stage.ids[stage.place("alder", "agenda", "wide")]
    AgendaItem.unsealed.filter(mark__public_id=number).update(title="another title")
    after = read()
    assert {name for name in before if after[name] is not before[name]} == {number}
    assert after[number].title == "another title"


def test_a_right_that_ends_is_not_kept_with_rows_that_stay_as_they_are(stage: Stage) -> None:
    """The rows are the same objects; who may read them is asked with each lens, and a mark that changes is new."""
    case, item = Case.objects.get(key="alder"), stage.ids[stage.place("alder", "agenda", "wide")]

    def seen(person: str) -> bool:
        rows = AgendaItem.objects.sealed_by("mark__case_id", mark__case=case.pk)
        return item in {row.public_id for row in open_rows(stage.sight(person), rows[case.pk])}

    assert seen("p-law")
    assert seen("p-det")
    Release.objects.filter(case=case, agency__key="legal").update(withdrawn_at=stage.at)
    assert not seen("p-law")
    assert seen("p-det")
    Mark.objects.filter(public_id=item).update(audience=0)
    assert not seen("p-det")


def test_a_chain_of_marks_that_leads_back_into_itself_is_hidden(stage: Stage) -> None:
    """Whatever put it there: rows in it are not found, and nothing goes round for ever."""
    case = Case.objects.get(key="alder")
    first, second = AgendaItem.unsealed.filter(mark__case=case)[:2]
    Mark.objects.filter(pk=first.pk).update(parent=second.pk)
    Mark.objects.filter(pk=second.pk).update(parent=first.pk)
    for chosen in ({}, {"pk": first.pk}):
        opened = open_rows(stage.sight("p-cm"), AgendaItem.objects.sealed(mark__case=case.pk, **chosen))
        assert not {row.mark_id for row in opened} & {first.pk, second.pk}


def test_rows_say_what_the_rule_asks(stage: Stage) -> None:
    place = stage.place("alder", "seats", "shelter")
    sealed = Seat.objects.sealed(mark__public_id=stage.ids[place])
    (shelter,) = open_rows(stage.sight("p-survivor"), sealed)
    keys = dict(Seat.unsealed.values_list("mark_id", "key"))
    assert {keys[number] for number in shelter.row.named} == {"cm", "law", "shelter"}
    assert keys[shelter.row.author] == "shelter"
    assert shelter.row.topic is Topic.HOUSING
    assert shelter.role == Role.SHELTER
