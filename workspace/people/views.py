"""Signing in and out, leaving, and choosing a language."""

import calendar

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from workspace.errors import answer
from workspace.live.answers import see_other
from workspace.people import changes, sessions
from workspace.people.forms import OWN, DeviceForm, LanguageForm
from workspace.people.middleware import reader
from workspace.record import changes as record

DRAFTS = "drafts"


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Show one question and one button; pressing it signs in. A scanner that only looks does not use the link up."""
    if request.method != "POST":
        good = changes.link_is_good(token)
        return render(
            request,
            "workspace/people/sign_in.html",
            {"good": good, "form": DeviceForm()},
            status=200 if good else 404,
        )
    person = changes.take_link(token)
    if person is None:
        return render(request, "workspace/people/sign_in.html", {"good": False}, status=404)
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in dict(settings.LANGUAGES):
        changes.choose_language(person, chosen)
    login(request, person, settings.AUTHENTICATION_BACKENDS[0])
    # A name for what this person leaves unsent on the device: another person has another, and it tells nobody who.
    device = DeviceForm(request.POST)
    if device.is_valid() and device.cleaned_data["own"] == OWN:
        request.session[DRAFTS] = salted_hmac("drafts", str(person.pk), algorithm="sha256").hexdigest()[:32]
    else:
        request.session.pop(DRAFTS, None)
    record.signed_in(person.pk)
    return see_other("/")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    return _gone(request, "/")


# Leaving must never fail, whatever else does: it needs neither token nor database. Nobody can be made to leave: the
# cookie is not sent from elsewhere (SameSite).
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """End this session, and show a page that says nothing of this place."""
    if request.method == "POST":
        return _gone(request, "/leave/")
    today = timezone.localdate()
    weeks = calendar.Calendar(calendar.SUNDAY).monthdatescalendar(today.year, today.month)
    return render(request, "workspace/people/leave.html", {"weeks": weeks, "today": today})


@require_safe
def kept(request: HttpRequest) -> HttpResponse:
    """Whether what this person sent with the form of this key was kept, for a page that never heard the answer."""
    person, key = reader(request), request.GET.get("key", "")
    known = person is not None and record.kept(person.pk, key)
    return JsonResponse({"kept": known})


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language: with the person, or in a cookie before signing in."""
    form = LanguageForm(request.POST)
    if "language" in form.errors:
        return answer(request, 422, _("Choose one of the languages offered."))
    # Too long an address leads to the start page.
    back = form.cleaned_data.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    response = see_other(back if safe else "/")
    person = reader(request)
    if person is not None:
        changes.choose_language(person, form.cleaned_data["language"])
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        form.cleaned_data["language"],
        max_age=365 * 24 * 60 * 60,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )
    return response


def _gone(request: HttpRequest, url: str) -> HttpResponse:
    """Nothing of this person stays behind in the browser: on a shared device the next one may be somebody else."""
    if request.session.session_key:
        sessions.end(request.session.session_key)
    response = see_other(url)
    # The page itself does this as well; it may have been left before its script was there.
    response["Clear-Site-Data"] = '"storage"'
    for cookie in (settings.SESSION_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME):
        response.delete_cookie(cookie, samesite="Lax")
    return response
