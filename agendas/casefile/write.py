"""The rows of new cases: first all marks, parents before what hangs below them, then each table at once.

Every write is unsealed: rows that are being made have no viewer yet.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db.models import F
from django.utils import timezone

from agendas.actions.models import ActionItem
from agendas.casefile import times
from agendas.casefile.faults import Path
from agendas.casefile.rows import BELOW_AN_ITEM, OF_THE_CASE, Entry, entries
from agendas.goals.models import Goal, Need, Strength
from agendas.items.models import AgendaItem, ItemStatus
from agendas.notes.models import Decision, Note
from agendas.planreview.models import PlanReview
from conferences.meetings.models import Conference, Status
from conferences.questions.models import RoleQuestion
from conferences.responsibilities.models import Involved, Responsibility
from workspace.disclosure.models import Case, Guarded, Mark, Named, Release, Seat
from workspace.disclosure.policy import Topic, role_bits, topic_bits

# Numbers of rows by their key in the file; no key (None) has no number.
Numbers = dict[str | None, Any]
AT_ONCE = 2000  # rows of a statement: PostgreSQL takes no more than 65,535 values with one


class Rows:
    """The rows below some cases of a file in its full form, and the cases as they were just made."""

    def __init__(self, agencies: Numbers, people: Numbers, cases: list[tuple[Entry, Case]]) -> None:
        self.agencies, self.people = agencies, people
        self.entries = [(case, entry) for place, case in cases for entry in entries(place)]
        self.marks: dict[Path, Mark] = {}
        self.seats: dict[tuple[Case, str | None], Seat | None] = {(case, None): None for _, case in cases}
        self.paths = {(entry.kind, case, entry.value.get("key")): entry.path for case, entry in self.entries}

    def write(self) -> None:
        """Everything, in the order in which the tables refer to each other."""
        self._seats()
        self._releases()
        for kinds in ((*OF_THE_CASE, "conferences"), ("agenda",), BELOW_AN_ITEM):
            self._marks(*kinds)
        self._named()
        self._plain(Goal, "goals", "key", "words", "status")
        self._plain(Need, "needs", "text", "status")
        self._plain(Strength, "strengths", "text")
        self._plain(Conference, "conferences", "key", "title", "kind", "minutes", "place", "status")
        self._items()
        self._plain(Note, "notes", "kind", "text")
        self._plain(Decision, "decisions", "text")
        self._plain(ActionItem, "actions", "key", "title", "status", "outcome")
        self._plain(Responsibility, "responsibilities", "text")
        self._doing()
        self._plain(PlanReview, "reviews", "text")
        self._plain(RoleQuestion, "role_questions", "text", "answer")

    def counts(self) -> dict[str, int]:
        """How many seats, releases and other rows there are."""
        kinds = Counter(entry.kind for _, entry in self.entries)
        return {
            "seats": kinds["seats"],
            "releases": kinds["releases"],
            "rows": len(self.marks) - kinds["seats"],
        }

    def _of(self, *kinds: str) -> Iterator[tuple[Case, Entry]]:
        return ((case, entry) for case, entry in self.entries if entry.kind in kinds)

    def _seats(self) -> None:
        """A seat's row is written by the seat itself, so its author is put in once there is one."""
        self._marks("seats")
        found = list(self._of("seats"))
        for seat in Seat.unsealed.bulk_create(self._seat(case, entry) for case, entry in found):
            self.seats[seat.case, seat.key] = seat
        Mark.objects.filter(case__in={case for case, _ in found}).update(author=F("pk"))

    def _seat(self, case: Case, entry: Entry) -> Seat:
        value = entry.value
        return Seat(
            mark=self.marks[entry.path],
            case=case,
            key=value["key"],
            person_id=self.people[value["person"]],
            role=value["role"],
            agency_id=self.agencies[value["agency"]],
            primary=value["primary"],
            starts=times.instant(value["from"]),
            until=value["until"] and times.instant(value["until"]),
            **value["card"],
        )

    def _releases(self) -> None:
        Release.objects.bulk_create(
            Release(
                case=case,
                agency_id=self.agencies[entry.value["agency"]],
                topics=topic_bits(entry.value["topics"]),
                purpose=entry.value["purpose"],
                starts=times.instant(entry.value["starts"]),
                expires=times.instant(entry.value["expires"]),
                withdrawn_at=entry.value["withdrawn_at"] and times.instant(entry.value["withdrawn_at"]),
                explained_in=entry.value["explained_in"],
            )
            for case, entry in self._of("releases")
        )

    def _marks(self, *kinds: str) -> None:
        found = list(self._of(*kinds))
        rows = (self._mark(case, entry) for case, entry in found)
        marks = Mark.objects.bulk_create(rows, batch_size=AT_ONCE)
        self.marks |= {entry.path: mark for (_, entry), mark in zip(found, marks, strict=True)}

    def _mark(self, case: Case, entry: Entry) -> Mark:
        value = entry.value
        if entry.kind == "conferences":
            return Mark(case=case, topic=Topic.COORDINATION, audience=0, invited_only=True)
        author = self.seats[case, value.get("author")]
        home = self.agencies[value["agency"]] if entry.kind == "seats" else None
        return Mark(
            case=case,
            author=author,
            origin_id=author.agency_id if author else home,
            topic=value["topic"],
            audience=role_bits(value["audience"]),
            parent=self.marks[entry.above.path] if entry.above else None,
            left_out_because=value.get("left_out_because", ""),
        )

    def _named(self) -> None:
        rows = (
            Named(mark=self.marks[entry.path], seat=self.seats[case, key])
            for case, entry in self.entries
            for key in entry.value.get("participants", entry.value.get("named", ()))
        )
        Named.objects.bulk_create(rows, batch_size=AT_ONCE)

    def _plain(self, table: type[Guarded], kind: str, *columns: str) -> None:
        """A table's rows: these columns as the file has them, and what the row refers to."""
        rows = (
            table(
                mark=self.marks[entry.path],
                **{column: entry.value[column] for column in columns},
                **self._references(case, entry),
            )
            for case, entry in self._of(kind)
        )
        table.unsealed.bulk_create(rows, batch_size=AT_ONCE)

    def _references(self, case: Case, entry: Entry) -> dict[str, Any]:
        value = entry.value
        seats = ("presenter", "facilitator", "owner", "accountable", "about", "answered_by")
        found: dict[str, Any] = {name: self.seats[case, value[name]] for name in seats if name in value}
        if entry.kind == "actions":
            found["goal_id"] = self._number("goals", case, value["goal"])
            found["from_item_id"] = self._number("agenda", case, value["from_item"])
            found["due"] = value["due"] and times.day(value["due"])
        if entry.kind == "reviews":
            found["reviewed_at"] = times.instant(value["reviewed_at"])
        if entry.kind == "conferences":
            found["starts"] = times.instant(value["starts"])
            # When it was closed the file does not say; whatever is added from now on came after it.
            found["closed_at"] = timezone.now() if value["status"] == Status.CLOSED else None
        if entry.above:
            found["conference_id" if entry.kind == "agenda" else "item_id"] = self.marks[entry.above.path].pk
        return found

    def _number(self, kind: str, case: Case, key: str | None) -> int | None:
        return None if key is None else self.marks[self.paths[kind, case, key]].pk

    def _items(self) -> None:
        """Items that are done had their turn in the order of the agenda; the current one has it after them."""
        turns: Counter[Path] = Counter()
        rows = []
        found = list(self._of("agenda"))
        for case, entry in sorted(found, key=lambda pair: pair[1].value["status"] == "current"):
            conference, status = entry.path[:-2], entry.value["status"]
            had_a_turn = status in ("done", "current")
            turns[conference] += had_a_turn
            rows.append(
                AgendaItem(
                    mark=self.marks[entry.path],
                    key=entry.value["key"],
                    title=entry.value["title"],
                    kind=entry.value["kind"],
                    minutes=entry.value["minutes"],
                    status=ItemStatus.PLANNED if status == "current" else status,
                    position=int(entry.path[-1]) + 1,
                    turn=turns[conference] if had_a_turn else None,
                    **self._references(case, entry),
                )
            )
        AgendaItem.unsealed.bulk_create(rows)

    def _doing(self) -> None:
        Involved.objects.bulk_create(
            Involved(responsibility_id=self.marks[entry.path].pk, seat=self.seats[case, key])
            for case, entry in self._of("responsibilities")
            for key in entry.value["doing"]
        )
