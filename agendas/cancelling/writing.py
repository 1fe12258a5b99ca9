"""Calling a conference off: what whoever does so reads before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agendas.cancelling import changes
from agendas.scheduling.changes import visible_conference
from conferences.meetings.models import next_start
from conferences.roles.panels import Reader, Team
from workspace.disclosure.lens import open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens
from workspace.live.panels import one_moment


@dataclass
class CancellingDesk:
    """One person, about to call off a conference that they see. `invited`: who reads of it, but for themselves; `next`:
    when the next one of the series would be."""

    lens: Lens
    conference: Any
    invited: tuple[Reader, ...]
    next: datetime | None

    @property
    def seen(self) -> str:
        """The plan as it is read here."""
        return changes.plan_read(self.conference)

    @property
    def url(self) -> str:
        """The room."""
        return f"/conferences/{self.conference.public_id}/"

    def let_cancel(self) -> None:
        """Go on for whoever may do so now. Raises NotAllowedError and StaleError."""
        changes.may_cancel(self.lens, self.conference)


def cancelling_desk(person: int, conference: str) -> CancellingDesk | None:
    """The desk at this conference, for whoever sees it; None: there is nothing there."""
    with one_moment() as at:
        sight = sight_of(person, at)
        try:
            row = visible_conference(sight, conference)
        except LookupError:
            return None
        lens = sight[row.case_id]
        team = Team.of(open_rows(sight, Seat.objects.sealed(case=lens.case)))
        invited = team.reading(row.row.named - {lens.seat})
        return CancellingDesk(lens, row, invited, next_start(row, at) if row.every_weeks else None)
