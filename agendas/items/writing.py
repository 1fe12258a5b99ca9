"""Writing an item, or about one: what this writer is offered."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from agendas.items.changes import (
    Wording,
    goal_shown,
    goals_seen,
    let_name_goal,
    may_word,
    visible_conference,
    visible_item,
)
from agendas.items.forms import ItemForm, NameGoalForm
from agendas.items.models import ItemKind
from agendas.items.panels import Title, item_as_read
from conferences.meetings.changes import has_to_permit
from conferences.meetings.models import Status
from conferences.readers.changes import Choice, reading
from conferences.readers.forms import ReadersForm
from conferences.readers.writing import Desk
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens, Role, may_write_notes
from workspace.live.panels import one_moment


@dataclass
class ItemDesk(Desk):
    """One writer who puts something on the agenda of a conference (`above`), or proposes it."""

    above: Any

    @property
    def url(self) -> str:
        """The room."""
        return f"/conferences/{self.above.public_id}/"

    @property
    def leads(self) -> bool:
        """Whether the writer leads the conference."""
        return bool(self.above.facilitator_id == self.lens.seat)

    @property
    def closed(self) -> bool:
        """Whether the conference is over."""
        return bool(self.above.state == Status.CLOSED)

    @property
    def hers(self) -> bool:
        """Whether the survivor writes."""
        return self.lens.role is Role.SURVIVOR

    def form(self, data: QueryDict | None = None) -> ItemForm:
        """An empty form, or the form with what was sent."""
        kinds: list[ItemKind] = [kind for kind in ItemKind if kind is not ItemKind.SURVIVORS_WORDS]
        kinds.insert(0, kinds.pop())
        hers = [(ItemKind.SURVIVORS_WORDS.value, _("something of my own"))] if self.hers else []
        own = [seat for seat in self.seats if seat.mark_id == self.lens.seat]
        people = [(seat.public_id, _("%(name)s (you)") % {"name": seat.name}) for seat in own]
        people += [(seat.public_id, f"{seat.name}, {ROLES[Role(seat.role)]}") for seat in self.others()]
        return ItemForm(
            data,
            kinds=hers + [(kind.value, kind.label) for kind in kinds],
            presenters=[("", _("nobody in particular")), *people],
            **self.offers(),
        )

    def others(self) -> list[Any]:
        """Those of the people the writer sees who are invited."""
        return [seat for seat in super().others() if seat.mark_id in self.above.row.named]

    def context(self, form: ReadersForm) -> dict[str, object]:
        """What the templates of the form need. `warning`: that whoever leads does not read it, as far as the writer may
        know."""
        found = super().context(form)
        if found["will_read"] and not self.leads:
            choice = self.choice(form)
            assert choice is not None
            found["warning"] = self._warning(choice)
        return found

    def _warning(self, choice: Choice) -> str:
        leader = next((seat for seat in self.seats if seat.mark_id == self.above.facilitator_id), None)
        if leader is None:
            return _(
                "It may be that whoever leads this meeting does not see this, and cannot put it on the agenda."
            )
        if leader in self.reading(choice):
            return ""
        return _(
            "%(name)s leads this meeting and will not see this, so nobody can put it on the agenda. "
            "Those above read it all the same."
        ) % {"name": leader.name}


@dataclass
class ItemOnAgenda:
    """An item that somebody sees, and what they may do about it."""

    item: Any
    lens: Lens
    readers: list[str]
    leads: bool
    has_to_permit: bool

    @property
    def url(self) -> str:
        """The room, looking at the item."""
        return f"/items/{self.item.public_id}/"

    @property
    def room(self) -> str:
        """The room."""
        return f"/conferences/{self.item.conference_public_id}/"

    def let_word(self) -> None:
        """Go on for whoever may change what it says. Raises NotAllowedError."""
        may_word(self.lens, self.item)

    @property
    def closed(self) -> bool:
        """Whether the conference is over."""
        return bool(self.item.conference_state == Status.CLOSED)

    @property
    def title(self) -> Title:
        """Its title, as they read it."""
        title: Title = item_as_read(self.item, self.lens).title
        return title

    @property
    def wording(self) -> Wording:
        """What it says now."""
        return Wording(self.item.title, self.item.minutes)


def item_desk(person: int, conference: str) -> ItemDesk | None:
    """The desk of this writer at this conference now; None where nothing is there, or this seat writes nothing."""
    with one_moment() as at:
        sight = sight_of(person, at)
        row = visible_conference(sight, conference)
        lens = sight[row.case_id] if row else None
        if row is None or lens is None or not may_write_notes(lens):
            return None
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        asked = has_to_permit(lens, row.mark_id)
        return ItemDesk(lens, seats, row, f"/conferences/{conference}/items/", has_to_permit=asked)


def item_seen(person: int, item: str) -> ItemOnAgenda | None:
    """This item as this person sees it now, with the names of those who read it; None where nothing is there."""
    with one_moment() as at:
        sight = sight_of(person, at)
        row = visible_item(sight, item)
        if row is None:
            return None
        lens = sight[row.row.case]
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        names = [seat.name for seat in reading(row.row, seats)]
        asked = has_to_permit(lens, row.conference_id)
        return ItemOnAgenda(row, lens, names, row.facilitator_id == lens.seat, asked)


@dataclass
class NamingPlace:
    """An item, or a decision under one, of which somebody may say which goal it is about. `item`: that, or nothing
    where it hangs on the case; `address`: where the form is sent; `text`: what it says; `goals`: those they see."""

    row: Any
    item: Any
    lens: Lens
    address: str
    text: Any
    goals: list[Any]

    @property
    def url(self) -> str:
        """The room, looking at the item."""
        return f"/items/{self.item.public_id}/"

    def let_name(self) -> None:
        """Go on for whoever may say it. Raises NotAllowedError and StaleError."""
        let_name_goal(self.lens, self.row, self.item)

    def form(self, data: QueryDict | None = None) -> NameGoalForm:
        """The form as it stands, or with what was sent."""
        now = goal_shown(self.row, self.goals)
        known = [(goal.public_id, goal.words) for goal in self.goals]
        return NameGoalForm(data, initial={"goal": now, "seen": now}, goals=known)


def item_naming(person: int, item: str) -> NamingPlace | None:
    """This item as this person sees it now, with the goals; None where nothing is there."""
    with one_moment() as at:
        sight = sight_of(person, at)
        row = visible_item(sight, item)
        if row is None:
            return None
        lens = sight[row.row.case]
        title = item_as_read(row, lens).title
        return NamingPlace(row, row, lens, f"/items/{item}/goal/", title, goals_seen(sight, lens))
