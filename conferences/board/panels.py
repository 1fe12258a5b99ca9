"""The role-clarification board of a case: who is who, who does what, and what is not clear, as one viewer sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from conferences.cards.models import TRANSLATIONS
from conferences.cards.panels import cards
from conferences.due.panels import due
from conferences.meetings.models import Conference, Status
from conferences.newcomers.panels import new_rows, newcomers
from conferences.pictures.models import PICTURE
from conferences.questions.models import RoleQuestion
from conferences.questions.panels import asks, questions
from conferences.responsibilities.models import Responsibility
from conferences.responsibilities.panels import lines
from conferences.review.models import HISTORY, Clear
from conferences.roles.panels import Team
from conferences.usual.panels import USUAL, usual_of
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Lens, Role, may_print_for_her, may_schedule
from workspace.disclosure.sealed import Groups
from workspace.live.panels import Asked, Page, Shown, Viewer, value


@value
class BoardPanel:
    """The head of the page. `hers`: the survivor reads it. `open`: how many questions are, of those the viewer sees.
    `paper_url`: where it is printed for her, by those who may. `usual`: the viewer may say what each role usually
    does."""

    id: ClassVar[str] = "board"
    template: ClassVar[str] = "conferences/board/_board.html"
    case_url: str
    hers: bool
    open: int
    paper_url: str = ""
    usual: bool = False


@dataclass(frozen=True)
class Loaded:
    """Cases by public id, the rest by case."""

    at: datetime
    cases: Mapping[str, Any]
    seats: Groups
    lines: Groups
    questions: Groups
    meetings: Groups
    marks: Groups
    seated: Mapping[int, Mapping[int, Lens]]


def load(asked: Asked) -> Loaded:
    """Who and what is on these boards, in a fixed number of queries whatever their size."""
    every = Case.objects.select_related("task_force").annotate(usual=USUAL)
    found = {case.public_id: case for case in every.filter(public_id__in=asked.scopes)}
    numbers = [case.pk for case in found.values()]
    return Loaded(
        at=asked.at,
        cases=found,
        seats=asked.rows(Seat, "case_id", (*TRANSLATIONS, *PICTURE, *HISTORY), case__in=numbers),
        lines=asked.rows(Responsibility, "mark__case_id", mark__case__in=numbers),
        questions=asked.rows(RoleQuestion, "mark__case_id", mark__case__in=numbers),
        meetings=asked.rows(Conference, "mark__case_id", mark__case__in=numbers),
        marks=asked.rows(Clear, "mark__case_id", mark__case__in=numbers),
        seated=asked.seated,
    )


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """The board as one viewer sees it."""
    sight = viewer.sight
    case = loaded.cases.get(viewer.scope)
    if case is None or case.pk not in sight:
        return None
    lens = sight[case.pk]
    team = Team.of(open_rows(sight, loaded.seats[case.pk]))
    paper_url = f"/cases/{case.public_id}/roles/paper/" if may_print_for_her(lens) else ""
    asked = open_rows(sight, loaded.questions[case.pk])
    asking = asks(asked, lens)
    meetings = open_rows(sight, loaded.meetings[case.pk])
    rows = open_rows(sight, loaded.lines[case.pk])
    marks = open_rows(sight, loaded.marks[case.pk])
    leads = any(row.facilitator_id == lens.seat and row.state != Status.CLOSED for row in meetings)
    shown = questions(
        asked, team, lens, loaded.at, loaded.seated[case.pk], case.public_id, meetings, whole=True
    )
    return Shown(
        (
            BoardPanel(
                f"/cases/{case.public_id}/",
                lens.role is Role.SURVIVOR,
                len(shown.waiting) + len(shown.answered),
                paper_url,
                may_schedule(lens),
            ),
            newcomers(new_rows(team, lens, loaded.at, meetings, marks, loaded.seated[case.pk], case=case)),
            due(team, lens, loaded.at, meetings, marks, case=case.public_id),
            shown,
            cards(
                team,
                lens,
                loaded.at,
                usual_of(case.usual),
                case.task_force.language,
                asking,
                leads=leads,
            ),
            *lines(
                rows,
                team,
                lens,
                loaded.at,
                loaded.seated[case.pk],
                asking,
                f"/cases/{case.public_id}/responsibilities/",
            ),
        ),
        case=case.pk,
    )


PAGE = Page("board", load, view)
