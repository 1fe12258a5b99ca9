"""The survivor's plan: goals in her own words, needs, strengths."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from workspace.disclosure.models import Guarded


class GoalStatus(models.TextChoices):
    """Where a goal stands."""

    ACTIVE = "active", _("being worked on")
    MET = "met", _("met")
    SET_ASIDE = "set_aside", _("set aside")


class NeedStatus(models.TextChoices):
    """Where a need stands."""

    OPEN = "open", _("open")
    BEING_MET = "being_met", _("being met")
    MET = "met", _("met")
    NO_SERVICE_FOUND = "no_service_found", _("no service found yet")


class Goal(Guarded):
    """What she wants, in her own words and language."""

    key = models.CharField(max_length=64)
    words = models.TextField()
    status = models.CharField(max_length=16)

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=GoalStatus.values), name="goal_status_is_known")
        ]


class Need(Guarded):
    """Something she needs, assessed again and again."""

    text = models.TextField()
    status = models.CharField(max_length=20)

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=NeedStatus.values), name="need_status_is_known")
        ]


class Strength(Guarded):
    """Something she has done or can do."""

    text = models.TextField()
