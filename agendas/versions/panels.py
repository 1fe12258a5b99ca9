"""What was written, as it is and as it was, as one viewer sees it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from agendas.actions.models import ActionItem
from agendas.goals.models import Barrier, Goal, GoalReading, Need, Strength
from agendas.items.models import AgendaItem, EarlierVersion
from agendas.items.panels import Title, item_as_read
from agendas.notes.models import Decision, Note
from conferences.questions.models import UNSURE, RoleQuestion, in_one_press
from conferences.responsibilities.models import Responsibility
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Guarded, Seat
from workspace.disclosure.policy import Topic
from workspace.disclosure.sealed import Groups, TiedRows
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value

# What it says stands in `text` elsewhere.
WORDS: dict[type[Guarded], str] = {ActionItem: "title", Goal: "words"}


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
    """Something that was written, with what it said before, newest first. `unsure`: it is a question that was asked in
    one press, and is read in the reader's own language. `stands`: as of a note."""

    id: ClassVar[str] = "written"
    template: ClassVar[str] = "agendas/versions/_written.html"
    number: str
    text: Title
    unsure: bool
    topic: str
    author: Who
    said_by: Who
    stands: str
    written_at: datetime
    readers: Readers
    earlier: Lines

    @property
    def said(self) -> str:
        """What it says."""
        return str(UNSURE if self.unsure else self.text)

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]


@dataclass(frozen=True)
class Loaded:
    """Sealed rows: what was written by table and public id, its earlier versions by public id, where there are any, and
    seats by case."""

    written: dict[type[Guarded], Groups]
    earlier: Groups | None
    seats: Groups


def load(asked: Asked) -> Loaded:
    """Everything about what of a meeting these pages are open on, in five queries whatever their number."""
    written = _rows(asked, AgendaItem, Note, Decision)
    earlier = asked.rows(EarlierVersion, "of__public_id", of__public_id__in=asked.scopes)
    return Loaded(written, earlier, asked.rows(Seat, "case_id", case__in=asked.cases))


def load_board(asked: Asked) -> Loaded:
    """Everything about what of the board these pages are open on, in three queries whatever their number."""
    written = _rows(asked, Responsibility, RoleQuestion)
    return Loaded(written, None, asked.rows(Seat, "case_id", case__in=asked.cases))


def load_plan(asked: Asked) -> Loaded:
    """Everything about what of the plan these pages are open on, in seven queries whatever their number."""
    goals = asked.rows(Goal, "mark__public_id", asked_for=asked.scopes)
    written = _rows(asked, ActionItem, GoalReading, Need, Strength, Barrier) | {Goal: goals}
    return Loaded(written, None, asked.rows(Seat, "case_id", case__in=asked.cases))


def _rows(asked: Asked, *tables: type[Guarded]) -> dict[type[Guarded], Groups]:
    """These tables' rows, each after what it hangs under."""
    ids = asked.scopes
    return {table: asked.rows(table, "mark__public_id", mark__public_id__in=ids) for table in tables}


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """What one viewer sees of it; of what it said before, what they could read then."""
    sight = viewer.sight
    found = [
        (table, row)
        for table, groups in loaded.written.items()
        for row in open_rows(sight, groups[viewer.scope])
    ]
    if not found:
        return None
    [(table, row)] = found
    lens = sight[row.row.case]
    team = Team.of(open_rows(sight, loaded.seats[lens.case]))
    text = item_as_read(row, lens).title if table is AgendaItem else getattr(row, WORDS.get(table, "text"))
    earlier = () if loaded.earlier is None else open_rows(sight, loaded.earlier[viewer.scope])
    [denied] = TiedRows.read(getattr(row, "unconfirmed", None)) or [()]
    panel = WrittenPanel(
        number=row.public_id,
        text=text,
        unsure=table is RoleQuestion and text in in_one_press(),
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
            for version in sorted(earlier, key=lambda version: version.edition, reverse=True)
        ),
    )
    return Shown((panel,), case=lens.case)


PAGE = Page("written", load, view)
BOARD = Page("on_board", load_board, view)
PLAN = Page("in_plan", load_plan, view)
