"""One's own calendar: what it says, at which address; and the address itself."""

import hashlib
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agendas.calendar import changes, panels
from agendas.calendar.forms import CalendarForm
from workspace.disclosure.changes import StaleError
from workspace.errors import answer
from workspace.live.answers import see_other
from workspace.live.forms import OnceForm
from workspace.people.middleware import person_of, signed_in

PAGE = "agendas/calendar/calendar.html"
TRIES = 3
OFF = _("Your calendar is switched off. What you chose is still here: to use it, make an address.")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """What one's own calendar says, and whether it has an address."""
    person = person_of(request).pk
    desk = panels.desk(person)
    if request.method != "POST":
        form = CalendarForm(initial=desk.chosen, hers=desk.hers)
        told = {name: name in request.GET for name in ("kept", "off")}
        return render(request, PAGE, {"desk": desk, "form": form, "renewal": OnceForm(auto_id=False), **told})
    form = CalendarForm(request.POST, hers=desk.hers)
    if not form.is_valid():
        return _again(request, desk, form, 422)
    try:
        changes.choose(person, **form.cleaned_data)
    except LookupError:
        # It was taken away in another window.
        form.add_error(None, OFF)
        return _again(request, panels.desk(person), form, 409)
    except StaleError as stale:
        form.add_error(None, str(stale.sentence))
        return _again(request, desk, form, 409)
    return see_other("/calendar/?kept")


@signed_in
@require_POST
def address(request: HttpRequest) -> HttpResponse:
    """Make the address, or another one instead, and show it this once."""
    person = person_of(request).pk
    desk = panels.desk(person)
    choosing = desk.since is None or "cover" in request.POST
    form: Any = CalendarForm(request.POST, hers=desk.hers) if choosing else OnceForm(request.POST)
    if not form.is_valid():
        shown = form if choosing else CalendarForm(initial=desk.chosen, hers=desk.hers)
        return _again(request, desk, shown, 422)
    try:
        secret = changes.make_address(person, **form.cleaned_data)
    except StaleError as stale:
        if not choosing:
            return answer(request, 409, stale.sentence)
        form.add_error(None, str(stale.sentence))
        return _again(request, desk, form, 409)
    except LookupError:
        raise Http404 from None
    desk = panels.desk(person)
    url = request.build_absolute_uri(f"/calendar/{secret}.ics")
    shown = CalendarForm(initial=desk.chosen, hers=desk.hers)
    return render(
        request, PAGE, {"desk": desk, "form": shown, "renewal": OnceForm(auto_id=False), "address": url}
    )


@signed_in
@require_POST
def revocation(request: HttpRequest) -> HttpResponse:
    """Take the address away."""
    try:
        changes.revoke(person_of(request).pk)
    except LookupError:
        raise Http404 from None
    return see_other("/calendar/?off")


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar, for a program that does not sign in: as its owner may see it at this moment."""
    for _time in range(TRIES):
        reading = panels.reading(changes.hashed(secret))
        if reading is None:
            raise Http404
        try:
            body = panels.written(reading, changes.kept_up(reading))
        except StaleError:
            continue  # the same calendar was asked for at the same moment
        return _calendar(request, body, reading.language)
    busy = answer(request, 429)
    busy["Retry-After"] = "60"
    return busy


def _calendar(request: HttpRequest, body: bytes, language: str) -> HttpResponse:
    etag = quote_etag(hashlib.sha256(body).hexdigest())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["ETag"] = etag
    response["Content-Language"] = language
    response["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return get_conditional_response(request, etag, None, response) or response


def _again(request: HttpRequest, desk: panels.Desk, form: CalendarForm, status: int) -> HttpResponse:
    """The page with what was chosen and what is wrong with it."""
    if status == 409:
        form.renew()
    context = {"desk": desk, "form": form, "renewal": OnceForm(auto_id=False)}
    return render(request, PAGE, context, status=status)
