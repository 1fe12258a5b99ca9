"""The server and the demonstration as somebody starts them: real processes, in a copy of the house."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests import servers
from tests.newer import BEING_WRITTEN

GIVEN = {"SECRET_KEY": "x" * 60, "ALLOWED_ORIGINS": "http://127.0.0.1", "REDIS_URL": ""}
PEOPLE = 14
MAKING = "Making the demonstration"
# What `serve` says to each of these secrets and origins, asked in one process.
REFUSED = """
import json, os, sys, django
django.setup()
from django.conf import settings
from workspace.management.commands.serve import refuse_without_settings
for os.environ["SECRET_KEY"], origins in json.loads(sys.argv[1]):
    settings.ALLOWED_ORIGINS = origins.split()
    try:
        refuse_without_settings()
    except SystemExit as refused:
        print(refused)
    else:
        print("served")
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, so that nobody's demonstration is touched."""
    folder = tmp_path_factory.mktemp("house")
    for name in ("workspace", "conferences", "agendas", "templates"):
        shutil.copytree(servers.ROOT / name, folder / name, ignore=BEING_WRITTEN)
    return folder


@pytest.fixture
def house(copy: Path) -> Path:
    """The copy with nothing in its `var`."""
    shutil.rmtree(copy / "var", ignore_errors=True)
    (copy / "var").mkdir()
    return copy


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
        servers.until(partial(servers.asked, url), OSError)
        yield url, log.read_text()
        assert servers.end(process) == 0
    finally:
        servers.end(process, signal.SIGKILL)


def contents(house: Path) -> set[str]:
    """The addresses of the cases: made at random when they are loaded."""
    with sqlite3.connect(house / "var" / "demo.sqlite3") as database:
        return {row[0] for row in database.execute("SELECT public_id FROM workspace_case")}


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


def test_the_demonstration_gives_each_person_a_link_that_signs_in_and_starts_again_unchanged(
    house: Path,
) -> None:
    with demonstration(house) as (url, said):
        links = re.findall(rf"{re.escape(url)}/sign-in/\S+", said)
        assert len(links) == PEOPLE
        assert re.search(r"^Ruth Okafor, investigator, County Sheriff", said, re.MULTILINE)
        assert MAKING in said
        assert "Not yet for real cases" in said
        with httpx.Client(follow_redirects=True, headers={"Origin": url}, verify=servers.NO_TLS) as browser:
            page = browser.get(links[0])
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
            assert token
            browser.post(links[0], data={"csrfmiddlewaretoken": token[1]})
            assert "/conferences/" in browser.get(url).text
        first = contents(house)
    with demonstration(house) as (_, said):
        assert MAKING not in said
        assert contents(house) == first
    with demonstration(house, "--reset") as (_, said):
        assert MAKING in said
        assert contents(house).isdisjoint(first)
    assert (house / "var" / "demo.secret").stat().st_mode & 0o077 == 0


def test_serving_with_settings_that_weaken_it_is_refused(house: Path) -> None:
    assert "Set SECRET_KEY" in refusal(house, "serve")
    long, origin = "x" * 60, "https://a.org"
    weak = {
        ("short", origin): "Set SECRET_KEY",
        (long, ""): "Set ALLOWED_ORIGINS",
        (long, "ftp://a.org"): "a list of origins",
        (long, "https://a.org/path"): "a list of origins",
        (long, "https://a.org http://b.org"): "mixes http and https",
        (long, origin): "served",
    }
    done = subprocess.run(
        [sys.executable, "-c", REFUSED, json.dumps(list(weak))],
        cwd=house,
        env=environment(**GIVEN),
        capture_output=True,
        text=True,
        check=True,
    )
    for line, expected in zip(done.stdout.splitlines(), weak.values(), strict=True):
        assert expected in line
