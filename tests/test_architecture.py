"""The plan of the house holds, and what would break it is noticed."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {
    "workspace": {"people", "disclosure", "live", "record", "static", "locale", "management", "migrations"},
    "conferences": {
        *("cases", "releases", "board", "newcomers", "review", "due", "languages", "meetings"),
        *("parts", "questions", "responsibilities"),
        *("pictures", "cards", "usual", "roles", "readers", "management", "migrations"),
    },
    "agendas": {
        *("history", "goals", "items", "invitations", "notes", "actions", "versions", "followup"),
        *("tasks", "reminders", "calendar", "readaloud", "timeline", "progress", "planreview"),
        *("plan", "room", "today", "scheduling", "preparation", "preview", "table", "closing", "minutes"),
        *("template", "cancelling", "handover", "takeover", "leaflet"),
        "casefile",
        *("management", "migrations"),
    },
}
ROOM_PLAN = {"__init__.py", "models.py", "panels.py", "changes.py", "forms.py", "views.py", "urls.py"}
OWN_PLANS = {"agendas/casefile"}  # comes in and goes out; no page
# What a writer is offered, before there is anything to read.
BESIDE_THE_PLAN = {
    "conferences/readers/writing.py",
    "conferences/cards/writing.py",
    "conferences/responsibilities/writing.py",
    "conferences/questions/writing.py",
    "agendas/goals/writing.py",
    "agendas/items/writing.py",
    "agendas/notes/writing.py",
    "agendas/versions/writing.py",
    "agendas/actions/writing.py",
    "agendas/followup/writing.py",
    "agendas/scheduling/writing.py",
    "agendas/cancelling/writing.py",
    "agendas/handover/writing.py",
    "agendas/takeover/writing.py",
    "agendas/template/writing.py",
    "agendas/readaloud/writing.py",
    "agendas/planreview/writing.py",
    "agendas/reminders/writing.py",
}
NO_NOUNS = re.compile(r"(core|common|utils?|helpers?|services?|misc)(\.py)?")
PLANTED = {
    "Three floors, one arrow down": ("workspace/people/planted.py", "import conferences.cases"),
    "The tables of the ground floor, in their order": (
        "workspace/people/models.py",
        "import workspace.disclosure.models",
    ),
    "The rooms of the first floor, in their order": (
        "conferences/roles/planted.py",
        "import conferences.cases",
    ),
    "The rooms of the second floor, in their order": ("agendas/goals/planted.py", "import agendas.items"),
    "An app's models only gather": ("agendas/goals/models.py", "import agendas.models"),
    "Tables know tables and the disclosure room": ("agendas/goals/models.py", "import agendas.goals.changes"),
    "Reads do not see writes": ("agendas/goals/panels.py", "import agendas.goals.changes"),
    "Writes do not see reads": ("agendas/goals/changes.py", "import agendas.goals.panels"),
    "Forms have shape, no rules": ("agendas/goals/forms.py", "import workspace.disclosure.lens"),
    "Views never touch tables": ("agendas/goals/views.py", "import agendas.goals.models"),
    "Addresses know views only": ("agendas/goals/urls.py", "import agendas.goals.changes"),
    "The policy is pure": ("workspace/disclosure/policy.py", "import django"),
    "Only text.py cleans text": ("agendas/goals/planted.py", "import bleach"),
    "Only picture.py reads pictures": ("agendas/goals/planted.py", "import PIL"),
}


def sources(*floors: str) -> Iterator[Path]:
    """Every Python file of the project's own packages, migrations apart."""
    for floor in floors or FLOORS:
        yield from (path for path in (ROOT / floor).rglob("*.py") if "migrations" not in path.parts)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def linted(folder: Path) -> "subprocess.CompletedProcess[str]":
    """import-linter on the copy of the house in a folder."""
    command = "from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The Python files of the house, to be spoilt, with every file of a room's plan in one room."""
    for path in sources():
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name in ROOM_PLAN:
        (tmp_path / "agendas" / "goals" / name).touch()
    return tmp_path


def test_every_contract_has_a_planted_violation() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert {contract["name"] for contract in config["tool"]["importlinter"]["contracts"]} == set(PLANTED)


def test_the_house_keeps_its_contracts() -> None:
    done = linted(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_violation_breaks_its_contract(contract: str, copy: Path) -> None:
    name, line = PLANTED[contract]
    with (copy / name).open("a") as file:
        file.write(f"\n{line}\n")
    done = linted(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{contract} BROKEN" in done.stdout


def test_floors_have_only_the_rooms_of_the_plan() -> None:
    for floor, rooms in FLOORS.items():
        there = {
            path.name for path in (ROOT / floor).iterdir() if path.is_dir() and path.name != "__pycache__"
        }
        assert there <= rooms, f"{floor}: {there - rooms}"


def test_rooms_of_the_upper_floors_follow_the_room_plan() -> None:
    strange = [
        name_of(path)
        for path in sources("conferences", "agendas")
        if len(path.relative_to(ROOT).parts) == 3
        and path.name not in ROOM_PLAN
        and name_of(path) not in BESIDE_THE_PLAN
        and name_of(path.parent) not in OWN_PLANS
    ]
    assert strange == []


def test_templates_stand_in_the_folder_of_their_room() -> None:
    floors = {path.name: path for path in (ROOT / "templates").iterdir() if path.is_dir()}
    assert set(floors) <= set(FLOORS)
    for floor, folder in floors.items():
        rooms = {path.name for path in folder.iterdir() if path.is_dir()}
        assert rooms <= FLOORS[floor] | {"icons"}, f"{floor}: {rooms - FLOORS[floor]}"


def test_every_file_and_folder_is_a_noun_of_its_own() -> None:
    assert [name_of(path) for path in sources() if any(map(NO_NOUNS.fullmatch, path.parts))] == []


def test_urls_and_settings_name_upper_floors_only_as_strings() -> None:
    for name in ("workspace/urls.py", "workspace/settings.py", "workspace/asgi.py"):
        assert not {"conferences", "agendas"} & set(imported(ROOT / name)), name


def test_set_up_needs_the_standard_library_only() -> None:
    """`polib` and Django are imported where the environment is known to be there."""
    for name in ("manage.py", "workspace/bootstrap.py"):
        tree = ast.parse((ROOT / name).read_text())
        top = {module for node in tree.body for module in modules_of(node)}
        assert top <= sys.stdlib_module_names, name


def test_hints_have_one_sender_and_one_listener() -> None:
    users = {name_of(path) for path in sources() if "get_channel_layer" in path.read_text()}
    assert users <= {"workspace/live/announce.py", "workspace/live/hub.py"}


def test_pages_never_use_the_open_manager() -> None:
    """Rows are opened by a lens; only what writes, and what runs on the machine itself, may go round it."""
    users = {path for path in sources() if ".unsealed" in path.read_text()}
    assert [
        name_of(path) for path in users if path.name in {"panels.py", "views.py", "forms.py", "urls.py"}
    ] == []


# Where the day of an action item is read as it is: nothing of it goes to a page from there but by `told_day`, or of a
# value that was made with it.
DAYS = {
    "agendas/actions/panels.py": {"told_day", "is_over", "next_over", "by_due_date"},
    "agendas/readaloud/panels.py": {"_doing", "_one_doing"},
    "agendas/table/panels.py": {"_table"},
    "agendas/tasks/panels.py": {"_tasks", "_unsure"},
}
READ_OUT = {"_on_paper.html", "_read_out.html"}


def test_no_page_tells_a_day_in_its_own_way() -> None:
    """The day of what is the survivor's, or might be, is gone once it has passed, wherever it is told."""
    read = {
        name_of(path): {
            function.name
            for function in ast.walk(ast.parse(path.read_text()))
            if isinstance(function, ast.FunctionDef)
            and any(isinstance(node, ast.Attribute) and node.attr == "due" for node in ast.walk(function))
        }
        for path in sources()
        if path.name == "panels.py"
    }
    assert {name: functions for name, functions in read.items() if functions} == DAYS
    templates = (ROOT / "templates").rglob("*.html")
    told = {path.name for path in templates if re.search(r"\brow\.due", path.read_text())}
    assert told == READ_OUT, "rows that are values, made with a day that may be told"


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        yield from modules_of(node)


def modules_of(node: ast.AST) -> list[str]:
    """The top packages that an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "").split(".")[0]]
    return []
