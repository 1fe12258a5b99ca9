"""Checking a case file: bytes, schema, references, meaning. Every fault is found in one reading; nothing is written."""

from dataclasses import dataclass
from typing import Any

from agendas.casefile.facts import Facts
from agendas.casefile.faults import Fault, FaultsError, Path, in_order
from agendas.casefile.meaning import case_faults, file_faults, warnings
from agendas.casefile.parse import parse, text_faults
from agendas.casefile.references import reference_faults
from agendas.casefile.rows import LISTS, listed
from agendas.casefile.shape import shape_faults


@dataclass(frozen=True)
class Checked:
    """A case file without a fault, and what is worth a second look in it."""

    document: dict[str, Any]
    warnings: list[Fault]


def check(raw: bytes) -> Checked:
    """The case file in these bytes. Raises FaultsError with all its faults, in the order of the file.

    A fault in one place hides none in another: an entry of the wrong shape is left out of the questions about
    meaning, and all others are asked.
    """
    document = parse(raw)
    faults = [*text_faults(document), *shape_faults(document)]
    faults += _elsewhere(faults, [*reference_faults(document), *file_faults(document)])
    unsound = {_entry(fault.path) for fault in faults}
    cases = [Facts(document, case, unsound) for case in listed(document, (), "cases")]
    faults += [fault for facts in cases for fault in case_faults(facts)]
    if faults:
        raise FaultsError(in_order(faults, document))
    return Checked(document, [warning for facts in cases for warning in warnings(facts)])


def _elsewhere(known: list[Fault], found: list[Fault]) -> list[Fault]:
    """Those of `found` whose place has no fault yet: what is no key need not be called an unknown one too."""
    places = {fault.path for fault in known}
    return [fault for fault in found if fault.path not in places]


def _entry(path: Path) -> Path:
    """The place of the innermost entry of a list that this place belongs to."""
    ends = [
        end for end in range(len(path), 1, -1) if path[end - 2] in LISTS and isinstance(path[end - 1], int)
    ]
    return path[: ends[0]] if ends else ()
