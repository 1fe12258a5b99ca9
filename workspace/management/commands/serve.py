"""The server: Daphne in this process, with the settings that the measurements asked for."""

import gc
import os
import sys

from daphne.server import Server  # before anything else imports Twisted: it chooses the reactor  # isort: skip
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from channels.routing import get_default_application
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError
from django.urls import get_resolver

NOT_YET = "Not yet for real cases: see the README."


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


def push(protocol: Any, payload: bytes, *details: Any) -> None:
    """Send to a page, whatever the size. The cap is for what a browser says; Autobahn would refuse to send more than
    that as well, and a panel with many notes is larger than anything a page may say."""
    cap, protocol.maxMessagePayloadSize = protocol.maxMessagePayloadSize, 0
    try:
        WebSocketProtocol.sendMessage(protocol, payload, *details)
    finally:
        protocol.maxMessagePayloadSize = cap


def serve(host: str, port: int, greeting: str) -> str | None:
    """Serve until told to stop. Answers with the reason when it could not listen."""
    faults: list[str] = []

    def refuse(failure: Any) -> None:
        faults.append(str(failure.value.socketError.strerror).lower())
        server.stop()

    def begin() -> None:
        print(f"{greeting}\n{NOT_YET}", flush=True)
        _settle()

    WebSocketFactory.protocol = type("Pushing", (WebSocketProtocol,), {"sendMessage": push})
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
