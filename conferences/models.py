"""The first floor's tables, gathered for Django."""

from conferences.cards.models import Translation
from conferences.meetings.models import ComesToPart, Conference, Invitation, Part, UsualPart
from conferences.pictures.models import Picture
from conferences.questions.models import EarlierAnswer, RoleQuestion
from conferences.responsibilities.models import Involved, Responsibility
from conferences.review.models import CardTurn, Clear, StillSo
from conferences.usual.models import UsualCard

__all__ = [
    "CardTurn",
    "Clear",
    "ComesToPart",
    "Conference",
    "EarlierAnswer",
    "Invitation",
    "Involved",
    "Part",
    "Picture",
    "Responsibility",
    "RoleQuestion",
    "StillSo",
    "Translation",
    "UsualCard",
    "UsualPart",
]
