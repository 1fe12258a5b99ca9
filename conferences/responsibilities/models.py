"""What has to be done in a case, and who is involved in it."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from workspace.disclosure.models import Guarded, Seat
from workspace.disclosure.policy import Topic
from workspace.disclosure.sealed import TiedRows


class How(models.TextChoices):
    """How somebody is involved, besides answering for it. `claims`: they say that it is theirs, though another answers
    for it."""

    DOES = "does", _("does it")
    ASKED = "asked", _("is asked")
    TOLD = "told", _("is told")
    CLAIMS = "claims", _("says it is theirs")


class Responsibility(Guarded):
    """Something that has to be done in this case. `accountable`: the one seat that answers for it, or
    nobody yet. `put_away_at`: when it was said that this case does not need it."""

    text = models.CharField(max_length=200)
    accountable = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    put_away_at = models.DateTimeField(null=True)


class Involved(models.Model):
    """A seat that is involved in a responsibility."""

    unguarded = "Part of a responsibility; shown only through a seat that the viewer sees."
    responsibility = models.ForeignKey(Responsibility, on_delete=models.CASCADE, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=6, default=How.DOES)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["responsibility", "seat", "how"], name="seat_is_involved_once"),
            models.CheckConstraint(condition=Q(how__in=How.values), name="involved_how_is_known"),
        ]


INVOLVED: dict[str, Any] = {"involved": TiedRows(Involved, "responsibility", "seat_id", "how")}
Responsibility.also = INVOLVED


@lru_cache(maxsize=4096)
def involved_of(text: str | None) -> tuple[tuple[int, How], ...]:
    """The seats that are involved, each with how: from the text that a row carries."""
    return tuple((seat, How(how)) for seat, how in TiedRows.read(text))


def dispute(holder: str, claims: Iterable[str]) -> str:
    """A fingerprint of who answers for it and who else says that it is theirs, by the public ids of the seats that its
    reader sees; it comes back with what they decide."""
    return salted_hmac("whose it is", repr((holder, sorted(claims))), algorithm="sha256").hexdigest()[:32]


# What there usually is to do, each with its topic. Seed 000: the systems she has to find her way through. Seed 001:
# translating, going along, rides, the call at night. Seed 002: safety at every meeting, papers looked at again and
# again, gaps in what is offered. Seed 003: courts, renewals, reunification, what is known of the legal case, results of
# examinations, housing, waiting lists, her own language. Seed 004: training on the way to work. Her documents, the
# protection order, and the press are what the team asks for that uses this.
USUAL: dict[str, tuple[Any, Topic]] = {
    "court": (_("Tells the survivor about court dates, and goes along"), Topic.CRIMINAL_CASE),
    "legal": (_("Tells the survivor how the criminal case stands"), Topic.CRIMINAL_CASE),
    "rides": (_("Arranges rides to appointments"), Topic.COORDINATION),
    "interpreting": (_("Arranges an interpreter for every appointment"), Topic.COORDINATION),
    "consent": (_("Goes through releases again before they end"), Topic.COORDINATION),
    "gaps": (_("Looks for services that are missing"), Topic.COORDINATION),
    "documents": (_("Keeps identity documents safe"), Topic.IDENTITY),
    "medical": (_("Follows up on medical and dental care, and on results"), Topic.MEDICAL),
    "counseling": (_("Arranges counseling, and keeps an eye on waiting lists"), Topic.MENTAL_HEALTH),
    "housing": (_("Looks for housing"), Topic.HOUSING),
    "benefits": (_("Renews benefits before they run out"), Topic.BENEFITS),
    "safety": (_("Keeps the safety plan up to date"), Topic.SAFETY),
    "order": (_("Sees to the protection order"), Topic.SAFETY),
    "press": (_("Answers the press, and calls from people nobody knows"), Topic.SAFETY),
    "night": (_("Can be called at night"), Topic.SAFETY),
    "family": (_("Helps with contact with the family, and with reunification"), Topic.FAMILY),
    "immigration": (_("Answers questions about immigration papers"), Topic.IMMIGRATION),
    "work": (_("Helps with school, training and work"), Topic.EMPLOYMENT),
}
