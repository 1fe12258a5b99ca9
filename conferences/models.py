"""The first floor's tables, gathered for Django."""

from conferences.meetings.models import ComesToPart, Conference, Invitation, Part, UsualPart
from conferences.roles.models import Doing, Responsibility, RoleQuestion

__all__ = [
    "ComesToPart",
    "Conference",
    "Doing",
    "Invitation",
    "Part",
    "Responsibility",
    "RoleQuestion",
    "UsualPart",
]
