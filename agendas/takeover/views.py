"""What the leaving seat answered for: taken over, refused, given to somebody else; and the end of a handover."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from agendas.handover.views import page_of, said
from agendas.takeover import changes
from agendas.takeover.writing import TakeoverDesk, takeover_desk
from workspace.live.answers import press
from workspace.people.middleware import signed_in


@signed_in
@require_POST
def end(request: HttpRequest, handover: str) -> HttpResponse:
    """The case is handed over."""
    return press(request, lambda sight: changes.finish(sight, handover=handover), page_of)


@signed_in
@require_POST
def taking(request: HttpRequest, handover: str, row: str) -> HttpResponse:
    """The new one takes this over."""
    return press(request, lambda sight: changes.take(sight, handover=handover, row=row), page_of)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def refusal(request: HttpRequest, handover: str, row: str) -> HttpResponse:
    """The new one does not take this over."""

    def keep(desk: TakeoverDesk, because: str, key: str) -> None:
        changes.refuse(desk.sight, handover=handover, row=row, because=because, key=key)

    return said(request, "refusal", keep, lambda person: takeover_desk(person, handover, row))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def owner(request: HttpRequest, handover: str, row: str) -> HttpResponse:
    """Ask somebody else to do what the new one does not take over."""

    def keep(desk: TakeoverDesk, to: str, key: str) -> None:
        changes.give(desk.sight, handover=handover, row=row, to=to, key=key)

    return said(request, "owner", keep, lambda person: takeover_desk(person, handover, row))
