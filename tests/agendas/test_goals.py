"""The plan is written: goals in her own words, which nobody else words; needs, strengths and what is in the way; and
each is read by exactly those for whom it was written."""

import re
from datetime import timedelta
from html import unescape
from threading import Barrier as Gate
from threading import Thread
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone
from pytest_django import Settings

from agendas.actions.models import ActionItem
from agendas.goals.models import Barrier, BarrierStatus, Goal, GoalReading, GoalTranslation, Need, Strength
from agendas.history.models import Entry, What
from agendas.items.models import AgendaItem
from agendas.notes.models import Decision
from conferences.meetings.models import Conference, Status
from tests.cast import TICK, Clock, Stage, said
from tests.casting import planted
from tests.live_pass import connect, passed
from tests.oracle import RowFacts, allowed
from tests.test_surfaces import PLANNED, Eyes
from workspace.disclosure.models import Case, Mark
from workspace.disclosure.policy import EVERY_ROLE, role_bits
from workspace.live.announce import case_changed
from workspace.people.models import Person, public_id
from workspace.record.models import Event

CASE = "/cases/0"
OWN_DOOR, PAPERS, SCHOOL, MINE, OURS, SOBER = range(6)
FOUND_NO_SERVICE = 1
WORD = "whatshewants"
SHOWN = re.compile(r'shown_readers" value="(\w+)"')
SEEN = re.compile(r'name="\w+-seen" value="(\w+)"')
CARE = {"survivor", "case_manager", "advocate", "clinical_supervisor", "interpreter"} | {
    *("therapist", "medical", "shelter", "provider", "mentor")
}
MANAGEMENT = {"survivor", "case_manager", "advocate", "clinical_supervisor", "interpreter"}


@pytest.fixture
def table(stage: Stage) -> Stage:
    """The planted case, read in English."""
    Person.objects.update(language="en")
    return stage


def plan(stage: Stage) -> str:
    return f"/cases/{stage.ids[CASE]}/"


def place(kind: str, number: int) -> str:
    return f"{CASE}/plan/{kind}/{number}"


def goal_url(stage: Stage, number: int, verb: str = "") -> str:
    return f"/goals/{stage.ids[place('goals', number)]}/{verb}"


def goal(stage: Stage, number: int) -> Goal:
    found: Goal = stage.row(place("goals", number))
    return found


def written(stage: Stage, person: str, address: str, kind: str, **given: Any) -> Any:
    """Fill in the form at this address as this person, read who will see it, and send it."""
    browser = stage.browser(person)
    usual = {"topic": "coordination", "audience": "care", "key": public_id(), "left_out_because": "a reason"}
    usual |= {"text": WORD, "words": WORD, "on_her_word": "on", "permitted": "on"}
    body = {f"{kind}-{name}": value for name, value in (usual | given).items()}
    readers = browser.post(f"{address}readers/", body)
    if readers.status_code != 200:
        return browser.post(address, body)
    shown = SHOWN.search(readers.content.decode())
    return browser.post(address, body | {f"{kind}-shown_readers": shown[1] if shown else ""})


def reading(stage: Stage, word: str, address: str | None = None) -> set[str]:
    """Who reads this word on the plan, or at another address."""
    found = set()
    for person in stage.people:
        told = stage.browser(person).get(address or plan(stage))
        if word in told.content.decode():
            assert told.status_code == 200
            found.add(person)
    return found


def meant(
    stage: Stage, author: str, origin: str | None, audience: set[str], topic: str = "coordination"
) -> set[str]:
    """Who may read such a row of the case."""
    facts = stage.oracle.case("alder")
    row = RowFacts("alder", topic, author=author, origin=origin, audience=frozenset(audience))
    return {seat.person for seat in facts.seats.values() if allowed(facts, seat.key, row, stage.at)}


def everything() -> tuple[Any, ...]:
    tables: tuple[Any, ...] = (Goal, GoalReading, Need, Strength, Barrier, Entry)
    return (
        [sorted(table.unsealed.values_list()) for table in tables],
        sorted(GoalTranslation.objects.values_list()),
        sorted(Mark.objects.values_list("pk", "audience", "removed_at")),
        sorted(Case.objects.values_list("pk", "version")),
        Event.objects.exclude(verb="signed_in").count(),
    )


# Goals


def test_she_writes_down_what_she_wants_and_those_she_chose_read_it_and_nobody_else(table: Stage) -> None:
    answer = written(table, "p-survivor", f"{plan(table)}goals/", "goal", language="es")
    assert (answer.status_code, answer["Location"]) == (303, f"{plan(table)}#goals")
    row = Goal.unsealed.get(words=WORD)
    assert (row.language, row.status, row.mark.author.key) == ("es", "active", "sv")
    expected = meant(table, "sv", None, CARE)
    assert reading(table, WORD) == expected == reading(table, WORD, f"/goals/{row.mark.public_id}/")
    assert {"p-survivor", "p-cm", "p-mentor"} <= expected
    assert "p-law" not in expected


def test_on_her_word_those_who_carry_the_case_write_it_and_nobody_else_does(table: Stage) -> None:
    carrying = set()
    for person in table.people:
        eyes, before = Eyes(table, person), everything()
        with table.undone():
            answer = written(table, person, f"{plan(table)}goals/", "goal")
            if eyes.words_goals(CASE):
                assert answer.status_code == 303, person
                carrying.add(person)
            else:
                assert (answer.status_code, everything()) == (404, before), person
                assert table.browser(person).get(f"{plan(table)}goals/").status_code == 404
    assert {"p-survivor", "p-cm", "p-adv", "p-sup"} <= carrying
    assert "p-interp" not in carrying


def test_whoever_writes_for_her_says_that_they_are_her_words_and_she_always_reads_them(table: Stage) -> None:
    address, before = f"{plan(table)}goals/", everything()
    without = written(table, "p-cm", address, "goal", on_her_word="")
    assert without.status_code == 422
    assert "A goal is in her own words." in said(without)
    hidden = written(table, "p-cm", address, "goal", audience="roles", roles=["case_manager"])
    assert hidden.status_code == 422
    assert "she always reads them" in unescape(said(hidden))
    assert WORD in said(hidden)
    assert everything() == before
    assert 'value="clinicians"' not in said(table.browser("p-cm").get(address))
    assert written(table, "p-cm", address, "goal").status_code == 303
    assert "written down on her word by" in said(table.browser("p-mentor").get(plan(table)))


def test_a_form_that_is_sent_twice_writes_one_goal(table: Stage) -> None:
    key = public_id()
    for _ in range(2):
        assert written(table, "p-survivor", f"{plan(table)}goals/", "goal", key=key).status_code == 303
    assert Goal.unsealed.filter(words=WORD).count() == 1


def otherwise(stage: Stage, person: str, number: int, words: str = WORD, seen: str = "", **given: Any) -> Any:
    browser, address = stage.browser(person), goal_url(stage, number, "words/")
    page = browser.get(address)
    found = SEEN.search(page.content.decode())
    body = {"words-words": words, "words-language": "es", "words-on_her_word": "on", "words-key": public_id()}
    body |= {"words-seen": seen or (found[1] if found else "")}
    return browser.post(address, body | {f"words-{name}": value for name, value in given.items()})


def test_only_she_says_it_in_other_words_or_those_who_carry_the_case_on_her_word(table: Stage) -> None:
    changing = set()
    for person in table.people:
        eyes = Eyes(table, person)
        with table.undone():
            before = everything()
            answer = otherwise(table, person, OWN_DOOR)
            if not eyes.sees(place("goals", OWN_DOOR)):
                assert (answer.status_code, everything()) == (404, before), person
            elif not eyes.words_goals(CASE):
                assert (answer.status_code, everything()) == (403, before), person
                assert table.browser(person).get(goal_url(table, OWN_DOOR, "words/")).status_code == 403
            else:
                assert answer.status_code == 303, person
                changing.add(person)
    assert {"p-survivor", "p-cm"} <= changing
    before = everything()
    assert otherwise(table, "p-cm", OWN_DOOR, on_her_word="").status_code == 422
    assert everything() == before


def test_the_words_before_are_kept_for_those_who_could_read_them(table: Stage) -> None:
    old, mark = goal(table, OWN_DOOR).words, goal(table, OWN_DOOR).mark
    seeing = {person for person in table.people if Eyes(table, person).sees(place("goals", OWN_DOOR))}
    assert otherwise(table, "p-survivor", OWN_DOOR).status_code == 303
    entry = Entry.unsealed.get(of=mark)
    assert (entry.what, entry.text, entry.mark.author.key) == (What.CORRECTED, old, "sv")
    changed = Goal.unsealed.get(pk=mark.pk)
    assert (changed.words, changed.language, changed.worded_at) == (WORD, "es", table.at)
    page = goal_url(table, OWN_DOOR)
    assert reading(table, old, page) == reading(table, WORD, page) == seeing
    # Who comes to read the goal later reads what it says, and not what it said before.
    Mark.objects.filter(pk=mark.pk).update(audience=EVERY_ROLE, topic="coordination")
    assert reading(table, old, page) == seeing < reading(table, WORD, page)


def test_what_the_survivor_wrote_for_her_interpreter_and_another_says_is_met_she_still_reads(
    table: Stage,
) -> None:
    Mark.objects.filter(pk=goal(table, OURS).pk).update(audience=role_bits(["interpreter", "case_manager"]))
    browser = table.browser("p-cm")
    assert browser.post(goal_url(table, OURS, "met/"), {"seen": "active"}).status_code == 303
    entry = Entry.unsealed.get(of=goal(table, OURS).mark)
    assert reading(table, f'id="entry-{entry.mark.public_id}"', goal_url(table, OURS)) >= {
        *("p-survivor", "p-cm", "p-interp")
    }


def test_words_that_came_too_late_are_kept_on_the_page_and_change_nothing(table: Stage) -> None:
    seen = SEEN.search(said(table.browser("p-cm").get(goal_url(table, OWN_DOOR, "words/"))))
    assert seen
    assert otherwise(table, "p-survivor", OWN_DOOR, "otherwise").status_code == 303
    before = everything()
    late = otherwise(table, "p-cm", OWN_DOOR, WORD, seen[1])
    assert late.status_code == 409
    told = unescape(said(late))
    assert WORD in told
    assert "otherwise" in told
    assert "It was said otherwise in the meantime." in told
    assert everything() == before
    again = SEEN.search(said(late))
    assert again
    assert otherwise(table, "p-cm", OWN_DOOR, WORD, again[1]).status_code == 303
    assert otherwise(table, "p-cm", OWN_DOOR, " ").status_code == 422


def translated(stage: Stage, person: str, number: int, language: str = "fr", words: str = WORD) -> Any:
    browser, address = stage.browser(person), goal_url(stage, number, "translation/")
    found = SEEN.search(said(browser.get(address)))
    body = {"translation-language": language, "translation-words": words, "translation-key": public_id()}
    return browser.post(address, body | {"translation-seen": found[1] if found else ""})


def test_her_words_stand_beside_a_translation_by_her_an_interpreter_or_those_who_carry_the_case(
    table: Stage,
) -> None:
    translating = set()
    for person in table.people:
        eyes = Eyes(table, person)
        with table.undone():
            before = everything()
            answer = translated(table, person, OWN_DOOR)
            if not eyes.sees(place("goals", OWN_DOOR)):
                assert (answer.status_code, everything()) == (404, before), person
            elif not eyes.words_goals(CASE) and eyes.role(CASE) != "interpreter":
                assert (answer.status_code, everything()) == (403, before), person
            else:
                assert answer.status_code == 303, person
                translating.add(person)
    assert {"p-interp", "p-survivor", "p-cm"} <= translating
    assert translated(table, "p-interp", OWN_DOOR).status_code == 303
    seeing = {person for person in table.people if Eyes(table, person).sees(place("goals", OWN_DOOR))}
    for address in (None, goal_url(table, OWN_DOOR)):
        assert reading(table, WORD, address) == reading(table, goal(table, OWN_DOOR).words, address) == seeing


def test_a_translation_that_is_older_than_her_words_says_so(table: Stage) -> None:
    older, page = "older than the words above", goal_url(table, OWN_DOOR)
    assert translated(table, "p-interp", OWN_DOOR).status_code == 303
    assert older not in said(table.browser("p-cm").get(page))
    table.clock.at += TICK
    assert otherwise(table, "p-survivor", OWN_DOOR, "otherwise").status_code == 303
    assert older in said(table.browser("p-cm").get(page))
    table.clock.at += TICK
    assert translated(table, "p-interp", OWN_DOOR, words="anew").status_code == 303
    assert older not in said(table.browser("p-cm").get(page))
    assert GoalTranslation.objects.count() == 1
    assert translated(table, "p-interp", OWN_DOOR, "es").status_code == 422, "it is her own language"


def test_what_stood_there_in_another_language_is_kept_and_the_form_begins_with_it(table: Stage) -> None:
    form, page = goal_url(table, OWN_DOOR, "translation/"), goal_url(table, OWN_DOOR)
    assert translated(table, "p-interp", OWN_DOOR, words="the first").status_code == 303
    for address, stands in ((form, True), (f"{form}?language=fr", True), (f"{form}?language=", False)):
        told = said(table.browser("p-cm").get(address))
        assert ("the first" in told.partition("<textarea")[2].partition("</textarea>")[0]) == stands
    for words in ("the second", "the second"):
        assert translated(table, "p-cm", OWN_DOOR, words=words).status_code == 303
    entry = Entry.unsealed.get(of=goal(table, OWN_DOOR).mark_id)
    kept = entry.what, entry.text, entry.mark.author.key
    assert kept == (What.TRANSLATED, "the first", "cm")
    assert reading(table, "the first", page) == reading(table, "the second", page) != set()


def test_a_translation_from_a_page_that_was_overtaken_replaces_nothing(table: Stage) -> None:
    address = goal_url(table, OWN_DOOR, "translation/")
    found = SEEN.search(said(table.browser("p-cm").get(address)))
    assert found
    assert translated(table, "p-interp", OWN_DOOR, words="the first").status_code == 303
    body = {"language": "fr", "words": "the late one", "key": public_id(), "seen": found[1]}
    late = table.browser("p-cm").post(address, {f"translation-{name}": v for name, v in body.items()})
    assert late.status_code == 409
    assert "the first" in said(late)
    assert GoalTranslation.objects.get().words == "the first"


@pytest.mark.parametrize(
    ("verb", "number", "what", "status"),
    [
        ("met/", OWN_DOOR, What.MET, "met"),
        ("setting-aside/", OWN_DOOR, What.SET_ASIDE, "set_aside"),
        ("taking-up/", SCHOOL, What.TAKEN_UP, "active"),
    ],
)
def test_what_became_of_a_goal_is_said_by_her_or_on_her_word_and_kept(
    table: Stage, verb: str, number: int, what: What, status: str
) -> None:
    stood, saying = goal(table, number).status, set()
    for person in table.people:
        eyes = Eyes(table, person)
        with table.undone():
            before = everything()
            answer = table.browser(person).post(goal_url(table, number, verb), {"seen": stood})
            if not eyes.sees(place("goals", number)):
                assert (answer.status_code, everything()) == (404, before), person
            elif not eyes.words_goals(CASE):
                assert (answer.status_code, everything()) == (403, before), person
            else:
                assert (answer.status_code, answer["Location"]) == (303, goal_url(table, number)), person
                entry = Entry.unsealed.get()
                assert (entry.what, entry.of_id) == (what, goal(table, number).pk)
                assert entry.mark.author.person.key == person
                assert goal(table, number).status == status
                changed = everything()
                table.browser(person).post(goal_url(table, number, verb), {"seen": stood})
                assert everything() == changed, "a press that is sent again changes nothing"
                saying.add(person)
    assert {"p-survivor", "p-cm"} <= saying


def test_a_press_about_a_goal_that_stands_otherwise_by_now_is_told_so(table: Stage) -> None:
    browser = table.browser("p-cm")
    assert browser.post(goal_url(table, OWN_DOOR, "met/"), {"seen": "active"}).status_code == 303
    before = everything()
    late = browser.post(goal_url(table, OWN_DOOR, "setting-aside/"), {"seen": "active"})
    assert (late.status_code, everything()) == (409, before)


def test_of_two_in_the_same_second_one_says_what_became_of_it_and_the_other_is_told(
    transactional_db: None, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, answers = Stage(planted(), clock), dict[str, Any]()
    Person.objects.update(language="en")
    verbs = {"p-survivor": "setting-aside/", "p-cm": "met/"}
    browsers = {person: stage.browser(person) for person in verbs}
    addresses = {person: goal_url(stage, OWN_DOOR, verb) for person, verb in verbs.items()}
    together = Gate(2)
    if connection.vendor == "postgresql":
        # Both have read where it stands, and neither has locked the case.
        def both(case: int) -> None:
            together.wait(10)
            case_changed(case)

        monkeypatch.setattr("agendas.goals.changes.case_changed", both)

    def press(person: str) -> None:
        try:
            if connection.vendor == "sqlite":
                together.wait(10)
            answers[person] = browsers[person].post(addresses[person], {"seen": "active"})
        finally:
            connections.close_all()

    threads = [Thread(target=press, args=(person,)) for person in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers.values()) == [303, 409]
    assert Entry.unsealed.count() == 1
    assert Event.objects.filter(verb__startswith="goal_").count() == 1


# How professionals understand it


def test_how_a_professional_understands_a_goal_has_readers_of_its_own(table: Stage) -> None:
    answer = written(table, "p-sup", goal_url(table, OWN_DOOR, "readings/"), "reading", audience="clinicians")
    assert (answer.status_code, answer["Location"]) == (303, goal_url(table, OWN_DOOR))
    row = GoalReading.unsealed.get()
    assert (row.goal_id, row.mark.parent_id) == (goal(table, OWN_DOOR).pk, goal(table, OWN_DOOR).pk)
    clinicians = {"case_manager", "clinical_supervisor", "therapist"}
    expected = meant(table, "sup", "holder", clinicians)
    seeing = {person for person in table.people if Eyes(table, person).sees(place("goals", OWN_DOOR))}
    assert reading(table, WORD, goal_url(table, OWN_DOOR)) == expected & seeing
    assert not reading(table, WORD)
    assert "p-survivor" in seeing - expected
    Mark.objects.filter(pk=row.pk).update(removed_at=table.at)
    assert not reading(table, WORD, goal_url(table, OWN_DOOR))


def test_neither_she_nor_an_interpreter_reads_into_a_goal(table: Stage) -> None:
    before = everything()
    for person in table.people:
        eyes = Eyes(table, person)
        status = 200 if eyes.sees(place("goals", OWN_DOOR)) else 404
        if status == 200 and eyes.role(CASE) in ("survivor", "guardian", "interpreter"):
            status = 403
        assert table.browser(person).get(goal_url(table, OWN_DOOR, "readings/")).status_code == status, person
    answer = written(table, "p-survivor", goal_url(table, OWN_DOOR, "readings/"), "reading")
    assert (answer.status_code, everything()) == (403, before)


def test_who_writes_for_another_agency_says_that_their_own_client_permits_it(table: Stage) -> None:
    address, before = f"{plan(table)}needs/", everything()
    refused = written(table, "p-mentor", address, "need", permitted="")
    assert (refused.status_code, everything()) == (422, before)
    assert WORD in said(refused)
    assert written(table, "p-mentor", address, "need").status_code == 303
    assert Need.unsealed.get(text=WORD).mark.permitted_at == table.at


# Needs, strengths and what is in the way


@pytest.mark.parametrize(
    ("kind", "author"), [("need", "shelter"), ("strength", "mentor"), ("barrier", "adv")]
)
def test_what_is_written_into_the_plan_is_read_by_those_for_whom_it_was_and_by_nobody_else(
    table: Stage, kind: str, author: str
) -> None:
    seat = table.seat("alder", author)
    origin = seat.agency.key if seat.agency else None
    answer = written(table, seat.person.key, f"{plan(table)}{kind}s/", kind, topic="coordination")
    assert (answer.status_code, answer["Location"]) == (303, f"{plan(table)}#{kind}s")
    expected = meant(table, author, origin, CARE)
    assert reading(table, WORD) == expected
    assert 3 < len(expected) < len(table.people)
    # Nobody but who may read it is sent anything when it goes.
    mark = Mark.objects.order_by("pk").last()
    assert mark
    Mark.objects.filter(pk=mark.pk).update(removed_at=table.at)
    assert not reading(table, WORD)


@pytest.mark.parametrize("kind", ["need", "strength", "barrier"])
def test_whoever_writes_may_write_into_the_plan_and_an_interpreter_may_not(table: Stage, kind: str) -> None:
    for person in table.people:
        eyes = Eyes(table, person)
        answer = table.browser(person).get(f"{plan(table)}{kind}s/")
        assert answer.status_code == (200 if eyes.writes_in(CASE) else 404), person


def test_leaving_her_out_asks_for_the_reason_and_keeps_it(table: Stage) -> None:
    address, before = f"{plan(table)}needs/", everything()
    without = written(table, "p-sup", address, "need", audience="clinicians", left_out_because="")
    assert (without.status_code, everything()) == (422, before)
    assert written(table, "p-sup", address, "need", audience="clinicians").status_code == 303
    assert Need.unsealed.get(text=WORD).mark.left_out_because == "a reason"


def test_what_she_has_done_was_not_done_on_a_day_to_come(table: Stage) -> None:
    address, before = f"{plan(table)}strengths/", everything()
    today = timezone.localdate()
    late = written(table, "p-cm", address, "strength", achieved_on=(today + timedelta(days=1)).isoformat())
    assert (late.status_code, everything()) == (422, before)
    assert "This day is still to come." in said(late)
    assert WORD in said(late)
    assert written(table, "p-cm", address, "strength", achieved_on=today.isoformat()).status_code == 303


def assessed(stage: Stage, person: str, address: str, status: str, because: str = WORD, **given: str) -> Any:
    browser = stage.browser(person)
    found = SEEN.search(said(browser.get(address)))
    body = {"status": status, "because": because, "permitted": "on", "key": public_id()}
    body |= {"seen": found[1] if found else ""} | given
    return browser.post(address, {f"assessment-{name}": value for name, value in body.items()})


def need_url(stage: Stage, number: int) -> str:
    return f"/needs/{stage.ids[place('needs', number)]}/assessment/"


def test_a_need_is_assessed_by_its_author_by_her_and_by_those_who_carry_the_case(table: Stage) -> None:
    there, assessing = place("needs", FOUND_NO_SERVICE), set()
    for person in table.people:
        eyes = Eyes(table, person)
        with table.undone():
            before = everything()
            answer = assessed(table, person, need_url(table, FOUND_NO_SERVICE), "being_met")
            if not eyes.sees(there):
                assert (answer.status_code, everything()) == (404, before), person
            elif eyes.words_goals(CASE) or eyes.seats["alder"] == "nurse":
                assert answer.status_code == 303, person
                entry = Entry.unsealed.get()
                assert (entry.what, entry.text) == (What.BEING_MET, WORD)
                assert table.row(there).status == "being_met"
                assert reading(table, WORD) == {p for p in table.people if Eyes(table, p).sees(there)}
                assessing.add(person)
            else:
                assert (answer.status_code, everything()) == (403, before), person
    assert {"p-survivor", "p-cm", "p-adv"} <= assessing


def test_a_need_is_assessed_again_and_again_and_a_late_word_loses_nothing(table: Stage) -> None:
    address = need_url(table, FOUND_NO_SERVICE)
    assert assessed(table, "p-cm", address, "being_met", "first").status_code == 303
    assert assessed(table, "p-adv", address, "being_met", "second").status_code == 303
    before = everything()
    late = assessed(table, "p-cm", address, "met", WORD, seen="no_service_found")
    assert (late.status_code, everything()) == (409, before)
    assert WORD in said(late)
    assert assessed(table, "p-cm", address, "being_met", "").status_code == 303
    assert everything() == before, "nothing was said"
    assert assessed(table, "p-cm", address, "met", "third").status_code == 303
    page = said(table.browser("p-survivor").get(plan(table)))
    assert page.index("first") < page.index("second") < page.index("third")
    assert [entry.what for entry in Entry.unsealed.order_by("pk")] == ["being_met", "being_met", "met"]


def test_what_a_met_need_uncovered_is_shown_to_who_sees_both(table: Stage) -> None:
    met = table.row(place("needs", FOUND_NO_SERVICE))
    Need.unsealed.filter(pk=met.pk).update(status="met")
    address = f"{plan(table)}needs/"
    answer = written(table, "p-cm", address, "need", uncovered_by=met.mark.public_id, audience="everyone")
    assert answer.status_code == 303
    link = f'href="#need-{met.mark.public_id}"'
    seeing = {p for p in table.people if Eyes(table, p).sees(place("needs", FOUND_NO_SERVICE))}
    reads = reading(table, WORD)
    assert reading(table, link) == reads & seeing
    assert reads - seeing
    hidden = place("needs", 3)
    other = next(
        p for p in sorted(reads) if not Eyes(table, p).sees(hidden) and Eyes(table, p).writes_in(CASE)
    )
    before = everything()
    refused = written(table, other, address, "need", uncovered_by=table.ids[hidden])
    assert (refused.status_code, everything()) == (422, before)


def a_barrier(stage: Stage, author: str = "p-cm", **given: Any) -> Barrier:
    assert written(stage, author, f"{plan(stage)}barriers/", "barrier", **given).status_code == 303
    found: Barrier = Barrier.unsealed.latest("pk")
    return found


def test_what_is_in_the_way_of_a_goal_says_so_to_who_sees_both(table: Stage) -> None:
    papers = goal(table, PAPERS).mark.public_id
    a_barrier(table, goal=papers, audience="everyone")
    reads = reading(table, WORD)
    seeing = {person for person in table.people if Eyes(table, person).sees(place("goals", PAPERS))}
    assert reads - seeing
    for person in sorted(reads):
        panel = (
            said(table.browser(person).get(plan(table)))
            .partition('id="barriers"')[2]
            .partition("</section")[0]
        )
        assert (f"/goals/{papers}/" in panel) == (person in seeing), person
    assert reading(table, WORD, goal_url(table, PAPERS)) == reads & seeing


def test_a_barrier_goes_and_comes_back_and_whoever_does_not_see_it_gets_what_never_was(table: Stage) -> None:
    row = a_barrier(table, audience="management")
    address = f"/barriers/{row.mark.public_id}/assessment/"
    expected = meant(table, "cm", "holder", MANAGEMENT)
    never = {p: said(table.browser(p).get(f"/barriers/{public_id()}/assessment/")) for p in table.people}
    for person in table.people:
        eyes, answer = Eyes(table, person), table.browser(person).get(address)
        if person not in expected:
            assert said(answer) == never[person]
            assert table.browser(person).post(address).status_code == 404
        else:
            assert answer.status_code == (200 if eyes.words_goals(CASE) else 403), person
    assert assessed(table, "p-survivor", address, "gone", "it went").status_code == 303
    assert "it went" in said(table.browser("p-cm").get(plan(table)))
    assert assessed(table, "p-cm", address, "stands", "it came back").status_code == 303
    assert [entry.what for entry in Entry.unsealed.order_by("pk")] == [What.GONE, What.OPENED]
    assert reading(table, "it came back") == expected


def test_a_barrier_that_comes_changes_no_byte_for_whoever_does_not_see_it(
    table: Stage, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    row = a_barrier(table, audience="management")
    pages = {
        person: connect("plan", table.client(person).cookies["s"].value, id=table.ids[CASE])
        for person in table.people
    }
    frames, closed = passed([page for page in pages.values() if page.socket])
    told = {person for person, page in pages.items() if WORD in frames.get(page, "")}
    assert told == meant(table, "cm", "holder", MANAGEMENT)
    assert not {person for person, page in pages.items() if page in closed} & told
    assert row.mark.public_id not in "".join(
        frame for page, frame in frames.items() if page not in {pages[person] for person in told}
    )


# What belongs to a goal


def test_under_a_goal_stand_its_open_tasks_and_what_has_no_goal_stands_by_itself(table: Stage) -> None:
    page = said(table.browser("p-cm").get(plan(table)))
    under, alone = (
        page.partition(f'id="{name}"')[2].partition("</section")[0] for name in ("goals", "actions")
    )
    actions = table.casefile["cases"][0]["actions"]
    seen = [
        action
        for number, action in enumerate(actions)
        if Eyes(table, "p-cm").sees(f"{CASE}/actions/{number}")
    ]
    assert len(seen) > 3
    goals = {raw["key"]: number for number, raw in enumerate(table.casefile["cases"][0]["plan"]["goals"])}
    for action in seen:
        number = goals.get(action["goal"])
        sees_goal = number is not None and Eyes(table, "p-cm").sees(place("goals", number))
        works = sees_goal and goal(table, number or 0).status == "active"
        ended = action["status"] not in ("offered", "accepted")
        assert (action["title"] in under) == (works or (sees_goal and ended)), action["key"]
        assert (action["title"] in under) != (action["title"] in alone), action["key"]


@pytest.mark.parametrize(
    ("kind", "link", "stood"), [("need", "uncovered_by", Need), ("barrier", "goal", Goal)]
)
def test_where_what_was_chosen_is_gone_the_form_says_so(
    table: Stage, kind: str, link: str, stood: type[Need | Goal]
) -> None:
    """Also where nothing is left to be chosen."""
    chosen = stood.unsealed.filter(mark__case__key="alder").first()
    assert chosen
    stood.unsealed.update(status="open" if stood is Need else "met")
    answer = written(table, "p-cm", f"{plan(table)}{kind}s/", kind, **{link: chosen.mark.public_id})
    told = said(answer)
    assert answer.status_code == 422
    field = told.partition(f'name="{kind}-{link}"')
    assert "<select" in field[0][-40:]
    assert "What you chose is not here any more. Choose again." in told
    assert WORD in told


def about_a_goal(stage: Stage, number: int) -> tuple[str, str]:
    """An item and a decision of the open meeting that are about this goal, by their places: if there are such, those
    that some do not see who see the goal and the meeting."""
    room = stage.place("alder", "conferences", "now")
    near = [eyes for eyes in (Eyes(stage, person) for person in stage.people) if eyes.sees(room)]
    near = [eyes for eyes in near if eyes.sees(place("goals", number))]

    def chosen(kind: str) -> str:
        there = [
            p for p in stage.oracle.rows("alder") if p.startswith(f"{room}/") and p.split("/")[-2] == kind
        ]
        hidden = [p for p in there if 0 < sum(eyes.sees(p) for eyes in near) < len(near)]
        return max(hidden or there, key=lambda p: sum(eyes.sees(p) for eyes in near))

    item, decision = chosen("agenda"), chosen("decisions")
    AgendaItem.unsealed.filter(pk=stage.row(item).pk).update(goal=goal(stage, number))
    Decision.unsealed.filter(pk=stage.row(decision).pk).update(goal=goal(stage, number))
    return item, decision


@pytest.mark.parametrize("number", [OWN_DOOR, PAPERS])
def test_where_a_goal_was_spoken_of_and_what_was_decided_shows_to_who_sees_both(
    table: Stage, number: int
) -> None:
    item, decision = about_a_goal(table, number)
    above, text = decision.rpartition("/decisions/")[0], table.raw(decision)["text"]
    shown, hidden = [0, 0], [0, 0]
    for person in table.people:
        eyes = Eyes(table, person)
        sees = eyes.sees(place("goals", number))
        told = said(table.browser(person).get(goal_url(table, number)))
        spoken = told.partition('id="goal_past"')[2]
        assert (f"/items/{table.ids[item]}/" in spoken) == (sees and eyes.sees(item)), person
        assert (text in told) == (sees and eyes.sees(decision)), person
        assert (f"/items/{table.ids[above]}/" in told) == (
            sees and (eyes.sees(decision) or (above == item and eyes.sees(item)))
        ), person
        panel = (
            said(table.browser(person).get(plan(table))).partition('id="goals"')[2].partition("</section")[0]
        )
        assert (f"/items/{table.ids[item]}/" in panel) == (
            (sees and eyes.sees(item)) or (above == item and sees and eyes.sees(decision))
        ), person
        assert (text in panel) == (sees and eyes.sees(decision)), person
        shown[0] += sees and eyes.sees(item)
        shown[1] += sees and eyes.sees(decision)
        room = eyes.sees(table.place("alder", "conferences", "now"))
        hidden[0] += sees and room and not eyes.sees(item)
        hidden[1] += sees and room and not eyes.sees(decision)
    assert all(shown)
    assert any(hidden)


@pytest.mark.parametrize("why", ["called off", "declined"])
def test_where_it_was_not_spoken_of_after_all_does_not_stand_there(table: Stage, why: str) -> None:
    item, _decision = about_a_goal(table, OWN_DOOR)
    row = table.row(item)
    person = next(person for person in table.people if f"/items/{table.ids[item]}/" in past(table, person))
    if why == "declined":
        AgendaItem.unsealed.filter(pk=row.pk).update(declined=True, status="proposed")
    else:
        off = {"status": Status.CLOSED, "cancelled_at": table.at, "opened_at": None, "closed_at": None}
        Conference.unsealed.filter(pk=row.conference_id).update(**off)
    assert f"/items/{table.ids[item]}/" not in past(table, person)


def past(stage: Stage, person: str) -> str:
    """What the page of the goal says of its past."""
    told = stage.browser(person).get(goal_url(stage, OWN_DOOR)).content.decode()
    return told.partition('id="goal_past"')[2]


@pytest.mark.parametrize("kind", ["agenda", "decisions"])
def test_what_something_is_about_is_said_by_its_author_or_by_who_leads(table: Stage, kind: str) -> None:
    item, decision = about_a_goal(table, OWN_DOOR)
    there = {"agenda": item, "decisions": decision}[kind]
    room = table.row(table.place("alder", "conferences", "now"))
    above = there if kind == "agenda" else there.rpartition("/decisions/")[0]
    assert table.row(above).conference_id == room.pk
    address = f"/{'items' if kind == 'agenda' else kind}/{table.ids[there]}/goal/"
    row, naming = table.row(there), set()
    for person in table.people:
        eyes = Eyes(table, person)
        with table.undone():
            browser = table.browser(person)
            chosen = {
                "goal": goal(table, PAPERS).mark.public_id,
                "seen": goal(table, OWN_DOOR).mark.public_id,
            }
            before = everything()
            page, answer = browser.get(address), browser.post(address, chosen)
            named = type(row).unsealed.get(pk=row.pk).goal_id
            if not eyes.sees(there):
                assert (page.status_code, answer.status_code, everything()) == (404, 404, before), person
            elif table.seat("alder", eyes.seats["alder"]).pk not in (row.mark.author_id, room.facilitator_id):
                assert (page.status_code, answer.status_code, everything()) == (403, 403, before), person
            elif not eyes.sees(place("goals", PAPERS)):
                assert (page.status_code, answer.status_code, everything()) == (200, 422, before), person
            else:
                assert (page.status_code, answer.status_code) == (200, 303), person
                assert named == goal(table, PAPERS).pk
                naming.add(person)
            if page.status_code == 200:
                goals = enumerate(table.casefile["cases"][0]["plan"]["goals"])
                offered = {n for n, raw in goals if raw["words"] in page.content.decode()}
                assert offered == {n for n in range(6) if eyes.sees(place("goals", n))}, person
    assert naming


def test_a_link_that_its_writer_does_not_see_stays_and_a_closed_meeting_keeps_all(table: Stage) -> None:
    item, _decision = about_a_goal(table, MINE)
    leader = table.row(table.place("alder", "conferences", "now")).facilitator.person.key
    address, browser = f"/items/{table.ids[item]}/goal/", table.browser(leader)
    assert not Eyes(table, leader).sees(place("goals", MINE))
    assert browser.post(address, {"goal": ""}).status_code == 303
    assert table.row(item).goal_id == goal(table, MINE).pk
    named = {"goal": goal(table, OWN_DOOR).mark.public_id, "seen": ""}
    assert browser.post(address, named).status_code == 303
    assert table.row(item).goal_id == goal(table, OWN_DOOR).pk
    assert browser.post(address, {"goal": "", "seen": named["goal"]}).status_code == 303
    assert table.row(item).goal_id is None
    closed_before(table)
    assert browser.get(address).status_code == browser.post(address, named).status_code == 409
    assert table.row(item).goal_id is None


@pytest.mark.parametrize("kind", ["agenda", "decisions"])
def test_what_another_said_meanwhile_of_what_it_is_about_is_not_undone(table: Stage, kind: str) -> None:
    item, decision = about_a_goal(table, OWN_DOOR)
    there = {"agenda": item, "decisions": decision}[kind]
    row = table.row(there)
    address = f"/{'items' if kind == 'agenda' else kind}/{table.ids[there]}/goal/"
    leader = table.row(table.place("alder", "conferences", "now")).facilitator
    browser = table.browser((leader if kind == "agenda" else row.mark.author).person.key)
    seen = re.search(r'name="seen" value="([^"]+)"', said(browser.get(address)))
    assert seen
    type(row).unsealed.filter(pk=row.pk).update(goal=goal(table, PAPERS))
    for chosen in ("", goal(table, OWN_DOOR).mark.public_id):
        late = browser.post(address, {"goal": chosen, "seen": seen[1]})
        assert late.status_code == 409
        assert "Look at it again" in said(late)
        assert table.row(there).goal_id == goal(table, PAPERS).pk
    now = {"goal": "", "seen": goal(table, PAPERS).mark.public_id}
    assert browser.post(address, now).status_code == 303
    assert table.row(there).goal_id is None


def test_in_the_meeting_the_goal_shows_to_who_sees_both(table: Stage) -> None:
    item, _decision = about_a_goal(table, PAPERS)
    link = f'href="/goals/{goal(table, PAPERS).mark.public_id}/"'
    shown = 0
    for person in table.people:
        eyes = Eyes(table, person)
        if eyes.sees(item):
            told = said(table.browser(person).get(f"/items/{table.ids[item]}/"))
            head = (
                told.partition('<section class="panel" id="item"')[2]
                .partition("</h2>")[2]
                .partition("<details")[0]
            )
            assert (link in head) == eyes.sees(place("goals", PAPERS)), person
            shown += link in head
    assert shown


def closed_before(stage: Stage) -> None:
    """A meeting is over, and something comes after it."""
    wide = stage.row(stage.place("alder", "conferences", "now"))
    Conference.unsealed.filter(pk=wide.pk).update(status=Status.CLOSED, closed_at=stage.at)
    stage.clock.at += TICK


def test_what_changed_since_the_last_meeting_is_told_of_her_goal(table: Stage) -> None:
    action = table.row(table.place("alder", "actions", "extend"))
    closed_before(table)
    page = goal_url(table, OWN_DOOR)
    nothing = "Nothing has changed since then."
    assert nothing in said(table.browser("p-cm").get(page))
    assert otherwise(table, "p-survivor", OWN_DOOR).status_code == 303
    ActionItem.unsealed.filter(pk=action.pk).update(status="done", ended_at=timezone.now())
    told = said(table.browser("p-cm").get(page)).partition('id="goal_past"')[2]
    assert nothing not in told
    assert "<b>Said in other words</b> · It said before: <span" in told
    assert action.title in told
    # Who sees the goal and not the task is not told of the task.
    for person in table.people:
        if Eyes(table, person).sees(place("goals", OWN_DOOR)):
            sees = Eyes(table, person).sees(table.place("alder", "actions", "extend"))
            told = said(table.browser(person).get(page)).partition('id="goal_past"')[2]
            if Eyes(table, person).sees(table.place("alder", "conferences", "now")):
                assert (action.title in told) == sees, person


def test_what_came_into_its_way_and_how_somebody_understands_it_is_news_to_whoever_reads_that(
    table: Stage,
) -> None:
    closed_before(table)
    goal, by = table.row(place("goals", OWN_DOOR)), table.seat("alder", "cm")

    def mark(audience: int, **more: Any) -> Any:
        return Mark.objects.create(
            case=by.case, author=by, origin=by.agency, topic="coordination", audience=audience, **more
        )

    for audience, words in ((EVERY_ROLE, "for all"), (0, "for me")):
        GoalReading.unsealed.create(mark=mark(audience, parent=goal.mark), goal=goal, text=f"read {words}")
        barrier = Barrier.unsealed.create(
            mark=mark(audience), goal=goal, text=f"way {words}", status=BarrierStatus.GONE
        )
        Entry.unsealed.create(mark=mark(audience, parent=barrier.mark), of=barrier.mark, what="gone")
    seen = {}
    for person in ("p-cm", "p-sup", "p-survivor"):
        told = " ".join(said(table.browser(person).get(goal_url(table, OWN_DOOR))).split())
        told = re.sub(r"<[^>]+>", "", told.partition('id="goal_past"')[2].partition("Where it was")[0])
        labels = ("In the way", "Out of the way", "How somebody understands it")
        found = re.findall(rf"({'|'.join(labels)}) · (?:read|way) for (all|me)", told)
        seen[person] = sorted(found)
    common = sorted((label, "all") for label in labels)
    assert seen == {
        "p-cm": sorted([*common, *((label, "me") for label in labels)]),
        "p-sup": common,
        "p-survivor": common,
    }


@pytest.mark.parametrize(("status", "told"), [("done", True), ("not_done", False), ("declined", False)])
def test_what_she_herself_did_not_do_is_no_news_to_anybody(table: Stage, status: str, told: bool) -> None:
    hers = table.row(table.place("alder", "actions", "visit"))
    Mark.objects.filter(pk=hers.pk).update(audience=EVERY_ROLE, topic="coordination")
    closed_before(table)
    ActionItem.unsealed.filter(pk=hers.pk).update(status=status, ended_at=timezone.now())
    for person in ("p-survivor", "p-cm"):
        news = said(table.browser(person).get(goal_url(table, SCHOOL))).partition('id="goal_past"')[2]
        assert (hers.title in news) == told, person


def test_for_her_and_her_interpreter_the_plan_begins_with_what_she_wants_in_plain_words(table: Stage) -> None:
    for person in ("p-survivor", "p-interp"):
        page = said(table.browser(person).get(plan(table)))
        assert "What I want, in my own words" in page, person
        headings = re.findall(r"<h2>([^<]+)</h2>", page)
        assert headings[0] == "What I want, in my own words"
        assert "Barriers" not in page
    assert "Goals, in the survivor’s own words" in unescape(said(table.browser("p-cm").get(plan(table))))


def test_whoever_writes_finds_the_way_to_make_a_task_of_a_goal_or_a_need(table: Stage) -> None:
    there = place("needs", FOUND_NO_SERVICE)
    for person in table.people:
        eyes = Eyes(table, person)
        told = said(table.browser(person).get(goal_url(table, OWN_DOOR)))
        wanted = eyes.sees(place("goals", OWN_DOOR)) and eyes.writes_in(CASE)
        assert (f'href="{goal_url(table, OWN_DOOR, "action/")}"' in told) == wanted, person
        told = said(table.browser(person).get(plan(table)))
        wanted = eyes.sees(there) and eyes.writes_in(CASE)
        assert (f'href="/needs/{table.ids[there]}/action/"' in told) == wanted, person


def test_every_kind_of_form_of_the_plan_is_known_to_the_walk() -> None:
    assert set(PLANNED) == {"goal", "need", "strength", "barrier", "reading"}
