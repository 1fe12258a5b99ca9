"""What a role usually does, before its holder says it in their own words."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Max, OuterRef, Q, Subquery
from django.db.models.aggregates import Aggregate
from django.utils.translation import gettext_lazy as _

from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Role
from workspace.disclosure.sealed import Tied
from workspace.people.models import TaskForce

# What may be usual; how to reach somebody is not. Each as it is asked on a card.
WORDS: dict[str, Any] = {
    "does": _("What I do"),
    "does_not": _("What I do not do"),
    "ask_about": _("Ask me about"),
    "private": _("Is what you tell me private?"),
}


class Words(models.Model):
    """What a card says, in one language."""

    language = models.CharField(max_length=35)
    does = models.TextField(blank=True)
    does_not = models.TextField(blank=True)
    ask_about = models.TextField(blank=True)
    private = models.TextField(blank=True)
    contact = models.TextField(blank=True)

    class Meta:
        abstract = True


class UsualCard(Words):
    """What a role usually does, in the words of a task force; without any, in the usual ones. `duties`: as bits."""

    unguarded = "The task force's own template; it says nothing of any case."
    task_force = models.ForeignKey(TaskForce, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=20)
    duties = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["task_force", "role", "language"], name="usual_card_is_said_once"
            ),
            models.CheckConstraint(condition=Q(role__in=list(Role)), name="usual_card_role_is_known"),
        ]


class OfRole(Tied):
    """What the task force of a seat says of the duties of its role; nothing where it says nothing of its own."""

    def of(self, reference: str) -> Subquery:
        """The duties, as bits, for a seat."""
        cards = self.table._base_manager.filter(
            task_force=OuterRef("case__task_force"), role=OuterRef("role")
        )
        return Subquery(cards.order_by().values(self.column).annotate(text=self.joined()).values("text"))

    def joined(self) -> Aggregate:
        """They are the same in every language."""
        return Max("duties")


# Read with the seat, for it stands beside names in every panel.
Seat.also["usual_duties"] = OfRole(UsualCard, "role")
