"""Making an action item: in a conference, or outside of one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from secrets import token_hex
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agendas.actions.models import ActionItem, ActionStatus, Helper
from agendas.goals.models import Goal, Need
from agendas.items.changes import CLOSED_MEANWHILE, visible_item
from agendas.notes.changes import source_of, visible_decision, visible_note
from conferences.meetings.changes import let_speak, over, permission
from conferences.meetings.models import Status
from conferences.readers.changes import Choice, reading, row_of
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError, mark_row
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Lens, Refusal, asks_own_client, may_give_to, may_write_notes
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record
from workspace.text import cleaned

GOAL_WENT = _("This goal cannot be chosen any more. Choose another one, or “No goal yet”.")


class Of(StrEnum):
    """What an action item is made of, as its address says it."""

    ITEM = "items"
    NOTE = "notes"
    DECISION = "decisions"
    NEED = "needs"
    GOAL = "goals"
    CASE = "cases"


@dataclass(frozen=True)
class Origin:
    """What an action item is made of, opened, and through which lens. `item`: under which it is made, in a conference
    that is not over; of a note always. `source`: the row itself; none of a case. `case`: its public id."""

    lens: Lens
    item: Any | None
    source: Any | None
    case: str


def origin_of(sight: Sight, of: Of, number: str) -> Origin:
    """What an action item is to be made of. Raises LookupError when there is nothing there for this person."""
    if of is Of.CASE:
        case = Case.objects.filter(public_id=number).first()
        lens = sight.get(case.pk) if case else None
        if case is None or lens is None:
            raise LookupError(number)
        return Origin(lens, None, None, case.public_id)
    item: Any = None
    if of is Of.ITEM:
        item = source = visible_item(sight, number)
    elif of is Of.NOTE:
        source, item = visible_note(sight, number)
    elif of is Of.DECISION:
        source, item = visible_decision(sight, number)
    else:
        table = Need if of is Of.NEED else Goal
        source = next(iter(open_rows(sight, table.objects.sealed(mark__public_id=number))), None)
    if source is None:
        raise LookupError(number)
    public_id = item.case_public_id if item else source.case_public_id
    if of is Of.DECISION and item.conference_state == Status.CLOSED:
        # What is made of it now is made outside of that conference, and stands in no record of it.
        item = None
    return Origin(sight[source.row.case], item, source, public_id)


def make_action(
    sight: Sight,
    *,
    of: Of,
    number: str,
    title: str,
    owner: int,
    helpers: Collection[int],
    due: date | None,
    by_next: bool,
    goal: str,
    choice: Choice,
    left_out_because: str,
    permitted: bool,
    key: str,
) -> None:
    """Write down what somebody will do: under an item, out of a note, a decision or a need, for a goal, or for the case
    alone. Its owner, a seat that the writer sees and that `choice` names, is asked; whoever takes it on themselves has
    accepted it. `helpers`: others who help that one, named as well. `goal`: the public id of one that the writer sees,
    or nothing.

    Raises LookupError (nothing is there), NotAllowedError (an interpreter, an observer), StaleError (the conference was
    closed, the note is not confirmed, or the goal is gone), RefusedError (the policy).
    """
    with transaction.atomic():
        lens = origin_of(sight, of, number).lens
        if not may_write_notes(lens):
            raise NotAllowedError
        case_changed(lens.case)
        origin = origin_of(again(lens), of, number)
        lens, row = origin.lens, origin.item
        chosen = (choice.topic, choice.audience, sorted(choice.named))
        said = (title, owner, sorted(helpers), due, by_next, goal)
        once = record.Once.of(key, of, number, *said, *chosen, left_out_because)
        if record.taken(lens, once):
            unchanged()
            return
        if row is not None:
            let_speak(lens, row.conference_id)
            if row.conference_state == Status.CLOSED:
                raise StaleError(over(row, CLOSED_MEANWHILE))
        note = source_of(lens, number, row) if of is Of.NOTE else None
        its_goal = _goal(lens, goal)
        _refuse_people(lens, choice, owner, helpers)
        mark = mark_row(
            lens,
            topic=choice.topic,
            audience=choice.audience,
            named=choice.named,
            left_out_because=cleaned(left_out_because) if choice.leaves_her_out(lens) else "",
            permitted_at=_permission(lens, row, given=permitted),
        )
        source = origin.source.mark_id if origin.source else None
        # Unsealed, here and below: new rows.
        action = ActionItem.unsealed.create(
            mark=mark,
            key=f"a-{token_hex(8)}",
            title=" ".join(cleaned(title).split()),
            owner_id=owner,
            due=due,
            by_next=by_next,
            goal_id=its_goal,
            need_id=source if of is Of.NEED else None,
            from_item_id=row.mark_id if row else None,
            from_note_id=note,
            from_decision_id=source if of is Of.DECISION else None,
            status=ActionStatus.ACCEPTED if owner == lens.seat else ActionStatus.OFFERED,
            asked_at=timezone.now(),
        )
        Helper.objects.bulk_create([Helper(action=action, seat_id=seat) for seat in sorted(helpers)])
        record.done(lens, "action_made", mark=mark.pk, once=once)


def _goal(lens: Lens, goal: str) -> int | None:
    if not goal:
        return None
    found = open_rows(again(lens), Goal.objects.sealed(mark__public_id=goal, mark__case=lens.case))
    if not found:
        raise StaleError(GOAL_WENT)
    return int(found[0].mark_id)


def _refuse_people(lens: Lens, choice: Choice, owner: int, helpers: Collection[int]) -> None:
    """Raises RefusedError for an owner, or somebody who helps, to whom it cannot be given."""
    if not all(may_give_to(lens, seat) for seat in (owner, *helpers)):
        raise RefusedError(Refusal.HERS_TO_OFFER)
    found = open_rows(again(lens), Seat.objects.sealed(mark__in=[owner, *helpers]))
    able = {seat.mark_id for seat in reading(row_of(lens, choice, None), found)} & choice.named
    if owner not in able:
        raise RefusedError(Refusal.OWNER_COULD_NOT_READ)
    if owner in helpers or not able.issuperset(helpers):
        raise RefusedError(Refusal.HELPER_COULD_NOT_READ)


def _permission(lens: Lens, item: Any | None, *, given: bool) -> datetime | None:
    """As `permission` of a conference; outside of one it is asked each time."""
    if item is not None:
        return permission(lens, item.conference_id, given=given)
    if not asks_own_client(lens):
        return None
    if not given:
        raise RefusedError(Refusal.OWN_CLIENT_NOT_ASKED)
    return timezone.now()
