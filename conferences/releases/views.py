"""Releases: see them, record one, withdraw one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from conferences.releases import changes
from conferences.releases.forms import ReleaseForm
from workspace.disclosure.changes import RefusedError, StaleError
from workspace.disclosure.lens import Sight, sight_of
from workspace.disclosure.policy import topic_bits
from workspace.disclosure.refusals import SENTENCES
from workspace.live.answers import form_again, form_done, press
from workspace.live.panels import Served, serve
from workspace.people.middleware import person_of, signed_in

FORM, WHOLE = "conferences/releases/_form.html", "conferences/releases/releases.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def releases(request: HttpRequest, case: str) -> HttpResponse:
    """The releases of a case; for a case manager or advocate of the holding agency also the form."""
    person = person_of(request).pk
    sight = sight_of(person, timezone.now())
    served = serve("releases", person, scope=case)
    if served is None:
        raise Http404
    if request.method != "POST":
        return render(request, WHOLE, _context(served, case, _form(sight, case)))
    form = _form(sight, case, request)
    if form is None:
        raise Http404
    if form.is_valid() and _recorded(sight, case, form):
        return form_done(
            request, f"/cases/{case}/releases/", FORM, _context(served, case, _form(sight, case))
        )
    return form_again(request, FORM, WHOLE, _context(served, case, form))


@signed_in
@require_POST
def withdrawal(request: HttpRequest, release: str) -> HttpResponse:
    """Withdraw a release."""
    return press(
        request,
        lambda sight: changes.withdraw_release(sight, release=release),
        lambda case: f"/cases/{case}/releases/",
    )


def _form(sight: Sight, case: str, request: HttpRequest | None = None) -> ReleaseForm | None:
    try:
        found, _lens = changes.door(sight, case)
    except LookupError:
        return None
    agencies = [("", "")] + [(agency.public_id, agency.name) for agency in changes.agencies(found)]
    initial = {"starts": timezone.localtime()}
    return ReleaseForm(request.POST if request else None, initial=initial, agencies=agencies)


def _recorded(sight: Sight, case: str, form: ReleaseForm) -> bool:
    given = dict(form.cleaned_data)
    try:
        changes.record_release(sight, case=case, **given | {"topics": topic_bits(given["topics"])})
    except RefusedError as refused:
        for refusal in refused.refusals:
            form.add_error(None, SENTENCES[refusal])
    except StaleError as stale:
        form.add_error(None, str(stale.sentence))
        form.renew()
    except LookupError:
        raise Http404 from None
    return not form.errors


def _context(served: Served, case: str, form: ReleaseForm | None) -> dict[str, object]:
    return {"page": served, "form": form, "case_url": f"/cases/{case}/"}
