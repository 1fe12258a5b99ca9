"""What a facilitator does with an item: make it current, mark it done, park it, take it up again, move it."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agendas.items.models import AgendaItem, ItemStatus
from conferences.meetings.changes import CLOSED, NOT_BEGUN, NOT_THE_FACILITATOR
from conferences.meetings.models import RUNNING, Status
from workspace.disclosure import lean
from workspace.disclosure.changes import NotAllowedError, StaleError
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.policy import Lens
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record

BEFORE_THE_END = (Status.PLANNED, *RUNNING)
WHY_NOT = {
    Status.PLANNED: NOT_BEGUN,
    Status.PAUSED: _("This conference is paused. Go on with it first."),
    Status.CLOSED: CLOSED,
}


def make_current(sight: Sight, *, item: str) -> str:
    """The item the conference is at from now on. Done is a press of its own, so the one before stays as it was.

    This and all others give the public id of the conference, and raise LookupError (nothing is there), NotAllowedError
    (another leads) and StaleError (not in this state).
    """
    with transaction.atomic():
        lens, row = _led(sight, item, [Status.OPEN])
        last, turn = next(iter(lean.read(_last_turn, conference=row.conference_id)), (None, 0))
        begun = row.turn is not None and row.status == ItemStatus.PLANNED
        if last == row.mark_id and begun:
            unchanged()
        else:
            # Coming back to what was begun shows nothing: to some viewers nothing came in between.
            at = row.turned_at if begun else timezone.now()
            _write(lens, row, "item_made_current", turn=turn + 1, turned_at=at, status=ItemStatus.PLANNED)
        return str(row.conference_public_id)


def _last_turn(conference: int) -> QuerySet[Any]:
    # Unsealed: the turns of all items are counted, hidden ones too; the number is never shown.
    turns = AgendaItem.unsealed.filter(conference=conference, turn__isnull=False).order_by("-turn")
    return turns.values_list("mark_id", "turn")[:1]


def mark_done(sight: Sight, *, item: str) -> str:
    """The item has been taken up."""
    return _put(sight, item, ItemStatus.DONE, "item_done", [Status.OPEN])


def park(sight: Sight, *, item: str) -> str:
    """The item is for another time."""
    return _put(sight, item, ItemStatus.PARKED, "item_parked", BEFORE_THE_END)


def take_up_again(sight: Sight, *, item: str) -> str:
    """The item is to be talked about after all: a parked one, one that was done, or one that was proposed."""
    return _put(sight, item, ItemStatus.PLANNED, "item_taken_up_again", BEFORE_THE_END)


def move(sight: Sight, *, item: str, before: str) -> str:
    """The item stands right before that one from now on, or last when `before` is empty.

    No other two items change their order, so whoever does not see this one notices nothing, and hidden ones keep
    theirs.
    """
    with transaction.atomic():
        lens, row = _led(sight, item, BEFORE_THE_END)
        everything = open_rows(
            again(lens), AgendaItem.objects.sealed(conference__mark__public_id=row.conference_public_id)
        )
        order = [each.public_id for each in everything]
        if before not in (*order, ""):
            raise StaleError(_("The agenda changed in the meantime. Look at it again, then move the item."))
        place = order.index(item)
        if before == item or order[place + 1 : place + 2] == ([before] if before else []):
            unchanged()
        else:
            # Unsealed: hidden items make room too; where an item stands among all is never shown.
            its = AgendaItem.unsealed.filter(conference=row.conference_id)
            if before:
                position = everything[order.index(before)].position
                its.filter(position__gte=position).update(position=F("position") + 1)
            else:
                position = its.aggregate(last=Max("position"))["last"] + 1
            _write(lens, row, "item_moved", position=position)
        return str(row.conference_public_id)


def visible_item(sight: Sight, item: str) -> Any | None:
    """The item, opened, or None when there is nothing there for this person."""
    found = open_rows(sight, AgendaItem.objects.sealed(mark__public_id=item))
    return found[0] if found else None


def _led(sight: Sight, item: str, states: Collection[Status]) -> tuple[Lens, Any]:
    row = visible_item(sight, item)
    if row is None:
        raise LookupError(item)
    lens = sight[row.row.case]
    case_changed(lens.case)
    row = visible_item(again(lens), item)
    if row is None:
        raise LookupError(item)
    if row.facilitator_id != lens.seat:
        raise NotAllowedError(NOT_THE_FACILITATOR)
    if row.conference_state not in states:
        raise StaleError(WHY_NOT[row.conference_state])
    return lens, row


def _put(sight: Sight, item: str, status: ItemStatus, verb: str, states: Collection[Status]) -> str:
    with transaction.atomic():
        lens, row = _led(sight, item, states)
        if row.status == status:
            unchanged()
        else:
            _write(lens, row, verb, status=status)
        return str(row.conference_public_id)


def _write(lens: Lens, row: Any, verb: str, **columns: Any) -> None:
    # Unsealed: the write of a row that the lens has just opened.
    AgendaItem.unsealed.filter(pk=row.mark_id).update(**columns)
    record.done(lens, verb, mark=row.mark_id)
