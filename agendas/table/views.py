"""The table view."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workspace.errors import answer
from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_safe
def table(request: HttpRequest, conference: str) -> HttpResponse:
    """What everybody who is here may see, for whoever leads or writes down."""
    served = serve("table", person_of(request).pk, scope=conference)
    if served is None:
        raise Http404
    if not served.values["table"].yours:
        return answer(request, 403, _("Only whoever leads this conference, or writes it down, can do that."))
    return render(request, "agendas/table/table.html", {"page": served, "url": f"/conferences/{conference}/"})
