"""Who does what on a case, and what is unclear about it."""

from typing import ClassVar

from django.db import models

from workspace.disclosure.models import Guarded, Seat
from workspace.disclosure.sealed import SeatSet


class Responsibility(Guarded):
    """Something that has to be done in this case. `accountable`: the one seat that answers for it, or
    nobody yet."""

    text = models.CharField(max_length=200)
    accountable = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")


class Doing(models.Model):
    """A seat that does a responsibility."""

    unguarded = "Part of a responsibility; shown only through a seat that the viewer sees."
    responsibility = models.ForeignKey(Responsibility, on_delete=models.CASCADE, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["responsibility", "seat"], name="seat_does_it_once"),
        ]


class RoleQuestion(Guarded):
    """Something somebody is confused about. `about`: the seat it is about, or nobody in particular."""

    text = models.TextField()
    about = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    answer = models.TextField(null=True)
    answered_by = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")


Responsibility.also = {"doing": SeatSet(Doing, "responsibility")}
