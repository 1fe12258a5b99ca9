"""Adding a note: who will read it, and then the note."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from agendas.items.views import goal_answer
from agendas.notes import changes
from agendas.notes.writing import DecisionDesk, NoteDesk, decision_desk, decision_naming, desk
from conferences.readers.changes import Choice
from conferences.readers.views import keep
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError
from workspace.disclosure.refusals import SENTENCES
from workspace.errors import answer
from workspace.live.answers import form_again, form_done, press
from workspace.people.middleware import person_of, signed_in

FORM, WHOLE, READERS = (
    "agendas/notes/_form.html",
    "agendas/notes/form.html",
    "conferences/readers/_readers.html",
)
DECISION_FORM, DECISION_WHOLE = "agendas/notes/_decision_form.html", "agendas/notes/decision.html"


@signed_in
@require_POST
def notes(request: HttpRequest, item: str) -> HttpResponse:
    """Write a note under an item, once the writer was shown who will read it."""
    place = _desk(request, item)
    form = place.form(request.POST)
    choice = place.agreed(form)
    if choice is None:
        return form_again(request, FORM, WHOLE, place.context(form))
    try:
        changes.add_note(
            place.sight,
            item=item,
            kind=form.cleaned_data["kind"],
            choice=choice,
            text=form.cleaned_data["text"],
            left_out_because=form.cleaned_data["left_out_because"],
            permitted=form.cleaned_data["permitted"],
            key=form.cleaned_data["key"],
            afterwards=form.cleaned_data["afterwards"],
        )
    except RefusedError as refused:
        for refusal in refused.refusals:
            form.add_error(None, SENTENCES[refusal])
        return form_again(request, FORM, WHOLE, place.context(form))
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except StaleError as stale:
        form.add_error(None, str(stale.sentence))
        form.renew()
        place = _desk(request, item)
        place.offer(form)
        return form_again(request, FORM, WHOLE, place.context(form), status=409)
    place.has_to_permit = False  # it was said with this one
    return form_done(request, place.url, FORM, place.context(place.form()))


@signed_in
@require_POST
def readers(request: HttpRequest, item: str) -> HttpResponse:
    """Who would read the note as it is chosen so far."""
    place = _desk(request, item)
    return render(request, READERS, place.context(place.form(request.POST)))


@signed_in
@require_POST
def note_form(request: HttpRequest, item: str) -> HttpResponse:
    """The form for another item, with what was typed already."""
    place = _desk(request, item)
    return render(request, FORM, place.context(place.form(request.POST, moved=True)))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: HttpRequest, note: str) -> HttpResponse:
    """Make a decision out of a note."""
    place = _decision_desk(request, note)
    if request.method != "POST":
        why_not = changes.why_nothing_is_made_of(place.note, place.item)
        return (
            answer(request, 409, why_not)
            if why_not
            else render(request, DECISION_WHOLE, place.context(place.form()))
        )
    form = place.form(request.POST)

    def write(choice: Choice) -> None:
        changes.add_note(
            place.sight,
            item=place.item.public_id,
            kind=form.kind,
            choice=choice,
            text=form.cleaned_data["text"],
            left_out_because=form.cleaned_data["left_out_because"],
            permitted=form.cleaned_data["permitted"],
            key=form.cleaned_data["key"],
            from_note=note,
        )

    return keep(request, place, form, write, url=place.url, template=DECISION_FORM, whole=DECISION_WHOLE)


@signed_in
@require_POST
def decision_readers(request: HttpRequest, note: str) -> HttpResponse:
    """Who would read the decision as it is chosen so far."""
    place = _decision_desk(request, note)
    return render(request, READERS, place.context(place.form(request.POST)))


@signed_in
@require_POST
def confirmation(request: HttpRequest, note: str) -> HttpResponse:
    """Say that this is what one said."""
    return _word(request, changes.confirm, note)


@signed_in
@require_POST
def denial(request: HttpRequest, note: str) -> HttpResponse:
    """Say that this is not what one said."""
    return _word(request, changes.deny, note)


@signed_in
@require_POST
def agreement(request: HttpRequest, decision: str) -> HttpResponse:
    """Agree with a decision."""
    return _stance(request, decision, agrees=True)


@signed_in
@require_POST
def difference(request: HttpRequest, decision: str) -> HttpResponse:
    """See a decision differently."""
    return _stance(request, decision, agrees=False)


@signed_in
@require_POST
def silence(request: HttpRequest, decision: str) -> HttpResponse:
    """Take back what one said of a decision."""
    return _stance(request, decision, agrees=None)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def decision_goal(request: HttpRequest, decision: str) -> HttpResponse:
    """Say which goal a decision is about."""
    return goal_answer(
        request,
        decision_naming(person_of(request).pk, decision),
        lambda sight, given: changes.name_goal(sight, decision=decision, **given),
    )


def _word(request: HttpRequest, verb: Callable[..., str], note: str) -> HttpResponse:
    edition = request.POST.get("edition", "")
    return press(
        request, lambda sight: verb(sight, note=note, edition=edition), lambda item: f"/items/{item}/"
    )


def _stance(request: HttpRequest, decision: str, *, agrees: bool | None) -> HttpResponse:
    seen = request.POST.get("seen", "")
    return press(
        request,
        lambda sight: changes.take_stance(sight, decision=decision, agrees=agrees, seen=seen),
        lambda item: f"/items/{item}/",
    )


def _decision_desk(request: HttpRequest, note: str) -> DecisionDesk:
    place = decision_desk(person_of(request).pk, note)
    if place is None:
        raise Http404
    return place


def _desk(request: HttpRequest, item: str) -> NoteDesk:
    place = desk(person_of(request).pk, item)
    if place is None:
        raise Http404
    return place
