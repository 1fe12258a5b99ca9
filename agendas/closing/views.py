"""Closing a conference: the page for it, and the end at once."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from agendas.closing import changes
from agendas.closing.forms import ClosingForm
from conferences.meetings.changes import CANCELLED, CLOSED, NOT_BEGUN, NOT_THE_FACILITATOR
from workspace.disclosure.changes import NotAllowedError, StaleError
from workspace.disclosure.lens import sight_of
from workspace.errors import answer
from workspace.live.answers import form_again, press, sent_on
from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in

FORM, WHOLE = "agendas/closing/_form.html", "agendas/closing/closing.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def closing(request: HttpRequest, conference: str) -> HttpResponse:
    """Close the conference, once it was said what it came to."""
    person = person_of(request).pk
    served = serve("closing", person, scope=conference)
    if served is None:
        raise Http404
    panel = served.values["closing"]
    if not panel.leads:
        return answer(request, 403, NOT_THE_FACILITATOR)
    sent = request.method == "POST"
    if not panel.ready and not sent:
        return answer(request, 409, CANCELLED if panel.cancelled else CLOSED if panel.closed else NOT_BEGUN)
    data = request.POST if sent else None
    form = ClosingForm(data, missing=panel.missing, now_listed=panel.listed, ready=panel.ready)
    context = {"page": served, "form": form, "panel": panel}
    if not sent:
        return render(request, WHOLE, context)
    if not form.is_valid():
        return form_again(request, FORM, WHOLE, context)
    given = form.cleaned_data
    try:
        changes.close(
            sight_of(person, timezone.now()),
            conference=conference,
            roles_waived=given.get("roles_waived", ""),
            safety_waived=given.get("safety_waived", ""),
            read_out=given.get("read_out"),
        )
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except StaleError as stale:
        form.add_error(None, str(stale.sentence))
        return form_again(request, FORM, WHOLE, context, status=409)
    return sent_on(request, panel.url)


@signed_in
@require_POST
def end(request: HttpRequest, conference: str) -> HttpResponse:
    """End the conference now."""
    return press(
        request,
        lambda sight: changes.end_now(sight, conference=conference),
        lambda _done: f"/conferences/{conference}/",
    )
