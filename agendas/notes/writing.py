"""Writing a note: what this writer is offered."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from agendas.items.changes import goals_seen, visible_item
from agendas.items.panels import item_as_read
from agendas.items.writing import NamingPlace
from agendas.notes.changes import visible_decision, visible_note
from agendas.notes.forms import DecisionForm, NoteForm
from agendas.notes.models import DECISION, NoteKind
from conferences.meetings.changes import has_to_permit
from conferences.meetings.models import Status
from conferences.readers.changes import Choice, reads
from conferences.readers.forms import ReadersForm
from conferences.readers.writing import Desk
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import Sight, open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Refusal, Role, may_be_recorded, may_write_notes
from workspace.disclosure.refusals import SENTENCES
from workspace.live.panels import one_moment
from workspace.record import changes as record

CLINICAL = (Role.CASE_MANAGER, Role.CLINICAL_SUPERVISOR, Role.THERAPIST, Role.MEDICAL)


@dataclass
class NoteDesk(Desk):
    """One writer at one item."""

    sight: Sight
    item: Any
    person: int

    @property
    def url(self) -> str:
        """The address of the item."""
        return f"/items/{self.item.public_id}/"

    @property
    def readers_url(self) -> str:
        """Where the form asks who would read it."""
        return f"{self.url}readers/"

    @property
    def closed(self) -> bool:
        """Whether the conference was held and is closed, so that what is written stands as added after it."""
        return bool(self.item.conference_state == Status.CLOSED and not self.item.cancelled_at)

    def form(self, data: QueryDict | None = None, *, moved: bool = False) -> NoteForm:
        """An empty form, the form with what was sent, or (`moved`) what was typed under another item,
        kept."""
        offers: dict[str, Any] = {
            "kinds": self._kinds(closed=self.closed),
            "speakers": self._speakers(records=self.records),
            **self.offers(),
        }
        initial: dict[str, Any] = {"topic": self.item.row.topic}
        if data is None or moved:
            if data is not None:
                typed = NoteForm(data, **offers)
                initial |= {
                    name: typed[name].value()
                    for name in ("text", "kind", "said_by", "left_out_because", "permitted")
                }
            return NoteForm(initial=initial, **offers)
        decided, borrowed = data.get("note-kind") == DECISION, bool(data.get("note-said_by"))
        too_late = (decided and self.closed) or (borrowed and not self.records)
        if too_late and record.kept(self.person, data.get("note-key", "")):
            # It is offered all that it could be when it was kept: whether it still says that is for the verb to say.
            offers |= {"kinds": self._kinds(closed=False), "speakers": self._speakers(records=True)}
        return NoteForm(data, initial=initial, **offers)

    def offer(self, form: NoteForm) -> None:
        """Let a form that was sent choose among what there is now."""
        form.offer("kind", self._kinds(closed=self.closed))
        form.offer_speakers(self._speakers(records=self.records))

    def choice(self, form: ReadersForm) -> Choice | None:
        """Who is to read it, and whose words it is."""
        chosen, said_by = super().choice(form), form.cleaned_data.get("said_by")
        speaker = next((seat.mark_id for seat in self.seats if seat.public_id == said_by), None)
        return chosen and replace(chosen, said_by=speaker)

    def agreed(self, form: ReadersForm) -> Choice | None:
        """As for every desk; and whoever said it has to be able to read it."""
        choice = super().agreed(form)
        if choice and choice.said_by and not reads(self.lens, choice, choice.said_by, self.item.row):
            form.add_error("said_by", SENTENCES[Refusal.SPEAKER_COULD_NOT_READ])
        return choice if form.is_valid() else None

    @property
    def records(self) -> bool:
        """Whether they may write down what others say, who could no longer confirm it once the meeting is closed."""
        return bool(self.item.recorder_id == self.lens.seat) and not self.closed

    def _speakers(self, *, records: bool) -> list[tuple[str, str]]:
        invited = self.item.row.parent.named if records else ()
        return [
            (seat.public_id, f"{seat.name}, {ROLES[Role(seat.role)]}")
            for seat in self.others()
            if seat.mark_id in invited and may_be_recorded(seat.role)
        ]

    def _kinds(self, *, closed: bool) -> list[tuple[str, Any]]:
        kinds = [NoteKind.DISCUSSION, NoteKind.PRIVATE]
        if self.lens.role in CLINICAL:
            kinds.insert(1, NoteKind.CLINICAL)
        she = self.lens.role is Role.SURVIVOR
        hers = [(NoteKind.SURVIVORS_WORDS.value, _("my own words"))] if she else []
        decided = [] if closed else [(DECISION, _("decision"))]
        return hers + [(kind.value, kind.label) for kind in kinds] + decided


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
        return NoteDesk(
            lens,
            seats,
            row,
            f"/items/{item}/notes/",
            sight,
            item_as_read(row, lens),
            person,
            has_to_permit=asked,
        )


@dataclass
class DecisionDesk(Desk):
    """One writer who makes a decision out of a note."""

    sight: Sight
    item: Any
    note: Any

    @property
    def url(self) -> str:
        """The address of the item."""
        return f"/items/{self.item.public_id}/"

    def form(self, data: QueryDict | None = None) -> DecisionForm:
        """The form with the note's words, or with what was sent."""
        initial = {"text": self.note.text, "topic": self.note.row.topic}
        return DecisionForm(data, initial=initial, **self.offers())


def decision_desk(person: int, note: str) -> DecisionDesk | None:
    """The desk of this writer at a decision out of this note; None where nothing is there, or this seat writes
    nothing."""
    with one_moment() as at:
        sight = sight_of(person, at)
        try:
            source, item = visible_note(sight, note)
        except LookupError:
            return None
        lens = sight[source.row.case]
        if not may_write_notes(lens):
            return None
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        asked = has_to_permit(lens, item.conference_id)
        address = f"/notes/{note}/decision/"
        return DecisionDesk(
            lens, seats, item, address, sight, item_as_read(item, lens), source, has_to_permit=asked
        )


def decision_naming(person: int, decision: str) -> NamingPlace | None:
    """This decision as this person sees it now, with the goals; None where nothing is there."""
    with one_moment() as at:
        sight = sight_of(person, at)
        try:
            row, item = visible_decision(sight, decision)
        except LookupError:
            return None
        lens = sight[row.row.case]
        address = f"/decisions/{decision}/goal/"
        return NamingPlace(row, item, lens, address, row.text, goals_seen(sight, lens))
