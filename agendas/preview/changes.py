"""Looking at a conference as somebody else sees it is written down, and nobody is told."""

from typing import Any

from django.db import transaction

from conferences.meetings.changes import NOT_THE_FACILITATOR
from conferences.meetings.models import Conference
from workspace.disclosure.changes import NotAllowedError
from workspace.disclosure.lens import Sight, open_rows
from workspace.disclosure.models import Seat
from workspace.record import changes as record


def may_look(sight: Sight, *, conference: str) -> None:
    """Raises LookupError (nothing is there) and NotAllowedError (another leads)."""
    _check(sight, _visible(sight, conference))


def look_through(sight: Sight, *, conference: str, seat: str) -> None:
    """Write that whoever leads looks through the eyes of this seat, which is invited and which they see.

    No change of the case: nobody else's page, version or frame tells of it. Raises as `may_look` does.
    """
    with transaction.atomic():
        row = _visible(sight, conference)
        lens = sight[row.case_id]
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        looked = next((each for each in seats if each.public_id == seat), None)
        if looked is None or looked.mark_id not in row.row.named - {lens.seat}:
            raise LookupError(seat)
        _check(sight, row)
        record.done(lens, "previewed", mark=looked.mark_id)


def _visible(sight: Sight, conference: str) -> Any:
    found = open_rows(sight, Conference.objects.sealed(mark__public_id=conference))
    if not found:
        raise LookupError(conference)
    return found[0]


def _check(sight: Sight, row: Any) -> None:
    if row.facilitator_id != sight[row.case_id].seat:
        raise NotAllowedError(NOT_THE_FACILITATOR)
