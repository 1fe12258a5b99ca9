"""One's own calendar: what a program reads there that does not sign in, by RFC 5545's own terms, and for how long."""

import json
import logging
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from agendas.actions.models import ActionItem
from agendas.calendar import changes
from agendas.calendar.models import MOST, Feed, FeedEntry
from conferences.meetings.models import Conference, Invitation
from tests.cast import TICK, Clock, Stage, house, said
from tests.casting import planted
from tests.oracle import instant
from tests.test_surfaces import Eyes
from workspace.addresses import WithoutSecrets
from workspace.disclosure.models import Mark, Named, Seat
from workspace.people.models import Person, public_id
from workspace.record.changes import MOST_A_MINUTE
from workspace.record.models import Event

ALL = {"conferences": "on", "due_dates": "on"}
DAY = timedelta(days=1)
HARBOR = Path(__file__).resolve().parents[2] / "agendas" / "casefile" / "harbor.json"
CHANCE = re.compile(r'(?<=csrfmiddlewaretoken" value=")\w+|(?<=c=)\w+|expires=[^;]+')
SAME_FOR_ALL = {
    "PRODID": "-//Calendar//Calendar 1.0//EN",
    "VERSION": "2.0",
    "METHOD": "PUBLISH",
    "X-WR-CALNAME": "Calendar",
    "X-PUBLISHED-TTL": "PT1H",
}


@pytest.fixture
def house_of(stage: Stage) -> Stage:
    """The planted case, read in English."""
    Person.objects.update(language="en")
    return stage


def choices(**more: Any) -> dict[str, Any]:
    return {"cover": "", "key": public_id(), **more}


def shown(answer: Any) -> str:
    """The path of the address that a page shows."""
    found = re.search(r"<code[^>]*>http://testserver(/calendar/[\w-]{43}\.ics)</code>", said(answer))
    assert found, said(answer)
    return found[1]


def made(stage: Stage, person: str, **more: Any) -> str:
    """The path of a new address for this person."""
    answer = stage.browser(person).post("/calendar/address/", choices(**(more or ALL)))
    assert answer.status_code == 200
    return shown(answer)


def fetched(path: str, **headers: str) -> Any:
    """What a calendar program is answered, which has no cookies."""
    program = Client()
    program.handler = house()
    return program.get(path, headers=headers)


def read(answer: Any) -> dict[str, Any]:
    """The entries by their names, after all that RFC 5545 wants of them."""
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    body: bytes = answer.content
    assert body.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    for line in body.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no sign is cut in two
    calendar = Calendar.from_ical(body)
    assert not calendar.errors
    assert {
        name: str(value) for name, value in calendar.items() if name in SAME_FOR_ALL
    }.keys() == SAME_FOR_ALL.keys()
    assert calendar.subcomponents, "a calendar without a component is none"
    entries = calendar.walk("VEVENT")
    for entry in entries:
        assert not entry.errors
        assert {"UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY"} <= entry.keys()
        assert entry["CLASS"] == "PRIVATE"
        assert (
            not {"DESCRIPTION", "ORGANIZER", "ATTENDEE", "URL", "CATEGORIES", "COMMENT", "CONTACT"}
            & entry.keys()
        )
        assert entry.decoded("DTEND") > entry.decoded("DTSTART")
        for name in ("DTSTAMP", "LAST-MODIFIED"):
            assert re.search(r"^b'\d{8}T\d{6}Z'$", str(entry[name].to_ical()))
    found = {str(entry["UID"]): entry for entry in entries}
    assert len(found) == len(entries)
    return found


def times(entries: Iterable[Any], status: str = "CONFIRMED") -> list[tuple[Any, Any]]:
    """When those are that stand so."""
    return sorted(
        ((each.decoded("DTSTART"), each.decoded("DTEND")) for each in entries if each["STATUS"] == status),
        key=str,
    )


def wanted(stage: Stage, person: str) -> list[tuple[Any, Any]]:
    """When the conferences are that this person sees, and the days of what is theirs to do, by the oracle."""
    eyes, found = Eyes(stage, person), []
    for place in stage.ids:
        kind = place.split("/")[-2]
        if kind not in ("conferences", "actions") or place.count("/") == 2 or not eyes.sees(place):
            continue
        raw = stage.raw(place)
        starts: Any
        if kind == "conferences":
            starts = instant(raw["starts"]).astimezone(UTC)
            ends = starts + timedelta(minutes=raw["minutes"])
        elif (
            raw["due"]
            and raw["owner"] == eyes.seats[eyes.case(place)]
            and raw["status"] in ("offered", "accepted")
        ):
            starts = date.fromisoformat(raw["due"])
            ends = starts + DAY
        else:
            continue
        if (
            datetime.combine(ends, time(), UTC) > stage.at - 30 * DAY
            if kind == "actions"
            else ends > stage.at - 30 * DAY
        ):
            found.append((starts, ends))
    return sorted(found, key=str)


def conference(stage: Stage) -> Any:
    """The one that is open, whatever it is called by now."""
    number = stage.ids[stage.place("alder", "conferences", "now")]
    return Conference.unsealed.get(mark__public_id=number)


def moved(stage: Stage, **change: Any) -> None:
    Conference.unsealed.filter(pk=conference(stage).pk).update(**change)


def entry_at(entries: dict[str, Any], starts: Any) -> Any:
    [found] = [entry for entry in entries.values() if entry.decoded("DTSTART") == starts]
    return found


def sequence(entry: Any) -> int:
    return int(entry["SEQUENCE"])


# Who reads what


def test_everybodys_calendar_has_exactly_what_is_theirs_and_not_one_word_of_it(house_of: Stage) -> None:
    told = 0
    for person in house_of.people:
        answer = fetched(made(house_of, person))
        entries = read(answer)
        assert times(entries.values()) == wanted(house_of, person), person
        assert not house_of.found(said(answer)), person
        assert {str(entry["SUMMARY"]) for entry in entries.values()} <= {"Appointment"}
        assert not any("LOCATION" in entry for entry in entries.values())
        told += len(entries)
    assert told > 20
    assert wanted(house_of, "p-shelter")
    assert not wanted(house_of, "p-nowhere")


def test_with_details_it_says_the_names_and_places_of_their_conferences_and_nothing_else(
    house_of: Stage,
) -> None:
    told = 0
    for person in house_of.people:
        eyes = Eyes(house_of, person)
        answer = fetched(made(house_of, person, **ALL, details="on"))
        places = [
            house_of.raw(place)
            for place in house_of.ids
            if place.split("/")[-2] == "conferences"
            and eyes.sees(place)
            and instant(house_of.raw(place)["starts"]) > house_of.at - 30 * DAY
        ]
        words = {word for raw in places for word in (raw["title"], raw["place"])}
        assert house_of.found(said(answer)) == words, person
        days = [each for each in read(answer).values() if not isinstance(each.decoded("DTSTART"), datetime)]
        assert {str(each["SUMMARY"]) for each in days} <= {"Appointment"}
        told += len(words)
    assert told > 20


@pytest.mark.parametrize("chosen", ["conferences", "due_dates"])
def test_what_is_not_chosen_is_not_in_it(house_of: Stage, chosen: str) -> None:
    kinds = {
        isinstance(entry.decoded("DTSTART"), datetime)
        for entry in read(fetched(made(house_of, "p-shelter", **{chosen: "on"}))).values()
    }
    assert kinds == {chosen == "conferences"}


def test_the_cover_word_is_the_owners_own_and_in_their_language(house_of: Stage) -> None:
    Person.objects.filter(key="p-survivor").update(language="es")
    path = made(house_of, "p-survivor", **ALL)
    answer = fetched(path, **{"Accept-Language": "en"})
    assert {str(entry["SUMMARY"]) for entry in read(answer).values()} == {"Cita"}
    assert str(Calendar.from_ical(answer.content)["X-WR-CALNAME"]) == "Calendario"
    assert answer["Content-Language"] == "es"
    before = read(answer)
    body = choices(**ALL, cover=" Clase de\n  cocina ")
    assert house_of.browser("p-survivor").post("/calendar/", body).status_code == 303
    after = read(fetched(path))
    assert {str(entry["SUMMARY"]) for entry in after.values()} == {"Clase de cocina"}
    assert after.keys() == before.keys()
    assert all(sequence(after[uid]) == sequence(before[uid]) + 1 for uid in after)


# The address


def test_whoever_does_not_have_the_address_finds_nothing_and_hidden_equals_absent(house_of: Stage) -> None:
    gone = made(house_of, "p-cm")
    old = made(house_of, "p-survivor")
    good = made(house_of, "p-survivor")
    assert house_of.browser("p-cm").post("/calendar/revocation/").status_code == 303
    inactive = made(house_of, "p-shelter")
    Person.objects.filter(key="p-shelter").update(is_active=False)
    secret = good.split("/")[2].removesuffix(".ics")
    wrong = [
        gone,
        old,
        inactive,
        *(good.replace(secret, each) for each in ("a" * 43, "a" * 42, public_id(), "")),
    ]
    wrong += [
        good.replace(secret, secret.swapcase()),
        f"/calendar/{Feed.objects.get(person__key='p-survivor').secret_hash}.ics",
    ]
    wrong += [f"/calendar/{number}.ics" for number in sorted(house_of.every_id)[::40]]
    for browser in (Client(), house_of.client("p-survivor")):
        answers = {CHANCE.sub("", said(browser.get(path))) for path in wrong}
        [absent] = answers
        assert absent.startswith("404")
        assert absent == CHANCE.sub("", said(browser.get("/nowhere/")))
        assert not house_of.found(absent)
    assert fetched(good).status_code == 200


def test_nothing_but_reading_is_done_there_and_nothing_is_left_behind(house_of: Stage) -> None:
    path = made(house_of, "p-cm")
    answer = fetched(path)
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Disposition"] == 'inline; filename="calendar.ics"'
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    head = Client().head(path)
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", answer["ETag"])
    for method in ("POST", "PUT", "DELETE", "PATCH", "PROPFIND"):
        assert Client().generic(method, path).status_code == 405


def test_it_is_the_same_for_whoever_asks_with_whatever_cookies(house_of: Stage) -> None:
    path = made(house_of, "p-cm", **ALL, details="on")
    assert house_of.browser("p-det").get(path).content == fetched(path).content
    assert Client(headers={"Cookie": "s=nonsense; l=es"}).get(path).content == fetched(path).content


def test_the_address_is_shown_once_and_kept_as_a_fingerprint(house_of: Stage) -> None:
    browser = house_of.browser("p-cm")
    path = made(house_of, "p-cm")
    secret = path.split("/")[2].removesuffix(".ics")
    assert secret not in said(browser.get("/calendar/"))
    with connection.cursor() as cursor:
        for table in (Feed, FeedEntry, Event):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table._meta.db_table)}")
            assert secret not in str(cursor.fetchall())


def test_the_address_does_not_stand_in_the_log() -> None:
    line = logging.LogRecord(
        "x", logging.WARNING, "", 1, "Not found: %s", (f"/calendar/{'s' * 43}.ics",), None
    )
    assert WithoutSecrets().filter(line)
    assert line.getMessage() == "Not found: /calendar/…"


def test_who_presses_twice_gets_the_same_address_twice(house_of: Stage) -> None:
    browser, body = house_of.browser("p-cm"), choices(**ALL)
    first, second = (shown(browser.post("/calendar/address/", body)) for _ in range(2))
    assert first == second
    assert fetched(first).status_code == 200
    body = {"key": public_id()}
    third, fourth = (shown(browser.post("/calendar/address/", body)) for _ in range(2))
    assert first != third == fourth
    assert [fetched(path).status_code for path in (first, third)] == [404, 200]
    assert Event.objects.filter(verb="calendar_address_made").count() == 2


def test_a_form_of_before_brings_no_dead_address_back(house_of: Stage) -> None:
    browser, body = house_of.browser("p-cm"), choices(**ALL, cover="typed")
    first = shown(browser.post("/calendar/address/", body))
    second = made(house_of, "p-cm")
    answer = browser.post("/calendar/address/", body)
    assert answer.status_code == 409
    assert "does not work any more" in said(answer)
    assert 'value="typed"' in said(answer)
    assert [fetched(path).status_code for path in (first, second)] == [404, 200]
    assert browser.post("/calendar/address/", {"key": body["key"]}).status_code == 409


def test_two_people_who_send_the_same_form_get_addresses_of_their_own(house_of: Stage) -> None:
    body = choices(**ALL)
    paths = {shown(house_of.browser(person).post("/calendar/address/", body)) for person in ("p-cm", "p-det")}
    assert len(paths) == 2


def test_a_new_address_tells_of_the_same_entries_by_the_same_names(house_of: Stage) -> None:
    before = fetched(made(house_of, "p-cm"))
    answer = house_of.browser("p-cm").post("/calendar/address/", {"key": public_id()})
    assert fetched(shown(answer)).content == before.content


def test_switched_off_it_leaves_nothing_but_what_was_chosen(house_of: Stage) -> None:
    browser, path = house_of.browser("p-cm"), made(house_of, "p-cm", **ALL, cover="Dentist")
    assert read(fetched(path))
    for _ in range(2):
        answer = browser.post("/calendar/revocation/")
        assert (answer.status_code, answer["Location"]) == (303, "/calendar/?off")
    assert "It is switched off." in said(browser.get("/calendar/?off"))
    assert not FeedEntry.objects.exists()
    assert fetched(path).status_code == 404
    feed = Feed.objects.get()
    assert (feed.secret_hash, feed.since, feed.cover, feed.revoked_at) == (None, None, "Dentist", house_of.at)
    assert Event.objects.filter(verb="calendar_revoked").count() == 1
    answer = browser.post("/calendar/", choices(**ALL, cover="typed"))
    assert answer.status_code == 409
    assert 'value="typed"' in said(answer)
    assert 'action="/calendar/address/"' in said(answer)
    assert "Your calendar is switched off. What you chose is still here" in said(answer)


def test_to_switch_it_off_is_never_too_much(house_of: Stage) -> None:
    browser, path = house_of.browser("p-cm"), made(house_of, "p-cm")
    person = Person.objects.get(key="p-cm")
    Event.objects.bulk_create(Event(person=person, verb="typed") for _ in range(MOST_A_MINUTE))
    assert browser.post("/calendar/address/", {"key": public_id()}).status_code == 429
    assert browser.post("/calendar/", choices(**ALL)).status_code == 429
    assert fetched(path).status_code == 200
    assert browser.post("/calendar/revocation/").status_code == 303
    assert fetched(path).status_code == 404


# The page


def test_a_survivor_is_warned_and_nothing_is_chosen_for_her(house_of: Stage) -> None:
    hers, others = (said(house_of.browser(person).get("/calendar/")) for person in ("p-survivor", "p-cm"))
    warning = "Somebody who looks at your phone can see that you have something to do, and when."
    assert warning in hers
    assert warning not in others
    assert "checked" not in hers
    assert [
        re.search(rf'name="{name}"[^>]*checked', others) is not None
        for name in ("conferences", "due_dates", "details")
    ] == [True, True, False]
    for person in ("p-guardian", "p-nowhere"):
        assert warning in said(house_of.browser(person).get("/calendar/")), person
    assert "The days for what I offered to do" in hers
    assert "tasks to do" not in hers


@pytest.mark.parametrize("wrong", [{}, {"cover": "long" * 20, **ALL}, {**ALL, "key": "short"}])
def test_what_cannot_be_taken_is_said_and_nothing_typed_is_lost(
    house_of: Stage, wrong: dict[str, str]
) -> None:
    browser = house_of.browser("p-cm")
    for _ in range(2):
        answer = browser.post("/calendar/address/", choices(cover="Dentist") | wrong)
        assert answer.status_code == 422
        assert f'value="{wrong.get("cover", "Dentist")}"' in said(answer)
    assert not Feed.objects.exists()
    made(house_of, "p-cm")
    assert browser.post("/calendar/", choices(cover="Dentist") | wrong).status_code == 422
    assert Feed.objects.get().cover == ""


def test_the_page_says_what_somebody_reads_who_looks(house_of: Stage) -> None:
    browser = house_of.browser("p-cm")
    made(house_of, "p-cm", **ALL, cover="<Dentist>")
    page = unescape(said(browser.get("/calendar/")))
    assert "The word “<Dentist>”, the day and the time." in page
    assert "Not what it is about, not where, and no names of people." in page
    assert browser.post("/calendar/", choices(**ALL, details="on")).status_code == 303
    page = said(browser.get("/calendar/?kept"))
    assert "It is kept." in page
    assert "What each meeting is called and where it is, as whoever planned it wrote that" in page
    assert "no names of people" not in page


def test_the_same_choice_sent_twice_is_taken_once_and_other_words_are_shown_again(house_of: Stage) -> None:
    made(house_of, "p-cm")
    browser, body = house_of.browser("p-cm"), choices(**ALL, cover="first")
    assert [browser.post("/calendar/", body).status_code for _ in range(2)] == [303, 303]
    answer = browser.post("/calendar/", body | {"cover": "second"})
    assert answer.status_code == 409
    assert 'value="second"' in said(answer)
    assert Feed.objects.get().cover == "first"
    assert Event.objects.filter(verb="calendar_chosen").count() == 1


# What changes


def test_asked_again_it_says_the_same_to_the_byte_and_writes_nothing(house_of: Stage) -> None:
    path = made(house_of, "p-cm")
    first = fetched(path)
    assert read(first)
    house_of.clock.at += timedelta(hours=5)
    with CaptureQueriesContext(connection) as asked:
        second = fetched(path)
    assert not [each["sql"] for each in asked if not each["sql"].startswith("SELECT")]
    assert (second.content, second["ETag"]) == (first.content, first["ETag"])
    unchanged = fetched(path, **{"If-None-Match": first["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged["Cache-Control"] == "no-store"
    moved(house_of, minutes=45)
    assert fetched(path, **{"If-None-Match": first["ETag"]}).status_code == 200


def test_a_conference_that_is_moved_keeps_its_name_and_counts_up(house_of: Stage) -> None:
    path, starts = made(house_of, "p-det"), conference(house_of).starts
    before = entry_at(read(fetched(path)), starts)
    assert sequence(before) == 0
    house_of.clock.at += timedelta(minutes=1)
    moved(house_of, starts=starts + DAY)
    after = read(fetched(path))[str(before["UID"])]
    assert sequence(after) == 1
    assert after.decoded("DTSTART") == starts + DAY
    assert after.decoded("LAST-MODIFIED") == house_of.at.replace(microsecond=0)
    assert after.decoded("DTSTAMP") > before.decoded("DTSTAMP")
    others = {uid: entry for uid, entry in read(fetched(path)).items() if uid != before["UID"]}
    assert all(sequence(entry) == 0 for entry in others.values())


def test_what_is_called_off_or_stayed_away_from_is_cancelled_and_can_come_back(house_of: Stage) -> None:
    path, starts = made(house_of, "p-cm"), house_of.at + 3 * DAY
    moved(house_of, starts=starts, status="planned")
    room, browser = f"/conferences/{conference(house_of).mark.public_id}/", house_of.browser("p-cm")

    def stands() -> tuple[str, int]:
        entry = entry_at(read(fetched(path)), starts.replace(microsecond=0))
        return str(entry["STATUS"]), sequence(entry)

    assert stands() == ("CONFIRMED", 0)
    for number, (said_so, status) in enumerate([("no", "CANCELLED"), ("yes", "CONFIRMED")], 1):
        assert browser.post(f"{room}answer/", {"answer": said_so, "key": public_id()}).status_code == 303
        assert stands() == (status, number)
    own = Invitation.objects.filter(conference=conference(house_of).pk, seat=house_of.seat("alder", "cm"))
    for number, (noted, status) in enumerate([("apologies", "CANCELLED"), ("arrived", "CONFIRMED")], 3):
        own.update(attendance=noted)
        assert stands() == (status, number)
    off = {"status": "closed", "cancelled_at": house_of.at, "cancelled_by": house_of.seat("alder", "cm")}
    moved(house_of, **off, cancelled_words="typed")
    assert stands() == ("CANCELLED", 5)


def test_a_conference_that_was_held_is_not_called_off(house_of: Stage) -> None:
    path = made(house_of, "p-det")
    before = fetched(path)
    moved(house_of, status="closed", closed_at=house_of.at)
    assert fetched(path).content == before.content
    house_of.clock.at = conference(house_of).starts + timedelta(minutes=90) + 30 * DAY
    assert not [entry for entry in read(fetched(path)).values() if entry["STATUS"] == "CANCELLED"]
    assert conference(house_of).starts not in [start for start, _ in times(read(fetched(path)).values())]


@pytest.mark.parametrize(
    "change",
    [
        {"status": "done"},
        {"status": "declined"},
        {"status": "not_done"},
        {"due": None},
        {"due": None, "by_next": True},
    ],
)
def test_a_day_on_which_nothing_is_due_any_more_is_cancelled(house_of: Stage, change: dict[str, Any]) -> None:
    path, row = made(house_of, "p-shelter"), house_of.row(house_of.place("alder", "actions", "extend"))
    before = entry_at(read(fetched(path)), row.due)
    assert before.decoded("DTEND") == row.due + DAY
    ActionItem.unsealed.filter(pk=row.pk).update(**change)
    after = entry_at(read(fetched(path)), row.due)
    assert (after["UID"], after["STATUS"], sequence(after)) == (before["UID"], "CANCELLED", 1)
    assert after["SUMMARY"] == before["SUMMARY"]


def test_a_day_that_moves_and_an_owner_who_changes(house_of: Stage) -> None:
    path, row = made(house_of, "p-shelter"), house_of.row(house_of.place("alder", "actions", "extend"))
    other = made(house_of, "p-cm")
    before = entry_at(read(fetched(path)), row.due)
    had = read(fetched(other))
    ActionItem.unsealed.filter(pk=row.pk).update(due=row.due + DAY)
    after = entry_at(read(fetched(path)), row.due + DAY)
    assert (after["UID"], after["STATUS"], sequence(after)) == (before["UID"], "CONFIRMED", 1)
    ActionItem.unsealed.filter(pk=row.pk).update(owner=house_of.seat("alder", "cm"))
    assert entry_at(read(fetched(path)), row.due + DAY)["STATUS"] == "CANCELLED"
    [gained] = [entry for uid, entry in read(fetched(other)).items() if uid not in had]
    assert gained.decoded("DTSTART") == row.due + DAY
    assert gained["UID"] != before["UID"], "the same in two calendars tells neither of the other"


# Losing sight


def lose_sight(stage: Stage, how: str) -> None:
    if how == "release":
        place = "/cases/0/releases/3"
        assert stage.raw(place)["agency"] == "police"
        assert stage.client("p-survivor").post(f"/releases/{stage.ids[place]}/withdrawal/").status_code == 303
    elif how == "seat":
        Seat.unsealed.filter(pk=stage.seat("alder", "det").pk).update(until=stage.at)
    elif how == "guest":
        Named.objects.filter(mark=conference(stage).pk, seat=stage.seat("alder", "det")).delete()
    else:
        Mark.objects.filter(pk=conference(stage).pk).update(removed_at=stage.at)


@pytest.mark.parametrize("how", ["release", "seat", "guest", "row"])
def test_who_loses_sight_reads_that_it_is_off_and_nothing_else_of_it(house_of: Stage, how: str) -> None:
    path, starts = made(house_of, "p-det", **ALL, details="on"), conference(house_of).starts
    other = made(house_of, "p-cm")
    before = entry_at(read(fetched(path)), starts)
    untouched = fetched(other).content
    lose_sight(house_of, how)
    # What happens to it afterwards is not theirs to learn.
    moved(house_of, starts=starts + DAY, title="typed", place="typed")
    answer = fetched(path)
    after = entry_at(read(answer), starts)
    assert (after["UID"], after["STATUS"], after["SUMMARY"]) == (before["UID"], "CANCELLED", "Appointment")
    assert sequence(after) == sequence(before) + 1
    assert after.decoded("DTEND") == before.decoded("DTEND")
    assert "LOCATION" not in after
    assert b"typed" not in answer.content
    if how in ("release", "seat"):
        assert not times(read(answer).values())
        assert not house_of.found(said(answer))
    # To be off says the same whatever the reason, and no further change is told.
    moved(house_of, starts=starts + 2 * DAY, minutes=30, status="closed", cancelled_at=house_of.at)
    assert fetched(path).content == answer.content
    if how in ("release", "seat"):
        moved(house_of, starts=starts, minutes=90, status="open", cancelled_at=None)
        assert fetched(other).content == untouched


def test_what_is_off_is_told_for_thirty_days_and_then_not_at_all(house_of: Stage) -> None:
    path = made(house_of, "p-det")
    assert read(fetched(path))
    lose_sight(house_of, "release")
    off = fetched(path).content
    since = house_of.at
    house_of.clock.at = since + 30 * DAY - TICK
    assert fetched(path).content == off
    house_of.clock.at = since + 30 * DAY
    assert not read(fetched(path))
    assert not FeedEntry.objects.exists()
    assert fetched(path).content == fetched(made(house_of, "p-nowhere")).content


def test_who_sees_it_again_has_it_back_under_the_same_name(house_of: Stage) -> None:
    path, starts = made(house_of, "p-det"), conference(house_of).starts
    before = entry_at(read(fetched(path)), starts)
    Mark.objects.filter(pk=conference(house_of).pk).update(removed_at=house_of.at)
    assert entry_at(read(fetched(path)), starts)["STATUS"] == "CANCELLED"
    Mark.objects.filter(pk=conference(house_of).pk).update(removed_at=None)
    after = entry_at(read(fetched(path)), starts)
    assert (after["UID"], after["STATUS"], sequence(after)) == (before["UID"], "CONFIRMED", 2)


def test_what_somebody_does_not_see_changes_no_byte_of_their_calendar(house_of: Stage) -> None:
    path = made(house_of, "p-mentor")
    before = fetched(path)
    for key in ("devices", "extend", "ride"):
        row = house_of.row(house_of.place("alder", "actions", key))
        ActionItem.unsealed.filter(pk=row.pk).update(due=row.due + DAY, title="typed")
    ActionItem.unsealed.filter(pk=row.pk).update(status="done")
    after = fetched(path)
    assert (after.content, after["ETag"]) == (before.content, before["ETag"])


def test_a_seat_to_come_and_one_that_ends_follow_to_the_microsecond(house_of: Stage) -> None:
    path = made(house_of, "p-det")
    expires = house_of.at + timedelta(hours=1)
    Seat.unsealed.filter(pk=house_of.seat("alder", "det").pk).update(until=expires)
    house_of.clock.at = expires - TICK
    assert times(read(fetched(path)).values())
    house_of.clock.at = expires
    assert not times(read(fetched(path)).values())


# RFC 5545


@pytest.mark.parametrize(
    "cover",
    [
        "Reunión ñandú; coma, barra \\ y más 👩‍👩‍👧‍👦",
        "موعد عند الطبيب 🩺🩺🩺🩺🩺🩺🩺🩺🩺🩺🩺🩺🩺🩺",
        "é" * 40,
        "BEGIN:VEVENT",
        "\\n\\;",
        "C:\\Nord \\\\N",
    ],
)
def test_a_cover_word_in_any_script_is_read_back_as_it_was_written(house_of: Stage, cover: str) -> None:
    entries = read(fetched(made(house_of, "p-cm", **ALL, cover=cover)))
    assert {str(entry["SUMMARY"]) for entry in entries.values()} == {cover}


def test_long_names_and_places_with_lines_and_signs_are_folded_and_escaped(house_of: Stage) -> None:
    path = made(house_of, "p-cm", **ALL, details="on")
    title = ("Señora, ¿dónde? " + "🧑‍🤝‍🧑 غرفة ") * 8
    place = '1; Main Street, \\ second door\nRing: "twice"\nEND:VEVENT\n' + "é🙂" * 100
    moved(house_of, title=title[:200].strip(), place=place)
    answer = fetched(path)
    entry = entry_at(read(answer), conference(house_of).starts)
    assert str(entry["SUMMARY"]) == title[:200].strip()
    assert str(entry["LOCATION"]) == place
    assert b"\r\n " in answer.content
    assert rb"\;" in answer.content
    assert rb"\," in answer.content
    assert rb"\n" in answer.content


@pytest.mark.parametrize(
    ("wall", "fold", "utc"),
    [
        ("2026-11-01T01:30", 0, "20261101T053000Z"),
        ("2026-11-01T01:30", 1, "20261101T063000Z"),
        ("2027-03-14T01:59", 0, "20270314T065900Z"),
        ("2027-03-14T03:00", 0, "20270314T070000Z"),
    ],
)
def test_no_change_of_the_clocks_moves_a_conference(house_of: Stage, wall: str, fold: int, utc: str) -> None:
    path = made(house_of, "p-det")
    moved(
        house_of, starts=datetime.fromisoformat(wall).replace(fold=fold, tzinfo=ZoneInfo("America/New_York"))
    )
    answer = fetched(path)
    assert f"DTSTART:{utc}\r\n".encode() in answer.content
    entry = entry_at(read(answer), conference(house_of).starts)
    assert entry.decoded("DTEND") - entry.decoded("DTSTART") == timedelta(minutes=90)


def test_a_day_is_a_day_everywhere_and_ends_where_the_next_begins(house_of: Stage) -> None:
    answer = fetched(made(house_of, "p-shelter"))
    due = house_of.row(house_of.place("alder", "actions", "extend")).due
    assert f"DTSTART;VALUE=DATE:{due:%Y%m%d}\r\n".encode() in answer.content
    assert f"DTEND;VALUE=DATE:{due + DAY:%Y%m%d}\r\n".encode() in answer.content
    entry = entry_at(read(answer), due)
    assert entry["TRANSP"] == "TRANSPARENT"


def test_a_calendar_in_which_nothing_stands_is_still_one(house_of: Stage) -> None:
    answer = fetched(made(house_of, "p-nowhere"))
    assert read(answer) == {}
    assert Calendar.from_ical(answer.content).walk("VTIMEZONE")


# Size, and two at once


def many(stage: Stage, count: int) -> None:
    """So many more due dates of the shelter's."""
    row = stage.row(stage.place("alder", "actions", "extend"))
    for number in range(count):
        mark = Mark.objects.create(
            case_id=row.mark.case_id,
            author_id=row.mark.author_id,
            origin_id=row.mark.origin_id,
            topic="housing",
            audience=row.mark.audience,
        )
        Named.objects.create(mark=mark, seat=row.owner)
        ActionItem.unsealed.create(
            mark=mark,
            key=f"more-{public_id()}",
            title="typed",
            owner=row.owner,
            due=row.due + number * DAY,
            status="accepted",
        )


def test_any_size_takes_the_same_queries_and_is_bounded(house_of: Stage) -> None:
    path, counts = made(house_of, "p-shelter"), []
    for more in (0, 80, MOST):
        many(house_of, more)
        each = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as asked:
                entries = read(fetched(path))
            each.append(len(asked))
        counts.append(each)
    assert len(entries) == MOST
    # SQLite takes ninety rows at a time of what is written, and there are never more than a calendar holds.
    batches = (0, 0, 4) if connection.vendor == "sqlite" else (0, 0, 0)
    assert counts == [[10 + more, 6] for more in batches]
    # What does not fit, or fits no more because others come before it, is not called off.
    many(house_of, 9)
    entries = read(fetched(path))
    assert (len(entries), {str(entry["STATUS"]) for entry in entries.values()}) == (MOST, {"CONFIRMED"})
    assert not FeedEntry.objects.exclude(cancelled_at=None).exists()


def test_asked_twice_at_once_nothing_is_told_twice_and_nobody_is_refused(
    transactional_db: None, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(planted(), clock)
    path, together = made(stage, "p-cm"), Barrier(2)
    keep = changes._keep

    def both(*given: Any) -> None:
        # Both have read what was told before, and neither has written.
        if not together.broken and together.n_waiting < 2:
            together.wait(10)
        keep(*given)

    monkeypatch.setattr("agendas.calendar.changes._keep", both)
    answers: list[Any] = []

    def ask() -> None:
        try:
            answers.append(fetched(path))
        finally:
            connections.close_all()

    for _round in range(2):
        threads = [Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        Conference.unsealed.update(minutes=30)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert answers[0].content == answers[1].content
    assert answers[2].content == answers[3].content
    assert FeedEntry.objects.count() == len(read(answers[3]))
    assert {
        sequence(entry) for entry in read(answers[3]).values() if "T" in str(entry["DTSTART"].to_ical())
    } == {1}


def test_two_who_make_an_address_at_once_leave_one_that_works(transactional_db: None, clock: Clock) -> None:
    stage = Stage(planted(), clock)
    browsers = [stage.client("p-cm") for _ in range(2)]
    answers: list[Any] = []

    def press(browser: Client) -> None:
        try:
            answers.append(browser.post("/calendar/address/", choices(**ALL)))
        finally:
            connections.close_all()

    threads = [Thread(target=press, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = sorted(fetched(shown(answer)).status_code for answer in answers)
    assert statuses == [200, 404]
    assert Feed.objects.count() == 1


def test_the_demonstration_has_calendars_for_its_people(db: None, clock: Clock) -> None:
    stage = Stage(json.loads(HARBOR.read_text()), clock)
    for person in ("dana", "priya", "ruth", "grace"):
        entries = read(fetched(made(stage, person)))
        assert times(entries.values())
