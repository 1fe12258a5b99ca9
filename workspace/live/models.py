"""Who is here, and was lately: rows that a hub writes in one statement a second and that age out by themselves."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from django.db import models

from workspace.disclosure import lean
from workspace.disclosure.models import Mark, Seat

PRESENCE_FRESH = timedelta(seconds=15)
PRESENCE_KEPT = timedelta(hours=12)


# Seat to when it last had a page open.
Seen = Mapping[int, datetime]


class Presence(models.Model):
    """A seat has a page of this conference open on one process, or had. `seen_at`: when that process last said so."""

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
    seen = ask_seen(conferences, at)
    return lambda: {conference: here_of(seats, at) for conference, seats in seen().items()}


def ask_seen(conferences: Collection[int], at: datetime) -> Callable[[], dict[int, Seen]]:
    """Ask which seats had a page of each of these conferences open lately, and when last; what is returned waits."""
    return partial(_seen, conferences, lean.ask(_presence, conferences=conferences, since=at - PRESENCE_KEPT))


def here_of(seen: Seen, at: datetime) -> frozenset[int]:
    """Those of them that have a page open at this instant."""
    return frozenset(seat for seat, seen_at in seen.items() if seen_at > at - PRESENCE_FRESH)


def _seen(conferences: Collection[int], found: Callable[[], lean.Rows]) -> dict[int, Seen]:
    seen: dict[int, dict[int, datetime]] = {conference: {} for conference in conferences}
    for conference, seat, seen_at in found():
        seen[conference][seat] = max(seen_at, seen[conference].get(seat, seen_at))
    return dict(seen)


def _presence(conferences: Collection[int], since: datetime) -> models.QuerySet[Any]:
    kept = Presence.objects.filter(conference__in=conferences, seen_at__gt=since)
    return kept.values_list("conference_id", "seat_id", "seen_at")
