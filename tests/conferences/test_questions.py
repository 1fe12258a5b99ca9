"""Questions about who does what: who may ask, who reads them, and what becomes of them."""

import re
from html import unescape
from typing import Any

import pytest
from pytest_django import Settings

from conferences.questions import changes
from conferences.questions.models import EarlierAnswer, RoleQuestion, stands
from conferences.questions.writing import question_seen
from conferences.readers.changes import Choice
from tests.cast import Stage
from tests.live_pass import connect
from tests.test_surfaces import Eyes
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Mark, Named, Seat
from workspace.disclosure.policy import EVERY_ROLE, Topic, role_bits
from workspace.live.passes import Passes
from workspace.people.changes import find_person
from workspace.people.models import Person, public_id
from workspace.record.models import Event

CASE = "/cases/0"
KINDS = {"seats": "about_id", "responsibilities": "line_id"}
FEW = role_bits(["case_manager", "clinical_supervisor"])
PERMITTED = {"answer-permitted": "on"}
FEW_AND_HER = FEW | role_bits(["survivor", "interpreter"])


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """Nobody has asked anything yet."""
    Mark.objects.filter(pk__in=RoleQuestion.unsealed.values("pk")).update(removed_at=stage.at)
    return stage


def board(stage: Stage, person: str) -> str:
    """What the board says, but for the token of its form."""
    page = stage.browser(person).get(f"/cases/{stage.ids[CASE]}/roles/").content.decode()
    return unescape(page.partition('<main id="main"')[2])


def url_of(stage: Stage, kind: str, key: str | int) -> str:
    """Where one asks about the seat of this key, or the line of this number."""
    place = stage.place("alder", "seats", str(key)) if kind == "seats" else f"{CASE}/responsibilities/{key}"
    return f"/{kind}/{stage.ids[place]}/questions/"


def asked(stage: Stage, person: str, kind: str, key: str | int, to: str = "few") -> Any:
    """The question that this person asks in one press."""
    assert stage.browser(person).post(url_of(stage, kind, key), {"to": to}).status_code == 303
    return RoleQuestion.unsealed.select_related("mark").latest("mark_id")


def sees(stage: Stage, person: str, question: Any) -> bool:
    return bool(open_rows(stage.sight(person), RoleQuestion.objects.sealed(mark=question.pk)))


def others(stage: Stage) -> dict[str, str]:
    """Who sits on the first case now, with the key of their seat."""
    held = ((person, stage.oracle.seats_of(person, stage.at)) for person in stage.people)
    return {person: seat for person, found in held for case, seat in found if case == "alder"}


def test_whoever_sees_a_card_or_a_line_asks_about_it_in_one_press_but_for_an_interpreter(
    stage: Stage, nightly: bool
) -> None:
    asking = {True: 0, False: 0}
    for person in [*sorted(others(stage))[:: 2 if nightly else 4], "p-interp", "p-nowhere"]:
        eyes = Eyes(stage, person)
        with stage.undone():
            for kind in KINDS:
                places = [place for place in stage.ids if place.startswith(f"{CASE}/{kind}/")]
                for place in places:
                    before = RoleQuestion.unsealed.count()
                    url = f"/{kind}/{stage.ids[place]}/questions/"
                    answer = stage.browser(person).post(url, {"to": "all"})
                    interprets = eyes.role(place) == "interpreter"
                    status = 404 if not eyes.sees(place) else 403 if interprets else 303
                    alone = answer.status_code == 403 and (
                        "Nobody else" in told(answer) or "Nadie más" in told(answer)
                    )
                    assert answer.status_code == status or (status == 303 and alone), (person, place)
                    assert (RoleQuestion.unsealed.count() > before) == (answer.status_code == 303)
                    asking[answer.status_code == 303] += 1
    assert min(asking.values()) > 30


def test_the_survivor_asks_few_or_everybody_and_others_ask_with_her(stage: Stage) -> None:
    Person.objects.filter(key="p-survivor").update(language="es")
    hers = asked(stage, "p-survivor", "seats", "vw")
    assert (hers.text, hers.mark.audience) == ("No tengo claro esto.", FEW)
    assert hers.about_id == stage.seat("alder", "vw").pk == hers.mark.parent_id
    assert Event.objects.filter(verb="question_asked", mark=hers.mark).count() == 1
    theirs = asked(stage, "p-adv", "seats", "vw")
    assert (theirs.text, theirs.mark.audience) == ("I am not sure about this.", FEW_AND_HER)
    everybody = asked(stage, "p-cm", "seats", "vw", "all")
    assert everybody.mark.audience == EVERY_ROLE
    line = asked(stage, "p-survivor", "responsibilities", 0)
    assert (line.line_id, line.about_id, line.mark.topic) == (line.mark.parent_id, None, "coordination")
    assert "No tengo claro esto." in board(stage, "p-survivor")
    # What was asked in one press is read in the reader's own language.
    page = board(stage, "p-sup")
    assert "No tengo claro esto." not in page
    assert f'id="question-{hers.mark.public_id}"' in page
    for person in others(stage):
        assert (f'id="question-{hers.mark.public_id}"' in board(stage, person)) == (
            person in ("p-survivor", "p-cm", "p-next-cm", "p-sup")
        ), person


@pytest.mark.parametrize("to", ["few", "all"])
def test_a_question_is_read_by_nobody_who_does_not_see_what_it_is_about(
    stage: Stage, to: str, nightly: bool
) -> None:
    arrived = hidden = 0
    for kind in KINDS:
        places = [place for place in stage.ids if place.startswith(f"{CASE}/{kind}/")]
        for place in places if nightly else places[:: 2 if to == "few" else 3]:
            for asker in ("p-survivor", "p-cm", "p-vw"):
                with stage.undone():
                    url = f"/{kind}/{stage.ids[place]}/questions/"
                    if stage.browser(asker).post(url, {"to": to}).status_code != 303:
                        continue
                    question = RoleQuestion.unsealed.select_related("mark").latest("mark_id")
                    for person, seat in others(stage).items():
                        shown = sees(stage, person, question)
                        see = stage.oracle.sees("alder", seat, place, stage.at)
                        assert see or not shown, (asker, place, person)
                        if to == "all":
                            assert shown == see, (asker, place, person)
                        arrived, hidden = arrived + shown, hidden + (not shown)
    assert min(arrived, hidden) > 60


def test_whoever_does_not_read_a_question_gets_the_same_bytes_as_before(stage: Stage) -> None:
    before = {person: board(stage, person) for person in others(stage)}
    questions = [
        asked(stage, "p-survivor", "seats", "ther"),
        asked(stage, "p-survivor", "responsibilities", 0),
        asked(stage, "p-cm", "seats", "shelter", "all"),
        asked(stage, "p-cm", "seats", "pros"),
    ]
    away = [person for person in before if not any(sees(stage, person, each) for each in questions)]
    assert len(away) > 5
    for person in away:
        assert board(stage, person) == before[person], person


def test_who_presses_again_while_it_is_open_asks_nothing_more(stage: Stage) -> None:
    first = asked(stage, "p-survivor", "seats", "vw")
    version, events = first.mark.case.version, Event.objects.count()
    assert asked(stage, "p-survivor", "seats", "vw", "all").pk == first.pk
    first.mark.case.refresh_from_db()
    assert (first.mark.case.version, Event.objects.count()) == (version, events)
    page = board(stage, "p-survivor")
    assert f'href="#question-{first.mark.public_id}"' in page
    assert f'formaction="{url_of(stage, "seats", "vw")}"' not in page
    assert f'formaction="{url_of(stage, "seats", "det")}"' in page
    assert asked(stage, "p-survivor", "seats", "det").pk != first.pk
    RoleQuestion.unsealed.filter(pk=first.pk).update(closed_at=stage.at)
    assert asked(stage, "p-survivor", "seats", "vw").pk != first.pk


def test_an_interpreter_and_oneself_are_offered_no_question(stage: Stage) -> None:
    assert "/questions/" not in board(stage, "p-interp")
    assert url_of(stage, "seats", "cm") not in board(stage, "p-cm")
    assert url_of(stage, "seats", "cm") in board(stage, "p-survivor")
    refused = stage.browser("p-interp").post(url_of(stage, "seats", "cm"), {"to": "all"})
    assert refused.status_code == 403
    told = unescape(refused.content.decode())
    assert "asks nothing of their own" in told or "no pregunta nada" in told


def test_a_question_to_nobody_is_refused(stage: Stage) -> None:
    before = RoleQuestion.unsealed.count()
    for given in ({}, {"to": ""}, {"to": "some"}, {"to": "\x00"}):
        assert stage.browser("p-cm").post(url_of(stage, "seats", "vw"), given).status_code == 403
    line = stage.row(f"{CASE}/responsibilities/0")
    type(line.mark).objects.filter(pk=line.mark_id).update(audience=0)
    assert Seat.unsealed.filter(pk=line.mark.author_id, key="cm").exists()
    answer = stage.browser("p-cm").post(url_of(stage, "responsibilities", 0), {"to": "all"})
    assert "Nobody else may read this" in unescape(answer.content.decode())
    assert RoleQuestion.unsealed.count() == before


def url(question: Any, verb: str) -> str:
    return f"/questions/{question.mark.public_id}/{verb}/"


SHOWN = {"answer": "answer-shown_readers", "setting-aside": "shown_readers"}


def shown(stage: Stage, person: str, question: Any, verb: str) -> dict[str, str]:
    """What the form of this verb says of those who were shown to this person."""
    place = question_seen(find_person(person).pk, question.mark.public_id)
    return {SHOWN[verb]: place.shown} if place and verb in SHOWN else {}


def press(stage: Stage, person: str, question: Any, verb: str, **given: str) -> int:
    given |= shown(stage, person, question, verb)
    return int(stage.browser(person).post(url(question, verb), given).status_code)


def answered(stage: Stage, person: str, question: Any, text: str, **given: str) -> Any:
    """What is said to this person who answers the question."""
    body = {"answer-text": text, "answer-key": public_id(), **given}
    body |= shown(stage, person, question, "answer")
    return stage.browser(person).post(url(question, "answer"), body)


def row(question: Any) -> Any:
    return RoleQuestion.unsealed.select_related("mark").get(pk=question.pk)


def told(answer: Any) -> str:
    return unescape(answer.content.decode())


# Who may do what with a question that the survivor asked everybody: 303 done, 403 told why not. Everybody sees it.
MAY = {
    #                cm   sup  adv  law  sv  interp
    "answer": (303, 303, 303, 303, 403, 403),
    "routing": (303, 303, 303, 403, 403, 403),
    "setting-aside": (403, 303, 403, 403, 403, 403),
    "everyone": (403, 403, 403, 403, 303, 403),
    "closing": (403, 403, 403, 403, 303, 403),
    "unclear": (403, 403, 403, 403, 303, 403),
    "agenda": (303, 303, 303, 303, 303, 403),
}
PEOPLE = ("p-cm", "p-sup", "p-adv", "p-law", "p-survivor", "p-interp")
BODY = {"answer": {"answer-text": "typed", "answer-permitted": "on"}, "setting-aside": {"note": "typed"}}


def test_who_may_do_what_with_a_question_and_who_is_told_why_not(stage: Stage) -> None:
    question = asked(stage, "p-survivor", "seats", "det", "all")
    narrow = asked(stage, "p-cm", "seats", "pros")
    Mark.objects.filter(pk=narrow.mark_id).update(audience=0)
    for verb, cells in MAY.items():
        for person, cell in zip(PEOPLE, cells, strict=True):
            with stage.undone():
                stage.browser(person)
                before = Event.objects.count()
                body = BODY.get(verb, {}) | ({"answer-key": public_id()} if verb == "answer" else {})
                body |= shown(stage, person, question, verb)
                answer = stage.browser(person).post(url(question, verb), body)
                assert answer.status_code == cell, (verb, person, told(answer))
                assert cell == 303 or Event.objects.count() == before, (verb, person)
                if person != "p-cm":
                    hidden, absent = (
                        told(stage.browser(person).post(f"/questions/{number}/{verb}/", body))
                        for number in (narrow.mark.public_id, public_id())
                    )
                    assert hidden == absent, (verb, person)


def test_a_question_is_answered_and_clear_only_when_whoever_asked_says_so(stage: Stage) -> None:
    question = asked(stage, "p-survivor", "seats", "det", "all")
    assert answered(stage, "p-det", question, "I carry no secrets.", **PERMITTED).status_code == 303
    assert (row(question).answer, row(question).answered_by_id) == (
        "I carry no secrets.",
        stage.seat("alder", "det").pk,
    )
    assert "I carry no secrets." in board(stage, "p-survivor")
    assert press(stage, "p-survivor", question, "unclear") == 303
    assert "It did not make it clear." in board(stage, "p-det")
    assert answered(stage, "p-sup", question, "She means the report.").status_code == 303
    page = board(stage, "p-survivor")
    assert page.index("She means the report.") < page.index("I carry no secrets.")
    assert press(stage, "p-survivor", question, "closing") == 303
    assert press(stage, "p-survivor", question, "closing") == 303
    late = answered(stage, "p-cm", question, "what I typed")
    assert late.status_code == 409
    assert "clear by now" in told(late)
    assert "what I typed" in told(late)
    assert press(stage, "p-survivor", question, "unclear") == 303
    assert stands(row(question)) == "waiting"
    verbs = Event.objects.filter(mark=question.mark).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [
        *("question_asked", "question_answered", "question_opened_again", "question_answered"),
        *("question_closed", "question_opened_again"),
    ]


def test_it_can_be_clear_before_anybody_answers(stage: Stage) -> None:
    question = asked(stage, "p-adv", "seats", "det")
    assert press(stage, "p-adv", question, "closing") == 303
    assert stands(row(question)) == "clear"


def test_whoever_answers_second_reads_the_first_answer_and_loses_nothing(stage: Stage) -> None:
    question = asked(stage, "p-survivor", "seats", "det", "all")
    answered(stage, "p-cm", question, "mine was first")
    second = answered(stage, "p-sup", question, "what I typed")
    assert second.status_code == 409
    assert "mine was first" in told(second)
    assert "what I typed" in told(second)
    assert row(question).answer == "mine was first"
    assert stage.browser("p-sup").get(url(question, "answer")).status_code == 409
    again = stage.browser("p-cm").get(url(question, "answer"))
    assert ">\nmine was first</textarea>" in told(again)
    assert answered(stage, "p-cm", question, "mine, otherwise").status_code == 303
    assert answered(stage, "p-cm", question, "mine, otherwise").status_code == 303
    assert list(EarlierAnswer.objects.values_list("text", flat=True)) == ["mine was first"]


def test_a_question_waits_for_whom_it_was_given_to_of_those_who_read_it(stage: Stage) -> None:
    question = asked(stage, "p-survivor", "seats", "det")
    names = {key: stage.seat("alder", key) for key in set(others(stage).values())}
    page = told(stage.browser("p-cm").get(url(question, "routing")))
    offered = {key for key, seat in names.items() if f'value="{seat.mark.public_id}"' in page}
    assert offered == {"cm", "next-cm", "sup"}
    for nobody in (names["adv"].mark.public_id, public_id(), "\x00", "0"):
        answer = stage.browser("p-cm").post(url(question, "routing"), {"to": nobody})
        assert answer.status_code == 422
    to = names["sup"].mark.public_id
    assert press(stage, "p-cm", question, "routing", to=to) == 303
    person = Person.objects.get(key="p-sup")
    assert f"Espera a <bdi>{person.name}</bdi>" in re.sub(r"\s+", " ", board(stage, "p-survivor"))
    assert press(stage, "p-cm", question, "routing", to="") == 303
    assert row(question).routed_to_id is None


def test_whoever_was_asked_may_ask_somebody_else(stage: Stage) -> None:
    question = asked(stage, "p-survivor", "seats", "det", "all")
    law, vw = (stage.seat("alder", key).mark.public_id for key in ("law", "vw"))
    assert press(stage, "p-law", question, "routing", to=vw) == 403
    assert press(stage, "p-cm", question, "routing", to=law) == 303
    assert press(stage, "p-law", question, "routing", to=vw) == 303
    assert press(stage, "p-law", question, "routing", to=law) == 403


def test_only_whoever_asked_lets_everybody_read_it_within_what_it_is_about(stage: Stage) -> None:
    question = asked(stage, "p-survivor", "seats", "ther")
    assert not sees(stage, "p-adv", question)
    assert press(stage, "p-cm", question, "everyone") == 403
    assert press(stage, "p-survivor", question, "everyone") == 303
    events = Event.objects.count()
    assert press(stage, "p-survivor", question, "everyone") == 303
    assert Event.objects.count() == events
    ther = stage.seat("alder", "ther")
    assert (row(question).mark.audience, row(question).mark.topic) == (ther.mark.audience, "mental_health")
    place = stage.place("alder", "seats", "ther")
    for person, seat in others(stage).items():
        expected = stage.oracle.sees("alder", seat, place, stage.at)
        assert sees(stage, person, question) == expected, person


@pytest.mark.parametrize("how", ["answered", "answered before", "set aside", "set aside before", "clear"])
def test_what_others_said_about_it_is_read_by_nobody_it_was_not_said_to(stage: Stage, how: str) -> None:
    """Only its author widens what somebody wrote: an answer is not its asker's."""
    question = asked(stage, "p-survivor", "seats", "det")
    assert "/everyone/" in board(stage, "p-survivor")
    if how.startswith("set aside"):
        assert press(stage, "p-sup", question, "setting-aside", note="Said to few.") == 303
    else:
        assert answered(stage, "p-cm", question, "Said to few.").status_code == 303
    if how.endswith("before"):
        assert press(stage, "p-survivor", question, "unclear") == 303
    if how == "clear":
        assert press(stage, "p-survivor", question, "closing") == 303
    assert "Said to few." in board(stage, "p-sup")
    assert "/everyone/" not in board(stage, "p-survivor")
    assert press(stage, "p-survivor", question, "everyone") == 409
    assert "Said to few." not in board(stage, "p-adv")
    assert row(question).mark.audience == FEW


@pytest.mark.parametrize("verb", ["answer", "setting-aside"])
def test_what_is_said_about_it_is_kept_only_once_its_writer_read_who_reads_it_now(
    stage: Stage, verb: str
) -> None:
    """While somebody writes to few, whoever asked lets everybody read it."""
    question = asked(stage, "p-survivor", "seats", "det")
    body = BODY[verb] | {"answer-key": public_id()}
    before = shown(stage, "p-sup", question, verb)
    assert press(stage, "p-survivor", question, "everyone") == 303
    for sent in (body, body | before):
        refused = stage.browser("p-sup").post(url(question, verb), sent)
        assert refused.status_code == 422
        assert {"typed", stage.seat("alder", "vw").person.name} <= set(re.findall(r"\w+", told(refused)))
        assert stands(row(question)) == "waiting"
    now = dict(re.findall(r'name="([\w-]*shown_readers)" value="(\w+)"', told(refused)))
    assert stage.browser("p-sup").post(url(question, verb), body | now).status_code == 303


def test_whether_somebody_answered_is_not_told_by_who_could_be_let_read_it(stage: Stage) -> None:
    """What others answer to the police under this topic is not for the police: also not that they did."""
    given = {"topic": "safety", "audience": "everyone", "permitted": "on"}
    assert words(stage, "p-det", **given).status_code == 303
    question = newest()
    Mark.objects.filter(pk=question.pk).update(topic="immigration", audience=FEW_AND_HER)
    before = board(stage, "p-det"), told(stage.browser("p-det").post(url(question, "everyone")))
    assert answered(stage, "p-cm", question, "Her papers are there.").status_code == 303
    assert before == (board(stage, "p-det"), told(stage.browser("p-det").post(url(question, "everyone"))))


def test_what_is_set_aside_tells_why_and_can_be_taken_up_again(stage: Stage) -> None:
    question = asked(stage, "p-survivor", "seats", "det")
    assert press(stage, "p-sup", question, "setting-aside", note=" \x00 ") == 422
    assert press(stage, "p-sup", question, "setting-aside", note="We speak of it in January.") == 303
    assert press(stage, "p-sup", question, "setting-aside", note="We speak of it in January.") == 303
    page = board(stage, "p-survivor")
    assert "We speak of it in January." in page
    assert "Todavía me importa" in page
    assert answered(stage, "p-cm", question, "too late").status_code == 409
    assert press(stage, "p-survivor", question, "unclear") == 303
    assert stands(row(question)) == "waiting"
    assert Event.objects.filter(verb="question_set_aside").count() == 1


def test_an_outside_agency_says_each_time_that_its_client_permits_an_answer(stage: Stage) -> None:
    question = asked(stage, "p-survivor", "seats", "det", "all")
    refused = answered(stage, "p-vw", question, "what I typed")
    assert refused.status_code == 422
    assert "what I typed" in told(refused)
    assert row(question).answer is None
    assert answered(stage, "p-vw", question, "what I typed", **PERMITTED).status_code == 303
    for person in ("p-cm", "p-survivor"):
        assert "answer-permitted" not in told(stage.browser(person).get(url(question, "answer")))


@pytest.mark.parametrize("wrong", ["", " \x00 ", "\u200b", "x" * 5_001])
def test_an_answer_that_cannot_be_kept_comes_back(stage: Stage, wrong: str) -> None:
    question = asked(stage, "p-survivor", "seats", "det", "all")
    assert answered(stage, "p-cm", question, wrong).status_code == 422
    assert stage.browser("p-cm").post(url(question, "answer"), {"answer-text": "typed"}).status_code == 422
    assert row(question).answer is None


def words(stage: Stage, person: str, *, ask: str = "", **given: Any) -> Any:
    """What is said to this person who asks in their own words, and was shown who will read it."""
    address = f"/cases/{stage.ids[CASE]}/questions/"
    usual = {"text": "typed", "topic": "coordination", "audience": "few", "key": public_id()}
    body = {f"question-{name}": value for name, value in (usual | given).items()}
    page = told(stage.browser(person).post(f"{address}readers/", body))
    shown = page.partition('question-shown_readers" value="')[2].partition('"')[0]
    return stage.browser(person).post(address, body | {"question-shown_readers": shown} | {"ask": ask})


def newest() -> Any:
    return RoleQuestion.unsealed.select_related("mark").latest("mark_id")


def test_the_survivor_asks_in_her_words_in_one_of_two_ways(stage: Stage) -> None:
    about = stage.seat("alder", "ther")
    page = told(stage.browser("p-survivor").get(f"/seats/{about.mark.public_id}/questions/"))
    assert f'value="{about.mark.public_id}" selected' in page
    assert page.count('name="question-audience"') == 2
    assert "question-topic" not in page
    answer = words(stage, "p-survivor", about=about.mark.public_id, text="Who reads my file?")
    assert answer.status_code == 303
    asked = newest()
    assert (asked.text, asked.about_id, asked.mark.audience) == ("Who reads my file?", about.pk, FEW)
    assert (asked.mark.topic, asked.mark.parent_id) == ("mental_health", about.pk)
    assert words(stage, "p-survivor", audience="all").status_code == 303
    assert (newest().mark.audience, newest().about_id) == (EVERY_ROLE, None)
    for refused in ("management", "everyone", "roles", "me", ""):
        assert words(stage, "p-survivor", audience=refused).status_code == 422


def test_others_choose_readers_within_what_they_ask_about(stage: Stage) -> None:
    ther = stage.seat("alder", "ther")
    assert words(stage, "p-cm", about=ther.mark.public_id, audience="everyone").status_code == 303
    assert newest().mark.audience == ther.mark.audience
    adv = stage.seat("alder", "adv").mark.public_id
    answer = words(
        stage, "p-cm", about=ther.mark.public_id, audience="people", people=[adv], left_out_because="typed"
    )
    assert answer.status_code == 422
    assert "Could not read this now" in told(answer)
    assert words(stage, "p-cm", audience="clinicians").status_code == 422
    assert words(stage, "p-cm", audience="clinicians", left_out_because="typed").status_code == 303
    assert newest().mark.left_out_because == "typed"
    assert words(stage, "p-vw", audience="everyone").status_code == 422
    assert words(stage, "p-vw", audience="everyone", permitted="on").status_code == 303
    assert newest().mark.permitted_at == stage.at


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"text": "\x00"},
        {"text": "x" * 2_001},
        {"audience": ""},
        {"audience": "\x00"},
        {"about": "\x00"},
        {"about": "a" * 20},
        {"topic": "privileged"},
        {"key": ""},
        {"shown_readers": "no"},
    ],
)
def test_a_question_that_cannot_be_kept_comes_back(stage: Stage, wrong: dict[str, str]) -> None:
    before = RoleQuestion.unsealed.count()
    if "shown_readers" in wrong:
        address = f"/cases/{stage.ids[CASE]}/questions/"
        body = {"question-text": "what I typed", "question-topic": "safety", "question-audience": "few"}
        answer = stage.browser("p-cm").post(address, body | {"question-key": public_id()})
    else:
        answer = words(stage, "p-cm", **({"text": "what I typed"} | wrong))
    assert answer.status_code == 422
    assert "text" in wrong or "what I typed" in told(answer)
    assert RoleQuestion.unsealed.count() == before


def test_whom_one_does_not_see_one_cannot_ask_about(stage: Stage) -> None:
    hidden = stage.seat("alder", "ther").mark.public_id
    address = f"/cases/{stage.ids[CASE]}/questions/"
    pages = [
        # The page's own address stands in it, for whoever changes the language there.
        re.sub(
            rf'value="[\w-]{{20,}}"|(?<=about=){number}',
            "",
            told(stage.browser("p-vw").get(f"{address}?about={number}")),
        )
        for number in (hidden, public_id())
    ]
    assert pages[0] == pages[1]
    assert hidden not in pages[0]
    assert words(stage, "p-vw", about=hidden, permitted="on").status_code == 422


def test_a_form_that_is_sent_twice_asks_once(stage: Stage) -> None:
    key, before = public_id(), RoleQuestion.unsealed.count()
    assert [words(stage, "p-cm", key=key).status_code for _ in range(2)] == [303, 303]
    assert words(stage, "p-cm", key=key, text="otherwise").status_code == 409
    assert RoleQuestion.unsealed.count() == before + 1


def test_what_is_asked_and_answered_reaches_whoever_reads_it_and_nobody_else(
    stage: Stage, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    scope = stage.ids[CASE]
    people = [
        person
        for person in others(stage)
        if stage.browser(person).get(f"/cases/{scope}/roles/").status_code == 200
    ]
    open_pages = {
        connect("board", stage.browser(person).cookies["s"].value, id=scope): person for person in people
    }
    passes = Passes()
    sockets = {page.socket: person for page, person in open_pages.items() if page.socket}

    def heard() -> set[str]:
        return {sockets[socket] for socket, *_ in passes.run(list(sockets)).frames}

    heard()
    assert not heard()
    question = asked(stage, "p-survivor", "seats", "ther")
    readers = {person for person in people if sees(stage, person, question)}
    assert readers == {"p-survivor", "p-cm", "p-sup"}
    assert heard() == readers
    answered(stage, "p-sup", question, "typed")
    assert heard() == readers
    press(stage, "p-survivor", question, "closing")
    assert heard() == readers


def test_about_whom_has_no_way_in_now_she_still_asks_everybody_in_her_words(stage: Stage) -> None:
    nurse = stage.seat("alder", "nurse")
    assert not stage.sight("p-nurse"), "their release has run out"
    answer = words(stage, "p-survivor", about=nurse.mark.public_id, audience="all")
    assert answer.status_code == 303
    question = newest()
    assert (question.about_id, question.mark.audience) == (nurse.pk, nurse.mark.audience)
    assert words(stage, "p-cm", about=nurse.mark.public_id, audience="everyone").status_code == 303
    assert not question.mark.named.exists()
    refused = words(
        stage, "p-cm", about=nurse.mark.public_id, audience="people", people=[nurse.mark.public_id]
    )
    assert refused.status_code == 422, "whom somebody chose by name they are told of"


def test_about_what_a_line_names_of_those_who_have_gone_she_still_asks(stage: Stage) -> None:
    line = stage.row(f"{CASE}/responsibilities/0")
    Mark.objects.filter(pk=line.pk).update(
        audience=role_bits(["survivor"]), author=stage.seat("alder", "old-cm")
    )
    number = line.mark.public_id
    for audience in ("few", "all"):
        Named.objects.get_or_create(mark_id=line.pk, seat=stage.seat("alder", "cm"))
        answer = words(stage, "p-survivor", about=number, audience=audience)
        assert answer.status_code == 303, audience
        assert newest().line_id == line.pk
        assert sees(stage, "p-cm", newest())


@pytest.mark.parametrize(
    ("person", "key"), [("p-survivor", "later"), ("p-survivor", "old-cm"), ("p-cm", "old-cm")]
)
def test_the_form_stays_with_whom_it_was_opened_about(stage: Stage, person: str, key: str) -> None:
    """They are still to come, or have gone: their card stands on the board all the same, and is asked about there."""
    seat = stage.seat("alder", key)
    address = f"/seats/{seat.mark.public_id}/questions/"
    assert address in board(stage, person)
    assert f'value="{seat.mark.public_id}" selected' in told(stage.browser(person).get(address))
    given = {"audience": "all"} if person == "p-survivor" else {}
    assert words(stage, person, about=seat.mark.public_id, **given).status_code == 303
    assert newest().about_id == seat.pk


def test_the_form_stays_with_what_was_put_away_since(stage: Stage) -> None:
    line = stage.row(f"{CASE}/responsibilities/0")
    type(line).unsealed.filter(pk=line.pk).update(put_away_at=stage.at)
    page = told(stage.browser("p-cm").get(f"/responsibilities/{line.mark.public_id}/questions/"))
    assert f'value="{line.mark.public_id}" selected' in page


def test_a_question_in_ones_own_words_is_read_by_no_more_than_what_it_is_about(stage: Stage) -> None:
    """Also where that was narrowed after its readers were chosen."""
    line = stage.row(f"{CASE}/responsibilities/0")
    few = role_bits(["survivor", "case_manager"])
    Mark.objects.filter(pk=line.pk).update(audience=few)
    changes.ask_in_words(
        stage.sight("p-cm"),
        case=stage.ids[CASE],
        about=line.mark.public_id,
        text="w-narrowed",
        choice=Choice(Topic(line.mark.topic), EVERY_ROLE, frozenset()),
        left_out_because="",
        permitted=False,
        key=public_id(),
    )
    assert newest().mark.audience == few


def test_whoever_does_not_see_whom_it_waits_for_takes_it_from_nobody(stage: Stage) -> None:
    question = asked(stage, "p-survivor", "seats", "vw", "all")
    shelter = stage.seat("alder", "shelter")
    assert press(stage, "p-cm", question, "routing", to=shelter.mark.public_id) == 303
    page = told(stage.browser("p-sup").get(url(question, "routing")))
    assert shelter.mark.public_id not in page
    assert "as it is now" in page
    assert press(stage, "p-sup", question, "routing", to="") == 303
    assert row(question).routed_to_id == shelter.pk
    assert press(stage, "p-cm", question, "routing", to="") == 303
    assert row(question).routed_to_id is None


def test_nobody_says_that_a_question_waits_for_the_survivor(stage: Stage) -> None:
    question = asked(stage, "p-adv", "seats", "vw", "all")
    survivor = stage.seat("alder", "sv").mark.public_id
    assert survivor not in told(stage.browser("p-cm").get(url(question, "routing")))
    assert press(stage, "p-cm", question, "routing", to=survivor) == 422
    assert answered(stage, "p-survivor", question, "I know that.").status_code == 303


def test_an_answer_is_read_by_nobody_whom_no_release_lets_read_it(stage: Stage) -> None:
    """The question is the police's own under whatever topic; what the case manager answers is not."""
    given = {"topic": "safety", "audience": "everyone", "permitted": "on"}
    assert words(stage, "p-det", **given).status_code == 303
    question = newest()
    Mark.objects.filter(pk=question.pk).update(topic="immigration")
    before = {person: board(stage, person) for person in ("p-det", "p-det2")}
    assert answered(stage, "p-cm", question, "Her papers are on the way.").status_code == 303
    assert answered(stage, "p-cm", question, "Her papers are there.").status_code == 303
    readers = {person for person in others(stage) if sees(stage, person, question)}
    reading = {person for person in others(stage) if "Her papers are" in board(stage, person)}
    assert readers - reading == {"p-det", "p-det2"}
    assert len(reading) > 5
    assert {person: board(stage, person) for person in before} == before
    form = stage.browser("p-det2").get(url(question, "answer"))
    assert form.status_code == 200
    assert "Her papers are" not in told(form)
    assert press(stage, "p-det", question, "closing") == 303


def test_nobody_asks_for_an_answer_that_no_release_lets_them_read(stage: Stage) -> None:
    """A question is its asker's agency's own, whatever its topic; what others answer is not."""
    # The police have a release, but for nothing about immigration.
    given = {"topic": "immigration", "audience": "everyone", "permitted": "on"}
    assert words(stage, "p-det", **given).status_code == 422
    assert not RoleQuestion.unsealed.filter(mark__removed_at=None).exists()
    assert words(stage, "p-det", **given | {"topic": "safety"}).status_code == 303
    assert words(stage, "p-cm", **given).status_code == 303
    assert words(stage, "p-law", **given).status_code == 303


def test_what_was_typed_about_a_question_is_given_back_where_it_may_not_be_kept(stage: Stage) -> None:
    question = asked(stage, "p-survivor", "seats", "vw", "all")
    answer = stage.browser("p-cm").post(url(question, "setting-aside"), {"note": "What I typed."})
    assert answer.status_code == 403
    assert "What I typed." in told(answer)
    seat = stage.seat("alder", "det").mark.public_id
    number = stage.ids[f"{CASE}/responsibilities/0"]
    division = stage.browser("p-det").post(f"/responsibilities/{number}/", {"does": [seat]})
    assert division.status_code == 403
    assert seat not in told(division), "who was chosen is not what was typed"
