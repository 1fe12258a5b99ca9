"""What time does: what nobody answers goes to somebody else, letters go out, and what ran out is cleared away."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import StringIO
from smtplib import SMTPDataError, SMTPSenderRefused, SMTPServerDisconnected
from threading import Barrier, Event, Thread, get_ident
from threading import enumerate as enumerate_threads
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from django.core.management import call_command
from django.db import DatabaseError, connection, connections
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from agendas.actions.models import ActionItem
from agendas.history.models import Entry, What
from agendas.reminders import changes
from agendas.reminders.models import How, Letter, Reminding, local_day
from conferences.meetings.models import Conference
from tests.cast import TICK, Clock, Stage, said
from tests.casting import conference_of, planted
from tests.live_pass import connect
from tests.servers import free_port
from tests.test_surfaces import Eyes
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Case, Mark, Named, Release, Seat
from workspace.disclosure.policy import EVERY_ROLE
from workspace.live.models import Presence
from workspace.live.passes import Passes
from workspace.management.commands import demo
from workspace.people.changes import find_person, sign_in_link
from workspace.people.models import Person, SignInLink, TaskForce, public_id
from workspace.people.sessions import Session

ACTIONS = "/cases/0/actions"
THERAPISTS, HERS = 2, 4  # in the planted case; the first waits for its owner's answer
NOTHING = "Went to somebody else: 0. Letters sent: 0, waiting: 0. Cleared away: 0.\n"
# Three working days after Monday, the day on which the planted case stands, and five.
THREE, FIVE = timedelta(days=3), timedelta(days=7)


def tick() -> str:
    out = StringIO()
    call_command("tick", stdout=out)
    return out.getvalue()


def item(stage: Stage, number: int = THERAPISTS) -> ActionItem:
    found: ActionItem = stage.row(f"{ACTIONS}/{number}")
    return found


def put(stage: Stage, number: int = THERAPISTS, **columns: Any) -> None:
    ActionItem.unsealed.filter(pk=item(stage, number).pk).update(**columns)


def holder(stage: Stage) -> str:
    """To whom it went."""
    row = item(stage)
    return row.risen_to.key if row.risen_to else ""


def wide(stage: Stage) -> None:
    """Let everybody on the team read it."""
    Mark.objects.filter(pk=item(stage).mark_id).update(audience=EVERY_ROLE, topic="coordination")


@pytest.fixture
def asked(stage: Stage) -> Stage:
    """The therapist was asked today, and has not answered. No one else is asked anything."""
    ActionItem.unsealed.filter(status="offered").update(status="accepted")
    put(stage, status="offered", asked_at=stage.at)
    return stage


# What nobody answers


def test_after_three_working_days_it_goes_to_its_author_and_after_five_on_to_the_next(asked: Stage) -> None:
    start = asked.at
    for after, expected in {
        THREE - TICK: ("", 0),
        THREE: ("sup", 1),
        FIVE - TICK: ("sup", 1),
        FIVE: ("cm", 2),
        FIVE * 3: ("cm", 2),
    }.items():
        asked.clock.at = start + after
        tick()
        assert (holder(asked), item(asked).rose) == expected, after
        assert tick().startswith("Went to somebody else: 0.")
    whats = Entry.unsealed.filter(of=item(asked).mark_id).order_by("pk").values_list("what", "seat")
    assert list(whats) == [(What.ROSE, None)] * 2


def test_a_working_day_that_the_clocks_make_shorter_is_one(asked: Stage) -> None:
    """In Egypt they go forward on a Friday."""
    TaskForce.objects.update(time_zone="Africa/Cairo")
    put(asked, asked_at=datetime.fromisoformat("2027-04-27T10:00:00+02:00"))
    later = datetime.fromisoformat("2027-04-30T10:00:00+03:00")
    Release.objects.update(expires=later + FIVE)
    for at, rose in ((later - TICK, 0), (later, 1)):
        asked.clock.at = at
        tick()
        assert item(asked).rose == rose


def test_whoever_sees_it_reads_that_it_rose_and_nobody_else(asked: Stage) -> None:
    place = f"{ACTIONS}/{THERAPISTS}"
    allowed = {person for person in asked.people if Eyes(asked, person).sees(place)}
    asked.clock.at += THREE
    tick()
    entries = Entry.objects.sealed(of=item(asked).mark_id)
    reading = {person for person in asked.people if open_rows(asked.sight(person), entries)}
    assert reading == {person for person in allowed if Eyes(asked, person).sees(place)}
    assert len(reading) > 2


def test_nobody_else_reads_to_whom_it_rose_nor_who_was_passed_over(asked: Stage) -> None:
    wide(asked)
    Person.objects.update(language="en")
    place, start = f"/actions/{item(asked).mark.public_id}/", asked.at
    others, pages = sorted(set(asked.people) - {"p-sup", "p-cm"}), []
    for gone in ((), (asked.seat("alder", "sup").person_id,)):
        with asked.undone():
            asked.clock.at = start + THREE
            Person.objects.filter(pk__in=gone).update(is_active=False)
            tick()
            assert holder(asked) == ("cm" if gone else "sup")
            Person.objects.filter(pk__in=gone).update(is_active=True)
            # But for what is drawn by lot at each reading.
            read = [said(asked.browser(person).get(place)) for person in others]
            pages.append([re.sub(r"[\w-]{20,}|shows=[\w.]+|expires=[^;]+", "", page) for page in read])
    assert sum("No answer so far" in page for page in pages[0]) > 2
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        (set(), "law"),
        ({"law"}, "cm"),
        ({"law", "facilitator"}, "cm"),
        ({"law", "facilitator", "cm"}, "sup"),
        ({"law", "facilitator", "cm", "sup"}, ""),
    ],
)
def test_it_goes_to_the_first_who_can_see_to_it(asked: Stage, gone: set[str], expected: str) -> None:
    wide(asked)
    Mark.objects.filter(pk=item(asked).mark_id).update(author=asked.seat("alder", "law"))
    for key in gone & {"law", "cm", "sup"}:
        Person.objects.filter(pk=asked.seat("alder", key).person_id).update(is_active=False)
    asked.clock.at += THREE
    tick()
    assert holder(asked) == expected


@pytest.mark.parametrize("how", ["next", "last"])
def test_whoever_leads_the_next_meeting_or_led_the_last_comes_after_the_author(
    asked: Stage, how: str
) -> None:
    wide(asked)
    Mark.objects.filter(pk=item(asked).mark_id).update(author=asked.seat("alder", "old-cm"))
    its = Conference.unsealed.filter(mark__case__key="alder")
    asked.clock.at += THREE
    its.update(status="closed", facilitator=asked.seat("alder", "cm"))
    which = its.order_by("starts" if how == "next" else "-starts").values_list("pk", flat=True)[0]
    its.filter(pk=which).update(facilitator=asked.seat("alder", "adv"))
    if how == "next":
        its.filter(pk=which).update(status="planned")
    tick()
    assert holder(asked) == "adv"
    # One that was called off is no meeting.
    put(asked, rose=0, risen_to=None)
    its.filter(pk=which).update(cancelled_at=asked.at, status="closed", opened_at=None, closed_at=None)
    tick()
    assert holder(asked) == "cm"


@pytest.mark.parametrize("writer", ["sv", "guard", "interp", "ther", "old-cm"])
def test_it_goes_neither_to_her_nor_to_an_interpreter_nor_to_its_owner_nor_to_whoever_left(
    asked: Stage, writer: str
) -> None:
    wide(asked)
    Mark.objects.filter(pk=item(asked).mark_id).update(author=asked.seat("alder", writer))
    asked.clock.at += THREE
    tick()
    assert holder(asked) == "cm"


def test_it_goes_to_nobody_who_could_not_give_it_to_somebody_else(asked: Stage) -> None:
    wide(asked)
    Mark.objects.filter(pk=item(asked).mark_id).update(author=asked.seat("alder", "old-cm"))
    Conference.unsealed.filter(mark__case__key="alder").update(facilitator=asked.seat("alder", "shelter"))
    asked.clock.at += THREE
    assert asked.browser("p-shelter").get(f"/actions/{item(asked).mark.public_id}/").status_code == 200
    tick()
    assert holder(asked) == "cm"
    to = asked.browser("p-cm").get(f"/actions/{item(asked).mark.public_id}/owner/")
    assert to.status_code == 200


def test_it_goes_only_to_somebody_who_sees_it(asked: Stage) -> None:
    row = item(asked)
    Mark.objects.filter(pk=row.mark_id).update(author=asked.seat("alder", "old-cm"), audience=0)
    Named.objects.filter(mark=row.mark_id).exclude(seat__key="ther").delete()
    asked.clock.at += FIVE
    assert tick().startswith("Went to somebody else: 0.")
    assert (holder(asked), item(asked).rose) == ("", 2)
    before = list(Case.objects.values_list("pk", "version"))
    tick()
    assert list(Case.objects.values_list("pk", "version")) == before
    Named.objects.create(mark=row.mark, seat=asked.seat("alder", "sup"))
    assert tick().startswith("Went to somebody else: 1.")
    assert (holder(asked), item(asked).rose) == ("sup", 2)


def test_its_history_says_that_the_days_are_over_and_never_when_somebody_came(asked: Stage) -> None:
    row, start, told = item(asked), asked.at, []
    Mark.objects.filter(pk=row.mark_id).update(author=asked.seat("alder", "old-cm"), audience=0)
    Named.objects.filter(mark=row.mark_id).exclude(seat__key="ther").delete()
    for came in (timedelta(), THREE + TICK, FIVE + TICK):
        with asked.undone():
            for after in sorted({came, THREE, FIVE, FIVE * 2}):
                asked.clock.at = start + after
                if after == came:
                    Named.objects.create(mark=row.mark, seat=asked.seat("alder", "sup"))
                tick()
            assert holder(asked) == "sup"
            told.append(list(Entry.unsealed.order_by("pk").values_list("what", "seat", "mark__created_at")))
    at_once, *late = told
    assert at_once == [(What.ROSE, None, start + THREE), (What.ROSE, None, start + FIVE)]
    assert late == [at_once] * 2


def test_nobody_reads_to_whom_it_rose_whatever_stands_in_its_history(asked: Stage) -> None:
    wide(asked)
    asked.clock.at += THREE
    tick()
    browser, place = asked.browser("p-cm"), f"/actions/{item(asked).mark.public_id}/"
    pages = []
    for seat in (None, asked.seat("alder", "adv")):
        Entry.unsealed.filter(what=What.ROSE).update(seat=seat)
        page = said(browser.get(place))
        pages.append(page[page.index('id="action_history"') :].split("</section>")[0])
    assert pages[0] == pages[1]
    assert "entry-" in pages[0]


def test_who_does_not_see_its_owner_does_not_read_that_they_have_not_answered(asked: Stage) -> None:
    wide(asked)
    Person.objects.update(language="en")
    asked.clock.at += THREE
    tick()
    row, knows = item(asked), {True: 0, False: 0}
    for person in asked.people:
        page = said(asked.browser(person).get(f"/actions/{row.mark.public_id}/"))
        if 'id="action_history"' in page:
            sees = bool(open_rows(asked.sight(person), Seat.objects.sealed(pk=row.owner_id)))
            knows[sees] += 1
            assert ("No answer so far" in page) is sees, person
    assert min(knows.values()) > 1


def lose(stage: Stage, key: str, how: str) -> None:
    """From now on the holder of this seat can see to nothing here."""
    seat = stage.seat("alder", key)
    if how == "account":
        Person.objects.filter(pk=seat.person_id).update(is_active=False)
    elif how == "seat":
        Seat.unsealed.filter(pk=seat.pk).update(until=stage.at)
    else:
        Release.objects.filter(agency=seat.agency_id).update(withdrawn_at=stage.at)


@pytest.mark.parametrize(("key", "how"), [("sup", "account"), ("sup", "seat"), ("law", "release")])
def test_whoever_had_it_and_cannot_see_to_it_any_more_has_it_no_longer_and_nobody_reads_why(
    asked: Stage, key: str, how: str
) -> None:
    wide(asked)
    Mark.objects.filter(pk=item(asked).mark_id).update(author=asked.seat("alder", key))
    asked.clock.at += THREE
    tick()
    assert holder(asked) == key
    lose(asked, key, how)
    assert tick().startswith("Went to somebody else: 1.")
    assert (holder(asked), item(asked).rose) == ("cm", 1)
    assert tick().startswith("Went to somebody else: 0.")
    assert Entry.unsealed.filter(what=What.ROSE).count() == 1
    put(asked, rose=2)
    lose(asked, "cm", "account")
    tick()
    assert (holder(asked), item(asked).rose) == (("cm", 2) if key == "sup" else ("sup", 2))
    assert Entry.unsealed.filter(what=What.ROSE).count() == 1


@pytest.mark.parametrize("many", [1, 20])
def test_letting_it_rise_takes_as_many_queries_however_much_waits(asked: Stage, many: int) -> None:
    row = item(asked)
    for number in range(many):
        seat = asked.seat("alder", "ther" if number % 2 else "sup")  # who cannot see to it, and who can
        mark = Mark.objects.create(case=row.mark.case, author=row.owner, topic="coordination", audience=0)
        Named.objects.create(mark=mark, seat=seat)
        kept = {"title": "t", "owner": row.owner, "status": "offered", "rose": 1, "risen_to": seat}
        ActionItem.unsealed.create(mark=mark, key=f"k{number}", asked_at=asked.at, **kept)
    put(asked, status="accepted")
    asked.clock.at += THREE
    with CaptureQueriesContext(connection) as queries:
        assert changes.raise_unanswered() == 0
    assert len(queries) == 6


@pytest.mark.parametrize("status", ["accepted", "declined", "done", "not_done", "no_longer_possible"])
def test_what_was_answered_does_not_rise(asked: Stage, status: str) -> None:
    put(asked, status=status)
    asked.clock.at += FIVE
    assert tick() == NOTHING


def test_what_she_offers_never_rises(asked: Stage) -> None:
    ActionItem.unsealed.filter(pk=item(asked).pk).update(owner=asked.seat("alder", "sv"))
    put(asked, HERS, status="offered", asked_at=asked.at)
    asked.clock.at += FIVE
    assert tick() == NOTHING
    # Nor is anything kept of it while nobody at all can come in who would know that it is hers.
    Person.objects.update(is_active=False)
    assert tick() == NOTHING
    assert not Entry.unsealed.filter(what=What.ROSE).exists()
    assert item(asked, HERS).rose == 0


def test_what_was_removed_does_not_rise(asked: Stage) -> None:
    Mark.objects.filter(pk=item(asked).mark_id).update(removed_at=asked.at)
    asked.clock.at += FIVE
    assert tick() == NOTHING


def test_open_pages_follow(asked: Stage, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    before = dict(Case.objects.values_list("key", "version"))
    asked.clock.at += THREE
    people = {person: connect("today", asked.browser(person).cookies["s"].value) for person in asked.people}
    passes, sockets = Passes(), [each.socket for each in people.values() if each.socket]
    passes.run(sockets)
    assert tick().startswith("Went to somebody else: 1.")
    after = dict(Case.objects.values_list("key", "version"))
    assert {key for key in after if after[key] != before[key]} == {"alder"}
    frames: dict[Any, str] = {socket: frame for socket, frame, _ in passes.run(sockets).frames}
    told = {person for person, each in people.items() if each.socket in frames}
    assert told == {"p-sup"}, "on Today it changes for nobody else"
    assert item(asked).title in frames[people["p-sup"].socket]


@contextmanager
def meeting_at(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
    """Whoever calls this of `changes` first waits for the other; SQLite lets one after the other in."""
    together, real, arrived = Barrier(2), getattr(changes, name), set[int]()

    def both(*given: Any) -> Any:
        if get_ident() not in arrived:
            arrived.add(get_ident())
            if connection.vendor == "postgresql":
                together.wait(10)
        return real(*given)

    monkeypatch.setattr(changes, name, both)
    yield


def twice_at_once(do: Callable[[], Any]) -> list[Any]:
    """What it gives in two threads at once."""
    given: list[Any] = []

    def run() -> None:
        try:
            given.append(do())
        finally:
            connections.close_all()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


def test_two_machines_at_once_let_it_rise_once(
    transactional_db: None, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(planted(), clock)
    ActionItem.unsealed.filter(status="offered").update(status="accepted")
    put(stage, status="offered", asked_at=stage.at)
    clock.at += THREE
    with meeting_at(monkeypatch, "case_changed"):
        assert sorted(twice_at_once(changes.raise_unanswered)) == [0, 1]
    assert Entry.unsealed.filter(what=What.ROSE).count() == 1
    assert item(stage).rose == 1


# Letters


class Box:
    """A mail server's letters, as their bytes came. `refuse`: what it says to every recipient."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.to: list[str] = []
        self.refuse = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, to: str, _options: Any) -> str:
        if self.refuse and to.startswith(self.refuse):
            return "550 no such place"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.raw.append(envelope.original_content)
        self.to += envelope.rcpt_tos
        return "250 OK"

    @property
    def letters(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for raw in self.raw]


@pytest.fixture
def server() -> Iterator[tuple[Box, int]]:
    """A real mail server, and its port."""
    box, port = Box(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture
def box(server: tuple[Box, int], settings: Settings) -> Box:
    """Letters go out to a real server."""
    box, port = server
    post(settings, port)
    return box


def post(settings: Settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.SENDS_MAIL = "127.0.0.1", port, True
    settings.DEFAULT_FROM_EMAIL = "reminder@example.org"
    settings.ALLOWED_ORIGINS = ["https://meet.example.org"]


def wanting(stage: Stage, *people: str, **given: Any) -> None:
    """These people asked for mail, yesterday."""
    for person in people:
        Reminding.objects.create(
            person=find_person(person),
            **{
                "how": How.MAIL,
                "address": f"{person}@example.net",
                "safe": True,
                "since": stage.at - timedelta(days=1),
                "quiet_from": 20,
                **given,
            },
        )


def test_who_has_something_gets_a_letter_and_who_has_nothing_gets_none(stage: Stage, box: Box) -> None:
    wanting(stage, *stage.people)
    today = stage.at.date()
    ActionItem.unsealed.filter(status__in=["accepted", "offered"]).update(due=today, status="accepted")
    allowed = {
        person
        for person in stage.people
        for place in stage.oracle.rows("alder") + stage.oracle.rows("birch")
        if "/actions/" in place and stage.row(place).due == today and owns(stage, person, place)
    }
    assert "p-ther" in allowed
    assert "p-survivor" in allowed
    assert 3 < len(allowed) < len(stage.people) / 2
    said = tick()
    assert f"Letters sent: {len(allowed)}, waiting: 0." in said
    assert sorted(box.to) == sorted(f"{person}@example.net" for person in allowed)
    assert tick() == NOTHING


def owns(stage: Stage, person: str, place: str) -> bool:
    """Whether this person, who sees it, is to do it."""
    eyes = Eyes(stage, person)
    return eyes.sees(place) and eyes.seats[eyes.case(place)] == stage.raw(place)["owner"]


def test_no_letter_tells_anything_and_all_are_the_same(stage: Stage, box: Box, capsys: Any) -> None:
    """Read as whoever carries them does: the bytes, and what stands in them once they are decoded."""
    wanting(stage, *stage.people)
    for language in ("en", "es"):
        Person.objects.update(language=language)
        Letter.objects.all().delete()
        box.raw.clear()
        ActionItem.unsealed.filter(status__in=["accepted", "offered"]).update(due=stage.at.date())
        said = tick()
        assert len(box.raw) > 3
        assert not stage.found(said + "".join(map(repr, capsys.readouterr())))
        bodies = set()
        for raw, letter in zip(box.raw, box.letters, strict=True):
            body = letter.get_content()
            told = raw.decode() + body + "".join(map(str, letter.values()))
            assert not stage.found(told)
            assert not [number for number in stage.every_id if number in told]
            assert "sign-in" not in told
            assert re.findall(r"https?://\S+", body) == ["https://meet.example.org/"]
            assert letter["Subject"] == {"en": "A reminder", "es": "Un recordatorio"}[language]
            assert letter["From"] == "reminder@example.org"
            assert str(letter["Message-ID"]).endswith("@meet.example.org>")
            own = {"To", "Date", "Message-ID"}
            bodies.add((body, tuple((name, str(letter[name])) for name in letter if name not in own)))
        assert len(bodies) == 1


def test_a_letter_is_written_in_the_readers_language(stage: Stage, box: Box) -> None:
    wanting(stage, "p-ther")
    Person.objects.update(language="es")
    put(stage, due=stage.at.date())
    tick()
    [letter] = box.letters
    assert "Hay algo para usted." in letter.get_content()


@pytest.mark.parametrize(
    "given",
    [{"how": How.TODAY, "address": "", "since": None}, {"how": How.NOTHING, "address": "", "since": None}],
)
def test_who_did_not_ask_for_mail_gets_none(stage: Stage, box: Box, given: dict[str, Any]) -> None:
    put(stage, due=stage.at.date())
    assert tick() == NOTHING
    wanting(stage, "p-ther", **given)
    assert tick() == NOTHING
    assert not box.raw


def test_she_gets_none_at_an_address_that_she_did_not_call_safe(stage: Stage, box: Box) -> None:
    wanting(stage, "p-survivor", safe=False)
    put(stage, HERS, due=stage.at.date())
    assert tick() == NOTHING
    Letter.objects.all().delete()
    Reminding.objects.update(safe=True)
    tick()
    assert box.to == ["p-survivor@example.net"]


def test_to_whom_something_came_that_nobody_answered_gets_a_letter_too(asked: Stage, box: Box) -> None:
    asked.clock.at += THREE
    ActionItem.unsealed.exclude(pk=item(asked).pk).update(due=None)
    wanting(asked, "p-sup", "p-cm", "p-ther")
    tick()
    assert sorted(box.to) == ["p-sup@example.net", "p-ther@example.net"]


def test_hers_that_is_past_its_day_sends_nothing(stage: Stage, box: Box) -> None:
    wanting(stage, "p-survivor")
    put(stage, HERS, due=stage.at.date() - timedelta(days=1), status="offered")
    tick()
    assert not box.raw


def test_who_lost_sight_of_it_before_the_letter_went_out_gets_none(stage: Stage, box: Box) -> None:
    wanting(stage, "p-ther")
    put(stage, due=stage.at.date())
    Release.objects.filter(agency__key="minds", case__key="alder").update(withdrawn_at=stage.at)
    assert tick() == NOTHING
    Release.objects.update(withdrawn_at=None)
    assert tick() == NOTHING, "that day is settled"
    stage.clock.at += timedelta(days=1)
    tick()
    assert box.to == ["p-ther@example.net"]


def test_who_cannot_sign_in_any_more_gets_none(stage: Stage, box: Box) -> None:
    wanting(stage, "p-ther")
    put(stage, due=stage.at.date())
    Person.objects.filter(pk=find_person("p-ther").pk).update(is_active=False)
    assert tick() == NOTHING


@pytest.mark.parametrize(
    ("hours", "off", "expected"),
    [
        ((19, 18, 7), range(31, 100), [(0, 9), (1, 10), (2, 7), (3, 7)]),
        ((8, 20, 7), range(60, 186), [(0, 9), (2, 7), (3, 8)]),
    ],
)
def test_there_is_one_a_day_from_its_hour_on_and_none_in_quiet_hours(
    stage: Stage, box: Box, hours: tuple[int, int, int], off: range, expected: list[tuple[int, int]]
) -> None:
    """Every quarter of an hour of three days, but for the time when the machine was off."""
    hour, begin, end = hours
    wanting(stage, "p-ther", hour=hour, quiet_from=begin, quiet_until=end)
    put(stage, due=stage.at.date() - timedelta(days=1))
    came, start = [], stage.at
    for quarter in sorted(set(range(3 * 96)) - set(off)):
        stage.clock.at = start + quarter * timedelta(minutes=15)
        changes.send_letters()
        came += [stage.at.astimezone(start.tzinfo)] * len(box.raw)
        box.raw.clear()
    assert [(each.day - start.day, each.hour) for each in came] == expected


def test_a_server_that_is_down_loses_nothing_and_is_tried_again_after_longer_and_longer(
    stage: Stage, server: tuple[Box, int], settings: Settings
) -> None:
    box, port = server
    post(settings, free_port())
    wanting(stage, "p-ther")
    put(stage, due=stage.at.date())
    tried, start = [], stage.at
    for minute in range(200):
        stage.clock.at = start + timedelta(minutes=minute)
        before = tries()
        assert "sent: 0, waiting: 1." in tick()
        tried += [minute] * (tries() - before)
    assert tried == [0, 5, 20, 65]
    post(settings, port)
    assert "sent: 0, waiting: 1." in tick()
    stage.clock.at = start + timedelta(minutes=65 + 135)
    assert "sent: 1, waiting: 0." in tick()
    assert tick() == NOTHING
    assert box.to == ["p-ther@example.net"]


def tries() -> int:
    return sum(Letter.objects.values_list("tries", flat=True))


def test_a_letter_that_waits_and_has_nothing_left_to_say_is_not_sent(
    stage: Stage, server: tuple[Box, int], settings: Settings
) -> None:
    box, port = server
    post(settings, free_port())
    wanting(stage, "p-ther")
    put(stage, due=stage.at.date())
    tick()
    put(stage, status="done")
    post(settings, port)
    stage.clock.at += timedelta(minutes=5)
    assert tick() == NOTHING
    assert not box.raw


def test_a_place_that_refuses_one_letter_takes_the_others(stage: Stage, box: Box) -> None:
    wanting(stage, "p-det", "p-shelter", "p-ther")
    ActionItem.unsealed.filter(status__in=["accepted", "offered"]).update(due=stage.at.date())
    box.refuse = "p-det"
    assert "sent: 2, waiting: 1." in tick()
    assert sorted(box.to) == ["p-shelter@example.net", "p-ther@example.net"]


def test_one_that_is_chosen_otherwise_while_it_goes_out_is_the_only_one_of_that_day(
    stage: Stage, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanting(stage, "p-ther")
    put(stage, due=stage.at.date())
    real = changes._send

    def chosen_meanwhile(message: Any) -> None:
        real(message)
        there = stage.at.astimezone(ZoneInfo("America/New_York"))
        new = changes.Chosen(How.MAIL, 3, True, True, there.hour + 1, 20, 7, "new@example.net", True)
        changes.keep_reminding(find_person("p-ther").pk, new, key=public_id())

    with monkeypatch.context() as patch:
        patch.setattr(changes, "_send", chosen_meanwhile)
        assert "sent: 1, waiting: 0." in tick()
    stage.clock.at += timedelta(hours=1)
    assert tick() == NOTHING
    stage.clock.at += timedelta(days=1)
    tick()
    assert box.to == ["p-ther@example.net", "new@example.net"]


def test_one_before_which_quiet_hours_begin_waits_until_they_are_over(
    stage: Stage, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = stage.at.astimezone(ZoneInfo("America/New_York"))
    wanting(stage, "p-ther", hour=there.hour, quiet_from=there.hour + 1, quiet_until=there.hour + 2)
    put(stage, due=stage.at.date())
    real = changes._taken

    def just_before(reminding: Reminding) -> Any:
        taken = real(reminding)
        stage.clock.at += timedelta(hours=1)
        return taken

    with monkeypatch.context() as patch:
        patch.setattr(changes, "_taken", just_before)
        assert "sent: 0, waiting: 1." in tick()
    stage.clock.at += timedelta(hours=1)
    assert "sent: 1, waiting: 0." in tick()


def test_what_the_server_took_is_not_sent_again_however_it_says_goodbye(
    stage: Stage, server: tuple[Box, int], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def goodbye(*_: Any) -> str:
        return f"221 {9999 * 'x'}"  # a longer line than any mail program reads

    box, port = server
    monkeypatch.setattr(Box, "handle_QUIT", goodbye, raising=False)
    post(settings, port)
    wanting(stage, "p-ther")
    put(stage, due=stage.at.date())
    assert "sent: 1, waiting: 0." in tick()
    stage.clock.at += timedelta(minutes=5)
    assert tick() == NOTHING
    assert box.to == ["p-ther@example.net"]


@pytest.mark.parametrize(("away", "copies"), [(0, 2), (1, 1)])
def test_what_the_server_was_given_and_says_nothing_of_is_given_to_it_twice_at_most_that_day(
    stage: Stage, server: tuple[Box, int], settings: Settings, away: int, copies: int
) -> None:
    class Mute(Box):
        async def handle_DATA(self, its: Any, session: Any, envelope: Any) -> str:
            its.transport.abort()
            return await super().handle_DATA(its, session, envelope)

    box, port = Mute(), free_port()
    wanting(stage, "p-ther")
    put(stage, due=stage.at.date())
    for _time in range(away):
        post(settings, free_port())
        assert "sent: 0, waiting: 1." in tick()
        stage.clock.at += timedelta(hours=1)
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    post(settings, port)
    for _time in range(8):
        tick()
        stage.clock.at += timedelta(hours=1)
    controller.stop()
    assert len(box.raw) == copies
    assert tick() == NOTHING, "it waits no more"
    post(settings, server[1])
    stage.clock.at += timedelta(days=1)
    assert "sent: 1, waiting: 0." in tick(), "and on the next day another comes"
    assert server[0].to == ["p-ther@example.net"]


@pytest.fixture
def door(settings: Settings) -> Iterator[tuple[Box, list[bytes]]]:
    """Letters go out to a real server that takes one password; and what was said at its door."""
    box, port, said = Box(), free_port(), list[bytes]()

    def let_in(_server: Any, _session: Any, _envelope: Any, _way: str, given: Any) -> AuthResult:
        said.append(given.password)
        return AuthResult(success=given.password == b"right", handled=False)

    controller = Controller(box, "127.0.0.1", port, auth_require_tls=False, authenticator=let_in)
    controller.start()
    post(settings, port)
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "place", "right"
    yield box, said
    controller.stop()


def test_a_server_that_lets_nobody_in_is_asked_once_a_round_and_loses_nothing(
    stage: Stage, door: tuple[Box, list[bytes]], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    box, said = door
    settings.EMAIL_HOST_PASSWORD = "wrong"
    wanting(stage, "p-det", "p-shelter", "p-ther")
    ActionItem.unsealed.filter(status__in=["accepted", "offered"]).update(due=stage.at.date())
    for times in (1, 2, 3):
        assert "sent: 0" in tick()
        # smtplib says it in each of the two ways that this server knows.
        assert said == [b"wrong"] * 2 * times
        stage.clock.at += TICK
    assert caplog.text.count("waits: SMTPAuthenticationError") == 3
    assert "wrong" not in caplog.text
    settings.EMAIL_HOST_PASSWORD = "right"
    box.refuse = "p-det"
    stage.clock.at += timedelta(hours=1)
    assert "sent: 2, waiting: 1." in tick()
    assert sorted(box.to) == ["p-shelter@example.net", "p-ther@example.net"]


# The signs between the quotation marks end a line, and then there would be another header.
@pytest.mark.parametrize("address", [f"a@{60 * 'ü'}.de", '"\x1e\x1f:\x1f"@mün.de'])
def test_an_address_that_nobody_can_write_down_keeps_back_no_other(
    stage: Stage, box: Box, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    wanting(stage, "p-det", address=address)
    wanting(stage, "p-ther")
    ActionItem.unsealed.filter(status__in=["accepted", "offered"]).update(due=stage.at.date())
    assert "sent: 1, waiting: 1." in tick()
    assert box.to == ["p-ther@example.net"]
    assert "ü" not in caplog.text


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        (SMTPDataError(554, "no"), 1),
        (SMTPSenderRefused(550, b"no", "x"), 1),
        (SMTPServerDisconnected(), 0),
        (TimeoutError(), 0),
    ],
)
def test_what_is_said_of_one_letter_ends_no_round_and_a_server_that_is_away_does(
    stage: Stage, box: Box, monkeypatch: pytest.MonkeyPatch, fault: Exception, sent: int
) -> None:
    wanting(stage, "p-det", "p-ther")
    ActionItem.unsealed.filter(status__in=["accepted", "offered"]).update(due=stage.at.date())
    faults, real = [fault], changes._message

    def once(reminding: Reminding) -> Any:
        if faults:
            raise faults.pop()
        return real(reminding)

    monkeypatch.setattr(changes, "_message", once)
    assert f"sent: {sent}, waiting: 1." in tick()


def test_a_machine_that_dies_after_sending_sends_once_more_and_never_silently_none(
    stage: Stage, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanting(stage, "p-ther")
    put(stage, due=stage.at.date())
    with monkeypatch.context() as patch:
        patch.setattr(changes, "local_day", dying(local_day, box))
        with pytest.raises(SystemExit):
            tick()
    assert len(box.raw) == 1
    assert "sent: 0, waiting: 1." in tick()
    stage.clock.at += timedelta(minutes=5)
    assert "sent: 1, waiting: 0." in tick()
    stage.clock.at += timedelta(hours=5)
    assert tick() == NOTHING
    assert len(box.raw) == 2


def dying(real: Callable[..., Any], box: Box) -> Callable[..., Any]:
    """The same, until a letter has gone out: then nothing is written any more."""

    def die(*given: Any) -> Any:
        if box.raw:
            raise SystemExit
        return real(*given)

    return die


def test_two_machines_at_once_send_it_once(
    transactional_db: None,
    clock: Clock,
    server: tuple[Box, int],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage, (box, port) = Stage(planted(), clock), server
    post(settings, port)
    wanting(stage, "p-ther")
    put(stage, due=stage.at.date())
    with meeting_at(monkeypatch, "letter_day"):
        assert sorted(sent for sent, _ in twice_at_once(changes.send_letters)) == [0, 1]
    assert len(box.raw) == 1
    Letter.objects.all().delete()
    Letter.objects.create(
        person=find_person("p-ther"), day=stage.at.date(), tries=1, next_try=stage.at - TICK
    )
    with meeting_at(monkeypatch, "letter_day"):
        assert sorted(sent for sent, _ in twice_at_once(changes.send_letters)) == [0, 1]
    assert len(box.raw) == 2


def test_without_a_server_for_it_no_letter_is_even_written(stage: Stage) -> None:
    wanting(stage, "p-ther")
    put(stage, due=stage.at.date())
    assert tick() == NOTHING
    assert not Letter.objects.exists()


# What ran out


def test_what_ran_out_long_ago_is_cleared_away_and_nothing_else(stage: Stage) -> None:
    day, person = timedelta(days=1), find_person("p-ther")
    room = stage.row(stage.place("alder", "conferences", "now")).mark
    kept: list[Any] = []
    gone: list[Any] = []
    for age, where in ((day - TICK, kept), (day + TICK, gone)):
        stage.client("p-ther")
        session = Session.objects.latest("expire_date")
        Session.objects.filter(pk=session.pk).update(expire_date=stage.at - age, session_key=f"s{age}")
        where.append(Session.objects.filter(session_key=f"s{age}"))
        sign_in_link(person)
        link = SignInLink.objects.latest("pk")
        SignInLink.objects.filter(pk=link.pk).update(expires=stage.at - age)
        where.append(SignInLink.objects.filter(pk=link.pk))
    for hours, where in ((11, kept), (13, gone)):
        seen = Presence.objects.create(
            hub=f"h{hours}",
            conference=room,
            seat=stage.seat("alder", "cm"),
            seen_at=stage.at - timedelta(hours=hours),
        )
        where.append(Presence.objects.filter(pk=seen.pk))
    for days, where in ((29, kept), (31, gone)):
        on = (stage.at - timedelta(days=days)).date()
        letter = Letter.objects.create(person=person, day=on, state="sent", next_try=stage.at)
        where.append(Letter.objects.filter(pk=letter.pk))
    live = stage.client("p-cm")
    seats = Seat.unsealed.count()
    assert f"Cleared away: {len(gone)}." in tick()
    assert [rows.exists() for rows in gone] == [False] * len(gone)
    assert [rows.exists() for rows in kept] == [True] * len(kept)
    assert live.get("/").status_code == 200
    assert Seat.unsealed.count() == seats
    assert tick() == NOTHING


@pytest.mark.parametrize("size", [(1, 1, 1), (60, 20, 100)])
def test_a_letter_takes_as_many_queries_whatever_there_is(
    db: None, clock: Clock, box: Box, size: tuple[int, int, int]
) -> None:
    stage = Stage(conference_of(*size), clock)
    row = ActionItem.unsealed.select_related("mark").get()
    owner = Seat.unsealed.select_related("person").get(pk=row.owner_id).person
    for number in range(size[0]):
        mark = Mark.objects.create(
            case_id=row.mark.case_id, author=row.owner, topic=row.mark.topic, audience=EVERY_ROLE
        )
        ActionItem.unsealed.create(
            mark=mark, key=f"k{number}", title="t", owner=row.owner, status="accepted", due=stage.at.date()
        )
    wanting(stage, owner.key)
    with CaptureQueriesContext(connection) as asked:
        assert changes.send_letters().sent == 1
    assert len(asked) == 14
    with CaptureQueriesContext(connection) as settled:
        assert tick() == NOTHING
    assert len(settled) == 8


@pytest.mark.parametrize("fault", [DatabaseError, UnicodeError, RuntimeError])
def test_the_demonstration_does_it_by_itself_whatever_fails_and_ends_with_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fault: type[Exception]
) -> None:
    asked, again = list[str](), Event()

    def do(name: str, **_: Any) -> None:
        asked.append(name)
        if len(asked) == 1:
            raise fault("secret words")
        again.set()

    monkeypatch.setattr(demo, "call_command", do)
    monkeypatch.setattr(demo, "TICKS_EVERY", 0.01)
    with demo.ticking():
        assert again.wait(10)
    assert set(asked) == {"tick"}
    assert not [thread for thread in enumerate_threads() if thread.name == "ticks"]
    assert capsys.readouterr().err == f"Time did nothing this minute: {fault.__name__}\n"
