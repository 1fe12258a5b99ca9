"""What every test may ask for: a database file of its own, real servers, a real browser."""

import gc
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from zlib import crc32

import psycopg
import pytest
from django.apps import apps
from django.db import connections
from django.template.base import Template as DjangoTemplate

from tests import servers, standing
from tests.cast import Clock, Stage
from tests.casting import planted
from tests.live_client import Template

SERVERS = {"house", "daphne", "postgres", "layer", "redis_server", "sqlite_template", "chromium"}
MOST_CELLS = 2
SWEPT_AFTER = 20
FLOORS = ("workspace", "conferences", "agendas")
AS_IN_USE = "_render", vars(DjangoTemplate)["_render"]
TAKEN_BACK = pytest.StashKey[int]()
STORAGE = {"db", "transactional_db", "django_db_setup", "client", "async_client", "live_server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--nightly`: the same suites, whole."""
    parser.addoption("--nightly", action="store_true", help="walk everything, not a choice of it")


def pytest_collection(session: pytest.Session) -> None:
    """While the tests are read in, hardly anything becomes garbage: to look for it took a third of that time."""
    gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """From here on it is looked for as rarely as `serve` does: to go through all that a run keeps takes a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whatever touches a table is marked `storage`: the test command runs it once more on PostgreSQL and Redis.
    Whatever talks to real servers or a browser is marked `timed`: it waits, and measures, and goes before the rest.
    What needs a browser is marked `chromium` as well, so that the two can go side by side."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or STORAGE & asked:
            item.add_marker("storage")
        if SERVERS & asked:
            item.add_marker("timed")
        if "chromium" in asked:
            item.add_marker("chromium")
    if not config.getoption("--nightly"):
        choose(config, items)


def choose(config: pytest.Config, items: list[pytest.Item]) -> None:
    """By day, of more than two cells of a test PostgreSQL is asked the first and of the others one in four, always the
    same: all of them ran on SQLite, and no test is left out. What races for a lock has one cell.
    Of what real servers are asked on both, one in three is asked on SQLite too. `--nightly` asks all of both."""
    tables: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        tables[item.nodeid.partition("[")[0]].append(item)
    large = connections["default"].vendor == "postgresql"
    left = {
        item.nodeid
        for cells in tables.values()
        if large and len(cells) > MOST_CELLS
        for item in cells[1:]
        if crc32(item.nodeid.encode()) % 4 != 2
    }
    left |= {
        item.nodeid
        for item in items
        if item.nodeid.endswith("[one process with SQLite]") and crc32(item.nodeid.encode()) % 3 != 2
    }
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in left])
    items[:] = [item for item in items if item.nodeid not in left]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """What a test took back stays in PostgreSQL's files, and every later one reads past it. So now and then all tables
    are emptied, files and all: they are as they were at the beginning, and planned for as they were. After the last
    test there is nothing more to be read, and no database."""
    yield
    if nextitem and connections["default"].vendor == "postgresql" and item.get_closest_marker("storage"):
        item.session.stash[TAKEN_BACK] = item.session.stash.get(TAKEN_BACK, 0) + 1
        if item.session.stash[TAKEN_BACK] % SWEPT_AFTER == 0:
            sweep()


def sweep() -> None:
    """Empty every table of the house, on a line of its own; nobody else may have one in use."""
    where = connections["default"].settings_dict
    tables = ", ".join(each._meta.db_table for each in apps.get_models() if each._meta.app_label in FLOORS)
    names = {"host": where["HOST"], "port": where["PORT"], "user": where["USER"], "dbname": where["NAME"]}
    with psycopg.connect(**names, options="-c lock_timeout=20s", autocommit=True) as line:
        line.execute(f"TRUNCATE {tables} CASCADE")


@pytest.fixture(scope="session", autouse=True)
def plain_templates(django_test_environment: None) -> Iterator[None]:
    """Templates as they are in use: for tests Django has each tell of itself, and keeps what it was given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DjangoTemplate, *AS_IN_USE)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file, not memory: threads and processes then meet the locks that they meet in use."""
    connection = connections["default"]
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


def lacking(reason: object) -> None:
    """A loud skip on a laptop; a failure where everything has to run."""
    if os.environ.get("CI") == "true":
        pytest.fail(str(reason), pytrace=False)
    pytest.skip(str(reason))


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    """A PostgreSQL of this run; `new_database()` gives a test one that nobody else uses."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(servers.postgres())
        except servers.Missing as reason:
            lacking(reason)
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: servers.Postgres) -> str:
    """One database for all who share it."""
    return postgres.new_database()


@pytest.fixture
def redis_server() -> Iterator[servers.Redis]:
    """A Redis of this test, to be killed, started again and flushed at will."""
    yield from _redis()


@pytest.fixture(scope="session")
def layer() -> Iterator[servers.Redis]:
    """A Redis for all who do not break it."""
    yield from _redis()


def _redis() -> Iterator[servers.Redis]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(servers.redis_server())
        except servers.Missing as reason:
            lacking(reason)
        yield server


@pytest.fixture
def daphne(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., list[servers.Daphne]]]:
    """`daphne(2, DATABASE_URL=..., REDIS_URL=...)` starts real processes of `serve` and answers with them."""
    with ExitStack() as stack:

        def start(count: int = 1, **environment: str) -> list[servers.Daphne]:
            folder = tmp_path_factory.mktemp("servers")
            return stack.enter_context(servers.daphne(count, folder, **environment))

        yield start


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's Chromium, for Playwright's `executable_path`."""
    path = shutil.which("chromium")
    if path is None:
        lacking("chromium is not installed")
    return str(path)


@pytest.fixture(scope="session")
def nightly(pytestconfig: pytest.Config) -> bool:
    """Whether there is time to walk everything."""
    return bool(pytestconfig.getoption("--nightly"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands still until a test moves it."""
    standing = Clock()
    monkeypatch.setattr("django.utils.timezone.now", standing.now)
    return standing


@pytest.fixture
def stage(db: None, clock: Clock) -> Stage:
    """The planted case file, loaded."""
    return Stage(planted(), clock)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The planted case file in an SQLite database, to be copied."""
    return Template.at(f"sqlite:///{tmp_path_factory.mktemp('template') / 'planted.sqlite3'}")


@pytest.fixture(scope="session")
def postgres_template(postgres: servers.Postgres) -> Template:
    """The planted case file in a PostgreSQL database, to be copied."""
    return Template.at(postgres.new_database())


@pytest.fixture(scope="session")
def standing_on_sqlite(
    sqlite_template: Template, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[standing.Standing]:
    """One process for all who put it back before they use it."""
    with standing.on_sqlite(sqlite_template, tmp_path_factory.mktemp("standing")) as house:
        yield house


@pytest.fixture(scope="session")
def standing_on_postgres(
    postgres: servers.Postgres,
    layer: servers.Redis,
    postgres_template: Template,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[standing.Standing]:
    """Two processes for all who put them back before they use them."""
    folder = tmp_path_factory.mktemp("standing")
    with standing.on_postgres(postgres_template, postgres, layer, folder) as house:
        yield house
