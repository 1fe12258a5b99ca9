"""The benchmark itself: starts the servers, has the clients press and read in turns, and gathers what it took."""

import json
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import httpx

from tests import servers
from tests.bench.casefile import ITEMS
from tests.bench.clients import Block, Clients, Place
from tests.live_client import Template

BLOCK = 25
WARM = 5
USUAL_AT = 100  # participants with whom the usual ways are measured as well
POLLED_AT, POLL_EVERY, POLLED_PRESSES, POLLED_PRESS_EVERY = 25, 2.0, 5, 5.0
TASKS = 200, 25  # cases of one person, and action items on each
LARGE_ITEMS = 60  # on the agenda of a large conference, of which each press is answered
RATE = "1000000"  # one facilitator presses more often than a person may
ENVIRONMENT = {"MOST_WRITES_A_MINUTE": RATE, "SECRET_KEY": token_urlsafe(50)}


@dataclass
class Machine:
    """The storage that is measured on. `stands_in`: what is used where a program is missing."""

    folder: Path
    postgres: servers.Postgres | None
    redis: servers.Redis | None
    layers: int = 0
    templates: dict[tuple[int, int], Template] = field(default_factory=dict)
    empty: Template | None = None

    @property
    def stands_in(self) -> list[str]:
        """In words, for who reads the result."""
        lacking = {
            "SQLite stands in for PostgreSQL": self.postgres,
            "an in-memory layer stands in for Redis": self.redis,
        }
        return [words for words, there in lacking.items() if there is None]

    def new_folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.folder))

    def copy(self, template: Template) -> str:
        """The address of a database of its own with the same contents."""
        if self.postgres:
            return template.postgres_copy(self.postgres)
        return template.sqlite_copy(self.new_folder())

    def new_database(self) -> str:
        """The address of a database with nothing in it."""
        return (
            self.postgres.new_database()
            if self.postgres
            else f"sqlite:///{self.new_folder() / 'new.sqlite3'}"
        )

    def layer(self) -> str:
        """The address of a channel layer that nobody else uses; nothing where it is in memory."""
        self.layers = self.layers % 15 + 1
        return f"{self.redis.url[:-1]}{self.layers}" if self.redis else ""

    def template(self, participants: int, items: int) -> Template:
        """A database with the conference of that size, made once."""
        size = participants, items
        if size not in self.templates:
            self.templates[size] = self._loaded(*size)
        return self.templates[size]

    def tasks(self, cases: int, each: int) -> Template:
        """A database with so many cases and action items."""
        return self._prepared(f"prepare_tasks({cases}, {each})")

    def _loaded(self, participants: int, items: int) -> Template:
        return self._prepared(f"prepare({participants}, {items})")

    def _prepared(self, call: str) -> Template:
        if self.empty is None:
            url = self.new_database()
            servers.manage("migrate", "-v", "0", DATABASE_URL=url)
            self.empty = Template(url, {})
        url = self.copy(self.empty)
        statement = f"from tests.bench.casefile import prepare, prepare_tasks; {call}"
        said = servers.manage("shell", "-v", "0", "-c", statement, **ENVIRONMENT, DATABASE_URL=url)
        return Template(url, json.loads(said.splitlines()[-1]))


@contextmanager
def machine() -> Iterator[Machine]:
    """PostgreSQL and Redis of this run, or what stands in for them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench")))
        programs: list[Any] = []
        for start in (servers.postgres, servers.redis_server):
            try:
                programs.append(stack.enter_context(start()))
            except servers.Missing:
                programs.append(None)
        yield Machine(folder, *programs)


@dataclass
class Way:
    """One way to tell everybody, running with its clients. `pid`: the process whose work is counted; `url`: its
    address."""

    clients: Clients
    pid: int
    url: str
    blocks: list[Block] = field(default_factory=list)
    cpu: float = 0.0

    def measure(self, events: int) -> None:
        """Another block of events."""
        before = cpu_of(self.pid)
        self.blocks.append(self.clients.do("block", events=events))
        self.cpu += cpu_of(self.pid) - before


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used, those of its ended threads among them (clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


def memory_of(pid: int) -> int:
    """The bytes that are this process's own: its proportional set size, or what is resident where that is not told."""
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        told = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^(?:Pss|VmRSS):\s+(\d+) kB", told, re.MULTILINE)
    assert found, "Linux tells one of them"
    return int(found[1]) * 1024


@dataclass
class Bench:
    """What is measured, on which machine. `items` on the agenda; `idle`: sockets, a multiple of a hundred or fewer;
    `beats` of theirs to wait for; `counted`: sizes at which queries and renders are counted; `quiet`: seconds without
    a frame after which everybody has come in."""

    machine: Machine
    participants: list[int]
    events: int = 150
    repetitions: int = 3
    items: int = ITEMS
    idle: int = 1000
    beats: int = 2
    counted: tuple[int, ...] = (1, 10, 100)
    quiet: float = 2.5

    def repetition(self, number: int) -> dict[str, Any]:
        """Everything that differs from one time to the next, once."""
        say = partial(print, f"repetition {number}:", file=sys.stderr, flush=True)
        sizes = {}
        for size in self.participants:
            say(f"{size} participants")
            sizes[str(size)] = self.series(size)
        say("a large conference")
        large = self.large_room()
        say("a long list of tasks")
        tasks = self.long_list()
        say(f"{self.idle} idle sockets")
        idle = self.idle_sockets()
        say("fetching every two seconds")
        poll = self.poll()
        # Against the product with as many people, or the nearest number that was measured.
        nearest = min(self.participants, key=lambda size: abs(size - poll["participants"]))
        cpu = sizes[str(nearest)]["product"]["cpu_us_per_frame"]
        return {
            "sizes": sizes,
            "large": large,
            "tasks": tasks,
            "idle": idle,
            "poll": poll | {"times_product": poll["cpu_us_per_change"] / cpu},
        }

    def series(self, participants: int) -> dict[str, Any]:
        """All ways at this size, in turns of a block each."""
        with ExitStack() as stack:
            product, frames = self.enter(stack, participants)
            ways = {"floor": self.floor(stack, participants, frames), "product": product}
            if participants == USUAL_AT:
                ways["classes"], _ = self.enter(stack, participants, "classes", words=False)
                ways["usual"], _ = self.enter(stack, participants, "usual", together=10)
            for done in range(0, self.events, BLOCK):
                for name, way in ways.items():
                    # It takes a second a press, so its events are shared out among the repetitions.
                    if name != "usual" or done * self.repetitions < self.events:
                        way.measure(min(BLOCK, self.events - done))
            return numbers(ways)

    def large_room(self) -> dict[str, float]:
        """What a press takes to be answered in a conference of sixty items and a thousand notes, while all follow; and
        what the smallest page of the same server takes. Milliseconds at the median, in turns."""
        people = min(USUAL_AT, max(self.participants))
        template = self.machine.template(people, LARGE_ITEMS)
        with ExitStack() as stack:
            server = self.serve(stack, template)
            clients = stack.enter_context(Clients(self.place(template, server.url)))
            come_in(clients)
            pages: list[float] = []
            answers: list[float] = []
            for done in range(0, self.events, BLOCK):
                pages += page_times(server.url)
                answers += clients.do("block", events=min(BLOCK, self.events - done)).answers
        return {
            "participants": people,
            "answer_p50_ms": statistics.median(answers) * 1e3,
            "smallest_page_p50_ms": statistics.median(pages) * 1e3,
        }

    def long_list(self) -> dict[str, float]:
        """What my tasks and a plan take somebody who sits on hundreds of cases with thousands of action items; and what
        the smallest page takes that the same person is given. Milliseconds, the slowest of twenty, in turns."""
        template = self.machine.tasks(*TASKS)
        facts = template.facts
        pages = {"tasks": "/tasks/", "plan": f"/cases/{facts['case']}/", "smallest_page": "/cards/"}
        with ExitStack() as stack:
            server = self.serve(stack, template)
            client = httpx.Client(base_url=server.url, cookies={"s": facts["session"]}, timeout=30)
            browser = stack.enter_context(client)
            times: dict[str, list[float]] = {name: [] for name in pages}
            for turn in range(WARM + self.events):
                for name, path in pages.items():
                    taken = browser.get(path).raise_for_status().elapsed.total_seconds()
                    # The first ones work out statements and templates, for everybody who comes after.
                    times[name] += [taken] if turn >= WARM else []
        return {"cases": TASKS[0], "action_items": TASKS[0] * TASKS[1]} | {
            f"{name}_p95_ms": statistics.quantiles(taken, n=100, method="inclusive")[94] * 1e3
            for name, taken in times.items()
        }

    def enter(
        self, stack: ExitStack, participants: int, way: str = "", *, together: int = 50, words: bool = True
    ) -> tuple[Way, dict[str, str]]:
        """A server on a database of its own, with everybody in the room and each item once on; and a frame of each.
        `way`: which one of `tests.bench.ways`, or the product."""
        template = self.machine.template(participants, self.items)
        server = self.serve(stack, template, way)
        clients = stack.enter_context(Clients(self.place(template, server.url, words=words)))
        running = Way(clients, server.process.pid, server.url)
        return running, come_in(clients, together)

    def place(self, template: Template, url: str, *, press_url: str = "", words: bool = True) -> Place:
        """Where the clients of this server meet."""
        facts = template.facts
        readers = tuple((seat, cookie, reads_own) for seat, cookie, reads_own in facts["readers"])
        return Place(
            url,
            press_url or url,
            facts["room"],
            tuple(facts["items"]),
            readers,
            facts["facilitator"],
            words,
            self.quiet,
        )

    def serve(self, stack: ExitStack, template: Template, way: str = "") -> servers.Daphne:
        """One Daphne on a copy of this database, with a channel layer of its own."""
        given = {"DATABASE_URL": self.machine.copy(template), "REDIS_URL": self.machine.layer()}
        if way:
            given |= {"DJANGO_SETTINGS_MODULE": "tests.bench.settings", "BENCH_WAY": way}
        folder = self.machine.new_folder()
        (server,) = stack.enter_context(servers.daphne(1, folder, **ENVIRONMENT, **given))
        return server

    def floor(self, stack: ExitStack, participants: int, frames: dict[str, str]) -> Way:
        """The floor, with the frames of the product."""
        folder = self.machine.new_folder()
        (folder / "frames.json").write_text(json.dumps(frames))
        ports = servers.free_port(), servers.free_port()
        command: list[str | Path] = [
            "-m",
            "tests.bench.floor",
            folder / "frames.json",
            self.machine.new_database(),
            *map(str, ports),
        ]
        process = subprocess.Popen([sys.executable, *command], cwd=servers.ROOT)
        stack.callback(servers.end, process)
        servers.until(partial(_listens, ports[0]), OSError)
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        template = self.machine.template(participants, self.items)
        place = self.place(template, urls[0], press_url=urls[1], words=False)
        clients = stack.enter_context(Clients(place))
        come_in(clients)
        return Way(clients, process.pid, urls[0])

    def idle_sockets(self) -> dict[str, Any]:
        """What so many open pages cost that nothing happens on, all connected at once: seconds until the last has heard
        something, and bytes each. They are the room's, several of each person, with the digests a page has."""
        people = min(USUAL_AT, self.idle)
        template = self.machine.template(people, self.items)
        with ExitStack() as stack:
            server = self.serve(stack, template)
            clients = stack.enter_context(Clients(self.place(template, server.url)))
            come_in(clients)
            clients.do("close")
            before = memory_of(server.process.pid)
            came = clients.do("connect", each=self.idle // people, together=self.idle, pages=True)
            clients.do("beaten", times=self.beats)
            clients.do("settle")
            each = (memory_of(server.process.pid) - before) / self.idle
        return {"sockets": self.idle, "bytes_each": each, **came}

    def poll(self) -> dict[str, Any]:
        """What it costs where each page is fetched again every two seconds instead: CPU for each change that reached
        somebody, and how old it was by then."""
        people = min(POLLED_AT, max(self.participants))
        template = self.machine.template(people, self.items)
        with ExitStack() as stack:
            server = self.serve(stack, template)
            clients = stack.enter_context(Clients(self.place(template, server.url)))
            before = cpu_of(server.process.pid)
            ages = clients.do("poll", every=POLL_EVERY, presses=POLLED_PRESSES, apart=POLLED_PRESS_EVERY)
            cpu = cpu_of(server.process.pid) - before
        return {
            "participants": people,
            "cpu_us_per_change": cpu / len(ages) * 1e6,
            "staleness_ms": statistics.fmean(ages) * 1e3,
        }

    def profile(self) -> dict[str, float]:
        """Where the time of a push goes at this size, in milliseconds: by a clock in the real process."""
        with ExitStack() as stack:
            way, _ = self.enter(stack, USUAL_AT, "profiled")
            spent_by(way.url)
            way.clients.do("block", events=BLOCK)
            spent_by(way.url)
            way.measure(self.events)
            spent = {name: seconds / self.events * 1e3 for name, seconds in spent_by(way.url).items()}
            return {"whole": statistics.fmean(way.blocks[-1].latencies) * 1e3} | spent

    def counts(self, size: int) -> dict[str, int]:
        """Queries and renders with so many participants and items, counted inside a process of its own."""
        template = self.machine.template(size, size)
        statement = f"from tests.bench.inside import print_counts; print_counts({template.facts!r})"
        storage = {
            "DATABASE_URL": self.machine.copy(template),
            "REDIS_URL": "",
            "ALLOWED_ORIGINS": "http://testserver",
        }
        said = servers.manage("shell", "-v", "0", "-c", statement, **ENVIRONMENT, **storage)
        counted: dict[str, int] = json.loads(said.splitlines()[-1])
        return counted


def come_in(clients: Clients, together: int = 50) -> dict[str, str]:
    """Everybody comes in, and each item has its turn once: a frame of each."""
    came = clients.do("connect", together=together)
    if came["failed"]:
        raise RuntimeError(f"{came['failed']} clients could not connect")
    clients.do("settle")
    warm, frames = clients.do("record")
    if warm.faults:
        raise RuntimeError("; ".join(warm.faults[:5]))
    return dict(frames)


def numbers(ways: dict[str, Way]) -> dict[str, Any]:
    """What the events of each way took, and how many times the floor that is."""
    found = {name: _numbers(way) for name, way in ways.items()}
    for each in found.values():
        for rank in ("p50", "p95", "p99"):
            each[f"{rank}_times_floor"] = each[f"{rank}_ms"] / found["floor"][f"{rank}_ms"]
    return found


def _numbers(way: Way) -> dict[str, Any]:
    latencies = [latency * 1e3 for block in way.blocks for latency in block.latencies]
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    frames = sum(block.frames for block in way.blocks)
    return {
        "p50_ms": cuts[49],
        "p95_ms": cuts[94],
        "p99_ms": cuts[98],
        "answer_p50_ms": statistics.median(answer * 1e3 for block in way.blocks for answer in block.answers),
        "cpu_us_per_frame": way.cpu / frames * 1e6,
        "bytes_per_frame": sum(block.bytes for block in way.blocks) / frames,
        "frames": frames,
        "unasked_frames": sum(block.others for block in way.blocks),
        "faults": [fault for block in way.blocks for fault in block.faults],
    }


def _listens(port: int) -> None:
    socket.create_connection(("127.0.0.1", port)).close()


def page_times(url: str) -> list[float]:
    """The seconds that the smallest page of this server takes, some times over: a month, asked of nobody's rows."""
    with httpx.Client(base_url=url, timeout=10) as client:
        return [client.get("/leave/").raise_for_status().elapsed.total_seconds() for _ in range(BLOCK)]


def spent_by(url: str) -> dict[str, float]:
    """The seconds of each part since this was last asked."""
    spent: dict[str, float] = httpx.get(f"{url}/bench/spent", timeout=10).json()
    return spent
