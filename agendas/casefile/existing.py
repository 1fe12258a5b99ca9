"""What a case file meets in the database: it may add to it, never change it."""

from collections.abc import Iterator
from typing import Any

from agendas.casefile.dump import Reading
from agendas.casefile.faults import Fault
from agendas.casefile.rows import Entry, listed
from workspace.people.models import TaskForce

KINDS = ("agencies", "people", "cases")
SETS = ("named", "participants")
THERE = "is there already. Load with --into-existing to add what is new."


class Existing:
    """The task force of this file as it stands in the database, if it does."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.task_force = TaskForce.objects.filter(key=document["task_force"]["key"]).first()
        self.there = Reading(self.task_force).document() if self.task_force else None
        self._known = {
            (kind, value["key"]): value
            for kind in KINDS
            for value in (self.there[kind] if self.there else ())
        }

    def known(self, entry: Entry) -> Any:
        """The agency, person or case of the same key that is there, or None."""
        return self._known.get((entry.kind, entry.value["key"]))

    def faults(self, *, into_existing: bool) -> Iterator[Fault]:
        """Why this file cannot be loaded beside what is there. The file is in its full form."""
        if self.there is None:
            return
        if not into_existing:
            yield Fault(("task_force", "key"), THERE)
            yield from (Fault(entry.at("key"), THERE) for entry in self._entries() if self.known(entry))
            return
        for name, value in self.document["task_force"].items():
            if self.there["task_force"][name] != value:
                yield Fault(("task_force", name), "is another there; what is there is never changed.")
        yield from self._differences()
        yield from self._taken_addresses()

    def _entries(self) -> Iterator[Entry]:
        for kind in KINDS:
            yield from listed(self.document, (), kind)

    def _differences(self) -> Iterator[Fault]:
        for entry in self._entries():
            known = self.known(entry)
            if known is not None and _comparable(known) != _comparable(entry.value):
                parts = [name for name in known if _comparable(known[name]) != _comparable(entry.value[name])]
                yield Fault(
                    entry.path,
                    f'"{known["key"]}" is another there ({", ".join(parts)}); what is there is never changed.',
                )

    def _taken_addresses(self) -> Iterator[Fault]:
        assert self.there is not None
        taken = {person["email"].casefold() for person in self.there["people"] if person["email"]}
        for entry in listed(self.document, (), "people"):
            email = entry.value["email"]
            if email and email.casefold() in taken and not self.known(entry):
                yield Fault(entry.at("email"), "belongs to somebody who is there already.")


def _comparable(value: Any) -> Any:
    """The value with its sets of seats in one order."""
    if isinstance(value, dict):
        return {name: sorted(part) if name in SETS else _comparable(part) for name, part in value.items()}
    return [_comparable(part) for part in value] if isinstance(value, list) else value
