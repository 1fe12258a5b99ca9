"""All clients of one server, in a process of their own: as many sockets as there are readers, and the press that they
all wait for. The same code reads every kind of server, so that its own share is the same in all of them.

In the measured time a frame is only taken off the wire. What it says is checked between two events.
"""

import asyncio
import gc
import os
import random
import re
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlsplit

import httpx

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
SHOWS_AGENDA = b'id="agenda"'
OWN_WORD = re.compile(rb"own-(s\d+)-[a-z]{8}")
PATIENCE = 30.0
LONGEST_PAUSE = 0.05


@dataclass(frozen=True)
class Place:
    """A server as its clients see it. `readers`: seat, session, and whether they may read their own word; `words`:
    whether a frame may hold the word of its own seat alone."""

    url: str
    press_url: str
    room: str
    items: tuple[str, ...]
    readers: tuple[tuple[str, str, bool], ...]
    facilitator: int
    words: bool = True
    quiet: float = 2.5  # seconds; longer than two ticks of the hub, on which it says who came

    @property
    def press_headers(self) -> str:
        """What htmx sends along with a press on a live page."""
        token = "k" * 32
        cookie = f"s={self.readers[self.facilitator][1]}; c={token}"
        return (
            f"Host: {urlsplit(self.press_url).netloc}\r\nOrigin: {self.url}\r\nCookie: {cookie}\r\n"
            f"X-CSRFToken: {token}\r\nHX-Request: true\r\nX-Live: 1\r\nContent-Length: 0\r\n\r\n"
        )


@dataclass
class Block:
    """What a number of events took. `latencies`: seconds from the press to the last reader; `answers`: to its answer.
    `others`: frames without an agenda, which no press asked for."""

    latencies: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    frames: int = 0
    bytes: int = 0
    others: int = 0
    faults: list[str] = field(default_factory=list)


class Reader(asyncio.Protocol):
    """One open page: answers heartbeats, keeps the frames it got, and tells the series of the first of an event."""

    def __init__(self, series: "Series", seat: str, cookie: str, live: str) -> None:
        self.series, self.seat, self.cookie, self.live = series, seat, cookie, live
        self.frames: list[bytes] = []
        self.unread = b""
        self.accepted = self.waiting = False
        self.heard = asyncio.get_running_loop().create_future()
        self.beats = 0

    def connection_made(self, transport: Any) -> None:
        """Ask for the socket."""
        self.transport = transport
        place = self.series.place
        key = b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self.live} HTTP/1.1\r\nHost: {urlsplit(place.url).netloc}\r\nOrigin: {place.url}\r\n"
            f"Cookie: s={self.cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Take whole frames off what has come."""
        data = self.unread + data if self.unread else data
        if not self.accepted:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self.unread = head
                return
            self.accepted = b" 101 " in head.partition(b"\r\n")[0]
            if not self.accepted:
                self.transport.abort()
                return
        at, have = 0, len(data)
        while have - at >= 2:
            size, start = data[at + 1], at + 2
            if size >= 126:
                start = at + (4 if size == 126 else 10)
                if have < start:
                    break
                size = int.from_bytes(data[at + 2 : start])
            if have < start + size:
                break
            self._frame(data[at] & 15, data[start : start + size])
            at = start + size
        self.unread = data[at:]

    def _frame(self, kind: int, payload: bytes) -> None:
        if kind == TEXT and payload[:1] != b" ":
            self.frames.append(payload)
            self.series.frame_came.set()
            if self.waiting and SHOWS_AGENDA in payload:
                self.waiting = False
                self.series.one_has_read()
        elif kind == TEXT:
            self.beats += 1
            self.series.news.set()
            self._say(TEXT, payload)
        elif kind == PING:
            self._say(PONG, payload)
        elif kind == CLOSE:
            self.transport.abort()
            return
        if not self.heard.done():
            self.heard.set_result(None)

    def _say(self, kind: int, payload: bytes) -> None:
        # Masked with zeros, which leaves the payload as it is.
        self.transport.write(bytes((0x80 | kind, 0x80 | len(payload), 0, 0, 0, 0)) + payload)

    def connection_lost(self, fault: Exception | None) -> None:
        """The server closed, or the measurement is over."""
        if not self.heard.done():
            self.heard.set_exception(ConnectionError("closed before anything came"))
        self.series.readers.discard(self)
        self.series.news.set()


class Press(asyncio.Protocol):
    """The facilitator's kept-alive connection."""

    def __init__(self) -> None:
        self.said = b""
        self.answer = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Ready for presses."""
        self.transport = transport

    def send(self, request: bytes) -> "asyncio.Future[float]":
        """Press; the instant of its answer."""
        self.said, self.answer = b"", asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.answer

    def data_received(self, data: bytes) -> None:
        """A press on a live page is answered with a head and nothing else."""
        self.said += data
        if b"\r\n\r\n" not in self.said or self.answer.done():
            return
        if self.said.startswith(b"HTTP/1.1 204"):
            self.answer.set_result(time.perf_counter())
        else:
            self.answer.set_exception(
                RuntimeError(f"a press was refused: {self.said.partition(b'<main')[2][:600]!r}")
            )

    def connection_lost(self, fault: Exception | None) -> None:
        """Nobody will answer any more."""
        if not self.answer.done():
            self.answer.set_exception(ConnectionError("the press had no answer"))


class Series:
    """The readers of one server and the presses among them."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.readers: set[Reader] = set()
        self.turn = 0
        self.missing = 0
        self.all_read: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.press: Press | None = None
        self.random = random.Random(1)
        self.frame_came, self.news = asyncio.Event(), asyncio.Event()

    async def connect(self, each: int = 1, together: int = 50, *, pages: bool = False) -> dict[str, Any]:
        """Open so many sockets of each reader, so many at a time. The seconds from the first SYN until the last one has
        heard something, and how many failed. `pages`: with the address that each one's page gives, as browsers do."""
        gate = asyncio.Semaphore(together)
        live = {seat: f"/live/room/?id={self.place.room}" for seat, *_ in self.place.readers}
        if pages:
            live |= await self._addresses()
        began = time.perf_counter()
        ends = await asyncio.gather(
            *(
                self._open(gate, seat, cookie, live[seat])
                for _ in range(each)
                for seat, cookie, _ in self.place.readers
            ),
            return_exceptions=True,
        )
        return {
            "seconds": time.perf_counter() - began,
            "failed": sum(isinstance(end, BaseException) for end in ends),
        }

    async def _open(self, gate: asyncio.Semaphore, seat: str, cookie: str, live: str) -> None:
        async with gate, asyncio.timeout(PATIENCE):
            _, reader = await asyncio.get_running_loop().create_connection(
                lambda: Reader(self, seat, cookie, live), *address(self.place.url)
            )
            self.readers.add(reader)
            await reader.heard

    async def _addresses(self) -> dict[str, str]:
        found = {}
        async with httpx.AsyncClient(base_url=self.place.url, timeout=PATIENCE) as http:
            for seat, cookie, _ in self.place.readers:
                page = await self._page(http, cookie)
                found[seat] = unescape(page.partition('ws-connect="')[2].partition('"')[0])
        return found

    async def _page(self, http: httpx.AsyncClient, cookie: str) -> str:
        answer = await http.get(f"/conferences/{self.place.room}/", headers={"Cookie": f"s={cookie}"})
        answer.raise_for_status()
        return answer.text

    async def poll(self, every: float, presses: int, apart: float) -> list[float]:
        """Instead of sockets: each reader fetches the page so often. For each press and reader, the seconds from the
        press until a page that shows it had been read."""
        pressed: list[tuple[str, float]] = []
        ages: list[float] = []

        async def reader(cookie: str) -> None:
            await asyncio.sleep(self.random.uniform(0, every))
            known = 0
            async with httpx.AsyncClient(base_url=self.place.url, timeout=PATIENCE) as http:
                while known < presses:
                    began = time.perf_counter()
                    page, now = await self._page(http, cookie), time.perf_counter()
                    for place, (item, _) in enumerate(pressed[known:], known + 1):
                        if _current(item) in page:
                            ages.extend(now - earlier for _, earlier in pressed[known:place])
                            known = place
                    await asyncio.sleep(max(0.0, began + every - time.perf_counter()))

        async def facilitator() -> None:
            for number in range(presses):
                item = self.place.items[number % len(self.place.items)]
                await asyncio.sleep(apart)
                await self._ready_to_press()
                pressed.append((item, time.perf_counter()))
                await self._pressed(item)

        await asyncio.gather(facilitator(), *(reader(cookie) for _, cookie, _ in self.place.readers))
        return ages

    async def settle(self) -> None:
        """Nothing has come for a while: everybody knows who is here."""
        with suppress(TimeoutError):
            while True:
                self.frame_came.clear()
                await asyncio.wait_for(self.frame_came.wait(), self.place.quiet)
        for reader in self.readers:
            reader.frames.clear()

    def one_has_read(self) -> None:
        """One more reader has the frame of this event."""
        self.missing -= 1
        if self.missing == 0 and not self.all_read.done():
            self.all_read.set_result(time.perf_counter())

    async def block(self, events: int) -> Block:
        """So many presses, each when everybody has read what came of the one before."""
        block = Block()
        gc.collect()
        gc.disable()
        for _ in range(events):
            await self._event(self.place.items[self.turn % len(self.place.items)], block)
            self.turn += 1
            await self._pause()
        gc.enable()
        return block

    async def _pause(self) -> None:
        """So that presses do not keep step with the hub's ticks."""
        await asyncio.sleep(self.random.uniform(0, LONGEST_PAUSE))

    async def _event(self, item: str, block: Block) -> dict[Reader, bytes]:
        await self._ready_to_press()
        for reader in self.readers:
            reader.waiting = True
        self.missing = len(self.readers)
        self.all_read = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        answer = self._pressed(item)
        try:
            async with asyncio.timeout(PATIENCE):
                block.latencies.append(await self.all_read - began)
                block.answers.append(await answer - began)
        except TimeoutError:
            raise RuntimeError(self._missed(item, answer.done())) from None
        return self._check(item, block)

    async def _ready_to_press(self) -> None:
        if self.press is None or self.press.transport.is_closing():
            loop = asyncio.get_running_loop()
            _, self.press = await loop.create_connection(Press, *address(self.place.press_url))

    def _missed(self, item: str, answered: bool) -> str:
        late = [reader for reader in self.readers if reader.waiting]
        first = next(iter(late), None)
        got = (
            f"{first.seat}: {[frame[:80] for frame in first.frames]}, {len(first.unread)} bytes"
            if first
            else ""
        )
        return f"{item}: {self.missing} did not get a frame ({got}); the press had {'an' if answered else 'no'} answer"

    def _pressed(self, item: str) -> "asyncio.Future[float]":
        assert self.press
        return self.press.send(f"POST /items/{item}/current/ HTTP/1.1\r\n{self.place.press_headers}".encode())

    def _check(self, item: str, block: Block) -> dict[Reader, bytes]:
        shown = {}
        for reader in self.readers:
            frames, reader.frames = reader.frames, []
            block.faults += faults(frames, reader.seat, item, words=self.place.words)
            told = [frame for frame in frames if SHOWS_AGENDA in frame]
            shown[reader] = told[0]
            block.frames += len(frames)
            block.bytes += sum(map(len, frames))
            block.others += len(frames) - len(told)
        return shown

    async def record(self) -> tuple[Block, dict[str, str]]:
        """Each item once: what it took, and for each item a frame of middling size as it came."""
        block, kept = Block(), {}
        strangers = {seat for seat, _, reads_own in self.place.readers if reads_own}
        for item in self.place.items:
            shown = await self._event(item, block)
            strangers -= {reader.seat for reader, frame in shown.items() if OWN_WORD.search(frame)}
            kept[item] = sorted(shown.values(), key=len)[len(shown) // 2].decode()
            await self._pause()
        if self.place.words:
            block.faults += [f"{seat} never got its own word" for seat in sorted(strangers)]
        return block, kept

    async def close(self) -> None:
        """Everybody leaves."""
        for reader in list(self.readers):
            reader.transport.abort()
        await self._until(lambda: not self.readers)

    async def beaten(self, times: int) -> None:
        """Every reader has had that many heartbeats."""
        await self._until(lambda: all(reader.beats >= times for reader in self.readers))

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self.news.clear()
                await self.news.wait()


def address(url: str) -> tuple[str, int]:
    """Host and port."""
    host, _, port = urlsplit(url).netloc.partition(":")
    return host, int(port)


def faults(frames: Iterable[bytes], seat: str, item: str, *, words: bool) -> list[str]:
    """What is wrong with what a seat got for the press on this item: it must be one agenda, with this item as the
    current one, and no word of another seat."""
    found = []
    agendas = [frame for frame in frames if SHOWS_AGENDA in frame]
    if len(agendas) != 1:
        found.append(f"{seat} got {len(agendas)} agendas for one press")
    current = _current(item).encode()
    if any(current not in frame or frame.count(b'data-status="now"') != 1 for frame in agendas):
        found.append(f"{seat} got frames out of order")
    if words:
        others = {word for frame in frames for word in OWN_WORD.findall(frame)} - {seat.encode()}
        found += [f"{seat} got the word of {other.decode()}" for other in sorted(others)]
    return found


def _current(item: str) -> str:
    return f'id="row-{item}" data-status="now"'


class Clients:
    """The process with the clients, as the benchmark speaks to it."""

    def __init__(self, place: Place) -> None:
        context = get_context("spawn")
        self._pipe, far = context.Pipe()
        self._process = context.Process(target=_work, args=(far, place), daemon=True)
        self._process.start()
        far.close()

    def __enter__(self) -> "Clients":
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join(10)

    def do(self, what: str, **given: Any) -> Any:
        """Have it do something with the series, and wait. Raises RuntimeError with what went wrong there."""
        self._pipe.send((what, given))
        fault, answer = self._pipe.recv()
        if fault:
            raise RuntimeError(fault)
        return answer


def _work(pipe: Connection, place: Place) -> None:
    asyncio.run(_serve(pipe, place))


async def _serve(pipe: Connection, place: Place) -> None:
    series = Series(place)
    gc.freeze()
    with suppress(EOFError):
        while True:
            what, given = await asyncio.to_thread(pipe.recv)
            work: Callable[..., Awaitable[Any]] = getattr(series, what)
            try:
                pipe.send(("", await work(**given)))
            except Exception as fault:
                pipe.send((f"{type(fault).__name__}: {fault}", None))
