"""A clinical supervisor says that they went through a plan; and whether that is asked for at all is said for the task
force."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agendas.actions.models import ActionItem
from agendas.goals.changes import lens_of
from agendas.goals.models import Barrier, Goal, Need, Strength
from agendas.planreview.models import PlanReview, PlanSeen
from conferences.readers.changes import Choice
from conferences.usual.changes import door
from workspace.disclosure.changes import OVERTAKEN, RefusedError, StaleError, mark_row
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Lens, may_review_plan, plan_review_refusals
from workspace.live.announce import case_changed, unchanged
from workspace.people.models import TaskForce
from workspace.record import changes as record
from workspace.text import cleaned

READ_IT_AGAIN = _(
    "Something in this plan has changed since you read it. What you wrote is still here. Read the plan again; then "
    "press the button once more."
)
NOT_ASKED_FOR = _("The task force does not ask for this any more, so it is not kept.")


def asked_for(case: int) -> bool:
    """Whether the task force of this case asks for reviews of plans."""
    return bool(Case.objects.values_list("task_force__reviews_plans", flat=True).get(pk=case))


def plan_seen(sight: Sight, case: int) -> PlanSeen:
    """The plan of a case as somebody sees it now."""
    tables: tuple[Any, ...] = (Goal, Need, Strength, Barrier, ActionItem, PlanReview)
    opened = [open_rows(sight, table.objects.sealed(mark__case=case)) for table in tables]
    seats = open_rows(sight, Seat.objects.sealed(case=case))
    return PlanSeen({seat.mark_id for seat in seats}, *opened)


def review_plan(
    sight: Sight, *, case: str, text: str, choice: Choice, left_out_because: str, seen: str, key: str
) -> None:
    """Say that one went through the plan, as a clinical supervisor, and what one has to say about it. `seen`: the
    edition of the plan that was read. `key`: the form's own; sent twice, it writes once.

    Raises LookupError (nothing is there, or not theirs to say), StaleError (the plan says something else by now, or
    nobody asks for it any more) and RefusedError (the policy).
    """
    with transaction.atomic():
        lens = lens_of(sight, case)
        if not may_review_plan(lens):
            raise LookupError(case)
        case_changed(lens.case)
        now = again(lens)
        if not now:
            raise LookupError(case)
        text, told = cleaned(text), (choice.topic, choice.audience)
        once = record.Once.of(key, case, text, *told, left_out_because)
        if record.taken(lens, once):
            unchanged()
            return
        if not asked_for(lens.case):
            raise StaleError(NOT_ASKED_FOR)
        if plan_seen(now, lens.case).edition != seen:
            raise StaleError(READ_IT_AGAIN)
        _write(lens, text, choice, left_out_because, once)


def _write(lens: Lens, text: str, choice: Choice, left_out_because: str, once: record.Once) -> None:
    refusals = tuple(plan_review_refusals(lens, choice.audience))
    if refusals:
        raise RefusedError(*refusals)
    mark = mark_row(
        lens,
        topic=choice.topic,
        audience=choice.audience,
        left_out_because=cleaned(left_out_because) if choice.leaves_her_out(lens) else "",
    )
    # Unsealed: a new row.
    PlanReview.unsealed.create(mark=mark, text=text, reviewed_at=timezone.now())
    record.done(lens, "plan_reviewed", mark=mark.pk, once=once)


def ask_for_reviews(sight: Sight, *, every: int, seen: str, key: str) -> None:
    """Ask that each plan be gone through every so many days from now on, or no more (0). `seen`: how often that was
    asked for when the form was read. Every open page of a case follows.

    Raises LookupError (not theirs) and StaleError (somebody changed it in the meantime).
    """
    with transaction.atomic():
        task_force, lens = door(sight)
        locked = TaskForce.objects.select_for_update().get(pk=task_force.pk)
        door(again(lens))
        once = record.Once.of(key, every)
        if record.taken(lens, once):
            unchanged()
            return
        if str(locked.reviews_plans) != seen:
            raise StaleError(OVERTAKEN)
        if locked.reviews_plans == every:
            unchanged()
            return
        TaskForce.objects.filter(pk=locked.pk).update(reviews_plans=every)
        for case in Case.objects.filter(task_force=locked).order_by("pk").values_list("pk", flat=True):
            case_changed(case)
        record.done(lens, "plan_reviews_asked_for", once=once)
