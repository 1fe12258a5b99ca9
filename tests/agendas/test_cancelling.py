"""A conference is called off before it begins: by whom, in which state; everybody invited is told, nothing is lost, and
nothing more is done in it."""

from collections import Counter
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from pytest_django import Settings

from agendas.cancelling.changes import plan_read
from agendas.items.models import AgendaItem
from agendas.notes.models import Note
from conferences.meetings.models import Conference, Part, Status
from tests.agendas.test_changing_plans import held, press, put, room
from tests.agendas.test_scheduling import PLANNERS, everything, number
from tests.agendas.test_states import set_stage
from tests.cast import Stage, said, undone
from tests.live_pass import connect, passed
from tests.test_surfaces import ITEM, NOTE, Eyes
from workspace.disclosure.models import Mark, Named
from workspace.live.announce import case_changed
from workspace.people.models import Person, public_id
from workspace.record.models import Event

OFF = "This meeting does not take place."
LINE = "We meet again in a week."
PAGES = ("answer", "preparation", "record", "schedule")
CELLS = dict(
    zip([*Status, "called off"], ("", "has begun", "has begun", "is closed", "was called off"), strict=True)
)


def call_off(stage: Stage, person: str = "p-sup", **given: str) -> Any:
    seen = plan_read(held("next"))
    sent = {"words": LINE, "key": public_id(), "seen": seen} | given
    return stage.client(person).post(f"{room(stage, 'next')}cancellation/", sent)


def off(key: str, **columns: Any) -> None:
    """As if it had been called off before."""
    row = held(key)
    put(key, status="closed", paused=False, cancelled_at=row.starts, cancelled_by=row.facilitator, **columns)


def test_who_calls_a_meeting_off_and_when(stage: Stage) -> None:
    """Who leads, here an attorney of another agency, and who carries the case; before it has begun."""
    Person.objects.update(language="en")
    place, url = stage.place("alder", "conferences", "now"), f"{room(stage)}cancellation/"
    put("now", facilitator=stage.seat("alder", "law"), starts=stage.at + timedelta(days=3))
    browsers = {person: stage.client(person) for person in stage.people}
    answered: Counter[tuple[str, int]] = Counter()
    for state, cell in CELLS.items():
        if state == "called off":
            off("now")
        else:
            set_stage(stage, state)
        before = everything()
        for person, browser in browsers.items():
            page = browser.get(url)
            with undone(browser):
                answer = browser.post(url, {"words": LINE, "key": "k" * 20, "seen": plan_read(held("now"))})
                assert (everything() != before) == (answer.status_code == 303), (person, state)
            told = [unescape(each.content.decode()) for each in (page, answer)]
            if not Eyes(stage, person).sees(place):
                absent = browser.get(f"/conferences/{public_id()}/cancellation/")
                assert said(page) == said(absent), person
                expected = 404, 404
            elif person not in PLANNERS | {"p-law"}:
                assert all("Ask one of them." in text for text in told), person
                expected = 403, 403
            elif cell:
                assert all(cell in text for text in told), (person, state)
                assert LINE in told[1], "what was typed stays"
                expected = 409, 409
            else:
                expected = 200, 303
            assert (page.status_code, answer.status_code) == expected, (person, state)
            answered[state, answer.status_code] += 1
    assert all(answered[state, 303 if not cell else 409] == 4 for state, cell in CELLS.items())
    assert all(answered[state, 403] > 5 for state in CELLS)


def test_all_who_are_invited_read_that_it_does_not_take_place_and_nobody_else(stage: Stage) -> None:
    Person.objects.update(language="en")
    put("next", every_weeks=2)
    Mark.objects.filter(pk=stage.seat("alder", "sup").pk).update(audience=0b10101)
    page = stage.client("p-sup").get(f"{room(stage, 'next')}cancellation/").content.decode()
    for word in (
        "It is one of a series.",
        "The series ends here too",
        *(each for each in names(stage, "p-sup")),
    ):
        assert word in unescape(page), word
    answer = call_off(stage)
    assert (answer.status_code, answer["Location"]) == (303, room(stage, "next"))
    place, url = stage.place("alder", "conferences", "next"), room(stage, "next")
    supervisor = stage.seat("alder", "sup").person.name
    by = Counter[bool]()
    for person in stage.people:
        browser, eyes = stage.client(person), Eyes(stage, person)
        sees, pages = eyes.sees(place), [url, *(f"{url}{each}/" for each in PAGES)]
        start = unescape(browser.get("/").content.decode())
        first = start.partition('id="past-meetings"')[0]
        assert (OFF in first, LINE in start) == (sees, sees), person
        for address in pages:
            answer = browser.get(address)
            text = unescape(answer.content.decode())
            assert answer.status_code == (200 if sees else 404), (person, address)
            assert (OFF in text, LINE in text) == (sees, sees), (person, address)
            assert "What is written now stands as added after it" not in text
            assert "was not read aloud" not in text
        if sees:
            known = supervisor in start.partition(OFF)[2].partition("</p>")[0]
            assert known == (person in {"p-survivor", "p-cm", "p-sup", "p-free-interp"}), person
            assert known or "the team" in start.partition(OFF)[2].partition("</p>")[0], person
            by[known] += 1
    assert by == {True: 4, False: 1}
    following = Conference.unsealed.get(follows=held("next"))
    assert following.starts == held("next").starts + timedelta(weeks=2)
    stage.clock.at = held("next").starts + timedelta(minutes=1)
    past = stage.client("p-survivor").get("/").content.decode().partition('id="past-meetings"')[2]
    assert OFF in past, "a meeting of yesterday is not in the way of the next"


def names(stage: Stage, person: str) -> set[str]:
    """Of the others who are invited to the next conference, whom this person may know."""
    eyes = Eyes(stage, person)
    invited = Named.objects.filter(mark=held("next").mark_id).exclude(seat__person__key=person)
    return {
        each.seat.person.name
        for each in invited.select_related("seat__person")
        if eyes.sees(stage.place("alder", "seats", each.seat.key))
    }


def test_what_was_proposed_and_prepared_is_not_lost(stage: Stage) -> None:
    """What was written is read by whom it was; what was to be talked about comes back for whoever sees both."""
    item, now = (
        stage.row(stage.place("alder", *which)) for which in (("agenda", "n-needs"), ("conferences", "now"))
    )
    notes = list(
        Note.unsealed.filter(item__key="wide", mark__case__key="alder").values_list("pk", flat=True)[:4]
    )
    Note.unsealed.filter(pk__in=notes).update(item=item)
    Mark.objects.filter(pk__in=notes).update(parent=item.mark)
    browsers = {person: stage.client(person) for person in stage.people}
    prepared = {person: written(stage, browser, item) for person, browser in browsers.items()}
    items = AgendaItem.unsealed.filter(conference=held("next")).exclude(status="done")
    left = set(items.values_list("mark__public_id", flat=True))
    assert call_off(stage).status_code == 303
    for person, browser in browsers.items():
        assert written(stage, browser, item) == prepared[person], person
        there = browser.get(room(stage)).content.decode()
        seen = {each for each in left if there and browser.get(f"/items/{each}/").status_code == 200}
        sees = Eyes(stage, person).sees(stage.place("alder", "conferences", "now"))
        assert {each for each in left if f'id="left-{each}"' in there} == (seen if sees else set()), person
    assert max(map(len, prepared.values())) > 4
    taken = browsers["p-cm"].post(
        f"/items/{item.mark.public_id}/continuation/", {"conference": now.mark.public_id}
    )
    assert taken.status_code == 303


def written(stage: Stage, browser: Any, item: Any) -> set[str]:
    """What somebody reads of this item, and under it."""
    page = browser.get(f"/items/{item.mark.public_id}/").content.decode()
    return stage.found(page.partition('id="item"')[2].partition("</section>")[0])


@pytest.mark.parametrize("page", ["today", "meetings", "plan"])
def test_what_was_called_off_goes_from_those_to_come_by_time_and_not_with_a_change_that_is_hidden(
    stage: Stage, settings: Settings, page: str
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    put("next", starts=stage.at + timedelta(minutes=1))
    off("next")
    scope = "" if page == "today" else stage.ids["/cases/0"]
    opened = connect(page, stage.client("p-sup").cookies["s"].value, id=scope)
    passed([opened])
    frames = []
    for seconds, hidden in ((30, True), (30, False), (30, True), (30, False)):
        stage.clock.at += timedelta(seconds=seconds)
        if hidden:
            case_changed(held("next").mark.case_id)
        frames.append(len(passed([opened])[0]))
    assert frames == [0, 1, 0, 0]


def test_a_series_ends_only_where_that_is_said(stage: Stage) -> None:
    put("next", every_weeks=1)
    sent = {"series_ends": "on", "key": "k" * 20}
    assert [call_off(stage, **sent).status_code for _ in range(2)] == [303, 303]
    assert not Conference.unsealed.filter(follows=held("next")).exists()
    assert Event.objects.filter(verb="conference_cancelled").count() == 1
    assert call_off(stage, words="\0 other").status_code == 409
    assert held("next").cancelled_words == LINE


def test_a_meeting_that_was_moved_meanwhile_is_not_called_off_unseen(stage: Stage) -> None:
    """Nor one that has become one of a series: what was typed stays, and the plan stands there as it is now."""
    seen = plan_read(held("next"))
    put("next", every_weeks=3)
    refused = call_off(stage, seen=seen, words="typed before")
    page = unescape(refused.content.decode())
    assert (refused.status_code, held("next").status) == (409, Status.PLANNED)
    for word in (
        "changed in the meantime",
        "typed before",
        "It is one of a series.",
        plan_read(held("next")),
    ):
        assert word in page, word
    assert call_off(stage).status_code == 303


def test_nothing_more_is_done_in_a_meeting_that_was_called_off(stage: Stage) -> None:
    """Every verb, by whoever leads it: a sentence, and nothing changed."""
    part = Part.objects.create(conference=held(), position=1, name="everyone", minutes=30)
    off("now", opened_at=None)
    browser, gap = stage.client("p-cm"), stage.url("alder", "agenda", "gap")
    presses = (
        "opening pause end facilitator recorder arrival departure apologies unsaid hand hand-down statement"
    )
    guest = {"seat": number(stage, "det")}
    of_the_conference: dict[str, dict[str, Any]] = {verb: {} for verb in (*presses.split(), "closing")}
    of_the_conference |= dict.fromkeys(("observer", "participant", "invitations"), guest)
    of_the_conference |= {
        "invitations/withdrawal": guest,
        "answer": {"answer": "yes"},
        "parts": {"name": "typed", "minutes": "5", "key": "k" * 20},
        "items": ITEM,
    }
    addresses: dict[str, dict[str, Any]] = {
        f"{room(stage)}{verb}/": body for verb, body in of_the_conference.items()
    }
    addresses |= {
        f"{gap}{verb}/": {"reply": "typed"}
        for verb in ("current", "done", "parked", "planned", "place", "refusal")
    }
    addresses |= {
        f"{gap}notes/": NOTE | {"note-afterwards": "1"},
        f"{gap}notes/?": NOTE | {"note-kind": "decision"},
    }
    addresses |= {f"/parts/{part.public_id}/{verb}/": {} for verb in ("opening", "end")}
    before = everything(), sorted(AgendaItem.unsealed.values_list()), Note.unsealed.count()
    for address, body in addresses.items():
        told = post(browser, address, body)
        assert "was called off" in told, (address, told)
        after = everything(), sorted(AgendaItem.unsealed.values_list()), Note.unsealed.count()
        assert after == before, address
    own = Note.unsealed.filter(item__conference=held(), mark__author=stage.seat("alder", "cm")).first()
    assert own
    page_of_text = browser.get(f"/written/{own.mark.public_id}/text/")
    assert (page_of_text.status_code, "was called off" in page_of_text.content.decode()) == (409, True)
    page = browser.get(room(stage)).content.decode()
    for gone in (
        "note-form",
        "Open the meeting",
        "/closing/",
        "/record/",
        "/preparation/",
        "/schedule/",
        "/table/",
    ):
        assert gone not in page, gone
    assert press(stage, "p-survivor", "pause").status_code == 409


def post(browser: Any, address: str, body: dict[str, Any]) -> str:
    """What is answered once the writer was shown who will read it, where that is asked."""
    form = next((name.partition("-")[0] for name in body if "-" in name), "")
    if form:
        asked = browser.post(f"{address.rpartition('notes/')[0] or address}readers/", body).content.decode()
        shown = asked.partition(f'name="{form}-shown_readers" value="')[2].partition('"')[0]
        body = body | {f"{form}-shown_readers": shown}
    answer = browser.post(address, body)
    assert answer.status_code == 409, (address, answer.status_code)
    return unescape(answer.content.decode())
