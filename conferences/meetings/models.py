"""Case conferences."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from workspace.disclosure.models import Guarded, Seat


class Kind(models.TextChoices):
    """What a conference is for (seed 002: clinical case conference reviews; regular case coordination
    meetings)."""

    CLINICAL_REVIEW = "clinical_review", _("clinical review")
    COORDINATION = "coordination", _("coordination meeting")


class Status(models.TextChoices):
    """Where a conference stands. What is paused is open in its column, and `paused` besides."""

    PLANNED = "planned", _("planned")
    OPEN = "open", _("open now")
    PAUSED = "paused", _("paused")
    CLOSED = "closed", _("closed")


RUNNING = (Status.OPEN, Status.PAUSED)


def state(conference: str = "") -> Case:
    """Where the conference stands at which these look-ups end: `status` and `paused` as one."""
    paused = {f"{conference}status": Status.OPEN.value, f"{conference}paused": True}
    return Case(When(**paused, then=Value(Status.PAUSED.value)), default=F(f"{conference}status"))


class Conference(Guarded):
    """A meeting about one case. Its mark names the invited seats, and nobody else sees it. `minutes`: its
    length."""

    key = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    starts = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=500, blank=True)
    facilitator = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8)
    paused = models.BooleanField(default=False, db_default=False)

    also: ClassVar[dict[str, Any]] = {
        "case_id": F("mark__case_id"),
        "case_public_id": F("mark__case__public_id"),
        "state": state(),
    }

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="conference_kind_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=["planned", "open", "closed"]), name="conference_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=480), name="conference_length_is_sane"
            ),
        ]
