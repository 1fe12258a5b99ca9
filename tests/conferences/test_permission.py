"""Whoever writes for an outside agency says once a conference that their own client permits it; their rows keep it."""

import re
from datetime import timedelta

import pytest
from pytest_django import Settings

from agendas.items.models import AgendaItem, EarlierVersion
from agendas.notes.models import Note
from conferences.meetings.changes import has_to_permit, permission
from conferences.meetings.models import Invitation
from tests.agendas.test_notes import DIGEST, Paper
from tests.agendas.test_versions import Hand, Table, fields
from tests.cast import Stage
from tests.live_pass import connect, passed
from workspace.disclosure.changes import RefusedError
from workspace.disclosure.policy import Refusal
from workspace.people.models import public_id
from workspace.record.models import Event

NOT_ASKED = {"survivor", "guardian", "interpreter"}
SHOWN = "shown_readers"
ASKED = 'name="note-permitted"'


def test_every_outside_agency_is_asked_and_nobody_else(stage: Stage) -> None:
    item, facts = stage.url("alder", "agenda", "wide"), stage.oracle.case("alder")
    place, told = stage.place("alder", "agenda", "wide"), {}
    for seat in facts.seats.values():
        if seat.role == "interpreter" or not stage.oracle.sees("alder", seat.key, place, stage.at):
            continue
        outside = seat.agency != facts.holding and seat.role not in NOT_ASKED
        paper = Paper(stage, seat.person, item)
        assert (ASKED in paper.page) == outside, seat.key
        record = ("This is not your agency’s own record." in paper.page) or (
            "no es el expediente de su agencia" in paper.page
        )
        assert record == outside, seat.key
        before = Note.unsealed.count()
        answer = paper.post(permitted="", text="typed & kept")
        assert answer.status_code == (422 if outside else 303), seat.key
        assert Note.unsealed.count() == before + (not outside)
        if outside:
            page = answer.content.decode()
            assert "First say that your own client" in page or "Diga primero que la persona" in page
            assert "typed &amp; kept" in page
        told[seat.key] = outside
    assert sum(told.values()) > 5
    assert sum(told.values()) < len(told) - 3


def test_it_is_asked_once_a_conference_and_kept_on_every_row(stage: Stage) -> None:
    first = stage.at
    paper = Paper(stage, "p-ther", stage.url("alder", "agenda", "wide"))
    assert paper.post(text="the first").status_code == 303
    stage.clock.at += timedelta(minutes=5)
    for kind in ("discussion", "decision"):
        paper = Paper(stage, "p-ther", stage.url("alder", "agenda", "wide"))
        assert ASKED not in paper.page
        assert paper.post(text="a later one", kind=kind, permitted="").status_code == 303
    seat = stage.seat("alder", "ther")
    written = Event.objects.filter(seat=seat, verb__in=["note_added", "decision_taken"])
    assert list(written.values_list("mark__permitted_at", flat=True)) == [first] * 3
    kept = Invitation.objects.get(seat=seat)
    assert (kept.permitted_at, kept.conference) == (
        first,
        stage.row(stage.place("alder", "conferences", "now")),
    )
    lens = stage.sight("p-ther")[seat.case_id]
    other = next(
        stage.row(place).pk
        for place in stage.oracle.rows("alder")
        if place.split("/")[-2] == "conferences" and stage.row(place).pk != kept.conference_id
    )
    assert not has_to_permit(lens, kept.conference_id)
    assert has_to_permit(lens, other)


def test_a_live_page_asks_no_more_once_it_was_said(stage: Stage) -> None:
    paper = Paper(stage, "p-ther", stage.url("alder", "agenda", "wide"))
    body = paper.filled()
    shown = DIGEST.search(paper.readers(body))
    assert shown
    headers = {"HX-Request": "true", "X-Live": "1"}
    body |= {"note-shown_readers": shown[1]}
    answer = paper.browser.post(f"{paper.item}notes/", body, headers=headers)
    assert answer.status_code == 200
    assert "<form" in answer.content.decode()
    assert ASKED not in answer.content.decode()


def test_what_was_ticked_stays_ticked_when_something_else_is_wrong(stage: Stage) -> None:
    paper = Paper(stage, "p-ther", stage.url("alder", "agenda", "wide"))
    assert not re.search(r"<input[^>]*note-permitted[^>]*checked", paper.page)
    answer = paper.post(text="")
    assert answer.status_code == 422
    assert re.search(r"<input[^>]*note-permitted[^>]*checked", answer.content.decode())
    assert not Invitation.objects.filter(permitted_at__isnull=False).exists()


def test_the_verb_asks_whatever_form_it_came_from(stage: Stage) -> None:
    seat, room = stage.seat("alder", "ther"), stage.row(stage.place("alder", "conferences", "now")).pk
    outside, holding = (stage.sight(person)[seat.case_id] for person in ("p-ther", "p-cm"))
    with pytest.raises(RefusedError) as refused:
        permission(outside, room, given=False)
    assert refused.value.refusals == (Refusal.OWN_CLIENT_NOT_ASKED,)
    assert permission(holding, room, given=True) is None
    assert not Invitation.objects.filter(permitted_at__isnull=False).exists()
    assert permission(outside, room, given=True) == stage.at
    assert permission(outside, room, given=False) == stage.at


def test_that_somebody_said_it_tells_nobody_else_anything(stage: Stage, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    room, item = stage.place("alder", "conferences", "now"), stage.url("alder", "agenda", "wide")
    invited = {
        seat.person
        for seat in stage.oracle.case("alder").seats.values()
        if stage.oracle.sees("alder", seat.key, room, stage.at)
    }
    opened = {
        person: connect("room", stage.client(person).cookies["s"].value, id=stage.ids[room], look=look)
        for person, look in [(person, item.split("/")[2]) for person in sorted(invited)]
        if stage.client(person).get(item).status_code == 200
    }
    assert len(passed(list(opened.values()))[0]) == len(opened) > 10
    paper = Paper(stage, "p-ther", item)
    assert paper.post(audience="me", key=public_id()).status_code == 303
    frames, closed = passed(list(opened.values()))
    assert {person for person, connection in opened.items() if connection in frames} == {"p-ther"}
    assert not closed


def test_whoever_changes_what_came_from_a_file_is_asked_there_and_its_rows_keep_it(stage: Stage) -> None:
    """A text, who reads it, and what an item is called: each asks until it was said, and then none."""
    table = Table(stage)
    note = Hand(stage, "p-shelter", table.of("shelter"))
    few = {"audience": "roles", "roles": ["survivor", "case_manager"]}
    assert note.read(**few, permitted="").status_code == 303, "to close a door nobody is asked"
    page = note.get("text").content.decode()
    assert "This is not your agency’s own record." in page
    assert 'name="written-permitted"' in page
    answer = note.change("typed & kept", **{"written-permitted": ""})
    assert answer.status_code == 422
    assert "typed &amp; kept" in answer.content.decode()
    assert "First say that your own client" in answer.content.decode()
    wider = note.choice(audience="management", permitted="")
    asked = note.post("readers", wider | fields(note.post("readers/names", wider).content.decode(), SHOWN))
    assert (asked.status_code, "own client" in asked.content.decode()) == (422, True)
    sure = fields(asked.content.decode(), "sure", SHOWN, "key")
    answer = note.post("readers", wider | sure)
    assert (answer.status_code, "First say that your own" in answer.content.decode()) == (422, True)
    item = AgendaItem.unsealed.get(key="wide", mark__case__key="alder")
    item.mark.author = stage.seat("alder", "shelter")
    item.mark.save()
    wording = f"/items/{item.mark.public_id}/wording/"
    words = {
        "title": "another",
        "minutes": "",
        "shown_title": item.title,
        "shown_minutes": item.minutes or "",
    }
    answer = note.browser.post(wording, words)
    assert (answer.status_code, "First say that your own" in answer.content.decode()) == (422, True)
    assert 'value="another"' in answer.content.decode()
    kept = [note.mark, item.mark]
    assert not Event.objects.filter(verb__in=["text_changed", "widened", "item_reworded"]).exists()
    assert [mark.permitted_at for mark in kept] == [None, None]
    assert note.post("readers", wider | sure | {"written-permitted": "on"}).status_code == 303
    assert note.mark.permitted_at == stage.at
    for form in ("text", "readers"):
        assert 'name="written-permitted"' not in note.get(form).content.decode()
    assert note.change("typed again", **{"written-permitted": ""}).status_code == 303
    version = EarlierVersion.unsealed.get(of=note.mark)
    assert version.mark.permitted_at == stage.at
    assert note.browser.post(wording, words).status_code == 303
    item.mark.refresh_from_db()
    assert item.mark.permitted_at == stage.at
    assert EarlierVersion.unsealed.get(of=item.mark).mark.permitted_at is None, "it was not said of that"
