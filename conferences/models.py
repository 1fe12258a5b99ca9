"""The first floor's tables, gathered for Django."""

from conferences.meetings.models import Conference
from conferences.roles.models import Doing, Responsibility, RoleQuestion

__all__ = ["Conference", "Doing", "Responsibility", "RoleQuestion"]
