"""A house that stands from one test to the next, and is put back in between as it was planted: starting its processes
takes longer than most of what they are asked."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from tests import live_client, servers
from tests.live_client import House, Template
from workspace.live.models import PRESENCE_FRESH

# Nobody writes so much in a minute; the tests of an hour together do.
LIMIT = {"MOST_WRITES_A_MINUTE": "100000"}


@dataclass
class Standing(House):
    """`planted`: the file with the rows as they were planted; in PostgreSQL they stand in a schema of that name."""

    planted: str = ""

    def put_back(self) -> None:
        """Once nobody is here any more, every row as it was planted, and every link to be used again."""
        servers.until(self._nobody_is_here, AssertionError)
        self.taken.clear()
        self.unheard_before = []
        self.unheard_before = self.unheard()
        with closing(self._line()) as line:
            tables = [name for (name,) in line.execute(self._tables).fetchall()]
            line.execute("BEGIN")
            # What the processes know of a case is by its version, which never goes back.
            line.execute("CREATE TEMPORARY TABLE kept AS SELECT id, version FROM workspace_case")
            for table in tables:
                line.execute(f"DELETE FROM {table}")
            for table in tables:
                line.execute(f"INSERT INTO {table} SELECT * FROM planted.{table}")
            line.execute(
                "UPDATE workspace_case SET version = (SELECT version FROM kept WHERE id = workspace_case.id)"
            )
            line.execute("COMMIT")

    def _nobody_is_here(self) -> None:
        since = datetime.now(UTC) - PRESENCE_FRESH
        with closing(self._line()) as line:
            here = line.execute(f"SELECT 1 FROM workspace_presence WHERE seen_at > '{since:%F %T.%f}+00'")
            assert not here.fetchall()

    @property
    def _tables(self) -> str:
        if self.planted:
            return "SELECT name FROM planted.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        return "SELECT tablename FROM pg_tables WHERE schemaname = 'planted'"

    def _line(self) -> Any:
        if not self.planted:
            return psycopg.connect(self.database, autocommit=True)
        line = sqlite3.connect(self.database.removeprefix("sqlite:///"), timeout=20, isolation_level=None)
        line.execute(f"ATTACH '{self.planted}' AS planted")
        return line


@contextmanager
def on_sqlite(template: Template, folder: Path) -> Iterator[Standing]:
    """One process."""
    with live_client.house(template, template.sqlite_copy(folder), 1, folder, **LIMIT) as house:
        planted = template.url.removeprefix("sqlite:///")
        yield Standing(house.servers, house.database, house.facts, planted=planted)


@contextmanager
def on_postgres(
    template: Template, server: servers.Postgres, layer: servers.Redis, folder: Path
) -> Iterator[Standing]:
    """Two processes, with this Redis between them."""
    database = template.postgres_copy(server)
    with psycopg.connect(database) as line:
        line.execute("CREATE SCHEMA planted")
        public = line.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in public:
            line.execute(f"CREATE TABLE planted.{table} AS TABLE public.{table}")
    with live_client.house(template, database, 2, folder, layer.url, **LIMIT) as house:
        yield Standing(house.servers, house.database, house.facts)
