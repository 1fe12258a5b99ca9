"""What a person's own calendar program is told, and at which address."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from workspace.disclosure.models import Mark
from workspace.people.models import Person

KEPT = timedelta(days=30)  # for so long what was, or was called off, is told
MOST = 500  # entries of a calendar


def fingerprint_of(*said: object) -> str:
    """A fingerprint of this."""
    return hashlib.sha256("\n".join(map(repr, said)).encode()).hexdigest()


def new_uid() -> str:
    """A random name for an entry, the same for as long as it is told; it says nothing of what it is about."""
    return str(uuid4())


@dataclass(frozen=True)
class Appointment:
    """What somebody's calendar says of one row they see now. `about`: its number; `title`: the cover word, unless they
    chose otherwise."""

    about: int
    starts: datetime
    ends: datetime
    whole_day: bool
    title: str
    place: str = ""

    @property
    def fingerprint(self) -> str:
        """When this changes, so does the entry."""
        return fingerprint_of(self.starts, self.ends, self.whole_day, self.title, self.place)


class Feed(models.Model):
    """One person's calendar, read by a program that does not sign in. Only the SHA-256 of its address is kept; none:
    there is no address now.

    `cover`: the word that stands for everything; empty: the usual one, in their language. `details`: the titles and
    places of conferences are told too. `since`: when the address was made; `revoked_at`: when it was taken away.
    `edition`: counts the changes of its entries, so that what was read before never overwrites what was read later.
    """

    unguarded = "Its owner's own choices, shown to nobody else; of its address only a fingerprint is kept."
    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True, null=True)
    cover = models.CharField(max_length=60, blank=True)
    conferences = models.BooleanField()
    due_dates = models.BooleanField()
    details = models.BooleanField()
    since = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    edition = models.PositiveIntegerField(default=0)


class FeedEntry(models.Model):
    """What a calendar was last told of one row: when it is, and nothing else of it.

    `sequence`: how often that changed. `fingerprint`: of all that was told. `cancelled_at`: since when it says that
    this is off, for whatever reason: its owner may not see it any more, it was called off, it is done.
    """

    unguarded = "Told to whoever has the feed's address: a time that its owner saw, or that it is off."
    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="+")
    about = models.ForeignKey(Mark, on_delete=models.CASCADE, related_name="+")
    uid = models.CharField(max_length=36, unique=True, default=new_uid)
    sequence = models.PositiveIntegerField(default=0)
    fingerprint = models.CharField(max_length=64)
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    whole_day = models.BooleanField()
    changed_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["feed", "about"], name="feed_tells_of_a_row_once"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="entry_ends_after_it_starts"),
        ]


@dataclass(frozen=True)
class Reading:
    """Somebody's calendar as it has to be, of one moment: what it tells now, soonest first, and by row what it told
    before. `cover`: the word for everything, `name`: what the calendar is called, both in their language."""

    at: datetime
    feed: Feed
    cover: str
    name: str
    language: str
    appointments: tuple[Appointment, ...]
    before: Mapping[int, FeedEntry]


@dataclass(frozen=True)
class Told:
    """One entry as it goes out."""

    entry: FeedEntry
    title: str
    place: str

    @property
    def order(self) -> Any:
        """Soonest first."""
        return self.entry.starts, self.entry.uid
