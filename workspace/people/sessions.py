"""The session store: Django's own, with the person in a column so that the hub can look all of them up at
once."""

from datetime import datetime
from threading import Thread
from time import sleep
from typing import Any, ClassVar

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import BaseBackend
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import DatabaseError, connection, models
from django.utils import timezone

from workspace.addresses import SESSION_SHAPE
from workspace.disclosure import lean
from workspace.people.models import Person, TaskForce

WAIT_FOR_THE_END = 2.0


class Session(AbstractBaseSession):
    """A signed-in browser, with its person in a column: ending it ends the person's open pages within a
    second."""

    unguarded = "Never shown to anybody."
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True)

    objects: ClassVar[BaseSessionManager[Any]] = BaseSessionManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expire_date"], name="session_expiry")]

    @classmethod
    def get_session_store_class(cls) -> type[DatabaseStore]:
        """The store that writes these rows."""
        return SessionStore


def _kept(key: str, at: datetime) -> models.QuerySet[Any]:
    return Session.objects.filter(session_key=key, expire_date__gt=at).values_list("session_data")


class SessionStore(DatabaseStore):
    """Django's database sessions on this house's table."""

    def _validate_session_key(self, key: str | None) -> bool:
        """Whether this can be the key of a session; anything else a cookie holds never reaches the database."""
        return bool(key and SESSION_SHAPE.fullmatch(key))

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The table behind the store."""
        return Session

    def _get_session_from_db(self) -> Session | None:
        found = lean.read(_kept, key=self.session_key, at=timezone.now())
        if not found:
            self._session_key = None
            return None
        return Session(session_data=found[0][0])

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row to save, with the signed-in person beside the encoded data."""
        row = super().create_model_instance(data)
        assert isinstance(row, Session)
        person = data.get(SESSION_KEY)
        row.person_id = int(person) if person else None
        return row


PERSON = [field.attname for field in Person._meta.concrete_fields]
TASK_FORCE = [field.attname for field in TaskForce._meta.concrete_fields]


def _who(number: int) -> models.QuerySet[Any]:
    beside = (f"task_force__{name}" for name in TASK_FORCE)
    return Person.objects.filter(pk=number, is_active=True).values_list(*PERSON, *beside)


class ByLink(BaseBackend):
    """Who a session is of: looked up at every request, and so by the lean reading. Nobody comes in by a password."""

    def get_user(self, user_id: int) -> Person | None:
        """This person, with their task force."""
        found = lean.read(_who, number=user_id)
        if not found:
            return None
        person = Person.from_db("default", PERSON, found[0][: len(PERSON)])
        person.task_force = TaskForce.from_db("default", TASK_FORCE, found[0][len(PERSON) :])
        return person


def end(key: str) -> None:
    """End this session. Nobody who leaves waits longer than two seconds for it: while the database cannot be
    reached, it is tried again until it can."""
    if connection.in_atomic_block:
        Session.objects.filter(session_key=key).delete()
        return
    ending = Thread(target=_until_ended, args=[key], daemon=True)
    ending.start()
    ending.join(WAIT_FOR_THE_END)


def _until_ended(key: str) -> None:
    while True:
        try:
            Session.objects.filter(session_key=key).delete()
        except DatabaseError:
            sleep(1)
        else:
            return
        finally:
            connection.close()
