"""What a facilitator does with an item: make it current, mark it done."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from agendas.items.models import AgendaItem, ItemStatus
from conferences.meetings.models import Status
from workspace.disclosure import lean
from workspace.disclosure.changes import StaleError
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.policy import Lens
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record


class NotAllowedError(Exception):
    """This seat may not do that; it sees the row, so it is told so."""


def make_current(sight: Sight, *, item: str) -> None:
    """The item the conference is at from now on. Done is a press of its own, so the one before stays as it
    was."""
    with transaction.atomic():
        lens, row = _led(sight, item)
        last, turn = next(iter(lean.read(_last_turn, conference=row.conference_id)), (None, 0))
        if last == row.mark_id and row.status == ItemStatus.PLANNED:
            unchanged()
            return
        # Unsealed: the write of a row that the lens has just opened.
        AgendaItem.unsealed.filter(pk=row.mark_id).update(turn=turn + 1, status=ItemStatus.PLANNED)
        record.done(lens, "item_made_current", mark=row.mark_id)


def _last_turn(conference: int) -> QuerySet[Any]:
    # Unsealed: the turns of all items are counted, hidden ones too; the number is never shown.
    turns = AgendaItem.unsealed.filter(conference=conference, turn__isnull=False).order_by("-turn")
    return turns.values_list("mark_id", "turn")[:1]


def mark_done(sight: Sight, *, item: str) -> None:
    """The item has been taken up."""
    with transaction.atomic():
        lens, row = _led(sight, item)
        if row.status == ItemStatus.DONE:
            unchanged()
            return
        # Unsealed: the write of a row that the lens has just opened.
        AgendaItem.unsealed.filter(pk=row.mark_id).update(status=ItemStatus.DONE)
        record.done(lens, "item_done", mark=row.mark_id)


def visible_item(sight: Sight, item: str) -> Any | None:
    """The item, opened, or None when there is nothing there for this person."""
    found = open_rows(sight, AgendaItem.objects.sealed(mark__public_id=item))
    return found[0] if found else None


def _led(sight: Sight, item: str) -> tuple[Lens, Any]:
    row = visible_item(sight, item)
    if row is None:
        raise LookupError(item)
    lens = sight[row.row.case]
    case_changed(lens.case)
    row = visible_item(again(lens), item)
    if row is None:
        raise LookupError(item)
    if row.facilitator_id != lens.seat:
        raise NotAllowedError
    if row.conference_status != Status.OPEN:
        raise StaleError(_("This conference is not open now, so its agenda stays as it is."))
    return lens, row
