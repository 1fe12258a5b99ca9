"""Calling a conference off."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from agendas.cancelling import changes
from agendas.cancelling.forms import CancellingForm
from agendas.cancelling.writing import cancelling_desk
from workspace.disclosure.changes import NotAllowedError, StaleError
from workspace.disclosure.lens import sight_of
from workspace.errors import answer
from workspace.live.answers import see_other
from workspace.people.middleware import person_of, signed_in

WHOLE = "agendas/cancelling/cancelling.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def cancellation(request: HttpRequest, conference: str) -> HttpResponse:
    """Call the conference off, once it was read who will be told and what becomes of it."""
    person, sent = person_of(request).pk, request.method == "POST"
    desk = cancelling_desk(person, conference)
    if desk is None:
        raise Http404
    form = CancellingForm(request.POST if sent else None)
    context = {"desk": desk, "form": form}
    try:
        if not sent:
            desk.let_cancel()
            return render(request, WHOLE, context)
        if not form.is_valid():
            return render(request, WHOLE, context, status=422)
        changes.cancel(sight_of(person, timezone.now()), conference=conference, **form.cleaned_data)
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except StaleError as stale:
        if not sent:
            return answer(request, 409, stale.sentence)
        form.add_error(None, str(stale.sentence))
        form.renew()
        # As it stands now.
        context["desk"] = cancelling_desk(person, conference) or desk
        return render(request, WHOLE, context, status=409)
    return see_other(desk.url)
