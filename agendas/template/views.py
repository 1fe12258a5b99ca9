"""The template that conferences begin with is kept."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from agendas.template import changes
from agendas.template.forms import kept
from agendas.template.writing import template_desk
from workspace.disclosure.changes import StaleError
from workspace.disclosure.lens import sight_of
from workspace.live.answers import see_other
from workspace.people.middleware import person_of, signed_in

TEMPLATE = "agendas/template/template.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def template(request: HttpRequest) -> HttpResponse:
    """What the conferences of the task force begin with."""
    person = person_of(request).pk
    desk = template_desk(person)
    if desk is None:
        raise Http404
    if request.method != "POST":
        return render(request, TEMPLATE, desk.forms() | {"kept": "kept" in request.GET})
    given = desk.forms(request.POST)
    form, items, parts = given["form"], given["items"], given["parts"]
    if not all([form.is_valid(), items.is_valid(), parts.is_valid()]):
        return render(request, TEMPLATE, given, status=422)
    try:
        changes.keep_template(
            sight_of(person, timezone.now()), items=kept(items), parts=kept(parts), **form.cleaned_data
        )
    except StaleError as stale:
        now = template_desk(person)
        form.add_error(None, str(stale.sentence))
        form.renew(seen=now.template.edition if now else "")
        return render(request, TEMPLATE, given | {"now": now}, status=409)
    except LookupError:
        raise Http404 from None
    return see_other("/meetings/template/?kept")
