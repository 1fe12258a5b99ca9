"""What is said and what is decided under an agenda item."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agendas.items.models import AgendaItem
from workspace.disclosure.models import Guarded, Seat
from workspace.disclosure.sealed import SeatSet

DECISION = "decision"  # what a form says instead of a kind of note


class NoteKind(models.TextChoices):
    """What a note is."""

    DISCUSSION = "discussion", _("discussion")
    CLINICAL = "clinical", _("clinical")
    PRIVATE = "private", _("private")
    SURVIVORS_WORDS = "survivors_words", _("the survivor's own words")


class Note(Guarded):
    """Something said under an item; its mark's parent is the item's."""

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    text = models.TextField()

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=NoteKind.values), name="note_kind_is_known")
        ]


class Decision(Guarded):
    """Something decided under an item; its mark's parent is the item's."""

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()


class Stance(models.Model):
    """What a seat says of a decision: that it agrees, or that it sees it differently. It blocks nothing."""

    unguarded = "Part of a decision; shown only through a seat that the viewer sees."
    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    agrees = models.BooleanField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["decision", "seat"], name="seat_says_it_once"),
        ]


Decision.also = {
    "agree": SeatSet(Stance, "decision", agrees=True),
    "differ": SeatSet(Stance, "decision", agrees=False),
}
