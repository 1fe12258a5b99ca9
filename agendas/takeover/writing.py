"""Saying of something that it is not taken over, or who does it instead."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy

from agendas.handover.changes import visible_handover
from agendas.handover.writing import HandoverDesk, Sheet
from agendas.takeover import changes
from agendas.takeover import forms as shapes
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Role
from workspace.live.forms import OnceForm
from workspace.live.panels import one_moment

SHEETS = {
    "refusal": Sheet(
        gettext_lazy("I do not take this over"),
        gettext_lazy(
            "You do not have to take everything. The case managers and the clinical supervisor find somebody else "
            "for what you turn down."
        ),
        gettext_lazy("Turn this down"),
    ),
    "owner": Sheet(
        gettext_lazy("Ask somebody else"),
        gettext_lazy("These are the people who can read it. They are asked, and can say no."),
        gettext_lazy("Ask this person"),
    ),
}
LET: dict[str, Any] = {"refusal": changes.let_refuse, "owner": changes.let_give}


@dataclass
class TakeoverDesk(HandoverDesk):
    """Somebody about to say something of one thing that is handed over. `table`, `thing`: what that is."""

    table: Any
    thing: Any

    @property
    def about(self) -> str:
        """What is taken over or not, in its own words."""
        return str(getattr(self.thing, "title", None) or self.thing.text)

    def sheet(self, name: str) -> Sheet:
        """The words around this form."""
        return SHEETS[name]

    def let(self, name: str) -> None:
        """Go on for whoever may use this form now. Raises LookupError, NotAllowedError and StaleError."""
        LET[name](self.lens, self.row, self.table, self.thing)

    def form(self, name: str, data: QueryDict | None = None) -> OnceForm:
        """This form, with what this writer is offered."""
        return shapes.OwnerForm(data, people=self._people()) if name == "owner" else shapes.RefusalForm(data)

    def _people(self) -> list[tuple[str, str]]:
        return [
            (seat.public_id, f"{seat.name}, {ROLES[Role(seat.role)]}")
            for seat in changes.could_be_given(self.lens, self.row, self.thing, self.seats)
        ]


def takeover_desk(person: int, handover: str, row: str) -> TakeoverDesk:
    """The desk at this row of this handover. Raises LookupError: there is nothing there."""
    with one_moment() as at:
        sight = sight_of(person, at)
        lens, found = visible_handover(sight, handover)
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        return TakeoverDesk(sight, lens, found, seats, *changes.thing(sight, row))
