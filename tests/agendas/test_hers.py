"""The survivor is nobody's debtor: hers is never shown as overdue, not done or carried, to anybody, on any page; and
whoever does not see her reads of hers what they read of anybody whom they do not see."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from agendas.actions.models import ActionItem
from agendas.history.models import Entry
from agendas.items.models import AgendaItem
from conferences.meetings.models import Conference, Invitation
from tests.agendas.test_followup import (
    CASE,
    CHANCE,
    EXTEND,
    VERBS,
    VISIT,
    hide_seats,
    number_of,
    page,
    place,
    press,
    put,
    row,
    say,
    url,
    wide,
)
from tests.cast import Stage, said
from tests.live_pass import connect
from workspace.disclosure.models import Mark, Named, Seat
from workspace.disclosure.policy import EVERY_ROLE
from workspace.live.announce import case_changed
from workspace.live.passes import Passes
from workspace.people.models import Person, public_id

HER, LEADS = "p-survivor", "p-cm"
HIDDEN = ("sv", "det")
LONG_AGO = date(2025, 2, 13)
TOLD = re.compile(r"2025-02-13|Feb\. 13, 2025")
GOAL = "own-door"
# A fingerprint, and the number of what happened, say nothing of whose it was.
KEY = re.compile(r'(?<=key" value=")[\w-]+|(?<=name="seen" value=")\w+|(?<=id="entry-)[\w-]+')


@pytest.fixture
def table(stage: Stage) -> Stage:
    """The planted case, read in English, with a task of hers that came out of the meeting that is on and belongs to a
    goal; it is read by everybody, and was written by somebody else."""
    Person.objects.update(language="en")
    room = stage.row(stage.place("alder", "conferences", "now"))
    item = AgendaItem.unsealed.filter(conference=room).order_by("pk")[0]
    goal = stage.row(stage.place("alder", "goals", GOAL))
    Mark.objects.filter(pk__in=(item.pk, goal.pk)).update(audience=EVERY_ROLE, topic="coordination")
    wide(stage, VISIT)
    put(stage, VISIT, from_item=item.pk, goal=goal.pk, due=LONG_AGO, outcome="")
    Mark.objects.filter(pk=row(stage, VISIT).pk).update(author=stage.seat("alder", "sup"))
    for key in HIDDEN:
        Named.objects.get_or_create(mark_id=row(stage, VISIT).pk, seat=stage.seat("alder", key))
    Conference.unsealed.filter(pk=room.pk).update(opened_at=timezone.now())
    # Who is here, for the screen on the wall: the supervisor beside whoever put it up.
    Invitation.objects.update_or_create(
        conference=room,
        seat=stage.seat("alder", "sup"),
        defaults={"attendance": "arrived", "noted_at": stage.at},
    )
    return stage


def pages(stage: Stage) -> dict[str, str]:
    """Every page on which a task can stand."""
    case, goal = f"/cases/{stage.ids[CASE]}/", stage.ids[stage.place("alder", "goals", GOAL)]
    room = stage.url("alder", "conferences", "now")
    listed = {
        "today": "/",
        "tasks": "/tasks/",
        "until today": "/tasks/?until=today",
        "until a week": "/tasks/?until=week",
        "plan": case,
        "paper": f"{case}plan/paper/?paper=yes",
        "picture": f"{case}plan/picture/",
        "handover": f"{case}handover/",
        "its goal": f"/goals/{goal}/",
        "room": room,
        "item": f"/items/{stage.ids[stage.place('alder', 'agenda', 'wide')]}/",
        "preparation": f"{room}preparation/",
        "aloud": f"{room}plan/",
        "closing": f"{room}closing/",
        "record": f"{room}record/",
        "paper of the record": f"{room}record/?paper=yes",
        "wall": f"{room}table/",
        "action": url(stage, VISIT),
    }
    return listed | {verb: url(stage, VISIT, f"{verb}/") for verb in VERBS}


def plain(text: str) -> str:
    """Without what is different at every look."""
    return KEY.sub("", CHANCE.sub("", unescape(text)))


def read(stage: Stage, person: str, names: tuple[str, ...] = ()) -> dict[str, str]:
    """What somebody reads there."""
    browser = stage.browser(person)
    found = {name: browser.get(path) for name, path in pages(stage).items() if not names or name in names}
    return {name: f"{each.status_code} {plain(said(each))}" for name, each in found.items()}


def telling(stage: Stage, person: str) -> set[str]:
    """The pages that tell the day."""
    return {name for name, text in read(stage, person).items() if TOLD.search(text)}


def does(stage: Stage, key: str, **columns: Any) -> None:
    put(stage, VISIT, owner=stage.seat("alder", key), **columns)


# A day that has passed


def test_a_day_that_has_passed_is_told_of_others_and_of_hers_on_no_page(table: Stage) -> None:
    does(table, "mentor", status="accepted")
    told = telling(table, LEADS)
    assert told >= {"plan", "its goal", "room", "preparation", "record", "wall", "action", "comments"}
    own = telling(table, HER)
    assert own >= {"plan", "its goal", "room", "record", "action", "paper", "paper of the record"}
    does(table, "cm", status="accepted")
    assert {"today", "tasks", "until today", "closing", "ending", "date", "owner"} <= telling(table, LEADS)
    for status in ("accepted", "offered", "done", "declined"):
        does(table, "sv", status=status)
        for person in (HER, LEADS, "p-sup", "p-det", "p-interp", "p-mentor"):
            assert telling(table, person) == set(), (person, status)


def test_nor_is_it_told_of_somebody_whom_the_reader_does_not_see(table: Stage) -> None:
    hide_seats(table, *HIDDEN)
    for key in HIDDEN:
        does(table, key, status="accepted")
        assert telling(table, LEADS) | telling(table, "p-sup") == set(), key


def test_her_own_calendar_says_nothing_of_it_either(table: Stage) -> None:
    browser = table.browser(HER)
    does(table, "sv", status="accepted", due=timezone.localdate() + timedelta(days=2))
    answer = browser.post(
        "/calendar/address/", {"cover": "", "due_dates": "on", "key": public_id()}, follow=True
    )
    (feed,) = re.findall(r"/calendar/[\w-]{43}\.ics", said(answer))

    def told() -> str:
        return Client().get(feed).content.decode()

    assert "DTSTART;VALUE=DATE" in told()
    does(table, "sv", due=timezone.localdate() - timedelta(days=2))
    assert f"{timezone.localdate() - timedelta(days=2):%Y%m%d}" not in told()


def test_her_list_counts_and_sorts_nothing_by_a_day_that_has_passed(table: Stage) -> None:
    everything = ActionItem.unsealed.filter(mark__case__key="alder")
    everything.update(status="done", ended_at=table.at - timedelta(days=90))
    for number in (EXTEND, VISIT, 2, 3, 5, 6):
        wide(table, number)
        put(table, number, owner=table.seat("alder", "sv"), status="accepted", due=LONG_AGO, by_next=False)
    soon = timezone.localdate() + timedelta(days=3)
    put(table, 3, due=soon)
    text = read(table, HER, ("tasks",))["tasks"]
    narrowed = re.sub(r"<[^>]+>", "", text)
    assert "Today or before (0)" in narrowed
    assert "In the next seven days (1)" in narrowed
    listed = re.findall(r'<li id="task-([^"]+)"', text)
    assert (listed[0], len(listed)) == (table.ids[place(3)], 6)


def test_what_she_hands_on_is_late_for_nobody(table: Stage) -> None:
    does(table, "sv", status="accepted")
    assert say(table, HER, VISIT, "owner/", to=number_of(table, "mentor")).status_code == 303
    assert row(table, VISIT).due is None
    # So it is of anybody who hands on what they do themselves: else it could be told apart.
    does(table, "cm", status="accepted", due=LONG_AGO)
    assert "It does not go along" in read(table, LEADS, ("owner",))["owner"]
    assert say(table, LEADS, VISIT, "owner/", to=number_of(table, "mentor")).status_code == 303
    assert row(table, VISIT).due is None
    # A day that is still to come goes along; and what somebody else gives on is as late as it was.
    ahead = timezone.localdate() + timedelta(days=2)
    does(table, "cm", status="accepted", due=ahead)
    assert "It does not go along" not in read(table, LEADS, ("owner",))["owner"]
    assert say(table, LEADS, VISIT, "owner/", to=number_of(table, "mentor")).status_code == 303
    assert row(table, VISIT).due == ahead
    does(table, "mentor", status="accepted", due=LONG_AGO)
    assert say(table, LEADS, VISIT, "owner/", to=number_of(table, "cm")).status_code == 303
    assert row(table, VISIT).due == LONG_AGO


# Whoever does not see her


def ended_by(key: str, verb: str, **given: str) -> Callable[[Stage], None]:
    person = {"sv": HER, "det": "p-det"}[key]

    def end(stage: Stage) -> None:
        does(stage, key, status="accepted")
        assert say(stage, person, VISIT, verb, **given).status_code == 303

    return end


GONE = [
    ended_by("sv", "ending/", word="no_longer_possible", outcome="no time at all"),
    ended_by("det", "ending/", word="no_longer_possible", outcome="no time at all"),
    ended_by("det", "ending/", word="not_done", outcome="no time at all"),
    ended_by("det", "declining/", because="no time at all"),
]


@pytest.mark.parametrize("author", ["cm", "sup"])
def test_what_nobody_goes_on_with_reads_alike_wherever_it_stands(table: Stage, author: str) -> None:
    Mark.objects.filter(pk=row(table, VISIT).pk).update(author=table.seat("alder", author))
    hide_seats(table, *HIDDEN)
    told = []
    for end in GONE:
        with table.undone():
            end(table)
            told.append({person: read(table, person) for person in (LEADS, "p-sup", "p-interp")})
    for person, texts in told[0].items():
        for name, text in texts.items():
            for other in told[1:]:
                assert other[person][name] == text, (person, name)
    own = told[0][LEADS]
    assert "not any more" in own["plan"].lower()
    assert "owner/" not in own["tasks"]
    assert row(table, VISIT).title in own["plan"].lower()


def test_its_history_reads_alike_too(table: Stage) -> None:
    hide_seats(table, *HIDDEN)
    told = []
    ahead = (timezone.localdate() + timedelta(days=9)).isoformat()
    for key, person in (("sv", HER), ("det", "p-det")):
        with table.undone():
            does(table, key, status="accepted", due=None)
            reason = {} if key == "sv" else {"because": "something came up"}
            assert say(table, person, VISIT, "date/", due=ahead, **reason).status_code == 303
            told.append(page(table, LEADS, VISIT).partition("What happened so far")[2])
    assert plain(told[0]) == plain(told[1])
    # Whoever sees who does it reads that its day was moved.
    does(table, "mentor", status="accepted", due=None)
    assert say(table, "p-mentor", VISIT, "date/", due=ahead, because="something came up").status_code == 303
    assert "something came up" in page(table, LEADS, VISIT)


def test_what_was_declined_long_ago_leaves_the_list_as_what_she_gave_up_does(table: Stage) -> None:
    Mark.objects.filter(pk=row(table, VISIT).pk).update(author=table.seat("alder", "cm"))
    hide_seats(table, *HIDDEN)
    for end in GONE:
        with table.undone():
            end(table)
            for days, stands in ((29, True), (31, False)):
                put(table, VISIT, ended_at=table.at - timedelta(days=days))
                text = read(table, LEADS, ("tasks",))["tasks"]
                assert (f'<li id="task-{table.ids[place(VISIT)]}"' in text) == stands, days


@pytest.mark.parametrize("author", ["cm", "sup"])
def test_what_a_case_file_brought_that_nobody_goes_on_with_reads_alike(table: Stage, author: str) -> None:
    """It says neither when that was nor who said so."""
    Mark.objects.filter(pk=row(table, VISIT).pk).update(author=table.seat("alder", author))
    hide_seats(table, *HIDDEN)
    told = []
    for key in HIDDEN:
        for status in ("no_longer_possible", "not_done", "declined"):
            does(table, key, status=status, ended_at=None, outcome="no time at all")
            told.append({person: read(table, person) for person in (LEADS, "p-sup", "p-interp")})
    for person, texts in told[0].items():
        for name, text in texts.items():
            for other in told[1:]:
                assert other[person][name] == text, (person, name)


def test_of_somebody_whom_its_author_sees_it_waits_for_another_as_ever(table: Stage) -> None:
    Mark.objects.filter(pk=row(table, VISIT).pk).update(author=table.seat("alder", "cm"))
    does(table, "mentor", status="declined", ended_at=table.at - timedelta(days=90))
    own = read(table, LEADS, ("tasks", "plan"))
    assert f'href="{url(table, VISIT, "owner/")}?back=' in own["tasks"]
    line = own["plan"].partition(f'<li id="action-{table.ids[place(VISIT)]}"')[2].partition("</li>")[0]
    assert "declined" in line


@pytest.mark.parametrize(
    "status", ["offered", "accepted", "done", "declined", "no_longer_possible", "not_done"]
)
def test_in_plain_words_it_reads_alike(table: Stage, status: str) -> None:
    hide_seats(table, *HIDDEN)
    told = []
    for key in HIDDEN:
        does(table, key, status=status)
        text = read(table, "p-interp", ("plan",))["plan"]
        told.append(text.partition(f'<li id="action-{table.ids[place(VISIT)]}"')[2].partition("</li>")[0])
    assert told[0] == told[1]
    assert "offered" not in told[0]
    assert "has not answered" not in told[0]
    assert "the team" in told[0] or "put away" in told[0]


# At midnight

LIVE = {
    "plan": (LEADS, {"id": CASE}),
    "action": (LEADS, {"id": place(VISIT)}),
    "goal": (LEADS, {"id": "goal"}),
    "room": (LEADS, {"id": "now"}),
    "preparation": (LEADS, {"id": "now"}),
    "closing": (LEADS, {"id": "now"}),
    "record": (LEADS, {"id": "now"}),
    "table": (LEADS, {"id": "now"}),
    "mine": ("p-sup", {}),
}


def alone(stage: Stage) -> None:
    """No other task is anywhere, and it is the last second of a day where the case is worked on."""
    others = ActionItem.unsealed.exclude(pk=row(stage, VISIT).pk).values("pk")
    Mark.objects.filter(pk__in=others).update(removed_at=timezone.now())
    stage.clock.at = datetime(2026, 11, 24, 4, 59, 59, tzinfo=UTC)


def at_midnight(stage: Stage, name: str, person: str, asked: dict[str, str]) -> tuple[str, str]:
    """What an open page got before that, and at midnight by itself."""
    places = {
        "goal": stage.place("alder", "goals", GOAL),
        "now": stage.place("alder", "conferences", "now"),
    }
    numbers = {key: stage.ids[places.get(at, at)] for key, at in asked.items()}
    case_changed(row(stage, VISIT).mark.case_id)
    passes = Passes()
    socket = connect(name, stage.browser(person).cookies["s"].value, **numbers).socket
    assert socket is not None
    first = "".join(frame for _, frame, _size in passes.run([socket]).frames)
    assert not passes.run([socket]).frames
    stage.clock.at += timedelta(seconds=1)
    return first, "".join(frame for _, frame, _size in passes.run([socket]).frames)


@pytest.mark.parametrize("name", LIVE)
@pytest.mark.parametrize("status", ["accepted", "no_longer_possible"])
def test_the_day_goes_at_midnight_from_a_page_that_is_open_whoever_does_it(
    table: Stage, settings: Settings, name: str, status: str
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    hide_seats(table, *HIDDEN)
    sent = []
    for key in HIDDEN:
        with table.undone():
            alone(table)
            ended = None if status == "accepted" else table.clock.at - timedelta(hours=1)
            does(table, key, status=status, due=date(2026, 11, 23), ended_at=ended)
            first, after = at_midnight(table, name, *LIVE[name])
            sent.append(('datetime="2026-11-23"' in first, plain(after)))
            assert 'datetime="2026-11-23"' not in after
    assert sent[0] == sent[1]
    stood, after = sent[0]
    assert stood or status != "accepted"
    assert after or not stood, "the day goes by itself"


@pytest.mark.parametrize("name", ["today", "mine", "plan", "action", "room", "record", "paper"])
def test_it_goes_from_her_own_pages_too(table: Stage, settings: Settings, name: str) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    alone(table)
    does(table, "sv", status="accepted", due=date(2026, 11, 23))
    asked = {} if name in ("today", "mine") else LIVE["record" if name == "paper" else name][1]
    first, after = at_midnight(table, name, HER, asked)
    # On the paper of a record stands its own day as well.
    told = re.compile(r'by (<time datetime="2026-11-23"|Nov. 23, 2026)')
    assert told.search(first)
    assert after
    assert not told.search(after)


# Words that would make it owed


def test_nothing_is_said_to_have_to_be_done_first_that_is_hers(table: Stage) -> None:
    wide(table, EXTEND)
    put(table, EXTEND, waits_for=row(table, VISIT))
    does(table, "mentor", status="accepted")
    assert "This has to be done first:" in page(table, "p-sup", EXTEND)
    does(table, "sv", status="accepted")
    for person in (HER, LEADS, "p-sup", "p-interp"):
        told = page(table, person, EXTEND)
        assert "This comes after:" in told, person
        assert "has to be done first" not in told, person
    hide_seats(table, *HIDDEN)
    links = set()
    for status, key in (("no_longer_possible", "sv"), ("declined", "det"), ("accepted", "det")):
        does(table, key, status=status)
        links.add(page(table, "p-sup", EXTEND).partition("This comes after:")[2].partition("</p>")[0])
    assert len(links) == 1
    assert links != {""}


def test_where_a_meeting_comes_back_to_it_nothing_says_that_it_was_left_undone(table: Stage) -> None:
    does(table, "sv", status="accepted", from_item=None)
    Conference.unsealed.filter(key="now").update(opened_at=timezone.now() + timedelta(minutes=1))
    number = table.ids[place(VISIT)]
    text = read(table, LEADS, ("closing", "preparation"))
    listed = text["closing"].partition("What goes on")[2].partition("</ul>")[0]
    assert f'id="carried-{number}"' in listed
    for never in ("still open", "has not ended", "still to do"):
        assert never not in text["closing"] + text["preparation"]


def test_at_the_close_nothing_is_read_aloud_as_somebodys_that_they_do_not_go_on_with(table: Stage) -> None:
    def read_out() -> str:
        text = read(table, LEADS, ("closing",))["closing"]
        lines: list[str] = re.findall(
            r'<li id="aloud-.*?</li>', text.partition("To be read aloud")[2], re.DOTALL
        )
        return "".join(line for line in lines if row(table, VISIT).title in line)

    for key in ("sv", "cm"):
        does(table, key, status="accepted", due=None)
        assert "<bdi>" in read_out(), key
        does(table, key, status="no_longer_possible", due=None)
        assert read_out() == "", key
    does(table, "cm", status="declined", due=None)
    assert "declined" in read_out()
    assert "<bdi>" not in read_out()
    does(table, "sv", status="declined", due=None)
    assert read_out() == ""


@pytest.mark.parametrize("key", ["sv", "mentor"])
def test_on_paper_she_takes_home_nothing_that_nobody_goes_on_with(table: Stage, key: str) -> None:
    for status in ("accepted", "offered", "done", "no_longer_possible", "not_done", "declined"):
        does(table, key, status=status, due=None)
        paper = read(table, HER, ("paper of the record",))["paper of the record"]
        stands = row(table, VISIT).title in paper.partition('id="paper"')[2]
        assert stands == (status in ("accepted", "offered", "done")), status


def test_nobody_is_asked_to_give_hers_to_somebody_else_once_her_seat_has_ended(table: Stage) -> None:
    """As a case file may say of a case that is over."""
    lost = "can no longer see this"
    for key, told in (("mentor", True), ("sv", False)):
        does(table, key, status="accepted", due=None)
        Seat.unsealed.filter(pk=table.seat("alder", key).pk).update(until=table.at - timedelta(hours=1))
        assert (lost in page(table, LEADS, VISIT)) == told, key
        assert (lost in read(table, LEADS, ("plan",))["plan"]) == told, key


def test_whether_somebody_has_answered_is_not_told_where_it_might_be_she(table: Stage) -> None:
    """Nobody asks her, so that somebody has yet to answer, or did, would tell that it is not she."""
    Mark.objects.filter(pk=row(table, VISIT).pk).update(author=table.seat("alder", "cm"))
    hide_seats(table, *HIDDEN)
    told = []
    for key, status in (("sv", "accepted"), ("det", "offered"), ("det", "accepted")):
        with table.undone():
            does(table, key, status=status, due=None)
            told.append({person: read(table, person) for person in (LEADS, "p-sup")})
    for person, texts in told[0].items():
        for name, text in texts.items():
            for other in told[1:]:
                assert other[person][name] == text, (person, name)
    assert "accepted" in told[1][LEADS]["plan"].partition(row(table, VISIT).title)[2][:400]


SEEN = re.compile(r'name="seen" value="(\w+)"')


@pytest.mark.parametrize(
    "statuses", [("offered", "accepted"), ("declined", "no_longer_possible", "not_done")], ids=" ".join
)
def test_no_fingerprint_tells_that_somebody_answered_who_might_be_she(
    table: Stage, statuses: tuple[str, ...]
) -> None:
    def seen(person: str) -> set[str]:
        found = set()
        for status in statuses:
            does(table, "det", status=status)
            found |= set(
                SEEN.findall(table.browser(person).get(url(table, VISIT, "comments/")).content.decode())
            )
        return found

    assert len(seen(LEADS)) == len(statuses)
    hide_seats(table, *HIDDEN)
    for person in (LEADS, "p-sup"):
        assert len(seen(person)) == 1, person


def test_nor_does_the_news_of_its_goal(table: Stage) -> None:
    hide_seats(table, *HIDDEN)
    told = []
    for key, status in (("sv", "accepted"), ("det", "offered")):
        with table.undone():
            does(table, key, status=status, due=None)
            table.clock.at += timedelta(minutes=5)
            if status == "offered":
                assert press(table, "p-det", VISIT, "acceptance/") == 303
            told.append(
                {person: read(table, person, ("its goal", "plan")) for person in (LEADS, "p-sup", "p-interp")}
            )
            table.clock.at -= timedelta(minutes=5)
    assert told[0] == told[1]
    does(table, "mentor", status="offered", due=None)
    table.clock.at += timedelta(minutes=5)
    assert press(table, "p-mentor", VISIT, "acceptance/") == 303
    assert "<b>Accepted</b>" in read(table, LEADS, ("its goal",))["its goal"]


def moves(stage: Stage, key: str) -> None:
    ahead = (timezone.localdate() + timedelta(days=9)).isoformat()
    reason = {} if key == "sv" else {"because": "something came up"}
    assert say(stage, PERSON[key], VISIT, "date/", due=ahead, **reason).status_code == 303


def is_late(stage: Stage, _key: str) -> None:
    put(stage, VISIT, due=timezone.localdate() - timedelta(days=3))


def ends(stage: Stage, key: str, word: str = "no_longer_possible") -> None:
    assert say(stage, PERSON[key], VISIT, "ending/", word=word, outcome="no time").status_code == 303


def did_not(stage: Stage, key: str) -> None:
    ends(stage, key, "no_longer_possible" if key == "sv" else "not_done")


def declines(stage: Stage, key: str) -> None:
    if key == "sv":
        ends(stage, key)
    else:
        assert say(stage, PERSON[key], VISIT, "declining/", because="no time").status_code == 303


def goes_on(stage: Stage, key: str) -> None:
    declined = row(stage, VISIT).status == "declined"
    assert press(stage, PERSON[key], VISIT, "acceptance/" if declined else "reopening/") == 303


def hands_on(stage: Stage, key: str) -> None:
    assert say(stage, PERSON[key], VISIT, "owner/", to=number_of(stage, "cm")).status_code == 303


PERSON = {"sv": HER, "det": "p-det"}


@pytest.mark.parametrize(
    "doing",
    [
        (moves, hands_on),
        (is_late, hands_on),
        (declines, goes_on),
        (declines, goes_on, hands_on),
        (did_not, goes_on, hands_on),
    ],
    ids=lambda doing: " ".join(each.__name__ for each in doing),
)
def test_what_they_did_before_another_did_it_reads_alike(
    table: Stage, doing: tuple[Callable[[Stage, str], None], ...]
) -> None:
    hide_seats(table, *HIDDEN)
    told = []
    for key in HIDDEN:
        with table.undone():
            seat, began = table.seat("alder", key), table.clock.at
            Mark.objects.filter(pk=row(table, VISIT).pk).update(author=seat, origin=None)
            does(table, key, status="accepted", due=None)
            for each in doing:
                table.clock.at += timedelta(minutes=5)
                each(table, key)
            told.append({person: read(table, person) for person in (LEADS, "p-sup", "p-mentor")})
            table.clock.at = began
    for person, texts in told[0].items():
        for name, text in texts.items():
            assert told[1][person][name] == text, (person, name)


def test_of_what_is_theirs_now_everybody_reads_each_day_and_why(table: Stage) -> None:
    """Also where somebody whom they do not see moved it."""
    does(table, "mentor", status="accepted", due=None)
    hide_seats(table, "cm", "sv")
    table.clock.at += timedelta(minutes=5)
    ahead = (timezone.localdate() + timedelta(days=9)).isoformat()
    assert say(table, LEADS, VISIT, "date/", due=ahead, because="the bus is late").status_code == 303
    assert "the bus is late" in page(table, "p-mentor", VISIT)


def test_a_day_that_does_not_go_along_stands_in_the_history_unless_it_was_hers(table: Stage) -> None:
    gone = timezone.localdate() - timedelta(days=5)
    for key, person, told in (("cm", LEADS, True), ("sv", HER, False)):
        with table.undone():
            does(table, key, status="accepted", due=gone)
            assert say(table, person, VISIT, "owner/", to=number_of(table, "mentor")).status_code == 303
            assert row(table, VISIT).due is None
            moved = Entry.unsealed.filter(of=row(table, VISIT).pk, what="date_moved")
            assert [entry.before for entry in moved] == ([gone] if told else [])
