"""Writing a checked case file into the database: all of it or nothing, in a bounded number of queries."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from agendas.casefile import times
from agendas.casefile.existing import Existing
from agendas.casefile.faults import FaultsError
from agendas.casefile.rows import Entry, listed
from agendas.casefile.write import Numbers, Rows
from workspace.disclosure.models import Case
from workspace.people.models import Agency, Person, TaskForce


@dataclass(frozen=True)
class Counts:
    """How much was added."""

    agencies: int
    people: int
    cases: int
    seats: int
    releases: int
    rows: int

    def __str__(self) -> str:
        return ", ".join(f"{count} {name}" for name, count in vars(self).items())


@transaction.atomic
def load(document: dict[str, Any], *, into_existing: bool = False) -> Counts:
    """Add a case file, checked and in its full form. Raises FaultsError if it would change what is there."""
    existing = Existing(document)
    faults = list(existing.faults(into_existing=into_existing))
    if faults:
        raise FaultsError(faults)
    new = {
        kind: [entry for entry in listed(document, (), kind) if existing.known(entry) is None]
        for kind in ("agencies", "people", "cases")
    }
    task_force = existing.task_force or TaskForce.objects.create(
        **document["task_force"], anchor=times.instant(document["anchor"])
    )
    agencies = _agencies(task_force, new["agencies"])
    people = _people(task_force, new["people"], agencies)
    rows = Rows(agencies, people, _cases(task_force, new["cases"], agencies))
    rows.write()
    return Counts(
        agencies=len(new["agencies"]),
        people=len(new["people"]),
        cases=len(new["cases"]),
        **rows.counts(),
    )


def _agencies(task_force: TaskForce, new: list[Entry]) -> Numbers:
    """The numbers of all agencies by key, after adding the new ones; no key has no number."""
    Agency.objects.bulk_create(Agency(task_force=task_force, **entry.value) for entry in new)
    return {None: None} | {agency.key: agency.pk for agency in Agency.objects.filter(task_force=task_force)}


def _people(task_force: TaskForce, new: list[Entry], agencies: Numbers) -> Numbers:
    people = (entry.value for entry in new)
    Person.objects.bulk_create(
        Person(task_force=task_force, agency_id=agencies[person.pop("agency")], **person)
        for person in map(dict, people)
    )
    return {person.key: person.pk for person in Person.objects.filter(task_force=task_force)}


def _cases(task_force: TaskForce, new: list[Entry], agencies: Numbers) -> list[tuple[Entry, Case]]:
    cases = Case.objects.bulk_create(
        Case(
            task_force=task_force,
            holding_agency_id=agencies[entry.value["holding_agency"]],
            key=entry.value["key"],
            code_name=entry.value["code_name"],
            opened=times.day(entry.value["opened"]),
        )
        for entry in new
    )
    return list(zip(new, cases, strict=True))
