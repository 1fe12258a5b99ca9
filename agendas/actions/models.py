"""Action items: who does what by when."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from agendas.goals.models import Goal, Need
from agendas.items.models import AgendaItem
from agendas.notes.models import Decision, Note
from conferences.meetings.models import Status
from workspace.disclosure.models import Guarded, Mark, Seat
from workspace.disclosure.policy import (
    Lens,
    Role,
    may_answer_offer,
    may_decline,
    may_edit,
    may_end,
    may_give_on,
    may_keep_steps,
    may_open_again,
    may_plan_action,
    may_say_what_it_changed,
    may_write_into,
    may_write_notes,
    owes_nothing,
)
from workspace.disclosure.sealed import SeatSet, TiedRows
from workspace.people.models import public_id


class ActionStatus(models.TextChoices):
    """Where an action item stands; it ends in one honest word."""

    OFFERED = "offered", _("asked, not answered yet")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    DONE = "done", _("done")
    NO_LONGER_POSSIBLE = "no_longer_possible", _("no longer possible")
    NOT_DONE = "not_done", _("not done")


NOT_ENDED = (ActionStatus.OFFERED, ActionStatus.ACCEPTED, ActionStatus.DECLINED)
OPEN = (ActionStatus.OFFERED, ActionStatus.ACCEPTED)
# Declined is not an end: it waits for another owner, or for a word that it will not be done.
ENDED = (ActionStatus.DONE, ActionStatus.NO_LONGER_POSSIBLE, ActionStatus.NOT_DONE)
# Where it stands for somebody who is told calmly: not whether it was answered, nor how it was given up.
CALMLY: dict[str, str] = {
    ActionStatus.OFFERED.value: ActionStatus.ACCEPTED.value,
    ActionStatus.DECLINED.value: ActionStatus.NO_LONGER_POSSIBLE.value,
    ActionStatus.NOT_DONE.value: ActionStatus.NO_LONGER_POSSIBLE.value,
}


class ActionItem(Guarded):
    """Something one named owner will do. It hangs on the case; `goal`, `need`, `from_item`, `from_note`,
    `from_decision` and `waits_for`, the action that has to be done first, are links, shown to who sees both ends.

    `due`: the day by which, or `by_next`: by the next conference. `asked_at`: since when its owner was not
    heard, or since it was written where that is none.
    `rose`: how often it rose because of that, lastly to `risen_to`, where somebody could see to it. `release_first`:
    the topic that the survivor has to release before it can be done. `ended_at`, `outcome`: when it ended, or was
    declined, and what became of it in its owner's words. What is the survivor's is never shown as overdue, not done or
    carried over, to anybody; its day is told by `told_day` alone.
    """

    key = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    owner = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    due = models.DateField(null=True)
    by_next = models.BooleanField(default=False, db_default=False)
    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, null=True, related_name="+")
    need = models.ForeignKey(Need, on_delete=models.PROTECT, null=True, related_name="+")
    from_item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, null=True, related_name="+")
    from_note = models.ForeignKey(Note, on_delete=models.PROTECT, null=True, related_name="+")
    from_decision = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True, related_name="+")
    waits_for = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    release_first = models.CharField(max_length=16, blank=True, db_default="")
    status = models.CharField(max_length=20)
    outcome = models.TextField(blank=True)
    asked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    rose = models.PositiveSmallIntegerField(default=0, db_default=0)
    risen_to = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=ActionStatus.values), name="action_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(by_next=False) | Q(due=None), name="action_has_one_date_at_most"
            ),
            models.CheckConstraint(
                condition=Q(waits_for=None) | ~Q(waits_for=F("pk")), name="action_does_not_wait_for_itself"
            ),
        ]


class Helper(models.Model):
    """Somebody who helps the one owner."""

    unguarded = "Part of an action item; shown only through a seat that the viewer sees."
    action = models.ForeignKey(ActionItem, on_delete=models.CASCADE, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["action", "seat"], name="seat_helps_once")]


class Step(models.Model):
    """A part of an action item, read by whoever reads that. `done_at`, `done_by`: when it was done, and by which
    seat."""

    unguarded = (
        "Part of an action item; shown only with one that the viewer sees, seats only as they see them."
    )
    action = models.ForeignKey(ActionItem, on_delete=models.CASCADE, related_name="+")
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    text = models.CharField(max_length=200)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")


def _concerning(seats: Any) -> Q:
    """Those that these seats own, help with, asked for, or look after because nobody answered, what she offered in a
    case of which one of them is the primary case manager, and all of the case of a survivor's seat: found by indexes,
    however many others there are."""
    owned, risen = (
        ActionItem._base_manager.filter(**{seat: seats}) for seat in ("owner__in", "risen_to__in")
    )
    helped = Helper.objects.filter(seat__in=seats).values("action")
    asked_for = Mark.objects.filter(author__in=seats).values("pk")
    hers = Seat.unsealed.filter(pk__in=seats, role=Role.SURVIVOR).values("case")
    for_her = Mark.objects.filter(case__in=hers).values("pk")
    carried = Seat.unsealed.filter(pk__in=seats, primary=True).values("case")
    survivors = Seat.unsealed.filter(case__in=carried, role=Role.SURVIVOR).values("pk")
    offered = ActionItem._base_manager.filter(owner__in=survivors).values("pk")
    return Q(pk__in=owned.values("pk").union(risen.values("pk"), helped, asked_for, for_her, offered))


def _open_or_ended_since(at: Any) -> Q:
    """Those that have not ended, or not before."""
    return Q(status__in=NOT_ENDED) | Q(ended_at__gt=at)


ActionItem.lookups = {"concerning": _concerning, "open_or_ended_since": _open_or_ended_since}
ActionItem.also = {
    "case_id": F("mark__case_id"),
    "case_public_id": F("mark__case__public_id"),
    "owner_person_id": F("owner__person_id"),
    "owner_role": F("owner__role"),
    "holding_agency_id": F("mark__case__holding_agency_id"),
    # Its days begin and end where the case is worked on.
    "zone": F("mark__case__task_force__time_zone"),
    "helpers": SeatSet(Helper, "action"),
    "steps": TiedRows(Step, "action", "pk", "public_id", "text", "done_at", "done_by_id"),
}


def _came_to(actions: Collection[str]) -> Q:
    """Whether these action items, by their public ids, came from it."""
    # Unsealed: which items are asked for; what of them is seen, the rule decides.
    came = ActionItem.unsealed.filter(mark__public_id__in=actions)
    return Q(mark__in=came.values("from_item"))


AgendaItem.lookups |= {"came_to": _came_to}


def is_hers(row: Any) -> bool:
    """Whether the survivor offered this opened action item."""
    return owes_nothing(row.owner_role)


def is_seen_as_hers(row: Any, seats: Collection[int]) -> bool:
    """Whether the survivor offered this opened action item, as somebody knows who sees these seats."""
    return is_hers(row) and row.owner_id in seats


def is_told_calmly(row: Any, seats: Collection[int]) -> bool:
    """Whether nothing is said of this opened action item as if it were owed, to somebody who sees these seats: the
    survivor offered it, or somebody does it whom they do not see and who might be her."""
    return is_hers(row) or row.owner_id not in seats


def might_be_hers(row: Any, lens: Lens, seats: Collection[int]) -> bool:
    """Whether somebody does this opened action item whom its viewer, who sees these seats, does not see, and who might
    be the survivor for all they can tell: she is not among them, and it did not rise to the viewer, as hers never does.
    What they may do about it, and what they are told, is the same whoever that is."""
    hidden = not {row.owner_id, lens.survivor} & {lens.seat, *seats}
    return hidden and row.risen_to_id != lens.seat


def has_ended(row: Any, lens: Lens, seats: Collection[int]) -> bool:
    """Whether this opened action item has ended, as its viewer, who sees these seats, is told. What was declined waits
    for another owner; but nobody does what the survivor did not go on with, and so nobody waits for what might be that,
    for all its viewer can tell."""
    declined = row.status == ActionStatus.DECLINED
    gone = declined and (row.owner_id == lens.survivor or might_be_hers(row, lens, seats))
    return row.status in ENDED or gone


def told_status(row: Any, lens: Lens, seats: Collection[int]) -> str:
    """Where this opened action item stands, as its viewer is told, who sees these seats: whom nobody asks, nobody waits
    for, so that somebody has yet to answer would tell that it is not the survivor's."""
    might = row.status == ActionStatus.OFFERED and might_be_hers(row, lens, seats)
    return ActionStatus.ACCEPTED.value if might else str(row.status)


def told_outcome(row: Any, lens: Lens, seats: Collection[int]) -> str:
    """What its owner said became of this opened action item, as its viewer is told, who sees these seats. What might be
    hers says it in its history alone, if nobody goes on with it: who declined has no other place."""
    gone = row.status != ActionStatus.DONE and has_ended(row, lens, seats)
    return "" if gone and might_be_hers(row, lens, seats) else str(row.outcome)


def day_is_over(row: Any, at: datetime) -> bool:
    """Whether the day by which this opened action item was to be done is over where its case is worked on."""
    return bool(row.due and row.due < at.astimezone(ZoneInfo(row.zone)).date())


def ends_in(row: Any) -> tuple[ActionStatus, ...]:
    """The words in which it can end. What she offered was never owed, so it cannot be "not done"."""
    return ENDED[:2] if is_hers(row) else ENDED


def edition(row: Any, seats: Collection[int], *more: object) -> str:
    """A fingerprint of how an opened action item stands, as it is read by somebody who sees these seats, and of what
    `more` they read of it; it comes back with what they make of it. Of an owner whom they do not see it changes neither
    with an answer nor with how something was given up."""
    owner = row.owner_id if row.owner_id in seats else 0
    status = row.status if owner else CALMLY.get(row.status, row.status)
    told = row.title, status, owner, row.due, row.by_next, row.release_first, *more
    return salted_hmac("action", repr(told), algorithm="sha256").hexdigest()[:32]


def made_while_on(row: Any, rooms: Iterable[Any]) -> bool:
    """Whether this opened action item was written down while one of these opened conferences went on that are over, and
    so stands in its record, whatever it was made of: asked of those that its author sees, who then was in them."""
    return any(
        room.state == Status.CLOSED
        and room.cancelled_at is None
        and room.opened_at is not None
        and room.opened_at <= row.created_at
        and (room.closed_at is None or row.created_at <= room.closed_at)
        for room in rooms
    )


def ways(row: Any, lens: Lens, seats: Collection[int], *, leads: bool, over: bool) -> frozenset[str]:
    """What somebody who sees these seats may do about an opened action item as it stands. `leads`: they lead a meeting
    of the case that is going on; `over`: the meeting is over where it was written down, after which nothing is
    edited."""
    guard, owner = row.row, row.owner_id
    known = not might_be_hers(row, lens, seats)
    if not known:
        # That it names whoever does it would tell whether she reads it by her name.
        guard = replace(guard, named=guard.named - {owner})
    if has_ended(row, lens, seats):
        may = {
            "comment": may_write_notes(lens),
            "reopen": known and may_open_again(lens, owner),
            "changed": may_say_what_it_changed(lens, guard),
        }
        return frozenset(way for way, can in may.items() if can)
    declined, plans = row.status == ActionStatus.DECLINED, known and may_plan_action(lens, guard, owner)
    helpers = SeatSet.read(row.helpers)
    steps = (known or lens.seat in helpers) and may_keep_steps(lens, guard, owner, helpers)
    may = {
        "comment": may_write_notes(lens),
        "accept": may_answer_offer(lens, owner) and row.status != ActionStatus.ACCEPTED,
        "decline": may_decline(lens, owner) and not declined,
        "end": known and may_end(lens, guard, owner, declined=declined),
        "owner": known and may_give_on(lens, guard, owner, leads=leads),
        **dict.fromkeys(("date", "helpers", "waiting", "goal"), plans),
        "wording": known and may_edit(lens, guard) and not over and (not is_hers(row) or owner == lens.seat),
        "steps": steps,
        "add_step": steps and may_write_into(lens, guard, holding_agency=row.holding_agency_id),
    }
    return frozenset(way for way, can in may.items() if can)
