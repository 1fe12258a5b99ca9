"""Who reads this answer, in which language and time zone."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from workspace.errors import answer
from workspace.live.answers import is_htmx, see_other
from workspace.people.models import Person, offered

View = Callable[..., HttpResponse]
# Its answer is the same for everybody, and comes when the database is gone.
LEAVE = "/leave/"


def reader(request: HttpRequest) -> Person | None:
    """The signed-in person, or None. Looked up for every address alike, so that no answer tells a page
    from no page."""
    user = request.user
    return user if isinstance(user, Person) and user.is_active else None


def signed_in(view: View) -> View:
    """Let signed-in people in; send everybody else to the start page, whatever they asked for."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if reader(request) is not None:
            return view(request, *args, **kwargs)
        if is_htmx(request) or request.method != "GET":
            return answer(
                request,
                403,
                _(
                    "You have been signed out. What you typed is still in this window: copy it, sign in again "
                    "with a new link, and paste it there."
                ),
            )
        return see_other("/")

    return guarded


def person_of(request: HttpRequest) -> Person:
    """The signed-in person. Raises Http404 when there is none."""
    person = reader(request)
    if person is None:
        raise Http404
    return person


class Reader:
    """Sets the language and the time zone of the answer: the person's own, or what was chosen before
    signing in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the reader's language."""
        person = None if request.path == LEAVE else reader(request)
        language = self._language(request, person)
        zone = person.task_force.time_zone if person else settings.TIME_ZONE
        with translation.override(language), timezone.override(ZoneInfo(zone)):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    def _language(self, request: HttpRequest, person: Person | None) -> str:
        if person:
            return offered(person.language)
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if chosen in dict(settings.LANGUAGES):
            return chosen
        return translation.get_language_from_request(request)
