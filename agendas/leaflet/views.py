"""Who is who, and her plan, each on one page of paper."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_safe
def leaflet(request: HttpRequest, case: str) -> HttpResponse:
    """Whether paper is safe; and what is printed, when somebody said so."""
    served = serve("leaflet", person_of(request).pk, scope=case)
    if served is None or not served.values["leaflet"].language:
        raise Http404
    if request.GET.get("paper") == "yes":
        return render(request, "agendas/leaflet/leaflet.html", {"page": served})
    return render(request, "agendas/leaflet/question.html", {"panel": served.values["leaflet"]})


@signed_in
@require_safe
def plan(request: HttpRequest, case: str) -> HttpResponse:
    """The same of her plan."""
    served = serve("plan_paper", person_of(request).pk, scope=case)
    if served is None or not served.values["plan_paper"].language:
        raise Http404
    if request.GET.get("paper") == "yes":
        return render(request, "agendas/leaflet/plan.html", {"page": served})
    return render(request, "agendas/leaflet/plan_question.html", {"panel": served.values["plan_paper"]})
