"""Which part of a conference is on, as one viewer is told; everybody who is invited sees all parts."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from conferences.meetings.models import RUNNING, Status
from conferences.meetings.panels import come_to_parts
from conferences.roles.panels import Team, Who
from workspace.disclosure.policy import Lens
from workspace.disclosure.sealed import TiedRows
from workspace.live.panels import Lines, value


@value
class PartRow:
    """A part. `since`: when it began, if it is on. `may_lead`: whether the viewer can begin and end it now. `come`: who
    else comes to it and not to the whole meeting, of those the viewer sees; `you_come`: whether the viewer does."""

    template: ClassVar[str] = "conferences/parts/_part.html"
    id: str
    name: str
    minutes: int
    without_her: bool
    since: datetime | None
    over: bool
    may_lead: bool
    hers: bool
    come: Who
    you_come: bool

    @property
    def until(self) -> datetime | None:
        """When it is meant to be over, and she is back."""
        return self.since + timedelta(minutes=self.minutes) if self.since else None

    @property
    def url(self) -> str:
        """Where it is begun and ended."""
        return f"/parts/{self.id}/"


@value
class PartsPanel:
    """The part that is on, and all parts in their order. `ended`: the part without her that was over last, while no
    other is on. `ahead`: for the survivor, the next part without her, and its minutes. `hers`: whether she is
    the one who reads it. `add_url`: for who leads."""

    id: ClassVar[str] = "parts"
    template: ClassVar[str] = "conferences/parts/_parts.html"
    on: PartRow | None
    ended: str
    ahead: tuple[str, int] | None
    rows: Lines
    hers: bool
    add_url: str


def parts(conference: Any, team: Team, lens: Lens) -> PartsPanel:
    """The panel of one viewer."""
    leads = conference.facilitator_id == lens.seat
    come = any(lens.seat in seats for seats in come_to_parts(conference).values())
    # Only for whoever comes to a part does the panel differ from what others see.
    return team.once(_parts, conference, lens.seat == lens.survivor, leads, lens.seat if come else None)


def _parts(team: Team, conference: Any, hers: bool, leads: bool, me: int | None) -> PartsPanel:
    running, may_lead = conference.state in RUNNING, leads and conference.state == Status.OPEN
    to_parts = {} if conference.state == Status.CLOSED else come_to_parts(conference)
    rows, ends = [], []
    for _place, number, name, minutes, without_her, opened_at, ended_at in TiedRows.read(conference.parts):
        begun, ended = TiedRows.instant_of(opened_at), TiedRows.instant_of(ended_at)
        # With the conference its parts end, whether anybody ended them or not.
        since = begun if running and not ended else None
        over = begun is not None and since is None
        come = to_parts.get(number, frozenset()) & team.seats.keys()
        who = team.who(*sorted(come - {me}))
        rows.append(
            PartRow(number, name, minutes, bool(without_her), since, over, may_lead, hers, who, me in come)
        )
        if running and ended and without_her:
            ends.append((ended, name))
    on = next((row for row in rows if row.since), None)
    still = hers and conference.state != Status.CLOSED and not (on and on.without_her)
    coming = (row for row in rows if still and row.without_her and not row.since and not row.over)
    return PartsPanel(
        on=on,
        ended=max(ends)[1] if ends and not on else "",
        ahead=next(((row.name, row.minutes) for row in coming), None),
        rows=Lines(rows),
        hers=hers,
        add_url=f"/conferences/{conference.public_id}/parts/"
        if leads and conference.state != Status.CLOSED
        else "",
    )
