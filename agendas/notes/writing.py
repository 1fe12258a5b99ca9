"""Writing a note: what this writer is offered, and who would read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from agendas.items.changes import visible_item
from agendas.notes.changes import Choice, readers_of
from agendas.notes.forms import BY_PERSON, BY_ROLE, NoteForm
from agendas.notes.models import DECISION, NoteKind
from workspace.disclosure.labels import AUDIENCES, ROLES, Audience
from workspace.disclosure.lens import Sight, open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import (
    EVERY_ROLE,
    ROLE_BIT,
    Lens,
    Role,
    Topic,
    may_write_notes,
    role_bits,
    roles_of,
    topics_open_to,
)
from workspace.live.panels import one_moment

CLINICAL = (Role.CASE_MANAGER, Role.CLINICAL_SUPERVISOR, Role.THERAPIST, Role.MEDICAL)


@dataclass(frozen=True)
class Reading:
    """Somebody who would read the note. `duty`: what they may have to do with it, from their card."""

    name: str
    role: Any
    duty: str
    you: bool


@dataclass(frozen=True)
class WhoWillRead:
    """What the writer reads before posting. `cannot`: people chosen by name who could not read it all the same.
    `digest`: a fingerprint of it, which comes back with the post."""

    people: tuple[Reading, ...]
    roles: tuple[Any, ...]
    everyone: bool
    leaves_her_out: bool
    cannot: tuple[str, ...]
    digest: str


@dataclass
class Desk:
    """One writer at one item."""

    sight: Sight
    item: Any
    lens: Lens
    seats: Sequence[Any] = ()

    @property
    def url(self) -> str:
        """The address of the item."""
        return f"/items/{self.item.public_id}/"

    def form(self, data: QueryDict | None = None, *, moved: bool = False) -> NoteForm:
        """An empty form, the form with what was sent, or (`moved`) what was typed under another item,
        kept."""
        offers: dict[str, Any] = {
            "kinds": self._kinds(),
            "topics": topics_open_to(self.lens),
            "audiences": [(audience.key, audience.label) for audience in self._audiences()],
            "people": [(seat.public_id, f"{seat.name}, {ROLES[Role(seat.role)]}") for seat in self._people()],
        }
        initial: dict[str, Any] = {"topic": self.item.row.topic}
        if data is None or moved:
            if data is not None:
                typed = NoteForm(data, **offers)
                initial |= {name: typed[name].value() for name in ("text", "kind", "left_out_because")}
            return NoteForm(initial=initial, **offers)
        return NoteForm(data, initial=initial, **offers)

    def choice(self, form: NoteForm) -> Choice | None:
        """Who is to read it, as chosen so far; None while that cannot be told."""
        given = form.cleaned_data
        key = given.get("audience")
        topic = given.get("topic")
        if not key or not topic:
            return None
        if key == BY_ROLE:
            return Choice(Topic(topic), role_bits(given.get("roles") or ()), frozenset())
        if key == BY_PERSON:
            chosen = given.get("people") or ()
            return Choice(
                Topic(topic), 0, frozenset(seat.mark_id for seat in self.seats if seat.public_id in chosen)
            )
        audience = next(audience for audience in AUDIENCES if audience.key == key)
        named = (
            frozenset(seat.mark_id for seat in self._supervisors()) if audience.supervisor else frozenset()
        )
        return Choice(Topic(topic), audience.roles, named)

    def who_will_read(self, choice: Choice) -> WhoWillRead:
        """Those who will read it, by name where the writer may know the name."""
        reading = readers_of(self.sight, self.item, choice, self.seats)
        people = tuple(
            Reading(seat.name, ROLES[Role(seat.role)], seat.private, seat.mark_id == self.lens.seat)
            for seat in reading
        )
        named = [seat for seat in self.seats if seat.mark_id in choice.named]
        told = [
            choice.topic,
            choice.audience,
            [seat.public_id for seat in named],
            [seat.public_id for seat in reading],
        ]
        return WhoWillRead(
            people,
            tuple(ROLES[role] for role in roles_of(choice.audience)),
            choice.audience == EVERY_ROLE,
            choice.leaves_her_out(self.lens),
            tuple(seat.name for seat in named if seat not in reading),
            salted_hmac("readers", repr(told), algorithm="sha256").hexdigest(),
        )

    def _kinds(self) -> list[tuple[str, Any]]:
        kinds = [NoteKind.DISCUSSION, NoteKind.PRIVATE]
        if self.lens.role in CLINICAL:
            kinds.insert(1, NoteKind.CLINICAL)
        if self.lens.role is Role.SURVIVOR:
            kinds.insert(0, NoteKind.SURVIVORS_WORDS)
        return [(kind.value, kind.label) for kind in kinds] + [(DECISION, _("decision"))]

    def _audiences(self) -> list[Audience]:
        own = ROLE_BIT[Role.SURVIVOR] if self.lens.role is Role.SURVIVOR else -1
        return [
            audience
            for audience in AUDIENCES
            if audience.roles != own and (not audience.supervisor or self._supervisors())
        ]

    def _people(self) -> list[Any]:
        now = timezone.now()
        return [
            seat
            for seat in self.seats
            if seat.mark_id != self.lens.seat
            and seat.starts <= now
            and (seat.until is None or now < seat.until)
        ]

    def _supervisors(self) -> list[Any]:
        return [
            seat
            for seat in self._people()
            if seat.role == Role.CLINICAL_SUPERVISOR
            and seat.agency_id is not None
            and seat.agency_id == self.lens.agency
        ]


def desk(person: int, item: str) -> Desk | None:
    """The desk of this writer at this item now; None where nothing is there, or this seat writes nothing."""
    with one_moment() as at:
        sight = sight_of(person, at)
        row = visible_item(sight, item)
        lens = sight[row.row.case] if row else None
        if lens is None or not may_write_notes(lens):
            return None
        return Desk(sight, row, lens, open_rows(sight, Seat.objects.sealed(case=lens.case)))
