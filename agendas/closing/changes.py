"""Closing a conference, with what was said about how it ended, or at once; the next of its series is made."""

from contextlib import suppress
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agendas.items.models import STANDING, AgendaItem, ItemKind, taken_up
from agendas.scheduling.changes import next_of_series
from conferences.meetings import changes as meetings
from conferences.meetings.models import Invitation, Status
from workspace.disclosure.changes import RefusedError, StaleError
from workspace.disclosure.lens import Sight, again, open_rows, read_sights
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens
from workspace.live.announce import unchanged
from workspace.record.changes import TooMuchAtOnceError


def close(
    sight: Sight, *, conference: str, roles_waived: str, safety_waived: str, read_out: bool | None
) -> None:
    """Close it, with why roles or safety were not taken up (a reason for what was is left out), and whether what came
    out of it was read aloud and confirmed, or None where there is nothing that everybody may hear.

    Raises LookupError (nothing is there), NotAllowedError (another leads) and StaleError (it has not begun, was closed
    in another way, or something that was taken up no longer is).
    """
    waived = {ItemKind.ROLES: roles_waived, ItemKind.SAFETY: safety_waived}
    with transaction.atomic():
        lens, row = meetings.led(sight, conference)
        if row.state == Status.PLANNED:
            raise StaleError(meetings.NOT_BEGUN)
        if row.cancelled_at:
            raise StaleError(meetings.CANCELLED)
        if row.state == Status.CLOSED:
            if not _as_said(row, waived, read_out):
                raise StaleError(
                    _(
                        "This meeting was closed in the meantime. What you wrote is still here, and is not kept."
                    )
                )
            unchanged()
            return
        missing = _not_taken_up(lens, row)
        if not all(waived[kind] for kind in missing):
            raise StaleError(
                _("The agenda changed in the meantime. Look at it again, then close the meeting.")
            )
        if read_out is not None:
            _might_hear(lens, row)
        meetings.close(
            lens,
            row,
            "conference_closed",
            roles_waived=roles_waived if ItemKind.ROLES in missing else "",
            safety_waived=safety_waived if ItemKind.SAFETY in missing else "",
            read_out_at=timezone.now() if read_out else None,
            reading_due=read_out is not None,
        )
        next_of_series(lens, row)


def end_now(sight: Sight, *, conference: str) -> None:
    """It is over at once, and asks for nothing. Raises as `close` does."""
    with transaction.atomic():
        ended = meetings.end_now(sight, conference=conference)
        if ended is not None:
            # In a crisis nothing keeps it from ending, not even that the next one cannot be made.
            with suppress(RefusedError, StaleError, TooMuchAtOnceError), transaction.atomic():
                next_of_series(*ended)


def _might_hear(lens: Lens, row: Any) -> None:
    """Keep of all who are invited and let in now that it was chosen for their ears; whoever comes in later is told
    nothing of it."""
    # Unsealed: the closer's own seat, for the person behind it.
    person = Seat.unsealed.values_list("person", flat=True).get(pk=lens.seat)
    there = row.row.named & read_sights([person], timezone.now()).seated[lens.case].keys()
    Invitation.objects.bulk_create(
        [Invitation(conference_id=row.mark_id, seat_id=seat, heard=True) for seat in sorted(there)],
        update_conflicts=True,
        unique_fields=["conference", "seat"],
        update_fields=["heard"],
    )


def _not_taken_up(lens: Lens, row: Any) -> list[ItemKind]:
    """What no item that whoever leads can see has come to. Of others they are told nothing, not even so."""
    items = open_rows(again(lens), AgendaItem.objects.sealed(conference=row.mark_id))
    return [kind for kind in STANDING if not any(item.kind == kind and taken_up(item) for item in items)]


def _as_said(row: Any, waived: dict[ItemKind, str], read_out: bool | None) -> bool:
    """Whether a conference that is closed was closed like this: the press was sent twice."""
    kept = {ItemKind.ROLES: row.roles_waived, ItemKind.SAFETY: row.safety_waived}
    return kept == waived and (row.read_out_at is not None) == bool(read_out)
