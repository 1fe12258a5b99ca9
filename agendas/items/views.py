"""Presses of the facilitator about one item."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from agendas.items import changes
from workspace.live.answers import press
from workspace.people.middleware import signed_in


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


def _press(request: HttpRequest, verb: Callable[..., str], **what: str) -> HttpResponse:
    return press(request, lambda sight: verb(sight, **what), lambda conference: f"/conferences/{conference}/")
