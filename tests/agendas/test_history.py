"""What became of something: it keeps the readers that the thing had when it happened."""

from typing import Any

import pytest

from agendas.actions.models import ActionItem
from agendas.history.changes import happened
from agendas.history.models import Entry, What
from agendas.history.panels import by_what, history
from conferences.roles.panels import Team
from tests.cast import Stage
from tests.test_surfaces import Eyes
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Mark, Named, Seat
from workspace.disclosure.policy import EVERY_ROLE, role_bits
from workspace.disclosure.sealed import Sealed

CASE = "/cases/0"


def place(stage: Stage, number: int) -> str:
    return f"{CASE}/actions/{number}"


def opened(stage: Stage, person: str, number: int) -> Any:
    """This action item, as this person opens it."""
    found: Sealed = ActionItem.objects.sealed(mark__public_id=stage.ids[place(stage, number)])
    (row,) = open_rows(stage.sight(person), found)
    return row


def write(stage: Stage, number: int, text: str) -> Entry:
    """Keep something of an action item, as the first who sees it."""
    person = next(person for person in stage.people if Eyes(stage, person).sees(place(stage, number)))
    lens = stage.sight(person)[stage.row(place(stage, number)).mark.case_id]
    return happened(lens, opened(stage, person, number), What.COMMENT, text=text)


def reads(stage: Stage, entry: Entry) -> set[str]:
    sealed = Entry.objects.sealed(mark=entry.pk)
    return {person for person in stage.people if open_rows(stage.sight(person), sealed)}


def numbers(stage: Stage) -> range:
    return range(len(stage.casefile["cases"][0]["actions"]))


def test_whoever_sees_the_thing_reads_what_became_of_it_and_nobody_else(stage: Stage) -> None:
    sets = []
    for number in numbers(stage):
        allowed = {person for person in stage.people if Eyes(stage, person).sees(place(stage, number))}
        assert reads(stage, write(stage, number, "so")) == allowed, number
        sets.append(frozenset(allowed))
    assert len(set(sets)) > 3
    assert all(sets)


def test_who_may_read_less_of_the_thing_reads_less_of_its_past_and_who_comes_later_reads_none(
    stage: Stage,
) -> None:
    row = stage.row(place(stage, 0))
    entry = write(stage, 0, "so")
    before = reads(stage, entry)
    survivor = role_bits(["survivor"])
    Mark.objects.filter(pk=row.mark_id).update(audience=survivor)
    Named.objects.filter(mark=row.mark_id).delete()
    after = reads(stage, entry)
    assert after < before
    Mark.objects.filter(pk=row.mark_id).update(audience=EVERY_ROLE, topic="coordination")
    wide = {person for person in stage.people if open_rows(stage.sight(person), sealed(row))}
    assert reads(stage, entry) == before < wide


def sealed(row: ActionItem) -> Sealed:
    found: Sealed = ActionItem.objects.sealed(mark=row.mark_id)
    return found


def test_what_time_did_is_nobodys_and_has_the_same_readers(stage: Stage) -> None:
    said = write(stage, 0, "so")
    person = min(reads(stage, said))
    rose = happened(None, opened(stage, person, 0), What.ROSE, seat=stage.seat("alder", "cm").pk)
    assert (rose.mark.author_id, rose.mark.origin_id) == (None, stage.row(place(stage, 0)).mark.origin_id)
    assert reads(stage, rose) <= reads(stage, said)
    assert reads(stage, rose)


@pytest.mark.parametrize(("person", "name"), [("p-cm", True), ("p-mentor", False)])
def test_whom_it_went_to_is_named_to_those_who_see_that_seat(stage: Stage, person: str, name: bool) -> None:
    hidden = stage.seat("alder", "det2")
    row = stage.row(place(stage, 0))
    Mark.objects.filter(pk=row.mark_id).update(audience=EVERY_ROLE, topic="coordination")
    lens = stage.sight("p-cm")[row.mark.case_id]
    happened(lens, opened(stage, "p-cm", 0), What.ASKED, seat=hidden.pk)
    sight = stage.sight(person)
    rows = by_what(open_rows(sight, Entry.objects.sealed(of=row.mark_id)))
    team = Team.of(open_rows(sight, Seat.objects.sealed(case=row.mark.case_id)))
    (told,) = history(rows[row.mark_id], team)
    assert (told.to.names, told.to.team) == (((hidden.person.name,), False) if name else ((), True))
