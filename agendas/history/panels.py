"""What became of something, as one viewer reads it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from agendas.history.models import What
from conferences.roles.panels import Team, Who
from workspace.disclosure.lens import shows
from workspace.disclosure.policy import Lens, Row
from workspace.live.panels import value

# Nothing that was offered was ever owed.
GIVEN_UP, NOT_ANY_MORE = (What.DECLINED, What.NO_LONGER_POSSIBLE, What.NOT_DONE), _("not any more")


@value
class EntryRow:
    """One thing that happened. `who`: whose doing it was; nobody's where it was time's. `to`: whom it went to.
    `by_next`: by the next meeting, whether or not the viewer sees one. `conference`: the title of the meeting where it
    was said, at `url`, where the viewer sees that. `calmly`: it is said as of what the survivor offered."""

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
    calmly: bool = False

    @property
    def label(self) -> Any:
        """What happened, in words."""
        return NOT_ANY_MORE if self.calmly and self.what in GIVEN_UP else What(self.what).label

    @property
    def worded(self) -> bool:
        """Whether `text` is what it said before."""
        return self.what in WORDED


def by_what(rows: Iterable[Any]) -> dict[int, list[Any]]:
    """Opened entries by the number of the row that they happened to, oldest first."""
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.of_id].append(row)
    return found


def history(
    rows: Iterable[Any],
    team: Team,
    conferences: Mapping[int, Any] | None = None,
    *,
    calmly: Collection[int] = (),
) -> tuple[EntryRow, ...]:
    """Opened entries as this viewer reads them, oldest first. `conferences`: those the viewer sees, by number.
    `calmly`: the numbers of those that are told calmly."""
    return tuple(
        _entry(row, team, (conferences or {}).get(row.conference_id), row.mark_id in calmly) for row in rows
    )


def _entry(row: Any, team: Team, conference: Any, calmly: bool) -> EntryRow:
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
        calmly,
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


def is_told(lens: Lens, row: Any) -> bool:
    """Whether whoever looks through this lens reads all that becomes of an opened row, whoever's doing it is: what is
    theirs by their agency alone, or because they wrote it, others go on with unread."""
    guard: Row = row.row
    entry = replace(guard, author=None, origin=None, named=guard.touches, parent=guard)
    return shows(lens, entry)


def status_then(rows: Iterable[Any], status: str, at: datetime, *, told: bool, before_any: str = "") -> str:
    """Where something stood at this instant, as far as its opened entries tell; empty where they do not, or where
    somebody who is not `told` of every turn sees nothing of how it came to where it stands now: that is `status`.
    `before_any`: where it stood before it was met or set aside for the first time, if there is one such place."""
    turns = [row for row in rows if row.what in STANDS]
    if not told or (turns and STANDS[turns[-1].what] != status):
        return ""
    before = [row for row in turns if row.created_at <= at]
    if before:
        return STANDS[before[-1].what]
    if not turns:
        return status
    return "" if turns[0].what == What.TAKEN_UP else before_any
