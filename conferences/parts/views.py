"""Presses of the facilitator about a part, and the form that adds one."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from conferences.parts import changes
from conferences.parts.forms import PartForm
from workspace.disclosure.changes import NotAllowedError, StaleError
from workspace.disclosure.lens import sight_of
from workspace.errors import answer
from workspace.live.answers import press, see_other
from workspace.people.middleware import person_of, signed_in

WHOLE = "conferences/parts/part.html"


@signed_in
@require_POST
def opening(request: HttpRequest, part: str) -> HttpResponse:
    """Begin this part."""
    return _press(request, part, changes.open_part)


@signed_in
@require_POST
def end(request: HttpRequest, part: str) -> HttpResponse:
    """End this part."""
    return _press(request, part, changes.end_part)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def parts(request: HttpRequest, conference: str) -> HttpResponse:
    """The form that adds a part, for whoever leads."""
    sight, sent = sight_of(person_of(request).pk, timezone.now()), request.method == "POST"
    form = PartForm(request.POST if sent else None)
    try:
        changes.may_add(sight, conference=conference)
        if sent and form.is_valid():
            changes.add_part(sight, conference=conference, **form.cleaned_data)
            return see_other(f"/conferences/{conference}/")
        return render(request, WHOLE, _context(conference, form), status=422 if sent else 200)
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except StaleError as stale:
        if not sent:
            return answer(request, 409, stale.sentence)
        form.add_error(None, str(stale.sentence))
        form.renew()
        return render(request, WHOLE, _context(conference, form), status=409)


def _press(request: HttpRequest, part: str, verb: Callable[..., str]) -> HttpResponse:
    return press(
        request, lambda sight: verb(sight, part=part), lambda conference: f"/conferences/{conference}/"
    )


def _context(conference: str, form: PartForm) -> dict[str, object]:
    return {"form": form, "url": f"/conferences/{conference}/"}
