"""What is said and what is decided under an agenda item."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from agendas.goals.models import Goal
from agendas.items.models import ABOUT_GOAL, VERSIONS, AgendaItem
from workspace.disclosure.models import Guarded, Seat
from workspace.disclosure.sealed import SeatSet, TiedRows

DECISION = "decision"  # what a form says instead of a kind of note


class NoteKind(models.TextChoices):
    """What a note is."""

    DISCUSSION = "discussion", _("discussion")
    CLINICAL = "clinical", _("clinical")
    PRIVATE = "private", _("private")
    SURVIVORS_WORDS = "survivors_words", _("the survivor's own words")


class Note(Guarded):
    """Something said under an item; its mark's parent is the item's.

    `said_by`: whose words they are, where a recorder wrote them down. `edition`: 1, 2, 3, counted up when its author
    changes it; the ones before are earlier versions.
    """

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    text = models.TextField()
    said_by = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    edition = models.PositiveIntegerField(default=1, db_default=1)

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=NoteKind.values), name="note_kind_is_known")
        ]


class Decision(Guarded):
    """Something decided under an item; its mark's parent is the item's. `from_note`: the note it was made from, a link.
    `goal`: the goal that it is about, a link. `edition`: as of a note."""

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    from_note = models.ForeignKey(Note, on_delete=models.PROTECT, null=True, related_name="+")
    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, null=True, related_name="+")
    edition = models.PositiveIntegerField(default=1, db_default=1)


def decided(decision: Any) -> str:
    """A fingerprint of the words of an opened decision, which comes back with what somebody thinks of them."""
    told = decision.public_id, decision.text
    return salted_hmac("decision", repr(told), algorithm="sha256").hexdigest()[:32]


class Unconfirmed(models.Model):
    """What a recorder wrote down of somebody's words and they have not confirmed.

    Until they do, its mark lets it be read at the holding agency and by them alone. `audience`, `named`: who is to read
    it then, role bits and seat numbers. `denied_at`: when they said that it is not what they said.
    """

    unguarded = (
        "Part of a note; who is to read it is shown to the speaker alone, seats only as they see them."
    )
    note = models.OneToOneField(Note, on_delete=models.CASCADE, primary_key=True, related_name="+")
    audience = models.PositiveIntegerField()
    named = models.JSONField(default=list)
    denied_at = models.DateTimeField(null=True)


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


Note.also = {
    "unconfirmed": TiedRows(Unconfirmed, "note", "audience", Cast("named", models.TextField()), "denied_at"),
    "versions": VERSIONS,
}
Decision.also = {
    "versions": VERSIONS,
    "agree": SeatSet(Stance, "decision", agrees=True),
    "differ": SeatSet(Stance, "decision", agrees=False),
    "about_goal": ABOUT_GOAL,
    "facilitator_id": F("item__conference__facilitator_id"),
}
