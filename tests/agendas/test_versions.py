"""Changing what was written: who may, in each state; what it was before, for whom; and who learns nothing of it."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from html import unescape
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from agendas.items.models import AgendaItem, EarlierVersion
from agendas.notes.models import Decision, Note, Stance, Unconfirmed, decided
from agendas.versions import changes
from agendas.versions.changes import change_readers, change_text
from conferences.meetings.models import Invitation, Status
from conferences.readers.changes import Choice
from tests.agendas.test_notes import Paper
from tests.agendas.test_states import set_stage
from tests.cast import Stage, said
from tests.live_pass import connect
from tests.oracle import RowFacts, allowed
from workspace.disclosure.changes import NotAllowedError, StaleError
from workspace.disclosure.models import Case, Mark, Named, Seat
from workspace.disclosure.policy import Topic, role_bits, roles_of
from workspace.live.passes import Passes
from workspace.people.models import public_id
from workspace.record.models import Event

FIELD = '(?:name="written-{}" value=")([^"]*)'
NOT_ITS_AUTHOR = ("Only whoever wrote this can change it", "Solo quien escribió esto puede cambiarlo")
NOT_ITS_NARROWER = ("Only whoever wrote this, the survivor", "Solo quien escribió esto, la sobreviviente")
STAYS = ("stays as it is", "se queda como está")
NARROWERS = {"survivor", "case_manager", "clinical_supervisor"}
BELOW = ("notes", "decisions")


@dataclass
class Hand:
    """One person, with something that was written before them."""

    stage: Stage
    person: str
    written: str
    browser: Client = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.stage.browser(self.person)

    def url(self, page: str) -> str:
        return f"/written/{self.written}/{page}/"

    def get(self, page: str) -> Any:
        return self.browser.get(self.url(page))

    def post(self, page: str, body: dict[str, Any], *, htmx: bool = False) -> Any:
        headers = {"HX-Request": "true"} if htmx else {}
        return self.browser.post(self.url(page), body, headers=headers)

    def text_form(self) -> dict[str, str]:
        """The form as it stands on the page now."""
        return fields(self.get("text").content.decode(), "key", "edition", "shown_readers")

    def change(self, text: str, **other: str) -> Any:
        return self.post("text", self.text_form() | {"written-text": text, "written-permitted": "on"} | other)

    def choice(self, **given: Any) -> dict[str, Any]:
        usual = {"topic": self.mark.topic, "key": public_id(), "left_out_because": "a reason"}
        usual["permitted"] = "on"
        return {f"written-{name}": value for name, value in (usual | given).items()}

    def read(self, **given: Any) -> Any:
        """Choose other readers, once their names were shown."""
        body = self.choice(**given)
        page = self.post("readers/names", body).content.decode()
        return self.post("readers", body | fields(page, "shown_readers"))

    @property
    def mark(self) -> Mark:
        return Mark.objects.get(public_id=self.written)


def fields(page: str, *names: str) -> dict[str, str]:
    found = {name: re.search(FIELD.format(name), page) for name in names}
    return {f"written-{name}": hit[1] for name, hit in found.items() if hit}


@dataclass
class Table:
    """The people at the first case, and the rows of its open conference as they are in the tables now."""

    stage: Stage

    def __post_init__(self) -> None:
        self.facts = self.stage.oracle.case("alder")
        self.seats = {seat.person: seat for seat in self.facts.seats.values() if self.holds(seat.key)}
        self.keys = dict(Seat.unsealed.filter(case__key="alder").values_list("pk", "key"))
        room = self.stage.place("alder", "conferences", "now")
        rows = [place for place in self.stage.oracle.rows("alder") if place.startswith(f"{room}/")]
        self.items = [place for place in rows if place.split("/")[-2] == "agenda"]
        self.below = [place for place in rows if place.split("/")[-2] in BELOW]

    def holds(self, key: str) -> bool:
        return ("alder", key) in self.stage.oracle.seats_of(self.person_of(key), self.stage.at)

    def person_of(self, key: str) -> str:
        return self.facts.seats[key].person

    def row(self, mark: Mark) -> RowFacts:
        """What the oracle is asked about a row of the tables."""
        origin = mark.origin
        return RowFacts(
            case="alder",
            topic=mark.topic,
            author=self.keys.get(mark.author_id or 0),
            origin=origin.key if origin else None,
            audience=frozenset(map(str, roles_of(mark.audience))),
            named=frozenset(
                self.keys[seat] for seat in Named.objects.filter(mark=mark).values_list("seat", flat=True)
            ),
            parent=self.row(mark.parent) if mark.parent else None,
            removed=mark.removed_at is not None,
            conference=mark.invited_only,
        )

    def readers(self, mark: Mark) -> set[str]:
        """Who reads what has this mark now."""
        mark.refresh_from_db()
        row = self.row(mark)
        return {
            person for person, seat in self.seats.items() if allowed(self.facts, seat.key, row, self.stage.at)
        }

    def find(self, text: str) -> str:
        for table in (Note, Decision):
            for row in table.unsealed.filter(text=text).select_related("mark"):
                return str(row.mark.public_id)
        raise AssertionError(text)

    def of(self, author: str, *, kind: str = "notes", topic: str | None = None) -> str:
        """Something this seat wrote under the item for everybody; on this topic, if one is given."""
        wide = self.stage.place("alder", "agenda", "wide")
        return next(
            self.stage.ids[place]
            for place in self.below
            if place.startswith(f"{wide}/{kind}/")
            and self.stage.raw(place)["author"] == author
            and topic in (None, self.stage.raw(place)["topic"])
        )


@pytest.fixture
def table(stage: Stage) -> Table:
    return Table(stage)


def everything() -> tuple[Any, ...]:
    return (
        sorted(Note.unsealed.values_list("pk", "text", "edition")),
        sorted(Decision.unsealed.values_list("pk", "text", "edition")),
        sorted(EarlierVersion.unsealed.values_list("pk", "text", "edition")),
        sorted(Mark.objects.values_list("pk", "topic", "audience", "left_out_because")),
        sorted(Named.objects.values_list("mark", "seat")),
        sorted(Case.objects.values_list("pk", "version")),
        Event.objects.exclude(verb="signed_in").count(),
    )


def tells(answer: Any, sentences: tuple[str, str]) -> bool:
    page = unescape(answer.content.decode())
    return any(sentence in page for sentence in sentences)


# Who may, in each state


@pytest.mark.parametrize("state", Status)
def test_only_its_author_changes_a_text_and_only_until_the_conference_is_closed(
    stage: Stage, table: Table, state: Status
) -> None:
    set_stage(stage, state)
    for kind in BELOW:
        changes_a_text(stage, table, state, table.of("cm", kind=kind))


def changes_a_text(stage: Stage, table: Table, state: Status, written: str) -> None:
    readers = table.readers(Mark.objects.get(public_id=written))
    assert 3 < len(readers) < len(table.seats)
    for person in sorted(table.seats, key=lambda person: person == "p-cm"):
        hand, before = Hand(stage, person, written), everything()
        body = {"written-text": "it is Tuesday", "written-edition": "1", "written-key": public_id()}
        if person == "p-cm" and state != Status.CLOSED:
            answer = hand.change("it is Tuesday")
            assert (answer.status_code, answer["Location"].partition("#")[2]) == (303, f"note-{written}")
            assert everything() != before
            assert "it is Tuesday" in hand.browser.get(answer["Location"]).content.decode()
        elif person == "p-cm":
            assert hand.get("text").status_code == 409
            shown = re.search(FIELD.format("shown_readers"), hand.post("text", body).content.decode())
            assert shown
            answer = hand.post("text", body | {"written-shown_readers": shown[1]})
            assert answer.status_code == 409
            assert tells(answer, STAYS)
            assert "it is Tuesday" in answer.content.decode(), "what was typed is not lost"
            assert everything() == before
        elif person in readers:
            for answer in (hand.get("text"), hand.post("text", body), hand.get("less")):
                assert answer.status_code == 403, person
                assert tells(answer, NOT_ITS_AUTHOR)
            assert everything() == before
        else:
            absent = Hand(stage, person, public_id())
            absent.browser = hand.browser
            for page in ("text", "history", "readers", "less"):
                assert said(hand.get(page)) == said(absent.get(page))
            for page in ("text", "readers", "readers/names"):
                assert said(hand.post(page, body)) == said(absent.post(page, body))
            assert everything() == before


@pytest.mark.parametrize("state", Status)
def test_author_survivor_case_manager_and_clinical_supervisor_narrow_what_they_see_at_any_time(
    stage: Stage, table: Table, state: Status
) -> None:
    set_stage(stage, state)
    allowed_to = refused = 0
    for author in ("cm", "shelter", "det", "next-adv"):
        written = table.of(author)
        for person in sorted(table.readers(Mark.objects.get(public_id=written))):
            seat, hand, before = table.seats[person], Hand(stage, person, written), everything()
            if seat.role in NARROWERS or (seat.key == author and seat.role != "interpreter"):
                assert hand.get("readers").status_code == 200
                hers = {"roles": ["survivor", "case_manager"], "audience": "roles"}
                assert hand.read(**hers).status_code == 303
                assert hand.mark.audience == 0b101
                Mark.objects.filter(pk=hand.mark.pk).update(audience=hand.mark.audience | 0xFFFF)
                allowed_to += 1
            else:
                for answer in (
                    hand.get("readers"),
                    hand.post("readers", hand.choice(audience="me")),
                    hand.post("readers/names", hand.choice(audience="me")),
                ):
                    assert answer.status_code == 403
                    assert tells(answer, NOT_ITS_NARROWER)
                assert everything() == before
                refused += 1
    assert allowed_to > 12
    assert refused > 12


@pytest.mark.parametrize("state", Status)
def test_only_its_author_widens_and_only_until_the_conference_is_closed(
    stage: Stage, table: Table, state: Status
) -> None:
    set_stage(stage, state)
    written = table.of("cm", kind="decisions", topic="housing")
    readers = table.readers(Mark.objects.get(public_id=written))
    assert {"p-survivor", "p-cm", "p-shelter"} <= readers
    for person in sorted(readers):
        hand, before = Hand(stage, person, written), everything()
        if table.seats[person].role not in NARROWERS:
            continue
        answer = hand.read(audience="care")
        if person == "p-cm" and state != Status.CLOSED:
            assert answer.status_code == 422
            assert "more people read it than now" in answer.content.decode()
        else:
            assert answer.status_code == 422, "nobody is offered more than there is"
            assert tells(answer, ("This cannot be chosen now", "Esto no se puede elegir ahora"))
        assert everything() == before


# What it was before


def test_a_change_of_text_keeps_what_it_said_for_whoever_could_read_it_then(
    stage: Stage, table: Table
) -> None:
    written = table.of("cm")
    hand, mark = Hand(stage, "p-cm", written), Mark.objects.get(public_id=written)
    was = Note.unsealed.get(mark=mark).text
    readers = table.readers(mark)
    assert hand.change("the second text").status_code == 303
    assert hand.change("the third text").status_code == 303
    versions = EarlierVersion.unsealed.order_by("edition").values_list("of", "edition", "text")
    assert list(versions) == [(mark.pk, 1, was), (mark.pk, 2, "the second text")]
    for person in table.seats:
        told = Hand(stage, person, written).get("history")
        assert (told.status_code == 200) == (person in readers)
        if person in readers:
            page = told.content.decode()
            places = [page.index(text) for text in ("the third text", "the second text", was)]
            assert places == sorted(places), "newest first"
            assert_changed(stage, person, written, shown=True)


def assert_changed(stage: Stage, person: str, written: str, *, shown: bool) -> None:
    page = stage.browser(person).get(stage.url("alder", "agenda", "wide")).content.decode()
    assert (f"/written/{written}/history/" in page) == shown, person


def test_who_comes_to_a_text_later_reads_nothing_of_what_it_said_to_fewer(stage: Stage, table: Table) -> None:
    written = table.of("cm", kind="decisions", topic="housing")
    hand, mark = Hand(stage, "p-cm", written), Mark.objects.get(public_id=written)
    assert hand.change("asked for a bed").status_code == 303
    few = table.readers(mark)
    asked = hand.read(audience="care", topic="coordination")
    sure = fields(asked.content.decode(), "sure", "shown_readers", "key")
    body = hand.choice(audience="care", topic="coordination") | sure
    assert hand.post("readers", body).status_code == 303
    assert Event.objects.filter(verb="widened", mark=mark).count() == 1
    many = table.readers(mark)
    assert few < many
    for person in many:
        page = Hand(stage, person, written).get("history").content.decode()
        assert "asked for a bed" in page
        assert ('<article class="note" id="version-' in page) == (person in few)
        assert_changed(stage, person, written, shown=person in few)
    assert hand.change("asked for two beds").status_code == 303
    for person in many:
        page = Hand(stage, person, written).get("history").content.decode()
        assert "asked for a bed" in page
        assert page.count('<article class="note" id="version-') == (2 if person in few else 1)
        assert_changed(stage, person, written, shown=True)


def test_what_is_narrowed_hides_what_it_said_before_as_well(stage: Stage, table: Table) -> None:
    written = table.of("cm")
    hand = Hand(stage, "p-cm", written)
    assert hand.change("a place with a name").status_code == 303
    was = table.readers(hand.mark)
    assert hand.read(audience="roles", roles=["survivor", "case_manager"]).status_code == 303
    now = table.readers(hand.mark)
    assert now < was
    for person in was - now:
        absent = Hand(stage, person, public_id())
        assert said(Hand(stage, person, written).get("history")) == said(absent.get("history"))
    kept = EarlierVersion.unsealed.latest("pk")
    assert table.readers(kept.mark) == was, "each earlier version keeps the audience it had"


def test_what_was_narrowed_and_reworded_is_opened_again_without_what_it_said(
    stage: Stage, table: Table
) -> None:
    hand = Hand(stage, "p-cm", table.of("cm", topic="coordination"))
    was, all_roles = Note.unsealed.get(mark=hand.mark).text, list(map(str, roles_of(hand.mark.audience)))
    few = {"audience": "roles", "roles": ["survivor", "case_manager"]}
    assert Hand(stage, "p-survivor", hand.written).read(**few).status_code == 303
    narrow = table.readers(hand.mark)
    assert hand.change("it says less").status_code == 303
    wider = {"audience": "roles", "roles": all_roles}
    sure = fields(hand.read(**wider).content.decode(), "sure", "shown_readers", "key")
    assert hand.post("readers", hand.choice(**wider) | sure).status_code == 303
    many = table.readers(hand.mark)
    assert narrow < many
    for person in many:
        page = Hand(stage, person, hand.written).get("history").content.decode()
        assert "it says less" in page
        assert (was in page) == (person in narrow)


def test_a_text_that_says_the_same_changes_nothing(stage: Stage, table: Table) -> None:
    hand = Hand(stage, "p-cm", table.of("cm"))
    note = Note.unsealed.get(mark__public_id=hand.written)
    before = everything()
    assert hand.change(f" {note.text}\r\n").status_code == 303
    assert everything() == before
    key = public_id()
    form = hand.text_form() | {"written-text": "else", "written-key": key}
    assert hand.post("text", form).status_code == 303
    before = everything()
    assert hand.post("text", form).status_code == 303, "a form sent twice"
    assert everything() == before
    again = hand.post("text", form | {"written-text": "something else again"})
    assert again.status_code == 409
    assert "something else again" in again.content.decode()
    assert everything() == before


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"text": ""}, "Write something first."),
        ({"text": "\u202e \x00"}, "Write something first."),
        ({"text": "x" * 10_001}, "This is too long."),
        ({"text": "typed", "shown_readers": "0"}, "Please read who will see this"),
        ({"text": "typed", "shown_readers": ""}, "Please read who will see this"),
        ({"text": "typed", "edition": "9" * 30}, "typed"),
        ({"text": "typed", "edition": "x"}, "typed"),
        ({"text": "typed", "key": ""}, "typed"),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_what_cannot_be_kept_comes_back(
    stage: Stage, table: Table, wrong: dict[str, str], says: str, htmx: bool
) -> None:
    hand, before = Hand(stage, "p-cm", table.of("cm")), everything()
    body = hand.text_form() | {f"written-{name}": value for name, value in wrong.items()}
    answer = hand.post("text", body, htmx=htmx)
    assert answer.status_code == 422
    assert says in unescape(answer.content.decode())
    assert answer.content.decode().startswith("<form") == htmx
    assert everything() == before


def test_who_agreed_to_a_decision_agreed_to_what_it_said(stage: Stage, table: Table) -> None:
    hand = Hand(stage, "p-cm", table.of("cm", kind="decisions"))
    for person, verb in (("p-sup", "agreement"), ("p-det", "difference")):
        row = Decision.unsealed.select_related("mark").get(mark__public_id=hand.written)
        row.public_id = hand.written
        url = f"/decisions/{hand.written}/{verb}/"
        assert stage.browser(person).post(url, {"seen": decided(row)}).status_code == 303
    assert Stance.objects.count() == 2
    assert "is asked again" in hand.get("text").content.decode()
    assert hand.read(audience="management").status_code == 303
    assert Stance.objects.count() == 2
    assert hand.change("We do something else").status_code == 303
    assert not Stance.objects.exists()
    assert "is asked again" not in Hand(stage, "p-cm", table.of("cm")).get("text").content.decode()


def test_how_an_item_was_called_is_read_by_those_who_read_it_then_and_now(stage: Stage, table: Table) -> None:
    place, url = stage.place("alder", "agenda", "wide"), stage.url("alder", "agenda", "wide")
    hand, hers = Hand(stage, "p-cm", stage.ids[place]), Hand(stage, "p-survivor", stage.ids[place])
    was, link = stage.raw(place)["title"], f'href="/written/{hand.written}/history/"'

    def call(title: str) -> set[str]:
        readers, item = table.readers(hand.mark), AgendaItem.unsealed.get(mark=hand.mark)
        shown = {"shown_title": item.title, "shown_minutes": item.minutes or ""}
        sent = {"title": title, "minutes": 7} | shown
        assert hand.browser.post(f"{url}wording/", sent).status_code == 303
        return readers

    call(was)
    assert not EarlierVersion.unsealed.exists(), "how long it takes is no text"
    few = ["survivor", "case_manager"]
    assert hers.read(audience="roles", roles=[*few, "investigator"]).status_code == 303
    first = call("the second title")
    assert hers.read(audience="roles", roles=few).status_code == 303
    second = call("the third title")
    assert second < first
    versions = EarlierVersion.unsealed.order_by("edition").select_related("mark__parent")
    assert [(row.edition, row.text) for row in versions] == [(1, was), (2, "the second title")]
    # However others come to the item later, they read how it was called only if they could then.
    for roles in ([*few, "investigator", "shelter"], few):
        Mark.objects.filter(pk=hand.mark.pk).update(audience=role_bits(roles))
        now = table.readers(hand.mark)
        assert [table.readers(row.mark) for row in versions] == [first & now, second & now]
        for person in table.seats:
            told, room = Hand(stage, person, hand.written).get("history"), stage.browser(person).get(url)
            assert (told.status_code == 200) == (room.status_code == 200) == (person in now), person
            titles = [title in told.content.decode() for title in (was, "the second title")]
            assert titles == [person in first & now, person in second & now], person
            assert (link in room.content.decode()) == any(titles)
        assert (now > first) == ("shelter" in roles)


# Two windows on one text


def test_of_two_windows_the_second_is_shown_both_texts_and_loses_nothing(stage: Stage, table: Table) -> None:
    hand = Hand(stage, "p-cm", table.of("cm"))
    first, second = hand.text_form(), hand.text_form()
    assert hand.post("text", first | {"written-text": "from the phone"}).status_code == 303
    before = everything()
    answer = hand.post("text", second | {"written-text": "from the desk"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "changed in the meantime" in page
    assert page.index("What it says now") < page.index("from the phone") < page.index("from the desk")
    assert everything() == before
    form = fields(page, "key", "edition", "shown_readers")
    assert hand.post("text", form | {"written-text": "from both"}).status_code == 303
    note = Note.unsealed.get(mark__public_id=hand.written)
    assert (note.text, note.edition) == ("from both", 3)
    assert "from the phone" in hand.get("history").content.decode()


def test_fewer_readers_meanwhile_are_no_other_text(stage: Stage, table: Table) -> None:
    hand = Hand(stage, "p-cm", table.of("cm"))
    form = hand.text_form()
    assert Hand(stage, "p-survivor", hand.written).read(audience="management").status_code == 303
    answer = hand.post("text", form | {"written-text": "typed on"})
    assert answer.status_code == 422, "it is read by others than were shown"
    shown = fields(answer.content.decode(), "shown_readers")
    assert hand.post("text", form | shown | {"written-text": "typed on"}).status_code == 303


# Narrowing


def test_narrowing_adds_no_reader_whoever_narrows_and_whatever_they_are_offered(
    stage: Stage, table: Table
) -> None:
    chance, narrowed = random.Random("narrow"), 0
    people = [person for person, seat in table.seats.items() if seat.role in NARROWERS]
    for place in chance.sample(table.below, 24) + table.items:
        hand = Hand(stage, chance.choice(people), stage.ids[place])
        if hand.person not in table.readers(hand.mark):
            continue
        page = hand.get("readers").content.decode()
        offered = {
            name: re.findall(rf'name="written-{name}" value="([^"]+)"', page)
            for name in ("audience", "roles", "people")
        }
        if table.keys.get(hand.mark.author_id or 0) == table.seats[hand.person].key:
            continue  # its author is offered more, and asked
        given = {
            "audience": chance.choice(offered["audience"]),
            "roles": chance.sample(offered["roles"], min(3, len(offered["roles"]))),
            "people": chance.sample(offered["people"], min(3, len(offered["people"]))),
        }
        before = borders(table, hand.mark)
        answer = hand.read(**given)
        assert answer.status_code in (303, 422), answer.content.decode()
        for at, readers in borders(table, hand.mark).items():
            assert readers <= before[at], (place, given)
        narrowed += answer.status_code == 303
    assert narrowed > 12


def borders(table: Table, mark: Mark) -> dict[Any, set[str]]:
    """Who reads it, at every instant at which a release or a seat begins or ends."""
    mark.refresh_from_db()
    row, facts = table.row(mark), table.facts
    ends = {
        at for release in facts.releases for at in (release.starts, release.expires, release.withdrawn_at)
    }
    ends |= {at for seat in facts.seats.values() for at in (seat.starts, seat.until)}
    return {
        at: {key for key in facts.seats if allowed(facts, key, row, at)}
        for at in [table.stage.at, *filter(None, ends)]
    }


def test_narrowing_works_at_once_and_others_get_no_frame(
    stage: Stage, table: Table, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    room, item = (
        stage.ids[stage.place("alder", "conferences", "now")],
        stage.ids[stage.place("alder", "agenda", "wide")],
    )
    passes, owners = Passes(), dict[Any, str]()
    for person in table.readers(Mark.objects.get(public_id=item)):
        session = stage.browser(person).cookies["s"].value
        owners[connect("room", session, id=room, look=item).socket] = person
    assert len(passes.run([*owners]).frames) == len(owners) > 12

    def told() -> set[str]:
        outcome = passes.run([*owners])
        assert not outcome.closed
        return {owners[socket] for socket, *_ in outcome.frames}

    for author in ("det", "next-adv", "shelter"):
        hand = Hand(stage, table.person_of(author), table.of(author))
        readers = table.readers(hand.mark)
        assert len(readers) < len(owners), "somebody sees nothing of it"
        assert hand.change(f"changed by {author}").status_code == 303
        assert told() == readers
        narrower = Hand(stage, "p-survivor", hand.written)
        assert narrower.read(audience="roles", roles=["survivor", "case_manager"]).status_code == 303
        assert told() == readers
        assert hand.change(f"changed again by {author}").status_code == 303
        assert told() == table.readers(hand.mark) < readers


def test_an_item_that_is_narrowed_hides_all_below_it_and_is_not_widened(stage: Stage, table: Table) -> None:
    item = stage.place("alder", "agenda", "wide")
    hand, note = Hand(stage, "p-survivor", stage.ids[item]), stage.ids[f"{item}/notes/0"]
    assert hand.read(audience="management").status_code == 303
    readers = table.readers(hand.mark)
    for person in table.seats:
        browser = stage.browser(person)
        for url in (f"/items/{hand.written}/", f"/written/{note}/history/"):
            seen = person in readers and (
                url.startswith("/items") or person in table.readers(Mark.objects.get(public_id=note))
            )
            assert (browser.get(url).status_code == 200) == seen, (person, url)
    its_author = Hand(stage, "p-cm", hand.written)
    assert its_author.read(audience="everyone").status_code == 422
    assert table.readers(hand.mark) == readers


def test_leaving_the_survivor_out_asks_for_a_reason_and_an_attorney_is_not_left_without_her(
    stage: Stage, table: Table
) -> None:
    hand = Hand(stage, "p-sup", table.of("cm"))
    before = everything()
    out = {"audience": "roles", "roles": ["case_manager", "clinical_supervisor"]}
    answer = hand.read(**out, left_out_because=" ")
    assert answer.status_code == 422
    assert "Say why the survivor is not among them." in answer.content.decode()
    counsel = hand.read(audience="roles", roles=["counsel", "clinical_supervisor"])
    assert counsel.status_code == 422
    assert "cannot keep something from her own client" in counsel.content.decode()
    assert everything() == before
    assert hand.read(**out).status_code == 303
    assert hand.mark.left_out_because == "a reason"
    assert "p-survivor" not in table.readers(hand.mark)


def test_whoever_closes_an_item_to_themselves_is_led_back_to_the_meeting(stage: Stage) -> None:
    """The item is not there for them any more: the page that comes next is one that is."""
    hand = Hand(stage, "p-cm", stage.ids[stage.place("alder", "agenda", "aside")])
    her = stage.ids[stage.place("alder", "seats", "sv")]
    answer = hand.read(audience="people", people=[her])
    assert (answer.status_code, answer["Location"]) == (303, stage.url("alder", "conferences", "now"))
    assert hand.browser.get(answer["Location"]).status_code == 200


def test_the_survivor_never_closes_something_to_herself(stage: Stage, table: Table) -> None:
    hand = Hand(stage, "p-survivor", table.of("cm"))
    assert hand.read(audience="roles", roles=["case_manager"], left_out_because="").status_code == 303
    assert {"p-survivor", "p-cm"} <= table.readers(hand.mark)
    assert hand.mark.left_out_because == ""


def test_whoever_would_no_longer_see_it_is_told_before(stage: Stage, table: Table) -> None:
    hand = Hand(stage, "p-sup", table.of("cm"))
    names = {person["key"]: person["name"] for person in stage.casefile["people"]}
    page = hand.post("readers/names", hand.choice(audience="roles", roles=["survivor"])).content.decode()
    goes = page.partition("Who could no longer read it")[2].partition("Who will read this")[0]
    assert names["p-sup"] in goes
    assert names["p-det"] in goes
    assert names["p-cm"] not in goes
    assert "you would no longer see this yourself" in page
    reads = page.partition("Who will read this")[2]
    assert ("Usual in this role" in reads, "Usual in this role" in goes) == (True, False)
    stays = hand.post(
        "readers/names", hand.choice(audience="roles", roles=["survivor", "clinical_supervisor"])
    ).content.decode()
    assert "you would no longer see this yourself" not in stays
    assert hand.read(audience="roles", roles=["survivor"]).status_code == 303
    assert hand.get("readers").status_code == 404


def test_whoever_narrows_reads_no_name_they_may_not_see(stage: Stage, table: Table) -> None:
    names = {person["key"]: person["name"] for person in stage.casefile["people"]}
    for person in ("p-sup", "p-next-cm"):
        hidden = {
            names[seat.person]
            for seat in table.facts.seats.values()
            if not stage.oracle.sees(
                "alder", table.seats[person].key, stage.place("alder", "seats", seat.key), stage.at
            )
        } - {names[person]}
        assert hidden
        hand = Hand(stage, person, table.of("cm"))
        for page in (hand.get("readers"), hand.post("readers/names", hand.choice(audience="management"))):
            assert page.status_code == 200
            assert not [name for name in hidden if name in page.content.decode()]


def test_a_name_they_may_not_see_changes_no_byte_of_what_they_are_asked(stage: Stage, table: Table) -> None:
    hand = Hand(stage, "p-next-cm", table.of("cm", topic="coordination"))
    hidden, mark = stage.seat("alder", "ther"), hand.mark
    assert not stage.oracle.sees("alder", "next-cm", stage.place("alder", "seats", "ther"), stage.at)
    Mark.objects.filter(pk=mark.pk).update(audience=0)
    Named.objects.filter(mark=mark).delete()
    named = [stage.seat("alder", key) for key in ("next-cm", "sv")] + [hidden]
    Named.objects.bulk_create(Named(mark=mark, seat=seat) for seat in named)
    body = hand.choice(audience="people", people=[stage.seat("alder", "sv").mark.public_id])
    before = said(hand.post("readers/names", body))
    Named.objects.filter(mark=mark, seat=hidden).delete()
    assert said(hand.post("readers/names", body)) == before


def test_a_name_that_goes_tells_nobody_who_did_not_see_it(stage: Stage, table: Table) -> None:
    hand, url = (
        Hand(stage, "p-cm", table.of("cm", topic="coordination")),
        stage.url("alder", "agenda", "wide"),
    )
    mark = hand.mark
    assert not stage.oracle.sees("alder", "det", stage.place("alder", "seats", "ther"), stage.at)
    Mark.objects.filter(pk=mark.pk).update(audience=0)
    Named.objects.filter(mark=mark).delete()
    named = [stage.seat("alder", key) for key in ("det", "sv", "ther")]
    Named.objects.bulk_create(Named(mark=mark, seat=seat) for seat in named)
    detective = Hand(stage, "p-det", hand.written)

    def shown() -> list[str]:
        pages = [detective.browser.get(url), detective.get("history")]
        return [re.sub(r'value="[^"]{20,}"', "", page.content.decode()) for page in pages]

    before = shown()
    assert hand.read(audience="people", people=[seat.mark.public_id for seat in named[:2]]).status_code == 303
    assert table.readers(mark) == {"p-cm", "p-det", "p-survivor", "p-interp"}
    assert shown() == before


# Widening


def test_widening_names_those_who_come_and_waits_until_its_author_is_sure(stage: Stage, table: Table) -> None:
    hand = Hand(stage, "p-cm", table.of("cm", kind="decisions", topic="housing"))
    names = {person["key"]: person["name"] for person in stage.casefile["people"]}
    mark, before = hand.mark, everything()
    few = table.readers(mark)
    body = hand.choice(audience="care")
    shown = fields(hand.post("readers/names", body).content.decode(), "shown_readers")
    for sure in ({}, {"written-sure": "0" * 64}, {"written-sure": shown["written-shown_readers"][::-1]}):
        answer = hand.post("readers", body | shown | sure)
        assert answer.status_code == 422
        assert everything() == before
    page = answer.content.decode()
    comes = page.partition("Who could read it then and cannot now")[2].partition("Who will read this")[0]
    assert names["p-sup"] in comes
    assert names["p-cm"] not in comes
    assert "You may not see all of their names" in comes
    assert f"/written/{hand.written}/less/" in page
    assert "Yes, let them read it" in page
    other = hand.choice(audience="management") | fields(page, "sure")
    more = fields(hand.post("readers/names", other).content.decode(), "shown_readers")
    assert hand.post("readers", other | more).status_code == 422, "sure of another choice"
    assert everything() == before
    assert hand.post("readers", body | fields(page, "sure", "shown_readers")).status_code == 303
    assert few - {"p-shelter"} < table.readers(mark)


@pytest.mark.parametrize("what", ["who reads it", "who comes to it"])
def test_what_was_confirmed_by_name_is_what_is_opened(
    stage: Stage, table: Table, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Others were let in or out between the question and the lock: it is asked again, with the names as they are."""
    hand = Hand(stage, "p-cm", table.of("cm"))
    assert hand.read(audience="management").status_code == 303
    wider = hand.choice(audience="care")
    page = hand.post(
        "readers", wider | fields(hand.post("readers/names", wider).content.decode(), "shown_readers")
    )
    sure = fields(page.content.decode(), "sure", "shown_readers", "key")
    narrower, mentor = Hand(stage, "p-survivor", hand.written), stage.seat("alder", "mentor")
    names = {person["key"]: person["name"] for person in stage.casefile["people"]}

    def meanwhile(*asked: Any, **given: Any) -> None:
        monkeypatch.setattr(changes, "change_readers", change_readers)
        if what == "who reads it":
            assert narrower.read(audience="roles", roles=["survivor", "case_manager"]).status_code == 303
        else:
            mentor.until = stage.at
            mentor.save()
        change_readers(*asked, **given)

    monkeypatch.setattr(changes, "change_readers", meanwhile)
    answer = hand.post("readers", wider | sure)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "was changed in the meantime" in page
    comes = page.partition("Who could read it then and cannot now")[2].partition("Who will read this")[0]
    assert (names["p-sup"] in comes) == (what == "who reads it")
    assert (names["p-mentor"] in comes) == (what == "who reads it")
    assert not Event.objects.filter(verb="widened").exists()
    again = fields(page, "sure", "shown_readers", "key")
    assert again["written-sure"] != sure["written-sure"]
    assert hand.post("readers", wider | again).status_code == 303


def test_another_topic_is_a_wider_one(stage: Stage, table: Table) -> None:
    hand, before = Hand(stage, "p-cm", table.of("cm")), everything()
    other = next(topic for topic in ("housing", "coordination") if topic != hand.mark.topic)
    answer = hand.read(topic=other, audience="management")
    assert answer.status_code == 422
    assert "more people read it than now" in answer.content.decode()
    assert everything() == before
    theirs = Hand(stage, "p-sup", hand.written).read(topic=other, audience="management")
    assert theirs.status_code == 422, "only its author is offered another topic"
    assert everything() == before


def test_readers_that_were_changed_meanwhile_are_shown_anew(stage: Stage, table: Table) -> None:
    hand = Hand(stage, "p-cm", table.of("cm"))
    body = hand.choice(audience="care")
    shown = fields(hand.post("readers/names", body).content.decode(), "shown_readers")
    assert Hand(stage, "p-survivor", hand.written).read(audience="management").status_code == 303
    before = everything()
    answer = hand.post("readers", body | shown)
    assert answer.status_code == 422, "to take it back would now be to widen it"
    assert everything() == before


def test_whoever_narrows_is_shown_first_that_somebody_else_did(stage: Stage, table: Table) -> None:
    hand = Hand(stage, "p-cm", table.of("cm"))
    body = hand.choice(audience="management")
    shown = fields(hand.post("readers/names", body).content.decode(), "shown_readers")
    assert Hand(stage, "p-survivor", hand.written).read(audience="care").status_code == 303
    assert hand.post("readers", body | shown).status_code == 422
    assert hand.read(audience="management").status_code == 303


@pytest.mark.parametrize("person", ["p-cm", "p-sup", "p-survivor"])
@pytest.mark.parametrize("way", ["role", "seat"])
def test_the_verb_itself_lets_nobody_in_unasked(stage: Stage, table: Table, person: str, way: str) -> None:
    wide = stage.ids[stage.place("alder", "agenda", "wide")]
    for written in (table.of("cm"), wide):
        hand = Hand(stage, "p-cm", written)
        assert hand.read(audience="management").status_code == 303
        before = everything()
        few = hand.mark.audience
        choice = (
            Choice(Topic(hand.mark.topic), few | role_bits(["investigator"]))
            if way == "role"
            else Choice(Topic(hand.mark.topic), few, frozenset({stage.seat("alder", "det").pk}))
        )
        mine = person == "p-cm" and written != wide
        with pytest.raises(StaleError if mine else NotAllowedError):
            change_readers(
                stage.sight(person),
                written=written,
                choice=choice,
                left_out_because="",
                sure=partial(bool, not mine),
                permitted=False,
                key=public_id(),
            )
        assert everything() == before


def test_a_version_that_says_less_is_a_row_of_its_own_and_nothing_ties_the_two(
    stage: Stage, table: Table
) -> None:
    hand = Hand(stage, "p-cm", table.of("cm", kind="decisions", topic="housing"))
    text = Decision.unsealed.get(mark__public_id=hand.written).text
    page = hand.get("less").content.decode()
    assert text in page
    assert re.search(r'value="decision"[^>]* checked', page)
    form = page.partition('id="note-form"')[2].partition("</form>")[0]
    assert text not in form
    assert hand.written not in form
    assert not re.search(r'name="note-audience"[^>]* checked', form)
    assert 'action="/items/' in form


def borrowed(stage: Stage, table: Table) -> tuple[Hand, Unconfirmed]:
    """What the case manager wrote down of the therapist's words, for all, the detective too; who reads it before it is
    confirmed are the two of them, a clinical supervisor and the survivor."""
    hand = Hand(stage, "p-cm", table.of("cm", topic="coordination"))
    note = Note.unsealed.get(mark__public_id=hand.written)
    Note.unsealed.filter(pk=note.pk).update(said_by=stage.seat("alder", "ther"))
    Mark.objects.filter(pk=note.pk).update(audience=0)
    Named.objects.filter(mark=note.pk).delete()
    Named.objects.bulk_create(
        Named(mark_id=note.pk, seat=stage.seat("alder", key)) for key in ("cm", "ther", "sup", "sv")
    )
    waiting = Unconfirmed.objects.create(
        note=note, audience=0xFFFF, named=[stage.seat("alder", "det").pk], denied_at=None
    )
    assert table.readers(hand.mark) == {"p-cm", "p-ther", "p-sup", "p-survivor", "p-interp"}
    return hand, waiting


def says_so(stage: Stage, hand: Hand, word: str) -> Any:
    edition = Note.unsealed.get(mark__public_id=hand.written).edition
    return stage.browser("p-ther").post(f"/notes/{hand.written}/{word}/", {"edition": edition})


@pytest.mark.parametrize("denied", [False, True])
def test_words_that_are_not_confirmed_are_opened_to_nobody_else_by_who_wrote_them_down(
    stage: Stage, table: Table, denied: bool
) -> None:
    hand, _ = borrowed(stage, table)
    if denied:
        assert says_so(stage, hand, "denial").status_code == 303
    before, now = everything(), table.readers(hand.mark)
    page = hand.get("readers").content.decode()
    assert "has not confirmed it" in page
    assert 'value="investigator"' not in page
    assert hand.get("less").status_code == 403
    wider = Choice(Topic.COORDINATION, 0xFFFF)
    for sure in (False, True):
        with pytest.raises(NotAllowedError) as refused:
            change_readers(
                stage.sight("p-cm"),
                written=hand.written,
                choice=wider,
                left_out_because="",
                sure=partial(bool, sure),
                permitted=False,
                key=public_id(),
            )
        assert "has not confirmed it" in str(refused.value.sentence)
    assert hand.read(audience="roles", roles=["investigator"]).status_code == 422
    assert everything() == before
    assert table.readers(hand.mark) == now


@pytest.mark.parametrize("person", ["p-cm", "p-sup", "p-survivor"])
def test_what_was_narrowed_stays_narrowed_when_it_is_confirmed(
    stage: Stage, table: Table, person: str
) -> None:
    hand, waiting = borrowed(stage, table)
    narrower = Hand(stage, person, hand.written)
    few = [stage.seat("alder", key).mark.public_id for key in ("ther", "sv")]
    assert narrower.read(audience="people", people=few).status_code == 303
    now = table.readers(hand.mark)
    assert now == {"p-cm", "p-ther", "p-survivor", "p-interp"}
    waiting.refresh_from_db()
    assert (waiting.audience, len(waiting.named)) == (0, 2)
    assert says_so(stage, hand, "confirmation").status_code == 303
    assert not Unconfirmed.objects.exists()
    assert table.readers(hand.mark) == now


def test_words_that_wait_can_be_kept_to_those_who_read_them_now(stage: Stage, table: Table) -> None:
    hand, _ = borrowed(stage, table)
    # Its author reads it without being named, as a recorder from outside does.
    Named.objects.filter(mark=hand.mark, seat=stage.seat("alder", "cm")).delete()
    now = table.readers(hand.mark)
    those = [stage.seat("alder", key).mark.public_id for key in ("ther", "sup", "sv")]
    narrower = Hand(stage, "p-sup", hand.written)
    assert "and nobody else" in narrower.get("readers").content.decode()
    assert narrower.read(audience="people", people=those).status_code == 303
    before = everything()
    assert narrower.read(audience="people", people=those).status_code == 303
    assert everything() == before
    assert says_so(stage, hand, "confirmation").status_code == 303
    assert table.readers(hand.mark) == now


def test_words_that_wait_are_nowhere_shown_as_if_they_had_been_confirmed(stage: Stage, table: Table) -> None:
    hand, _ = borrowed(stage, table)
    supervisor = Hand(stage, "p-sup", hand.written)
    for word, sentence in (
        ("", "Not confirmed yet by whoever said it"),
        ("denial", "Whoever said this did not confirm it"),
        ("confirmation", ""),
    ):
        if word:
            assert says_so(stage, hand, word).status_code == 303
        for page in ("history", "readers"):
            told = supervisor.get(page).content.decode()
            assert sentence in told
            assert ("agency that holds the record" in told) == bool(sentence)


def test_why_the_survivor_is_left_out_of_words_that_wait_is_asked_and_outlasts_the_waiting(
    stage: Stage, table: Table
) -> None:
    hand, _ = borrowed(stage, table)
    Named.objects.filter(mark=hand.mark, seat=stage.seat("alder", "sv")).delete()
    waits = "It is not confirmed yet by whoever said it."
    Mark.objects.filter(pk=hand.mark.pk).update(left_out_because=waits)
    body = hand.choice(audience="people", people=[stage.seat("alder", "ther").mark.public_id])
    because = body.pop("written-left_out_because")
    shown = fields(hand.post("readers/names", body).content.decode(), "shown_readers")
    answer = hand.post("readers", body | shown)
    assert answer.status_code == 422
    assert "Say why the survivor is not among them" in answer.content.decode()
    assert hand.post("readers", body | shown | {"written-left_out_because": because}).status_code == 303
    assert says_so(stage, hand, "confirmation").status_code == 303
    assert hand.mark.left_out_because == because


def test_words_that_wait_are_changed_and_their_speaker_confirms_what_they_read(
    stage: Stage, table: Table
) -> None:
    hand, waiting = borrowed(stage, table)
    stale = {"edition": Note.unsealed.get(mark__public_id=hand.written).edition}
    assert says_so(stage, hand, "denial").status_code == 303
    assert hand.change("put better").status_code == 303
    waiting.refresh_from_db()
    assert waiting.denied_at is None, "another text was denied"
    answer = stage.browser("p-ther").post(f"/notes/{hand.written}/confirmation/", stale)
    assert answer.status_code == 409
    assert Unconfirmed.objects.exists()
    assert says_so(stage, hand, "confirmation").status_code == 303
    assert "p-det" in table.readers(hand.mark)
    kept = EarlierVersion.unsealed.get(of=hand.mark).mark
    assert "p-det" not in table.readers(kept), "what they did not confirm stays where it was"
    before = everything()
    for page in ("text", "less"):
        assert tells(hand.get(page), ("somebody else’s words", "palabras de otra persona"))
        assert hand.get(page).status_code == 403
    assert hand.post("text", {"written-text": "typed"}).status_code == 403
    with pytest.raises(NotAllowedError, match="somebody else"):
        change_text(
            stage.sight("p-cm"),
            written=hand.written,
            text="typed",
            edition=2,
            permitted=False,
            key=public_id(),
        )
    assert everything() == before
    page = stage.browser("p-det").get(f"/written/{hand.written}/history/").content.decode()
    assert "Said by" in page


@pytest.mark.parametrize("kind", BELOW)
def test_an_observer_changes_no_text_and_opens_nothing_but_may_let_fewer_people_see_it(
    stage: Stage, table: Table, kind: str
) -> None:
    hand = Hand(stage, "p-cm", table.of("cm", kind=kind))
    url = stage.url("alder", "agenda", "wide")
    assert f"/written/{hand.written}/text/" in hand.browser.get(url).content.decode()
    form, item = hand.text_form(), stage.row(stage.place("alder", "agenda", "wide"))
    Invitation.objects.create(conference_id=item.conference_id, seat=stage.seat("alder", "cm"), observes=True)
    before = everything()
    for answer in (
        hand.get("text"),
        hand.post("text", form | {"written-text": "typed"}),
        hand.get("less"),
    ):
        assert answer.status_code == 403
        assert tells(answer, ("at this meeting to listen", "para escuchar"))
    with pytest.raises(NotAllowedError, match="to listen"):
        change_readers(
            stage.sight("p-cm"),
            written=hand.written,
            choice=Choice(Topic.SAFETY, 0xFFFF),
            left_out_because="",
            sure=lambda: True,
            permitted=False,
            key=public_id(),
        )
    assert everything() == before
    page = hand.browser.get(url).content.decode()
    assert f"/written/{hand.written}/text/" not in page
    assert 'id="note-form"' not in page
    set_stage(stage, Status.CLOSED)
    assert 'id="note-form"' not in hand.browser.get(url).content.decode()
    assert hand.read(audience="roles", roles=["survivor", "case_manager"]).status_code == 303
    assert hand.mark.audience == 0b101


def test_a_writer_from_outside_is_asked_for_what_says_less_and_for_what_is_added_and_all_versions_keep_it(
    stage: Stage, table: Table
) -> None:
    asked, url = 'name="note-permitted"', stage.url("alder", "agenda", "wide")
    hand = Hand(stage, "p-shelter", table.of("shelter"))
    assert asked in hand.get("less").content.decode()
    set_stage(stage, Status.CLOSED)
    paper = Paper(stage, "p-shelter", url)
    assert asked in paper.page
    assert paper.post(text="not permitted", afterwards="1", permitted="").status_code == 422
    assert paper.post(text="permitted", afterwards="1").status_code == 303
    assert not Note.unsealed.filter(text="not permitted").exists()
    assert Note.unsealed.get(text="permitted").mark.permitted_at == stage.at
    set_stage(stage, Status.OPEN)
    then, stage.clock.at = stage.at, stage.at + timedelta(minutes=5)
    later = Hand(stage, "p-shelter", table.find("permitted"))
    assert later.change("put better").status_code == 303
    assert later.read(audience="roles", roles=["survivor", "case_manager"]).status_code == 303
    kept = EarlierVersion.unsealed.filter(of=later.mark)
    assert list(kept.values_list("mark__permitted_at", flat=True)) == [then]
    assert later.mark.permitted_at == then


def test_what_was_made_of_a_note_leads_to_it_after_both_were_changed(stage: Stage, table: Table) -> None:
    note = Hand(stage, "p-cm", table.of("cm"))
    decision = Hand(stage, "p-cm", table.of("cm", kind="decisions"))
    Decision.unsealed.filter(mark=decision.mark).update(from_note=note.mark.pk)
    assert note.change("another note").status_code == 303
    assert decision.change("another decision").status_code == 303
    assert note.read(audience="roles", roles=["survivor", "case_manager"]).status_code == 303
    url, link = stage.url("alder", "agenda", "wide"), f'href="#note-{note.written}"'
    both = table.readers(note.mark) & table.readers(decision.mark)
    for person in table.readers(decision.mark):
        assert (link in stage.browser(person).get(url).content.decode()) == (person in both), person
    assert both < table.readers(decision.mark)


def rows_for(table: Table) -> Iterator[tuple[str, str]]:
    """Everything under the item for everybody, and who reads it."""
    for place in table.below:
        if place.startswith(table.stage.place("alder", "agenda", "wide")):
            yield from ((table.stage.ids[place], person) for person in table.seats)


def test_links_are_those_that_work(stage: Stage, table: Table) -> None:
    url = stage.url("alder", "agenda", "wide")
    pages = {person: stage.browser(person).get(url).content.decode() for person in table.seats}
    found = 0
    for written, person in rows_for(table):
        mark, seat = Mark.objects.get(public_id=written), table.seats[person]
        reads = person in table.readers(mark)
        own = reads and table.keys.get(mark.author_id or 0) == seat.key and seat.role != "interpreter"
        assert (f"/written/{written}/text/" in pages[person]) == own
        narrows = reads and (own or seat.role in NARROWERS)
        assert (f"/written/{written}/readers/" in pages[person]) == narrows
        found += own + narrows
    assert found > 50
