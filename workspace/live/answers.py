"""How a press or a form is answered: a live page hears from its socket alone, every other gets the whole
page."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from workspace.disclosure.changes import NotAllowedError, StaleError
from workspace.disclosure.lens import Sight, sight_of
from workspace.errors import answer

T = TypeVar("T")


def see_other(url: str) -> HttpResponse:
    """303: read this address next, however you came here."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks."""
    return bool(getattr(request, "htmx", False))


def is_live(request: HttpRequest) -> bool:
    """Whether the page that asks has an open socket, from which it hears what changed."""
    return is_htmx(request) and request.headers.get("X-Live") == "1"


def press(request: HttpRequest, do: Callable[[Sight], T], url: Callable[[T], str]) -> HttpResponse:
    """Do what a button says, and answer. `url`: of the page it stands on, from what was done."""
    try:
        # Nobody is number 0, who therefore sees nothing.
        done = do(sight_of(request.user.pk or 0, timezone.now()))
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except StaleError as stale:
        return answer(request, 409, stale.sentence)
    return pressed(request, lambda: url(done))


def pressed(request: HttpRequest, url: Callable[[], str]) -> HttpResponse:
    """The answer to a press that worked: 204 to a page whose socket is open, else the page it was pressed
    on, whose address is then asked for."""
    return HttpResponse(status=204) if is_live(request) else sent_on(request, url())


def sent_on(request: HttpRequest, url: str) -> HttpResponse:
    """The answer that leads to another page, from a live one too."""
    return HttpResponseClientRedirect(url) if is_htmx(request) else see_other(url)


def form_done(request: HttpRequest, url: str, template: str, context: dict[str, Any]) -> HttpResponse:
    """The answer to a form that worked: its own form, cleared, to a live page; else the page it stands on."""
    if is_live(request):
        return render(request, template, context)
    return pressed(request, lambda: url)


def form_again(
    request: HttpRequest, template: str, whole: str, context: dict[str, Any], *, status: int = 422
) -> HttpResponse:
    """The form with what was typed and what is wrong with it: alone for htmx, on a page of its own
    otherwise."""
    return render(request, template if is_htmx(request) else whole, context, status=status)
