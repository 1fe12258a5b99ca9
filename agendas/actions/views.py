"""Making an action item: under an item of the agenda, perhaps from one line; out of a note, a decision or a need; for a
goal; or for the case alone."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from agendas.actions import changes
from agendas.actions.changes import Of
from agendas.actions.forms import LineForm
from agendas.actions.writing import ActionDesk, desk
from agendas.notes.changes import why_nothing_is_made_of
from conferences.readers.changes import Choice
from conferences.readers.views import keep
from workspace.errors import answer
from workspace.live.answers import form_again, form_done, is_htmx, is_live
from workspace.people.middleware import person_of, signed_in

FORM, WHOLE, READERS = (
    "agendas/actions/_form.html",
    "agendas/actions/form.html",
    "conferences/readers/_readers.html",
)
LINE, LINE_WHOLE = "agendas/actions/_line.html", "agendas/actions/line.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def action(request: HttpRequest, of: str, number: str) -> HttpResponse:
    """Make an action item of this."""
    place = _found(request, of, number)
    if request.method != "POST":
        why_not = _why_not(place)
        return (
            answer(request, 409, why_not) if why_not else render(request, WHOLE, place.context(place.form()))
        )
    form = place.form(request.POST)

    def write(choice: Choice) -> None:
        given = form.cleaned_data
        changes.make_action(
            place.sight,
            of=place.of,
            number=number,
            title=given["title"],
            owner=place.owner(form) or 0,
            helpers=place.helpers(form),
            due=given["due"],
            by_next=given["by_next"],
            goal=given["goal"],
            choice=choice,
            left_out_because=given["left_out_because"],
            permitted=given["permitted"],
            key=given["key"],
        )

    def done() -> HttpResponse:
        # On the page of the meeting, which is live, the next line can be typed at once.
        return form_done(
            request, place.kept_url(form), LINE, place.line_context(LineForm(focus=True), kept=True)
        )

    return keep(request, place, form, write, url=place.url, template=FORM, whole=WHOLE, done=done)


@signed_in
@require_POST
def readers(request: HttpRequest, of: str, number: str) -> HttpResponse:
    """Who would read an action item of this, as it is chosen so far."""
    place = _found(request, of, number)
    return render(request, READERS, place.context(place.form(request.POST)))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def line(request: HttpRequest, number: str) -> HttpResponse:
    """Say in one line who does what by when; the form then shows what was understood, and nothing is kept before it is
    sent."""
    place = _found(request, Of.ITEM, number)
    sent = request.method == "POST"
    form = LineForm(request.POST if sent else None, focus="left" in request.GET)
    why_not = _why_not(place)
    if why_not and not sent:
        return answer(request, 409, why_not)
    if not sent:
        return render(request, LINE if is_htmx(request) else LINE_WHOLE, place.line_context(form))
    if why_not and form.is_valid():
        form.add_error(None, str(why_not))
    if not form.is_valid():
        context = place.line_context(form)
        return form_again(request, LINE, LINE_WHOLE, context, status=409 if why_not else 422)
    return render(request, FORM if is_htmx(request) else WHOLE, place.of_line(form.cleaned_data["said"]))


def _why_not(place: ActionDesk) -> object:
    return why_nothing_is_made_of(place.note, place.item) if place.item else ""


def _found(request: HttpRequest, of: str, number: str) -> ActionDesk:
    place = desk(person_of(request).pk, Of(of), number)
    if place is None:
        raise Http404
    place.inline = is_live(request)
    return place
