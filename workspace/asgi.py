"""Composition: requests to Django, sockets to the hub."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workspace.settings")
http = get_asgi_application()

# By name, because these know tables: Django has to be set up first.
from_loop = import_string("workspace.live.announce.from_loop")
_routes = ProtocolTypeRouter({"http": http, "websocket": import_string("workspace.live.sockets.live")})


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """The house's front door."""
    from_loop(asyncio.get_running_loop())
    await _routes(scope, receive, send)
