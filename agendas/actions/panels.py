"""Action items as one viewer sees them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from agendas.actions.models import ENDED, OPEN, ActionStatus, is_hers
from agendas.items.panels import Title
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.policy import Lens, Topic, is_told_of_lost_owners
from workspace.live.panels import Lines, value

# How it is said where it stands with what the survivor offered: nothing of it was ever owed.
OFFERED = {
    ActionStatus.OFFERED: _("open"),
    ActionStatus.DECLINED: _("not any more"),
    ActionStatus.NO_LONGER_POSSIBLE: _("not any more"),
    ActionStatus.NOT_DONE: _("not any more"),
}


@value
class ActionRow:
    """Who does what by when. `goal`, `from_item`, `from_note`: the other ends of its links, where the viewer sees them;
    the note as its public id, where it stands on the same page. `calmly`: it is the survivor's, or of somebody whom
    the viewer does not see and who might be her. `lost`: its owner can no longer see it, and the viewer is told so."""

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
    calmly: bool = False
    lost: bool = False

    @property
    def url(self) -> str:
        """Its own page."""
        return f"/actions/{self.id}/"

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]

    @property
    def status_label(self) -> Any:
        """Where it stands, in words."""
        return status_label(self.status, calmly=self.calmly)

    @property
    def open(self) -> bool:
        """Whether its owner is to do it."""
        return self.status in OPEN

    @property
    def ended(self) -> bool:
        """Whether it has ended. What was declined has not: it waits for another owner."""
        return self.status in ENDED


@value
class ActionsPanel:
    """Who does what by when: what is open, soonest first, and what has ended."""

    id: ClassVar[str] = "actions"
    template: ClassVar[str] = "agendas/actions/_actions.html"
    open: Lines
    ended: Lines


def status_label(status: str, *, calmly: bool) -> Any:
    """Where an action item stands, in words. `calmly`: as of what the survivor offered."""
    label = ActionStatus(status).label
    return OFFERED.get(ActionStatus(status), label) if calmly else label


def lost_actions(
    rows: Iterable[Any], team: Team, lens: Lens, at: datetime, seated: Mapping[int, Lens]
) -> frozenset[int]:
    """Those of these opened action items whose owner can no longer see them, as far as the viewer is told. `seated`:
    the lenses of all who sit on the case."""
    if not is_told_of_lost_owners(lens):
        return frozenset()
    return frozenset(
        row.mark_id for row in rows if row.status in OPEN and team.lost(row.owner_id, row, lens, at, seated)
    )


def action_row(
    row: Any,
    team: Team,
    me: int,
    *,
    goals: Mapping[int, Any] | None = None,
    items: Mapping[int, Any] | None = None,
    notes: Mapping[int, Any] | None = None,
    case_url: str = "",
    lost: Collection[int] = (),
) -> ActionRow:
    """One action item. Links show only where the other end is among what the viewer sees. `lost`: as `lost_actions`
    says."""
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
        calmly=is_hers(row) or row.owner_id not in team.seats,
        lost=row.mark_id in lost,
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
    lost: Collection[int] = (),
) -> ActionsPanel:
    """The panel of who does what by when."""
    listed = [action_row(row, team, me, goals=goals, items=items, notes=notes, lost=lost) for row in rows]
    return ActionsPanel(
        by_due_date(row for row in listed if not row.ended), Lines(row for row in listed if row.ended)
    )
