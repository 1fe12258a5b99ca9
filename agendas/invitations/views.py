"""What the invited say of themselves, and what whoever leads notes about them."""

from collections.abc import Callable
from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from agendas.invitations import changes
from agendas.invitations.forms import AnswerForm
from agendas.invitations.panels import statement_for
from workspace.live.answers import press
from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, conference: str) -> HttpResponse:
    """What one is invited to, and whether one comes."""
    served = serve("answer", person_of(request).pk, scope=conference)
    if served is None:
        raise Http404
    asked, sent = served.values["invitation"], request.method == "POST"
    form = AnswerForm(request.POST if sent else None, initial=asked.said(), **asked.offered())
    if sent and (asked.closed or form.is_valid()):
        given = {"answer": "", "items": (), "parts": ()} | (form.cleaned_data if form.is_valid() else {})
        do = partial(changes.answer_invitation, conference=conference, **given)
        return press(request, do, lambda _done: f"/conferences/{conference}/answer/")
    context = {"page": served, "asked": asked, "form": form, "room": f"/conferences/{conference}/"}
    return render(request, "agendas/invitations/answer.html", context, status=422 if sent else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def statement(request: HttpRequest, conference: str) -> HttpResponse:
    """The statement of confidentiality; a POST accepts it."""
    room = f"/conferences/{conference}/"
    if request.method == "POST":
        do = partial(changes.accept_statement, conference=conference)
        return press(request, do, lambda _done: room)
    found = statement_for(person_of(request).pk, conference)
    if found is None:
        raise Http404
    return render(request, "agendas/invitations/statement.html", {"statement": found, "room": room})


@signed_in
@require_POST
def arrival(request: HttpRequest, conference: str) -> HttpResponse:
    """Note that somebody is here."""
    return _attendance(request, conference, "arrived")


@signed_in
@require_POST
def departure(request: HttpRequest, conference: str) -> HttpResponse:
    """Note that somebody has left."""
    return _attendance(request, conference, "left")


@signed_in
@require_POST
def apologies(request: HttpRequest, conference: str) -> HttpResponse:
    """Note that somebody sends apologies."""
    return _attendance(request, conference, "apologies")


@signed_in
@require_POST
def unsaid(request: HttpRequest, conference: str) -> HttpResponse:
    """Take back what was noted."""
    return _attendance(request, conference, "")


@signed_in
@require_POST
def observer(request: HttpRequest, conference: str) -> HttpResponse:
    """Say that somebody only listens."""
    return _about(request, conference, partial(changes.set_observing, observes=True))


@signed_in
@require_POST
def participant(request: HttpRequest, conference: str) -> HttpResponse:
    """Say that somebody takes part after all."""
    return _about(request, conference, partial(changes.set_observing, observes=False))


@signed_in
@require_POST
def hand(request: HttpRequest, conference: str) -> HttpResponse:
    """Ask to speak."""
    do = partial(changes.raise_hand, conference=conference)
    return press(request, do, lambda _done: f"/conferences/{conference}/")


@signed_in
@require_POST
def hand_down(request: HttpRequest, conference: str) -> HttpResponse:
    """Take one's own hand down, or that of somebody who has spoken."""
    return _about(request, conference, changes.take_hand_down)


def _attendance(request: HttpRequest, conference: str, attendance: str) -> HttpResponse:
    return _about(request, conference, partial(changes.note_attendance, attendance=attendance))


def _about(request: HttpRequest, conference: str, verb: Callable[..., None]) -> HttpResponse:
    do = partial(verb, conference=conference, seat=request.POST.get("seat", ""))
    return press(request, do, lambda _done: f"/conferences/{conference}/")
