"""Writing a note or a decision, and saying what one thinks of a decision."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agendas.items.changes import visible_item
from agendas.items.models import AgendaItem
from agendas.notes.models import DECISION, Decision, Note, Stance
from conferences.meetings.changes import CLOSED, let_speak, permission
from conferences.meetings.models import Status
from conferences.readers.changes import Choice
from workspace.disclosure.changes import NotAllowedError, StaleError, mark_row
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.policy import may_write_notes
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record
from workspace.text import cleaned


def add_note(
    sight: Sight,
    *,
    item: str,
    kind: str,
    choice: Choice,
    text: str,
    left_out_because: str,
    permitted: bool,
    key: str,
) -> None:
    """Write a note under an item, or a decision. `permitted`: the writer says that their own client permits it.
    `key`: the form's own; sent twice, it writes once.

    Raises LookupError (nothing is there), NotAllowedError (an interpreter, an observer), StaleError (the conference was
    closed), RefusedError (the policy).
    """
    with transaction.atomic():
        row = visible_item(sight, item)
        if row is None:
            raise LookupError(item)
        lens = sight[row.row.case]
        if not may_write_notes(lens):
            raise NotAllowedError
        case_changed(lens.case)
        row = visible_item(again(lens), item)
        if row is None:
            raise LookupError(item)
        said = (item, kind, choice.topic, choice.audience, sorted(choice.named), text, left_out_because)
        once = record.Once.of(key, *said)
        if record.taken(lens, once):
            unchanged()
            return
        let_speak(lens, row.conference_id)
        if row.conference_state == Status.CLOSED:
            raise StaleError(
                _(
                    "This conference was closed in the meantime. Your text is still here; copy it if you need it."
                )
            )
        mark = mark_row(
            lens,
            topic=choice.topic,
            audience=choice.audience,
            named=choice.named,
            parent=row.mark_id,
            left_out_because=cleaned(left_out_because) if choice.leaves_her_out(lens) else "",
            permitted_at=permission(lens, row.conference_id, given=permitted),
        )
        if kind == DECISION:
            Decision.unsealed.create(mark=mark, item_id=row.mark_id, text=cleaned(text))
        else:
            Note.unsealed.create(mark=mark, item_id=row.mark_id, kind=kind, text=cleaned(text))
        record.done(lens, "decision_taken" if kind == DECISION else "note_added", mark=mark.pk, once=once)


def take_stance(sight: Sight, *, decision: str, agrees: bool | None) -> str:
    """Say that one agrees with a decision, that one sees it differently, or (None) take back what one said. Gives the
    public id of its item.

    Raises LookupError (nothing is there, or an interpreter), NotAllowedError (an observer) and StaleError (the
    conference is closed).
    """
    with transaction.atomic():
        lens = sight[_visible_decision(sight, decision)[0].row.case]
        if not may_write_notes(lens):
            raise LookupError(decision)
        case_changed(lens.case)
        row, item = _visible_decision(again(lens), decision)
        let_speak(lens, item.conference_id)
        if item.conference_state == Status.CLOSED:
            raise StaleError(CLOSED)
        own = Stance.objects.filter(decision=row.mark_id, seat=lens.seat)
        if own.values_list("agrees", flat=True).first() == agrees:
            unchanged()
        elif agrees is None:
            own.delete()
            record.done(lens, "stance_taken_back", mark=row.mark_id)
        else:
            Stance.objects.update_or_create(
                decision_id=row.mark_id, seat_id=lens.seat, defaults={"agrees": agrees}
            )
            record.done(lens, "agreed" if agrees else "saw_it_differently", mark=row.mark_id)
        return str(item.public_id)


def _visible_decision(sight: Sight, decision: str) -> tuple[Any, Any]:
    found = open_rows(sight, Decision.objects.sealed(mark__public_id=decision))
    items = open_rows(sight, AgendaItem.objects.sealed(mark__in=[row.item_id for row in found]))
    if not items:
        raise LookupError(decision)
    return found[0], items[0]
