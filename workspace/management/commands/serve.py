"""The server: Daphne in this process, with the settings that the measurements asked for."""

import asyncio
import gc
import os
import signal
import sys

from daphne.server import Server  # before anything else imports Twisted: it chooses the reactor  # isort: skip
from argparse import ArgumentParser
from struct import pack
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

from channels.routing import get_default_application
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError
from django.urls import get_resolver
from twisted.internet.defer import Deferred

NOT_YET = "Not yet for real cases: see the README."
RESTART = 1012  # "service restart": pages connect again by themselves, to the next process
ANSWERS_WITHIN = 5.0  # seconds that a request may go on once the process was told to stop
LOOKS_EVERY = 0.02
ENDS_WITHIN = 7  # seconds after which it ends, whatever hangs
FAREWELL_WITHIN = 1.0  # seconds that a socket which was closed may take to read what it was sent
MOST_PINGS = 1000  # between two answers to heartbeats; a browser sends none
UNEXPECTED = 4400


class Command(BaseCommand):
    """`serve [--host HOST] [--port PORT]`, until SIGTERM or SIGINT."""

    help = "Serves the workspace. DATABASE_URL, REDIS_URL, SECRET_KEY and ALLOWED_ORIGINS come from the environment."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen; loopback unless told."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        """Refuse what is not safe to serve, then serve; the exit status says whether it could listen."""
        refuse_without_settings()
        try:
            self.check_migrations()
        except OperationalError as fault:
            sys.exit(f"The database cannot be reached: {str(fault).splitlines()[0]}")
        refused = serve(
            host, port, f"Listening on {host} port {port} for {' '.join(settings.ALLOWED_ORIGINS)}"
        )
        if refused:
            sys.exit(f"Cannot listen on {host} port {port}: {refused}")


def refuse_without_settings() -> None:
    """A secret that anybody knows, or any origin at all, would undo everything else."""
    if len(os.environ.get("SECRET_KEY", "")) < 32:
        sys.exit("Set SECRET_KEY, in the environment or in .env, to 50 or more random characters.")
    if not settings.ALLOWED_ORIGINS:
        sys.exit("Set ALLOWED_ORIGINS, in the environment or in .env, such as https://meet.example.org")
    parts = [urlsplit(origin) for origin in settings.ALLOWED_ORIGINS]
    if any(part.scheme not in ("http", "https") or not part.hostname or part.path for part in parts):
        sys.exit(
            "ALLOWED_ORIGINS is a list of origins such as https://meet.example.org, with nothing after the host."
        )
    if len({part.scheme for part in parts}) > 1:
        sys.exit("ALLOWED_ORIGINS mixes http and https: one http origin would weaken all the others.")


def push(socket: Any, payload: bytes, binary: bool = False) -> None:
    """Send a text to a page, whatever its size, as one frame of RFC 6455, 5.2. Autobahn would take three times as long
    over it, and refuse to send more than a browser may say, which a panel with many notes is."""
    if socket.state != WebSocketProtocol.STATE_OPEN:
        return
    size = len(payload)
    if size < 126:
        head = pack("!BB", 0x81, size)
    elif size < 1 << 16:
        head = pack("!BBH", 0x81, 126, size)
    else:
        head = pack("!BBQ", 0x81, 127, size)
    frame = head + payload
    transport = socket.transport
    # Twisted would ask the system twice more to be told when it may write, which as a rule it may at once.
    if not transport.dataBuffer and not transport._tempDataLen and transport.connected:
        sent = transport.writeSomeData(frame)
        if isinstance(sent, int):
            frame = frame[sent:]
    if frame:
        transport.write(frame)


def open_up(socket: Any) -> None:
    """The page is here. What took its HTTP request is let go, which would stay as long as the page does: 5 kB."""
    WebSocketProtocol.onOpen(socket)
    took = socket.transport.producer
    if took is not None:
        socket.transport.unregisterProducer()
        # They hold each other.
        took.requests.clear()


def hear(socket: Any, payload: bytes, binary: bool) -> None:
    """A message. Only the answer to a heartbeat keeps the socket open, and whoever knows it has read so far."""
    socket.pings = 0
    WebSocketProtocol.onMessage(socket, payload, binary)


def pong(socket: Any, payload: bytes) -> None:
    """Answer a ping. Answers nobody reads would pile up here, so they are counted."""
    socket.pings += 1
    if socket.pings > MOST_PINGS:
        socket.sendClose(code=UNEXPECTED)
    else:
        WebSocketProtocol.onPing(socket, payload)


def drop(socket: Any, abort: bool = False) -> None:
    """Let the line go. Twisted would keep it until all has been read, which need never be."""
    WebSocketProtocol.dropConnection(socket, abort)
    if not abort:
        socket.factory.reactor.callLater(FAREWELL_WITHIN, socket.transport.abortConnection)


Socket = type(
    "Socket",
    (WebSocketProtocol,),
    {
        "pings": 0,
        "onOpen": open_up,
        "sendMessage": push,
        "onMessage": hear,
        "onPing": pong,
        "dropConnection": drop,
    },
)


class Ending:
    """How the process ends: it listens no more, sends pages to another one, answers what it was asked before, and
    waits until that has been read."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.ports: list[Any] = []
        self.lines: WeakSet[Any] = WeakSet()
        server.listen_success = self.ports.append
        server.protocol_connected = self.connected
        server.kill_all_applications = self.begin

    def connected(self, protocol: Any) -> None:
        """A request or a socket began."""
        self.lines.add(line(protocol))
        Server.protocol_connected(self.server, protocol)

    def begin(self) -> Any:
        """What the reactor waits for before it stops."""
        signal.alarm(ENDS_WITHIN)
        return Deferred.fromFuture(asyncio.ensure_future(self.end()))

    async def end(self) -> None:
        """Until every line is gone, or time is up; then what still runs is cancelled."""
        for port in self.ports:
            port.stopListening()
        until = monotonic() + ANSWERS_WITHIN
        while monotonic() < until:
            if not self.see_out():
                break
            await asyncio.sleep(LOOKS_EVERY)
        # Daphne trips over a line whose application has ended before it.
        for protocol, its in list(self.server.connections.items()):
            if "application_instance" not in its:
                del self.server.connections[protocol]
        await Server.kill_all_applications(self.server).asFuture(asyncio.get_running_loop())

    def see_out(self) -> bool:
        """Say on every line that this is the end, and close those that wait for nothing. Whether any is left."""
        running = [key for key, its in self.server.connections.items() if "disconnected" not in its]
        for protocol in running:
            if not isinstance(protocol, WebSocketProtocol):
                protocol.setHeader(b"connection", b"close")
                protocol.channel.persistent = False
            elif protocol.state == protocol.STATE_OPEN:
                protocol.sendCloseFrame(code=RESTART)
        for idle in set(self.lines).difference(map(line, running)):
            idle.loseConnection()
        return any(line.connected for line in self.lines)


def line(protocol: Any) -> Any:
    """The connection that this request or socket is on."""
    return (getattr(protocol, "channel", None) or protocol).transport


def serve(host: str, port: int, greeting: str) -> str | None:
    """Serve until told to stop. Answers with the reason when it could not listen."""
    faults: list[str] = []

    def refuse(failure: Any) -> None:
        faults.append(str(failure.value.socketError.strerror).lower())
        server.stop()

    def begin() -> None:
        print(f"{greeting}\n{NOT_YET}", flush=True)
        _settle()

    WebSocketFactory.protocol = Socket
    server = Server(
        get_default_application(),
        endpoints=[_endpoint(host, port)],
        http_timeout=120,
        ping_interval=20,
        ping_timeout=30,
        websocket_max_message_size=64 * 1024,
        websocket_max_frame_size=64 * 1024,
        websocket_timeout=settings.SESSION_COOKIE_AGE,
        ready_callable=begin,
        server_name="",
    )
    server.listen_error = refuse
    Ending(server)
    server.run()
    return faults[0] if faults else None


def _endpoint(host: str, port: int) -> str:
    """The long backlog lets a thousand pages reconnect at once in seconds instead of half a minute."""
    kind, interface = ("tcp6", host.replace(":", r"\:")) if ":" in host else ("tcp", host)
    return f"{kind}:port={port}:interface={interface}:backlog=2048"


def _settle() -> None:
    """What is loaded now stays: keeping the collector away from it took the slowest pushes from 99 to 39 ms."""
    assert get_resolver().url_patterns is not None
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
