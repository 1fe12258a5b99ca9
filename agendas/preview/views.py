"""Looking at a conference as somebody else sees it."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agendas.preview import changes
from workspace.disclosure.changes import NotAllowedError
from workspace.disclosure.lens import Sight, sight_of
from workspace.errors import answer
from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_safe
def previews(request: HttpRequest, conference: str) -> HttpResponse:
    """Whose view can be looked at."""

    def shown(sight: Sight) -> HttpResponse:
        changes.may_look(sight, conference=conference)
        return _page(request, conference, "", "agendas/preview/previews.html")

    return _led(request, shown)


# Written at GET: what is recorded is the reading itself, so each one is, also a page that is loaded again or gone back
# to; that it follows the meeting meanwhile is the same reading. It changes nothing that anybody is shown, so asking
# twice does no more than asking once. A press that led to a page which reads without a record would leave an address
# for reading unseen.
@signed_in
@require_safe
def seat(request: HttpRequest, conference: str, seat: str) -> HttpResponse:
    """The conference as this seat sees it, as far as whoever leads sees it too."""

    def shown(sight: Sight) -> HttpResponse:
        changes.look_through(sight, conference=conference, seat=seat)
        return _page(request, conference, seat, "agendas/preview/preview.html")

    return _led(request, shown)


def _page(request: HttpRequest, conference: str, seat: str, template: str) -> HttpResponse:
    served = serve("preview", person_of(request).pk, scope=conference, look=seat)
    if served is None:
        raise LookupError
    return render(request, template, {"page": served, "url": f"/conferences/{conference}/"})


def _led(request: HttpRequest, show: Callable[[Sight], HttpResponse]) -> HttpResponse:
    try:
        return show(sight_of(person_of(request).pk, timezone.now()))
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
