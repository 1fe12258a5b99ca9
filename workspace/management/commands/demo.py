"""The demonstration: invented people, a database and a secret of its own, one way in for each of them."""

import os
import secrets
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from shutil import rmtree
from threading import Event, Thread
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from workspace.disclosure.models import Seat
from workspace.people.changes import sign_in_link
from workspace.people.models import Person, TaskForce

VAR = Path(settings.BASE_DIR) / "var"
DATABASE = VAR / "demo.sqlite3"
CASE_FILE = Path(settings.BASE_DIR) / "agendas" / "casefile" / "harbor.json"
MAIL = VAR / "demo-mail"
EVERYWHERE = ("", "0.0.0.0", "::")
TICKS_EVERY = 60.0  # seconds
ENDS_WITHIN = 2.0


class Command(BaseCommand):
    """`demo [--host HOST] [--port PORT] [--reset]`: ready to be looked at, with nothing to prepare."""

    help = "Serves a case conference with invented people, and prints a sign-in link for each of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, and whether to begin again."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--reset", action="store_true", help="make a fresh one, with its meeting today")

    def handle(self, *, host: str, port: int, reset: bool, **options: Any) -> None:
        """Everything that can fail for the port fails before anything is touched."""
        enter_environment(host, port)
        refuse_taken(host, port)
        if reset:
            for name in ("", "-wal", "-shm"):
                Path(f"{DATABASE}{name}").unlink(missing_ok=True)
            rmtree(MAIL, ignore_errors=True)
        if not DATABASE.exists():
            self.stdout.write("Making the demonstration, with its meeting today.")
        call_command("migrate", verbosity=0)
        if not TaskForce.objects.exists():
            call_command("loadcase", str(CASE_FILE), shift_to_now=True)
        self.print_people(
            f"http://{'localhost' if host in ('', '0.0.0.0', '::') else bracketed(host)}:{port}"
        )
        with ticking():
            call_command("serve", host=host, port=port)

    def print_people(self, origin: str) -> None:
        """A link each, for whoever can run commands on this machine."""
        self.stdout.write(
            "\nOpen each link in a window of its own, private or of another browser; it works once.\n"
        )
        for person in Person.objects.select_related("agency").order_by("pk"):
            belongs = person.agency.name if person.agency else "no agency"
            self.stdout.write(
                f"{person.name}, {roles_of(person)}, {belongs}\n  {origin}{sign_in_link(person)}"
            )
        self.stdout.write("\nFresh links: start this again. A fresh meeting: add --reset.")
        self.stdout.write(f"Mail goes nowhere: each reminder is a file in {MAIL}.\n")


@contextmanager
def ticking() -> Iterator[None]:
    """What time does is done every minute, as a timer does elsewhere, until this ends."""
    over = Event()
    ticks = Thread(target=_until, args=[over], name="ticks", daemon=True)
    ticks.start()
    try:
        yield
    finally:
        over.set()
        ticks.join(ENDS_WITHIN)


def _until(over: Event) -> None:
    while True:
        try:
            call_command("tick", stdout=StringIO())
        except Exception as fault:  # Time goes on, whatever it was.
            print(f"Time did nothing this minute: {type(fault).__name__}", file=sys.stderr)
        finally:
            connection.close()
        if over.wait(TICKS_EVERY):
            return


def roles_of(person: Person) -> str:
    """What the person is at the table now. Unsealed: it is printed for who runs the machine, not for a viewer."""
    now = timezone.now()
    seats = Seat.unsealed.filter(Q(until=None) | Q(until__gt=now), person=person, starts__lte=now)
    roles = sorted({role.replace("_", " ") for role in seats.values_list("role", flat=True)})
    return " and ".join(roles) or "no seat now"


def enter_environment(host: str, port: int) -> None:
    """Settings are read once, at start: so what the demonstration decides is set, and this process starts over."""
    names = {host, "127.0.0.1", "localhost"}
    if host in EVERYWHERE:
        names |= {socket.gethostname(), *addresses()}
    origins = ",".join(sorted(f"http://{bracketed(name)}:{port}" for name in names if name))
    wanted = {
        "SECRET_KEY": secret(),
        "ALLOWED_ORIGINS": origins,
        "DATABASE_URL": f"sqlite:///{DATABASE}",
        "REDIS_URL": "",
        "EMAIL_URL": f"filemail:///{MAIL}",
    }
    if not wanted.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **wanted})


def addresses() -> list[str]:
    """Where other devices find this machine, as far as it knows."""
    try:
        return socket.gethostbyname_ex(socket.gethostname())[2]
    except OSError:
        return []


def bracketed(host: str) -> str:
    """An IPv6 address as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def secret() -> str:
    """Made once and kept where only this user can read it, so that sign-ins outlive a restart."""
    path = VAR / "demo.secret"
    if not path.exists():
        VAR.mkdir(exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    return path.read_text()


def refuse_taken(host: str, port: int) -> None:
    """Before a demonstration that is being served is touched."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as fault:
            reason = str(getattr(fault, "strerror", None) or fault)
            sys.exit(f"Cannot listen on {host} port {port}: {reason.lower()}")
