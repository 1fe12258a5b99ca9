"""Reading the plan aloud: goal by goal, and what she says of each."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from threading import Barrier, Thread
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.db.models import F
from pytest_django import Settings

from agendas.actions.models import ActionItem
from agendas.goals.models import Goal, GoalTranslation, words_edition
from agendas.history.changes import happened
from agendas.history.models import Entry, What
from conferences.meetings.models import Conference, Invitation, Status, taken_part_in, turn_of_the_day
from tests.cast import Clock, Stage, said
from tests.casting import planted
from tests.live_pass import connect
from tests.test_surfaces import Eyes
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Case, Mark, Named, Release
from workspace.disclosure.policy import EVERY_ROLE, Topic, role_bits, topic_bits
from workspace.live.passes import Passes
from workspace.people.models import Person, public_id
from workspace.record.models import Event

STATES = (*Status, "called off")
EVERYBODY = (
    "p-survivor",
    "p-cm",
    "p-adv",
    "p-sup",
    "p-det",
    "p-ther",
    "p-interp",
    "p-law",
    "p-aid",
    "p-later",
)


def room_of(stage: Stage, state: str = Status.OPEN) -> str:
    """The address of the first case's conference, in this state."""
    stands: dict[str, Any] = {"status": state, "paused": False}
    if state == Status.PAUSED:
        stands = {"status": Status.OPEN, "paused": True}
    if state == "called off":
        stands |= {"status": Status.CLOSED, "cancelled_at": stage.at}
    Conference.unsealed.filter(key="now", mark__case__key="alder").update(**stands)
    return stage.url("alder", "conferences", "now")


def here(stage: Stage) -> None:
    """It is noted that she is at the meeting."""
    seat, room = stage.seat("alder", "sv"), stage.row(stage.place("alder", "conferences", "now"))
    Invitation.objects.update_or_create(conference=room, seat=seat, defaults={"attendance": "arrived"})


def goal_of(stage: Stage, key: str = "own-door") -> Any:
    number = stage.ids[stage.place("alder", "goals", key)]
    return Goal.unsealed.select_related("mark").get(mark__public_id=number)


def address(stage: Stage, what: str, key: str = "own-door") -> str:
    room = stage.ids[stage.place("alder", "conferences", "now")]
    return f"/goals/{goal_of(stage, key).mark.public_id}/{what}/?conference={room}"


def say(stage: Stage, what: str, by: str = "p-survivor", **body: Any) -> Any:
    if what == "other-words" and "seen" not in body:
        page = stage.browser(by).get(address(stage, what)).content.decode()
        body["seen"] = page.partition('name="seen" value="')[2].partition('"')[0]
    given = {"words": "my own key", "language": "es", "key": public_id()} | body
    if what != "other-words":
        row = goal_of(stage)
        row.public_id = row.mark.public_id
        given = {"seen": words_edition(row)} | body
    return stage.browser(by).post(address(stage, what), given)


def page_of(stage: Stage, person: str, state: str = Status.OPEN) -> str:
    answer = stage.browser(person).get(f"{room_of(stage, state)}plan/")
    assert answer.status_code == 200, person
    return unescape(answer.content.decode())


def kept(stage: Stage) -> list[tuple[str, str]]:
    """What was kept of the goal, and whose doing it was."""
    rows = Entry.unsealed.filter(of=goal_of(stage).mark_id).order_by("mark_id")
    return [(row.what, row.mark.author.person.key) for row in rows.select_related("mark__author__person")]


def test_everybody_invited_reads_exactly_the_goals_and_tasks_that_they_see(stage: Stage) -> None:
    ActionItem.unsealed.all().update(status="accepted")
    goals = [place for place in stage.oracle.rows("alder") if "/goals/" in place]
    place, sets = stage.place("alder", "conferences", "now"), set()
    for person in EVERYBODY:
        eyes = Eyes(stage, person)
        answer = stage.browser(person).get(f"{room_of(stage)}plan/")
        assert answer.status_code == (200 if eyes.sees(place) else 404), person
        if not eyes.sees(place):
            absent = said(stage.browser(person).get(f"/conferences/{public_id()}/plan/"))
            assert said(answer) == absent
            continue
        text = unescape(answer.content.decode())
        shown = {goal for goal in goals if stage.raw(goal)["words"] in text}
        assert shown == {goal for goal in goals if eyes.sees(goal)}, person
        for number, action in enumerate(stage.casefile["cases"][0]["actions"]):
            its = f"/cases/0/actions/{number}"
            goal = next((each for each in goals if stage.raw(each)["key"] == action["goal"]), None)
            read = goal in shown and eyes.sees(its) and stage.raw(goal)["status"] == "active"
            assert (action["title"] in text) == read, (person, its)
        sets.add(frozenset(shown))
    assert len(sets) > 2


def test_a_link_to_a_goal_that_somebody_does_not_see_does_not_show(stage: Stage) -> None:
    """A task they see, of a goal that they do not."""
    row, goal = stage.row("/cases/0/actions/0"), goal_of(stage)
    ActionItem.unsealed.filter(pk=row.pk).update(goal=goal, status="accepted")
    Mark.objects.filter(pk=row.mark_id).update(
        audience=Mark.objects.get(pk=goal.mark_id).audience, topic="coordination"
    )
    assert row.title in page_of(stage, "p-cm")
    Mark.objects.filter(pk=goal.mark_id).update(audience=1, author=stage.seat("alder", "sv"))
    assert row.title not in page_of(stage, "p-cm")
    assert row.title in page_of(stage, "p-survivor")


@pytest.mark.parametrize(
    ("what", "then"),
    [("confirmation", What.CONFIRMED), ("not-now", What.NOT_NOW), ("other-words", What.CORRECTED)],
)
def test_she_says_of_a_goal_what_she_wants_and_everybody_who_sees_it_reads_that(
    stage: Stage, what: str, then: str
) -> None:
    room_of(stage)
    before = goal_of(stage).words
    assert say(stage, what).status_code == 303
    assert kept(stage) == [(then, "p-survivor")]
    goal, entry = goal_of(stage), Entry.unsealed.get(of=goal_of(stage).mark_id)
    assert entry.conference_id == stage.row(stage.place("alder", "conferences", "now")).mark_id
    changed = what == "other-words"
    assert (goal.words, entry.text) == (("my own key", before) if changed else (before, ""))
    assert (goal.worded_at == stage.at, goal.language == "es") == (changed, changed)
    goal_place = stage.place("alder", "goals", "own-door")
    for person in EVERYBODY:
        eyes = Eyes(stage, person)
        reads = bool(open_rows(stage.sight(person), Entry.objects.sealed(of=goal.mark_id)))
        assert reads == eyes.sees(goal_place), person
        if eyes.sees(stage.place("alder", "conferences", "now")):
            text = page_of(stage, person)
            assert (f'id="said-{goal.mark.public_id}"' in text) == eyes.sees(goal_place), person
            assert (before in text) == eyes.sees(goal_place)


@pytest.mark.parametrize("what", ["confirmation", "other-words"])
def test_what_she_says_stands_at_once_on_the_pages_of_those_who_see_the_goal_and_no_byte_changes_for_others(
    stage: Stage, settings: Settings, what: str
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    room_of(stage)
    # A goal that not everybody who is invited sees.
    key, place = "papers", stage.place("alder", "conferences", "now")
    number, passes, owners = stage.ids[place], Passes(), dict[Any, str]()
    for person in stage.people:
        session = stage.browser(person).cookies["s"].value
        owners[connect("readaloud", session, id=number).socket] = person
    shown = set(owners) - set(passes.run(list(owners)).closed)
    page = stage.browser("p-survivor").get(address(stage, "other-words", key)).content.decode()
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    body = {"words": "my name on paper", "language": "es", "key": public_id(), "seen": seen}
    assert stage.browser("p-survivor").post(address(stage, what, key), body).status_code == 303
    told = {owners[socket] for socket, *_ in passes.run(list(shown)).frames}
    goal = stage.place("alder", "goals", key)
    seeing = {owners[socket] for socket in shown if Eyes(stage, owners[socket]).sees(goal)}
    assert told == seeing
    assert {"p-survivor", "p-cm"} <= seeing < {owners[socket] for socket in shown}


def test_the_words_before_are_kept_and_nobody_rewrites_them(stage: Stage) -> None:
    room_of(stage)
    first = goal_of(stage).words
    assert say(stage, "other-words", words="the second").status_code == 303
    assert say(stage, "other-words", words="the third").status_code == 303
    texts = (
        Entry.unsealed.filter(of=goal_of(stage).mark_id).order_by("mark_id").values_list("text", flat=True)
    )
    assert list(texts) == [first, "the second"]


def test_the_same_words_are_a_yes(stage: Stage) -> None:
    room_of(stage)
    assert say(stage, "other-words", words=goal_of(stage).words).status_code == 303
    assert kept(stage) == [(What.CONFIRMED, "p-survivor")]
    assert goal_of(stage).worded_at is None


def test_the_same_press_twice_writes_once_and_another_one_after_it_counts(stage: Stage) -> None:
    room_of(stage)
    for what in ("confirmation", "confirmation", "not-now", "confirmation"):
        assert say(stage, what).status_code == 303
    assert [what for what, _ in kept(stage)] == [What.CONFIRMED, What.NOT_NOW, What.CONFIRMED]


def test_the_same_form_twice_writes_once(stage: Stage) -> None:
    room_of(stage)
    body = {"words": "mine", "key": public_id(), "seen": ""}
    page = stage.browser("p-survivor").get(address(stage, "other-words")).content.decode()
    body["seen"] = page.partition('name="seen" value="')[2].partition('"')[0]
    assert [say(stage, "other-words", **body).status_code for _ in range(2)] == [303, 303]
    assert len(kept(stage)) == 1


def test_those_who_carry_the_case_write_it_down_while_she_is_there_and_it_says_so(stage: Stage) -> None:
    for number, person in enumerate(("p-cm", "p-sup")):
        room_of(stage)
        assert say(stage, "confirmation", person).status_code == 409
        assert stage.browser(person).get(address(stage, "other-words")).status_code == 409
        answer = say(stage, "other-words", person, words="what she said on the way out", seen="")
        assert answer.status_code == 409
        assert "what she said on the way out" in answer.content.decode()
        assert 'id="right-' not in page_of(stage, person)
        assert kept(stage) == [], number
    here(stage)
    for what in ("confirmation", "not-now", "other-words"):
        assert say(stage, what, "p-cm").status_code == 303
    assert kept(stage) == [(What.CONFIRMED, "p-cm"), (What.NOT_NOW, "p-cm"), (What.CORRECTED, "p-cm")]
    name = stage.seat("alder", "cm").person.name
    written = page_of(stage, "p-sup").partition('id="said-')[2].partition("</div>")[0]
    assert "Written down on her word by" in written
    assert name in written


def test_they_write_it_down_as_well_where_she_has_no_way_to_sign_in(stage: Stage) -> None:
    room_of(stage)
    Person.objects.filter(key="p-survivor").update(is_active=False)
    assert 'id="right-' in page_of(stage, "p-cm")
    assert say(stage, "confirmation", "p-cm").status_code == 303


def test_nobody_else_answers_for_her(stage: Stage) -> None:
    here(stage)
    room_of(stage)
    place, asked = stage.place("alder", "goals", "own-door"), 0
    for person in stage.people:
        eyes = Eyes(stage, person)
        if not eyes.sees(place) or eyes.role(place) == "survivor" or eyes.plans(place):
            continue
        for what in ("confirmation", "not-now", "other-words"):
            assert say(stage, what, person, seen="").status_code in (403, 409), (person, what)
        if eyes.sees(stage.place("alder", "conferences", "now")):
            assert say(stage, "confirmation", person).status_code == 403
            assert "/confirmation/" not in page_of(stage, person)
        asked += 1
    assert asked > 2
    assert kept(stage) == []


def test_of_a_goal_that_she_does_not_read_nobody_says_anything_on_her_word(stage: Stage) -> None:
    """Nobody could ask her: not at the meeting, and not on the page of the goal."""
    here(stage)
    goal, page = goal_of(stage), f"/goals/{goal_of(stage).mark.public_id}/"
    room_of(stage)
    for reads in (True, False):
        if not reads:
            wide = goal.mark.audience & ~role_bits(["survivor"])
            Mark.objects.filter(pk=goal.mark_id).update(audience=wide, author=stage.seat("alder", "cm"))
            Named.objects.filter(mark=goal.mark_id, seat=stage.seat("alder", "sv")).delete()
            Case.objects.update(version=F("version") + 1)
        status = 303 if reads else 403
        assert (f'id="right-{goal.mark.public_id}"' in page_of(stage, "p-cm")) == reads
        assert (f"{page}met/" in stage.browser("p-cm").get(page).content.decode()) == reads
        for what in ("confirmation", "not-now"):
            assert say(stage, what, "p-cm").status_code == status
        assert stage.browser("p-cm").get(f"{page}words/").status_code == (200 if reads else 403)
    assert say(stage, "other-words", "p-cm", seen="").status_code == 403
    for verb in ("met/", "setting-aside/"):
        assert stage.browser("p-cm").post(f"{page}{verb}", {"seen": "active"}).status_code == 403
    assert [what for what, _ in kept(stage)] == [What.CONFIRMED, What.NOT_NOW]


def test_who_only_listens_writes_nothing_down(stage: Stage) -> None:
    here(stage)
    room_of(stage)
    room = stage.row(stage.place("alder", "conferences", "now"))
    Invitation.objects.update_or_create(
        conference=room, seat=stage.seat("alder", "cm"), defaults={"observes": True}
    )
    assert say(stage, "confirmation", "p-cm").status_code == 403
    assert 'id="right-' not in page_of(stage, "p-cm")


@pytest.mark.parametrize("state", STATES)
def test_it_is_answered_while_the_conference_is_on_or_on_its_day(stage: Stage, state: str) -> None:
    room_of(stage, state)
    on = state in (Status.OPEN, Status.PAUSED, Status.PLANNED)
    assert ('id="right-' in page_of(stage, "p-survivor", state)) == on
    assert say(stage, "confirmation").status_code == (303 if on else 409)
    answer = say(stage, "other-words", words="other words of mine", seen="")
    assert answer.status_code == 409
    if not on:
        assert "other words of mine" in answer.content.decode()
        assert stage.browser("p-survivor").get(address(stage, "other-words")).status_code == 409


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_the_day_of_a_conference_begins_and_ends_by_the_clock_of_its_place(zone: str) -> None:
    """On the day on which the clocks go back, it has 25 hours; the page looks again at both of its ends."""
    here = ZoneInfo(zone)
    begins = datetime(2026, 11, 1, tzinfo=here)
    ends = datetime(2026, 11, 2, tzinfo=here)
    planned = SimpleNamespace(state=Status.PLANNED, zone="", starts=begins.replace(hour=15))
    second = timedelta(seconds=1)
    for at, on, turn in (
        (begins - second, False, begins),
        (begins, True, ends),
        (ends.astimezone(UTC) - second, True, ends),
        (ends, False, None),
    ):
        assert taken_part_in(planned, zone, at.astimezone(UTC)) == on
        assert turn_of_the_day(planned, zone, at.astimezone(UTC)) == turn
    planned.zone, other = zone, "UTC"
    assert taken_part_in(planned, other, begins.astimezone(UTC))


def test_the_day_before_it_is_not_answered_yet(stage: Stage) -> None:
    room_of(stage, Status.PLANNED)
    Conference.unsealed.filter(key="now").update(starts=stage.at + timedelta(days=1))
    assert 'id="right-' not in page_of(stage, "p-survivor", Status.PLANNED)
    assert say(stage, "confirmation").status_code == 409


def test_a_goal_that_is_met_is_not_asked_about(stage: Stage) -> None:
    room_of(stage)
    Goal.unsealed.filter(pk=goal_of(stage).pk).update(status="met")
    assert goal_of(stage).words in page_of(stage, "p-survivor").partition('id="not-read"')[2]
    assert say(stage, "confirmation").status_code == 409


def test_without_a_meeting_that_they_see_nothing_is_answered(stage: Stage) -> None:
    room_of(stage)
    start = address(stage, "confirmation").partition("?")[0]
    for where in (
        "",
        f"?conference={public_id()}",
        f"?conference={stage.ids['/cases/0']}",
        "?conference=now",
    ):
        assert stage.browser("p-survivor").post(start + where).status_code == 409
    assert kept(stage) == []


def test_words_that_were_overtaken_are_shown_and_what_was_typed_stays(stage: Stage) -> None:
    here(stage)
    room_of(stage)
    form = stage.browser("p-survivor").get(address(stage, "other-words")).content.decode()
    seen = form.partition('name="seen" value="')[2].partition('"')[0]
    assert say(stage, "other-words", "p-cm", words="written down").status_code == 303
    answer = say(stage, "other-words", words="typed by her", seen=seen)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "typed by her" in page
    assert "written down" in page
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    assert say(stage, "other-words", words="typed by her", seen=seen).status_code == 303
    assert goal_of(stage).words == "typed by her"


def test_nothing_typed_is_asked_for_once_more(stage: Stage) -> None:
    room_of(stage)
    for body in ({"words": " "}, {"words": "w" * 2_001}, {"language": "xx"}):
        answer = say(stage, "other-words", **body)
        assert answer.status_code == 422
    assert kept(stage) == []


def test_it_may_be_as_long_as_a_goal_in_a_language_that_nobody_wrote_down(stage: Stage) -> None:
    room_of(stage)
    Goal.unsealed.filter(pk=goal_of(stage).pk).update(language="")
    here(stage)
    page = stage.browser("p-cm").get(address(stage, "other-words")).content.decode()
    assert '<option value="" selected>' in page
    assert say(stage, "other-words", "p-cm", words="w" * 2_000, language="").status_code == 303
    assert (goal_of(stage).words, goal_of(stage).language) == ("w" * 2_000, "")


def test_a_translation_stands_beside_her_words_and_says_when_it_is_older(stage: Stage) -> None:
    room_of(stage)
    goal = goal_of(stage)
    GoalTranslation.objects.create(
        goal=goal,
        language="es",
        words="mi puerta",
        by=stage.seat("alder", "interp"),
        at=stage.at - timedelta(days=1),
    )
    for person in ("p-survivor", "p-interp"):
        page = page_of(stage, person)
        assert goal.words in page
        assert 'lang="es">mi puerta' in page
    Goal.unsealed.filter(pk=goal.pk).update(worded_at=stage.at)
    older = page_of(stage, "p-cm").partition("mi puerta")[2].partition("</p>")[2].partition("</p>")[0]
    assert "older than her words" in older


def test_after_the_end_it_is_shown_as_it_was_then(stage: Stage) -> None:
    Mark.objects.all().update(created_at=stage.at - timedelta(days=2))
    goal, row = goal_of(stage), stage.row("/cases/0/actions/0")
    ActionItem.unsealed.filter(pk=row.pk).update(goal=goal, status="done", ended_at=stage.at)
    Mark.objects.filter(pk=row.mark_id).update(
        audience=Mark.objects.get(pk=goal.mark_id).audience, topic="coordination"
    )
    room_of(stage)
    then = goal.words
    assert say(stage, "other-words", words="said afterwards").status_code == 303
    Conference.unsealed.filter(key="now").update(closed_at=stage.at - timedelta(days=1))
    page = page_of(stage, "p-cm", Status.CLOSED)
    assert then in page
    assert row.title in page
    assert "said afterwards" not in page
    Conference.unsealed.filter(key="now").update(closed_at=stage.at + timedelta(days=1))
    page = page_of(stage, "p-cm", Status.CLOSED)
    assert "said afterwards" in page
    assert row.title not in page


def test_a_goal_that_was_met_after_the_end_was_read_aloud_as_one_that_is_worked_on(stage: Stage) -> None:
    Mark.objects.all().update(created_at=stage.at - timedelta(days=2))
    goal = goal_of(stage)
    Conference.unsealed.filter(key="now").update(closed_at=stage.at - timedelta(days=1))
    happened(stage.sight("p-cm")[goal.mark.case_id], opened_goal(stage, goal), What.MET)
    Goal.unsealed.filter(pk=goal.pk).update(status="met")
    page = page_of(stage, "p-cm", Status.CLOSED)
    assert goal.words in page.partition('id="not-read"')[0]


def test_who_does_not_see_where_it_stood_at_the_end_reads_nothing_of_it(stage: Stage) -> None:
    Mark.objects.all().update(created_at=stage.at - timedelta(days=2))
    goal, agency = goal_of(stage), stage.seat("alder", "ther").agency
    room = stage.row(stage.place("alder", "conferences", "now"))
    Named.objects.get_or_create(mark=room.mark, seat=stage.seat("alder", "ther"))
    Release.objects.filter(agency=agency).update(topics=topic_bits([Topic.COORDINATION]))
    Mark.objects.filter(pk=goal.mark_id).update(origin=agency, topic="housing", audience=EVERY_ROLE)
    assert goal.words in page_of(stage, "p-ther")
    Conference.unsealed.filter(key="now").update(closed_at=stage.at - timedelta(days=1))
    happened(stage.sight("p-cm")[goal.mark.case_id], opened_goal(stage, goal), What.MET)
    for status in ("met", "active"):
        Goal.unsealed.filter(pk=goal.pk).update(status=status)
        Case.objects.update(version=F("version") + 1)
        assert goal.words not in page_of(stage, "p-ther", Status.CLOSED)


@pytest.mark.parametrize(("hours", "then"), [(-1, False), (1, True)])
def test_what_was_declined_after_the_end_was_open_then(stage: Stage, hours: int, then: bool) -> None:
    Person.objects.update(language="en")
    Mark.objects.all().update(created_at=stage.at - timedelta(days=2))
    goal, row, end = goal_of(stage), stage.row("/cases/0/actions/0"), stage.at - timedelta(days=1)
    wide = Mark.objects.get(pk=goal.mark_id).audience
    Mark.objects.filter(pk=row.mark_id).update(audience=wide, topic="coordination")
    at = end + timedelta(hours=hours)
    ActionItem.unsealed.filter(pk=row.pk).update(goal=goal, status="declined", ended_at=at)
    entry = happened(stage.sight("p-cm")[goal.mark.case_id], opened_task(stage, row), What.DECLINED)
    Mark.objects.filter(pk=entry.mark_id).update(created_at=at)
    Conference.unsealed.filter(key="now").update(closed_at=end)
    page = page_of(stage, "p-cm", Status.CLOSED)
    assert "Who does something, and by when, is as of today." in page
    assert (row.title in page) == then
    ActionItem.unsealed.filter(pk=row.pk).update(status="accepted")
    Case.objects.update(version=F("version") + 1)
    assert (row.title in page_of(stage, "p-cm", Status.CLOSED)) == then


@pytest.mark.parametrize("what", [What.DECLINED, What.NO_LONGER_POSSIBLE, What.DONE])
def test_what_was_over_at_the_end_was_so_however_it_ended_and_whoever_went_on_with_it_since(
    stage: Stage, what: What
) -> None:
    """What she did not go on with, and takes up again, is told as what another declined and does after all."""
    Mark.objects.all().update(created_at=stage.at - timedelta(days=2))
    goal, row, end = goal_of(stage), stage.row("/cases/0/actions/0"), stage.at - timedelta(days=1)
    wide = Mark.objects.get(pk=goal.mark_id).audience
    Mark.objects.filter(pk=row.mark_id).update(audience=wide, topic="coordination")
    ActionItem.unsealed.filter(pk=row.pk).update(goal=goal, status="accepted", ended_at=None)
    Conference.unsealed.filter(key="now").update(closed_at=end)
    assert row.title in page_of(stage, "p-sup", Status.CLOSED)
    entry = happened(stage.sight("p-cm")[goal.mark.case_id], opened_task(stage, row), what)
    Mark.objects.filter(pk=entry.mark_id).update(created_at=end - timedelta(hours=1))
    Case.objects.update(version=F("version") + 1)
    assert row.title not in page_of(stage, "p-sup", Status.CLOSED)


def test_what_was_declined_since_was_open_then_for_whoever_does_not_read_who_declined_it(
    stage: Stage,
) -> None:
    Mark.objects.all().update(created_at=stage.at - timedelta(days=2))
    goal, row = goal_of(stage), stage.row("/cases/0/actions/0")
    wide = Mark.objects.get(pk=goal.mark_id).audience
    Mark.objects.filter(pk=row.mark_id).update(audience=wide, topic="coordination")
    Conference.unsealed.filter(key="now").update(closed_at=stage.at - timedelta(days=1))
    for status in ("declined", "no_longer_possible"):
        ActionItem.unsealed.filter(pk=row.pk).update(goal=goal, status=status, ended_at=stage.at)
        Case.objects.update(version=F("version") + 1)
        assert row.title in page_of(stage, "p-sup", Status.CLOSED), status


def test_what_she_offered_has_no_day_and_nobody_reads_that_it_is_late(stage: Stage) -> None:
    goal, row, other = goal_of(stage), stage.row("/cases/0/actions/0"), stage.row("/cases/0/actions/1")
    due = (stage.at - timedelta(days=9)).date()
    wide = Mark.objects.get(pk=goal.mark_id).audience
    Mark.objects.filter(pk__in=(row.pk, other.pk)).update(audience=wide, topic="coordination")
    ActionItem.unsealed.filter(pk=row.pk).update(
        goal=goal, status="accepted", due=due, owner=stage.seat("alder", "sv")
    )
    ActionItem.unsealed.filter(pk=other.pk).update(
        goal=goal, status="accepted", due=due, owner=stage.seat("alder", "cm")
    )

    def line(person: str, action: Any) -> str:
        page = page_of(stage, person)
        return page.partition(f'id="doing-{action.mark.public_id}"')[2].partition("</li>")[0]

    for person in ("p-survivor", "p-cm", "p-sup"):
        assert row.title in line(person, row)
        assert "<time" not in line(person, row)
        assert "<time" in line(person, other)


def test_whom_somebody_does_not_see_is_the_team(stage: Stage) -> None:
    goal, row = goal_of(stage), stage.row("/cases/0/actions/0")
    hidden = stage.seat("alder", "det2")
    Mark.objects.filter(pk=row.mark_id).update(
        audience=Mark.objects.get(pk=goal.mark_id).audience, topic="coordination"
    )
    ActionItem.unsealed.filter(pk=row.pk).update(goal=goal, status="accepted", owner=hidden)
    Mark.objects.filter(pk=hidden.mark_id).update(audience=1)
    line = page_of(stage, "p-sup").partition(f'id="doing-{row.mark.public_id}"')[2].partition("</li>")[0]
    assert "the team" in line
    assert hidden.person.name not in line


def test_who_does_not_see_her_seat_reads_of_her_what_they_read_of_anybody_whom_they_do_not_see(
    stage: Stage,
) -> None:
    """No byte tells her from a detective: not the words, not the day, not the order, not the news, not the picture."""
    goal, row, other = goal_of(stage), stage.row("/cases/0/actions/0"), stage.row("/cases/0/actions/1")
    owners = [stage.seat("alder", key) for key in ("sv", "det2")]
    wide, due = Mark.objects.get(pk=goal.mark_id).audience, stage.at.date()
    Mark.objects.filter(pk__in=[row.pk, other.pk]).update(audience=wide, topic="coordination")
    Mark.objects.filter(pk__in=[seat.pk for seat in owners]).update(audience=1)
    ActionItem.unsealed.filter(pk=other.pk).update(
        goal=goal, status="accepted", due=due + timedelta(days=9), owner=stage.seat("alder", "cm")
    )
    happened(stage.sight("p-cm")[goal.mark.case_id], opened_task(stage, row), What.DATE_MOVED)
    case, room = f"/cases/{stage.ids['/cases/0']}/", room_of(stage)
    Conference.unsealed.filter(mark__case__key="alder").exclude(key="now").update(
        status="closed", closed_at=stage.at - timedelta(days=1)
    )
    pages = (f"{room}plan/", case, f"{case}plan/picture/", f"/goals/{goal.mark.public_id}/")
    for status in ("offered", "accepted", "declined", "not_done"):
        read = []
        for owner in owners:
            ended = stage.at if status == "not_done" else None
            ActionItem.unsealed.filter(pk=row.pk).update(
                goal=goal, status=status, due=due, owner=owner, ended_at=ended
            )
            Case.objects.update(version=F("version") + 1)
            read.append([main_of(stage, "p-sup", page) for page in pages])
        for page, hers, another in zip(pages, *read, strict=True):
            assert hers == another, (status, page)
        assert (row.title in read[0][0]) == (status in ("offered", "accepted"))


def opened_goal(stage: Stage, row: Any) -> Any:
    (found,) = open_rows(stage.sight("p-cm"), Goal.objects.sealed(mark=row.mark_id))
    return found


def opened_task(stage: Stage, row: Any) -> Any:
    (found,) = open_rows(stage.sight("p-cm"), ActionItem.objects.sealed(mark=row.mark_id))
    return found


def main_of(stage: Stage, person: str, page: str) -> str:
    """What the page says, without what is drawn anew for each answer."""
    answer = stage.browser(person).get(page)
    assert answer.status_code == 200, page
    text = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r'ws-connect="[^"]*"|value="[^"]*"', "", text)


def test_neither_a_yes_nor_a_not_now_stands_beside_words_that_came_later(stage: Stage) -> None:
    """And to say the same of the new words is another answer."""
    room_of(stage)
    goal = goal_of(stage)
    for number, what in enumerate(("confirmation", "not-now")):
        assert say(stage, what).status_code == 303
        then = stage.at - timedelta(hours=4 - 2 * number)
        Mark.objects.all().update(created_at=then)
        assert f'id="said-{goal.mark.public_id}"' in page_of(stage, "p-cm")
        Goal.unsealed.filter(pk=goal.pk).update(words=f"others {number}", worded_at=then + timedelta(hours=1))
        Case.objects.update(version=F("version") + 1)
        assert f'id="said-{goal.mark.public_id}"' not in page_of(stage, "p-cm")
        assert say(stage, what).status_code == 303
        assert f'id="said-{goal.mark.public_id}"' in page_of(stage, "p-cm")
    assert [what for what, _ in kept(stage)] == [What.CONFIRMED] * 2 + [What.NOT_NOW] * 2


def test_after_the_end_an_answer_stands_beside_the_words_it_was_given_to(stage: Stage) -> None:
    room_of(stage)
    goal = goal_of(stage)
    assert say(stage, "confirmation").status_code == 303
    Mark.objects.all().update(created_at=stage.at - timedelta(hours=3))
    for worded, stands in ((-1, True), (-2.5, False)):
        at = stage.at + timedelta(hours=worded)
        Goal.unsealed.filter(pk=goal.pk).update(worded_at=at)
        Conference.unsealed.filter(key="now").update(closed_at=stage.at - timedelta(hours=2))
        Case.objects.update(version=F("version") + 1)
        page = page_of(stage, "p-cm", Status.CLOSED)
        assert (f'id="said-{goal.mark.public_id}"' in page) == stands


@pytest.mark.parametrize("what", ["confirmation", "not-now"])
def test_a_press_from_a_page_that_shows_other_words_writes_nothing(stage: Stage, what: str) -> None:
    room_of(stage)
    page = page_of(stage, "p-survivor")
    button = page.partition(f"/{what}/?conference=")[0].rpartition("<button")[2]
    seen = button.partition('value="')[2].partition('"')[0]
    Goal.unsealed.filter(pk=goal_of(stage).pk).update(words="others by now")
    for stale in (seen, ""):
        assert say(stage, what, seen=stale).status_code == 409
    assert kept(stage) == []
    assert say(stage, what).status_code == 303


def test_the_item_of_the_plan_leads_there(stage: Stage) -> None:
    item = stage.row(stage.place("alder", "agenda", "q-plan"))
    room = Conference.unsealed.select_related("mark").get(pk=item.conference_id).mark.public_id
    page = stage.browser("p-law").get(f"/items/{item.mark.public_id}/").content.decode()
    assert f'href="/conferences/{room}/plan/"' in page


def test_the_page_of_the_plan_leads_there_while_a_conference_goes_on(stage: Stage) -> None:
    Conference.unsealed.filter(mark__case__key="alder").update(status="closed")
    case = f"/cases/{stage.ids['/cases/0']}/"
    for state in (Status.OPEN, Status.PAUSED, Status.CLOSED):
        link = f'href="{room_of(stage, state)}plan/"'
        for person in ("p-survivor", "p-cm", "p-det", "p-adv"):
            eyes = Eyes(stage, person)
            leads = state != Status.CLOSED and eyes.sees(stage.place("alder", "conferences", "now"))
            assert (link in stage.browser(person).get(case).content.decode()) == leads, (person, state)


def test_what_was_said_is_on_record(stage: Stage) -> None:
    room_of(stage)
    for what in ("confirmation", "not-now", "other-words"):
        say(stage, what)
    verbs = Event.objects.filter(verb__startswith="goal_").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["goal_confirmed", "goal_not_now", "goal_said_differently"]


def test_of_two_who_word_a_goal_at_once_one_is_kept_and_the_other_is_shown_it(
    transactional_db: None, clock: Clock
) -> None:
    """And what the other typed is still there."""
    stage = Stage(planted(), clock)
    room_of(stage)
    here(stage)
    form = stage.browser("p-survivor").get(address(stage, "other-words")).content.decode()
    seen = form.partition('name="seen" value="')[2].partition('"')[0]
    people, together, answers = ("p-survivor", "p-cm"), Barrier(2), dict[str, Any]()
    for person in people:
        stage.browser(person)

    def press(person: str) -> None:
        try:
            together.wait(10)
            answers[person] = say(stage, "other-words", person, words=f"words of {person}", seen=seen)
        finally:
            connections.close_all()

    threads = [Thread(target=press, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers.values()) == [303, 409]
    [winner] = [person for person in people if answers[person].status_code == 303]
    [late] = set(people) - {winner}
    page = answers[late].content.decode()
    assert goal_of(stage).words == f"words of {winner}"
    assert f"words of {late}" in page
    assert f"words of {winner}" in page
