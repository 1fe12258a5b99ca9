"""The team's doors: see the team, give a seat, end a seat."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conferences.cases import changes
from conferences.cases.forms import FEW, KNOWN_TO_ALL, SeatForm
from workspace.disclosure.changes import RefusedError, StaleError
from workspace.disclosure.lens import Sight, sight_of
from workspace.disclosure.policy import EVERY_ROLE, Role, Topic
from workspace.disclosure.refusals import SENTENCES
from workspace.live.answers import form_again, form_done, press
from workspace.live.panels import Served, serve
from workspace.people.middleware import person_of, signed_in

FORM, WHOLE = "conferences/cases/_form.html", "conferences/cases/seats.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def seats(request: HttpRequest, case: str) -> HttpResponse:
    """The team of a case; for a case manager of the holding agency also the form that gives a seat."""
    person = person_of(request).pk
    sight = sight_of(person, timezone.now())
    served = serve("seats", person, scope=case)
    if served is None:
        raise Http404
    if request.method != "POST":
        return render(request, WHOLE, _context(served, case, _form(sight, case)))
    form = _form(sight, case, request)
    if form is None:
        raise Http404
    if form.is_valid() and _given(sight, case, form):
        return form_done(request, f"/cases/{case}/seats/", FORM, _context(served, case, _form(sight, case)))
    return form_again(request, FORM, WHOLE, _context(served, case, form))


@signed_in
@require_POST
def end(request: HttpRequest, seat: str) -> HttpResponse:
    """End a seat."""
    return press(
        request, lambda sight: changes.end_seat(sight, seat=seat), lambda case: f"/cases/{case}/seats/"
    )


def _form(sight: Sight, case: str, request: HttpRequest | None = None) -> SeatForm | None:
    try:
        changes.door(sight, case)
    except LookupError:
        return None
    initial = {"starts": timezone.localtime()}
    return SeatForm(request.POST if request else None, initial=initial)


def _given(sight: Sight, case: str, form: SeatForm) -> bool:
    given = form.cleaned_data
    if given["until"] and given["until"] <= given["starts"]:
        form.add_error("until", _("A seat has to end after it starts."))
        return False
    try:
        changes.give_seat(
            sight,
            case=case,
            email=given["email"],
            role=Role(given["role"]),
            topic=Topic(given["topic"]),
            audience=EVERY_ROLE if given["known_to"] == KNOWN_TO_ALL else FEW,
            starts=given["starts"],
            until=given["until"],
            key=given["key"],
        )
    except RefusedError as refused:
        for refusal in refused.refusals:
            form.add_error(None, SENTENCES[refusal])
    except changes.CannotSitError as cannot:
        form.add_error(None, str(cannot.sentence))
    except StaleError as stale:
        form.add_error(None, str(stale.sentence))
        form.renew()
    except LookupError:
        raise Http404 from None
    return not form.errors


def _context(served: Served, case: str, form: SeatForm | None) -> dict[str, object]:
    return {"page": served, "form": form, "case_url": f"/cases/{case}/"}
