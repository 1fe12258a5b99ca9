"""A house to visit: one server on a database of its own, with the demonstration in it."""

import json
import re
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from django.utils import timezone
from playwright.sync_api import StorageState

from tests import servers
from workspace.people.changes import sign_in_link
from workspace.people.models import Person, SignInLink

DEMONSTRATION = "agendas/casefile/harbor.json"
LINKS_EACH = 24
SECRET = "only-for-these-tests-and-long-enough-to-be-one-" + "x" * 20


def environment(database: Path) -> dict[str, str]:
    return {"DATABASE_URL": f"sqlite:///{database}", "REDIS_URL": "", "SECRET_KEY": SECRET}


@dataclass(frozen=True)
class Plan:
    """What every house is a copy of: the demonstration, with some people signed in already and links for more."""

    database: Path
    states: dict[str, StorageState]
    links: dict[str, list[str]]


def draw(database: Path, *people: str) -> Plan:
    """Load the demonstration as if it were held now, and sign these people in, once for all houses."""
    servers.manage("migrate", "-v0", **environment(database))
    servers.manage("loadcase", DEMONSTRATION, "--shift-to-now", **environment(database))
    say = "from tests.browser.house import say_links; say_links()"
    links = json.loads(servers.manage("shell", "-v0", "-c", say, **environment(database)))
    with servers.daphne(1, database.parent, **environment(database)) as [server]:
        states = {person: _signed_in(server.url, links[person].pop()) for person in people}
    return Plan(database, states, links)


def say_links() -> None:
    """Print links for everybody, as an operator makes them; they outlast the whole run."""
    people = Person.objects.all()
    print(json.dumps({person.key: [sign_in_link(person) for _ in range(LINKS_EACH)] for person in people}))
    SignInLink.objects.update(expires=timezone.now() + timedelta(days=1))


def _signed_in(url: str, path: str) -> StorageState:
    with httpx.Client(base_url=url, headers={"Origin": url}) as client:
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(path).text)[:1]
        assert client.post(path, data={"csrfmiddlewaretoken": token}).status_code == 303
        return {
            "cookies": [
                {"name": name, "value": value, "domain": "127.0.0.1", "path": "/"}
                for name, value in client.cookies.items()
            ]
        }


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
        with closing(sqlite3.connect(self.database, timeout=20)) as connection, connection:
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

    def item(self, key: str) -> str:
        return f"/items/{self._mark('agendas_agendaitem', key)}/"

    def _mark(self, table: str, key: str) -> str:
        found = self.rows(
            f"SELECT public_id FROM workspace_mark JOIN {table} ON mark_id = id WHERE key = ?", key
        )
        return str(found[0][0])

    def stop(self) -> None:
        self.server.end()

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
