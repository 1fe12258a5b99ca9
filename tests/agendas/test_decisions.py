"""Decisions: taken through the form, read by whoever may, agreed with or seen differently, which blocks nothing."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from agendas.notes.models import Decision, Stance, decided
from tests.agendas.test_notes import Paper
from tests.agendas.test_states import set_stage
from tests.cast import Stage
from tests.live_pass import connect, passed
from workspace.disclosure.models import Case, Mark
from workspace.people.models import Person, public_id
from workspace.record.models import Event

VERBS = {"agreement": True, "difference": False, "silence": None}
FORMS = re.compile(r'formaction="/decisions/([^/]+)/(\w+)/"')


class Decisions:
    """The decisions of the open conference of the first case, by their places in the file."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        room = stage.place("alder", "conferences", "now")
        self.places = [
            place
            for place in stage.oracle.rows("alder")
            if place.startswith(room) and place.split("/")[-2] == "decisions"
        ]
        self.people = {seat.person: seat for seat in stage.oracle.case("alder").seats.values()}

    def url(self, place: str) -> str:
        return f"/decisions/{self.stage.ids[place]}/"

    def press(self, browser: Client, place: str, verb: str) -> Any:
        """Say that of its words as they stand."""
        row = self.stage.row(place)
        row.public_id = row.mark.public_id
        return browser.post(f"{self.url(place)}{verb}/", {"seen": decided(row)})

    def item(self, place: str) -> str:
        return f"/items/{self.stage.ids[place.rpartition('/decisions/')[0]]}/"

    def sees(self, person: str, place: str) -> bool:
        return self.stage.oracle.sees("alder", self.people[person].key, place, self.stage.at)

    def everything(self) -> tuple[Any, ...]:
        return (
            sorted(Stance.objects.values_list("decision", "seat", "agrees")),
            sorted(Case.objects.values_list("pk", "version")),
            Event.objects.exclude(verb="signed_in").count(),
        )


@pytest.fixture
def decisions(stage: Stage) -> Decisions:
    return Decisions(stage)


def test_a_decision_is_written_with_the_form_of_notes(stage: Stage) -> None:
    paper = Paper(stage, "p-cm", stage.url("alder", "agenda", "wide"))
    assert "decision" in paper.offers("kind")
    assert paper.post(kind="decision", audience="care", text="We ask the shelter").status_code == 303
    row = Decision.unsealed.select_related("mark").get(text="We ask the shelter")
    assert row.mark.author_id == stage.seat("alder", "cm").pk
    shown = {
        person: "We ask the shelter" in stage.client(person).get(paper.item).content.decode()
        for person in ("p-cm", "p-survivor", "p-ther", "p-interp", "p-det", "p-law")
    }
    assert shown == {
        "p-cm": True,
        "p-survivor": True,
        "p-ther": True,
        "p-interp": True,
        "p-det": False,
        "p-law": False,
    }
    assert Event.objects.filter(verb="decision_taken", mark=row.mark).count() == 1


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", ["planned", "open", "paused", "closed"])
def test_whoever_reads_a_decision_may_say_what_they_think_of_it_until_the_conference_is_closed(
    stage: Stage, decisions: Decisions, state: str, verb: str
) -> None:
    set_stage(stage, state)
    place = next(place for place in decisions.places if decisions.sees("p-cm", place))
    decision, mine, browser = stage.row(place), stage.seat("alder", "cm"), stage.client("p-cm")
    if VERBS[verb] is None:
        Stance.objects.create(decision=decision, seat=mine, agrees=True)
    before = decisions.everything()
    answer = decisions.press(browser, place, verb)
    if state == "closed":
        assert answer.status_code == 409
        assert "is closed" in answer.content.decode()
        assert decisions.everything() == before
        return
    assert (answer.status_code, answer["Location"]) == (303, decisions.item(place))
    stances = list(Stance.objects.filter(decision=decision).values_list("seat", "agrees"))
    assert stances == ([] if VERBS[verb] is None else [(mine.pk, VERBS[verb])])
    after = decisions.everything()
    assert after != before
    assert decisions.press(browser, place, verb).status_code == 303
    assert decisions.everything() == after, "a press that is sent again changes nothing"


def test_to_whoever_does_not_read_it_and_to_interpreters_there_is_no_decision(
    stage: Stage, decisions: Decisions
) -> None:
    said = hidden = 0
    for person, seat in decisions.people.items():
        browser = stage.client(person)
        absent = browser.post(f"/decisions/{public_id()}/agreement/")
        for place in decisions.places:
            before = decisions.everything()
            answer = decisions.press(browser, place, "agreement")
            if decisions.sees(person, place) and seat.role != "interpreter":
                assert answer.status_code == 303
                said += 1
            else:
                assert (answer.status_code, answer.content) == (404, absent.content), (person, place)
                assert decisions.everything() == before
                hidden += 1
    assert hidden > 20
    assert said > 15


def test_one_changes_ones_mind(stage: Stage, decisions: Decisions) -> None:
    place = decisions.places[0]
    browser, item = stage.client("p-sup"), decisions.item(place)

    def offered() -> set[str]:
        page = browser.get(item).content.decode()
        return {verb for number, verb in FORMS.findall(page) if number == stage.ids[place]}

    assert offered() == {"agreement", "difference"}
    decisions.press(browser, place, "agreement")
    assert offered() == {"difference", "silence"}
    decisions.press(browser, place, "difference")
    assert offered() == {"agreement", "silence"}
    assert list(Stance.objects.values_list("agrees", flat=True)) == [False]
    decisions.press(browser, place, "silence")
    assert offered() == {"agreement", "difference"}
    assert not Stance.objects.exists()


@pytest.mark.parametrize("verb", ["agreement", "difference"])
def test_nobody_agrees_or_disagrees_with_words_that_they_did_not_read(
    stage: Stage, decisions: Decisions, verb: str
) -> None:
    Person.objects.update(language="en")
    place = next(place for place in decisions.places if decisions.sees("p-cm", place))
    browser, before = stage.client("p-cm"), decisions.everything()
    old = re.search(
        rf'name="seen" value="(\w+)" formaction="{decisions.url(place)}{verb}/"',
        browser.get(decisions.item(place)).content.decode(),
    )
    assert old
    Decision.unsealed.filter(pk=stage.row(place).pk).update(text="other words")
    for body in ({"seen": old[1]}, {"seen": ""}, {}):
        answer = browser.post(f"{decisions.url(place)}{verb}/", body)
        assert (answer.status_code, decisions.everything()) == (409, before)
        assert "Read it again, then say what you think of it." in answer.content.decode()
    assert browser.post(f"{decisions.url(place)}silence/").status_code == 303


def test_who_agrees_is_named_to_those_who_may_know_the_name(stage: Stage, decisions: Decisions) -> None:
    place = next(
        place for place in decisions.places if all(map(decisions.sees, ("p-ther", "p-det"), [place] * 2))
    )
    names = {person["key"]: person["name"] for person in stage.casefile["people"]}
    Mark.objects.filter(pk=stage.seat("alder", "ther").pk).update(audience=1)
    decisions.press(stage.client("p-ther"), place, "agreement")
    decisions.press(stage.client("p-cm"), place, "difference")

    def said(person: str) -> tuple[str, str]:
        page = stage.client(person).get(decisions.item(place)).content.decode()
        article = page.partition(f'id="note-{stage.ids[place]}"')[2].partition("</article>")[0]
        return (
            article.partition("Agree:")[2].partition("</p>")[0],
            article.partition("See it differently:")[2].partition("</p>")[0],
        )

    agree, differ = said("p-det")
    assert names["p-ther"] not in agree
    assert "the team" in agree
    assert names["p-cm"] in differ
    assert "the team" not in differ
    assert names["p-ther"] in said("p-ther")[0]


def test_a_press_is_told_to_those_who_read_the_decision_and_changes_nothing_for_others(
    stage: Stage, decisions: Decisions, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    room, number = (
        stage.place("alder", "conferences", "now"),
        stage.ids[stage.place("alder", "conferences", "now")],
    )
    for place in decisions.places:
        look = stage.ids[place.rpartition("/decisions/")[0]]
        there = [
            person
            for person in decisions.people
            if decisions.sees(person, room) and decisions.sees(person, place.rpartition("/decisions/")[0])
        ]
        opened = {
            person: connect("room", stage.client(person).cookies["s"].value, id=number, look=look)
            for person in there
        }
        assert len(passed(list(opened.values()))[0]) == len(opened)
        writer = next(
            person
            for person in there
            if decisions.sees(person, place) and decisions.people[person].role != "interpreter"
        )
        assert decisions.press(stage.client(writer), place, "agreement").status_code == 303
        frames, closed = passed(list(opened.values()))
        told = {person for person, connection in opened.items() if connection in frames}
        assert told == {person for person in there if decisions.sees(person, place)}
        assert not closed
