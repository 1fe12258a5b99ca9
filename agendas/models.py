"""The second floor's tables, gathered for Django."""

from agendas.actions.models import ActionItem
from agendas.goals.models import Goal, Need, Strength
from agendas.items.models import AgendaItem
from agendas.notes.models import Decision, Note, Stance

__all__ = ["ActionItem", "AgendaItem", "Decision", "Goal", "Need", "Note", "Stance", "Strength"]
