"""Chromium, a house with the demonstration in it, and people who visit it.

Playwright keeps an event loop running in the thread it was started in, which asynchronous tests could not bear: so it
lasts for the tests of this folder, and no longer.
"""

from collections.abc import Iterator
from itertools import cycle

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.house import House, Plan, built, draw
from tests.browser.visitors import Visitors

PATIENCE_MS = 10_000  # of a test that waits for something to be seen; what is promised sooner is measured
# Of several such lists Chromium reads the last: this one repeats what of Playwright's own matters here. The first two
# are pages that stand ready behind the address bar: for each window they took as long as the window itself.
UNUSED = [
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    # With it a window that is closed while a page arrives may never close, and the run waits for ever
    # (github.com/microsoft/playwright/issues/42068).
    "RenderDocument",
]
QUIET = [
    f"--disable-features={','.join(UNUSED)}",
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


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=QUIET) as found,
    ):
        yield found


@pytest.fixture(scope="session")
def houses(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[House]]:
    """Two, of which one is visited while the other one's last visitors go."""
    with (
        built(plan, tmp_path_factory.mktemp("one")) as one,
        built(plan, tmp_path_factory.mktemp("two")) as two,
    ):
        yield cycle([one, two])


@pytest.fixture
def house(houses: Iterator[House]) -> House:
    """A house as it was planned, for one test alone."""
    house = next(houses)
    house.as_planned()
    return house


@pytest.fixture
def visitors(browser: Browser) -> Iterator[Visitors]:
    """Windows for one test; afterwards none of them may have done what no window may do."""
    found = Visitors(browser)
    yield found
    found.close()
