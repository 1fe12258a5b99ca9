"""What was done: one row a verb, written in the verb's own transaction."""

from typing import ClassVar

from django.db import models

from workspace.disclosure.models import Case, Mark, Seat
from workspace.people.models import Person


class Event(models.Model):
    """Somebody did something, then. It holds no text of the row: the row is there to be read by who may.

    `once`: the key of the form that asked for it. It is the person's own, so that it tells nothing of others' rows.
    `said`: a fingerprint of what the form said.
    """

    unguarded = "Shown only beside a row that the viewer sees, whose mark it points at."
    at = models.DateTimeField(auto_now_add=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+")
    mark = models.ForeignKey(Mark, on_delete=models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=64)
    once = models.CharField(max_length=20, null=True)
    said = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "once"], name="form_is_taken_once")
        ]
        indexes: ClassVar = [models.Index(fields=["person", "at"], name="event_person_at")]
