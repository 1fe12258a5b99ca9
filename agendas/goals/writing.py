"""Writing in the plan: what this writer is offered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from unicodedata import normalize

from django.conf import settings
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from agendas.goals import changes
from agendas.goals.forms import (
    AssessmentForm,
    BarrierForm,
    GoalForm,
    NeedForm,
    PlanForm,
    ReadingForm,
    StrengthForm,
    TranslationForm,
    WordsForm,
)
from agendas.goals.models import Barrier, BarrierStatus, Goal, GoalStatus, Need, NeedStatus
from agendas.goals.panels import BY_NAME, SPOKEN, GoalRow, goal_row, language_name
from conferences.readers.changes import Choice
from conferences.readers.forms import ReadersForm
from conferences.readers.writing import Desk
from conferences.roles.panels import Team
from workspace.disclosure.labels import AUDIENCES
from workspace.disclosure.lens import Sight, open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import (
    Lens,
    Refusal,
    Role,
    asks_own_client,
    may_translate_goal,
    may_word_goal,
    may_write_notes,
    role_bits,
)
from workspace.disclosure.refusals import SENTENCES
from workspace.live.panels import one_moment

HER = role_bits([Role.SURVIVOR])
D = TypeVar("D", bound="PlanDesk")
MOST_IN_A_LIST = 80  # letters of a text that can be chosen


@dataclass
class PlanDesk(Desk):
    """One writer, about to write something into the plan of a case, or how they understand a goal (`above`). `kind`:
    what; `linked`: what it may point at, value and label."""

    kind: str
    url: str
    linked: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def hers(self) -> bool:
        """Whether the survivor writes."""
        return self.lens.role is Role.SURVIVOR

    def form(self, data: QueryDict | None = None) -> PlanForm:
        """An empty form, or the form with what was sent."""
        made: dict[str, type[PlanForm]] = {"need": NeedForm, "strength": StrengthForm, "barrier": BarrierForm}
        return made[self.kind](data, linked=self.linked, hers=self.hers, **self.offers())


@dataclass
class GoalDesk(PlanDesk):
    """Somebody about to write down what she wants: she herself, or another on her word."""

    def form(self, data: QueryDict | None = None) -> GoalForm:
        """An empty form, or the form with what was sent."""
        here = {"language": get_language() or ""} if self.hers else {}
        return GoalForm(data, initial=here, languages=languages(), hers=self.hers, **self.offers())

    def offers(self) -> dict[str, Any]:
        """What the form offers: she always reads her own words."""
        found = super().offers()
        with_her = {each.key for each in AUDIENCES if each.roles & HER}
        if not self.hers:
            found["audiences"] = [each for each in found["audiences"] if each[0] in with_her]
        return found

    def agreed(self, form: ReadersForm) -> Choice | None:
        """As of everything; and she is among the readers."""
        choice = self.choice(form) if form.is_valid() else None
        if choice and choice.leaves_her_out(self.lens):
            form.add_error(None, SENTENCES[Refusal.GOAL_WITHOUT_HER])
            return None
        return super().agreed(form)


@dataclass
class ReadingDesk(PlanDesk):
    """A professional about to write how they understand a goal (`above`)."""

    above: Any

    def form(self, data: QueryDict | None = None) -> ReadingForm:
        """An empty form, or the form with what was sent."""
        return ReadingForm(data, initial={"topic": self.above.row.topic.value}, **self.offers())

    def let_write(self) -> None:
        """Go on for professionals. Raises NotAllowedError."""
        changes.let_read_into(self.lens)


@dataclass
class GoalPlace:
    """A goal that somebody sees, and what they may do about its words."""

    row: Any
    lens: Lens
    goal: GoalRow

    @property
    def url(self) -> str:
        """The page of the goal."""
        return self.goal.url

    @property
    def hers(self) -> bool:
        """Whether the survivor writes."""
        return self.lens.role is Role.SURVIVOR

    @property
    def may_word(self) -> bool:
        """Whether they may say it in other words."""
        return may_word_goal(self.lens, self.row.row, on_her_word=True)

    @property
    def may_translate(self) -> bool:
        """Whether they may put it into another language."""
        return may_translate_goal(self.lens)

    def words_form(self, data: QueryDict | None = None) -> WordsForm:
        """The form with the words as they stand, or with what was sent."""
        stands = {
            "words": self.row.words,
            # Where nobody wrote the language down, nobody but she knows it.
            "language": self.row.language or ((get_language() or "") if self.hers else ""),
            "seen": changes.edition_of(self.row),
        }
        known = languages(self.row.language)
        return WordsForm(data, initial=stands, languages=known, hers=self.hers)

    @property
    def translated(self) -> dict[str, str]:
        """What stands beside her words, by language."""
        return {each.language: each.words for each in self.goal.translations}

    def translation_form(self, data: QueryDict | None = None, language: str | None = None) -> TranslationForm:
        """The form with what stands there in this language, or with what was sent. `language`: none is the one that the
        page is read in, or else the first that there is."""
        beside = self.translated
        if language is None:
            here = get_language() or ""
            language = here if here in beside else next(iter(beside), "")
        stands = {
            "seen": changes.translation_edition(self.row),
            "language": language,
            "words": beside.get(language, ""),
        }
        known = [each for each in languages()[1:] if each[0] != self.row.language]
        return TranslationForm(data, initial=stands, languages=[("", ""), *known])


@dataclass
class AssessmentPlace:
    """A need, or something in the way, that somebody sees. `readers`: the names of those who read it; `before`: what
    was said of it last."""

    row: Any
    lens: Lens
    statuses: list[tuple[str, Any]]
    kind: str

    @property
    def url(self) -> str:
        """The plan, where they stand."""
        return f"/cases/{self.row.case_public_id}/#{self.kind}"

    @property
    def status_label(self) -> Any:
        """Where it stands, in words."""
        return dict(self.statuses)[self.row.status]

    @property
    def has_to_permit(self) -> bool:
        """Whether the writer is asked whether their own client permits it."""
        return asks_own_client(self.lens)

    def let_assess(self) -> None:
        """Go on for whoever may say how it stands. Raises NotAllowedError."""
        changes.let_assess(self.lens, self.row)

    def form(self, data: QueryDict | None = None) -> AssessmentForm:
        """The form as it stands, or with what was sent."""
        stands = {"status": self.row.status, "seen": self.row.status}
        form = AssessmentForm(data, initial=stands, statuses=self.statuses)
        if not self.has_to_permit:
            del form.fields["permitted"]
        return form


KINDS: dict[str, tuple[Any, changes.Assessed, Any]] = {
    "needs": (Need, changes.NEEDS, NeedStatus),
    "barriers": (Barrier, changes.BARRIERS, BarrierStatus),
}


def languages(known: str = "") -> list[tuple[str, Any]]:
    """The languages that can be chosen, value and label: those of the house first. `known`: one that is among them."""
    first = [code for code, _name in settings.LANGUAGES]
    codes = {*SPOKEN, *BY_NAME, known} - {"", *first}
    # An accent on its first letter does not put a language at the end.
    others = sorted(
        ((capfirst(language_name(code)), code) for code in codes),
        key=lambda each: (normalize("NFKD", each[0]), each[1]),
    )
    listed = [(code, capfirst(language_name(code))) for code in first]
    listed += [(code, name) for name, code in others]
    return [("", _("another one, or nobody wrote it down")), *listed]


def goal_desk(person: int, case: str) -> GoalDesk | None:
    """The desk of somebody who may write down what she wants; None for everybody else."""
    return _desk(person, case, GoalDesk, "goal", lambda lens: may_word_goal(lens, on_her_word=True))


def plan_desk(person: int, case: str, kind: str) -> PlanDesk | None:
    """The desk of this writer in this case now; None where nothing is there, or this seat writes nothing."""
    return _desk(person, case, PlanDesk, kind, may_write_notes)


def _desk(person: int, case: str, make: type[D], kind: str, may: Callable[[Lens], bool]) -> D | None:
    with one_moment() as at:
        sight = sight_of(person, at)
        try:
            lens = changes.lens_of(sight, case)
        except LookupError:
            return None
        if not may(lens):
            return None
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        return make(
            lens,
            seats,
            None,
            f"/cases/{case}/{PLACES[kind]}/",
            has_to_permit=asks_own_client(lens),
            kind=kind,
            url=f"/cases/{case}/#{PLACES[kind]}",
            linked=_linked(sight, lens, kind),
        )


PLACES = {"goal": "goals", "need": "needs", "strength": "strengths", "barrier": "barriers"}


def _linked(sight: Sight, lens: Lens, kind: str) -> list[tuple[str, Any]]:
    if kind == "need":
        found: Sequence[Any] = open_rows(sight, Need.objects.sealed(mark__case=lens.case))
        return [(row.public_id, _short(row.text)) for row in found if row.status == NeedStatus.MET]
    if kind == "barrier":
        found = open_rows(sight, Goal.objects.sealed(mark__case=lens.case))
        return [(row.public_id, _short(row.words)) for row in found if row.status == GoalStatus.ACTIVE]
    return []


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_IN_A_LIST else f"{line[: MOST_IN_A_LIST - 1]}…"


def reading_desk(person: int, goal: str) -> ReadingDesk | None:
    """The desk of whoever sees this goal now; None where nothing is there."""
    with one_moment() as at:
        sight = sight_of(person, at)
        row = changes.visible_goal(sight, goal)
        if row is None:
            return None
        lens = sight[row.row.case]
        seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
        return ReadingDesk(
            lens,
            seats,
            row,
            f"/goals/{goal}/readings/",
            has_to_permit=asks_own_client(lens),
            kind="reading",
            url=f"/goals/{goal}/",
        )


def goal_seen(person: int, goal: str) -> GoalPlace | None:
    """This goal as this person sees it now; None where nothing is there."""
    with one_moment() as at:
        sight = sight_of(person, at)
        row = changes.visible_goal(sight, goal)
        if row is None:
            return None
        lens = sight[row.row.case]
        team = Team.of(open_rows(sight, Seat.objects.sealed(case=lens.case)))
        return GoalPlace(row, lens, goal_row(row, team, lens))


def assessment_place(person: int, kind: str, number: str) -> AssessmentPlace | None:
    """This need, or this thing in the way, as this person sees it now; None where nothing is there."""
    table, _kind, statuses = KINDS[kind]
    with one_moment() as at:
        sight = sight_of(person, at)
        found = open_rows(sight, table.objects.sealed(mark__public_id=number))
        if not found:
            return None
        labels = [(status.value, status.label) for status in statuses]
        return AssessmentPlace(found[0], sight[found[0].row.case], labels, kind)
