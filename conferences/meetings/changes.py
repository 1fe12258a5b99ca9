"""A conference is scheduled; and what a facilitator does with it: open it, pause it, go on, hand it over, end it."""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.meetings.models import Conference, Invitation, Status
from workspace.disclosure import lean
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError, mark_row
from workspace.disclosure.lens import Sight, again, open_rows, sight_of
from workspace.disclosure.models import Mark, Named, Seat
from workspace.disclosure.policy import (
    Lens,
    Refusal,
    Topic,
    asks_own_client,
    carries,
    conference_refusals,
    may_lead,
    may_record,
    may_speak,
    may_take_the_lead,
)
from workspace.live.announce import case_changed, unchanged
from workspace.live.models import ask_here
from workspace.record import changes as record

NOT_THE_FACILITATOR = _("Only the facilitator of this conference can do that.")
NOT_BEGUN = _("This conference has not begun. Open it first.")
NOT_HERE = _("This person is not here now. Choose somebody who is.")
LISTENS = _("You are at this meeting to listen. If you want to take part in it, tell whoever leads.")
NEEDED = _("Whoever leads or writes down takes part. Let somebody else do that first.")
CLOSED = _("This conference is closed. What comes up now belongs in the next one.")
CANCELLED = _("This meeting was called off. What comes up now belongs in the next one.")


@dataclass(frozen=True)
class Plan:
    """What is settled before a conference begins, but for who comes: columns of `Conference`."""

    kind: str
    title: str
    starts: datetime
    minutes: int
    zone: str
    place: str
    every_weeks: int | None


def schedule(
    lens: Lens,
    plan: Plan,
    *,
    invited: Collection[int],
    observers: Collection[int],
    facilitator: int,
    recorder: int | None,
    follows: int | None = None,
) -> Conference:
    """Make a conference to which these seats are invited, in the caller's transaction, who has asked whether they may
    come. Raises RefusedError."""
    if why := tuple(conference_refusals(invited=invited, survivor=lens.survivor)):
        raise RefusedError(*why)
    mark = mark_row(lens, topic=Topic.COORDINATION, audience=0, named=invited, invited_only=True)
    # Unsealed: a row that is new.
    conference: Conference = Conference.unsealed.create(
        mark=mark,
        key=f"c-{token_hex(8)}",
        status=Status.PLANNED,
        facilitator_id=facilitator,
        recorder_id=recorder,
        follows_id=follows,
        **asdict(plan),
    )
    Invitation.objects.bulk_create(
        Invitation(conference=conference, seat_id=seat, observes=seat in observers) for seat in invited
    )
    return conference


def open_conference(sight: Sight, *, conference: str) -> None:
    """It begins, or goes on after a pause.

    All of them raise LookupError (nothing is there), NotAllowedError (another leads) and StaleError (it is not in a
    state for that).
    """
    with transaction.atomic():
        lens, row = led(sight, conference)
        if row.state == Status.CLOSED:
            raise StaleError(over(row))
        begun = row.state == Status.PLANNED
        _set(lens, row, Status.OPEN, "conference_opened" if begun else "conference_resumed")


def pause(sight: Sight, *, conference: str) -> None:
    """A break: nothing is taken up until it goes on. Anybody at the table may ask for it at any time, without a reason,
    and nobody is told who did."""
    with transaction.atomic():
        lens, row = locked(sight, conference)
        if row.state == Status.CLOSED:
            raise StaleError(over(row))
        if row.state == Status.PLANNED:
            raise StaleError(NOT_BEGUN)
        _set(lens, row, Status.PAUSED, "conference_paused")


def end_now(sight: Sight, *, conference: str) -> tuple[Lens, Any] | None:
    """It is over at once, whatever was not taken up. What is written in it from now on stands as added afterwards.

    Gives whose lens ended it and what it was, or None where it was over.
    """
    with transaction.atomic():
        lens, row = led(sight, conference)
        if row.state == Status.PLANNED:
            raise StaleError(NOT_BEGUN)
        if row.cancelled_at:
            raise StaleError(CANCELLED)
        if row.state == Status.CLOSED:
            unchanged()
            return None
        close(lens, row, "conference_ended")
        return lens, row


def close(lens: Lens, row: Any, verb: str, **columns: Any) -> None:
    """It is over, in the transaction that is open. `columns`: what else is kept of how it ended."""
    ended = {"status": Status.CLOSED, "paused": False, "closed_at": timezone.now()}
    # Unsealed: the write of a row that the lens has just opened.
    Conference.unsealed.filter(pk=row.mark_id).update(**ended, **columns)
    Invitation.objects.filter(conference=row.mark_id, hand__isnull=False).update(hand=None)
    # The end is never too much.
    record.door_closed(lens, verb, mark=row.mark_id)


def hand_over(sight: Sight, *, conference: str, to: str) -> None:
    """Somebody else leads from now on: who holds the seat `to` and is here, or oneself when it is empty.

    The facilitator hands over; who may take the lead does so. Raises as the others do.
    """
    with transaction.atomic():
        lens, row = locked(sight, conference)
        leads = row.facilitator_id == lens.seat
        if not leads and (to or not may_take_the_lead(lens, observes=observes(row.mark_id, lens.seat))):
            raise NotAllowedError(NOT_THE_FACILITATOR)
        if row.state == Status.CLOSED:
            raise StaleError(over(row))
        leader = _here(lens, row, to, may_lead) if to else lens.seat
        if leader == row.facilitator_id:
            unchanged()
            return
        # Unsealed: the write of a row that the lens has just opened.
        Conference.unsealed.filter(pk=row.mark_id).update(facilitator=leader)
        record.done(lens, "lead_handed_over" if leads else "lead_taken", mark=leader)


def name_recorder(sight: Sight, *, conference: str, to: str) -> None:
    """Whoever holds the seat `to` and is here may write down what others say from now on; nobody, when it is empty.

    The facilitator says so. Raises as the others do.
    """
    with transaction.atomic():
        lens, row = led(sight, conference)
        if row.state == Status.CLOSED:
            raise StaleError(over(row))
        recorder = _here(lens, row, to, may_record) if to else None
        if recorder == row.recorder_id:
            unchanged()
            return
        # Unsealed: the write of a row that the lens has just opened.
        Conference.unsealed.filter(pk=row.mark_id).update(recorder=recorder)
        record.done(
            lens, "recorder_named" if recorder else "recorder_taken_back", mark=recorder or row.mark_id
        )


def keep_led(lens: Lens, now: datetime) -> None:
    """Invite somebody who carries the case to each of its conferences that is not over and has nobody left who does
    and takes part: so it can always be led and changed. In the transaction of whoever gives or ends a seat, or moves a
    meeting, who has locked the case.

    They may not know of the conference, so neither is it refused nor are they told; and where another can, they are not
    the one who is invited.
    """
    # Unsealed: all seats and all conferences are asked for, whoever may see them.
    seats = Seat.unsealed.filter(Q(until=None) | Q(until__gt=now), case=lens.case)
    sitting = seats.filter(mark__removed_at=None).select_related("case").order_by("-primary", "pk")
    carrying = [seat for seat in sitting if carries(seat.role, at_holding_agency=_of_the_holder(seat))]
    # Unsealed: as above.
    there = Conference.unsealed.filter(mark__case=lens.case, mark__removed_at=None)
    for conference in there.exclude(status=Status.CLOSED):
        begins = max(conference.starts, now)
        ends = max(conference.starts + timedelta(minutes=conference.minutes), now)
        there_then = [seat for seat in carrying if seat.starts <= begins]
        lasting = [seat for seat in there_then if seat.until is None or seat.until > ends] or [
            seat for seat in carrying if seat.starts <= now
        ]
        invited = set(Named.objects.filter(mark=conference.pk).values_list("seat", flat=True))
        listening = set(_listening(conference.pk))
        if not lasting or any(seat.pk in invited - listening for seat in lasting):
            continue
        seat = min(lasting, key=lambda seat: (seat.pk == lens.seat, seat.pk in listening))
        Named.objects.get_or_create(mark_id=conference.pk, seat=seat)
        Invitation.objects.update_or_create(conference=conference, seat=seat, defaults={"observes": False})
        record.door_closed(lens, "invited", mark=seat.pk)


def _of_the_holder(seat: Seat) -> bool:
    return seat.agency_id is not None and seat.agency_id == seat.case.holding_agency_id


def has_to_permit(lens: Lens, conference: int) -> bool:
    """Whether this writer has yet to say, once in this conference, that their own client permits what they write."""
    return asks_own_client(lens) and _permitted(lens, conference) is None


def permission(lens: Lens, conference: int, *, given: bool) -> datetime | None:
    """When this writer said that their own client permits what they write in this conference: before, or now (`given`).
    None for whoever is not asked. To be kept on the row that is written.

    Raises RefusedError where it has not been said.
    """
    if not asks_own_client(lens):
        return None
    before = _permitted(lens, conference)
    if before is not None:
        return before
    if not given:
        raise RefusedError(Refusal.OWN_CLIENT_NOT_ASKED)
    now = timezone.now()
    Invitation.objects.update_or_create(
        conference_id=conference, seat_id=lens.seat, defaults={"permitted_at": now}
    )
    return now


def keep_permission(lens: Lens, conference: int, mark: int, *, given: bool) -> None:
    """Keep it on a row that this writer changes, as `permission` would on a new one. Raises RefusedError as well."""
    permitted_at = permission(lens, conference, given=given)
    if permitted_at is not None:
        Mark.objects.filter(pk=mark).update(permitted_at=permitted_at)


def _permitted(lens: Lens, conference: int) -> datetime | None:
    own = Invitation.objects.filter(conference=conference, seat=lens.seat)
    return own.values_list("permitted_at", flat=True).first()


def over(row: Any, otherwise: object = CLOSED) -> object:
    """Why nothing is done any more in this conference that is over, or under this item of it: it was called off, or
    what the verb says `otherwise`."""
    return CANCELLED if row.cancelled_at else otherwise


def led(sight: Sight, conference: str) -> tuple[Lens, Any]:
    """The conference and the lens of whoever leads it, its case locked. Raises LookupError and NotAllowedError."""
    lens, row = locked(sight, conference)
    if row.facilitator_id != lens.seat:
        raise NotAllowedError(NOT_THE_FACILITATOR)
    return lens, row


def observes(conference: int, seat: int) -> bool:
    """Whether this seat is at this conference only to listen."""
    return bool(lean.read(_observing, conference=conference, seat=seat))


def _listening(conference: int) -> QuerySet[Any]:
    return Invitation.objects.filter(conference=conference, observes=True).values_list("seat", flat=True)


def _observing(conference: int, seat: int) -> QuerySet[Any]:
    return Invitation.objects.filter(conference=conference, seat=seat, observes=True).values_list("pk")


def let_speak(lens: Lens, conference: int) -> None:
    """Go on for whoever takes part. Raises NotAllowedError for an observer of this conference, who adds nothing."""
    if not may_speak(observes=observes(conference, lens.seat)):
        raise NotAllowedError(LISTENS)


def locked(sight: Sight, conference: str) -> tuple[Lens, Any]:
    """The conference, opened once its case is locked, and through which lens. Raises LookupError."""
    row = _visible(sight, conference)
    lens = sight[row.case_id]
    case_changed(lens.case)
    return lens, _visible(again(lens), conference)


def _here(lens: Lens, row: Any, to: str, can: Callable[..., bool]) -> int:
    """The seat of this public id. Raises StaleError unless it is seen, and its holder is here and can do that."""
    now = timezone.now()
    # All are opened and compared here: what was sent may be nothing that a database takes.
    seats = open_rows(again(lens), Seat.objects.sealed(case=lens.case))
    seat = next((seat for seat in seats if seat.public_id == to and can(seat.role)), None)
    theirs = sight_of(seat.person_id, now).get(lens.case) if seat else None
    arrived = row.row.named & ask_here([row.mark_id], now)()[row.mark_id]
    if seat is None or theirs is None or theirs.seat != seat.mark_id or seat.mark_id not in arrived:
        raise StaleError(NOT_HERE)
    if not may_lead(seat.role, observes=observes(row.mark_id, seat.mark_id)):
        raise StaleError(_("This person is here to listen. Choose somebody who takes part."))
    return int(seat.mark_id)


def _visible(sight: Sight, conference: str) -> Any:
    found = open_rows(sight, Conference.objects.sealed(mark__public_id=conference))
    if not found:
        raise LookupError(conference)
    return found[0]


def _set(lens: Lens, row: Any, state: Status, verb: str) -> None:
    if row.state == state:
        unchanged()
        return
    columns: dict[str, Any] = {"status": Status.OPEN, "paused": state == Status.PAUSED}
    if row.state == Status.PLANNED:
        columns["opened_at"] = timezone.now()
    # Unsealed: the write of a row that the lens has just opened.
    Conference.unsealed.filter(pk=row.mark_id).update(**columns)
    # A break is never too much.
    write = record.done if state == Status.OPEN else record.door_closed
    write(lens, verb, mark=row.mark_id)
