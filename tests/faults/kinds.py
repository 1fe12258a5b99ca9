"""What goes wrong: each kind is done to real processes by signal, or to their lines at a proxy, while people write."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from channels_redis.core import RedisChannelLayer

from tests.faults.crowd import Crowd, Leader, Tab
from tests.faults.running import Running, Slot
from tests.proxy import Chunk, Line
from tests.servers import PATIENCE
from workspace.live.announce import GROUP

SOON, AFTER_A_START = 20.0, 60.0  # on however slow a machine; how soon it is elsewhere, the benchmark says
LARGE = "long " * 1900


@dataclass(frozen=True)
class Fault:
    """One injection: what, to which process, for how long, in which of its two variants; `seed` draws the rest."""

    kind: str
    process: int
    seconds: float
    variant: bool
    seed: int


class Scene:
    """What an injection is done to."""

    def __init__(self, running: Running, crowd: Crowd, fault: Fault) -> None:
        self.running, self.crowd, self.fault = running, crowd, fault
        self.chance = random.Random(fault.seed)
        self.slot: Slot = running.slots[fault.process % len(running.slots)]

    async def last(self) -> None:
        """Let it last as long as this injection says."""
        await asyncio.sleep(self.fault.seconds)

    def some_tabs(self, most: int) -> list[Tab]:
        return self.chance.sample(self.crowd.tabs, self.chance.randint(1, most))

    def lines_of_some(self, most: int) -> list[Line]:
        """The sockets of some pages."""
        return [line for tab in self.some_tabs(most) for line in tab.lines(self.running)]

    async def everybody_asks(self) -> None:
        """A request of everybody at once: each process then has many lines to its database."""
        readers = self.crowd.readers.values()
        await asyncio.gather(*(self.crowd.kept(reader.get, "/") for reader in readers))

    async def killed_when(self, line_to: str, sees: Callable[[Line, bytes], bool]) -> None:
        """SIGKILL the process with most pages when such bytes are about to leave it; they never do."""
        self.slot = max(self.running.slots, key=lambda slot: len(self.running.lines_of(slot)))
        done = asyncio.Event()

        proxy = getattr(self.slot, line_to)
        usual = proxy.hook

        async def kill(line: Line, chunk: Chunk) -> None:
            if usual:
                await usual(line, chunk)
            if chunk.up and not done.is_set() and sees(line, self.slot.prepared.said(line, chunk)):
                self.slot.kill()
                done.set()
                line.cut()

        proxy.hook = kill
        async with asyncio.timeout(PATIENCE):
            await done.wait()
        proxy.hook = usual
        self.running.repair(self.slot)

    @asynccontextmanager
    async def layer(self) -> AsyncIterator[Any]:
        """The channel layer, as a process has it."""
        host = {"address": self.running.redis.url, "socket_timeout": None, "max_connections": 1000}
        layer = RedisChannelLayer(hosts=[host])
        try:
            yield layer
        finally:
            await layer.close_pools()

    async def hint(self, times: int) -> None:
        """Send the hints of both cases so many times, all at once, and some that nobody knows."""
        cases = [case for (case,) in await self.running.ask("SELECT id FROM workspace_case")]
        hints = [{"type": "hint", "case": self.chance.choice(cases)} for _ in range(times)]
        strange: list[dict[str, Any]] = [
            {"type": "hint", "case": 10**9},
            {"type": "hint"},
            {"type": "other", "case": 1},
        ]
        async with self.layer() as layer:
            await asyncio.gather(*(layer.group_send(GROUP, hint) for hint in [*hints, *strange]))


async def killed_between_commit_and_hint(scene: Scene) -> None:
    await scene.killed_when("redis", lambda _, said: b"hint" in said)


async def killed_while_rendering(scene: Scene) -> None:
    """A pass reads sessions, then the tables of pages, and gives its snapshot back once all is rendered."""
    passes: dict[Line, bytes] = {}

    def rendered(line: Line, said: bytes) -> bool:
        if b'"session_key" = ANY' in said:
            passes[line] = b""
        if line not in passes:
            return False
        passes[line] += said
        if scene.fault.variant:
            return b"agendas_" in said
        over = b"ROLLBACK" in said
        return over and b"agendas_" in passes.pop(line)

    await scene.killed_when("database", rendered)


async def redis_killed_and_started(scene: Scene) -> None:
    scene.running.redis.kill()
    await scene.last()
    await asyncio.to_thread(scene.running.redis.start)


async def redis_flushed(scene: Scene) -> None:
    scene.running.redis.flush()
    await scene.last()


async def redis_hung(scene: Scene) -> None:
    assert scene.running.redis.process
    scene.running.redis.process.send_signal(signal.SIGSTOP)
    await scene.last()
    scene.running.redis.process.send_signal(signal.SIGCONT)


async def postgres_restarted(scene: Scene) -> None:
    await scene.everybody_asks()
    how = signal.SIGQUIT if scene.fault.variant else signal.SIGINT
    await asyncio.to_thread(scene.running.postgres.stop, how)
    await scene.last()
    await asyncio.to_thread(scene.running.postgres.start)


async def postgres_hung(scene: Scene) -> None:
    """One process hears nothing from its database for a while."""
    scene.slot.database.freeze()
    await scene.last()
    scene.slot.database.release()


async def backends_terminated(scene: Scene) -> None:
    """Many lines at once are dead, and no request waits for one after the other to be found so."""
    for _ in range(scene.chance.randint(1, 3)):
        await scene.everybody_asks()
        await scene.running.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await scene.last()


async def sockets_cut(scene: Scene) -> None:
    for line in scene.lines_of_some(40):
        line.cut()
    await scene.last()


async def everything_cut(scene: Scene) -> None:
    """Requests in the middle of an answer as well."""
    scene.running.front.cut()
    await scene.last()


async def sockets_half_open(scene: Scene) -> None:
    """Nothing passes, and nobody is told; then the network is back, or it was another one."""
    lines = scene.lines_of_some(20)
    for line in lines:
        line.freeze()
    await scene.last()
    for line in lines:
        if scene.fault.variant:
            line.cut()
        else:
            line.gates.release()


async def answers_lost(scene: Scene) -> None:
    """What is asked arrives, and no answer does: every write is sent again."""
    requests = [line for line in scene.running.front.open_lines if not line.opening.startswith(b"GET /live/")]
    for line in requests:
        line.gates.hold(up=False)
    await scene.last()
    for line in requests:
        line.cut()


async def a_client_never_reads(scene: Scene) -> None:
    lines = scene.lines_of_some(3)
    for line in lines:
        line.gates.hold(up=False)
    await asyncio.gather(*(writer.note(LARGE) for writer in scene.crowd.writers[:4]))
    await scene.last()
    for line in lines:
        line.cut()


async def hints_doubled(scene: Scene) -> None:
    for _ in range(10):
        await scene.hint(10)
        await asyncio.sleep(scene.fault.seconds / 10)


async def hints_late_and_in_another_order(scene: Scene) -> None:
    async def wait(_: Line, chunk: Chunk) -> None:
        if b"hint" in chunk.data:
            await asyncio.sleep(scene.chance.uniform(0, scene.fault.seconds / 2))

    for slot in scene.running.slots:
        slot.redis.hook = wait
    await scene.last()
    for slot in scene.running.slots:
        slot.redis.hook = None


async def hints_held_back(scene: Scene) -> None:
    scene.slot.redis.freeze()
    await scene.last()
    scene.slot.redis.release()


async def the_group_is_forgotten(scene: Scene) -> None:
    with scene.running.redis.client() as client:
        client.delete(f"asgi:group:{GROUP}")
    await scene.last()


async def a_burst_beyond_the_capacity(scene: Scene) -> None:
    await scene.hint(500)
    await scene.last()


async def two_editors_on_one_row(scene: Scene) -> None:
    """Two windows of the one who leads: the same item at once, then two items at once."""
    leader = next(writer for writer in scene.crowd.writers if isinstance(writer, Leader))
    first, second = scene.chance.sample(["wide", "clinical", "hearing", "aside"], 2)
    await asyncio.gather(leader.press(first), leader.press(first))
    await asyncio.gather(leader.press(first), leader.press(second))
    scene.crowd.ledger.may_be_current |= {first, second}
    await scene.last()


async def the_event_loop_stalls(scene: Scene) -> None:
    scene.slot.signal(signal.SIGSTOP)
    await scene.last()
    scene.slot.signal(signal.SIGCONT)


async def replaced_with_sockets_open(scene: Scene) -> None:
    """SIGTERM, and another process in its place: before, side by side with the old one, or only after."""
    old = scene.slot.server
    assert old
    if scene.fault.variant:
        await scene.slot.start()
    else:
        scene.slot.takes = False
    await asyncio.to_thread(old.end)
    if not scene.fault.variant:
        scene.running.repair(scene.slot)


@dataclass(frozen=True)
class Kind:
    """What is done; within how many seconds every page is as a fresh one; whether every request is answered all the
    while, soon and without an error; whether no socket ends."""

    inject: Callable[[Scene], Awaitable[None]]
    limit: float = SOON
    answers: bool = False
    stays: bool = False


NOBODY_NOTICES = [
    redis_killed_and_started,
    redis_flushed,
    redis_hung,
    hints_doubled,
    hints_late_and_in_another_order,
    hints_held_back,
    the_group_is_forgotten,
    a_burst_beyond_the_capacity,
    two_editors_on_one_row,
]
PAGES_COME_BACK = [sockets_cut, sockets_half_open]
SOME_WAIT = [
    postgres_hung,
    backends_terminated,
    everything_cut,
    answers_lost,
    a_client_never_reads,
    the_event_loop_stalls,
]
SOMETHING_STARTS = [
    killed_between_commit_and_hint,
    killed_while_rendering,
    postgres_restarted,
    replaced_with_sockets_open,
]
KINDS = {
    kind.inject.__name__: kind
    for kind in [
        *(Kind(inject, answers=True, stays=True) for inject in NOBODY_NOTICES),
        *(Kind(inject, answers=True) for inject in PAGES_COME_BACK),
        *(Kind(inject) for inject in SOME_WAIT),
        *(Kind(inject, AFTER_A_START) for inject in SOMETHING_STARTS),
    ]
}


def drawn(seed: int, count: int, longest: float) -> list[Fault]:
    """So many faults, every kind as often as the others, in an order of its own."""
    chance = random.Random(seed)
    kinds: list[str] = []
    while len(kinds) < count:
        kinds += chance.sample(sorted(KINDS), len(KINDS))
    return [drawn_of(kind, chance, longest) for kind in kinds[:count]]


def drawn_of(kind: str, chance: random.Random, longest: float) -> Fault:
    """One of this kind."""
    seconds = round(chance.uniform(0.4, longest), 1)
    return Fault(kind, chance.randrange(6), seconds, chance.random() < 0.5, chance.randrange(10**6))
