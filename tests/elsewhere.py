"""Somebody else's process: it changes what the house shows, many times a second, and hints at it as a verb does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from time import monotonic
from typing import Any

import psycopg
import redis
from channels_redis.core import RedisChannelLayer
from psycopg.rows import scalar_row

from tests.live_client import House
from tests.servers import PATIENCE, Redis


class Elsewhere:
    """Changes titles of items."""

    def __init__(self, house: House, layer: Any, database: psycopg.AsyncConnection[int]) -> None:
        self.house, self.layer, self.database = house, layer, database

    async def retitle(self, conference: str, item: str, title: str) -> None:
        """One change, committed when this returns, and hinted at if there is a Redis."""
        case = self.house.facts["cases"][conference.partition("/")[0]]
        changed = await self.database.execute(
            "WITH retitled AS (UPDATE agendas_agendaitem SET title = %s FROM workspace_mark"
            " WHERE mark_id = workspace_mark.id AND public_id = %s)"
            " UPDATE workspace_case SET version = version + 1 WHERE public_id = %s RETURNING id",
            [title, self.house.facts["items"][f"{conference}/{item}"], case],
        )
        with suppress(redis.ConnectionError):
            await self.layer.group_send("hubs", {"type": "hint", "case": await changed.fetchone()})

    @asynccontextmanager
    async def talk(self, a_second: int) -> AsyncIterator["Talk"]:
        """So many changes a second in the first conference, all the while."""
        talk = Talk(self, 1 / a_second)
        writing = asyncio.create_task(talk.write())
        try:
            yield talk
            assert not writing.done(), "nobody talked any more"
        finally:
            # A library on the way may take a cancellation for a lost line and go on.
            talk.over = True
            writing.cancel()
            await asyncio.wait([writing])


class Talk:
    """`begun`: the words so far, each in a title that replaced the one before; the last may not be kept yet. No other
    talk has the same: what a page still shows of one is not heard in the next."""

    every = count()

    def __init__(self, elsewhere: Elsewhere, pause: float) -> None:
        self.elsewhere, self.pause = elsewhere, pause
        self.begun: list[str] = []
        self.number = next(self.every)
        self.over = False
        self._kept = asyncio.Condition()

    async def write(self) -> None:
        start = monotonic()
        while not self.over:
            await asyncio.sleep(max(0.0, start + len(self.begun) * self.pause - monotonic()))
            self.begun.append(f"said-{len(self.begun)}-{self.number}-")
            await self.elsewhere.retitle("alder/now", "wide", self.begun[-1])
            async with self._kept:
                self._kept.notify_all()

    async def next(self) -> str:
        """A word that was begun after this was called, and is kept when it returns."""
        word = len(self.begun)
        async with asyncio.timeout(PATIENCE), self._kept:
            await self._kept.wait_for(lambda: len(self.begun) > word)
        return self.begun[word]


@asynccontextmanager
async def elsewhere(house: House, layer: Redis) -> AsyncIterator[Elsewhere]:
    """A process that is none of the house's."""
    hints = RedisChannelLayer(hosts=[layer.url])
    database = psycopg.AsyncConnection.connect(house.database, autocommit=True, row_factory=scalar_row)
    async with await database as own:
        yield Elsewhere(house, hints, own)
    await hints.close_pools()
