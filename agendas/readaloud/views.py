"""Reading the plan aloud, goal by goal, and what she says of each."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agendas.readaloud import changes
from agendas.readaloud.writing import WordsDesk, words_desk
from workspace.addresses import public_id_of
from workspace.disclosure.changes import NotAllowedError, StaleError
from workspace.disclosure.lens import sight_of
from workspace.errors import answer
from workspace.live.answers import press, see_other
from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in

WORDS = "agendas/readaloud/words.html"


@signed_in
@require_safe
def readaloud(request: HttpRequest, conference: str) -> HttpResponse:
    """The plan as it is read aloud in a conference."""
    served = serve("readaloud", person_of(request).pk, scope=conference)
    if served is None:
        raise Http404
    return render(request, "agendas/readaloud/readaloud.html", {"page": served})


@signed_in
@require_POST
def confirmation(request: HttpRequest, goal: str) -> HttpResponse:
    """Yes, still right."""
    return _pressed(request, goal, changes.confirm)


@signed_in
@require_POST
def not_now(request: HttpRequest, goal: str) -> HttpResponse:
    """Not now."""
    return _pressed(request, goal, changes.say_not_now)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def other_words(request: HttpRequest, goal: str) -> HttpResponse:
    """I would say it differently."""
    desk = _desk(request, goal)
    form = desk.form(request.POST if request.method == "POST" else None)
    try:
        if request.method != "POST":
            desk.it.let_say()
            return render(request, WORDS, {"desk": desk, "form": form})
        if not form.is_valid():
            # Whoever may not write here is told so, whatever they wrote.
            desk.it.let_say()
            return render(request, WORDS, {"desk": desk, "form": form}, status=422)
        given = form.cleaned_data
        changes.say_differently(
            sight_of(person_of(request).pk, timezone.now()),
            goal=goal,
            conference=_conference(request),
            words=given["words"],
            language=given["language"],
            seen=given["seen"],
            key=given["key"],
        )
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except StaleError as stale:
        if request.method != "POST":
            return answer(request, 409, stale.sentence)
        desk = _desk(request, goal)
        # Without its errors the form asks once more, with what was typed.
        form.is_valid()
        form.add_error(None, str(stale.sentence))
        form.renew(seen=desk.it.edition)
        return render(request, WORDS, {"desk": desk, "form": form, "stale": True}, status=409)
    return see_other(desk.url)


def _pressed(request: HttpRequest, goal: str, say: Callable[..., Any]) -> HttpResponse:
    conference, seen = _conference(request), request.POST.get("seen", "")
    return press(
        request,
        lambda sight: say(sight, goal=goal, conference=conference, seen=seen),
        lambda _done: f"/conferences/{conference}/plan/#goal-{goal}",
    )


def _conference(request: HttpRequest) -> str:
    """The conference in which it is said, or nothing."""
    return public_id_of(request.GET.get("conference", ""))


def _desk(request: HttpRequest, goal: str) -> WordsDesk:
    desk = words_desk(person_of(request).pk, goal, _conference(request))
    if desk is None:
        raise Http404
    return desk
