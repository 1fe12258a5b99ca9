"""Asking and answering: what this writer is offered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from conferences.meetings.models import Conference
from conferences.questions import changes
from conferences.questions.forms import AskForm
from conferences.questions.models import ALL, FEW, stands
from conferences.questions.panels import QuestionRow, question_row
from conferences.readers.changes import Choice, reading
from conferences.readers.forms import ReadersForm
from conferences.readers.writing import Desk, Reading, fingerprint, read_of
from conferences.responsibilities.models import Responsibility
from conferences.roles.panels import Team
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import (
    EVERY_ROLE,
    Lens,
    Role,
    Topic,
    asks_own_client,
    few_to_ask,
    topics_told_to,
)
from workspace.live.panels import one_moment


@dataclass
class AskDesk(Desk):
    """One writer who asks something in their own words, about a card or a line (`above`) or nothing in particular.
    `lines`: what has to be done, as far as they see it. `conference`: where they were going through the cards, if they
    were."""

    case: str
    lines: Sequence[Any]
    conference: str

    @property
    def url(self) -> str:
        """Where they come from: the board, or the card that is looked at in a meeting."""
        return f"/conferences/{self.conference}/roles/" if self.conference else f"/cases/{self.case}/roles/"

    @property
    def sent_to(self) -> str:
        """Where the form is sent, with where they come from."""
        return f"{self.address}?conference={self.conference}" if self.conference else self.address

    @property
    def hers(self) -> bool:
        """Whether the survivor asks."""
        return self.lens.role is Role.SURVIVOR

    def let_ask(self) -> None:
        """Go on for whoever asks something of their own. Raises NotAllowedError."""
        changes.let_ask(self.lens)

    def form(self, data: QueryDict | None = None) -> AskForm:
        """An empty form, or the form with what was sent."""
        # What the form was opened about stays with it, also somebody who has gone or is to come: else the question
        # would be about nothing in particular, and read by all who may read that.
        seats = self.others()
        seats += [seat for seat in self.seats if seat is self.above and seat not in seats]
        people = [(seat.public_id, f"{seat.name}, {ROLES[Role(seat.role)]}") for seat in seats]
        lines = [
            (line.public_id, line.text)
            for line in self.lines
            if line.put_away_at is None or line is self.above
        ]
        subjects: list[tuple[str, Any]] = [("", _("nothing in particular"))]
        subjects += [(_("Somebody on the team"), people)] if people else []
        subjects += [(_("Something that has to be done"), lines)] if lines else []
        initial = {"about": self.above.public_id} if self.above else {}
        return AskForm(data, initial=initial, subjects=subjects, hers=self.hers, **self.offers())

    def offers(self) -> dict[str, Any]:
        """What the form offers this writer: to ask oneself is of no use, nor under a topic of which others tell them
        nothing, since the answer would be read with the question."""
        found = super().offers()
        return found | {
            "audiences": [each for each in found["audiences"] if each[0] != "me"],
            "topics": topics_told_to(self.lens),
        }

    def choice(self, form: ReadersForm) -> Choice | None:
        """Who is to read it, of those who may read what it is about. Who is chosen by name stays chosen, so that the
        writer is told of those who could not read it."""
        chosen = self._chosen(form)
        if chosen is None or self.above is None:
            return chosen
        narrowed = changes.within(self.lens, chosen, self.above.row)
        # Whoever is named for their role alone, and has no way in now, was chosen by nobody: the writer is not told of
        # them, and asks the others.
        away = {seat.mark_id for seat in self.seats} - {seat.mark_id for seat in self.reading(narrowed)}
        return replace(narrowed, named=(narrowed.named - away) | chosen.named)

    def _chosen(self, form: ReadersForm) -> Choice | None:
        audience = {FEW: few_to_ask(self.lens), ALL: EVERY_ROLE}.get(form.cleaned_data.get("audience", ""))
        if audience is None:
            return super().choice(form)
        topic = Topic.COORDINATION if self.hers else form.cleaned_data.get("topic")
        return Choice(Topic(topic), audience) if topic else None


@dataclass
class QuestionPlace:
    """A question that somebody sees, as it stands, with those of the people they see who read it, and the names of
    those who could answer it, by their public ids, and their roles. `shown`: a fingerprint of who reads it, as it is
    shown to whoever writes; `asked`: whom of these it waits for."""

    row: Any
    lens: Lens
    question: QuestionRow
    readers: tuple[Reading, ...]
    shown: str
    could_answer: list[tuple[str, str]]
    asked: str
    may_route: bool

    @property
    def url(self) -> str:
        """The board, at this question."""
        return f"{self.question.board}#question-{self.question.id}"

    @property
    def unseen(self) -> bool:
        """Whether it waits for somebody whom they do not see."""
        return self.question.waits_for.team

    @property
    def has_to_permit(self) -> bool:
        """Whether the writer is asked whether their own client permits it."""
        return asks_own_client(self.lens)

    def let_answer(self) -> None:
        """Go on for whoever may answer. Raises NotAllowedError."""
        changes.let_answer(self.lens, self.row)

    @property
    def why_no_answer(self) -> Any:
        """Why they cannot answer it as it stands; nothing where they can."""
        return changes.why_no_answer(self.lens, self.row)

    @property
    def over(self) -> Any:
        """Why nothing is done about it any more; nothing while it is open."""
        return changes.OVER.get(stands(self.row), "")

    def let_widen(self) -> None:
        """Go on for whoever may let others read it. Raises NotAllowedError."""
        changes.let_widen(self.lens, self.row)

    def let_set_aside(self) -> None:
        """Go on for whoever may set it aside. Raises NotAllowedError."""
        changes.let_set_aside(self.lens)


def widened(person: int, question: str) -> tuple[Reading, ...]:
    """Those of the people that this person sees who would read a question of theirs if everybody did. Raises StaleError
    where what it is about is not seen any more."""
    with one_moment() as at:
        sight = sight_of(person, at)
        row = changes.visible_question(sight, question)
        lens = sight[row.row.case]
        choice = changes.everybody(sight, lens, row)
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        there = replace(row.row, audience=choice.audience, named=choice.named)
        return Desk(lens, seats, None, "", has_to_permit=False).told(reading(there, seats))


def ask_desk(person: int, case: str, about: str, conference: str) -> AskDesk | None:
    """The desk of this person in this case now, asking about the seat or the line of this public id, if they see it;
    None where nothing is there. `conference`: the public id of where they come from, or nothing."""
    with one_moment() as at:
        sight = sight_of(person, at)
        try:
            lens = changes.lens_of(sight, case)
        except LookupError:
            return None
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        lines = open_rows(sight, Responsibility.objects.sealed(mark__case=lens.case))
        above = next((row for row in (*seats, *lines) if row.public_id == about), None)
        address = f"/cases/{case}/questions/"
        return AskDesk(
            lens,
            seats,
            above,
            address,
            has_to_permit=asks_own_client(lens),
            case=case,
            lines=lines,
            conference=conference,
        )


def case_of_subject(person: int, link: str, about: str) -> str | None:
    """The public id of the case of this seat or line, if this person sees it."""
    with one_moment() as at:
        found = open_rows(sight_of(person, at), changes.ABOUT[link].objects.sealed(mark__public_id=about))
        return changes.case_of(found[0]) if found else None


def question_seen(person: int, question: str) -> QuestionPlace | None:
    """This question as this person sees it now; None where nothing is there."""
    with one_moment() as at:
        sight = sight_of(person, at)
        try:
            row = changes.visible_question(sight, question)
        except LookupError:
            return None
        lens = sight[row.row.case]
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        rooms = open_rows(sight, Conference.objects.sealed(mark__case=lens.case))
        team = Team.of(seats)
        shown = question_row(row, team, lens, row.case_public_id, rooms)
        could, reads = changes.could_answer(sight, lens, row), reading(row.row, seats)
        choices = [(seat.public_id, f"{seat.name}, {ROLES[Role(seat.role)]}") for seat in could]
        choices += [
            (changes.role_value(role), _("whoever has this role: %(role)s") % {"role": ROLES[Role(role)]})
            for role in changes.roles_of(could)
        ]
        waits = next((seat.public_id for seat in could if seat.mark_id == row.routed_to_id), "")
        return QuestionPlace(
            row,
            lens,
            shown,
            Desk(lens, seats, None, "", has_to_permit=False).told(reads),
            fingerprint(row.row.audience, *map(read_of, reads)),
            choices,
            waits or (changes.role_value(shown.waits_role) if shown.waits_role else ""),
            changes.routes(sight, lens, row),
        )
