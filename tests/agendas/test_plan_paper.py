"""Her plan on one page of paper: what she wants, who does what for it, and nothing that tells whoever finds it."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from agendas.actions.models import ActionItem
from agendas.goals.models import Goal, GoalTranslation
from conferences.meetings.models import Conference
from tests.cast import Clock, Stage, said
from tests.servers import ROOT
from tests.test_surfaces import Eyes
from workspace.disclosure.models import Mark
from workspace.disclosure.policy import role_bits
from workspace.people.models import Person, public_id

CASE = "/cases/0"


def url_of(stage: Stage) -> str:
    return f"/cases/{stage.ids[CASE]}/plan/paper/"


def page_of(stage: Stage, person: str) -> str:
    return unescape(stage.browser(person).get(f"{url_of(stage)}?paper=yes").content.decode())


def printed(stage: Stage, person: str = "p-survivor") -> str:
    """What stands on the paper itself."""
    return page_of(stage, person).partition('<article class="list"')[2].partition("</article>")[0]


def line_of(stage: Stage, title: str, person: str = "p-survivor") -> str:
    lines = [line for line in printed(stage, person).split("<li>") if title in line]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", lines[0].partition("</li>")[0])) if lines else ""


def goal_of(stage: Stage, key: str = "own-door") -> Any:
    return Goal.unsealed.get(mark__public_id=stage.ids[stage.place("alder", "goals", key)])


def task(stage: Stage, number: int = 0, owner: str = "cm", **columns: Any) -> Any:
    """A task for her first goal that everybody may read."""
    row = stage.row(f"/cases/0/actions/{number}")
    Mark.objects.filter(pk=row.mark_id).update(audience=65535, topic="coordination")
    its = {"goal": goal_of(stage), "status": "accepted", "owner": stage.seat("alder", owner)} | columns
    ActionItem.unsealed.filter(pk=row.pk).update(**its)
    return row


def test_only_she_and_those_who_carry_the_case_find_it(stage: Stage) -> None:
    found = 0
    for person in stage.people:
        eyes, browser = Eyes(stage, person), stage.browser(person)
        allowed = eyes.role(CASE) == "survivor" or eyes.plans(CASE)
        for query in ("", "?paper=yes"):
            answer = browser.get(url_of(stage) + query)
            assert answer.status_code == (200 if allowed else 404), person
            if not allowed:
                assert said(answer) == said(browser.get(f"/cases/{public_id()}/plan/paper/{query}"))
        if eyes.sits(CASE):
            page = browser.get(f"/cases/{stage.ids[CASE]}/").content.decode()
            assert (f'href="{url_of(stage)}"' in page) == allowed
        found += allowed
    assert found > 2


def test_whether_paper_is_safe_is_asked_first(stage: Stage) -> None:
    Person.objects.update(language="en")
    for person, asks in (("p-survivor", "Is paper safe for you?"), ("p-cm", "Is paper safe for her?")):
        page = stage.browser(person).get(url_of(stage)).content.decode()
        assert asks in page
        assert 'class="paper"' not in page
        assert not any(raw["words"] in page for raw in stage.casefile["cases"][0]["plan"]["goals"])
        assert f'href="{url_of(stage)}?paper=yes"' in page


def test_she_finds_all_that_she_sees_and_they_what_both_see(stage: Stage) -> None:
    places = [place for place in stage.oracle.rows("alder") if place.split("/")[-2] in ("goals", "actions")]
    hers = Eyes(stage, "p-survivor")
    told = []
    for person in ("p-survivor", "p-cm", "p-sup"):
        eyes, text = Eyes(stage, person), printed(stage, person)
        expected = {
            place
            for place in places
            if eyes.sees(place)
            and hers.sees(place)
            and stage.raw(place)["status"] in ("active", "offered", "accepted")
        }
        shown = {
            place for place in places if stage.raw(place)["words" if "/goals/" in place else "title"] in text
        }
        assert shown == expected, person
        told.append(shown)
    assert told[1] < told[0]


def test_what_both_do_not_see_leaves_no_trace(stage: Stage) -> None:
    goal, row = goal_of(stage), task(stage)
    for mark in (goal.mark_id, row.mark_id):
        Mark.objects.filter(pk=mark).update(audience=role_bits(["case_manager"]), author=None)
    before = page_of(stage, "p-cm")
    assert goal.words not in before
    Goal.unsealed.filter(pk=goal.pk).update(words="the police")
    ActionItem.unsealed.filter(pk=row.pk).update(title="the shelter")
    assert main(page_of(stage, "p-cm")) == main(before)


def main(page: str) -> str:
    return re.sub(r'ws-connect="[^"]*"', "", page.partition("<main")[2].partition("</main>")[0])


@pytest.mark.parametrize("person", ["p-survivor", "p-cm"])
def test_a_line_that_tells_is_left_out_and_the_page_says_that_something_is(stage: Stage, person: str) -> None:
    Person.objects.update(language="en")
    other = task(stage, 0, title="bring the bread")
    assert "bring the bread" in printed(stage, person)
    assert "are not on this paper" not in page_of(stage, person)
    told = task(stage, 1, title="go to the police")
    assert "police" not in printed(stage, person)
    assert "are not on this paper" in page_of(stage, person)
    ActionItem.unsealed.filter(pk=told.pk).update(status="done")
    Goal.unsealed.filter(pk=goal_of(stage).pk).update(words="far from the shelter")
    text = printed(stage, person)
    assert "shelter" not in text
    # What is done for it stays, beside nothing that tells what for.
    assert "bring the bread" in text.partition("And also")[2]
    assert other.title not in text


def test_names_are_first_names_and_there_is_no_agency_role_or_code_name(db: None, clock: Clock) -> None:
    stage = Stage(json.loads((ROOT / "agendas" / "casefile" / "harbor.json").read_text()), clock)
    case = stage.casefile["cases"][0]
    Person.objects.update(language="en")
    for person in ("marisol", "dana"):
        text = printed(stage, person)
        assert "Dana:" in re.sub(r"<[^>]+>", "", text)
        words = [
            *(agency["name"] for agency in stage.casefile["agencies"]),
            *(each["name"] for each in stage.casefile["people"] if " " in each["name"]),
            *("case", "Case", "survivor", "manager", "visa", "evidence", "advocate", "conference"),
            case["code_name"],
        ]
        plain = re.sub(r"<[^>]+>", " ", text)
        assert [word for word in words if re.search(rf"\b{re.escape(word)}\b", plain)] == []
        assert case["plan"]["goals"][0]["words"] in plain
        page = page_of(stage, person)
        assert "<title>Workspace</title>" in page
        assert "<img" not in text


def test_what_she_offered_is_hers_and_has_no_day(stage: Stage) -> None:
    Person.objects.update(language="en")
    day = (stage.at - timedelta(days=9)).date()
    hers, other = task(stage, 0, "sv", due=day), task(stage, 1, "cm", due=day)
    for person in ("p-survivor", "p-cm"):
        assert line_of(stage, hers.title, person) == f"Me: {hers.title}"
        assert " · by " in line_of(stage, other.title, person)


def test_her_words_stand_first_and_a_translation_where_she_reads_another_language(stage: Stage) -> None:
    goal = goal_of(stage)
    Person.objects.filter(key="p-survivor").update(language="es")
    seat, put = stage.seat("alder", "interp"), stage.at - timedelta(days=1)
    GoalTranslation.objects.create(goal=goal, language="es", words="mi puerta", by=seat, at=put)
    assert "mi puerta" not in printed(stage)
    Goal.unsealed.filter(pk=goal.pk).update(language="vi")
    text = printed(stage)
    assert text.index(goal.words) < text.index("mi puerta")
    Goal.unsealed.filter(pk=goal.pk).update(worded_at=stage.at)
    assert "mi puerta" not in printed(stage)


def test_it_is_in_her_language_whoever_prints_it(stage: Stage) -> None:
    Person.objects.filter(key="p-cm").update(language="en")
    Person.objects.filter(key="p-survivor").update(language="es")
    assert all("Mi lista" in printed(stage, person) for person in ("p-survivor", "p-cm"))


def test_the_next_meeting_is_a_day_and_an_hour_and_no_more(stage: Stage) -> None:
    Person.objects.update(language="en")
    rooms = Conference.unsealed.filter(mark__case__key="alder")
    rooms.update(status="closed")
    assert "Next time" not in printed(stage)
    room = Conference.unsealed.get(key="now", mark__case__key="alder")
    Conference.unsealed.filter(pk=room.pk).update(status="planned", starts=stage.at + timedelta(days=3))
    for person in ("p-survivor", "p-cm"):
        text = printed(stage, person)
        assert "Next time" in text
        assert room.title not in text
        assert room.place not in text
    Conference.unsealed.filter(pk=room.pk).update(starts=stage.at)
    assert "Next time" not in printed(stage)
