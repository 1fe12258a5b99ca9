"""Goals, needs and strengths as one viewer sees them."""

from collections.abc import Iterable
from typing import Any, ClassVar

from agendas.goals.models import GoalStatus, NeedStatus
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.policy import Topic
from workspace.live.panels import Lines, value


@value
class PlanRow:
    """A goal, a need or a strength. `status`: in words, or nothing."""

    template: ClassVar[str] = "agendas/goals/_row.html"
    id: str
    text: str
    topic: str
    status: str
    author: Who
    readers: Readers
    kind: str

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]

    @property
    def status_label(self) -> Any:
        """Where it stands, in words."""
        if self.kind == "goal":
            return GoalStatus(self.status).label
        return NeedStatus(self.status).label if self.status else ""


@value
class GoalsPanel:
    """What she wants, in her own words."""

    id: ClassVar[str] = "goals"
    template: ClassVar[str] = "agendas/goals/_goals.html"
    rows: Lines


@value
class NeedsPanel:
    """What is needed."""

    id: ClassVar[str] = "needs"
    template: ClassVar[str] = "agendas/goals/_needs.html"
    rows: Lines


@value
class StrengthsPanel:
    """What she has done and can do."""

    id: ClassVar[str] = "strengths"
    template: ClassVar[str] = "agendas/goals/_strengths.html"
    rows: Lines


def goals(rows: Iterable[Any], team: Team) -> GoalsPanel:
    """The goals."""
    return GoalsPanel(Lines(_row(row, row.words, row.status, "goal", team) for row in rows))


def needs(rows: Iterable[Any], team: Team) -> NeedsPanel:
    """The needs."""
    return NeedsPanel(Lines(_row(row, row.text, row.status, "need", team) for row in rows))


def strengths(rows: Iterable[Any], team: Team) -> StrengthsPanel:
    """The strengths."""
    return StrengthsPanel(Lines(_row(row, row.text, "", "strength", team) for row in rows))


def _row(row: Any, text: str, status: str, kind: str, team: Team) -> PlanRow:
    return PlanRow(row.public_id, text, row.row.topic, status, team.author(row), team.readers(row), kind)
