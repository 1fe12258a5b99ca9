"""What a facilitator does with the parts of a conference: begin one, end it, add one."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.meetings.changes import CLOSED, NOT_BEGUN, NOT_THE_FACILITATOR, over
from conferences.meetings.models import RUNNING, Conference, Part, Status
from workspace.disclosure.changes import NotAllowedError, StaleError
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.policy import Lens
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record
from workspace.text import cleaned

BEFORE_THE_END = (Status.PLANNED, *RUNNING)
WHY_NOT = {
    Status.PLANNED: NOT_BEGUN,
    Status.PAUSED: _("This conference is paused. Go on with it first."),
    Status.CLOSED: CLOSED,
}
MOST_PARTS = 20


def open_part(sight: Sight, *, part: str) -> str:
    """This part is on from now on, and the one that was on is over.

    This and all others give the public id of the conference, and raise LookupError (nothing is there), NotAllowedError
    (another leads) and StaleError (not in this state).
    """
    with transaction.atomic():
        lens, row, found = _led_part(sight, part)
        if found.opened_at is not None and found.ended_at is None:
            unchanged()
        else:
            now = timezone.now()
            _on(row).update(ended_at=now)
            Part.objects.filter(pk=found.pk).update(opened_at=now, ended_at=None)
            record.done(lens, "part_opened", mark=row.mark_id)
        return str(row.public_id)


def end_part(sight: Sight, *, part: str) -> str:
    """This part is over, and none is on."""
    with transaction.atomic():
        lens, row, found = _led_part(sight, part)
        if found.opened_at is None or found.ended_at is not None:
            unchanged()
        else:
            Part.objects.filter(pk=found.pk).update(ended_at=timezone.now())
            record.done(lens, "part_ended", mark=row.mark_id)
        return str(row.public_id)


def may_add(sight: Sight, *, conference: str) -> None:
    """Raises as `open_part` does, unless a part can be added now."""
    lens, row = _visible(sight, mark__public_id=conference)
    _check(lens, row, BEFORE_THE_END)


def add_part(sight: Sight, *, conference: str, name: str, minutes: int, without_her: bool, key: str) -> None:
    """A part more, after all others. `key`: the form's own; sent twice, it adds once. Raises as `open_part` does."""
    with transaction.atomic():
        lens, row = _locked(sight, BEFORE_THE_END, mark__public_id=conference)
        once = record.Once.of(key, conference, name, minutes, without_her)
        if record.taken(lens, once):
            unchanged()
            return
        its = Part.objects.filter(conference=row.mark_id)
        if its.count() >= MOST_PARTS:
            raise StaleError(_("This conference has as many parts as it can have. Use one that is there."))
        its.create(
            conference_id=row.mark_id,
            position=(its.aggregate(last=Max("position"))["last"] or 0) + 1,
            name=cleaned(name),
            minutes=minutes,
            without_her=without_her,
        )
        record.done(lens, "part_added", mark=row.mark_id, once=once)


def _on(row: Any) -> Any:
    return Part.objects.filter(conference=row.mark_id, opened_at__isnull=False, ended_at=None)


def _led_part(sight: Sight, part: str) -> tuple[Lens, Any, Part]:
    lens, row = _locked(sight, [Status.OPEN], mark=_part(part).conference_id)
    return lens, row, _part(part)


def _part(part: str) -> Part:
    found = Part.objects.filter(public_id=part).first()
    if found is None:
        raise LookupError(part)
    return found


def _locked(sight: Sight, states: Collection[Status], **which: Any) -> tuple[Lens, Any]:
    lens, _row = _visible(sight, **which)
    case_changed(lens.case)
    lens, row = _visible(again(lens), **which)
    _check(lens, row, states)
    return lens, row


def _visible(sight: Sight, **which: Any) -> tuple[Lens, Any]:
    found = open_rows(sight, Conference.objects.sealed(**which))
    if not found:
        raise LookupError
    return sight[found[0].case_id], found[0]


def _check(lens: Lens, row: Any, states: Collection[Status]) -> None:
    if row.facilitator_id != lens.seat:
        raise NotAllowedError(NOT_THE_FACILITATOR)
    if row.state not in states:
        raise StaleError(over(row, WHY_NOT[row.state]))
