"""Case conferences."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from workspace.disclosure.models import Guarded, Mark, Seat
from workspace.disclosure.sealed import TiedRows
from workspace.people.models import TaskForce, public_id


class Kind(models.TextChoices):
    """What a conference is for (seed 002: clinical case conference reviews; regular case coordination
    meetings)."""

    CLINICAL_REVIEW = "clinical_review", _("clinical review")
    COORDINATION = "coordination", _("coordination meeting")


class Status(models.TextChoices):
    """Where a conference stands. What is paused is open in its column, and `paused` besides."""

    PLANNED = "planned", _("planned")
    OPEN = "open", _("open now")
    PAUSED = "paused", _("paused")
    CLOSED = "closed", _("closed")


RUNNING = (Status.OPEN, Status.PAUSED)


def state(conference: str = "") -> Case:
    """Where the conference stands at which these look-ups end: `status` and `paused` as one."""
    paused = {f"{conference}status": Status.OPEN.value, f"{conference}paused": True}
    return Case(When(**paused, then=Value(Status.PAUSED.value)), default=F(f"{conference}status"))


def in_cases_of(rows: Collection[str]) -> Q:
    """Whatever is in the cases of the rows with these public ids."""
    return Q(mark__case__in=Mark.objects.filter(public_id__in=rows).values("case"))


def next_of(conferences: Iterable[Any]) -> Any | None:
    """The first of these that is not over, or None."""
    still = [each for each in conferences if each.state != Status.CLOSED]
    return min(still, key=lambda each: (each.starts, each.mark_id), default=None)


def next_start(conference: Any, now: datetime) -> datetime:
    """When the next of its series begins: at the same time on the clock, whole turns of the series later, not in the
    past."""
    at: datetime = conference.starts.astimezone(ZoneInfo(conference.zone or "UTC"))
    # Added on the clock of that zone, so it stays at the same hour when the clocks change.
    at += timedelta(weeks=conference.every_weeks)
    while at <= now:
        at += timedelta(weeks=conference.every_weeks)
    return at.astimezone(UTC)


def taken_part_in(conference: Any, zone: str, at: datetime) -> bool:
    """Whether something is said in this conference at this instant: it has begun and is not over, in a break or not, or
    it is to begin on this day. `zone`: the name of the time zone where it says none of its own."""
    if conference.state in RUNNING:
        return True
    here = ZoneInfo(conference.zone or zone)
    same_day = conference.starts.astimezone(here).date() == at.astimezone(here).date()
    return bool(conference.state == Status.PLANNED and same_day)


def turn_of_the_day(conference: Any, zone: str, at: datetime) -> datetime | None:
    """When the day of a planned conference begins or ends next, if it still does."""
    if conference.state != Status.PLANNED:
        return None
    here = ZoneInfo(conference.zone or zone)
    day = datetime.combine(conference.starts.astimezone(here).date(), time.min)
    turns = ((day + timedelta(days=days)).replace(tzinfo=here).astimezone(UTC) for days in (0, 1))
    return next((turn for turn in turns if turn > at), None)


class Conference(Guarded):
    """A meeting about one case. Its mark names the invited seats, and nobody else sees it.

    `minutes`: its length. `zone`: the name of the time zone it was planned in, or empty for the task force's.
    `every_weeks`: the next one is made when it closes, so many weeks later. `follows`: the one it was made from.
    `recorder`: who may write down what others say. `roles_waived`, `safety_waived`: why roles or safety were not taken
    up. `opened_at`: when it was first opened. `read_out_at`: when its decisions and action items were confirmed aloud;
    `reading_due`: whether there were any, when it was closed, that everybody might hear.
    `statement`: of confidentiality, as its participants are asked to accept it; empty: the usual one.
    `cancelled_at`: when it was called off, before it began; then it is closed, and was never held. `cancelled_words`:
    what all who are invited read of that.
    """

    key = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    starts = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=500, blank=True)
    facilitator = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8)
    paused = models.BooleanField(default=False, db_default=False)
    zone = models.CharField(max_length=64, blank=True, db_default="")
    every_weeks = models.PositiveSmallIntegerField(null=True)
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    recorder = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    roles_waived = models.CharField(max_length=500, blank=True, db_default="")
    safety_waived = models.CharField(max_length=500, blank=True, db_default="")
    opened_at = models.DateTimeField(null=True)
    read_out_at = models.DateTimeField(null=True)
    reading_due = models.BooleanField(default=False, db_default=False)
    closed_at = models.DateTimeField(null=True)
    statement = models.TextField(blank=True, db_default="")
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    cancelled_words = models.CharField(max_length=500, blank=True, db_default="")

    also: ClassVar[dict[str, Any]] = {
        "case_id": F("mark__case_id"),
        "case_public_id": F("mark__case__public_id"),
        "state": state(),
    }
    lookups: ClassVar[dict[str, Any]] = {"in_cases_of": in_cases_of}

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="conference_kind_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=["planned", "open", "closed"]), name="conference_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=480), name="conference_length_is_sane"
            ),
            models.CheckConstraint(
                condition=Q(every_weeks=None) | Q(every_weeks__gte=1, every_weeks__lte=52),
                name="conference_series_is_sane",
            ),
            # What was called off is over, and was never held.
            models.CheckConstraint(
                condition=Q(cancelled_at=None) | Q(status="closed", opened_at=None, closed_at=None),
                name="conference_cancelled_is_never_held",
            ),
            # Closing it twice, or on two machines at once, makes one next conference.
            models.UniqueConstraint(fields=["follows"], name="conference_has_one_next"),
        ]


class Answer(models.TextChoices):
    """What somebody says of an invitation."""

    YES = "yes", _("comes")
    NO = "no", _("does not come")
    IN_PART = "part", _("comes for a part")


class Attendance(models.TextChoices):
    """What was said about somebody's being there; whoever has the page open is there in any case."""

    ARRIVED = "arrived", _("is here")
    LEFT = "left", _("has left")
    APOLOGIES = "apologies", _("sends apologies")


class Invitation(models.Model):
    """What a conference knows of an invited seat; the invitation itself is the conference's naming it.

    `observes`: listens and adds nothing. `hand`: their place in the order of those who asked to speak, counted up
    within the conference. `agreed_at`: when they accepted the statement of confidentiality. `permitted_at`: when, from
    an outside agency, they confirmed that their own client permits what they write here. `heard`: they had a way in at
    its end, so that what was to be read aloud was chosen for their ears as well.
    """

    unguarded = "Part of a conference; shown only through a seat that the viewer sees."
    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=4, blank=True, choices=Answer)
    attendance = models.CharField(max_length=10, blank=True, choices=Attendance)
    noted_at = models.DateTimeField(null=True)
    observes = models.BooleanField(default=False)
    hand = models.PositiveIntegerField(null=True)
    agreed_at = models.DateTimeField(null=True)
    permitted_at = models.DateTimeField(null=True)
    heard = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conference", "seat"], name="seat_is_invited_once"),
            models.CheckConstraint(
                condition=Q(answer__in=["", *Answer.values]), name="invitation_answer_is_known"
            ),
            models.CheckConstraint(
                condition=Q(attendance__in=["", *Attendance.values]), name="attendance_is_known"
            ),
        ]


class Part(models.Model):
    """A part of a conference, with a neutral name that the task force gave it. `without_her`: the survivor is not in
    it. It is on from `opened_at` to `ended_at`."""

    unguarded = "Part of a conference, and seen by all who are invited: docs/disclosure.md says so."
    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="+")
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    minutes = models.PositiveSmallIntegerField()
    without_her = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)


class ComesToPart(models.Model):
    """Somebody who does not come for the whole conference comes to this part of it."""

    unguarded = "Part of a conference; shown only through a seat that the viewer sees."
    part = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["part", "seat"], name="seat_comes_to_part_once")
        ]


class UsualPart(models.Model):
    """A part that the conferences of a task force usually have."""

    unguarded = "The task force's own template; it says nothing of any case."
    task_force = models.ForeignKey(TaskForce, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    minutes = models.PositiveSmallIntegerField()
    without_her = models.BooleanField(default=False)


Conference.also |= {
    "invitations": TiedRows(
        Invitation,
        "conference",
        "seat_id",
        "answer",
        "attendance",
        "observes",
        "hand",
        "agreed_at",
        "heard",
        "noted_at",
    ),
    "parts": TiedRows(
        Part,
        "conference",
        "position",
        "public_id",
        "name",
        "minutes",
        "without_her",
        "opened_at",
        "ended_at",
    ),
    "come_to_parts": TiedRows(ComesToPart, "part__conference", "part__public_id", "seat_id"),
}
