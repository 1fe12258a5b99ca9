"""Agenda items."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agendas.goals.models import Goal
from conferences.meetings.models import Conference, Status, in_cases_of, state
from conferences.questions.models import RoleQuestion
from conferences.responsibilities.models import Responsibility
from workspace.disclosure.models import SEATS_OF_MARK, Guarded, Mark, Seat
from workspace.disclosure.sealed import SeatSet, TiedRows
from workspace.people.models import TaskForce


class ItemKind(models.TextChoices):
    """What an item is for; the standing ones come from seed 002."""

    LIMITS_OF_SHARING = "limits_of_sharing", _("limits of sharing")
    ROLES = "roles", _("roles")
    SAFETY = "safety", _("safety")
    PROGRESS = "progress", _("what has gone well")
    NEEDS = "needs", _("needs")
    IMPEDIMENTS = "impediments", _("what is in the way")
    PLAN = "plan", _("plan")
    SERVICE_GAP = "service_gap", _("service not found")
    ACTIONS = "actions", _("who does what by when")
    SURVIVORS_WORDS = "survivors_words", _("the survivor's own item")
    OTHER = "other", _("other")


# Taken up in every conference, or a reason is kept why not (seed 002: safety at every meeting, roles understood).
STANDING = (ItemKind.ROLES, ItemKind.SAFETY)


class ItemStatus(models.TextChoices):
    """Where an item stands by itself. Which one is current follows from `turn`, for each viewer."""

    PROPOSED = "proposed", _("proposed")
    PLANNED = "planned", _("to come")
    DONE = "done", _("done")
    PARKED = "parked", _("for another time")


# What a conference that has closed leaves for the next.
LEFT = (ItemStatus.PROPOSED, ItemStatus.PLANNED, ItemStatus.PARKED)


def _on_agendas_of(conferences: Collection[str]) -> Q:
    """The items of these conferences, what earlier ones of the same cases left, and what took that up again."""
    left = Q(conference__status=Status.CLOSED, declined=False, status__in=LEFT)
    own = Q(conference__mark__public_id__in=conferences)
    return in_cases_of(conferences) & (own | left | Q(continues__isnull=False))


def taken_up(item: Any) -> bool:
    """Whether this item has had its turn, or is done."""
    return item.turn is not None or item.status == ItemStatus.DONE


class AgendaItem(Guarded):
    """Something to talk about; its mark's parent is its conference's.

    `position`: its place among all items, never shown. `turn`: when it last became current, counted 1, 2, 3
    within the conference, or none. The current item of a viewer is the one of the highest turn among those
    visible to them. `turned_at`: when it was begun. `continues`: the item of an earlier conference that it takes up
    again, a link; several may, because whoever does not see that it was taken up may take it up as well. `declined`: a
    proposal that was not taken up, with the facilitator's kind word in `reply`. `question`: what somebody is
    confused about that it was made of, a link. `goal`: the goal that is spoken of, a link.
    """

    conference = models.ForeignKey(Conference, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    minutes = models.PositiveSmallIntegerField(null=True)
    presenter = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=10)
    position = models.PositiveIntegerField()
    turn = models.PositiveIntegerField(null=True)
    turned_at = models.DateTimeField(null=True)
    continues = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    declined = models.BooleanField(default=False, db_default=False)
    reply = models.CharField(max_length=500, blank=True, db_default="")
    question = models.ForeignKey(RoleQuestion, on_delete=models.PROTECT, null=True, related_name="+")
    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, null=True, related_name="+")

    also: ClassVar[dict[str, Any]] = {
        "case_public_id": F("mark__case__public_id"),
        "conference_public_id": F("conference__mark__public_id"),
        "conference_state": state("conference__"),
        "conference_starts": F("conference__starts"),
        "facilitator_id": F("conference__facilitator_id"),
        "recorder_id": F("conference__recorder_id"),
        "closed_at": F("conference__closed_at"),
        "cancelled_at": F("conference__cancelled_at"),
    }
    lookups: ClassVar[dict[str, Any]] = {"on_agendas_of": _on_agendas_of}

    class Meta(Guarded.Meta):
        ordering: ClassVar = ["position", "mark_id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=ItemKind.values), name="item_kind_is_known"),
            models.CheckConstraint(condition=Q(status__in=ItemStatus.values), name="item_status_is_known"),
            models.CheckConstraint(
                condition=Q(minutes=None) | Q(minutes__gte=1, minutes__lte=240), name="item_minutes_are_sane"
            ),
            models.UniqueConstraint(fields=["conference", "turn"], name="one_item_a_turn"),
        ]


class ComesFor(models.Model):
    """Somebody who does not come for the whole conference comes for this item."""

    unguarded = "Part of an item; shown only through a seat that the viewer sees."
    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item", "seat"], name="seat_comes_for_item_once")
        ]


class EarlierVersion(Guarded):
    """What a note or a decision said, or how an item was called, before its author changed it. Its mark keeps the
    audience it had then; its parent is the item's. `of`: the mark of the note, the decision or the item. `edition`: 1,
    2, 3; of a note or a decision its own.

    Of other readers no version is kept: to whoever does not see the name that came or went, it would tell of one."""

    of = models.ForeignKey(Mark, on_delete=models.PROTECT, related_name="+")
    edition = models.PositiveIntegerField()
    text = models.TextField()

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["of", "edition"], name="version_is_kept_once")
        ]


class StandingItem(models.Model):
    """An item that every conference of a task force begins with (seed 002); without any, the usual ones."""

    unguarded = "The task force's own template; it says nothing of any case."
    task_force = models.ForeignKey(TaskForce, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    minutes = models.PositiveSmallIntegerField(null=True)


# What the rule asks of each earlier version: whoever sees none is not told that there are any.
VERSIONS = TiedRows(EarlierVersion, "of", "mark_id", "mark__topic", "mark__audience", SEATS_OF_MARK)
# What the rule asks of the card or the line that a question is about of which an item was made, with its name.
ASKED_OF_IT = ("mark__author_id", "mark__origin_id", "mark__topic", "mark__audience", SEATS_OF_MARK)
AgendaItem.also |= {
    "about_seat": TiedRows(
        Seat, "mark_id", "mark_id", "person__name", *ASKED_OF_IT, mark__removed_at=None
    ).through("question__about_id"),
    "about_line": TiedRows(
        Responsibility, "mark_id", "mark_id", "text", *ASKED_OF_IT, mark__removed_at=None
    ).through("question__line_id"),
}
# The goal that something is about, with what the rule asks of it.
ABOUT_GOAL = TiedRows(
    Goal, "mark_id", "mark_id", "mark__public_id", "words", *ASKED_OF_IT, mark__removed_at=None
).through("goal_id")
AgendaItem.also |= {"about_goal": ABOUT_GOAL}
AgendaItem.also |= {"comes_for": SeatSet(ComesFor, "item"), "versions": VERSIONS}
# What the rule asks of each item that was made of a question, besides what it asks of the question.
RoleQuestion.also |= {
    "taken": TiedRows(
        AgendaItem,
        "question",
        *("mark__public_id", "conference_id", "mark__topic", "mark__audience", SEATS_OF_MARK),
        mark__removed_at=None,
    )
}
