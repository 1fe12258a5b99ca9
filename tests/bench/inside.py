"""What can be counted but not timed, in one process without a server: queries of a page and of a pass, and renders."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db import connection
from django.template.backends.django import Template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from tests.live_pass import connect
from workspace.live.passes import Passes

Rendered = Counter[tuple[Any, ...]]


def print_counts(facts: dict[str, Any]) -> None:
    """Everybody in one room, one press: what the page asks, what the pass asks and renders. To be run on a loaded
    database."""
    room, passes = facts["room"], Passes()
    facilitator = Client(headers={"cookie": f"s={facts['readers'][facts['facilitator']][1]}"})
    with renders() as rendered:
        asked = [connect("room", session, id=room).socket for _, session, _ in facts["readers"]]
        sockets = [socket for socket in asked if socket is not None]
        passes.run(sockets)
        for item in facts["items"]:
            facilitator.post(f"/items/{item}/current/", headers={"hx-request": "true", "x-live": "1"})
            before = rendered.total()
            with CaptureQueriesContext(connection) as of_pass:
                told = passes.run(sockets).frames
    with CaptureQueriesContext(connection) as of_page:
        page = facilitator.get(f"/conferences/{room}/")
    assert (len(sockets), page.status_code) == (len(facts["readers"]), 200)
    counts = {
        "queries_a_page": len(of_page),
        "queries_a_push": len(of_pass),
        "frames": len(told),
        "renders_a_push": rendered.total() - before,
        "renders": rendered.total(),
        "values": len(rendered),
    }
    print(json.dumps(counts))


@contextmanager
def renders() -> Iterator[Rendered]:
    """Every template that is rendered with a value meanwhile: by value, language and time zone, however it is kept."""
    seen: Rendered = Counter()
    render: Callable[..., Any] = Template.render

    def counted(template: Any, context: Any = None, request: Any = None) -> Any:
        if request is None and context and "it" in context:
            it = context["it"]
            seen[type(it), it, translation.get_language(), timezone.get_current_timezone_name()] += 1
        return render(template, context, request)

    with mock.patch.object(Template, "render", counted):
        yield seen
