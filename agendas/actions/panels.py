"""Action items as one viewer sees them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

from agendas.actions.models import OPEN, ActionStatus
from agendas.items.panels import Title
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.policy import Topic
from workspace.live.panels import Lines, value


@value
class ActionRow:
    """Who does what by when. `goal`, `from_item`, `from_note`: the other ends of its links, where the viewer sees them;
    the note as its public id, where it stands on the same page."""

    template: ClassVar[str] = "agendas/actions/_action.html"
    id: str
    title: str
    topic: str
    owner: Who
    yours: bool
    due: date | None
    status: str
    outcome: str
    goal: str
    from_item: Title
    from_item_url: str
    author: Who
    readers: Readers
    case_url: str = ""
    from_note: str = ""

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]

    @property
    def status_label(self) -> Any:
        """Where it stands, in words."""
        return ActionStatus(self.status).label

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return self.status in OPEN


@value
class ActionsPanel:
    """Who does what by when: what is open, soonest first, and what has ended."""

    id: ClassVar[str] = "actions"
    template: ClassVar[str] = "agendas/actions/_actions.html"
    open: Lines
    ended: Lines


def action_row(
    row: Any,
    team: Team,
    me: int,
    *,
    goals: Mapping[int, Any] | None = None,
    items: Mapping[int, Any] | None = None,
    notes: Mapping[int, Any] | None = None,
    case_url: str = "",
) -> ActionRow:
    """One action item. Links show only where the other end is among what the viewer sees."""
    goal = (goals or {}).get(row.goal_id)
    item = (items or {}).get(row.from_item_id)
    note = (notes or {}).get(row.from_note_id)
    return ActionRow(
        id=row.public_id,
        title=row.title,
        topic=row.row.topic,
        owner=team.who(row.owner_id),
        yours=row.owner_id == me,
        due=row.due,
        status=row.status,
        outcome=row.outcome,
        goal=goal.words if goal else "",
        from_item=item.title if item else "",
        from_item_url=f"/items/{item.public_id}/" if item else "",
        author=team.author(row),
        readers=team.readers(row),
        case_url=case_url,
        from_note=note.public_id if note else "",
    )


def by_due_date(rows: Iterable[ActionRow]) -> Lines:
    """Soonest first; those without a date last."""
    return Lines(sorted(rows, key=lambda row: (row.due is None, row.due or date.max)))


def actions(
    rows: Iterable[Any],
    team: Team,
    me: int,
    *,
    goals: Mapping[int, Any] | None = None,
    items: Mapping[int, Any] | None = None,
    notes: Mapping[int, Any] | None = None,
) -> ActionsPanel:
    """The panel of who does what by when."""
    listed = [action_row(row, team, me, goals=goals, items=items, notes=notes) for row in rows]
    return ActionsPanel(
        by_due_date(row for row in listed if row.open), Lines(row for row in listed if not row.open)
    )
