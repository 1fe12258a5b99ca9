"""Sockets: a plain ASGI function. They only push; what a client sends is bounded, and anything but the answer
to its last heartbeat closes it."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.http import parse_cookie

from workspace.addresses import LOOK, PUBLIC_ID, SESSION_SHAPE
from workspace.live.hub import Hub
from workspace.live.panels import pages
from workspace.live.passes import LEAVE, Socket

UNEXPECTED = 4400
NOBODY = 4402  # no session came along, which may have run out: the page leaves, but for what its device keeps


async def live(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """One connection. Who may not connect is accepted and closed with 4403, on which the page leaves: a
    refused handshake would be tried again for ever."""
    await receive()
    await send({"type": "websocket.accept"})
    socket = _socket(scope, send)
    if isinstance(socket, int):
        await send({"type": "websocket.close", "code": socket})
        return
    hub = await Hub.here()
    try:
        await hub.join(socket)
        while (message := await receive())["type"] == "websocket.receive":
            if not hub.answered(socket, message.get("text")):
                hub.leave(socket)
                await send({"type": "websocket.close", "code": UNEXPECTED})
                break
    finally:
        hub.leave(socket)


def _socket(scope: dict[str, Any], send: Callable[[dict[str, Any]], Awaitable[None]]) -> Socket | int:
    headers = {name.decode("latin1").lower(): value.decode("latin1") for name, value in scope["headers"]}
    # The full origin: a validator of hosts alone would let any port and http pass.
    if headers.get("origin", "") not in settings.ALLOWED_ORIGINS:
        return LEAVE
    page = scope["path"].removeprefix("/live/").removesuffix("/")
    try:
        query = parse_qs(scope["query_string"].decode("ascii"))
    except ValueError:
        return LEAVE
    # As for every other request: Python's own parser gives up on all cookies when it dislikes one of them.
    session = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
    if page not in pages() or scope["path"] != f"/live/{page}/":
        return LEAVE
    if not session:
        return NOBODY
    scope_id, look = query.get("id", [""])[0], query.get("look", [""])[0]
    if not (
        SESSION_SHAPE.fullmatch(session)
        and (not scope_id or PUBLIC_ID.fullmatch(scope_id))
        and (not look or LOOK.fullmatch(look))
    ):
        return LEAVE
    shows = query["shows"][0][:200].split(".") if "shows" in query else None
    return Socket(session, page, scope_id, look, send, shows, query.get("panels", [""])[0][:20])
