"""Going through the board: whoever leads turns to a card, its holder says that it is still so, the survivor says
whether it is clear, and those who carry the case note that she has met somebody new."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.cards.changes import NOT_YOURS_TO_CONFIRM, READ_AGAIN, SAYS_NOTHING, held
from conferences.meetings.changes import led, over
from conferences.meetings.models import RUNNING, Conference, Status
from conferences.parts.changes import WHY_NOT
from conferences.review.models import TOLD, CardTurn, Clear, StillSo
from workspace.disclosure.changes import NotAllowedError, StaleError, mark_row
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import (
    Lens,
    Topic,
    may_introduce,
    may_say_whether_clear,
)
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record

NOT_SITTING = _("This person is not on the team now. Choose somebody else.")
HERS_TO_SAY = _("Whether somebody's part is clear to her is for the survivor to say.")
NOT_TO_NOTE = _("That she has met somebody is noted by those who carry her case.")
SHE_SAID_SO = _("The survivor said herself that they have met, so nobody else takes it back. Ask her.")
HERSELF = _("This is the survivor's own card. She does not have to be introduced to herself.")


def turn_to(sight: Sight, *, conference: str, seat: str) -> None:
    """Everybody in this conference looks at the card of this seat from now on.

    Raises LookupError (nothing is there), NotAllowedError (another leads) and StaleError (the conference is not open,
    or the seat is not held now).
    """
    with transaction.atomic():
        lens, row = led(sight, conference)
        if row.state != Status.OPEN:
            raise StaleError(over(row, WHY_NOT[row.state]))
        now = timezone.now()
        # All are opened and compared here: what was sent may be nothing that a database takes.
        seats = open_rows(again(lens), Seat.objects.sealed(case=lens.case))
        found = next((each for each in seats if each.public_id == seat), None)
        if found is None or found.starts > now or (found.until is not None and found.until <= now):
            raise StaleError(NOT_SITTING)
        turns = CardTurn.objects.filter(conference=row.mark_id)
        last = turns.order_by("-turn").first()
        if last is not None and last.seat_id == found.mark_id:
            unchanged()
            return
        turn = (turns.aggregate(last=Max("turn"))["last"] or 0) + 1
        turns.update_or_create(conference_id=row.mark_id, seat_id=found.mark_id, defaults={"turn": turn})
        record.done(lens, "card_turned", mark=found.mark_id)


def say_still_so(sight: Sight, *, seat: str, conference: str, seen: str) -> str:
    """Its holder says that a card is right as they read it (`seen`: its edition), a draft too; the public id of its
    case. `conference`: where, or empty.

    This and the others raise LookupError (nothing is there) and NotAllowedError (it is another's to say); this one
    StaleError as well, where the card says nothing, or something else.
    """
    with transaction.atomic():
        lens, row = _card(sight, seat)
        its = held(again(lens), seat)
        if not its.own:
            raise NotAllowedError(NOT_YOURS_TO_CONFIRM)
        if its.words.says_nothing:
            raise StaleError(SAYS_NOTHING)
        if its.words.edition != seen:
            raise StaleError(READ_AGAIN)
        now, where = timezone.now(), _where(lens, conference)
        last = StillSo.objects.filter(seat=row.mark_id).order_by("-at", "-pk").first()
        stands = last is not None and last.at == row.confirmed_at and row.drafted_by_id is None
        if last is not None and stands and last.conference_id == where and _same_day(last.at, now):
            unchanged()
            return str(row.case_public_id)
        StillSo.objects.create(seat_id=row.mark_id, conference_id=where, at=now)
        # Unsealed: the write of a row that the lens has just opened.
        Seat.unsealed.filter(pk=row.mark_id).update(confirmed_at=now, drafted_by=None)
        record.done(lens, "card_still_so", mark=row.mark_id)
        return str(row.case_public_id)


def say_whether_clear(sight: Sight, *, seat: str, conference: str, clear: bool) -> str:
    """The survivor says whether a card is clear to her; what she said last counts. As `say_still_so`."""
    with transaction.atomic():
        lens, row = _card(sight, seat)
        if not may_say_whether_clear(lens, row.mark_id):
            raise NotAllowedError(HERS_TO_SAY)
        where = _where(lens, conference)
        said = open_rows(again(lens), Clear.objects.sealed(seat=row.mark_id))
        if said and said[-1].clear == clear and said[-1].conference_id == where:
            unchanged()
            return str(row.case_public_id)
        mark = mark_row(lens, topic=Topic.COORDINATION, audience=TOLD, parent=row.mark_id)
        # Unsealed: a row that is new.
        Clear.unsealed.create(mark=mark, seat_id=row.mark_id, conference_id=where, clear=clear)
        record.done(lens, "card_clear" if clear else "card_not_clear", mark=mark.pk)
        return str(row.case_public_id)


def introduce(sight: Sight, *, seat: str, met: bool) -> str:
    """She has met the holder of this seat, or has not yet, where that was noted by mistake. As `say_still_so`; raises
    StaleError for her own seat as well."""
    with transaction.atomic():
        lens, row = _card(sight, seat)
        if not may_introduce(lens):
            raise NotAllowedError(NOT_TO_NOTE)
        if row.mark_id == lens.survivor:
            raise StaleError(HERSELF)
        if (row.introduced_at is not None) == met:
            unchanged()
            return str(row.case_public_id)
        if not met and record.last_did(row.mark_id, "introduced") == lens.survivor:
            raise NotAllowedError(SHE_SAID_SO)
        # Unsealed: the write of a row that the lens has just opened.
        Seat.unsealed.filter(pk=row.mark_id).update(introduced_at=timezone.now() if met else None)
        record.done(lens, "introduced" if met else "introduction_undone", mark=row.mark_id)
        return str(row.case_public_id)


def _card(sight: Sight, seat: str) -> tuple[Lens, Any]:
    """The seat, opened once its case is locked, and through which lens. Raises LookupError."""
    lens = sight[_visible(sight, seat).case_id]
    case_changed(lens.case)
    return lens, _visible(again(lens), seat)


def _visible(sight: Sight, seat: str) -> Any:
    found = open_rows(sight, Seat.objects.sealed(mark__public_id=seat))
    if not found:
        raise LookupError(seat)
    return found[0]


def _where(lens: Lens, conference: str) -> int | None:
    """The conference in which something is said: while it lasts. Before and after it, and for an identifier of nothing
    that is seen, it is said by itself."""
    # All are opened and compared here, as above.
    there = open_rows(again(lens), Conference.objects.sealed(mark__case=lens.case)) if conference else ()
    return next((row.mark_id for row in there if row.public_id == conference and row.state in RUNNING), None)


def _same_day(one: Any, other: Any) -> bool:
    return bool(timezone.localdate(one) == timezone.localdate(other))
