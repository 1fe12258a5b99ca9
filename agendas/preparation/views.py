"""The preparation of a conference."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_safe
def preparation(request: HttpRequest, conference: str) -> HttpResponse:
    """What this person has written for a conference so far, and what is open before it."""
    served = serve("preparation", person_of(request).pk, scope=conference)
    if served is None:
        raise Http404
    return render(request, "agendas/preparation/preparation.html", {"page": served})
