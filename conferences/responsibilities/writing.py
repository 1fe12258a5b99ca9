"""Writing down what has to be done, and who does what: what this writer is offered."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from conferences.readers.changes import Choice
from conferences.readers.writing import Desk, Reading, WhoWillRead, fingerprint
from conferences.responsibilities.changes import DIVIDED, STAYS, Division, Line, line, still_usual
from conferences.responsibilities.forms import DivisionForm, ResponsibilityForm, UsualForm, WordingForm
from conferences.responsibilities.models import USUAL, How
from workspace.disclosure.labels import AUDIENCES, ROLES, TOPICS
from workspace.disclosure.lens import open_rows, sight_of
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Role, Topic, asks_own_client, may_say_who_does_what
from workspace.live.panels import one_moment
from workspace.record import changes as record


@dataclass
class CaseDesk(Desk):
    """One of those who carry a case, about to write down what has to be done in it."""

    case: str
    usual: list[str]
    person: int

    @property
    def url(self) -> str:
        """The board."""
        return f"/cases/{self.case}/roles/"

    @property
    def usual_url(self) -> str:
        """Where the usual list is."""
        return f"/cases/{self.case}/responsibilities/usual/"

    @property
    def own_url(self) -> str:
        """Where something is written in one's own words."""
        return f"/cases/{self.case}/responsibilities/"

    def form(self, data: QueryDict | None = None) -> ResponsibilityForm:
        """An empty form, or the form with what was sent."""
        return ResponsibilityForm(data, **self.offers())

    def usual_form(self, data: QueryDict | None = None) -> UsualForm:
        """The usual list, or what was chosen of it."""
        # What a form that was kept put on the board is offered to it: whether it still says that is for the verb to
        # say.
        kept = data is not None and record.kept(self.person, data.get("usual-key", ""))
        known = data.getlist("usual-lines") if data is not None and kept else []
        lines = [
            (name, f"{text} · {TOPICS[topic]}")
            for name, (text, topic) in USUAL.items()
            if name in self.usual or name in known
        ]
        return UsualForm(data, lines=lines)

    def who_will_read_usual(self, form: UsualForm) -> dict[Any, WhoWillRead]:
        """Those who will read what was chosen so far, by topic."""
        form.is_valid()
        chosen, key = form.cleaned_data.get("lines") or (), form.cleaned_data.get("audience")
        audience = next((each.roles for each in AUDIENCES if each.key == key), None)
        if audience is None:
            return {}
        topics = {topic for name in chosen for _text, topic in [USUAL[name]]}
        return {
            TOPICS[topic]: self.who_will_read(Choice(topic, audience)) for topic in Topic if topic in topics
        }

    def audience_of(self, form: UsualForm) -> int | None:
        """The audience of a form that was sent, once its writer was shown who will read it; else None, and the form
        says what is missing."""
        told = self.who_will_read_usual(form)
        if form.is_valid() and form.cleaned_data["shown_readers"] != _digest(told):
            form.add_error(None, _("Please read who will see this, then press the button again."))
        if not form.is_valid():
            return None
        return next(each.roles for each in AUDIENCES if each.key == form.cleaned_data["audience"])

    def usual_context(self, form: UsualForm) -> dict[str, object]:
        """What the templates of the usual list need."""
        told = self.who_will_read_usual(form) if form.is_bound else {}
        # Each once, with the topics of which they read; none where it is all that was chosen.
        people: dict[Reading, list[Any]] = {}
        for topic, will_read in told.items():
            for person in will_read.people:
                people.setdefault(person, []).append(topic)
        readers = [(person, topics if len(topics) < len(told) else []) for person, topics in people.items()]
        return {"form": form, "desk": self, "readers": readers, "digest": _digest(told)}


def _digest(told: dict[Any, WhoWillRead]) -> str:
    return fingerprint(*(will_read.digest for will_read in told.values()))


@dataclass
class LineDesk:
    """Something that has to be done, and what its viewer may do about it."""

    it: Line

    @property
    def url(self) -> str:
        """The board, at this line."""
        return f"/cases/{self.it.case}/roles/#responsibility-{self.it.row.public_id}"

    @property
    def address(self) -> str:
        """Where who does what is written down."""
        return f"/responsibilities/{self.it.row.public_id}/"

    @property
    def asked_to_permit(self) -> bool:
        """Whether its author says, with other words, that their own client permits them."""
        return asks_own_client(self.it.lens)

    @property
    def holder(self) -> str:
        """Who answers for it, as its viewer may read it."""
        if self.it.free:
            return _("nobody yet")
        seat = self.it.seats.get(self.it.row.accountable_id)
        return str(seat.name) if seat else _("the team")

    @property
    def claimants(self) -> list[str]:
        """Who says that it is theirs."""
        return [self.it.seats[number].name for number in sorted(self.it.involved(How.CLAIMS))]

    @property
    def involved(self) -> list[tuple[Any, list[str]]]:
        """Who does it, is asked and is told, by name."""
        named = (
            (how, [self.it.seats[number].name for number in sorted(self.it.involved(how))]) for how in DIVIDED
        )
        return [(how.label, names) for how, names in named if names]

    def form(self, data: QueryDict | None = None) -> DivisionForm:
        """Who does what now, or what was chosen."""
        stands = self.it.stands
        doers, readers = _labelled(self.it.offered(How.DOES)), _labelled(self.it.offered(How.TOLD))
        stays = [(STAYS, self.holder)] if stands.accountable == STAYS else []
        initial = {
            "accountable": stands.accountable,
            **{how.value: sorted(stands.of(how)) for how in DIVIDED},
            "seen": self.it.edition,
        }
        holders = [("", _("nobody yet")), *stays, *_labelled(self.it.offered())]
        return DivisionForm(data, initial=initial, holders=holders, doers=doers, readers=readers)

    def form_again(self, sent: QueryDict) -> DivisionForm:
        """What was chosen, to be kept knowingly of how it stands now."""
        again = sent.copy()
        again["seen"] = self.it.edition
        return self.form(again)

    def wording(self, text: str | None = None) -> WordingForm:
        """What it says, or what its author would have it say."""
        says = self.it.row.text
        return WordingForm(initial={"text": says if text is None else text, "shown": says})


def division(form: DivisionForm) -> Division:
    """What was chosen."""
    given = form.cleaned_data
    return Division(given["accountable"], *(frozenset(given[how.value]) for how in DIVIDED))


def case_desk(person: int, case: str) -> CaseDesk | None:
    """The desk of this writer on this case now; None where nothing is there, or for whoever does not carry it."""
    with one_moment() as at:
        sight = sight_of(person, at)
        found = Case.objects.filter(public_id=case).first()
        lens = sight.get(found.pk) if found else None
        if lens is None or not may_say_who_does_what(lens):
            return None
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        address = f"/cases/{case}/responsibilities/"
        return CaseDesk(
            lens, seats, None, address, case, still_usual(sight, lens), person, has_to_permit=False
        )


def line_desk(person: int, responsibility: str) -> LineDesk | None:
    """What has to be done, as this person sees it now; None where nothing is there."""
    with one_moment() as at:
        found = line(sight_of(person, at), responsibility)
        return LineDesk(found) if found else None


def _labelled(seats: list[Any]) -> list[tuple[str, Any]]:
    return [(seat.public_id, f"{seat.name}, {ROLES[Role(seat.role)]}") for seat in seats]
