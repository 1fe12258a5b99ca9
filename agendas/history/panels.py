"""What became of something, as one viewer reads it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from agendas.history.models import What
from conferences.roles.panels import Team, Who
from workspace.live.panels import value


@value
class EntryRow:
    """One thing that happened. `who`: whose doing it was; nobody's where it was time's. `to`: whom it went to.
    `by_next`: by the next meeting, whether or not the viewer sees one. `conference`: the title of the meeting where it
    was said, at `url`, where the viewer sees that."""

    template: ClassVar[str] = "agendas/history/_entry.html"
    id: str
    what: str
    text: str
    who: Who
    to: Who
    before: date | None
    after: date | None
    by_next: bool
    at: datetime
    conference: str
    url: str

    @property
    def label(self) -> Any:
        """What happened, in words."""
        return What(self.what).label


def by_what(rows: Iterable[Any]) -> dict[int, list[Any]]:
    """Opened entries by the number of the row that they happened to, oldest first."""
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.of_id].append(row)
    return found


def history(
    rows: Iterable[Any], team: Team, conferences: Mapping[int, Any] | None = None
) -> tuple[EntryRow, ...]:
    """Opened entries as this viewer reads them, oldest first. `conferences`: those the viewer sees, by number."""
    return tuple(_entry(row, team, (conferences or {}).get(row.conference_id)) for row in rows)


def _entry(row: Any, team: Team, conference: Any) -> EntryRow:
    return EntryRow(
        row.public_id,
        row.what,
        row.text,
        team.author(row),
        # To whom something rose is told to nobody, whatever stands there.
        team.who(None if row.what == What.ROSE else row.seat_id),
        row.before,
        row.after,
        row.by_next,
        row.created_at,
        conference.title if conference else "",
        f"/conferences/{conference.public_id}/" if conference else "",
    )


WORDED = (What.CORRECTED, What.REWORDED)
# Where something stands once this has happened to it.
STANDS = {
    What.MET: "met",
    What.SET_ASIDE: "set_aside",
    What.TAKEN_UP: "active",
    What.OPENED: "open",
    What.BEING_MET: "being_met",
    What.NO_SERVICE_FOUND: "no_service_found",
}


def words_then(rows: Iterable[Any], words: str, at: datetime, worded_at: datetime | None = None) -> str:
    """What something said at this instant, as far as its opened entries, oldest first, tell whoever sees them: each
    keeps the words that stood there before. `words`: what it says now, since `worded_at`; empty where it said
    something else then that the viewer does not see."""
    later = [row.text for row in rows if row.what in WORDED and row.created_at > at]
    if later:
        return str(later[0])
    return "" if worded_at is not None and worded_at > at else words


def status_then(rows: Iterable[Any], status: str, at: datetime) -> str:
    """Where something stood at this instant, as far as its opened entries tell; empty where they do not. `status`:
    where it stands now."""
    turns = [row for row in rows if row.what in STANDS]
    before = [row for row in turns if row.created_at <= at]
    if before:
        return STANDS[before[-1].what]
    if not turns:
        return status
    # Only what is worked on is met or set aside; what it was before anything else nobody kept.
    return STANDS[What.TAKEN_UP] if turns[0].what == What.SET_ASIDE else ""
