"""Saying that one went through a plan, and how often that is asked for: what whoever says it is offered."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from agendas.goals.changes import lens_of
from agendas.planreview.changes import asked_for, plan_seen
from agendas.planreview.forms import AskForm, ReviewForm, how_often
from conferences.readers.writing import Desk
from conferences.usual.changes import door
from workspace.disclosure.labels import AUDIENCES
from workspace.disclosure.lens import open_rows, sight_of
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import may_review_plan, plan_review_refusals
from workspace.live.panels import one_moment


@dataclass
class ReviewDesk(Desk):
    """A clinical supervisor who went through a plan. `person`: who they are; `url`: where it stands; `asked`: whether
    the task force asks for that; `seen`: the edition that they read."""

    person: int
    url: str
    asked: bool
    seen: str

    def form(self, data: QueryDict | None = None) -> ReviewForm:
        """An empty form, or the form with what was sent."""
        return ReviewForm(data, **self.offers())

    def offers(self) -> dict[str, Any]:
        """What the form offers: readers among whom are all who carry the case."""
        found = super().offers()
        enough = {each.key for each in AUDIENCES if not any(plan_review_refusals(self.lens, each.roles))}
        found["audiences"] = [each for each in found["audiences"] if each[0] in enough]
        return found

    def afresh(self) -> "ReviewDesk":
        """With the plan as it stands now, which they are asked to read again."""
        with one_moment() as at:
            return replace(self, seen=plan_seen(sight_of(self.person, at), self.lens.case).edition)


def review_desk(person: int, case: str, seen: str) -> ReviewDesk | None:
    """The desk of a clinical supervisor of this case, who read this edition of its plan; None for everybody else."""
    with one_moment() as at:
        sight = sight_of(person, at)
        try:
            lens = lens_of(sight, case)
        except LookupError:
            return None
        if not may_review_plan(lens):
            return None
        return ReviewDesk(
            lens,
            open_rows(sight, Seat.objects.sealed(case=lens.case)),
            None,
            f"/cases/{case}/plan/reviews/",
            has_to_permit=False,
            person=person,
            url=f"/cases/{case}/",
            asked=asked_for(lens.case),
            seen=seen,
        )


@dataclass
class AskDesk:
    """Somebody about to say how often plans are gone through. `every`: how often that is asked for now."""

    every: int

    @property
    def stands(self) -> str:
        """The same in words."""
        return how_often(self.every)

    def form(self, data: QueryDict | None = None) -> AskForm:
        """The form as it stands, or with what was sent."""
        return AskForm(data, initial={"every": self.every, "seen": str(self.every)})


def ask_desk(person: int) -> AskDesk | None:
    """The desk of somebody who may say so for their task force; None for everybody else."""
    try:
        task_force, _lens = door(sight_of(person, timezone.now()))
    except LookupError:
        return None
    return AskDesk(task_force.reviews_plans)
