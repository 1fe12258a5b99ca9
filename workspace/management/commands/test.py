"""Every check and every test, in one command; `.ci/run` is this and nothing else."""

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from django.conf import settings
from django.core.management.base import BaseCommand

ROOT = Path(settings.BASE_DIR)
VAR = ROOT / "var"
IN_CI = os.environ.get("CI") == "true"
# Nothing of this machine's own settings: a test that found a real database in `.env` would use it.
ISOLATED = {
    "DJANGO_SETTINGS_MODULE": "workspace.settings",
    "SECRET_KEY": "only-for-tests-and-long-enough-to-pass-for-a-secret-here",
    "ALLOWED_ORIGINS": "http://testserver",
    "DATABASE_URL": f"sqlite:///{VAR / 'test.sqlite3'}",
    "REDIS_URL": "",
    # Where Python may keep nothing of what it compiled, each server that a test starts compiles all of Django anew.
    "PYTHONDONTWRITEBYTECODE": "",
}
DEPLOYED = {"ALLOWED_ORIGINS": "https://meet.example.org"}
CHECKS: list[tuple[str, list[str], dict[str, str]]] = [
    ("ruff check", ["-m", "ruff", "check", "."], {}),
    ("ruff format", ["-m", "ruff", "format", "--check", "."], {}),
    ("mypy", ["-m", "mypy", "."], {}),
    ("import-linter", ["-c", "from importlinter.cli import lint_imports_command as run; run()"], {}),
    ("check --deploy", ["manage.py", "check", "--deploy", "--fail-level", "WARNING"], DEPLOYED),
    ("makemigrations --check", ["manage.py", "makemigrations", "--check", "--dry-run"], {}),
]
LACKING, NOTHING_COLLECTED = 3, 5
# Nothing of the everyday size takes a quarter of this. A test that waits for ever says where, and ends its pass.
FOR_EVER = ["-o", "faulthandler_timeout=300", "-o", "faulthandler_exit_on_timeout=true"]


class Command(BaseCommand):
    """`test [pytest arguments]`. Every step runs, whatever the ones before it said."""

    help = "Runs every check and every test. Arguments are handed on to pytest."

    def run_from_argv(self, argv: list[str]) -> None:
        """The arguments are pytest's, so they are not parsed here."""
        VAR.mkdir(exist_ok=True)
        install_programs()
        run = Run()
        for name, arguments, environment in CHECKS:
            run.check(name, arguments, environment)
        run.tests(argv[2:])
        sys.exit(run.summary())


class Run:
    """What has been run, and what came of it."""

    def __init__(self) -> None:
        self.counts = Counter({"passed": 0, "failed": 0, "skipped": 0})
        self.failed: list[str] = []
        self.skipped: Counter[str] = Counter()
        self.collected = False

    def check(self, name: str, arguments: list[str], environment: dict[str, str]) -> None:
        """A step that is right or wrong as a whole; it counts as one test."""
        self.note(name, step(name, arguments, environment) == 0)

    def note(self, name: str, right: bool) -> None:
        """Count a whole step."""
        self.counts["passed" if right else "failed"] += 1
        if not right:
            self.failed.append(name)

    def tests(self, arguments: list[str]) -> None:
        """What keeps time goes first: in browsers, beside what is on servers alone. Behind it, in what that leaves of
        two cores, goes the rest: on SQLite, and what touches storage on PostgreSQL and Redis. `--nightly` measures the
        coverage too, which takes a third as long again: it is of what ran on SQLite, as what keeps time runs the house
        in processes of its own."""
        measured = arguments == ["--nightly"]
        if arguments:
            say(f"Handed on to pytest: {' '.join(arguments)}.")
        if "--nightly" not in arguments:
            arguments = [*FOR_EVER, *arguments]
        browsers = Pass("pytest in browsers", [], [*arguments, "-m", "timed and chromium"])
        timed = Pass("pytest of what else keeps time", [], [*arguments, "-m", "timed and not chromium"])
        coverage = ["--cov", "--cov-report="] if measured else []
        sqlite = Pass("pytest on SQLite", [], [*coverage, *arguments, "-m", "not timed"])
        around = ["-m", "tests.servers", sys.executable]
        storage = Pass("pytest on PostgreSQL and Redis", around, [*arguments, "-m", "storage"])
        for first in (browsers, timed):
            first.start()
        for behind in (sqlite, storage):
            behind.start_behind()
        for running in (browsers, sqlite, storage, timed):
            self.finish(running)
        if not self.collected:
            self.note("pytest found no test", right=False)
        if measured:
            self.check("coverage", ["-m", "coverage", "report", f"--data-file={sqlite.coverage}"], {})

    def finish(self, finished: "Pass") -> None:
        """Wait for a pass of pytest, and count from its own report."""
        code = finished.wait()
        if code == LACKING and finished.around:
            self.skip(finished.name, "PostgreSQL or Redis is not installed")
            return
        failures = self.read(finished.report) if finished.report.exists() else 0
        self.collected |= code != NOTHING_COLLECTED
        if failures:
            self.failed.append(f"{finished.name} ({failures})")
        elif code not in (0, NOTHING_COLLECTED):
            self.note(f"{finished.name} (exit status {code})", right=False)

    def read(self, report: Path) -> int:
        """Add pytest's numbers; answers with how many failed."""
        cases = ElementTree.parse(report).getroot().findall(".//testcase")
        skips = [skip.get("message", "") for case in cases for skip in case.findall("skipped")]
        failures = sum(
            1 for case in cases if case.find("failure") is not None or case.find("error") is not None
        )
        self.counts.update(passed=len(cases) - failures - len(skips), failed=failures, skipped=len(skips))
        self.skipped.update(skips)
        return failures

    def skip(self, name: str, reason: str) -> None:
        """Loud on a laptop, a failure in CI."""
        self.skipped[f"{name}: {reason}"] += 1
        if IN_CI:
            self.note(f"{name} ({reason})", right=False)
        else:
            self.counts["skipped"] += 1

    def summary(self) -> int:
        """The last words: what failed, what did not run, and the numbers."""
        say("Summary")
        for name in self.failed:
            print(f"FAILED   {name}")
        for reason, times in self.skipped.items():
            print(f"SKIPPED  {reason} ({times})")
        print(", ".join(f"{number} {what}" for what, number in self.counts.items()), flush=True)
        return 1 if self.failed else 0


class Pass:
    """One run of pytest, with its words in a file until it is waited for, and its own report and coverage."""

    def __init__(self, name: str, around: list[str], arguments: list[str]) -> None:
        self.name, self.around, self.arguments = name, around, arguments
        place = VAR / name.replace(" ", "-")
        self.report, self.log = place.with_suffix(".xml"), place.with_suffix(".log")
        self.coverage = place.with_suffix(".coverage")

    def start(self) -> None:
        """Begin."""
        for old in (self.report, self.coverage):
            old.unlink(missing_ok=True)
        say(f"{self.name}: its words follow when it is done")
        self.since = time.time()
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.around, "-m", "pytest", f"--junit-xml={self.report}", *self.arguments],
                cwd=ROOT,
                env={**os.environ, **ISOLATED, "COVERAGE_FILE": str(self.coverage)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def start_behind(self) -> None:
        """Begin, with the others first by nine to one: so it disturbs none that keeps time."""
        self.start()
        os.setpriority(os.PRIO_PROCESS, self.process.pid, 10)

    def wait(self) -> int:
        """Its exit status, once it is done and its words are out."""
        code = self.process.wait()
        say(self.name)
        print(self.log.read_text(errors="replace"), flush=True)
        # It may have been done long before it was waited for.
        took = self.log.stat().st_mtime - self.since
        print(f"-- {self.name}: exit status {code}, {took:.1f} s", flush=True)
        return code


def step(name: str, arguments: list[str], environment: dict[str, str]) -> int:
    """Run one step in this Python, with its words as they come."""
    say(name)
    start = time.monotonic()
    code = subprocess.call(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **ISOLATED, **environment},
        stdin=subprocess.DEVNULL,
    )
    print(
        f"-- {name}: {'right' if code == 0 else f'exit status {code}'}, {time.monotonic() - start:.1f} s",
        flush=True,
    )
    return code


def install_programs() -> None:
    """The browser and the servers, where this user may install them; otherwise their suites skip, and say so."""
    packages = [package for package, there in wanted().items() if not there]
    if not packages:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        say(f"Not installed, and not installable from here: {', '.join(packages)}. Their suites are skipped.")
        return
    say(f"Installing {', '.join(packages)} with apt; this can take some minutes.")
    quiet = {
        **os.environ,
        "DEBIAN_FRONTEND": "noninteractive",
        "RUNLEVEL": "1",
    }  # run level 1: starts no service
    for command in (["update", "-q"], ["install", "-qy", "--no-install-recommends", *packages]):
        with (VAR / "apt.log").open("a") as log:
            if subprocess.call(
                ["apt-get", *command], env=quiet, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            ):
                say(f"apt-get {command[0]} failed; its words are in {log.name}. What is missing is skipped.")
                return


def wanted() -> dict[str, bool]:
    """Debian's packages, and whether what they bring is there."""
    return {
        "chromium": shutil.which("chromium") is not None,
        "redis-server": shutil.which("redis-server") is not None,
        "postgresql": bool(shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))),
    }


def say(line: str) -> None:
    """A heading among the output of many programs."""
    print(f"\n== {line}", flush=True)
