"""A recording TCP proxy on loopback, at which lines are cut, frozen, slowed down and held back.

It stands before the servers, where browsers come in, or between one server and its Redis or PostgreSQL. `up` is the
way from whoever connected to the backend, `down` the way back.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

AT_ONCE = 65536
End = tuple[asyncio.StreamReader, asyncio.StreamWriter]
RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Chunk:
    """Bytes that were passed on. `at`: by `time.monotonic()`; `up`: towards the backend."""

    at: float
    up: bool
    data: bytes


class Gates:
    """Whether bytes go up and down; a closed gate keeps them, and the end of a line too, until it is opened."""

    def __init__(self, *, up: bool = True, down: bool = True) -> None:
        self.of = {True: asyncio.Event(), False: asyncio.Event()}
        for way, is_open in ((True, up), (False, down)):
            if is_open:
                self.of[way].set()

    def hold(self, *, up: bool = True, down: bool = True) -> None:
        """Pass nothing on, these ways."""
        for way, concerned in ((True, up), (False, down)):
            if concerned:
                self.of[way].clear()

    def release(self) -> None:
        """Pass on what was held back and all that follows."""
        for gate in self.of.values():
            gate.set()


class Line:
    """One connection through the proxy. `opening`: the first bytes that came from whoever connected."""

    def __init__(self, proxy: "Proxy", backend: int) -> None:
        self.proxy, self.backend = proxy, backend
        self.opening = b""
        self.opened_at = time.monotonic()
        self.closed_at: float | None = None
        self.chunks: list[Chunk] = []
        self.gates = Gates()
        self._writers: list[asyncio.StreamWriter] = []
        self._ways: list[asyncio.Task[None]] = []

    @property
    def is_open(self) -> bool:
        """Whether bytes can still come."""
        return self.closed_at is None

    def said(self, *, up: bool) -> bytes:
        """Everything that was passed on this way."""
        return b"".join(chunk.data for chunk in self.chunks if chunk.up == up)

    def freeze(self) -> None:
        """Half-open from now on: no byte and no end is passed on, either way."""
        self.gates.hold()

    def cut(self) -> None:
        """Reset both sides at once; what is held back is lost."""
        for way in self._ways:
            way.cancel()
        for writer in self._writers:
            with suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()
        self.closed_at = self.closed_at or time.monotonic()

    async def carry(self, near: End, far: End) -> None:
        """Pass bytes on until both sides have ended or the line is cut."""
        self._writers = [near[1], far[1]]
        self._ways = [
            asyncio.create_task(self._pump(near[0], far[1], up=True)),
            asyncio.create_task(self._pump(far[0], near[1], up=False)),
        ]
        try:
            for fault in await asyncio.gather(*self._ways, return_exceptions=True):
                if isinstance(fault, Exception):
                    self.proxy.faults.append(fault)
        finally:
            self.cut()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool) -> None:
        try:
            while data := await reader.read(AT_ONCE):
                if up and not self.opening:
                    self.opening = data
                await self._may_pass(data, up=up)
                if not self.is_open:
                    return
                if self.proxy.recording:
                    self.chunks.append(Chunk(time.monotonic(), up, data))
                writer.write(data)
                await writer.drain()
            await self._open_gates(up=up)
            writer.write_eof()
        except OSError:
            # A side that was reset resets the other one.
            self.cut()

    async def _may_pass(self, data: bytes, *, up: bool) -> None:
        await self._open_gates(up=up)
        if self.proxy.delay:
            await asyncio.sleep(self.proxy.delay)
        if self.proxy.hook:
            await self.proxy.hook(self, Chunk(time.monotonic(), up, data))
            await self._open_gates(up=up)

    async def _open_gates(self, *, up: bool) -> None:
        await self.proxy.gates.of[up].wait()
        await self.gates.of[up].wait()


class Proxy:
    """Listens on a free port of 127.0.0.1 and passes each connection on to the port that `choose` names for it;
    None refuses it.

    `lines`: the connections so far, in order; `hook`: awaited before a chunk is passed on, and may close a gate, cut
    the line or end a process; `delay`: seconds that each chunk waits; `gates`: of all lines together; `faults`: what
    went wrong in a hook.
    """

    def __init__(self, choose: Callable[[], int | None], *, recording: bool = True) -> None:
        self.choose, self.recording = choose, recording
        self.lines: list[Line] = []
        self.faults: list[BaseException] = []
        self.hook: Callable[[Line, Chunk], Awaitable[None]] | None = None
        self.delay = 0.0
        self.port = 0
        self.gates = Gates()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Its origin, for browsers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def open_lines(self) -> list[Line]:
        """The connections that are open now."""
        return [line for line in self.lines if line.is_open]

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._come, "127.0.0.1", 0, limit=AT_ONCE, backlog=2048)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for line in self.open_lines:
            line.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def freeze(self) -> None:
        """No byte passes on any line, and none on a new one either."""
        self.gates.hold()

    def release(self) -> None:
        """Every line of it goes on."""
        self.gates.release()
        for line in self.lines:
            line.gates.release()

    def cut(self) -> None:
        """Reset every line that is open."""
        for line in self.open_lines:
            line.cut()

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        backend = self.choose()
        try:
            if backend is None:
                raise ConnectionRefusedError
            far = await asyncio.open_connection("127.0.0.1", backend, limit=AT_ONCE)
        except OSError:
            writer.transport.abort()
            return
        line = Line(self, backend)
        self.lines.append(line)
        await line.carry((reader, writer), far)
