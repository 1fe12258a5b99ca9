"""Adding a note: who will read it is said before and true after; what is refused loses nothing that was typed."""

import random
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from agendas.notes.changes import add_note
from agendas.notes.models import Note
from conferences.meetings.models import Conference
from conferences.readers.changes import Choice
from tests.cast import TICK, Stage, crawl, said
from tests.oracle import RowFacts, allowed
from workspace.disclosure.changes import StaleError
from workspace.disclosure.models import Case, Mark
from workspace.disclosure.policy import EVERY_ROLE, Topic
from workspace.people.models import public_id
from workspace.record import changes as record
from workspace.record.models import Event

DIGEST = re.compile(r'name="note-shown_readers" value="(\w+)"')
NAME = re.compile(r"<b><bdi>(\w+)</bdi></b>")
MANAGEMENT = {"survivor", "case_manager", "advocate", "clinical_supervisor", "interpreter"}
OFFERED: dict[str, set[str]] = {
    "me": set(),
    "survivor": {"survivor"},
    "supervisor": set(),
    "management": MANAGEMENT,
    "care": MANAGEMENT | {"therapist", "medical", "shelter", "provider", "mentor"},
    "clinicians": {"case_manager", "clinical_supervisor", "therapist"},
    "attorney": {"survivor", "counsel"},
    "attorney-interpreted": {"survivor", "counsel", "interpreter"},
    "justice": {
        *("survivor", "counsel", "case_manager", "victim_witness"),
        *("investigator", "prosecutor", "interpreter"),
    },
}


@dataclass
class Paper:
    """The form for a note, as one person finds it under an item."""

    stage: Stage
    person: str
    item: str
    browser: Client = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.stage.client(self.person)
        self.page = self.browser.get(self.item).content.decode()

    def offers(self, name: str) -> list[str]:
        if name == "topic":
            select = self.page.partition('name="note-topic"')[2].partition("</select>")[0]
            return re.findall(r'<option value="(\w+)"', select)
        return re.findall(rf'name="note-{name}" value="([^"]+)"', self.page)

    def filled(self, **given: Any) -> dict[str, Any]:
        usual = {"kind": "discussion", "topic": "coordination", "audience": "everyone", "text": "typed"}
        values = usual | {"key": public_id(), "left_out_because": "a reason", "permitted": "on"} | given
        return {f"note-{name}": value for name, value in values.items()}

    def readers(self, body: dict[str, Any]) -> str:
        answer = self.browser.post(f"{self.item}readers/", body)
        assert answer.status_code == 200
        return answer.content.decode()

    def post(self, *, htmx: bool = False, **given: Any) -> Any:
        body = self.filled(**given)
        shown = DIGEST.search(self.readers(body))
        return self.send(body | {"note-shown_readers": shown[1] if shown else ""}, htmx=htmx)

    def send(self, body: dict[str, Any], *, htmx: bool = False) -> Any:
        headers = {"HX-Request": "true"} if htmx else {}
        return self.browser.post(f"{self.item}notes/", body, headers=headers)


@dataclass(frozen=True)
class Written:
    """A note that was posted, and the row it is to the oracle."""

    text: str
    row: RowFacts


class Authors:
    """Everybody who may write under the item that all of the open conference see."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.rng = stage, random.Random("notes")
        self.facts, self.place = stage.oracle.case("alder"), stage.place("alder", "agenda", "wide")
        self.item = stage.url("alder", "agenda", "wide")
        self.seats = {
            seat.key: seat
            for seat in self.facts.seats.values()
            if stage.oracle.sees("alder", seat.key, self.place, stage.at)
        }
        self.names = {person["key"]: person["name"] for person in stage.casefile["people"]}
        self.written: list[Written] = []
        self.refused = 0

    def sees_seat(self, viewer: str, seat: str) -> bool:
        return self.stage.oracle.sees(
            "alder", viewer, self.stage.place("alder", "seats", seat), self.stage.at
        )

    def everything(self, author: str) -> None:
        """A note to each audience this author is offered, its topic by chance."""
        paper = Paper(self.stage, self.seats[author].person, self.item)
        seats = {self.stage.ids[self.stage.place("alder", "seats", key)]: key for key in self.facts.seats}
        people = [seats[number] for number in paper.offers("people")]
        assert {"everyone", "roles", "people"} < set(paper.offers("audience"))
        assert all(self.sees_seat(author, key) for key in people)
        for audience in paper.offers("audience"):
            roles = set(self.rng.sample(sorted({seat.role for seat in self.seats.values()}), 4))
            chosen = set(self.rng.sample(people, min(4, len(people))))
            if "counsel" in roles or {self.facts.seats[key].role for key in chosen} & {"counsel"}:
                roles, chosen = roles | {"survivor"}, chosen | ({"sv"} if author != "sv" else set())
            self.one(paper, author, audience, roles, chosen, seats)

    def one(
        self,
        paper: Paper,
        author: str,
        audience: str,
        roles: set[str],
        chosen: set[str],
        seats: dict[str, str],
    ) -> None:
        topic = self.rng.choice(paper.offers("topic"))
        text = f"typed{len(self.written):04}here"
        body = paper.filled(
            audience=audience,
            topic=topic,
            text=text,
            roles=sorted(roles),
            people=[number for number, key in seats.items() if key in chosen],
        )
        row = self.row(author, topic, audience, roles, chosen)
        told = paper.readers(body)
        assert set(NAME.findall(told)) == self.who_reads(author, row), (author, audience, topic)
        shown = DIGEST.search(told)
        assert shown
        answer = paper.send(body | {"note-shown_readers": shown[1]})
        if author == "sv" and row.audience & {"counsel"} and "survivor" not in row.audience:
            assert answer.status_code == 422
            return
        cannot = {self.names[self.facts.seats[key].person] for key in row.named if not self.reads(key, row)}
        if cannot:
            assert answer.status_code == 422
            assert all(name in answer.content.decode() for name in cannot)
            self.refused += 1
            return
        assert answer.status_code == 303, (author, audience, topic, answer.content.decode())
        self.written.append(Written(text, row))

    def row(self, author: str, topic: str, audience: str, roles: set[str], chosen: set[str]) -> RowFacts:
        seat = self.facts.seats[author]
        named: set[str] = chosen if audience == "people" else set()
        if audience == "supervisor":
            named = {
                key
                for key, other in self.seats.items()
                if other.role == "clinical_supervisor" and other.agency == seat.agency and key != author
            }
        every = {
            "everyone": {seat.role for seat in self.facts.seats.values()},
            "roles": roles,
            "people": set(),
        }
        return RowFacts(
            case="alder",
            topic=topic,
            author=author,
            origin=None if seat.role == "survivor" else seat.agency,
            audience=frozenset((OFFERED | every)[audience]),
            named=frozenset(named),
            parent=self.stage.oracle.row(self.place),
        )

    def reads(self, seat: str, row: RowFacts) -> bool:
        return allowed(self.facts, seat, row, self.stage.at)

    def who_reads(self, author: str, row: RowFacts) -> set[str]:
        return {
            self.names[seat.person]
            for seat in self.facts.seats.values()
            if self.reads(seat.key, row) and self.sees_seat(author, seat.key)
        }


def test_who_will_read_it_is_said_before_and_true_after_for_every_author_and_audience(stage: Stage) -> None:
    authors = Authors(stage)
    writing = [key for key, seat in authors.seats.items() if seat.role != "interpreter"]
    assert len(writing) > 12
    for author in writing:
        authors.everything(author)
    assert len(authors.written) > 10 * len(writing)
    assert authors.refused > 5
    assert {"privileged", "advocacy", "substance_use"} <= {note.row.topic for note in authors.written}
    for key, seat in authors.seats.items():
        page = stage.client(seat.person).get(authors.item).content.decode()
        for note in authors.written:
            assert (note.text in page) == authors.reads(key, note.row), (key, note)
    outside = set(stage.people) - {seat.person for seat in authors.seats.values()}
    for person in outside:
        assert not re.search(r"typed\d{4}here", "".join(crawl(stage.client(person)).values()))


@pytest.fixture
def paper(stage: Stage) -> Paper:
    return Paper(stage, "p-cm", stage.url("alder", "agenda", "wide"))


def test_no_audience_is_chosen_beforehand(paper: Paper) -> None:
    radios = re.findall(r'<input type="radio" name="note-audience"[^>]*>', paper.page)
    assert len(radios) > 8
    assert not [radio for radio in radios if "checked" in radio]


def test_a_form_sent_twice_writes_once(paper: Paper) -> None:
    key, before = public_id(), Note.unsealed.count()
    assert [paper.post(key=key).status_code for _ in range(2)] == [303, 303]
    assert Note.unsealed.count() == before + 1
    assert Event.objects.filter(verb="note_added").count() == 1


def test_what_is_kept_is_clean_and_says_who_wrote_it(paper: Paper) -> None:
    assert paper.post(text=" one\r\ntwo\x1b ").status_code == 303
    note = Note.unsealed.select_related("mark").latest("mark_id")
    assert note.text == "one\ntwo"
    assert (note.mark.author, note.mark.origin_id) == (
        paper.stage.seat("alder", "cm"),
        note.mark.author.agency_id,
    )
    assert note.mark.parent.public_id in paper.item
    assert note.mark.left_out_because == ""


def test_leaving_the_survivor_out_asks_for_a_reason_and_keeps_it(paper: Paper) -> None:
    answer = paper.post(audience="clinicians", left_out_because="  ", text="typed & kept")
    assert answer.status_code == 422
    assert "typed &amp; kept" in answer.content.decode()
    assert paper.post(audience="clinicians", left_out_because="because").status_code == 303
    assert Mark.objects.latest("pk").left_out_because == "because"


def test_a_note_is_not_kept_before_its_readers_were_shown(paper: Paper) -> None:
    before = Note.unsealed.count()
    body = paper.filled(audience="management", text="typed & kept")
    for shown in ("", "0" * 32):
        answer = paper.send(body | {"note-shown_readers": shown})
        assert answer.status_code == 422
        assert "typed &amp; kept" in answer.content.decode()
        assert set(NAME.findall(answer.content.decode())) == set(NAME.findall(paper.readers(body)))
    assert Note.unsealed.count() == before


def test_readers_that_changed_since_they_were_shown_are_shown_again(paper: Paper) -> None:
    body = paper.filled(audience="everyone")
    shown = DIGEST.search(paper.readers(body))
    assert shown
    mentor = paper.stage.seat("alder", "mentor")
    mentor.until = paper.stage.at
    mentor.save()
    assert paper.send(body | {"note-shown_readers": shown[1]}).status_code == 422
    assert paper.post(audience="everyone").status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "", "kind": "private"},
        {"text": "x" * 10_001},
        {"kind": "survivors_words"},
        {"kind": "nonsense"},
        {"topic": "privileged"},
        {"topic": "nonsense"},
        {"audience": ""},
        {"audience": "nonsense"},
        {"audience": "roles"},
        {"audience": "people"},
        {"audience": "people", "people": ["k" * 20]},
        {"audience": "roles", "roles": ["nonsense"]},
        {"audience": "roles", "roles": ["counsel"]},
        {"key": "short"},
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_what_cannot_be_kept_comes_back_with_what_was_typed(
    paper: Paper, wrong: dict[str, Any], htmx: bool
) -> None:
    before = Note.unsealed.count(), Mark.objects.count()
    given = {"text": "typed & kept", "left_out_because": "a typed reason"} | wrong
    answer = paper.post(htmx=htmx, **given)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert given["text"].replace("&", "&amp;") in page
    assert ('class="errorlist' in page) == ("key" not in wrong)
    assert page.startswith("<form") == htmx
    assert (Note.unsealed.count(), Mark.objects.count()) == before


def test_people_one_may_not_see_cannot_be_named(stage: Stage) -> None:
    paper = Paper(stage, "p-cm", stage.url("alder", "agenda", "wide"))
    hidden = stage.ids[stage.place("alder", "seats", "later")]
    assert hidden not in paper.offers("people")
    answers = [
        paper.post(audience="people", people=[number], key="k" * 20) for number in (hidden, public_id())
    ]
    assert [answer.status_code for answer in answers] == [422, 422]


def test_a_conference_that_was_closed_meanwhile_keeps_the_typed_text_and_offers_to_add_it(
    paper: Paper,
) -> None:
    body = paper.filled(text="typed & kept")
    shown = DIGEST.search(paper.readers(body))
    assert shown
    before = Note.unsealed.count()
    Conference.unsealed.filter(key="now", mark__case__key="alder").update(status="closed")
    for htmx in (True, False):
        answer = paper.send(body | {"note-shown_readers": shown[1]}, htmx=htmx)
        assert answer.status_code == 409
        page = answer.content.decode()
        assert "typed &amp; kept" in page
        assert "Add something after the meeting" in page
        assert 'name="note-afterwards" value="1"' in page
    assert Note.unsealed.count() == before
    assert paper.post(text="typed & kept", afterwards="1").status_code == 303
    assert Note.unsealed.count() == before + 1


def test_what_is_added_after_the_meeting_says_so_and_nothing_else_does(paper: Paper) -> None:
    assert paper.post(text="before the end").status_code == 303
    room = paper.stage.url("alder", "conferences", "now")
    assert paper.browser.post(f"{room}end/").status_code == 303
    paper.stage.clock.at += TICK
    assert paper.post(text="after the end", afterwards="1").status_code == 303
    reader = paper.stage.client("p-sup").get(paper.item).content.decode()
    said_so = {
        article.partition("</article>")[0].partition('class="prose" dir="auto"><p>')[2].partition("<")[0]
        for article in reader.split("<article")[1:]
        if "added after the meeting" in article.partition("</article>")[0]
    }
    assert said_so == {"after the end"}


def test_nothing_is_decided_after_the_meeting(paper: Paper) -> None:
    body = paper.filled(kind="decision", text="typed & kept", afterwards="1")
    shown = DIGEST.search(paper.readers(body))
    assert shown
    assert "decision" in paper.offers("kind")
    Conference.unsealed.filter(key="now", mark__case__key="alder").update(status="closed")
    answer = paper.send(body | {"note-shown_readers": shown[1]})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "typed &amp; kept" in page
    assert "Choose what kind of note it is." in page
    assert 'value="decision"' not in page
    with pytest.raises(StaleError, match="nothing is decided"):
        add_note(
            paper.stage.sight("p-cm"),
            item=paper.item.split("/")[2],
            kind="decision",
            choice=Choice(Topic.COORDINATION, EVERY_ROLE),
            text="typed",
            left_out_because="",
            permitted=False,
            key=public_id(),
            afterwards=True,
        )


def test_what_was_kept_before_the_end_is_said_to_be_kept_after_it(paper: Paper) -> None:
    """A decision, and what was said by another: neither could be written any more."""
    seat = paper.stage.seat("alder", "ther")
    room = Conference.unsealed.filter(key="now", mark__case__key="alder")
    room.update(recorder=paper.stage.seat("alder", "cm"))
    for given in ({"kind": "decision"}, {"said_by": seat.mark.public_id}):
        room.update(status="open")
        body = paper.filled(**given)
        shown = DIGEST.search(paper.readers(body))
        assert shown
        body["note-shown_readers"] = shown[1]
        assert paper.send(body).status_code == 303
        room.update(status="closed")
        before = Mark.objects.count()
        assert paper.send(body).status_code == 303, given
        other = paper.send(body | {"note-text": "typed & other"})
        page = other.content.decode()
        assert (other.status_code, "kept before, with other words" in page) == (409, True)
        assert "typed &amp; other" in page
        assert 'value="decision"' not in page
        assert Mark.objects.count() == before


def test_to_a_meeting_of_a_file_that_was_closed_something_is_added_too(stage: Stage) -> None:
    stage.clock.at += TICK
    paper = Paper(stage, "p-cm", stage.url("alder", "agenda", "p-limits"))
    assert "added after the meeting</span>" not in paper.page
    assert paper.post(text="much later", afterwards="1").status_code == 303
    page = paper.browser.get(paper.item).content.decode()
    assert page.count("added after the meeting</span>") == 1


@pytest.mark.parametrize("person", ["p-interp", "p-free-interp"])
def test_an_interpreter_writes_nothing(stage: Stage, person: str) -> None:
    item = stage.url("alder", "agenda", "n-limits" if person == "p-free-interp" else "wide")
    paper, before = Paper(stage, person, item), Note.unsealed.count()
    assert paper.browser.get(item).status_code == 200
    assert "note-form" not in paper.page
    for way in ("notes", "readers", "note-form"):
        assert paper.browser.post(f"{item}{way}/", paper.filled()).status_code in (403, 404)
    assert Note.unsealed.count() == before


def test_moving_to_another_item_keeps_what_was_typed_but_not_who_reads(paper: Paper) -> None:
    other = paper.stage.url("alder", "agenda", "gap")
    body = paper.filled(text="typed & kept", kind="private", audience="everyone")
    page = paper.browser.post(f"{other}note-form/", body).content.decode()
    assert "typed &amp; kept" in page
    assert other in page
    radios = re.findall(r'<input type="radio" name="note-audience"[^>]*>', page)
    assert radios
    assert not [radio for radio in radios if "checked" in radio]


def test_another_item_s_address_is_no_way_to_write_under_a_hidden_one(stage: Stage) -> None:
    hidden = stage.url("alder", "agenda", "secret")
    detective = stage.client("p-det")
    absent = f"/items/{public_id()}/"
    for way in ("notes", "readers", "note-form"):
        assert said(detective.post(f"{hidden}{way}/", {"note-text": "typed"})) == said(
            detective.post(f"{absent}{way}/", {"note-text": "typed"})
        )


def test_a_form_sent_again_with_other_words_is_neither_kept_nor_thrown_away(paper: Paper) -> None:
    key, before = public_id(), Note.unsealed.count()
    assert paper.post(key=key, text="do call her").status_code == 303
    again = paper.post(key=key, text="do NOT call her")
    assert again.status_code == 409
    assert "do NOT call her" in again.content.decode()
    assert Note.unsealed.count() == before + 1
    renewed = re.search(r'name="note-key" value="([^"]+)"', again.content.decode())
    assert renewed
    assert renewed[1] != key
    assert paper.post(key=renewed[1], text="do NOT call her").status_code == 303
    assert Note.unsealed.count() == before + 2


@pytest.mark.parametrize("nothing", ["\u202e", "\u200b", " \u2066\u200b "])
def test_what_cannot_be_seen_is_no_text_and_no_reason(paper: Paper, nothing: str) -> None:
    before = Note.unsealed.count()
    assert paper.post(text=nothing).status_code == 422
    assert paper.post(audience="clinicians", left_out_because=nothing).status_code == 422
    assert Note.unsealed.count() == before


def test_what_is_shown_of_the_readers_tells_no_number_of_a_row(paper: Paper) -> None:
    """The fingerprint is keyed: whoever knows what it is made of cannot make it."""
    shown = DIGEST.search(paper.readers(paper.filled(audience="me")))
    assert shown
    assert len(shown[1]) == 64
    other = Paper(paper.stage, "p-sup", paper.item)
    theirs = DIGEST.search(other.readers(other.filled(audience="me")))
    assert theirs
    assert theirs[1] != shown[1]


def test_a_form_that_another_case_takes_at_the_same_moment_is_given_back(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, before = public_id(), Note.unsealed.count()
    assert paper.post(key=key).status_code == 303
    monkeypatch.setattr(record, "taken", lambda *asked: False)
    answer = paper.post(key=key)
    assert answer.status_code == 409
    assert "kept before" in answer.content.decode()
    assert Note.unsealed.count() == before + 1


def test_a_form_sent_again_tells_nobody(paper: Paper) -> None:
    key = public_id()
    assert paper.post(key=key).status_code == 303
    versions = dict(Case.objects.values_list("pk", "version"))
    assert paper.post(key=key).status_code == 303
    assert dict(Case.objects.values_list("pk", "version")) == versions
