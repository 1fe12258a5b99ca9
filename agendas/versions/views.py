"""Changing what was written: its text, who reads it, and what it said before; and taking a question back."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agendas.notes import writing as notes
from agendas.versions import changes
from agendas.versions.writing import WrittenDesk, desk
from conferences.meetings.changes import over
from conferences.readers.changes import Choice
from conferences.readers.views import keep
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError
from workspace.disclosure.refusals import SENTENCES
from workspace.errors import answer
from workspace.live.answers import form_again, press, sent_on
from workspace.people.middleware import person_of, signed_in

TEXT, TEXT_PAGE = "agendas/versions/_text.html", "agendas/versions/text.html"
READERS, READERS_PAGE = "agendas/versions/_readers.html", "agendas/versions/readers.html"
NAMES = "agendas/versions/_names.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: HttpRequest, written: str) -> HttpResponse:
    """The text of a note or a decision, for its author to change."""
    place = _desk(request, written, "text")
    kept = place.kept(request.POST)
    refused = None if kept else _refused(request, place, changes.may_change_text)
    if refused:
        return refused
    if request.method != "POST":
        if place.it.closed:
            return answer(request, 409, over(place.it.item, changes.STAYS))
        return render(request, TEXT_PAGE, place.context(place.text_form()))
    form = place.text_form(request.POST)
    if not (form.is_valid() if kept else place.knows_readers(form)):
        return form_again(request, TEXT, TEXT_PAGE, place.context(form))
    try:
        changes.change_text(
            place.sight,
            written=written,
            text=form.cleaned_data["text"],
            edition=form.cleaned_data["edition"],
            permitted=form.cleaned_data["permitted"],
            key=form.cleaned_data["key"],
        )
    except LookupError:
        raise Http404 from None
    except NotAllowedError as not_theirs:
        return answer(request, 403, not_theirs.sentence)
    except RefusedError as policy:
        for refusal in policy.refusals:
            form.add_error("permitted", SENTENCES[refusal])
        return form_again(request, TEXT, TEXT_PAGE, place.afresh().context(form))
    except StaleError as stale:
        place = place.afresh()
        form.add_error(None, str(stale.sentence))
        form.renew(edition=str(place.it.row.edition))
        other = "" if place.it.closed else place.it.row.text
        context = place.context(form) | {"other": other}
        return form_again(request, TEXT, TEXT_PAGE, context, status=409)
    return sent_on(request, place.url)


@signed_in
@require_safe
def history(request: HttpRequest, written: str) -> HttpResponse:
    """What it says, and what it said before."""
    place = _desk(request, written, "history")
    return render(request, "agendas/versions/history.html", place.context(None))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def readers(request: HttpRequest, written: str) -> HttpResponse:
    """Who reads it, for whoever may narrow it, and for its author to let others read it."""
    place = _desk(request, written, "readers")
    refused = _refused(request, place, changes.may_change_readers)
    if refused:
        return refused
    if request.method != "POST":
        return render(request, READERS_PAGE, place.context(place.readers_form()))
    form = place.readers_form(request.POST)

    def write(choice: Choice) -> None:
        changes.change_readers(
            place.sight,
            written=written,
            choice=choice,
            left_out_because="" if place.unseen_doer else form.cleaned_data["left_out_because"],
            sure=lambda: place.afresh().sure(form),
            permitted=form.cleaned_data["permitted"],
            key=form.cleaned_data["key"],
        )

    return keep(request, place, form, write, url=place.next_url, template=READERS, whole=READERS_PAGE)


@signed_in
@require_POST
def names(request: HttpRequest, written: str) -> HttpResponse:
    """Who would read it as it is chosen so far, and who no longer."""
    place = _desk(request, written, "readers")
    refused = _refused(request, place, changes.may_change_readers)
    return refused or render(request, NAMES, place.context(place.readers_form(request.POST)))


@signed_in
@require_safe
def less(request: HttpRequest, written: str) -> HttpResponse:
    """A form for a note that says less, for more people; nothing ties the two."""
    place = _desk(request, written, "less")
    refused = _refused(request, place, changes.may_say_less)
    if refused:
        return refused
    note = notes.desk(person_of(request).pk, place.it.item.public_id)
    if note is None:
        raise Http404
    form = note.form()
    form.initial["kind"] = place.kind
    return render(request, "agendas/versions/less.html", note.context(form) | {"place": place})


@signed_in
@require_POST
def taking_back(request: HttpRequest, question: str) -> HttpResponse:
    """Let nobody but oneself read one's own question any more."""
    return press(
        request,
        lambda sight: changes.take_back(sight, question=question),
        lambda case: f"/cases/{case}/roles/",
    )


def _desk(request: HttpRequest, written: str, page: str) -> WrittenDesk:
    place = desk(person_of(request).pk, written, page)
    if place is None:
        raise Http404
    return place


def _refused(
    request: HttpRequest, place: WrittenDesk, may: Callable[[Any, Any], None]
) -> HttpResponse | None:
    """The answer to somebody who sees it and may not do that, or None."""
    try:
        may(place.lens, place.it)
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except LookupError:
        raise Http404 from None
    return None
