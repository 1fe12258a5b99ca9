"""A case of the file as the policy sees it: seats, agencies and rows by number, so that its functions can be asked."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

from agendas.casefile import times
from agendas.casefile.faults import Path
from agendas.casefile.rows import WITHOUT_AGENCY, Entry, agency_of, entries, listed, named_in
from workspace.disclosure import policy
from workspace.disclosure.policy import Role, Topic


class Facts:
    """One case. Built from the sound entries only; what is asked about an unsound one is not known."""

    def __init__(self, document: Any, case: Entry, unsound: set[Path]) -> None:
        self.case = case
        self.anchor = _anchor(document)
        inside = list(entries(case))
        agencies = [agency.value for agency in listed(document, (), "agencies")]
        self._kinds: dict[str | None, Any] = {
            agency["key"]: agency.get("kind") for agency in agencies if isinstance(agency.get("key"), str)
        }
        self._numbers: dict[str | None, int] = {key: number for number, key in enumerate(self._kinds, 1)}
        people = [person.value for person in listed(document, (), "people")]
        self._homes = {
            person["key"]: person["agency"]
            for person in people
            if isinstance(person.get("key"), str) and self._is_known(person.get("agency", 0))
        }
        self.entries = [entry for entry in inside if entry.path not in unsound and self._has_home(entry)]
        self.whole = len(self.entries) == len(inside) and case.path not in unsound
        self.holding = self._numbers[case.value["holding_agency"]] if case.path not in unsound else 0

    def of(self, *kinds: str) -> Iterator[Entry]:
        """The sound entries of these lists."""
        return (entry for entry in self.entries if entry.kind in kinds)

    @cached_property
    def seats(self) -> dict[str, policy.Seat]:
        """The seats by key."""
        return {
            entry.value["key"]: self._seat(number, entry) for number, entry in enumerate(self.of("seats"), 1)
        }

    @cached_property
    def survivors(self) -> list[Entry]:
        """The survivor's seat; a file with faults has none, or several."""
        return [entry for entry in self.of("seats") if entry.value["role"] == Role.SURVIVOR]

    @cached_property
    def survivor(self) -> int:
        """The number of the survivor's seat, or 0."""
        return self.seats[self.survivors[0].value["key"]].id if self.survivors else 0

    @cached_property
    def counsels(self) -> set[int]:
        """The numbers of the seats of the survivor's own attorneys."""
        return {seat.id for seat in self.seats.values() if seat.role is Role.COUNSEL}

    def has_ended(self, key: str) -> bool:
        """Whether this seat is over at the file's anchor, as far as both are known."""
        until = self.seats[key].until if key in self.seats else None
        return self.anchor is not None and until is not None and until <= self.anchor

    @cached_property
    def releases(self) -> list[policy.Release]:
        """The releases, past and future ones too."""
        return [self._release(entry.value) for entry in self.of("releases")]

    def agency_kind(self, seat: dict[str, Any]) -> str | None:
        """What the agency of a seat is."""
        return self._kinds.get(agency_of(seat, self._homes))

    def agency(self, seat: dict[str, Any]) -> int | None:
        """The number of a seat's agency, or None when it belongs to none."""
        return self._numbers.get(agency_of(seat, self._homes))

    def author(self, entry: Entry) -> policy.Seat | None:
        """Who wrote a row: a seat wrote itself, and nobody in particular a conference."""
        if entry.kind == "seats":
            return self.seats[entry.value["key"]]
        author = entry.value.get("author")
        return None if author is None else self.seats[author]

    def knows_seats_of(self, entry: Entry) -> bool:
        """Whether every seat that decides about this row is a sound one."""
        author = entry.value.get("author")
        return bool(self.survivor) and {*named_in(entry), *([author] if author else [])} <= set(self.seats)

    def row(self, entry: Entry, *, alone: bool = False) -> policy.Row:
        """The row as the rule sees it. `alone`: as if it hung below nothing."""
        author, conference = self.author(entry), entry.kind == "conferences"
        return policy.Row(
            case=1,
            author=author.id if author else None,
            origin=author.agency if author else None,
            topic=Topic.COORDINATION if conference else Topic(entry.value["topic"]),
            audience=0 if conference else policy.role_bits(entry.value["audience"]),
            named=frozenset(self.seats[key].id for key in named_in(entry)),
            parent=None if alone or entry.above is None else self.row(entry.above),
            invited_only=conference,
        )

    def lens(self, seat: policy.Seat) -> policy.Lens:
        """What the seat sees if every release there ever was to its agency were active."""
        topics = 0
        for release in self.releases:
            topics |= release.topics if release.agency == seat.agency else 0
        return policy.Lens(
            1, seat.id, seat.role, seat.agency, seat.agency == self.holding, topics, self.survivor
        )

    def _is_known(self, agency: Any) -> bool:
        return agency is None or (isinstance(agency, str) and agency in self._numbers)

    def _has_home(self, entry: Entry) -> bool:
        """Whether it is known where a seat belongs: the file says so, or says where its person does."""
        seat = entry.value
        if entry.kind != "seats" or "agency" in seat or seat["role"] in WITHOUT_AGENCY:
            return True
        return seat["person"] in self._homes

    def _seat(self, number: int, entry: Entry) -> policy.Seat:
        seat = entry.value
        until = seat.get("until")
        return policy.Seat(
            id=number,
            case=1,
            role=Role(seat["role"]),
            agency=self.agency(seat),
            starts=times.instant(seat["from"]),
            until=None if until is None else times.instant(until),
        )

    def _release(self, release: dict[str, Any]) -> policy.Release:
        withdrawn = release.get("withdrawn_at")
        return policy.Release(
            case=1,
            agency=self._numbers[release["agency"]],
            topics=policy.topic_bits(release["topics"]),
            starts=times.instant(release["starts"]),
            expires=times.instant(release["expires"]),
            withdrawn_at=None if withdrawn is None else times.instant(withdrawn),
        )


def _anchor(document: Any) -> datetime | None:
    try:
        return times.instant(document["anchor"])
    except (KeyError, AttributeError, ValueError):
        return None
