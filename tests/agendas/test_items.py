"""What a facilitator does with an item, and what others see of it."""

import re
from datetime import timedelta

import pytest
from pytest_django import Settings

from agendas.items.models import AgendaItem
from conferences.meetings.models import Conference
from tests.cast import Stage
from tests.live_pass import Connection, connect, passed
from workspace.disclosure.models import Case
from workspace.live.announce import case_changed
from workspace.people.models import public_id
from workspace.record.models import Event


def item(key: str) -> AgendaItem:
    found: AgendaItem = AgendaItem.unsealed.get(key=key, mark__case__key="alder")
    return found


def seated(stage: Stage, key: str) -> dict[str, bool]:
    """Everybody in the open conference of the first case, and whether they see that item."""
    room, place = stage.place("alder", "conferences", "now"), stage.place("alder", "agenda", key)
    see = stage.oracle.sees
    return {
        seat.person: see("alder", seat.key, place, stage.at)
        for seat in stage.oracle.case("alder").seats.values()
        if see("alder", seat.key, room, stage.at)
    }


@pytest.fixture
def rooms(stage: Stage, settings: Settings) -> dict[str, Connection]:
    """Everybody's room, open and up to date."""
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    number = stage.ids[stage.place("alder", "conferences", "now")]
    opened = {
        person: connect("room", stage.client(person).cookies["s"].value, id=number)
        for person in seated(stage, "wide")
    }
    frames, closed = passed(list(opened.values()))
    assert len(frames) == len(opened) > 15
    assert not closed
    return opened


@pytest.mark.parametrize("verb", ["current", "done", "parked", "place"])
@pytest.mark.parametrize("key", ["hearing", "clinical", "hers-spoken", "gap"])
def test_a_press_is_told_to_those_who_see_the_item_and_changes_nothing_for_others(
    stage: Stage, rooms: dict[str, Connection], key: str, verb: str
) -> None:
    sees = seated(stage, key)
    facilitator = stage.client("p-cm")
    assert sees["p-cm"] or key == "hers-spoken"
    if not sees["p-cm"]:
        Conference.unsealed.filter(key="now", mark__case__key="alder").update(
            facilitator=stage.seat("alder", "sv")
        )
        case_changed(item(key).mark.case_id)
        passed(list(rooms.values()))
        facilitator = stage.client("p-survivor")
    assert facilitator.post(f"{stage.url('alder', 'agenda', key)}{verb}/").status_code == 303
    frames, closed = passed(list(rooms.values()))
    told = {person for person, connection in rooms.items() if connection in frames}
    if verb == "place":
        behind = [seated(stage, each) for each in KEYS[KEYS.index(key) + 1 :]]
        sees = {person: seen and any(each[person] for each in behind) for person, seen in sees.items()}
    assert told == {person for person, seen in sees.items() if seen}
    assert told < sees.keys()
    assert not closed
    assert not passed(list(rooms.values()))[0]


def test_a_hidden_item_that_comes_in_between_changes_nothing(
    stage: Stage, rooms: dict[str, Connection]
) -> None:
    lead, wide, hidden = stage.client("p-cm"), item("wide"), seated(stage, "clinical")
    room = stage.url("alder", "conferences", "now")
    for begun in (True, False):
        AgendaItem.unsealed.filter(pk=wide.pk).update(turned_at=stage.at if begun else None)
        case_changed(wide.mark.case_id)
        passed(list(rooms.values()))
        blind = [person for person in rooms if not hidden[person]]
        assert len(blind) > 10
        before = {person: stage.client(person).get(room).content.decode() for person in blind}
        stage.clock.at += timedelta(minutes=7)
        for key in ("clinical", "wide"):
            assert lead.post(f"{stage.url('alder', 'agenda', key)}current/").status_code == 303
            frames, _closed = passed(list(rooms.values()))
            assert not [person for person in blind if rooms[person] in frames], key
        for person in blind:
            page = stage.client(person).get(room).content.decode()
            panel = 'id="item"'
            assert (panel in page) == (panel in before[person])
            part = [text.partition(panel)[2].partition("</section>")[0] for text in (page, before[person])]
            assert part[0] == part[1], person


def test_the_current_item_of_a_viewer_is_the_last_one_they_see(stage: Stage) -> None:
    lead = stage.client("p-cm")
    for key in ("hearing", "clinical"):
        assert lead.post(f"{stage.url('alder', 'agenda', key)}current/").status_code == 303
    room = stage.url("alder", "conferences", "now")
    for person, key in {
        "p-cm": "clinical",
        "p-pros": "hearing",
        "p-mentor": "wide",
        "p-ther": "clinical",
    }.items():
        page = stage.client(person).get(room).content.decode()
        current = re.findall(r'href="([^"]+)" aria-current="step"', page)
        assert current == [stage.url("alder", "agenda", key)], person


def test_done_is_a_press_of_its_own_and_each_press_counts_once(stage: Stage) -> None:
    lead, url = stage.client("p-cm"), stage.url("alder", "agenda", "gap")
    turn, before = item("wide").turn, sum(Case.objects.values_list("version", flat=True))
    assert turn
    for _ in range(2):
        assert lead.post(f"{url}current/").status_code == 303
    assert (item("gap").turn, item("gap").status, item("wide").status) == (turn + 1, "planned", "planned")
    for _ in range(2):
        assert lead.post(f"{url}done/").status_code == 303
    assert (item("gap").turn, item("gap").status) == (turn + 1, "done")
    room = stage.client("p-mentor").get(stage.url("alder", "conferences", "now")).content.decode()
    assert 'aria-current="step"' not in lead.get(url).content.decode()
    assert 'aria-current="step"' in room
    verbs = Event.objects.exclude(verb="signed_in").values_list("verb", flat=True)
    assert sorted(verbs) == ["item_done", "item_made_current"]
    assert sum(Case.objects.values_list("version", flat=True)) == before + 2, (
        "what changed nothing tells nobody"
    )
    lead.post(f"{url}current/")
    assert (item("gap").turn, item("gap").status) == (turn + 2, "planned")


def test_a_facilitator_gets_no_extra_sight(stage: Stage) -> None:
    hidden = f"{stage.url('alder', 'agenda', 'secret')}current/"
    lead = stage.client("p-cm")
    assert lead.post(hidden).content == lead.post(f"/items/{public_id()}/current/").content
    assert item("secret").turn is None


def test_a_page_that_is_live_gets_no_second_answer(stage: Stage) -> None:
    lead, url = stage.client("p-cm"), stage.url("alder", "agenda", "gap")
    live = lead.post(f"{url}current/", headers={"HX-Request": "true", "X-Live": "1"})
    assert (live.status_code, live.content) == (204, b"")
    silent = lead.post(f"{url}done/", headers={"HX-Request": "true"})
    assert silent["HX-Redirect"] == stage.url("alder", "conferences", "now")


def test_items_are_numbered_without_a_gap_for_each_viewer(stage: Stage) -> None:
    numbers = set()
    for person in seated(stage, "wide"):
        browser = stage.client(person)
        room = browser.get(stage.url("alder", "conferences", "now")).content.decode()
        agenda = room.partition('<ol class="agenda">')[2].partition("</ol>")[0]
        urls = re.findall(r'<a href="(/items/[^"]+)"', agenda)
        seen = [stage.url("alder", "agenda", key) for key in KEYS if seated(stage, key)[person]]
        assert urls == seen
        for place, url in enumerate(urls, 1):
            page = browser.get(url).content.decode()
            assert re.findall(r'<span class="number">(\d+)</span>', page) == [str(place)]
        numbers.add(len(urls))
    assert len(numbers) > 4


KEYS = [
    *("wide", "clinical", "hearing", "lab", "aside", "gap"),
    *("hers", "hers-spoken", "secret", "named-only", "justice", "done"),
]
