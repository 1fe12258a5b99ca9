"""What the leaving seat answered for is taken over, refused or given to somebody else; then the case is handed over."""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agendas.actions.models import ActionItem, ActionStatus
from agendas.followup.changes import give_on
from agendas.handover.changes import OVER, case_of, keep, let_manage, locked, manages, still_open, there
from agendas.handover.models import NotTakenOver
from conferences.meetings.changes import keep_led
from conferences.readers.changes import reading
from conferences.responsibilities.models import How, Involved, Responsibility
from workspace.disclosure import policy
from workspace.disclosure.changes import NotAllowedError, StaleError
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.models import Named, Seat
from workspace.disclosure.policy import Lens, Role
from workspace.live.announce import unchanged
from workspace.record import changes as record
from workspace.text import cleaned

OPEN_ACTIONS = (ActionStatus.OFFERED, ActionStatus.ACCEPTED)
TAKEN_PART = (How.DOES, How.ASKED, How.TOLD)

NOT_BEGUN = _("The new case manager has not started yet. Come back once they have.")
SETTLED = _("This was settled in the meantime. The page shows how.")
ONLY_THE_NEW = _("Only the new case manager can say that they do not take this over.")
NOT_READ = _(
    "The new case manager may not read this. Whoever wrote it can let them, or ask somebody else to do it."
)
UNSETTLED = _(
    "Some tasks and responsibilities are still open. Each of them has to be taken over or turned down first."
)
CANNOT_HAVE_IT = _("This person cannot be given this now. Choose somebody else.")


def take(sight: Sight, *, handover: str, row: str) -> str:
    """The new one takes over an action item or a responsibility; the public id of the case. Who says so for them
    asks them, as with every action item.

    Raises LookupError, NotAllowedError (also where the new one may not read it) and StaleError.
    """
    with transaction.atomic():
        lens, handed = locked(sight, handover)
        table, found = thing(again(lens), row)
        let_manage(lens, handed)
        arriving, case = there(handed), case_of(lens)
        if not is_left(table, found, handed.leaving_id):
            if _answers(table, found) != arriving.pk:
                raise StaleError(SETTLED)
            unchanged()
            return case
        if not policy.may_pass_on(lens, policy_seat(arriving), found.row):
            raise NotAllowedError(NOT_READ)
        if table is ActionItem:
            give_on(lens, found, arriving.pk)
        else:
            if not policy.could_take_over(lens, policy_seat(arriving), found.row):
                Named.objects.get_or_create(mark_id=found.mark_id, seat=arriving)
            _pass_line_on(found, handed.leaving_id, arriving)
        NotTakenOver.objects.filter(handover=handed.mark_id, row=found.mark_id).delete()
        record.done(lens, "taken_over", mark=found.mark_id)
        return case


def refuse(sight: Sight, *, handover: str, row: str, because: str, key: str) -> None:
    """The new one does not take this over. A responsibility then has nobody who answers for it, which the board says
    first; an action item waits for somebody else.

    Raises LookupError, NotAllowedError (it is not the new one who says so) and StaleError.
    """
    with transaction.atomic():
        lens, handed = locked(sight, handover)
        table, found = thing(again(lens), row)
        once = record.Once.of(key, handover, row, because)
        if record.taken(lens, once):
            unchanged()
            return
        let_refuse(lens, handed, table, found)
        _refuse(handed, table, found.mark_id, cleaned(because))
        record.done(lens, "not_taken_over", mark=found.mark_id, once=once)


def give(sight: Sight, *, handover: str, row: str, to: str, key: str) -> None:
    """Ask somebody else to do an action item that the new one does not take over: somebody who reads it. Also once the
    handover is done.

    Raises LookupError, NotAllowedError and StaleError.
    """
    with transaction.atomic():
        lens, handed = locked(sight, handover)
        table, found = thing(again(lens), row)
        once = record.Once.of(key, handover, row, to)
        if record.taken(lens, once):
            unchanged()
            return
        let_give(lens, handed, table, found)
        seats = open_rows(again(lens), Seat.objects.sealed(case=lens.case))
        seat = next(
            (seat for seat in could_be_given(lens, handed, found, seats) if seat.public_id == to), None
        )
        if seat is None:
            raise StaleError(CANNOT_HAVE_IT)
        give_on(lens, found, seat.mark_id)
        record.done(lens, "given_over", mark=found.mark_id, once=once)


def finish(sight: Sight, *, handover: str) -> str:
    """The new one is the primary case manager from now on; the public id of the case. Pressed twice, or by two at once,
    it is done once.

    Raises LookupError, NotAllowedError and StaleError (the new one is not there yet, or something is not settled).
    """
    with transaction.atomic():
        lens, row = locked(sight, handover)
        manages(lens)
        case = case_of(lens)
        if row.done_at:
            unchanged()
            return case
        still_open(row)
        arriving, now = there(row), timezone.now()
        if arriving.starts > now:
            raise StaleError(NOT_BEGUN)
        sight = again(lens)
        # What whoever presses may not see neither holds this up nor stays with a seat that ends.
        for table in (ActionItem, Responsibility):
            numbers = _left(table, row)
            known = {each.mark_id for each in open_rows(sight, table.objects.sealed(mark__in=numbers))}
            if any(number in known and not refused(row, number) for number in numbers):
                raise StaleError(UNSETTLED)
            for number in numbers:
                if not refused(row, number):
                    _refuse(row, table, number, "")
        # Unsealed: the seats that the opened row speaks of.
        seats = Seat.unsealed.filter(case=lens.case)
        seats.filter(primary=True).update(primary=False)
        seats.filter(pk=arriving.pk).update(primary=True)
        keep(row, done_at=now)
        record.done(lens, "handover_done", mark=row.mark_id)
        keep_led(lens, now)
        return case


def let_refuse(lens: Lens, handed: Any, table: Any, row: Any) -> None:
    """Nothing, for the new one, who may say that they do not take this over. Raises as `let_manage` does."""
    let_manage(lens, handed)
    if lens.seat != handed.arriving_id:
        raise NotAllowedError(ONLY_THE_NEW)
    if not is_left(table, row, handed.leaving_id) or refused(handed, row.mark_id):
        raise StaleError(SETTLED)


def let_give(lens: Lens, handed: Any, table: Any, row: Any) -> None:
    """Nothing, for whoever may ask somebody else to do what is not taken over. Raises LookupError (there is nothing to
    be given), NotAllowedError and StaleError (also where whose it is stays after all)."""
    manages(lens)
    if table is not ActionItem or not refused(handed, row.mark_id):
        raise LookupError(row.public_id)
    if handed.called_off_at:
        raise StaleError(OVER)
    if not is_left(table, row, handed.leaving_id):
        raise StaleError(SETTLED)


def could_be_given(lens: Lens, handed: Any, row: Any, seats: Any) -> list[Any]:
    """Those of these opened seats to whom an action item can be given instead: who reads it now, and stays."""
    out = (handed.leaving_id, handed.arriving_id)
    return [
        seat
        for seat in reading(row.row, seats)
        if seat.mark_id not in out and policy.may_give_to(lens, seat.mark_id)
    ]


def policy_seat(seat: Seat) -> policy.Seat:
    """What the rule asks of a seat."""
    return policy.Seat(seat.pk, seat.case_id, Role(seat.role), seat.agency_id, seat.starts, seat.until)


def is_left(table: Any, row: Any, leaving: int | None) -> bool:
    """Whether this opened action item or responsibility still hangs on the seat that leaves."""
    if leaving is None:
        return False
    if table is ActionItem:
        return bool(row.owner_id == leaving and row.status in OPEN_ACTIONS)
    return bool(row.put_away_at is None) and (
        row.accountable_id == leaving or Involved.objects.filter(_part(row.mark_id, leaving)).exists()
    )


def refused(handed: Any, number: int) -> bool:
    """Whether it was said of this row that it is not taken over."""
    return NotTakenOver.objects.filter(handover=handed.mark_id, row=number).exists()


def thing(sight: Sight, number: str) -> tuple[Any, Any]:
    """The table and the opened row of this public id: an action item or a responsibility. Raises LookupError."""
    for table in (ActionItem, Responsibility):
        if found := open_rows(sight, table.objects.sealed(mark__public_id=number)):
            return table, found[0]
    raise LookupError(number)


def _answers(table: Any, row: Any) -> int | None:
    number: int | None = row.owner_id if table is ActionItem else row.accountable_id
    return number


def _part(number: int, leaving: int) -> Q:
    return Q(responsibility=number, seat=leaving, how__in=TAKEN_PART)


def _left(table: Any, row: Any) -> list[int]:
    # Unsealed: everything that hangs on the seat that leaves is asked for, whoever may see it.
    rows: QuerySet[Any] = table.unsealed.filter(mark__case=row.row.case, mark__removed_at=None)
    if row.leaving_id is None:
        return []
    if table is ActionItem:
        rows = rows.filter(owner=row.leaving_id, status__in=OPEN_ACTIONS)
    else:
        involved = Involved.objects.filter(seat=row.leaving_id, how__in=TAKEN_PART).values("responsibility")
        rows = rows.filter(Q(accountable=row.leaving_id) | Q(pk__in=involved), put_away_at=None)
    return list(rows.values_list("mark_id", flat=True))


def _refuse(handed: Any, table: Any, number: int, because: str) -> None:
    if table is Responsibility:
        # Unsealed: the write of a row of this handover.
        Responsibility.unsealed.filter(pk=number, accountable=handed.leaving_id).update(accountable=None)
        Involved.objects.filter(responsibility=number, seat=handed.leaving_id).delete()
    NotTakenOver.objects.create(handover_id=handed.mark_id, row_id=number, because=because, at=timezone.now())


def _pass_line_on(row: Any, leaving: int, arriving: Seat) -> None:
    # Unsealed: the write of a row that the lens has just opened.
    if Responsibility.unsealed.filter(pk=row.mark_id, accountable=leaving).update(accountable=arriving):
        # What they said was theirs as well is theirs.
        Involved.objects.filter(responsibility=row.mark_id, seat=arriving, how=How.CLAIMS).delete()
    for how in Involved.objects.filter(_part(row.mark_id, leaving)).values_list("how", flat=True):
        Involved.objects.get_or_create(responsibility_id=row.mark_id, seat=arriving, how=how)
    Involved.objects.filter(responsibility=row.mark_id, seat=leaving).delete()
