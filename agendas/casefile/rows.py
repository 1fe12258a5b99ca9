"""Where the rows of a case file stand. Files with faults are read as well: what has another shape is passed over."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Optional

from agendas.casefile.faults import Path

PLAN = ("goals", "needs", "strengths", "reviews")
# Reviews come last: what they are of is there before them.
OF_THE_CASE = (*PLAN[:3], "actions", "responsibilities", "role_questions", "reviews")
BELOW_AN_ITEM = ("notes", "decisions")
LISTS = (
    "agencies",
    "people",
    "cases",
    "seats",
    "releases",
    *OF_THE_CASE,
    "conferences",
    "agenda",
    *BELOW_AN_ITEM,
)
# Roles that belong to no agency unless the file says so, whatever the person does elsewhere.
WITHOUT_AGENCY = ("survivor", "guardian")


@dataclass(frozen=True, eq=False)
class Entry:
    """An object in one of the file's lists: its list's name, its place, what it holds, and the entry it hangs below."""

    kind: str
    path: Path
    value: dict[str, Any]
    above: Optional["Entry"] = None

    def at(self, *steps: str | int) -> Path:
        """The place of a part of it."""
        return (*self.path, *steps)


def listed(owner: Any, path: Path, kind: str, above: Entry | None = None) -> Iterator[Entry]:
    """The objects in a list that `owner` has under the name `kind`."""
    values = owner.get(kind) if isinstance(owner, dict) else None
    for number, value in enumerate(values if isinstance(values, list) else ()):
        if isinstance(value, dict):
            yield Entry(kind, (*path, kind, number), value, above)


def entries(case: Entry) -> Iterator[Entry]:
    """Everything that stands in a case: seats, releases and all rows, each after what it hangs below."""
    for kind in ("seats", "releases"):
        yield from listed(case.value, case.path, kind)
    for kind in OF_THE_CASE:
        inside, path = (case.value.get("plan"), case.at("plan")) if kind in PLAN else (case.value, case.path)
        yield from listed(inside, path, kind)
    for conference in listed(case.value, case.path, "conferences"):
        yield conference
        for item in listed(conference.value, conference.path, "agenda", conference):
            yield item
            for kind in BELOW_AN_ITEM:
                yield from listed(item.value, item.path, kind, item)


def agency_of(seat: dict[str, Any], homes: dict[str, str | None]) -> str | None:
    """The agency a seat belongs to: what the seat says, else its person's. `homes`: people's agencies."""
    usual = None if seat["role"] in WITHOUT_AGENCY else homes.get(seat["person"])
    agency: str | None = seat.get("agency", usual)
    return agency


def named_in(entry: Entry) -> list[str]:
    """The seats a row names, in the order given: a seat names itself as well, an action its owner."""
    value = entry.value
    if entry.kind == "conferences":
        return list(value["participants"])
    itself = {"seats": "key", "actions": "owner"}.get(entry.kind)
    return list(dict.fromkeys([*value.get("named", ()), *([value[itself]] if itself else ())]))
