"""The plan and what is done for it, walked through in the place of her whose plan it is: what she reads is said to her,
is never a debt, and leads on."""

import re
from datetime import timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils.translation import override

from agendas.actions.models import ActionStatus
from agendas.actions.panels import next_over
from agendas.goals.models import Goal
from agendas.goals.writing import languages
from agendas.history.models import Entry, What
from conferences.meetings.models import Conference
from tests.agendas.test_followup import EXTEND, VISIT, hide_seats, page, put, row, say, url, wide
from tests.agendas.test_goals import written
from tests.agendas.test_readaloud import address, here, page_of, room_of
from tests.agendas.test_readaloud import say as answer
from tests.cast import Stage
from workspace.disclosure.models import Mark, Named
from workspace.people.models import Person

HER = "p-survivor"


@pytest.fixture
def table(stage: Stage) -> Stage:
    """The planted case, read in English."""
    Person.objects.update(language="en")
    return stage


def plan(stage: Stage) -> str:
    return f"/cases/{stage.ids['/cases/0']}/"


def read(stage: Stage, person: str, path: str) -> str:
    told = stage.browser(person).get(path)
    assert told.status_code == 200, path
    return " ".join(unescape(told.content.decode()).split())


def listed(text: str, number: str) -> str:
    """The row of a list in which this action item stands."""
    return text.partition(f'<li id="action-{number}">')[2].partition("</details>")[0]


def goal_of(stage: Stage) -> Any:
    return stage.row(stage.place("alder", "goals", "own-door"))


def test_what_became_of_a_task_stands_once(table: Stage) -> None:
    wide(table, EXTEND)
    put(table, EXTEND, status="done", outcome="whatbecameofit")
    for path in (plan(table), f"/goals/{goal_of(table).mark.public_id}/"):
        assert read(table, HER, path).count("whatbecameofit") == 1


def test_in_the_meeting_too_she_reads_in_sentences_who_does_what_for_her(table: Stage) -> None:
    wide(table, EXTEND)
    put(table, EXTEND, status=ActionStatus.ACCEPTED)
    number = row(table, EXTEND).mark.public_id
    for person, plainly in ((HER, True), ("p-interp", True), ("p-cm", False)):
        told = listed(read(table, person, room_of(table)), number)
        assert told, person
        assert ("does this for you" in told) == plainly, person
        assert ("accepted" in told) != plainly, person


def test_nobody_reads_that_she_accepted_what_she_offered(table: Stage) -> None:
    wide(table, VISIT)
    put(table, VISIT, status=ActionStatus.ACCEPTED)
    number = row(table, VISIT).mark.public_id
    for person in (HER, "p-cm", "p-interp"):
        for path in (plan(table), room_of(table), url(table, VISIT)):
            text = read(table, person, path)
            told = text.partition('id="action"')[2] if path.startswith("/actions/") else listed(text, number)
            assert told, (person, path)
            assert "accepted" not in told.partition("What happened so far")[0], (person, path)
    assert '<span class="tag">offered</span>' in listed(read(table, "p-cm", plan(table)), number)
    assert "You offered to do this. You can change your mind:" in listed(read(table, HER, "/"), number)
    assert "accepted" not in read(table, HER, url(table, VISIT, "ending/")).partition("<form id=")[2]


def test_the_page_of_what_she_offered_says_nothing_of_a_day_that_has_passed(table: Stage) -> None:
    passed = table.at.date() - timedelta(days=3)
    for number, told in ((VISIT, False), (EXTEND, True)):
        wide(table, number)
        put(table, number, status=ActionStatus.ACCEPTED, due=passed)
        for person in (HER, "p-cm"):
            assert (f'<time datetime="{passed}"' in page(table, person, number)) == told, (person, number)
    its = row(table, VISIT).mark.public_id
    assert f'<time datetime="{passed}"' not in listed(read(table, HER, "/"), its)
    form = read(table, HER, url(table, VISIT, "ending/")).partition('id="as-it-is"')[2]
    assert f"{passed}" not in form


def test_the_day_of_what_is_hers_ends_at_midnight_as_that_of_anything_else(table: Stage) -> None:
    """Else whoever does not see who does it could tell by the hour at which the day goes."""
    turns = set()
    for owner in ("survivor", "therapist"):
        task = SimpleNamespace(
            due=table.at.date(), status="accepted", zone="America/New_York", owner_role=owner
        )
        turns.add(next_over([task], table.at))
    assert len(turns) == 1
    assert None not in turns


def test_what_she_gave_up_is_no_longer_hers_and_no_more_is_said(table: Stage) -> None:
    wide(table, VISIT)
    put(table, VISIT, status=ActionStatus.ACCEPTED)
    assert say(table, HER, VISIT, "ending/", word="no_longer_possible").status_code == 303
    for person in (HER, "p-cm"):
        past = page(table, person, VISIT).partition("What happened so far")[2]
        assert "Not any more" in past, person
        assert "No longer possible" not in past, person


def test_her_start_page_leads_to_her_plan_and_it_is_called_that(table: Stage) -> None:
    first = read(table, HER, "/").partition('id="hers"')[2].partition('id="newcomers"')[0]
    assert f'href="{plan(table)}">My plan</a>' in first
    assert ">My plan</h1>" in read(table, HER, plan(table))
    assert ">My plan</h1>" not in read(table, "p-cm", plan(table))


def test_of_a_goal_that_she_answered_she_is_not_asked_again(table: Stage) -> None:
    here(table)
    number = goal_of(table).mark.public_id
    for person, question, after in (
        (HER, "Is it still right?", "You can still say something else:"),
        ("p-cm", "What does she say?", "If she says something else:"),
    ):
        with table.undone():
            before = page_of(table, person).partition(f'id="goal-{number}"')[2].partition("</details>")[0]
            assert question in before
            assert answer(table, "confirmation").status_code == 303
            told = page_of(table, person).partition(f'id="goal-{number}"')[2].partition("</details>")[0]
            assert question not in told
            assert after in told
            assert 'class="primary"' not in told


def test_words_that_came_after_the_meeting_are_shown_another_way(table: Stage) -> None:
    room_of(table, "open")
    seen = (
        read(table, HER, address(table, "other-words")).partition('name="seen" value="')[2].partition('"')[0]
    )
    room_of(table, "closed")
    late = answer(table, "other-words", words="my own key", seen=seen)
    assert late.status_code == 409
    text = unescape(late.content.decode())
    assert "my own key" in text
    assert "it can be said in other words at any time" in " ".join(text.split())
    assert f'href="/goals/{goal_of(table).mark.public_id}/"' in text


def test_the_way_back_from_reading_aloud_says_where_it_leads(table: Stage) -> None:
    room_of(table, "open")
    assert ">Back to reading aloud</a>" in read(table, HER, address(table, "other-words"))


def test_her_own_words_are_hers_when_she_puts_them_into_another_language(table: Stage) -> None:
    path = f"/goals/{goal_of(table).mark.public_id}/translation/"
    for person, mine in ((HER, True), ("p-interp", False)):
        text = read(table, person, path)
        assert ("Your own words stay above it." in text) == mine
        assert ("Put it beside her words" in text) != mine


def test_what_is_missing_is_asked_for_in_words(table: Stage) -> None:
    told = table.browser(HER).post(f"{plan(table)}actions/", {"action-title": "something"})
    assert told.status_code == 422
    text = told.content.decode()
    assert "Choose what it is about." in text
    assert "This field is required" not in text
    assert "Once everything above is chosen, the names" in text


def test_she_is_not_offered_to_herself_by_her_role(table: Stage) -> None:
    form = read(table, HER, f"{plan(table)}actions/")
    assert "I help" in form
    assert ", survivor" not in form
    assert ">Ask for something, or offer to do something</h1>" in form


@pytest.mark.parametrize("language", ["en", "es"])
def test_languages_stand_in_the_order_of_the_alphabet(table: Stage, language: str) -> None:
    with override(language):
        names = [str(name) for _code, name in languages()][3:]
    assert names.index("Arabic" if language == "en" else "Árabe") < 3


def test_a_language_of_few_is_called_by_its_name_when_she_says_it_differently(table: Stage) -> None:
    room_of(table, "open")
    Goal.unsealed.filter(pk=goal_of(table).pk).update(language="mam")
    assert "Mam (a Mayan language)" in read(table, HER, address(table, "other-words"))
    assert "Quechua" in read(table, HER, address(table, "other-words"))


def test_what_she_writes_is_taken_to_be_in_the_language_of_her_page(table: Stage) -> None:
    Goal.unsealed.filter(pk=goal_of(table).pk).update(language="")
    path = f"/goals/{goal_of(table).mark.public_id}/words/"
    assert '<option value="en" selected>' in read(table, HER, path)
    assert '<option value="" selected>' in read(table, "p-cm", path)


def test_in_the_picture_what_she_offered_is_offered(table: Stage) -> None:
    wide(table, VISIT)
    put(table, VISIT, status=ActionStatus.ACCEPTED)
    put(table, EXTEND, status=ActionStatus.ACCEPTED)
    title = row(table, VISIT).title
    for person in (HER, "p-cm"):
        words = read(table, person, f"{plan(table)}plan/picture/").partition("<tbody>")[2]
        assert f'<bdi>{title}</bdi> <span class="meta">(offered)</span>' in words, person
        assert "(under way)" in words, person


def test_in_the_picture_nothing_is_under_way_that_nobody_has_said_they_do(table: Stage) -> None:
    """Of whom they do not see, nobody reads whether they answered: it might be she."""
    wide(table, EXTEND)
    title = row(table, EXTEND).title
    told: dict[str, list[str]] = {}
    for hidden in (False, True):
        if hidden:
            hide_seats(table, "shelter")
        for status in (ActionStatus.OFFERED, ActionStatus.ACCEPTED, ActionStatus.DECLINED):
            put(table, EXTEND, status=status)
            for person in ("p-cm", "p-interp"):
                page = read(table, person, f"{plan(table)}plan/picture/")
                assert "</svg>still open</li>" in page
                said = re.search(rf"<bdi>{re.escape(title)}</bdi> <span class=.meta.>\(([^)]*)\)", page)
                told.setdefault(f"{person} {hidden}", []).append(said[1] if said else "")
    seen = ["asked, not answered yet", "under way", "declined"]
    unseen = ["under way", "under way", ""]
    assert told == {
        "p-cm False": seen,
        "p-interp False": seen,
        "p-cm True": unseen,
        "p-interp True": unseen,
    }


def test_a_goal_that_was_met_since_was_being_worked_on_before(table: Stage) -> None:
    goal = goal_of(table)
    rooms = Conference.unsealed.filter(mark__case__key="alder").order_by("mark_id")
    held = table.at - timedelta(days=20)
    first = rooms.exclude(key="now")[0]
    rooms.filter(pk=first.pk).update(status="closed", starts=held, closed_at=held + timedelta(hours=1))
    first.mark.named.get_or_create(seat=table.seat("alder", "sv"))
    Mark.objects.filter(pk=goal.mark_id).update(created_at=table.at - timedelta(days=90))
    assert (
        table.browser(HER).post(f"/goals/{goal.mark.public_id}/met/", {"seen": "active"}).status_code == 303
    )
    assert Entry.unsealed.filter(of=goal.mark_id, what=What.MET).count() == 1
    its = read(table, HER, f"{plan(table)}plan/versions/?from={first.mark.public_id}&to=now")
    line = next(each for each in its.split("<li>") if goal.words in each)
    assert "It is not known how it stood then." not in line
    assert re.search(r'class="meta">Being worked on<.*class="meta">Met<', line)


@pytest.mark.parametrize("paper", ["plan/paper/", "roles/paper/"])
def test_paper_never_sends_her_to_the_question_whether_it_is_safe(table: Stage, paper: str) -> None:
    assert "on the page before" not in read(table, HER, f"{plan(table)}{paper}?paper=yes")


def test_whoever_sees_none_of_her_goals_is_not_told_that_there_are_none(table: Stage) -> None:
    hidden = [goal.pk for goal in Goal.unsealed.filter(mark__case__key="alder")]
    Mark.objects.filter(pk__in=hidden).update(audience=0)
    goals = read(table, "p-ther", plan(table)).partition('id="goals"')[2].partition("</section>")[0]
    assert "There is nothing to read here." in goals


def test_whoever_does_not_see_who_does_it_reads_the_same_of_her_as_of_anybody(table: Stage) -> None:
    wide(table, VISIT)
    told = set()
    for key in ("sv", "ther"):
        put(table, VISIT, status=ActionStatus.ACCEPTED, owner=table.seat("alder", key))
        Mark.objects.filter(pk=table.seat("alder", key).mark_id).update(audience=0)
        Named.objects.filter(mark=table.seat("alder", key).mark_id).delete()
        told.add(page(table, "p-sup", VISIT).partition('id="action"')[2].partition("What it belongs to")[0])
    assert len(told) == 1
    assert "the team" in told.pop()


def test_a_task_that_others_do_for_her_says_so_on_its_page(table: Stage) -> None:
    wide(table, EXTEND)
    for status, hers, theirs in (
        ("accepted", "does this for you", ">accepted<"),
        ("declined", "We look for somebody else who does this for you.", "It was declined"),
    ):
        put(table, EXTEND, status=status)
        told = page(table, HER, EXTEND).partition("What happened so far")[0]
        assert hers in told
        assert theirs not in told
        assert f">{status}<" not in told
        assert theirs in page(table, "p-cm", EXTEND)


def test_how_others_understand_a_goal_is_said_of_her_own_words(table: Stage) -> None:
    path = f"/goals/{goal_of(table).mark.public_id}/"
    assert written(table, "p-cm", f"{path}readings/", "reading").status_code == 303
    assert "This never stands in place of your own words." in read(table, HER, path)
    assert "This never stands in place of her own words." in read(table, "p-cm", path)


@pytest.mark.parametrize("kind", ["goal", "need", "strength", "barrier"])
def test_what_she_kept_is_where_she_is_led(table: Stage, kind: str) -> None:
    kept = written(table, HER, f"{plan(table)}{kind}s/", kind, language="en")
    assert (kept.status_code, kept["Location"]) == (303, f"{plan(table)}#{kind}s")
    assert f'id="{kind}s"' in read(table, HER, plan(table))


def test_what_she_offered_for_a_goal_is_where_she_is_led(table: Stage) -> None:
    number = goal_of(table).mark.public_id
    own = table.ids[table.place("alder", "seats", "sv")]
    for path, goal, then in (
        (f"/goals/{number}/action/", number, f"/goals/{number}/#goal_work"),
        (f"{plan(table)}actions/", number, f"{plan(table)}#goal-{number}"),
        (f"{plan(table)}actions/", "", f"{plan(table)}#actions"),
    ):
        kept = written(table, HER, path, "action", title=path, owner=own, goal=goal)
        assert (kept.status_code, kept["Location"]) == (303, then)
        where, _, anchor = then.partition("#")
        assert f'id="{anchor}"' in read(table, HER, where)


def test_she_is_asked_nowhere_to_write_down_a_task(table: Stage) -> None:
    """She asks for something or offers it: at a need, in the plan, and in the meeting."""
    room = table.url("alder", "conferences", "now")
    for path in (plan(table), room):
        assert "Write down a task" not in read(table, HER, path)
    assert (
        "Ask for something, or offer to do something"
        in read(table, HER, plan(table)).partition('id="needs"')[2]
    )
    assert "Ask for something, or offer to do something" in read(table, HER, room).partition('id="item"')[2]
    assert "Write down a task" in read(table, "p-cm", room).partition('id="item"')[2]
