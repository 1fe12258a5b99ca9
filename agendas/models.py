"""The second floor's tables, gathered for Django."""

from agendas.actions.models import ActionItem, Helper, Step
from agendas.calendar.models import Feed, FeedEntry
from agendas.goals.models import Barrier, Goal, GoalReading, GoalTranslation, Need, Strength
from agendas.handover.models import Handover, NotTakenOver, WordsForTheNew
from agendas.history.models import Entry
from agendas.items.models import AgendaItem, ComesFor, EarlierVersion, StandingItem
from agendas.notes.models import Decision, Note, Stance, Unconfirmed
from agendas.planreview.models import PlanReview
from agendas.reminders.models import Letter, Reminding

__all__ = [
    "ActionItem",
    "AgendaItem",
    "Barrier",
    "ComesFor",
    "Decision",
    "EarlierVersion",
    "Entry",
    "Feed",
    "FeedEntry",
    "Goal",
    "GoalReading",
    "GoalTranslation",
    "Handover",
    "Helper",
    "Letter",
    "Need",
    "NotTakenOver",
    "Note",
    "PlanReview",
    "Reminding",
    "Stance",
    "StandingItem",
    "Step",
    "Strength",
    "Unconfirmed",
    "WordsForTheNew",
]
