"""The primary case manager changes: the survivor is told first; then there is a new seat, and the two have some days
together. What the old one answered for, and the end of it, are in `agendas.takeover`."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agendas.handover.models import Handover, WordsForTheNew, state_of
from conferences.cases.changes import NOBODY, CannotSitError, keep_one_seat, seat_for
from conferences.meetings.changes import keep_led
from workspace.disclosure import policy
from workspace.disclosure.changes import NotAllowedError, StaleError, fingerprint, mark_row
from workspace.disclosure.lens import Sight, again, open_rows, read_sights, seats_that_see
from workspace.disclosure.models import Case, Mark, Named, Seat
from workspace.disclosure.policy import Lens, Role, Topic, role_bits
from workspace.live.announce import case_changed, unchanged
from workspace.people.models import Person
from workspace.record import changes as record
from workspace.text import cleaned

TO_HER_AND_MANAGERS = role_bits(
    [Role.SURVIVOR, Role.CASE_MANAGER, Role.CLINICAL_SUPERVISOR, Role.INTERPRETER]
)
MANAGERS = role_bits([Role.CASE_MANAGER, Role.CLINICAL_SUPERVISOR])
A_DAY = timedelta(days=1)

UNDER_WAY = _("A handover is under way already. It stands on this page.")
OVER = _("This is over now. The page says how it ended.")
HERS = _("Only the survivor can say that she has read this.")
NOT_YOURS = _("Only a case manager or the clinical supervisor can do that. Please tell one of them.")
ONLY_MANAGERS_SEAT = _("Only a case manager can give a seat and set its end. Please ask one of them.")
TOLD_FIRST = _(
    "The survivor is told first. Once she has read it, or somebody has noted that she was told, you can go on."
)
NO_SEAT = _("The new case manager has no seat now. Set the day on which it begins.")
AGAIN = _(
    "You changed this in another window in the meantime. Read it again, then press the button once more."
)
ENDS_TOO_SOON = _("Their last day has to be after the new case manager starts.")
NOT_KNOWN = _(
    "Some of those who follow a handover may not know that this person is on the team. Choose somebody else."
)
IS_OVER = _("This day is over. Choose today or a later day.")
ENDS_FIRST = _(
    "The new case manager’s seat ends because they have another one here after it. End that other seat first, on the "
    "page of the team."
)
CANNOT_COME = _(
    "This person cannot sign in any more. Call this handover off, and begin one with somebody else."
)
ENDS_BEFORE = _("Their seat ends before that day already. Choose an earlier day.")


NOT_NOW = _("This person cannot be chosen now. Choose somebody else.")


class NoDayTogetherError(Exception):
    """The two would not have one whole day together, and nobody has said that this is meant."""


def door(sight: Sight, case: str) -> tuple[Case, Lens]:
    """The case and the lens of somebody who may begin a handover on it. Raises LookupError for everybody else."""
    found = Case.objects.filter(public_id=case).first()
    lens = sight.get(found.pk) if found else None
    if found is None or lens is None or not policy.may_hand_over(lens):
        raise LookupError(case)
    return found, lens


def begin(sight: Sight, *, case: str, seat: str, email: str, words: str, key: str) -> None:
    """Say who takes over: who holds this seat, or whoever at the holding agency has this address. `words`: what the
    survivor is told. Nobody gets a seat by it.

    Raises LookupError (not theirs to begin), CannotSitError (with the reason) and StaleError (one is under way).
    """
    with transaction.atomic():
        found, lens = door(sight, case)
        case_changed(found.pk)
        sight = again(lens)
        door(sight, case)
        once = record.Once.of(key, case, seat, email, words)
        if record.taken(lens, once):
            unchanged()
            return
        # Unsealed: whoever may begin one sees all of them.
        if Handover.unsealed.filter(mark__case=found, done_at=None, called_off_at=None).exists():
            raise StaleError(UNDER_WAY)
        leaving = _leaving(found)
        person = _successor(sight, lens, seat, email)
        if leaving is not None and leaving.person_id == person.pk and _lasts(leaving):
            raise CannotSitError(_("This person is the case manager now. Choose somebody else."))
        mark = mark_row(lens, topic=Topic.COORDINATION, audience=TO_HER_AND_MANAGERS)
        # Unsealed: a row that is new.
        Handover.unsealed.create(mark=mark, leaving=leaving, person=person, words=cleaned(words))
        Case.objects.filter(pk=found.pk).update(untold=person)
        record.done(lens, "handover_begun", mark=mark.pk, once=once)


def read_it(sight: Sight, *, handover: str, seen: str) -> str:
    """The survivor has read what she is told, or how it ended; the public id of the case. `seen`: how it stood when she
    read it (`state_of`).

    Raises LookupError, NotAllowedError (it is not her who says so) and StaleError (it ended since: she has not read
    that yet).
    """
    with transaction.atomic():
        lens, row = locked(sight, handover)
        if lens.seat != lens.survivor:
            raise NotAllowedError(HERS)
        if seen != state_of(row):
            raise StaleError(OVER)
        column, case = "end_read_at" if row.done_at or row.called_off_at else "told_at", case_of(lens)
        if getattr(row, column):
            unchanged()
        else:
            keep(row, **{column: timezone.now()})
            if column == "told_at":
                _told(lens)
            record.done(lens, "handover_read", mark=row.mark_id)
        return case


def note_told(sight: Sight, *, handover: str, at: datetime, how: str, key: str) -> None:
    """Note that somebody told her, then and in this way. Raises LookupError, NotAllowedError and StaleError."""
    with transaction.atomic():
        lens, row = locked(sight, handover)
        once = record.Once.of(key, handover, at, how)
        if record.taken(lens, once):
            unchanged()
            return
        let_note_told(lens, row)
        keep(row, told_at=min(at, timezone.now()), told_how=cleaned(how))
        _told(lens)
        record.done(lens, "survivor_told", mark=row.mark_id, once=once)


def plan_overlap(
    sight: Sight,
    *,
    handover: str,
    starts: datetime | None,
    audience: int | None,
    last_day: datetime | None,
    apart: bool,
    key: str,
) -> None:
    """The seat of the new one, which has no end from now on, and the end of the old one. `starts`, `audience`: from
    when there is a seat and who may know of it, where there is none yet. `last_day`: the instant at which the old one
    ends, where it has not.
    `apart`: it is meant that they have no day together.

    Raises LookupError, NotAllowedError, StaleError, CannotSitError, RefusedError and NoDayTogetherError.
    """
    with transaction.atomic():
        lens, row = locked(sight, handover)
        once = record.Once.of(key, handover, starts, audience, last_day, apart)
        if record.taken(lens, once):
            unchanged()
            return
        let_plan(lens, row)
        case = Case.objects.get(pk=lens.case)
        person = Person.objects.select_related("agency").get(pk=row.person_id)
        if not person.is_active:
            raise CannotSitError(CANNOT_COME)
        arriving = arriving_of(row) or seated(lens, person.pk)
        if arriving is None:
            if starts is None or audience is None:
                raise StaleError(NO_SEAT)
            arriving = seat_for(
                again(lens),
                case,
                person,
                role=Role.CASE_MANAGER,
                topic=Topic.COORDINATION,
                audience=audience,
                starts=starts,
                until=None,
            )
            record.done(lens, "seat_given", mark=arriving.pk)
        _drop_end(arriving)
        columns: dict[str, Any] = {"arriving": arriving}
        leaving = seat_of(row.leaving_id)
        if leaving is not None and _lasts(leaving):
            columns |= _set_end(leaving, row, arriving, last_day, apart=apart)
        keep(row, **columns)
        # What she wrote for the new one alone is theirs to read from now on, as she was told.
        # Unsealed: her rows, whoever may read them.
        for words in WordsForTheNew.unsealed.filter(handover=row.mark_id, mark__audience=0):
            Named.objects.get_or_create(mark_id=words.pk, seat=arriving)
        record.done(lens, "handover_planned", mark=row.mark_id, once=once)
        keep_led(lens, timezone.now())


def tell_the_new(sight: Sight, *, handover: str, text: str, widely: bool, seen: str, key: str) -> None:
    """What the survivor wants the new one to know, in her words, which she may change. `widely`: the other case
    managers and the clinical supervisor read it too. `seen`: from `edition`, what it said before.

    Raises LookupError, NotAllowedError (they are hers) and StaleError (not told yet, over, changed elsewhere).
    """
    with transaction.atomic():
        lens, row = locked(sight, handover)
        once = record.Once.of(key, handover, text, widely)
        if record.taken(lens, once):
            unchanged()
            return
        let_write(lens, row)
        audience = MANAGERS if widely else 0
        named = [row.arriving_id] if row.arriving_id and not widely else []
        before = words_of(again(lens), row)
        if edition(before) != seen:
            raise StaleError(AGAIN)
        if before is None:
            mark = mark_row(
                lens, topic=Topic.COORDINATION, audience=audience, named=named, parent=row.mark_id
            )
            # Unsealed: a row that is new.
            WordsForTheNew.unsealed.create(mark=mark, handover_id=row.mark_id, text=cleaned(text))
            number = mark.pk
        else:
            number = before.mark_id
            # Unsealed: the write of a row that the lens has just opened, by its author.
            WordsForTheNew.unsealed.filter(pk=number).update(text=cleaned(text))
            Mark.objects.filter(pk=number).update(audience=audience)
            Named.objects.filter(mark=number).exclude(seat__in=named).delete()
            Named.objects.bulk_create(
                [Named(mark_id=number, seat_id=seat) for seat in named], ignore_conflicts=True
            )
        record.done(lens, "words_for_the_new", mark=number, once=once)


def introduce(sight: Sight, *, handover: str, at: datetime, key: str) -> None:
    """Note when the survivor and the new one met. The survivor may say so, and whoever manages the handover.

    Raises LookupError, NotAllowedError and StaleError.
    """
    with transaction.atomic():
        lens, row = locked(sight, handover)
        once = record.Once.of(key, handover, at)
        if record.taken(lens, once):
            unchanged()
            return
        arriving = let_introduce(lens, row)
        # Unsealed: the seat that the opened row speaks of.
        Seat.unsealed.filter(pk=arriving.pk).update(introduced_at=min(at, timezone.now()))
        record.done(lens, "introduced", mark=arriving.pk, once=once)


def call_off(sight: Sight, *, handover: str, words: str, key: str) -> None:
    """It does not happen; the old seat goes on as long as it did before. `words`: for the survivor.

    Raises LookupError, NotAllowedError and StaleError.
    """
    with transaction.atomic():
        lens, row = locked(sight, handover)
        manages(lens)
        once = record.Once.of(key, handover, words)
        if record.taken(lens, once):
            unchanged()
            return
        still_open(row)
        leaving = seat_of(row.leaving_id)
        if leaving is not None and _lasts(leaving) and leaving.until == row.last_day and row.last_day:
            # Unsealed: the seat that the opened row speaks of, and whether its holder has another after it.
            later = Seat.unsealed.filter(case=lens.case, person=leaving.person_id, mark__removed_at=None)
            if not later.filter(starts__gte=leaving.until).exists():
                Seat.unsealed.filter(pk=leaving.pk).update(until=row.ended_before)
        # Unsealed: as above.
        Seat.unsealed.filter(pk=row.leaving_id).update(hands_over_to=None)
        _told(lens)
        # What she wrote was for whoever takes over, and nobody does: it is hers alone again.
        # Unsealed: her rows, whoever may read them.
        hers = WordsForTheNew.unsealed.filter(handover=row.mark_id).values("mark")
        Mark.objects.filter(pk__in=hers).update(audience=0)
        Named.objects.filter(mark__in=hers).delete()
        keep(row, called_off_at=timezone.now(), called_off_words=cleaned(words))
        record.done(lens, "handover_called_off", mark=row.mark_id, once=once)
        keep_led(lens, timezone.now())


def let_manage(lens: Lens, row: Any) -> None:
    """Nothing, for whoever carries this handover through while it is under way. Raises NotAllowedError and
    StaleError."""
    manages(lens)
    still_open(row)


def let_note_told(lens: Lens, row: Any) -> None:
    """Nothing, for whoever may note now that she was told. Raises as `let_manage` does."""
    let_manage(lens, row)
    if row.told_at:
        raise StaleError(_("It is noted already that she was told."))


def let_plan(lens: Lens, row: Any) -> None:
    """Nothing, for whoever may give the seat now, which is not before she was told. Raises as `let_manage` does."""
    let_manage(lens, row)
    if not policy.may_give_seats(lens):
        raise NotAllowedError(ONLY_MANAGERS_SEAT)
    if row.told_at is None:
        raise StaleError(TOLD_FIRST)


def let_write(lens: Lens, row: Any) -> None:
    """Nothing, for the survivor once she was told, for as long as the new one may read it. Raises NotAllowedError and
    StaleError."""
    if lens.seat != lens.survivor:
        raise NotAllowedError(_("These are the survivor’s own words."))
    if row.done_at is None or arriving_of(row) is None:
        still_open(row)
    if row.told_at is None:
        raise StaleError(_("Please read the message first. Then you can write."))


def let_introduce(lens: Lens, row: Any) -> Seat:
    """The new one's seat, for whoever may say when the two met. Raises NotAllowedError and StaleError."""
    if lens.seat != lens.survivor:
        manages(lens)
    still_open(row)
    return there(row)


def edition(words: Any | None) -> str:
    """A fingerprint of what she wrote so far."""
    return fingerprint(words.text, words.row.audience) if words else ""


def words_of(sight: Sight, row: Any) -> Any | None:
    """What the survivor wrote for the new one, where it is visible."""
    found = open_rows(sight, WordsForTheNew.objects.sealed(handover=row.mark_id))
    return found[-1] if found else None


def visible_handover(sight: Sight, handover: str) -> tuple[Lens, Any]:
    """The handover, opened, and by which lens. Raises LookupError for whoever does not follow it."""
    found = open_rows(sight, Handover.objects.sealed(mark__public_id=handover))
    if not found or not policy.may_follow_handover(sight[found[0].row.case]):
        raise LookupError(handover)
    return sight[found[0].row.case], found[0]


def arriving_of(row: Any) -> Seat | None:
    """The seat of the new one, unless it has ended."""
    seat = seat_of(row.arriving_id)
    return seat if seat is not None and _lasts(seat) else None


def seat_of(number: int | None) -> Seat | None:
    """A seat that an opened handover speaks of, to write by; nothing of it is shown."""
    # Unsealed: as above.
    seats = Seat.unsealed.filter(pk=number, mark__removed_at=None)
    found: Seat | None = seats.select_related("person").first()
    return found


def case_of(lens: Lens) -> str:
    """The public id of the case."""
    return str(Case.objects.values_list("public_id", flat=True).get(pk=lens.case))


def locked(sight: Sight, handover: str) -> tuple[Lens, Any]:
    """As `visible_handover`, once its case is locked."""
    lens, _row = visible_handover(sight, handover)
    case_changed(lens.case)
    return visible_handover(again(lens), handover)


def manages(lens: Lens) -> None:
    """Nothing, for whoever carries handovers through. Raises NotAllowedError."""
    if not policy.may_hand_over(lens):
        raise NotAllowedError(NOT_YOURS)


def there(row: Any) -> Seat:
    """The seat of the new one. Raises StaleError where there is none now."""
    arriving = arriving_of(row)
    if arriving is None:
        raise StaleError(NO_SEAT)
    if not arriving.person.is_active:
        raise StaleError(CANNOT_COME)
    return arriving


def still_open(row: Any) -> None:
    """Nothing, while it is under way. Raises StaleError."""
    if row.done_at or row.called_off_at:
        raise StaleError(OVER)


def keep(row: Any, **columns: Any) -> None:
    """Write these columns of an opened handover."""
    # Unsealed: the write of a row that the lens has just opened.
    Handover.unsealed.filter(pk=row.mark_id).update(**columns)


def _drop_end(arriving: Seat) -> None:
    if arriving.until is None:
        return
    # Unsealed: the seat that the opened row speaks of, and whether its holder has another after it.
    held = Seat.unsealed.filter(case=arriving.case_id, person=arriving.person_id, mark__removed_at=None)
    if held.filter(starts__gte=arriving.until).exists():
        raise CannotSitError(ENDS_FIRST)
    Seat.unsealed.filter(pk=arriving.pk).update(until=None)


def _told(lens: Lens) -> None:
    Case.objects.filter(pk=lens.case).update(untold=None)


def _set_end(
    leaving: Seat, row: Any, arriving: Seat, last_day: datetime | None, *, apart: bool
) -> dict[str, Any]:
    before = row.ended_before if row.last_day and leaving.until == row.last_day else leaving.until
    if last_day is None or last_day <= timezone.now():
        raise CannotSitError(IS_OVER)
    if last_day <= arriving.starts:
        raise CannotSitError(ENDS_TOO_SOON)
    if before is not None and last_day > before:
        raise CannotSitError(ENDS_BEFORE)
    if last_day - max(arriving.starts, timezone.now()) < A_DAY and not apart:
        raise NoDayTogetherError
    # Unsealed: the seat that the opened row speaks of.
    Seat.unsealed.filter(pk=leaving.pk).update(until=last_day, hands_over_to=arriving)
    return {"last_day": last_day, "ended_before": before}


def _leaving(case: Case) -> Seat | None:
    """The seat of the primary case manager, or of who was it last."""
    # Unsealed: there is one, whoever may see it; it is shown as others are.
    primary = Seat.unsealed.filter(case=case, primary=True, starts__lte=timezone.now())
    found: Seat | None = (
        primary.filter(mark__removed_at=None).order_by(F("until").desc(nulls_first=True)).first()
    )
    return found


def _successor(sight: Sight, lens: Lens, seat: str, email: str) -> Person:
    case = Case.objects.get(pk=lens.case)
    if seat:
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        # All are opened and compared here: what was sent may be nothing that a database takes.
        chosen = next((each.person_id for each in seats if each.public_id == seat), None)
        held = seated(lens, chosen) if chosen else None
        if held is None:
            raise CannotSitError(NOT_NOW)
        _let_be_named(sight, lens, held)
        if not held.person.is_active:
            raise CannotSitError(NOT_NOW)
        return held.person
    person = Person.objects.filter(agency=case.holding_agency_id, email__iexact=email, is_active=True).first()
    if person is None:
        raise CannotSitError(NOBODY)
    held = seated(lens, person.pk)
    if held is None:
        keep_one_seat(sight, case, person, timezone.now(), None)
    elif not open_rows(sight, Seat.objects.sealed(mark=held.pk)):
        raise CannotSitError(NOBODY)
    else:
        _let_be_named(sight, lens, held)
    return person


def _let_be_named(sight: Sight, lens: Lens, held: Seat) -> None:
    """Go on where all who follow a handover may know that this seat is there. Raises CannotSitError."""
    following = [
        each
        for each in read_sights([held.person_id], timezone.now()).seated[lens.case].values()
        if policy.may_follow_handover(each)
    ]
    for row in open_rows(sight, Seat.objects.sealed(mark=held.pk)):
        if len(seats_that_see(row.row, following)) < len(following):
            raise CannotSitError(NOT_KNOWN)


def seated(lens: Lens, person: int) -> Seat | None:
    """The seat that this person has here as a case manager of the holding agency, now or to come; nothing of it is
    shown."""
    # Unsealed: whether it may be known is asked where it is spoken of.
    held = Seat.unsealed.filter(
        case=lens.case, person=person, role=Role.CASE_MANAGER, agency=F("case__holding_agency")
    )
    found: Seat | None = held.filter(
        Q(until=None) | Q(until__gt=timezone.now()), mark__removed_at=None
    ).first()
    return found


def _lasts(seat: Seat) -> bool:
    return seat.until is None or seat.until > timezone.now()
