"""Writing down what was done, and keeping one person from doing too much at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from workspace.addresses import PUBLIC_ID
from workspace.disclosure import lean
from workspace.disclosure.changes import StaleError
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens
from workspace.record.models import Event

SAID_BEFORE = _(
    "This was kept before, with other words. To keep it as it is now as well, press the button again."
)
MOST_A_MINUTE = settings.MOST_WRITES_A_MINUTE


class TooMuchAtOnceError(Exception):
    """This person has done more than `MOST_A_MINUTE` things in the last minute."""


@dataclass(frozen=True)
class Once:
    """A form that is taken once. `key`: its own; `said`: a fingerprint of everything it said."""

    key: str
    said: str

    @classmethod
    def of(cls, key: str, *said: object) -> "Once":
        """The form with this key that said this."""
        return cls(key, salted_hmac("form", repr(said), algorithm="sha256").hexdigest()[:32])


def taken(lens: Lens, once: Once) -> bool:
    """Whether this form was taken already. Ask while the case is locked (`case_changed`).

    Raises StaleError when it was, but said something else: what is new in it is neither kept nor thrown away.
    """
    found = lean.read(_said, seat=lens.seat, key=once.key)
    said = found[0][0] if found else None
    if said is not None and said != once.said:
        raise StaleError(SAID_BEFORE)
    return said is not None


def kept(person: int, key: str) -> bool:
    """Whether a form with this key that this person sent was taken."""
    return bool(PUBLIC_ID.fullmatch(key)) and Event.objects.filter(person=person, once=key).exists()


def door_closed(lens: Lens, verb: str, *, mark: int | None = None) -> None:
    """Write that a door was closed. That is never too much."""
    person = _actor(lens)[0]
    Event.objects.create(person_id=person, seat_id=lens.seat, case_id=lens.case, mark_id=mark, verb=verb)


def done(lens: Lens, verb: str, *, mark: int | None = None, once: Once | None = None) -> None:
    """Write that the holder of this lens's seat did this, in the transaction that is open.

    Raises TooMuchAtOnceError when it was too much, and StaleError for a form that was taken meanwhile; either undoes
    the transaction.
    """
    person, lately = _actor(lens)
    if lately >= MOST_A_MINUTE:
        raise TooMuchAtOnceError
    try:
        Event.objects.create(
            person_id=person,
            seat_id=lens.seat,
            case_id=lens.case,
            mark_id=mark,
            verb=verb,
            once=once.key if once else None,
            said=once.said if once else "",
        )
    except IntegrityError as known:
        # Another case, which is not locked, was sent the same form at the same moment.
        raise StaleError(SAID_BEFORE) from known


def last_did(mark: int, verb: str) -> int | None:
    """The seat that last did this to a row, if any did."""
    found = Event.objects.filter(mark=mark, verb=verb).order_by("-pk").values_list("seat", flat=True)
    return found.first()


def signed_in(person: int) -> None:
    """Write that somebody came in."""
    Event.objects.create(person_id=person, verb="signed_in")


def own_taken(person: int, once: Once) -> bool:
    """Whether this form, about nobody but who sends it, was taken already. Ask while their row is locked.

    Raises StaleError when it was, but said something else.
    """
    said = Event.objects.filter(person=person, once=once.key).values_list("said", flat=True).first()
    if said is not None and said != once.said:
        raise StaleError(SAID_BEFORE)
    return said is not None


def own_done(person: int, verb: str, *, once: Once) -> None:
    """Write that somebody did this about themselves, in the transaction that is open. Raises as `done` does."""
    since = timezone.now() - timedelta(minutes=1)
    if Event.objects.filter(person=person, at__gt=since).count() >= MOST_A_MINUTE:
        raise TooMuchAtOnceError
    try:
        Event.objects.create(person_id=person, verb=verb, once=once.key, said=once.said)
    except IntegrityError as known:
        # A case was sent the same form at the same moment.
        raise StaleError(SAID_BEFORE) from known


def own_door_closed(person: int, verb: str) -> None:
    """Write that somebody closed a door of their own. That is never too much."""
    Event.objects.create(person_id=person, verb=verb)


def _actor(lens: Lens) -> tuple[int, int]:
    """The person in this lens's seat, and how much they have done in the last minute."""
    ((person, lately),) = lean.read(_lately, seat=lens.seat, since=timezone.now() - timedelta(minutes=1))
    return person, lately


def _lately(seat: int, since: datetime) -> QuerySet[Any]:
    own = Event.objects.filter(person=OuterRef("person"), at__gt=since).order_by().values("person")
    lately = Coalesce(Subquery(own.annotate(lately=Count("pk")).values("lately")), 0)
    # Unsealed: the actor's own seat, for the person behind it.
    found: QuerySet[Any] = Seat.unsealed.filter(pk=seat).annotate(lately=lately)
    return found.values_list("person_id", "lately")


def _said(seat: int, key: str) -> QuerySet[Any]:
    # Unsealed: as above.
    own = Seat.unsealed.filter(pk=seat).values("person")
    return Event.objects.filter(person__in=own, once=key).values_list("said")
