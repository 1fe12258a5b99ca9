"""A case file on stage: loaded into the database at an instant that stands still, its people signed in, its oracle
beside it. Rows are spoken of by their place in the file, as the oracle does."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, cached_property
from html import unescape
from http.cookies import SimpleCookie
from typing import Any

from django.apps import apps
from django.core.signals import setting_changed
from django.db import connection, transaction
from django.test import Client
from django.test.client import ClientHandler
from django.utils import timezone

from agendas.actions.models import ActionItem
from agendas.casefile.form import filled
from agendas.casefile.load import load
from agendas.goals.models import Goal, Need, Strength
from agendas.items.models import AgendaItem
from agendas.notes.models import Decision, Note
from agendas.planreview.models import PlanReview
from conferences.meetings.models import Conference
from conferences.questions.models import RoleQuestion
from conferences.responsibilities.models import Responsibility
from tests.oracle import CaseFile, Oracle, instant
from workspace.disclosure.lens import Sight, sight_of
from workspace.disclosure.models import Case, Mark, Release, Seat
from workspace.people.changes import find_person, sign_in_link
from workspace.people.models import Agency, Person
from workspace.people.sessions import Session
from workspace.record import changes as record

TICK = timedelta(microseconds=1)
WORD = re.compile(r"(?=(w[a-z0-9]{15}))")
HREF = re.compile(r'href="(/[^"#]*)"')
OF_ONE_ROW = re.compile(
    r"/((seats|responsibilities)/[^/]+/questions|questions/[^/]+/[\w-]+|(notes|decisions)/[^/]+/\w+|written/[^/]+/\w+"
    r"|actions/[^/]+/\w+|(goals|needs)/[^/]+/\w+|items/[^/]+/(actions|wording|goal)"
    r"|conferences/[^/]+/preview/[^/]+|seats/[^/]+/card(/translation)?|cards/\d+)/"
)
FORMS_BY_DAY = 1
# Where each kind of row stands in the database, and by which of its columns it is found there.
TABLES: dict[str, tuple[Any, str]] = {
    "seats": (Seat, "key"),
    "goals": (Goal, "words"),
    "needs": (Need, "text"),
    "strengths": (Strength, "text"),
    "reviews": (PlanReview, "text"),
    "conferences": (Conference, "title"),
    "agenda": (AgendaItem, "title"),
    "notes": (Note, "text"),
    "decisions": (Decision, "text"),
    "actions": (ActionItem, "title"),
    "responsibilities": (Responsibility, "text"),
    "role_questions": (RoleQuestion, "text"),
}


@dataclass
class Clock:
    """What time it is, for everything that asks Django."""

    at: datetime = field(default_factory=timezone.now)

    def now(self) -> datetime:
        return self.at


@dataclass
class Loaded:
    """What a case file came to in the tables, table by table: a statement, and the rows it puts there."""

    oracle: Oracle
    tables: list[tuple[str, list[tuple[Any, ...]]]]
    ids: dict[str, str] = field(default_factory=dict)
    # Who came in when, and for which time: the session, and the cookies of the browser.
    came_in: dict[tuple[str, datetime, int], tuple[Session, SimpleCookie]] = field(default_factory=dict)

    @classmethod
    def of(cls, casefile: CaseFile) -> "Loaded":
        """Load it, and keep what came of it."""
        assert not Person.objects.exists(), "only what the file brings is kept"
        load(filled(casefile))
        tables = []
        with connection.cursor() as cursor:
            for model in apps.get_models():
                if model._meta.app_label in ("workspace", "conferences", "agendas"):
                    table = connection.ops.quote_name(model._meta.db_table)
                    cursor.execute(f"SELECT * FROM {table}")
                    rows = [tuple(row) for row in cursor.fetchall()]
                    places = ", ".join(["%s"] * len(cursor.description))
                    tables.append((f"INSERT INTO {table} VALUES ({places})", rows))
        return cls(Oracle(casefile), [(insert, rows) for insert, rows in tables if rows])

    def again(self) -> None:
        """Put the same rows into the tables once more: checking and loading the file takes ten times as long."""
        with transaction.atomic(), connection.cursor() as cursor:
            for insert, rows in self.tables:
                cursor.executemany(insert, rows)


_loaded: dict[str, Loaded] = {}


@cache
def house() -> ClientHandler:
    """The house with all its middleware, for every browser: to build it takes longer than most answers."""
    return ClientHandler(enforce_csrf_checks=False)


def built_anew(**signal: Any) -> None:
    """What the middleware was told of the settings holds no more."""
    house.cache_clear()


setting_changed.connect(built_anew)


class Stage:
    """A loaded case file; the clock stands at the instant it was written for."""

    def __init__(self, casefile: CaseFile, clock: Clock) -> None:
        self.casefile, self.clock = casefile, clock
        clock.at = instant(casefile["anchor"])
        key = json.dumps(casefile)
        if key in _loaded:
            _loaded[key].again()
        else:
            _loaded[key] = Loaded.of(casefile)
        self.loaded = _loaded[key]
        self.oracle = self.loaded.oracle
        self._words: dict[tuple[Oracle, str, datetime], frozenset[str]] = {}
        self._times: Counter[str] = Counter()

    @property
    def at(self) -> datetime:
        return self.clock.at

    @property
    def people(self) -> list[str]:
        return [person["key"] for person in self.casefile["people"]]

    @cached_property
    def all_words(self) -> frozenset[str]:
        return frozenset(self.oracle.all_words())

    @cached_property
    def ids(self) -> dict[str, str]:
        """The public id of every case, release and row, by its place in the file."""
        found = self.loaded.ids
        if found:
            return found
        numbers = self._numbers()
        for number, raw in enumerate(self.casefile["cases"]):
            case = Case.objects.get(key=raw["key"])
            found[f"/cases/{number}"] = case.public_id
            for place, release in enumerate(raw["releases"]):
                row = Release.objects.get(case=case, purpose=release["purpose"])
                found[f"/cases/{number}/releases/{place}"] = row.public_id
            for pointer in self.oracle.rows(raw["key"]):
                kind = pointer.split("/")[-2]
                found[pointer] = numbers[raw["key"], kind, self.raw(pointer)[TABLES[kind][1]]]
        return found

    def _numbers(self) -> dict[tuple[str, str, str], str]:
        """Public ids by case, kind and what the row says; read a table at a time, for nearly every test asks."""
        return {
            (case, kind, text): number
            for kind, (table, column) in TABLES.items()
            for case, text, number in table.unsealed.values_list("mark__case__key", column, "mark__public_id")
        }

    @cached_property
    def every_id(self) -> frozenset[str]:
        """Every public id that any table holds."""
        tables = (Mark, Case, Release, Person, Agency)
        return frozenset(
            value for table in tables for value in table.objects.values_list("public_id", flat=True)
        )

    def raw(self, pointer: str) -> Any:
        """The part of the file at that place."""
        value: Any = self.casefile
        for step in pointer.strip("/").split("/"):
            value = value[int(step)] if isinstance(value, list) else value[step]
        return value

    def row(self, pointer: str) -> Any:
        """The row of the database that came from that place."""
        table, column = TABLES[pointer.split("/")[-2]]
        case = self.casefile["cases"][int(pointer.split("/")[2])]["key"]
        wanted = {column: self.raw(pointer)[column], "mark__case__key": case}
        return table.unsealed.select_related("mark").get(**wanted)

    def seat(self, case: str, key: str) -> Seat:
        found: Seat = Seat.unsealed.select_related("mark").get(case__key=case, key=key)
        return found

    def place(self, case: str, kind: str, key: str) -> str:
        """Where the row of this kind with that key stands in the file."""
        numbers = [number for number, raw in enumerate(self.casefile["cases"]) if raw["key"] == case]
        start = f"/cases/{numbers[0]}/"
        return next(
            pointer
            for pointer in self.oracle.rows(case)
            if pointer.startswith(start)
            and pointer.split("/")[-2] == kind
            and self.raw(pointer)["key"] == key
        )

    def url(self, case: str, kind: str, key: str) -> str:
        """The address of a conference or an item."""
        room = {"conferences": "conferences", "agenda": "items"}[kind]
        return f"/{room}/{self.ids[self.place(case, kind, key)]}/"

    def sight(self, person: str) -> Sight:
        return sight_of(find_person(person).pk, self.at)

    def client(self, person: str | None) -> Client:
        """A browser in which this person is signed in, through the door that people use; without one, signed out.

        Who came in at the same instant in an earlier test is given the same session again."""
        browser = Client()
        browser.handler = house()
        if person is None:
            return browser
        self._times[person] += 1
        way = person, self.at, self._times[person]
        if way in self.loaded.came_in:
            session, browser.cookies = deepcopy(self.loaded.came_in[way])
            session.save(force_insert=True)
            assert session.person_id is not None
            record.signed_in(session.person_id)
        else:
            answer = browser.post(sign_in_link(find_person(person)))
            assert (answer.status_code, answer["Location"]) == (303, "/")
            session = Session.objects.get(session_key=browser.cookies["s"].value)
            self.loaded.came_in[way] = session, deepcopy(browser.cookies)
        return browser

    @cached_property
    def signed_in(self) -> dict[str, Client]:
        """The browsers that `browser` has given, by person."""
        return {}

    def browser(self, person: str) -> Client:
        """A browser in which this person is signed in: the same each time it is asked for."""
        if person not in self.signed_in:
            self.signed_in[person] = self.client(person)
        return self.signed_in[person]

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What is done inside is undone, and browsers that were not signed in before are not."""
        before = dict(self.signed_in)
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        self.signed_in.clear()
        self.signed_in.update(before)

    def found(self, text: str | bytes) -> set[str]:
        """The planted words in it, wherever they begin."""
        told = text.decode() if isinstance(text, bytes) else text
        return set(WORD.findall(told.lower())) & self.all_words

    def words(self, person: str | None) -> frozenset[str]:
        """What the oracle lets this person read now; worked out once for the same oracle and instant."""
        if person is None:
            return frozenset()
        asked = self.oracle, person, self.at
        if asked not in self._words:
            self._words[asked] = frozenset(self.oracle.words(person, self.at))
        return self._words[asked]

    def without(self, pointer: str) -> None:
        """Remove this row, here and for the oracle."""
        Mark.objects.filter(public_id=self.ids[pointer]).update(removed_at=self.at)
        self.oracle = Oracle(self.casefile, removed=[pointer])

    def rewritten(self) -> CaseFile:
        """A copy of the file to change; give it to `Oracle` once the database says the same."""
        return deepcopy(self.casefile)


def said(answer: Any) -> str:
    """Everything an answer says: status, headers, cookies, body."""
    headers = "\n".join(f"{name}: {value}" for name, value in sorted(answer.headers.items()))
    return f"{answer.status_code}\n{headers}\n{answer.cookies.output()}\n\n{answer.content.decode()}"


def crawl(browser: Client, *, forms: int | None = FORMS_BY_DAY) -> dict[str, str]:
    """What every page says that links lead to from the start page, by address. `forms`: of each kind of page that only
    asks something of one row, at most so many, or None for all: what the row says stands on its item's page too."""
    pages: dict[str, str] = {}
    asked: Counter[str] = Counter()
    waiting = ["/"]
    while waiting:
        url = waiting.pop()
        if forms is not None and OF_ONE_ROW.fullmatch(url):
            kind = url.split("/")[1] + url.split("/")[3]
            asked[kind] += 1
            if asked[kind] > forms:
                continue
        answer = browser.get(url)
        assert answer.status_code == 200, url
        pages[url] = said(answer)
        links = {unescape(link) for link in HREF.findall(pages[url]) if not link.startswith("/static/")}
        waiting += sorted(links - pages.keys() - set(waiting))
    return pages


@contextmanager
def undone(browser: Client) -> Iterator[None]:
    """What is done inside is undone: in the tables, and in the browser's cookies."""
    cookies = deepcopy(browser.cookies)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    browser.cookies = cookies
