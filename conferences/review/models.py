"""Going through the board in a conference: which card is looked at, whether it is still so, whether it is clear."""

from typing import ClassVar

from django.db import models

from conferences.meetings.models import Conference
from workspace.disclosure.models import Guarded, Seat
from workspace.disclosure.policy import Role, role_bits
from workspace.disclosure.sealed import Along, TiedRows

# Who reads whether a card is clear to her, besides herself: those who see to it that it becomes so.
TOLD = role_bits([Role.CASE_MANAGER, Role.CLINICAL_SUPERVISOR])


class CardTurn(models.Model):
    """A card that was looked at together. `turn`: when it last was, counted 1, 2, 3 within the conference; the card
    that a viewer looks at is the one of the highest turn among those visible to them."""

    unguarded = "Part of a conference; shown only through a seat that the viewer sees."
    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    turn = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conference", "seat"], name="card_has_one_turn"),
            models.UniqueConstraint(fields=["conference", "turn"], name="one_card_a_turn"),
        ]


class StillSo(models.Model):
    """Its holder said that a card is right. `conference`: where that was said, a link, or none between two meetings."""

    unguarded = "Part of a seat; shown only with a seat that the viewer sees."
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="+")
    conference = models.ForeignKey(Conference, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()


class Clear(Guarded):
    """The survivor said whether a card is clear to her. Its parent is the seat's mark: whoever does not see the seat
    does not see this. The newest counts. `conference`: as above."""

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    conference = models.ForeignKey(Conference, on_delete=models.PROTECT, null=True, related_name="+")
    clear = models.BooleanField()


# What seats are read along with where it is told what was done with their cards.
HISTORY: Along = (
    ("turns", TiedRows(CardTurn, "seat", "conference_id", "turn")),
    ("still", TiedRows(StillSo, "seat", "pk", "conference_id", "at")),
)
