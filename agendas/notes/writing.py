"""Writing a note: what this writer is offered."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from agendas.items.changes import visible_item
from agendas.notes.forms import NoteForm
from agendas.notes.models import DECISION, NoteKind
from conferences.meetings.changes import has_to_permit
from conferences.readers.writing import Desk
from workspace.disclosure.lens import Sight, open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Role, may_write_notes
from workspace.live.panels import one_moment

CLINICAL = (Role.CASE_MANAGER, Role.CLINICAL_SUPERVISOR, Role.THERAPIST, Role.MEDICAL)


@dataclass
class NoteDesk(Desk):
    """One writer at one item."""

    sight: Sight
    item: Any

    @property
    def url(self) -> str:
        """The address of the item."""
        return f"/items/{self.item.public_id}/"

    @property
    def readers_url(self) -> str:
        """Where the form asks who would read it."""
        return f"{self.url}readers/"

    def form(self, data: QueryDict | None = None, *, moved: bool = False) -> NoteForm:
        """An empty form, the form with what was sent, or (`moved`) what was typed under another item,
        kept."""
        offers: dict[str, Any] = {"kinds": self._kinds(), **self.offers()}
        initial: dict[str, Any] = {"topic": self.item.row.topic}
        if data is None or moved:
            if data is not None:
                typed = NoteForm(data, **offers)
                initial |= {
                    name: typed[name].value() for name in ("text", "kind", "left_out_because", "permitted")
                }
            return NoteForm(initial=initial, **offers)
        return NoteForm(data, initial=initial, **offers)

    def _kinds(self) -> list[tuple[str, Any]]:
        kinds = [NoteKind.DISCUSSION, NoteKind.PRIVATE]
        if self.lens.role in CLINICAL:
            kinds.insert(1, NoteKind.CLINICAL)
        if self.lens.role is Role.SURVIVOR:
            kinds.insert(0, NoteKind.SURVIVORS_WORDS)
        return [(kind.value, kind.label) for kind in kinds] + [(DECISION, _("decision"))]


def desk(person: int, item: str) -> NoteDesk | None:
    """The desk of this writer at this item now; None where nothing is there, or this seat writes nothing."""
    with one_moment() as at:
        sight = sight_of(person, at)
        row = visible_item(sight, item)
        lens = sight[row.row.case] if row else None
        if row is None or lens is None or not may_write_notes(lens):
            return None
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        asked = has_to_permit(lens, row.conference_id)
        return NoteDesk(lens, seats, row, f"/items/{item}/notes/", sight, row, has_to_permit=asked)
