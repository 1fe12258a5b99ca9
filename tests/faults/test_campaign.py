"""The campaign: whatever breaks while forty pages of all roles are open and people write, nothing acknowledged is
lost or doubled, every page is as a fresh one soon after, and nobody ever gets a word that is not for them."""

import asyncio
import os
import random
from pathlib import Path
from signal import SIGQUIT
from time import monotonic

import psycopg
import pytest

from tests import servers
from tests.faults.crowd import Crowd
from tests.faults.kinds import KINDS, Fault, Scene, drawn, drawn_of
from tests.faults.ledger import Ledger
from tests.faults.running import Running, running
from tests.live_client import Template
from workspace.live.hub import REJOIN, TICK

PARTS, IN_EACH = 20, 10
# The seed was looked for: whatever kills or starts a process is among these.
BY_DAY = drawn(669, 12, 0.8)


def plans(nightly: bool) -> dict[str, tuple[int, list[Fault]]]:
    """How many processes, and what happens to them. `FAULTS=kind,kind` in the environment: these, one by one."""
    if "FAULTS" in os.environ:
        chance = random.Random(0)
        return {"chosen": (2, [drawn_of(kind, chance, 1.0) for kind in os.environ["FAULTS"].split(",")])}
    if not nightly:
        return {"short": (2, BY_DAY)}
    faults = drawn(1, PARTS * IN_EACH, 3.0)
    return {
        f"night-{part:02}": (2 + part % 2, faults[part * IN_EACH : (part + 1) * IN_EACH])
        for part in range(PARTS)
    }


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Twelve kinds, always the same; by night twenty parts of ten, with two and three processes in turn."""
    found = plans(metafunc.config.getoption("--nightly"))
    if "faults" in metafunc.fixturenames:
        metafunc.parametrize(("processes", "faults"), found.values(), ids=found.keys())


def test_a_copy_of_a_database_counts_on_from_where_it_was_killed(postgres: servers.Postgres) -> None:
    """Otherwise what the campaign finds may be the fault of how its database was copied."""
    template = Template(postgres.new_database(), {})
    with psycopg.connect(template.url, autocommit=True) as line:
        line.execute("CREATE TABLE counted (number integer GENERATED ALWAYS AS IDENTITY)")
        line.execute("INSERT INTO counted DEFAULT VALUES")
    copy = template.postgres_copy(postgres)
    with psycopg.connect(copy, autocommit=True) as line:
        line.execute("INSERT INTO counted DEFAULT VALUES")
    postgres.stop(SIGQUIT)
    postgres.start()
    with psycopg.connect(copy, autocommit=True) as line:
        line.execute("INSERT INTO counted DEFAULT VALUES")
        first, second, after = [number for (number,) in line.execute("SELECT number FROM counted")]
    assert first < second < after


async def test_whatever_breaks_nothing_is_lost_or_shown_to_the_wrong_eyes(
    postgres: servers.Postgres,
    redis_server: servers.Redis,
    postgres_template: Template,
    tmp_path: Path,
    processes: int,
    faults: list[Fault],
) -> None:
    async with running(processes, postgres, redis_server, postgres_template, tmp_path) as house:
        crowd = Crowd(house, Ledger(), random.Random(0))
        try:
            await crowd.come()
            await crowd.fresh(monotonic() + servers.PATIENCE)
            for number, fault in enumerate(faults):
                await through(house, crowd, fault, f"{number + 1} of {len(faults)}: {fault}")
            await all_hear_again(house, crowd)
        finally:
            await crowd.leave()


async def through(house: Running, crowd: Crowd, fault: Fault, name: str) -> None:
    """One fault, from the first press to the last look. Raises AssertionError that says what was done."""
    kind = KINDS[fault.kind]
    begun, ended = monotonic(), sum(len(tab.codes) for tab in crowd.tabs)
    try:
        crowd.work()
        await kind.inject(Scene(house, crowd, fault))
        over = monotonic()
        await crowd.rest(kind.limit)
        rested = monotonic()
        await crowd.fresh(rested + kind.limit)
        took = f"{over - begun:.1f} s, rest {rested - over:.1f} s, fresh {monotonic() - over:.1f} s"
        print(f"{fault.kind}: {took}, {crowd.failures} failures")
        assert not (kind.answers and crowd.failures), f"{crowd.failures} requests failed"
        ended = sum(len(tab.codes) for tab in crowd.tabs) - ended
        assert not (kind.stays and ended), f"{ended} sockets ended"
        await judge(house, crowd)
    except Exception as problem:
        problem.add_note(f"{name}\n{house.complaints}")
        raise


async def all_hear_again(house: Running, crowd: Crowd) -> None:
    """Every process hears every hint, after all that its channel layer went through. It joins anew within `REJOIN`."""
    deadline, found = monotonic() + REJOIN + servers.PATIENCE, None
    while found != (found := await house.found_without_hint()):
        assert monotonic() < deadline, f"changes of which no hint came, by process: {found}"
        await crowd.writers[0].note()
        await asyncio.sleep(3 * TICK)  # What was not heard of is counted at the second tick after it.


async def judge(house: Running, crowd: Crowd) -> None:
    """What was kept, what was shown; then the table is cleared for the next."""
    await crowd.ledger.check(house)
    for tab in crowd.tabs:
        for html in (*tab.received, *tab.panels.values()):
            wrong = crowd.ledger.forbidden(tab.reader.person, html)
            wrote = {word: crowd.ledger.notes.get(word, "planted, or a release") for word in wrong}
            assert not wrong, f"{tab.reader.person} at {tab.path} got what is not for them: {wrote}"
        tab.received.clear()
    for proxy in (house.front, *(proxy for slot in house.slots for proxy in (slot.redis, slot.database))):
        assert not proxy.faults, proxy.faults
        proxy.lines = proxy.open_lines
    crowd.ledger.judged()
    await house.whole()
    await crowd.spread()
    await house.ask(
        "WITH gone AS (UPDATE workspace_mark SET removed_at = now() WHERE removed_at IS NULL AND id IN"
        " (SELECT mark_id FROM workspace_event WHERE verb = 'note_added') RETURNING case_id)"
        " UPDATE workspace_case SET version = version + 1 WHERE id IN (SELECT case_id FROM gone)"
    )
