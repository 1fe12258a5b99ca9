"""What came of it: the targets, the verdict, and the table that a person reads. Pure, but for `main`."""

import json
import os
import platform
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any

from tests.bench.run import USUAL_AT, Bench, machine

REACHED, MISSED, NOISY = 0, 1, 3
MOST_NOISE = 1.5
OPEN_FILES = 8192
MANY_TASKS = 5000
Repetition = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """Something to reach, and to aim for. `read`: its value in a repetition, or None where it was not measured."""

    name: str
    unit: str
    reach: float
    aim: tuple[float, ...]
    read: Callable[[Repetition], float | None]
    at_least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.reach if self.at_least else value <= self.reach


def ratio(repetition: Repetition) -> float | None:
    """How many times the floor the slowest push of twenty takes, with a hundred lenses."""
    product = _way(repetition, "product")
    return product["p95_times_floor"] if product else None


def slope(repetition: Repetition, rank: str = "p95") -> float | None:
    """Microseconds for each participant above a hundred."""
    sizes = repetition["sizes"]
    largest = max(map(int, sizes))
    if str(USUAL_AT) not in sizes or largest <= USUAL_AT:
        return None
    few, many = (sizes[str(size)]["product"][f"{rank}_ms"] for size in (USUAL_AT, largest))
    return float((many - few) / (largest - USUAL_AT) * 1e3)


def faster(repetition: Repetition) -> float | None:
    """How many times faster than a consumer a page that queries and renders."""
    usual, product = _way(repetition, "usual"), _way(repetition, "product")
    return usual["p95_ms"] / product["p95_ms"] if usual and product else None


def answered(repetition: Repetition) -> float | None:
    """How many times the smallest page of the same server a press takes to be answered, in a large conference."""
    large = repetition["large"]
    if large["participants"] < USUAL_AT:
        return None
    return float(large["answer_p50_ms"] / large["smallest_page_p50_ms"])


def my_tasks(repetition: Repetition) -> float | None:
    """How many times the smallest page that the same person is given my tasks take, where there are thousands."""
    return _of_the_list(repetition, "tasks")


def the_plan(repetition: Repetition) -> float | None:
    """The same for the plan of one of their cases."""
    return _of_the_list(repetition, "plan")


def _of_the_list(repetition: Repetition, page: str) -> float | None:
    found = repetition["tasks"]
    if found["action_items"] < MANY_TASKS:
        return None
    return float(found[f"{page}_p95_ms"] / found["smallest_page_p95_ms"])


def idle_socket(repetition: Repetition) -> float | None:
    return float(repetition["idle"]["bytes_each"] / 1024)


def connects(repetition: Repetition) -> float | None:
    """Seconds; without end when one failed."""
    return inf if repetition["idle"]["failed"] else float(repetition["idle"]["seconds"])


def queries(repetition: Repetition) -> float | None:
    """Of a pass; without end when they grow with the room."""
    found = {counted["queries_a_push"] for counted in repetition["counts"].values()}
    return float(found.pop()) if len(found) == 1 else inf


def rendered_again(repetition: Repetition) -> float | None:
    return float(sum(counted["renders"] - counted["values"] for counted in repetition["counts"].values()))


def _way(repetition: Repetition, name: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = repetition["sizes"].get(str(USUAL_AT), {}).get(name)
    return found


TARGETS = (
    Target("p95 at 100 lenses", "times the floor", 10, (5, 3.5), ratio),
    Target("each further participant", "microseconds", 100, (55, 25), slope),
    Target("faster than the usual way, p95", "times", 20, (40,), faster, at_least=True),
    Target("a press answered, 60 items, p50", "times the smallest page", 6, (), answered),
    Target("my tasks, 5,000 action items, p95", "times the smallest page", 4, (), my_tasks),
    Target("the plan beside them, p95", "times the smallest page", 4, (), the_plan),
    Target("an idle socket", "kB", 45, (35,), idle_socket),
    Target("1,000 connects", "s", 4, (1.5,), connects),
    Target("queries a push, whatever its size", "", 10, (), queries),
    Target("renders of the same value", "", 0, (), rendered_again),
)


def judged(repetitions: list[Repetition]) -> list[dict[str, Any]]:
    """Each target with its values, and whether it was reached: it is not when two of three repetitions failed it."""
    found = []
    for target in TARGETS:
        read = [target.read(repetition) for repetition in repetitions]
        values = [value for value in read if value is not None]
        failed = sum(not target.met(value) for value in values)
        reached = failed * 3 < len(values) * 2 if values else None
        found.append(
            {
                "name": target.name,
                "unit": target.unit,
                "reach": target.reach,
                "aim": list(target.aim),
                "values": values,
                "reached": reached,
            }
        )
    return found


def noise(repetitions: list[Repetition]) -> float:
    """How many times its smallest the floor's p95 was at most, at the size where it varied most."""
    return max(
        float(max(p95s) / min(p95s))
        for size in repetitions[0]["sizes"]
        for p95s in [[repetition["sizes"][size]["floor"]["p95_ms"] for repetition in repetitions]]
    )


def faults(repetitions: list[Repetition]) -> list[str]:
    """Frames that were out of order, too many, or held a word that was not for their reader."""
    return [
        f"{size} participants, {name}: {fault}"
        for repetition in repetitions
        for size, ways in repetition["sizes"].items()
        for name, way in ways.items()
        for fault in way["faults"]
    ]


def status(repetitions: list[Repetition]) -> int:
    """The exit status: a wrong frame is worse than noise, and noise forbids to judge times."""
    counted = (queries, rendered_again)
    missed = [
        target
        for target, found in zip(TARGETS, judged(repetitions), strict=True)
        if found["reached"] is False
    ]
    if faults(repetitions) or any(target.read in counted for target in missed):
        return MISSED
    if noise(repetitions) > MOST_NOISE:
        return NOISY
    return MISSED if missed else REACHED


def lines(result: dict[str, Any]) -> Iterator[str]:
    """The result as a person reads it."""
    repetitions = result["repetitions"]
    for number, repetition in enumerate(repetitions, 1):
        yield from _repetition(number, repetition)
    yield "\nqueries and renders       " + "".join(f"{size:>8}" for size in repetitions[0]["counts"])
    for name in ("queries_a_page", "queries_a_push", "renders_a_push"):
        found = [counted[name] for counted in repetitions[0]["counts"].values()]
        yield f"  {name.replace('_', ' '):24}" + "".join(f"{value:8}" for value in found)
    if result["profile"]:
        yield "\nwhere a push spends its time, at 100, in ms"
        yield from (f"  {name:24}{value:8.2f}" for name, value in result["profile"].items())
    yield f"\n{'to reach':34}{'':>10}{'aim for':>12}   measured"
    for target in result["targets"]:
        yield _target(target)
    yield from (f"WRONG    {fault}" for fault in faults(repetitions)[:10])
    words = {REACHED: "reached", MISSED: "not reached", NOISY: "noisy"}[result["status"]]
    yield f"\n{words}; the floor's p95 varied {noise(repetitions):.2f} times between repetitions"


def _repetition(number: int, repetition: Repetition) -> Iterator[str]:
    yield f"\nrepetition {number}"
    yield "          way       p50      p95      p99   answer ms   times floor p50     p95   CPU us/frame  kB/frame"
    for size, ways in repetition["sizes"].items():
        for name, way in ways.items():
            yield (
                f"  {size:>6}  {name:8}{way['p50_ms']:7.1f}  {way['p95_ms']:7.1f}  {way['p99_ms']:7.1f}"
                f"    {way['answer_p50_ms']:7.1f}            {way['p50_times_floor']:6.1f}"
                f"  {way['p95_times_floor']:6.1f}"
                f"   {way['cpu_us_per_frame']:12.1f}{way['bytes_per_frame'] / 1024:10.1f}"
            )
    slopes = [slope(repetition, rank) for rank in ("p50", "p95")]
    yield "  each further participant, us: p50 {}, p95 {}".format(*(_number(value) for value in slopes))
    idle, poll, large = repetition["idle"], repetition["poll"], repetition["large"]
    yield (
        f"  a large conference of {large['participants']}: a press is answered after {large['answer_p50_ms']:.1f} ms, "
        f"the smallest page after {large['smallest_page_p50_ms']:.1f} ms"
    )
    tasks = repetition["tasks"]
    yield (
        f"  {tasks['action_items']} action items over {tasks['cases']} cases, p95:"
        f" my tasks {tasks['tasks_p95_ms']:.1f} ms, a plan {tasks['plan_p95_ms']:.1f} ms,"
        f" the smallest page {tasks['smallest_page_p95_ms']:.1f} ms"
    )
    yield (
        f"  {idle['sockets']} idle sockets: {idle['bytes_each'] / 1024:.1f} kB each, connected in "
        f"{idle['seconds']:.2f} s, {idle['failed']} failed"
    )
    yield (
        f"  {poll['participants']} pages fetched every two seconds: {poll['cpu_us_per_change']:.0f} us of CPU a change "
        f"and reader, {poll['times_product']:.0f} times the product, {poll['staleness_ms']:.0f} ms old on average"
    )


def _target(target: dict[str, Any]) -> str:
    measured = ", ".join(map(_number, target["values"])) or "not measured"
    words = {True: "reached", False: "MISSED", None: "n/a"}[target["reached"]]
    aim = ", ".join(map(_number, target["aim"]))
    return (
        f"  {target['name']:34}{_number(target['reach']):>8}{aim:>12}   {measured} {target['unit']}: {words}"
    )


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.4g}"


def main(participants: list[int], repetitions: int, events: int, file: Path | None, *, profile: bool) -> int:
    """Measure, print, and answer with the exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, hard), hard))
    with machine() as here:
        storage = "; ".join(here.stands_in) or "PostgreSQL and Redis"
        say = f"On {os.cpu_count()} cores, Python {platform.python_version()}, {storage}; {events} presses a series"
        print(say, flush=True)
        result = measure(Bench(here, participants, events, repetitions), profile=profile)
    print("\n".join(lines(result)), flush=True)
    if file:
        file.write_text(json.dumps(result, indent=1) + "\n")
    return int(result["status"])


def measure(bench: Bench, *, profile: bool) -> dict[str, Any]:
    """Everything, as it is written down; `docs/benchmark.md` says what each part is."""
    counts = {str(size): bench.counts(size) for size in bench.counted}
    measured = [bench.repetition(number) | {"counts": counts} for number in range(1, bench.repetitions + 1)]
    return {
        "version": 1,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "stands_in": bench.machine.stands_in,
        "events": bench.events,
        "repetitions": measured,
        "profile": bench.profile() if profile else None,
        "targets": judged(measured),
        "noise": noise(measured),
        "status": status(measured),
    }
