"""Writing a note or a decision, and saying what one thinks of a decision."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agendas.items.changes import CLOSED_MEANWHILE, goal_named, let_name_goal, visible_item
from agendas.items.models import AgendaItem
from agendas.notes.models import DECISION, Decision, Note, Stance, Unconfirmed, decided
from conferences.meetings.changes import let_speak, over, permission
from conferences.meetings.models import Status
from conferences.readers.changes import Choice, reads, until_confirmed
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError, mark_row, refuse_row
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.models import Mark, Named, Seat
from workspace.disclosure.policy import Lens, Refusal, leaves_her_out, may_be_recorded, may_write_notes
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record
from workspace.text import cleaned

ADDED_AFTERWARDS = _(
    "The meeting was closed while you were writing. Your text is still here. "
    "Press the button again to keep it as added after the meeting."
)
NO_DECISION_AFTERWARDS = _(
    "The meeting is closed, so nothing is decided in it any more. Your text is still here. "
    "You can keep it as a note that is added after the meeting."
)
DECIDED_OTHERWISE = _("The text changed in the meantime. Read it again, then say what you think of it.")
NOT_CONFIRMED = _("Whoever said this has not confirmed it yet. Nothing is made of it before they do.")


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
    from_note: str = "",
    afterwards: bool = False,
) -> None:
    """Write a note under an item, or a decision, perhaps out of a note. `permitted`: the writer says that their own
    client permits it. `key`: the form's own; sent twice, it writes once. `afterwards`: the writer knows that the
    conference is closed, and that the note stands as added after it.

    Raises LookupError (nothing is there), NotAllowedError (an interpreter, an observer), StaleError (the conference was
    closed, and the writer does not know, or decides something; or they write for others no more), RefusedError (the
    policy).
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
        chosen = (choice.topic, choice.audience, sorted(choice.named), choice.said_by)
        once = record.Once.of(key, item, kind, *chosen, text, left_out_because, from_note)
        if record.taken(lens, once):
            unchanged()
            return
        let_speak(lens, row.conference_id)
        if row.conference_state == Status.CLOSED and kind == DECISION:
            raise StaleError(over(row, CLOSED_MEANWHILE if from_note else NO_DECISION_AFTERWARDS))
        if row.conference_state == Status.CLOSED and (row.cancelled_at or not afterwards):
            raise StaleError(over(row, ADDED_AFTERWARDS))
        source = source_of(lens, from_note, row)
        first = _first_readers(lens, row, choice)
        if first.leaves_her_out(lens) and not choice.leaves_her_out(lens):
            left_out_because = str(_("It is not confirmed yet by whoever said it."))
        mark = mark_row(
            lens,
            topic=first.topic,
            audience=first.audience,
            named=first.named,
            parent=row.mark_id,
            left_out_because=cleaned(left_out_because) if first.leaves_her_out(lens) else "",
            permitted_at=permission(lens, row.conference_id, given=permitted),
        )
        if kind == DECISION:
            # What an item is about, so is what is decided under it, until somebody says otherwise.
            Decision.unsealed.create(
                mark=mark, item_id=row.mark_id, text=cleaned(text), from_note_id=source, goal_id=row.goal_id
            )
        else:
            Note.unsealed.create(
                mark=mark, item_id=row.mark_id, kind=kind, text=cleaned(text), said_by_id=choice.said_by
            )
        if choice.said_by is not None:
            wanted = {"audience": choice.audience, "named": sorted(choice.named)}
            Unconfirmed.objects.create(note_id=mark.pk, **wanted)
        record.done(lens, "decision_taken" if kind == DECISION else "note_added", mark=mark.pk, once=once)


def confirm(sight: Sight, *, note: str, edition: str) -> str:
    """The speaker says that this is what they said: from now on those read it whom its author chose, and nobody else.
    `edition`: of the text they read. Gives the public id of the note's item.

    This and `deny` raise LookupError (nothing is there), NotAllowedError (another's words) and StaleError (the
    conference is closed, or the text is not what they read).
    """
    with transaction.atomic():
        lens, row, item, waiting = _waiting(sight, note, edition)
        if waiting is None:
            unchanged()
            return str(item.public_id)
        her, author = lens.survivor, row.row.author
        without_her = leaves_her_out(her, audience=waiting.audience, named=waiting.named, author=author)
        because = row.left_out_because if without_her else ""
        Mark.objects.filter(pk=row.mark_id).update(audience=waiting.audience, left_out_because=because)
        Named.objects.filter(mark=row.mark_id).delete()
        Named.objects.bulk_create([Named(mark_id=row.mark_id, seat_id=seat) for seat in waiting.named])
        waiting.delete()
        record.done(lens, "words_confirmed", mark=row.mark_id)
        return str(item.public_id)


def deny(sight: Sight, *, note: str, edition: str) -> str:
    """The speaker says that this is not what they said: who reads it stays as it is. It can still be confirmed."""
    with transaction.atomic():
        lens, row, item, waiting = _waiting(sight, note, edition)
        if waiting is None:
            raise StaleError(_("You said already that these are your words. Write a note to put them right."))
        if waiting.denied_at:
            unchanged()
        else:
            Unconfirmed.objects.filter(note=row.mark_id).update(denied_at=timezone.now())
            record.door_closed(lens, "words_denied", mark=row.mark_id)
        return str(item.public_id)


def visible_note(sight: Sight, note: str) -> tuple[Any, Any]:
    """The note and its item, opened. Raises LookupError when there is nothing there for this person."""
    found = open_rows(sight, Note.objects.sealed(mark__public_id=note))
    items = open_rows(sight, AgendaItem.objects.sealed(mark__in=[row.item_id for row in found]))
    if not items:
        raise LookupError(note)
    return found[0], items[0]


def why_nothing_is_made_of(note: Any | None, item: Any) -> Any:
    """Why nothing can be made of this note, or under this item, now; nothing where it can."""
    if item.conference_state == Status.CLOSED:
        return over(item)
    return NOT_CONFIRMED if note and note.unconfirmed else ""


def source_of(lens: Lens, note: str, item: Any) -> int | None:
    """The mark of the note under this item that something is made of, if anything is.

    Raises LookupError (no such note) and StaleError (it is what a recorder wrote down, and is not confirmed).
    """
    if not note:
        return None
    row, where = visible_note(again(lens), note)
    if where.mark_id != item.mark_id:
        raise LookupError(note)
    if row.unconfirmed:
        raise StaleError(NOT_CONFIRMED)
    return int(row.mark_id)


def take_stance(sight: Sight, *, decision: str, agrees: bool | None, seen: str) -> str:
    """Say that one agrees with a decision, that one sees it differently, or (None) take back what one said. `seen`: the
    words that were read, from `decided`. Gives the public id of its item.

    Raises LookupError (nothing is there, or an interpreter), NotAllowedError (an observer) and StaleError (the
    conference is closed, or it says something else).
    """
    with transaction.atomic():
        lens = sight[visible_decision(sight, decision)[0].row.case]
        if not may_write_notes(lens):
            raise LookupError(decision)
        case_changed(lens.case)
        row, item = visible_decision(again(lens), decision)
        let_speak(lens, item.conference_id)
        if item.conference_state == Status.CLOSED:
            raise StaleError(over(item))
        own = Stance.objects.filter(decision=row.mark_id, seat=lens.seat)
        if own.values_list("agrees", flat=True).first() == agrees:
            unchanged()
        elif agrees is None:
            own.delete()
            record.done(lens, "stance_taken_back", mark=row.mark_id)
        elif seen != decided(row):
            raise StaleError(DECIDED_OTHERWISE)
        else:
            Stance.objects.update_or_create(
                decision_id=row.mark_id, seat_id=lens.seat, defaults={"agrees": agrees}
            )
            record.done(lens, "agreed" if agrees else "saw_it_differently", mark=row.mark_id)
        return str(item.public_id)


def name_goal(sight: Sight, *, decision: str, goal: str, seen: str) -> str:
    """Say which goal a decision is about, as of an item. Gives the public id of its item. Raises as that does."""
    with transaction.atomic():
        lens = sight[visible_decision(sight, decision)[0].row.case]
        case_changed(lens.case)
        row, item = visible_decision(again(lens), decision)
        let_name_goal(lens, row, item)
        number = goal_named(lens, row, goal, seen)
        if number == row.goal_id:
            unchanged()
        else:
            # Unsealed: the write of a row that the lens has just opened.
            Decision.unsealed.filter(pk=row.mark_id).update(goal=number)
            record.done(lens, "decision_goal_named", mark=row.mark_id)
        return str(item.public_id)


def _first_readers(lens: Lens, item: Any, choice: Choice) -> Choice:
    """Who reads it from the first: all who are chosen, or what a recorder wrote down, until it is confirmed."""
    if choice.said_by is None:
        return choice
    if item.recorder_id != lens.seat or item.conference_state == Status.CLOSED:
        raise StaleError(_("You do not write for others any more. Your text is still here."))
    refuse_row(lens, author=lens.seat, topic=choice.topic, audience=choice.audience, named=choice.named)
    # Unsealed: the role of a seat that the writer is then asked to see.
    speaker = Seat.unsealed.filter(pk=choice.said_by).values_list("role", flat=True).first()
    if not may_be_recorded(speaker or "") or not reads(lens, choice, choice.said_by, item.row):
        raise RefusedError(Refusal.SPEAKER_COULD_NOT_READ)
    return until_confirmed(lens, choice)


def _waiting(sight: Sight, note: str, edition: str) -> tuple[Lens, Any, Any, Unconfirmed | None]:
    """The note that its speaker says something of, and what waits for it, if anything still does."""
    lens = sight[visible_note(sight, note)[0].row.case]
    case_changed(lens.case)
    row, item = visible_note(again(lens), note)
    if row.said_by_id != lens.seat:
        raise NotAllowedError(_("Only whoever said this can say whether it is right."))
    if item.conference_state == Status.CLOSED:
        raise StaleError(over(item))
    waiting = Unconfirmed.objects.filter(note=row.mark_id).first()
    if waiting and edition != str(row.edition):
        raise StaleError(_("The text changed in the meantime. Read it again, then say whether it is right."))
    return lens, row, item, waiting


def visible_decision(sight: Sight, decision: str) -> tuple[Any, Any]:
    """The decision and its item, opened. Raises LookupError when there is nothing there for this person."""
    found = open_rows(sight, Decision.objects.sealed(mark__public_id=decision))
    items = open_rows(sight, AgendaItem.objects.sealed(mark__in=[row.item_id for row in found]))
    if not items:
        raise LookupError(decision)
    return found[0], items[0]
