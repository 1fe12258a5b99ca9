"""What becomes of an action item: it is accepted or declined, it ends and is taken up again, it gets another day,
another owner, other words, steps, helpers, something to wait for; and what is said about it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agendas.actions.models import (
    ENDED,
    ActionItem,
    ActionStatus,
    Helper,
    Step,
    day_is_over,
    edition,
    has_ended,
    is_hers,
    made_while_on,
    might_be_hers,
)
from agendas.actions.models import ends_in as words_of
from agendas.actions.models import ways as ways_of
from agendas.history.changes import happened
from agendas.history.models import Entry, What
from agendas.items.changes import goal_named
from agendas.items.models import AgendaItem
from conferences.meetings.models import RUNNING, Conference, Status, next_of
from conferences.readers.changes import reading
from workspace.disclosure.changes import OVERTAKEN, NotAllowedError, RefusedError, StaleError, refuse_row
from workspace.disclosure.lens import Sight, again, open_rows, read_sights, shows
from workspace.disclosure.models import Mark, Named, Seat
from workspace.disclosure.policy import (
    RELEASABLE,
    Lens,
    Refusal,
    Row,
    asks_own_client,
    carries,
    knows_whom_it_lost,
    may_edit,
    may_give_to,
    may_narrow,
    may_plan_action,
)
from workspace.disclosure.sealed import SeatSet
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record
from workspace.text import cleaned

NOT_OFFERED: dict[str, Any] = {
    "accept": _("Somebody else was asked to do this. Only they can say that they will."),
    "decline": _("Only whoever was asked can decline this."),
    "end": _("What became of this is said by whoever does it."),
    "reopen": _("This is taken up again by whoever did it, or by those who carry the case."),
    "date": _(
        "By when it is done is said by whoever does it, whoever wrote it, or those who carry the case."
    ),
    "owner": _(
        "It is given to somebody else by whoever does it, whoever wrote it, whoever leads a meeting that is going on, "
        "or those who carry the case."
    ),
    "wording": _("Only the person who wrote this can change its words."),
    "steps": _("Its steps are kept by those who do it, and by whoever wrote it."),
    "add_step": _("A step would be read by the agency that wrote this. Say it in a comment instead."),
    "comment": _("The interpreter says what others say, and writes no comments of their own."),
    "helpers": _("Who helps is said by whoever does it, whoever wrote it, or those who carry the case."),
    "waiting": _(
        "What has to come first is said by whoever does it, whoever wrote it, or those who carry the case."
    ),
    "goal": _(
        "Which goal it is about is said by whoever does it, whoever wrote it, or those who carry the case."
    ),
    "changed": _(
        "What it changed is said by the survivor, or written down on her word by those who carry the case."
    ),
}
# What one press does; all else has a form.
PRESSED = ("accept", "reopen")
HERS = _("The survivor offered this. What becomes of it is hers to say, and only hers.")
OWNER_NOT_SEEN = _("You cannot see who does this now. What becomes of it is said by whoever does it.")
NOTHING_TO_DECLINE = _("Nobody asked you for this. If you do not want to do it any more, just say so.")
HAS_ENDED = _("This has ended by now. It can be opened again.")
HAS_NOT_ENDED = _("This has not ended. There is nothing to open again.")
NOT_YET = _("This has not ended yet. What it changed can be said then.")
READ_ALOUD = _(
    "The meeting where this was written down is over. Say in a comment what is different, or write a new task."
)
SAYS_SO_ALREADY = _("You said so already.")
NO_SUCH_WORD = _("It cannot end in this word. Choose another.")
NOT_WHAT_YOU_READ = _(
    "Somebody changed this in the meantime. Read how it stands now, and then say whether you will do it."
)
NOT_TO_BE_CHOSEN = _("This cannot be chosen now. Look at the list again.")
STEP_IS_DONE = _("This step has been done in the meantime, so it stays.")
IN_A_CIRCLE = _("That one waits for this one, directly or through others. Choose another.")
READ_FIRST = _("Read first how this stands now, then press the button again.")
THAT_STEP_IS_GONE = _("This step is not there any more.")


@dataclass(frozen=True)
class Task:
    """An action item, opened, as somebody may do something about it. `seats`: those they see."""

    sight: Sight
    lens: Lens
    row: Any
    seats: Mapping[int, Any]

    @cached_property
    def rooms(self) -> tuple[Any, ...]:
        """The meetings of the case, as far as they see them."""
        return tuple(open_rows(self.sight, Conference.objects.sealed(mark__case=self.lens.case)))

    @cached_property
    def ways(self) -> frozenset[str]:
        """What they may do about it as it stands."""
        leads = any(room.facilitator_id == self.lens.seat and room.state in RUNNING for room in self.rooms)
        return ways_of(self.row, self.lens, self.seats, leads=leads, over=self.over)

    @cached_property
    def over(self) -> bool:
        """Whether the meeting is over where it was written down, as only its author is told."""
        # Unsealed: its author, who wrote it under that item, may not see the item any more; the record of the meeting
        # stays as it is all the same, and of the item they learn nothing that they did not write under it.
        items = AgendaItem.unsealed.filter(mark=self.row.from_item_id, conference__status=Status.CLOSED)
        return bool(
            may_edit(self.lens, self.row.row) and (made_while_on(self.row, self.rooms) or items.exists())
        )

    @property
    def might_be_hers(self) -> bool:
        """Whether somebody does it whom they do not see, and who might be the survivor."""
        return might_be_hers(self.row, self.lens, self.seats)

    @property
    def ends_in(self) -> tuple[ActionStatus, ...]:
        """The words in which it can end, as far as they may know whose it is."""
        return ENDED[:2] if self.might_be_hers else words_of(self.row)

    @property
    def edition(self) -> str:
        """A fingerprint of how it stands for them, with who helps and what has to come first, as far as they see
        those."""
        first = self.row.waits_for_id
        seen = any(row.mark_id == first for row in self.others)
        return edition(
            self.row, self.seats, sorted(self.helping() & self.seats.keys()), first if seen else None
        )

    @property
    def terms(self) -> str:
        """A fingerprint of what one press is about, as when its owner says yes to it: its words, its day and where it
        stands, which a list of tasks shows as well."""
        return edition(self.row, self.seats)

    @property
    def hers(self) -> bool:
        """Whether the survivor offered it."""
        return is_hers(self.row)

    @property
    def narrows(self) -> bool:
        """Whether they may let fewer people read it."""
        return may_narrow(self.lens, self.row.row)

    @property
    def said(self) -> Row:
        """What the rule asks of what they say about it."""
        guard: Row = self.row.row
        return replace(guard, author=self.lens.seat, origin=self.lens.agency, parent=guard)

    @cached_property
    def readers(self) -> list[Any]:
        """The seats they see that read what they say about it."""
        return reading(self.said, self.seats.values())

    def sitting(self) -> list[Any]:
        """The seats that they see and that are held now, by somebody who can sign in as far as they are told."""
        now, told = timezone.now(), knows_whom_it_lost(self.lens)
        return [
            seat
            for seat in self.seats.values()
            if seat.starts <= now and (seat.until is None or now < seat.until) and (seat.comes_in or not told)
        ]

    def could_do_it(self) -> list[Any]:
        """To whom it can be given, the owner apart: those who read it, and, for its author, who lets them read it by
        naming them, those who then would."""
        seats = [
            seat
            for seat in self.sitting()
            if seat.mark_id != self.row.owner_id and may_give_to(self.lens, seat.mark_id)
        ]
        return self._reading_when_named(seats)

    @cached_property
    def not_yet(self) -> list[Any]:
        """Those of them who cannot read it now: its author lets them by naming them."""
        if not may_edit(self.lens, self.row.row):
            return []
        could = self.could_do_it()
        there = reading(self.row.row, could)
        return [seat for seat in could if seat not in there]

    @cached_property
    def could_help(self) -> list[Any]:
        """Who can help with it: nobody gives the survivor something to do."""
        return self.could_do_it()

    def helping(self) -> frozenset[int]:
        """The seats that help now."""
        return SeatSet.read(self.row.helpers)

    def _reading_when_named(self, seats: list[Any]) -> list[Any]:
        guard: Row = self.row.row
        seated = read_sights({seat.person_id for seat in seats}, timezone.now()).seated.get(
            self.lens.case, {}
        )
        found = []
        for seat in seats:
            lens = seated.get(seat.mark_id)
            # Only its author lets somebody read it.
            named = guard.named | {seat.mark_id} if may_edit(self.lens, guard) else guard.named
            if lens and shows(lens, replace(guard, named=named)):
                found.append(seat)
        return found

    def could_come_first(self) -> list[Any]:
        """The action items of the case that they see, that have not ended, and that do not wait for this one."""
        return [
            row
            for row in self.others
            if row.mark_id != self.row.mark_id
            and not has_ended(row, self.lens, self.seats)
            and not self.waits_in_turn(row.mark_id)
        ]

    @cached_property
    def others(self) -> tuple[Any, ...]:
        """The action items of the case, as far as they see them."""
        return tuple(open_rows(self.sight, ActionItem.objects.sealed(mark__case=self.lens.case)))

    def waits_in_turn(self, number: int) -> bool:
        """Whether that action item waits for this one, directly or through others, as far as they see those: what
        waits for what is not told by way of what they do not see."""
        chain = {row.mark_id: row.waits_for_id for row in self.others}
        at: int | None = number
        passed: set[int] = set()
        while at is not None and at in chain and at not in passed:
            passed.add(at)
            at = chain[at]
            if at == self.row.mark_id:
                return True
        return False

    def let(self, way: str) -> None:
        """Go on for whoever may do this about it as it stands. Raises NotAllowedError and StaleError."""
        if way in self.ways:
            return
        theirs = self.lens.seat == self.row.owner_id
        ended = has_ended(self.row, self.lens, self.seats)
        carrying = carries(self.lens.role, at_holding_agency=self.lens.holding)
        writes = may_edit(self.lens, self.row.row)
        if way in ("reopen", "changed"):
            if not ended and (theirs or carrying or self.lens.seat == self.lens.survivor):
                raise StaleError(HAS_NOT_ENDED if way == "reopen" else NOT_YET)
        elif way == "decline" and theirs and self.hers:
            raise NotAllowedError(NOTHING_TO_DECLINE)
        elif way == "decline" and theirs and self.row.status == ActionStatus.DECLINED:
            raise StaleError(SAYS_SO_ALREADY)
        elif way == "wording" and writes and self.over and not ended:
            raise StaleError(READ_ALOUD)
        elif (
            way != "comment"
            and ended
            and not self.might_be_hers
            and may_plan_action(self.lens, self.row.row, self.row.owner_id)
        ):
            raise StaleError(HAS_ENDED)
        # Only whoever sees her seat is told that it is hers.
        if self.hers and not theirs and way != "comment" and self.row.owner_id in self.seats:
            raise NotAllowedError(HERS)
        if self.might_be_hers and (carrying or writes) and way not in ("accept", "decline", "comment"):
            raise NotAllowedError(OWNER_NOT_SEEN)
        raise NotAllowedError(NOT_OFFERED[way])

    def let_unless_late(self, way: str, seen: str) -> None:
        """The same, once it is as they saw it: who came too late is told how it stands, or why it cannot be any more,
        and not that it is no business of theirs. Who did not read it may do nothing about it. Raises StaleError and
        NotAllowedError."""
        late = seen and seen != (self.terms if way in PRESSED else self.edition)
        try:
            self.let(way)
        except NotAllowedError:
            if not late:
                raise
        if late:
            raise StaleError({"accept": NOT_WHAT_YOU_READ, "reopen": READ_FIRST}.get(way, OVERTAKEN))
        if not seen:
            raise StaleError(READ_FIRST)


def visible_action(sight: Sight, action: str) -> Any:
    """The action item, opened. Raises LookupError when there is nothing there for this person."""
    found = open_rows(sight, ActionItem.objects.sealed(mark__public_id=action))
    if not found:
        raise LookupError(action)
    return found[0]


def task(sight: Sight, action: str) -> Task:
    """The action item as this person sees it. Raises LookupError."""
    row = visible_action(sight, action)
    lens = sight[row.row.case]
    seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
    return Task(sight, lens, row, {seat.mark_id: seat for seat in seats})


def accept(sight: Sight, *, action: str, seen: str) -> None:
    """Its owner will do it, also after having declined.

    This and all others raise LookupError (nothing is there), NotAllowedError (not theirs to do) and StaleError (not as
    it stands, or not read). `key`: the form's own; sent twice, it writes once. `seen`: its edition when the form was
    read, or its terms when a button was.
    `permitted`: the writer says that their own client permits it; then RefusedError as well.
    """
    with transaction.atomic():
        it = _locked(sight, action)
        if it.row.owner_id == it.lens.seat and it.row.status == ActionStatus.ACCEPTED:
            unchanged()
            return
        it.let_unless_late("accept", seen)
        happened(it.lens, it.row, What.ACCEPTED)
        _write(it, status=ActionStatus.ACCEPTED, ended_at=None, rose=0, risen_to=None)
        record.done(it.lens, "action_accepted", mark=it.row.mark_id)


def decline(sight: Sight, *, action: str, because: str, permitted: bool, seen: str, key: str) -> None:
    """Its owner says no, and why: it stays, and waits for another owner."""
    with transaction.atomic():
        it = _locked(sight, action)
        once = record.Once.of(key, action, because)
        if record.taken(it.lens, once):
            unchanged()
            return
        it.let_unless_late("decline", seen)
        permitted_at = _permission(it.lens, given=permitted)
        happened(it.lens, it.row, What.DECLINED, text=cleaned(because), permitted_at=permitted_at)
        _write(it, status=ActionStatus.DECLINED, ended_at=timezone.now(), rose=0, risen_to=None)
        record.done(it.lens, "action_declined", mark=it.row.mark_id, once=once)


def end(sight: Sight, *, action: str, word: str, outcome: str, permitted: bool, seen: str, key: str) -> None:
    """It ends in one honest word, and a line about what became of it."""
    with transaction.atomic():
        it = _locked(sight, action)
        once = record.Once.of(key, action, word, outcome)
        if record.taken(it.lens, once):
            unchanged()
            return
        it.let_unless_late("end", seen)
        if word not in it.ends_in:
            raise StaleError(NO_SUCH_WORD)
        text = cleaned(outcome)
        permitted_at = _permission(it.lens, given=permitted) if text else None
        happened(it.lens, it.row, What(word), text=text, permitted_at=permitted_at)
        # Of the owner's words alone the row itself tells: what another says of it stands in the history, and what
        # another agency says where it would be read as the author's own.
        own = it.row.owner_id == it.lens.seat and "add_step" in it.ways
        _write(it, status=word, outcome=text if own else "", ended_at=timezone.now(), rose=0, risen_to=None)
        record.done(it.lens, "action_ended", mark=it.row.mark_id, once=once)


def reopen(sight: Sight, *, action: str, seen: str) -> None:
    """It is taken up again: whoever does so themselves has accepted it, everybody else is asked."""
    with transaction.atomic():
        it = _locked(sight, action)
        if it.row.status not in ENDED and "end" in it.ways:
            unchanged()
            return
        it.let_unless_late("reopen", seen)
        # Unsealed: whether the history says how it ended, whoever may read that.
        told = Entry.unsealed.filter(of=it.row.mark_id, what__in=ENDED).exists()
        if it.row.outcome and not told:
            # What came in with a case file says what became of it, and not who said so.
            happened(None, it.row, What(it.row.status), text=it.row.outcome)
        happened(it.lens, it.row, What.OPEN_AGAIN)
        status = ActionStatus.ACCEPTED if it.row.owner_id == it.lens.seat else ActionStatus.OFFERED
        _write(it, status=status, outcome="", ended_at=None, asked_at=timezone.now(), rose=0, risen_to=None)
        record.done(it.lens, "action_opened_again", mark=it.row.mark_id)


def move(
    sight: Sight,
    *,
    action: str,
    due: date | None,
    by_next: bool,
    because: str,
    permitted: bool,
    seen: str,
    key: str,
) -> None:
    """It has another day, or is to be done by the next conference, or has no day; and why."""
    with transaction.atomic():
        it = _locked(sight, action)
        once = record.Once.of(key, action, due, by_next, because)
        if record.taken(it.lens, once):
            unchanged()
            return
        it.let_unless_late("date", seen)
        if (it.row.due, it.row.by_next) == (due, by_next):
            unchanged()
            return
        text = cleaned(because)
        permitted_at = _permission(it.lens, given=permitted) if text else None
        # Of what she offered nobody reads that it was to be done by another day before.
        if not it.hers:
            room = next_of(it.rooms) if by_next else None
            happened(
                it.lens,
                it.row,
                What.DATE_MOVED,
                text=text,
                before=it.row.due,
                after=due,
                by_next=by_next,
                conference=room.mark_id if room else None,
                permitted_at=permitted_at,
            )
        _write(it, due=due, by_next=by_next)
        record.done(it.lens, "action_date_moved", mark=it.row.mark_id, once=once)


def give(sight: Sight, *, action: str, to: str, because: str, permitted: bool, seen: str, key: str) -> None:
    """Somebody else is asked to do it: the seat of this public id, who has to be able to read it. Whoever takes it
    themselves has accepted it. Who did it before goes on reading it; where they hand it on themselves, as the survivor
    does with hers, it is not late for whoever is asked: a day that has passed goes. Raises RefusedError (the
    policy)."""
    with transaction.atomic():
        it = _locked(sight, action)
        once = record.Once.of(key, action, to, because)
        if record.taken(it.lens, once):
            unchanged()
            return
        it.let_unless_late("owner", seen)
        seat = _chosen(it, to)
        text = cleaned(because)
        permitted_at = _permission(it.lens, given=permitted) if text else None
        named = it.row.row.named | {seat.mark_id, it.row.owner_id}
        if may_edit(it.lens, it.row.row):
            # Naming somebody lets them read it, which only its author does.
            refuse_row(
                it.lens,
                author=it.lens.seat,
                topic=it.row.row.topic,
                audience=it.row.row.audience,
                named=named,
            )
        if it.row.owner_id == it.lens.seat and day_is_over(it.row, timezone.now()):
            # Before it is somebody else's: whose day it was is told as theirs.
            if not it.hers:
                happened(it.lens, it.row, What.DATE_MOVED, before=it.row.due)
            _write(it, due=None)
        give_on(it.lens, it.row, seat.mark_id, text=text, permitted_at=permitted_at)
        record.done(it.lens, "action_given_on", mark=it.row.mark_id, once=once)


def give_on(lens: Lens, row: Any, seat: int, *, text: str = "", permitted_at: datetime | None = None) -> None:
    """This seat does an opened action item from now on, in the transaction that is open: it has accepted that where it
    says so itself, else it is asked."""
    own = seat == lens.seat
    # Who is asked reads that they were, and by whom.
    asked = row._replace(row=replace(row.row, named=row.row.named | {seat}))
    what = What.ACCEPTED if own else What.ASKED
    happened(lens, asked, what, text=text, seat=None if own else seat, permitted_at=permitted_at)
    # Unsealed: the write of a row that the lens has just opened.
    ActionItem.unsealed.filter(pk=row.mark_id).update(
        owner=seat,
        status=ActionStatus.ACCEPTED if own else ActionStatus.OFFERED,
        asked_at=timezone.now(),
        ended_at=None,
        rose=0,
        risen_to=None,
    )
    # Its owner is always named; who was it goes on reading it.
    for number in (seat, row.owner_id):
        Named.objects.get_or_create(mark_id=row.mark_id, seat_id=number)
    Helper.objects.filter(action=row.mark_id, seat=seat).delete()


def _chosen(it: Task, to: str) -> Any:
    """The seat of this public id. Raises StaleError and RefusedError."""
    seat = next((seat for seat in it.sitting() if seat.public_id == to), None)
    if seat is None or seat.mark_id == it.row.owner_id:
        raise StaleError(NOT_TO_BE_CHOSEN)
    if not may_give_to(it.lens, seat.mark_id):
        raise RefusedError(Refusal.HERS_TO_OFFER)
    if seat not in it.could_do_it():
        raise RefusedError(Refusal.OWNER_COULD_NOT_READ)
    return seat


def reword(sight: Sight, *, action: str, title: str, permitted: bool, seen: str, key: str) -> None:
    """Its author says it in other words. What it said is kept; whoever accepted it is asked again, for they said so of
    the words as they were."""
    with transaction.atomic():
        it = _locked(sight, action)
        once = record.Once.of(key, action, title)
        if record.taken(it.lens, once):
            unchanged()
            return
        it.let_unless_late("wording", seen)
        line = " ".join(cleaned(title).split())
        if line == it.row.title:
            unchanged()
            return
        permitted_at = _permission(it.lens, given=permitted)
        happened(it.lens, it.row, What.REWORDED, text=it.row.title, permitted_at=permitted_at)
        asked: dict[str, Any] = {}
        if it.row.owner_id != it.lens.seat and it.row.status == ActionStatus.ACCEPTED:
            asked = {"status": ActionStatus.OFFERED, "asked_at": timezone.now(), "rose": 0, "risen_to": None}
        _write(it, title=line, **asked)
        if permitted_at:
            Mark.objects.filter(pk=it.row.mark_id).update(permitted_at=permitted_at)
        record.done(it.lens, "action_reworded", mark=it.row.mark_id, once=once)


def comment(sight: Sight, *, action: str, text: str, permitted: bool, key: str) -> None:
    """Say something about it, to those who read it."""
    _say(sight, action, "comment", What.COMMENT, text, permitted=permitted, key=key)


def say_what_it_changed(sight: Sight, *, action: str, text: str, permitted: bool, key: str) -> None:
    """What it changed for the survivor: she says so, or those who carry the case write it down on her word."""
    _say(sight, action, "changed", What.CHANGED_FOR_HER, text, permitted=permitted, key=key)


def _say(sight: Sight, action: str, way: str, what: What, text: str, *, permitted: bool, key: str) -> None:
    with transaction.atomic():
        it = _locked(sight, action)
        once = record.Once.of(key, action, what.value, text)
        if record.taken(it.lens, once):
            unchanged()
            return
        it.let(way)
        permitted_at = _permission(it.lens, given=permitted)
        happened(it.lens, it.row, what, text=cleaned(text), permitted_at=permitted_at)
        record.done(it.lens, f"action_{what.value}", mark=it.row.mark_id, once=once)


def add_step(sight: Sight, *, action: str, text: str, permitted: bool, key: str) -> None:
    """A part of it, to be done by those who do it."""
    with transaction.atomic():
        it = _locked(sight, action)
        once = record.Once.of(key, action, text)
        if record.taken(it.lens, once):
            unchanged()
            return
        it.let("steps")
        it.let("add_step")
        _permission(it.lens, given=permitted)
        Step.objects.create(action_id=it.row.mark_id, text=" ".join(cleaned(text).split()))
        record.done(it.lens, "step_added", mark=it.row.mark_id, once=once)


def finish_step(sight: Sight, *, action: str, step: str) -> None:
    """This step is done."""
    with transaction.atomic():
        it, found = _step(sight, action, step)
        if found.done_at:
            unchanged()
            return
        Step.objects.filter(pk=found.pk).update(done_at=timezone.now(), done_by=it.lens.seat)
        record.done(it.lens, "step_done", mark=it.row.mark_id)


def open_step(sight: Sight, *, action: str, step: str) -> None:
    """This step is not done after all."""
    with transaction.atomic():
        it, found = _step(sight, action, step)
        if not found.done_at:
            unchanged()
            return
        Step.objects.filter(pk=found.pk).update(done_at=None, done_by=None)
        record.done(it.lens, "step_opened_again", mark=it.row.mark_id)


def remove_step(sight: Sight, *, action: str, step: str) -> None:
    """This step is not needed. One that is done stays."""
    with transaction.atomic():
        it, found = _step(sight, action, step)
        if found.done_at:
            raise StaleError(STEP_IS_DONE)
        Step.objects.filter(pk=found.pk).delete()
        record.done(it.lens, "step_removed", mark=it.row.mark_id)


def _step(sight: Sight, action: str, step: str) -> tuple[Task, Step]:
    it = _locked(sight, action)
    # What is not a step of this action item is nothing, for everybody who sees that.
    found = Step.objects.filter(action=it.row.mark_id, public_id=step).first()
    if found is None:
        raise LookupError(step)
    it.let("steps")
    return it, found


def name_helpers(
    sight: Sight, *, action: str, helpers: Collection[str], shown: Collection[str], seen: str, key: str
) -> None:
    """Who helps, by the public ids of seats. Those whom the writer does not see go on helping, and so does whoever was
    not among those `shown` to help. Whoever helps no more does not read it by name any more, if they went themselves or
    whoever takes them out may let fewer people read it. Raises RefusedError (the policy)."""
    with transaction.atomic():
        it = _locked(sight, action)
        once = record.Once.of(key, action, sorted(helpers), sorted(shown))
        if record.taken(it.lens, once):
            unchanged()
            return
        it.let_unless_late("helpers", seen)
        offered = {seat.mark_id: seat.public_id for seat in it.could_help}
        if not {*helpers, *shown} <= set(offered.values()):
            raise StaleError(NOT_TO_BE_CHOSEN)
        # Whoever could not be chosen when the form was read did not stand there, and nobody has unticked them.
        known = {number for number in it.helping() & offered.keys() if offered[number] in shown}
        wanted = {number for number, public in offered.items() if public in helpers}
        if wanted == known:
            unchanged()
            return
        if may_edit(it.lens, it.row.row):
            refuse_row(
                it.lens,
                author=it.lens.seat,
                topic=it.row.row.topic,
                audience=it.row.row.audience,
                named=it.row.row.named | wanted,
            )
        Helper.objects.filter(action=it.row.mark_id, seat__in=known - wanted).delete()
        # Why somebody is named is not kept, so whoever was also chosen by name goes too. Never the survivor: her
        # interpreter and her attorney read by her name.
        closed = known - wanted if it.narrows else (known - wanted) & {it.lens.seat}
        Named.objects.filter(mark=it.row.mark_id, seat__in=closed - {it.lens.survivor}).delete()
        for number in wanted - known:
            Helper.objects.get_or_create(action_id=it.row.mark_id, seat_id=number)
            # Whoever helps can read it, as its owner can.
            Named.objects.get_or_create(mark_id=it.row.mark_id, seat_id=number)
        record.done(it.lens, "helpers_named", mark=it.row.mark_id, once=once)


def wait(sight: Sight, *, action: str, first: str, release: str, seen: str, key: str) -> None:
    """What has to come first: another action item that the writer sees, by its public id; or a release of this topic;
    or neither. One that the writer does not see stays as it is when they choose none."""
    with transaction.atomic():
        it = _locked(sight, action)
        once = record.Once.of(key, action, first, release)
        if record.taken(it.lens, once):
            unchanged()
            return
        it.let_unless_late("waiting", seen)
        if release and release not in RELEASABLE:
            raise StaleError(NOT_TO_BE_CHOSEN)
        waits_for = _first(it, first)
        if (it.row.waits_for_id, it.row.release_first) == (waits_for, release):
            unchanged()
            return
        _write(it, waits_for=waits_for, release_first=release)
        record.done(it.lens, "action_waits", mark=it.row.mark_id, once=once)


def name_goal(sight: Sight, *, action: str, goal: str, seen: str) -> str:
    """Say which goal it is about, as of an item of the agenda. Gives its public id. `seen`: the public id of the goal
    that was shown, or nothing."""
    with transaction.atomic():
        it = _locked(sight, action)
        it.let("goal")
        number = goal_named(it.lens, it.row, goal, seen)
        if number == it.row.goal_id:
            unchanged()
        else:
            _write(it, goal=number)
            record.done(it.lens, "action_goal_named", mark=it.row.mark_id)
        return action


def _first(it: Task, first: str) -> int | None:
    """The number of the action item that has to come first. Raises StaleError."""
    before: int | None = it.row.waits_for_id
    if not first:
        return None if any(row.mark_id == before for row in it.others) else before
    chosen = next((row for row in it.others if row.public_id == first), None)
    if chosen is None or chosen.mark_id == it.row.mark_id:
        raise StaleError(NOT_TO_BE_CHOSEN)
    if it.waits_in_turn(chosen.mark_id):
        raise StaleError(IN_A_CIRCLE)
    return int(chosen.mark_id)


def _locked(sight: Sight, action: str) -> Task:
    lens = sight[visible_action(sight, action).row.case]
    case_changed(lens.case)
    return task(again(lens), action)


def _permission(lens: Lens, *, given: bool) -> datetime | None:
    """When this writer said that their own client permits what they write: now. Raises RefusedError where they did
    not."""
    if not asks_own_client(lens):
        return None
    if not given:
        raise RefusedError(Refusal.OWN_CLIENT_NOT_ASKED)
    return timezone.now()


def _write(it: Task, **columns: Any) -> None:
    # Unsealed: the write of a row that the lens has just opened.
    ActionItem.unsealed.filter(pk=it.row.mark_id).update(**columns)
