"""The thread a request is answered in: its own while it lasts, and then another's."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from workspace import asgi


class House(asgi.OneThread):
    """Does what it is asked instead of answering. The threads that did it are kept in `used`."""

    def __init__(self) -> None:
        super().__init__()
        self.used: list[threading.Thread] = []
        self.rested = threading.Semaphore(0)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        await sync_to_async(self._work)(scope["waits"])

    def _work(self, waits: Iterable[Callable[[], object]]) -> None:
        self.used.append(threading.current_thread())
        for wait in waits:
            wait()

    def _rest(self, thread: ThreadPoolExecutor) -> None:
        super()._rest(thread)
        self.rested.release()

    async def ask(self, *waits: Callable[[], object]) -> None:
        """One request, which does all this while it is at work."""
        await self({"type": "http", "waits": waits}, None, None)

    async def rest(self, threads: int) -> None:
        """Wait until so many threads have done what they had to do."""
        for _ in range(threads):
            assert await asyncio.to_thread(self.rested.acquire, timeout=10)


async def test_one_request_after_the_other_has_the_same_thread() -> None:
    house = House()
    for _ in range(5):
        await house.ask()
        await house.rest(1)
    assert len(house.used) == 5
    assert set(house.used) == {house.used[0]} != {threading.current_thread()}


async def test_requests_at_once_have_a_thread_each() -> None:
    house, together = House(), threading.Barrier(20)
    await asyncio.wait_for(asyncio.gather(*(house.ask(together.wait) for _ in range(20))), 10)
    assert len(set(house.used)) == 20


async def test_a_request_that_was_given_up_delays_no_other() -> None:
    house, begun, done = House(), threading.Event(), threading.Event()
    given_up = asyncio.create_task(house.ask(begun.set, done.wait))
    assert await asyncio.to_thread(begun.wait, 10)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    try:
        await asyncio.wait_for(house.ask(), 10)
    finally:
        done.set()
    assert len(set(house.used)) == 2


async def test_after_a_rush_only_some_threads_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "MOST_IDLE_THREADS", 3)
    house, together = House(), threading.Barrier(8)
    await asyncio.wait_for(asyncio.gather(*(house.ask(together.wait) for _ in range(8))), 10)
    await house.rest(8)
    stay = {thread for idle in house._idle for thread in idle._threads}
    assert len(stay) == 3
    for thread in set(house.used) - stay:
        thread.join(10)
    assert {thread for thread in house.used if thread.is_alive()} == stay
