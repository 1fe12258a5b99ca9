"""The second floor's tables, gathered for Django."""

from agendas.actions.models import ActionItem
from agendas.goals.models import Goal, Need, Strength
from agendas.handover.models import Handover, NotTakenOver, WordsForTheNew
from agendas.items.models import AgendaItem, ComesFor, EarlierVersion, StandingItem
from agendas.notes.models import Decision, Note, Stance, Unconfirmed

__all__ = [
    "ActionItem",
    "AgendaItem",
    "ComesFor",
    "Decision",
    "EarlierVersion",
    "Goal",
    "Handover",
    "Need",
    "NotTakenOver",
    "Note",
    "Stance",
    "StandingItem",
    "Strength",
    "Unconfirmed",
    "WordsForTheNew",
]
