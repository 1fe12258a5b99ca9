"""Writing something that can be disclosed: what this writer is offered, and who would read it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from conferences.readers.changes import Choice, reading, row_of, until_confirmed
from conferences.readers.forms import BY_PERSON, BY_ROLE, ReadersForm
from conferences.usual.panels import duties_told, said_by_holder
from workspace.disclosure.labels import AUDIENCES, DUTIES, ROLES, Audience, duties_of, offered
from workspace.disclosure.policy import (
    EVERY_ROLE,
    ROLE_BIT,
    Lens,
    Refusal,
    Role,
    Row,
    Topic,
    asks_own_client,
    leaves_her_out,
    role_bits,
    roles_of,
    topics_open_to,
)
from workspace.disclosure.refusals import SENTENCES


@dataclass(frozen=True)
class Reading:
    """Somebody who would read it. `duties`: what they may have to do with it, in short words; `usual`: of their role,
    for they have not said it themselves. `private`: what they say about keeping it to themselves."""

    name: str
    role: Any
    duties: tuple[Any, ...]
    usual: bool
    private: str
    you: bool


@dataclass(frozen=True)
class WhoWillRead:
    """What the writer reads before posting. `cannot`: people chosen by name who could not read it all the same.
    `digest`: a fingerprint of it, which comes back with the post. `first`: those who read what the writer says that
    `speaker` said, until they confirm it."""

    people: tuple[Reading, ...]
    roles: tuple[Any, ...]
    everyone: bool
    leaves_her_out: bool
    cannot: tuple[str, ...]
    digest: str
    speaker: str = ""
    first: tuple[Reading, ...] = ()


def fingerprint(*told: object) -> str:
    """A fingerprint of what a writer was told. It is keyed: whoever knows what it is made of cannot make it."""
    return salted_hmac("readers", repr(told), algorithm="sha256").hexdigest()


@dataclass
class Desk:
    """One writer, about to write something that hangs under a row they see (`above`, opened), or under the case itself
    (None). `address`: where its form is sent; the form asks there, at `readers/`, who would read it. `has_to_permit`:
    whether the form asks them to say that their own client permits it."""

    lens: Lens
    seats: Sequence[Any]
    above: Any | None
    address: str
    has_to_permit: bool = field(kw_only=True)

    def asks_to_permit(self, form: ReadersForm, choice: Choice) -> bool:
        """Whether with these readers it is kept only once the writer says that their own client permits it."""
        return self.has_to_permit

    @property
    def from_outside(self) -> bool:
        """Whether what is written here is not the record of the writer's own agency."""
        return asks_own_client(self.lens)

    @property
    def readers_url(self) -> str:
        """Where the form asks who would read it."""
        return f"{self.address}readers/"

    def offers(self) -> dict[str, Any]:
        """What `ReadersForm` offers this writer."""
        return {
            "topics": topics_open_to(self.lens),
            "audiences": [
                (audience.key, offered(audience, self.lens.role)) for audience in self._audiences()
            ],
            "people": [(seat.public_id, f"{seat.name}, {ROLES[Role(seat.role)]}") for seat in self.others()],
        }

    def choice(self, form: ReadersForm) -> Choice | None:
        """Who is to read it, as chosen so far; None while that cannot be told."""
        given = form.cleaned_data
        key = given.get("audience")
        topic = given.get("topic")
        if not key or not topic:
            return None
        if key == BY_ROLE:
            return Choice(Topic(topic), role_bits(given.get("roles") or ()))
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

    def row(self, choice: Choice) -> Row:
        """What the rule asks of the row that is written."""
        return row_of(self.lens, choice, self.above.row if self.above else None)

    def told(self, seats: Iterable[Any]) -> tuple[Reading, ...]:
        """These seats, as the writer reads about them."""
        return tuple(_reading(seat, you=seat.mark_id == self.lens.seat) for seat in seats)

    def who_will_read(self, choice: Choice) -> WhoWillRead:
        """Those who will read it, by name where the writer may know the name."""
        row, found = self.row(choice), self.reading(choice)
        named = [seat for seat in self.seats if seat.mark_id in choice.named]
        speaker = next((seat for seat in self.seats if seat.mark_id == choice.said_by), None)
        first = self.reading(until_confirmed(self.lens, choice)) if speaker else []
        told = [
            choice.topic,
            choice.audience,
            *([read_of(seat) for seat in seats] for seats in (named, found, first)),
            speaker and speaker.public_id,
        ]
        return WhoWillRead(
            self.told(found),
            tuple(ROLES[role] for role in roles_of(choice.audience)),
            choice.audience == EVERY_ROLE,
            leaves_her_out(self.lens.survivor, audience=row.audience, named=row.named, author=row.author),
            tuple(seat.name for seat in named if seat not in found),
            fingerprint(told),
            speaker.name if speaker else "",
            self.told(first),
        )

    def reading(self, choice: Choice) -> list[Any]:
        """The seats that the writer sees and that will read it, their own first."""
        return sorted(reading(self.row(choice), self.seats), key=lambda seat: seat.mark_id != self.lens.seat)

    def agreed(self, form: ReadersForm) -> Choice | None:
        """The choice of a form that was sent, once its writer was shown who will read it; else None, and the form says
        what is missing."""
        choice = self.choice(form) if form.is_valid() else None
        if choice is None:
            return None
        will_read = self.who_will_read(choice)
        if self.asks_to_permit(form, choice) and not form.cleaned_data["permitted"]:
            form.add_error("permitted", SENTENCES[Refusal.OWN_CLIENT_NOT_ASKED])
        if will_read.cannot:
            sentence = _("Could not read this now: %(names)s. Choose other people, or another topic.")
            form.add_error("people", sentence % {"names": ", ".join(will_read.cannot)})
        if will_read.leaves_her_out and not form.cleaned_data["left_out_because"]:
            form.add_error("left_out_because", _("Say why the survivor is not among them."))
        if form.cleaned_data["shown_readers"] != will_read.digest:
            form.add_error(None, _("Please read who will see this, then press the button again."))
        return choice if form.is_valid() else None

    def context(self, form: ReadersForm) -> dict[str, object]:
        """What the templates of the form need."""
        chosen = None
        if form.is_bound:
            form.is_valid()
            chosen = self.choice(form)
        will_read = self.who_will_read(chosen) if chosen else None
        return {"form": form, "desk": self, "will_read": will_read}

    def afresh(self) -> "Desk":
        """The desk as it stands now, once something was changed meanwhile."""
        return self

    def others(self) -> list[Any]:
        """The seats that the writer sees and that are held now, but for their own."""
        now = timezone.now()
        return [
            seat
            for seat in self.seats
            if seat.mark_id != self.lens.seat
            and seat.starts <= now
            and (seat.until is None or now < seat.until)
        ]

    def _audiences(self) -> list[Audience]:
        own = ROLE_BIT[Role.SURVIVOR] if self.lens.role is Role.SURVIVOR else -1
        return [
            audience
            for audience in AUDIENCES
            if audience.roles != own and (not audience.supervisor or self._supervisors())
        ]

    def _supervisors(self) -> list[Any]:
        return [
            seat
            for seat in self.others()
            if seat.role == Role.CLINICAL_SUPERVISOR
            and seat.agency_id is not None
            and seat.agency_id == self.lens.agency
        ]


def _reading(seat: Any, *, you: bool) -> Reading:
    duties, usual = duties_told(seat)
    said = tuple(DUTIES[duty][1] for duty in duties_of(duties))
    return Reading(seat.name, ROLES[Role(seat.role)], said, usual, _private(seat), you)


def read_of(seat: Any) -> tuple[object, ...]:
    """What a writer reads of a seat that will read it, in no language, for a fingerprint."""
    return seat.public_id, duties_told(seat), _private(seat)


def _private(seat: Any) -> str:
    return str(seat.private) if said_by_holder(seat) else ""
