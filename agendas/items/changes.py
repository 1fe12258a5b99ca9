"""Proposing an item and wording it, and what a facilitator does with one: make it current, mark it done, park it, take
it up again, say that it is not for this time, move it, put what was left on the agenda."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from agendas.goals.models import Goal
from agendas.items.models import LEFT, AgendaItem, EarlierVersion, ItemKind, ItemStatus
from conferences.meetings.changes import (
    CLOSED,
    NOT_BEGUN,
    NOT_THE_FACILITATOR,
    keep_permission,
    let_speak,
    over,
    permission,
)
from conferences.meetings.models import RUNNING, Conference, Status, next_of
from conferences.questions.changes import OVER, let_ask, visible_question
from conferences.questions.models import is_open, stands
from conferences.readers.changes import Choice, reading
from workspace.disclosure import lean
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError, mark_again, mark_row
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.models import Mark, Named, Seat
from workspace.disclosure.policy import (
    ROLE_BIT,
    Lens,
    Refusal,
    Role,
    Row,
    may_edit,
    may_say_what_it_is_about,
    may_write_notes,
)
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record
from workspace.text import cleaned

BEFORE_THE_END = (Status.PLANNED, *RUNNING)
NOT_DECLINED: dict[str, Any] = {"declined": False, "reply": ""}
WHY_NOT = {
    Status.PLANNED: NOT_BEGUN,
    Status.PAUSED: _("This conference is paused. Go on with it first."),
    Status.CLOSED: CLOSED,
}


CLOSED_MEANWHILE = _(
    "This conference was closed in the meantime. What you wrote is still here; copy it if you need it."
)
SAID_OTHERWISE = _("It was changed in the meantime. Below you see what it says now, and what you wrote.")
NOT_THE_AUTHOR = _("Only the person who wrote this can change it.")
NOT_A_PROPOSAL = _("Somebody has decided about this already. Look at the agenda again.")
NO_MEETING = _(
    "There is no meeting to come to which you are invited. It stays open, and is spoken about at the next one."
)
TITLE_LENGTH = 200
NOT_TO_NAME = _("Which goal this is about is said by whoever wrote it, or by whoever leads the meeting.")
NAMED_MEANWHILE = _("Somebody said in the meantime which goal this is about. Look at it again.")
GOAL_GONE = _("This goal is not here any more. Choose again.")
NOT_LEFT = _("This is on an agenda already, or is not left over any more. Look at the agenda again.")


@dataclass(frozen=True)
class Wording:
    """What an item says: its title, and how long it takes."""

    title: str
    minutes: int | None


def add_item(
    sight: Sight,
    *,
    conference: str,
    wording: Wording,
    kind: str,
    presenter: str,
    choice: Choice,
    left_out_because: str,
    permitted: bool,
    key: str,
) -> None:
    """Put an item on the agenda, at its end, for who leads; propose it, for everybody else. `presenter`: a seat, or
    nobody when it is empty. `permitted`: the writer says that their own client permits it. `key`: the form's own; sent
    twice, it writes once.

    Raises LookupError (nothing is there), NotAllowedError (an interpreter, an observer), StaleError (the conference was
    closed) and RefusedError (the policy).
    """
    with transaction.atomic():
        row = visible_conference(sight, conference)
        if row is None:
            raise LookupError(conference)
        lens = sight[row.case_id]
        if not may_write_notes(lens):
            raise NotAllowedError
        case_changed(lens.case)
        now = again(lens)
        row = visible_conference(now, conference)
        if row is None:
            raise LookupError(conference)
        said = (choice.topic, choice.audience, sorted(choice.named), left_out_because)
        once = record.Once.of(key, conference, wording, kind, presenter, *said)
        if record.taken(lens, once):
            unchanged()
            return
        let_speak(lens, row.mark_id)
        if row.state == Status.CLOSED:
            raise StaleError(over(row, CLOSED_MEANWHILE))
        leads = row.facilitator_id == lens.seat
        mark = mark_row(
            lens,
            topic=choice.topic,
            audience=choice.audience,
            named=choice.named,
            parent=row.mark_id,
            left_out_because=cleaned(left_out_because) if choice.leaves_her_out(lens) else "",
            permitted_at=permission(lens, row.mark_id, given=permitted),
        )
        # Unsealed: a new row.
        AgendaItem.unsealed.create(
            mark=mark,
            conference_id=row.mark_id,
            key=token_hex(8),
            title=cleaned(wording.title),
            minutes=wording.minutes,
            kind=kind,
            presenter_id=_presenter(now, lens, choice, row.row, presenter) if presenter else None,
            status=ItemStatus.PLANNED if leads else ItemStatus.PROPOSED,
            position=_last(row.mark_id) + 1,
        )
        record.done(lens, "item_added" if leads else "item_proposed", mark=mark.pk, once=once)


def _presenter(sight: Sight, lens: Lens, choice: Choice, above: Row, presenter: str) -> int:
    """The seat of this public id. Raises RefusedError unless it is seen, and would read the item."""
    row = Row(lens.case, lens.seat, lens.agency, choice.topic, choice.audience, choice.named, parent=above)
    seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
    found = next((seat for seat in reading(row, seats) if seat.public_id == presenter), None)
    if found is None:
        raise RefusedError(Refusal.PRESENTER_COULD_NOT_READ)
    return int(found.mark_id)


def _last(conference: int) -> int:
    # Unsealed: hidden items have places too; where an item stands among all is never shown.
    its = AgendaItem.unsealed.filter(conference=conference)
    return int(its.aggregate(last=Max("position"))["last"] or 0)


def reword(sight: Sight, *, item: str, wording: Wording, before: Wording, permitted: bool) -> str:
    """Its author changes what an item says; how it was called is kept. `before`: what they were shown, when they began
    to write. `permitted`: they say that their own client permits it.

    Raises as the others do, StaleError as well when it says something else by now, and RefusedError (the policy).
    """
    with transaction.atomic():
        lens, row = _locked(sight, item)
        may_word(lens, row)
        if row.conference_state == Status.CLOSED:
            raise StaleError(over(row, CLOSED_MEANWHILE))
        stands = Wording(row.title, row.minutes)
        wording = Wording(cleaned(wording.title), wording.minutes)
        if wording == stands:
            unchanged()
        elif before != stands:
            raise StaleError(SAID_OTHERWISE)
        else:
            if wording.title != row.title:
                _keep_title(row)
            keep_permission(lens, row.conference_id, row.mark_id, given=permitted)
            _write(lens, row, "item_reworded", title=wording.title, minutes=wording.minutes)
        return str(row.conference_public_id)


def _keep_title(row: Any) -> None:
    """How it is called now stays to be read by those who read it now."""
    # Unsealed: whoever may see them, its versions are counted; and the write of what the lens has just opened.
    edition = EarlierVersion.unsealed.filter(of=row.mark_id).count() + 1
    EarlierVersion.unsealed.create(
        mark=mark_again(row, parent=row.mark_id), of_id=row.mark_id, edition=edition, text=row.title
    )


def may_word(lens: Lens, row: Any) -> None:
    """Nothing, for whoever may change what this item says. Raises NotAllowedError (another wrote it, or they
    observe)."""
    if not may_edit(lens, row.row):
        raise NotAllowedError(NOT_THE_AUTHOR)
    let_speak(lens, row.conference_id)


def refuse(sight: Sight, *, item: str, reply: str) -> str:
    """A proposal is not for this time. `reply`: a word about it, which everybody reads who reads the proposal."""
    with transaction.atomic():
        lens, row = _led(sight, item, BEFORE_THE_END)
        if row.status != ItemStatus.PROPOSED:
            raise StaleError(NOT_A_PROPOSAL)
        if row.declined and row.reply == cleaned(reply):
            unchanged()
        elif row.declined:
            raise StaleError(NOT_A_PROPOSAL)
        else:
            _write(lens, row, "item_refused", declined=True, reply=cleaned(reply))
        return str(row.conference_public_id)


def continue_item(sight: Sight, *, item: str, conference: str) -> str:
    """Put what an earlier conference left on the agenda of this one, at its end: as it was, by the same author.

    Nobody who was not invited before reads it by their role, unless its author takes it up. Who does not see that it
    was taken up already may take it up as well.
    """
    with transaction.atomic():
        lens, row = _locked(sight, item)
        now = again(lens)
        # All are opened and compared here: what was sent may be nothing that a database takes.
        rooms = open_rows(now, Conference.objects.sealed(mark__case=lens.case))
        room = next((each for each in rooms if each.public_id == conference), None)
        if room is None:
            raise StaleError(NOT_LEFT)
        if room.facilitator_id != lens.seat:
            raise NotAllowedError(NOT_THE_FACILITATOR)
        if room.state == Status.CLOSED:
            raise StaleError(over(room))
        taken_up = open_rows(now, AgendaItem.objects.sealed(continues=row.mark_id))
        if any(each.conference_id == room.mark_id for each in taken_up):
            unchanged()
            return str(room.public_id)
        left = row.conference_state == Status.CLOSED and row.status in LEFT and not row.declined
        if taken_up or not left:
            raise StaleError(NOT_LEFT)
        mark = mark_again(row, parent=room.mark_id)
        there = replace(row.row, parent=room.row)
        if row.row.author != lens.seat:
            there = _for_nobody_new(mark, row.row, there)
        # Unsealed: a new row.
        AgendaItem.unsealed.create(
            mark=mark,
            conference_id=room.mark_id,
            key=token_hex(8),
            title=row.title,
            minutes=row.minutes,
            kind=row.kind,
            presenter_id=row.presenter_id if _still_presents(now, lens, row.presenter_id, there) else None,
            status=ItemStatus.PLANNED,
            position=_last(room.mark_id) + 1,
            continues_id=row.mark_id,
            question_id=row.question_id,
            goal_id=row.goal_id,
        )
        record.done(lens, "item_continued", mark=mark.pk)
        return str(room.public_id)


def take_question(sight: Sight, *, question: str, conference: str) -> str:
    """Put a question about roles on the agenda of this conference, or of the next one when it is empty, for who leads
    it; propose it, for everybody else. It is its asker's words, so it stays theirs: nobody reads it there who does not
    read the question. Gives the public id of the case.

    Raises LookupError (nothing is there), NotAllowedError (an interpreter, an observer) and StaleError (it is not open
    any more, or there is no such conference).
    """
    with transaction.atomic():
        lens = sight[visible_question(sight, question).row.case]
        let_ask(lens)
        case_changed(lens.case)
        now = again(lens)
        row = visible_question(now, question)
        # All are opened and compared here: what was sent may be nothing that a database takes.
        rooms = open_rows(now, Conference.objects.sealed(mark__case=lens.case))
        room = next_of([each for each in rooms if conference in (each.public_id, "")])
        if room is None:
            raise StaleError(NO_MEETING)
        let_speak(lens, room.mark_id)
        there = open_rows(now, AgendaItem.objects.sealed(question=row.mark_id, conference=room.mark_id))
        if there:
            unchanged()
            return str(row.case_public_id)
        if not is_open(row):
            raise StaleError(OVER[stands(row)])
        leads = room.facilitator_id == lens.seat
        mark = mark_again(row, parent=room.mark_id)
        above = row.row.parent
        if above is not None and above.origin != row.row.origin:
            # What the question hangs under is another agency's: once its release has ended, the asker's agency reads
            # neither, and the item, which hangs under the conference, goes with them.
            Mark.objects.filter(pk=mark.pk).update(origin=None)
        # Unsealed: a new row.
        AgendaItem.unsealed.create(
            mark=mark,
            conference_id=room.mark_id,
            key=token_hex(8),
            title=_in_one_line(row.text),
            kind=ItemKind.ROLES,
            status=ItemStatus.PLANNED if leads else ItemStatus.PROPOSED,
            position=_last(room.mark_id) + 1,
            question_id=row.mark_id,
        )
        record.done(lens, "question_taken" if leads else "question_proposed", mark=mark.pk)
        return str(row.case_public_id)


def _in_one_line(text: str) -> str:
    """The beginning of a text, as long as a title may be."""
    return Truncator(" ".join(text.split())).chars(TITLE_LENGTH)


def _for_nobody_new(mark: Mark, row: Row, there: Row) -> Row:
    """Only its author widens a row: whoever is invited `there`, now or later, and was not before does not read it by
    their role. Gives what the rule asks of it now."""
    assert row.parent is not None
    # Unsealed: the rule asks for all who read it by their role, whoever may see their seats.
    roles = Seat.unsealed.filter(mark__in=row.parent.named).values_list("mark_id", "role")
    reading = frozenset(seat for seat, role in roles if row.audience & ROLE_BIT[Role(role)])
    there = replace(there, audience=0, named=row.named | reading)
    Mark.objects.filter(pk=mark.pk).update(audience=0)
    Named.objects.bulk_create([Named(mark=mark, seat_id=seat) for seat in reading], ignore_conflicts=True)
    return there


def _still_presents(sight: Sight, lens: Lens, presenter: int | None, there: Row) -> bool:
    """Whether who was to present it can still read it. Of a seat that is not seen nothing is said, either way."""
    seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
    theirs = [seat for seat in seats if seat.mark_id == presenter]
    return not theirs or bool(reading(there, theirs))


def name_goal(sight: Sight, *, item: str, goal: str, seen: str) -> str:
    """Say which goal an item is about, by its public id, or none. A goal that they do not see stays, unless they name
    another. `seen`: the public id of the goal that was shown, or nothing. Gives the public id of the conference.

    Raises as the others do, and StaleError as well when the goal is not there any more, or it is about another by now.
    """
    with transaction.atomic():
        lens, row = _locked(sight, item)
        let_name_goal(lens, row, row)
        number = goal_named(lens, row, goal, seen)
        if number == row.goal_id:
            unchanged()
        else:
            _write(lens, row, "item_goal_named", goal=number)
        return str(row.conference_public_id)


def let_name_goal(lens: Lens, row: Any, item: Any) -> None:
    """Go on for whoever may say what this row, under that item or itself, is about. Raises NotAllowedError, and
    StaleError where the conference is over."""
    if not may_say_what_it_is_about(lens, row.row, leads=item.facilitator_id == lens.seat):
        raise NotAllowedError(NOT_TO_NAME)
    let_speak(lens, item.conference_id)
    if item.conference_state == Status.CLOSED:
        raise StaleError(over(item))


def goal_named(lens: Lens, row: Any, goal: str, shown: str) -> int | None:
    """The number of the goal of this public id that the row is about from now on; none where it is empty, unless it is
    about one that they do not see. `shown`: the one that they were shown. Raises StaleError where there is none for
    them, and where it is about another by now."""
    goals = goals_seen(again(lens), lens)
    seen = {each.public_id: each.mark_id for each in goals}
    if goal and goal not in seen:
        raise StaleError(GOAL_GONE)
    hidden = row.goal_id is not None and row.goal_id not in seen.values()
    number = seen[goal] if goal else row.goal_id if hidden else None
    if number != row.goal_id and goal_shown(row, goals) != shown:
        raise StaleError(NAMED_MEANWHILE)
    return number


def goal_shown(row: Any, goals: Iterable[Any]) -> str:
    """The public id of the goal that a row is about, if it is among these, or nothing."""
    return next((goal.public_id for goal in goals if goal.mark_id == row.goal_id), "")


def goals_seen(sight: Sight, lens: Lens) -> list[Any]:
    """The goals of the case that this person sees, opened."""
    return list(open_rows(sight, Goal.objects.sealed(mark__case=lens.case)))


def make_current(sight: Sight, *, item: str) -> str:
    """The item the conference is at from now on. Done is a press of its own, so the one before stays as it was.

    This and all others give the public id of the conference, and raise LookupError (nothing is there), NotAllowedError
    (another leads) and StaleError (not in this state).
    """
    with transaction.atomic():
        lens, row = _led(sight, item, [Status.OPEN])
        last, turn = next(iter(lean.read(_last_turn, conference=row.conference_id)), (None, 0))
        begun = row.turn is not None and row.status == ItemStatus.PLANNED
        if last == row.mark_id and begun:
            unchanged()
        else:
            # Coming back to what was begun shows nothing: to some viewers nothing came in between.
            at = row.turned_at if begun else timezone.now()
            taken = {"status": ItemStatus.PLANNED, **NOT_DECLINED}
            _write(lens, row, "item_made_current", turn=turn + 1, turned_at=at, **taken)
        return str(row.conference_public_id)


def _last_turn(conference: int) -> QuerySet[Any]:
    # Unsealed: the turns of all items are counted, hidden ones too; the number is never shown.
    turns = AgendaItem.unsealed.filter(conference=conference, turn__isnull=False).order_by("-turn")
    return turns.values_list("mark_id", "turn")[:1]


def mark_done(sight: Sight, *, item: str) -> str:
    """The item has been taken up."""
    return _put(sight, item, ItemStatus.DONE, "item_done", [Status.OPEN])


def park(sight: Sight, *, item: str) -> str:
    """The item is for another time."""
    return _put(sight, item, ItemStatus.PARKED, "item_parked", BEFORE_THE_END)


def take_up_again(sight: Sight, *, item: str) -> str:
    """The item is to be talked about after all: a parked one, one that was done, or one that was proposed, also when it
    was not for this time."""
    return _put(sight, item, ItemStatus.PLANNED, "item_taken_up_again", BEFORE_THE_END)


def move(sight: Sight, *, item: str, before: str) -> str:
    """The item stands right before that one from now on, or last when `before` is empty.

    No other two items change their order, so whoever does not see this one notices nothing, and hidden ones keep
    theirs.
    """
    with transaction.atomic():
        lens, row = _led(sight, item, BEFORE_THE_END)
        everything = open_rows(
            again(lens), AgendaItem.objects.sealed(conference__mark__public_id=row.conference_public_id)
        )
        order = [each.public_id for each in everything]
        if before not in (*order, ""):
            raise StaleError(_("The agenda changed in the meantime. Look at it again, then move the item."))
        place = order.index(item)
        if before == item or order[place + 1 : place + 2] == ([before] if before else []):
            unchanged()
        else:
            # Unsealed: hidden items make room too; where an item stands among all is never shown.
            its = AgendaItem.unsealed.filter(conference=row.conference_id)
            if before:
                position = everything[order.index(before)].position
                its.filter(position__gte=position).update(position=F("position") + 1)
            else:
                position = _last(row.conference_id) + 1
            _write(lens, row, "item_moved", position=position)
        return str(row.conference_public_id)


def visible_item(sight: Sight, item: str) -> Any | None:
    """The item, opened, or None when there is nothing there for this person."""
    found = open_rows(sight, AgendaItem.objects.sealed(mark__public_id=item))
    return found[0] if found else None


def visible_conference(sight: Sight, conference: str) -> Any | None:
    """The conference, opened, or None when there is nothing there for this person."""
    found = open_rows(sight, Conference.objects.sealed(mark__public_id=conference))
    return found[0] if found else None


def _locked(sight: Sight, item: str) -> tuple[Lens, Any]:
    row = visible_item(sight, item)
    if row is None:
        raise LookupError(item)
    lens = sight[row.row.case]
    case_changed(lens.case)
    row = visible_item(again(lens), item)
    if row is None:
        raise LookupError(item)
    return lens, row


def _led(sight: Sight, item: str, states: Collection[Status]) -> tuple[Lens, Any]:
    lens, row = _locked(sight, item)
    if row.facilitator_id != lens.seat:
        raise NotAllowedError(NOT_THE_FACILITATOR)
    if row.conference_state not in states:
        raise StaleError(over(row, WHY_NOT[row.conference_state]))
    return lens, row


def _put(sight: Sight, item: str, status: ItemStatus, verb: str, states: Collection[Status]) -> str:
    with transaction.atomic():
        lens, row = _led(sight, item, states)
        if row.status == status and not row.declined:
            unchanged()
        else:
            _write(lens, row, verb, status=status, **NOT_DECLINED)
        return str(row.conference_public_id)


def _write(lens: Lens, row: Any, verb: str, **columns: Any) -> None:
    # Unsealed: the write of a row that the lens has just opened.
    AgendaItem.unsealed.filter(pk=row.mark_id).update(**columns)
    record.done(lens, verb, mark=row.mark_id)
