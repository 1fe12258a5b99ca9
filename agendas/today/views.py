"""Today."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workspace.live.panels import serve
from workspace.people.middleware import reader


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """What is on for this person; before signing in, how to come in."""
    person = reader(request)
    if person is None:
        return render(request, "workspace/people/signed_out.html")
    return render(request, "agendas/today/today.html", {"page": serve("today", person.pk), "person": person})
