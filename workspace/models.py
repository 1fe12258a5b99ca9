"""The ground floor's tables, gathered for Django."""

from workspace.disclosure.models import Case, Mark, Named, Release, Seat
from workspace.live.models import Presence
from workspace.people.models import Agency, Person, SignInLink, TaskForce
from workspace.people.sessions import Session
from workspace.record.models import Event

__all__ = [
    "Agency",
    "Case",
    "Event",
    "Mark",
    "Named",
    "Person",
    "Presence",
    "Release",
    "Seat",
    "Session",
    "SignInLink",
    "TaskForce",
]
