"""A conference is planned, moved, people are invited to it or not any more; and a series goes on."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agendas.items.models import ComesFor
from agendas.template.changes import furnish
from conferences.meetings.changes import NEEDED, Plan, keep_led, over, schedule
from conferences.meetings.models import ComesToPart, Conference, Invitation, Status, next_start
from workspace.disclosure import policy
from workspace.disclosure.changes import OVERTAKEN, NotAllowedError, StaleError, fingerprint
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.models import Case, Named, Release, Seat
from workspace.disclosure.policy import Lens, Refusal, Role
from workspace.disclosure.refusals import SENTENCES
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record
from workspace.text import cleaned

KEEP = "as-it-is"  # who leads or records stays, whom whoever changes the conference may not see
NOT_YOURS = _(
    "Whoever leads this meeting can change it, and so can case managers, advocates and the clinical "
    "supervisor of the agency that holds the record. Ask one of them."
)
NOT_YOURS_TO_INVITE = _(
    "People are invited by a case manager, advocate or clinical supervisor of the agency that holds the record. "
    "Ask one of them."
)
BEGUN = _("This meeting has begun, so its time and its name stay. You can still change who is invited.")
NOT_ON_THE_LIST = _("The team changed in the meantime. Look at the list again, then choose.")
NO_RELEASE = _(
    "At the time of the meeting this person has no seat, or no release lets their agency sit at the table. "
    "Record a release first, or choose another day."
)
LEADS = _("Whoever leads stays invited. Hand the lead over first.")
LAST_TO_CARRY = _(
    "Somebody who carries the case has to stay invited, so that the meeting can go on if whoever leads is gone. "
    "Invite another case manager, advocate or clinical supervisor of the agency that holds the record first."
)
NOBODY_CARRIES = _(
    "Your own seat has ended by then. Invite a case manager, advocate or clinical supervisor of the agency that holds "
    "the record who is still there, so that the meeting can go on if whoever leads is gone."
)


class CannotScheduleError(Exception):
    """A conference cannot be planned like that. `field`: what has to be chosen differently; `sentence`: why."""

    def __init__(self, field: str, sentence: object) -> None:
        super().__init__(sentence)
        self.field, self.sentence = field, sentence


def door(sight: Sight, case: str) -> tuple[Case, Lens]:
    """The case and the lens of somebody who may plan its conferences. Raises LookupError for everybody else."""
    found = Case.objects.select_related("task_force").filter(public_id=case).first()
    lens = sight.get(found.pk) if found else None
    if found is None or lens is None or not policy.may_schedule(lens):
        raise LookupError(case)
    return found, lens


def releases_on(case: int) -> list[policy.Release]:
    """The releases of a case, for those who may read all of them."""
    found = Release.objects.filter(case=case)
    return [
        policy.Release(*values)
        for values in found.values_list("case_id", "agency_id", "topics", "starts", "expires", "withdrawn_at")
    ]


def plan_meeting(
    sight: Sight,
    *,
    case: str,
    plan: Plan,
    facilitator: str,
    recorder: str,
    invited: Collection[str],
    observers: Collection[str],
    key: str,
) -> None:
    """Plan a conference, with the survivor and oneself invited in any case. `key`: the form's own; sent twice, it plans
    one. People are public ids of seats.

    Raises LookupError (not theirs to plan), CannotScheduleError and StaleError.
    """
    with transaction.atomic():
        found, lens = door(sight, case)
        case_changed(found.pk)
        seeing = again(lens)
        door(seeing, case)
        chosen = (facilitator, recorder, sorted(invited), sorted(observers))
        once = record.Once.of(key, case, plan, *chosen)
        if record.taken(lens, once):
            unchanged()
            return
        _in_the_future(plan)
        seats = _by_public_id(seeing, lens)
        if not seats.keys() >= {*invited, *observers}:
            raise CannotScheduleError("invited", NOT_ON_THE_LIST)
        guests = {seats[each].mark_id for each in invited} | {lens.survivor, lens.seat}
        releases = releases_on(lens.case)
        for each in invited:
            if seats[each].mark_id != lens.survivor and not _may_come(
                found, seats[each], releases, plan.starts
            ):
                name = f"{seats[each].name}: "
                raise CannotScheduleError("invited", name + str(NO_RELEASE))
        listening = {seats[each].mark_id for each in observers}
        if not listening <= guests - {lens.survivor, lens.seat}:
            raise CannotScheduleError(
                "invited", _("Somebody is to listen who is not invited. Choose both, or neither.")
            )
        able = partial(_able, lens, plan, guests, listening)
        leads = able("facilitator", seats.get(facilitator))
        records = able("recorder", seats.get(recorder)) if recorder else None
        if not any(seat.mark_id in guests for seat in _carrying(found, seats.values(), plan.starts)):
            raise CannotScheduleError("invited", NOBODY_CARRIES)
        conference = schedule(
            lens,
            _clean(plan),
            invited=guests,
            observers=listening,
            facilitator=leads,
            recorder=records,
        )
        furnish(lens, found.task_force, conference)
        record.done(lens, "conference_planned", mark=conference.pk, once=once)


def change_plan(
    sight: Sight,
    *,
    conference: str,
    plan: Plan,
    facilitator: str,
    recorder: str,
    seen: str,
    key: str,
) -> None:
    """Change a conference that has not begun. `seen`: its edition when the form was read.

    Raises LookupError (nothing is there), NotAllowedError (not theirs), CannotScheduleError, and StaleError (it has
    begun, or somebody changed it in the meantime).
    """
    with transaction.atomic():
        lens, row = _changed(sight, conference)
        once = record.Once.of(key, conference, plan, facilitator, recorder)
        if record.taken(lens, once):
            unchanged()
            return
        if row.state != Status.PLANNED:
            raise StaleError(BEGUN)
        seats = _by_public_id(again(lens), lens)
        if edition(row, seats.values()) != seen:
            raise StaleError(OVERTAKEN)
        moved = plan.starts != row.starts.replace(second=0, microsecond=0)
        if moved:
            _in_the_future(plan)
        listening = {seat for seat, observes in _invitations(row.mark_id) if observes}
        able = partial(_able, lens, plan, row.row.named, listening)
        new = asdict(_clean(plan)) | {"starts": plan.starts if moved else row.starts}
        if facilitator != KEEP:
            new["facilitator_id"] = able("facilitator", seats.get(facilitator))
        if recorder != KEEP:
            new["recorder_id"] = able("recorder", seats.get(recorder)) if recorder else None
        if all(getattr(row, column) == value for column, value in new.items()):
            unchanged()
            return
        # Unsealed: the write of a row that the lens has just opened.
        Conference.unsealed.filter(pk=row.mark_id).update(**new)
        if moved:
            # Another time is another question.
            Invitation.objects.filter(conference=row.mark_id).update(answer="", attendance="")
            _comes_for_nothing(row.mark_id)
        record.done(lens, "conference_changed", mark=row.mark_id, once=once)
        if moved:
            # By then the seat of the last invited who carries the case may have ended.
            keep_led(lens, timezone.now())


def invite(sight: Sight, *, conference: str, seat: str, observes: bool) -> None:
    """Invite a seat, to take part or only to listen; or change which of the two it is.

    Raises LookupError (nothing is there), NotAllowedError (not theirs) and StaleError (it cannot be now).
    """
    with transaction.atomic():
        lens, row = _changed(sight, conference)
        chosen = _chosen(again(lens), lens, seat)
        number, known = chosen.mark_id, chosen.mark_id in row.row.named
        if not known and not policy.may_schedule(lens):
            raise NotAllowedError(NOT_YOURS_TO_INVITE)
        if observes and number in (row.facilitator_id, row.recorder_id, lens.survivor):
            raise StaleError(NEEDED)
        case = Case.objects.get(pk=lens.case)
        starts = max(row.starts, timezone.now())
        if not known and not _may_come(case, chosen, releases_on(lens.case), starts):
            raise StaleError(NO_RELEASE)
        if known and dict(_invitations(row.mark_id)).get(number, False) == observes:
            unchanged()
            return
        Named.objects.get_or_create(mark_id=row.mark_id, seat_id=number)
        # Who listens has no hand up.
        said = {"observes": True, "hand": None} if observes else {"observes": False}
        Invitation.objects.update_or_create(conference_id=row.mark_id, seat_id=number, defaults=said)
        record.done(lens, "invited", mark=number)


def uninvite(sight: Sight, *, conference: str, seat: str) -> bool:
    """Take somebody's invitation back: from this moment on the conference and everything below it is not there for
    them. Whether whoever does it still sees it.

    Raises as `invite` does.
    """
    with transaction.atomic():
        lens, row = _changed(sight, conference)
        seeing = again(lens)
        chosen = _chosen(seeing, lens, seat)
        number, named = chosen.mark_id, row.row.named
        if number == lens.survivor:
            raise StaleError(SENTENCES[Refusal.CONFERENCE_WITHOUT_SURVIVOR])
        if number == row.facilitator_id:
            raise StaleError(LEADS)
        if number not in named:
            unchanged()
            return True
        # Of those that the lens sees alone: what is hidden may not show by what is refused.
        case, now = Case.objects.get(pk=lens.case), timezone.now()
        invited = [seat for seat in _by_public_id(seeing, lens).values() if seat.mark_id in named]
        carrying = _carrying(case, invited, max(row.starts, now)) or _carrying(case, invited, now)
        if [seat.mark_id for seat in carrying] == [number]:
            raise StaleError(LAST_TO_CARRY)
        Named.objects.filter(mark=row.mark_id, seat=number).delete()
        # That they accepted the statement, and what they confirmed, stays on record.
        Invitation.objects.filter(conference=row.mark_id, seat=number).update(
            answer="", attendance="", observes=False, hand=None
        )
        _comes_for_nothing(row.mark_id, seat=number)
        if row.recorder_id == number:
            # Unsealed: the write of a row that the lens has just opened.
            Conference.unsealed.filter(pk=row.mark_id).update(recorder=None)
        record.door_closed(lens, "uninvited", mark=number)
        return bool(number != lens.seat)


def next_of_series(lens: Lens, row: Any) -> None:
    """Make the conference that follows this opened one, if it is one of a series and has none yet; in the caller's
    transaction, who has locked the case.

    It is held at the same time on the wall, so many weeks later. Whoever is still on the case then and let in by a
    release now is invited again, whoever closes the conference sees them or not. Nobody leads it whom nothing lets sit:
    then somebody who carries the case does, and so they do where she led: she can take it on in the meeting. Where
    there is nobody, there is no next one.
    """
    # Unsealed: nobody sees the next one yet.
    if not row.every_weeks or Conference.unsealed.filter(follows=row.mark_id).exists():
        return
    case = Case.objects.select_related("task_force").get(pk=lens.case)
    now = timezone.now()
    starts = next_start(row, now)
    releases = releases_on(lens.case)
    # Unsealed: the invited stay invited, also those whom whoever closes the conference may not see.
    able = {
        seat.mark_id: seat
        for seat in Seat.unsealed.filter(case=lens.case, mark__removed_at=None).order_by("-primary", "pk")
        if policy.may_be_invited(
            _seat(seat), releases, holding_agency=case.holding_agency_id, starts=starts, released=now
        )
    }
    carrying = [
        number
        for number, seat in able.items()
        if policy.carries(seat.role, at_holding_agency=seat.agency_id == case.holding_agency_id)
    ]
    guests = {number for number in able if number in row.row.named} | {lens.survivor}
    candidates = [row.facilitator_id, *(number for number in carrying if number in guests), *carrying]
    leader = next((number for number in candidates if number in able and number != lens.survivor), None)
    if leader is None:
        return
    conference = schedule(
        lens,
        Plan(row.kind, row.title, starts, row.minutes, row.zone, row.place, row.every_weeks),
        invited=guests | {leader},
        observers={seat for seat, observes in _invitations(row.mark_id) if observes and seat != leader},
        facilitator=leader,
        recorder=row.recorder_id if row.recorder_id in guests else None,
        follows=row.mark_id,
    )
    furnish(lens, case.task_force, conference)
    record.door_closed(lens, "next_conference_made", mark=conference.pk)
    keep_led(lens, now)


def edition(row: Any, seats: Collection[Any]) -> str:
    """A fingerprint of what somebody who sees these seats reads of an opened conference's plan."""
    known = {seat.mark_id for seat in seats}
    people = [number if number in known else bool(number) for number in (row.facilitator_id, row.recorder_id)]
    plan = (row.kind, row.title, row.starts, row.minutes, row.zone, row.place, row.every_weeks)
    return fingerprint(*plan, *people)


def _changed(sight: Sight, conference: str) -> tuple[Lens, Any]:
    """The opened conference, its case locked. Raises what all changes of it raise."""
    row = visible_conference(sight, conference)
    lens = sight[row.case_id]
    case_changed(lens.case)
    row = visible_conference(again(lens), conference)
    if not may_change(lens, row):
        raise NotAllowedError(NOT_YOURS)
    if row.state == Status.CLOSED:
        raise StaleError(over(row))
    return lens, row


def visible_conference(sight: Sight, conference: str) -> Any:
    """The conference, opened. Raises LookupError when there is nothing there for this person."""
    found = open_rows(sight, Conference.objects.sealed(mark__public_id=conference))
    if not found:
        raise LookupError(conference)
    return found[0]


def may_change(lens: Lens, row: Any) -> bool:
    """Whether this lens may change the plan of an opened conference."""
    return bool(row.facilitator_id == lens.seat or policy.may_schedule(lens))


def _by_public_id(sight: Sight, lens: Lens) -> Mapping[str, Any]:
    # All are opened and compared here: what was sent may be nothing that a database takes.
    return {seat.public_id: seat for seat in open_rows(sight, Seat.objects.sealed(case=lens.case))}


def _chosen(sight: Sight, lens: Lens, seat: str) -> Any:
    chosen = _by_public_id(sight, lens).get(seat)
    if chosen is None:
        raise StaleError(NOT_ON_THE_LIST)
    return chosen


def _seat(seat: Any) -> policy.Seat:
    return policy.Seat(seat.mark_id, seat.case_id, Role(seat.role), seat.agency_id, seat.starts, seat.until)


def _may_come(case: Case, seat: Any, releases: Collection[policy.Release], starts: datetime) -> bool:
    return policy.may_be_invited(
        _seat(seat), releases, holding_agency=case.holding_agency_id, starts=starts, released=starts
    )


def _able(
    lens: Lens, plan: Plan, guests: Collection[int], listening: set[int], field: str, seat: Any | None
) -> int:
    """The seat of somebody who is to lead, or to write down what others say. Raises CannotScheduleError."""
    if seat is None or seat.mark_id not in guests or seat.mark_id in listening:
        raise CannotScheduleError(field, _("Choose somebody who is invited and takes part."))
    # Nobody is put in the survivor's debt: she can take it on in the meeting.
    gone = seat.until is not None and seat.until <= plan.starts
    if gone or not policy.may_lead(seat.role) or seat.mark_id == lens.survivor:
        raise CannotScheduleError(field, _("Choose somebody else for this."))
    return int(seat.mark_id)


def _carrying(case: Case, seats: Iterable[Any], at: datetime) -> list[Any]:
    """Those of these seats that carry the case, and still do at that time."""
    return [
        seat
        for seat in seats
        if (seat.until is None or seat.until > at)
        and policy.carries(seat.role, at_holding_agency=seat.agency_id == case.holding_agency_id)
    ]


def _in_the_future(plan: Plan) -> None:
    if plan.starts <= timezone.now():
        raise CannotScheduleError("day", _("This lies in the past. Choose a later day or time."))


def _clean(plan: Plan) -> Plan:
    return Plan(**asdict(plan) | {"title": cleaned(plan.title), "place": cleaned(plan.place)})


def _invitations(conference: int) -> list[tuple[int, bool]]:
    found = Invitation.objects.filter(conference=conference)
    return list(found.values_list("seat_id", "observes"))


def _comes_for_nothing(conference: int, **whose: int) -> None:
    """What somebody said they come for counts no more."""
    ComesToPart.objects.filter(part__conference=conference, **whose).delete()
    ComesFor.objects.filter(item__conference=conference, **whose).delete()
