"""Opening and closing doors: a release is recorded, a release is withdrawn."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workspace.disclosure import policy
from workspace.disclosure.changes import RefusedError, StaleError
from workspace.disclosure.lens import Sight, again
from workspace.disclosure.models import Case, Release
from workspace.live.announce import case_changed, unchanged
from workspace.people.models import Agency
from workspace.record import changes as record
from workspace.text import cleaned


def door(sight: Sight, case: str) -> tuple[Case, policy.Lens]:
    """The case and the lens of somebody who may record releases on it. Raises LookupError for everybody
    else."""
    found = Case.objects.filter(public_id=case).first()
    lens = sight.get(found.pk) if found else None
    if found is None or lens is None or not policy.may_record_release(lens):
        raise LookupError(case)
    return found, lens


def agencies(case: Case) -> list[Agency]:
    """The agencies a release may name: those of the task force but the holding agency."""
    return list(
        Agency.objects.filter(task_force=case.task_force_id)
        .exclude(pk=case.holding_agency_id)
        .order_by("name")
    )


def record_release(
    sight: Sight,
    *,
    case: str,
    agency: str,
    topics: int,
    purpose: str,
    starts: datetime,
    expires: datetime,
    explained_in: str,
    key: str,
) -> None:
    """Record the survivor's written permission. `key`: the form's own; sent twice, it writes once."""
    with transaction.atomic():
        found, lens = door(sight, case)
        case_changed(found.pk)
        door(again(lens), case)
        once = record.Once.of(key, case, agency, topics, purpose, starts, expires, explained_in)
        if record.taken(lens, once):
            unchanged()
            return
        partner = Agency.objects.filter(task_force=found.task_force_id, public_id=agency).first()
        if partner is None:
            raise LookupError(agency)
        refusals = policy.release_refusals(
            topics=topics,
            at_holding_agency=partner.pk == found.holding_agency_id,
            starts=starts,
            expires=expires,
        )
        if why := tuple(refusals):
            raise RefusedError(*why)
        Release.objects.create(
            case=found,
            agency=partner,
            topics=topics,
            purpose=cleaned(purpose),
            starts=starts,
            expires=expires,
            explained_in=explained_in,
        )
        record.done(lens, "release_recorded", once=once)


def withdraw_release(sight: Sight, *, release: str) -> str:
    """Withdraw a release from this moment on; the public id of its case. Pressed twice, it was withdrawn at
    the first.

    Raises LookupError for whoever may not, and StaleError for one that is over.
    """
    with transaction.atomic():
        found = Release.objects.select_related("case").filter(public_id=release).first()
        lens = sight.get(found.case_id) if found else None
        if found is None or lens is None or not policy.may_withdraw_release(lens):
            raise LookupError(release)
        case_changed(found.case_id)
        if not again(lens):
            raise LookupError(release)
        found.refresh_from_db()
        now, case = timezone.now(), str(found.case.public_id)
        if found.withdrawn_at is None or found.withdrawn_at > now:
            if found.expires <= now:
                raise StaleError(_("This release is over already; nothing is shared by it any more."))
            Release.objects.filter(pk=found.pk).update(withdrawn_at=now)
            record.door_closed(lens, "release_withdrawn")
        else:
            unchanged()
        return case
