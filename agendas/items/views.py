"""Presses of the facilitator."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from agendas.items import changes
from agendas.items.panels import conference_of
from workspace.disclosure.changes import StaleError
from workspace.disclosure.lens import Sight, sight_of
from workspace.errors import answer
from workspace.live.answers import pressed
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_POST
def current(request: HttpRequest, item: str) -> HttpResponse:
    """Make the item current."""
    return _press(request, item, changes.make_current)


@signed_in
@require_POST
def done(request: HttpRequest, item: str) -> HttpResponse:
    """Mark the item done."""
    return _press(request, item, changes.mark_done)


def _press(request: HttpRequest, item: str, verb: Callable[..., None]) -> HttpResponse:
    person = person_of(request).pk
    sight: Sight = sight_of(person, timezone.now())
    try:
        verb(sight, item=item)
    except LookupError:
        raise Http404 from None
    except changes.NotAllowedError:
        return answer(request, 403, _("Only the facilitator of this conference can do that."))
    except StaleError as stale:
        return answer(request, 409, stale.sentence)
    return pressed(request, lambda: f"/conferences/{conference_of(person, item)}/")
