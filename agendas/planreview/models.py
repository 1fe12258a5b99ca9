"""That a clinical supervisor went through a plan, where the task force asks for it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.crypto import salted_hmac

from agendas.actions.models import CALMLY, edition, is_told_calmly
from workspace.disclosure.models import Guarded
from workspace.disclosure.sealed import TiedRows


class PlanReview(Guarded):
    """A clinical supervisor, its author, went through the whole plan as they saw it at the instant `reviewed_at`; what
    the plan said then, its history tells. `text`: what they say about it, or nothing. All who carry the case are among
    its readers."""

    text = models.TextField(blank=True)
    reviewed_at = models.DateTimeField()


@dataclass(frozen=True)
class PlanSeen:
    """A plan as somebody sees it, who sees these seats: opened rows, those that were read along with others too."""

    seats: Collection[int]
    goals: Iterable[Any]
    needs: Iterable[Any]
    strengths: Iterable[Any]
    barriers: Iterable[Any]
    tasks: Iterable[Any]
    reviews: Iterable[Any]

    @property
    def edition(self) -> str:
        """A fingerprint of what it says, which comes back with the word that somebody went through it."""
        told = (
            [
                (goal.public_id, goal.words, goal.language, goal.status, _translations(goal))
                for goal in self.goals
            ],
            [(row.public_id, row.text, row.status) for row in (*self.needs, *self.barriers)],
            [(row.public_id, row.text) for row in self.strengths],
            [(task.public_id, self._edition_of(task)) for task in self.tasks],
            # Whoever goes through it knows whether somebody else just did.
            sorted(review.public_id for review in self.reviews),
        )
        return salted_hmac("plan", repr(told), algorithm="sha256").hexdigest()[:32]

    def _edition_of(self, task: Any) -> str:
        if not is_told_calmly(task, self.seats):
            return edition(task, self.seats)
        # Whether somebody has answered, how it was given up and by when it was to be done is not always told.
        return edition(task._replace(status=CALMLY.get(task.status, task.status), due=None), self.seats)


def _translations(goal: Any) -> list[tuple[str, str]]:
    return [(language, words) for *_of, language, words in TiedRows.read(goal.translations)]
