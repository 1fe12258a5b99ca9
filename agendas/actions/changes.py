"""Making an action item in a conference."""

from datetime import date
from secrets import token_hex

from django.db import transaction
from django.utils import timezone

from agendas.actions.models import ActionItem, ActionStatus
from agendas.items.changes import CLOSED_MEANWHILE, visible_item
from agendas.notes.changes import source_of
from conferences.meetings.changes import let_speak, over, permission
from conferences.meetings.models import Status
from conferences.readers.changes import Choice, reads
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError, mark_row
from workspace.disclosure.lens import Sight, again
from workspace.disclosure.policy import Refusal, may_give_to, may_write_notes
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record
from workspace.text import cleaned


def make_action(
    sight: Sight,
    *,
    item: str,
    note: str,
    title: str,
    owner: int,
    due: date | None,
    choice: Choice,
    left_out_because: str,
    permitted: bool,
    key: str,
) -> None:
    """Write down what somebody will do, under an item, and out of a note where there is one. Its owner, a seat that the
    writer sees and that `choice` names, is asked; whoever takes it on themselves has accepted it.

    Raises LookupError (nothing is there), NotAllowedError (an interpreter, an observer), StaleError (the conference was
    closed, or the note is not confirmed), RefusedError (the policy).
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
        chosen = (choice.topic, choice.audience, sorted(choice.named))
        once = record.Once.of(key, item, note, title, owner, due, *chosen, left_out_because)
        if record.taken(lens, once):
            unchanged()
            return
        let_speak(lens, row.conference_id)
        if row.conference_state == Status.CLOSED:
            raise StaleError(over(row, CLOSED_MEANWHILE))
        source = source_of(lens, note, row)
        if not may_give_to(lens, owner):
            raise RefusedError(Refusal.HERS_TO_OFFER)
        if owner not in choice.named or not reads(lens, choice, owner, None):
            raise RefusedError(Refusal.OWNER_COULD_NOT_READ)
        mark = mark_row(
            lens,
            topic=choice.topic,
            audience=choice.audience,
            named=choice.named,
            left_out_because=cleaned(left_out_because) if choice.leaves_her_out(lens) else "",
            permitted_at=permission(lens, row.conference_id, given=permitted),
        )
        ActionItem.unsealed.create(
            mark=mark,
            key=f"a-{token_hex(8)}",
            title=" ".join(cleaned(title).split()),
            owner_id=owner,
            due=due,
            from_item_id=row.mark_id,
            from_note_id=source,
            status=ActionStatus.ACCEPTED if owner == lens.seat else ActionStatus.OFFERED,
            asked_at=timezone.now(),
        )
        record.done(lens, "action_made", mark=mark.pk, once=once)
