"""What somebody is confused about: who does what, and whom to ask."""

from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from conferences.responsibilities.models import Responsibility
from workspace.disclosure.models import Guarded, Seat
from workspace.disclosure.policy import Lens, reads_answer
from workspace.disclosure.sealed import TiedRows

# Who is asked: the case manager and the supervisor, or everybody.
FEW, ALL = "few", "all"
UNSURE = _("I am not sure about this.")


class Stands(models.TextChoices):
    """Where a question stands."""

    WAITING = "waiting", _("waits for an answer")
    ANSWERED = "answered", _("answered")
    CLEAR = "clear", _("clear now")
    SET_ASIDE = "set_aside", _("set aside")


def stands(question: Any) -> Stands:
    """Where this question stands."""
    if question.closed_at:
        return Stands.CLEAR
    if question.set_aside_at:
        return Stands.SET_ASIDE
    return Stands.ANSWERED if question.answer and not question.unclear_at else Stands.WAITING


def tells(question: Any, lens: Lens, agency: int | None) -> bool:
    """Whether this lens reads what somebody of this agency answered to an opened question."""
    return reads_answer(lens, question.row, agency)


def as_read(question: Any, lens: Lens) -> Any:
    """An opened question as this lens reads it: an answer that it may not read was not given."""
    if question.answer is None or tells(question, lens, question.answerers_agency):
        return question
    return question._replace(answer=None, answered_by_id=None, answered_at=None, unclear_at=None)


def waits_for(question: Any, lens: Lens) -> bool:
    """Whether whose lens this is was asked to answer an opened question, or has the role that was."""
    return bool(question.routed_to_id == lens.seat or question.routed_role == lens.role)


def is_open(question: Any) -> bool:
    """Whether whoever asked still waits, or has not said yet that it is clear."""
    return stands(question) in (Stands.WAITING, Stands.ANSWERED)


def may_widen(question: Any, lens: Lens) -> bool:
    """Whether whoever asked this opened question, and looks, may let others read it: while it is open, and as long as
    nobody has said anything about it. An answer, or a word about what is set aside, is another's, said to those who
    could read it then. To whom nobody could answer under its topic now, nothing tells whether anybody has."""
    said = question.answer or question.earlier or question.set_aside_note
    return is_open(question) and not said and tells(question, lens, None)


def alone(question: Any) -> bool:
    """Whether nobody but whoever asked an opened question reads it any more, which ended it."""
    row = question.row
    return bool(question.closed_at) and not row.audience and row.named <= {row.author}


@cache
def in_one_press() -> frozenset[str]:
    """What is asked in one press, in every language."""
    said = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said.add(str(UNSURE))
    return frozenset(said)


class RoleQuestion(Guarded):
    """Something somebody is confused about. `about`: the seat it is about, or nobody in particular; `line`: what has to
    be done that it is about. Both are links, shown to who sees both ends; and its mark hangs under theirs, so that
    whoever does not see what it is about does not see the question.

    It waits from the start until it is answered, and again from `unclear_at`, when whoever asked said that the answer
    did not make it clear. `routed_to`: the seat that was asked to answer, or `routed_role`: whoever has
    this role. `answer_permitted_at`: as of a mark, of the
    answer. It is over at `closed_at`, which only whoever
    asked it says, or at `set_aside_at`, with a note that they read.
    """

    text = models.TextField()
    about = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    line = models.ForeignKey(Responsibility, on_delete=models.PROTECT, null=True, related_name="+")
    routed_to = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    routed_role = models.CharField(max_length=20, blank=True, db_default="")
    answer = models.TextField(null=True)
    answered_by = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answer_permitted_at = models.DateTimeField(null=True)
    unclear_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    set_aside_at = models.DateTimeField(null=True)
    set_aside_by = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    set_aside_note = models.TextField(blank=True, db_default="")

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(set_aside_at=None), name="question_ends_in_one_way"
            ),
            models.CheckConstraint(
                condition=Q(set_aside_at=None) | ~Q(set_aside_note=""), name="question_set_aside_with_a_note"
            ),
            models.CheckConstraint(
                condition=Q(routed_to=None) | Q(routed_role=""), name="question_waits_for_a_seat_or_a_role"
            ),
        ]


class EarlierAnswer(models.Model):
    """An answer that did not make it clear, or that whoever gave it put otherwise. `permitted_at`: as of a mark."""

    unguarded = "Part of a question; its writer is shown only through a seat that the viewer sees."
    question = models.ForeignKey(RoleQuestion, on_delete=models.CASCADE, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(null=True)
    permitted_at = models.DateTimeField(null=True)


# The floor above adds `taken`: the agenda items that were made of it.
RoleQuestion.also = {
    "earlier": TiedRows(EarlierAnswer, "question", "id", "seat_id", "seat__agency_id", "text", "at"),
    "answerers_agency": F("answered_by__agency_id"),
    "case_public_id": F("mark__case__public_id"),
    # Whoever sees the question sees the line: its mark hangs under that of the line.
    "line_text": F("line__text"),
    "line_public_id": F("line__mark__public_id"),
}
