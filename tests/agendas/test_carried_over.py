"""What has not ended opens the next meeting's who does what by when, in each one's own view, and what the survivor
offered is never said to be late or carried. In her own page she reads in plain words who does what for her."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from agendas.actions.models import ActionItem, ActionStatus
from agendas.items.models import AgendaItem
from conferences.meetings.models import Conference
from tests.agendas.test_actions import Maker
from tests.agendas.test_notes import Authors
from tests.cast import Clock, Stage
from tests.live_pass import connect, passed
from workspace.disclosure.models import Mark, Named

HARBOR = Path(__file__).resolve().parents[2] / "agendas" / "casefile" / "harbor.json"
CARRIED = re.compile(r'<li id="carried-([^"]+)"')
LATE = ("was to be done by", "carried over", "era para el", "pasó a otra reunión")


def part(page: str, start: str, end: str = "</section>") -> str:
    """What stands on a page from the element of this id on."""
    return unescape(page).partition(f'id="{start}"')[2].partition(end)[0]


def row(page: str, action: Any, what: str = "action") -> str:
    return part(page, f"{what}-{action.mark.public_id}", "</li>")


def still_open(stage: Stage, case: str) -> list[str]:
    """The places of the action items of the case that have not ended. What she did not go on with waits for nobody."""
    return [
        place
        for place in stage.oracle.rows(case)
        if place.split("/")[-2] == "actions"
        and stage.raw(place)["status"] in ("offered", "accepted", "declined")
        and (stage.raw(place)["status"], stage.raw(place)["owner"]) != ("declined", "sv")
    ]


@pytest.fixture
def harbor(db: None, clock: Clock) -> Stage:
    return Stage(json.loads(HARBOR.read_text()), clock)


def test_what_october_left_open_is_on_november_s_agenda_in_each_one_s_own_view(harbor: Stage) -> None:
    """The demonstration as it comes: nobody has done anything."""
    november = harbor.place("juniper", "conferences", "november")
    item = harbor.place("juniper", "agenda", "actions-item")
    made_here = {raw["key"] for raw in harbor.raw(november)["agenda"]}
    different, left = set(), set()
    for seat in harbor.oracle.case("juniper").seats.values():
        page = harbor.client(seat.person).get(f"/items/{harbor.ids[item]}/").content.decode()
        sees = {
            place
            for place in (item, harbor.place("juniper", "agenda", "p-course"), *still_open(harbor, "juniper"))
            if harbor.oracle.admitted("juniper", seat.key, harbor.at)
            and harbor.oracle.sees("juniper", seat.key, place, harbor.at)
        }
        if item not in sees:
            assert not page.count("carried-")
            continue
        wanted = {
            harbor.ids[place]
            for place in sees & {*still_open(harbor, "juniper")}
            if harbor.raw(place)["from_item"] not in made_here
        }
        found = CARRIED.findall(part(page, "item"))
        assert set(found) == wanted, seat.key
        assert len(found) == len(wanted)
        # What the meeting of October did not finish stands there by itself as well.
        course = harbor.place("juniper", "agenda", "p-course")
        assert (f'id="left-{harbor.ids[course]}"' in page) == (course in sees)
        october = harbor.place("juniper", "conferences", "october")
        there = harbor.oracle.sees("juniper", seat.key, october, harbor.at)
        hers = harbor.ids[harbor.place("juniper", "actions", "visit")]
        for number in found:
            line = part(page, f"carried-{number}", "</li>")
            told = "carried over once" in line or "pasó a otra reunión una vez" in line
            assert told == (there and number != hers), (seat.key, line)
        different.add(tuple(found))
        left.add(course in sees)
    assert len(different) > 3
    assert left == {True, False}


class Carrying:
    """The meeting that is on, with an item for who does what by when, and what was there before it."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.item = stage, stage.url("alder", "agenda", "wide")
        AgendaItem.unsealed.filter(key="wide").update(kind="actions")
        self.now = Conference.unsealed.get(key="now", mark__case__key="alder")
        self.authors = Authors(stage)

    def item_page(self, person: str) -> str:
        return str(self.stage.client(person).get(self.item).content.decode())

    def listed(self, person: str) -> list[str]:
        return CARRIED.findall(part(self.item_page(person), "item"))


@pytest.fixture
def carrying(stage: Stage) -> Carrying:
    return Carrying(stage)


def made(carrying: Carrying, owner: str, audience: str = "everyone", **given: Any) -> Any:
    """An action item that the case manager wrote down before the meeting, or she herself."""
    person = "p-survivor" if owner == "sv" else "p-cm"
    maker = Maker(carrying.stage, person, "/cases/{}/actions/".format(carrying.stage.ids["/cases/0"]))
    assert maker.make(owner, audience=audience, **given).status_code == 303
    return ActionItem.unsealed.select_related("mark").latest("mark_id")


def test_everybody_finds_what_they_see_of_what_has_not_ended_the_oldest_first_and_nothing_else(
    carrying: Carrying,
) -> None:
    stage, here = carrying.stage, {raw["key"] for raw in _items(carrying.stage)}
    several = 0
    for key, seat in carrying.authors.seats.items():
        wanted = [
            stage.ids[place]
            for place in still_open(stage, "alder")
            if stage.oracle.sees("alder", key, place, stage.at)
            and not (
                stage.raw(place)["from_item"] in here
                and stage.oracle.sees(
                    "alder", key, stage.place("alder", "agenda", stage.raw(place)["from_item"]), stage.at
                )
            )
        ]
        order = dict(ActionItem.unsealed.values_list("mark__public_id", "mark_id"))
        assert carrying.listed(seat.person) == sorted(wanted, key=order.__getitem__), key
        several += len(wanted) > 1
    assert several > 2


def _items(stage: Stage) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = stage.raw(stage.place("alder", "conferences", "now"))["agenda"]
    return items


def test_what_is_made_in_the_meeting_is_not_from_before_nor_is_what_has_ended(carrying: Carrying) -> None:
    before, other = made(carrying, "cm"), made(carrying, "ther", audience="care")
    maker = Maker(carrying.stage, "p-cm", f"{carrying.item}actions/")
    assert maker.make("cm", audience="everyone").status_code == 303
    here = ActionItem.unsealed.select_related("mark").latest("mark_id")
    assert before.mark.public_id in carrying.listed("p-cm")
    assert here.mark.public_id not in carrying.listed("p-cm")
    for status in ActionStatus:
        ActionItem.unsealed.filter(pk=other.pk).update(status=status)
        ended = status in ("done", "not_done", "no_longer_possible")
        assert (other.mark.public_id in carrying.listed("p-cm")) != ended, status
    # Once the meeting has been opened, what is written down later is no older than it, wherever it was made.
    Conference.unsealed.filter(pk=carrying.now.pk).update(opened_at=carrying.stage.at - timedelta(hours=1))
    assert before.mark.public_id not in carrying.listed("p-cm")


def held(carrying: Carrying, *invited: str, after: timedelta) -> Conference:
    """Another meeting of the case, closed so long after now, with these seats invited."""
    now, at = carrying.now, carrying.stage.at + after
    mark = Mark.objects.get(pk=now.pk)
    mark.pk, mark.public_id = None, f"meeting{int(after.total_seconds()):013}"
    mark.save(force_insert=True)
    Named.objects.bulk_create([Named(mark=mark, seat=carrying.stage.seat("alder", seat)) for seat in invited])
    other: Conference = Conference.unsealed.get(pk=now.pk)
    other.pk, other.key, other.status = mark.pk, f"held-{mark.pk}", "closed"
    other.starts, other.closed_at = at - timedelta(hours=1), at
    other.save(force_insert=True)
    return other


def test_how_often_it_was_carried_is_counted_from_the_meetings_one_sees(carrying: Carrying) -> None:
    Conference.unsealed.filter(key="past").update(closed_at=carrying.stage.at - timedelta(days=31))
    action = made(carrying, "cm")
    told = {}
    everybody, few = ("cm", "sup", "det", "sv", "ther"), ("cm", "sup", "sv")
    held(carrying, *everybody, after=timedelta(hours=2))
    held(carrying, *few, after=timedelta(hours=3))
    # One that was over before it was made, and one that was called off, carried nothing.
    held(carrying, *everybody, after=-timedelta(hours=2))
    off = held(carrying, *everybody, after=timedelta(hours=4))
    Conference.unsealed.filter(pk=off.pk).update(
        cancelled_at=carrying.stage.at, closed_at=None, opened_at=None
    )
    for person in ("p-cm", "p-sup", "p-det", "p-ther"):
        line = row(carrying.item_page(person), action, "carried")
        told[person] = re.findall(
            r"carried over (once|\d+ times)|pasó a otra reunión (una vez|\d+ veces)", line
        )
    counts = {person: "".join(found[0]).split()[0] if found else "" for person, found in told.items()}
    assert counts["p-cm"] == counts["p-sup"] == "2"
    assert counts["p-det"] in ("once", "una")
    assert counts["p-ther"] in ("once", "una")
    undone = carrying.stage.client("p-cm").get(
        f"{carrying.stage.url('alder', 'conferences', 'now')}preparation/"
    )
    assert "carried over 2 times" in row(undone.content.decode(), action)
    closing = carrying.stage.client("p-cm").get(
        f"{carrying.stage.url('alder', 'conferences', 'now')}closing/"
    )
    assert "carried over 2 times" in row(closing.content.decode(), action, "carried")


def test_hers_is_listed_without_a_word_of_late_or_carried_to_anybody(carrying: Carrying) -> None:
    hers = made(carrying, "sv")
    held(carrying, *carrying.authors.seats, after=timedelta(hours=2))
    ActionItem.unsealed.filter(pk=hers.pk).update(due=carrying.stage.at.date() - timedelta(days=9))
    room = carrying.stage.url("alder", "conferences", "now")
    case = "/cases/{}/".format(carrying.stage.ids["/cases/0"])
    listed = 0
    for key, seat in carrying.authors.seats.items():
        browser = carrying.stage.client(seat.person)
        for address, what in (
            (carrying.item, "carried"),
            (carrying.item, "action"),
            (f"{room}preparation/", "action"),
            (f"{room}closing/", "carried"),
            (case, "action"),
            ("/", "action"),
        ):
            line = row(browser.get(address).content.decode(), hers, what)
            assert not [word for word in LATE if word in line], (key, address)
            listed += bool(line)
    assert listed > 3 * len(carrying.authors.seats)
    ActionItem.unsealed.filter(pk=hers.pk).update(status="not_done")
    for person in ("p-survivor", "p-cm", "p-det"):
        line = row(carrying.stage.client(person).get(case).content.decode(), hers)
        assert line
        assert "not done" not in line
        assert "no se hizo" not in line.lower()


def test_a_day_that_is_over_is_said_in_calm_words_and_by_time_alone(
    carrying: Carrying, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    action = made(carrying, "cm", due=timezone.localdate().isoformat())
    case = "/cases/{}/".format(carrying.stage.ids["/cases/0"])
    assert "was to be done by" not in row(carrying.item_page("p-cm"), action, "carried")
    room, look = (
        carrying.stage.ids[carrying.stage.place("alder", "conferences", "now")],
        carrying.item.split("/")[2],
    )
    session = carrying.stage.client("p-cm").cookies["s"].value
    socket = connect("room", session, id=room, look=look)
    frames, _ = passed([socket])
    assert "was to be done by" not in row(frames[socket], action, "carried")
    ActionItem.unsealed.filter(pk=action.pk).update(due=timezone.localdate() - timedelta(days=1))
    for page, what in ((carrying.item, "carried"), (carrying.item, "action"), (case, "action")):
        line = row(carrying.stage.client("p-cm").get(page).content.decode(), action, what)
        assert "was to be done by" in line, page
    ActionItem.unsealed.filter(pk=action.pk).update(status="done")
    assert "was to be done by" not in carrying.stage.client("p-cm").get(case).content.decode()


def test_a_closed_meeting_s_actions_stand_in_the_plan_and_open_the_next_one(carrying: Carrying) -> None:
    maker = Maker(carrying.stage, "p-cm", f"{carrying.item}actions/")
    assert maker.make("ther", audience="care").status_code == 303
    action = ActionItem.unsealed.select_related("mark").latest("mark_id")
    Conference.unsealed.filter(pk=carrying.now.pk).update(status="closed", closed_at=carrying.stage.at)
    case = "/cases/{}/".format(carrying.stage.ids["/cases/0"])
    reading = 0
    for key, seat in carrying.authors.seats.items():
        page = carrying.stage.client(seat.person).get(case).content.decode()
        facts = carrying.authors.row("cm", "coordination", "care", set(), set())
        reads = carrying.authors.reads(key, replace(facts, named=frozenset({"ther"}), parent=None))
        assert bool(row(page, action)) == reads, key
        assert carrying.listed(seat.person) == [], "it has gone on to the next"
        reading += reads
    assert 3 < reading < len(carrying.authors.seats)


# In plain words, for her


def test_she_reads_in_plain_words_who_does_what_for_her_by_when_and_nobody_else_does(
    carrying: Carrying,
) -> None:
    case = "/cases/{}/".format(carrying.stage.ids["/cases/0"])
    names = {key: carrying.stage.seat("alder", key).person.name for key in ("cm", "ther")}
    by = timezone.localdate() + timedelta(days=4)
    mine = made(carrying, "cm", due=by.isoformat())
    later = made(carrying, "cm", by_next="on")
    asked = made(carrying, "ther", audience="care")
    hidden = made(carrying, "ther", audience="clinicians")
    offered = made(carrying, "sv")
    browser = carrying.stage.client("p-survivor")
    browser.post("/language/", {"language": "en"})
    hers = part(browser.get("/").content.decode(), "hers", 'id="newcomers"')
    plan = browser.get(case).content.decode()
    day = f'<time datetime="{by:%Y-%m-%d}">{by:%A}, '
    said = {
        mine: f"<bdi>{names['cm']}</bdi> does this for you by {day}",
        later: f"<bdi>{names['cm']}</bdi> does this for you by the next meeting:",
        asked: f"<bdi>{names['ther']}</bdi> was asked to do this for you, and has not answered yet:",
    }
    for action, sentence in said.items():
        assert sentence in hers
        assert sentence in row(plan, action)
    assert "You offered to do this." in row(plan, offered)
    assert not row(plan, hidden)
    assert hers.count("does this for you") + hers.count("was asked to do this") == len(_for_her(carrying))
    interpreter = carrying.stage.client("p-interp")
    interpreter.post("/language/", {"language": "en"})
    spoken = interpreter.get(case).content.decode()
    assert said[later] in row(spoken, later)
    assert "offered to do this:" in row(spoken, offered)
    for person in ("p-cm", "p-sup", "p-ther"):
        assert "for you" not in part(carrying.stage.client(person).get(case).content.decode(), "actions")


def _for_her(carrying: Carrying) -> list[Any]:
    """What others do for her and she sees: of the file, and what was made besides."""
    stage = carrying.stage
    seen = (
        carrying.stage.client("p-survivor").get("/cases/{}/".format(stage.ids["/cases/0"])).content.decode()
    )
    rows = ActionItem.unsealed.select_related("mark").filter(
        mark__case__key="alder", status__in=("offered", "accepted")
    )
    return [each for each in rows.exclude(owner__key="sv") if row(seen, each)]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("declined", "We look for somebody who does this for you:"),
        ("done", "did this for you:"),
        ("no_longer_possible", "This cannot be done any more:"),
        ("not_done", "This was not done:"),
    ],
)
def test_what_became_of_it_is_said_plainly_too(carrying: Carrying, status: str, said: str) -> None:
    action = made(carrying, "cm")
    ActionItem.unsealed.filter(pk=action.pk).update(status=status, outcome="What came of it.")
    browser = carrying.stage.client("p-survivor")
    browser.post("/language/", {"language": "en"})
    line = row(browser.get("/cases/{}/".format(carrying.stage.ids["/cases/0"])).content.decode(), action)
    assert said in line
    assert "What came of it." in line
