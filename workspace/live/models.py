"""Who is here: rows that a hub writes in one statement a second and that age out by themselves."""

from typing import ClassVar

from django.db import models

from workspace.disclosure.models import Mark, Seat


class Presence(models.Model):
    """A seat has a page of this conference open on one process. `seen_at`: when that process last said so."""

    unguarded = "Shown only through a seat that the viewer sees."
    hub = models.CharField(max_length=20)
    conference = models.ForeignKey(Mark, on_delete=models.CASCADE, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hub", "conference", "seat"], name="presence_is_said_once")
        ]
        indexes: ClassVar = [models.Index(fields=["conference", "seen_at"], name="presence_fresh")]
