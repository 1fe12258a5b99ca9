"""Cases, seats, releases, and the mark that every row which can be disclosed carries."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from workspace.disclosure.policy import EVERY_ROLE, RELEASABLE, Role, Topic, topic_bits
from workspace.disclosure.sealed import SealedManager, SeatSet
from workspace.people.models import Agency, Person, TaskForce, public_id


class Case(models.Model):
    """One survivor's matter. `version` counts its changes; a hub that sees another number reads again. `untold`: who is
    to take over as case manager, as long as the survivor was not told; until then they get no seat for it."""

    unguarded = "Shown only to a lens of this case: rule 1 is asked before it is read."
    task_force = models.ForeignKey(TaskForce, on_delete=models.PROTECT)
    holding_agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    key = models.CharField(max_length=64)
    code_name = models.CharField(max_length=200)
    opened = models.DateField()
    version = models.PositiveBigIntegerField(default=0)
    untold = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task_force", "key"], name="case_key_is_unique")
        ]


class Mark(models.Model):
    """Everything the policy asks of a row, in one table. `audience` is a number of role bits
    (`policy.ROLE_BIT`).

    `invited_only`: a conference, which is seen by nobody but who is named. `origin`: the author's agency, or
    none when the survivor wrote it. `left_out_because`: why the survivor is not among those who see it.
    `permitted_at`: when a writer from an outside agency said that their own client permits what they write here.
    """

    unguarded = "It is the guard; a sealed row carries it."
    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    author = models.ForeignKey("Seat", on_delete=models.PROTECT, null=True, related_name="+")
    origin = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    topic = models.CharField(max_length=16)
    audience = models.PositiveIntegerField()
    invited_only = models.BooleanField(default=False)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True)
    left_out_because = models.CharField(max_length=500, blank=True)
    permitted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(topic__in=list(Topic)), name="mark_topic_is_known"),
            models.CheckConstraint(condition=Q(audience__lte=EVERY_ROLE), name="mark_audience_is_roles"),
            models.CheckConstraint(
                condition=Q(invited_only=False) | Q(audience=0, topic=Topic.COORDINATION),
                name="mark_conference_is_by_invitation",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="mark_is_not_its_own_parent"
            ),
        ]


class Named(models.Model):
    """A seat that a row names."""

    unguarded = "Part of a mark."
    mark = models.ForeignKey(Mark, on_delete=models.CASCADE, related_name="named")
    seat = models.ForeignKey("Seat", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["mark", "seat"], name="seat_is_named_once")]


SEATS_OF_MARK = SeatSet(Named, "mark")


class Guarded(models.Model):
    """A table whose rows can be disclosed. Its default manager gives sealed rows; verbs use `unsealed` and
    say why."""

    mark = models.OneToOneField(Mark, on_delete=models.PROTECT, primary_key=True, related_name="+")

    objects: ClassVar[SealedManager] = SealedManager(SEATS_OF_MARK)
    unsealed: ClassVar[models.Manager[Any]] = models.Manager()

    # Columns of other tables that are read with the row, under the name the row gives them.
    also: ClassVar[dict[str, Any]] = {}

    # What rows are looked up by besides their columns: a name, and what it means for what is asked.
    lookups: ClassVar[dict[str, Callable[[Any], Q]]] = {}

    class Meta:
        abstract = True
        base_manager_name = "unsealed"
        default_manager_name = "objects"


class Seat(Guarded):
    """A person's place on one case, with the card its holder wrote: active `starts` (inclusive) `until`
    (exclusive).

    A seat is a row too: its author and `named` are itself, its origin is its agency.

    `called`: the name to use, `sounds`: how it is said. `duties`: what they may have to do with what they are told, as
    bits (`labels.DUTIES`); `private`: the same in their own words. `language`: what the card is written in, or the task
    force's when it is empty. `stand_in`: who is asked when they are away. `drafted_by`: who wrote the card for its
    holder, until the holder confirms it. `worded_at`: when its words last changed. `confirmed_at`: when its holder last
    said that it is right. `introduced_at`: when the survivor was introduced to them. `hands_over_to`: the
    seat for whose sake this one has an end: should that one end, this one goes on.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    key = models.CharField(max_length=64)
    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    role = models.CharField(max_length=20)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True)
    primary = models.BooleanField(default=False)
    starts = models.DateTimeField()
    until = models.DateTimeField(null=True)
    does = models.TextField(blank=True)
    does_not = models.TextField(blank=True)
    ask_about = models.TextField(blank=True)
    private = models.TextField(blank=True)
    contact = models.TextField(blank=True)
    called = models.CharField(max_length=80, blank=True, db_default="")
    sounds = models.CharField(max_length=120, blank=True, db_default="")
    duties = models.PositiveIntegerField(default=0, db_default=0)
    languages = models.CharField(max_length=200, blank=True, db_default="")
    language = models.CharField(max_length=35, blank=True, db_default="")
    stand_in = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    drafted_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    worded_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    introduced_at = models.DateTimeField(null=True)
    hands_over_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")

    also: ClassVar[dict[str, Any]] = {
        "name": F("person__name"),
        "comes_in": F("person__is_active"),
        "agency_name": F("agency__name"),
        "case_public_id": F("case__public_id"),
    }

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(role__in=list(Role)), name="seat_role_is_known"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("starts")), name="seat_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(primary=False) | Q(role=Role.CASE_MANAGER), name="primary_is_a_case_manager"
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.SURVIVOR) | Q(agency=None), name="survivor_belongs_to_no_agency"
            ),
            models.UniqueConstraint(fields=["case", "key"], name="seat_key_is_unique"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(role=Role.SURVIVOR), name="case_has_one_survivor"
            ),
            models.UniqueConstraint(
                fields=["case", "person"], condition=Q(until=None), name="person_sits_once"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(until=None, primary=True), name="one_primary_case_manager"
            ),
        ]


class Release(models.Model):
    """The survivor's written permission to share with one agency. `topics` is a number of topic bits."""

    unguarded = "Its own rule decides: `policy.sees_release`."
    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    topics = models.PositiveIntegerField()
    purpose = models.TextField()
    starts = models.DateTimeField()
    expires = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    explained_in = models.CharField(max_length=35)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(expires__gt=F("starts")), name="release_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(topics__gt=0, topics__lte=topic_bits(RELEASABLE)),
                name="release_lists_what_can_be_released",
            ),
        ]
