"""Saying a goal in other words: what whoever writes it is offered."""

from dataclasses import dataclass

from django.http import QueryDict

from agendas.goals.writing import languages
from agendas.readaloud.changes import Read, language_of_hers, read
from agendas.readaloud.forms import WordsForm
from conferences.roles.panels import Readers, Team
from workspace.disclosure.lens import open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import may_say_of_goals
from workspace.live.panels import one_moment


@dataclass(frozen=True)
class WordsDesk:
    """Somebody about to say a goal in other words. `readers`: who can see it, which stays as it is."""

    it: Read
    readers: Readers

    @property
    def url(self) -> str:
        """Where the plan is read aloud, or, without a conference, the plan."""
        goal = self.it.goal
        if self.it.room is None:
            return f"/cases/{goal.case_public_id}/"
        return f"/conferences/{self.it.room.public_id}/plan/#goal-{goal.public_id}"

    @property
    def address(self) -> str:
        """Of the form itself."""
        where = self.it.room.public_id if self.it.room else ""
        return f"/goals/{self.it.goal.public_id}/other-words/?conference={where}"

    @property
    def hers(self) -> bool:
        """Whether it is she who writes."""
        return may_say_of_goals(self.it.lens, here=False, comes_in=True)

    def form(self, data: QueryDict | None = None) -> WordsForm:
        """The form, with the words as they stand, or with what was sent."""
        goal = self.it.goal
        # Where nobody wrote the language down, nobody but she knows it.
        stands = goal.language or (language_of_hers(self.it.lens) if self.hers else "")
        initial = {"words": goal.words, "language": stands, "seen": self.it.edition}
        return WordsForm(data, initial=initial, hers=self.hers, languages=languages(goal.language))


def words_desk(person: int, goal: str, conference: str) -> WordsDesk | None:
    """The desk of whoever sees this goal; None where nothing is there."""
    with one_moment() as at:
        sight = sight_of(person, at)
        it = read(sight, goal, conference)
        if it is None:
            return None
        team = Team.of(open_rows(sight, Seat.objects.sealed(case=it.lens.case)))
        return WordsDesk(it, team.readers(it.goal))
