"""A hub's pass without a server: sockets let in by the real door, then one pass over all of them in this thread."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from urllib.parse import urlencode

from workspace.live.hub import Hub
from workspace.live.passes import Passes, Socket
from workspace.live.sockets import live

_loop = asyncio.Runner()


@dataclass(eq=False)
class Connection:
    """One attempt to connect: what was sent to it, and the socket the hub got, if it got one."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    socket: Socket | None = None

    async def join(self, socket: Socket) -> None:
        self.socket = socket

    def leave(self, socket: Socket) -> None:
        """The socket is kept for passes after its connection has gone."""


def connect(page: str, session: str, *, origin: str = "http://testserver", **query: str) -> Connection:
    """Knock at this live page as a browser would, with the cookie of this session."""
    connection = Connection()
    events = iter([{"type": "websocket.connect"}, {"type": "websocket.disconnect"}])

    async def receive() -> dict[str, Any]:
        return next(events)

    async def send(message: dict[str, Any]) -> None:
        connection.sent.append(message)

    headers = {"origin": origin, "cookie": f"s={session}" if session else ""}
    scope = {
        "path": f"/live/{page}/",
        "query_string": urlencode({name: value for name, value in query.items() if value}).encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items() if value],
    }

    async def here() -> Any:
        return connection

    # One loop for all, and no mock that has to be made up: whole tables of sockets are opened so.
    with mock.patch.object(Hub, "here", here):
        _loop.run(live(scope, receive, send))
    return connection


def passed(
    connections: list[Connection],
) -> tuple[dict[Connection, str], set[Connection]]:
    """One pass: the frames it sends, and the connections it closes."""
    by_socket = {connection.socket: connection for connection in connections if connection.socket}
    outcome = Passes().run(list(by_socket))
    frames = {by_socket[socket]: frame for socket, frame, size in outcome.frames}
    assert all(len(frame.encode()) == size for _, frame, size in outcome.frames)
    return frames, {by_socket[socket] for socket in outcome.closed}
