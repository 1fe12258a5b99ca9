"""What has to be done: writing it down, saying who does what, and presses about it."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from conferences.readers.changes import Choice
from conferences.readers.views import keep
from conferences.responsibilities import changes
from conferences.responsibilities.forms import WordingForm
from conferences.responsibilities.writing import CaseDesk, LineDesk, case_desk, line_desk
from conferences.responsibilities.writing import division as divided
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError
from workspace.disclosure.lens import sight_of
from workspace.disclosure.refusals import SENTENCES
from workspace.errors import answer
from workspace.live.answers import form_again, press, see_other, sent_on
from workspace.people.middleware import person_of, signed_in

FOLDER = "conferences/responsibilities/"
OWN, OWN_WHOLE = f"{FOLDER}_form.html", f"{FOLDER}form.html"
USUAL, USUAL_WHOLE, USUAL_READERS = (
    f"{FOLDER}_usual.html",
    f"{FOLDER}usual.html",
    f"{FOLDER}_usual_readers.html",
)
DIVISION, WORDING = f"{FOLDER}division.html", f"{FOLDER}wording.html"
READERS = "conferences/readers/_readers.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, case: str) -> HttpResponse:
    """Write down something that has to be done, in one's own words."""
    desk = _desk(request, case)
    if request.method != "POST":
        return render(request, OWN_WHOLE, desk.context(desk.form()))
    form = desk.form(request.POST)

    def write(choice: Choice) -> None:
        given = {name: form.cleaned_data[name] for name in ("text", "left_out_because", "key")}
        changes.add(sight_of(person_of(request).pk, timezone.now()), case=case, choice=choice, **given)

    return keep(request, desk, form, write, url=desk.url, template=OWN, whole=OWN_WHOLE)


@signed_in
@require_POST
def own_readers(request: HttpRequest, case: str) -> HttpResponse:
    """Who would read it, as it is chosen so far."""
    desk = _desk(request, case)
    return render(request, READERS, desk.context(desk.form(request.POST)))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def usual(request: HttpRequest, case: str) -> HttpResponse:
    """Choose among what there usually is to do."""
    desk = _desk(request, case)
    if request.method != "POST":
        return render(request, USUAL_WHOLE, desk.usual_context(desk.usual_form()))
    form, status = desk.usual_form(request.POST), 422
    audience = desk.audience_of(form)
    if audience is not None:
        given = {name: form.cleaned_data[name] for name in ("lines", "key")}
        sight = sight_of(person_of(request).pk, timezone.now())
        try:
            changes.add_usual(sight, case=case, audience=audience, **given)
            return sent_on(request, desk.url)
        except LookupError:
            raise Http404 from None
        except StaleError as stale:
            form.add_error(None, str(stale.sentence))
            form.renew()
            status = 409
    return form_again(request, USUAL, USUAL_WHOLE, desk.usual_context(form), status=status)


@signed_in
@require_POST
def usual_readers(request: HttpRequest, case: str) -> HttpResponse:
    """Who would read what is chosen so far."""
    desk = _desk(request, case)
    return render(request, USUAL_READERS, desk.usual_context(desk.usual_form(request.POST)))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def division(request: HttpRequest, responsibility: str) -> HttpResponse:
    """Say who answers for it, does it, is asked and is told."""
    place = _seen(request, responsibility)
    try:
        changes.let_divide(place.it)
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    form = place.form(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return render(request, DIVISION, {"place": place, "form": form})

    def again(status: int, **more: Any) -> HttpResponse:
        return render(request, DIVISION, {"place": place, "form": form} | more, status=status)

    if not form.is_valid():
        return again(422)
    try:
        changes.divide(
            sight_of(person_of(request).pk, timezone.now()),
            responsibility=responsibility,
            division=divided(form),
            seen=form.cleaned_data["seen"],
        )
    except RefusedError as policy:
        for refusal in policy.refusals:
            form.add_error(None, SENTENCES[refusal])
        return again(422)
    except StaleError as stale:
        place = _seen(request, responsibility)
        form = place.form_again(request.POST)
        return again(409, stale=stale.sentence)
    except LookupError:
        raise Http404 from None
    return see_other(place.url)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def wording(request: HttpRequest, responsibility: str) -> HttpResponse:
    """Its author says it in other words."""
    place = _seen(request, responsibility)
    try:
        changes.let_word(place.it)
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    if request.method != "POST":
        return render(request, WORDING, {"place": place, "form": place.wording()})
    form = WordingForm(request.POST)
    if not form.is_valid():
        return render(request, WORDING, {"place": place, "form": form}, status=422)
    given = form.cleaned_data
    try:
        changes.reword(
            sight_of(person_of(request).pk, timezone.now()),
            responsibility=responsibility,
            text=given["text"],
            before=given["shown"],
            permitted=given["permitted"],
        )
    except RefusedError as policy:
        for refusal in policy.refusals:
            form.add_error("permitted", SENTENCES[refusal])
        return render(request, WORDING, {"place": place, "form": form}, status=422)
    except StaleError as stale:
        place = _seen(request, responsibility)
        context = {"place": place, "form": place.wording(given["text"]), "stale": stale.sentence}
        return render(request, WORDING, context, status=409)
    except LookupError:
        raise Http404 from None
    return see_other(place.url)


@signed_in
@require_POST
def taking(request: HttpRequest, responsibility: str) -> HttpResponse:
    """Answer for it from now on."""
    return _press(request, changes.take, responsibility=responsibility)


@signed_in
@require_POST
def giving_back(request: HttpRequest, responsibility: str) -> HttpResponse:
    """Answer for it no more."""
    return _press(request, changes.give_back, responsibility=responsibility)


@signed_in
@require_POST
def claim(request: HttpRequest, responsibility: str) -> HttpResponse:
    """Say that it is one's own, though another answers for it."""
    return _press(request, changes.claim, responsibility=responsibility)


@signed_in
@require_POST
def claim_withdrawal(request: HttpRequest, responsibility: str) -> HttpResponse:
    """Say no more that it is one's own."""
    return _press(request, changes.withdraw_claim, responsibility=responsibility)


@signed_in
@require_POST
def settlement(request: HttpRequest, responsibility: str) -> HttpResponse:
    """Decide between those who say that it is theirs."""
    seat, seen = request.POST.get("seat", ""), request.GET.get("seen", "")
    return _press(request, changes.settle, responsibility=responsibility, seat=seat, seen=seen)


@signed_in
@require_POST
def putting_away(request: HttpRequest, responsibility: str) -> HttpResponse:
    """Say that this case does not need it."""
    return _press(request, changes.put_away, responsibility=responsibility)


@signed_in
@require_POST
def bringing_back(request: HttpRequest, responsibility: str) -> HttpResponse:
    """Say that this case needs it after all."""
    return _press(request, changes.bring_back, responsibility=responsibility)


def _desk(request: HttpRequest, case: str) -> CaseDesk:
    desk = case_desk(person_of(request).pk, case)
    if desk is None:
        raise Http404
    return desk


def _seen(request: HttpRequest, responsibility: str) -> LineDesk:
    place = line_desk(person_of(request).pk, responsibility)
    if place is None:
        raise Http404
    return place


def _press(request: HttpRequest, verb: Callable[..., str], **what: str) -> HttpResponse:
    return press(request, lambda sight: verb(sight, **what), lambda case: f"/cases/{case}/roles/")
