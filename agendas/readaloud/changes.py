"""Whether a goal is still right: the survivor says so, or says it in other words, or not now; those who carry the case
write it down on her word."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agendas.goals.changes import put_otherwise
from agendas.goals.models import Goal, GoalStatus, is_of_words_before, words_edition
from agendas.history.changes import happened
from agendas.history.models import Entry, What
from conferences.meetings.changes import let_speak
from conferences.meetings.models import Attendance, Conference, Invitation, taken_part_in
from workspace.disclosure.changes import OVERTAKEN, NotAllowedError, StaleError
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Lens, may_say_of_goals
from workspace.live.announce import case_changed, unchanged
from workspace.live.models import ask_here
from workspace.record import changes as record
from workspace.text import cleaned

HERS_TO_SAY = _("Whether a goal is still right is for the survivor to say. You can follow it on this page.")
NOT_WITHOUT_HER = _(
    "She is not at this meeting, and nobody answers for her. She can answer on this page herself. When she is here, "
    "what she says can be written down for her."
)
NO_MEETING = _(
    "This is answered at a meeting: while it is open, or on its day before it begins. On the page of the goal it can "
    "be said in other words at any time."
)
NOT_ON = _("This goal is not being worked on now. On the page of the plan it can be taken up again.")
SAID_MEANWHILE = _("This goal was said in other words in the meantime. Go back, read it again, then answer.")
ANSWERS = (What.CONFIRMED, What.CORRECTED, What.NOT_NOW)


@dataclass(frozen=True)
class Read:
    """A goal that is read aloud, opened, and the conference in which it is, or none: none that is seen."""

    lens: Lens
    goal: Any
    room: Any | None

    @property
    def edition(self) -> str:
        """A fingerprint of her words as they stand."""
        return words_edition(self.goal)

    def let_say(self) -> None:
        """Go on for whoever may say now whether it is still right. Raises NotAllowedError and StaleError."""
        if not may_say_of_goals(self.lens, self.goal.row, here=True, comes_in=True):
            raise NotAllowedError(HERS_TO_SAY)
        if self.room is None or not taken_part_in(self.room, _zone(self.lens.case), timezone.now()):
            raise StaleError(NO_MEETING)
        let_speak(self.lens, self.room.mark_id)
        herself = open_rows(again(self.lens), Seat.objects.sealed(mark=self.lens.survivor))
        if not herself:
            # Whether she is there, and whether she signs in, is not for somebody who does not see her seat.
            raise NotAllowedError(HERS_TO_SAY)
        here, comes_in = self._here(), bool(herself[0].comes_in)
        if not may_say_of_goals(self.lens, self.goal.row, here=here, comes_in=comes_in):
            # She may just have gone: what was typed meanwhile is kept.
            raise StaleError(NOT_WITHOUT_HER)
        if self.goal.status != GoalStatus.ACTIVE:
            raise StaleError(NOT_ON)

    def _here(self) -> bool:
        """Whether she has a page of the conference open, or was noted as there."""
        assert self.room is not None
        number, hers = self.room.mark_id, self.lens.survivor
        if hers in ask_here([number], timezone.now())()[number]:
            return True
        noted = Invitation.objects.filter(conference=number, seat=hers, attendance=Attendance.ARRIVED)
        return noted.exists()


def read(sight: Sight, goal: str, conference: str) -> Read | None:
    """This goal, in this conference, as far as somebody sees them; None: there is no such goal."""
    found = open_rows(sight, Goal.objects.sealed(mark__public_id=goal))
    if not found:
        return None
    lens = sight[found[0].row.case]
    # All are opened and compared here: what was sent may be nothing that a database takes.
    rooms = open_rows(sight, Conference.objects.sealed(mark__case=lens.case)) if conference else ()
    return Read(lens, found[0], next((room for room in rooms if room.public_id == conference), None))


def confirm(sight: Sight, *, goal: str, conference: str, seen: str) -> None:
    """Yes, still right. `seen`: the edition of the words that were read.

    All of them raise LookupError (nothing is there), NotAllowedError (it is another's to say) and StaleError (the
    conference is not on, the goal is not worked on, or it says something else by now).
    """
    _say(sight, goal, conference, What.CONFIRMED, "goal_confirmed", seen)


def say_not_now(sight: Sight, *, goal: str, conference: str, seen: str) -> None:
    """She does not want to speak of it now. `seen` as for a yes."""
    _say(sight, goal, conference, What.NOT_NOW, "goal_not_now", seen)


def say_differently(
    sight: Sight, *, goal: str, conference: str, words: str, language: str, seen: str, key: str
) -> None:
    """She says it in other words, in this language; the words before stay in its history. `seen`: the edition of the
    words that she was shown; StaleError as well, where it says something else by now. `key`: the form's own; sent
    twice, it writes once."""
    with transaction.atomic():
        it = _locked(sight, goal, conference)
        once = record.Once.of(key, goal, conference, words, language)
        if record.taken(it.lens, once):
            unchanged()
            return
        it.let_say()
        assert it.room is not None
        if it.edition != seen:
            raise StaleError(OVERTAKEN)
        words, room = cleaned(words), it.room.mark_id
        if it.goal.words == words:
            # The same words are a yes.
            happened(it.lens, it.goal, What.CONFIRMED, conference=room)
        put_otherwise(it.lens, it.goal, words, language, conference=room)
        record.done(it.lens, "goal_said_differently", mark=it.goal.mark_id, once=once)


def language_of_hers(lens: Lens) -> str:
    """What the survivor reads."""
    # Unsealed: of her seat nothing is told but this, and to those alone who may say of her goals.
    hers: str = Seat.unsealed.values_list("person__language", flat=True).get(pk=lens.survivor)
    return hers


def _say(sight: Sight, goal: str, conference: str, what: What, verb: str, seen: str) -> None:
    with transaction.atomic():
        it = _locked(sight, goal, conference)
        it.let_say()
        assert it.room is not None
        if it.edition != seen:
            raise StaleError(SAID_MEANWHILE)
        said = open_rows(again(it.lens), Entry.objects.sealed(of=it.goal.mark_id, what__in=ANSWERS))
        here = [
            entry
            for entry in said
            if entry.conference_id == it.room.mark_id and not is_of_words_before(entry, it.goal.worded_at)
        ]
        if here and here[-1].what == what:
            unchanged()
            return
        entry = happened(it.lens, it.goal, what, conference=it.room.mark_id)
        record.done(it.lens, verb, mark=entry.pk)


def _locked(sight: Sight, goal: str, conference: str) -> Read:
    """It, once its case is locked. Raises LookupError."""
    it = read(sight, goal, conference)
    if it is None:
        raise LookupError(goal)
    case_changed(it.lens.case)
    it = read(again(it.lens), goal, conference)
    if it is None:
        raise LookupError(goal)
    return it


def _zone(case: int) -> str:
    return str(Case.objects.values_list("task_force__time_zone", flat=True).get(pk=case))
