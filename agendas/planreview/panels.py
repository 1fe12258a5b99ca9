"""When a plan was gone through by a supervisor, and when it is to be gone through again, in one viewer's eyes."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from agendas.actions.models import ENDED, ActionStatus, is_told_calmly
from agendas.goals.models import ASKED_OF_IT
from agendas.goals.panels import asked_of_it, entries_of
from agendas.history.models import What
from agendas.planreview.models import PlanReview, PlanSeen
from agendas.reminders.models import local_day
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.lens import shows
from workspace.disclosure.policy import (
    Lens,
    Row,
    is_told_plainly,
    is_told_to_have_ended,
    is_told_when_reviews_are_due,
    may_review_plan,
)
from workspace.disclosure.sealed import TiedRows
from workspace.live.panels import Lines, value

# Words about a goal that change nothing in it.
NO_CHANGE = (What.CONFIRMED, What.NOT_NOW)
# Reviews of its plan, read along with a case.
REVIEWS = TiedRows(
    PlanReview,
    "mark__case",
    *("mark_id", "mark__public_id", "text", "reviewed_at", "mark__created_at", "mark__left_out_because"),
    *ASKED_OF_IT,
    mark__removed_at=None,
).of("pk")


class Reviewed(NamedTuple):
    """A review that was read along with its case; the rule has not been asked yet."""

    mark_id: int
    public_id: str
    text: str
    reviewed_at: datetime
    created_at: datetime
    left_out_because: str
    row: Row


def reviews_of(case: int, text: str | None, lens: Lens) -> tuple[Reviewed, ...]:
    """The reviews of this case's plan, as `REVIEWS` reads them, as far as this lens sees them, the last one last."""
    return tuple(each for each in _reviews(case, text) if shows(lens, each.row))


@lru_cache(maxsize=1024)
def _reviews(case: int, text: str | None) -> tuple[Reviewed, ...]:
    found = [
        Reviewed(
            *(number, public, said, _instant(reviewed), _instant(came), because),
            asked_of_it(case, None, tuple(asked)),
        )
        for number, public, said, reviewed, came, because, *asked in TiedRows.read(text)
    ]
    return tuple(sorted(found, key=lambda each: (each.reviewed_at, each.mark_id)))


def _instant(text: str) -> datetime:
    found = TiedRows.instant_of(text)
    assert found is not None
    return found


def next_by(case: Any, reviews: tuple[Reviewed, ...]) -> date | None:
    """The day by which the plan of a case is to be gone through, for somebody who sees these reviews of it; none where
    the task force does not ask for that."""
    every = case.task_force.reviews_plans
    if not every:
        return None
    last = local_day(reviews[-1].reviewed_at, case.task_force.time_zone) if reviews else case.opened
    found: date = last + timedelta(days=every)
    return found


@value
class ReviewRow:
    """That somebody went through the plan, and what they say about it. `hers`: in plain words; `changed`: something
    that the viewer sees in it came after, which `changes_url` tells more of."""

    template: ClassVar[str] = "agendas/planreview/_review.html"
    id: str
    by: Who
    at: datetime
    text: str
    readers: Readers
    hers: bool
    changed: bool
    changes_url: str


@value
class PlanReviewPanel:
    """When a supervisor last went through the plan, and before that. `by`: the day for the next time, for those who are
    told; `due`: it has come. `review_url`: where whoever may do so says that they went through it."""

    id: ClassVar[str] = "planreview"
    template: ClassVar[str] = "agendas/planreview/_planreview.html"
    last: Lines
    before: Lines
    hers: bool
    by: date | None
    due: bool
    review_url: str

    @property
    def any(self) -> bool:
        """Whether there is anything for this viewer."""
        return bool(self.last) or self.by is not None


def plan_review(
    plan: PlanSeen, reviews: tuple[Reviewed, ...], team: Team, lens: Lens, case: Any, at: datetime
) -> tuple[PlanReviewPanel, datetime | None]:
    """The panel, and when time alone changes it. `reviews`: those of `plan`."""
    by = next_by(case, reviews) if is_told_when_reviews_are_due(lens) else None
    url = f"/cases/{case.public_id}/plan/"
    asks = by is not None and may_review_plan(lens)
    rows = [
        ReviewRow(
            review.public_id,
            team.author(review),
            review.reviewed_at,
            review.text,
            team.readers(review),
            is_told_plainly(lens),
            review is reviews[-1] and any(each > review.created_at for each in _changes(plan, lens)),
            f"{url}versions/",
        )
        for review in reversed(reviews)
    ]
    turn = datetime.combine(by, time(), ZoneInfo(case.task_force.time_zone)) if by else None
    due = turn is not None and turn <= at
    panel = PlanReviewPanel(
        Lines(rows[:1]),
        Lines(rows[1:]),
        is_told_plainly(lens),
        by,
        due,
        f"{url}reviews/?seen={plan.edition}" if asks else "",
    )
    return panel, None if due else turn


def _changes(plan: PlanSeen, lens: Lens) -> Iterator[datetime]:
    """The instants at which something in the plan came to be, or became something else, as far as it is told."""
    rows = (*plan.goals, *plan.needs, *plan.strengths, *plan.barriers, *plan.tasks)
    found: list[datetime | None] = [row.created_at for row in rows]
    found += [goal.worded_at for goal in plan.goals]
    found += [
        TiedRows.instant_of(at)
        for goal in plan.goals
        for _number, _by, at, *_words in TiedRows.read(goal.translations)
    ]
    found += [
        entry.created_at
        for row in (*plan.goals, *plan.needs, *plan.barriers)
        for entry in entries_of(row, lens)
        if entry.what not in NO_CHANGE
    ]
    found += [task.ended_at for task in plan.tasks if _is_told_to_have_ended(task, plan)]
    yield from filter(None, found)


def _is_told_to_have_ended(task: Any, plan: PlanSeen) -> bool:
    calmly = is_told_calmly(task, plan.seats)
    return task.status in ENDED and is_told_to_have_ended(
        calmly=calmly, done=task.status == ActionStatus.DONE
    )


@value
class PlanDue:
    """A plan that is to be gone through, since this day."""

    url: str
    code_name: str
    since: date


@value
class PlansDuePanel:
    """The plans that wait for the viewer, a clinical supervisor, to go through them, longest first."""

    id: ClassVar[str] = "plans_due"
    template: ClassVar[str] = "agendas/planreview/_plans_due.html"
    rows: tuple[PlanDue, ...]


def plans_due(cases: Iterable[tuple[Any, str | None, Lens]], at: datetime) -> PlansDuePanel:
    """The panel, of these cases, each with its reviews as `REVIEWS` reads them and the viewer's lens."""
    rows = [
        PlanDue(f"/cases/{case.public_id}/#planreview", case.code_name, by)
        for case, reviews, lens in cases
        if may_review_plan(lens)
        and (by := next_by(case, reviews_of(case.pk, reviews, lens)))
        and by <= local_day(at, case.task_force.time_zone)
    ]
    return PlansDuePanel(tuple(sorted(rows, key=lambda row: (row.since, row.code_name))))
