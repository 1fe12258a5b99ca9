"""A second reading of the disclosure policy, for tests to hold the project against.

Written from the policy page and the page of the case file alone; it imports nothing of the project, so that one
misreading cannot stand on both sides of a comparison. It is slow and plain on purpose. Rule numbers are the page's.

The lower half asks about single facts: `allowed(case, seat_key, row, at)` over four small dataclasses of strings,
sets and instants. The upper half, `Oracle`, reads a whole case file and asks the lower half about each of its rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

CaseFile = dict[str, Any]

ALWAYS_ADMITTED = frozenset({"survivor", "guardian", "interpreter"})
ADVOCACY_ROLES = frozenset({"case_manager", "advocate", "clinical_supervisor"})
SUBSTANCE_USE_NEVER = frozenset({"investigator", "prosecutor", "victim_witness", "child_protection"})
TEXTS_OF_A_ROW = ("title", "place", "words", "text", "outcome", "answer", "left_out_because")


@dataclass(frozen=True)
class SeatFacts:
    """A person's place on one case. `agency` is None for whoever belongs to none. Active in [starts, until)."""

    key: str
    person: str
    role: str
    agency: str | None
    starts: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class ReleaseFacts:
    """The survivor's permission for one agency. In force in [starts, expires), and only before `withdrawn_at`."""

    agency: str
    topics: frozenset[str]
    starts: datetime
    expires: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True)
class CaseFacts:
    """One case: the key of its holding agency, its seats by key (exactly one survivor's), its releases."""

    key: str
    holding: str
    seats: Mapping[str, SeatFacts]
    releases: tuple[ReleaseFacts, ...] = ()

    @property
    def survivor(self) -> SeatFacts:
        """Her one seat, active or not."""
        return next(seat for seat in self.seats.values() if seat.role == "survivor")


@dataclass(frozen=True)
class RowFacts:
    """One guarded row.

    `case` is the key of its case, `author` and `named` are seat keys of that case, `origin` an agency key (None for
    the survivor's rows and for rows without an author), `audience` a set of roles. `parent` is the whole parent row,
    with its own parent in it. `conference` says that the row is one, since rule 4 reads those by `named` alone. An
    action's owner must already stand in `named`, and a seat in its own `author` and `named`.
    """

    case: str
    topic: str
    author: str | None = None
    origin: str | None = None
    audience: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    parent: RowFacts | None = None
    removed: bool = False
    conference: bool = False


def is_active(seat: SeatFacts, at: datetime) -> bool:
    """From is inclusive, until exclusive."""
    return seat.starts <= at and (seat.until is None or at < seat.until)


def in_force(release: ReleaseFacts, at: datetime) -> bool:
    """Withdrawn counts from the very instant of the withdrawal."""
    withdrawn = release.withdrawn_at is not None and release.withdrawn_at <= at
    return release.starts <= at < release.expires and not withdrawn


def _listed(case: CaseFacts, agency: str | None, topic: str, at: datetime) -> bool:
    return agency is not None and any(
        release.agency == agency and topic in release.topics and in_force(release, at)
        for release in case.releases
    )


def admitted(case: CaseFacts, seat_key: str, at: datetime) -> bool:
    """Rule 1, without the row."""
    seat = case.seats.get(seat_key)
    if seat is None or not is_active(seat, at):
        return False
    if seat.role in ALWAYS_ADMITTED or seat.agency == case.holding:
        return True
    return _listed(case, seat.agency, "coordination", at)


def _rule_4_audience(case: CaseFacts, seat: SeatFacts, row: RowFacts) -> bool:
    if row.conference:
        return seat.key in row.named
    if seat.role != "interpreter":
        return seat.key == row.author or seat.key in row.named or seat.role in row.audience
    survivor = case.survivor.key
    if "survivor" in row.audience or survivor in row.named:
        return True
    return row.author == survivor and ("interpreter" in row.audience or seat.key in row.named)


def _rule_5_release(case: CaseFacts, seat: SeatFacts, row: RowFacts, at: datetime) -> bool:
    if seat.role in ALWAYS_ADMITTED or seat.agency == case.holding or row.topic == "privileged":
        return True
    if seat.agency is not None and row.origin is not None and seat.agency == row.origin:
        return True
    return _listed(case, seat.agency, row.topic, at)


def _rule_6_protected(case: CaseFacts, seat: SeatFacts, row: RowFacts) -> bool:
    interpreting = seat.role == "interpreter" and "interpreter" in row.audience
    if row.topic == "privileged":
        return seat.key == row.author or seat.role in {"survivor", "counsel"} or interpreting
    if row.topic == "advocacy":
        at_the_holder = seat.role in ADVOCACY_ROLES and seat.agency == case.holding
        return seat.key == row.author or seat.role == "survivor" or at_the_holder or interpreting
    if row.topic == "substance_use":
        return seat.role not in SUBSTANCE_USE_NEVER
    return True


def allowed(case: CaseFacts, seat_key: str, row: RowFacts, at: datetime) -> bool:
    """The rule: does this seat see this row at this instant? All six conditions, in the page's order."""
    if row.case != case.key or not admitted(case, seat_key, at):
        return False
    if row.removed:
        return False
    if row.parent is not None and not allowed(case, seat_key, row.parent, at):
        return False
    seat = case.seats[seat_key]
    return (
        _rule_4_audience(case, seat, row)
        and _rule_5_release(case, seat, row, at)
        and _rule_6_protected(case, seat, row)
    )


def release_allowed(case: CaseFacts, seat_key: str, release: ReleaseFacts, at: datetime) -> bool:
    """Survivor, interpreter and holding agency always; the agency it names while it is in force; nobody else."""
    if not admitted(case, seat_key, at):
        return False
    seat = case.seats[seat_key]
    if seat.role in {"survivor", "interpreter"} or seat.agency == case.holding:
        return True
    return seat.agency == release.agency and in_force(release, at)


def instant(text: str) -> datetime:
    """An RFC 3339 time with its offset."""
    return datetime.fromisoformat(text)


def maybe_instant(text: str | None) -> datetime | None:
    """A time that may be open."""
    return None if text is None else instant(text)


@dataclass
class _Case:
    """What is kept of one case of the file while it is read."""

    facts: CaseFacts
    code_name: str
    rows: dict[str, RowFacts] = field(default_factory=dict)
    texts: dict[str, frozenset[str]] = field(default_factory=dict)
    seat_rows: dict[str, str] = field(default_factory=dict)
    purposes: list[str] = field(default_factory=list)


class Oracle:
    """Who may see what of one case file.

    A row's id is its JSON pointer in the file, such as `/cases/0/conferences/1/agenda/2/notes/0`,
    `/cases/0/seats/3` or `/cases/0/plan/goals/0`. `removed` lists ids of rows that have been removed since; `parents`
    gives rows that have no parent of their own one (child id to parent id, of the same case).
    """

    def __init__(
        self,
        casefile: CaseFile,
        removed: Collection[str] = (),
        parents: Mapping[str, str] | None = None,
    ) -> None:
        self._task_force: str = casefile["task_force"]["name"]
        self._agencies: dict[str, str] = {agency["key"]: agency["name"] for agency in casefile["agencies"]}
        self._people: dict[str, dict[str, Any]] = {person["key"]: person for person in casefile["people"]}
        self._parents: dict[str, str] = {}
        self._cases: dict[str, _Case] = {}
        for number, case in enumerate(casefile["cases"]):
            self._cases[case["key"]] = self._read_case(f"/cases/{number}", case)
        self._add_parents(parents or {})
        self._complete(frozenset(removed))

    # Questions

    def sees(self, case_key: str, seat_key: str, row_id: str, at: datetime) -> bool:
        """Whether that seat of that case sees that row; a row of another case is never seen."""
        return allowed(self._cases[case_key].facts, seat_key, self.row(row_id), at)

    def sees_release(self, case_key: str, seat_key: str, index: int, at: datetime) -> bool:
        """Whether that seat sees the release at that place in the case's list."""
        facts = self._cases[case_key].facts
        return release_allowed(facts, seat_key, facts.releases[index], at)

    def admitted(self, case_key: str, seat_key: str, at: datetime) -> bool:
        """Rule 1. Who fails it learns nothing of the case, not even that it exists."""
        return admitted(self._cases[case_key].facts, seat_key, at)

    def seats_of(self, person_key: str, at: datetime) -> list[tuple[str, str]]:
        """The (case, seat) keys of a person's active seats, admitted or not."""
        return [
            (case_key, seat.key)
            for case_key, case in self._cases.items()
            for seat in case.facts.seats.values()
            if seat.person == person_key and is_active(seat, at)
        ]

    def words(self, person_key: str, at: datetime) -> set[str]:
        """Every text of the file that this person may read on any page, and must be able to reach."""
        person = self._people[person_key]
        found = {str(person["name"])}
        if person["agency"] is not None:
            found.add(self._agencies[person["agency"]])
        for case_key, seat_key in self.seats_of(person_key, at):
            if self.admitted(case_key, seat_key, at):
                found |= self._words_through(case_key, seat_key, at)
        return found

    def all_words(self) -> set[str]:
        """Every planted text, with what nobody is ever shown: the part before the @ of each e-mail address, and the
        name of the task force, which says what this place is for to whoever looks over a shoulder."""
        found = {self._task_force, *self._agencies.values()}
        for person in self._people.values():
            found.add(person["name"])
            if person.get("email"):
                found.add(person["email"].partition("@")[0])
        for case in self._cases.values():
            found |= {case.code_name, *case.purposes}.union(*case.texts.values())
        return found

    def case(self, case_key: str) -> CaseFacts:
        """The facts of a case, for the lower half."""
        return self._cases[case_key].facts

    def row(self, row_id: str) -> RowFacts:
        """The facts of a row, its parents in it, for the lower half."""
        return next(case.rows[row_id] for case in self._cases.values() if row_id in case.rows)

    def rows(self, case_key: str) -> list[str]:
        """The ids of all guarded rows of a case, removed ones too, in the file's order."""
        return list(self._cases[case_key].rows)

    def texts(self, row_id: str) -> frozenset[str]:
        """The texts that are part of this row and of nothing else (for a seat: its card)."""
        return next(case.texts[row_id] for case in self._cases.values() if row_id in case.texts)

    def _words_through(self, case_key: str, seat_key: str, at: datetime) -> set[str]:
        case = self._cases[case_key]
        found = {case.code_name}
        for row_id in case.rows:
            if self.sees(case_key, seat_key, row_id, at):
                found |= case.texts[row_id] | self._names_on(case, row_id)
        for index, release in enumerate(case.facts.releases):
            if self.sees_release(case_key, seat_key, index, at):
                found |= {case.purposes[index], self._agencies[release.agency]}
        return found | self._words_of_the_release_form(case.facts, seat_key)

    def _names_on(self, case: _Case, row_id: str) -> set[str]:
        """A visible seat shows its person and agency. Nothing else shows a name: authors, presenters, owners do it
        only through a seat that is visible anyway."""
        if row_id not in case.seat_rows:
            return set()
        seat = case.facts.seats[case.seat_rows[row_id]]
        names = {str(self._people[seat.person]["name"])}
        return names if seat.agency is None else names | {self._agencies[seat.agency]}

    def _words_of_the_release_form(self, case: CaseFacts, seat_key: str) -> set[str]:
        """Whoever records releases chooses among all agencies of the task force: ours, not the page's."""
        seat = case.seats[seat_key]
        records = seat.role in {"case_manager", "advocate"} and seat.agency == case.holding
        return set(self._agencies.values()) if records else set()

    # Reading the file

    def _read_case(self, pointer: str, raw: dict[str, Any]) -> _Case:
        case = _Case(self._facts(raw), raw["code_name"], purposes=[r["purpose"] for r in raw["releases"]])
        for number, seat in enumerate(raw["seats"]):
            row_id = f"{pointer}/seats/{number}"
            case.seat_rows[row_id] = seat["key"]
            named = {seat["key"], *seat.get("named", ())}
            self._keep(case, row_id, seat | {"author": seat["key"], "named": named}, seat["card"].values())
        for row_id, row in _rows_of_the_case(pointer, raw):
            owner = {row["owner"]} if "owner" in row else set()
            self._keep(case, row_id, row | {"named": owner.union(row.get("named", ()))})
        for number, conference in enumerate(raw["conferences"]):
            self._read_conference(case, f"{pointer}/conferences/{number}", conference)
        return case

    def _read_conference(self, case: _Case, row_id: str, raw: dict[str, Any]) -> None:
        facts = {"author": None, "topic": "coordination", "audience": (), "named": raw["participants"]}
        self._keep(case, row_id, raw | facts)
        case.rows[row_id] = replace(case.rows[row_id], conference=True)
        for number, item in enumerate(raw["agenda"]):
            item_id = f"{row_id}/agenda/{number}"
            self._keep(case, item_id, item, parent=row_id)
            for kind in ("notes", "decisions"):
                for place, row in enumerate(item.get(kind, ())):
                    self._keep(case, f"{item_id}/{kind}/{place}", row, parent=item_id)

    def _keep(
        self,
        case: _Case,
        row_id: str,
        raw: Mapping[str, Any],
        card: Collection[str] = (),
        parent: str | None = None,
    ) -> None:
        author = case.facts.seats.get(raw["author"])
        case.rows[row_id] = RowFacts(
            case=case.facts.key,
            topic=raw["topic"],
            author=raw["author"],
            origin=None if author is None or author.role == "survivor" else author.agency,
            audience=frozenset(raw["audience"]),
            named=frozenset(raw.get("named", ())),
        )
        case.texts[row_id] = frozenset(filter(None, [*card, *(raw.get(name) for name in TEXTS_OF_A_ROW)]))
        if parent is not None:
            self._parents[row_id] = parent

    def _facts(self, raw: dict[str, Any]) -> CaseFacts:
        return CaseFacts(
            key=raw["key"],
            holding=raw["holding_agency"],
            seats={seat["key"]: self._seat(seat) for seat in raw["seats"]},
            releases=tuple(
                ReleaseFacts(
                    agency=release["agency"],
                    topics=frozenset(release["topics"]),
                    starts=instant(release["starts"]),
                    expires=instant(release["expires"]),
                    withdrawn_at=maybe_instant(release.get("withdrawn_at")),
                )
                for release in raw["releases"]
            ),
        )

    def _seat(self, raw: dict[str, Any]) -> SeatFacts:
        """A seat that does not speak of an agency has its person's; one that says null has none."""
        return SeatFacts(
            key=raw["key"],
            person=raw["person"],
            role=raw["role"],
            agency=raw.get("agency", self._people[raw["person"]]["agency"]),
            starts=instant(raw["from"]),
            until=maybe_instant(raw.get("until")),
        )

    def _add_parents(self, parents: Mapping[str, str]) -> None:
        for child, parent in parents.items():
            if child in self._parents:
                raise ValueError(f"{child} has a parent already")
            if self.row(child).case != self.row(parent).case:
                raise ValueError(f"{child} and {parent} are of two cases")
            self._parents[child] = parent

    def _complete(self, removed: frozenset[str]) -> None:
        """Put removal and parents into the rows, parents first."""
        for case in self._cases.values():
            case.rows = {row_id: replace(row, removed=row_id in removed) for row_id, row in case.rows.items()}
            case.rows = {row_id: self._with_parents(case, row_id) for row_id in case.rows}

    def _with_parents(self, case: _Case, row_id: str) -> RowFacts:
        parent = self._parents.get(row_id)
        return replace(case.rows[row_id], parent=None if parent is None else self._with_parents(case, parent))


def _rows_of_the_case(pointer: str, raw: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows that hang on the case itself, with their ids."""
    lists = {f"plan/{kind}": raw["plan"].get(kind, ()) for kind in ("goals", "needs", "strengths", "reviews")}
    lists |= {kind: raw[kind] for kind in ("actions", "responsibilities", "role_questions")}
    for place, rows in lists.items():
        for number, row in enumerate(rows):
            yield f"{pointer}/{place}/{number}", row
