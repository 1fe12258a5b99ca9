"""What somebody is reminded of on Today."""

from typing import Any, ClassVar

from agendas.reminders.models import Due
from workspace.live.panels import value


@value
class Risen:
    """An action item that nobody answered and that came to the viewer: where it stands."""

    url: str
    title: str


@value
class RemindersPanel:
    """How many of the viewer's tasks come up soon, have gone past their day, or wait for an answer; and what nobody
    else answered and came to them. `hers`: the viewer offers, and owes nothing."""

    id: ClassVar[str] = "reminders"
    template: ClassVar[str] = "agendas/reminders/_reminders.html"
    soon: int
    overdue: int
    unanswered: int
    risen: tuple[Risen, ...]
    hers: bool

    @property
    def any(self) -> bool:
        """Whether there is anything."""
        return bool(self.soon or self.overdue or self.unanswered or self.risen)


def reminders(due: Due, *, hers: bool) -> RemindersPanel:
    """The panel of what is due."""
    return RemindersPanel(
        len(due.soon), len(due.overdue), len(due.unanswered), tuple(map(_risen, due.risen)), hers
    )


def _risen(row: Any) -> Risen:
    return Risen(f"/actions/{row.public_id}/", row.title)
