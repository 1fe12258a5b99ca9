"""The lean reading of rows: Django works out a statement once, and from then on only its values change.

Working a statement out takes Django some 0.5 ms, several times what the database takes to answer it. What is read
at every push and at every press is read here; everything else asks Django as usual.
"""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from psycopg.abc import Buffer
from psycopg.adapt import Loader

FAR = datetime(9000, 1, 1, tzinfo=UTC)
Build = Callable[..., "QuerySet[Any]"]
Rows = list[tuple[Any, ...]]
# The name of a value, its type, and how many of it there are, or None for one that is no collection.
Shape = tuple[tuple[str, type, int | None], ...]


def read(build: Build, **values: Any) -> Rows:
    """The rows of `build(**values)`, as tuples of the columns that its `values_list` names. See `ask`."""
    return ask(build, **values)()


def ask(build: Build, **values: Any) -> Callable[[], Rows]:
    """Ask for the rows of `build(**values)`; what is returned waits for them. In a `pipeline` several are on their way
    at once.

    `build` is called once for values of the same types, with others in their stead: it may filter by them and do
    nothing else with them, by a collection with `__in`. A value is a number, a text, an instant, or a collection of
    those, and with an empty collection nothing is found.
    """
    arrays = connection.vendor == "postgresql"
    flat: list[Any] = []
    shape: list[tuple[str, type, int | None]] = []
    for name, value in values.items():
        if isinstance(value, str) or not isinstance(value, Collection):
            flat.append(value)
            shape.append((name, type(value), None))
            continue
        if not value:
            return list
        each = list(value)
        if arrays:
            flat.append(_array(each))
            shape.append((name, type(each[0]), 2))
        else:
            # A few lengths, so that few statements are worked out; what is asked twice is found once.
            length = 1 << (len(each) - 1).bit_length()
            flat += each + each[-1:] * (length - len(each))
            shape.append((name, type(each[0]), length))
    return _statement(connection.vendor, build, tuple(shape)).ask(flat)


def pipeline() -> AbstractContextManager[Any]:
    """While this lasts, what is asked is sent at once, and answers are waited for only when they are needed. An open
    transaction is needed. SQLite has no way to go, and so no need of it."""
    return connection.connection.pipeline() if connection.vendor == "postgresql" else nullcontext()


@dataclass(frozen=True)
class Statement:
    """SQL, and what goes into it: for each parameter the place of its value, or the value it always has."""

    sql: str
    parameters: list[tuple[int | None, Any]]
    compiler: Any
    converters: Any

    def ask(self, flat: list[Any]) -> Callable[[], Rows]:
        """Ask what it finds with these values."""
        given = [always if place is None else _adapted(flat[place]) for place, always in self.parameters]
        cursor = connection.cursor()
        cursor.execute(self.sql, given)
        rows = partial(self._rows, cursor)
        if connection.vendor != "postgresql":
            # SQLite reads while it is asked for more: what nobody waits for would hold its reading open for ever.
            found = rows()
            return lambda: found
        return rows

    def _rows(self, cursor: Any) -> Rows:
        with cursor:
            found = cursor.fetchall()
        if self.converters:
            return list(map(tuple, self.compiler.apply_converters(found, self.converters)))
        return list(found)


@lru_cache(maxsize=1024)
def _statement(vendor: str, build: Build, shape: Shape) -> Statement:
    """The statement for values of this shape. `vendor`: the database it is for."""
    stand_ins: list[Any] = []
    values: dict[str, Any] = {}
    for name, kind, length in shape:
        made = [_stand_in(kind, len(stand_ins) + number) for number in range(length or 1)]
        stand_ins += made
        values[name] = made[0] if length is None else made
    compiler = build(**values).query.get_compiler(using="default")
    sql, parameters = compiler.as_sql()
    places = {_adapted(value): place for place, value in enumerate(stand_ins)}
    found = [(places.get(value), value) for value in parameters]
    missing = set(range(len(stand_ins))) - {place for place, _ in found}
    if missing:
        raise TypeError(f"{build} does not filter by all that it is given")
    if vendor == "postgresql":
        sql, found = _with_arrays(sql, found, shape)
    return Statement(
        sql, found, compiler, compiler.get_converters([column for column, *_ in compiler.select])
    )


def _with_arrays(
    sql: str, found: list[tuple[int | None, Any]], shape: Shape
) -> tuple[str, list[tuple[int | None, Any]]]:
    """The same with one array for each collection: a statement for any number of them, short enough to be kept.

    Raises TypeError for a collection that the statement does not look something up in.
    """
    parts = sql.split("%s")
    # From the places of the stand-ins, two for a collection, to those of the values.
    firsts: dict[int | None, tuple[int | None, int | None]] = {}
    place = 0
    for index, (_, _, length) in enumerate(shape):
        firsts[place] = index, length
        place += length or 1
    text, at = parts[0], 0
    given: list[tuple[int | None, Any]] = []
    while at < len(found):
        stands_for, always = found[at]
        number, length = firsts.get(stands_for, (stands_for, None))
        given.append((number, always))
        at += 1
        if length is None:
            text += "%s" + parts[at]
            continue
        if not (text.endswith(" IN (") and parts[at] == ", " and parts[at + 1].startswith(")")):
            raise TypeError("a collection is for looking something up in it, with __in")
        at += 1
        text = f"{text.removesuffix('IN (')}= ANY(%s{parts[at]}"
    return text, given


def _array(values: list[Any]) -> Any:
    """A collection as PostgreSQL is given it: numbers as a text that the database reads itself. psycopg would look at
    each of them, as often as the statement names the collection, which with hundreds is a tenth of a page."""
    return f"{{{','.join(map(str, values))}}}" if isinstance(values[0], int) else values


def _stand_in(kind: type, number: int) -> Any:
    """A value of this type that nothing else has. Raises TypeError where there is none."""
    if issubclass(kind, str):
        return f"\x00stand-in {number}"
    if issubclass(kind, int):
        return -1_000_000_007 - number
    if issubclass(kind, datetime):
        return FAR + timedelta(microseconds=number)
    raise TypeError(f"{kind.__name__} cannot be read by")


class Instants(Loader):
    """Reads PostgreSQL's instants in C. Django's own reader of them was a tenth of a push."""

    timezone = UTC  # where Django looks whether a reader is right for its line

    def load(self, data: Buffer) -> datetime:
        """An instant as PostgreSQL writes it in UTC: `2026-11-22 09:30:00.25+00`."""
        return _instant(bytes(data))


@lru_cache(maxsize=16_384)
def _instant(text: bytes) -> datetime:
    # Mostly those of the push before: as the same object each is compared at once, too.
    return datetime.fromisoformat(text.decode())


def read_instants(connection: Any, **signal: Any) -> None:
    """Have a new line to the database read instants so."""
    if connection.vendor == "postgresql":
        connection.connection.adapters.register_loader("timestamptz", Instants)


def have_dead_lines_found(connection: Any, **signal: Any) -> None:
    """Have the pool of this line give up all that lie in it as soon as it finds one dead.

    They die together, when PostgreSQL is started again. Left to itself the pool finds out one by one, and waits 1, 2,
    4 s in between: where nobody has a page open, one request after another would wait for ten seconds and fail.
    """
    pool = getattr(connection, "pool", None)
    if pool:
        # Django names the check itself, and leaves no way to name another.
        pool._check = partial(_alive, pool)


def _alive(pool: Any, line: Any) -> None:
    try:
        pool.check_connection(line)
    except Exception:
        pool.drain()
        raise


def give_up(connection: Any) -> None:
    """Use this line to the database no more, on which something failed.

    psycopg may believe that PostgreSQL knows a statement which it does not, or a table may have changed under one that
    it does. Every use after that would fail too.
    """
    if connection.vendor != "postgresql":
        connection.connection.execute("ROLLBACK")
    elif connection.connection is not None:
        connection.connection.close()


def give_up_after_failure(**signal: Any) -> None:
    """Give up the line of a request that failed."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        give_up(connection)


def _adapted(value: Any) -> Any:
    """As the database is given it."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
