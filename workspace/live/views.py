"""How the house is doing: numbers of machines, never of people."""

from ipaddress import ip_address

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from workspace.live.hub import Hub

# The last is what the proxy in the README sets.
FROM_A_PROXY = ("X-Forwarded-For", "Forwarded", "X-Forwarded-Proto")


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Whether this process reaches its database and, for this machine alone, whether it hears hints.

    `found_without_hint`: changes this process found by asking for versions, because no hint came; a number
    that grows means that the channel layer is deaf. It grows when something changes that the asker may not see,
    so nobody hears of it through a proxy or from elsewhere.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        database = "ok"
    except DatabaseError:
        database = "unreachable"
    body: dict[str, object] = {"database": database}
    if _is_near(request):
        hub = Hub.running
        body["hub_is_listening"] = None if hub is None else hub.listening
        body["found_without_hint"] = 0 if hub is None else hub.healed
    return JsonResponse(body, status=200 if database == "ok" else 503)


def _is_near(request: HttpRequest) -> bool:
    """Whether somebody on this machine asks, and no proxy on it for somebody else."""
    if any(name in request.headers for name in FROM_A_PROXY):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
