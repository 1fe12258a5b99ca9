"""The room."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agendas.actions.forms import LineForm
from agendas.items.panels import conference_of
from agendas.notes.writing import desk
from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_safe
def room(request: HttpRequest, conference: str) -> HttpResponse:
    """The room, following the current item."""
    return _room(request, conference, "")


@signed_in
@require_safe
def item(request: HttpRequest, item: str) -> HttpResponse:
    """The room, looking at one item."""
    conference = conference_of(person_of(request).pk, item)
    if conference is None:
        raise Http404
    return _room(request, conference, item)


def _room(request: HttpRequest, conference: str, look: str) -> HttpResponse:
    person = person_of(request).pk
    served = serve("room", person, scope=conference, look=look)
    if served is None:
        raise Http404
    head, listens = served.values["item"].head, served.values["you"].observes
    place = desk(person, head.id) if head and not served.values["meeting"].off else None
    form = place.form() if place and not listens else None
    context: dict[str, Any] = {
        "page": served,
        "desk": place,
        "form": form,
        "handed_over": "handed-over" in request.GET,
    }
    if form and place and not place.closed:
        context |= {
            "line": LineForm(),
            "line_desk": {"item": place.item, "line_url": f"{place.url}actions/line/"},
        }
    return render(request, "agendas/room/room.html", context)
