"""What was written, as it is and as it was, as one viewer sees it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from agendas.items.models import AgendaItem, EarlierVersion
from agendas.notes.models import Decision, Note
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Topic
from workspace.disclosure.sealed import Groups, TiedRows
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value


@value
class VersionRow:
    """What it said until then."""

    template: ClassVar[str] = "agendas/versions/_version.html"
    id: str
    text: str
    until: datetime
    readers: Readers


@value
class WrittenPanel:
    """A note, a decision or an item, with what it said before, newest first. `stands`: as of a note."""

    id: ClassVar[str] = "written"
    template: ClassVar[str] = "agendas/versions/_written.html"
    number: str
    text: str
    topic: str
    author: Who
    said_by: Who
    stands: str
    written_at: datetime
    readers: Readers
    earlier: Lines

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]


@dataclass(frozen=True)
class Loaded:
    """Sealed rows: items, notes and decisions by public id, their earlier versions too, and seats by case."""

    written: tuple[Groups, ...]
    earlier: Groups
    seats: Groups


def load(asked: Asked) -> Loaded:
    """Everything about what these pages are open on, in five queries whatever their number."""
    ids = asked.scopes
    tables = (AgendaItem, Note, Decision)
    return Loaded(
        tuple(asked.rows(table, "mark__public_id", mark__public_id__in=ids) for table in tables),
        asked.rows(EarlierVersion, "of__public_id", of__public_id__in=ids),
        asked.rows(Seat, "case_id", case__in=asked.cases),
    )


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """What one viewer sees of it; of what it said before, what they could read then."""
    sight = viewer.sight
    found = [row for groups in loaded.written for row in open_rows(sight, groups[viewer.scope])]
    if not found:
        return None
    [row] = found
    lens = sight[row.row.case]
    team = Team.of(open_rows(sight, loaded.seats[lens.case]))
    text = row.title if hasattr(row, "title") else row.text
    earlier = sorted(
        open_rows(sight, loaded.earlier[viewer.scope]), key=lambda version: version.edition, reverse=True
    )
    [denied] = TiedRows.read(getattr(row, "unconfirmed", None)) or [()]
    panel = WrittenPanel(
        number=row.public_id,
        text=text,
        topic=row.row.topic,
        author=team.author(row),
        said_by=team.who(getattr(row, "said_by_id", None)),
        stands="denied" if any(denied[2:]) else "waiting" if denied else "",
        written_at=row.created_at,
        readers=team.readers(row),
        earlier=Lines(
            VersionRow(
                version.public_id,
                version.text,
                version.created_at,
                team.readers(version),
            )
            for version in earlier
        ),
    )
    return Shown((panel,), case=lens.case)


PAGE = Page("written", load, view)
