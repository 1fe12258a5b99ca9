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
    `conference`: the title of the meeting where it was said, at `url`, where the viewer sees that."""

    template: ClassVar[str] = "agendas/history/_entry.html"
    id: str
    what: str
    text: str
    who: Who
    to: Who
    before: date | None
    after: date | None
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
        team.who(row.seat_id),
        row.before,
        row.after,
        row.created_at,
        conference.title if conference else "",
        f"/conferences/{conference.public_id}/" if conference else "",
    )
