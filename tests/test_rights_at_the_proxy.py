"""Five ways of losing one's place, read from the wire at a proxy: the write is made at one process, the page is held by
another one, and everything else goes on being written. With Redis, and after it was killed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import astuple, dataclass, replace
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests import servers
from tests.elsewhere import Talk, elsewhere
from tests.live_client import House, Page, Template, Visit, together
from tests.proxy import Line, Proxy

LEAVE, NOT_HERE = 4403, 4404
HEAD = b"\r\n\r\n"
TEXT, CLOSE = 1, 8
MOST_BEATS = 2  # until a page is closed: the hub looks once a second, and sends one every five


@dataclass
class Scene:
    """Two processes, each behind a proxy of its own."""

    proxies: list[Proxy]
    visit: Visit


@pytest.fixture
async def scene(
    postgres: servers.Postgres, redis_server: servers.Redis, postgres_template: Template, tmp_path: Path
) -> AsyncIterator[Scene]:
    """On a database of this test's own."""
    storage = {"DATABASE_URL": postgres_template.postgres_copy(postgres), "REDIS_URL": redis_server.url}
    async with AsyncExitStack() as stack:
        ports: list[int] = []
        proxies = [await stack.enter_async_context(Proxy(partial(ports.__getitem__, at))) for at in (0, 1)]
        started = [
            servers.serve(tmp_path / f"{at}.log", {**storage, "ALLOWED_ORIGINS": proxy.url})
            for at, proxy in enumerate(proxies)
        ]
        for server in started:
            stack.callback(server.end)
            await asyncio.to_thread(servers.answers, server)
            ports.append(int(server.url.rsplit(":", 1)[1]))
        behind = [replace(server, url=proxy.url) for server, proxy in zip(started, proxies, strict=True)]
        house = House(behind, storage["DATABASE_URL"], postgres_template.facts)
        yield Scene(proxies, await stack.enter_async_context(Visit(house)))


@dataclass(frozen=True)
class Frame:
    """One frame that the proxy passed on to the page."""

    kind: int
    payload: bytes


def frames(line: Line) -> list[Frame]:
    """What the page was sent through its socket, frame by frame."""
    said, place, found = line.said(up=False).partition(HEAD)[2], 0, []
    while place < len(said):
        kind, size, place = said[place] & 15, said[place + 1], place + 2
        if size > 125:
            more = 2 if size == 126 else 8
            size, place = int.from_bytes(said[place : place + more]), place + more
        place += size
        found.append(Frame(kind, said[place - size : place]))
    return found


def line_of(proxy: Proxy, page: Page) -> Line:
    """The connection that this page's socket is on."""
    wanted = f"GET {page.live_url} ".encode(), page.reader.http.cookies["s"].encode()
    [line] = [line for line in proxy.lines if all(words in line.said(up=True) for words in wanted)]
    return line


async def gone(scene: Scene, talk: Talk, page: Page, end: Callable[[], Awaitable[object]], code: int) -> None:
    """End it; then nothing written later reaches the page, it is told so at the next look, and the line is let go."""
    line = line_of(scene.proxies[1], page)
    heard = len(talk.begun)
    await page.until(lambda page: says_any(page.text, talk.begun[heard:]))
    await end()
    later, beats = len(talk.begun), len(page.heartbeats)
    await talk.next()
    assert await page.until_closed() == code
    assert len(page.heartbeats) - beats <= MOST_BEATS
    await asyncio.to_thread(servers.until, partial(is_closed, line), AssertionError)
    sent = frames(line)
    said = line.said(up=False).decode(errors="replace")
    assert says_any(said, talk.begun[heard:later])
    assert not says_any(said, talk.begun[later:]), page.reader.person
    [farewell] = [frame for frame in sent if frame.kind == CLOSE]
    assert sent[-1] is farewell
    assert int.from_bytes(farewell.payload[:2]) == code


def says_any(text: str, words: list[str]) -> bool:
    """Whether one of these stands in it."""
    return any(word in text for word in words)


def is_closed(line: Line) -> None:
    """Neither side holds this line any more."""
    assert not line.is_open


@dataclass(frozen=True)
class Losers:
    """Who loses their place in which way."""

    uninvited: str
    signed_out: str
    deactivated: str
    released: str
    seated: str


WITH_REDIS = Losers("prov", "guardian", "vw", "law", "mentor")
AFTERWARDS = Losers("next-adv", "interp", "pros", "det", "ther")
AGENCIES = {"law": "legal", "det": "police"}


async def test_whoever_loses_their_place_gets_nothing_more_and_the_line_is_let_go(
    scene: Scene, redis_server: servers.Redis
) -> None:
    house = scene.visit.house
    lead, survivor = [await scene.visit.reader(person, 0) for person in ("p-cm", "p-survivor")]

    async def uninvite(seat: str) -> None:
        house.execute(
            "DELETE FROM workspace_named USING workspace_mark AS room, workspace_mark AS seat"
            f" WHERE mark_id = room.id AND room.public_id = '{house.facts['conferences']['alder/now']}'"
            f" AND seat_id = seat.id AND seat.public_id = '{house.facts['seats'][f'alder/{seat}']}'"
        )
        house.execute("UPDATE workspace_case SET version = version + 1")

    async def deactivate(seat: str) -> None:
        house.execute(f"UPDATE workspace_person SET is_active = false WHERE key = 'p-{seat}'")

    async def sign_out(page: Page) -> None:
        # The same session, in a window at the other process.
        async with httpx.AsyncClient(
            base_url=lead.server.url, cookies=page.reader.http.cookies, verify=servers.NO_TLS
        ) as window:
            token = {"X-CSRFToken": page.reader.http.cookies["c"]}
            assert (await window.post("/sign-out/", headers=token)).status_code == 303

    async def all_five(losers: Losers) -> None:
        readers = await together(scene.visit.reader(f"p-{seat}", 1) for seat in astuple(losers))
        pages = await together(reader.open(house.room()) for reader in readers)
        ends = [
            (partial(uninvite, losers.uninvited), NOT_HERE),
            (partial(sign_out, pages[1]), LEAVE),
            (partial(deactivate, losers.deactivated), LEAVE),
            (partial(survivor.press, f"{house.release(AGENCIES[losers.released])}withdrawal/"), NOT_HERE),
            (partial(lead.press, f"{house.seat(losers.seated)}end/"), NOT_HERE),
        ]
        async with elsewhere(house, redis_server) as somebody, somebody.talk(20) as talk:
            for page, (end, code) in zip(pages, ends, strict=True):
                await gone(scene, talk, page, end, code)

    await all_five(WITH_REDIS)
    redis_server.kill()
    await all_five(AFTERWARDS)
