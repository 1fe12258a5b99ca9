"""The hub: one per process. It alone listens for hints, has a pass made over all open pages, and pushes what came
of it."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from secrets import token_hex
from typing import TypeVar

from channels.layers import get_channel_layer
from django.db import connection
from django.utils import timezone

from workspace.live.announce import GROUP, HERE, tell_here
from workspace.live.passes import Outcome, Passes, Socket

logger = logging.getLogger(__name__)
T = TypeVar("T")
TICK = 1.0
BEAT = 5.0
REJOIN = 30.0
ANSWER_WITHIN = 8.0
MOST_UNANSWERED = 1024 * 1024
MOST_OF_A_SESSION = 32  # sockets in one process
TOO_SLOW = 4408
TOO_MANY = 4429  # the page rests until its reader comes back to it
MISSED = 4500
HEARTBEAT = " "  # what a heartbeat begins with, and no panel does


class Hub:
    """The hub of this process: sockets, hints, ticks."""

    running: "Hub | None" = None

    def __init__(self) -> None:
        self.sockets: set[Socket] = set()
        self._of_session: dict[str, list[Socket]] = {}
        self.passes = Passes()
        self.healed = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hub")
        self._wake = asyncio.Event()
        self._joined = asyncio.Event()
        self._deaf = asyncio.Event()
        self._hinted: set[int] = set()
        self._heard: set[int] = set()
        self._suspects: set[int] = set()
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def here(cls) -> "Hub":
        """The hub of this process, listening. No socket is added before its channel exists."""
        if cls.running is None:
            cls.running = cls()
            tell_here(cls.running.hint)
            cls.running._tasks = [
                asyncio.create_task(work())
                for work in (cls.running._listen, cls.running._rejoin, cls.running._run)
            ]
        with suppress(TimeoutError):
            # Without a channel layer the versions still tell, a second later.
            await asyncio.wait_for(cls.running._joined.wait(), TICK)
        return cls.running

    @property
    def listening(self) -> bool:
        """Whether the channel layer let this hub join."""
        return self._joined.is_set()

    async def join(self, socket: Socket) -> None:
        """Keep this page up to date from now on. Of a session that has too many, the one that joined first goes."""
        self.sockets.add(socket)
        same = self._of_session.setdefault(socket.session, [])
        same.append(socket)
        self._wake.set()
        if len(same) > MOST_OF_A_SESSION:
            await self._close(same[0], TOO_MANY)

    def leave(self, socket: Socket) -> None:
        """The page is gone."""
        if socket not in self.sockets:
            return
        self.sockets.remove(socket)
        same = self._of_session[socket.session]
        same.remove(socket)
        if not same:
            del self._of_session[socket.session]

    def hint(self, case: int) -> None:
        """This case changed: look at it now. What a hint says otherwise is not understood, and ignored."""
        self._hinted.add(case)
        self._wake.set()

    def answered(self, socket: Socket, said: str | None) -> bool:
        """Whether this answers the heartbeat that waits for it; then the page has read all it was sent before.

        Each heartbeat is made anew: who does not read cannot know it, and once answered it counts no more.
        """
        if not socket.asked or said != socket.asked:
            return False
        socket.asked = ""
        socket.unanswered -= socket.asked_after
        if socket.behind:
            self._wake.set()
        return True

    async def _listen(self) -> None:
        channel = ""
        while True:
            try:
                layer = get_channel_layer()
                if not self._joined.is_set():
                    channel = channel or await layer.new_channel("hub")
                    await layer.group_add(GROUP, channel)
                    self._channel = channel
                    self._joined.set()
                    self._wake.set()
                message = await layer.receive(channel)
                known = message.get("type") == "hint" and isinstance(message.get("case"), int)
                if known and message.get("from") != HERE:
                    self.hint(message["case"])
            except Exception as error:
                logger.warning("the channel layer failed: %s", type(error).__name__)
                self._joined.clear()
                await asyncio.sleep(0.25)

    _channel = ""

    async def _rejoin(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._deaf.wait(), REJOIN)
            self._deaf.clear()
            if self._joined.is_set():
                with suppress(Exception):
                    await get_channel_layer().group_add(GROUP, self._channel)

    async def _run(self) -> None:
        next_tick = time.monotonic()
        changes_at: datetime | None = None
        while True:
            wait = max(0.0, next_tick - time.monotonic())
            if changes_at is not None:
                wait = min(wait, max(0.0, (changes_at - timezone.now()).total_seconds()))
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            self._wake.clear()
            tick = time.monotonic() >= next_tick
            if tick:
                next_tick = time.monotonic() + TICK
            try:
                changes_at = await self._turn(tick=tick)
            except Exception:
                # Nothing new is shown and no heartbeat is sent: pages veil themselves when this lasts.
                logger.exception("a pass failed")
                await asyncio.sleep(0.25)

    async def _turn(self, *, tick: bool) -> datetime | None:
        sockets = list(self.sockets)
        if not sockets and not self.passes.present:
            self.passes.versions = {}
            return None
        for socket in sockets:
            socket.catch_up()
        outcome = await self._in_thread(partial(self._guarded_pass, sockets))
        await self._deliver(outcome)
        await self._beat(sockets)
        if tick:
            self._judge_hints()
            await self._in_thread(partial(self.passes.say_who_is_here, list(self.sockets)))
        return outcome.changes_at

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _guarded_pass(self, sockets: list[Socket]) -> Outcome:
        try:
            return self.passes.run(sockets)
        except Exception:
            lost = getattr(connection.connection, "closed", False)
            connection.close()
            pool = getattr(connection, "pool", None)
            if lost and pool:
                # The pool's other lines died with this one. It would find out one by one, and wait 1, 2, 4 s in
                # between: ten requests would fail.
                pool.drain()
            for socket in sockets:
                # What this pass had made for some of them was never sent.
                socket.stamp = socket.shows = socket.shown = None
            raise

    def _judge_hints(self) -> None:
        # A change seen at the last tick, of which no hint has come since, was found by its version alone. A hint
        # is remembered for two ticks: it may have come while the pass before the change was still being made.
        heard = self._heard | self._hinted
        unheard = self._suspects - heard
        if unheard:
            # Perhaps the layer has forgotten who listens.
            self.healed += len(unheard)
            self._deaf.set()
        self._suspects, self.passes.changed = self.passes.changed - heard, set()
        self._heard, self._hinted = self._hinted, set()

    async def _deliver(self, outcome: Outcome) -> None:
        for socket in outcome.closed:
            await self._close(socket, socket.farewell)
        for socket, frame, size in outcome.frames:
            await self._send(socket, frame, size)

    async def _beat(self, sockets: list[Socket]) -> None:
        now = time.monotonic()
        for socket in self.sockets.intersection(sockets):
            if socket.asked:
                if now - socket.asked_at > ANSWER_WITHIN:
                    await self._close(socket, TOO_SLOW)
            elif now >= socket.beat_at:
                socket.asked = HEARTBEAT + token_hex(4)
                socket.asked_at, socket.asked_after = now, socket.unanswered
                socket.beat_at = now + BEAT
                await self._put(socket, socket.asked)

    async def _send(self, socket: Socket, frame: str, size: int) -> None:
        # One frame alone may be larger: nothing less would bring the page up to date.
        if socket.behind or (socket.unanswered and socket.unanswered + size > MOST_UNANSWERED):
            # Daphne's send never blocks and never drops: what is unread is counted here instead. A heartbeat at
            # once, so that a page which does read goes on as soon as it has.
            if not socket.behind:
                socket.behind, socket.beat_at = True, 0.0
            return
        socket.unanswered += size
        if socket.unanswered > MOST_UNANSWERED // 8:
            # A page that gets much is asked more often, so that one which does read never falls behind.
            socket.beat_at = 0.0
        await self._put(socket, frame)

    async def _put(self, socket: Socket, frame: str) -> None:
        if socket in self.sockets:
            try:
                await socket.send({"type": "websocket.send", "text": frame})
            except Exception as error:
                # A page that missed a frame must not go on as if it were up to date: it connects again.
                logger.warning("a frame was not sent: %s", type(error).__name__)
                await self._close(socket, MISSED)

    async def _close(self, socket: Socket, code: int) -> None:
        self.leave(socket)
        with suppress(Exception):
            await socket.send({"type": "websocket.close", "code": code})
