"""The full form of a case file: every default written out, sets in one order, instants in the task force's zone."""

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agendas.casefile import times
from agendas.casefile.faults import Fault, FaultsError
from agendas.casefile.rows import Entry, agency_of, entries, listed, named_in
from workspace.disclosure.policy import role_bits, roles_of, topic_bits, topics_of

ROW = {"left_out_because": ""}
DEFAULTS: dict[str, dict[str, Any]] = {
    "people": {"email": None},
    "cases": {},
    "seats": {"primary": False, "until": None},
    "releases": {"withdrawn_at": None},
    "goals": ROW,
    "needs": ROW,
    "strengths": ROW,
    "actions": ROW | {"due": None, "goal": None, "from_item": None, "outcome": ""},
    "responsibilities": ROW | {"doing": []},
    "reviews": ROW | {"text": ""},
    "role_questions": ROW | {"about": None, "answer": None, "answered_by": None},
    "conferences": {"place": ""},
    "agenda": ROW | {"minutes": None, "presenter": None, "notes": [], "decisions": []},
    "notes": ROW,
    "decisions": ROW,
}
INSTANTS = ("from", "until", "starts", "expires", "withdrawn_at", "reviewed_at")
DAYS = ("opened", "due")


def filled(document: dict[str, Any]) -> dict[str, Any]:
    """The same file in its full form. The file has been checked."""
    full = deepcopy(document)
    zone = ZoneInfo(full["task_force"]["time_zone"])
    full["anchor"] = times.written(times.instant(full["anchor"]), zone)
    homes = {person["key"]: person["agency"] for person in full["people"]}
    for entry in _parts(full):
        for name, usual in DEFAULTS[entry.kind].items():
            entry.value.setdefault(name, deepcopy(usual))
        _fill(entry, homes)
        for name in INSTANTS:
            if entry.value.get(name):
                entry.value[name] = times.written(times.instant(entry.value[name]), zone)
    for case in full["cases"]:
        case["plan"].setdefault("reviews", [])
        order = [seat["key"] for seat in case["seats"]]
        for duty in case["responsibilities"]:
            duty["doing"] = sorted(set(duty["doing"]), key=order.index)
    return full


def moved(document: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The file as if it had been written for `now`: every instant and day moves as far as its anchor does."""
    new = deepcopy(document)
    zone = ZoneInfo(new["task_force"]["time_zone"])
    anchor = times.instant(new["anchor"])
    days = now.astimezone(zone).date() - anchor.astimezone(zone).date()
    new["anchor"] = times.written(now, zone)
    faults = []
    for entry in _parts(new):
        try:
            _move(entry.value, now - anchor, days, zone)
        except ValueError:
            faults.append(Fault(entry.path, "would be moved out of the years 1900 to 2999."))
    if faults:
        raise FaultsError(faults)
    return new


def _parts(document: dict[str, Any]) -> list[Entry]:
    cases = list(listed(document, (), "cases"))
    return [*listed(document, (), "people"), *cases, *(entry for case in cases for entry in entries(case))]


def _fill(entry: Entry, homes: dict[str, str | None]) -> None:
    value = entry.value
    if entry.kind == "seats":
        value["agency"] = agency_of(value, homes)
        value["card"].setdefault("contact", "")
    if entry.kind == "releases":
        value["topics"] = [str(topic) for topic in topics_of(topic_bits(value["topics"]))]
    if "audience" in value:
        value["audience"] = [str(role) for role in roles_of(role_bits(value["audience"]))]
        value["named"] = named_in(entry)


def _move(value: dict[str, Any], by: timedelta, days: timedelta, zone: ZoneInfo) -> None:
    for name in INSTANTS:
        if value.get(name):
            value[name] = times.written(times.instant(value[name]) + by, zone)
            times.instant(value[name])
    for name in DAYS:
        if value.get(name):
            value[name] = (times.day(value[name]) + days).isoformat()
            times.day(value[name])
