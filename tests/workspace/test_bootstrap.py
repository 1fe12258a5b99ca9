"""From a bare clone to a running command; with an empty lock file, so that nothing has to be downloaded."""

import fcntl
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = "nothing==1 --hash=sha256:" + "0" * 64
BASE = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
# A Django that only says what it was asked for.
DJANGO = """
import sys

def execute_from_command_line(argv: list[str]) -> None:
    print(sys.prefix, *argv[1:])
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the set-up reads of a clone, and a stand-in for what it installs."""
    (tmp_path / "workspace").mkdir()
    for name in ("manage.py", "workspace/__init__.py", "workspace/bootstrap.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("requirements.txt", "requirements-test.txt"):
        (tmp_path / name).write_text("# nothing\n")
    package(tmp_path, "django/core/management/__init__.py", DJANGO)
    for name in ("django/__init__.py", "django/core/__init__.py"):
        package(tmp_path, name, "")
    return tmp_path


def package(clone: Path, name: str, text: str) -> None:
    path = clone / "packages" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def run(clone: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    isolated = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PYTHONPATH": str(clone / "packages")}
    given = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return subprocess.run(
        [BASE, "manage.py", *arguments],
        cwd=clone,
        env={**given, **isolated, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def stamp(clone: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((clone / ".venv" / "stamp.json").read_text())
    return found


def failed_with(done: "subprocess.CompletedProcess[str]", words: str) -> bool:
    """It stopped, and its last and only line about it is clear."""
    return done.returncode != 0 and words in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr


def test_a_bare_clone_is_set_up_and_says_so_and_the_second_time_is_silent(clone: Path) -> None:
    first = run(clone, "migrate", "--plan")
    assert first.stdout == f"{clone}/.venv migrate --plan\n"
    assert first.stderr.startswith("Making the environment .venv for Python")
    assert set(stamp(clone)) == {"python", "requirements.txt"}
    second = run(clone, "migrate")
    assert (second.stdout, second.stderr) == (f"{clone}/.venv migrate\n", "")


def test_a_python_without_its_venv_module_is_set_up_all_the_same(clone: Path) -> None:
    package(clone, "venv/__init__.py", "raise ImportError('this Python was built without it')\n")
    first = run(clone, "migrate")
    assert first.stdout == f"{clone}/.venv migrate\n"
    assert first.returncode == 0


@pytest.mark.parametrize("command", ["test", "bench"])
def test_tests_and_benchmark_bring_their_larger_lock_which_serves_everything(
    clone: Path, command: str
) -> None:
    assert run(clone, command).returncode == 0
    assert set(stamp(clone)) == {"python", "requirements.txt", "requirements-test.txt"}
    assert run(clone, "serve").stderr == ""


def test_a_changed_lock_is_installed_into_the_same_environment(clone: Path) -> None:
    run(clone, "migrate")
    (clone / ".venv" / "kept").touch()
    (clone / "requirements.txt").write_text("# nothing else\n")
    done = run(clone, "migrate")
    assert done.stderr == "Installing what requirements.txt lists; this can take some minutes.\n"
    assert (clone / ".venv" / "kept").exists()


@pytest.mark.parametrize("damage", ["{", '{"python": "3.1.0"}', None])
def test_an_environment_that_is_unfinished_or_of_another_python_is_made_anew(
    clone: Path, damage: str | None
) -> None:
    run(clone, "migrate")
    (clone / ".venv" / "left over").touch()
    if damage is None:
        (clone / ".venv" / "bin" / "python").unlink()
    else:
        (clone / ".venv" / "stamp.json").write_text(damage)
    assert run(clone, "migrate").returncode == 0
    assert not (clone / ".venv" / "left over").exists()


def test_a_stale_environment_started_from_inside_is_refused(clone: Path) -> None:
    run(clone, "migrate")
    (clone / "requirements.txt").write_text("# changed\n")
    inside = subprocess.run(
        [clone / ".venv" / "bin" / "python", "manage.py", "migrate"],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert failed_with(inside, "start this once with python3")


def test_whoever_comes_second_waits(clone: Path) -> None:
    (clone / "var").mkdir()
    with (clone / "var" / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = subprocess.Popen(
            [BASE, "manage.py", "migrate"], cwd=clone, stderr=subprocess.PIPE, text=True
        )
        assert second.stderr is not None
        assert second.stderr.readline() == "Waiting: another command is setting up.\n"
        second.kill()
        second.communicate()


def test_without_network_one_line_says_so(clone: Path) -> None:
    (clone / "requirements.txt").write_text(PACKAGE)
    done = run(clone, "migrate", PIP_NO_INDEX="", PIP_INDEX_URL="http://127.0.0.1:9", PIP_RETRIES="0")
    assert failed_with(done, "No network")
    assert not (clone / ".venv" / "stamp.json").exists()


@pytest.mark.parametrize(
    ("pip_says", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that was locked"),
        ("something else", "pip failed"),
    ],
)
def test_what_pip_says_becomes_one_line(clone: Path, pip_says: str, words: str) -> None:
    package(clone, "pip/__init__.py", "")
    package(clone, "pip/__main__.py", f"raise SystemExit({pip_says!r})")
    assert failed_with(run(clone, "migrate"), words)


def test_without_pip_one_line_says_how_to_get_it(clone: Path) -> None:
    blocked = "import importlib.util\nreal = importlib.util.find_spec\n"
    blocked += "importlib.util.find_spec = lambda name, *rest: None if name == 'pip' else real(name, *rest)\n"
    package(clone, "sitecustomize.py", blocked)
    assert failed_with(run(clone, "migrate"), "apt install python3-pip")


def test_a_folder_that_may_not_be_written_is_one_line(clone: Path) -> None:
    (clone / "var").touch()
    assert failed_with(run(clone, "migrate"), "Setting up failed")


def test_an_old_python_can_read_the_way_in() -> None:
    text = (ROOT / "manage.py").read_text()
    assert not re.search(r"\bf['\"]|->|:=", text)
    assert "Python 3.11 or newer is needed" in text
    assert (ROOT / ".ci" / "run").stat().st_mode & stat.S_IXUSR


def test_catalogues_are_compiled_when_missing_or_older(clone: Path) -> None:
    """With the real `polib`, as it is inside the environment."""
    source = clone / "workspace" / "locale" / "es" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "a"\nmsgstr "b"\n'
    )
    import polib

    package(clone, "polib.py", Path(polib.__file__).read_text())
    assert run(clone, "migrate").returncode == 0
    target = source.with_suffix(".mo")
    assert polib.mofile(str(target))[0].msgstr == "b"
    assert set(source.parent.iterdir()) == {source, target}
    os.utime(target, (0, 0))
    run(clone, "migrate")
    assert target.stat().st_mtime > 1


def test_the_tests_lock_holds_the_other_one_version_for_version() -> None:
    runs, tests = (set(pins(name)) for name in ("requirements.txt", "requirements-test.txt"))
    assert runs < tests


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt"])
def test_locks_carry_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=\w)", text) if "==" in entry)


def pins(name: str) -> list[str]:
    return re.findall(r"^[\w.-]+==\S+", (ROOT / name).read_text(), re.MULTILINE)
