"""What somebody is reminded of on Today."""

from collections.abc import Iterable
from typing import Any, ClassVar

from agendas.reminders.models import Due
from workspace.live.panels import value


@value
class Left:
    """An action item that it is for the viewer to look at, and where it stands."""

    url: str
    title: str


@value
class RemindersPanel:
    """How many of the viewer's tasks come up soon, have gone past their day, or wait for an answer; what nobody else
    answered and came to them; `undone`, what they asked of others and nobody does now; and, `written`, what somebody
    else wrote about lately, and how many `more` of these there are. `hers`: the viewer offers, and owes nothing."""

    id: ClassVar[str] = "reminders"
    template: ClassVar[str] = "agendas/reminders/_reminders.html"
    soon: int
    overdue: int
    unanswered: int
    risen: tuple[Left, ...]
    undone: tuple[Left, ...]
    written: tuple[Left, ...]
    more: int
    hers: bool

    @property
    def any(self) -> bool:
        """Whether there is anything."""
        return bool(self.soon or self.overdue or self.unanswered or self.risen or self.undone or self.written)


def reminders(
    due: Due, undone: Iterable[Any], written: Iterable[Any], *, more: int, hers: bool
) -> RemindersPanel:
    """The panel of what is due. `undone`: opened action items that the viewer asked of others, and nobody does now;
    `written`: those about which somebody else wrote; `more`: how many such there are on the list of all."""
    return RemindersPanel(
        len(due.soon),
        len(due.overdue),
        len(due.unanswered),
        tuple(map(_left, due.risen)),
        tuple(map(_left, undone)),
        tuple(map(_left, written)),
        more,
        hers,
    )


def _left(row: Any) -> Left:
    return Left(f"/actions/{row.public_id}/", row.title)
