"""The hub: one per process. It alone listens for hints, reads what changed once for all open pages, and
pushes.

A pass runs in the hub's own thread with its own database connection: the lenses of all sockets in a fixed
number of queries, each page kind loaded once, the rule in Python, each row rendered once, and a socket sent
only the panels whose bytes differ from what it last got. Nobody gets a frame about what they may not see.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from secrets import token_hex
from typing import Any, TypeVar

from channels.layers import get_channel_layer
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from workspace.disclosure.lens import Opener, Sight, Sights, read_sights
from workspace.live.announce import GROUP
from workspace.live.models import Presence
from workspace.live.panels import Shown, digest, one_moment, pages, rendered
from workspace.people.models import offered, public_id
from workspace.people.sessions import Session

logger = logging.getLogger(__name__)
T = TypeVar("T")
TICK = 1.0
BEAT = 5.0
REJOIN = 30.0
ANSWER_WITHIN = 15.0
MOST_UNANSWERED = 1024 * 1024
PRESENCE_SAID_EVERY = timedelta(seconds=5)
PRESENCE_FRESH = timedelta(seconds=15)
LEAVE = 4403
RAN_OUT = 4401  # the session came to its end by itself: the page leaves, but for what was typed
TOO_SLOW = 4408
MISSED = 4500
HEARTBEAT = " "  # what a heartbeat begins with, and no panel does


@dataclass(eq=False)
class Socket:
    """One open page. `shows`: digests of the panels it has; `stamp`: what they were made from.

    `unanswered`: how many bytes it was sent and has not yet been seen to read; `asked`: the heartbeat that waits
    for its answer, sent at `asked_at` after `asked_after` of those bytes; `behind`: something was held back, so it
    gets everything once it has answered.
    """

    session: str
    page: str
    id: str
    look: str
    send: Callable[[dict[str, Any]], Awaitable[None]]
    shows: list[str] | None
    stamp: Any = None
    shown: Shown | None = None
    unanswered: int = 0
    behind: bool = False
    beat_at: float = 0.0
    asked: str = ""
    asked_at: float = 0.0
    asked_after: int = 0
    farewell: int = LEAVE

    def catch_up(self) -> None:
        """Before a pass, never during one: forget what the page shows if it missed something."""
        if self.behind and not self.asked:
            self.behind, self.stamp, self.shows = False, None, None


@dataclass(frozen=True)
class Reader:
    """Whose session it is, and when it ends by itself."""

    person: int
    language: str
    zone: str
    until: datetime


@dataclass
class Outcome:
    """What a pass found: frames to send, sockets to close, and the next instant at which a lens changes by
    itself."""

    frames: list[tuple[Socket, str]] = field(default_factory=list)
    closed: list[Socket] = field(default_factory=list)
    changes_at: datetime | None = None


class Passes:
    """The work of the hub's thread: everything that touches the database, one pass at a time."""

    def __init__(self) -> None:
        self.hub = public_id()
        self.present: frozenset[tuple[int, int]] = frozenset()
        self.present_said_at: datetime | None = None
        self.arrived: dict[int, frozenset[int]] = {}
        self.versions: dict[int, int] = {}
        self.changed: set[int] = set()

    def run(self, sockets: list[Socket], *, tick: bool) -> Outcome:
        """One pass over these sockets, as things stand at one moment. A tick also looks at who is here."""
        with one_moment() as at:
            return self._look(sockets, at, tick=tick)

    def _look(self, sockets: list[Socket], at: datetime, *, tick: bool) -> Outcome:
        outcome = Outcome()
        known = self._readers(sockets)
        readers = {key: reader for key, reader in known.items() if reader.until > at}
        sights = read_sights({reader.person for reader in readers.values()}, at)
        self._note_versions(sights)
        ends = [reader.until for reader in readers.values()] + list(sights.turns.values())
        outcome.changes_at = min(ends, default=None)
        if tick:
            self._look_who_is_here(sockets, at)
        stale: dict[str, list[tuple[Socket, Reader, Any]]] = defaultdict(list)
        for socket in sockets:
            reader = readers.get(socket.session)
            if reader is None:
                socket.farewell = RAN_OUT if socket.session in known else LEAVE
                outcome.closed.append(socket)
                continue
            stamp = self._stamp(socket, reader, sights)
            if socket.stamp != stamp:
                stale[socket.page].append((socket, reader, stamp))
        for name, waiting in stale.items():
            self._refresh(name, waiting, sights, outcome)
        return outcome

    def _readers(self, sockets: Iterable[Socket]) -> dict[str, Reader]:
        found = Session.objects.filter(
            session_key__in={socket.session for socket in sockets}, person__is_active=True
        ).values_list(
            "session_key", "person_id", "person__language", "person__task_force__time_zone", "expire_date"
        )
        return {
            key: Reader(person, offered(language), zone, ends) for key, person, language, zone, ends in found
        }

    def _note_versions(self, sights: Sights) -> None:
        self.changed |= {
            case for case, version in sights.versions.items() if self.versions.get(case, version) != version
        }
        self.versions = dict(sights.versions)

    def _stamp(self, socket: Socket, reader: Reader, sights: Sights) -> Any:
        sight: Sight = sights.of[reader.person]
        shown = socket.shown
        if shown is None or shown.case is None:
            versions = tuple((case, sights.versions[case], sights.turns.get(case)) for case in sorted(sight))
            return reader, tuple(sorted(sight.items())), versions, None
        arrived = self.arrived.get(shown.conference, frozenset()) if shown.conference else None
        version = sights.versions.get(shown.case), sights.turns.get(shown.case)
        return reader, sight.get(shown.case), version, arrived

    def _refresh(
        self, name: str, waiting: list[tuple[Socket, Reader, Any]], sights: Sights, outcome: Outcome
    ) -> None:
        page, opener = pages()[name], Opener()
        cases = {case for _, reader, _ in waiting for case in sights.of[reader.person]}
        loaded = page.load({socket.id for socket, _, _ in waiting}, cases, sights.at)
        for socket, reader, stamp in waiting:
            shown = page.view(loaded, opener, sights.of[reader.person], socket.id, socket.look)
            if shown is None:
                outcome.closed.append(socket)
                continue
            first = socket.shown is None
            socket.shown = shown
            socket.stamp = self._stamp(socket, reader, sights) if first else stamp
            frame = self._difference(socket, reader, shown)
            if frame:
                outcome.frames.append((socket, frame))

    def _difference(self, socket: Socket, reader: Reader, shown: Shown) -> str:
        html = [rendered(panel, reader.language, reader.zone) for panel in shown.panels]
        had, has = socket.shows, [digest(panel) for panel in html]
        socket.shows = has
        if had is None or len(had) != len(has):
            return "".join(html)
        return "".join(panel for panel, before, now in zip(html, had, has, strict=True) if before != now)

    def _look_who_is_here(self, sockets: Iterable[Socket], at: datetime) -> None:
        conferences = {
            socket.shown.conference for socket in sockets if socket.shown and socket.shown.conference
        }
        arrived: dict[int, set[int]] = defaultdict(set)
        if conferences:
            found = Presence.objects.filter(conference__in=conferences, seen_at__gt=at - PRESENCE_FRESH)
            for conference, seat in found.values_list("conference_id", "seat_id"):
                arrived[conference].add(seat)
        self.arrived = {conference: frozenset(seats) for conference, seats in arrived.items()}

    def say_who_is_here(self, sockets: Iterable[Socket]) -> None:
        """Write down who has a page open here, when that changed and every few seconds."""
        at = timezone.now()
        present = frozenset(
            (socket.shown.conference, socket.shown.seat)
            for socket in sockets
            if socket.shown and socket.shown.conference and socket.shown.seat
        )
        due = self.present_said_at is None or at - self.present_said_at >= PRESENCE_SAID_EVERY
        if not (due and present) and present == self.present:
            return
        Presence.objects.bulk_create(
            [
                Presence(hub=self.hub, conference_id=where, seat_id=who, seen_at=at)
                for where, who in sorted(present)
            ],
            update_conflicts=True,
            unique_fields=["hub", "conference", "seat"],
            update_fields=["seen_at"],
        )
        gone = Q(hub=self.hub, seen_at__lt=at) | Q(seen_at__lt=at - 4 * PRESENCE_FRESH)
        Presence.objects.filter(gone).delete()
        self.present, self.present_said_at = present, at


class Hub:
    """The hub of this process: sockets, hints, ticks."""

    running: "Hub | None" = None

    def __init__(self) -> None:
        self.sockets: set[Socket] = set()
        self.passes = Passes()
        self.healed = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hub")
        self._wake = asyncio.Event()
        self._joined = asyncio.Event()
        self._hinted: set[int] = set()
        self._heard: set[int] = set()
        self._suspects: set[int] = set()
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def here(cls) -> "Hub":
        """The hub of this process, listening. No socket is added before its channel exists."""
        if cls.running is None:
            cls.running = cls()
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

    def join(self, socket: Socket) -> None:
        """Keep this page up to date from now on."""
        self.sockets.add(socket)
        self._wake.set()

    def leave(self, socket: Socket) -> None:
        """The page is gone."""
        self.sockets.discard(socket)

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
                if message.get("type") == "hint" and isinstance(message.get("case"), int):
                    self._hinted.add(message["case"])
                    self._wake.set()
            except Exception as error:
                logger.warning("the channel layer failed: %s", type(error).__name__)
                self._joined.clear()
                await asyncio.sleep(0.25)

    _channel = ""

    async def _rejoin(self) -> None:
        while True:
            await asyncio.sleep(REJOIN)
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
                await asyncio.wait_for(self._wake.wait(), wait)
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
        outcome = await self._in_thread(partial(self._guarded_pass, sockets, tick=tick))
        await self._deliver(outcome)
        await self._beat(sockets)
        if tick:
            self._judge_hints()
            await self._in_thread(partial(self.passes.say_who_is_here, list(self.sockets)))
        return outcome.changes_at

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _guarded_pass(self, sockets: list[Socket], *, tick: bool) -> Outcome:
        try:
            return self.passes.run(sockets, tick=tick)
        except Exception:
            connection.close()
            for socket in sockets:
                # What this pass had made for some of them was never sent.
                socket.stamp = socket.shows = None
            raise

    def _judge_hints(self) -> None:
        # A change seen at the last tick, of which no hint has come since, was found by its version alone. A hint
        # is remembered for two ticks: it may have come while the pass before the change was still being made.
        heard = self._heard | self._hinted
        self.healed += len(self._suspects - heard)
        self._suspects, self.passes.changed = self.passes.changed - heard, set()
        self._heard, self._hinted = self._hinted, set()

    async def _deliver(self, outcome: Outcome) -> None:
        for socket in outcome.closed:
            await self._close(socket, socket.farewell)
        for socket, frame in outcome.frames:
            await self._send(socket, frame)

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

    async def _send(self, socket: Socket, frame: str) -> None:
        size = len(frame.encode())
        # One frame alone may be larger: nothing less would bring the page up to date.
        if socket.behind or (socket.unanswered and socket.unanswered + size > MOST_UNANSWERED):
            # Daphne's send never blocks and never drops: what is unread is counted here instead. A heartbeat at
            # once, so that a page which does read goes on as soon as it has.
            if not socket.behind:
                socket.behind, socket.beat_at = True, 0.0
            return
        socket.unanswered += size
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
