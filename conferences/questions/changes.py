"""A question about who does what: it is asked, and what then becomes of it."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.meetings.models import Conference, Status
from conferences.questions.models import (
    ALL,
    FEW,
    UNSURE,
    EarlierAnswer,
    RoleQuestion,
    Stands,
    alone,
    as_read,
    in_one_press,
    is_open,
    may_widen,
    stands,
    waits_for,
)
from conferences.readers.changes import Choice, reading
from conferences.responsibilities.models import Responsibility
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError, let_read, mark_row
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.models import Case, Guarded, Mark, Seat
from workspace.disclosure.policy import (
    EVERY_ROLE,
    Lens,
    Refusal,
    Row,
    asks_own_client,
    few_to_ask,
    may_answer,
    may_ask,
    may_be_asked,
    may_edit,
    may_give_to,
    may_route,
    may_say_it_is_clear,
    may_set_aside,
    narrowed_to,
)
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record
from workspace.text import cleaned

ABOUT: dict[str, type[Guarded]] = {"about_id": Seat, "line_id": Responsibility}
SAYS_WHAT_OTHERS_SAY = _("The interpreter says what others say, and asks nothing of their own.")
ANSWERS_NOTHING = _("The interpreter says what others answer, and answers nothing of their own.")
ASKED_IT = _("You asked this yourself. Somebody else answers it; you say whether it is clear.")
NOT_THE_ASKER = _("Only whoever asked this can say that.")
NOT_TO_WIDEN = _("Only whoever asked this can let others read it.")
NOT_THE_SUPERVISOR = _("Only a clinical supervisor of the agency that holds the record can set this aside.")
NOT_TO_ROUTE = _(
    "Who is to answer this is said by those who carry the case, by whoever leads its next meeting, "
    "or by whoever was asked."
)
ANSWERED_MEANWHILE = _(
    "Somebody answered this already. Their answer stands on this page, and what you wrote is still here. "
    "If it is not clear to whoever asked, they say so, and then you can answer as well."
)
DOES_NOT_WAIT = _("This does not wait for an answer now. Look at it again.")
CANNOT_READ_IT = _("This person cannot answer it. Choose somebody on the list.")
NOBODY_COULD_ANSWER = _("Nobody else may read this, so nobody could answer. Ask in your own words.")
STAYS_WITH_THEM = _("This one stays with those who can read it now. Ask again, and choose who may read that.")
NOBODY_ELSE = _("Nobody else could read this, so nobody could answer. Choose other readers.")
ALONE = _("Only you can see this now, so nobody can answer it. You can ask again.")
GONE = _("What this is about is not here any more. Choose again.")
OVER = {
    Stands.CLEAR: _("It is clear by now to whoever asked."),
    Stands.SET_ASIDE: _("It was set aside. Whoever asked can take it up again."),
}


def ask(sight: Sight, *, link: str, about: str, to: str) -> str:
    """Say in one press that one is not sure about a card or a line. `link`: the column of `ABOUT` that it is. `to`:
    `FEW` or `ALL` of those who read that. While what they pressed about it is open, there is no second question.

    Gives the public id of the case. Raises LookupError (nothing is there), NotAllowedError (an interpreter, or nobody
    would read it) and RefusedError (the policy).
    """
    with transaction.atomic():
        lens = sight[_subject(sight, link, about).row.case]
        let_ask(lens)
        case_changed(lens.case)
        now = again(lens)
        subject = _subject(now, link, about)
        case = case_of(subject)
        own = open_rows(now, RoleQuestion.objects.sealed(mark__author=lens.seat, **{link: subject.mark_id}))
        if any(is_open(row) and row.text in in_one_press() for row in own):
            unchanged()
            return case
        if to not in (FEW, ALL):
            raise NotAllowedError(_("Choose who may read it."))
        audience = few_to_ask(lens) if to == FEW else EVERY_ROLE
        choice = within(lens, Choice(subject.row.topic, audience), subject.row)
        if not somebody_reads(now, lens, choice):
            raise NotAllowedError(NOBODY_COULD_ANSWER)
        mark = mark_row(
            lens,
            topic=choice.topic,
            audience=choice.audience,
            named=choice.named,
            parent=subject.mark_id,
            left_out_because=subject.left_out_because if choice.leaves_her_out(lens) else "",
        )
        # Unsealed: a new row.
        RoleQuestion.unsealed.create(mark=mark, text=str(UNSURE), **{link: subject.mark_id})
        record.done(lens, "question_asked", mark=mark.pk)
        return case


def let_ask(lens: Lens) -> None:
    """Go on for whoever asks something of their own. Raises NotAllowedError."""
    if not may_ask(lens):
        raise NotAllowedError(SAYS_WHAT_OTHERS_SAY)


def ask_in_words(
    sight: Sight,
    *,
    case: str,
    about: str,
    text: str,
    choice: Choice,
    left_out_because: str,
    permitted: bool,
    key: str,
) -> None:
    """Ask in one's own words. `about`: the public id of the seat or the line that it is about, or nothing in particular
    when it is empty. `choice`: who is to read it. `permitted`: the writer says that their own client permits it. `key`:
    the form's own; sent twice, it writes once.

    Raises LookupError (nothing is there), NotAllowedError (an interpreter), StaleError (what it is about is gone) and
    RefusedError (the policy).
    """
    with transaction.atomic():
        lens = lens_of(sight, case)
        let_ask(lens)
        case_changed(lens.case)
        now = again(lens)
        lens_of(now, case)
        once = record.Once.of(
            key, case, about, text, choice.topic, choice.audience, sorted(choice.named), left_out_because
        )
        if record.taken(lens, once):
            unchanged()
            return
        link, subject = subject_of(now, lens.case, about)
        if about and subject is None:
            raise StaleError(GONE)
        if subject:
            # It may have been narrowed since the readers were chosen.
            choice = within(lens, choice, subject.row)
        if asks_own_client(lens) and not permitted:
            raise RefusedError(Refusal.OWN_CLIENT_NOT_ASKED)
        if not somebody_reads(now, lens, choice):
            raise StaleError(NOBODY_ELSE)
        mark = mark_row(
            lens,
            topic=choice.topic,
            audience=choice.audience,
            named=choice.named,
            parent=subject.mark_id if subject else None,
            left_out_because=cleaned(left_out_because) if choice.leaves_her_out(lens) else "",
            permitted_at=timezone.now() if permitted and asks_own_client(lens) else None,
        )
        # Unsealed: a new row.
        RoleQuestion.unsealed.create(
            mark=mark, text=cleaned(text), **({link: subject.mark_id} if subject else {})
        )
        record.done(lens, "question_asked", mark=mark.pk, once=once)


def answer(sight: Sight, *, question: str, text: str, permitted: bool, key: str) -> str:
    """Answer a question, or put one's answer otherwise; what was said before is kept.

    This and all that follow give the public id of the case, and raise LookupError (nothing is there), NotAllowedError
    (not theirs to do) and StaleError (not as it stands). This one raises RefusedError (their client was not asked).
    """
    with transaction.atomic():
        lens, row = _locked(sight, question)
        let_answer(lens, row)
        once = record.Once.of(key, question, text)
        if record.taken(lens, once):
            unchanged()
            return str(row.case_public_id)
        if why_not := why_no_answer(lens, row):
            raise StaleError(why_not)
        if asks_own_client(lens) and not permitted:
            raise RefusedError(Refusal.OWN_CLIENT_NOT_ASKED)
        again_theirs = stands(row) is Stands.ANSWERED and row.answered_by_id == lens.seat
        if again_theirs and row.answer == cleaned(text):
            unchanged()
            return str(row.case_public_id)
        if row.answer:
            EarlierAnswer.objects.create(
                question_id=row.mark_id,
                seat_id=row.answered_by_id,
                text=row.answer,
                at=row.answered_at,
                permitted_at=row.answer_permitted_at,
            )
        _write(
            lens,
            row,
            "answer_put_otherwise" if again_theirs else "question_answered",
            once=once,
            answer=cleaned(text),
            answered_by=lens.seat,
            answered_at=timezone.now(),
            answer_permitted_at=timezone.now() if asks_own_client(lens) else None,
            unclear_at=None,
        )
        return str(row.case_public_id)


def let_answer(lens: Lens, row: Any) -> None:
    """Go on for whoever may answer this question. Raises NotAllowedError."""
    if not may_answer(lens, row.row):
        raise NotAllowedError(ASKED_IT if row.row.author == lens.seat else ANSWERS_NOTHING)


def why_no_answer(lens: Lens, row: Any) -> Any:
    """Why this seat cannot answer the question as it stands; nothing where it can."""
    state = stands(as_read(row, lens))
    if state is Stands.ANSWERED and row.answered_by_id != lens.seat:
        return ANSWERED_MEANWHILE
    return OVER.get(state, "")


def route(sight: Sight, *, question: str, to: str) -> str:
    """Say who is to answer: the seat of this public id, whoever has a role (`role_value`), or nobody in particular when
    it is empty. Whom the writer does not see is then asked still: they changed nothing about it."""
    with transaction.atomic():
        lens, row = _locked(sight, question)
        now = again(lens)
        seats = could_answer(now, lens, row)
        seat = next((seat for seat in seats if seat.public_id == to), None)
        role = next((role for role in roles_of(seats) if role_value(role) == to), "")
        if (seat or role) and (row.routed_to_id, row.routed_role) == (seat and seat.mark_id, role):
            # Whoever hands it on may do so no more when the same press comes twice.
            unchanged()
            return str(row.case_public_id)
        if not routes(now, lens, row):
            raise NotAllowedError(NOT_TO_ROUTE)
        if to and seat is None and not role:
            raise StaleError(CANNOT_READ_IT)
        if to:
            asked = seat.mark_id if seat else None
        else:
            asked, role = _unseen(now, row)
        if (row.routed_to_id, row.routed_role) == (asked, role):
            unchanged()
        elif stands(as_read(row, lens)) is not Stands.WAITING:
            raise StaleError(DOES_NOT_WAIT)
        else:
            _write(lens, row, "question_routed", routed_to=asked, routed_role=role)
        return str(row.case_public_id)


def role_value(role: str) -> str:
    """How a form says that whoever has this role is to answer. No seat's public id reads so."""
    return f"role:{role}"


def roles_of(seats: Iterable[Any]) -> tuple[str, ...]:
    """The roles of these opened seats, each once."""
    return tuple(dict.fromkeys(seat.role for seat in seats))


def _unseen(sight: Sight, row: Any) -> tuple[int | None, str]:
    """The seat or the role that it waits for, where they see neither it nor anybody who has it."""
    seats = open_rows(sight, Seat.objects.sealed(case=row.row.case))
    seat = None if any(seat.mark_id == row.routed_to_id for seat in seats) else row.routed_to_id
    return seat, "" if row.routed_role in roles_of(seats) else row.routed_role


def routes(sight: Sight, lens: Lens, row: Any) -> bool:
    """Whether this seat may say who is to answer."""
    rooms = open_rows(sight, Conference.objects.sealed(mark__case=lens.case))
    leads = any(room.facilitator_id == lens.seat and room.state != Status.CLOSED for room in rooms)
    return may_route(lens, leads=leads, asked=waits_for(row, lens))


def could_answer(sight: Sight, lens: Lens, row: Any) -> list[Any]:
    """The seats that the lens sees, that could answer this question now, and that may be said to be waited for: not the
    survivor, who answers what she likes."""
    seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
    return [
        seat
        for seat in reading(row.row, seats)
        if seat.comes_in
        and may_be_asked(seat.role)
        and may_give_to(lens, seat.mark_id)
        and seat.mark_id != row.row.author
    ]


def let_everybody_read(sight: Sight, *, question: str, permitted: bool) -> str:
    """Whoever asked lets everybody read it who may read what it is about, as long as nobody has answered. `permitted`:
    they say that their own client permits that too. Raises RefusedError as well (the policy)."""
    with transaction.atomic():
        lens, row = _locked(sight, question)
        let_widen(lens, row)
        choice = everybody(again(lens), lens, row)
        if (choice.audience, choice.named) == (row.row.audience, row.row.named):
            unchanged()
            return str(row.case_public_id)
        if asks_own_client(lens):
            if not permitted:
                raise RefusedError(Refusal.OWN_CLIENT_NOT_ASKED)
            Mark.objects.filter(pk=row.mark_id).update(permitted_at=timezone.now())
        let_read(
            lens,
            row.mark_id,
            topic=choice.topic,
            audience=choice.audience,
            named=choice.named,
            left_out_because=row.left_out_because if choice.leaves_her_out(lens) else "",
        )
        record.done(lens, "question_let_read", mark=row.mark_id)
        return str(row.case_public_id)


def let_widen(lens: Lens, row: Any) -> None:
    """Go on for whoever may let others read this question. Raises NotAllowedError, and StaleError where
    somebody has written there."""
    if not may_edit(lens, row.row):
        raise NotAllowedError(NOT_TO_WIDEN)
    if not may_widen(row, lens):
        raise StaleError(STAYS_WITH_THEM)


def everybody(sight: Sight, lens: Lens, row: Any) -> Choice:
    """Everybody who may read what this question is about. Raises StaleError where that is not seen any more."""
    choice = Choice(row.row.topic, EVERY_ROLE, row.row.named)
    if not row.about_id and not row.line_id:
        return choice
    subject = subject_seen(sight, row)
    if subject is None:
        raise StaleError(GONE)
    return within(lens, choice, subject.row)


def close(sight: Sight, *, question: str) -> str:
    """Whoever asked says that it is clear now, whether it was answered or not."""
    with transaction.atomic():
        lens, row = _asked(sight, question)
        if row.closed_at:
            unchanged()
        else:
            _write(lens, row, "question_closed", closed_at=timezone.now(), set_aside_at=None)
        return str(row.case_public_id)


def say_unclear(sight: Sight, *, question: str) -> str:
    """Whoever asked says that it is not clear yet, or that what was set aside still matters: it waits again."""
    with transaction.atomic():
        lens, row = _asked(sight, question)
        if alone(row):
            raise StaleError(ALONE)
        if stands(as_read(row, lens)) is Stands.WAITING:
            unchanged()
        else:
            opened: dict[str, Any] = {"closed_at": None, "set_aside_at": None, "unclear_at": timezone.now()}
            _write(lens, row, "question_opened_again", **opened)
        return str(row.case_public_id)


def set_aside(sight: Sight, *, question: str, note: str) -> str:
    """A clinical supervisor sets it aside, with a note that everybody reads who reads the question."""
    with transaction.atomic():
        lens, row = _locked(sight, question)
        let_set_aside(lens)
        if row.set_aside_at and row.set_aside_by_id == lens.seat and row.set_aside_note == cleaned(note):
            unchanged()
        elif not is_open(row):
            raise StaleError(OVER[stands(row)])
        else:
            aside: dict[str, Any] = {"set_aside_by": lens.seat, "set_aside_note": cleaned(note)}
            _write(lens, row, "question_set_aside", set_aside_at=timezone.now(), **aside)
        return str(row.case_public_id)


def let_set_aside(lens: Lens) -> None:
    """Go on for whoever may set a question aside. Raises NotAllowedError."""
    if not may_set_aside(lens):
        raise NotAllowedError(NOT_THE_SUPERVISOR)


def within(lens: Lens, choice: Choice, subject: Row) -> Choice:
    """Of those who are chosen to read a question, the ones who may read what it is about: with its topic, its roles,
    and the seats that it names."""
    alone = subject.touches - {lens.seat}
    # Unsealed: a role is asked for, whoever may see the seat.
    roles = dict(Seat.unsealed.filter(mark__in=alone | choice.named).values_list("mark_id", "role"))
    audience, named = narrowed_to(
        choice.audience, choice.named, most=subject.audience, alone=alone, roles=roles
    )
    return Choice(subject.topic, audience, named)


def somebody_reads(sight: Sight, lens: Lens, choice: Choice) -> bool:
    """Whether anybody but the asker reads it, as far as the asker may know: a role, or somebody by name."""
    return bool(choice.audience or open_rows(sight, Seat.objects.sealed(mark__in=choice.named - {lens.seat})))


def visible_question(sight: Sight, question: str) -> Any:
    """The question, opened. Raises LookupError when there is nothing there for this person."""
    found = open_rows(sight, RoleQuestion.objects.sealed(mark__public_id=question))
    if not found:
        raise LookupError(question)
    return found[0]


def lens_of(sight: Sight, case: str) -> Lens:
    """The lens for the case of this public id. Raises LookupError."""
    found = Case.objects.filter(public_id=case).values_list("pk", flat=True).first()
    if found is None or found not in sight:
        raise LookupError(case)
    return sight[found]


def subject_of(sight: Sight, case: int, about: str) -> tuple[str, Any | None]:
    """The column of `ABOUT` and the opened row of this public id that a question may be about, if they see it."""
    # All are opened and compared here: what was sent may be nothing that a database takes.
    tables = {"about_id": Seat.objects.sealed(case=case)}
    tables["line_id"] = Responsibility.objects.sealed(mark__case=case)
    for link, rows in tables.items():
        for row in open_rows(sight, rows):
            if row.public_id == about:
                return link, row
    return "", None


def subject_seen(sight: Sight, row: Any) -> Any | None:
    """The seat or the line that this question is about, opened, if they see it."""
    for link, table in ABOUT.items():
        for found in open_rows(sight, table.objects.sealed(mark__in={getattr(row, link)} - {None})):
            return found
    return None


def _subject(sight: Sight, link: str, about: str) -> Any:
    found = open_rows(sight, ABOUT[link].objects.sealed(mark__public_id=about))
    if not found:
        raise LookupError(about)
    return found[0]


def _locked(sight: Sight, question: str) -> tuple[Lens, Any]:
    lens = sight[visible_question(sight, question).row.case]
    case_changed(lens.case)
    return lens, visible_question(again(lens), question)


def _asked(sight: Sight, question: str) -> tuple[Lens, Any]:
    lens, row = _locked(sight, question)
    if not may_say_it_is_clear(lens, row.row):
        raise NotAllowedError(NOT_THE_ASKER)
    return lens, row


def case_of(row: Any) -> str:
    """The public id of the case of this opened row."""
    return str(Mark.objects.values_list("case__public_id", flat=True).get(pk=row.mark_id))


def _write(lens: Lens, row: Any, verb: str, once: record.Once | None = None, **columns: Any) -> None:
    # Unsealed: the write of a row that the lens has just opened.
    RoleQuestion.unsealed.filter(pk=row.mark_id).update(**columns)
    record.done(lens, verb, mark=row.mark_id, once=once)
