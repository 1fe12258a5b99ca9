"""Who is to read something: the choice of a writer, and who that would be now."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils import timezone

from workspace.disclosure import policy
from workspace.disclosure.lens import again, open_rows, read_sights, seats_that_see
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens, Row, Topic, leaves_her_out


@dataclass(frozen=True)
class Choice:
    """Who is to read something: topic, roles as bits, and named seats. `said_by`: the seat whose words these are, where
    a recorder writes them down."""

    topic: Topic
    audience: int
    named: frozenset[int] = frozenset()
    said_by: int | None = None

    def leaves_her_out(self, lens: Lens) -> bool:
        """Whether the survivor would not read it."""
        return leaves_her_out(lens.survivor, audience=self.audience, named=self.named, author=lens.seat)


def reading(row: Row, seats: Iterable[Any]) -> list[Any]:
    """Those of these opened seats that would read such a row now."""
    sights = read_sights({seat.person_id for seat in seats}, timezone.now())
    there = set(seats_that_see(row, (of[row.case] for of in sights.of.values() if row.case in of)))
    return [seat for seat in seats if seat.mark_id in there]


def row_of(lens: Lens, choice: Choice, above: Row | None) -> Row:
    """What the rule asks of a new row of this writer's. `above`: what it hangs under, or None for the case itself."""
    return Row(lens.case, lens.seat, lens.agency, choice.topic, choice.audience, choice.named, parent=above)


def reads(lens: Lens, choice: Choice, seat: int, above: Row | None) -> bool:
    """Whether the holder of this seat, if this writer sees it, would read such a row now."""
    found = open_rows(again(lens), Seat.objects.sealed(mark=seat))
    return bool(reading(row_of(lens, choice, above), found))


def until_confirmed(lens: Lens, choice: Choice) -> Choice:
    """Who reads what a recorder wrote down until whoever said it confirms it."""
    if choice.said_by is None:
        return choice
    # Unsealed: every seat of the agency is asked for, whoever may see it; the rule decides which of them reads.
    holding = Seat.unsealed.filter(case=lens.case, agency=F("case__holding_agency"))
    named = policy.until_confirmed(
        dict(holding.values_list("mark_id", "role")),
        speaker=choice.said_by,
        audience=choice.audience,
        named=choice.named,
    )
    return Choice(choice.topic, 0, named)
