"""Changing what was written: its text, and who reads it, on an agenda, on the board or in the plan. What it said is
kept, for whoever could read it then."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agendas.actions.models import ActionItem
from agendas.goals.models import Barrier, Goal, GoalReading, Need, Strength
from agendas.items.changes import visible_item
from agendas.items.models import AgendaItem, EarlierVersion
from agendas.notes.models import Decision, Note, Stance, Unconfirmed
from conferences.meetings.changes import keep_permission, let_speak, over
from conferences.meetings.models import Status
from conferences.questions.changes import NOBODY_ELSE
from conferences.questions.models import RoleQuestion, alone
from conferences.readers.changes import Choice, reading
from conferences.responsibilities.models import How, Involved, Responsibility, involved_of
from workspace.disclosure.changes import NotAllowedError, StaleError, let_read, mark_again
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.models import Mark, Seat
from workspace.disclosure.policy import (
    ROLE_BIT,
    Lens,
    Role,
    Row,
    Topic,
    is_meant_for,
    leaves_her_out,
    may_be_asked,
    may_edit,
    may_narrow,
    may_take_back,
    narrowed_to,
    narrows,
)
from workspace.disclosure.sealed import SeatSet
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record
from workspace.text import cleaned

COMES_FROM = _("What this comes from is read by fewer people now.")
NOT_ITS_AUTHOR = _("Only whoever wrote this can change it. You can write a note of your own beside it.")
NOT_ITS_NARROWER = _(
    "Only whoever wrote this, the survivor, a case manager or the clinical supervisor can change who sees it."
)
NOT_ITS_WIDENER = _(
    "Only whoever wrote this can let more people read it. Choose among those who read it now."
)
STAYS = _(
    "The meeting is closed, and what was written in it stays as it is. "
    "You can add something to it, and fewer people can be let read it."
)
OTHER_TEXT = _(
    "This was changed in the meantime, in another window. Nothing is lost: both texts stand here, "
    "and yours is kept only when you press the button again."
)
NO_WIDER_ITEM = _(
    "An item is not opened to more people, for that would open what others wrote under it. "
    "Put a new item on the agenda."
)
NO_WIDER_BOARD = _("Here fewer people are let read this. Nobody is let read it who could not before.")
NOT_TO_TAKE_BACK = _("In one press only the survivor takes back what she asked.")
SHE_TOOK_IT = _(
    "The survivor took this on herself, so it is not kept from her. Choose readers among whom she is, or ask her to "
    "give it back first."
)
OTHER_READERS = _("Who reads this was changed in the meantime. Please look at it again.")
THEIR_WORDS = _("These are somebody else’s words. Ask them, and write them down anew.")
NOT_YET_THEIR_WORDS = _(
    "Whoever said this has not confirmed it, so it is not opened to more people. You can let fewer people see it."
)


# What hangs on the case, by where it stands.
ON_THE_BOARD = (RoleQuestion, Responsibility)
IN_THE_PLAN = (ActionItem, Goal, GoalReading, Need, Strength, Barrier)


@dataclass(frozen=True)
class Written:
    """Something that was written, opened: a note, a decision or an item; on the board, a question or something that
    has to be done; or a row of the plan. `item`: the one it stands under, or itself; none on the board and in the
    plan."""

    table: Any
    row: Any
    item: Any

    @property
    def is_item(self) -> bool:
        """Whether it is an item."""
        return self.table is AgendaItem

    @property
    def is_question(self) -> bool:
        """Whether it is a question about who does what."""
        return self.table is RoleQuestion

    @property
    def is_planned(self) -> bool:
        """Whether it is a row of the plan."""
        return self.table in IN_THE_PLAN

    @property
    def is_task(self) -> bool:
        """Whether it is an action item."""
        return self.table is ActionItem

    @property
    def is_goal(self) -> bool:
        """Whether it is a goal."""
        return self.table is Goal

    @property
    def doers(self) -> frozenset[int]:
        """The seats that do it, where it is an action item: its owner's, and those that help."""
        return SeatSet.read(self.row.helpers) | {self.row.owner_id} if self.is_task else frozenset()

    @property
    def is_text(self) -> bool:
        """Whether it is a note or a decision; what something else says is not changed here."""
        return self.table in (Note, Decision)

    @property
    def closed(self) -> bool:
        """Whether its conference is closed."""
        return self.item is not None and self.item.conference_state == Status.CLOSED

    @property
    def borrowed(self) -> bool:
        """Whether it says what somebody else said, who answers for the words."""
        said_by = self.row.said_by_id if self.table is Note else None
        return said_by is not None and said_by != self.row.row.author

    @property
    def waits(self) -> bool:
        """Whether whoever said it has not confirmed it, yet or at all."""
        return self.borrowed and bool(self.row.unconfirmed)


def visible(sight: Sight, written: str) -> Written | None:
    """What was written, by its public id, or None when there is nothing there for this person."""
    for table in (Note, Decision):
        found = open_rows(sight, table.objects.sealed(mark__public_id=written))
        items = open_rows(sight, AgendaItem.objects.sealed(mark__in=[row.item_id for row in found]))
        if items:
            return Written(table, found[0], items[0])
    for of_the_case in (*ON_THE_BOARD, *IN_THE_PLAN):
        for row in open_rows(sight, of_the_case.objects.sealed(mark__public_id=written)):
            return Written(of_the_case, row, None)
    item = visible_item(sight, written)
    return None if item is None else Written(AgendaItem, item, item)


def may_change_text(lens: Lens, it: Written) -> None:
    """Nothing, for whoever may do so until the conference is closed. Raises LookupError for what is neither a note nor
    a decision, and NotAllowedError (another wrote it, or confirmed that these are their words, or they observe)."""
    if not it.is_text:
        raise LookupError(it.row.public_id)
    if not may_edit(lens, it.row.row):
        raise NotAllowedError(NOT_ITS_AUTHOR)
    if it.borrowed and not it.waits:
        raise NotAllowedError(THEIR_WORDS)
    let_speak(lens, it.item.conference_id)


def may_say_less(lens: Lens, it: Written) -> None:
    """Nothing, for whoever may write it anew for more people. Raises as `may_change_text` does."""
    may_change_text(lens, it)
    if it.borrowed:
        raise NotAllowedError(THEIR_WORDS)


def may_change_readers(lens: Lens, it: Written) -> None:
    """Nothing, for whoever may let fewer people read it, at any time. Raises NotAllowedError."""
    if not may_narrow(lens, it.row.row):
        raise NotAllowedError(NOT_ITS_NARROWER)


def change_text(sight: Sight, *, written: str, text: str, edition: int, permitted: bool, key: str) -> None:
    """Let a note or a decision say something else. `edition`: the one its author had before them. `permitted`: they say
    that their own client permits it. What others said of a decision is asked for anew, and so is whoever did not
    confirm what a recorder wrote down.

    Raises LookupError (nothing is there), NotAllowedError (as `may_change_text`), StaleError (the conference is closed,
    or its text was changed meanwhile) and RefusedError (the policy).
    """
    with transaction.atomic():
        lens, it = _locked(sight, written)
        said = cleaned(text)
        once = record.Once.of(key, written, said, edition)
        if record.taken(lens, once):
            unchanged()
            return
        may_change_text(lens, it)
        if it.closed:
            raise StaleError(over(it.item, STAYS))
        if it.row.text == said:
            unchanged()
            return
        if edition != it.row.edition:
            raise StaleError(OTHER_TEXT)
        # Unsealed: the write of what the lens has just opened.
        EarlierVersion.unsealed.create(
            mark=mark_again(it.row, parent=it.item.mark_id),
            of_id=it.row.mark_id,
            edition=it.row.edition,
            text=it.row.text,
        )
        keep_permission(lens, it.item.conference_id, it.row.mark_id, given=permitted)
        # Unsealed: the write of a row that the lens has just opened.
        it.table.unsealed.filter(pk=it.row.mark_id).update(text=said, edition=it.row.edition + 1)
        # Whoever agreed, or saw it differently, said so of what it was.
        Stance.objects.filter(decision=it.row.mark_id).delete()
        Unconfirmed.objects.filter(note=it.row.mark_id).update(denied_at=None)
        record.done(lens, "text_changed", mark=it.row.mark_id, once=once)


def change_readers(
    sight: Sight,
    *,
    written: str,
    choice: Choice,
    left_out_because: str,
    sure: Callable[[], bool],
    permitted: bool,
    key: str,
) -> None:
    """Let fewer people read something, or, as its author, others. `sure`: whether its author was asked once more, and
    about those who read it now and would then; asked while nothing can change that. `permitted`: as of a text.

    What takes an item up again is narrowed with it, at whatever meeting it stands, and so is what was made of a
    question, or asked about something that has to be done: it says the same.

    Raises LookupError (nothing is there), NotAllowedError (not theirs to do), StaleError (the conference is closed, or
    others read it meanwhile than its author was asked about) and RefusedError (the policy).
    """
    with transaction.atomic():
        lens, it = _locked(sight, written)
        row = it.row.row
        may_change_readers(lens, it)
        her_out = leaves_her_out(
            lens.survivor, audience=choice.audience, named=choice.named, author=row.author
        )
        because = cleaned(left_out_because) if her_out else ""
        once = record.Once.of(key, written, choice.topic, choice.audience, sorted(choice.named), because)
        if record.taken(lens, once):
            unchanged()
            return
        fewer = is_narrower(lens, it, choice)
        if not fewer:
            _may_widen(lens, it, sure)
        if it.item is None:
            choice = _let_stay(lens, it, choice, her_out=her_out)
        followed = fewer and not it.is_text and _narrow_what_follows(lens, it.row.mark_id, choice, because)
        if (row.topic, row.audience, row.named) == (choice.topic, choice.audience, choice.named):
            # Those who read it now may be fewer than those who would once it is confirmed.
            if _confirm_no_more(it, choice) or followed:
                record.door_closed(lens, "narrowed", mark=it.row.mark_id)
            else:
                unchanged()
            return
        let_read(
            lens,
            it.row.mark_id,
            topic=choice.topic,
            audience=choice.audience,
            named=choice.named,
            left_out_because=because,
        )
        if fewer:
            _confirm_no_more(it, choice)
            if it.item is None:
                _end_for_others(lens, it.row.mark_id)
            # To close a door is never too much.
            record.door_closed(lens, "narrowed", mark=it.row.mark_id)
        else:
            keep_permission(lens, it.item.conference_id, it.row.mark_id, given=permitted)
            record.done(lens, "widened", mark=it.row.mark_id, once=once)


def take_back(sight: Sight, *, question: str) -> str:
    """The survivor takes back what she asked: nobody reads it any more but her, nor what was made of it; it is over.

    Gives the public id of the case. Raises LookupError (nothing is there) and NotAllowedError (it is not hers).
    """
    with transaction.atomic():
        lens, it = _locked(sight, question)
        if not it.is_question:
            raise LookupError(question)
        row = it.row.row
        if not may_take_back(lens, row):
            raise NotAllowedError(NOT_TO_TAKE_BACK)
        if alone(it.row):
            unchanged()
            return str(it.row.case_public_id)
        nobody = Choice(row.topic, 0)
        _narrow_what_follows(lens, it.row.mark_id, nobody, "")
        let_read(lens, it.row.mark_id, topic=row.topic, audience=0, named=(), left_out_because="")
        _end_for_others(lens, it.row.mark_id)
        # To close a door is never too much.
        record.door_closed(lens, "question_taken_back", mark=it.row.mark_id)
        return str(it.row.case_public_id)


def is_narrower(lens: Lens, it: Written, choice: Choice) -> bool:
    """Whether nobody would read it who could not before."""
    # Unsealed: the rule asks the role of each seat that is named.
    roles = Seat.unsealed.filter(case=lens.case, pk__in=choice.named).values_list("mark_id", "role")
    named = {number: Role(role) for number, role in roles}
    return narrows(it.row.row, topic=choice.topic, audience=choice.audience, named=named)


def _may_widen(lens: Lens, it: Written, sure: Callable[[], bool]) -> None:
    if not may_edit(lens, it.row.row):
        raise NotAllowedError(NOT_ITS_WIDENER)
    if it.is_item:
        raise NotAllowedError(NO_WIDER_ITEM)
    if not it.is_text:
        raise NotAllowedError(NO_WIDER_BOARD)
    if it.borrowed:
        raise NotAllowedError(NOT_YET_THEIR_WORDS if it.waits else THEIR_WORDS)
    let_speak(lens, it.item.conference_id)
    if it.closed:
        raise StaleError(over(it.item, STAYS))
    if not sure():
        raise StaleError(OTHER_READERS)


def go_on_reading(lens: Lens, it: Written, choice: Choice, seats: Collection[int]) -> Choice:
    """The same with those who go on reading a row of the plan, whoever is chosen: who does an action item, and who
    helps, for it is theirs; and the survivor, who reads it now, where it is what she wants, or where somebody does it
    whom the narrower, who sees these seats, does not see: that might be her, or her attorney, who keeps nothing from
    her, and neither is told by whom one can leave out."""
    row = it.row.row
    found = replace(choice, named=choice.named | (it.doers & row.named))
    hers = it.is_goal or not it.doers.issubset(seats)
    left_out_then, left_out_now = (
        leaves_her_out(lens.survivor, audience=each.audience, named=each.named, author=row.author)
        for each in (choice, row)
    )
    if hers and left_out_then and not left_out_now:
        found = replace(found, named=found.named | {lens.survivor})
    return found


def _let_stay(lens: Lens, it: Written, choice: Choice, *, her_out: bool) -> Choice:
    """Nobody keeps from the survivor what she took on herself, nobody but its asker leaves a question to nobody who
    could answer it, and whoever does an action item goes on reading it: also those whom the narrower, not seeing them,
    could not choose. Gives the choice with these. Raises StaleError."""
    row = it.row.row
    seats = open_rows(again(lens), Seat.objects.sealed(case=lens.case))
    if it.table is Responsibility and her_out and any(seat.mark_id == lens.survivor for seat in seats):
        claims = [seat for seat, how in involved_of(it.row.involved) if how == How.CLAIMS]
        if lens.survivor in (it.row.accountable_id, *claims):
            raise StaleError(SHE_TOOK_IT)
    if it.is_question and not may_edit(lens, row):
        then = reading(replace(row, audience=choice.audience, named=choice.named), seats)
        if not any(may_be_asked(seat.role) and seat.mark_id != row.author for seat in then):
            raise StaleError(NOBODY_ELSE)
    if not it.is_planned:
        return choice
    known = {seat.mark_id for seat in seats}
    found = go_on_reading(lens, it, choice, known)
    # It may have been given to somebody else since they were chosen.
    if (found.named - choice.named) & {*known, lens.survivor}:
        raise StaleError(OTHER_READERS)
    return found


def _locked(sight: Sight, written: str) -> tuple[Lens, Written]:
    it = visible(sight, written)
    if it is None:
        raise LookupError(written)
    lens = sight[it.row.row.case]
    case_changed(lens.case)
    it = visible(again(lens), written)
    if it is None:
        raise LookupError(written)
    return lens, it


def _narrow_what_follows(lens: Lens, written: int, choice: Choice, because: str) -> bool:
    """What takes this up again, was made of it or was asked about it, and whatever follows from that, is read by nobody
    who is not to read this. Gives whether somebody would have. `because`: why she is left out, where that is new."""
    # Unsealed: the rule asks the role of each seat that is named.
    seats = Seat.unsealed.filter(case=lens.case).values_list("mark_id", "role")
    roles = {number: Role(role) for number, role in seats}
    fewer = False
    author = Mark.objects.values_list("author", flat=True).get(pk=written)
    # Unsealed: whoever narrows need not see what follows, and notices nothing of this.
    items = AgendaItem.unsealed.filter(Q(continues=written) | Q(question=written))
    # Unsealed: as above.
    asked = RoleQuestion.unsealed.filter(line=written)
    for mark in Mark.objects.filter(Q(pk__in=items.values("pk")) | Q(pk__in=asked.values("pk"))):
        was = mark.audience, frozenset(mark.named.values_list("seat", flat=True))
        now = narrowed_to(*was, most=choice.audience, alone=choice.named, roles=roles)
        # Its author goes on reading it: why she is left out of this is told to those alone who read this.
        told = mark.author_id in (None, author, *choice.named)
        told = told or bool(choice.audience & ROLE_BIT[roles[mark.author_id]])
        instead = str(COMES_FROM) if because and mark.author_id != lens.survivor else ""
        why = because if told else instead
        if now != was:
            let_read(
                lens,
                mark.pk,
                topic=Topic(mark.topic),
                audience=now[0],
                named=now[1],
                left_out_because=mark.left_out_because or why,
            )
            _end_for_others(lens, mark.pk)
            record.door_closed(lens, "narrowed", mark=mark.pk)
            fewer = True
        fewer |= _narrow_what_follows(lens, mark.pk, choice, why)
    return fewer


def _end_for_others(lens: Lens, written: int) -> None:
    """Whoever no longer reads it is not asked to answer it, and neither answers for it nor is involved in it; a
    question that nobody else reads is over. Of a seat that is not seen nothing is said, either way: it stays."""
    mark = Mark.objects.get(pk=written)
    named = frozenset(mark.named.values_list("seat", flat=True))
    row = Row(mark.case_id, mark.author_id, mark.origin_id, Topic(mark.topic), mark.audience, named)
    seats = open_rows(again(lens), Seat.objects.sealed(case=lens.case))
    gone = [
        seat.mark_id
        for seat in seats
        if not is_meant_for(row, seat.mark_id, Role(seat.role), survivor=lens.survivor)
    ]
    # Unsealed: the writes of what the lens has opened, and of what follows from it.
    questions, lines = RoleQuestion.unsealed.filter(pk=written), Responsibility.unsealed.filter(pk=written)
    questions.filter(routed_to__in=gone).update(routed_to=None)
    still = {seat.role for seat in seats if seat.mark_id not in gone}
    questions.filter(routed_role__in={seat.role for seat in seats} - still).update(routed_role="")
    lines.filter(accountable__in=gone).update(accountable=None)
    Involved.objects.filter(responsibility__in=lines.values("pk"), seat__in=gone).delete()
    if not row.audience and row.named <= {row.author}:
        questions.filter(closed_at=None).update(closed_at=timezone.now(), set_aside_at=None)


def _confirm_no_more(it: Written, choice: Choice) -> bool:
    """What waits to be confirmed will be read by nobody but those who are to read it now. Gives whether others would
    have."""
    waiting = Unconfirmed.objects.filter(note=it.row.mark_id).first()
    if waiting is None:
        return False
    fewer = waiting.audience & choice.audience, sorted(choice.named)
    if fewer == (waiting.audience, waiting.named):
        return False
    waiting.audience, waiting.named = fewer
    waiting.save()
    return True
