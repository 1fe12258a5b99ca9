"""The order of the agenda: whatever is moved, parked and taken up again, and by whom, each viewer keeps their items,
numbered without a gap, and notices only what happens to items that they see."""

import random
import re

import pytest

from agendas.items import changes
from agendas.items.changes import Wording
from agendas.items.models import AgendaItem
from conferences.meetings.models import Conference
from conferences.readers.changes import Choice
from tests.cast import Stage
from workspace.disclosure.changes import StaleError
from workspace.disclosure.lens import open_rows, read_sights, sight_of
from workspace.disclosure.policy import EVERY_ROLE, Topic
from workspace.people.changes import find_person
from workspace.people.models import public_id

STEPS = 80


class Viewers:
    """Everybody in the room, and the order in which each has the items."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        room = stage.place("alder", "conferences", "now")
        seats = stage.oracle.case("alder").seats
        self.seats = {
            seat.person: seat.key
            for seat in seats.values()
            if stage.oracle.sees("alder", seat.key, room, stage.at)
        }
        self.people = {person: find_person(person).pk for person in self.seats}
        self.room = stage.ids[room]

    def orders(self) -> dict[str, list[str]]:
        items = AgendaItem.objects.sealed(conference__mark__public_id=self.room)
        sights = read_sights(self.people.values(), self.stage.at).of
        return {
            person: [item.public_id for item in open_rows(sights[number], items)]
            for person, number in self.people.items()
        }

    def numbers_on_the_page(self, person: str) -> list[str]:
        room = self.stage.client(person).get(self.stage.url("alder", "conferences", "now")).content.decode()
        agenda = room.partition('<ol class="agenda">')[2].partition("</ol>")[0]
        return re.findall(r'<li id="row-([^"]+)"', agenda)

    def below(self, person: str, what: str) -> list[str]:
        room = self.stage.client(person).get(self.stage.url("alder", "conferences", "now")).content.decode()
        return re.findall(rf'<li id="{what}-([^"]+)"', room)

    def lead(self, person: str) -> None:
        Conference.unsealed.filter(key="now").update(facilitator=self.stage.seat("alder", self.seats[person]))


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_moves_keeps_each_viewers_items(stage: Stage, seed: int) -> None:
    chance, viewers = random.Random(seed), Viewers(stage)
    after = first = viewers.orders()
    assert len({tuple(order) for order in first.values()}) > 4
    moved = unseen = 0
    for _ in range(STEPS):
        leader = chance.choice([person for person, order in first.items() if len(order) > 2])
        viewers.lead(leader)
        sight, before = sight_of(viewers.people[leader], stage.at), after
        item = chance.choice(before[leader])
        verb = chance.choice(["move", "move", "move", "park", "take_up_again", "mark_done", "make_current"])
        if verb == "move":
            target = chance.choice([*before[leader], ""])
            changes.move(sight, item=item, before=target)
        else:
            getattr(changes, verb)(sight, item=item)
        after = viewers.orders()
        for person, order in after.items():
            assert sorted(order) == sorted(first[person]), "nothing is lost, nothing comes"
            rest = [each for each in order if each != item]
            assert rest == [each for each in before[person] if each != item], "no other item moved"
            if item not in order:
                unseen += 1
                assert order == before[person]
        if verb == "move" and target != item:
            mine = after[leader]
            assert mine[mine.index(item) + 1 :][:1] == ([target] if target else [])
            moved += mine != before[leader]
    assert moved > STEPS / 10
    assert unseen > STEPS
    for person, order in viewers.orders().items():
        assert viewers.numbers_on_the_page(person) == order


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_whatever_is_proposed_refused_and_taken_up_again(stage: Stage, seed: int) -> None:
    """Each viewer's list is that of what they see and was not refused; what was refused or left stands below it."""
    chance, viewers = random.Random(seed), Viewers(stage)
    room, left = (
        stage.ids[stage.place("alder", *place)] for place in (("conferences", "now"), ("agenda", "p-parked"))
    )
    writers = [person for person in viewers.people if "interp" not in viewers.seats[person]]
    done = dict.fromkeys(("propose", "refuse", "continue", "other", "seen by none who leads"), 0)
    Conference.unsealed.filter(mark__public_id=room).update(status="planned")
    for step in range(STEPS // 2):
        leader = chance.choice(["p-cm", "p-survivor", "p-sup", "p-ther"])
        viewers.lead(leader)
        sight, before = sight_of(viewers.people[leader], stage.at), viewers.orders()
        proposals = [item for item in before[leader] if status_of(item) == ("proposed", False)]
        verb = chance.choice(["propose", "propose", "refuse", "continue", "other", "other"])
        if verb == "propose":
            writer = chance.choice(writers)
            everyone = chance.random() < 0.5
            changes.add_item(
                sight_of(viewers.people[writer], stage.at),
                conference=room,
                wording=Wording(f"proposal {step}", None),
                kind="other",
                presenter="",
                choice=Choice(Topic.COORDINATION, EVERY_ROLE if everyone else 0),
                left_out_because="a reason",
                permitted=True,
                key=public_id(),
            )
            new = AgendaItem.unsealed.select_related("mark").latest("mark_id").mark.public_id
            after = viewers.orders()
            assert after[writer] == [*before[writer], new]
            for person in viewers.people:
                assert after[person] in ([*before[person], new], before[person])
                assert (new in after[person]) == (everyone or person == writer)
            done["seen by none who leads"] += not everyone and writer != leader
        elif verb == "refuse" and proposals:
            changes.refuse(sight, item=chance.choice(proposals), reply="next time")
            assert viewers.orders() == before
        elif verb == "continue" and leader in ("p-cm", "p-survivor", "p-sup"):
            changes.continue_item(sight, item=left, conference=room)
        elif verb == "other" and before[leader]:
            item, other = chance.choice(before[leader]), chance.choice([*before[leader], ""])
            if chance.random() < 0.5:
                changes.move(sight, item=item, before=other)
            else:
                chance.choice([changes.park, changes.take_up_again])(sight, item=item)
            assert {person: sorted(order) for person, order in viewers.orders().items()} == {
                person: sorted(order) for person, order in before.items()
            }
        else:
            continue
        done[verb] += 1
    assert all(done.values()), done
    assert AgendaItem.unsealed.filter(continues__mark__public_id=left).count() == 1
    for person, order in viewers.orders().items():
        assert viewers.numbers_on_the_page(person) == [item for item in order if not status_of(item)[1]]
        assert viewers.below(person, "declined") == [item for item in order if status_of(item)[1]]


def status_of(item: str) -> tuple[str, bool]:
    """Where an item stands, and whether it was refused."""
    row = AgendaItem.unsealed.get(mark__public_id=item)
    return row.status, row.declined


def test_two_people_see_the_same_two_items_in_the_same_order(stage: Stage) -> None:
    viewers, chance = Viewers(stage), random.Random(9)
    for _ in range(30):
        leader = chance.choice(["p-cm", "p-survivor", "p-ther"])
        viewers.lead(leader)
        mine = viewers.orders()[leader]
        sight = sight_of(viewers.people[leader], stage.at)
        changes.move(sight, item=chance.choice(mine), before=chance.choice([*mine, ""]))
    orders = viewers.orders()
    for one in orders.values():
        for other in orders.values():
            assert [item for item in one if item in other] == [item for item in other if item in one]


def test_nothing_is_moved_before_what_its_mover_does_not_see(stage: Stage) -> None:
    sight = stage.sight("p-cm")
    gap, secret = (stage.ids[stage.place("alder", "agenda", key)] for key in ("gap", "secret"))
    before = list(AgendaItem.unsealed.values_list("pk", "position"))
    refusals = []
    for target in (secret, public_id()):
        with pytest.raises(StaleError) as refused:
            changes.move(sight, item=gap, before=target)
        refusals.append(str(refused.value.sentence))
    assert refusals[0] == refusals[1]
    assert list(AgendaItem.unsealed.values_list("pk", "position")) == before
