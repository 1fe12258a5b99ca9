"""One's own record of a conference, on the screen and on paper."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in

PAPER = "agendas/minutes/paper.html"


@signed_in
@require_safe
def record(request: HttpRequest, conference: str) -> HttpResponse:
    """The record; for the survivor, who was asked whether paper is safe and said so, what she can print."""
    served = serve("record", person_of(request).pk, scope=conference)
    if served is None:
        raise Http404
    panel = served.values["record"]
    if panel.paper is not None and request.GET.get("paper") == "yes":
        return render(request, PAPER, {"it": panel, "paper": panel.paper})
    return render(request, "agendas/minutes/record.html", {"page": served, "panel": panel})
