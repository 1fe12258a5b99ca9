"""The plan is written: goals, what they are called in other words and languages, needs, strengths and barriers."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from agendas.goals import changes
from agendas.goals.changes import HERS_TO_SAY, NOT_TO_TRANSLATE
from agendas.goals.writing import (
    KINDS,
    AssessmentPlace,
    GoalDesk,
    GoalPlace,
    PlanDesk,
    ReadingDesk,
    assessment_place,
    goal_desk,
    goal_seen,
    plan_desk,
    reading_desk,
)
from conferences.readers.changes import Choice
from conferences.readers.views import keep
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError
from workspace.disclosure.lens import Sight, sight_of
from workspace.disclosure.refusals import SENTENCES
from workspace.errors import answer
from workspace.live.answers import press, see_other
from workspace.people.middleware import person_of, signed_in

FORM, WHOLE, READERS = (
    "agendas/goals/_form.html",
    "agendas/goals/form.html",
    "conferences/readers/_readers.html",
)
WORDS, TRANSLATION, ASSESSMENT = (
    "agendas/goals/words.html",
    "agendas/goals/translation.html",
    "agendas/goals/assessment.html",
)
Methods = require_http_methods(["GET", "HEAD", "POST"])


@signed_in
@Methods
def goals(request: HttpRequest, case: str) -> HttpResponse:
    """Write down what she wants."""
    desk = _goal_desk(request, case)

    def write(sight: Sight, choice: Choice, given: dict[str, Any]) -> None:
        changes.say_goal(
            sight,
            case=case,
            choice=choice,
            on_her_word=bool(given.get("on_her_word")),
            **{name: given[name] for name in ("words", "language", *KEPT)},
        )

    return _written(request, desk, write)


@signed_in
@require_POST
def goal_readers(request: HttpRequest, case: str) -> HttpResponse:
    """Who would read the goal as it is chosen so far."""
    return _readers(request, _goal_desk(request, case))


@signed_in
@Methods
def needs(request: HttpRequest, case: str) -> HttpResponse:
    """Write down a need."""

    def write(sight: Sight, choice: Choice, given: dict[str, Any]) -> None:
        fields = {name: given[name] for name in ("text", "uncovered_by", *KEPT)}
        changes.write_need(sight, case=case, choice=choice, **fields)

    return _written(request, _desk(request, case, "need"), write)


@signed_in
@require_POST
def need_readers(request: HttpRequest, case: str) -> HttpResponse:
    """Who would read the need as it is chosen so far."""
    return _readers(request, _desk(request, case, "need"))


@signed_in
@Methods
def strengths(request: HttpRequest, case: str) -> HttpResponse:
    """Write down something she can do, or has done."""

    def write(sight: Sight, choice: Choice, given: dict[str, Any]) -> None:
        fields = {name: given[name] for name in ("text", "achieved_on", *KEPT)}
        changes.write_strength(sight, case=case, choice=choice, **fields)

    return _written(request, _desk(request, case, "strength"), write)


@signed_in
@require_POST
def strength_readers(request: HttpRequest, case: str) -> HttpResponse:
    """Who would read it as it is chosen so far."""
    return _readers(request, _desk(request, case, "strength"))


@signed_in
@Methods
def barriers(request: HttpRequest, case: str) -> HttpResponse:
    """Write down something that is in the way."""

    def write(sight: Sight, choice: Choice, given: dict[str, Any]) -> None:
        fields = {name: given[name] for name in ("text", "goal", *KEPT)}
        changes.write_barrier(sight, case=case, choice=choice, **fields)

    return _written(request, _desk(request, case, "barrier"), write)


@signed_in
@require_POST
def barrier_readers(request: HttpRequest, case: str) -> HttpResponse:
    """Who would read it as it is chosen so far."""
    return _readers(request, _desk(request, case, "barrier"))


@signed_in
@Methods
def readings(request: HttpRequest, goal: str) -> HttpResponse:
    """Write how one understands a goal, as a professional."""
    desk = _reading_desk(request, goal)
    try:
        desk.let_write()
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)

    def write(sight: Sight, choice: Choice, given: dict[str, Any]) -> None:
        fields = {name: given[name] for name in ("text", *KEPT)}
        changes.read_into(sight, goal=goal, choice=choice, **fields)

    return _written(request, desk, write)


@signed_in
@require_POST
def reading_readers(request: HttpRequest, goal: str) -> HttpResponse:
    """Who would read it as it is chosen so far."""
    return _readers(request, _reading_desk(request, goal))


@signed_in
@Methods
def words(request: HttpRequest, goal: str) -> HttpResponse:
    """She says it in other words, or another writes them down on her word."""
    place = _seen(request, goal)
    if not place.may_word:
        return answer(request, 403, HERS_TO_SAY)
    form = place.words_form(request.POST if request.method == "POST" else None)

    def write(sight: Sight) -> None:
        given = form.cleaned_data
        changes.say_otherwise(
            sight,
            goal=goal,
            on_her_word=bool(given.get("on_her_word")),
            **{name: given[name] for name in ("words", "language", "seen", "key")},
        )

    def now() -> dict[str, Any]:
        place = _seen(request, goal)
        return {"place": place, "seen": place.words_form()["seen"].value()}

    return _changed(request, place, form, write, WORDS, now)


@signed_in
@Methods
def translation(request: HttpRequest, goal: str) -> HttpResponse:
    """Put a goal into another language, beside her words."""
    place = _seen(request, goal)
    if not place.may_translate:
        return answer(request, 403, NOT_TO_TRANSLATE)
    data = request.POST if request.method == "POST" else None
    form = place.translation_form(data, request.GET.get("language"))

    def write(sight: Sight) -> None:
        given = form.cleaned_data
        fields = {name: given[name] for name in ("words", "language", "seen", "key")}
        changes.translate(sight, goal=goal, **fields)

    def now() -> dict[str, Any]:
        place = _seen(request, goal)
        return {"place": place, "seen": place.translation_form()["seen"].value()}

    return _changed(request, place, form, write, TRANSLATION, now)


@signed_in
@require_POST
def met(request: HttpRequest, goal: str) -> HttpResponse:
    """Say that a goal is met."""
    return _becomes(request, goal, "met")


@signed_in
@require_POST
def setting_aside(request: HttpRequest, goal: str) -> HttpResponse:
    """Set a goal aside for now."""
    return _becomes(request, goal, "set_aside")


@signed_in
@require_POST
def taking_up(request: HttpRequest, goal: str) -> HttpResponse:
    """Take a goal up again."""
    return _becomes(request, goal, "taken_up")


@signed_in
@Methods
def need(request: HttpRequest, need: str) -> HttpResponse:
    """Say how a need stands now."""
    return _assessed(request, "needs", need)


@signed_in
@Methods
def barrier(request: HttpRequest, barrier: str) -> HttpResponse:
    """Say whether something is still in the way."""
    return _assessed(request, "barriers", barrier)


KEPT = ("left_out_because", "permitted", "key")


def _assessed(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    place = _assessment(request, kind, number)
    try:
        place.let_assess()
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    form = place.form(request.POST if request.method == "POST" else None)

    def write(sight: Sight) -> None:
        given = form.cleaned_data
        changes.assess(
            sight,
            KINDS[kind][1],
            number=number,
            permitted=bool(given.get("permitted")),
            **{name: given[name] for name in ("status", "because", "seen", "key")},
        )

    def now() -> dict[str, Any]:
        place = _assessment(request, kind, number)
        return {"place": place, "seen": place.form()["seen"].value()}

    return _changed(request, place, form, write, ASSESSMENT, now)


def _changed(
    request: HttpRequest,
    place: Any,
    form: Any,
    write: Callable[[Sight], None],
    template: str,
    now: Callable[[], dict[str, Any]],
) -> HttpResponse:
    """Write it, and go on to where it stands; or the form once more, with what was typed and what is wrong with it.
    `now`: the place as it stands once it was changed meanwhile, and what is then to be sent as seen."""

    def again(status: int, **more: Any) -> HttpResponse:
        return render(request, template, {"place": place, "form": form} | more, status=status)

    if not form.is_bound:
        return again(200)
    if not form.is_valid():
        return again(422)
    try:
        write(_sight(request))
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except RefusedError as policy:
        for refusal in policy.refusals:
            form.add_error("permitted", SENTENCES[refusal])
        return again(422)
    except StaleError as stale:
        stands = now()
        form.add_error(None, str(stale.sentence))
        form.renew(seen=stands["seen"])
        return again(409, place=stands["place"])
    return see_other(place.url)


def _becomes(request: HttpRequest, goal: str, what: str) -> HttpResponse:
    seen = request.POST.get("seen", "")
    return press(
        request,
        lambda sight: changes.becomes(sight, goal=goal, what=what, seen=seen),
        lambda number: f"/goals/{number}/",
    )


def _written(
    request: HttpRequest, desk: PlanDesk, write: Callable[[Sight, Choice, dict[str, Any]], None]
) -> HttpResponse:
    if request.method != "POST":
        return render(request, WHOLE, desk.context(desk.form()))
    form = desk.form(request.POST)
    return keep(
        request,
        desk,
        form,
        lambda choice: write(_sight(request), choice, form.cleaned_data),
        url=desk.url,
        template=FORM,
        whole=WHOLE,
    )


def _readers(request: HttpRequest, desk: PlanDesk) -> HttpResponse:
    return render(request, READERS, desk.context(desk.form(request.POST)))


def _sight(request: HttpRequest) -> Sight:
    return sight_of(person_of(request).pk, timezone.now())


def _desk(request: HttpRequest, case: str, kind: str) -> PlanDesk:
    desk = plan_desk(person_of(request).pk, case, kind)
    if desk is None:
        raise Http404
    return desk


def _goal_desk(request: HttpRequest, case: str) -> GoalDesk:
    desk = goal_desk(person_of(request).pk, case)
    if desk is None:
        raise Http404
    return desk


def _reading_desk(request: HttpRequest, goal: str) -> ReadingDesk:
    desk = reading_desk(person_of(request).pk, goal)
    if desk is None:
        raise Http404
    return desk


def _seen(request: HttpRequest, goal: str) -> GoalPlace:
    place = goal_seen(person_of(request).pk, goal)
    if place is None:
        raise Http404
    return place


def _assessment(request: HttpRequest, kind: str, number: str) -> AssessmentPlace:
    place = assessment_place(person_of(request).pk, kind, number)
    if place is None:
        raise Http404
    return place
