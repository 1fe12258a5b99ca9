"""Chromium, a house with the demonstration in it, and people who visit it.

Playwright keeps an event loop running in the thread it was started in, which asynchronous tests could not bear: so it
lasts for one module, and no longer.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests import servers
from tests.browser.house import House, Plan, draw, environment
from tests.browser.visitors import Visitors

PATIENCE_MS = 10_000  # of a test that waits for something to be seen; what is promised sooner is measured
QUIET = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """What every house is a copy of."""
    database = tmp_path_factory.mktemp("plan") / "plan.sqlite3"
    return draw(database, "dana", "marisol", "ruth", "elena", "priya")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=QUIET) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def house(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house that all tests of a module visit."""
    yield from _house(plan, tmp_path_factory.mktemp("house"))


@pytest.fixture
def own_house(plan: Plan, tmp_path: Path) -> Iterator[House]:
    """A house for one test alone, which leaves it changed."""
    yield from _house(plan, tmp_path)


@pytest.fixture
def visitors(browser: Browser) -> Iterator[Visitors]:
    """Windows for one test; afterwards none of them may have done what no window may do."""
    found = Visitors(browser)
    yield found
    found.close()


def _house(plan: Plan, folder: Path) -> Iterator[House]:
    database = Path(shutil.copy(plan.database, folder / "house.sqlite3"))
    with servers.daphne(1, folder, **environment(database)) as [server]:
        yield House(server, database, plan)
