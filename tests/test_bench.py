"""The benchmark itself: what it calls wrong, what it calls reached, and a run so small that only its shape counts."""

import json
from collections.abc import Callable
from copy import deepcopy
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.bench import run
from tests.bench.clients import faults
from tests.bench.report import MISSED, NOISY, REACHED, lines, measure, noise, status
from tests.bench.run import Bench, machine

ITEM, OTHER = "a" * 20, "b" * 20
WAYS = {"floor", "product", "classes", "usual"}
OF_A_WAY = {
    *(f"{rank}_{what}" for rank in ("p50", "p95", "p99") for what in ("ms", "times_floor")),
    *("answer_p50_ms", "cpu_us_per_frame", "bytes_per_frame", "frames", "unasked_frames", "faults"),
}


def frame(now: str = ITEM, said: str = "") -> bytes:
    rows = "".join(
        f'<li id="row-{item}" data-status="{"now" if item == now else "begun"}">' for item in (ITEM, OTHER)
    )
    return f'<section id="agenda">{rows}</section><section id="item">{said}</section>'.encode()


def test_one_frame_with_the_item_and_ones_own_word_is_right() -> None:
    here = b'<section id="here"></section>'
    assert faults([here, frame(said="own-s001-abcdefgh")], "s001", ITEM, words=True) == []


@pytest.mark.parametrize(
    ("frames", "wrong"),
    [
        ([], "s001 got 0 agendas for one press"),
        ([frame(), frame()], "s001 got 2 agendas for one press"),
        ([frame(OTHER)], "s001 got frames out of order"),
        ([frame().replace(b"begun", b"now")], "s001 got frames out of order"),
        ([frame(said="own-s010-abcdefgh")], "s001 got the word of s010"),
        ([frame(), b'<section id="here">own-s002-abcdefgh'], "s001 got the word of s002"),
    ],
)
def test_what_is_missing_doubled_out_of_order_or_of_another_seat_is_wrong(
    frames: list[bytes], wrong: str
) -> None:
    assert faults(frames, "s001", ITEM, words=True) == [wrong]


def repetition(p95: float = 20.0, floor: float = 4.0) -> dict[str, Any]:
    """Good numbers, made up."""

    def way(p95: float) -> dict[str, Any]:
        return {"p50_ms": p95 / 2, "p95_ms": p95, "p95_times_floor": p95 / floor, "faults": []}

    counted = {"queries_a_push": 9, "renders": 50, "values": 50}
    ways = {"floor": way(floor), "product": way(p95), "usual": way(900.0)}
    larger = {"floor": way(5 * floor), "product": way(p95 + 20)}
    return {
        "sizes": {"100": ways, "500": larger},
        "large": {"participants": 100, "answer_p50_ms": 8.0, "smallest_page_p50_ms": 2.0},
        "tasks": {
            "cases": 200,
            "action_items": 5000,
            "tasks_p95_ms": 12.0,
            "plan_p95_ms": 9.0,
            "smallest_page_p95_ms": 4.0,
        },
        "idle": {"sockets": 1000, "bytes_each": 30 * 1024, "seconds": 2.0, "failed": 0},
        "counts": {"1": counted, "100": dict(counted)},
    }


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    made = deepcopy(repetition())
    change(made)
    return made


SLOW = [
    changed(lambda made: made["sizes"]["100"]["product"].update(p95_times_floor=10.1)),
    changed(lambda made: made["sizes"]["500"]["product"].update(p95_ms=60.1)),
    changed(lambda made: made["sizes"]["100"]["usual"].update(p95_ms=399.0)),
    changed(lambda made: made["large"].update(answer_p50_ms=12.1)),
    changed(lambda made: made["tasks"].update(tasks_p95_ms=16.1)),
    changed(lambda made: made["tasks"].update(plan_p95_ms=16.1)),
    changed(lambda made: made["idle"].update(bytes_each=45.1 * 1024)),
    changed(lambda made: made["idle"].update(seconds=4.1)),
    changed(lambda made: made["idle"].update(failed=1)),
]
WRONG = [
    changed(lambda made: made["counts"]["100"].update(queries_a_push=10)),
    changed(lambda made: [each.update(queries_a_push=11) for each in made["counts"].values()]),
    changed(lambda made: made["counts"]["100"].update(renders=51)),
]


@pytest.mark.parametrize("slow", SLOW)
def test_a_target_is_missed_when_two_repetitions_of_three_miss_it(slow: dict[str, Any]) -> None:
    good = repetition()
    assert status([good, good, slow]) == REACHED
    assert status([slow, good, slow]) == MISSED
    assert status([slow]) == MISSED


@pytest.mark.parametrize("wrong", [*SLOW, *WRONG])
def test_with_an_uneven_floor_only_what_was_counted_is_judged(wrong: dict[str, Any]) -> None:
    uneven = deepcopy(wrong)
    uneven["sizes"]["500"]["floor"]["p95_ms"] = 31.0
    assert noise([wrong, wrong, uneven]) == pytest.approx(1.55)
    assert status([wrong, wrong, uneven]) == (MISSED if wrong in WRONG else NOISY)


def test_one_wrong_frame_is_a_failure_whatever_the_times() -> None:
    wrong = changed(lambda made: made["sizes"]["500"]["product"].update(faults=["s001 got the word of s002"]))
    assert status([repetition(), wrong, repetition(floor=8.0)]) == MISSED


def test_what_was_not_measured_is_no_failure() -> None:
    small = changed(lambda made: made.update(sizes={"25": made["sizes"]["100"]}))
    assert status([small, small, small]) == REACHED


def test_what_the_clock_is_put_on_is_there() -> None:
    ways = import_module("tests.bench.ways")
    for path in ways.TIMED.values():
        module, *names = path.split(".")
        found: Any = import_module(module)
        for name in names:
            module = f"{module}.{name}"
            found = getattr(found, name, None) or import_module(module)
        assert callable(found), path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--participants", "25", "501"], "--participants takes whole numbers from 2 to 500, not '501'."),
        (["--participants", "many"], "--participants takes whole numbers from 2 to 500, not 'many'."),
        (["--repetitions", "0"], "--repetitions takes whole numbers from 1 to 20, not '0'."),
        (["--events", "-1"], "--events takes whole numbers from 2 to 10,000, not '-1'."),
        (["--json", "/nowhere/at/all.json"], "--json: /nowhere/at/all.json cannot be written."),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line(arguments: list[str], said: str) -> None:
    heard = StringIO()
    with pytest.raises(SystemExit) as refused:
        call_command("bench", *arguments, stderr=heard)
    assert (refused.value.code, heard.getvalue()) == (2, f"{said}\n")


@pytest.mark.timed
def test_a_small_run_measures_every_way_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Six people, whose times mean nothing; every reader's frames are checked as in a large one."""
    monkeypatch.setattr(run, "USUAL_AT", 6)
    monkeypatch.setattr(run, "LARGE_ITEMS", 6)
    monkeypatch.setattr(run, "TASKS", (2, 5))
    monkeypatch.setattr(run, "POLL_EVERY", 0.2)
    monkeypatch.setattr(run, "POLLED_PRESSES", 2)
    monkeypatch.setattr(run, "POLLED_PRESS_EVERY", 0.3)
    with machine() as here:
        bench = Bench(here, [6], events=3, repetitions=1, items=6, idle=6, beats=1, counted=(), quiet=1.5)
        result = measure(bench, profile=False)
    (measured,) = result["repetitions"]
    assert measured["sizes"]["6"].keys() == WAYS
    for way in measured["sizes"]["6"].values():
        assert way.keys() == OF_A_WAY
        assert (way["frames"], way["faults"]) == (18, [])
        assert 0 < way["p50_ms"] <= way["p95_ms"] <= way["p99_ms"]
    assert measured["large"].keys() == {"participants", "answer_p50_ms", "smallest_page_p50_ms"}
    assert measured["large"]["smallest_page_p50_ms"] > 0
    assert measured["tasks"].pop("action_items") == 10
    assert all(taken > 0 for taken in measured["tasks"].values())
    assert measured["idle"].keys() == {"sockets", "bytes_each", "seconds", "failed"}
    assert measured["idle"]["failed"] == 0
    assert measured["poll"]["staleness_ms"] > 0
    measured["tasks"]["action_items"] = 10
    (tmp_path / "bench.json").write_text(json.dumps(result))
    assert json.loads((tmp_path / "bench.json").read_text()) == result
    assert "a large conference of 6: a press is answered after" in "\n".join(lines(result))
    assert "  an idle socket" in "\n".join(lines(result))
