"""The preparation of a conference: what one wrote oneself, and what is open, each in one's own eyes."""

import re
from datetime import timedelta
from html import unescape

import pytest
from pytest_django import Settings

from agendas.actions.models import ActionItem
from agendas.items.models import AgendaItem
from conferences.meetings.models import Status
from conferences.questions.models import RoleQuestion
from conferences.releases.changes import withdraw_release
from tests.agendas.test_notes import Paper
from tests.agendas.test_states import set_stage
from tests.cast import TICK, Stage, said
from tests.live_pass import connect, passed
from tests.oracle import in_force
from workspace.disclosure.models import Release, Seat
from workspace.people.models import public_id

UPDATE = re.compile(r'<article class="update" id="update-([^"]+)">')
PARTS = ("updates", "undone", "soon", "questions")


def page(stage: Stage, person: str, key: str = "now") -> str:
    answer = stage.client(person).get(f"{stage.url('alder', 'conferences', key)}preparation/")
    return unescape(answer.content.decode()) if answer.status_code == 200 else ""


def panel(told: str, name: str) -> str:
    return told.partition(f'id="{name}"')[2].partition("</section>")[0]


def seats(stage: Stage) -> dict[str, str]:
    """Who sees the open conference, and by which seat."""
    room = stage.place("alder", "conferences", "now")
    return {
        seat.person: seat.key
        for seat in stage.oracle.case("alder").seats.values()
        if stage.oracle.sees("alder", seat.key, room, stage.at)
    }


def places(stage: Stage, kind: str, start: str = "") -> list[str]:
    found = [place for place in stage.oracle.rows("alder") if place.split("/")[-2] == kind]
    return [place for place in found if place.startswith(start)]


def test_everybody_finds_their_agenda_with_what_they_wrote_themselves_and_nothing_of_others(
    stage: Stage,
) -> None:
    room, written = stage.place("alder", "conferences", "now"), 0
    for person, seat in seats(stage).items():
        updates = panel(page(stage, person), "updates")
        items = [
            place
            for place in places(stage, "agenda", room)
            if stage.oracle.sees("alder", seat, place, stage.at)
        ]
        assert set(UPDATE.findall(updates)) == {stage.ids[place] for place in items}, person
        numbers = [int(number) for number in re.findall(r'<span class="number">(\d+)<', updates)]
        assert numbers == [*range(1, len(items) + 1)]
        for place in places(stage, "notes", room):
            own = stage.raw(place)["author"] == seat
            mine = own and stage.oracle.sees("alder", seat, place, stage.at)
            assert (stage.raw(place)["text"] in updates) == mine, (person, place)
            written += mine
    assert written > 15
    assert not page(stage, "p-nowhere")
    stranger = stage.client("p-nowhere")
    hidden = f"{stage.url('alder', 'conferences', 'now')}preparation/"
    assert said(stranger.get(hidden)) == said(stranger.get(f"/conferences/{public_id()}/preparation/"))


def test_pages_that_are_open_together_show_each_writer_their_own(stage: Stage, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    number = stage.ids[stage.place("alder", "conferences", "now")]
    owners = {
        connect("preparation", stage.client(person).cookies["s"].value, id=number): person
        for person in seats(stage)
    }
    frames, closed = passed(list(owners))
    assert not closed
    assert len(frames) == len(owners)
    written = 0
    for connection, person in owners.items():
        for place in places(stage, "notes", stage.place("alder", "conferences", "now")):
            own = stage.raw(place)["author"] == seats(stage)[person]
            mine = own and stage.oracle.sees("alder", seats(stage)[person], place, stage.at)
            assert (stage.raw(place)["text"] in frames[connection]) == mine, (person, place)
            written += mine
    assert written > 15


def test_what_is_written_under_an_item_stands_there_for_its_writer(stage: Stage) -> None:
    set_stage(stage, "planned")
    wide = stage.url("alder", "agenda", "wide")
    assert f'href="{wide}#note-form"' in page(stage, "p-survivor")
    assert Paper(stage, "p-survivor", wide).post(audience="everyone", text="myOwnUpdate").status_code == 303
    for person in seats(stage):
        assert ("myOwnUpdate" in page(stage, person)) == (person == "p-survivor")


@pytest.mark.parametrize("state", Status)
def test_who_may_write_is_shown_where_until_the_conference_is_closed(stage: Stage, state: Status) -> None:
    set_stage(stage, state)
    room = stage.url("alder", "conferences", "now")
    for person in ("p-survivor", "p-cm", "p-det", "p-interp"):
        told = page(stage, person)
        writes = state != Status.CLOSED and person != "p-interp"
        assert ("#note-form" in told) == writes
        assert (f'href="{room}items/"' in told) == writes
    hers = page(stage, "p-survivor")
    own_words = "Before the meeting you can write down what you want said. You do not have to."
    assert (own_words in hers or "No es obligatorio." in hers) == (state != Status.CLOSED)


def test_open_actions_are_those_one_sees_ones_own_first(stage: Stage) -> None:
    own = others = 0
    for person, seat in seats(stage).items():
        undone = panel(page(stage, person), "undone")
        for place in places(stage, "actions"):
            raw = stage.raw(place)
            seen = stage.oracle.sees("alder", seat, place, stage.at)
            # What she did not go on with waits for nobody.
            gone = (raw["status"], raw["owner"]) == ("declined", "sv")
            still = raw["status"] in ("offered", "accepted", "declined") and not gone
            assert (raw["title"] in undone) == (seen and still), (person, place)
            own += seen and still and raw["owner"] == seat
            others += seen and still and raw["owner"] != seat
    assert own > 3
    assert others > 5
    ActionItem.unsealed.filter(key="visit").update(due=stage.at.date() + timedelta(days=900))
    hers = panel(page(stage, "p-survivor"), "undone")
    first = re.findall(r'<li id="action-([^"]+)"', hers)[0]
    assert first == stage.ids[stage.place("alder", "actions", "visit")], (
        "her own, though it is the last in time"
    )


@pytest.mark.parametrize("where", ["preparation", "roles"])
def test_questions_are_those_one_sees_that_are_open(stage: Stage, where: str) -> None:
    """Before the meeting, and in it, where everybody goes through who is who."""
    shown, over = 0, {"/cases/0/role_questions/0": "closed_at", "/cases/0/role_questions/3": "set_aside_at"}
    for place, column in over.items():
        RoleQuestion.unsealed.filter(pk=stage.row(place).pk).update(
            **{column: stage.at}, set_aside_note="typed"
        )
    for person, seat in seats(stage).items():
        answer = stage.client(person).get(f"{stage.url('alder', 'conferences', 'now')}{where}/")
        questions = panel(unescape(answer.content.decode()), "questions")
        for place in places(stage, "role_questions"):
            raw = stage.raw(place)
            there = place not in over and stage.oracle.sees("alder", seat, place, stage.at)
            assert (raw["text"] in questions) == there, (person, place)
            shown += there
    assert shown > 3


def test_what_ends_soon_are_releases_and_seats_that_one_sees(stage: Stage) -> None:
    facts = stage.oracle.case("alder")
    row = stage.row(stage.place("alder", "conferences", "now"))
    ends = row.starts + timedelta(minutes=row.minutes, days=30)
    leaving = ("shelter", "ther")
    Seat.unsealed.filter(case__key="alder", key="shelter").update(until=ends)
    Seat.unsealed.filter(case__key="alder", key="ther").update(until=ends + TICK)
    Release.objects.filter(case__key="alder", agency__key="works").update(expires=ends + TICK)
    names = {each["key"]: each["name"] for each in stage.casefile["people"]}
    counts = {"releases": 0, "seats": 0}
    for person, seat in seats(stage).items():
        soon = panel(page(stage, person), "soon")
        found = set(re.findall(r'<li id="ends-([^"]+)"', soon))
        for number, release in enumerate(facts.releases):
            there = (
                stage.oracle.sees_release("alder", seat, number, stage.at)
                and in_force(release, stage.at)
                and release.expires <= ends
                and release.agency != "works"
            )
            assert (stage.ids[f"/cases/0/releases/{number}"] in found) == there, (person, number)
            counts["releases"] += there
        for key in leaving:
            place = stage.place("alder", "seats", key)
            there = key == "shelter" and stage.oracle.sees("alder", seat, place, stage.at)
            assert (stage.ids[place] in found) == there, (person, key)
            assert (names[facts.seats[key].person] in soon) == there
            counts["seats"] += there
    assert counts["releases"] > 15
    assert counts["seats"] > 3


def test_a_release_that_has_ended_ends_no_more(stage: Stage) -> None:
    police = stage.ids["/cases/0/releases/3"]
    assert f'id="ends-{police}"' in page(stage, "p-cm")
    withdraw_release(stage.sight("p-survivor"), release=police)
    assert f'id="ends-{police}"' not in page(stage, "p-cm")


def test_a_proposal_that_is_not_for_this_time_is_not_prepared(stage: Stage) -> None:
    AgendaItem.unsealed.filter(key="lab").update(declined=True, reply="later")
    lab = stage.ids[stage.place("alder", "agenda", "lab")]
    assert f'id="update-{lab}"' not in page(stage, "p-det")
