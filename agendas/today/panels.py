"""Today: my conferences and my action items over all cases."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from agendas.actions.panels import (
    ActionRow,
    PlainRow,
    action_row,
    by_due_date,
    next_over,
    not_ended,
    plain_row,
    today_of,
)
from agendas.handover.models import Handover
from agendas.handover.panels import news
from agendas.planreview.panels import REVIEWS, plans_due
from agendas.reminders.models import REMINDING, UNASKED, Due, How, day_turns, due, usual, wants_of
from agendas.reminders.panels import reminders
from agendas.tasks.panels import (
    MinePanel,
    Part,
    Place,
    Task,
    actions_of,
    by_case,
    chosen,
    lost_of,
    mine,
    nobody_does,
    opened,
    said_of_hers,
    sorted_out,
    turn,
    written_lately,
)
from conferences.cards.models import TRANSLATIONS
from conferences.languages.panels import Side, in_reading, sides
from conferences.meetings.models import Conference
from conferences.meetings.panels import ConferenceRow, ConferencesPanel, conferences, folds_at
from conferences.newcomers.panels import NewRow, new_rows, newcomers
from conferences.questions.models import (
    UNSURE,
    RoleQuestion,
    Stands,
    as_read,
    in_one_press,
    stands,
    waits_for,
)
from conferences.questions.panels import ask_url, wait_for_nobody
from conferences.review.models import Clear
from conferences.roles.panels import Team, Who
from conferences.usual.panels import USUAL
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import OpenedRows, Sight, open_rows
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Lens, Role, carries, comes_for_tasks
from workspace.disclosure.sealed import Along, Groups
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value

MOST = 5  # questions that wait, before the board is named; and tasks that somebody wrote about
MOST_TASKS = 20  # before the list of all is named
# What stands on a meeting's own pages, and not in a list of all that ever were.
UNREAD: Along = tuple(
    (name, None) for name in ("parts", "come_to_parts", "statement", "roles_waived", "safety_waived")
)


@value
class TasksPanel:
    """What I said I would do, or was asked to do, soonest first, as far as it stands here. `drafts`: cards of mine that
    somebody drafted and I have not confirmed: where each stands, and the code name of its case. `every`: how many tasks
    there are, with what I asked of others. `first`: they stand at the start of the page, and not here."""

    id: ClassVar[str] = "tasks"
    template: ClassVar[str] = "agendas/today/_tasks.html"
    rows: Lines
    survivor: bool
    drafts: tuple[tuple[str, str], ...]
    every: int = 0
    first: bool = False


@value
class CaseRow:
    """A case I sit on."""

    url: str
    code_name: str
    mine: bool

    @property
    def board_url(self) -> str:
        """Who is who in it, and who does what."""
        return f"{self.url}roles/"


@value
class CasesPanel:
    """The cases I sit on."""

    id: ClassVar[str] = "cases"
    template: ClassVar[str] = "agendas/today/_cases.html"
    rows: tuple[CaseRow, ...]


@value
class AskFirst:
    """Her primary case manager: whom she asks first, and how to reach them. `every`: the languages in which the card
    says that now; none of a draft, which speaks for nobody, and none that is older than the card."""

    name: str
    role: str
    card_url: str
    every: tuple[Side, ...]

    @property
    def role_label(self) -> Any:
        """The role in words."""
        return ROLES[Role(self.role)]

    @property
    def side(self) -> Side | None:
        """The card in her language, where it is there."""
        return in_reading(self.every) if self.every else None


@value
class Asking:
    """A question about who does what. `unsure`: it was asked in one press, and is read in the reader's own language;
    `about`: whose card it is about, or `line`, what has to be done. `nobody`: it waits for somebody who cannot answer
    any more; `note`: the word with which it was set aside, by `set_aside_by`."""

    id: str
    case: str
    text: str
    unsure: bool
    about: Who
    line: str
    ask_url: str
    nobody: bool = False
    note: str = ""
    set_aside_by: Who = Who()

    @property
    def said(self) -> str:
        """What was asked."""
        return str(UNSURE) if self.unsure else self.text

    @property
    def url(self) -> str:
        """Where it stands."""
        return f"/cases/{self.case}/roles/#question-{self.id}"

    @property
    def unclear_url(self) -> str:
        """Where whoever asked says that it still matters."""
        return f"/questions/{self.id}/unclear/"


@value
class AskedPanel:
    """Of questions about who does what: those that wait for an answer, for those who carry the case and for whom they
    wait for, and first those that wait for nobody; and what became of the viewer's own. The survivor's own are at the
    start of her page. `more`: whether there are others that wait."""

    id: ClassVar[str] = "asked"
    template: ClassVar[str] = "agendas/today/_asked.html"
    waiting: tuple[Asking, ...]
    more: bool
    answered: tuple[Asking, ...]
    aside: tuple[Asking, ...]


@value
class HerCase:
    """What she needs first of a case that is hers. `code_name`: where she has several. `answered`: what she asked and
    has not said yet whether it is clear; `aside`: what she asked and was set aside. `for_her`: what others do
    for her."""

    url: str
    code_name: str
    meeting: ConferenceRow | None
    answered: tuple[Asking, ...]
    aside: tuple[Asking, ...]
    ask_first: AskFirst | None
    for_her: tuple[PlainRow, ...]

    @property
    def board_url(self) -> str:
        """Who is who, and who does what."""
        return f"{self.url}roles/"


@value
class HersPanel:
    """The start of a survivor's Today; nothing for anybody else."""

    id: ClassVar[str] = "hers"
    template: ClassVar[str] = "agendas/today/_hers.html"
    cases: tuple[HerCase, ...]


@dataclass(frozen=True)
class Loaded:
    """Cases, and sealed rows by case."""

    at: datetime
    cases: Mapping[int, Any]
    conferences: Groups
    actions: Groups
    seats: Groups
    marks: Groups
    questions: Groups
    seated: Mapping[int, Mapping[int, Lens]]
    handovers: Groups


def load(asked: Asked) -> Loaded:
    """The conferences of these people's cases, and the action items that concern them, in seven queries."""
    every = Case.objects.select_related("task_force").annotate(usual=USUAL, reviews=REVIEWS)
    cases = every.in_bulk(list(asked.cases))
    return Loaded(
        asked.at,
        cases,
        asked.rows(Conference, "mark__case_id", UNREAD, mark__case__in=asked.cases),
        actions_of(asked),
        asked.rows(Seat, "case_id", TRANSLATIONS + REMINDING, case__in=asked.cases),
        asked.rows(Clear, "mark__case_id", mark__case__in=asked.cases),
        asked.rows(RoleQuestion, "mark__case_id", mark__case__in=asked.cases),
        asked.seated,
        asked.rows(Handover, "mark__case_id", mark__case__in=asked.cases),
    )


def view(loaded: Loaded, viewer: Viewer) -> Shown:
    """Today as one person sees it."""
    sight = viewer.sight
    meetings: list[Any] = []
    teams: dict[int, Team] = {}
    hers: list[HerCase] = []
    new: list[NewRow] = []
    drafts: list[tuple[str, str]] = []
    comes_up, asked_for = Due(), False
    she_said: list[tuple[Any, Lens]] = []
    turns: list[datetime | None] = []
    unchosen = usual(sight.values())
    for number, lens in sorted(sight.items()):
        its = open_rows(sight, loaded.conferences[number])
        meetings += its
        team = teams[number] = Team.of(open_rows(sight, loaded.seats[number]))
        url = f"/cases/{loaded.cases[number].public_id}/"
        own = team.seats.get(lens.seat)
        if own and own.drafted_by_id:
            drafts.append((f"{url}roles/#about-{own.public_id}", loaded.cases[number].code_name))
        if lens.role is Role.SURVIVOR:
            coming = conferences(its, sight, teams, loaded.at).coming
            hers.append(_her_case(loaded, sight, team, lens, coming))
            new += _new(loaded, sight, team, lens, its)
        wants = wants_of(own.reminding, unchosen) if own else UNASKED
        asked_for = asked_for or wants.how != How.NOTHING
        zone = loaded.cases[number].task_force.time_zone
        its_actions = open_rows(sight, loaded.actions[number])
        comes_up += due(its_actions, its, lens, wants, at=loaded.at, zone=zone)
        turns += [day_turns(loaded.at, zone), next_over(its_actions, loaded.at)]
        she_said += said_of_hers(its_actions, lens, team)
    cases = [
        CaseRow(
            f"/cases/{loaded.cases[number].public_id}/",
            loaded.cases[number].code_name,
            lens.role is Role.SURVIVOR,
        )
        for number, lens in sorted(sight.items())
    ]
    listed: ConferencesPanel = conferences(meetings, sight, teams, loaded.at)
    survivor = any(lens.role is Role.SURVIVOR for lens in sight.values())
    first = bool(sight) and all(comes_for_tasks(lens.role) for lens in sight.values())
    places = {number: _place(loaded.cases[number]) for number in sight}
    tasks = sorted_out(
        opened(sight, loaded.actions),
        places,
        by_case(sight, loaded.conferences),
        teams.__getitem__,
        loaded.at,
    )
    every = [task for task in tasks if task.part is not Part.ENDED]
    lost = lost_of(loaded.at, loaded.seated)
    # She looks after nobody's tasks, and nobody is reminded who does not want to be.
    asked_for = asked_for and not survivor
    undone = [task.row for task in tasks if asked_for and nobody_does(task, teams[task.lens.case], lost)]
    list_of_all = chosen(tasks)
    listed_first = mine(
        list_of_all,
        places,
        teams.__getitem__,
        lost,
        survivor=False,
        start=True,
    )
    others = (Part.ASKED, Part.HELPING) if survivor else (Part.ASKED,)
    own = [task for task in every if task.part not in others][: 0 if first else MOST_TASKS]
    # What stands at the start of the page, and is not folded away, is told there.
    there = {task for task in list_of_all.on_page if first and task.part is not Part.ENDED}
    elsewhere = [(task.row, task.lens) for task in tasks if task.row.entries and task not in there]
    said = written_lately(elsewhere, loaded.at) if asked_for else []
    # What she asks stands on no list, so all of it is named here.
    of_hers = written_lately(she_said, loaded.at) if asked_for else []
    told = of_hers + said[:MOST]
    rows = by_due_date(
        _own_row(task, teams[task.lens.case], f"/cases/{places[task.lens.case].public_id}/", loaded.at)
        for task in own
    )
    handovers = news(
        (row, lens, loaded.cases[number])
        for number, lens in sorted(sight.items())
        for row in open_rows(sight, loaded.handovers[number])[-1:]
    )
    return Shown(
        (
            HersPanel(tuple(hers)),
            newcomers(new),
            _asked(loaded, sight, teams),
            handovers,
            reminders(comes_up, undone, [row for row, _until in told], more=len(said[MOST:]), hers=survivor),
            plans_due(
                (
                    (loaded.cases[number], loaded.cases[number].reviews, lens)
                    for number, lens in sight.items()
                ),
                loaded.at,
            ),
            listed,
            TasksPanel(rows, survivor, tuple(drafts), len(every), first),
            CasesPanel(tuple(cases)),
            listed_first if first else MinePanel(),
        ),
        until=min(
            (
                each
                for each in (
                    *turns,
                    *(until for _row, until in of_hers + said),
                    folds_at(meetings, loaded.at),
                    turn(tasks, places, loaded.at),
                )
                if each
            ),
            default=None,
        ),
    )


def _own_row(task: Task, team: Team, case_url: str, at: datetime) -> ActionRow | PlainRow:
    """What somebody does, as they read it: of what she offered in plain words, and nothing of a day that has passed."""
    lens, today = task.lens, today_of([task.row], at)
    if lens.role is Role.SURVIVOR:
        return plain_row(task.row, team, lens, today, listed=True, case_url=case_url)
    return action_row(task.row, team, lens, today=today, case_url=case_url)


def _place(case: Any) -> Place:
    return Place(case.public_id, case.code_name, case.task_force.time_zone, case.holding_agency_id)


def _her_case(
    loaded: Loaded, sight: Sight, team: Team, lens: Lens, coming: Iterable[ConferenceRow]
) -> HerCase:
    case = loaded.cases[lens.case]
    url = f"/cases/{case.public_id}/"
    first = next((seat for seat in team.sitting(loaded.at)[0] if seat.primary), None)
    every: tuple[Side, ...] = ()
    if first and first.drafted_by_id is None:
        every = sides(team, first, case.task_force.language)
    return HerCase(
        url=url,
        code_name=case.code_name,
        meeting=next((row for row in coming if not row.off), None),
        answered=_own(loaded, sight, team, lens, Stands.ANSWERED),
        aside=_own(loaded, sight, team, lens, Stands.SET_ASIDE),
        ask_first=first
        and AskFirst(
            name=first.name,
            role=first.role,
            card_url=f"{url}roles/#seat-{first.public_id}",
            every=tuple(side for side in every if not side.older),
        ),
        for_her=_for_her(open_rows(sight, loaded.actions[lens.case]), team, lens, loaded.at),
    )


def _for_her(rows: OpenedRows, team: Team, lens: Lens, at: datetime) -> tuple[PlainRow, ...]:
    """What others do for her, soonest first. What she offered to do herself stands by itself."""
    today = today_of(rows, at)
    others = (row for row in not_ended(rows, lens, team.seats) if row.owner_id != lens.seat)
    return tuple(by_due_date(plain_row(row, team, lens, today) for row in others))


def _asking(row: Any, team: Team, case: str, *, nobody: bool = False) -> Asking:
    about = team.seats.get(row.about_id)
    aside = stands(row) is Stands.SET_ASIDE
    return Asking(
        row.public_id,
        case,
        row.text,
        row.text in in_one_press(),
        team.who(row.about_id),
        row.line_text or "",
        ask_url(case, about.public_id if about else row.line_public_id or ""),
        nobody,
        row.set_aside_note if aside else "",
        team.who(row.set_aside_by_id) if aside else Who(),
    )


def _own(loaded: Loaded, sight: Sight, team: Team, lens: Lens, state: Stands) -> tuple[Asking, ...]:
    """What somebody asked themselves and stands so, as they read it."""
    case = loaded.cases[lens.case].public_id
    rows = (as_read(row, lens) for row in open_rows(sight, loaded.questions[lens.case]))
    return tuple(
        _asking(row, team, case) for row in rows if row.row.author == lens.seat and stands(row) is state
    )


def _asked(loaded: Loaded, sight: Sight, teams: Mapping[int, Team]) -> AskedPanel:
    waiting: list[Asking] = []
    answered: list[Asking] = []
    aside: list[Asking] = []
    for number, lens in sorted(sight.items()):
        team, case = teams[number], loaded.cases[number].public_id
        if lens.role is not Role.SURVIVOR:
            answered += _own(loaded, sight, team, lens, Stands.ANSWERED)
            aside += _own(loaded, sight, team, lens, Stands.SET_ASIDE)
        carrying = carries(lens.role, at_holding_agency=lens.holding)
        rows = open_rows(sight, loaded.questions[number])
        nobody = wait_for_nobody(rows, team, lens, loaded.at, loaded.seated[number]) if carrying else ()
        waiting += [
            _asking(row, team, case, nobody=row.mark_id in nobody)
            for row in rows
            if (carrying or waits_for(row, lens))
            and row.row.author != lens.seat
            and stands(as_read(row, lens)) is Stands.WAITING
        ]
    waiting.sort(key=lambda asking: not asking.nobody)
    return AskedPanel(tuple(waiting[:MOST]), len(waiting) > MOST, tuple(answered), tuple(aside))


def _new(loaded: Loaded, sight: Sight, team: Team, lens: Lens, its: OpenedRows) -> list[NewRow]:
    case = loaded.cases[lens.case]
    return new_rows(
        team,
        lens,
        loaded.at,
        its,
        open_rows(sight, loaded.marks[lens.case]),
        loaded.seated[lens.case],
        case=case,
    )


PAGE = Page("today", load, view)
