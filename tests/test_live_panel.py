"""The panel that docs/live.md adds as its example, added to a copy of the house: whether the page tells the truth."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import live_client, servers
from tests.casting import planted
from tests.live_client import Page, Template, Visit, together
from tests.newer import BEING_WRITTEN
from tests.oracle import Oracle, instant

EXAMPLE = re.compile(r"```diff\n(.*?)```", re.DOTALL)
MOST_LINES = 20
PEOPLE = ("p-survivor", "p-cm", "p-shelter", "p-adv", "p-det", "p-mentor")


@pytest.fixture(scope="module")
def example() -> dict[str, list[str]]:
    """What the example writes into each file: lines that stay, go and come, by ` `, `-` and `+`."""
    [diff] = EXAMPLE.findall((servers.ROOT / "docs" / "live.md").read_text())
    parts = re.split(r"^--- (.+)\n", diff, flags=re.MULTILINE)[1:]
    return {name: text.splitlines() for name, text in zip(parts[::2], parts[1::2], strict=True)}


@pytest.fixture(scope="module")
def copy(example: dict[str, list[str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The house with the example in it, but for its line in the table of panels."""
    folder = tmp_path_factory.mktemp("house")
    for name in ("workspace", "conferences", "agendas", "templates", "tests"):
        shutil.copytree(servers.ROOT / name, folder / name, ignore=BEING_WRITTEN)
    shutil.copy(servers.ROOT / "pyproject.toml", folder)
    for name, lines in example.items():
        if not name.startswith("tests/"):
            write(folder / name, lines)
    return folder


def write(path: Path, lines: list[str]) -> None:
    """Replace what a hunk says was there, which stands there once; a hunk of new lines alone goes to the end."""
    text = path.read_text() if path.exists() else ""
    for hunk in "\n".join(lines).split("\n@@\n"):
        was, now = (
            "".join(f"{line[1:]}\n" for line in hunk.split("\n") if line[0] in kinds)
            for kinds in (" -", " +")
        )
        if was:
            assert text.count(was.strip("\n")) == 1, f"{path.name} does not say: {was}"
            text = text.replace(was.strip("\n"), now.strip("\n"))
        else:
            text += now
    path.write_text(text)


def surfaces(folder: Path) -> "subprocess.CompletedProcess[str]":
    """The tests that demand each panel in its table, in that copy of the house."""
    chosen = "every_panel_stands_in_the_table or every_socket_pushes"
    # Its tables are made of the models at once: how they came to be is another test's.
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-migrations", "-k", chosen]
    command += ["tests/test_surfaces.py"]
    return subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False)


def test_a_live_panel_is_under_twenty_lines_outside_its_own_template(example: dict[str, list[str]]) -> None:
    own = [name for name in example if Path(name).name.startswith("_")]
    come = [line for name in example if name not in own for line in example[name] if line.startswith("+")]
    assert len(own) == 1
    assert 5 < len([line for line in come if line.strip("+ ")]) < MOST_LINES


def test_a_panel_fails_until_it_stands_in_the_table(example: dict[str, list[str]], copy: Path) -> None:
    name = "tests/test_surfaces.py"
    without = surfaces(copy)
    assert "2 failed" in without.stdout, without.stdout
    assert "waiting" in without.stdout
    write(copy / name, example[name])
    within = surfaces(copy)
    assert "2 passed" in within.stdout, within.stdout


def waiting(person: str) -> set[str]:
    """The needs that wait, of those that the policy lets this person see."""
    file = planted()
    oracle = Oracle(file)
    at = instant(file["anchor"])
    [(case, seat)] = [(case, seat) for case, seat in oracle.seats_of(person, at) if case == "alder"]
    needs = enumerate(file["cases"][0]["plan"]["needs"])
    return {
        need["text"]
        for number, need in needs
        if need["status"] == "open" and oracle.sees(case, seat, f"/cases/0/plan/needs/{number}", at)
    }


def shown(page: Page) -> set[str]:
    return set(re.findall(r'<li dir="auto">(\w+)</li>', page.panels["waiting"]))


async def test_it_arrives_in_the_page_and_in_a_push_for_whoever_may_see_it_and_for_nobody_else(
    copy: Path, sqlite_template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "ROOT", copy)
    database = sqlite_template.sqlite_copy(tmp_path)
    with live_client.house(sqlite_template, database, 1, tmp_path) as house:
        async with Visit(house) as visit:
            pages = [await (await visit.reader(person)).open(house.case()) for person in PEOPLE]
            assert [shown(page) for page in pages] == [waiting(person) for person in PEOPLE]
            assert {len(shown(page)) for page in pages} == {0, 1, 2}
            await visit.settle()
            assert [page.frames for page in pages] == [[]] * len(PEOPLE), (
                "the page is what the socket would send"
            )
            word = min(set.intersection(*filter(None, map(shown, pages))))
            seeing = [page for page in pages if word in shown(page)]
            house.execute(f"UPDATE agendas_need SET status = 'met' WHERE text = '{word}'")
            house.execute("UPDATE workspace_case SET version = version + 1")
            await together(page.until(lambda page: word not in shown(page)) for page in seeing)
            await visit.settle()
            assert [len(page.frames) for page in pages] == [int(page in seeing) for page in pages]
            assert all('id="waiting"' in page.frames[0] for page in seeing)
            await together(page.until_fresh() for page in pages)
