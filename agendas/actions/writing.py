"""Writing an action item: what this writer is offered, and what is understood of one line."""

from dataclasses import dataclass, field, replace
from textwrap import shorten
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from agendas.actions.changes import Of, origin_of
from agendas.actions.forms import ActionForm, LineForm
from agendas.actions.models import ActionItem
from agendas.goals.models import Goal, GoalStatus
from agendas.items.panels import item_as_read
from conferences.meetings.changes import has_to_permit
from conferences.readers.changes import Choice, reading
from conferences.readers.forms import BY_ROLE, ReadersForm
from conferences.readers.writing import Desk
from workspace.disclosure.labels import AUDIENCES, ROLES
from workspace.disclosure.lens import Sight, open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import (
    ROLE_BIT,
    SEATED_BY_ROLE,
    Refusal,
    Role,
    asks_own_client,
    knows_whom_it_lost,
    may_be_chosen_again,
    may_be_chosen_before,
    may_give_to,
    may_write_notes,
    roles_of,
)
from workspace.disclosure.refusals import SENTENCES
from workspace.live.panels import one_moment
from workspace.oneline import Understood, understood

TITLE = 120  # letters
GOAL = 80


@dataclass
class ActionDesk(Desk):
    """One writer at what an action item is made of (`of`, and `source`, opened), with an item that hangs on the case.
    `item`: under which it is made, as they read it, in a conference. `goals`: those of the case that they see.
    `before`: what they wrote down under the same item, last first. `inline`: whether the form stands where
    the line stood, on the page of the meeting."""

    sight: Sight
    of: Of
    source: Any | None
    item: Any | None
    case: str
    goals: tuple[Any, ...]
    before: tuple[Any, ...]
    inline: bool = field(default=False, kw_only=True)

    @property
    def url(self) -> str:
        """Where its writer came from: the item, the goal, or the plan."""
        if self.item:
            return f"/items/{self.item.public_id}/"
        if self.source and self.of is Of.GOAL:
            return f"/goals/{self.source.public_id}/"
        need = f"#need-{self.source.public_id}" if self.source and self.of is Of.NEED else ""
        return f"/cases/{self.case}/{need}"

    def kept_url(self, form: ActionForm) -> str:
        """Where it stands once it is kept: where its writer came from, or in the plan under its goal, if it has one."""
        if self.item or self.source:
            return f"{self.url}#goal_work" if self.of is Of.GOAL else self.url
        goal = form["goal"].value()
        return f"{self.url}#goal-{goal}" if goal else f"{self.url}#actions"

    @property
    def hers(self) -> bool:
        """Whether the survivor writes."""
        return self.lens.role is Role.SURVIVOR

    @property
    def line_url(self) -> str:
        """Where one line is sent."""
        return f"{self.address}line/"

    @property
    def note(self) -> Any | None:
        """The note that it is made of, if any."""
        return self.source if self.of is Of.NOTE else None

    @property
    def from_text(self) -> str:
        """The words of a decision, a need or a goal that it is made of."""
        words = {Of.DECISION: "text", Of.NEED: "text", Of.GOAL: "words"}
        return str(getattr(self.source, words[self.of])) if self.of in words else ""

    def form(self, data: QueryDict | None = None) -> ActionForm:
        """The form with the words of the note or the decision, if there is one, or with what was sent."""
        words = self.source.text if self.source and self.of in (Of.NOTE, Of.DECISION) else ""
        return self._form(data, title=_one_line(words))

    def of_line(self, said: str) -> dict[str, object]:
        """What the template of the form needs, with what was understood of one line, and who would read it if that can
        be told already. What is missing is in focus; where nothing is, the form is `ready` and its button is."""
        day_first = not (get_language() or "").startswith("en")
        people = {
            seat.public_id: _names(seat) for seat in self._people() if may_give_to(self.lens, seat.mark_id)
        }
        own = next((seat.public_id for seat in self.seats if seat.mark_id == self.lens.seat), "")
        told = understood(said, people, me=own, today=timezone.localdate(), day_first=day_first)
        values: dict[str, Any] = {
            "title": told.what,
            "owner": told.who,
            "helpers": [*told.helping],
            **self._usual(),
        }
        values |= {"due": told.due, "by_next": told.by_next}
        wanted = ("title", "owner", "topic", "audience")
        missing = [name for name in wanted if not values.get(name, self._topic() if name == "topic" else "")]
        sent = QueryDict(mutable=True)
        for name, given in values.items():
            sent.setlist(f"{ActionForm.prefix}-{name}", given if isinstance(given, list) else [given or ""])
        sent.setdefault(f"{ActionForm.prefix}-topic", self._topic())
        tried = self._form(sent)
        tried.is_valid()
        choice = self.choice(tried)
        will_read = self.who_will_read(choice) if choice else None
        ready = not missing and will_read and not (will_read.leaves_her_out or self.has_to_permit)
        form = self._form(focus=() if ready else missing[:1] or ("title",), **values)
        missed = self._missed(said, told) if said else ()
        return {
            "form": form,
            "desk": self,
            "will_read": will_read,
            "of_line": bool(said),
            "missed": missed,
            "ready": ready,
        }

    def _missed(self, said: str, told: Understood) -> tuple[Any, ...]:
        """What was not understood of a line, in sentences. The survivor is given nothing to do: whoever names her is
        told so at once."""
        sentences: list[Any] = []
        if not told.who:
            hers = {
                seat.public_id: _names(seat) for seat in self._people() if seat.mark_id == self.lens.survivor
            }
            named = understood(said, hers, me="", today=timezone.localdate()).who
            sentences.append(
                SENTENCES[Refusal.HERS_TO_OFFER]
                if named
                else _("It is not clear who does it. Choose one person.")
            )
        if not (told.due or told.by_next):
            sentences.append(_("It names no day that is still to come. Choose one, or leave it empty."))
        return tuple(sentences)

    def owner(self, form: ReadersForm) -> int | None:
        """The seat that is to do it, as chosen so far."""
        return self._seat(form["owner"].value())

    def helpers(self, form: ReadersForm) -> frozenset[int]:
        """The seats that are to help, as chosen so far."""
        found = (self._seat(chosen) for chosen in form["helpers"].value() or ())
        return frozenset(seat for seat in found if seat is not None)

    def choice(self, form: ReadersForm) -> Choice | None:
        """Who is to read it: whoever is chosen, its owner, and those who help."""
        chosen, owner = super().choice(form), self.owner(form)
        return (
            replace(chosen, named=chosen.named | {owner} | self.helpers(form)) if chosen and owner else None
        )

    def agreed(self, form: ReadersForm) -> Choice | None:
        """As for every desk; and its owner, and who helps, have to be people it can be given to."""
        choice, owner = self.choice(form) if form.is_valid() else None, self.owner(form)
        if choice and owner:
            helpers = self.helpers(form)
            named = [seat for seat in self.seats if seat.mark_id in {owner, *helpers}]
            able = {seat.mark_id for seat in reading(self.row(choice), named)}
            if not may_give_to(self.lens, owner):
                form.add_error("owner", SENTENCES[Refusal.HERS_TO_OFFER])
            elif owner not in able:
                form.add_error("owner", SENTENCES[Refusal.OWNER_COULD_NOT_READ])
            elif not able.issuperset(helpers):
                form.add_error("helpers", SENTENCES[Refusal.HELPER_COULD_NOT_READ])
        return super().agreed(form)

    def line_context(self, form: LineForm, *, kept: bool = False) -> dict[str, object]:
        """What the template of the line needs. `kept`: something was, just now."""
        return {"desk": self, "line": form, "kept": kept}

    def _form(self, data: QueryDict | None = None, *, focus: Any = (), **initial: Any) -> ActionForm:
        goal = self.source.public_id if self.source and self.of is Of.GOAL else ""
        return ActionForm(
            data,
            initial={"topic": self._topic(), "goal": goal, **initial},
            owners=self._offered(self._people(), _("I do it myself")),
            helpers=self._offered(
                [seat for seat in self._people() if may_give_to(self.lens, seat.mark_id)], _("I help")
            ),
            goals=[
                (row.public_id, shorten(" ".join(row.words.split()), GOAL, placeholder="…"))
                for row in self.goals
                if row.status == GoalStatus.ACTIVE or row.public_id == goal
            ],
            focus=focus,
            **self.offers(),
        )

    def _topic(self) -> str:
        row = self.source or self.item
        return str(row.row.topic.value) if row else ""

    def _usual(self) -> dict[str, Any]:
        """Who is to read it where nobody has chosen yet: whom this writer chose the last time under the same item, but
        not everybody; or those who read the item, where these are the holding agency's alone."""
        if self.before:
            row = self.before[0].row
            return (
                self._chosen(row.audience) | {"topic": row.topic.value}
                if may_be_chosen_again(row.audience)
                else {}
            )
        if self.item is None:
            return {}
        row = self.item.row
        outside = [
            seat
            for seat in reading(row, self.seats)
            if seat.agency_id != self.lens.agency and not ROLE_BIT[Role(seat.role)] & SEATED_BY_ROLE
        ]
        return (
            {} if outside or not may_be_chosen_before(self.lens, row.audience) else self._chosen(row.audience)
        )

    def _chosen(self, audience: int) -> dict[str, Any]:
        if not audience:
            return {}
        known = next((each.key for each in AUDIENCES if each.roles == audience and not each.supervisor), "")
        roles = [role.value for role in roles_of(audience)]
        return {"audience": known} if known else {"audience": BY_ROLE, "roles": roles}

    def _seat(self, number: object) -> int | None:
        return next((seat.mark_id for seat in self.seats if seat.public_id == number), None)

    def _people(self) -> list[Any]:
        """Those who are there now and can sign in, as far as the writer is told; the writer first."""
        told = knows_whom_it_lost(self.lens)
        others = [seat for seat in self.others() if seat.comes_in or not told]
        return [seat for seat in self.seats if seat.mark_id == self.lens.seat] + others

    def _offered(self, seats: list[Any], myself: Any) -> list[tuple[str, Any]]:
        """These seats, value and label. `myself`: how the writer is called."""
        return [
            (
                seat.public_id,
                myself if seat.mark_id == self.lens.seat else f"{seat.name}, {ROLES[Role(seat.role)]}",
            )
            for seat in seats
        ]


def _names(seat: Any) -> tuple[str, ...]:
    """What somebody is called. What another drafted for them is no name that they go by."""
    return (seat.name,) if seat.drafted_by_id or not seat.called else (seat.name, seat.called)


def _one_line(text: str) -> str:
    """The beginning of a note, as a title."""
    line = " ".join(text.split())
    cut = shorten(line, TITLE, placeholder="…")
    return cut if cut != "…" else line[:TITLE]


def desk(person: int, of: Of, number: str) -> ActionDesk | None:
    """The desk of this writer now; None where nothing is there, or this seat writes nothing."""
    with one_moment() as at:
        sight = sight_of(person, at)
        try:
            origin = origin_of(sight, of, number)
        except LookupError:
            return None
        lens, item = origin.lens, origin.item
        if not may_write_notes(lens):
            return None
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        goals = open_rows(sight, Goal.objects.sealed(mark__case=lens.case))
        before: tuple[Any, ...] = ()
        if of is Of.ITEM and item:
            before = open_rows(
                sight, ActionItem.objects.sealed(from_item=item.mark_id, mark__author=lens.seat)
            )
        asked = has_to_permit(lens, item.conference_id) if item else asks_own_client(lens)
        several = of in (Of.ITEM, Of.CASE)
        return ActionDesk(
            lens,
            seats,
            None,
            f"/{of}/{number}/{'actions' if several else 'action'}/",
            sight,
            of,
            origin.source,
            item_as_read(item, lens) if item else None,
            origin.case,
            goals,
            before[::-1],
            has_to_permit=asked,
        )
