"""What is pushed: after every verb, for every seat, the page as it was plus the frames read from the wire is a fresh
page, and whoever sees nothing new gets nothing. On one process with SQLite, and on two with PostgreSQL and Redis."""

import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from tests.live_client import House, Page, Reader, Visit, together
from tests.standing import Standing

AT_THE_TABLE = [
    *(
        "p-survivor",
        "p-guardian",
        "p-cm",
        "p-adv",
        "p-sup",
        "p-holder-nurse",
        "p-ther",
        "p-shelter",
        "p-law",
        "p-vw",
    ),
    *("p-pros", "p-det", "p-interp", "p-prov", "p-mentor", "p-volunteer", "p-next-adv", "p-next-cm"),
]
ELSEWHERE = ["p-free-interp", "p-det2", "p-nurse", "p-cps", "p-aid", "p-later", "p-survivor-two", "p-nowhere"]
EACH = ["/", "room", "plan"]
MORE = {
    "p-survivor": ["wide", "hers-spoken", "releases", "seats", "past"],
    "p-cm": ["clinical", "releases", "seats"],
    "p-interp": ["hers-spoken", "birch room"],
    "p-det": ["wide", "releases", "seats"],
    "p-ther": ["clinical", "past"],
    "p-next-cm": ["birch", "birch room"],
}
LEAVE, NOT_HERE, UNEXPECTED, NOBODY = 4403, 4404, 4400, 4402
MOST_BEATS = 2  # until a page is closed: the hub looks once a second, and sends one every five


@pytest.fixture(params=["one process with SQLite", "two processes with PostgreSQL and Redis"])
def house(request: pytest.FixtureRequest) -> House:
    """Running servers, as planted."""
    found: Standing = request.getfixturevalue(
        "standing_on_sqlite" if request.param.startswith("one") else "standing_on_postgres"
    )
    found.put_back()
    return found


@pytest.fixture
async def visit(house: House, nightly: bool) -> AsyncIterator[Visit]:
    """The readers of this test."""
    async with Visit(house, whole=nightly) as readers:
        yield readers


def addresses(house: House) -> dict[str, str]:
    """The pages that are opened, by the names they have here."""
    return {
        "/": "/",
        "room": house.room(),
        "plan": house.case(),
        "wide": house.item("wide"),
        "clinical": house.item("clinical"),
        "hers-spoken": house.item("hers-spoken"),
        "releases": f"{house.case()}releases/",
        "seats": f"{house.case()}seats/",
        "past": house.room("alder/past"),
        "birch": house.case("birch"),
        "birch room": house.room("birch/now"),
    }


def here(page: Page) -> set[str]:
    """The names of those whom this page shows as having arrived."""
    return set(re.findall(r'<li class="arrived"><bdi>(\w+)', page.panels["here"]))


async def all_here(pages: list[Page]) -> None:
    """Wait until each of these rooms shows all their readers whom it can show."""
    names = {page.reader.house.facts["names"][page.reader.person] for page in pages}
    await together(page.until(partial(shows, names)) for page in pages)


def shows(names: set[str], page: Page) -> bool:
    """Whether those of these whom the page can show have arrived."""
    return {name for name in names if name in page.panels["here"]} <= here(page)


async def everything_open(visit: Visit) -> dict[str, Reader]:
    """Everybody comes in and opens their pages; then all of them know who is here."""
    paths = addresses(visit.house)
    readers = {person: await visit.reader(person) for person in AT_THE_TABLE + ELSEWHERE}

    async def open_all(reader: Reader) -> None:
        for name in EACH + MORE.get(reader.person, []):
            answer = await reader.get(paths[name])
            if answer.status_code == 200:
                await reader.fetched(paths[name], answer).connect()

    await together(open_all(reader) for reader in readers.values())
    assert len(visit.pages) > 75
    await all_here([page for page in visit.pages if page.path == visit.house.room()])
    await together(page.until_fresh() for page in visit.pages)
    await visit.settle()
    return readers


async def after(
    visit: Visit, verb: Awaitable[None], *, everywhere: bool = False, only: Collection[str] = ()
) -> set[str]:
    """Do it, and hold the open rooms (or every open page) against fresh ones; who saw something change.

    `only`: these people alone may see something change, so theirs alone are fetched, but for the nightly run. Where
    a page is not fetched, nothing may have come.
    """
    pages = visit.pages
    were = [(page, dict(page.panels), len(page.frames)) for page in pages]
    await verb
    await visit.settle()
    assert pages == visit.pages, "nobody was closed"
    rooms = [page for page in pages if everywhere or "here" in page.panels]
    if only and not visit.whole:
        rooms = [page for page in pages if page.reader.person in only]
    fresh = dict(zip(rooms, await together(page.fresh() for page in rooms), strict=True))
    changed = set()
    for page, was, frames in were:
        who = page.reader.person, page.path
        now = fresh.get(page, was)
        assert page.panels == now, f"{who}: the page plus its frames is not a fresh page"
        assert len(page.frames) - frames == (was != now), (
            f"{who}: one frame, if and only if something changed"
        )
        if was != now:
            changed.add(page.reader.person)
    assert not only or changed == set(only)
    return changed


async def gone(visit: Visit, verb: Awaitable[None], *people: str, code: int = NOT_HERE) -> None:
    """Do it; these people's pages about the case are closed and get nothing more, and every room becomes fresh."""
    leaving = [page for page in visit.pages if page.reader.person in people and page.path != "/"]
    assert {page.reader.person for page in leaving} == set(people)
    frames = [len(page.frames) for page in leaving]
    await verb
    beats = [len(page.heartbeats) for page in leaving]
    assert await together(page.until_closed() for page in leaving) == [code] * len(leaving)
    assert all(len(page.heartbeats) - had <= MOST_BEATS for page, had in zip(leaving, beats, strict=True))
    assert [len(page.frames) for page in leaving] == frames, "nothing came after the loss of sight"
    assert await together(page.fresh() for page in leaving) == [None] * len(leaving)
    rooms = [page for page in visit.pages if "here" in page.panels]
    names = {visit.house.facts["names"][person] for person in people}
    await together(page.until(lambda page: not names & here(page)) for page in rooms)
    await visit.settle()
    await together(page.until_fresh() for page in rooms)


async def test_after_every_verb_each_page_plus_its_frames_is_a_fresh_page(visit: Visit) -> None:
    house = visit.house
    readers = await everything_open(visit)
    lead, survivor = readers["p-cm"], readers["p-survivor"]
    now, later = timezone.now(), timezone.now() + timedelta(days=9)

    async def note(writer: str, item: str, only: Collection[str] = (), **choice: Any) -> set[str]:
        verb = readers[writer].add_note(house.item(item), f"by {writer}", **choice)
        return await after(visit, verb, only=only)

    seen_by_her = await after(visit, lead.press(f"{house.item('gap')}current/"))
    assert {"p-survivor", "p-interp", "p-cm"} <= seen_by_her
    assert not seen_by_her & {"p-det", "p-law", "p-shelter"}
    clinicians = {"p-cm", "p-sup", "p-ther"}
    await after(visit, lead.press(f"{house.item('clinical')}current/"), only=clinicians)
    assert len(await after(visit, lead.press(f"{house.item('wide')}done/"))) > 14
    looking = await note("p-cm", "wide")
    assert {"p-det", "p-survivor", "p-law"} <= looking, "for some it is the current item, others look at it"
    assert not looking & {"p-cm", "p-sup", "p-ther"}, "they are at another item now"
    await note("p-sup", "clinical", clinicians, audience="clinicians", left_out_because="too early")
    assert len(await after(visit, lead.press(f"{house.item('wide')}current/"))) > 14
    assert len(await note("p-cm", "wide")) > 14
    assert {"p-det", "p-survivor", "p-law"} <= await note("p-det", "wide", audience="justice")
    await note("p-law", "wide", {"p-law", "p-survivor"}, audience="attorney", topic="privileged")
    await note("p-cm", "wide", {"p-cm"}, audience="me", left_out_because="for myself")
    shelter = {"audience": "roles", "roles": "shelter", "left_out_because": "for later"}
    await note("p-shelter", "wide", {"p-shelter"}, **shelter)
    await note("p-survivor", "hers-spoken", {"p-survivor"}, audience="me")

    joined = await after(visit, lead.record_release("aid", ["coordination"], now, later), everywhere=True)
    assert {"p-aid", "p-cm", "p-survivor"} <= joined
    assert "p-mentor" not in joined
    sat = await after(visit, lead.give_seat("p-nowhere", "provider", now), everywhere=True)
    assert {"p-det", "p-survivor", "p-cm"} <= sat
    assert "p-survivor-two" not in sat

    async def choose_spanish() -> None:
        assert (await readers["p-det"].post("/language/", language="es")).status_code == 303

    await after(visit, choose_spanish(), everywhere=True, only={"p-det"})
    assert max(house.unheard()) < 4

    await gone(visit, survivor.press(f"{house.release('legal')}withdrawal/"), "p-law")
    await gone(visit, lead.press(f"{house.seat('mentor')}end/"), "p-mentor")

    async def sign_out() -> None:
        await readers["p-guardian"].post("/sign-out/")

    await gone(visit, sign_out(), "p-guardian", code=LEAVE)
    with_care = await after(visit, lead.press(f"{house.item('done')}current/"), everywhere=True)
    assert {"p-survivor", "p-prov"} <= with_care
    assert not with_care & {"p-det", "p-pros"}


async def rooms(visit: Visit, *people: str) -> list[Page]:
    """These people in the room, in turn at each server, all of them knowing who is here."""
    pages = [await (await visit.reader(person)).open(visit.house.room()) for person in people]
    await all_here(pages)
    return pages


async def test_whoever_may_no_longer_be_here_is_closed_and_gets_nothing_more(visit: Visit) -> None:
    house = visit.house
    survivor, lead, guest, left, twice = await rooms(
        visit, "p-survivor", "p-cm", "p-prov", "p-vw", "p-next-adv"
    )
    plan = await guest.reader.open(house.case())
    elsewhere = await (await visit.reader("p-next-adv")).open(house.room())
    seat, room = house.facts["seats"]["alder/prov"], house.facts["conferences"]["alder/now"]

    async def nothing_more(page: Page, verb: Awaitable[object], code: int = LEAVE) -> None:
        later = f"written after {id(page)} had gone"
        await verb
        await lead.reader.add_note(house.item("wide"), later)
        assert await page.until_closed() == code
        assert later not in "".join(page.frames)

    async def uninvite() -> None:
        mark = "(SELECT id FROM workspace_mark WHERE public_id = '{}')"
        house.execute(
            f"DELETE FROM workspace_named WHERE mark_id = {mark.format(room)} AND seat_id = {mark.format(seat)}"
        )
        house.execute("UPDATE workspace_case SET version = version + 1")

    async def deactivate() -> None:
        house.execute("UPDATE workspace_person SET is_active = false WHERE key = 'p-vw'")

    async def end_session() -> None:
        house.execute(
            f"DELETE FROM workspace_session WHERE session_key = '{elsewhere.reader.http.cookies['s']}'"
        )

    await nothing_more(guest, uninvite(), NOT_HERE)
    await nothing_more(left, deactivate())
    await nothing_more(elsewhere, end_session())
    await plan.until_fresh()
    assert plan.closed is None, "the case is still theirs to see"
    await twice.until_fresh()
    assert twice.closed is None, "another session of the same person stays"
    await nothing_more(twice, twice.reader.post("/leave/"))
    await together(page.until_fresh() for page in (survivor, lead))


async def test_who_may_not_connect_is_accepted_and_closed_whatever_the_reason(visit: Visit) -> None:
    (page,) = await rooms(visit, "p-det")
    hidden = visit.house.facts["conferences"]["alder/quiet"]
    foreign = visit.house.facts["cases"]["birch"]
    cookie = page.reader.socket_headers["Cookie"]
    attempts: list[tuple[str, dict[str, str | None]]] = [
        (page.live_url, {"Origin": "http://evil.example"}),
        (page.live_url, {"Origin": page.reader.server.url.replace("http", "https")}),
        (page.live_url, {"Origin": None}),
        (page.live_url, {"Cookie": "s=" + "x" * 32}),
        (page.live_url, {"Cookie": 's="\\000"'}),
        ("/live/room/?id=%00", {}),
        ("/live/room/?id=%ff%fe", {}),
        ("/live/nothing/", {}),
        ("/live/today", {}),
        ("/", {}),
        ("/live/today/", {"Cookie": f"{cookie}; s={'y' * 32}"}),
    ]
    assert (await page.reader.get(visit.house.case("birch"))).status_code == 404
    nothing = [f"/live/{name}/?id={foreign}" for name in ("plan", "seats", "releases")]
    nothing += [
        f"/live/room/?id={hidden}",
        f"/live/room/?id={'x' * 20}",
        f"/live/room/?id={hidden}&look={'x' * 20}",
        f"{page.live_url}&look={'x' * 20}",
        "/live/room/",
        f"/live/plan/?id={'x' * 20}",
        f"/live/plan/?id={hidden}",
        f"/live/seats/?id={hidden}",
    ]

    async def refused(address: str, headers: dict[str, str | None], code: int) -> None:
        attempt = Page(page.reader, "/", {}, address)
        await attempt.connect(**headers)
        assert await attempt.until_closed() == code, (address, headers)
        assert (attempt.frames, attempt.heartbeats) == ([], []), (address, headers)

    await together(refused(*attempt, LEAVE) for attempt in attempts)
    await refused(page.live_url, {"Cookie": None}, NOBODY)
    await together(refused(address, {}, NOT_HERE) for address in nothing)
    lead = await visit.reader("p-cm")
    await lead.add_note(visit.house.item("wide"), "nobody else was disturbed")
    await page.until(lambda page: "nobody else was disturbed" in page.text)


async def test_other_cookies_of_the_same_host_do_not_keep_a_page_out(visit: Visit) -> None:
    reader = await visit.reader("p-det")
    own = reader.socket_headers["Cookie"]
    others = ('seen={"maps": ["a", "b"], "at": 1}', "name=Ana María", "a b=c d", "bare", "=", 'x="', "[]=;;")
    for other in others:
        for cookie in (f"{other}; {own}", f"{own}; {other}"):
            page = await reader.page("/")
            await page.connect(without_digest(page.live_url), Cookie=cookie)
            await page.until(lambda page: bool(page.frames))
            await page.close()


async def test_a_page_that_says_anything_but_the_answer_to_its_last_heartbeat_is_closed(visit: Visit) -> None:
    (page,) = await rooms(visit, "p-det")
    said: list[str | bytes] = ["hello", "", " ", "  ", b" ", " 00000000", '{"HEADERS": {}}']

    async def closed(message: str | bytes, code: int) -> None:
        talking = await page.reader.open("/")
        await talking.send(message)
        assert await talking.until_closed() == code, message

    async def closed_after_its_heartbeat(said: Callable[[str], str | bytes], *, answering: bool) -> None:
        talking = await page.reader.page("/")
        talking.answering = answering
        await talking.connect()
        await talking.until(lambda page: bool(page.heartbeats))
        await talking.send(said(talking.heartbeats[0]))
        assert await talking.until_closed() == UNEXPECTED

    await together([*(closed(message, UNEXPECTED) for message in said), closed("x" * 100_000, 1006)])
    await together(
        [
            closed_after_its_heartbeat(lambda _: " 00000000", answering=False),
            closed_after_its_heartbeat(lambda beat: beat[:-1], answering=False),
            closed_after_its_heartbeat(lambda beat: f"{beat} ", answering=False),
            closed_after_its_heartbeat(lambda beat: beat.encode(), answering=False),
            closed_after_its_heartbeat(lambda beat: beat, answering=True),  # a second time
        ]
    )
    await page.until(lambda page: len(page.heartbeats) > 1)
    assert len(set(page.heartbeats)) == len(page.heartbeats)
    await visit.settle()
    assert page.closed is None


@pytest.mark.django_db
def test_strangers_hear_nothing_of_what_changes_from_health(client: Client) -> None:
    numbers = {"database", "hub_is_listening", "found_without_hint"}
    for near in ("127.0.0.1", "127.8.8.8", "::1"):
        assert client.get("/health/", REMOTE_ADDR=near).json().keys() == numbers
    for far in ("192.0.2.7", "10.0.0.1", "2001:db8::1", ""):
        assert client.get("/health/", REMOTE_ADDR=far).json() == {"database": "ok"}
    for header in ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"):
        assert client.get("/health/", headers={header: "127.0.0.1"}).json() == {"database": "ok"}


async def test_who_is_here_comes_and_goes_for_those_who_may_know_it(visit: Visit) -> None:
    names = visit.house.facts["names"]
    lead, survivor, detective, mate = await rooms(visit, "p-cm", "p-survivor", "p-det", "p-sup")
    assert here(survivor) == {names[person] for person in ("p-cm", "p-survivor", "p-det", "p-sup")}
    frames = len(detective.frames)
    therapist = await (await visit.reader("p-ther")).open(visit.house.room())
    for page in (lead, survivor, mate):
        await page.until(lambda page: names["p-ther"] in here(page))
    await visit.settle()
    assert len(detective.frames) == frames, "the detective does not know of the therapist"
    await therapist.close()
    for page in (lead, survivor, mate):
        await page.until(lambda page: names["p-ther"] not in here(page))
    await detective.close()
    await survivor.until(lambda page: names["p-det"] not in here(page))
    await together(page.until_fresh() for page in (lead, survivor, mate))


def without_digest(address: str, **other: str) -> str:
    """The address of a socket that does not say what its page shows, or says it wrongly."""
    parts = urlsplit(address)
    kept = {name: value for name, value in parse_qsl(parts.query) if name != "shows"}
    return f"{parts.path}?{urlencode(kept | other)}"


async def test_a_socket_gets_what_differs_from_the_digest_in_its_address_and_all_without_one(
    visit: Visit,
) -> None:
    house = visit.house
    (lead,) = await rooms(visit, "p-cm")
    reader = await visit.reader("p-survivor")
    paths = ["/", house.case(), f"{house.case()}releases/", f"{house.case()}seats/"]
    current = [await (await reader.page(path)).connect() for path in paths]
    stale = await reader.page(house.item("wide"))
    await lead.reader.add_note(house.item("wide"), "in between")
    await stale.connect()
    await stale.until(lambda page: "in between" in page.text)
    assert "in between" in stale.frames[0]
    assert 'id="item"' in stale.frames[0]
    assert 'id="agenda"' not in stale.frames[0]
    for address in (
        without_digest(stale.live_url),
        without_digest(stale.live_url, shows="x.y"),
        without_digest(stale.live_url, shows="."),
    ):
        page = await reader.page(house.item("wide"))
        await page.connect(address)
        await page.until(lambda page: bool(page.frames))
        assert [f'id="{name}"' in page.frames[0] for name in page.panels] == [True] * 8
    await visit.settle()
    assert [page.frames for page in current] == [[]] * len(current)


async def test_people_who_read_other_languages_get_frames_like_their_pages(visit: Visit) -> None:
    lead = await visit.reader("p-cm")
    volunteer, interpreter = await visit.reader("p-volunteer"), await visit.reader("p-free-interp")
    pages = [
        await interpreter.open("/"),
        await interpreter.open(visit.house.case()),
        await volunteer.open("/"),
    ]
    await visit.settle()
    assert [page.frames for page in pages] == [[], [], []]
    soon = timezone.now() + timedelta(days=3)
    await lead.record_release("aid", ["coordination"], timezone.now(), soon)
    await visit.settle()
    assert await together(page.fresh() for page in pages) == [page.panels for page in pages]
    assert pages[1].frames


async def test_a_burst_of_fifty_notes_ends_in_one_state_with_fewer_frames_than_changes(visit: Visit) -> None:
    item = visit.house.item("wide")
    pages = await rooms(visit, "p-cm", "p-survivor", "p-det", "p-law")
    forms = [await page.reader.note(item) for page in pages]
    had = [len(page.frames) for page in pages]
    await together(
        pages[number % 4].reader.add_note(item, f"burst-{number}-", form=forms[number % 4])
        for number in range(50)
    )
    await visit.settle()
    for page, frames in zip(pages, had, strict=True):
        assert [number for number in range(50) if f"burst-{number}-" not in page.text] == []
        assert page.panels == await page.fresh()
        assert 0 < len(page.frames) - frames < 50


async def test_an_agenda_rearranged_at_both_processes_at_once_is_one_agenda_everywhere(visit: Visit) -> None:
    pages = await rooms(visit, "p-cm", "p-cm", "p-survivor", "p-det", "p-ther")
    had = [rows_of(page) for page in pages]
    assert len({tuple(rows) for rows in had}) > 2
    chance = random.Random(1)

    async def press(number: int) -> None:
        leader, item = pages[number % 2].reader, chance.choice(had[0])
        verb = chance.choice(["place", "place", "parked", "planned", "done", "current"])
        before = {"before": chance.choice([*had[0], ""])} if verb == "place" else {}
        assert (await leader.post(f"/items/{item}/{verb}/", **before)).status_code == 303

    await together(press(number) for number in range(40))
    await visit.settle()
    for page, rows in zip(pages, had, strict=True):
        await page.until_fresh()
        assert sorted(rows_of(page)) == sorted(rows), "nothing is lost"
        mine = [row for row in rows_of(pages[0]) if row in rows]
        assert [row for row in rows_of(page) if row in mine] == mine
    assert rows_of(pages[0]) != had[0]


def rows_of(page: Page) -> list[str]:
    """The items of the agenda, in their order."""
    return re.findall(r'<li id="row-([^"]+)"', page.panels["agenda"])
