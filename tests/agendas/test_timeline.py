"""The plan over time: its picture, and two of its versions side by side."""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from agendas.actions.models import ActionItem
from agendas.goals.models import Goal, Need
from agendas.history.changes import happened
from agendas.history.models import Entry, What
from agendas.timeline.panels import WIDTH
from conferences.meetings.models import Conference
from tests.cast import Stage, said
from tests.test_surfaces import Eyes
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Case, Mark, Named, Release
from workspace.disclosure.policy import EVERY_ROLE, Topic, topic_bits
from workspace.people.models import Person, public_id

CASE = "/cases/0"
PAGES = ("picture", "versions")


def url_of(stage: Stage, page: str, **query: str) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/cases/{stage.ids[CASE]}/plan/{page}/" + (f"?{asked}" if asked else "")


def page_of(stage: Stage, person: str, page: str, **query: str) -> str:
    answer = stage.browser(person).get(url_of(stage, page, **query))
    assert answer.status_code == 200, person
    return unescape(answer.content.decode())


def goal_of(stage: Stage, key: str = "own-door") -> Any:
    number = stage.ids[stage.place("alder", "goals", key)]
    return Goal.unsealed.select_related("mark").get(mark__public_id=number)


def happens(stage: Stage, row: Any, what: str, at: datetime, text: str = "", by: str = "p-survivor") -> Entry:
    """That this happened to a row then, done by somebody who sees it."""
    lens = stage.sight(by)[row.mark.case_id]
    (opened,) = open_rows(stage.sight(by), type(row).objects.sealed(mark=row.mark_id))
    entry = happened(lens, opened, What(what), text=text)
    Mark.objects.filter(pk=entry.mark_id).update(created_at=at)
    return entry


def day(stage: Stage, days: int) -> datetime:
    return stage.at + timedelta(days=days)


def two_meetings(stage: Stage) -> tuple[str, str]:
    """Two that were held, the first ten days ago and the second five; everything is older than both."""
    Mark.objects.all().update(created_at=day(stage, -90))
    rooms = Conference.unsealed.filter(mark__case__key="alder").exclude(key="now").order_by("mark_id")
    rooms.update(status="planned", starts=day(stage, 30))
    first, second = rooms.first(), Conference.unsealed.get(key="now", mark__case__key="alder")
    assert first is not None
    for room, days in ((first, -10), (second, -5)):
        starts = day(stage, days)
        Conference.unsealed.filter(pk=room.pk).update(
            status="closed", starts=starts, opened_at=starts, closed_at=starts + timedelta(hours=1)
        )
        # Those who come to the second come to the first as well.
        room.mark.named.all().delete()
        room.mark.named.bulk_create(
            Named(mark=room.mark, seat=seat)
            for seat in (stage.seat("alder", key) for key in ("sv", "cm", "sup", "interp"))
        )
    return first.mark.public_id, second.mark.public_id


def compared(page: str, text: str) -> str:
    """The line of the comparison in which this stands."""
    return next(line for line in page.partition('id="compared')[2].split("<li>") if text in line)


@pytest.mark.parametrize("page", PAGES)
def test_whoever_sits_there_reads_exactly_what_they_see(stage: Stage, page: str) -> None:
    kinds = ("goals", "needs") if page == "versions" else ("goals", "actions")
    places = [place for place in stage.oracle.rows("alder") if place.split("/")[-2] in kinds]
    sets = set()
    for person in stage.people:
        eyes = Eyes(stage, person)
        answer = stage.browser(person).get(url_of(stage, page))
        if not eyes.sits(CASE):
            absent = stage.browser(person).get(f"/cases/{public_id()}/plan/{page}/")
            assert said(answer) == said(absent)
            assert answer.status_code == 404
            continue
        text = unescape(answer.content.decode())
        words = {"goals": "words", "needs": "text", "actions": "title"}
        shown = {place for place in places if stage.raw(place)[words[place.split("/")[-2]]] in text}
        seen = {place for place in places if eyes.sees(place) and not hers_and_ended(stage, place)}
        if "Once a meeting has taken place" in text:
            assert not shown, person
        else:
            assert shown == seen, person
        sets.add(frozenset(shown))
    assert len(sets) > 4


def hers_and_ended(stage: Stage, place: str) -> bool:
    raw = stage.raw(place)
    return raw.get("owner") == "sv" and raw["status"] not in ("offered", "accepted", "done")


@pytest.mark.parametrize("status", ["declined", "no_longer_possible", "not_done"])
def test_what_she_did_not_go_on_with_nobody_reads(stage: Stage, status: str) -> None:
    row, goal = stage.row("/cases/0/actions/0"), goal_of(stage)
    wide = Mark.objects.get(pk=goal.mark_id).audience
    Mark.objects.filter(pk=row.mark_id).update(audience=wide, topic="coordination")
    for owner, shown in (("sv", False), ("cm", True)):
        ActionItem.unsealed.filter(pk=row.pk).update(
            goal=goal, status=status, owner=stage.seat("alder", owner)
        )
        for person in ("p-survivor", "p-cm", "p-sup", "p-interp"):
            assert (row.title in page_of(stage, person, "picture")) == shown, (person, owner)


def test_a_task_of_a_goal_that_somebody_does_not_see_stands_under_no_goal(stage: Stage) -> None:
    row, goal = stage.row("/cases/0/actions/0"), goal_of(stage)
    ActionItem.unsealed.filter(pk=row.pk).update(goal=goal, status="accepted")
    Mark.objects.filter(pk=row.mark_id).update(audience=65535, topic="coordination")
    Mark.objects.filter(pk=goal.mark_id).update(audience=1)
    line = in_words(page_of(stage, "p-cm", "picture"), row.title)
    assert "No goal yet" in line
    assert goal.words in in_words(page_of(stage, "p-survivor", "picture"), row.title)


def in_words(page: str, text: str) -> str:
    """The row of the table in which this stands."""
    return next(row for row in page.partition("<tbody>")[2].split("</tr>") if text in row)


def test_marks_stand_where_they_were_made_or_ended_and_the_table_says_the_same(stage: Stage) -> None:
    Person.objects.update(language="en")
    two_meetings(stage)
    goal, wide = goal_of(stage), 65535
    kinds = {0: ("accepted", -7, None), 1: ("done", -7, -3), 2: ("not_done", -20, -20)}
    rows = {number: stage.row(f"/cases/0/actions/{number}") for number in kinds}
    ActionItem.unsealed.all().update(goal=None)
    for number, (status, made, ended) in kinds.items():
        row = rows[number]
        Mark.objects.filter(pk=row.mark_id).update(
            audience=wide, topic="coordination", created_at=day(stage, made)
        )
        ActionItem.unsealed.filter(pk=row.pk).update(
            goal=goal,
            from_item=None,
            status=status,
            owner=stage.seat("alder", "cm"),
            ended_at=None if ended is None else day(stage, ended),
        )
    for person in ("p-survivor", "p-cm", "p-interp"):
        page = page_of(stage, person, "picture")
        cells = in_words(page, goal.words).split("<td>")[1:]
        places = {
            number: next(at for at, cell in enumerate(cells) if row.title in cell)
            for number, row in rows.items()
        }
        # Before the first, after the first, after the second.
        assert places == {0: 1, 1: 2, 2: 0}, person
        words = dict(zip((2, 0, 1), ("not done", "under way", "done"), strict=True))
        for number, word in words.items():
            assert f"({word})" in cells[places[number]]
        line = page.partition(f'id="line-{goal.mark.public_id}"')[2].partition("</li>")[0]
        shapes = re.findall(r'<(circle|rect) class="(full|ring)" c?x="(\d+)"', line)
        assert sorted((int(x) // WIDTH, kind) for _shape, kind, x in shapes) == [
            (0, "full"),
            (1, "ring"),
            (2, "full"),
        ]
        assert [shape for shape, _kind, x in shapes if int(x) // WIDTH == 0] == ["rect"]


def test_a_conference_that_somebody_is_not_invited_to_has_no_column(stage: Stage) -> None:
    first, second = two_meetings(stage)
    page = page_of(stage, "p-cm", "picture")
    assert all(f"/conferences/{room}/plan/" in page for room in (first, second))
    for number in (first, second):
        room = Conference.unsealed.get(mark__public_id=number)
        for name in ("picture", "versions"):
            page = page_of(stage, "p-adv", name)
            assert number not in page
            assert room.title not in page


def test_both_versions_stand_side_by_side_and_what_changed_is_said_in_words(stage: Stage) -> None:
    Person.objects.update(language="en")
    first, second = two_meetings(stage)
    goal, now = goal_of(stage), goal_of(stage).words
    happens(stage, goal, "corrected", day(stage, -7), text="what she said first")
    need = (
        Need.unsealed.filter(mark__case__key="alder", mark__audience=65535).first() or Need.unsealed.first()
    )
    assert need is not None
    happens(stage, need, "being_met", day(stage, -20))
    happens(stage, need, "met", day(stage, -3))
    Need.unsealed.filter(pk=need.pk).update(status="met")
    line = compared(page_of(stage, "p-survivor", "versions", **{"from": first, "to": second}), now)
    assert "what she said first" in line
    assert ">said in other words<" in line
    assert line.index("what she said first") < line.index(now)
    line = compared(page_of(stage, "p-survivor", "versions", **{"from": second, "to": "now"}), now)
    assert "what she said first" not in line
    assert ">as it was<" in line
    line = compared(page_of(stage, "p-survivor", "versions"), need.text)
    assert ">met<" in line
    assert "Being met" in line


def test_what_is_new_was_not_there_yet(stage: Stage) -> None:
    Person.objects.update(language="en")
    first, second = two_meetings(stage)
    goal = goal_of(stage)
    Mark.objects.filter(pk=goal.mark_id).update(created_at=day(stage, -7))
    ActionItem.unsealed.update(goal=None)
    line = compared(page_of(stage, "p-cm", "versions", **{"from": first, "to": "now"}), goal.words)
    assert ">new since then<" in line
    assert "It was not there yet." in line
    assert ">as it was<" in compared(page_of(stage, "p-cm", "versions", **{"from": second}), goal.words)


def test_where_all_of_it_is_as_it_was_that_is_said_first(stage: Stage) -> None:
    Person.objects.update(language="en")
    first, second = two_meetings(stage)
    goal = goal_of(stage)
    nothing = "Nothing has changed in what you can read here."
    assert nothing in page_of(stage, "p-cm", "versions", **{"from": second})
    Mark.objects.filter(pk=goal.mark_id).update(created_at=day(stage, -7))
    ActionItem.unsealed.update(goal=None)
    assert nothing not in page_of(stage, "p-cm", "versions", **{"from": first, "to": "now"})


def test_what_has_changed_stands_before_what_has_not(stage: Stage) -> None:
    Person.objects.update(language="en")
    first, _second = two_meetings(stage)
    goals = {goal.words: goal for goal in Goal.unsealed.filter(mark__case__key="alder")}

    def listed() -> list[str]:
        page = page_of(stage, "p-survivor", "versions", **{"from": first})
        told = page.partition('id="compared-goals"')[2].partition("</section>")[0]
        return sorted((words for words in goals if words in told), key=told.index)

    before = listed()
    assert len(before) > 2
    happens(stage, goals[before[-1]], "corrected", day(stage, -1), text="what she said first")
    assert listed() == [before[-1], *before[:-1]]


def test_the_later_of_two_is_always_the_second(stage: Stage) -> None:
    first, second = two_meetings(stage)
    pages = [
        page_of(stage, "p-cm", "versions", **{"from": one, "to": other})
        for one, other in ((first, second), (second, first))
    ]
    assert pages[0].partition("<main")[2] == pages[1].partition("<main")[2]


def test_who_did_not_read_the_words_then_does_not_read_them_now(stage: Stage) -> None:
    """Who came to a goal later reads what it says, and not what it said."""
    Person.objects.update(language="en")
    first, _second = two_meetings(stage)
    goal = goal_of(stage)
    entry = happens(stage, goal, "corrected", day(stage, -7), text="for few")
    Goal.unsealed.filter(pk=goal.pk).update(worded_at=day(stage, -7))
    Mark.objects.filter(pk=entry.mark_id).update(audience=1)
    assert "for few" in page_of(stage, "p-survivor", "versions", **{"from": first})
    line = compared(page_of(stage, "p-cm", "versions", **{"from": first}), goal.words)
    assert "for few" not in line
    assert "You cannot see what stood here then." in line


def test_who_does_not_see_the_last_turn_reads_where_it_stands_today_and_not_where_it_stood_then(
    stage: Stage,
) -> None:
    Person.objects.update(language="en")
    first, _second = two_meetings(stage)
    goal = goal_of(stage)
    happens(stage, goal, "set_aside", day(stage, -12))
    hidden = happens(stage, goal, "taken_up", day(stage, -11))
    wide = Mark.objects.get(pk=goal.mark_id).audience
    for audience, then in ((wide, "as it was"), (1, "You cannot see where it stood then.")):
        Mark.objects.filter(pk=hidden.mark_id).update(audience=audience)
        Case.objects.update(version=F("version") + 1)
        line = compared(page_of(stage, "p-cm", "versions", **{"from": first}), goal.words)
        assert then in line
        assert "Being worked on" in line.rpartition(goal.words)[2]
        assert "Set aside" not in line


def written_at(stage: Stage, row: Any, key: str) -> None:
    """This agency wrote it, and reads it by that alone; others go on with it."""
    agency = stage.seat("alder", key).agency
    Release.objects.filter(agency=agency).update(topics=topic_bits([Topic.COORDINATION]))
    Mark.objects.filter(pk=row.mark_id).update(origin=agency, topic="housing", audience=EVERY_ROLE)


@pytest.mark.parametrize("turns", [[], [-8]])
def test_who_reads_it_by_their_agency_alone_reads_nothing_of_where_it_stood_then(
    stage: Stage, turns: list[int]
) -> None:
    """Whether or not it was another place: they read no turn of it."""
    Person.objects.update(language="en")
    first, second = two_meetings(stage)
    rows = [goal_of(stage), Need.unsealed.select_related("mark").filter(mark__case__key="alder")[0]]
    named = [stage.seat("alder", "ther"), stage.seat("alder", "cm")]
    for room in (first, second):
        mark = Mark.objects.get(public_id=room)
        Named.objects.bulk_create((Named(mark=mark, seat=seat) for seat in named), ignore_conflicts=True)
    for row, word in zip(rows, ("met", "being_met"), strict=True):
        written_at(stage, row, "ther")
        type(row).unsealed.filter(pk=row.pk).update(status="met" if turns else row.status)
        for at in turns:
            happens(stage, row, word, day(stage, at), by="p-cm")
            happens(stage, row, "met", day(stage, -7), by="p-cm")
    for row in rows:
        said = row.words if isinstance(row, Goal) else row.text
        for end in ("now", second):
            line = compared(page_of(stage, "p-ther", "versions", **{"from": first, "to": end}), said)
            assert line.count("You cannot see where it stood then.") == (1 if end == "now" else 2)
            assert "tag" not in line
        line = compared(page_of(stage, "p-cm", "versions", **{"from": first}), said)
        assert ("as it was" in line) == (not turns)


def test_a_goal_that_was_met_since_was_worked_on_before(stage: Stage) -> None:
    Person.objects.update(language="en")
    first, _second = two_meetings(stage)
    goal = goal_of(stage)
    happens(stage, goal, "met", day(stage, -3))
    Goal.unsealed.filter(pk=goal.pk).update(status="met")
    line = compared(page_of(stage, "p-cm", "versions", **{"from": first}), goal.words)
    assert ">met<" in line
    assert "Being worked on" in line


@pytest.mark.parametrize("sent", ["", "x", "now", "a" * 20, "%00", "1"])
def test_what_is_no_conference_of_theirs_is_the_last_one_and_now(stage: Stage, sent: str) -> None:
    _first, second = two_meetings(stage)
    room = Conference.unsealed.get(mark__public_id=second)
    page = page_of(stage, "p-cm", "versions", **{"from": sent, "to": sent})
    assert f'<option value="{second}" selected>{room.title}' in page
    assert '<option value="now" selected>' in page


def test_before_there_was_a_meeting_nothing_is_compared(stage: Stage) -> None:
    Person.objects.update(language="en")
    Conference.unsealed.update(status="planned")
    page = page_of(stage, "p-cm", "versions")
    assert "Once a meeting has taken place" in page
    assert goal_of(stage).words in page_of(stage, "p-cm", "picture")


def test_the_page_of_the_plan_leads_to_both(stage: Stage) -> None:
    page = stage.browser("p-cm").get(f"/cases/{stage.ids[CASE]}/").content.decode()
    assert all(f'href="{url_of(stage, name)}"' in page for name in PAGES)


def test_hundreds_of_tasks_take_as_many_queries_as_ten(stage: Stage) -> None:
    browser = stage.browser("p-cm")
    counts = []
    for _ in range(2):
        browser.get(url_of(stage, "picture"))
        with CaptureQueriesContext(connection) as asked:
            browser.get(url_of(stage, "picture"))
        counts.append(len(asked))
        many(stage, 600)
    assert counts[0] == counts[1] <= 11


def many(stage: Stage, number: int) -> None:
    row, goal = stage.row("/cases/0/actions/0"), goal_of(stage)
    marks = Mark.objects.bulk_create(
        Mark(case_id=goal.mark.case_id, topic="coordination", audience=65535) for _ in range(number)
    )
    ActionItem.unsealed.bulk_create(
        ActionItem(mark=mark, key="many", title="more", owner_id=row.owner_id, goal=goal, status="accepted")
        for mark in marks
    )
