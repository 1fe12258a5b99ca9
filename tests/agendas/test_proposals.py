"""Proposing an item: by whom, for whom, in which state; what becomes of it, and how its words are changed."""

import random
import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import pytest
from django.db.models import Max
from django.test import Client

from agendas.items.changes import Wording, reword
from agendas.items.models import AgendaItem
from conferences.meetings.models import Conference, Invitation, Status
from tests.agendas.test_notes import MANAGEMENT, OFFERED
from tests.agendas.test_states import set_stage
from tests.cast import Stage, crawl
from tests.oracle import RowFacts, allowed
from workspace.disclosure.changes import NotAllowedError
from workspace.disclosure.models import Case, Mark
from workspace.people.models import Person, public_id
from workspace.record.models import Event

DIGEST = re.compile(r'name="item-shown_readers" value="(\w+)"')
NAME = re.compile(r"<b><bdi>(\w+)</bdi></b>")
TO_HER = ("My attorney and I", "My attorney, the interpreter and I", "Justice partners with me")
OF_HER = ("The survivor and her attorney", "The survivor, her attorney", "Justice partners with the survivor")
FOR = ("p-cm", "p-survivor", "p-ther", "p-det", "p-prov", "p-law", "p-guardian")


@dataclass
class Slip:
    """The form for an item, as one person finds it."""

    stage: Stage
    person: str
    room: str
    browser: Client = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.stage.client(self.person)

    @property
    def url(self) -> str:
        return f"{self.room}items/"

    def filled(self, **given: Any) -> dict[str, Any]:
        usual = {"title": "typed", "kind": "other", "topic": "coordination", "audience": "everyone"}
        values = usual | {"key": public_id(), "left_out_because": "a reason", "permitted": "on"} | given
        return {f"item-{name}": value for name, value in values.items()}

    def readers(self, body: dict[str, Any]) -> str:
        answer = self.browser.post(f"{self.url}readers/", body)
        assert answer.status_code == 200
        return answer.content.decode()

    def send(self, **given: Any) -> Any:
        body = self.filled(**given)
        shown = DIGEST.search(self.browser.post(f"{self.url}readers/", body).content.decode())
        return self.browser.post(self.url, body | {"item-shown_readers": shown[1] if shown else ""})


@pytest.fixture
def room(stage: Stage) -> str:
    return stage.url("alder", "conferences", "now")


def told(answer: Any) -> str:
    return unescape(answer.content.decode())


def everything() -> tuple[Any, ...]:
    return (
        sorted(AgendaItem.unsealed.values_list("pk", "title", "minutes", "status", "declined", "reply")),
        sorted(Case.objects.values_list("pk", "version")),
        Mark.objects.count(),
        Event.objects.exclude(verb="signed_in").count(),
    )


def proposed(stage: Stage, person: str = "p-survivor", **given: Any) -> str:
    """The address of an item that this person has just proposed."""
    slip = Slip(stage, person, stage.url("alder", "conferences", "now"))
    assert slip.send(**({"audience": "management"} | given)).status_code == 303
    return f"/items/{AgendaItem.unsealed.latest('mark_id').mark.public_id}/"


# Who may


@pytest.mark.parametrize("state", Status)
def test_who_sees_a_conference_and_writes_proposes_until_it_is_closed(
    stage: Stage, room: str, state: Status
) -> None:
    set_stage(stage, state)
    place, absent = stage.place("alder", "conferences", "now"), f"/conferences/{public_id()}/items/"
    counts = {"may": 0, "may not": 0}
    for person in stage.people:
        slip = Slip(stage, person, room)
        seats = [seat for case, seat in stage.oracle.seats_of(person, stage.at) if case == "alder"]
        seat = stage.oracle.case("alder").seats[seats[0]] if seats else None
        sees = bool(seat and stage.oracle.sees("alder", seat.key, place, stage.at))
        before, last = everything(), AgendaItem.unsealed.aggregate(last=Max("position"))["last"]
        answer = slip.send(title="What I typed")
        form = slip.browser.get(slip.url)
        if not sees or (seat and seat.role == "interpreter"):
            assert answer.content == slip.browser.post(absent).content
            assert (answer.status_code, form.status_code) == (404, 404)
            assert everything() == before
            counts["may not"] += 1
        elif state == Status.CLOSED:
            assert (answer.status_code, form.status_code) == (409, 409)
            assert "was closed in the meantime" in told(answer) or "se cerró entretanto" in told(answer)
            assert "What I typed" in told(answer)
            assert everything() == before
        else:
            assert (answer.status_code, answer["Location"], form.status_code) == (303, room, 200)
            item = AgendaItem.unsealed.select_related("mark").latest("mark_id")
            assert (item.title, item.position) == ("What I typed", last + 1)
            assert item.status == ("planned" if person == "p-cm" else "proposed")
            assert item.mark.author_id == stage.seat("alder", seats[0]).pk
            counts["may"] += 1
    assert counts["may not"] > 5
    assert counts["may"] > 12 or state == Status.CLOSED


@pytest.mark.parametrize("person", FOR)
def test_who_will_read_it_is_said_before_and_true_after(stage: Stage, room: str, person: str) -> None:
    facts, place = stage.oracle.case("alder"), stage.place("alder", "conferences", "now")
    names = {each["key"]: each["name"] for each in stage.casefile["people"]}
    me = next(
        seat
        for seat in facts.seats.values()
        if seat.person == person and stage.oracle.sees("alder", seat.key, place, stage.at)
    )
    slip, choose = Slip(stage, person, room), random.Random(person)
    page = slip.browser.get(slip.url).content.decode()
    audiences = set(re.findall(r'name="item-audience" value="([^"]+)"', page))
    topics = re.findall(
        r'<option value="(\w+)"', page.partition('name="item-topic"')[2].partition("</sel")[0]
    )
    invited = {stage.ids[stage.place("alder", "seats", key)] for key in stage.raw(place)["participants"]}
    people = re.findall(r'name="item-people" value="([^"]+)"', page)
    assert set(people) <= invited, "only who is invited can be named"
    assert "checked" not in page.partition('name="item-audience"')[2].partition("</fieldset>")[0]
    written: list[tuple[str, RowFacts]] = []
    everyone = frozenset(seat.role for seat in facts.seats.values())
    for audience in sorted(audiences & {*OFFERED, "everyone"} - {"supervisor"}):
        title, topic = f"title{len(written)}of{person.replace('-', '')}", choose.choice(topics)
        row = RowFacts(
            case="alder",
            topic=topic,
            author=me.key,
            origin=None if me.role == "survivor" else me.agency,
            audience=frozenset((OFFERED | {"everyone": everyone})[audience]),
            parent=stage.oracle.row(place),
        )
        reading = {seat for seat in facts.seats.values() if allowed(facts, seat.key, row, stage.at)}
        seen = {
            names[seat.person]
            for seat in reading
            if stage.oracle.sees("alder", me.key, stage.place("alder", "seats", seat.key), stage.at)
        }
        assert set(NAME.findall(slip.readers(slip.filled(audience=audience, topic=topic)))) == seen
        assert slip.send(title=title, audience=audience, topic=topic).status_code == 303
        written.append((title, row))
    assert len(written) > 6
    for other in stage.people:
        seats = [seat for case, seat in stage.oracle.seats_of(other, stage.at) if case == "alder"]
        said = stage.client(other).get(room).content.decode()
        for title, row in written:
            assert (title in said) == any(allowed(facts, seat, row, stage.at) for seat in seats), (other, row)


def test_an_item_that_leaves_her_out_asks_why_and_keeps_the_reason(stage: Stage, room: str) -> None:
    slip, before = Slip(stage, "p-sup", room), everything()
    refused = slip.send(audience="clinicians", left_out_because="")
    assert refused.status_code == 422
    assert "Say why the survivor is not among them." in told(refused)
    assert everything() == before
    assert slip.send(audience="clinicians", left_out_because="She asked for it.").status_code == 303
    item = AgendaItem.unsealed.select_related("mark").latest("mark_id")
    assert item.mark.left_out_because == "She asked for it."
    assert slip.send(audience="everyone", left_out_because="never asked").status_code == 303
    assert AgendaItem.unsealed.select_related("mark").latest("mark_id").mark.left_out_because == ""


def test_who_presents_it_has_to_be_able_to_read_it(stage: Stage, room: str) -> None:
    slip, before = Slip(stage, "p-cm", room), everything()
    detective = stage.ids[stage.place("alder", "seats", "det")]
    refused = slip.send(audience="management", presenter=detective)
    assert refused.status_code == 422
    assert "cannot present this, because they could not read it" in told(refused)
    assert everything() == before
    assert slip.send(audience="everyone", presenter=detective).status_code == 303
    assert AgendaItem.unsealed.latest("mark_id").presenter == stage.seat("alder", "det")


def test_the_author_is_told_when_whoever_leads_will_not_see_it(stage: Stage, room: str) -> None:
    slip = Slip(stage, "p-sup", room)
    leader = next(each["name"] for each in stage.casefile["people"] if each["key"] == "p-cm")
    sentence = f"{leader} leads this meeting and will not see this"
    assert sentence in unescape(slip.readers(slip.filled(audience="me")))
    assert "leads this meeting" not in unescape(slip.readers(slip.filled(audience="everyone")))
    # Where the author may not know who leads, nothing depends on what that seat could read.
    Mark.objects.filter(pk=stage.seat("alder", "cm").pk).update(audience=1)
    for audience in ("me", "everyone"):
        said = unescape(slip.readers(slip.filled(audience=audience)))
        assert "It may be that whoever leads this meeting does not see this" in said
        assert leader not in said


def test_she_is_offered_an_item_of_her_own_first_and_nobody_else_is(stage: Stage, room: str) -> None:
    def kinds(person: str) -> list[str]:
        page = stage.client(person).get(f"{room}items/").content.decode()
        return re.findall(
            r'<option value="(\w+)"', page.partition('name="item-kind"')[2].partition("</select>")[0]
        )

    assert kinds("p-survivor")[:2] == ["survivors_words", "other"]
    assert kinds("p-cm")[0] == "other"
    assert "survivors_words" not in kinds("p-cm")


@pytest.mark.parametrize("form", ["item-form", "note-form"])
def test_what_she_chooses_from_speaks_to_her_and_not_of_her(stage: Stage, room: str, form: str) -> None:
    item = stage.row(stage.place("alder", "agenda", "wide")).mark.public_id
    address = f"{room}items/" if form == "item-form" else f"/items/{item}/"
    Person.objects.update(language="en")
    for person, spoken, not_spoken in (("p-survivor", TO_HER, OF_HER), ("p-cm", OF_HER, TO_HER)):
        page = unescape(stage.client(person).get(address).content.decode())
        offered = page.partition(f'id="{form}"')[2].partition("</form>")[0]
        assert [words for words in spoken if words not in offered] == []
        assert not any(words in offered for words in not_spoken)


def test_a_form_sent_twice_proposes_once(stage: Stage, room: str) -> None:
    slip, key, before = Slip(stage, "p-ther", room), public_id(), AgendaItem.unsealed.count()
    assert [slip.send(key=key).status_code for _ in range(2)] == [303, 303]
    assert AgendaItem.unsealed.count() == before + 1
    changed = slip.send(key=key, title="something else")
    assert changed.status_code == 409
    assert "something else" in told(changed)
    assert AgendaItem.unsealed.count() == before + 1


def shortened(given: dict[str, Any]) -> str:
    return ascii(given)[:40]


BAD: list[dict[str, Any]] = [
    {"title": ""},
    {"title": "\u200b \x00"},
    {"title": "x" * 201},
    {"minutes": "0"},
    {"minutes": "-5"},
    {"minutes": "9" * 5000},
    {"minutes": "1e3"},
    {"kind": "survivors_words"},
    {"kind": "\x00"},
    {"topic": "privileged"},
    {"topic": "nothing"},
    {"presenter": "a" * 20},
    {"presenter": "\x00"},
    {"audience": ""},
    {"audience": "roles"},
    {"audience": "people", "people": ["a" * 20]},
]


@pytest.mark.parametrize("given", BAD, ids=shortened)
def test_bad_input_changes_nothing_and_loses_nothing(stage: Stage, room: str, given: dict[str, Any]) -> None:
    slip, before = Slip(stage, "p-cm", room), everything()
    answer = slip.send(**({"title": "what I typed", "left_out_because": "kept too"} | given))
    assert answer.status_code == 422
    assert "errorlist" in told(answer)
    assert ("what I typed" in told(answer)) == ("title" not in given)
    assert everything() == before


def test_somebody_of_another_case_or_not_invited_cannot_be_named(stage: Stage, room: str) -> None:
    slip, before = Slip(stage, "p-cm", room), everything()
    for case, key in (("birch", "sv"), ("alder", "interp2")):
        number = stage.ids[stage.place(case, "seats", key)]
        assert slip.send(audience="people", people=[number]).status_code == 422
        assert slip.send(presenter=number).status_code == 422
    assert everything() == before


# What becomes of it


REFUSED = "decided about this already"
PROPOSAL = {
    #             planned    open       paused     closed
    "proposed": ("refused", "refused", "refused", "is closed"),
    "declined": (REFUSED, REFUSED, REFUSED, "is closed"),
    "planned": (REFUSED, REFUSED, REFUSED, "is closed"),
    "parked": (REFUSED, REFUSED, REFUSED, "is closed"),
    "done": (REFUSED, REFUSED, REFUSED, "is closed"),
}
CELLS = [
    (status, state, cell)
    for status, cells in PROPOSAL.items()
    for state, cell in zip(Status, cells, strict=True)
]


@pytest.mark.parametrize(("status", "state", "cell"), CELLS)
def test_when_a_proposal_is_said_not_to_be_for_this_time(
    stage: Stage, room: str, status: str, state: Status, cell: str
) -> None:
    url = proposed(stage)
    set_stage(stage, state)
    declined = {"status": "proposed", "declined": True, "reply": "before"} if status == "declined" else {}
    AgendaItem.unsealed.filter(title="typed").update(**({"status": status} | declined))
    lead, before = stage.client("p-cm"), everything()
    answer = lead.post(f"{url}refusal/", {"reply": " Next time, please. "})
    if cell == "refused":
        assert (answer.status_code, answer["Location"]) == (303, room)
        row = AgendaItem.unsealed.get(title="typed")
        assert (row.declined, row.reply, row.status) == (True, "Next time, please.", "proposed")
        after = everything()
        assert lead.post(f"{url}refusal/", {"reply": "Next time, please."}).status_code == 303
        assert everything() == after, "what is sent again changes nothing"
    else:
        assert answer.status_code == 409
        assert cell in told(answer)
        assert "Next time, please." in told(answer), "nothing typed is lost"
        assert everything() == before


def test_a_refusal_needs_a_word_and_only_who_leads_says_it(stage: Stage) -> None:
    url = proposed(stage)
    before, lead = everything(), stage.client("p-cm")
    assert lead.get(f"{url}refusal/").status_code == 200
    for reply in ("", "  ", "\u200b", "x" * 501):
        answer = lead.post(f"{url}refusal/", {"reply": reply})
        assert answer.status_code == 422
        assert "errorlist" in told(answer)
    for person in ("p-survivor", "p-sup", "p-interp"):
        browser = stage.client(person)
        for answer in (browser.get(f"{url}refusal/"), browser.post(f"{url}refusal/", {"reply": "no"})):
            assert answer.status_code == 403
            assert "Only the facilitator" in told(answer) or "Solo quien dirige" in told(answer)
    detective = stage.client("p-det")
    absent = detective.get(f"/items/{public_id()}/refusal/")
    assert (absent.status_code, absent.content) == (404, detective.get(f"{url}refusal/").content)
    assert everything() == before


def test_who_reads_a_proposal_reads_the_word_and_nobody_else_does(stage: Stage, room: str) -> None:
    url = proposed(stage)
    assert stage.client("p-cm").post(f"{url}refusal/", {"reply": "aKindWord"}).status_code == 303
    reading = {
        person for person in stage.people if "aKindWord" in "".join(crawl(stage.client(person)).values())
    }
    facts, place = stage.oracle.case("alder"), stage.place("alder", "conferences", "now")
    row = RowFacts(
        "alder", "coordination", author="sv", audience=frozenset(MANAGEMENT), parent=stage.oracle.row(place)
    )
    assert reading == {
        seat.person for seat in facts.seats.values() if allowed(facts, seat.key, row, stage.at)
    }
    assert {"p-survivor", "p-cm", "p-interp"} < reading < set(stage.people)
    hers, lead = (stage.client(person).get(room).content.decode() for person in ("p-survivor", "p-cm"))
    assert '<details id="declined" open>' in hers
    assert '<details id="declined">' in lead
    numbered = lead.partition('<ol class="agenda">')[2].partition("</ol>")[0]
    assert "typed" not in numbered
    assert f'formaction="{url}planned/"' in lead
    assert f'formaction="{url}planned/"' not in hers
    assert "aKindWord" in stage.client("p-survivor").get(url).content.decode()
    assert '<span class="number">' not in stage.client("p-survivor").get(url).content.decode()


@pytest.mark.parametrize("verb", ["planned", "parked", "current", "done"])
def test_it_can_be_put_on_the_agenda_after_all_and_the_word_is_gone(
    stage: Stage, room: str, verb: str
) -> None:
    url = proposed(stage)
    lead = stage.client("p-cm")
    lead.post(f"{url}refusal/", {"reply": "aKindWord"})
    assert lead.post(f"{url}{verb}/").status_code == 303
    row = AgendaItem.unsealed.get(title="typed")
    assert (row.declined, row.reply) == (False, "")
    assert row.status == {"current": "planned"}.get(verb, verb)
    page = stage.client("p-survivor").get(room).content.decode()
    assert "aKindWord" not in page
    assert "typed" in page.partition('<ol class="agenda">')[2].partition("</ol>")[0]


def test_who_leads_is_asked_about_proposals_and_nobody_else_is(stage: Stage, room: str) -> None:
    url = proposed(stage)
    for state in Status:
        set_stage(stage, state)
        lead, other = (stage.client(person).get(room).content.decode() for person in ("p-cm", "p-sup"))
        assert (f'href="{url}refusal/"' in lead) == (state != Status.CLOSED)
        assert f'href="{url}refusal/"' not in other
        for page in (lead, other):
            assert (f'href="{room}items/"' in page) == (state != Status.CLOSED)
            assert (f'href="{room}preparation/"' in page) == (state == Status.PLANNED)
        assert f'href="{room}items/"' not in stage.client("p-interp").get(room).content.decode()


# Its words


def worded(title: str, minutes: str = "", shown: tuple[str, str] = ("typed", "")) -> dict[str, str]:
    return {"title": title, "minutes": minutes, "shown_title": shown[0], "shown_minutes": shown[1]}


@pytest.mark.parametrize("state", Status)
def test_its_author_alone_changes_its_words_until_the_conference_is_closed(
    stage: Stage, room: str, state: Status
) -> None:
    url = proposed(stage, "p-ther", audience="everyone")
    set_stage(stage, state)
    for person in stage.people:
        browser, before = stage.client(person), everything()
        sees, link = browser.get(url), f'href="{url}wording/"'
        form, answer = browser.get(f"{url}wording/"), browser.post(f"{url}wording/", worded("better", "15"))
        if sees.status_code == 404:
            assert answer.content == browser.post(f"/items/{public_id()}/wording/").content
            assert (form.status_code, answer.status_code) == (404, 404)
        elif person != "p-ther":
            assert (form.status_code, answer.status_code) == (403, 403)
            assert link not in sees.content.decode()
        elif state == Status.CLOSED:
            assert (form.status_code, answer.status_code) == (409, 409)
            assert "better" in told(answer)
            assert link not in sees.content.decode()
        else:
            assert (form.status_code, answer.status_code, answer["Location"]) == (200, 303, room)
            assert link in sees.content.decode()
            assert AgendaItem.unsealed.filter(title="better", minutes=15).count() == 1
            after = everything()
            assert browser.post(f"{url}wording/", worded("better", "15")).status_code == 303
            assert everything() == after
            AgendaItem.unsealed.filter(title="better").update(title="typed", minutes=None)
            continue
        assert everything() == before


def test_of_two_who_change_it_the_second_is_shown_both_and_replaces_it_knowingly(stage: Stage) -> None:
    url = proposed(stage, "p-ther", audience="everyone")
    browser = stage.client("p-ther")
    assert browser.post(f"{url}wording/", worded("the first of the two", "15")).status_code == 303
    before, answer = everything(), browser.post(f"{url}wording/", worded("the second of the two", "20"))
    assert answer.status_code == 409
    assert "changed in the meantime" in told(answer)
    assert "the first of the two" in told(answer)
    assert "the second of the two" in told(answer)
    assert everything() == before
    sent = dict(re.findall(r'name="(shown_\w+)" value="([^"]*)"', answer.content.decode()))
    assert sent == {"shown_title": "the first of the two", "shown_minutes": "15"}
    again = browser.post(f"{url}wording/", worded("the second of the two", "20") | sent)
    assert again.status_code == 303
    assert AgendaItem.unsealed.filter(title="the second of the two", minutes=20).count() == 1


@pytest.mark.parametrize(
    "given",
    [{"title": ""}, {"title": "x" * 201}, {"minutes": "241"}, {"minutes": "9" * 5000}],
    ids=shortened,
)
def test_words_that_cannot_be_kept_change_nothing(stage: Stage, given: dict[str, str]) -> None:
    url = proposed(stage, "p-ther", audience="everyone")
    before = everything()
    answer = stage.client("p-ther").post(f"{url}wording/", worded("kept here") | given)
    assert answer.status_code == 422
    assert "errorlist" in told(answer)
    assert everything() == before
    assert stage.client("p-ther").post(f"{url}wording/", {"title": "kept here"}).status_code == 409
    assert everything() == before


def test_a_proposal_is_for_one_meeting_only(stage: Stage, room: str) -> None:
    proposed(stage, "p-cm", audience="everyone", title="onlyHere")
    elsewhere = stage.url("alder", "conferences", "next")
    assert "onlyHere" in stage.client("p-cm").get(room).content.decode()
    assert "onlyHere" not in stage.client("p-cm").get(elsewhere).content.decode()
    assert Conference.unsealed.count() == 5


def test_the_verb_itself_lets_nobody_else_change_the_words(stage: Stage) -> None:
    number = proposed(stage, "p-ther", audience="everyone").split("/")[2]
    before, words = everything(), Wording("typed", None)
    with pytest.raises(NotAllowedError):
        reword(
            stage.sight("p-cm"), item=number, wording=Wording("other", None), before=words, permitted=False
        )
    with pytest.raises(LookupError):
        reword(
            stage.sight("p-nowhere"),
            item=number,
            wording=Wording("other", None),
            before=words,
            permitted=False,
        )
    assert everything() == before


@pytest.mark.parametrize("gone", ["signed out", "leads no more"])
def test_a_kind_word_that_cannot_be_taken_is_given_back(stage: Stage, gone: str) -> None:
    url, lead = proposed(stage), stage.client("p-cm")
    if gone == "signed out":
        lead.cookies.clear()
    else:
        Conference.unsealed.filter(key="now").update(facilitator=stage.seat("alder", "sup"))
    before, answer = everything(), lead.post(f"{url}refusal/", {"reply": "Next time, please."})
    assert (answer.status_code, "Next time, please." in told(answer)) == (403, True)
    assert everything() == before


def test_who_only_listens_changes_no_words_and_is_not_offered_to(stage: Stage, room: str) -> None:
    url, author = proposed(stage, "p-ther", audience="everyone"), stage.client("p-ther")
    Invitation.objects.filter(seat__key="ther", conference__key="now").update(observes=True)
    before = everything()
    for answer in (author.get(f"{url}wording/"), author.post(f"{url}wording/", worded("better"))):
        assert (answer.status_code, "at this meeting to listen" in told(answer)) == (403, True)
    assert everything() == before
    assert f'href="{url}wording/"' not in told(author.get(url))
    assert f'href="{room}items/"' not in told(author.get(room))
    preparation = told(author.get(f"{room}preparation/"))
    assert 'id="preparation"' in preparation
    assert "#note-form" not in preparation
