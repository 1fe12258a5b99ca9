"""Real servers for the tests: PostgreSQL, Redis and Daphne as processes of this machine, on loopback.

Each is a context manager, so that a fixture and a script can use the same one. What a machine lacks is said by
`Missing`; who asked decides whether that is a skip. `python -m tests.servers PROGRAM ...` runs a program with a fresh
PostgreSQL and a fresh Redis in its environment.
"""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import redis

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0
# For clients on loopback: to read whom else one would trust takes longer than many a request.
NO_TLS = False
LACKING = 3  # the exit status that says so
# As `manage.py` does once it is inside the environment; so the tests also run in an environment made otherwise.
MANAGE = [sys.executable, "-m", "django"]
T = TypeVar("T")


class Missing(Exception):
    """A program that this machine lacks."""


def program(name: str, *places: str) -> Path:
    found = shutil.which(name) or next(
        (str(path) for place in places for path in sorted(Path("/").glob(f"{place}/{name}"), reverse=True)),
        None,
    )
    if found is None:
        raise Missing(f"{name} is not installed")
    return Path(found)


def initdb() -> Path:
    """Debian keeps PostgreSQL's programs off the path."""
    return program("initdb", "usr/lib/postgresql/*/bin").resolve()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(attempt: Callable[[], T], *faults: type[Exception]) -> T:
    """Try again until it works; after a minute the last fault is the answer."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return attempt()
        except faults:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def end(process: "subprocess.Popen[bytes]", how: signal.Signals = signal.SIGTERM) -> int:
    if process.poll() is None:
        process.send_signal(how)
    try:
        return process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


@dataclass
class Postgres:
    """A cluster of its own in a temporary folder, gone afterwards; it can be stopped and started again on the same
    port. `options` are for the server's command line."""

    binaries: Path
    folder: Path
    owner: int | None
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    databases: int = 0
    process: "subprocess.Popen[bytes] | None" = None

    def url(self, database: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The address of a database that nobody else uses."""
        self.databases += 1
        name = f"fresh_{self.databases}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url("postgres"), autocommit=True)

    def start(self) -> None:
        options = ["-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder), "-N", "200", "-F"]
        options += self.options
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.folder / "data", *options],
                stdout=log,
                stderr=log,
                user=self.owner,
                cwd=self.folder,
            )
        until(self.connect, psycopg.OperationalError).close()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT drops every line and ends in order; SIGQUIT ends at once and repairs itself at the next start."""
        if self.process:
            end(self.process, how)


@contextmanager
def postgres(*options: str) -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = Postgres(initdb().parent, folder, _owner(folder), options)
    how = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
    subprocess.run(
        [server.binaries / "initdb", "-D", folder / "data", *how],
        check=True, stdout=subprocess.DEVNULL, user=server.owner, cwd=folder,
    )  # fmt: skip
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _owner(folder: Path) -> int | None:
    """PostgreSQL refuses to run as root; Debian's package brings a user for it."""
    if os.geteuid() != 0:
        return None
    try:
        owner = pwd.getpwnam("postgres").pw_uid
    except KeyError:
        raise Missing("PostgreSQL does not run as root, and there is no user postgres") from None
    os.chown(folder, owner, -1)
    return owner


@dataclass
class Redis:
    """A Redis that can be killed, started again on the same port, and emptied."""

    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            [program("redis-server"), *options], stdout=subprocess.DEVNULL, cwd=tempfile.gettempdir()
        )
        with self.client() as client:
            until(client.ping, redis.ConnectionError)

    def kill(self) -> None:
        if self.process:
            end(self.process, signal.SIGKILL)

    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port)


@contextmanager
def redis_server() -> Iterator[Redis]:
    server = Redis()
    try:
        server.start()
        yield server
    finally:
        server.kill()


@dataclass
class Place:
    """Where browsers come in."""

    url: str

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws", 1)


@dataclass
class Daphne(Place):
    """One real server process: where it answers, what it said, and the way to end it."""

    log: Path
    process: "subprocess.Popen[bytes]"
    environment: dict[str, str]

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        return end(self.process, how)


@contextmanager
def daphne(count: int, folder: Path, **environment: str) -> Iterator[list[Daphne]]:
    """Several processes of `serve` on one database, which has been migrated before."""
    with ExitStack() as stack:
        servers = []
        for number in range(count):
            servers.append(serve(folder / f"daphne-{number}.log", environment))
            stack.callback(servers[-1].end)
        for server in servers:
            answers(server)
        yield servers


def serve(log: Path, environment: dict[str, str]) -> Daphne:
    """Start a process; it does not answer yet."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    given = {"SECRET_KEY": "x" * 60, "ALLOWED_ORIGINS": url, "REDIS_URL": "", **environment}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*MANAGE, "serve", "--port", str(port)], cwd=ROOT, env=_environment(given), stdout=out, stderr=out
        )
    return Daphne(url, log, process, _environment(given))


def answers(server: Daphne) -> None:
    """Wait until it does. Raises RuntimeError with its last words when it has ended instead."""
    until(partial(_answers_now, server), OSError)


def _answers_now(server: Daphne) -> None:
    if server.process.poll() is not None:
        raise RuntimeError(server.log.read_text())
    asked(server.url)


def asked(url: str) -> dict[str, Any]:
    """What a process says about itself. Raises OSError while it does not answer."""
    line = HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE)
    with closing(line):
        line.request("GET", "/health/")
        answer: dict[str, Any] = json.load(line.getresponse())
    return answer


def manage(*arguments: str, **environment: str) -> str:
    """A command in a process and with an environment of its own; what it printed."""
    done = subprocess.run(
        [*MANAGE, *arguments], cwd=ROOT, env=_environment(environment), capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def _environment(given: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "workspace.settings", **given}


def main(command: list[str]) -> int:
    """Run a program on a PostgreSQL and a Redis of its own.

    Tests take back what they write. Statistics gathered in between would call every table empty, and a query planned
    by them then takes a minute for what takes a millisecond.
    """
    try:
        with postgres("-c", "autovacuum=off") as database, redis_server() as layer:
            storage = {"DATABASE_URL": database.new_database(), "REDIS_URL": layer.url}
            return subprocess.call(command, env={**os.environ, **storage})
    except Missing as reason:
        print(reason, file=sys.stderr)
        return LACKING


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
