"""Saying something about an action item: what this writer is offered, how it stands, and who reads what they say."""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from agendas.actions.models import ActionStatus
from agendas.actions.panels import ActionRow, action_row, today_of
from agendas.followup import forms as shapes
from agendas.followup.changes import Task, task
from agendas.items.changes import goals_seen
from agendas.items.writing import NamingPlace
from conferences.readers.writing import Desk, Reading, fingerprint, read_of
from conferences.roles.panels import Team
from workspace.disclosure.labels import ROLES, TOPICS
from workspace.disclosure.lens import open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import RELEASABLE, Role, asks_own_client
from workspace.live.panels import one_moment


@dataclass(frozen=True)
class Sheet:
    """The words around a form: title, what is to be known before, and what the button says."""

    title: Any
    before: Any
    button: Any


SHEETS = {
    "decline": Sheet(
        _("Say that you cannot do this"),
        _("The task stays, and somebody else is found. Nobody has to be sorry."),
        _("Decline it"),
    ),
    "end": Sheet(
        _("How did it end?"), _("Choose the word that is true. All of them are allowed."), _("Keep this")
    ),
    "date": Sheet(_("By when?"), "", _("Keep this")),
    "owner": Sheet(
        _("Give it to somebody else"),
        _("These are the people who can read it."),
        _("Ask this person"),
    ),
    "wording": Sheet(
        _("Say it in other words"),
        _("What it says now is kept. Whoever has accepted it is asked again."),
        _("Keep these words"),
    ),
    "comment": Sheet(_("Write a comment"), "", _("Keep this comment")),
    "add_step": Sheet(
        _("Add a step"), _("Everybody who reads the task reads its steps."), _("Keep this step")
    ),
    "helpers": Sheet(
        _("Who helps"),
        _("Whoever you take out can no longer read it, unless they may read it anyway."),
        _("Keep this"),
    ),
    "waiting": Sheet(_("What has to come first"), "", _("Keep this")),
    "changed": Sheet(
        _("What it changed for her"),
        _("Write down what she said, and nothing else. It is shown as written down on her word."),
        _("Keep this"),
    ),
}
# Where some of those who can be chosen cannot read it yet.
LETS_READ = _("Some of these people cannot read it now. Whoever you choose will be able to.")
READ_ON = _("Whoever you take out does not help any more, and goes on reading it.")
GOES_ON_READING = _("Whoever did it until now goes on reading it.")
HERS = {
    "end": Sheet(_("How is it with this?"), _("You offered it. You owe it to nobody."), _("Keep this")),
    "changed": Sheet(
        _("What it changed for you"),
        _("In your own words, as much or as little as you like."),
        _("Keep this"),
    ),
}
# What the survivor says of what she offered.
HER_WORDS = {ActionStatus.DONE: _("I did it"), ActionStatus.NO_LONGER_POSSIBLE: _("Not any more")}
WORDS = {
    ActionStatus.DONE: _("Done"),
    ActionStatus.NO_LONGER_POSSIBLE: _("No longer possible, circumstances have changed"),
    ActionStatus.NOT_DONE: _("Not done"),
}
ADDRESSES = {
    "decline": "declining",
    "end": "ending",
    "comment": "comments",
    "add_step": "steps",
}
# Whoever is chosen in these can read it from then on.
NAMES = ("owner", "helpers")
# Nothing is written in these that anybody would have to permit.
WITHOUT_WORDS = ("helpers", "waiting")


@dataclass
class ActionDesk:
    """Somebody who sees an action item, about to say something about it. `seats`: those they see, opened. `back`: the
    list from which they came, where it was one."""

    it: Task
    seats: Any
    back: str = ""

    @property
    def url(self) -> str:
        """The page of the action item."""
        return f"/actions/{self.it.row.public_id}/"

    @property
    def plan_url(self) -> str:
        """The plan that it belongs to."""
        return f"/cases/{self.it.row.case_public_id}/"

    def address(self, name: str) -> str:
        """Where this form is sent."""
        query = f"?{urlencode({'back': self.back})}" if self.back else ""
        return f"{self.url}{ADDRESSES.get(name, name)}/{query}"

    @property
    def stands(self) -> ActionRow:
        """The action item as they read it now."""
        today = today_of([self.it.row], timezone.now())
        return action_row(self.it.row, Team.of(self.seats), self.it.lens, today=today)

    @property
    def has_to_permit(self) -> bool:
        """Whether they are asked whether their own client permits what they write."""
        return asks_own_client(self.it.lens)

    @property
    def own(self) -> bool:
        """Whether the survivor says something of what she offered."""
        return self.it.hers and self.it.lens.seat == self.it.lens.survivor

    def told(self, seats: list[Any]) -> tuple[Reading, ...]:
        """These seats, as the writer reads about them."""
        return Desk(self.it.lens, self.seats, None, "", has_to_permit=False).told(seats)

    @property
    def helping(self) -> list[str]:
        """Who helps, of those who can be chosen, by their public ids."""
        return [seat.public_id for seat in self.it.could_help if seat.mark_id in self.it.helping()]

    def not_yet(self, name: str) -> list[Any]:
        """Those who can be chosen in this form, and then read what they cannot read now."""
        return self.it.not_yet if name in NAMES else []

    def shown(self, name: str) -> str:
        """A fingerprint of who reads what they say, and who then might, which comes back with the form."""
        seats = [*self.it.readers, *self.not_yet(name)]
        return fingerprint(self.it.row.row.audience, *map(read_of, seats))

    def sheet(self, name: str) -> Sheet:
        """The words around this form."""
        hers = self.own if name == "end" else self.it.lens.role is Role.SURVIVOR
        if name == "owner":
            sheet = SHEETS["owner"]
            before = LETS_READ if self.it.not_yet else sheet.before
            # Of one who is seen to read it no more that would not be true.
            known = self.it.row.owner_id in self.it.seats
            reads = any(seat.mark_id == self.it.row.owner_id for seat in self.it.readers)
            said = before if known and not reads else format_lazy("{} {}", before, GOES_ON_READING)
            return replace(sheet, before=said)
        if name == "helpers" and not self.it.narrows:
            return replace(SHEETS[name], before=READ_ON)
        return HERS[name] if hers and name in HERS else SHEETS[name]

    def form(self, name: str, data: QueryDict | None = None) -> shapes.SaidForm:
        """This form, with what this writer is offered."""
        row = self.it.row
        more: dict[str, Any] = {"hers": self.own, "initial": {"seen": self.it.edition}}
        if name == "changed":
            more["hers"] = self.it.lens.role is Role.SURVIVOR
        elif name == "end":
            labels = HER_WORDS if self.own else WORDS
            more["words"] = [(word.value, labels[word]) for word in self.it.ends_in]
        elif name == "date":
            more["initial"] |= {"due": self.stands.due, "by_next": row.by_next}
        elif name == "owner":
            more["people"] = self._people(self.it.could_do_it(), _("I do it myself"))
        elif name == "wording":
            more["initial"] |= {"title": row.title}
        elif name == "helpers":
            more["people"] = self._people(self.it.could_help, _("I help"))
            more["initial"] |= {"helpers": self.helping, "shown": " ".join(self.helping)}
        elif name == "waiting":
            first = next((each for each in self.it.others if each.mark_id == row.waits_for_id), None)
            could = [
                *([first] if first else []),
                *(each for each in self.it.could_come_first() if each is not first),
            ]
            more["tasks"] = [(each.public_id, each.title) for each in could]
            more["topics"] = [(topic.value, TOPICS[topic]) for topic in RELEASABLE]
            more["initial"] |= {
                "first": first.public_id if first else "",
                "release": row.release_first,
            }
        form: shapes.SaidForm = FORMS[name](data, **more)
        return form

    def context(self, name: str, form: shapes.SaidForm) -> dict[str, Any]:
        """What the templates need."""
        not_yet = self.not_yet(name)
        if form.is_bound and isinstance(form, shapes.HelpersForm):
            form.give_back(self.helping)
        chosen = form["to"].value() if name == "owner" else None
        return {
            "readers": self.told([*self.it.readers, *(seat for seat in not_yet if seat.public_id == chosen)]),
            "not_yet": self.told([seat for seat in not_yet if seat.public_id != chosen]),
            "shown": self.shown(name),
            "desk": self,
            "form": form,
            "sheet": self.sheet(name),
            "address": self.address(name),
            "reads": name not in WITHOUT_WORDS,
            "name": name,
            "fields": [
                form[field]
                for field in form.fields
                if field not in ("key", "permitted", "shown_readers", "shown", "seen")
            ],
        }

    def _people(self, seats: list[Any], own_words: Any) -> list[tuple[str, Any]]:
        own = [(seat.public_id, own_words) for seat in seats if seat.mark_id == self.it.lens.seat]
        return own + [
            (seat.public_id, self._labelled(seat)) for seat in seats if seat.mark_id != self.it.lens.seat
        ]

    def _labelled(self, seat: Any) -> str:
        label = f"{seat.name}, {ROLES[Role(seat.role)]}"
        return (
            str(_("{person} (cannot read this now)")).format(person=label)
            if seat in self.it.not_yet
            else label
        )


FORMS: dict[str, Any] = {
    "decline": shapes.DeclineForm,
    "end": shapes.EndForm,
    "date": shapes.DateForm,
    "owner": shapes.OwnerForm,
    "wording": shapes.WordingForm,
    "comment": shapes.CommentForm,
    "add_step": shapes.StepForm,
    "helpers": shapes.HelpersForm,
    "waiting": shapes.WaitingForm,
    "changed": shapes.ChangedForm,
}


def action_desk(person: int, action: str, back: str) -> ActionDesk | None:
    """This action item as this person sees it now; None where nothing is there."""
    with one_moment() as at:
        try:
            it = task(sight_of(person, at), action)
        except LookupError:
            return None
        seats = open_rows(it.sight, Seat.objects.sealed(case=it.lens.case))
        return ActionDesk(it, seats, back)


@dataclass
class ActionNaming(NamingPlace):
    """An action item, of which somebody may say which goal it is about."""

    it: Task = field(kw_only=True)

    @property
    def url(self) -> str:
        """Its page."""
        return f"/actions/{self.row.public_id}/"

    def let_name(self) -> None:
        """Go on for whoever may say it. Raises NotAllowedError and StaleError."""
        self.it.let("goal")


def action_naming(person: int, action: str) -> ActionNaming | None:
    """This action item as this person sees it now, with the goals; None where nothing is there."""
    with one_moment() as at:
        sight = sight_of(person, at)
        try:
            it = task(sight, action)
        except LookupError:
            return None
        address, goals = f"/actions/{action}/goal/", goals_seen(sight, it.lens)
        return ActionNaming(it.row, None, it.lens, address, it.row.title, goals, it=it)
