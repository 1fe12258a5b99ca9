"""A picture comes on a card, and goes: by whoever is on it."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.pictures.models import Picture
from workspace.disclosure import policy
from workspace.disclosure.changes import NotAllowedError
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record

NOT_THEIRS = _("Only the person whose card it is decides about a picture of themselves.")


def door(sight: Sight, seat: str) -> tuple[Any, Lens]:
    """The seat, opened, and the lens of whoever holds it. Raises LookupError, and NotAllowedError for those who only
    see it."""
    opened = open_rows(sight, Seat.objects.sealed(mark__public_id=seat))
    if not opened:
        raise LookupError(seat)
    [row] = opened
    lens = sight[row.case_id]
    if not policy.may_show_face(lens, row.mark_id):
        raise NotAllowedError(NOT_THEIRS)
    return row, lens


def put_picture(sight: Sight, *, seat: str, image: bytes, key: str) -> str:
    """Put this small JPEG on a card instead of what was there; the public id of its case. `key`: the form's own; sent
    twice, it writes once.

    Raises LookupError, NotAllowedError, and StaleError for the same form with another picture.
    """
    with transaction.atomic():
        row, lens = door(sight, seat)
        case_changed(lens.case)
        door(again(lens), seat)
        once = record.Once.of(key, seat, image)
        if record.taken(lens, once):
            unchanged()
        else:
            taken = {"image": image, "at": timezone.now()}
            Picture.objects.update_or_create(seat_id=row.mark_id, defaults=taken)
            record.done(lens, "picture_put", mark=row.mark_id, once=once)
        return str(row.case_public_id)


def remove_picture(sight: Sight, *, seat: str) -> str:
    """Take the picture off a card and throw it away; the public id of its case. Where there is none, nothing happens.

    Raises LookupError and NotAllowedError.
    """
    with transaction.atomic():
        row, lens = door(sight, seat)
        case_changed(lens.case)
        door(again(lens), seat)
        if Picture.objects.filter(seat=row.mark_id).delete()[0]:
            record.door_closed(lens, "picture_removed", mark=row.mark_id)
        else:
            unchanged()
        return str(row.case_public_id)
