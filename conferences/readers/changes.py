"""Who is to read something: the choice of a writer, and who that would be now."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from workspace.disclosure.lens import read_sights
from workspace.disclosure.policy import Lens, Row, Topic, leaves_her_out, sees


@dataclass(frozen=True)
class Choice:
    """Who is to read something: topic, roles as bits, and named seats."""

    topic: Topic
    audience: int
    named: frozenset[int] = frozenset()

    def leaves_her_out(self, lens: Lens) -> bool:
        """Whether the survivor would not read it."""
        return leaves_her_out(lens.survivor, audience=self.audience, named=self.named, author=lens.seat)


def readers_of(lens: Lens, choice: Choice, seats: Iterable[Any], above: Row | None) -> list[Any]:
    """Those of these opened seats that would read such a row of this writer's now, the writer first. `above`: what the
    row hangs under, or None for the case itself."""
    row = Row(lens.case, lens.seat, lens.agency, choice.topic, choice.audience, choice.named, parent=above)
    return sorted(reading(row, seats), key=lambda seat: seat.mark_id != lens.seat)


def reading(row: Row, seats: Iterable[Any]) -> list[Any]:
    """Those of these opened seats that read this row now."""
    sights = read_sights({seat.person_id for seat in seats}, timezone.now())
    return [
        seat
        for seat in seats
        if (their := sights.of[seat.person_id].get(row.case))
        and their.seat == seat.mark_id
        and sees(their, row)
    ]
