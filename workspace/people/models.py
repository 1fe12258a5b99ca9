"""Task forces, agencies, the people in them, and how they come in."""

import secrets
from functools import lru_cache
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


def public_id() -> str:
    """A random name for a row in addresses: 120 bits, 20 URL-safe characters; no sequential key leaves the
    server."""
    return secrets.token_urlsafe(15)


@lru_cache(maxsize=256)
def offered(language: str) -> str:
    """The language of the interface for somebody who reads this one: itself where it is offered, else English."""
    code = language.split("-")[0].lower()
    return code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


REVIEWED_EVERY = (0, 30, 60, 90, 180)  # days


class TaskForce(models.Model):
    """The agencies that work together. `anchor`: the instant its case file was written for. `statement`: the statement
    of confidentiality that participants of its conferences are asked to accept; empty: the usual one. `reviews_plans`:
    every so many days a clinical supervisor goes through each plan; 0: that is not asked for."""

    unguarded = "Everybody who can sign in knows which task force they belong to."
    key = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64)
    language = models.CharField(max_length=35)
    anchor = models.DateTimeField()
    statement = models.TextField(blank=True, db_default="")
    reviews_plans = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(reviews_plans__in=REVIEWED_EVERY), name="plans_are_reviewed_every_so_often"
            )
        ]


class AgencyKind(models.TextChoices):
    """What an agency is; law enforcement and prosecution limit which seats it can hold."""

    VICTIM_SERVICES = "victim_services"
    HOUSING = "housing"
    LEGAL_SERVICES = "legal_services"
    LAW_ENFORCEMENT = "law_enforcement"
    PROSECUTION = "prosecution"
    MEDICAL = "medical"
    MENTAL_HEALTH = "mental_health"
    CHILD_PROTECTION = "child_protection"
    BENEFITS = "benefits"
    LANGUAGE_SERVICES = "language_services"
    EDUCATION_EMPLOYMENT = "education_employment"
    OTHER = "other"


class Agency(models.Model):
    """A member organisation of the task force."""

    unguarded = (
        "Its name shows only through a seat or a release that the viewer sees; panels join by opening those."
    )
    task_force = models.ForeignKey(TaskForce, on_delete=models.PROTECT)
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=AgencyKind.values), name="agency_kind_is_known"
            ),
            models.UniqueConstraint(fields=["task_force", "key"], name="agency_key_is_unique"),
        ]


class PersonManager(BaseUserManager["Person"]):
    """People are made by the case file or a seat's giver; there is no superuser, because nobody may see
    everything."""

    def get_queryset(self) -> models.QuerySet["Person"]:
        """With their task force: whose time zone is asked for at every request."""
        return super().get_queryset().select_related("task_force")


class Person(AbstractBaseUser):
    """Somebody who can sign in. There are no passwords: a person comes in by a one-time link."""

    unguarded = "A name shows only through a seat that the viewer sees."
    task_force = models.ForeignKey(TaskForce, on_delete=models.PROTECT)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True)
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    email = models.EmailField(null=True)
    language = models.CharField(max_length=35)
    is_active = models.BooleanField(default=True)

    objects = PersonManager()
    USERNAME_FIELD = "public_id"
    REQUIRED_FIELDS: ClassVar = []

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task_force", "key"], name="person_key_is_unique"),
            models.UniqueConstraint(fields=["task_force", "email"], name="person_email_is_unique"),
        ]


class SignInLink(models.Model):
    """A one-time way in, valid until `expires`. Only the SHA-256 of its token is kept."""

    unguarded = "Never shown to anybody; the token itself is printed once and not kept."
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    token_hash = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
