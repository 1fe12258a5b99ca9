"""Handing over as primary case manager."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from workspace.disclosure.models import Guarded, Mark, Seat
from workspace.disclosure.sealed import TiedRows
from workspace.people.models import Person


class Handover(Guarded):
    """The primary case manager changes. Seen by the survivor and by those who manage the case.

    `leaving`: the seat that is the primary case manager's, or was last; none where there never was one. `person`: who
    takes over; `arriving`: their seat, once they have one, which is not before the survivor was told. `words`: what she
    is told, in the words of whoever tells her. `told_at`: when she was, `told_how`: as it is noted, or empty where she
    read it here. `last_day`: the instant at which the leaving seat ends; `ended_before`: when it was to end before. It
    is over at `done_at`, or at `called_off_at`, with `called_off_words` for her; `end_read_at`: when she had read that.
    """

    leaving = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    arriving = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    words = models.TextField()
    told_at = models.DateTimeField(null=True)
    told_how = models.CharField(max_length=200, blank=True)
    last_day = models.DateTimeField(null=True)
    ended_before = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    called_off_at = models.DateTimeField(null=True)
    called_off_words = models.TextField(blank=True, db_default="")
    end_read_at = models.DateTimeField(null=True)

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(called_off_at=None), name="handover_ends_in_one_way"
            ),
            models.CheckConstraint(
                condition=Q(arriving=None) | Q(told_at__isnull=False), name="survivor_is_told_first"
            ),
        ]


class WordsForTheNew(Guarded):
    """What the survivor wants the new person to know. Its parent is the handover. Without an audience it is for the
    arriving seat alone, which it names from the moment it is there."""

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()


class NotTakenOver(models.Model):
    """Something that the leaving seat answered for and the new one does not take over, with the reason. Without one,
    nobody had settled it when the handover was done."""

    unguarded = "Part of a handover; shown only with a row that the viewer sees."
    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="+")
    row = models.ForeignKey(Mark, on_delete=models.PROTECT, related_name="+")
    because = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handover", "row"], name="refused_once_in_a_handover")
        ]


ALSO: dict[str, Any] = {
    "person_name": F("person__name"),
    "comes_in": F("person__is_active"),
    "leaving_until": F("leaving__until"),
    "refused": TiedRows(NotTakenOver, "handover", "row_id", "because"),
}
Handover.also = ALSO


def state_of(row: Any) -> str:
    """How this opened handover stands: open, done or called_off."""
    if row.called_off_at:
        return "called_off"
    return "done" if row.done_at else "open"


def stayed(row: Any) -> bool:
    """Whether whoever was to leave was still there when this opened handover was called off."""
    return bool(
        row.leaving_id is not None
        and row.called_off_at is not None
        and (row.leaving_until is None or row.leaving_until > row.called_off_at)
    )
