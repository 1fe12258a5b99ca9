"""Case files for these tests, spoilt at will, and what loading one did."""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.core.management import call_command

from tests.casting import ROLES, TOPICS

HARBOR = Path(__file__).parents[3] / "agendas" / "casefile" / "harbor.json"
GONE = object()


@dataclass(frozen=True)
class Outcome:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def faults(self) -> dict[str, str]:
        """The sentences by their pointers, in the order of the lines."""
        return dict(line.split(": ", 1) for line in self.err.splitlines())


def harbor() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(HARBOR.read_bytes())
    return document


def changed(document: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The document with other values at these pointers; `-` appends to a list, GONE takes something away."""
    new = deepcopy(document)
    for pointer, value in changes.items():
        *way, last = (int(step) if step.isdigit() else step for step in pointer.split("/")[1:])
        target: Any = new
        for step in way:
            target = target[step]
        if value is GONE:
            del target[last]
        elif last == "-":
            target.append(value)
        else:
            target[last] = value
    return new


def run(command: str, *arguments: str, **options: Any) -> Outcome:
    out, err, status = StringIO(), StringIO(), 0
    try:
        call_command(command, *arguments, stdout=out, stderr=err, **options)
    except SystemExit as end:
        status = int(end.code or 0)
    return Outcome(status, out.getvalue(), err.getvalue())


def load(folder: Path, content: dict[str, Any] | bytes, **options: Any) -> Outcome:
    """`loadcase` of this content."""
    file = folder / "case.json"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return run("loadcase", str(file), **options)


def dumped(task_force: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run("dumpcase", task_force).out)
    return document


def tables() -> dict[str, int]:
    """How many rows each table has."""
    return {model.__name__: model._base_manager.count() for model in apps.get_models()}


def with_defaults(document: dict[str, Any]) -> dict[str, Any]:
    """What the format page says stands where a file says nothing; written here a second time, from that page."""
    full = deepcopy(document)
    if full["casefile"] == 2:
        _default(full["task_force"], reviews_plans=0)
        for case in full["cases"]:
            _default(case["plan"], reviews=[])
    homes = {person["key"]: person["agency"] for person in full["people"]}
    for person in full["people"]:
        person.setdefault("email", None)
    for case in full["cases"]:
        _fill_case(case, homes)
    in_zone: dict[str, Any] = _in_zone(full, ZoneInfo(full["task_force"]["time_zone"]))
    return in_zone


def _fill_case(case: dict[str, Any], homes: dict[str, str | None]) -> None:
    for seat in case["seats"]:
        home = None if seat["role"] in ("survivor", "guardian") else homes[seat["person"]]
        _default(seat, agency=home, primary=False, until=None)
        _default(seat["card"], contact="")
        seat["named"] = _with(seat.get("named", []), seat["key"])
    for action in case["actions"]:
        _default(action, due=None, goal=None, from_item=None, outcome="")
        action["named"] = _with(action.get("named", []), action["owner"])
    _default_all(case["releases"], withdrawn_at=None)
    _default_all(case["responsibilities"], doing=[])
    _default_all(case["role_questions"], about=None, answer=None, answered_by=None)
    _default_all(case["conferences"], place="")
    items = [item for conference in case["conferences"] for item in conference["agenda"]]
    _default_all(items, minutes=None, presenter=None, notes=[], decisions=[])
    below = [row for item in items for row in item["notes"] + item["decisions"]]
    _default_all(case["plan"].get("reviews", []), text="")
    plan = [row for rows in case["plan"].values() for row in rows]
    rows = [*case["actions"], *case["responsibilities"], *case["role_questions"], *items, *below, *plan]
    _default_all(rows, named=[], left_out_because="")


def _default_all(values: list[dict[str, Any]], **defaults: Any) -> None:
    for value in values:
        _default(value, **defaults)


def _default(value: dict[str, Any], **defaults: Any) -> None:
    for name, usual in defaults.items():
        value.setdefault(name, deepcopy(usual))


def _with(keys: list[str], key: str) -> list[str]:
    return keys if key in keys else [*keys, key]


def _in_zone(value: Any, zone: ZoneInfo, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _in_zone(part, zone, key) for key, part in value.items()}
    if isinstance(value, list) and name in ("audience", "topics"):
        return sorted(value, key=(ROLES if name == "audience" else TOPICS).index)
    if isinstance(value, list):
        return [_in_zone(part, zone) for part in value]
    if value and name in ("anchor", "from", "until", "starts", "expires", "withdrawn_at", "reviewed_at"):
        return datetime.fromisoformat(value).astimezone(zone).isoformat()
    return value
