"""Who is here: rows that a hub writes in one statement a second and that age out by themselves."""

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from django.db import models

from workspace.disclosure import lean
from workspace.disclosure.models import Mark, Seat

PRESENCE_FRESH = timedelta(seconds=15)


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


def ask_here(conferences: Collection[int], at: datetime) -> Callable[[], dict[int, frozenset[int]]]:
    """Ask which seats have a page of each of these conferences open at this instant; what is returned waits for it."""
    return partial(
        _here, conferences, lean.ask(_presence, conferences=conferences, since=at - PRESENCE_FRESH)
    )


def _here(conferences: Collection[int], found: Callable[[], lean.Rows]) -> dict[int, frozenset[int]]:
    here: dict[int, set[int]] = defaultdict(set)
    for conference, seat in found():
        here[conference].add(seat)
    return {conference: frozenset(here[conference]) for conference in conferences}


def _presence(conferences: Collection[int], since: datetime) -> models.QuerySet[Any]:
    fresh = Presence.objects.filter(conference__in=conferences, seen_at__gt=since)
    return fresh.values_list("conference_id", "seat_id")
