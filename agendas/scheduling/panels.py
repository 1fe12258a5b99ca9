"""The conferences of a case, on the page where one is planned; and who is invited to one, on the page where that is
changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from conferences.meetings.models import Conference, Status
from conferences.meetings.panels import CalledOff, called_off, conferences, folds_at, stands
from conferences.releases.panels import Given, load_releases
from conferences.roles.panels import Team
from workspace.disclosure import policy
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Lens, Role
from workspace.disclosure.sealed import Groups, TiedRows
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value


@value
class GuestRow:
    """Somebody who is invited, or could be. `url`: where that is changed, for those who may. `bound`: leads, or is the
    survivor, and stays invited. `busy`: leads or writes down, and so does not only listen. `barred`: nothing lets them
    sit at the table at the time of the meeting."""

    template: ClassVar[str] = "agendas/scheduling/_guest.html"
    id: str
    name: str
    role: str
    agency: str
    leads: bool
    records: bool
    observes: bool
    invited: bool
    bound: bool
    busy: bool
    barred: bool
    url: str

    @property
    def role_label(self) -> Any:
        """The role in words."""
        return ROLES[Role(self.role)]


@value
class GuestsPanel:
    """A conference as it is planned, and who is invited. `releases_url`: for those who may read all releases."""

    id: ClassVar[str] = "invited"
    template: ClassVar[str] = "agendas/scheduling/_invited.html"
    title: str
    starts: datetime
    minutes: int
    place: str
    status: str
    invited: Lines
    others: Lines
    may: bool
    releases_url: str
    off: CalledOff | None = None

    @property
    def ends(self) -> datetime:
        """When it is planned to end."""
        return self.starts + timedelta(minutes=self.minutes)

    @property
    def status_label(self) -> Any:
        """Where it stands, in words."""
        return stands(self.status, self.off)


@dataclass(frozen=True)
class Cases:
    """Cases by public id, and their conferences and seats."""

    at: datetime
    cases: Mapping[str, Any]
    conferences: Groups
    seats: Groups


def load_cases(asked: Asked) -> Cases:
    """The conferences of these cases."""
    found = {case.public_id: case for case in Case.objects.filter(public_id__in=asked.scopes)}
    rows = asked.rows(Conference, "mark__case_id", mark__case__public_id__in=asked.scopes)
    cases = [case.pk for case in found.values()]
    return Cases(asked.at, found, rows, asked.rows(Seat, "case_id", case__in=cases))


def view_case(loaded: Cases, viewer: Viewer) -> Shown | None:
    """The conferences of a case as one viewer sees them."""
    case = loaded.cases.get(viewer.scope)
    if case is None or case.pk not in viewer.sight:
        return None
    rows = open_rows(viewer.sight, loaded.conferences[case.pk])
    teams = {case.pk: Team.of(open_rows(viewer.sight, loaded.seats[case.pk]))}
    panel = conferences(rows, viewer.sight, teams, loaded.at)
    return Shown((panel,), case=case.pk, until=folds_at(rows, loaded.at))


@dataclass(frozen=True)
class Loaded:
    """Conferences by public id; seats and releases by case."""

    at: datetime
    conferences: Groups
    seats: Groups
    releases: Mapping[int, tuple[Given, ...]]


def load(asked: Asked) -> Loaded:
    """These conferences, with the seats and releases of their cases."""
    ids = asked.scopes
    rooms = asked.rows(Conference, "mark__public_id", mark__public_id__in=ids)
    found = [row for viewer in asked.viewers for row in open_rows(viewer.sight, rooms[viewer.scope])]
    cases = {row.case_id for row in found}
    return Loaded(asked.at, rooms, asked.rows(Seat, "case_id", case__in=cases), load_releases(cases))


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """Who is invited, as one viewer sees it."""
    found = open_rows(viewer.sight, loaded.conferences[viewer.scope])
    if not found:
        return None
    row, lens = found[0], viewer.sight[found[0].case_id]
    team = Team.of(open_rows(viewer.sight, loaded.seats[lens.case]))
    releases = [policy.Release(*release[:6]) for release in loaded.releases.get(lens.case, ())]
    panel = _guests(row, team, lens, releases, loaded.at)
    return Shown((panel,), case=lens.case)


def _guests(
    row: Any, team: Team, lens: Lens, releases: Iterable[policy.Release], at: datetime
) -> GuestsPanel:
    closed, invites = row.state == Status.CLOSED, policy.may_schedule(lens)
    may = not closed and (row.facilitator_id == lens.seat or invites)
    url = f"/conferences/{row.public_id}/invitations/" if may else ""
    listening = {
        seat for seat, _answer, _attendance, observes, *_ in TiedRows.read(row.invitations) if observes
    }
    starts = row.starts if row.state == Status.PLANNED and row.starts > at else at
    invited: list[GuestRow] = []
    others: list[GuestRow] = []
    for number, seat in team.seats.items():
        known = number in row.row.named
        # Who may plan meetings sits at the holding agency, and reads every release.
        barred = (
            invites
            and not closed
            and not policy.may_be_invited(
                policy.Seat(number, lens.case, Role(seat.role), seat.agency_id, seat.starts, seat.until),
                releases,
                holding_agency=lens.agency or 0,
                starts=starts,
                released=starts,
            )
        )
        leads, records = number == row.facilitator_id, number == row.recorder_id
        (invited if known else others).append(
            GuestRow(
                id=seat.public_id,
                name=seat.name,
                role=seat.role,
                agency=seat.agency_name or "",
                leads=leads,
                records=records,
                observes=number in listening,
                invited=known,
                bound=leads or number == lens.survivor,
                busy=leads or records or number == lens.survivor,
                barred=barred,
                url=url,
            )
        )
    over = {seat.public_id for seat in team.seats.values() if seat.until is not None and seat.until <= at}
    return GuestsPanel(
        title=row.title,
        starts=row.starts,
        minutes=row.minutes,
        place=row.place,
        status=row.state,
        invited=Lines(invited),
        others=Lines(guest for guest in others if invites and not closed and guest.id not in over),
        may=may,
        releases_url=f"/cases/{row.case_public_id}/releases/" if invites and not closed else "",
        off=called_off(row, team),
    )


MEETINGS = Page("meetings", load_cases, view_case)
SCHEDULE = Page("schedule", load, view)
