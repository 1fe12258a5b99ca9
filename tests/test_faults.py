"""What goes wrong, and what merely ends: a release runs out while a room is open, a hub does not hear, a browser does
not read. On real servers. What breaks while many people work is in `tests/faults`."""

import asyncio
import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import psycopg
import pytest
from django.utils import timezone

from tests import live_client, servers
from tests.casting import planted
from tests.live_client import House, Page, Reader, Template, Visit, together
from tests.standing import Standing
from workspace.live.hub import ANSWER_WITHIN, BEAT, MOST_UNANSWERED, Hub
from workspace.live.passes import Socket

NOT_HERE, TOO_SLOW = 4404, 4408
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
def house(standing_on_postgres: Standing) -> House:
    """Two processes with PostgreSQL and Redis, as planted, for who breaks neither them nor their tables."""
    standing_on_postgres.put_back()
    return standing_on_postgres


@pytest.fixture
def own_house(
    postgres: servers.Postgres, redis_server: servers.Redis, postgres_template: Template, tmp_path: Path
) -> Iterator[House]:
    """The same, of this test's own."""
    database = postgres_template.postgres_copy(postgres)
    with live_client.house(postgres_template, database, 2, tmp_path, redis_server.url) as running:
        yield running


@pytest.fixture
async def visit(house: House) -> AsyncIterator[Visit]:
    """The readers of this test."""
    async with Visit(house) as readers:
        yield readers


@pytest.fixture
async def own_visit(own_house: House) -> AsyncIterator[Visit]:
    """The readers of this test, in a house of its own."""
    async with Visit(own_house) as readers:
        yield readers


async def rooms(visit: Visit, *people: str) -> list[Page]:
    """These people in the room, in turn at each server."""
    return [await (await visit.reader(person)).open(visit.house.room()) for person in people]


async def until(holds: Callable[[], bool]) -> None:
    """Ask the servers again and again until this holds."""

    def ask() -> None:
        assert holds()

    await asyncio.to_thread(servers.until, ask, AssertionError)


async def told(pages: list[Page], text: str) -> None:
    """A note of the first of these readers reaches them all."""
    await pages[0].reader.add_note(pages[0].reader.house.item("wide"), text)
    await together(page.until(lambda page: text in page.text) for page in pages)
    await together(page.until_fresh() for page in pages)


def medical_note() -> str:
    """The word of a note for everyone whose topic the detective's agency has no release for."""
    agenda = next(meeting for meeting in planted()["cases"][0]["conferences"] if meeting["key"] == "now")[
        "agenda"
    ]
    notes = next(item for item in agenda if item["key"] == "wide")["notes"]
    return str(next(note["text"] for note in notes if note["topic"] == "medical"))


async def on_time(page: Page, moment: datetime, holds: Callable[[Page], bool]) -> None:
    """This holds at that moment, not before, and not much later: by heartbeats, which come every five seconds."""
    assert not holds(page)
    await page.until(lambda _: timezone.now() >= moment or holds(page))
    beats = len(page.heartbeats)
    await page.until(holds)
    assert timezone.now() >= moment
    assert len(page.heartbeats) - beats <= 1


async def test_pages_follow_the_clock_by_themselves_with_redis_and_without(
    own_visit: Visit, redis_server: servers.Redis
) -> None:
    visit, start = own_visit, monotonic()
    house, lead = visit.house, await visit.reader("p-cm")
    detective, aid, former = [await visit.reader(person) for person in ("p-det", "p-aid", "p-old-cm")]
    room, plan, team = (
        await detective.open(house.room()),
        await lead.open(house.case()),
        await lead.open(house.room()),
    )
    aids, formers = await aid.open("/"), await former.open("/")
    # What is done before each moment takes no longer than this did, on however slow a machine.
    pause = timedelta(seconds=max(3.0, 2 * (monotonic() - start)))
    case, word, name = house.case(), medical_note(), house.facts["names"]["p-old-cm"]

    async def followed() -> None:
        begin = timezone.now() + pause
        end = begin + pause
        await lead.record_release("police", ["medical"], begin, end)
        await lead.record_release("aid", ["coordination"], begin, end)
        await lead.give_seat("p-old-cm", "case_manager", begin, end)
        await together(page.until_fresh() for page in visit.pages)
        before = plan.panels["releases"]
        await together(
            [
                on_time(room, begin, lambda page: word in page.text),
                on_time(aids, begin, lambda page: case in page.text),
                on_time(formers, begin, lambda page: case in page.text),
                on_time(team, begin, lambda page: name in page.panels["roles"]),
                on_time(plan, begin, lambda page: page.panels["releases"] != before),
            ]
        )
        table = await aid.open(case)
        await together(page.until_fresh() for page in visit.pages)
        during = plan.panels["releases"]
        await together(
            [
                on_time(room, end, lambda page: word not in page.text),
                on_time(aids, end, lambda page: case not in page.text),
                on_time(formers, end, lambda page: case not in page.text),
                on_time(team, end, lambda page: name not in page.panels["roles"]),
                on_time(plan, end, lambda page: page.panels["releases"] != during),
                on_time(table, end, lambda page: page.closed is not None),
            ]
        )
        assert (table.closed, table.frames) == (NOT_HERE, [])
        await together(page.until_fresh() for page in visit.pages)

    await followed()
    redis_server.kill()
    await followed()


def unheard_more_than(house: House, number: int) -> bool:
    """Whether the second process found more changes than that without a hint."""
    return int(house.health(1)["found_without_hint"]) > number


async def test_a_hub_that_hears_nothing_still_follows_and_says_so(
    sqlite_template: Template, tmp_path: Path
) -> None:
    """Without Redis, each process has a channel layer of its own: the second is deaf to the first."""
    database = sqlite_template.sqlite_copy(tmp_path)
    with live_client.house(sqlite_template, database, 2, tmp_path) as house:
        async with Visit(house) as visit:
            pages = await rooms(visit, "p-cm", "p-survivor")
            for number in range(3):
                await told(pages, f"unheard {number}")
                await until(partial(unheard_more_than, house, number))
            assert house.health(0)["found_without_hint"] == 0
            assert house.health(1)["hub_is_listening"]


async def never_reading(reader: Reader, page: Page) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that shakes hands and then reads nothing more than its small buffers take."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", int(reader.server.url.rsplit(":", 1)[1])))
    incoming, outgoing = await asyncio.open_connection(sock=raw, limit=2048)
    key = b64encode(b"0123456789abcdef").decode()
    headers = {
        "Host": reader.server.url.removeprefix("http://"),
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
        **reader.socket_headers,
    }
    lines = [f"GET {page.live_url} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    outgoing.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    assert b"101" in await incoming.readline()
    return incoming, outgoing


async def rest(incoming: asyncio.StreamReader) -> int:
    """How much was still on its way when the server had let go."""
    read = 0
    with suppress(ConnectionResetError):
        while chunk := await incoming.read(65536):
            read += len(chunk)
    return read


def large(number: int) -> str:
    """A note of some ten thousand characters."""
    return f"{number} " + "long " * 1900


async def test_a_page_that_says_it_reads_and_does_not_is_closed_at_little_cost(visit: Visit) -> None:
    lead, reading = await rooms(visit, "p-cm", "p-det")
    deaf = await reading.reader.page(visit.house.room())
    incoming, outgoing = await never_reading(reading.reader, deaf)
    blank = b"\x81\x81\0\0\0\0 "
    form = await lead.reader.note(visit.house.item("wide"), audience="management")
    with suppress(ConnectionError):
        for number in range(16):
            outgoing.write(blank)
            await outgoing.drain()
            await lead.reader.add_note(visit.house.item("wide"), large(number), form=form)
    async with asyncio.timeout(servers.PATIENCE):
        assert await rest(incoming) <= MOST_UNANSWERED
    await together(page.until_fresh() for page in (lead, reading))
    assert [lead.closed, reading.closed] == [None, None]


async def test_what_is_on_its_way_to_a_page_stays_below_the_bound_until_it_answers() -> None:
    sent: list[str] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["text"])

    async def ask_and_send(frames: int) -> int:
        """How many bytes more the page was sent, heartbeats aside."""
        before = len(sent)
        for _ in range(frames):
            await hub._send(page, "ñ" * 50_000, 100_000)
            await hub._beat([page])
        return sum(len(text.encode()) for text in sent[before:] if not text.startswith(" "))

    hub, page = Hub(), Socket("", "room", "", "", send, None)
    await hub.join(page)
    assert await ask_and_send(50) <= MOST_UNANSWERED
    assert page.behind
    (beat,) = [text for text in sent if text.startswith(" ")]
    assert not hub.answered(page, " ")
    assert hub.answered(page, beat)
    assert not hub.answered(page, beat), "once"
    assert page.unanswered > 0, "what came after the heartbeat may not have been read"
    page.catch_up()
    assert await ask_and_send(50) <= MOST_UNANSWERED - 800_000
    assert hub.answered(page, sent[-1])
    page.catch_up()
    assert (page.unanswered, page.behind) == (0, False)
    assert 900_000 < await ask_and_send(50) <= MOST_UNANSWERED


async def test_an_idle_page_stays_open_and_one_that_does_not_read_or_answer_is_closed(
    visit: Visit, nightly: bool
) -> None:
    start = monotonic()
    lead, idle, mute = await rooms(visit, "p-cm", "p-det", "p-vw")
    mute.answering = False
    gone, _ = await never_reading(mute.reader, mute)
    form = await lead.reader.note(visit.house.item("wide"), audience="management")
    for number in range(12):
        await lead.reader.add_note(visit.house.item("wide"), large(number), form=form)
    beats = len(idle.heartbeats)
    assert await mute.until_closed() == TOO_SLOW
    assert monotonic() - start >= ANSWER_WITHIN
    assert len(idle.heartbeats) - beats <= (BEAT + ANSWER_WITHIN) // BEAT + 1
    assert await rest(gone) <= MOST_UNANSWERED
    frames = len(idle.frames)
    # By night longer than anything on the way would keep a line that says nothing, were it not for the heartbeats.
    await idle.until(lambda page: len(page.heartbeats) >= (7 if nightly else 3), 60)
    await told([lead, idle], "after a long silence")
    assert len(idle.frames) > frames
    for server in visit.house.servers:
        assert "the channel layer failed" not in server.log.read_text()


async def test_a_line_whose_question_was_cut_short_is_not_used_again(visit: Visit) -> None:
    """Somebody locks a table, and cancels what waits for it: those fail, and nothing after them."""
    (page,) = await rooms(visit, "p-cm")
    async with await psycopg.AsyncConnection.connect(visit.house.database, autocommit=True) as other:
        # psycopg has PostgreSQL keep what a line has asked three times, when it asks once more.
        for before in (2, 3):
            for _ in range(before):
                assert (await page.reader.get(visit.house.room())).status_code == 200
            async with other.transaction():
                await other.execute("LOCK TABLE workspace_seat IN ACCESS EXCLUSIVE MODE")
                asked = asyncio.create_task(page.reader.get(visit.house.room()))
                async with await psycopg.AsyncConnection.connect(visit.house.database) as third:
                    while not asked.done():
                        await third.execute(f"SELECT pg_cancel_backend(pid) FROM ({WAITING}) waiting")
                assert (await asked).status_code == 500
    for _ in range(20):
        assert (await page.reader.get(visit.house.room())).status_code == 200
    await told([page], "after a lock")


async def test_a_column_that_gets_wider_under_open_pages_stops_nobody_for_long(own_visit: Visit) -> None:
    pages = await rooms(own_visit, "p-cm", "p-survivor")
    for page in pages * 4:
        assert (await page.reader.get(own_visit.house.room())).status_code == 200
    async with await psycopg.AsyncConnection.connect(own_visit.house.database, autocommit=True) as other:
        await other.execute("ALTER TABLE agendas_agendaitem ALTER title TYPE varchar(300)")
    answers = [(await page.reader.get(own_visit.house.room())).status_code for page in pages * 20]
    assert answers.count(500) < 8, "each line fails once, and is not used again"
    assert set(answers[20:]) == {200}
    await told(pages, "after it got wider")


async def test_leaving_works_while_the_database_is_gone_and_ends_the_session_when_it_is_back(
    own_visit: Visit, postgres: servers.Postgres
) -> None:
    visit = own_visit
    (page,) = await rooms(visit, "p-survivor")
    async with httpx.AsyncClient(
        base_url=visit.house.servers[0].url, cookies=page.reader.http.cookies, verify=servers.NO_TLS
    ) as copy:
        await asyncio.to_thread(postgres.stop)
        try:
            assert (await page.reader.get("/leave/")).status_code == 200
            left = await page.reader.post("/leave/")
            assert (left.status_code, left.headers["Location"]) == (303, "/leave/")
            assert "s" not in page.reader.http.cookies
        finally:
            await asyncio.to_thread(postgres.start)
        async with asyncio.timeout(servers.PATIENCE):
            while (await copy.get(visit.house.room())).status_code != 303:
                pass
    assert (await (await visit.reader("p-cm")).get(visit.house.room())).status_code == 200


async def test_after_the_database_was_away_nobody_is_turned_away(
    own_house: House, postgres: servers.Postgres
) -> None:
    """In a process where no page is open, only requests find out that its lines are dead."""
    house, link = own_house, own_house.link("p-cm")
    async with httpx.AsyncClient(
        base_url=house.servers[1].url, timeout=servers.PATIENCE, verify=servers.NO_TLS
    ) as asking:
        async with await psycopg.AsyncConnection.connect(house.database) as other:
            await other.execute("LOCK TABLE workspace_signinlink IN ACCESS EXCLUSIVE MODE")
            asked = [asyncio.create_task(asking.get(link)) for _ in range(12)]
            async with await psycopg.AsyncConnection.connect(house.database, autocommit=True) as third:
                while (await (await third.execute(WAITING)).fetchall())[11:] == []:
                    pass
        assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}
        await asyncio.to_thread(postgres.stop)
        await asyncio.to_thread(postgres.start)
        for _ in range(3):
            answer = await asking.get(link)
            assert answer.status_code == 200, answer.text
