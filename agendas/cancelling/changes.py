"""A conference that has not begun is called off; the next of its series is made, unless that ends too."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agendas.scheduling.changes import NOT_YOURS, may_change, next_of_series
from conferences.meetings.changes import locked, over
from conferences.meetings.models import Conference, Status
from workspace.disclosure.changes import NotAllowedError, StaleError, fingerprint
from workspace.disclosure.lens import Sight
from workspace.disclosure.policy import Lens
from workspace.live.announce import unchanged
from workspace.record import changes as record
from workspace.text import cleaned

BEGUN = _(
    "This meeting has begun, so it is not called off any more. Whoever leads it can close it, or end it at once."
)

MOVED = _("The plan of this meeting changed in the meantime. Read it once more, then call it off.")


def may_cancel(lens: Lens, row: Any) -> None:
    """Nothing, for whoever may call off this opened conference now. Raises NotAllowedError (not theirs) and StaleError
    (it has begun, is closed, or was called off)."""
    if not may_change(lens, row):
        raise NotAllowedError(NOT_YOURS)
    if row.state == Status.CLOSED:
        raise StaleError(over(row))
    if row.state != Status.PLANNED:
        raise StaleError(BEGUN)


def plan_read(row: Any) -> str:
    """A fingerprint of what somebody read of the plan of this opened conference before they called it off."""
    return fingerprint(row.starts, row.every_weeks)


def cancel(sight: Sight, *, conference: str, words: str, series_ends: bool, seen: str, key: str) -> None:
    """Call it off. It stays, with all that was prepared, for those who saw it; what is open on its agenda is left for
    the next one. `words`: what everybody who is invited reads of it. `seen`: the plan as
    it was read, from `plan_read`. `key`: the form's own; sent twice, it counts once.

    Raises LookupError (nothing is there), as `may_cancel` does, and StaleError where it was moved meanwhile.
    """
    with transaction.atomic():
        lens, row = locked(sight, conference)
        once = record.Once.of(key, conference, words, series_ends)
        if record.taken(lens, once):
            unchanged()
            return
        may_cancel(lens, row)
        if seen != plan_read(row):
            raise StaleError(MOVED)
        # Unsealed: the write of a row that the lens has just opened.
        Conference.unsealed.filter(pk=row.mark_id).update(
            status=Status.CLOSED,
            cancelled_at=timezone.now(),
            cancelled_by=lens.seat,
            cancelled_words=cleaned(words),
            every_weeks=None if series_ends else row.every_weeks,
        )
        record.done(lens, "conference_cancelled", mark=row.mark_id, once=once)
        if not series_ends:
            next_of_series(lens, row)
