"""Presses of the facilitator about the whole conference."""

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from conferences.meetings import changes
from workspace.live.answers import press
from workspace.people.middleware import signed_in


@signed_in
@require_POST
def opening(request: HttpRequest, conference: str) -> HttpResponse:
    """Open the conference, or go on after a pause."""
    return _press(request, conference, changes.open_conference)


@signed_in
@require_POST
def pause(request: HttpRequest, conference: str) -> HttpResponse:
    """Pause the conference."""
    return _press(request, conference, changes.pause)


@signed_in
@require_POST
def facilitator(request: HttpRequest, conference: str) -> HttpResponse:
    """Hand the lead over, or take it."""
    verb = partial(changes.hand_over, to=request.POST.get("seat", ""))
    return _press(request, conference, verb)


@signed_in
@require_POST
def recorder(request: HttpRequest, conference: str) -> HttpResponse:
    """Name who writes down what others say, or take it back."""
    verb = partial(changes.name_recorder, to=request.POST.get("seat", ""))
    return _press(request, conference, verb)


def _press(request: HttpRequest, conference: str, verb: Callable[..., None]) -> HttpResponse:
    return press(
        request,
        lambda sight: verb(sight, conference=conference),
        lambda _done: f"/conferences/{conference}/",
    )
