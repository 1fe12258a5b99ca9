"""What she takes home on one page of paper: who is who, what for, and how to reach them; and her plan."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar

from django.db.models import QuerySet

from agendas.actions.models import OPEN, ActionItem
from agendas.actions.panels import next_over, soonest, today_of, told_day
from agendas.goals.models import Goal, GoalStatus
from agendas.minutes.panels import betrays, first_names, telling
from conferences.cards.models import TRANSLATIONS, translations_of
from conferences.meetings.models import Conference, Status
from conferences.roles.panels import Team
from conferences.usual.panels import USUAL, usual_of
from workspace.disclosure import lean
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Lens, Role, may_print_for_her
from workspace.disclosure.sealed import Groups, TiedRows
from workspace.live.panels import Asked, Page, Shown, Viewer, value
from workspace.people.models import Person, offered

# A dot ends a sentence after two letters: not in "D. A.", which is told apart as one.
SENTENCE = re.compile(r"(?<=\w\w[.!?])\s+|\n+")
# A telephone number is understood in every language.
ANY = ""
MOST_SENTENCES, MOST_LETTERS = 2, 150


@value
class Known:
    """Somebody she can ask, by the name she calls them. `stand_in`: whom she asks when they are away."""

    id: str
    name: str
    does: str
    reach: str
    stand_in: str


@value
class LeafletPanel:
    """What she takes home, without a line that a word in it would betray to whoever finds it; how far a list of words
    can keep that, `PaperPanel` says. `language`: what it is written in, or empty where there is nothing for the viewer.
    `kept_back`: whether something of it stays on the screen."""

    id: ClassVar[str] = "leaflet"
    template: ClassVar[str] = "agendas/leaflet/_leaflet.html"
    board_url: str
    language: str = ""
    hers: bool = False
    people: tuple[Known, ...] = ()
    kept_back: bool = False


@dataclass(frozen=True)
class Loaded:
    """Cases by public id, seats by case, what survivors read by person, and the lenses of all who sit on a case."""

    at: datetime
    cases: Mapping[str, Any]
    seats: Groups
    languages: Mapping[int, str]
    seated: Mapping[int, Mapping[int, Lens]]


@dataclass(frozen=True)
class Words:
    """What a card says, by language."""

    does: Mapping[str, str]
    reach: Mapping[str, str]


def load(asked: Asked) -> Loaded:
    """Who is on these cases and what they do, in three queries whatever their number."""
    every = Case.objects.select_related("task_force").annotate(usual=USUAL)
    cases = {case.public_id: case for case in every.filter(public_id__in=asked.scopes)}
    numbers = [case.pk for case in cases.values()]
    seats = asked.rows(Seat, "case_id", TRANSLATIONS, case__in=numbers)
    return Loaded(asked.at, cases, seats, dict(lean.read(_hers, cases=numbers)), asked.seated)


def _hers(cases: Collection[int]) -> QuerySet[Any]:
    found = Person.objects.filter(seat__case__in=cases, seat__role=Role.SURVIVOR)
    return found.values_list("pk", "language")


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """What she sees of it, or what somebody who prints it for her sees of it as well; others find nothing here."""
    case = loaded.cases.get(viewer.scope)
    if case is None or case.pk not in viewer.sight:
        return None
    lens, board_url = viewer.sight[case.pk], f"/cases/{case.public_id}/roles/"
    survivor = loaded.seated[case.pk].get(lens.survivor)
    if survivor is None or not may_print_for_her(lens):
        return Shown((LeafletPanel(board_url),), case=case.pk)
    hers = lens.seat == survivor.seat
    eyes = lens if hers else replace(lens, along=(survivor,))
    team = Team.of(open_rows({case.pk: eyes}, loaded.seats[case.pk]))
    herself = team.seats.get(survivor.seat)
    language = loaded.languages.get(herself.person_id, "") if herself else ""
    people, kept_back = _people(team, loaded, case, lens.survivor, _plain(language))
    return Shown((LeafletPanel(board_url, offered(language), hers, people, kept_back),), case=case.pk)


def _people(
    team: Team, loaded: Loaded, case: Any, survivor: int, language: str
) -> tuple[tuple[Known, ...], bool]:
    """Those who sit there now but herself, whoever is asked first before the others; and whether something of what
    they say is left out."""
    tells, names = team.once(telling), team.once(first_names)
    sitting = {seat.mark_id: seat for seat in team.sitting(loaded.at)[0] if seat.mark_id != survivor}
    known, kept_back = [], False
    for seat in sorted(sitting.values(), key=lambda seat: not seat.primary):
        said = _said(seat, case)
        does, some = _harmless(tells, _in(said.does, language))
        reach, more = _harmless(tells, _in(said.reach, language))
        # Whom to ask instead is theirs to say too.
        asked = not seat.drafted_by_id and seat.stand_in_id in sitting
        other = names[seat.stand_in_id] if asked else ""
        known.append(Known(seat.public_id, names[seat.mark_id], _short(does), " ".join(reach), other))
        kept_back = kept_back or some or more
    return tuple(known), kept_back


def _said(seat: Any, case: Any) -> Words:
    """What is usual for the role, and over it what its holder says of themselves; a draft is no words of theirs."""
    usual = usual_of(case.usual).of(seat.role)
    does = {_plain(said.language): said.does for said in usual}
    if seat.drafted_by_id is not None:
        return Words(does, {_plain(said.language): said.contact for said in usual})
    reach = {ANY: seat.contact} if seat.contact else {_plain(said.language): said.contact for said in usual}
    own = (seat.language or case.task_force.language, seat.does, seat.contact)
    # On paper nobody can mark that a translation is older than the card.
    others = (
        (language, its_does, its_reach)
        for _by, at, language, its_does, *_others, its_reach in translations_of(seat.translations)
        if not (seat.worded_at and at < seat.worded_at)
    )
    for language, its_does, its_reach in (*others, own):
        # What its holder took away is not said in another language either.
        if seat.does and its_does:
            does[_plain(language)] = its_does
        if seat.contact and its_reach:
            reach[_plain(language)] = its_reach
    return Words(does, reach)


def _in(said: Mapping[str, str], language: str) -> str:
    """The words in her language, else in that which the house speaks to her, else those that serve in any."""
    return said.get(language) or said.get(offered(language)) or said.get(ANY) or ""


def _plain(language: str) -> str:
    return language.split("-")[0].lower()


def _harmless(tells: "re.Pattern[str]", text: str) -> tuple[list[str], bool]:
    """The sentences of a text in which no word tells, and whether there are others. Words that tell only together may
    stand in two of them: on paper they stand side by side."""
    sentences = [sentence for sentence in SENTENCE.split(text.strip()) if sentence]
    kept = [sentence for sentence in sentences if not betrays(tells, sentence)]
    if betrays(tells, " ".join(kept)):
        kept = []
    return kept, len(kept) < len(sentences)


def _short(sentences: list[str]) -> str:
    """One sentence, or two that are short."""
    both = " ".join(sentences[:MOST_SENTENCES])
    return both if len(both) <= MOST_LETTERS else sentences[0]


# Her plan.
@value
class Does:
    """Something that somebody does for her, by the name she calls them. `mine`: she offered it, so no day is set."""

    title: str
    who: str
    mine: bool
    due: date | None
    by_next: bool


@value
class Wish:
    """A goal in her words, and perhaps in another language that she reads."""

    words: tuple[str, ...]
    doing: tuple[Does, ...]


@value
class PlanPaperPanel:
    """Her plan, without a line that a word in it would betray to whoever finds it, as `LeafletPanel`. `others`: what is
    done for none of the goals that stand here. `next`: when she meets them next."""

    id: ClassVar[str] = "plan_paper"
    template: ClassVar[str] = "agendas/leaflet/_plan.html"
    case_url: str
    language: str = ""
    hers: bool = False
    wishes: tuple[Wish, ...] = ()
    others: tuple[Does, ...] = ()
    next: datetime | None = None
    kept_back: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing would be printed."""
        return not (self.wishes or self.others or self.next)


@dataclass(frozen=True)
class LoadedPlan:
    """Cases by public id, rows by case, what survivors read by person, and the lenses of all who sit on a case."""

    at: datetime
    cases: Mapping[str, Any]
    seats: Groups
    rooms: Groups
    goals: Groups
    actions: Groups
    languages: Mapping[int, str]
    seated: Mapping[int, Mapping[int, Lens]]


def load_plan(asked: Asked) -> LoadedPlan:
    """The plans of these cases, in six queries whatever their number."""
    cases = {case.public_id: case for case in Case.objects.filter(public_id__in=asked.scopes)}
    numbers = [case.pk for case in cases.values()]
    seats = asked.rows(Seat, "case_id", case__in=numbers)
    rooms, goals, actions = (
        asked.rows(table, "mark__case_id", mark__case__in=numbers) for table in (Conference, Goal, ActionItem)
    )
    languages: dict[int, str] = dict(lean.read(_hers, cases=numbers))
    return LoadedPlan(asked.at, cases, seats, rooms, goals, actions, languages, asked.seated)


def view_plan(loaded: LoadedPlan, viewer: Viewer) -> Shown | None:
    """What she sees of it, or what somebody who prints it for her sees of it as well; others find nothing here."""
    case = loaded.cases.get(viewer.scope)
    if case is None or case.pk not in viewer.sight:
        return None
    lens, case_url = viewer.sight[case.pk], f"/cases/{case.public_id}/"
    survivor = loaded.seated[case.pk].get(lens.survivor)
    if survivor is None or not may_print_for_her(lens):
        return Shown((PlanPaperPanel(case_url),), case=case.pk)
    hers = lens.seat == survivor.seat
    eyes = {case.pk: lens if hers else replace(lens, along=(survivor,))}
    team = Team.of(open_rows(eyes, loaded.seats[case.pk]))
    herself = team.seats.get(survivor.seat)
    language = loaded.languages.get(herself.person_id, "") if herself else ""
    goals, actions, rooms = (
        open_rows(eyes, rows[case.pk]) for rows in (loaded.goals, loaded.actions, loaded.rooms)
    )
    today = today_of(actions, loaded.at)
    # Whoever does not see her seat prints nothing that says which are hers.
    seat = survivor.seat if herself else None
    wishes, others, kept_back = _plan(team, goals, actions, seat, _plain(language), today)
    to_come = [room.starts for room in rooms if room.state == Status.PLANNED and room.starts > loaded.at]
    meets = min(to_come, default=None)
    panel = PlanPaperPanel(case_url, offered(language), hers, wishes, others, meets, kept_back)
    turns = (meets, next_over(actions, loaded.at))
    return Shown((panel,), case=case.pk, until=min((turn for turn in turns if turn), default=None))


def _plan(
    team: Team,
    goals: Collection[Any],
    actions: Collection[Any],
    survivor: int | None,
    language: str,
    today: date | None,
) -> tuple[tuple[Wish, ...], tuple[Does, ...], bool]:
    """The goals that are worked on, with what is done for each; what is done besides; and whether something is left
    out."""
    tells, names = team.once(telling), team.once(first_names)
    open_ones = [action for action in actions if action.status in OPEN]
    told = [action for action in open_ones if not betrays(tells, action.title)]
    by_due = [
        (action.goal_id, _does(action, names, survivor, told_day(action, today, team.seats)))
        for action in soonest(told, today, team.seats)
    ]
    wishes, kept_back, stand = [], len(told) < len(open_ones), set()
    for goal in goals:
        if goal.status != GoalStatus.ACTIVE:
            continue
        words = _wished(goal, language)
        if any(betrays(tells, each) for each in words):
            kept_back = True
            continue
        stand.add(goal.mark_id)
        wishes.append(Wish(words, tuple(does for its_goal, does in by_due if its_goal == goal.mark_id)))
    others = tuple(does for its_goal, does in by_due if its_goal not in stand)
    return tuple(wishes), others, kept_back


def _wished(goal: Any, language: str) -> tuple[str, ...]:
    """Her words; where they are known to be in another language than she reads now, that one as well, unless she has
    said it otherwise since."""
    if not goal.language or _plain(goal.language) == language:
        return (goal.words,)
    others = (
        words
        for _number, _by, at, other, words in TiedRows.read(goal.translations)
        if _plain(other) == language
        and not (goal.worded_at and (TiedRows.instant_of(at) or goal.worded_at) < goal.worded_at)
    )
    return (goal.words, *others)


def _does(action: Any, names: Mapping[int, str], survivor: int | None, day: date | None) -> Does:
    mine = action.owner_id == survivor
    return Does(
        title=action.title,
        who="" if mine else names.get(action.owner_id, ""),
        mine=mine,
        due=None if mine else day,
        by_next=action.by_next and not mine,
    )


PAGE = Page("leaflet", load, view)
PLAN = Page("plan_paper", load_plan, view_plan)
