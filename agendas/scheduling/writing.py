"""Planning a conference: what whoever plans it is offered, and who can be invited."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from agendas.scheduling import changes
from agendas.scheduling.forms import ZONES, ChangeForm, MeetingForm
from conferences.meetings.models import Kind, Status
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import open_rows, sight_of
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Lens, Role, may_be_invited, may_lead
from workspace.disclosure.policy import Seat as Place


@dataclass(frozen=True)
class Guest:
    """Somebody on the team. `always`: invited in any case; `possible`: whether a release ever lets them come."""

    id: str
    name: str
    role: Any
    agency: str
    always: bool
    possible: bool


@dataclass
class PlanDesk:
    """One person, about to plan a conference of a case."""

    lens: Lens
    case: Case
    seats: tuple[Any, ...]

    @property
    def zones(self) -> tuple[str, ...]:
        """Time zones that are offered, the task force's own first."""
        return tuple(dict.fromkeys((self.case.task_force.time_zone, *ZONES)))

    @cached_property
    def guests(self) -> list[Guest]:
        """Those on the team whom this person sees, and the survivor, as the form lists them."""
        always = (self.lens.survivor, self.lens.seat)
        releases, now = changes.releases_on(self.lens.case), timezone.now()
        found = [
            Guest(
                seat.public_id,
                seat.name,
                ROLES[Role(seat.role)],
                seat.agency_name or "",
                seat.mark_id in always,
                seat.mark_id in always or self._possible(seat, releases, now),
            )
            for seat in self.seats
            if seat.until is None or seat.until > now
        ]
        if not any(seat.mark_id == self.lens.survivor for seat in self.seats):
            found.append(Guest("", "", ROLES[Role.SURVIVOR], "", True, True))
        return sorted(found, key=lambda guest: (not guest.always, not guest.possible))

    def form(self, data: QueryDict | None = None) -> MeetingForm:
        """An empty form, or the form with what was sent."""
        possible = {guest.id: guest.name for guest in self.guests if guest.possible and not guest.always}
        own = next(seat for seat in self.seats if seat.mark_id == self.lens.seat)
        able = [
            (seat.public_id, seat.name)
            for seat in self.seats
            if (seat.public_id in possible or seat is own) and may_lead(seat.role)
        ]
        initial = {
            "title": _("Case conference"),
            "kind": Kind.COORDINATION.value,
            "minutes": 60,
            "zone": self.case.task_force.time_zone,
            "facilitator": own.public_id,
        }
        return MeetingForm(data, initial=initial, leaders=able, recorders=able, guests=list(possible.items()))

    def _possible(self, seat: Any, releases: list[Any], now: datetime) -> bool:
        place = Place(seat.mark_id, seat.case_id, Role(seat.role), seat.agency_id, seat.starts, seat.until)
        instants = {max(now, start) for start in (seat.starts, *(release.starts for release in releases))}
        return any(
            may_be_invited(
                place, releases, holding_agency=self.case.holding_agency_id, starts=at, released=at
            )
            for at in instants
        )


@dataclass
class ChangeDesk:
    """One person, about to change a conference that they see. `may`: whether it is theirs to change."""

    may: bool
    zone: str
    case: Case
    conference: Any
    seats: tuple[Any, ...]
    survivor: int

    @property
    def zones(self) -> tuple[str, ...]:
        """Time zones that are offered, the conference's own first."""
        return tuple(dict.fromkeys((self.zone, self.case.task_force.time_zone, *ZONES)))

    def form(self, data: QueryDict | None = None) -> ChangeForm:
        """The form with how it stands, or with what was sent."""
        row = self.conference
        starts = row.starts.astimezone(ZoneInfo(self.zone))
        names = {
            seat.mark_id: (seat.public_id, seat.name)
            for seat in self.seats
            if seat.mark_id in row.row.named
            and seat.mark_id != self.survivor
            and may_lead(seat.role)
            and (seat.until is None or seat.until > row.starts)
        }
        as_it_is = (changes.KEEP, _("as it is"))
        leads = names.get(row.facilitator_id, as_it_is)
        records = names.get(row.recorder_id, as_it_is) if row.recorder_id else ("", "")
        initial = {
            name: getattr(row, name) for name in ("title", "kind", "minutes", "every_weeks", "place")
        } | {
            "day": starts.date(),
            "time": starts.time(),
            "zone": self.zone,
            "facilitator": leads[0],
            "recorder": records[0],
            "seen": self.edition,
        }
        able = list(names.values())
        return ChangeForm(
            data,
            initial=initial,
            leaders=[as_it_is, *able] if leads == as_it_is else able,
            recorders=[as_it_is, *able] if records == as_it_is else able,
        )

    @property
    def changing(self) -> bool:
        """Whether there is a form: it has not begun, and is theirs to change."""
        return self.may and self.conference.state == Status.PLANNED

    def stands(self) -> list[tuple[Any, Any]]:
        """How it stands now: what the form asks for, and what is said there; nothing where nothing is."""
        told = []
        for field in self.form().visible_fields():
            chosen = [each.choice_label for each in field.subwidgets if each.data.get("selected")]
            told.append((field.label, chosen[0] if chosen else field.value()))
        return told

    @property
    def edition(self) -> str:
        """How the conference stands now."""
        return changes.edition(self.conference, self.seats)


def plan_desk(person: int, case: str) -> PlanDesk | None:
    """The desk of somebody who may plan conferences of this case; None for everybody else."""
    sight = sight_of(person, timezone.now())
    try:
        found, lens = changes.door(sight, case)
    except LookupError:
        return None
    return PlanDesk(lens, found, open_rows(sight, Seat.objects.sealed(case=lens.case)))


def change_desk(person: int, conference: str) -> ChangeDesk | None:
    """The desk at this conference, for whoever sees it; None: there is nothing there."""
    sight = sight_of(person, timezone.now())
    try:
        row = changes.visible_conference(sight, conference)
    except LookupError:
        return None
    lens = sight[row.case_id]
    case = Case.objects.select_related("task_force").get(pk=lens.case)
    seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
    zone = row.zone or case.task_force.time_zone
    return ChangeDesk(changes.may_change(lens, row), zone, case, row, seats, lens.survivor)
