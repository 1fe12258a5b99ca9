"""What the invited say of themselves, and what whoever leads notes about them."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agendas.items.models import AgendaItem, ComesFor
from conferences.meetings.changes import (
    NEEDED,
    NOT_BEGUN,
    NOT_THE_FACILITATOR,
    let_speak,
    locked,
    over,
)
from conferences.meetings.models import RUNNING, Answer, ComesToPart, Invitation, Part, Status
from workspace.disclosure.changes import NotAllowedError, StaleError
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens, may_observe
from workspace.live.announce import unchanged
from workspace.record import changes as record


def answer_invitation(
    sight: Sight, *, conference: str, answer: Answer, items: Collection[str], parts: Collection[str]
) -> None:
    """Say whether one comes: to all of it, not, or for these items and parts alone.

    This and all others raise LookupError (nothing is there), NotAllowedError (not for them) and StaleError (not any
    more, or not yet).
    """
    with transaction.atomic():
        lens, row = _until_closed(sight, conference)
        theirs = _items_and_parts(lens, row, items, parts) if answer == Answer.IN_PART else (set(), set())
        if answer == Answer.IN_PART and not any(theirs):
            raise StaleError(_("What you come for is not part of the meeting any more. Look at it again."))
        said = _invitation(row, lens.seat)
        if (said.answer, *_comes_for(row, lens.seat)) == (answer, *theirs):
            unchanged()
            return
        said.answer = answer
        said.save()
        ComesFor.objects.filter(item__conference=row.mark_id, seat=lens.seat).delete()
        ComesToPart.objects.filter(part__conference=row.mark_id, seat=lens.seat).delete()
        ComesFor.objects.bulk_create(ComesFor(item_id=item, seat_id=lens.seat) for item in theirs[0])
        ComesToPart.objects.bulk_create(ComesToPart(part_id=part, seat_id=lens.seat) for part in theirs[1])
        record.done(lens, "invitation_answered", mark=row.mark_id)


def note_attendance(sight: Sight, *, conference: str, seat: str, attendance: str) -> None:
    """Note that somebody arrived, left or sends apologies (as in `Attendance`), or take back what was noted (empty).

    Everybody says it of themselves (`seat` is empty), and whoever leads of anybody invited.
    """
    with transaction.atomic():
        lens, row = locked(sight, conference)
        about, _role = _about(lens, row, seat)
        _change(lens, row, about, "attendance_noted", attendance=attendance)


def set_observing(sight: Sight, *, conference: str, seat: str, observes: bool) -> None:
    """Whoever leads says that somebody only listens, or takes part after all. Who listens has no hand up."""
    with transaction.atomic():
        lens, row = locked(sight, conference)
        if row.facilitator_id != lens.seat:
            raise NotAllowedError(NOT_THE_FACILITATOR)
        about, role = _about(lens, row, seat)
        if observes and about == lens.seat:
            raise StaleError(_("Whoever leads takes part. Hand over the lead first."))
        if observes and about == row.recorder_id:
            raise StaleError(NEEDED)
        if observes and not may_observe(role):
            raise NotAllowedError(
                _("This meeting is about the survivor. She always takes part when she is here.")
            )
        verb = "made_observer" if observes else "made_participant"
        _change(lens, row, about, verb, observes=observes, **({"hand": None} if observes else {}))


def raise_hand(sight: Sight, *, conference: str) -> None:
    """Ask to speak: after all who asked before. A hand that is up keeps its place."""
    with transaction.atomic():
        lens, row = _until_closed(sight, conference)
        _begun(row)
        let_speak(lens, row.mark_id)
        if _invitation(row, lens.seat).hand is not None:
            unchanged()
            return
        # Hidden hands are counted too; the number is never shown.
        last = Invitation.objects.filter(conference=row.mark_id).aggregate(last=Max("hand"))["last"]
        _change(lens, row, lens.seat, "hand_raised", hand=(last or 0) + 1)


def take_hand_down(sight: Sight, *, conference: str, seat: str) -> None:
    """Speak no more, or not after all. Everybody takes down their own hand (`seat` is empty), and whoever leads that of
    somebody who has spoken."""
    with transaction.atomic():
        lens, row = locked(sight, conference)
        about, _role = _about(lens, row, seat)
        _begun(row)
        _change(lens, row, about, "hand_taken_down", hand=None)


def accept_statement(sight: Sight, *, conference: str) -> None:
    """Accept the statement of confidentiality. It opens nothing and blocks nothing; accepted again, it keeps its first
    time."""
    with transaction.atomic():
        lens, row = _until_closed(sight, conference)
        if _invitation(row, lens.seat).agreed_at is not None:
            unchanged()
            return
        _change(lens, row, lens.seat, "statement_accepted", agreed_at=timezone.now())


def _until_closed(sight: Sight, conference: str) -> tuple[Lens, Any]:
    lens, row = locked(sight, conference)
    if row.state == Status.CLOSED:
        raise StaleError(over(row))
    return lens, row


def _begun(row: Any) -> None:
    if row.state not in RUNNING:
        raise StaleError(NOT_BEGUN)


def _about(lens: Lens, row: Any, seat: str) -> tuple[int, str]:
    """The seat that is spoken of, and its role. Raises NotAllowedError, and StaleError, the same for a hidden seat as
    for none."""
    if seat and row.facilitator_id != lens.seat:
        raise NotAllowedError(NOT_THE_FACILITATOR)
    if row.state == Status.CLOSED:
        raise StaleError(over(row))
    if not seat:
        return lens.seat, lens.role
    now = timezone.now()
    # All are opened and compared here: what was sent may be nothing that a database takes.
    for each in open_rows(again(lens), Seat.objects.sealed(case=lens.case)):
        held = each.starts <= now and (each.until is None or now < each.until)
        # Whoever was there when it was opened may have to be noted as gone after their seat has ended.
        there = row.opened_at and each.starts <= row.opened_at < (each.until or now)
        if each.public_id == seat and each.mark_id in row.row.named and (held or there):
            return each.mark_id, each.role
    raise StaleError(_("This person is not invited, or not any more. Look at the list again."))


def _invitation(row: Any, seat: int) -> Invitation:
    which = {"conference_id": row.mark_id, "seat_id": seat}
    return Invitation.objects.filter(**which).first() or Invitation(**which)


def _change(lens: Lens, row: Any, seat: int, verb: str, **columns: Any) -> None:
    said = _invitation(row, seat)
    if all(getattr(said, name) == value for name, value in columns.items()):
        unchanged()
        return
    for name, value in columns.items():
        setattr(said, name, value)
    if "attendance" in columns:
        said.noted_at = timezone.now()
    said.save()
    record.done(lens, verb, mark=seat)


def _items_and_parts(
    lens: Lens, row: Any, items: Collection[str], parts: Collection[str]
) -> tuple[set[int], set[int]]:
    """Those of the chosen items that this seat sees, and of the parts that it can come to."""
    seen = open_rows(again(lens), AgendaItem.objects.sealed(conference=row.mark_id))
    there = Part.objects.filter(conference=row.mark_id)
    if lens.seat == lens.survivor:
        there = there.filter(without_her=False)
    return (
        {item.mark_id for item in seen if item.public_id in items},
        {part.pk for part in there if part.public_id in parts},
    )


def _comes_for(row: Any, seat: int) -> tuple[set[int], set[int]]:
    items = ComesFor.objects.filter(item__conference=row.mark_id, seat=seat)
    parts = ComesToPart.objects.filter(part__conference=row.mark_id, seat=seat)
    return set(items.values_list("item_id", flat=True)), set(parts.values_list("part_id", flat=True))
