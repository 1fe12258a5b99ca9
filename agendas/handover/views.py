"""The handover of the primary case manager: its page, and what is said and pressed on it."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from agendas.handover import changes
from agendas.handover.forms import MANAGERS_TOO, end_of, noon
from agendas.handover.writing import HandoverDesk, audience_of, begin_desk, handover_desk
from conferences.cases.changes import CannotSitError
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError
from workspace.disclosure.lens import sight_of
from workspace.disclosure.refusals import SENTENCES
from workspace.errors import answer
from workspace.live.answers import press, see_other
from workspace.live.forms import OnceForm
from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in

PAGE, FORM = "agendas/handover/handover.html", "agendas/handover/form.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def handover(request: HttpRequest, case: str) -> HttpResponse:
    """A change of the primary case manager; for those who may begin one also the form for it."""
    person = person_of(request).pk
    served = serve("handover", person, scope=case)
    if served is None:
        raise Http404
    sight = sight_of(person, timezone.now())
    desk = begin_desk(sight, case)
    state = served.values["handover"].state
    if request.method != "POST":
        form = desk.form() if desk and state != "open" else None
        return render(request, PAGE, {"page": served, "desk": desk, "form": form})
    if desk is None:
        raise Http404
    form = desk.form(request.POST)

    def begin() -> None:
        changes.begin(sight, case=case, **form.cleaned_data)

    status = _done(form, begin)
    if status == 200:
        return see_other(f"/cases/{case}/handover/")
    return render(request, PAGE, {"page": served, "desk": desk, "form": form}, status=status)


@signed_in
@require_POST
def read(request: HttpRequest, handover: str) -> HttpResponse:
    """She has read it."""
    seen = request.POST.get("seen", "")
    return press(request, lambda sight: changes.read_it(sight, handover=handover, seen=seen), page_of)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def telling(request: HttpRequest, handover: str) -> HttpResponse:
    """Note that somebody told her."""

    def keep(desk: HandoverDesk, day: Any, how_text: str, key: str) -> None:
        changes.note_told(desk.sight, handover=handover, at=noon(day), how=how_text, key=key)

    return _said(request, "telling", keep, handover)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def overlap(request: HttpRequest, handover: str) -> HttpResponse:
    """The seat of the new one, and the last day of the old one."""

    def keep(desk: HandoverDesk, key: str, **given: Any) -> None:
        last_day = given.get("last_day")
        changes.plan_overlap(
            desk.sight,
            handover=handover,
            starts=given.get("starts"),
            audience=audience_of(given.get("known_to")),
            last_day=end_of(last_day) if last_day else None,
            apart=given.get("apart", False),
            key=key,
        )

    return _said(request, "overlap", keep, handover)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def words(request: HttpRequest, handover: str) -> HttpResponse:
    """What the survivor wants the new one to know."""

    def keep(desk: HandoverDesk, text: str, readers: str, seen: str, key: str) -> None:
        widely = readers == MANAGERS_TOO
        changes.tell_the_new(desk.sight, handover=handover, text=text, widely=widely, seen=seen, key=key)

    return _said(request, "words", keep, handover)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def introduction(request: HttpRequest, handover: str) -> HttpResponse:
    """When the two met."""

    def keep(desk: HandoverDesk, day: Any, key: str) -> None:
        changes.introduce(desk.sight, handover=handover, at=noon(day), key=key)

    return _said(request, "introduction", keep, handover)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def cancellation(request: HttpRequest, handover: str) -> HttpResponse:
    """Call the handover off."""

    def keep(desk: HandoverDesk, words: str, key: str) -> None:
        changes.call_off(desk.sight, handover=handover, words=words, key=key)

    return _said(request, "cancellation", keep, handover)


def _said(request: HttpRequest, name: str, keep: Callable[..., None], handover: str) -> HttpResponse:
    return said(request, name, keep, lambda person: handover_desk(person, handover))


def said(
    request: HttpRequest, name: str, keep: Callable[..., None], open_desk: Callable[[int], HandoverDesk]
) -> HttpResponse:
    """The page of one form of a handover; `keep` what was sent. `open_desk`: where this person writes."""
    sent = request.method == "POST"
    try:
        desk = open_desk(person_of(request).pk)
        if not sent:
            desk.let(name)
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except StaleError as stale:
        return answer(request, 409, stale.sentence)
    form = desk.form(name, request.POST if sent else None)
    context = {"desk": desk, "form": form, "sheet": desk.sheet(name), "name": name}
    if not sent:
        return render(request, FORM, context)
    try:
        status = _done(form, lambda: keep(desk, **form.cleaned_data))
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    return see_other(desk.back) if status == 200 else render(request, FORM, context, status=status)


def _done(form: OnceForm, keep: Callable[[], None]) -> int:
    """Keep what a form says: 200, or what is wrong with it stands in the form."""
    if not form.is_valid():
        return 422
    try:
        keep()
    except LookupError:
        raise Http404 from None
    except CannotSitError as cannot:
        form.add_error(None, str(cannot.sentence))
    except RefusedError as refused:
        for refusal in refused.refusals:
            form.add_error(None, SENTENCES[refusal])
    except changes.NoDayTogetherError:
        form.add_error(
            "apart", _("They would not have one whole day together. Tick this box if it is meant this way.")
        )
    except StaleError as stale:
        form.add_error(None, str(stale.sentence))
        form.renew()
        return 409
    return 422 if form.errors else 200


def page_of(case: str) -> str:
    """The page of the handover of this case."""
    return f"/cases/{case}/handover/"
