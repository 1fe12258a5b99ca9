"""Changing what was written: what its author, or who may narrow it, is offered, and who would read it then."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agendas.actions.models import ActionItem
from agendas.goals.models import Barrier, Goal, GoalReading, Need, Strength
from agendas.items.models import AgendaItem
from agendas.notes.models import DECISION, Note
from agendas.versions.changes import ON_THE_BOARD, Written, go_on_reading, is_narrower, visible
from agendas.versions.forms import OtherReadersForm, TextForm
from conferences.meetings.changes import has_to_permit, observes
from conferences.questions.models import RoleQuestion
from conferences.readers.changes import Choice
from conferences.readers.forms import ReadersForm
from conferences.readers.writing import Desk, WhoWillRead, fingerprint
from conferences.responsibilities.models import Responsibility
from workspace.disclosure.labels import ROLES, offered
from workspace.disclosure.lens import Sight, open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import (
    Role,
    Row,
    leaves_her_out,
    may_edit,
    roles_of,
)
from workspace.live.panels import one_moment, serve
from workspace.record import changes as record

OF_ITS_AUTHOR = ("me", "survivor")  # audiences that are called after whoever wrote it
# Where it stands, and the way back there; under an item where it is not among these.
MEETING, BOARD, PLAN = (
    gettext_lazy("Back to the meeting"),
    gettext_lazy("Back to who is who"),
    gettext_lazy("Back to the plan"),
)
PLACES: dict[type[Any], tuple[str, Any]] = {
    RoleQuestion: ("{case}roles/#question-{number}", BOARD),
    Responsibility: ("{case}roles/#responsibility-{number}", BOARD),
    ActionItem: ("/actions/{number}/", gettext_lazy("Back to the task")),
    Goal: ("/goals/{number}/", gettext_lazy("Back to the goal")),
    GoalReading: ("/goals/{goal}/#reading-{number}", gettext_lazy("Back to the goal")),
    Need: ("{case}#need-{number}", PLAN),
    Strength: ("{case}#strength-{number}", PLAN),
    Barrier: ("{case}#barrier-{number}", PLAN),
}


@dataclass
class WrittenDesk(Desk):
    """One person, before something that was written. `listens`: they observe its conference, and add nothing.
    `taken_up`: it is an item, and they see that a later meeting takes it up again; `takes_up`: that it takes up one
    of an earlier meeting."""

    it: Written
    sight: Sight
    person: int
    page: str
    listens: bool
    taken_up: bool
    takes_up: bool

    def afresh(self) -> "WrittenDesk":
        """The same desk, as it stands now."""
        return desk(self.person, self.it.row.public_id, self.page) or self

    @property
    def url(self) -> str:
        """Where it stands: in the meeting, on the board or in the plan."""
        number = self.it.row.public_id
        if self.it.item is None:
            goal = getattr(self.it.row, "goal_public_id", "")
            return PLACES[self.it.table][0].format(case=self.case_url, goal=goal, number=number)
        item = f"/items/{self.it.item.public_id}/"
        return item if self.it.is_item else f"{item}#note-{number}"

    @property
    def back(self) -> Any:
        """The way back there, in words."""
        return MEETING if self.it.item else PLACES[self.it.table][1]

    @property
    def case_url(self) -> str:
        """The plan of its case."""
        own = next(seat for seat in self.seats if seat.mark_id == self.lens.seat)
        return f"/cases/{own.case_public_id}/"

    def next_url(self) -> str:
        """Where to go on once its readers were changed: to the meeting, or to the plan, for whoever closed a page to
        themselves."""
        has_page = self.it.is_item or self.it.is_task or self.it.is_goal
        if has_page and desk(self.person, self.it.row.public_id, self.page) is None:
            return f"/conferences/{self.it.item.conference_public_id}/" if self.it.item else self.case_url
        return self.url

    @property
    def readers_url(self) -> str:
        """Where the form asks who would read it."""
        return f"{self.address}names/"

    @property
    def own(self) -> bool:
        """Whether the one before it wrote it."""
        return may_edit(self.lens, self.it.row.row)

    @property
    def may_widen(self) -> bool:
        """Whether they may let others read it, and change its text."""
        return self.own and self.it.is_text and not (self.it.closed or self.it.borrowed or self.listens)

    @property
    def now(self) -> Choice:
        """Who reads it now."""
        row = self.it.row.row
        return Choice(row.topic, row.audience, row.named)

    def row(self, choice: Choice) -> Row:
        """What the rule asks of it: whoever changes it, its author and where it comes from stay."""
        was = self.it.row.row
        return Row(was.case, was.author, was.origin, choice.topic, choice.audience, choice.named, was.parent)

    @property
    def kind(self) -> str:
        """What it is, as the form for notes says it."""
        return str(self.it.row.kind) if self.it.table is Note else DECISION

    def text_form(self, data: QueryDict | None = None) -> TextForm:
        """The text as it stands, or as it was sent."""
        form = TextForm(data, initial={"text": self.it.row.text, "edition": self.it.row.edition})
        if data is None:
            form.fields["text"].widget.attrs["data-stands"] = ""
        return form

    def kept(self, data: QueryDict) -> bool:
        """Whether a text was sent that was kept before: whether it still says that is for the verb to say."""
        return self.it.is_text and record.kept(self.person, data.get("written-key", ""))

    def knows_readers(self, form: TextForm) -> bool:
        """Whether a text that was sent can be kept: its author was shown who reads it."""
        if form.is_valid() and form.cleaned_data["shown_readers"] != self.who_will_read(self.now).digest:
            form.add_error(None, _("Please read who will see this, then press the button again."))
        return form.is_valid()

    def readers_form(self, data: QueryDict | None = None) -> OtherReadersForm:
        """A choice of readers, as it was sent or empty. A reason that is kept already need not be typed again; that
        something is not confirmed yet is none once it is."""
        because = "written-left_out_because"
        if data is not None and because not in data and not self.it.waits:
            data = data.copy()
            data[because] = self.it.row.left_out_because
        form = OtherReadersForm(data, initial={"topic": self.it.row.row.topic}, **self.offers())
        if not self.may_widen:
            roles = roles_of(self.it.row.row.audience)
            form.offer("roles", [(role.value, ROLES[role]) for role in roles])
        return form

    def offers(self) -> dict[str, Any]:
        """To its author all there is; to others no more than there was."""
        if self.may_widen:
            return super().offers()
        row = self.it.row.row
        audiences = [
            (audience.key, offered(audience, self.lens.role))
            for audience in self._audiences()
            if not (audience.roles & ~row.audience or audience.supervisor)
            and (self.own or audience.key not in OF_ITS_AUTHOR)
        ]
        people = [
            (seat.public_id, f"{seat.name}, {ROLES[Role(seat.role)]}")
            for seat in self.reading_now()
            if seat.mark_id != row.author
        ]
        return {"topics": (row.topic,), "audiences": audiences, "people": people}

    def reading_now(self) -> list[Any]:
        """The seats that read it now, of those that this person sees."""
        return self.reading(self.now)

    def choice(self, form: ReadersForm) -> Choice | None:
        """As chosen, with those who go on reading it; the survivor never closes something to herself."""
        chosen = super().choice(form)
        if chosen and self.it.is_planned:
            chosen = go_on_reading(self.lens, self.it, chosen, self._known)
        if chosen is None or self.lens.seat != self.lens.survivor:
            return chosen
        her_out = leaves_her_out(
            self.lens.survivor,
            audience=chosen.audience,
            named=chosen.named,
            author=self.it.row.row.author,
        )
        return replace(chosen, named=chosen.named | {self.lens.seat}) if her_out else chosen

    @property
    def _known(self) -> frozenset[int]:
        return frozenset(seat.mark_id for seat in self.seats)

    @property
    def unseen_doer(self) -> bool:
        """Whether somebody does it whom this person does not see, so that the survivor goes on reading it if she does
        now: for all they can tell by her name, where they neither see her nor read why she is left out."""
        row = self.it.row.row
        her_out = leaves_her_out(
            self.lens.survivor, audience=row.audience, named=row.named, author=row.author
        )
        told = self.lens.survivor in self._known or bool(self.it.row.left_out_because)
        return not (self.it.doers <= self._known or (her_out and told))

    def who_will_read(self, choice: Choice) -> WhoWillRead:
        """Those who will read it; another fingerprint when others read it now, of those that this person sees."""
        found = super().who_will_read(choice)
        now = [self.now.topic, self.now.audience, sorted(self.now.named & self._known)]
        # Whoever does it goes on being named, also while no release lets them read it.
        cannot = () if self.it.is_task else found.cannot
        # Nobody is asked why she is left out who cannot tell whether she is.
        her_out = found.leaves_her_out and not self.unseen_doer
        return replace(found, cannot=cannot, leaves_her_out=her_out, digest=fingerprint(found.digest, now))

    def widens(self, choice: Choice) -> bool:
        """Whether somebody might read it who could not before."""
        return not is_narrower(self.lens, self.it, choice)

    def asks_to_permit(self, form: ReadersForm, choice: Choice) -> bool:
        """To close a door nobody is asked; to open one, together with whether they are sure."""
        return self.has_to_permit and self.widens(choice) and self.sure(form)

    def sure(self, form: ReadersForm) -> bool:
        """Whether its author was asked once more about this choice, with the names as they are now."""
        choice = self.choice(form)
        return choice is not None and form.cleaned_data["sure"] == self.who_will_read(choice).digest

    def agreed(self, form: ReadersForm) -> Choice | None:
        """As for every row; and its author is asked once more, with the names of those who come to it."""
        choice = super().agreed(form)
        if choice is None or not self.widens(choice) or self.sure(form):
            return choice
        form.add_error(
            None, _("With this, more people read it than now. Please read who, and press once more.")
        )
        return None

    def context(self, form: Any) -> dict[str, object]:
        """What the templates need: besides the usual, who reads it now, and who comes and goes."""
        found = super().context(form) if isinstance(form, ReadersForm) else {"form": form, "desk": self}
        page = "written" if self.it.item else "on_board" if self.it.table in ON_THE_BOARD else "in_plan"
        found["page"] = serve(page, self.person, scope=self.it.row.public_id)
        now = self.reading_now()
        found["now"] = self.who_will_read(self.now)
        chosen = self.choice(form) if isinstance(form, ReadersForm) and form.is_bound else None
        if chosen is None:
            return found
        then = self.reading(chosen)
        roles = chosen.audience & ~self.it.row.row.audience
        widens = self.widens(chosen)
        return found | {
            "goes": self.told(seat for seat in now if seat not in then),
            "comes": self.told(seat for seat in then if seat not in now),
            "new_roles": [ROLES[role] for role in roles_of(roles)] if widens else [],
            "widens": widens,
            "takes_back": self.it.is_question and self.own and not (chosen.audience or chosen.named),
            "loses_it": self.lens.seat in {seat.mark_id for seat in now} - {seat.mark_id for seat in then},
        }


def desk(person: int, written: str, page: str) -> WrittenDesk | None:
    """The desk of this person before what was written, on this page of it; None where nothing is there."""
    with one_moment() as at:
        sight = sight_of(person, at)
        it = visible(sight, written)
        if it is None:
            return None
        lens = sight[it.row.row.case]
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        address = f"/written/{written}/{page}/"
        listens = it.item is not None and observes(it.item.conference_id, lens.seat)
        writes = it.is_text and may_edit(lens, it.row.row) and not it.closed
        asked = writes and has_to_permit(lens, it.item.conference_id)
        later = AgendaItem.objects.sealed(continues=it.row.mark_id)
        taken_up = it.is_item and bool(open_rows(sight, later))
        before = it.row.continues_id if it.is_item else None
        takes_up = before is not None and bool(open_rows(sight, AgendaItem.objects.sealed(mark=before)))
        return WrittenDesk(
            lens,
            seats,
            it.item,
            address,
            it,
            sight,
            person,
            page,
            listens,
            taken_up,
            takes_up,
            has_to_permit=asked,
        )
