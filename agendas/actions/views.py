"""Making an action item, under an item of the agenda or out of a note."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from agendas.actions import changes
from agendas.actions.writing import ActionDesk, desk
from agendas.notes.changes import why_nothing_is_made_of
from conferences.readers.changes import Choice
from conferences.readers.views import keep
from workspace.errors import answer
from workspace.people.middleware import person_of, signed_in

FORM, WHOLE, READERS = (
    "agendas/actions/_form.html",
    "agendas/actions/form.html",
    "conferences/readers/_readers.html",
)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def of_item(request: HttpRequest, item: str) -> HttpResponse:
    """Make an action item under an item."""
    return _made(request, _found(desk(person_of(request).pk, item=item)))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def of_note(request: HttpRequest, note: str) -> HttpResponse:
    """Make an action item out of a note."""
    return _made(request, _found(desk(person_of(request).pk, note=note)))


@signed_in
@require_POST
def readers_of_item(request: HttpRequest, item: str) -> HttpResponse:
    """Who would read an action item under an item, as it is chosen so far."""
    return _readers(request, _found(desk(person_of(request).pk, item=item)))


@signed_in
@require_POST
def readers_of_note(request: HttpRequest, note: str) -> HttpResponse:
    """Who would read an action item out of a note, as it is chosen so far."""
    return _readers(request, _found(desk(person_of(request).pk, note=note)))


def _made(request: HttpRequest, place: ActionDesk) -> HttpResponse:
    if request.method != "POST":
        if why_not := why_nothing_is_made_of(place.note, place.item):
            return answer(request, 409, why_not)
        return render(request, WHOLE, place.context(place.form()))
    form = place.form(request.POST)

    def write(choice: Choice) -> None:
        changes.make_action(
            place.sight,
            item=place.item.public_id,
            note=place.note.public_id if place.note else "",
            title=form.cleaned_data["title"],
            owner=place.owner(form) or 0,
            due=form.cleaned_data["due"],
            choice=choice,
            left_out_because=form.cleaned_data["left_out_because"],
            permitted=form.cleaned_data["permitted"],
            key=form.cleaned_data["key"],
        )

    return keep(request, place, form, write, url=place.url, template=FORM, whole=WHOLE)


def _readers(request: HttpRequest, place: ActionDesk) -> HttpResponse:
    return render(request, READERS, place.context(place.form(request.POST)))


def _found(place: ActionDesk | None) -> ActionDesk:
    if place is None:
        raise Http404
    return place
