"""The page of one goal."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_safe
def goal(request: HttpRequest, goal: str) -> HttpResponse:
    """Everything about a goal that this person may see."""
    served = serve("goal", person_of(request).pk, scope=goal)
    if served is None:
        raise Http404
    return render(request, "agendas/progress/goal.html", {"page": served})
