"""One's own record of a conference, on the screen and on paper."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_safe
def record(request: HttpRequest, conference: str) -> HttpResponse:
    """The record; for the survivor, who was asked whether paper is safe and said so, what she can print."""
    person = person_of(request).pk
    if request.GET.get("paper") == "yes":
        paper = serve("paper", person, scope=conference)
        if paper is not None and paper.values["paper"].day is not None:
            return render(request, "agendas/minutes/paper.html", {"page": paper})
    served = serve("record", person, scope=conference)
    if served is None:
        raise Http404
    return render(request, "agendas/minutes/record.html", {"page": served, "panel": served.values["record"]})
