"""Other ways to tell everybody, in front of the product's own requests, tables, rule and templates; and the product
itself with a clock in it. Each is an ASGI application that `tests.bench.settings` names."""

import asyncio
import json
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter
from django.http import parse_cookie
from django.utils import timezone, translation
from django.utils.module_loading import import_string

from workspace.asgi import application as product
from workspace.disclosure import lens, sealed
from workspace.disclosure.lens import read_sights
from workspace.live import announce, panels
from workspace.live.panels import Asked, Viewer, one_moment, pages, written
from workspace.people.models import offered
from workspace.people.sessions import Session

if TYPE_CHECKING:

    class AsyncWebsocketConsumer:
        """What is used of Channels' class, which has no types."""

        scope: dict[str, Any]
        channel_layer: Any
        channel_name: str

        async def accept(self) -> None: ...
        async def send(self, text_data: str) -> None: ...
        @classmethod
        def as_asgi(cls) -> Any: ...

else:
    from channels.generic.websocket import AsyncWebsocketConsumer

Application = Callable[..., Awaitable[None]]
CHANGED = ("agenda", "item")  # the panels that another current item changes


class Page(AsyncWebsocketConsumer):
    """A consumer in a group, as the tutorial has it. `group`: whom it hears with."""

    group = announce.GROUP

    async def connect(self) -> None:
        """Let a signed-in reader in."""
        headers = {name.decode(): value.decode() for name, value in self.scope["headers"]}
        self.room = parse_qs(self.scope["query_string"].decode())["id"][0]
        self.person, self.language, self.zone = await database_sync_to_async(_reader)(
            parse_cookie(headers["cookie"])["s"]
        )
        await self.choose_group()
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        await self.send(text_data=" ")  # as a heartbeat: the client knows that it was let in

    async def choose_group(self) -> None:
        """There is one for all."""

    async def receive(self, **said: Any) -> None:
        """The answer to that heartbeat."""

    async def disconnect(self, code: int) -> None:
        """Hear no more."""
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def hint(self, event: dict[str, Any]) -> None:
        """Something changed: query and render, for this socket alone."""
        await self.send(text_data=await database_sync_to_async(self.panels)())

    def panels(self) -> str:
        """The product's own work for one page, with nothing left over from the page before."""
        sealed._last.clear()
        for kept in (lens._settled, panels.rendered, panels._around):
            kept.cache_clear()
        with translation.override(self.language), timezone.override(ZoneInfo(self.zone)):
            served = panels.serve("room", self.person, scope=self.room)
        assert served is not None
        return "".join(served.panels[name] for name in CHANGED)


def _reader(session: str) -> tuple[int, str, str]:
    person = Session.objects.select_related("person__task_force").get(session_key=session).person
    assert person is not None
    return person.pk, offered(person.language), person.task_force.time_zone


class ClassPage(Page):
    """A consumer that only hands on what was rendered for its class: people alike in all the rule asks but who they
    are, and alike in language. What concerns one seat cannot be kept from the others of its class in this way."""

    async def choose_group(self) -> None:
        """The group of the class; whoever comes first stands for it."""
        self.group = await database_sync_to_async(partial(_class_of, self.person, self.room))(
            self.language, self.zone
        )

    async def html(self, event: dict[str, Any]) -> None:
        """Hand it on."""
        await self.send(text_data=event["html"])


# Group to who stands for it: person, room, language, time zone.
_classes: dict[str, tuple[int, str, str, str]] = {}


def _class_of(person: int, room: str, language: str, zone: str) -> str:
    (seat,) = read_sights([person], timezone.now()).of[person].values()
    name = f"class-{seat.role}-{seat.agency}-{seat.topics}-{language}"
    _classes.setdefault(name, (person, room, language, zone))
    return name


async def _tell_classes(case: int) -> None:
    layer = get_channel_layer()
    for group, html in (await database_sync_to_async(_render_classes)()).items():
        await layer.group_send(group, {"type": "html", "html": html})


def _render_classes() -> dict[str, str]:
    """Everything is loaded once, as the hub does."""
    page = pages()["room"]
    with one_moment() as at:
        sights = read_sights({person for person, *_ in _classes.values()}, at)
        viewers = {
            group: Viewer(sights.of[person], room, "") for group, (person, room, *_) in _classes.items()
        }
        loaded = page.load(Asked(at, list(viewers.values())))
        shown = {group: page.view(loaded, viewer) for group, viewer in viewers.items()}
    return {
        group: "".join(
            written(panel, *_classes[group][2:]).html for panel in what.panels if panel.id in CHANGED
        )
        for group, what in shown.items()
        if what is not None
    }


def _with_sockets(consumer: type[Page]) -> Application:
    router: Application = ProtocolTypeRouter({"http": product, "websocket": consumer.as_asgi()})
    return router


usual = _with_sockets(Page)
_class_sockets = _with_sockets(ClassPage)


async def classes(
    scope: dict[str, Any], receive: Callable[..., Awaitable[Any]], send: Callable[..., Awaitable[None]]
) -> None:
    """The sender on commit is the one that renders."""
    if announce._send is not _tell_classes:
        mock.patch.object(announce, "_send", _tell_classes).start()
    await _class_sockets(scope, receive, send)


# What is timed, by what it is called in the table: the time inside, without what is timed further inside.
TIMED = {
    "other": "workspace.live.passes.Passes.run",
    "lens": "workspace.live.passes.read_sights",
    "render": "workspace.live.passes.Pen.difference",
    "send": "workspace.live.hub.Hub._deliver",
    "request": "workspace.errors.CalmAnswers.__call__",
    "verb": "agendas.items.changes.make_current",
}
ANSWER = {"type": "http.response.start", "status": 200, "headers": []}
_spent: defaultdict[str, float] = defaultdict(float)
_within = threading.local()


@contextmanager
def _clock(name: str) -> Iterator[None]:
    stack = _within.__dict__.setdefault("stack", [])
    stack.append(0.0)
    began = time.perf_counter()
    try:
        yield
    finally:
        took = time.perf_counter() - began
        _spent[name] += took - stack.pop()
        if stack:
            stack[-1] += took


def _timed(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(work)
    def sync(*given: Any, **more: Any) -> Any:
        with _clock(name):
            return work(*given, **more)

    @wraps(work)
    async def waited(*given: Any, **more: Any) -> Any:
        with _clock(name):
            return await work(*given, **more)

    return waited if asyncio.iscoroutinefunction(work) else sync


def _start_clocks() -> None:
    for name, path in TIMED.items():
        place, _, attribute = path.rpartition(".")
        owner = import_string(place) if place.rpartition(".")[2][0].isupper() else import_module(place)
        setattr(owner, attribute, _timed(name, getattr(owner, attribute)))
    room = pages()["room"]
    for name in ("load", "view"):
        object.__setattr__(room, name, _timed(name, getattr(room, name)))


async def profiled(
    scope: dict[str, Any], receive: Callable[..., Awaitable[Any]], send: Callable[..., Awaitable[None]]
) -> None:
    """The product. `/bench/spent` tells the seconds of each part since it was last asked, and starts the clocks."""
    if scope["type"] != "http" or scope["path"] != "/bench/spent":
        await product(scope, receive, send)
        return
    if not _spent:
        _start_clocks()
    body = json.dumps(dict.fromkeys([*TIMED, "load", "view"], 0.0) | _spent)
    _spent.clear()
    _spent["other"] = 0.0
    await send(ANSWER)
    await send({"type": "http.response.body", "body": body.encode()})
