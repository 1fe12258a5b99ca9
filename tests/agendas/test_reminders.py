"""Reminders: what each person chooses, and what they are then reminded of on Today."""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from agendas.actions.models import ActionItem
from agendas.reminders.changes import what_is_due
from agendas.reminders.models import Due, How, Letter, Reminding, letter_day, usual, working_days_later
from conferences.meetings.models import Conference
from tests.cast import TICK, Stage, said
from tests.live_pass import connect
from tests.test_surfaces import Eyes
from workspace.disclosure.models import Mark, Named, Seat
from workspace.live.passes import Passes
from workspace.people.changes import find_person
from workspace.people.models import Person, public_id
from workspace.record.models import Event

ZONE = "America/New_York"
ACTIONS = "/cases/0/actions"
# In the planted case: whose action items are these?
THERAPISTS, HERS = 2, 4
USUAL = {"how": "today", "days": "3", "overdue": "on", "unanswered": "on"}
MAIL = {"how": "mail", "address": "me@example.org", "hour": "8", "quiet_from": "20", "quiet_until": "7"}

SAFELY = ("address", "safe", "said_of")
# Like an address, but no mail program can write it down.
NOWHERE = f"a@{60 * 'ü'}.de"
BROKEN = '"a\x1eb:"@example.org'  # its second sign ends a line of a letter


@pytest.fixture(autouse=True)
def english(stage: Stage) -> None:
    Person.objects.update(language="en")


def item(stage: Stage, number: int) -> ActionItem:
    found: ActionItem = stage.row(f"{ACTIONS}/{number}")
    return found


def put(stage: Stage, number: int, **columns: Any) -> None:
    ActionItem.unsealed.filter(pk=item(stage, number).pk).update(**columns)


def day(stage: Stage, days: int) -> Any:
    return (stage.at + timedelta(days=days)).date()


def panel(stage: Stage, person: str) -> str:
    """What the panel says to this person, without its tags; nothing where it is not shown."""
    page = unescape(said(stage.browser(person).get("/")))
    part = re.search(r'<section class="panel" id="reminders">.*?</section>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", part[0]).split()).removeprefix("Reminders ") if part else ""


def choose(stage: Stage, person: str, **given: Any) -> Any:
    body = {**USUAL, "key": public_id(), **given}
    return stage.browser(person).post("/reminders/", {name: value for name, value in body.items() if value})


def chosen(person: str) -> Reminding | None:
    return Reminding.objects.filter(person=find_person(person)).first()


# What is due


def test_somebody_is_reminded_of_what_comes_up_what_is_past_and_what_waits_for_them(stage: Stage) -> None:
    assert panel(stage, "p-ther") == "1 task waits for your answer"
    for days, expected in {
        -1: "1 task is past its day",
        0: "1 task is coming up",
        3: "1 task is coming up",
        4: "",
    }.items():
        put(stage, THERAPISTS, status="accepted", due=day(stage, days))
        assert panel(stage, "p-ther") == expected, days
    put(stage, THERAPISTS, status="done", due=day(stage, 0))
    assert panel(stage, "p-ther") == ""


def test_by_the_next_meeting_comes_up_before_the_next_one_that_its_owner_sees_and_is_never_past(
    stage: Stage,
) -> None:
    meetings = Conference.unsealed.filter(mark__case__key="alder").exclude(status="closed")
    invited = {row.pk for row in meetings if "ther" in stage.raw(conference(stage, row.key))["participants"]}
    assert invited
    assert invited < set(meetings.values_list("pk", flat=True))
    put(stage, THERAPISTS, status="accepted", by_next=True)
    meetings.filter(pk__in=invited).update(starts=stage.at + timedelta(days=2))
    assert panel(stage, "p-ther") == "1 task is coming up"
    meetings.filter(pk__in=invited).update(starts=stage.at + timedelta(days=9))
    meetings.exclude(pk__in=invited).update(starts=stage.at + timedelta(days=2))
    assert panel(stage, "p-ther") == ""
    meetings.update(status="closed")
    assert panel(stage, "p-ther") == ""


def test_by_the_next_meeting_is_not_the_one_in_which_it_was_asked_for(stage: Stage) -> None:
    row, now = item(stage, THERAPISTS), stage.row(conference(stage, "now"))
    put(stage, THERAPISTS, status="accepted", by_next=True)
    Conference.unsealed.filter(mark__case__key="alder").exclude(pk=now.pk).update(status="closed")
    Named.objects.get_or_create(mark=now.mark, seat=stage.seat("alder", "ther"))
    Conference.unsealed.filter(pk=now.pk).update(status="open", opened_at=stage.at)
    for minutes, expected in ((5, ""), (-5, "1 task is coming up")):
        Mark.objects.filter(pk=row.mark_id).update(created_at=stage.at + timedelta(minutes=minutes))
        assert panel(stage, "p-ther") == expected
        assert bool(letter_of(stage)) == bool(expected)


def letter_of(stage: Stage) -> Due:
    """What a letter to the therapist would be about."""
    person = find_person("p-ther")
    wanted = Reminding(person=person, how=How.MAIL)
    return what_is_due(person, stage.sight("p-ther"), wanted, stage.at)


def conference(stage: Stage, key: str) -> str:
    return stage.place("alder", "conferences", key)


def test_each_choice_is_kept_to(stage: Stage) -> None:
    put(stage, THERAPISTS, status="offered", due=day(stage, 5))
    assert panel(stage, "p-ther") == "1 task waits for your answer"
    assert choose(stage, "p-ther", days="7")["Location"] == "/reminders/?kept"
    assert panel(stage, "p-ther") == "1 task waits for your answer", "one task is told once"
    choose(stage, "p-ther", days="7", unanswered="")
    assert panel(stage, "p-ther") == "1 task is coming up"
    choose(stage, "p-ther", days="4")
    put(stage, THERAPISTS, due=day(stage, -2), status="accepted")
    assert panel(stage, "p-ther") == "1 task is past its day"
    choose(stage, "p-ther", overdue="")
    assert panel(stage, "p-ther") == ""
    choose(stage, "p-ther", how="nothing")
    put(stage, THERAPISTS, due=day(stage, 1), status="offered")
    assert panel(stage, "p-ther") == ""


@pytest.mark.parametrize("days", [-30, -1, 0, 2])
def test_hers_is_never_past_its_day_nor_unanswered_for_anybody(stage: Stage, days: int) -> None:
    put(stage, HERS, status="offered", due=day(stage, days), rose=1, risen_to=stage.seat("alder", "cm").pk)
    before = {person: panel(stage, person) for person in stage.people}
    assert before["p-survivor"] == "", "she asked for nothing"
    choose(stage, "p-survivor")
    expected = "1 thing that you offered to do is coming up" if days >= 0 else ""
    assert panel(stage, "p-survivor") == expected
    put(stage, HERS, status="accepted")
    for person in set(stage.people) - {"p-survivor"}:
        assert panel(stage, person) == before[person], person
    assert panel(stage, "p-survivor") == expected


def test_whom_something_came_to_that_nobody_answered_sees_it_and_nobody_else_does(stage: Stage) -> None:
    place = f"{ACTIONS}/{THERAPISTS}"
    seeing = {person for person in stage.people if Eyes(stage, person).sees(place)}
    assert len(seeing) > 2
    for seat in ("cm", "sup", "mentor"):
        holder = stage.seat("alder", seat)
        put(stage, THERAPISTS, rose=1, risen_to=holder.pk)
        for person in stage.people:
            told = "Nobody has answered this yet" in panel(stage, person)
            to_them = find_person(person).pk == holder.person_id and person in seeing
            assert told == to_them, (seat, person)
            if told:
                assert item(stage, THERAPISTS).title in panel(stage, person)
    put(stage, THERAPISTS, status="accepted", risen_to=stage.seat("alder", "cm").pk)
    assert "Nobody has answered" not in panel(stage, "p-cm")


def test_what_somebody_does_not_see_any_more_they_are_not_reminded_of(stage: Stage) -> None:
    put(stage, THERAPISTS, due=day(stage, 1))
    assert panel(stage, "p-ther")
    row = item(stage, THERAPISTS)
    Named.objects.filter(mark=row.mark_id).delete()
    Mark.objects.filter(pk=row.mark_id).update(audience=0)
    assert panel(stage, "p-ther") == ""


def test_an_open_page_is_looked_at_again_when_the_day_turns(stage: Stage, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    put(stage, THERAPISTS, status="accepted", due=day(stage, 4))
    midnight = datetime.combine(day(stage, 1), datetime.min.time(), ZoneInfo(ZONE))
    stage.clock.at = midnight - TICK
    passes = Passes()
    socket = connect("today", stage.browser("p-ther").cookies["s"].value).socket
    assert socket is not None
    assert "is coming up" not in passes.run([socket]).frames[0][1]
    assert not passes.run([socket]).frames
    stage.clock.at = midnight
    [(_, frame, _)] = passes.run([socket]).frames
    assert "1 task is coming up" in frame


# What is chosen


def test_a_professional_is_reminded_on_today_and_whoever_is_hers_of_nothing_until_they_ask(
    stage: Stage,
) -> None:
    for person in stage.people:
        roles = {lens.role for lens in stage.sight(person).values()}
        hers = bool(roles & {"survivor", "guardian"})
        assert usual(stage.sight(person).values()).how == (How.NOTHING if hers else How.TODAY), person
        page = said(stage.browser(person).get("/reminders/"))
        checked = re.search(r'name="how" value="(\w+)"[^>]* checked', page)
        assert checked
        assert checked[1] == ("nothing" if hers else "today"), person
        assert ('name="overdue"' in page) == (not hers)


def test_mail_is_offered_where_there_is_a_server_for_it(stage: Stage, settings: Settings) -> None:
    without = said(stage.browser("p-ther").get("/reminders/"))
    assert 'value="mail"' not in without
    assert "No e-mail is sent from here" in without
    assert choose(stage, "p-ther", **MAIL).status_code == 422
    settings.SENDS_MAIL = True
    page = said(stage.browser("p-ther").get("/reminders/"))
    assert 'value="mail"' in page
    assert str(find_person("p-ther").email) not in page
    assert 'name="safe"' not in page
    assert choose(stage, "p-ther", **MAIL)["Location"] == "/reminders/?kept"
    kept = chosen("p-ther")
    assert kept
    assert (kept.how, kept.address, kept.hour, kept.since) == ("mail", "me@example.org", 8, stage.at)
    assert "It is kept." in said(stage.browser("p-ther").get("/reminders/?kept"))


def test_she_gets_mail_only_at_an_address_that_she_says_is_safe(stage: Stage, settings: Settings) -> None:
    settings.SENDS_MAIL = True
    for person in ("p-survivor", "p-guardian"):
        email = f"{person}@example.net"
        Person.objects.filter(pk=find_person(person).pk).update(email=email)
        page = said(stage.browser(person).get("/reminders/"))
        assert email not in page
        assert "If you are not sure, do not use e-mail" in page
        answer = choose(stage, person, **MAIL)
        assert answer.status_code == 422
        assert "me@example.org" in said(answer), "what was typed is not lost"
        assert "If you are not sure, choose your start page" in said(answer)
        assert chosen(person) is None
        assert choose(stage, person, **MAIL, safe="on").status_code == 303
        assert getattr(chosen(person), "safe", None) is True


def test_another_address_is_not_safe_because_the_one_before_it_was(stage: Stage, settings: Settings) -> None:
    settings.SENDS_MAIL = True
    another = MAIL | {"address": "another@example.org", "safe": "on"}
    assert choose(stage, "p-survivor", **MAIL, safe="on").status_code == 303
    opened = reminders_form(stage.browser("p-survivor").get("/reminders/"))
    assert (opened["address"], opened["safe"], opened["said_of"]) == (
        "me@example.org",
        True,
        "me@example.org",
    )
    nothing = another | {"address": "", "said_of": "me@example.org"}
    assert "This is another address." not in said(choose(stage, "p-survivor", **nothing))
    answer = choose(stage, "p-survivor", **another, said_of="me@example.org")
    assert answer.status_code == 422
    assert "This is another address." in said(answer)
    again = reminders_form(answer)
    assert (again["address"], again["safe"], again["said_of"]) == ("another@example.org", False, "")
    kept = chosen("p-survivor")
    assert kept
    assert kept.address == "me@example.org"
    assert choose(stage, "p-survivor", **another, said_of=again["said_of"]).status_code == 303
    kept = chosen("p-survivor")
    assert kept
    assert (kept.address, kept.safe) == ("another@example.org", True)
    # With the same address nothing is asked again, and without mail nothing at all.
    same = another | {"said_of": "another@example.org", "days": "5"}
    assert choose(stage, "p-survivor", **same).status_code == 303
    today = another | {"said_of": "me@example.org", "how": "today"}
    assert choose(stage, "p-survivor", **today).status_code == 303


def reminders_form(answer: Any) -> dict[str, Any]:
    """What stands in the form; of the box, whether it is ticked."""
    fields = re.findall(r"<input[^>]*>", said(answer))
    of = {name: next(field for field in fields if f'name="{name}"' in field) for name in SAFELY}
    values = {name: re.search(r'value="([^"]*)"', field) for name, field in of.items()}
    told = {name: found[1] if found else "" for name, found in values.items()}
    return told | {"safe": "checked" in of["safe"]}


def test_whoever_became_a_survivor_here_while_the_form_was_open_is_asked_whether_it_is_safe(
    stage: Stage, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SENDS_MAIL = True
    monkeypatch.setattr("agendas.reminders.writing.has_to_ask", lambda _sight: False)
    answer = choose(stage, "p-survivor", **MAIL)
    assert answer.status_code == 409
    assert "Say first that the address is safe" in said(answer)
    assert "me@example.org" in said(answer)
    assert chosen("p-survivor") is None


def test_what_was_said_of_one_address_is_not_said_of_another(stage: Stage, settings: Settings) -> None:
    """Whoever is not asked whether an address is safe has not said so of it, if they are her guardian again later."""
    settings.SENDS_MAIL = True
    assert choose(stage, "p-guardian", **MAIL, safe="on").status_code == 303
    Seat.unsealed.filter(person__key="p-guardian").update(until=stage.at)
    assert choose(stage, "p-guardian", **MAIL, days="5").status_code == 303
    kept = chosen("p-guardian")
    assert kept
    assert (kept.days, kept.safe) == (5, True)
    assert choose(stage, "p-guardian", **MAIL | {"address": "another@example.org"}).status_code == 303
    kept = chosen("p-guardian")
    assert kept
    assert (kept.address, kept.safe) == ("another@example.org", False)


def test_whoever_wants_no_mail_any_more_leaves_no_address_and_no_letter(
    stage: Stage, settings: Settings
) -> None:
    settings.SENDS_MAIL = True
    choose(stage, "p-ther", **MAIL)
    person = find_person("p-ther")
    Letter.objects.create(person=person, day=day(stage, 0), next_try=stage.at)
    choose(stage, "p-ther", **MAIL | {"how": "today"})
    kept = chosen("p-ther")
    assert kept
    assert (kept.how, kept.address, kept.since) == ("today", "", None)
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"how": "carrier pigeon"},
        {"how": ""},
        {"days": "8"},
        {"days": "0"},
        MAIL | {"address": ""},
        MAIL | {"address": "not an address"},
        MAIL | {"address": NOWHERE},
        MAIL | {"address": BROKEN},
        MAIL | {"address": f"{64 * 'a'}@{'.'.join(4 * [60 * 'b'])}.org"},
        MAIL | {"hour": "24"},
        MAIL | {"quiet_from": "-1"},
    ],
)
def test_what_cannot_be_is_told_and_changes_nothing(
    stage: Stage, settings: Settings, wrong: dict[str, str]
) -> None:
    settings.SENDS_MAIL = True
    given = MAIL | wrong if "how" not in wrong else {**MAIL, **wrong}
    answer = choose(stage, "p-ther", **given)
    assert answer.status_code == 422
    assert 'class="errorlist"' in said(answer)
    is_address = wrong.get("address") not in (None, "", MAIL["address"])
    assert ("Look at the address again" in said(answer)) == is_address
    assert chosen("p-ther") is None


def test_a_form_sent_twice_is_kept_once_and_said_otherwise_it_is_asked_again(stage: Stage) -> None:
    key = public_id()
    assert choose(stage, "p-ther", key=key).status_code == 303
    assert choose(stage, "p-ther", key=key).status_code == 303
    assert Event.objects.filter(verb="reminders_chosen").count() == 1
    assert choose(stage, "p-ther", key=key, days="5").status_code == 409
    assert getattr(chosen("p-ther"), "days", None) == 3


def test_nobody_learns_what_another_chose(stage: Stage, settings: Settings) -> None:
    settings.SENDS_MAIL, settings.ALLOWED_ORIGINS = True, ["http://testserver"]
    passes = Passes()
    sockets = {
        person: connect("today", stage.browser(person).cookies["s"].value).socket for person in stage.people
    }
    opened = [socket for socket in sockets.values() if socket]
    passes.run(opened)
    put(stage, THERAPISTS, due=day(stage, 1))
    choose(stage, "p-ther", **MAIL | {"address": "nobody.else@example.org"})
    frames = {socket for socket, *_ in passes.run(opened).frames}
    assert {person for person, socket in sockets.items() if socket in frames} <= {"p-ther", *seeing(stage)}
    for person in set(stage.people) - {"p-ther"}:
        assert "nobody.else" not in said(stage.browser(person).get("/reminders/"))
        assert "nobody.else" not in said(stage.browser(person).get("/"))


def seeing(stage: Stage) -> set[str]:
    return {person for person in stage.people if Eyes(stage, person).sees(f"{ACTIONS}/{THERAPISTS}")}


def test_the_database_keeps_an_address_for_mail_alone(stage: Stage) -> None:
    person = find_person("p-ther")
    for how, address in (("today", "x@example.org"), ("mail", ""), ("pigeon", "")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reminding.objects.create(person=person, how=how, address=address, since=stage.at)


# Hours and days


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("hour", "quiet", "now", "expected"),
    [
        (8, (20, 7), "2026-11-24T07:59:59-05:00", "2026-11-23"),
        (8, (20, 7), "2026-11-24T08:00:00-05:00", "2026-11-24"),
        (8, (20, 7), "2026-11-24T19:59:59-05:00", "2026-11-24"),
        (8, (20, 7), "2026-11-24T20:00:00-05:00", None),
        (8, (20, 7), "2026-11-25T06:59:59-05:00", None),
        (22, (20, 7), "2026-11-24T22:30:00-05:00", None),
        (22, (20, 7), "2026-11-25T07:00:00-05:00", "2026-11-24"),
        (9, (8, 12), "2026-11-24T11:59:00-05:00", None),
        (9, (8, 12), "2026-11-24T12:00:00-05:00", "2026-11-24"),
        (8, (5, 5), "2026-11-24T05:30:00-05:00", "2026-11-23"),
        # The clocks go back on the first of November, and this is the second hour of that name.
        (1, (5, 5), "2026-11-01T01:30:00-05:00", "2026-11-01"),
    ],
)
def test_a_letter_comes_from_its_hour_on_and_in_quiet_hours_afterwards(
    hour: int, quiet: tuple[int, int], now: str, expected: str | None
) -> None:
    since = at("2026-10-01T00:00:00-05:00")
    wanted = Reminding(hour=hour, quiet_from=quiet[0], quiet_until=quiet[1], since=since)
    found = letter_day(wanted, at(now), ZONE)
    assert (found.isoformat() if found else None) == expected


def test_the_first_letter_comes_at_the_hour_that_was_chosen_and_not_at_once() -> None:
    wanted = Reminding(hour=8, quiet_from=20, quiet_until=7, since=at("2026-11-24T15:00:00-05:00"))
    assert letter_day(wanted, at("2026-11-24T15:01:00-05:00"), ZONE) is None
    assert str(letter_day(wanted, at("2026-11-25T08:00:00-05:00"), ZONE)) == "2026-11-25"


@pytest.mark.parametrize(
    ("since", "days", "expected"),
    [
        ("2026-11-23T10:00:00-05:00", 3, "2026-11-26T10:00:00-05:00"),
        ("2026-11-26T10:00:00-05:00", 3, "2026-12-01T10:00:00-05:00"),
        ("2026-11-27T23:00:00-05:00", 3, "2026-12-02T23:00:00-05:00"),
        ("2026-11-28T10:00:00-05:00", 3, "2026-12-03T00:00:00-05:00"),
        ("2026-11-29T23:59:00-05:00", 5, "2026-12-07T00:00:00-05:00"),
        ("2026-11-28T02:00:00+00:00", 3, "2026-12-02T21:00:00-05:00"),
    ],
)
def test_working_days_are_those_of_the_task_force(since: str, days: int, expected: str) -> None:
    assert working_days_later(at(since), days, ZONE) == at(expected)
