"""What somebody wants to be reminded of, and how; and the one letter a day for those who asked for mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agendas.actions.models import OPEN, ActionStatus
from conferences.meetings.models import next_of
from workspace.disclosure.policy import Lens, asks_for_reminders, can_be_late
from workspace.disclosure.sealed import Along, TiedRows
from workspace.people.models import Person

FRIDAY = 4


class How(models.TextChoices):
    """How somebody is reminded."""

    NOTHING = "nothing", _("I want no reminders")
    TODAY = "today", _("On my start page")
    MAIL = "mail", _("On my start page, and by e-mail when there is something")


class LetterState(models.TextChoices):
    """Where a letter stands: `nothing` when there was nothing to say that day."""

    WAITING = "waiting"
    SENT = "sent"
    NOTHING = "nothing"


class Reminding(models.Model):
    """What one person chose. `days`: how long before its day something is coming up. `hour`: from when on, on the
    clocks of their task force, a letter may go out; between `quiet_from` and `quiet_until` none does, and where these
    are the same there is no such time. `address`: kept only for whoever asked for mail; `safe`: they said that it is.
    `since`: when they asked for it, so that the first comes at the hour that they chose."""

    unguarded = "Shown only to the person themselves."
    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="+")
    how = models.CharField(max_length=8)
    days = models.PositiveSmallIntegerField(default=3)
    overdue = models.BooleanField(default=True)
    unanswered = models.BooleanField(default=True)
    hour = models.PositiveSmallIntegerField(default=8)
    quiet_from = models.PositiveSmallIntegerField(default=20)
    quiet_until = models.PositiveSmallIntegerField(default=7)
    address = models.EmailField(blank=True)
    safe = models.BooleanField(default=False)
    since = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(how__in=How.values), name="reminding_is_known"),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=7), name="reminding_days_are_few"),
            models.CheckConstraint(
                condition=Q(hour__lte=23, quiet_from__lte=23, quiet_until__lte=23),
                name="reminding_hours_are_hours",
            ),
            models.CheckConstraint(
                condition=(Q(how=How.MAIL, since__isnull=False) & ~Q(address=""))
                | (~Q(how=How.MAIL) & Q(address="")),
                name="address_is_kept_for_mail_alone",
            ),
        ]

    @property
    def wants(self) -> "Wants":
        """What they want to be reminded of."""
        return Wants(self.how, self.days, self.overdue, self.unanswered)


class Letter(models.Model):
    """The one letter of a person and a day, of which there is never a second. It holds no words and no address: what
    there is to say is looked at when it goes out. `tries`: how often that was tried; `next_try`: not before then, so
    that of two who try at once one does. `sent_on`: the day on which it went out, which may be the next."""

    unguarded = "Never shown to anybody."
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    state = models.CharField(max_length=8, default=LetterState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField()
    sent_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "day"], name="one_letter_a_day"),
            models.UniqueConstraint(
                fields=["person"], condition=Q(state=LetterState.WAITING), name="one_letter_waits"
            ),
            models.CheckConstraint(condition=Q(state__in=LetterState.values), name="letter_state_is_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "next_try"], name="letter_waits")]


class Wants(NamedTuple):
    """What somebody wants to be reminded of."""

    how: str
    days: int
    overdue: bool
    unanswered: bool


USUAL = Wants(How.TODAY, 3, overdue=True, unanswered=True)
UNASKED = Wants(How.NOTHING, 3, overdue=False, unanswered=False)

# What seats are read along with where their holders are reminded: nothing of where to.
REMINDING: Along = (
    (
        "reminding",
        TiedRows(Reminding, "person", "how", "days", "overdue", "unanswered").through("person_id"),
    ),
)


def usual(lenses: Iterable[Lens]) -> Wants:
    """What somebody who chose nothing is reminded of: nothing where they have to ask for it."""
    return UNASKED if any(map(asks_for_reminders, lenses)) else USUAL


def wants_of(told: str | None, unchosen: Wants) -> Wants:
    """What somebody chose, as it was read along with a seat of theirs, or what is usual for them."""
    found = TiedRows.read(told)
    return Wants(*found[0]) if found else unchosen


@dataclass(frozen=True)
class Due:
    """Opened action items that somebody wants to be reminded of, each once. `unanswered`: they wait for this person's
    answer, which comes first whatever their day. `soon`: their day comes. `overdue`: their day has gone. `risen`: they
    waited for somebody else's answer, and came to this person."""

    soon: tuple[Any, ...] = ()
    overdue: tuple[Any, ...] = ()
    unanswered: tuple[Any, ...] = ()
    risen: tuple[Any, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.soon or self.overdue or self.unanswered or self.risen)

    def __add__(self, other: "Due") -> "Due":
        return Due(
            self.soon + other.soon,
            self.overdue + other.overdue,
            self.unanswered + other.unanswered,
            self.risen + other.risen,
        )


def due(
    rows: Iterable[Any], meetings: Iterable[Any], lens: Lens, wants: Wants, *, at: datetime, zone: str
) -> Due:
    """What this lens's holder wants to be reminded of at this instant, of the action items and meetings of one case
    that it opened, by the clocks of this zone. Hers never was for a day that has gone, and waits for nobody's
    answer."""
    if wants.how == How.NOTHING:
        return Due()
    rows = [row for row in rows if row.status in OPEN]
    owes = can_be_late(lens, lens.seat)
    late, waits = wants.overdue and owes, wants.unanswered and owes
    own: list[Any] = []
    unanswered: list[Any] = []
    for row in rows:
        if row.owner_id == lens.seat:
            (unanswered if waits and row.status == ActionStatus.OFFERED else own).append(row)
    today, meetings = local_day(at, zone), tuple(meetings)
    days = [(row, _next_day(row, meetings, zone) if row.by_next else row.due) for row in own]
    until = today + timedelta(days=wants.days)
    return Due(
        tuple(row for row, day in days if day and today <= day <= until),
        tuple(row for row in own if late and row.due and row.due < today),
        tuple(unanswered),
        tuple(
            row
            for row in rows
            if waits and row.risen_to_id == lens.seat != row.owner_id and row.status == ActionStatus.OFFERED
        ),
    )


def _next_day(row: Any, meetings: Iterable[Any], zone: str) -> date | None:
    """The day of the next of these meetings: not of the one in which this was asked for."""
    coming = next_of(each for each in meetings if each.opened_at is None or each.opened_at > row.created_at)
    return local_day(coming.starts, zone) if coming else None


def local_day(at: datetime, zone: str) -> date:
    """The day on the clocks of this zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def day_turns(at: datetime, zone: str) -> datetime:
    """When the next day begins there."""
    return datetime.combine(local_day(at, zone) + timedelta(days=1), time(), ZoneInfo(zone))


def is_quiet(reminding: Reminding, at: datetime) -> bool:
    """Whether this instant, on the clocks of its zone, is in the person's quiet hours."""
    begin, end, hour = reminding.quiet_from, reminding.quiet_until, at.hour
    return begin <= hour < end if begin <= end else hour >= begin or hour < end


def letter_day(reminding: Reminding, at: datetime, zone: str) -> date | None:
    """The day whose letter may go out now: of today and yesterday, the last whose hour has come since the person asked
    for mail. None in quiet hours: they may have begun after the hour, and then it comes when they are over."""
    there = at.astimezone(ZoneInfo(zone))
    if reminding.since is None or is_quiet(reminding, there):
        return None
    for day in (there.date(), there.date() - timedelta(days=1)):
        hour = datetime.combine(day, time(reminding.hour), ZoneInfo(zone))
        if reminding.since <= hour <= at:
            return day
    return None


def working_days_later(since: datetime, days: int, zone: str) -> datetime:
    """So many working days later, Monday to Friday on the clocks of this zone. What comes on a weekend counts from
    Monday."""
    there = since.astimezone(ZoneInfo(zone))
    if there.weekday() > FRIDAY:
        monday = there.date() + timedelta(days=7 - there.weekday())
        there = datetime.combine(monday, time(), there.tzinfo)
    while days:
        there += timedelta(days=1)
        days -= there.weekday() <= FRIDAY
    return there
