"""Coming in, going out, and the language one reads."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from workspace.people.models import Person, SignInLink
from workspace.people.sessions import Session

LINK_LIFETIME = timedelta(minutes=15)


def find_person(word: str, *, task_force: str | None = None) -> Person:
    """The person with this key or e-mail address. Raises LookupError, with a sentence, for none or
    several."""
    found = Person.objects.select_related("task_force", "agency")
    if task_force is not None:
        found = found.filter(task_force__key=task_force)
    people = list(found.filter(email__iexact=word) if "@" in word else found.filter(key=word))
    if not people:
        raise LookupError(f"Nobody here goes by {word!r}.")
    if len(people) > 1:
        raise LookupError(f"Several task forces know {word!r}: say which with --task-force KEY.")
    return people[0]


def sign_in_link(person: Person) -> str:
    """The path of a new one-time link for this person, valid for `LINK_LIFETIME`. Only its hash is kept."""
    token = secrets.token_urlsafe(32)
    SignInLink.objects.create(person=person, token_hash=_hash(token), expires=timezone.now() + LINK_LIFETIME)
    return f"/sign-in/{token}/"


def link_is_good(token: str) -> bool:
    """Whether pressing the button would sign somebody in. Looking does not use it up."""
    return _good_links(token).exists()


def take_link(token: str) -> Person | None:
    """Use the link up and give its person, once: of two presses at the same time one gets None."""
    with transaction.atomic():
        link = _good_links(token).select_related("person").first()
        if link is None or not _good_links(token).update(used_at=timezone.now()):
            return None
        return link.person


def choose_language(person: Person, language: str) -> None:
    """Keep the language this person reads."""
    Person.objects.filter(pk=person.pk).update(language=language)


def end_sessions(person: Person) -> int:
    """Sign this person out everywhere. The number of sessions ended."""
    return Session.objects.filter(person=person).delete()[0]


def _good_links(token: str) -> QuerySet[SignInLink]:
    return SignInLink.objects.filter(
        token_hash=_hash(token), used_at=None, expires__gt=timezone.now(), person__is_active=True
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
