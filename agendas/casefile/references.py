"""Names that stand for something: each is given once, and whatever is referred to is there."""

from collections.abc import Iterable, Iterator
from typing import Any

from agendas.casefile.faults import Fault, Path, printable
from agendas.casefile.rows import Entry, entries, listed

SEATS = (
    *("author", "named", "owner", "accountable", "doing", "about", "answered_by"),
    *("facilitator", "participants", "presenter"),
)
# The lists of a case in which things have keys.
KEYED = ("seats", "goals", "actions", "conferences", "agenda")


def reference_faults(document: Any) -> Iterator[Fault]:
    """Keys given twice, and references to what is not there."""
    for kind in ("agencies", "people", "cases"):
        yield from _repeated(listed(document, (), kind))
    agencies, people = (_keys(listed(document, (), kind)) for kind in ("agencies", "people"))
    for person in listed(document, (), "people"):
        yield from _unknown(person, {"agency": ("agency", agencies)})
    for case in listed(document, (), "cases"):
        yield from _of_case(case, agencies, people)


def _of_case(case: Entry, agencies: set[str], people: set[str]) -> Iterator[Fault]:
    inside = list(entries(case))
    keys = {kind: _keys(entry for entry in inside if entry.kind == kind) for kind in KEYED}
    for kind in KEYED:
        yield from _repeated(entry for entry in inside if entry.kind == kind)
    targets = {
        "holding_agency": ("agency", agencies),
        "agency": ("agency", agencies),
        "person": ("person", people),
        "goal": ("goal of this case", keys["goals"]),
        "from_item": ("agenda item of this case", keys["agenda"]),
        **dict.fromkeys(SEATS, ("seat of this case", keys["seats"])),
    }
    for entry in (case, *inside):
        yield from _unknown(entry, targets)


def _keys(found: Iterable[Entry]) -> set[str]:
    return {entry.value["key"] for entry in found if isinstance(entry.value.get("key"), str)}


def _repeated(found: Iterable[Entry]) -> Iterator[Fault]:
    seen: set[str] = set()
    for entry in found:
        key = entry.value.get("key")
        if isinstance(key, str):
            if key in seen:
                yield Fault(entry.at("key"), f'is taken: another before it has the key "{printable(key)}".')
            seen.add(key)


def _unknown(entry: Entry, targets: dict[str, tuple[str, set[str]]]) -> Iterator[Fault]:
    for field, (what, keys) in targets.items():
        for path, key in _references(entry, field):
            if key not in keys:
                yield Fault(path, f'names no {what}: there is no "{printable(key)}".')


def _references(entry: Entry, field: str) -> Iterator[tuple[Path, str]]:
    value = entry.value.get(field)
    if isinstance(value, str):
        yield entry.at(field), value
    elif isinstance(value, list):
        for number, key in enumerate(value):
            if isinstance(key, str):
                yield entry.at(field, number), key
