"""Action items: who does what by when."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agendas.goals.models import Goal
from agendas.items.models import AgendaItem
from agendas.notes.models import Note
from workspace.disclosure.models import Guarded, Seat


class ActionStatus(models.TextChoices):
    """Where an action item stands; it ends in one honest word."""

    OFFERED = "offered", _("asked, not answered yet")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    DONE = "done", _("done")
    NO_LONGER_POSSIBLE = "no_longer_possible", _("no longer possible")
    NOT_DONE = "not_done", _("not done")


class ActionItem(Guarded):
    """Something one named owner will do. It hangs on the case; `goal`, `from_item` and `from_note` are links,
    shown to who sees both ends."""

    key = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    owner = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    due = models.DateField(null=True)
    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, null=True, related_name="+")
    from_item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, null=True, related_name="+")
    from_note = models.ForeignKey(Note, on_delete=models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=20)
    outcome = models.TextField(blank=True)

    also: ClassVar[dict[str, Any]] = {
        "case_id": F("mark__case_id"),
        "case_public_id": F("mark__case__public_id"),
        "owner_person_id": F("owner__person_id"),
    }

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=ActionStatus.values), name="action_status_is_known")
        ]
