"""Forty pages in browsers of all roles that come back by themselves, and the people among them who write all the
time and press again when no answer came."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from secrets import token_urlsafe
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from django.utils import timezone
from websockets.exceptions import InvalidHandshake

from tests import servers
from tests.faults.ledger import CHOICES, Choice, Ledger
from tests.faults.running import Running
from tests.live_client import Page, Reader, elements, panels_of, together
from tests.proxy import Line
from tests.servers import Place

LEAVE, NOT_HERE, RAN_OUT = 4403, 4404, 4401
PATIENCE = 15.0
ROOM = [
    *("p-survivor", "p-guardian", "p-cm", "p-adv", "p-sup", "p-holder-nurse", "p-ther", "p-shelter", "p-law"),
    *("p-vw", "p-pros", "p-det", "p-interp", "p-prov", "p-mentor", "p-next-adv", "p-next-cm"),
]
OPENED = {
    "room": [*ROOM, "p-cm", "p-cm", "p-survivor", "p-det", "p-det", "p-ther", "p-law"],
    "wide": ["p-det", "p-ther"],
    "plan": ["p-cm", "p-survivor", "p-survivor", "p-adv", "p-ther"],
    "releases": ["p-adv", "p-det", "p-det"],
    "seats": ["p-cm"],
    "/": ["p-cm", "p-det", "p-det", "p-aid", "p-free-interp"],
}
ITEMS = ["wide", "clinical", "hearing", "aside"]


@lru_cache(maxsize=512)
def came_in(frame: str) -> dict[str, str]:
    """The panels of a frame; many pages get the same."""
    return elements(frame, lambda _: True)


class Tab(Page):
    """A page that connects again as the script does: soon, then later, never on a code that says leave."""

    def __init__(self, reader: Reader, path: str, panels: dict[str, str], live_url: str) -> None:
        super().__init__(reader, path, panels, live_url)
        self.codes: list[int | None] = []
        self.received: list[str] = []
        self.staying: asyncio.Task[None] | None = None
        self._heard, self._tries = False, 0

    def _swap(self, frame: str) -> None:
        came = came_in(frame)
        assert came
        assert came.keys() <= self.panels.keys(), "panels that the page does not have"
        self.panels |= came
        self.received.append(frame)
        self._heard, self._tries = True, 0

    @property
    def connected(self) -> bool:
        """Whether its socket is open."""
        return self._task is not None and not self._task.done()

    @property
    def address(self) -> str:
        """Where it connects: what it was fetched with is true only until the first frame."""
        if not self._heard:
            return self.live_url
        parts = urlsplit(self.live_url)
        kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "shows"]
        return parts._replace(query=urlencode(kept)).geturl()

    async def stay(self) -> None:
        """Be connected until told to leave."""
        while True:
            self.closed = None
            with suppress(OSError, EOFError, InvalidHandshake, TimeoutError):
                await self.connect(self.address)
                assert self._task is not None
                await self._task
            self.codes.append(self.closed)
            if self.closed in (LEAVE, NOT_HERE, RAN_OUT):
                return
            await asyncio.sleep(min(5.0, 0.5 * 2**self._tries) * random.uniform(0.5, 1.0))
            self._tries += 1

    def lines(self, running: Running) -> list[Line]:
        """Its open socket, at the front proxy."""
        cookie, asked = self.reader.http.cookies["s"].encode(), b"GET " + self.live_url.split("?")[0].encode()
        return [
            line
            for line in running.front.open_lines
            if line.opening.startswith(asked) and cookie in line.opening
        ]

    def complaint(self, fresh: dict[str, str] | None) -> str:
        """How it differs from a fresh one."""
        line = "connected" if self.connected else "not connected"
        who = f"{self.reader.person} at {self.path}, {line}, sockets ended with {self.codes}"
        if fresh is None:
            return f"{who}: a fresh one is not there"
        lines = [who]
        for name, html in fresh.items():
            mine = self.panels.get(name, "")
            if mine == html:
                continue
            lines.append(f"panel {name}: {len(mine)} characters, fresh {len(html)}")
            has, wants = pieces(mine), pieces(html)
            lines += [f"  too much: {piece}" for piece in has if piece not in wants][:4]
            lines += [f"  missing: {piece}" for piece in wants if piece not in has][:4]
        return "\n".join(lines)


def pieces(html: str) -> list[str]:
    """The texts of a panel."""
    return [text.strip() for text in re.split(r"<[^>]*>", html) if text.strip()]


@dataclass
class Writer:
    """Somebody who writes the same kind of note again and again, one at a time."""

    crowd: "Crowd"
    reader: Reader
    choice: Choice
    form: dict[str, Any] | None = None

    async def work(self) -> None:
        """Write one note, and have it kept."""
        await self.note()

    async def note(self, more: str = "") -> None:
        """A note with a word of its own, sent until it is answered, sometimes twice at once."""
        word, key = self.crowd.ledger.new(self.choice), token_urlsafe(15)
        item = self.crowd.running.house.item("wide")
        while True:
            given = await self._form(item)
            said = given | {"note-key": key, "note-text": f"{word} {more}"}
            answer = await self.crowd.kept(self.reader.post, f"{item}notes/", **said)
            if answer.status_code == 303:
                self.crowd.ledger.kept.add(word)
                return
            assert answer.status_code == 422, (answer.status_code, answer.text[-2000:])
            self.form = None  # Others would read it now: the writer reads who, and sends the same form.

    async def _form(self, item: str) -> dict[str, Any]:
        if self.form is None:
            page = (await self.crowd.kept(self.reader.get, item)).text
            kind = re.search(r'name="note-kind" value="([^"]+)"', page)
            assert kind, page
            given = {"kind": kind[1], "topic": self.choice.topic, "audience": self.choice.audience}
            given |= {"left_out_because": "so that nobody comes to harm", "permitted": "on"}
            form = {f"note-{name}": value for name, value in given.items()}
            readers = (await self.crowd.kept(self.reader.post, f"{item}readers/", **form)).text
            shown = re.search(r'name="note-shown_readers" value="([^"]+)"', readers)
            assert shown, readers
            self.form = form | {"note-shown_readers": shown[1]}
        return self.form


class Leader(Writer):
    """The facilitator, who goes from item to item."""

    async def work(self) -> None:
        await self.press(self.crowd.chance.choice(ITEMS))

    async def press(self, name: str) -> None:
        """Make an item current. When every press was answered, no earlier one can still come."""
        ledger, failures = self.crowd.ledger, self.crowd.failures
        ledger.may_be_current.add(name)
        address = f"{self.crowd.running.house.item(name)}current/"
        answer = await self.crowd.kept(self.reader.post, address)
        assert answer.status_code == 303, answer.text[-2000:]
        if failures == self.crowd.failures == 0:
            ledger.may_be_current = {name}


class Doorkeeper(Writer):
    """Who records a release for the police and has it withdrawn again, by two people at once."""

    purpose: str = ""

    async def work(self) -> None:
        await (self.withdraw() if self.purpose else self.record())

    async def record(self) -> None:
        """The police may read what is medical."""
        facts, path = self.crowd.running.house.facts, f"{self.crowd.running.house.case()}releases/"
        purpose, now = self.crowd.ledger.new_release(), timezone.now()
        form = {
            "agency": facts["agencies"]["police"],
            "topics": ["medical"],
            "purpose": purpose,
            "starts": (now - timedelta(minutes=1)).isoformat(),
            "expires": (now + timedelta(hours=6)).isoformat(),
            "explained_in": "es",
            "key": token_urlsafe(15),
        }
        answer = await self.crowd.kept(self.reader.post, path, **form)
        assert answer.status_code == 303, answer.text[-2000:]
        self.crowd.ledger.kept.add(purpose)
        self.purpose = purpose

    async def withdraw(self) -> None:
        """Both of them may; the second press finds it done."""
        ((release,),) = await self.crowd.running.ask(
            "SELECT public_id FROM workspace_release WHERE purpose = %s", self.purpose
        )
        both, address = [self.reader, self.crowd.readers["p-survivor"]], f"/releases/{release}/withdrawal/"
        for answer in await asyncio.gather(*(self.crowd.kept(who.post, address) for who in both)):
            assert answer.status_code == 303, answer.text[-2000:]
        self.crowd.ledger.withdrawn.add(self.purpose)
        self.purpose = ""


class Crowd:
    """Everybody."""

    def __init__(self, running: Running, ledger: Ledger, chance: random.Random) -> None:
        self.running, self.ledger, self.chance = running, ledger, chance
        self.readers: dict[str, Reader] = {}
        self.tabs: list[Tab] = []
        self.writers: list[Writer] = []
        self.failures = 0
        self._stop = asyncio.Event()
        self._working: list[asyncio.Task[None]] = []

    async def come(self) -> None:
        """Come in, open the pages, and wait until all of them are as fresh ones."""
        place = Place(self.running.front.url)
        people = sorted({person for opened in OPENED.values() for person in opened})
        self.readers = {person: Reader(self.running.house, person, place) for person in people}
        await together(reader.come_in() for reader in self.readers.values())
        for reader in self.readers.values():
            reader.http.timeout = httpx.Timeout(PATIENCE)
        house = self.running.house
        paths = {"/": "/", "room": house.room(), "wide": house.item("wide"), "plan": house.case()}
        paths |= {name: f"{house.case()}{name}/" for name in ("releases", "seats")}
        opened = [(self.readers[who], paths[name]) for name, all_of in OPENED.items() for who in all_of]
        self.tabs = await together(self.open(reader, path) for reader, path in opened)
        self.writers = [Writer(self, self.readers[choice.person], choice) for choice in CHOICES]
        self.writers.append(Leader(self, self.readers["p-cm"], CHOICES[0]))
        self.writers.append(Doorkeeper(self, self.readers["p-adv"], CHOICES[0]))

    async def open(self, reader: Reader, path: str) -> Tab:
        """Fetch a page, and stay on it."""
        page = await reader.page(path)
        tab = Tab(reader, path, page.panels, page.live_url)
        tab.staying = asyncio.create_task(tab.stay())
        return tab

    async def leave(self) -> None:
        """Close every window."""
        tasks = [*self._working, *(tab.staying for tab in self.tabs if tab.staying)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await together(reader.http.aclose() for reader in self.readers.values())

    def work(self) -> None:
        """Begin to write."""
        self._stop.clear()
        self.failures = 0
        self._working = [
            asyncio.create_task(self._work(writer), name=f"{type(writer).__name__} {writer.choice}")
            for writer in self.writers
        ]

    async def rest(self, within: float) -> None:
        """Everybody ends what they are at, and stops. Raises AssertionError with who could not."""
        self._stop.set()
        ended, stuck = await asyncio.wait(self._working, timeout=within)
        for task in ended:
            task.result()
        assert not stuck, f"not answered yet: {[task.get_name() for task in stuck]}"

    async def _work(self, writer: Writer) -> None:
        while not self._stop.is_set():
            await writer.work()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), self.chance.uniform(0.5, 1.5))

    async def spread(self) -> None:
        """Where a new process has nobody yet, every second line of the others is cut, and comes back to it."""
        if not all(self.running.lines_of(slot) for slot in self.running.slots):
            for line in self.running.front.open_lines[::2]:
                line.cut()
            await self.fresh(monotonic() + servers.PATIENCE)

    async def kept(
        self, send: Callable[..., Awaitable[httpx.Response]], path: str, **said: Any
    ) -> httpx.Response:
        """The answer to what is sent again until one comes that is not the server's own failure.

        One time in four it is sent twice at once, as an impatient finger does.
        """
        while True:
            times = 2 if self.chance.random() < 0.25 else 1
            answers = await asyncio.gather(
                *(send(path, **said) for _ in range(times)), return_exceptions=True
            )
            good = []
            for answer in answers:
                if isinstance(answer, httpx.Response):
                    good += [answer] if answer.status_code < 500 else []
                elif not isinstance(answer, httpx.TransportError):
                    raise answer
            self.failures += len(answers) - len(good)
            if good:
                return good[0]
            await asyncio.sleep(self.chance.uniform(0.1, 0.4))

    async def fresh(self, deadline: float) -> None:
        """Wait until every page is as a fresh one would be. Raises AssertionError with how those differ that still do
        when a fresh one is asked for after this moment."""
        groups: dict[tuple[str, str], list[Tab]] = {}
        for tab in self.tabs:
            groups.setdefault((tab.reader.person, tab.path), []).append(tab)
        complaints = await together(self._fresh(tabs, deadline) for tabs in groups.values())
        assert not any(complaints), "\n".join(filter(None, complaints))

    async def _fresh(self, tabs: list[Tab], deadline: float) -> str:
        reader, path = tabs[0].reader, tabs[0].path
        while True:
            asked = monotonic()
            answer = await self.kept(reader.get, path)
            shown = panels_of(answer.text) if answer.status_code == 200 else None
            late = [tab for tab in tabs if tab.panels != shown or not tab.connected]
            if not late or asked > deadline:
                return "\n".join(tab.complaint(shown) for tab in late)
            await asyncio.sleep(0.1)  # Frames are read meanwhile; what is waited for is asked for again.
