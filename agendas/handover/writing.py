"""Writing in a handover: what whoever writes is offered, and who reads it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agendas.handover import changes
from agendas.handover import forms as shapes
from conferences.readers.changes import Choice, reading, row_of
from workspace.disclosure.lens import Sight, open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import EVERY_ROLE, Lens, Role, Topic
from workspace.live.forms import OnceForm
from workspace.live.panels import one_moment


@dataclass(frozen=True)
class Sheet:
    """The words around a form: title, what is to be known before, and what the button says."""

    title: Any
    before: Any
    button: Any


SHEETS = {
    "telling": Sheet(
        gettext_lazy("Note that she was told"),
        gettext_lazy("For when she heard it from you, and not by reading it here."),
        gettext_lazy("Keep this"),
    ),
    "overlap": Sheet(
        gettext_lazy("The new seat, and the last day of the old one"),
        gettext_lazy("Give them some days together, so that nobody has to begin from nothing."),
        gettext_lazy("Keep these days"),
    ),
    "introduction": Sheet(gettext_lazy("When they met"), "", gettext_lazy("Keep this")),
    "cancellation": Sheet(
        gettext_lazy("Call the handover off"),
        gettext_lazy(
            "The case manager stays, and their seat goes on as long as it did before. Once days were set, the seat of "
            "the new one stays too, and without an end, until a case manager ends it on the page of the team."
        ),
        gettext_lazy("Call the handover off"),
    ),
}
HERS = {
    "words": Sheet(
        gettext_lazy("What you want them to know"),
        gettext_lazy("You do not have to write anything."),
        gettext_lazy("Keep my words"),
    ),
    "introduction": Sheet(gettext_lazy("When you met"), "", gettext_lazy("Keep this")),
}


@dataclass
class BeginDesk:
    """Somebody about to begin a handover. `told`: who reads what they tell the survivor."""

    lens: Lens
    seats: Any
    told: tuple[str, ...]

    def form(self, data: QueryDict | None = None) -> shapes.BeginForm:
        """The form, with the case managers there are."""
        return shapes.BeginForm(data, seats=self._managers())

    def _managers(self) -> list[tuple[str, str]]:
        now = timezone.now()
        return [
            (seat.public_id, seat.name)
            for seat in self.seats
            if seat.role == Role.CASE_MANAGER
            and seat.agency_id == self.lens.agency
            and (seat.until is None or seat.until > now)
            and not seat.primary
        ]


@dataclass
class HandoverDesk:
    """Somebody who follows a handover, about to say something in it."""

    sight: Sight
    lens: Lens
    row: Any
    seats: Any

    @property
    def back(self) -> str:
        """The page of the handover."""
        return f"/cases/{changes.case_of(self.lens)}/handover/"

    @property
    def hers(self) -> bool:
        """Whether the survivor writes."""
        return self.lens.seat == self.lens.survivor

    @property
    def new_until(self) -> datetime | None:
        """When the seat of the new one is to end, which then does not end any more."""
        arriving = self._arriving()
        return arriving.until if arriving else None

    def sheet(self, name: str) -> Sheet:
        """The words around this form."""
        return HERS[name] if self.hers and name in HERS else SHEETS.get(name, HERS["words"])

    def let(self, name: str) -> None:
        """Go on for whoever may use this form now. Raises LookupError, NotAllowedError and StaleError."""
        LET.get(name, changes.let_manage)(self.lens, self.row)

    def form(self, name: str, data: QueryDict | None = None) -> OnceForm:
        """This form, with what this writer is offered."""
        today = {"day": timezone.localdate()}
        if name == "overlap":
            return self._overlap(data)
        if name == "words":
            return self._words(data)
        if name == "cancellation":
            return shapes.CancellationForm(data)
        return (
            shapes.ToldForm(data, initial=today) if name == "telling" else shapes.MetForm(data, initial=today)
        )

    def told(self) -> tuple[str, ...]:
        """Who reads what is said to the survivor in this handover, by name where the writer may know it."""
        return tuple(seat.name for seat in reading(self.row.row, self.seats))

    def _overlap(self, data: QueryDict | None) -> shapes.OverlapForm:
        leaving = changes.seat_of(self.row.leaving_id)
        ends = leaving is not None and (leaving.until is None or leaving.until > timezone.now())
        # What was asked for is read once more when the same form comes twice: only then is it known again.
        seated = "starts" not in (data or {}) and self._arriving() is not None
        return shapes.OverlapForm(data, initial={"starts": timezone.localtime()}, seated=seated, ends=ends)

    def _arriving(self) -> Seat | None:
        return changes.arriving_of(self.row) or changes.seated(self.lens, self.row.person_id)

    def _words(self, data: QueryDict | None) -> shapes.WordsForm:
        before = changes.words_of(self.sight, self.row)
        wide = Choice(Topic.COORDINATION, changes.MANAGERS)
        known = reading(row_of(self.lens, wide, self.row.row), self.seats)
        others = [seat.name for seat in known if seat.person_id != self.row.person_id and seat != self._own()]
        new = self.row.person_name
        readers = [
            (shapes.ONLY_THE_NEW, _("Only %(new)s, as soon as they are on your team") % {"new": new}),
            (
                shapes.MANAGERS_TOO,
                _("%(new)s, and also: %(names)s") % {"new": new, "names": ", ".join(others)},
            ),
        ]
        initial = {"seen": changes.edition(before)}
        if before:
            chosen = shapes.MANAGERS_TOO if before.row.audience else shapes.ONLY_THE_NEW
            initial |= {"text": before.text, "readers": chosen}
        return shapes.WordsForm(data, initial=initial, readers=readers if others else readers[:1])

    def _own(self) -> Any | None:
        return next((seat for seat in self.seats if seat.mark_id == self.lens.seat), None)


LET: dict[str, Any] = {
    "telling": changes.let_note_told,
    "overlap": changes.let_plan,
    "words": changes.let_write,
    "introduction": changes.let_introduce,
}


def audience_of(known_to: str | None) -> int | None:
    """Who may know of the new seat, where that was asked."""
    if not known_to:
        return None
    return EVERY_ROLE if known_to == shapes.WIDE else changes.TO_HER_AND_MANAGERS


def begin_desk(sight: Sight, case: str) -> BeginDesk | None:
    """The desk of somebody who may begin a handover; None for everybody else."""
    try:
        _case, lens = changes.door(sight, case)
    except LookupError:
        return None
    seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
    told = Choice(Topic.COORDINATION, changes.TO_HER_AND_MANAGERS)
    names = tuple(seat.name for seat in reading(row_of(lens, told, None), seats))
    return BeginDesk(lens, seats, names)


def handover_desk(person: int, handover: str) -> HandoverDesk:
    """The desk at this handover. Raises LookupError: there is nothing there."""
    with one_moment() as at:
        sight = sight_of(person, at)
        lens, found = changes.visible_handover(sight, handover)
        return HandoverDesk(sight, lens, found, open_rows(sight, Seat.objects.sealed(case=lens.case)))
