"""The survivor's plan: goals in her own words, needs, strengths, what is in the way."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from agendas.history.models import Entry, What
from workspace.disclosure.models import SEATS_OF_MARK, Guarded, Seat
from workspace.disclosure.sealed import TiedRows


class GoalStatus(models.TextChoices):
    """Where a goal stands."""

    ACTIVE = "active", _("being worked on")
    MET = "met", _("met")
    SET_ASIDE = "set_aside", _("set aside")


class NeedStatus(models.TextChoices):
    """Where a need stands."""

    OPEN = "open", _("open")
    BEING_MET = "being_met", _("being met")
    MET = "met", _("met")
    NO_SERVICE_FOUND = "no_service_found", _("no service found yet")


class BarrierStatus(models.TextChoices):
    """Where something that is in the way stands."""

    STANDS = "stands", _("in the way")
    GONE = "gone", _("out of the way")


class Goal(Guarded):
    """What she wants, in her own words, kept as she said them: nobody else words them. `language`: the one they were
    said in, or empty where nobody wrote that down. `worded_at`: when she last said them otherwise."""

    key = models.CharField(max_length=64)
    words = models.TextField()
    status = models.CharField(max_length=16)
    language = models.CharField(max_length=35, blank=True, db_default="")
    worded_at = models.DateTimeField(null=True)

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=GoalStatus.values), name="goal_status_is_known")
        ]


class GoalTranslation(models.Model):
    """A goal in another language than it was said in, beside her words. One from before she said them otherwise is
    older than they are, and says so."""

    unguarded = "Part of a goal; shown only with a goal that the viewer sees, its writer through their seat."
    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=35)
    words = models.TextField()
    by = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["goal", "language"], name="goal_is_translated_once")
        ]


class GoalReading(Guarded):
    """How a professional understands a goal; its parent is the goal's mark. It never stands instead of her words."""

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()


class Need(Guarded):
    """Something she needs, assessed again and again; its topic is the domain of life it belongs to. `uncovered_by`: the
    need that, once met, made this one seen; a link."""

    text = models.TextField()
    status = models.CharField(max_length=20)
    uncovered_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=NeedStatus.values), name="need_status_is_known")
        ]


class Strength(Guarded):
    """Something she can do, or has done: then `achieved_on` says when, as exactly as somebody knew."""

    text = models.TextField()
    achieved_on = models.DateField(null=True)


class Barrier(Guarded):
    """Something that is in the way of her safety, or of standing on her own. `goal`: what it is in the way of, a
    link."""

    text = models.TextField()
    status = models.CharField(max_length=10)
    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=BarrierStatus.values), name="barrier_status_is_known"
            )
        ]


OF_THE_CASE: dict[str, Any] = {"case_id": F("mark__case_id"), "case_public_id": F("mark__case__public_id")}
Goal.also = OF_THE_CASE | {
    "translations": TiedRows(GoalTranslation, "goal", "pk", "by_id", "at", "language", "words")
}
Need.also = Strength.also = Barrier.also = OF_THE_CASE


def _asked_for(rows: Collection[str]) -> Q:
    """The goals among these rows, and those under which one of them hangs."""
    under = GoalReading._base_manager.filter(mark__public_id__in=rows)
    return Q(mark__public_id__in=rows) | Q(pk__in=under.values("goal"))


Goal.lookups = {"asked_for": _asked_for}
GoalReading.also = {"goal_public_id": F("goal__mark__public_id")}

# What the rule asks of a row that is read along with another.
ASKED_OF_IT: tuple[Any, ...] = (
    "mark__author_id",
    "mark__origin_id",
    "mark__topic",
    "mark__audience",
    SEATS_OF_MARK,
)
# What became of a row, read along with it.
ENTRIES = TiedRows(
    Entry,
    "of",
    *("mark_id", "mark__public_id", "what", "text", "seat_id", "before", "after", "by_next", "conference_id"),
    "mark__created_at",
    *ASKED_OF_IT,
    mark__removed_at=None,
)
# How professionals understand a goal, read along with it.
READINGS = TiedRows(
    GoalReading,
    "goal",
    *("mark_id", "mark__public_id", "text", "mark__created_at", "mark__left_out_because"),
    *ASKED_OF_IT,
    mark__removed_at=None,
)


def words_edition(goal: Any) -> str:
    """A fingerprint of an opened goal's words as they stand, which comes back with what is said of them."""
    told = goal.public_id, goal.words, goal.language
    return salted_hmac("goal", repr(told), algorithm="sha256").hexdigest()[:32]


def is_of_words_before(entry: Any, worded_at: datetime | None) -> bool:
    """Whether this opened entry is an answer to words that stood there before those of this instant: neither a yes nor
    a "not now" is said of words that came later."""
    answers = entry.what in (What.CONFIRMED, What.NOT_NOW)
    return answers and worded_at is not None and entry.created_at < worded_at
