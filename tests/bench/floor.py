"""The floor: what nobody can be faster than. A press is one commit, and then a bare `websockets` broadcast of the bytes
that the product sent for the same press. `python -m tests.bench.floor FRAMES DATABASE_URL SOCKET_PORT PRESS_PORT`."""

import asyncio
import gc
import json
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg
from websockets.asyncio.server import ServerConnection, broadcast, serve

CREATE = "CREATE TABLE IF NOT EXISTS bench_floor (id integer PRIMARY KEY, turn integer)"
INSERT = "INSERT INTO bench_floor VALUES (1, 0)"
UPDATE = "UPDATE bench_floor SET turn = turn + 1 WHERE id = 1"
DONE = b"HTTP/1.1 204 No Content\r\n\r\n"
Commit = Callable[[], Awaitable[None]]


async def main(frames: dict[str, str], database: str, socket_port: int, press_port: int) -> None:
    """Serve until ended."""
    commit = await committer(database)
    sockets: set[ServerConnection] = set()

    async def page(socket: ServerConnection) -> None:
        sockets.add(socket)
        await socket.send(" ")  # as a heartbeat: the client knows that it was let in
        await socket.wait_closed()
        sockets.discard(socket)

    async def presses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await head_of(reader):
            await commit()
            broadcast(sockets, frames[head.split(b"/")[2].decode()])
            writer.write(DONE)

    # Presses first: whoever can open a socket can press.
    async with (
        await asyncio.start_server(presses, "127.0.0.1", press_port),
        serve(page, "127.0.0.1", socket_port, compression=None, ping_interval=None, backlog=2048),
    ):
        gc.freeze()
        await asyncio.get_running_loop().create_future()


async def head_of(reader: asyncio.StreamReader) -> bytes:
    """The head of the next request; nothing when there is none any more."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


async def committer(database: str) -> Commit:
    """One UPDATE of one row and its commit, on the storage that is measured."""
    if database.startswith("sqlite"):
        file = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", CREATE, INSERT):
            file.execute(statement)

        async def commit_to_file() -> None:
            file.execute(UPDATE)

        return commit_to_file
    server = await psycopg.AsyncConnection.connect(database, autocommit=True)
    for statement in (CREATE, INSERT):
        await server.execute(statement)

    async def commit_to_server() -> None:
        await server.execute(UPDATE)

    return commit_to_server


if __name__ == "__main__":
    asyncio.run(
        main(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    )
