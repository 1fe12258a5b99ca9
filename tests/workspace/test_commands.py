"""The server and the demonstration as somebody starts them: real processes, in a copy of the house."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests import servers

GIVEN = {"SECRET_KEY": "x" * 60, "ALLOWED_ORIGINS": "http://127.0.0.1", "REDIS_URL": ""}
PEOPLE = 14


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy with a `var` of its own, so that nobody's demonstration is touched."""
    for name in ("workspace", "conferences", "agendas", "templates"):
        shutil.copytree(servers.ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "var").mkdir()
    return tmp_path


def environment(**given: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if name not in {*GIVEN, "DATABASE_URL"}}
    return {**clean, "DJANGO_SETTINGS_MODULE": "workspace.settings", **given}


def refusal(house: Path, *arguments: str, **given: str) -> str:
    """What a command that may not go on says; one line and a status that is not zero."""
    done = subprocess.run(
        [*servers.MANAGE, *arguments],
        cwd=house,
        env=environment(**given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


@contextmanager
def demonstration(house: Path, *arguments: str) -> Iterator[tuple[str, str]]:
    """A demonstration that is being served: its address, and what it printed. SIGTERM ends it cleanly."""
    port = servers.free_port()
    log = house / "log"
    with log.open("w") as out:
        command = [*servers.MANAGE, "demo", "--port", str(port), *arguments]
        process = subprocess.Popen(command, cwd=house, env=environment(), stdout=out, stderr=out)
    try:
        url = f"http://127.0.0.1:{port}"
        servers.until(lambda: httpx.get(f"{url}/health/"), httpx.TransportError)
        yield url, log.read_text()
        assert servers.end(process) == 0
    finally:
        servers.end(process, signal.SIGKILL)


def contents(house: Path) -> set[str]:
    """The addresses of the cases: made at random when they are loaded."""
    with sqlite3.connect(house / "var" / "demo.sqlite3") as database:
        return {row[0] for row in database.execute("SELECT public_id FROM workspace_case")}


def test_serving_without_a_secret_or_origins_is_refused(house: Path) -> None:
    assert "Set SECRET_KEY" in refusal(house, "serve")
    assert "Set ALLOWED_ORIGINS" in refusal(house, "serve", SECRET_KEY="x" * 60)


def test_a_taken_port_is_one_line(house: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert "address already in use" in refusal(house, "serve", "--port", port, **GIVEN)
        assert "address already in use" in refusal(house, "demo", "--port", port)
    assert not (house / "var" / "demo.sqlite3").exists()


def test_an_unreachable_database_is_one_line(house: Path) -> None:
    nowhere = f"sqlite:///{house / 'nowhere' / 'x.sqlite3'}"
    assert "The database cannot be reached" in refusal(house, "serve", DATABASE_URL=nowhere, **GIVEN)


def test_the_demonstration_gives_each_person_a_link_that_signs_in(house: Path) -> None:
    with demonstration(house) as (url, said):
        links = re.findall(rf"{re.escape(url)}/sign-in/\S+", said)
        assert len(links) == PEOPLE
        assert re.search(r"^Ruth Okafor, investigator, County Sheriff", said, re.MULTILINE)
        assert "Not yet for real cases" in said
        with httpx.Client(follow_redirects=True, headers={"Origin": url}) as browser:
            page = browser.get(links[0])
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
            assert token
            browser.post(links[0], data={"csrfmiddlewaretoken": token[1]})
            assert "/conferences/" in browser.get(url).text


def test_the_demonstration_starts_again_in_seconds_and_changes_nothing(house: Path) -> None:
    with demonstration(house):
        first = contents(house)
    start = time.monotonic()
    with demonstration(house):
        assert time.monotonic() - start < 10
        assert contents(house) == first
    with demonstration(house, "--reset"):
        assert contents(house).isdisjoint(first)
    assert (house / "var" / "demo.secret").stat().st_mode & 0o077 == 0


def test_serving_with_settings_that_weaken_it_is_refused(house: Path) -> None:
    long = "x" * 60
    assert "Set SECRET_KEY" in refusal(house, "serve", SECRET_KEY="short", ALLOWED_ORIGINS="https://a.org")
    for origins in ("ftp://a.org", "https://a.org/path"):
        assert "a list of origins" in refusal(house, "serve", SECRET_KEY=long, ALLOWED_ORIGINS=origins)
    mixed = "https://a.org,http://b.org"
    assert "mixes http and https" in refusal(house, "serve", SECRET_KEY=long, ALLOWED_ORIGINS=mixed)
