"""A reader of live pages on real servers: comes in by link, fetches a page, opens its socket, answers heartbeats, and
does with each frame what htmx does, so that the page as it was plus its frames can be held against a fresh page."""

import asyncio
import json
import re
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from secrets import token_urlsafe
from types import TracebackType
from typing import Any

import httpx
import psycopg
from django.core.management import call_command
from django.utils import timezone
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from agendas.casefile.form import filled, moved
from agendas.casefile.load import load
from agendas.items.models import AgendaItem
from conferences.meetings.models import Conference
from tests import servers
from tests.casting import planted
from workspace.disclosure.models import Case, Release, Seat
from workspace.people.changes import sign_in_link
from workspace.people.models import Agency, Person, SignInLink

HEARTBEAT = re.compile(" [0-9a-f]{8}")
LINKS_EACH = 4
# Neither is a language of the interface; Django itself has words and dates for both.
OTHER_LANGUAGES = {"p-free-interp": "vi", "p-volunteer": "fr-CA"}
VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr"}
TAG = re.compile(r"""<(/?)([a-z][a-z0-9-]*)([^>"']*(?:(?:"[^"]*"|'[^']*')[^>"']*)*)>""")
ATTRIBUTE = re.compile(r"""\s([a-z-]+)(?:="([^"]*)")?""")
SOCKET = re.compile(r'ws-connect="([^"]+)"')
TODAY = (
    *(
        "hers",
        "handover_news",
        "newcomers",
        "asked",
        "reminders",
        "plans_due",
        "conferences",
        "tasks",
        "cases",
    ),
    "mine",
)


def prepare() -> None:
    """Fill the database of this process with the planted case file, and print who and what is in it."""
    call_command("migrate", verbosity=0)
    document = moved(filled(planted()), timezone.now().replace(microsecond=0))
    for person in document["people"]:
        person["language"] = OTHER_LANGUAGES.get(person["key"], person["language"])
    load(document)
    people = Person.objects.all()
    facts = {
        "links": {person.key: [sign_in_link(person) for _ in range(LINKS_EACH)] for person in people},
        "emails": {person.key: person.email for person in people},
        "names": {person.key: person.name for person in people},
        "agencies": {agency.key: agency.public_id for agency in Agency.objects.all()},
        "cases": {case.key: case.public_id for case in Case.objects.all()},
        "seats": _named(Seat.unsealed, "case__key", "key"),
        "conferences": _named(Conference.unsealed, "mark__case__key", "key"),
        "items": _named(AgendaItem.unsealed, "mark__case__key", "conference__key", "key"),
        "releases": {
            f"{release.case.key}/{release.agency.key}": release.public_id
            for release in Release.objects.select_related("case", "agency").order_by("-starts")
            if release.starts <= timezone.now() < release.expires and release.withdrawn_at is None
        },
    }
    SignInLink.objects.update(
        expires=timezone.now() + timedelta(days=1)
    )  # they have to outlast the whole run
    print(json.dumps(facts))


def _named(rows: Any, *names: str) -> dict[str, str]:
    return {"/".join(row[:-1]): row[-1] for row in rows.values_list(*names, "mark__public_id")}


@dataclass(frozen=True)
class Template:
    """A database that has been prepared, to be copied for each test. `facts`: who and what is in it."""

    url: str
    facts: dict[str, Any]

    @classmethod
    def at(cls, url: str) -> "Template":
        """Prepare this database, in a process of its own."""
        said = servers.manage(
            "shell", "-v", "0", "-c", "from tests.live_client import prepare; prepare()", DATABASE_URL=url
        )
        return cls(url, json.loads(said.splitlines()[-1]))

    def sqlite_copy(self, folder: Path) -> str:
        """The address of a copy."""
        copy = shutil.copy(self.url.removeprefix("sqlite:///"), folder / "copy.sqlite3")
        return f"sqlite:///{copy}"

    def postgres_copy(self, server: servers.Postgres) -> str:
        """The address of a copy on the same server.

        Copied as files: of a sequence that it copies through its log PostgreSQL writes nothing there for the next
        numbers, and hands them out once more after it was killed.
        """
        server.databases += 1
        name = f"copy_{server.databases}"
        with server.connect() as connection:
            source = self.url.rsplit("/", 1)[1]
            # Before 15 there is no other way, and no word for this one.
            how = "STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {source} {how}")
        return server.url(name)


def elements(html: str, wanted: Callable[[dict[str, str]], bool]) -> dict[str, str]:
    """The elements with an id among `wanted` that stand in none other found: their source by id.

    A few hundred pages a minute are read, each byte for byte: Python's own parser takes half of that minute.
    """
    found: dict[str, str] = {}
    depth, begin, name = 0, 0, ""
    for tag in TAG.finditer(html):
        closes, element, attributes = tag.groups()
        if element in VOID or attributes.endswith("/"):
            continue
        if depth:
            depth += -1 if closes else 1
            if not depth:
                assert name not in found, "an id stands twice"
                found[name] = html[begin : tag.end()]
        elif not closes and " id=" in attributes:
            given = dict(ATTRIBUTE.findall(attributes))
            if wanted(given):
                depth, begin, name = 1, tag.start(), given["id"]
    assert depth == 0, "an element was not closed"
    return found


def panels_of(page: str) -> dict[str, str]:
    """The live panels of a page, by id, byte for byte."""
    return elements(page, lambda given: "data-panel" in given or "panel" in given.get("class", "").split())


@dataclass
class House:
    """Servers over one copy of a prepared database."""

    servers: list[servers.Daphne]
    database: str
    facts: dict[str, Any]
    taken: dict[str, int] = field(default_factory=dict)
    unheard_before: list[int] = field(default_factory=list)

    def execute(self, statement: str) -> None:
        """What no verb does yet, done to the database from outside the house."""
        if self.database.startswith("sqlite"):
            with sqlite3.connect(self.database.removeprefix("sqlite:///"), timeout=20) as connection:
                connection.execute(statement)
            connection.close()
        else:
            with psycopg.connect(self.database) as server:
                server.execute(statement)

    def link(self, person: str) -> str:
        """A sign-in link that has not been used."""
        used = self.taken.get(person, 0)
        self.taken[person] = used + 1
        return str(self.facts["links"][person][used])

    def room(self, name: str = "alder/now") -> str:
        """The address of a conference."""
        return f"/conferences/{self.facts['conferences'][name]}/"

    def item(self, name: str, conference: str = "alder/now") -> str:
        """The address of an item."""
        return f"/items/{self.facts['items'][f'{conference}/{name}']}/"

    def case(self, name: str = "alder") -> str:
        """The address of a case."""
        return f"/cases/{self.facts['cases'][name]}/"

    def seat(self, name: str) -> str:
        """The address of a seat, which has pages only below it."""
        return f"/seats/{self.facts['seats'][f'alder/{name}']}/"

    def release(self, agency: str) -> str:
        """The address of the release to this agency that is active, which has pages only below it."""
        return f"/releases/{self.facts['releases'][f'alder/{agency}']}/"

    def health(self, number: int = 0) -> dict[str, Any]:
        """What one of the processes says about itself."""
        return servers.asked(self.servers[number].url)

    def unheard(self) -> list[int]:
        """How many changes each process has found without a hint since `unheard_before`. On a slow machine a hint may
        come late or not at all, so one or two are no fault; where none is heard, it is one a second."""
        found = [self.health(number)["found_without_hint"] for number in range(len(self.servers))]
        return [now - was for now, was in zip(found, self.unheard_before or [0] * len(found), strict=True)]


class Page:
    """A page that one reader has open: its panels as they stand in the browser now, and every frame it got."""

    def __init__(self, reader: "Reader", path: str, panels: dict[str, str], live_url: str) -> None:
        self.reader, self.path, self.live_url = reader, path, live_url
        self.panels = panels
        self.frames: list[str] = []
        self.heartbeats: list[str] = []
        self.closed: int | None = None
        self.answering = True
        self._news = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._task: asyncio.Task[None] | None = None

    async def connect(self, live_url: str | None = None, **headers: str | None) -> "Page":
        """Open the socket that the page names, or another one, and read it from now on."""
        address = self.reader.server.socket_url + (self.live_url if live_url is None else live_url)
        self._socket = await connect(
            address,
            additional_headers={
                name: value
                for name, value in {**self.reader.socket_headers, **headers}.items()
                if value is not None
            },
            compression=None,
            ping_interval=None,
            max_size=None,
        )
        self._task = asyncio.create_task(self._read(self._socket))
        return self

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for message in socket:
                assert isinstance(message, str)
                if message.startswith(" "):
                    assert HEARTBEAT.fullmatch(message)
                    self.heartbeats.append(message)
                    if self.answering:
                        await socket.send(message)
                else:
                    self._swap(message)
                self._news.set()
        except ConnectionClosed:
            pass
        finally:
            self.closed = socket.close_code
            self._news.set()

    def _swap(self, frame: str) -> None:
        came = elements(frame, lambda _: True)
        rest = frame
        for panel in came.values():
            rest = rest.replace(panel, "", 1)
        assert came, "a frame brings a panel"
        assert not rest.strip(), "a frame is panels and nothing else"
        unknown = came.keys() - self.panels.keys()
        assert not unknown, f"panels the page does not have: {unknown}"
        self.panels |= came
        self.frames.append(frame)

    async def send(self, message: str | bytes) -> None:
        """Say something that the page would not say."""
        assert self._socket is not None
        with suppress(ConnectionClosed):
            await self._socket.send(message)

    async def drained(self) -> None:
        """Everything the server has written to this socket has been read: its answer to a ping comes behind it."""
        if self._socket is not None and self.closed is None:
            with suppress(ConnectionClosed):
                await (await self._socket.ping())

    async def until(self, holds: Callable[["Page"], bool], within: float = servers.PATIENCE) -> None:
        """Wait for frames until this holds of the page."""
        async with asyncio.timeout(within):
            while not holds(self):
                await self._next()

    async def _next(self) -> None:
        await self._news.wait()
        self._news.clear()
        if self._task and self._task.done():
            self._task.result()

    async def until_closed(self, within: float = servers.PATIENCE) -> int | None:
        """Wait until the server closes; with which code."""
        await self.until(lambda page: page.closed is not None, within)
        return self.closed

    async def until_fresh(self, within: float = servers.PATIENCE) -> None:
        """Wait for frames until the page is what a fresh one would be."""
        async with asyncio.timeout(within):
            self._news.clear()
            while self.panels != await self.fresh():
                await self._next()

    async def fresh(self) -> dict[str, str] | None:
        """The panels of this page as it would be fetched now; None when there is nothing to fetch any more."""
        answer = await self.reader.get(self.path)
        return panels_of(answer.text) if answer.status_code == 200 else None

    @property
    def text(self) -> str:
        """Everything that the panels say."""
        return "".join(self.panels.values())

    async def close(self) -> None:
        """Close the window."""
        if self._socket is not None and self._task is not None:
            await self._socket.close()
            await self._task


class Reader:
    """Somebody in a browser, at one of the servers."""

    def __init__(self, house: House, person: str, server: servers.Place) -> None:
        self.house, self.person, self.server = house, person, server
        self.http = httpx.AsyncClient(base_url=server.url, timeout=servers.PATIENCE, verify=servers.NO_TLS)
        self.pages: list[Page] = []

    async def come_in(self) -> "Reader":
        """Use a link up, as one does: look, then press."""
        link = self.house.link(self.person)
        looked = await self.http.get(link)
        assert looked.status_code == 200, f"{looked.status_code} {looked.text}"
        pressed = await self.post(link)
        assert pressed.status_code == 303, f"{pressed.status_code} {pressed.text}"
        return self

    @property
    def socket_headers(self) -> dict[str, str]:
        """What a browser sends along when it opens a socket."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        return {"Origin": self.server.url, "Cookie": cookie}

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def post(self, path: str, **data: Any) -> httpx.Response:
        """Post a form with its token."""
        return await self.http.post(
            path, data=data, headers={"X-CSRFToken": self.http.cookies.get("c") or ""}
        )

    async def press(self, path: str) -> None:
        """A press on a live page: it answers with nothing, because the socket says what came of it."""
        answer = await self.http.post(
            path, headers={"X-CSRFToken": self.http.cookies["c"], "HX-Request": "true", "X-Live": "1"}
        )
        assert answer.status_code == 204, answer.text

    async def page(self, path: str) -> Page:
        """Fetch a page, without its socket."""
        return self.fetched(path, await self.get(path))

    def fetched(self, path: str, answer: httpx.Response) -> Page:
        """The page that came as this answer, without its socket."""
        assert answer.status_code == 200, (self.person, path, answer.status_code)
        found = SOCKET.search(answer.text)
        assert found, f"{path} is not live"
        self.pages.append(Page(self, path, panels_of(answer.text), unescape(found[1])))
        return self.pages[-1]

    async def open(self, path: str) -> Page:
        """Fetch a page and open its socket."""
        return await (await self.page(path)).connect()

    async def note(self, item: str, audience: str = "everyone", **more: Any) -> dict[str, Any]:
        """A note's form as it is before its text: chosen, and read who will see it."""
        page = (await self.get(item)).text
        kind = re.search(r'name="note-kind" value="([^"]+)"', page)
        assert kind
        given = {
            "note-kind": kind[1],
            "note-topic": "coordination",
            "note-audience": audience,
            "note-permitted": "on",
        }
        given |= {f"note-{name}": value for name, value in more.items()}
        readers = (await self.post(f"{item}readers/", **given)).text
        shown = re.search(r'name="note-shown_readers" value="([^"]+)"', readers)
        assert shown, "nobody was shown as a reader"
        return given | {"note-shown_readers": shown[1]}

    async def add_note(
        self, item: str, text: str, form: Mapping[str, Any] | None = None, **choice: Any
    ) -> None:
        """Write a note as the form does: choose, read who will see it, post."""
        given = await self.note(item, **choice) if form is None else form
        key = {"note-key": token_urlsafe(15), "note-text": text}
        answer = await self.post(f"{item}notes/", **given, **key)
        assert answer.status_code == 303, answer.text

    async def record_release(
        self, agency: str, topics: Iterable[str], starts: datetime, expires: datetime, case: str = "alder"
    ) -> None:
        """Record a release."""
        path = f"{self.house.case(case)}releases/"
        answer = await self.post(
            path,
            agency=self.house.facts["agencies"][agency],
            topics=list(topics),
            purpose="so that they can help",
            starts=starts.astimezone(UTC).isoformat(),
            expires=expires.astimezone(UTC).isoformat(),
            explained_in="es",
            key=await self._key(path),
        )
        assert answer.status_code == 303, answer.text

    async def give_seat(
        self, person: str, role: str, starts: datetime, until: datetime | None = None, **more: str
    ) -> None:
        """Give somebody a seat on the first case."""
        path = f"{self.house.case()}seats/"
        given = {"known_to": "all", "topic": "coordination"} | more
        answer = await self.post(
            path,
            email=self.house.facts["emails"][person],
            role=role,
            starts=starts.astimezone(UTC).isoformat(),
            until=until.astimezone(UTC).isoformat() if until else "",
            key=await self._key(path),
            **given,
        )
        assert answer.status_code == 303, answer.text

    async def _key(self, path: str) -> str:
        found = re.search(r'name="key" value="([^"]+)"', (await self.get(path)).text)
        assert found
        return found[1]


class Visit:
    """All readers of one test; they leave when it ends. `whole`: every page is to be read after everything."""

    def __init__(self, house: House, *, whole: bool = False) -> None:
        self.house, self.whole = house, whole
        self.readers: list[Reader] = []

    async def __aenter__(self) -> "Visit":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with AsyncExitStack() as stack:
            for reader in self.readers:
                stack.push_async_callback(reader.http.aclose)
                for page in reader.pages:
                    stack.push_async_callback(page.close)

    async def reader(self, person: str, server: int | None = None) -> Reader:
        """Somebody who has come in, at this server or at the next in turn."""
        number = len(self.readers) if server is None else server
        place = self.house.servers[number % len(self.house.servers)]
        reader = Reader(self.house, person, place)
        self.readers.append(reader)
        return await reader.come_in()

    @property
    def pages(self) -> list[Page]:
        """Every page that is open with a socket."""
        return [
            page for reader in self.readers for page in reader.pages if page._task and page.closed is None
        ]

    async def settle(self) -> None:
        """Every frame that is due has been read.

        A new page without a digest gets everything in the pass after it joined. When a second one has got its
        own, the pass of the first has been delivered to the last socket, and then each socket is drained.
        """

        async def two_passes(reader: Reader) -> None:
            for _ in range(2):
                known = dict.fromkeys(TODAY, "")
                probe = Page(reader, "/", known, "/live/today/")
                await probe.connect()
                await probe.until(lambda page: bool(page.frames))
                await probe.close()

        at_each_server = {reader.server.url: reader for reader in self.readers}
        await together(two_passes(reader) for reader in at_each_server.values())
        await together(page.drained() for page in self.pages)


async def together(work: Iterable[Awaitable[Any]]) -> list[Any]:
    """All of it, a few at a time."""
    gate = asyncio.Semaphore(8)

    async def gated(one: Awaitable[Any]) -> Any:
        async with gate:
            return await one

    return list(await asyncio.gather(*map(gated, work)))


@contextmanager
def house(
    template: Template, database: str, count: int, folder: Path, redis_url: str = "", **more: str
) -> Iterator[House]:
    """Servers over this copy of a template. `more`: what else stands in their environment."""
    environment = {"DATABASE_URL": database, "REDIS_URL": redis_url, **more}
    with servers.daphne(count, folder, **environment) as running:
        yield House(running, database, template.facts)
