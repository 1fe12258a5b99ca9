"""A card is written, confirmed, and said in another language."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from conferences.cards import changes
from conferences.cards.forms import TranslationForm
from conferences.cards.writing import CardDesk, card_desk
from workspace.disclosure.changes import NotAllowedError, StaleError
from workspace.disclosure.lens import sight_of
from workspace.errors import answer
from workspace.live.answers import see_other
from workspace.people.middleware import person_of, signed_in

CARD, TRANSLATION = "conferences/cards/card.html", "conferences/cards/translation.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def card(request: HttpRequest, seat: str) -> HttpResponse:
    """Write one's own card, or draft another's."""
    desk = _desk(request, seat)
    try:
        desk.held.let_write()
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except StaleError as stale:
        return answer(request, 409, stale.sentence)
    form = desk.form(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, CARD, {"desk": desk, "form": form})
    if not form.is_valid():
        return render(request, CARD, {"desk": desk, "form": form}, status=422)
    try:
        changes.write_card(
            sight_of(person_of(request).pk, timezone.now()),
            seat=seat,
            card=desk.said(form),
            seen=form.cleaned_data["seen"],
            key=form.cleaned_data["key"],
        )
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except StaleError as stale:
        desk = _desk(request, seat)
        form.add_error(None, str(stale.sentence))
        form.renew(seen=desk.held.words.edition)
        return render(request, CARD, {"desk": desk, "form": form, "stale": True}, status=409)
    return see_other(desk.board)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def translation(request: HttpRequest, seat: str) -> HttpResponse:
    """Say a card in another language."""
    desk = _desk(request, seat)
    try:
        desk.held.let_translate()
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except StaleError as stale:
        return answer(request, 409, stale.sentence)
    if request.method != "POST":
        return _translating(request, desk, desk.translation_form(request.GET.get("language", "")), 200)
    form = desk.translation_form(request.POST.get("language", ""), request.POST)
    if not form.is_valid():
        return _translating(request, desk, form, 422)
    try:
        changes.translate_card(
            sight_of(person_of(request).pk, timezone.now()),
            seat=seat,
            language=form.cleaned_data["language"],
            parts=desk.parts_of(form),
            seen=form.cleaned_data["seen"],
            key=form.cleaned_data["key"],
        )
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except StaleError as stale:
        desk = _desk(request, seat)
        form.add_error(None, str(stale.sentence))
        form.renew(seen=desk.translation_form(form.cleaned_data["language"]).initial["seen"])
        return _translating(request, desk, form, 409)
    return see_other(desk.board)


def _desk(request: HttpRequest, seat: str) -> CardDesk:
    desk = card_desk(person_of(request).pk, seat)
    if desk is None:
        raise Http404
    return desk


def _translating(request: HttpRequest, desk: CardDesk, form: TranslationForm, status: int) -> HttpResponse:
    into, others = desk.languages(form)
    context = {"desk": desk, "form": form, "into": into, "others": others}
    if status == 409:
        context |= {"stale": True, "now": desk.translated_now(form)}
    return render(request, TRANSLATION, context, status=status)
