"""Who reads what takes an item up again, once the item itself is narrowed."""

import random
import re
from typing import Any

import pytest

from agendas.items.models import AgendaItem
from tests.agendas.test_left_over import Left
from tests.agendas.test_versions import Hand, Table
from tests.cast import Stage, said, undone
from workspace.disclosure.models import Mark, Named
from workspace.disclosure.policy import EVERY_ROLE, ROLE_BIT, Role, narrowed_to

CHANCE = re.compile(
    r'(?<=csrfmiddlewaretoken" value=")[^"]+|(?<=-key" value=")[^"]+|(?<=c=)\w+|expires=[^;]+'
)


@pytest.fixture
def left(stage: Stage) -> Left:
    """What was left is for everybody, and was taken up twice: where the case manager is invited, and where not."""
    left = Left(stage)
    old = earlier()
    Mark.objects.filter(pk=old.pk).update(
        audience=EVERY_ROLE, topic="coordination", author=stage.seat("alder", "sup")
    )
    assert left.take_up("p-sup", "quiet").status_code == 303
    assert left.take_up("p-cm").status_code == 303
    return left


def earlier() -> Mark:
    """The mark of the item itself; what takes it up has its title."""
    found: Mark = AgendaItem.unsealed.select_related("mark").get(key="p-parked").mark
    return found


def later() -> dict[str, Mark]:
    """The marks of what took it up, by the key of the meeting."""
    rows = AgendaItem.unsealed.filter(continues__key="p-parked").select_related("mark", "conference")
    return {row.conference.key: row.mark for row in rows}


def marks() -> Any:
    return (
        sorted(Mark.objects.values_list("pk", "topic", "audience", "left_out_because")),
        sorted(Named.objects.values_list("mark", "seat")),
    )


@pytest.mark.parametrize("person", ["p-cm", "p-survivor", "p-sup"])
def test_what_continues_an_item_is_read_by_nobody_who_is_not_to_read_the_item(
    stage: Stage, left: Left, person: str
) -> None:
    table, others = Table(stage), later()
    Named.objects.get_or_create(mark=others["now"], seat=stage.seat("alder", "ther"))
    old = earlier()
    before = {key: table.readers(mark) for key, mark in others.items()}
    assert before["now"] > {"p-cm", "p-survivor", "p-ther"}
    assert (
        Hand(stage, person, left.number)
        .read(audience="roles", roles=["survivor", "case_manager"])
        .status_code
        == 303
    )
    chosen = {each for each, seat in table.seats.items() if seat.role in ("survivor", "case_manager")}
    for key, mark in others.items():
        row, now = table.row(mark), table.readers(mark)
        author = {each for each, seat in table.seats.items() if seat.key == row.author}
        speaks = {each for each, seat in table.seats.items() if seat.role == "interpreter"}
        assert now == before[key] & (chosen | author | speaks), key
        assert now < before[key], key
    assert table.readers(old) <= chosen | {"p-sup"} | speaks
    pages = {
        each: stage.client(each).get(f"/items/{others['now'].public_id}/").status_code for each in table.seats
    }
    assert {each for each, status in pages.items() if status == 200} == table.readers(others["now"])


def test_whoever_narrows_is_told_of_what_they_see_and_of_nothing_else(stage: Stage, left: Left) -> None:
    others, hand = later(), Hand(stage, "p-cm", left.number)
    sentence = "was taken up again"
    assert sentence in hand.get("readers").content.decode()
    Mark.objects.filter(pk=others["now"].pk).update(removed_at=stage.at)
    told = []
    for there in (True, False):
        with undone(hand.browser):
            if not there:
                AgendaItem.unsealed.filter(pk=others["quiet"].pk).update(continues=None)
            done = hand.read(audience="roles", roles=["survivor"], key="k" * 20)
            assert done.status_code == 303
            assert not there or "p-ther" not in Table(stage).readers(others["quiet"])
            pages = [said(page) for page in (hand.get("readers"), done, hand.get("history"))]
            told.append([CHANCE.sub("", page) for page in pages])
    assert sentence not in told[0][0]
    assert told[0] == told[1], "of what they do not see they notice nothing"


def test_nothing_opens_what_continues_an_item(stage: Stage, left: Left) -> None:
    table, author = Table(stage), Hand(stage, "p-sup", left.number)
    assert author.read(audience="roles", roles=["survivor", "case_manager"]).status_code == 303
    before = marks()
    wider = author.read(audience="roles", roles=["survivor", "case_manager", "therapist"])
    assert wider.status_code in (403, 422)
    assert marks() == before
    assert author.read(audience="roles", roles=["survivor", "case_manager"]).status_code == 303
    assert marks() == before
    # Narrowing the later one leaves the earlier as it was.
    old = table.readers(earlier())
    mine = Hand(stage, "p-sup", later()["now"].public_id)
    assert mine.read(audience="me").status_code == 303
    assert table.readers(earlier()) == old


def test_what_is_left_of_two_audiences_is_who_is_in_both() -> None:
    chance, roles = random.Random("both"), dict(enumerate(Role))
    for _ in range(500):
        (one, named), (most, alone) = (
            (chance.randrange(EVERY_ROLE + 1), frozenset(chance.sample(sorted(roles), chance.randrange(5))))
            for _ in range(2)
        )
        audience, seats = narrowed_to(one, named, most=most, alone=alone, roles=roles)
        for seat, role in roles.items():
            bit = ROLE_BIT[role]
            both = (bool(one & bit) or seat in named) and (bool(most & bit) or seat in alone)
            assert (bool(audience & bit) or seat in seats) == both
        assert not audience & ~(one & most)
