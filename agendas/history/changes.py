"""Keeping what became of something."""

from datetime import date, datetime
from typing import Any

from agendas.history.models import Entry, What
from workspace.disclosure.models import Mark, Named
from workspace.disclosure.policy import Lens


def happened(
    lens: Lens | None,
    row: Any,
    what: What,
    *,
    text: str = "",
    seat: int | None = None,
    before: date | None = None,
    after: date | None = None,
    by_next: bool = False,
    conference: int | None = None,
    permitted_at: datetime | None = None,
) -> Entry:
    """Keep that this happened to an opened row, for those who may read that row as it is now. `lens`: whose doing it
    is; nobody's where it is time's. Call it before the row's readers change, and inside the verb's transaction."""
    mark = Mark.objects.create(
        case_id=row.row.case,
        author_id=lens.seat if lens else None,
        origin_id=lens.agency if lens else row.row.origin,
        topic=row.row.topic,
        audience=row.row.audience,
        parent_id=row.mark_id,
        left_out_because=row.left_out_because,
        permitted_at=permitted_at,
    )
    # Whoever wrote the thing reads it without being named; what another says of it has to name them.
    readers = row.row.named | ({row.row.author} - {None})
    Named.objects.bulk_create([Named(mark=mark, seat_id=each) for each in readers])
    # Unsealed: a new row.
    entry: Entry = Entry.unsealed.create(
        mark=mark,
        of_id=row.mark_id,
        what=what,
        text=text,
        seat_id=seat,
        before=before,
        after=after,
        by_next=by_next,
        conference_id=conference,
    )
    return entry
