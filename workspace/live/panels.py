"""Live pages: what is on them, for whom, and how it is put into bytes.

A page is the same thing whoever asks for it: a view answering a request and the hub pushing a change both
call `load` once and `view` for each person. State, not deltas: what is pushed is what a fresh page would
show.
"""

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from secrets import token_hex
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar, dataclass_transform
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from workspace.disclosure import lean
from workspace.disclosure.lens import Sight, read_sights, sight_of
from workspace.disclosure.models import Guarded
from workspace.disclosure.policy import Lens
from workspace.disclosure.sealed import Along, Groups, Marks
from workspace.live.models import Seen, ask_seen, here_of

T = TypeVar("T")
# Nobody can write it into a text: each process has its own.
BORDER = f"<!--{token_hex(8)}-->"


def hashed_once(cls: type[T]) -> type[T]:
    """A class whose values do not change, and work their hash out once: it is asked for at every push."""
    made: Any = cls
    worked_out = made.__hash__

    def kept(it: Any) -> int:
        known: dict[str, Any] = it.__dict__
        if "hash" not in known:
            known["hash"] = worked_out(it)
        return int(known["hash"])

    made.__hash__ = kept
    return cls


@dataclass_transform(frozen_default=True)
def value(cls: type[T]) -> type[T]:
    """A frozen dataclass of plain data."""
    return hashed_once(dataclass(frozen=True)(cls))


class Value(Hashable, Protocol):
    """What a template gets as `it`, and nothing else: made with `value`."""

    template: ClassVar[str]


class Panel(Value, Protocol):
    """The value of a whole panel. `id`: the id of its one root element, by which a push finds it."""

    id: ClassVar[str]


@hashed_once
class Lines(tuple[Any, ...]):
    """Values that stand one after another in a panel, each rendered once by its own template. The panel's template
    says where, with `{% lines it.rows %}`, and whether there are any, with `{% if it.rows %}`; and no more."""


class Still(Lines):
    """Whole panels that stand one after another in another one, to be looked at: no link in them leads anywhere."""


@value
class Place:
    """Where lines will stand, while the panel around them is rendered. `number`: that of the field they are in."""

    number: int
    filled: bool

    def __bool__(self) -> bool:
        return self.filled

    def __str__(self) -> str:
        return f"{BORDER}{self.number}{BORDER}"


@dataclass(frozen=True)
class Shown:
    """What one person sees of a page.

    `case`: the case it is about, or None when it is about several. `conference`, `seat`: where and as whom
    the person is present while the page is open, or None. `until`: when time alone changes it, besides what seats and
    releases do; then it is looked at again, so that no hidden change shows by being what it waited for.
    """

    panels: tuple[Panel, ...]
    case: int | None = None
    conference: int | None = None
    seat: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, eq=False)
class Viewer:
    """One open page: whose lenses, and of what. `scope`: the public id the page is about. `look`: that of the
    part which is looked at, or a word that says which part."""

    sight: Sight
    scope: str
    look: str


@dataclass(frozen=True)
class Asked:
    """What a page is asked to read, at one moment, for everybody who has it open. `seated`: of each of their cases, the
    lenses of all who sit on it, by seat. `seen`: of each conference that `here` was asked for, who had a page of it
    open lately."""

    at: datetime
    viewers: Sequence[Viewer]
    seated: Mapping[int, Mapping[int, Lens]] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)
    arrived: dict[int, frozenset[int]] = field(default_factory=dict)
    seen: dict[int, Seen] = field(default_factory=dict)

    @cached_property
    def scopes(self) -> frozenset[str]:
        """The public ids that the open pages are about."""
        return frozenset(viewer.scope for viewer in self.viewers)

    @cached_property
    def cases(self) -> frozenset[int]:
        """The cases of all who look."""
        return frozenset(case for viewer in self.viewers for case in viewer.sight)

    def here(self, conferences: Collection[int]) -> Mapping[int, frozenset[int]]:
        """The seats that have a page of each of these conferences open, unless it is known already."""
        for conference, seen in ask_seen(set(conferences) - self.arrived.keys(), self.at)().items():
            self.seen[conference], self.arrived[conference] = seen, here_of(seen, self.at)
        return self.arrived

    def rows(self, table: type[Guarded], column: str, along: Along = (), /, **where: Any) -> Groups:
        """Sealed rows of a table, by one of its columns, with what is read `along`. Ask for parents before what hangs
        under them: then it takes one statement. Ask for all you can before you look into any: then they come
        together."""
        return table.objects.sealed_by(column, self.marks, along, **where)


@dataclass(frozen=True)
class Page:
    """`load` reads sealed rows for all who have the page open, in a fixed number of queries. `view` is what one of
    them sees of it, or None: nothing is there. `alone`: it asks for nobody's lenses
    but those of who looks."""

    name: str
    load: Callable[[Asked], Any]
    view: Callable[[Any, Viewer], Shown | None]
    alone: bool = False


@cache
def pages() -> Mapping[str, Page]:
    """Every live page by its name."""
    return {page.name: page for page in map(import_string, settings.LIVE_PAGES)}


class Written(NamedTuple):
    """HTML, how many bytes it is, and a short fingerprint of it that is the same in every process."""

    html: str
    size: int
    mark: str


def digest(text: str | bytes) -> str:
    """A short fingerprint."""
    return blake2b(text.encode() if isinstance(text, str) else text, digest_size=6).hexdigest()


@lru_cache(maxsize=16_384)
def rendered(it: Value, language: str, zone: str) -> Written:
    """A value as HTML, made once for the same value, language and time zone."""
    html = _html(it, language, zone)
    encoded = html.encode()
    return Written(html, len(encoded), digest(encoded))


def written(panel: Panel, language: str, zone: str) -> Written:
    """A whole panel as HTML: what stands around its lines, and the lines, joined."""
    values = [getattr(panel, name) for name in _fields(type(panel))]
    places = tuple(
        _place(number, bool(it)) if isinstance(it, Lines) else it for number, it in enumerate(values)
    )
    first, more, size, mark = _around(type(panel), places, language, zone)
    html, marks = [first], [mark]
    for place, part in more:
        # A line that moves from the end of one list to the start of the next is a change.
        marks.append("")
        make = _stilled if isinstance(values[place], Still) else rendered
        for line in values[place]:
            one = make(line, language, zone)
            html.append(one.html)
            marks.append(one.mark)
            size += one.size
        html.append(part)
    return Written("".join(html), size, digest(" ".join(marks)))


LINK = re.compile(r'(<a\b[^>]*?) href="[^"]*"')


def _stilled(panel: Panel, language: str, zone: str) -> Written:
    whole = written(panel, language, zone)
    html = LINK.sub(r"\1", whole.html)
    return Written(html, len(html.encode()), whole.mark)


def _html(it: Value, language: str, zone: str) -> str:
    with translation.override(language), timezone.override(ZoneInfo(zone)):
        return str(get_template(it.template).render({"it": it}))


@lru_cache(maxsize=4096)
def _around(
    kind: Any, values: tuple[Any, ...], language: str, zone: str
) -> tuple[str, tuple[tuple[int, str], ...], int, str]:
    """A panel without its lines: what comes first, for each place its number and what comes after it, and how many
    bytes that is."""
    first, *more = _html(kind(*values), language, zone).split(BORDER)
    places = tuple((int(place), part) for place, part in zip(more[::2], more[1::2], strict=True))
    size = len("".join((first, *more[1::2])).encode())
    return first, places, size, digest(repr((first, places)))


@cache
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _place(number: int, filled: bool) -> Place:
    return Place(number, filled)


def written_here(shown: Shown) -> Mapping[str, Written]:
    """The panels of a page by their ids, in the language and time zone that are active."""
    language, zone = translation.get_language() or "en", timezone.get_current_timezone_name()
    return {panel.id: written(panel, language, zone) for panel in shown.panels}


SNAPSHOT = {
    "sqlite": ("BEGIN", "SELECT 1 FROM sqlite_schema LIMIT 1"),
    "postgresql": ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1",),
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
        # The select is what fixes the reading; only after it is the time taken.
        for statement in SNAPSHOT[connection.vendor]:
            driver.execute(statement)
        with lean.pipeline():
            yield timezone.now()
            driver.execute("ROLLBACK")
    except BaseException:
        lean.give_up(connection)
        raise


def shape(panels: Iterable[Panel]) -> str:
    """A fingerprint of which panels a page has: one that has others cannot be brought up to date by frames."""
    return digest(" ".join(panel.id for panel in panels))


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
        # Who sits on two hundred cases waits for a thousand lenses, and on some pages for nothing.
        sights = None if page.alone else read_sights([person], at)
        viewer = Viewer(sights.of[person] if sights else sight_of(person, at), scope, look)
        shown = page.view(page.load(Asked(at, [viewer], sights.seated if sights else {})), viewer)
    if shown is None:
        return None
    panels = written_here(shown)
    html = {each: SafeString(panel.html) for each, panel in panels.items()}
    shows = ".".join(panel.mark for panel in panels.values())
    query = {"id": scope, "look": look, "panels": shape(shown.panels), "shows": shows}
    url = f"/live/{name}/?{urlencode({key: value for key, value in query.items() if value})}"
    return Served(html, {panel.id: panel for panel in shown.panels}, url, shown)
