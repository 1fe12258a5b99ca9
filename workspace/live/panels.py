"""Live pages: what is on them, for whom, and how it is put into bytes.

A page is the same thing whoever asks for it: a view answering a request and the hub pushing a change both
call `load` once and `view` for each person. State, not deltas: what is pushed is what a fresh page would
show.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any, ClassVar, Protocol
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from workspace.disclosure.lens import Opener, Sight, read_sights


class Value(Hashable, Protocol):
    """A frozen dataclass of plain data, and the template that gets it as `it` and nothing else."""

    template: ClassVar[str]


class Panel(Value, Protocol):
    """The value of a whole panel. `id`: the id of its one root element, by which a push finds it."""

    id: ClassVar[str]


@dataclass(frozen=True)
class Shown:
    """What one person sees of a page.

    `case`: the case it is about, or None when it is about several. `conference`, `seat`: where and as whom
    the person is present while the page is open, or None.
    """

    panels: tuple[Panel, ...]
    case: int | None = None
    conference: int | None = None
    seat: int | None = None


@dataclass(frozen=True)
class Page:
    """`load(ids, cases, at)` reads sealed rows for these public ids (and these people's cases) in a fixed
    number of queries. `view(loaded, opener, sight, scope, look)` is what one person sees of it, or None:
    nothing is there."""

    name: str
    load: Callable[[Collection[str], Collection[int], datetime], Any]
    view: Callable[[Any, Opener, Sight, str, str], Shown | None]


@cache
def pages() -> Mapping[str, Page]:
    """Every live page by its name."""
    return {page.name: page for page in map(import_string, settings.LIVE_PAGES)}


@lru_cache(maxsize=8192)
def rendered(value: Value, language: str, zone: str) -> SafeString:
    """The HTML of a value, made once for the same value, language and time zone."""
    with translation.override(language), timezone.override(ZoneInfo(zone)):
        return SafeString(get_template(value.template).render({"it": value}))


SNAPSHOT = {
    "sqlite": ("BEGIN", "SELECT 1 FROM sqlite_schema LIMIT 1"),
    "postgresql": ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "SELECT 1"),
}


@contextmanager
def one_moment() -> Iterator[datetime]:
    """One consistent reading of the database, and its instant.

    So no row that is read is younger than what its reader's lens says: what is written right after a release
    was withdrawn never meets a lens from before. Not `atomic()`, which would take SQLite's write lock.
    """
    if connection.in_atomic_block:
        yield timezone.now()
        return
    connection.ensure_connection()
    driver = connection.connection
    try:
        # The second statement is what fixes the reading; only after it is the time taken.
        for statement in SNAPSHOT[connection.vendor]:
            driver.execute(statement)
        yield timezone.now()
    finally:
        driver.execute("ROLLBACK")


def digest(html: str) -> str:
    """A short fingerprint of a panel's bytes."""
    return blake2b(html.encode(), digest_size=6).hexdigest()


@dataclass(frozen=True)
class Served:
    """A page as it goes out: panels' HTML by their ids, and the address of the socket that keeps it so."""

    panels: Mapping[str, SafeString]
    values: Mapping[str, Any]
    live_url: str
    shown: Shown


def serve(name: str, person: int, *, scope: str = "", look: str = "") -> Served | None:
    """This page for this person now, in the language and time zone that are active; None: there is nothing
    here."""
    page = pages()[name]
    with one_moment() as at:
        sight = read_sights([person], at).of[person]
        shown = page.view(page.load([scope], sight.keys(), at), Opener(), sight, scope, look)
    if shown is None:
        return None
    language, zone = translation.get_language() or "en", timezone.get_current_timezone_name()
    html = {panel.id: rendered(panel, language, zone) for panel in shown.panels}
    query = {"id": scope, "look": look, "shows": ".".join(map(digest, html.values()))}
    url = f"/live/{name}/?{urlencode({key: value for key, value in query.items() if value})}"
    return Served(html, {panel.id: panel for panel in shown.panels}, url, shown)
