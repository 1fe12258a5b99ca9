"""An action item is made in the meeting, under an item or out of a note, and so is a decision out of a note: by whoever
writes, given to whoever may read it, and read by those who were named beforehand."""

import random
import re
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from agendas.actions.models import ActionItem
from agendas.notes.models import Decision, Note
from conferences.meetings.models import Conference, Status
from tests.agendas.test_notes import NAME, Authors
from tests.agendas.test_states import set_stage
from tests.agendas.test_words import WORDS, Words
from tests.cast import Stage
from tests.live_pass import connect, passed
from tests.oracle import RowFacts
from workspace.disclosure.models import Case, Mark
from workspace.people.models import public_id
from workspace.record.models import Event

TITLE = "whatistobedone"
SHOWN = re.compile(r'shown_readers" value="(\w+)"')
MADE = {"items": "actions", "notes": "action", "decisions": "decision"}


class Maker:
    """One person who makes something under an item or out of a note."""

    def __init__(self, stage: Stage, person: str, address: str) -> None:
        self.stage, self.address, self.browser = stage, address, stage.client(person)
        self.prefix = "decision" if address.endswith("/decision/") else "action"
        self.page = self.browser.get(address)

    def filled(self, who: str, **given: Any) -> dict[str, Any]:
        usual = {"topic": "coordination", "audience": "everyone", "title": TITLE, "text": TITLE}
        usual |= {"owner": self.number(who) if who else "", "due": "", "key": public_id()}
        values = usual | {"left_out_because": "a reason", "permitted": "on"} | given
        return {f"{self.prefix}-{name}": value for name, value in values.items()}

    def number(self, key: str) -> str:
        return self.stage.ids[self.stage.place("alder", "seats", key)]

    def readers(self, body: dict[str, Any]) -> str:
        answer = self.browser.post(f"{self.address}readers/", body)
        assert answer.status_code == 200
        return answer.content.decode()

    def make(self, who: str = "", **given: Any) -> Any:
        body = self.filled(who, **given)
        shown = SHOWN.search(self.readers(body))
        body |= {f"{self.prefix}-shown_readers": shown[1] if shown else ""}
        return self.browser.post(self.address, body)


def everything() -> tuple[Any, ...]:
    return (
        ActionItem.unsealed.count(),
        Decision.unsealed.count(),
        Mark.objects.count(),
        sorted(Case.objects.values_list("pk", "version")),
        Event.objects.exclude(verb="signed_in").count(),
    )


def a_note(stage: Stage, *readers: str, hidden_from: str) -> str:
    """The place of a note under the item for everybody that all of these seats see, and that one does not."""
    wide = stage.place("alder", "agenda", "wide")
    return next(
        place
        for place in stage.oracle.rows("alder")
        if place.startswith(f"{wide}/notes/")
        and all(stage.oracle.sees("alder", key, place, stage.at) for key in readers)
        and not stage.oracle.sees("alder", hidden_from, place, stage.at)
    )


def addresses(stage: Stage) -> dict[str, tuple[str, str]]:
    """What something is made of: its address, and its place."""
    item, note = stage.place("alder", "agenda", "wide"), a_note(stage, "cm", "sup", hidden_from="det")
    return {
        "items": (f"/items/{stage.ids[item]}/actions/", item),
        "notes": (f"/notes/{stage.ids[note]}/action/", note),
        "decisions": (f"/notes/{stage.ids[note]}/decision/", note),
    }


FEW = ("cm", "det", "interp", "sv")


@pytest.mark.parametrize("state", Status)
def test_whoever_writes_makes_one_until_the_conference_is_closed(stage: Stage, state: str) -> None:
    """Everybody where it is open; some in the other states."""
    set_stage(stage, state)
    item = stage.url("alder", "agenda", "wide")
    made = hidden = 0
    for seat in stage.oracle.case("alder").seats.values():
        here = ("alder", seat.key) in stage.oracle.seats_of(seat.person, stage.at)
        if not here or (state != Status.OPEN and seat.key not in FEW):
            continue
        page = stage.client(seat.person).get(item).content.decode()
        for address, place in addresses(stage).values():
            before, maker = everything(), Maker(stage, seat.person, address)
            offered = f'href="{address}"' in page
            if not stage.oracle.sees("alder", seat.key, place, stage.at) or seat.role == "interpreter":
                assert maker.page.status_code == 404, seat.key
                assert maker.browser.post(address, maker.filled(seat.key)).status_code == 404
                assert (offered, everything()) == (False, before)
                hidden += 1
                continue
            answer = maker.make(seat.key)
            if state == Status.CLOSED:
                said = unescape(maker.page.content.decode())
                assert maker.page.status_code == answer.status_code == 409
                assert "is closed" in said or "está cerrada" in said
                assert TITLE in answer.content.decode()
                assert (offered, everything()) == (False, before)
            else:
                assert (offered, maker.page.status_code) == (True, 200), (seat.key, address)
                assert (answer.status_code, answer["Location"]) == (303, item), answer.content.decode()
                assert everything() != before
            made += 1
    assert made >= 5
    assert hidden >= 3


def test_who_reads_it_is_said_before_and_true_after_whoever_makes_it_for_whomever(stage: Stage) -> None:
    authors, rng = Authors(stage), random.Random("actions")
    facts = authors.facts
    made: list[tuple[str, RowFacts]] = []
    refused = 0
    writing = [key for key, seat in authors.seats.items() if seat.role != "interpreter"]
    for author in writing:
        maker = Maker(stage, facts.seats[author].person, f"{authors.item}actions/")
        select = maker.page.content.decode().partition('name="action-owner"')[2].partition("</select>")[0]
        seats = {stage.ids[stage.place("alder", "seats", key)]: key for key in facts.seats}
        owners = [seats[number] for number in re.findall(r'value="([^"]{20})"', select)]
        assert all(authors.sees_seat(author, key) for key in owners)
        assert owners[0] == author
        for owner in rng.sample(owners, 4):
            audience = rng.choice(["management", "care", "justice", "everyone", "survivor"])
            topic = rng.choice(["coordination", "housing", "immigration", "mental_health"])
            about = f'<option value="{topic}"'
            if about not in maker.page.content.decode():
                continue
            row = authors.row(author, topic, audience, set(), set())
            row = replace(row, named=row.named | {owner}, parent=None)
            text = f"made{len(made):04}here"
            body = maker.filled(owner, audience=audience, topic=topic, title=text)
            told = maker.readers(body)
            assert set(NAME.findall(told)) == authors.who_reads(author, row), (author, owner, audience)
            shown = SHOWN.search(told)
            assert shown
            before = everything()
            answer = maker.browser.post(maker.address, body | {"action-shown_readers": shown[1]})
            if not authors.reads(owner, row) or (facts.seats[owner].role == "survivor" and author != owner):
                assert answer.status_code == 422
                assert everything() == before
                refused += 1
            else:
                assert answer.status_code == 303, answer.content.decode()
                made.append((text, row))
    assert len(made) > 15
    assert refused > 5
    for person in stage.people:
        held = {key for case, key in stage.oracle.seats_of(person, stage.at) if case == "alder"}
        pages = stage.client(person).get(f"/cases/{stage.ids['/cases/0']}/").content.decode()
        if held & authors.seats.keys():
            pages += stage.client(person).get(authors.item).content.decode().partition('id="actions"')[2]
        for text, row in made:
            sees = any(authors.reads(key, row) for key in held)
            assert pages.count(text) == sees * (2 if held & authors.seats.keys() else 1), (person, row)


@pytest.mark.parametrize(("owner", "status"), [("cm", "accepted"), ("ther", "offered")])
def test_whoever_takes_it_on_has_accepted_it_and_others_are_asked(
    stage: Stage, owner: str, status: str
) -> None:
    maker = Maker(stage, "p-cm", addresses(stage)["items"][0])
    assert maker.make(owner, due="2999-12-31", audience="care", title="  a\n title ").status_code == 303
    row = ActionItem.unsealed.select_related("mark", "owner", "from_item").latest("mark_id")
    assert (row.status, row.owner.key, row.title, row.due) == (status, owner, "a title", date(2999, 12, 31))
    assert (row.mark.parent, row.from_item.key, row.from_note) == (None, "wide", None)
    assert list(row.mark.named.values_list("seat", flat=True)) == [row.owner_id]
    assert Event.objects.filter(verb="action_made", mark=row.mark).count() == 1


def test_she_offers_and_is_not_given_anything(stage: Stage) -> None:
    address = addresses(stage)["items"][0]
    before = everything()
    for person in ("p-cm", "p-sup", "p-ther", "p-det"):
        answer = Maker(stage, person, address).make("sv")
        assert answer.status_code == 422
        assert "she can offer it here herself" in unescape(answer.content.decode())
        assert TITLE in answer.content.decode()
    assert everything() == before
    assert Maker(stage, "p-survivor", address).make("sv").status_code == 303
    assert ActionItem.unsealed.latest("mark_id").status == "accepted"


def test_an_owner_who_could_not_read_it_is_refused_in_one_sentence_whatever_the_reason(stage: Stage) -> None:
    maker = Maker(stage, "p-cm", addresses(stage)["items"][0])
    before, told = everything(), set()
    for owner, topic in (("det", "mental_health"), ("det", "substance_use"), ("ther", "advocacy")):
        answer = maker.make(owner, topic=topic)
        assert answer.status_code == 422
        page = unescape(answer.content.decode())
        told.add(page.partition('class="errorlist')[2].partition("</ul>")[0].partition("<li>")[2])
    assert len(told) == 1
    assert "could not read it" in told.pop()
    assert everything() == before


def test_an_owner_whom_the_writer_does_not_see_is_as_one_that_never_was(stage: Stage) -> None:
    Mark.objects.filter(pk=stage.seat("alder", "ther").pk).update(audience=0)
    maker = Maker(stage, "p-mentor", addresses(stage)["items"][0])
    hidden = maker.number("ther")
    assert hidden not in maker.page.content.decode()
    told = []
    for number in (hidden, public_id()):
        answer = maker.make(owner=number, key="k" * 20)
        assert answer.status_code == 422
        text = answer.content.decode().replace(number, "")
        told.append(re.sub(r'(?<=csrfmiddlewaretoken" value=")\w+|nonce="\w+"', "", text))
    assert told[0] == told[1]


def test_today_is_not_too_late_and_yesterday_is(stage: Stage) -> None:
    maker, today = Maker(stage, "p-cm", addresses(stage)["items"][0]), timezone.localdate()
    assert maker.make("cm", due=today.isoformat()).status_code == 303
    answer = maker.make("cm", due=(today - timedelta(days=2)).isoformat())
    assert answer.status_code == 422
    assert "This day is over." in answer.content.decode()


WRONG: list[dict[str, Any]] = [
    *({"title": each} for each in ("", " \x00 ", "x" * 201)),
    *({"owner": each} for each in ("", "a\0b", "1", "x" * 5000)),
    *({"due": each} for each in ("2026-02-30", "9999-12-31", "1-1-1", "\x00", "99999999999-01-01", "soon")),
    *({"topic": each} for each in ("", "nonsense", "privileged")),
    *({"audience": each} for each in ("", "nonsense", "roles", "people")),
    {"audience": "people", "people": ["k" * 20]},
    {"audience": "clinicians", "left_out_because": "  "},
    {"audience": "roles", "roles": ["counsel"]},
    {"key": "short"},
]


def test_what_cannot_be_kept_comes_back_with_what_was_typed(stage: Stage) -> None:
    maker, before = Maker(stage, "p-cm", addresses(stage)["items"][0]), everything()
    for wrong in WRONG:
        answer = maker.make("ther", **{"title": "typed & kept", "due": "2999-01-01"} | wrong)
        page = answer.content.decode()
        assert answer.status_code == 422, wrong
        assert 'class="errorlist' in page or "key" in wrong, wrong
        assert "typed &amp; kept" in page or "title" in wrong, wrong
        assert 'value="2999-01-01"' in page or "due" in wrong, wrong
        assert everything() == before


def test_it_is_not_kept_before_its_readers_were_shown_and_sent_twice_it_is_kept_once(stage: Stage) -> None:
    for what, (address, _place) in addresses(stage).items():
        maker, before = Maker(stage, "p-cm", address), everything()
        answer = maker.browser.post(address, maker.filled("ther", audience="care"))
        assert answer.status_code == 422
        assert "Please read who will see this" in answer.content.decode()
        assert everything() == before
        key = public_id()
        assert maker.make("ther", audience="care", key=key).status_code == 303
        once = everything()
        assert maker.make("ther", audience="care", key=key).status_code == 303
        assert everything() == once, what


def test_a_writer_from_outside_says_that_their_client_permits_it(stage: Stage) -> None:
    for what, (address, _place) in addresses(stage).items():
        Note.unsealed.filter(mark__public_id=address.split("/")[2]).update(kind="discussion")
        maker = Maker(stage, "p-prov" if what == "items" else "p-cm", address)
        asked = b'name="%s-permitted"' % maker.prefix.encode() in maker.page.content
        assert asked == (what == "items")
    address = addresses(stage)["items"][0]
    maker = Maker(stage, "p-prov", address)
    answer = maker.make("prov", permitted="")
    assert answer.status_code == 422
    assert "First say that your own client permits it." in answer.content.decode()
    assert maker.make("prov").status_code == 303
    assert ActionItem.unsealed.latest("mark_id").mark.permitted_at == stage.at


@pytest.mark.parametrize("what", ["notes", "decisions"])
def test_the_form_begins_with_the_note_s_words_and_nobody_to_read_them(stage: Stage, what: str) -> None:
    address, place = addresses(stage)[what]
    Note.unsealed.filter(mark__public_id=stage.ids[place]).update(
        text="Ask about\nthe *room*. " + "More " * 60
    )
    Mark.objects.filter(public_id=stage.ids[place]).update(topic="housing")
    page = Maker(stage, "p-cm", address).page.content.decode()
    radios = re.findall(r'<input type="radio" name="\w+-audience"[^>]*>', page)
    assert len(radios) > 8
    assert not [radio for radio in radios if "checked" in radio]
    assert '<option value="housing" selected>' in page
    if what == "notes":
        title = unescape(page.partition('name="action-title" value="')[2].partition('"')[0])
        assert title.startswith("Ask about the *room*. More More")
        assert title.endswith("More…")
        assert len(title) <= 120
        assert "selected>" not in page.partition('name="action-owner"')[2].partition("</select>")[0].replace(
            '<option value="" selected>', ""
        )
    else:
        assert "Ask about\nthe *room*." in page
    Note.unsealed.filter(mark__public_id=stage.ids[place]).update(text="x" * 500)
    assert "x" * 120 in Maker(stage, "p-cm", address).page.content.decode()


def test_a_topic_that_is_not_the_writer_s_to_choose_is_replaced_by_none(stage: Stage) -> None:
    address, place = addresses(stage)["notes"]
    Mark.objects.filter(public_id=stage.ids[place]).update(
        topic="privileged", author=stage.seat("alder", "cm")
    )
    page = Maker(stage, "p-cm", address).page.content.decode()
    topics = page.partition('name="action-topic"')[2].partition("</select>")[0]
    assert topics.count("<option") > 5
    assert '" selected>' not in topics.replace('<option value="" selected>', "")
    assert topics.partition("<option")[2].startswith(' value=""')


def test_the_link_to_the_note_is_shown_to_who_sees_both_ends(stage: Stage) -> None:
    authors, item = Authors(stage), stage.url("alder", "agenda", "wide")
    links = 0
    for what in ("notes", "decisions"):
        address, place = addresses(stage)[what]
        maker = Maker(stage, "p-cm", address)
        assert maker.make("cm", topic="coordination", audience="everyone").status_code == 303
        row = authors.row("cm", "coordination", "everyone", set(), set())
        if what == "notes":
            row = replace(row, named=frozenset({"cm"}), parent=None)
        for key, seat in authors.seats.items():
            page = stage.client(seat.person).get(item).content.decode()
            element = "li" if what == "notes" else "article"
            made = [part for part in re.findall(rf"<{element}.*?</{element}>", page, re.S) if TITLE in part]
            assert len(made) == authors.reads(key, row), (key, what)
            linked = any(f'href="#note-{stage.ids[place]}"' in part for part in made)
            assert linked == (authors.reads(key, row) and stage.oracle.sees("alder", key, place, stage.at))
            assert what == "decisions" or page.count(f'href="#note-{stage.ids[place]}"') == linked
            links += linked
    made_of = ActionItem.unsealed.latest("mark_id").from_note, Decision.unsealed.latest("mark_id").from_note
    assert {each.mark.public_id for each in made_of} == {stage.ids[place]}
    assert 4 < links < 2 * len(authors.seats)


@pytest.mark.parametrize("what", ["notes", "decisions"])
def test_nothing_is_made_of_words_that_are_not_confirmed(stage: Stage, what: str) -> None:
    words = Words(stage).write()
    address = f"/notes/{words.note.mark.public_id}/{MADE[what]}/"
    before = everything()
    for said in ("", "denial"):
        if said:
            words.press("p-ther", said)
            before = everything()
        maker = Maker(stage, "p-cm", address)
        assert maker.page.status_code == 409
        assert "has not confirmed it yet" in maker.page.content.decode()
        assert WORDS not in maker.page.content.decode()
        assert maker.make("cm").status_code == 409
        assert everything() == before
        assert address not in words.article("cm")
    words.press("p-ther", "confirmation")
    assert address in words.article("cm")
    assert Maker(stage, "p-cm", address).make("cm").status_code == 303


def test_a_conference_that_was_closed_meanwhile_keeps_what_was_typed(stage: Stage) -> None:
    for address, _place in addresses(stage).values():
        maker = Maker(stage, "p-cm", address)
        body = maker.filled("cm")
        shown = SHOWN.search(maker.readers(body))
        assert shown
        Conference.unsealed.filter(key="now").update(status="closed")
        before = everything()
        answer = maker.browser.post(address, body | {f"{maker.prefix}-shown_readers": shown[1]})
        assert answer.status_code == 409
        assert TITLE in answer.content.decode()
        assert "was closed in the meantime" in answer.content.decode()
        assert everything() == before
        Conference.unsealed.filter(key="now").update(status="open")


@pytest.mark.parametrize("what", MADE)
def test_frames_go_to_those_who_read_it_and_to_nobody_else(
    stage: Stage, settings: Settings, what: str
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    authors = Authors(stage)
    address, _place = addresses(stage)[what]
    room, look = stage.ids[stage.place("alder", "conferences", "now")], authors.item.split("/")[2]
    opened = {
        key: connect("room", stage.client(seat.person).cookies["s"].value, id=room, look=look)
        for key, seat in authors.seats.items()
    }
    assert len(passed(list(opened.values()))[0]) == len(opened)
    maker = Maker(stage, "p-cm", address)
    assert maker.make("ther", audience="care").status_code == 303
    frames, closed = passed(list(opened.values()))
    row: RowFacts = authors.row("cm", "coordination", "care", set(), set())
    if what != "decisions":
        row = replace(row, named=frozenset({"ther"}), parent=None)
    reading = {key for key in authors.seats if authors.reads(key, row)}
    assert {key for key, connection in opened.items() if connection in frames} == reading
    assert 3 < len(reading) < len(opened)
    assert not closed
