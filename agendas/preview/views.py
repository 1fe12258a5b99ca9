"""Looking at a conference as somebody else sees it."""

import re
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from agendas.preview import changes
from agendas.preview.panels import invited, preview
from workspace.disclosure.changes import NotAllowedError
from workspace.disclosure.lens import Sight, sight_of
from workspace.errors import answer
from workspace.live.panels import Written
from workspace.people.middleware import person_of, signed_in

HEAD, SIDE = ("meeting", "parts"), ("agenda", "you", "here")
LINK = re.compile(r'(<a\b[^>]*?) href="[^"]*"')


@signed_in
@require_safe
def previews(request: HttpRequest, conference: str) -> HttpResponse:
    """Whose view can be looked at."""

    def shown(sight: Sight) -> HttpResponse:
        changes.may_look(sight, conference=conference)
        people = invited(person_of(request).pk, conference)
        if people is None:
            raise LookupError
        context = {"people": people, "url": f"/conferences/{conference}/"}
        return render(request, "agendas/preview/previews.html", context)

    return _led(request, shown)


# Written at GET: what is recorded is the reading itself, so each one is, also a page that is loaded again or gone back
# to. It changes nothing that anybody is shown, so asking twice does no more than asking once. A press that led to a
# page which reads without a record would leave an address for reading unseen.
@signed_in
@require_safe
def seat(request: HttpRequest, conference: str, seat: str) -> HttpResponse:
    """The conference as this seat sees it, as far as whoever leads sees it too."""

    def shown(sight: Sight) -> HttpResponse:
        changes.look_through(sight, conference=conference, seat=seat)
        found = preview(person_of(request).pk, conference, seat)
        if found is None:
            raise LookupError
        context = {
            "person": found.person,
            "head": [_still(found.panels[name]) for name in HEAD if name in found.panels],
            "side": [_still(found.panels[name]) for name in SIDE if name in found.panels],
            "middle": [_still(panel) for name, panel in found.panels.items() if name not in (*HEAD, *SIDE)],
            "url": f"/conferences/{conference}/",
        }
        return render(request, "agendas/preview/preview.html", context)

    return _led(request, shown)


def _still(panel: Written) -> SafeString:
    """The panel, with links that lead nowhere: they would lead to what the reader sees, and not who is looked at."""
    return SafeString(LINK.sub(r"\1", panel.html))


def _led(request: HttpRequest, show: Callable[[Sight], HttpResponse]) -> HttpResponse:
    try:
        return show(sight_of(person_of(request).pk, timezone.now()))
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
