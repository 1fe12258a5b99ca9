"""Going through the board together, card by card, and what is said on the way."""

from collections.abc import Callable
from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from conferences.review import changes
from workspace.addresses import public_id_of
from workspace.live.answers import press
from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_safe
def review(request: HttpRequest, conference: str) -> HttpResponse:
    """The card that everybody in a conference looks at."""
    served = serve("review", person_of(request).pk, scope=conference)
    if served is None:
        raise Http404
    return render(request, "conferences/review/review.html", {"page": served})


@signed_in
@require_POST
def turn(request: HttpRequest, conference: str) -> HttpResponse:
    """Turn to a card."""
    return press(
        request,
        lambda sight: changes.turn_to(sight, conference=conference, seat=request.POST.get("seat", "")),
        lambda _done: f"/conferences/{conference}/roles/",
    )


@signed_in
@require_POST
def still_so(request: HttpRequest, seat: str) -> HttpResponse:
    """My card is right."""
    seen = request.POST.get("seen", "")
    return _said(request, partial(changes.say_still_so, seat=seat, seen=seen), f"#about-{seat}")


@signed_in
@require_POST
def clear(request: HttpRequest, seat: str) -> HttpResponse:
    """It is clear to me who this is."""
    return _said(request, partial(changes.say_whether_clear, seat=seat, clear=True))


@signed_in
@require_POST
def not_yet(request: HttpRequest, seat: str) -> HttpResponse:
    """It is not clear to me yet who this is."""
    return _said(request, partial(changes.say_whether_clear, seat=seat, clear=False))


@signed_in
@require_POST
def introduction(request: HttpRequest, seat: str) -> HttpResponse:
    """She has met this person."""
    return _noted(request, partial(changes.introduce, seat=seat, met=True))


@signed_in
@require_POST
def not_met(request: HttpRequest, seat: str) -> HttpResponse:
    """She has not met this person yet: it was pressed by mistake."""
    return _noted(request, partial(changes.introduce, seat=seat, met=False))


def _noted(request: HttpRequest, note: Callable[..., str]) -> HttpResponse:
    conference = _conference(request)
    back = f"/conferences/{conference}/preparation/" if conference else ""
    return press(request, note, lambda case: back or f"/cases/{case}/roles/")


def _said(request: HttpRequest, say: Callable[..., str], part: str = "") -> HttpResponse:
    conference = _conference(request)
    back = f"/conferences/{conference}/roles/" if conference else ""
    return press(
        request,
        lambda sight: say(sight, conference=conference),
        lambda case: back or f"/cases/{case}/roles/{part}",
    )


def _conference(request: HttpRequest) -> str:
    """The conference on whose page it was pressed, or nothing."""
    return public_id_of(request.GET.get("conference", ""))
