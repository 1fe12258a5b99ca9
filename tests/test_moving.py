"""A process is told to stop, and pages move to another one: to the same house, or to a newer one beside the old."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from signal import SIGALRM, SIGTERM

import httpx
import psycopg
import pytest

from tests import live_client, servers
from tests.live_client import House, Page, Reader, Template, Visit, together
from tests.newer import newer

RESTART, OTHER_PANELS = 1012, 4409


@pytest.fixture
def house(postgres: servers.Postgres, postgres_template: Template, tmp_path: Path) -> Iterator[House]:
    """One process, on a database of this test's own."""
    database = postgres_template.postgres_copy(postgres)
    with live_client.house(postgres_template, database, 1, tmp_path) as running:
        yield running


@pytest.fixture
async def visit(house: House) -> AsyncIterator[Visit]:
    """The readers of this test."""
    async with Visit(house) as readers:
        yield readers


@asynccontextmanager
async def note_that_has_to_wait(lead: Reader, text: str) -> AsyncIterator[asyncio.Task[None]]:
    """A note is being posted, and waits in the database until this is over."""
    form = await lead.note(lead.house.item("wide"))
    with psycopg.connect(lead.house.database) as database:
        database.execute("SELECT 1 FROM workspace_case FOR UPDATE")
        note = asyncio.create_task(lead.add_note(lead.house.item("wide"), text, form=form))
        await asyncio.to_thread(servers.until, partial(waits, lead.house), AssertionError)
        yield note


def waits(house: House) -> None:
    """A write of this house waits for another one."""
    with psycopg.connect(house.database) as database:
        found = database.execute(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        assert found.fetchone()


def notes(house: House, text: str) -> int:
    """How many notes say this."""
    with psycopg.connect(house.database) as database:
        return len(database.execute("SELECT 1 FROM agendas_note WHERE text = %s", [text]).fetchall())


async def sent_away(page: Page) -> None:
    """Wait until the process has closed this page; then it listens no more either."""
    assert await page.until_closed() == RESTART
    with pytest.raises(httpx.ConnectError):
        await asyncio.to_thread(httpx.get, f"{page.reader.server.url}/health/")


async def status(house: House) -> int:
    """With what the process ends."""
    return await asyncio.to_thread(house.servers[0].process.wait, servers.PATIENCE)


async def test_a_process_that_is_told_to_stop_answers_what_was_asked_and_sends_every_page_away(
    visit: Visit,
) -> None:
    lead, other = await visit.reader("p-cm"), await visit.reader("p-det")
    pages = [await lead.open(visit.house.room()), await other.open("/")]
    async with note_that_has_to_wait(lead, "asked before") as note:
        visit.house.servers[0].process.send_signal(SIGTERM)
        for page in pages:
            await sent_away(page)
        assert not note.done()
        assert visit.house.servers[0].process.poll() is None
    await note
    assert await status(visit.house) == 0
    assert notes(visit.house, "asked before") == 1


async def test_a_process_that_is_told_to_stop_ends_in_time_whatever_hangs(visit: Visit) -> None:
    lead = await visit.reader("p-cm")
    page = await lead.open(visit.house.room())
    async with note_that_has_to_wait(lead, "never answered") as note:
        visit.house.servers[0].process.send_signal(SIGTERM)
        await sent_away(page)
        assert await status(visit.house) == -SIGALRM
        with pytest.raises(httpx.TransportError):
            await note
    assert notes(visit.house, "never answered") == 0


async def opened(visit: Visit) -> list[Page]:
    """Four pages at the first process, each of another kind."""
    lead, other = await visit.reader("p-cm", 0), await visit.reader("p-survivor", 0)
    return [
        await lead.open("/"),
        await lead.open(f"{visit.house.case()}releases/"),
        await lead.open(visit.house.room()),
        await other.open(visit.house.case()),
    ]


async def move(page: Page, server: servers.Daphne) -> None:
    """Connect again, at another process, as a browser does whose page is no longer what its digest says."""
    page.reader.server, page.reader.http.base_url = server, httpx.URL(server.url)
    page.closed = None
    await page.connect(re.sub("&shows=[^&]*", "", page.live_url))


async def test_pages_move_from_an_old_process_to_a_newer_one_that_runs_beside_it(
    postgres: servers.Postgres,
    redis_server: servers.Redis,
    postgres_template: Template,
    tmp_path: Path,
) -> None:
    database = postgres_template.postgres_copy(postgres)
    storage = {"DATABASE_URL": database, "REDIS_URL": redis_server.url}
    (tmp_path / "newer").mkdir()
    with (
        servers.daphne(1, tmp_path, **storage) as [old],
        servers.daphne(1, tmp_path / "newer", **storage, **newer(tmp_path / "newer")) as [new],
    ):
        async with Visit(House([old, new], database, postgres_template.facts)) as visit:
            today, releases, room, plan = pages = await opened(visit)
            ahead = await (await visit.reader("p-det", 1)).open(visit.house.room())
            assert "A panel that is new" in ahead.text
            for writer, which in ((ahead, "newer"), (room, "old")):
                for number in range(4):
                    text = f"number {number} from the {which} one"
                    await writer.reader.add_note(visit.house.item("wide"), text)
                    await together(page.until(partial(says, text)) for page in (ahead, room))
            await together(page.until_fresh() for page in (ahead, *pages))
            assert max(visit.house.unheard()) < 2
            assert "failed" not in old.log.read_text()

            old.process.send_signal(SIGTERM)
            await together(sent_away(page) for page in pages)
            await together(move(page, new) for page in pages)
            for page in (room, plan):
                frames = len(page.frames)
                assert await page.until_closed() == OTHER_PANELS
                assert len(page.frames) == frames
            again = [await page.reader.open(page.path) for page in (room, plan)]
            await ahead.reader.add_note(visit.house.item("wide"), "to all who moved")
            await again[0].until(partial(says, "to all who moved"))
            await together(page.until_fresh() for page in (ahead, today, releases, *again))
            assert 'class="panel newer"' in releases.text
            assert ["A panel that is new" in page.text for page in again] == [True, True]
            assert today.closed is releases.closed is None


def says(text: str, page: Page) -> bool:
    """Whether this stands on the page."""
    return text in page.text
