"""Answers that say no: one calm page, without a trace of content, the same for missing and forbidden."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, DisallowedHost, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _

from workspace.addresses import PUBLIC_ID
from workspace.picture import TOO_LARGE
from workspace.record.changes import TooMuchAtOnceError

SENTENCES: dict[int, tuple[Any, Any]] = {
    400: (
        _("That could not be read"),
        _("Your browser sent something this page does not understand. Go back and try again."),
    ),
    403: (
        _("This could not be done"),
        _("You may have been signed out, or this page is too old. Open it again and try once more."),
    ),
    404: (_("There is nothing here"), _("The page is not here. Go to your start page.")),
    405: (_("That does not work here"), _("Go back and use the buttons on the page.")),
    409: (
        _("Something changed in the meantime"),
        _("Nothing was lost. Open the page again to see how things stand."),
    ),
    413: (_("That is too much at once"), _("What you sent is too long. Make it shorter and try again.")),
    422: (_("Something is missing"), _("Please look at the form again.")),
    429: (
        _("A little slower, please"),
        _("That was a lot in one minute. Wait a minute; nothing you typed is lost."),
    ),
    500: (_("Something went wrong on our side"), _("It is not your fault. Please try again in a minute.")),
}


def answer(request: HttpRequest | None, status: int, sentence: Any = None) -> HttpResponse:
    """The error page with this status. `sentence` replaces the usual one; it never carries what is hidden.

    What was typed into a form of a browser without JavaScript stands on the page again, to be copied, or to go on with
    after signing in. A browser with it finds there what it kept of what was being written on that page.
    """
    typed = _typed(request) if request is not None and status in GIVEN_BACK else []
    if sentence is None and not typed:
        return HttpResponse(_usual(status, translation.get_language(), settings.SOURCE_URL), status=status)
    title, usual = SENTENCES.get(status, SENTENCES[400])
    context = {"status": status, "title": title, "sentence": sentence or usual, "typed": typed}
    # Whoever is told why, was looked up, and sees what it is about.
    if request is not None and sentence is not None and status in STILL_THEIRS:
        context["drafts"] = request.session.get("drafts", "")
    # Only what was sent from here is offered to be sent again: nobody else may put words into somebody's mouth.
    if typed and request is not None and request.headers.get("Origin") in settings.ALLOWED_ORIGINS:
        again = {"path": request.path, "token": get_token(request), "again": _again(request)}
        context |= again | {"may_have_to_sign_in": sentence is None}
    return HttpResponse(render_to_string("workspace/error.html", context), status=status)


@lru_cache(maxsize=64)
def _usual(status: int, language: str | None, source: str) -> str:
    """The page that says nothing but what is usual: the same bytes for everybody. `language`, `source`: all else that
    may differ on it."""
    title, sentence = SENTENCES.get(status, SENTENCES[400])
    return render_to_string("workspace/error.html", {"title": title, "sentence": sentence})


def _typed(request: HttpRequest) -> list[str]:
    if request.headers.get("HX-Request") == "true":
        return []
    try:
        given = request.POST
    except UNREADABLE:
        return []
    typed = [str(value) for name, value in given.items() if name.endswith(TEXTS) and name not in NOT_TYPED]
    # Somebody who was chosen is no text.
    return [text for text in typed if text.strip() and not PUBLIC_ID.fullmatch(text)]


def _again(request: HttpRequest) -> list[tuple[str, str]]:
    """All that was sent, but for the token, and for having been shown who will read it."""
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        for value in values
        if not name.endswith(("csrfmiddlewaretoken", "shown_readers"))
    ]


def malformed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400, which also gets what is too large."""
    return answer(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token."""
    return answer(request, 403)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return answer(request, 403)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: what is hidden and what never existed are one answer."""
    return answer(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """Django's handler500: needs no database and no session."""
    with translation.override(translation.get_language_from_request(request)):
        return answer(request, 500)


def content_security_policy() -> str:
    """Everything from this server only. The socket's address is named because older Safari does not count
    it as 'self'."""
    sockets = " ".join(sorted({origin.replace("http", "ws", 1) for origin in settings.ALLOWED_ORIGINS}))
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        f"connect-src 'self' {sockets}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ).replace(" ;", ";")


UNREADABLE = (BadRequest, SuspiciousOperation, MultiPartParserError, OSError)
GIVEN_BACK = (403, 409, 429, 500)
STILL_THEIRS = (403, 409)  # what they were writing there is shown to them
NOT_TYPED = ("shown_title",)  # what the page said, not its reader
TEXTS = (
    *(
        "text",
        "words",
        "title",
        "purpose",
        "because",
        "reply",
        "statement",
        "waived",
        "name",
        "place",
        "note",
        "outcome",
        "said",
        "cover",
    ),
    *("called", "sounds", "does", "does_not", "ask_about", "private", "contact", "languages"),  # a card
)


class CalmAnswers:
    """The outermost layer: gives every answer the same headers, and every refusal the calm page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = content_security_policy()

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """What a verb refuses because it was too much at once."""
        return answer(request, 429) if isinstance(exception, TooMuchAtOnceError) else None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, calmly."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        picture = settings.TAKES_PICTURES.fullmatch(request.path) is not None
        most = settings.FILE_UPLOAD_MAX_MEMORY_SIZE if picture else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if not _is_ours(request) or not _is_text(request):
            response = answer(None, 400)
        elif length.isdigit() and int(length) > most:
            with translation.override(translation.get_language_from_request(request)):
                response = answer(request, 413, TOO_LARGE if picture else None)
        else:
            response = self.get_response(request)
        if response.status_code == 405:
            # The headers that the layers below gave it stay.
            with translation.override(response.headers.get("Content-Language")):
                response.content = answer(request, 405).content
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), browsing-topics=()"
        )
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", settings.SECURE_REFERRER_POLICY)
        response.headers.setdefault("Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY)
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        if response.status_code >= 400 or not request.path.startswith(f"/{settings.STATIC_URL.strip('/')}/"):
            response["Cache-Control"] = "no-store"
            patch_vary_headers(response, ["Cookie", "Accept-Language"])
        return response


def _is_text(request: HttpRequest) -> bool:
    """Python knows "charsets" that are none; every page of ours sends UTF-8."""
    return str((request.content_params or {}).get("charset", "utf-8")).lower() in ("utf-8", "utf8")


def _is_ours(request: HttpRequest) -> bool:
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True
