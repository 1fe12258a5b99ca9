"""A seat is given, a seat is ended: by a case manager of the holding agency."""

from datetime import datetime, timedelta
from secrets import token_hex

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.meetings.changes import keep_led
from workspace.disclosure import policy
from workspace.disclosure.changes import RefusedError, StaleError
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.models import Case, Mark, Named, Seat
from workspace.disclosure.policy import Lens, Role, Topic
from workspace.live.announce import case_changed, unchanged
from workspace.people.models import Person
from workspace.record import changes as record

SOMEBODY_CARRIES = _("Somebody has to carry the case. Give another case manager a seat first.")
NOT_TOLD = _(
    "This person is to take over as case manager, and the survivor has not been told yet. She hears it first. When she "
    "has, the page of the handover gives them their seat."
)
NOBODY = _("Nobody with that e-mail address can be given this seat. Ask whoever runs this place.")


class CannotSitError(Exception):
    """This person cannot be given that seat. `sentence`: why, and what can be done."""

    def __init__(self, sentence: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def door(sight: Sight, case: str) -> tuple[Case, Lens]:
    """The case and the lens of somebody who may give seats on it. Raises LookupError for everybody else."""
    found = Case.objects.filter(public_id=case).first()
    lens = sight.get(found.pk) if found else None
    if found is None or lens is None or not policy.may_give_seats(lens):
        raise LookupError(case)
    return found, lens


def give_seat(
    sight: Sight,
    *,
    case: str,
    email: str,
    role: Role,
    topic: Topic,
    audience: int,
    starts: datetime,
    until: datetime | None,
    key: str,
) -> None:
    """Give somebody a seat. It inherits nothing from an earlier seat of theirs. `key`: as in the other forms.

    Raises LookupError (not theirs to give), CannotSitError and RefusedError (with the reason).
    """
    with transaction.atomic():
        found, lens = door(sight, case)
        case_changed(found.pk)
        door(again(lens), case)
        once = record.Once.of(key, case, email, role, topic, audience, starts, until)
        if record.taken(lens, once):
            unchanged()
            return
        person = (
            Person.objects.select_related("agency")
            .filter(task_force=found.task_force_id, email__iexact=email)
            .first()
        )
        if person is None:
            raise CannotSitError(NOBODY)
        if role is Role.CASE_MANAGER and Case.objects.filter(pk=found.pk, untold=person).exists():
            raise CannotSitError(NOT_TOLD)
        seat = seat_for(
            sight, found, person, role=role, topic=topic, audience=audience, starts=starts, until=until
        )
        record.done(lens, "seat_given", mark=seat.pk, once=once)
        keep_led(lens, timezone.now())


def seat_for(
    sight: Sight,
    case: Case,
    person: Person,
    *,
    role: Role,
    topic: Topic,
    audience: int,
    starts: datetime,
    until: datetime | None,
) -> Seat:
    """A new seat for this person, in the transaction of whoever may give it, who has locked the case.

    Raises CannotSitError and RefusedError.
    """
    keep_one_seat(sight, case, person, starts, until)
    _refuse(case, person, role, topic, audience)
    mark = Mark.objects.create(case=case, origin=person.agency, topic=topic, audience=audience)
    # Unsealed: a seat is written by itself and names itself, so it has to exist before its mark is whole.
    seat: Seat = Seat.unsealed.create(
        mark=mark,
        case=case,
        key=f"s-{token_hex(8)}",
        person=person,
        role=role,
        agency=person.agency,
        starts=starts,
        until=until,
    )
    Mark.objects.filter(pk=mark.pk).update(author=seat)
    Named.objects.create(mark=mark, seat=seat)
    return seat


def end_seat(sight: Sight, *, seat: str) -> str:
    """End a seat from this moment on; the public id of its case. Pressed twice, it ended at the first. Where the case
    would be left to nobody later, because whoever goes on has a last day, they go on without one.

    Raises LookupError for whoever may not, and StaleError where the case would be left without anybody to
    carry it.
    """
    with transaction.atomic():
        opened = open_rows(sight, Seat.objects.sealed(mark__public_id=seat))
        # Unsealed: the row that the lens has just opened, to write it.
        found = Seat.unsealed.select_related("case").get(pk=opened[0].mark_id) if opened else None
        lens = sight.get(found.case_id) if found else None
        if found is None or lens is None or not policy.may_give_seats(lens):
            raise LookupError(seat)
        case_changed(found.case_id)
        if not again(lens):
            raise LookupError(seat)
        found.refresh_from_db()
        now, case = timezone.now(), str(found.case.public_id)
        if found.role == Role.SURVIVOR:
            raise StaleError(_("The survivor's own seat is not ended: it is her case."))
        if found.until is None or found.until > now:
            stays = _who_stays(found, now)
            _end(found, now)
            if stays is not None:
                # Unsealed: whoever may see the seat that stays, somebody has to carry the case.
                Seat.unsealed.filter(pk=stays.pk).update(until=None, hands_over_to=None)
                record.door_closed(lens, "seat_goes_on", mark=stays.pk)
            keep_led(lens, now)
            record.door_closed(lens, "seat_ended", mark=found.pk)
        else:
            unchanged()
        return case


def _end(seat: Seat, now: datetime) -> None:
    # Unsealed: the write of a seat whose case the lens was let into.
    if seat.starts >= now:
        # It never began, so it never was; its end keeps the place free for another.
        Mark.objects.filter(pk=seat.pk).update(removed_at=now)
        Seat.unsealed.filter(pk=seat.pk).update(primary=False, until=seat.starts + timedelta(microseconds=1))
    else:
        Seat.unsealed.filter(pk=seat.pk).update(until=now)


def _who_stays(ending: Seat, now: datetime) -> Seat | None:
    """Whose last day is dropped when this seat ends; None where nobody's has to be. Raises StaleError."""
    if ending.role != Role.CASE_MANAGER or ending.agency_id != ending.case.holding_agency_id:
        return None
    # Unsealed: somebody has to carry the case, whoever may know of them.
    held = Seat.unsealed.filter(Q(until=None) | Q(until__gt=now), case=ending.case_id, mark__removed_at=None)
    managers = held.filter(role=Role.CASE_MANAGER, agency=ending.agency_id, person__is_active=True)
    others = list(
        managers.exclude(pk=ending.pk).order_by("-primary", F("until").desc(nulls_first=True), "pk")
    )
    there = [seat for seat in others if seat.starts <= now]
    if not there:
        raise StaleError(SOMEBODY_CARRIES)
    # Who has another seat to come cannot keep this one: nobody has two.
    later = set(held.filter(starts__gt=now).values_list("person", flat=True))
    could = [seat for seat in there if seat.until is not None and seat.person_id not in later]
    if any(seat.primary and seat.until is None for seat in others):
        could = [seat for seat in could if not seat.primary]
    handing = [seat for seat in could if seat.hands_over_to_id == ending.pk]
    last = [seat.until for seat in there]
    goes_on = None in last or any(s.until is None and s.starts <= max(filter(None, last)) for s in others)
    if handing or goes_on:
        return handing[0] if handing else None
    if not could:
        raise StaleError(SOMEBODY_CARRIES)
    found: Seat = could[0]
    return found


def _refuse(case: Case, person: Person, role: Role, topic: Topic, audience: int) -> None:
    if role == Role.SURVIVOR:
        raise CannotSitError(
            _("A case has one survivor, and her seat is there already. Choose another role.")
        )
    refusals = policy.seat_refusals(
        role=role,
        topic=topic,
        audience=audience,
        at_holding_agency=person.agency_id == case.holding_agency_id,
        agency_kind=person.agency.kind if person.agency else None,
    )
    if why := tuple(refusals):
        raise RefusedError(*why)


def keep_one_seat(sight: Sight, case: Case, person: Person, starts: datetime, until: datetime | None) -> None:
    """Go on for whoever has no seat on this case then. Raises CannotSitError."""
    # Unsealed: one person has at most one active seat, also where the giver may not see the other one.
    overlapping = Seat.unsealed.filter(
        Q(until=None) | Q(until__gt=starts), case=case, person=person, mark__removed_at=None
    )
    if until is not None:
        overlapping = overlapping.filter(starts__lt=until)
    taken = set(overlapping.values_list("mark_id", flat=True))
    if taken:
        known = open_rows(sight, Seat.objects.sealed(mark_id__in=taken))
        # Where the giver may not know of the other seat, the answer is the one for an address nobody has.
        raise CannotSitError(
            _("This person has a seat on this case at that time already.") if known else NOBODY
        )
