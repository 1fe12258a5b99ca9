"""Whoever only listens to a conference: they are offered nothing to write, what they had typed is not lost, and whether
their own words are right is theirs to say."""

from html import unescape
from typing import Any

from pytest_django import Settings

from agendas.notes.models import Note
from conferences.meetings.models import Invitation, Status
from tests.agendas.test_notes import DIGEST, Paper
from tests.agendas.test_states import set_stage
from tests.agendas.test_versions import Hand, Table
from tests.agendas.test_words import Words, everything
from tests.cast import Stage

LISTENS = "You are at this meeting to listen"
TYPED = 'readonly dir="auto">what I typed</textarea>'


def listen(stage: Stage, seat: str, *, observes: bool = True) -> None:
    room = stage.row(stage.place("alder", "conferences", "now"))
    which: dict[str, Any] = {"conference": room, "seat": stage.seat("alder", seat)}
    Invitation.objects.update_or_create(**which, defaults={"observes": observes})


def test_what_was_typed_stands_in_the_refusal_and_is_kept_once_they_take_part(
    stage: Stage, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    wide = stage.url("alder", "agenda", "wide")
    paper, hand = Paper(stage, "p-sup", wide), Hand(stage, "p-cm", Table(stage).of("cm"))
    note = paper.filled(text="what I typed")
    shown = DIGEST.search(paper.readers(note))
    assert shown
    note["note-shown_readers"] = shown[1]
    text = hand.text_form() | {"written-text": "what I typed"}
    actions = f"{wide}actions/"
    for seat in ("sup", "cm"):
        listen(stage, seat)
    for browser, address, body in (
        (paper.browser, f"{wide}notes/", note),
        (hand.browser, hand.url("text"), text),
    ):
        origin = {"Origin": "http://testserver"}
        session = browser.session
        session["drafts"] = "whose"
        session.save()
        before, answer = Note.unsealed.count(), browser.post(address, body, headers=origin)
        page = unescape(answer.content.decode())
        assert (answer.status_code, LISTENS in page, TYPED in page) == (403, True, True)
        assert 'data-drafts="whose"' in page, "what the device kept is offered as well"
        assert "If you have to sign in again" not in page
        assert Note.unsealed.count() == before
        live = browser.post(address, body, headers={"HX-Request": "true"})
        assert (live.status_code, 'id="error"' in live.content.decode()) == (403, True), "the form stays"
    page = paper.browser.get(wide).content.decode()
    assert 'id="note-form"' not in page
    assert '<div id="writing" data-listens></div>' in page
    assert actions not in page
    for seat in ("sup", "cm"):
        listen(stage, seat, observes=False)
    assert 'id="note-form"' in paper.browser.get(wide).content.decode()
    assert paper.send(note).status_code == 303
    assert hand.post("text", text).status_code == 303


def test_what_was_kept_is_kept_although_its_writer_only_listens_by_now(stage: Stage) -> None:
    hand = Hand(stage, "p-cm", Table(stage).of("cm"))
    text = hand.text_form() | {"written-text": "what I typed"}
    assert hand.post("text", text).status_code == 303
    listen(stage, "cm")
    assert hand.post("text", text).status_code == 303
    again = hand.post("text", text | {"written-text": "and more"})
    assert (again.status_code, "and more" in again.content.decode()) == (409, True)
    assert Note.unsealed.get(mark=hand.mark).text == "what I typed"


def test_an_observer_is_offered_to_make_nothing_of_what_they_read(stage: Stage) -> None:
    """Neither in the room nor where they prepare; in a record nobody is."""
    room = stage.url("alder", "conferences", "now")
    pages = [stage.url("alder", "agenda", "wide"), f"{room}record/", f"{room}preparation/"]
    browser = stage.client("p-sup")
    offers = [browser.get(page).content.decode().count("Make something of this") for page in pages]
    assert offers[0] > 1
    assert offers[1] == 0
    listen(stage, "sup")
    for page in pages:
        assert "Make something of this" not in browser.get(page).content.decode(), page


def test_whose_words_were_written_down_answers_for_them_although_they_only_listen(stage: Stage) -> None:
    """What the page asks of them is what they may do, in every state; and nobody else is asked."""
    words = Words(stage).write()
    listen(stage, "ther")
    record = f"{stage.url('alder', 'conferences', 'now')}record/"
    for state in Status:
        set_stage(stage, state)
        open_still = state != Status.CLOSED
        asked = words.article("ther")
        for verb in ("denial", "confirmation"):
            assert (f"{verb}/" in asked) == open_still, state
        told = stage.client("p-ther").get(record).content.decode()
        assert ("confirmation/" in told) == (state in (Status.OPEN, Status.PAUSED))
        assert "confirmation/" not in stage.client("p-cm").get(record).content.decode()
        if not open_still:
            before = everything()
            assert words.press("p-ther", "confirmation").status_code == 409
            assert everything() == before
    set_stage(stage, Status.OPEN)
    assert words.press("p-ther", "denial").status_code == 303
    assert words.press("p-ther", "confirmation").status_code == 303
    assert words.readers() == words.allowed(words.wanted)


def test_what_waits_is_not_said_to_be_over_to_its_writer_who_only_listens(stage: Stage) -> None:
    Words(stage, recorder="adv", speaker="sup", audience="clinicians").write()
    listen(stage, "adv")
    person = stage.oracle.case("alder").seats["adv"].person
    page = (
        stage.client(person).get(f"{stage.url('alder', 'conferences', 'now')}preparation/").content.decode()
    )
    assert "Not confirmed yet by whoever said it" in page
    assert "The meeting was closed before" not in page
