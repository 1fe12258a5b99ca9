"""A room with a hundred people takes as many queries as a room with one: for a page, and for a pass of the hub."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from agendas.actions.models import ActionItem
from tests.cast import Clock, Stage, said
from tests.casting import conference_of
from tests.live_pass import Connection, connect
from workspace.disclosure.models import Case, Mark
from workspace.live.announce import case_changed
from workspace.live.passes import Passes
from workspace.people.models import public_id

SMALL, LARGE = (1, 1, 1), (100, 60, 600)
PAGES = {
    "/conferences/{room}/": 16,
    "/conferences/{room}/closing/": 10,
    "/conferences/{room}/record/": 10,
    "/items/{item}/": 20,
    "/items/{item}/actions/": 9,
    "/items/{item}/actions/line/": 9,
    "/cases/{case}/actions/": 7,
    "/": 11,
    "/tasks/": 7,
    "/reminders/": 5,
    "/conferences/{room}/answer/": 7,
    "/conferences/{room}/statement/": 5,
    "/conferences/{room}/preparation/": 11,
    "/conferences/{room}/roles/": 10,
    "/conferences/{room}/items/": 6,
    "/conferences/{room}/plan/": 11,
    "/cases/{case}/questions/": 7,
    "/cases/{case}/": 11,
    "/cases/{case}/plan/paper/?paper=yes": 10,
    "/cases/{case}/plan/picture/": 11,
    "/cases/{case}/plan/versions/": 12,
    "/goals/{goal}/": 9,
    "/cases/{case}/roles/": 10,
    "/cases/{case}/roles/paper/?paper=yes": 7,
    "/seats/{seat}/card/": 13,
    "/seats/{seat}/card/translation/": 14,
    "/cases/{case}/seats/": 9,
    "/cases/{case}/handover/": 17,
    "/cases/{case}/releases/": 8,
    "/cases/{case}/conferences/": 10,
    "/conferences/{room}/schedule/": 12,
    "/actions/{action}/": 9,
    "/actions/{action}/comments/": 12,
    "/calendar/": 5,
    "{feed}": 8,  # two of them for whoever is signed in beside
}
NOTE = 25
# What a pass asks: while nothing changed, and when a hint wakes the hub.
PASSES = {
    "room": (4, 10),
    "preparation": (3, 10),
    "review": (4, 9),
    "today": (3, 10),
    "mine": (3, 6),
    "plan": (3, 10),
    "goal": (3, 8),
    "board": (3, 9),
    "leaflet": (3, 6),
    "seats": (3, 5),
    "releases": (3, 4),
    "answer": (3, 6),
    "meetings": (3, 6),
    "schedule": (3, 6),
    "closing": (4, 9),
    "record": (3, 9),
    "plan_paper": (3, 9),
    "readaloud": (4, 10),
    "action": (3, 8),
    "timeline": (3, 10),
    "in_plan": (3, 10),
}
Open = Callable[[tuple[int, int, int]], Stage]


@pytest.fixture
def stage_of(db: None, clock: Clock, settings: Settings) -> Open:
    """One conference of that many participants, items and notes, and an action item of its first item that all see."""
    settings.ALLOWED_ORIGINS = ["http://testserver"]

    def staged(size: tuple[int, int, int]) -> Stage:
        stage = Stage(conference_of(*size), clock)
        action, item = (stage.row(f"/cases/0/{place}") for place in ("actions/0", "conferences/0/agenda/0"))
        Mark.objects.filter(pk=action.pk).update(topic="coordination")
        ActionItem.unsealed.filter(pk=action.pk).update(from_item=item)
        return stage

    return staged


def feed_of(browser: Client) -> str:
    """The address of a calendar of one's own."""
    chosen = {"cover": "", "conferences": "on", "due_dates": "on", "key": public_id()}
    told = said(browser.post("/calendar/address/", chosen))
    found = re.search(r"/calendar/[\w-]{43}\.ics", told)
    assert found
    return found[0]


def queries_of_pages(stage: Stage) -> dict[str, int]:
    anybody, leader = stage.client("p000"), stage.client("p001" if "p001" in stage.people else "p000")
    ids = {
        "room": stage.ids["/cases/0/conferences/0"],
        "item": stage.ids["/cases/0/conferences/0/agenda/0"],
        "case": stage.ids["/cases/0"],
        "seat": stage.ids["/cases/0/seats/0"],
        "action": stage.ids["/cases/0/actions/0"],
        "feed": feed_of(anybody),
        "goal": stage.ids["/cases/0/plan/goals/0"],
    }
    counts = {}
    for page in PAGES:
        browser = leader if page.endswith("/closing/") else anybody
        browser.get(page.format(**ids))
        with CaptureQueriesContext(connection) as asked:
            answer = browser.get(page.format(**ids))
        assert answer.status_code == 200
        counts[page] = len(asked)
    return counts


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_page_takes_as_many_queries_whatever_its_size(stage_of: Open, size: tuple[int, int, int]) -> None:
    stage = stage_of(size)
    assert queries_of_pages(stage) == PAGES
    page = said(stage.client("p000").get(f"/conferences/{stage.ids['/cases/0/conferences/0']}/"))
    assert page.count('<li id="row-') == size[1]
    assert page.count('<li id="seat-') == size[0]


def opened(stage: Stage, page: str, scope: str) -> list[Connection]:
    return [connect(page, stage.browser(person).cookies["s"].value, id=scope) for person in stage.people]


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_pass_takes_as_many_queries_for_a_hundred_sockets_as_for_one(
    stage_of: Open, size: tuple[int, int, int]
) -> None:
    stage = stage_of(size)
    case = Case.objects.get()
    room = stage.ids["/cases/0/conferences/0"]
    rooms = ("room", "answer", "preparation", "review", "schedule", "closing", "record", "readaloud")
    goal = stage.ids["/cases/0/plan/goals/0"]
    # So that all hundred see it.
    Mark.objects.filter(public_id=goal).update(topic="coordination")
    others = {
        "today": "",
        "mine": "",
        "action": stage.ids["/cases/0/actions/0"],
        "goal": goal,
        "in_plan": goal,
    }
    scopes = {**dict.fromkeys(rooms, room), **others}
    for page, (idle_count, count) in PASSES.items():
        passes, connections = Passes(), opened(stage, page, scopes.get(page, stage.ids["/cases/0"]))
        sockets = [each.socket for each in connections if each.socket]
        assert len(sockets) == size[0]
        with CaptureQueriesContext(connection) as first:
            assert len(passes.run(sockets).frames) == size[0]
        assert len(first) == count, page
        case_changed(case.pk)
        with CaptureQueriesContext(connection) as hinted:
            assert not passes.run(sockets).frames
        assert len(hinted) == count, page
        with CaptureQueriesContext(connection) as idle:
            passes.run(sockets)
        assert len(idle) == idle_count, page


def test_a_pass_takes_at_most_ten_queries_when_a_hint_wakes_the_hub() -> None:
    assert max(count for _idle, count in PASSES.values()) <= 10


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_note_takes_as_many_queries_whatever_the_size_of_the_room(
    stage_of: Open, size: tuple[int, int, int]
) -> None:
    stage = stage_of(size)
    browser, item = stage.client("p000"), f"/items/{stage.ids['/cases/0/conferences/0/agenda/0']}/"
    body = {
        "note-text": "typed",
        "note-kind": "discussion",
        "note-topic": "coordination",
        "note-audience": "everyone",
        "note-key": public_id(),
    }
    shown = browser.post(f"{item}readers/", body).content.decode().partition('note-shown_readers" value="')[2]
    with CaptureQueriesContext(connection) as asked:
        answer = browser.post(f"{item}notes/", body | {"note-shown_readers": shown.partition('"')[0]})
    assert answer.status_code == 303
    assert len(asked) == NOTE
