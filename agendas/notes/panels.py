"""The item looked at, with what was said and decided under it."""

from datetime import datetime
from typing import Any, ClassVar

from agendas.items.panels import ItemHead
from agendas.notes.models import NoteKind
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.lens import OpenedRows
from workspace.disclosure.policy import Topic
from workspace.live.panels import Lines, value


@value
class NoteRow:
    """A note, or a decision (`kind` is empty then)."""

    template: ClassVar[str] = "agendas/notes/_note.html"
    id: str
    kind: str
    topic: str
    text: str
    author: Who
    written_at: datetime
    readers: Readers

    @property
    def kind_label(self) -> Any:
        """The kind in words."""
        return NoteKind(self.kind).label if self.kind else ""

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]

    @property
    def folded(self) -> bool:
        """Whether the text stands folded under a line that says what kind it is: sensitive detail does."""
        return self.kind in (NoteKind.CLINICAL, NoteKind.PRIVATE)


@value
class ItemPanel:
    """The current item, or another one that is looked at. `elsewhere`: the room's address when it is
    another one."""

    id: ClassVar[str] = "item"
    template: ClassVar[str] = "agendas/notes/_item.html"
    head: ItemHead | None
    notes: Lines
    decisions: Lines
    elsewhere: str
    may_lead: bool


def rows(found: OpenedRows, team: Team) -> Lines:
    """Notes or decisions, oldest first."""
    return found.once(_rows, team)


def _rows(found: OpenedRows, team: Team) -> Lines:
    return Lines(team.once(_row, row) for row in found)


def _row(team: Team, row: Any) -> NoteRow:
    return NoteRow(
        id=row.public_id,
        kind=getattr(row, "kind", ""),
        topic=row.row.topic,
        text=row.text,
        author=team.author(row),
        written_at=row.created_at,
        readers=team.readers(row),
    )
