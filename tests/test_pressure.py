"""Too much at once, and pages that do not read: bursts, a noisy conference beside a quiet one, what a page may cost
that takes nothing of what it is sent, and how many pages one session may have."""

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests import live_client, servers
from tests.elsewhere import Elsewhere, elsewhere
from tests.live_client import House, Page, Template, Visit, together
from tests.standing import LIMIT
from workspace.live.hub import MOST_OF_A_SESSION, Hub
from workspace.live.passes import Outcome, Socket

LEAVES = b"\x88\x80\0\0\0\0"
PING = b"\x89\xfd\0\0\0\0" + b"x" * 125
PINGS, UNEXPECTED = 1000, 4400
LEAVE, TOO_MANY = 4403, 4429
MEGABYTE = 1024 * 1024
MOST_EACH = 4 * MEGABYTE
# What is promised within some seconds is counted in the heartbeats of a page that reads: one goes out every five.
BEATS_OF_SILENCE, BEATS_OF_A_FAREWELL = 4, 2
NOISY = ["p-cm", "p-survivor", "p-det", "p-law", "p-ther", "p-interp"]
LONG = "long " * 1900
WORD = re.compile(r"said-(\d+)-")
ESTABLISHED = "01"
QUIET = ["p-survivor-two", "p-next-cm"]


@pytest.fixture(scope="module")
def house(
    postgres: servers.Postgres,
    layer: servers.Redis,
    postgres_template: Template,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    """Two processes with PostgreSQL and Redis."""
    database, folder = postgres_template.postgres_copy(postgres), tmp_path_factory.mktemp("pressure")
    with live_client.house(postgres_template, database, 2, folder, layer.url, **LIMIT) as running:
        yield running


@pytest.fixture
async def visit(house: House) -> AsyncIterator[Visit]:
    """The readers of this test."""
    async with Visit(house) as readers:
        yield readers


@pytest.fixture
async def somebody(house: House, layer: servers.Redis) -> AsyncIterator[Elsewhere]:
    """A process beside the house."""
    async with elsewhere(house, layer) as beside:
        yield beside


async def test_a_burst_of_a_hundred_changes_ends_in_one_state_with_fewer_frames_than_changes(
    visit: Visit, somebody: Elsewhere
) -> None:
    pages = [await (await visit.reader(person)).open(visit.house.room()) for person in NOISY]
    await visit.settle()
    await together(page.until_fresh() for page in pages)
    had = [len(page.frames) for page in pages]
    for number in range(100):
        await somebody.retitle("alder/now", "wide", f"title {number}.")
    await together(page.until(partial(says, "title 99.")) for page in pages)
    await visit.settle()
    await together(page.until_fresh() for page in pages)
    came = [len(page.frames) - before for page, before in zip(pages, had, strict=True)]
    assert max(came) < 100


def says(text: str, page: Page) -> bool:
    """Whether this stands on the page."""
    return text in page.text


async def test_a_noisy_conference_delays_another_in_the_same_process_by_no_more_than_a_pass(
    visit: Visit, somebody: Elsewhere, house: House
) -> None:
    noisy = [await (await visit.reader(person, 0)).open(house.room()) for person in NOISY]
    quiet = [await (await visit.reader(person, 0)).open(house.room("birch/now")) for person in QUIET]
    await visit.settle()
    watched = noisy[0]
    passes = []
    async with somebody.talk(100) as talk:
        await watched.until(lambda page: len(page.frames) > 20)
        for number in range(12):
            await somebody.retitle("birch/now", "wide", f"quiet {number}.")
            before, later = len(watched.frames), len(talk.begun)
            await together(page.until(partial(says, f"quiet {number}.")) for page in quiet)
            passes.append(sum(last_word(frame) >= later for frame in watched.frames[before:]))
        await watched.until(lambda page: last_word(page.text) >= later)
    assert median(passes) <= 2
    assert max(passes) <= 4


def last_word(said: str) -> int:
    """The number of the newest word in it; it came with a look that was begun after that word was kept."""
    return max((int(number) for number in WORD.findall(said)), default=-1)


def memory(server: servers.Daphne) -> int:
    """Bytes of memory that this process has."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Deaf:
    """A page that answered its heartbeats and from now on reads nothing, through a connection that holds little."""

    def __init__(self, page: Page) -> None:
        assert page._socket is not None
        self.page, self.line = page, page._socket.transport
        own = self.line.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.line.pause_reading()
        ends = own.getpeername(), own.getsockname()
        self.name = [f"0100007F:{port:04X}" for _, port in ends]

    @property
    def waiting(self) -> int | None:
        """How many bytes wait in the server's own socket; None once the server has let it go."""
        for row in Path("/proc/net/tcp").read_text().splitlines():
            found = row.split()
            if found[1:3] == self.name and found[3] == ESTABLISHED:
                return int(found[4].partition(":")[0], 16)
        return None


async def let_go(page: Deaf, witness: Page) -> int:
    """Wait until the server has let this page go; how many heartbeats the witness had meanwhile."""
    before = len(witness.heartbeats)

    def ask() -> None:
        assert page.waiting is None

    await asyncio.to_thread(servers.until, ask, AssertionError)
    return len(witness.heartbeats) - before


async def test_pages_that_read_nothing_cost_little_and_are_let_go_in_time(visit: Visit) -> None:
    house, item = visit.house, visit.house.item("wide")
    lead = await visit.reader("p-cm", 0)
    form = await lead.note(item)
    await together(lead.add_note(item, f"{number} {LONG}", form=form) for number in range(24))
    reading = [await (await visit.reader("p-det", number)).open(house.room()) for number in (0, 1)]
    witness = await reading[1].reader.open("/")
    # The last is sent no frame, so it is asked later than the others whether it reads.
    pages = [await reading[1].reader.open(path) for path in [house.room()] * 7 + ["/"]]
    await together(page.until(lambda page: bool(page.heartbeats)) for page in pages)
    # The other process may meanwhile give back what earlier tests made it take: it is nothing to compare with.
    before = memory(house.servers[1])
    deaf = [Deaf(page) for page in pages]
    gone = asyncio.create_task(together(let_go(page, witness) for page in deaf))
    most, waiting = 0, 0
    for number in range(24):
        await lead.add_note(item, f"more {number} {LONG}", form=form)
        await together(page.until(partial(says, f"more {number} ")) for page in reading)
        most = max(most, memory(house.servers[1]) - before)
        waiting = max(waiting, *(page.waiting or 0 for page in deaf))
    assert most / len(deaf) + waiting <= MOST_EACH
    assert max(await gone) <= BEATS_OF_SILENCE
    assert [page.closed for page in reading] == [None, None]
    for page in deaf:
        page.line.abort()


async def test_a_page_that_says_goodbye_and_reads_nothing_is_let_go(visit: Visit) -> None:
    lead = await visit.reader("p-cm", 0)
    page, witness = Deaf(await lead.open(visit.house.case())), await lead.open("/")
    # More than the server's kernel would take off its hands.
    visit.house.execute("UPDATE agendas_need SET text = repeat('long ', 1000000)")
    visit.house.execute("UPDATE workspace_case SET version = version + 1")

    def much_waits() -> None:
        assert (page.waiting or 0) > MEGABYTE

    await asyncio.to_thread(servers.until, much_waits, AssertionError)
    page.line.write(LEAVES)
    assert page.waiting
    assert await let_go(page, witness) <= BEATS_OF_A_FAREWELL
    page.line.abort()


async def test_a_page_that_pings_without_end_is_closed(visit: Visit) -> None:
    page = await (await visit.reader("p-vw")).open("/")
    assert page._socket is not None
    page._socket.transport.write(PING * (PINGS - 1))
    await page.drained()
    assert page.closed is None
    # Wherever among these the answer to a heartbeat is counted, too many stand before it or behind it.
    page._socket.transport.write(PING * 2 * (PINGS + 1))
    assert await page.until_closed() == UNEXPECTED


async def test_of_forty_pages_of_a_session_the_eight_oldest_are_sent_to_rest_and_nobody_elses(
    visit: Visit,
) -> None:
    lead, busy, same_person = [await visit.reader(person, 0) for person in ("p-adv", "p-vw", "p-vw")]
    others = [await reader.open(visit.house.room()) for reader in (lead, same_person)]
    room = await busy.get(visit.house.room())
    pages = [await busy.fetched(visit.house.room(), room).connect() for _ in range(40)]
    assert await together(page.until_closed() for page in pages[:8]) == [TOO_MANY] * 8
    await lead.add_note(visit.house.item("wide"), "for those who stayed")
    stayed = pages[8:] + others
    await together(page.until(partial(says, "for those who stayed")) for page in stayed)
    assert [page.closed for page in stayed] == [None] * (MOST_OF_A_SESSION + 2)
    assert not any(says("for those who stayed", page) for page in pages[:8])


@pytest.mark.parametrize("sessions", [1, 40])
async def test_a_storm_of_strangers_is_closed_at_once_and_disturbs_nobody(
    visit: Visit, sessions: int
) -> None:
    lead = await visit.reader("p-sup", 0)
    own = await lead.open(visit.house.room())

    async def knock(number: int) -> int | None:
        stranger = await Page(lead, "/", {}, "/live/today/").connect(Cookie=f"s={number % sessions:032d}")
        code = await stranger.until_closed()
        assert (stranger.frames, stranger.heartbeats) == ([], [])
        return code

    codes = await asyncio.gather(*map(knock, range(40)))
    assert LEAVE in codes
    assert set(codes) <= ({LEAVE, TOO_MANY} if sessions == 1 else {LEAVE})
    await lead.add_note(visit.house.item("wide"), f"after {sessions} strangers")
    await own.until(partial(says, f"after {sessions} strangers"))


async def test_the_hub_keeps_nothing_of_a_session_that_has_no_page_any_more() -> None:
    codes: list[int] = []

    async def send(message: dict[str, Any]) -> None:
        codes.append(message["code"])

    hub = Hub()
    pages = [Socket(name, "room", "", "", send, None) for name in ["left"] * 2 + ["unknown"] * 40]
    for page in pages:
        await hub.join(page)
    assert codes == [TOO_MANY] * 8
    assert hub.sockets == {*pages[:2], *pages[10:]}
    await hub._deliver(Outcome(closed=pages[10:]))
    assert codes[8:] == [LEAVE] * MOST_OF_A_SESSION
    for page in pages:
        hub.leave(page)
    assert (hub.sockets, hub._of_session) == (set(), {})
