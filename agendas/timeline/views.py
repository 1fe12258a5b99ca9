"""The plan over time: a picture of it, and two of its versions side by side."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agendas.timeline import panels
from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_safe
def picture(request: HttpRequest, case: str) -> HttpResponse:
    """Goals and what was done for them, meeting by meeting."""
    served = serve("timeline", person_of(request).pk, scope=case)
    if served is None:
        raise Http404
    return render(request, "agendas/timeline/timeline.html", {"page": served})


@signed_in
@require_safe
def versions(request: HttpRequest, case: str) -> HttpResponse:
    """The plan then and now."""
    begin, end = request.GET.get("from", ""), request.GET.get("to", "")
    found = panels.versions(person_of(request).pk, case, begin, end)
    if found is None:
        raise Http404
    return render(request, "agendas/timeline/versions.html", {"plan": found})
