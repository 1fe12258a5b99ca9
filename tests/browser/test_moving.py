"""The server is replaced under open pages by its next version; the line to it is lost, and does not say so."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from tests import servers
from tests.browser.house import House, Plan, built, environment
from tests.browser.visitors import Visitors, compose, keep, live
from tests.newer import newer
from tests.proxy import Proxy

NEWS = "A panel that is new"
REFUSED = "ERR_CONNECTION_REFUSED", "[object Event]"  # by Chromium, and by htmx for the socket


@pytest.fixture
def next_house(plan: Plan, tmp_path: Path) -> Iterator[House]:
    """A house that will be of the next version when it is started again."""
    with built(plan, tmp_path) as house:
        house.server.environment |= newer(tmp_path / "newer")
        yield house


def moved(house: House, *pages: Page) -> None:
    """One server ends, another one takes its place."""
    house.stop()
    for page in pages:
        expect(page.locator("#line")).to_have_attribute("data-state", "reconnecting")
    house.start_again()


def test_what_is_being_written_survives_the_move_to_a_newer_house_and_is_kept_once(
    next_house: House, visitors: Visitors
) -> None:
    visitors.expect_fault(*REFUSED)
    dana = visitors.enter(next_house, "dana", next_house.room)
    ruth = visitors.enter(next_house, "ruth", next_house.room)
    compose(dana, "movedword, begun before", "everyone")
    readers = dana.locator("#note-readers").inner_text()
    dana.locator("[name=note-text]").evaluate("field => { field.focus(); field.setSelectionRange(9, 9) }")
    dana.evaluate("window.field = document.activeElement")
    dana.locator("#item > details > summary").first.evaluate("fold => fold.click()")
    moved(next_house, dana, ruth)
    for page in (dana, ruth):
        expect(page.locator("#news")).to_have_text(NEWS)
        live(page)
    assert dana.evaluate("document.activeElement === window.field")
    assert dana.locator("#note-readers").inner_text() == readers
    expect(dana.locator("#item > details").first).to_have_attribute("open", "")
    dana.keyboard.type("!")
    expect(dana.locator("[name=note-text]")).to_have_value("movedword!, begun before")
    keep(dana)
    for page in (dana, ruth):
        expect(page.locator("#item article", has_text="movedword!")).to_have_count(1)
    assert next_house.rows("SELECT count(*) FROM agendas_note WHERE text LIKE 'movedword%'") == [(1,)]
    compose(dana, "afterword, in the newer house", "everyone")
    keep(dana)
    expect(ruth.locator("#item")).to_contain_text("afterword")


@contextmanager
def in_front() -> Iterator[tuple[Proxy, list[int], asyncio.AbstractEventLoop]]:
    """A proxy that runs beside this thread, the port it passes on to, and the loop it runs in."""
    backend: list[int] = []
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    proxy = Proxy(lambda: backend[0])
    asyncio.run_coroutine_threadsafe(proxy.__aenter__(), loop).result()
    try:
        yield proxy, backend, loop
    finally:
        asyncio.run_coroutine_threadsafe(proxy.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


NOTE_STATES = """() => {
  window.states = [];
  const line = document.getElementById("line");
  new MutationObserver(() => states.push(line.dataset.state)).observe(line, {attributes: true});
}"""


async def freeze(proxy: Proxy) -> None:
    """No byte passes any line that is open, and no end of it."""
    for line in proxy.open_lines:
        line.freeze()


def test_a_line_that_is_silent_and_has_no_end_is_given_up_for_a_new_one(
    plan: Plan, tmp_path: Path, visitors: Visitors
) -> None:
    database = Path(shutil.copy(plan.database, tmp_path / "house.sqlite3"))
    with in_front() as (proxy, backend, loop):
        settings = environment(database) | {"ALLOWED_ORIGINS": proxy.url}
        with servers.daphne(1, tmp_path, **settings) as [server]:
            backend.append(int(server.url.rsplit(":", 1)[1]))
            house = House(replace(server, url=proxy.url), database, plan)
            page = visitors.window(house, storage_state=plan.states["ruth"])
            page.clock.install()
            page.goto(house.room)
            live(page)
            page.evaluate(NOTE_STATES)
            asyncio.run_coroutine_threadsafe(freeze(proxy), loop).result()
            page.clock.fast_forward(16_000)
            # It may be live again before anybody looks.
            page.wait_for_function("states.includes('dead')")
            live(page)
            house.rows("UPDATE agendas_agendaitem SET title = 'Retitled afterwards' WHERE key = 'limits'")
            house.rows("UPDATE workspace_case SET version = version + 1")
            expect(page.locator("#agenda")).to_contain_text("Retitled afterwards")
            page.context.close()
