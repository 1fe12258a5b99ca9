"""Writing an action item: what this writer is offered."""

from dataclasses import dataclass, replace
from textwrap import shorten
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from agendas.actions.forms import ActionForm
from agendas.items.changes import visible_item
from agendas.items.panels import item_as_read
from agendas.notes.changes import visible_note
from conferences.meetings.changes import has_to_permit
from conferences.readers.changes import Choice, reads
from conferences.readers.forms import ReadersForm
from conferences.readers.writing import Desk
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import Sight, open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Refusal, Role, may_give_to, may_write_notes
from workspace.disclosure.refusals import SENTENCES
from workspace.live.panels import one_moment

TITLE = 120  # letters


@dataclass
class ActionDesk(Desk):
    """One writer at an item, or at a note under it, with an action item that hangs on the case."""

    sight: Sight
    item: Any
    note: Any | None

    @property
    def url(self) -> str:
        """The address of the item."""
        return f"/items/{self.item.public_id}/"

    def form(self, data: QueryDict | None = None) -> ActionForm:
        """The form with the note's words, if there is a note, or with what was sent."""
        initial = {
            "title": _one_line(self.note.text) if self.note else "",
            "topic": (self.note or self.item).row.topic,
        }
        return ActionForm(data, initial=initial, owners=self._owners(), **self.offers())

    def owner(self, form: ReadersForm) -> int | None:
        """The seat that is to do it, as chosen so far."""
        chosen = form["owner"].value()
        return next((seat.mark_id for seat in self.seats if seat.public_id == chosen), None)

    def choice(self, form: ReadersForm) -> Choice | None:
        """Who is to read it: whoever is chosen, and its owner."""
        chosen, owner = super().choice(form), self.owner(form)
        return replace(chosen, named=chosen.named | {owner}) if chosen and owner else None

    def agreed(self, form: ReadersForm) -> Choice | None:
        """As for every desk; and its owner has to be somebody it can be given to."""
        choice, owner = self.choice(form) if form.is_valid() else None, self.owner(form)
        if choice and owner and not may_give_to(self.lens, owner):
            form.add_error("owner", SENTENCES[Refusal.HERS_TO_OFFER])
        elif choice and owner and not reads(self.lens, choice, owner, None):
            form.add_error("owner", SENTENCES[Refusal.OWNER_COULD_NOT_READ])
        return super().agreed(form)

    def _owners(self) -> list[tuple[str, Any]]:
        own = [(seat.public_id, _("I do it myself")) for seat in self.seats if seat.mark_id == self.lens.seat]
        return own + [(seat.public_id, f"{seat.name}, {ROLES[Role(seat.role)]}") for seat in self.others()]


def _one_line(text: str) -> str:
    """The beginning of a note, as a title."""
    line = " ".join(text.split())
    cut = shorten(line, TITLE, placeholder="…")
    return cut if cut != "…" else line[:TITLE]


def desk(person: int, *, item: str = "", note: str = "") -> ActionDesk | None:
    """The desk of this writer now; None where nothing is there, or this seat writes nothing."""
    with one_moment() as at:
        sight = sight_of(person, at)
        try:
            source, row = visible_note(sight, note) if note else (None, visible_item(sight, item))
        except LookupError:
            return None
        lens = sight[row.row.case] if row else None
        if row is None or lens is None or not may_write_notes(lens):
            return None
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        address = f"/notes/{note}/action/" if note else f"/items/{item}/actions/"
        asked = has_to_permit(lens, row.conference_id)
        return ActionDesk(
            lens, seats, None, address, sight, item_as_read(row, lens), source, has_to_permit=asked
        )
