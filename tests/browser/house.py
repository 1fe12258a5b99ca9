"""A house to visit: one server on a database of its own, with the demonstration in it."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from playwright.sync_api import StorageState

from tests import servers
from workspace.live.models import PRESENCE_FRESH
from workspace.people.changes import sign_in_link
from workspace.people.models import Person, SignInLink

DEMONSTRATION = "agendas/casefile/harbor.json"
LINKS_EACH = 24
SECRET = "only-for-these-tests-and-long-enough-to-be-one-" + "x" * 20


def environment(database: Path) -> dict[str, str]:
    storage = {"DATABASE_URL": f"sqlite:///{database}", "REDIS_URL": ""}
    # Mail goes nowhere; it is offered, so that the pages which offer it are looked at.
    return {**storage, "SECRET_KEY": SECRET, "EMAIL_URL": "dummymail://"}


@dataclass(frozen=True)
class Plan:
    """What every house is a copy of: the demonstration, with some people signed in already and links for more."""

    database: Path
    states: dict[str, StorageState]
    links: dict[str, list[str]]


def draw(database: Path, *people: str) -> Plan:
    """Load the demonstration as if it were held now, and sign these people in, once for all houses."""
    say = f"from tests.browser.house import furnish; furnish({people})"
    storage = {**environment(database), "ALLOWED_ORIGINS": "http://127.0.0.1"}
    states, links = json.loads(servers.manage("shell", "-v0", "-c", say, **storage))
    return Plan(database, states, links)


def furnish(people: tuple[str, ...]) -> None:
    """Fill the database, and print what only this process can know: these people's cookies, and links for everybody, as
    an operator makes them, that outlast the whole run."""
    call_command("migrate", verbosity=0)
    call_command("loadcase", DEMONSTRATION, shift_to_now=True, stdout=StringIO())
    links = {person.key: [sign_in_link(person) for _ in range(LINKS_EACH)] for person in Person.objects.all()}
    states = {person: _signed_in(links[person].pop()) for person in people}
    SignInLink.objects.update(expires=timezone.now() + timedelta(days=1))
    print(json.dumps([states, links]))


def _signed_in(path: str) -> StorageState:
    client = Client(headers={"host": "127.0.0.1"})
    assert client.post(path).status_code == 303
    return {
        "cookies": [
            {"name": name, "value": held.value, "domain": "127.0.0.1", "path": "/"}
            for name, held in client.cookies.items()
        ]
    }


@contextmanager
def built(plan: Plan, folder: Path) -> Iterator["House"]:
    """A house by this plan, in this folder."""
    database = Path(shutil.copy(plan.database, folder / "house.sqlite3"))
    with servers.daphne(1, folder, **environment(database)) as [server]:
        yield House(server, database, plan)


@dataclass
class House:
    """The server, and what a test has to know of it that no page tells."""

    server: servers.Daphne
    database: Path
    plan: Plan
    taken: list[str] = field(default_factory=list)

    @property
    def states(self) -> dict[str, StorageState]:
        return self.plan.states

    @property
    def url(self) -> str:
        return self.server.url

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """What the tables hold, or a change of them that nobody announces."""
        with closing(self._tables()) as connection, connection:
            return connection.execute(statement, values).fetchall()

    def link(self, person: str) -> str:
        """A link that has not been used in this house."""
        self.taken.append(next(link for link in self.plan.links[person] if link not in self.taken))
        return self.taken[-1]

    @cached_property
    def case(self) -> str:
        return f"/cases/{self.rows('SELECT public_id FROM workspace_case WHERE key = ?', 'juniper')[0][0]}/"

    @cached_property
    def room(self) -> str:
        return self.conference("november")

    def conference(self, key: str) -> str:
        return f"/conferences/{self._mark('conferences_conference', key)}/"

    def card(self, key: str) -> str:
        return f"/seats/{self._mark('workspace_seat', key)}/card/"

    def item(self, key: str) -> str:
        return f"/items/{self._mark('agendas_agendaitem', key)}/"

    def _mark(self, table: str, key: str) -> str:
        found = self.rows(
            f"SELECT public_id FROM workspace_mark JOIN {table} ON mark_id = id WHERE key = ?", key
        )
        return str(found[0][0])

    def as_planned(self) -> None:
        """As if it had just been built: whoever was here before has gone, and took along all they had done."""
        if self.server.process.poll() is not None:
            self.start_again()
        servers.until(self._empty, AssertionError)
        with closing(sqlite3.connect(self.plan.database)) as plan, closing(self._tables()) as tables:
            plan.backup(tables)
        self.taken.clear()

    def _empty(self) -> None:
        """Raises AssertionError while the server says that somebody has a page open."""
        lately = f"{timezone.now() - PRESENCE_FRESH:%Y-%m-%d %H:%M:%S.%f}"
        assert not self.rows("SELECT 1 FROM workspace_presence WHERE seen_at > ?", lately)

    def _tables(self) -> sqlite3.Connection:
        return sqlite3.connect(self.database, timeout=20)

    def stop(self) -> None:
        """End the server; what it said of who is here ends with it."""
        self.server.end()
        self.rows("DELETE FROM workspace_presence")

    def start_again(self) -> None:
        """The same server on the same port."""
        with self.server.log.open("ab") as log:
            self.server.process = subprocess.Popen(
                self.server.process.args,
                cwd=servers.ROOT,
                env={**self.server.environment},
                stdout=log,
                stderr=log,
            )
        servers.until(lambda: httpx.get(f"{self.url}/health/", timeout=5), httpx.TransportError)
