"""Proposing an item, changing its words, and presses of the facilitator about one."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from agendas.items import changes
from agendas.items.changes import Wording
from agendas.items.forms import RefusalForm, WordingForm
from agendas.items.writing import ItemDesk, ItemOnAgenda, NamingPlace, item_desk, item_naming, item_seen
from conferences.meetings.changes import NOT_THE_FACILITATOR, over
from conferences.readers.changes import Choice
from conferences.readers.views import keep
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError
from workspace.disclosure.lens import Sight, sight_of
from workspace.disclosure.refusals import SENTENCES
from workspace.errors import answer
from workspace.live.answers import press, pressed, see_other
from workspace.people.middleware import person_of, signed_in

FORM, WHOLE, READERS = (
    "agendas/items/_form.html",
    "agendas/items/form.html",
    "conferences/readers/_readers.html",
)
WORDING, REFUSAL = "agendas/items/wording.html", "agendas/items/refusal.html"
GOAL = "agendas/items/goal.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def items(request: HttpRequest, conference: str) -> HttpResponse:
    """Put something on the agenda, or propose it."""
    place = _desk(request, conference)
    if request.method != "POST":
        if place.closed:
            return answer(request, 409, over(place.above))
        return render(request, WHOLE, place.context(place.form()))
    form = place.form(request.POST)

    def write(choice: Choice) -> None:
        given = form.cleaned_data
        changes.add_item(
            sight_of(person_of(request).pk, timezone.now()),
            conference=conference,
            wording=Wording(given["title"], given["minutes"]),
            choice=choice,
            **{name: given[name] for name in ("kind", "presenter", "left_out_because", "permitted", "key")},
        )

    return keep(request, place, form, write, url=place.url, template=FORM, whole=WHOLE)


@signed_in
@require_POST
def item_readers(request: HttpRequest, conference: str) -> HttpResponse:
    """Who would read the item as it is chosen so far."""
    place = _desk(request, conference)
    return render(request, READERS, place.context(place.form(request.POST)))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def wording(request: HttpRequest, item: str) -> HttpResponse:
    """Its author changes its title or its minutes."""
    place = _seen(request, item)
    try:
        place.let_word()
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    if request.method != "POST":
        return (
            answer(request, 409, over(place.item))
            if place.closed
            else render(request, WORDING, _worded(place))
        )
    form = WordingForm(request.POST)
    if not form.is_valid():
        return render(request, WORDING, _worded(place, form), status=422)
    given = form.cleaned_data
    try:
        return _changed(
            request,
            lambda stale: render(request, WORDING, _worded(_seen(request, item), form, stale), status=409),
            changes.reword,
            item=item,
            wording=Wording(given["title"], given["minutes"]),
            before=Wording(given["shown_title"], given["shown_minutes"]),
            permitted=given["permitted"],
        )
    except RefusedError as policy:
        for refusal in policy.refusals:
            form.add_error("permitted", SENTENCES[refusal])
        return render(request, WORDING, _worded(place, form), status=422)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def refusal(request: HttpRequest, item: str) -> HttpResponse:
    """Say that a proposal is not for this time, with a kind word."""
    place = _seen(request, item)
    if not place.leads:
        return answer(request, 403, NOT_THE_FACILITATOR)
    if request.method != "POST":
        context = {"place": place, "form": RefusalForm()}
        return answer(request, 409, over(place.item)) if place.closed else render(request, REFUSAL, context)
    form = RefusalForm(request.POST)
    if not form.is_valid():
        return render(request, REFUSAL, {"place": place, "form": form}, status=422)
    return _changed(
        request,
        lambda stale: render(
            request, REFUSAL, {"place": place, "form": form, "stale": stale.sentence}, status=409
        ),
        changes.refuse,
        item=item,
        reply=form.cleaned_data["reply"],
    )


@signed_in
@require_POST
def continuation(request: HttpRequest, item: str) -> HttpResponse:
    """Put what an earlier conference left on the agenda of this one."""
    return _press(request, changes.continue_item, item=item, conference=request.POST.get("conference", ""))


@signed_in
@require_POST
def question(request: HttpRequest, question: str) -> HttpResponse:
    """Put a question about roles on the agenda, or propose it."""
    conference = request.POST.get("conference", "")
    return press(
        request,
        lambda sight: changes.take_question(sight, question=question, conference=conference),
        lambda case: f"/cases/{case}/roles/",
    )


@signed_in
@require_POST
def current(request: HttpRequest, item: str) -> HttpResponse:
    """Make the item current."""
    return _press(request, changes.make_current, item=item)


@signed_in
@require_POST
def done(request: HttpRequest, item: str) -> HttpResponse:
    """Mark the item done."""
    return _press(request, changes.mark_done, item=item)


@signed_in
@require_POST
def parked(request: HttpRequest, item: str) -> HttpResponse:
    """Keep the item for another time."""
    return _press(request, changes.park, item=item)


@signed_in
@require_POST
def planned(request: HttpRequest, item: str) -> HttpResponse:
    """Take the item up again."""
    return _press(request, changes.take_up_again, item=item)


@signed_in
@require_POST
def place(request: HttpRequest, item: str) -> HttpResponse:
    """Move the item before another one, or to the end."""
    return _press(request, changes.move, item=item, before=request.POST.get("before", ""))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def goal(request: HttpRequest, item: str) -> HttpResponse:
    """Say which goal an item is about."""
    return goal_answer(
        request,
        item_naming(person_of(request).pk, item),
        lambda sight, given: changes.name_goal(sight, item=item, **given),
    )


def goal_answer(
    request: HttpRequest, place: NamingPlace | None, name: Callable[[Sight, dict[str, str]], str]
) -> HttpResponse:
    """Ask which goal something is about, or keep what was chosen, and go back to it."""
    if place is None:
        raise Http404
    form = place.form(request.POST if request.method == "POST" else None)
    try:
        place.let_name()
        if not form.is_valid():
            return render(request, GOAL, {"place": place, "form": form}, status=422 if form.is_bound else 200)
        name(sight_of(person_of(request).pk, timezone.now()), form.cleaned_data)
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except StaleError as stale:
        return answer(request, 409, stale.sentence)
    return see_other(place.url)


def _desk(request: HttpRequest, conference: str) -> ItemDesk:
    place = item_desk(person_of(request).pk, conference)
    if place is None:
        raise Http404
    return place


def _seen(request: HttpRequest, item: str) -> ItemOnAgenda:
    place = item_seen(person_of(request).pk, item)
    if place is None:
        raise Http404
    return place


def _worded(
    place: ItemOnAgenda, form: WordingForm | None = None, stale: StaleError | None = None
) -> dict[str, Any]:
    """What the page needs on which an item is worded. `now`: what it says by now, if that is why it was refused; the
    next press then replaces it knowingly."""
    stands = {"shown_title": place.wording.title, "shown_minutes": place.wording.minutes}
    if form is None:
        now = {"title": place.wording.title, "minutes": place.wording.minutes}
        return {"place": place, "form": WordingForm(initial=now | stands)}
    if stale is None:
        return {"place": place, "form": form}
    typed = {name: form.cleaned_data[name] for name in ("title", "minutes", "permitted")}
    again = WordingForm(initial=typed | stands)
    return {"place": place, "form": again, "now": place.wording, "stale": stale.sentence}


def _changed(
    request: HttpRequest,
    when_stale: Callable[[StaleError], HttpResponse],
    verb: Callable[..., str],
    **what: Any,
) -> HttpResponse:
    try:
        conference = verb(sight_of(person_of(request).pk, timezone.now()), **what)
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except StaleError as stale:
        return when_stale(stale)
    return pressed(request, lambda: f"/conferences/{conference}/")


def _press(request: HttpRequest, verb: Callable[..., str], **what: str) -> HttpResponse:
    return press(request, lambda sight: verb(sight, **what), lambda conference: f"/conferences/{conference}/")
