"""The role-clarification board."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_safe
def board(request: HttpRequest, case: str) -> HttpResponse:
    """Who is who in a case, and who does what."""
    served = serve("board", person_of(request).pk, scope=case)
    if served is None:
        raise Http404
    return render(request, "conferences/board/board.html", {"page": served})
