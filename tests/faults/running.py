"""Two or three real processes behind one front proxy, each with a proxy of its own before its Redis and its
PostgreSQL, over a fresh copy of the planted case."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests import servers
from tests.live_client import House, Template
from tests.proxy import Chunk, Line, Proxy

NAMED = re.compile(rb"(_pg3_\d+)\0([^\0]+)\0")
NAME = re.compile(rb"_pg3_\d+")


@dataclass
class Prepared:
    """What PostgreSQL is asked, on each line. A statement is on the wire in words once, and then by its name."""

    words: dict[Line, dict[bytes, bytes]] = field(default_factory=dict)

    async def listen(self, line: Line, chunk: Chunk) -> None:
        """Remember the names that are given on this line."""
        if chunk.up:
            self.words.setdefault(line, {}).update(NAMED.findall(chunk.data))

    def said(self, line: Line, chunk: Chunk) -> bytes:
        """These bytes, and the words behind the names in them."""
        known = self.words.get(line, {})
        return b" ".join([chunk.data, *(known[name] for name in NAME.findall(chunk.data) if name in known)])


@dataclass
class Slot:
    """A place for one process, and the lines it has to its Redis and PostgreSQL. `takes`: it gets new ones
    from browsers."""

    redis: Proxy
    database: Proxy
    prepared: Prepared
    environment: dict[str, str]
    log: Path
    server: servers.Daphne | None = None
    takes: bool = False

    async def start(self) -> None:
        """Start a process here, and wait until it answers."""
        self.server = servers.serve(self.log, self.environment)
        await asyncio.to_thread(servers.answers, self.server)
        self.takes = True

    def signal(self, how: signal.Signals) -> None:
        assert self.server is not None
        self.server.process.send_signal(how)

    def kill(self) -> None:
        """It is gone when this returns."""
        self.takes = False
        self.signal(signal.SIGKILL)
        assert self.server is not None
        self.server.process.wait()

    @property
    def port(self) -> int | None:
        """Where it listens, if it lives."""
        if self.server is None or not self.takes or self.server.process.poll() is not None:
            return None
        return int(self.server.url.rsplit(":", 1)[1])


@dataclass
class Running:
    """The house as it runs."""

    front: Proxy
    postgres: servers.Postgres
    redis: servers.Redis
    database: str
    house: House
    folder: Path
    stack: AsyncExitStack
    slots: list[Slot] = field(default_factory=list)
    repairs: list["asyncio.Task[None]"] = field(default_factory=list)
    _turns: Any = field(default_factory=count)

    def choose(self) -> int | None:
        """The next living process in turn."""
        ports = [slot.port for slot in self.slots if slot.port]
        return ports[next(self._turns) % len(ports)] if ports else None

    async def new_slot(self) -> Slot:
        """One more place, empty."""
        layer = await self.stack.enter_async_context(Proxy(lambda: self.redis.port, recording=False))
        base = await self.stack.enter_async_context(Proxy(lambda: self.postgres.port, recording=False))
        prepared = Prepared()
        base.hook = prepared.listen
        environment = {
            "ALLOWED_ORIGINS": self.front.url,
            "REDIS_URL": f"redis://127.0.0.1:{layer.port}/0",
            "DATABASE_URL": self.database.replace(f":{self.postgres.port}/", f":{base.port}/"),
        }
        slot = Slot(layer, base, prepared, environment, self.folder / f"process-{len(self.slots)}.log")
        self.slots.append(slot)
        return slot

    def lines_of(self, slot: Slot) -> list[Line]:
        """What browsers have open to this process."""
        return [line for line in self.front.open_lines if line.backend == slot.port]

    def repair(self, slot: Slot) -> None:
        """Start another process in the place of one that was killed, while everything else goes on."""
        self.repairs.append(asyncio.create_task(slot.start()))

    async def whole(self) -> None:
        """Every process that was killed has been replaced."""
        await asyncio.gather(*self.repairs)
        self.repairs.clear()

    async def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database says, past every proxy; asked again while it does not answer."""
        return await asyncio.to_thread(
            servers.until, partial(self._ask, statement, values), psycopg.OperationalError
        )

    def _ask(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            done = connection.execute(statement, values)
            return done.fetchall() if done.description else []

    async def found_without_hint(self) -> list[int]:
        """How many changes each process found without having heard of them."""
        async with httpx.AsyncClient(timeout=servers.PATIENCE, verify=servers.NO_TLS) as http:
            answers = [await http.get(f"{slot.server.url}/health/") for slot in self.slots if slot.server]
        return [int(answer.json()["found_without_hint"]) for answer in answers]

    @property
    def complaints(self) -> str:
        """The last things that each process said."""
        return "\n".join(
            f"{slot.log.name}: {slot.log.read_text()[-1500:]}" for slot in self.slots if slot.log.exists()
        )

    def end(self) -> None:
        """Kill what still runs, hung or not."""
        for slot in self.slots:
            if slot.server is not None:
                servers.end(slot.server.process, signal.SIGKILL)


@asynccontextmanager
async def running(
    count: int, postgres: servers.Postgres, redis: servers.Redis, template: Template, folder: Path
) -> AsyncIterator[Running]:
    """So many processes, answering."""
    database = await asyncio.to_thread(template.postgres_copy, postgres)
    async with AsyncExitStack() as stack:
        front = Proxy(lambda: house.choose(), recording=False)
        house = Running(front, postgres, redis, database, House([], database, template.facts), folder, stack)
        await stack.enter_async_context(front)
        stack.callback(house.end)
        slots = [await house.new_slot() for _ in range(count)]
        await asyncio.gather(*(slot.start() for slot in slots))
        yield house
        await house.whole()
