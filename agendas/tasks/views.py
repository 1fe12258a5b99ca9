"""My tasks."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agendas.tasks.panels import looked_for
from workspace.addresses import public_id_of
from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """What waits for this person, what they do, and what they asked of others; what they narrowed it to stands in the
    address, and what nobody knows there is left aside."""
    asked = request.GET
    look = looked_for(asked.get("part", ""), asked.get("until", ""), asked.get("page", ""))
    case = public_id_of(asked.get("case", ""))
    served = serve("mine", person_of(request).pk, scope=case, look=look.word)
    return render(request, "agendas/tasks/tasks.html", {"page": served})
