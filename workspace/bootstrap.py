"""From a bare clone to a running command, with Python and pip alone.

Everything before Django happens here: the environment in `.venv` is made or brought up to date, the command
is handed over to it, and there the catalogues are compiled. Only the standard library is at hand, save for
`polib` once inside. When nothing is to do this reads two small files and says nothing.
"""

import errno
import fcntl
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "stamp.json"
VAR = ROOT / "var"
LOG = VAR / "setup.log"
RUNS, TESTS = "requirements.txt", "requirements-test.txt"

REASONS = {
    "No space left on device": "The disk is full",
    "DO NOT MATCH THE HASHES": "A downloaded package is not the one that was locked",
    "Permission denied": "A file may not be written",
    "Could not find a version": "No network, or no package index in reach",
    "ConnectionError": "No network, or no package index in reach",
    "Read timed out": "The network is too slow",
}


def main() -> None:
    """Run the command that was typed, in an environment that fits it."""
    lock = TESTS if sys.argv[1:2] in (["test"], ["bench"]) else RUNS
    try:
        if Path(sys.prefix).resolve() != VENV.resolve():
            _prepare(lock)
            os.execv(PYTHON, [str(PYTHON), *sys.argv])
        if not _is_current(lock):
            sys.exit("The packages have changed: start this once with python3, not from inside .venv")
        VAR.mkdir(exist_ok=True)
        _compile_catalogues()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as fault:
        sys.exit(_explain(fault))
    _run_django()


def _run_django() -> None:
    """What Django writes from here on (a database, a secret) is for this user's eyes only."""
    from django.core.management import execute_from_command_line

    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workspace.settings")
    execute_from_command_line(sys.argv)


def _prepare(lock: str) -> None:
    if _is_current(lock):
        return
    with _alone():
        if not _is_current(lock):
            _make(lock)


def _is_current(lock: str) -> bool:
    stamp = _stamp()
    return stamp.get("python") == platform.python_version() and stamp.get(lock) == _digest(lock)


def _stamp() -> dict[str, str]:
    """What the environment was made from; nothing when it was never finished or its Python is gone."""
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text()) if PYTHON.exists() else {}
    except (FileNotFoundError, ValueError):
        return {}
    return stamp


def _digest(lock: str) -> str:
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    """One set-up at a time; whoever comes second waits, and then finds nothing to do."""
    VAR.mkdir(exist_ok=True)
    with (VAR / "setup.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Waiting: another command is setting up.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _make(lock: str) -> None:
    """The stamp goes first and comes last, so that what was interrupted is made anew."""
    if not importlib.util.find_spec("pip"):
        sys.exit(f"pip is missing for {sys.executable}. On Debian: apt install python3-pip")
    same_python = _stamp().get("python") == platform.python_version()
    STAMP.unlink(missing_ok=True)
    if not same_python:
        _say(f"Making the environment .venv for Python {platform.python_version()}.")
        _make_venv()
    _say(f"Installing what {lock} lists; this can take some minutes.")
    _install(lock)
    held = (RUNS, TESTS) if lock == TESTS else (RUNS,)  # the tests' lock holds the other, version for version
    stamp = {"python": platform.python_version()} | {name: _digest(name) for name in held}
    STAMP.write_text(json.dumps(stamp))


def _make_venv() -> None:
    """Without pip inside: Debian's Python cannot put it there, and the one outside serves."""
    if VENV.is_symlink():
        VENV.unlink()
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        from venv import EnvBuilder
    except ImportError:
        _make_bare_venv()
    else:
        EnvBuilder(with_pip=False, symlinks=True).create(VENV)


def _make_bare_venv() -> None:
    """What Python itself asks of an environment, where even the module that makes one was left out."""
    outside = Path(getattr(sys, "_base_executable", sys.executable))
    (VENV / "bin").mkdir(parents=True)
    (VENV / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages").mkdir(
        parents=True
    )
    (VENV / "pyvenv.cfg").write_text(f"home = {outside.parent}\ninclude-system-site-packages = false\n")
    PYTHON.symlink_to(outside)


def _install(lock: str) -> None:
    command = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--require-hashes"]
    quiet = ["--disable-pip-version-check", "--no-input", "--no-compile", "-r", str(ROOT / lock)]
    with LOG.open("w") as log:
        code = subprocess.call([*command, *quiet], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    if code:
        said = LOG.read_text(errors="replace")
        reason = next((words for sign, words in REASONS.items() if sign in said), "pip failed")
        sys.exit(f"{reason}: the packages could not be installed. pip's own words are in {LOG}")


def _compile_catalogues() -> None:
    """Each compiled file is put in place whole, for another process may be reading it."""
    for source in ROOT.glob("workspace/locale/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        import polib

        draft = target.with_suffix(f".{os.getpid()}")
        polib.pofile(str(source)).save_as_mofile(str(draft))
        draft.replace(target)


def _explain(fault: OSError) -> str:
    if fault.errno == errno.ENOSPC:
        return f"The disk is full: {fault.filename or VENV} could not be written."
    return f"Setting up failed: {fault}"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
