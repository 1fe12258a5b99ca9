"""The plan page."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_safe
def plan(request: HttpRequest, case: str) -> HttpResponse:
    """Everything about a case that this person may see."""
    served = serve("plan", person_of(request).pk, scope=case)
    if served is None:
        raise Http404
    return render(request, "agendas/plan/plan.html", {"page": served})
