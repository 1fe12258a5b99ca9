"""Every exception to a check is counted against a number written down here, so that a new one is seen in review."""

import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from workspace.management.commands.test import FOR_EVER

ROOT = Path(__file__).resolve().parent.parent
# Each sign is written so that this page does not count itself.
SIGNS = {
    "noqa": r"#\s*noq[a]",
    "isort": r"isort:\s*ski[p]",
    "fmt": r"#\s*fmt:\s*(?:of[f]|ski[p])",
    "types": r"type:\s*ignor[e]",
    "cast": r"\bcast\([\"A-Z]",
    "skip": r"pytest\.ski[p]|mark\.ski[p]|importorski[p]|@ski[p]",
    "expected failures": r"xfai[l]",
    "no cover": r"pragma:\s*no[ ](?:cover|branch)",
    "not measured": r"mark\.no_cove[r]",
}
WRITTEN_DOWN = {
    "noqa": 0,
    "isort": 1,  # serve.py: Daphne before anything else that imports Twisted
    "fmt": 1,  # servers.py: a command line that reads as one
    "types": 0,
    "cast": 0,
    "skip": 1,  # conftest.py: what a machine lacks; a failure in CI
    "expected failures": 0,
    "no cover": 0,
    "not measured": 3,  # test_surfaces.py, test_load.py: take two or three times as long measured, and add no line
}
RUFF_PER_FILE = 5
MYPY_OVERRIDES = 1
COVERAGE_OMITS = 1
LINT_EXCEPTIONS = 4  # import-linter: text.py may import what cleans text, picture.py what reads pictures


def python_files() -> Iterator[Path]:
    yield ROOT / "manage.py"
    for folder in ("workspace", "conferences", "agendas", "tests", "docs"):
        yield from (ROOT / folder).rglob("*.py")


def test_exceptions_are_as_many_as_written_down() -> None:
    found: Counter[str] = Counter()
    where = []
    for path in python_files():
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            for name, sign in SIGNS.items():
                if re.search(sign, line):
                    found[name] += 1
                    where.append(f"{path.relative_to(ROOT)}:{number}: {name}")
    assert {name: found[name] for name in SIGNS} == WRITTEN_DOWN, "\n".join(where)


def test_exceptions_in_the_configuration_are_as_many_as_written_down() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    contracts = config["importlinter"]["contracts"]
    assert len(config["ruff"]["lint"]["per-file-ignores"]) == RUFF_PER_FILE
    assert len(config["mypy"]["overrides"]) == MYPY_OVERRIDES
    assert len(config["coverage"]["run"]["omit"]) == COVERAGE_OMITS
    assert "exclude_also" not in config["coverage"]["report"]
    assert sum(len(contract.get("ignore_imports", [])) for contract in contracts) == LINT_EXCEPTIONS


def test_a_test_that_waits_for_ever_says_where_and_ends_the_run(tmp_path: Path) -> None:
    waits = "import threading\n\ndef test_waits():\n    threading.Event().wait()\n"
    (tmp_path / "test_it.py").write_text(waits)
    soon = [argument.replace("=300", "=1") for argument in FOR_EVER]
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", *soon, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert found.returncode != 0
    assert "in test_waits" in found.stderr
