"""Composition: requests to Django, sockets to the hub."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from channels.routing import ProtocolTypeRouter
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

MOST_IDLE_THREADS = 32


class OneThread(ASGIHandler):
    """Django's own handler, with all middleware and the view of a request in one thread, which serves again.

    Some of them are not asynchronous. Each change between the kinds would be a way to the event loop and back,
    which together took as long as the work. A thread made for each request, and another to end it, took a twentieth
    of a push.
    """

    def __init__(self) -> None:
        super().__init__()
        self._idle: list[ThreadPoolExecutor] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, in a thread that no other has meanwhile."""
        thread = self._idle.pop() if self._idle else ThreadPoolExecutor(1, "request")
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.handle(scope, receive, send)
        finally:
            # The thread says so itself: a request that was given up may still be at work in it.
            thread.submit(self._rest, thread)

    def _rest(self, thread: ThreadPoolExecutor) -> None:
        if len(self._idle) < MOST_IDLE_THREADS:
            self._idle.append(thread)
        else:
            thread.shutdown(wait=False)

    def load_middleware(self, is_async: bool = False) -> None:
        """As for a synchronous server."""
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, worked out in the thread of this request."""
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workspace.settings")
django.setup(set_prefix=False)
http = OneThread()

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
