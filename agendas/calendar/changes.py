"""A calendar's address is made, made anew and taken away, and it is kept what a calendar was told."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from agendas.calendar.models import KEPT, MOST, Appointment, Feed, FeedEntry, Reading, Told, fingerprint_of
from workspace.disclosure.changes import OVERTAKEN, StaleError
from workspace.people.models import Person
from workspace.record import changes as record

MADE_ANEW = _(
    "This address was made before, and does not work any more. If you need one, make a new one: it is shown at once."
)


def hashed(secret: str) -> str:
    """What is kept of an address."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make_address(person: int, *, key: str, **choices: Any) -> str:
    """Make the secret part of a new address for this person's calendar; the one before is dead from then on.
    `choices`: what the calendar says from now on; without any, what was chosen before. `key`: the form's own; sent
    twice, it gives the same address twice, so that nobody who presses twice is left with a dead one.

    Raises LookupError where nothing was ever chosen, and StaleError for a form whose address is not the last.
    """
    with transaction.atomic():
        feed = _locked(person)
        once = record.Once.of(key, "calendar", sorted(choices.items()))
        secret = _secret(person, key)
        if record.own_taken(person, once):
            if feed is None or feed.secret_hash != hashed(secret):
                raise StaleError(MADE_ANEW)
            return secret
        if not choices and feed is None:
            raise LookupError(person)
        address = {"secret_hash": hashed(secret), "since": timezone.now(), "revoked_at": None}
        Feed.objects.update_or_create(person_id=person, defaults=choices | address)
        record.own_done(person, "calendar_address_made", once=once)
        return secret


def choose(person: int, *, key: str, **choices: Any) -> None:
    """Change what this person's calendar says. Raises LookupError where it has no address, and StaleError."""
    with transaction.atomic():
        feed = _locked(person)
        if feed is None or feed.secret_hash is None:
            raise LookupError(person)
        once = record.Once.of(key, "calendar", sorted(choices.items()))
        if not record.own_taken(person, once):
            Feed.objects.filter(pk=feed.pk).update(**choices)
            record.own_done(person, "calendar_chosen", once=once)


def revoke(person: int) -> None:
    """Take the address away, and what the calendar was told with it; the choices stay. Where there is none, nothing
    happens."""
    with transaction.atomic():
        feed = _locked(person)
        if feed is not None and feed.secret_hash is not None:
            Feed.objects.filter(pk=feed.pk).update(
                secret_hash=None, since=None, revoked_at=timezone.now(), edition=feed.edition + 1
            )
            FeedEntry.objects.filter(feed=feed).delete()
            record.own_door_closed(person, "calendar_revoked")


def _locked(person: int) -> Feed | None:
    """The calendar of this person, whose own changes take turns until the transaction ends."""
    people = Person.objects.select_for_update(of=("self",))
    if people.filter(pk=person, is_active=True).first() is None:
        raise LookupError(person)
    return Feed.objects.filter(person=person).first()


def _secret(person: int, key: str) -> str:
    made = salted_hmac("calendar", f"{person}:{key}", algorithm="sha256").digest()
    return urlsafe_b64encode(made).decode().rstrip("=")


def kept_up(reading: Reading) -> list[Told]:
    """Keep what the calendar is told from this moment on, and tell it: what stands in it, and what is off.

    Where nothing changed, nothing is written, and the same is told again. Raises StaleError when somebody else changed
    it since it was read.
    """
    told = list(_told(reading))
    before = reading.before
    after = {each.entry.about_id: each.entry for each in told}
    # What is over for long goes without a word.
    gone = [entry.pk for entry in before.values() if entry.about_id not in after and _over(entry, reading)]
    changed = [entry for about, entry in after.items() if entry is not before.get(about)]
    if changed or gone:
        _keep(reading.feed, changed, gone)
    live = sorted((each for each in told if not each.entry.cancelled_at), key=lambda each: each.order)
    off = sorted((each for each in told if each.entry.cancelled_at), key=lambda each: each.order)
    return live + off[: MOST - len(live)]


def _told(reading: Reading) -> Iterator[Told]:
    seen = {each.about for each in reading.appointments}
    for each in reading.appointments[:MOST]:
        yield Told(_entry(reading, each, reading.before.get(each.about)), each.title, each.place)
    for about, entry in reading.before.items():
        if about not in seen and not _over(entry, reading):
            yield Told(_off(reading, entry), reading.cover, "")


def _entry(reading: Reading, each: Appointment, before: FeedEntry | None) -> FeedEntry:
    if before is not None and before.fingerprint == each.fingerprint:
        return before
    return FeedEntry(
        feed=reading.feed,
        about_id=each.about,
        fingerprint=each.fingerprint,
        starts=each.starts,
        ends=each.ends,
        whole_day=each.whole_day,
        changed_at=reading.at,
        **_after(before),
    )


def _off(reading: Reading, before: FeedEntry) -> FeedEntry:
    """Off, whatever the reason, when it was told to be: all that changed since is not told."""
    fingerprint = fingerprint_of("off", reading.cover)
    if before.fingerprint == fingerprint:
        return before
    return FeedEntry(
        feed=reading.feed,
        about_id=before.about_id,
        fingerprint=fingerprint,
        starts=before.starts,
        ends=before.ends,
        whole_day=before.whole_day,
        changed_at=reading.at,
        cancelled_at=before.cancelled_at or reading.at,
        **_after(before),
    )


def _after(before: FeedEntry | None) -> dict[str, Any]:
    return {"uid": before.uid, "sequence": before.sequence + 1} if before else {}


def _over(entry: FeedEntry, reading: Reading) -> bool:
    """Whether nothing is told of it any more."""
    return (entry.cancelled_at or entry.ends) <= reading.at - KEPT


def _keep(feed: Feed, changed: list[FeedEntry], gone: list[int]) -> None:
    with transaction.atomic():
        same = Feed.objects.filter(pk=feed.pk, secret_hash=feed.secret_hash, edition=feed.edition)
        # One statement, which locks: of two that read the same, one goes on and the other reads again.
        if not same.update(edition=feed.edition + 1):
            raise StaleError(OVERTAKEN)
        FeedEntry.objects.filter(pk__in=gone).delete()
        FeedEntry.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["feed", "about"],
            update_fields=[
                *("sequence", "fingerprint", "starts", "ends", "whole_day", "changed_at", "cancelled_at")
            ],
        )
