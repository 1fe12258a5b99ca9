"""Rows that have nothing to read until a lens opens them."""

import json
from abc import ABC, abstractmethod
from collections import defaultdict, deque, namedtuple
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache, cached_property, lru_cache, partial
from time import monotonic
from typing import Any, NoReturn, Self, TypeVar

from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.aggregates import Aggregate

from workspace.disclosure import lean
from workspace.disclosure.policy import Row, Topic

T = TypeVar("T")
GENERATION = 10.0  # seconds
MOST_MADE = 16_384


class Tied(ABC):
    """What a table ties to a row, read as one text in the same statement as the row. `where`: by which of its rows."""

    reference = "mark_id"

    def __init__(self, table: type[models.Model], column: str, **where: Any) -> None:
        self.table, self.column, self.where = table, column, where

    def through(self, reference: str) -> Self:
        """The same, tied to what this column of a row points at."""
        self.reference = reference
        return self

    def of(self, reference: str) -> Subquery:
        """The text for the row that `reference` points at."""
        tied = self.table._base_manager.filter(**{self.column: OuterRef(reference)}, **self.where).order_by()
        return Subquery(tied.values(self.column).annotate(text=self.joined()).values("text"))

    @abstractmethod
    def joined(self) -> Aggregate:
        """How the tied rows become one text."""


class SeatSet(Tied):
    """The seats that a link table ties to a row."""

    class _Joined(Aggregate):
        """Numbers as one comma-separated text, on both databases."""

        template = "GROUP_CONCAT(%(expressions)s)"
        output_field = models.TextField()

        def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
            return self.as_sql(
                compiler, connection, template="STRING_AGG(%(expressions)s::text, ',')", **context
            )

    def joined(self) -> Aggregate:
        """Their numbers, in any order."""
        return self._Joined("seat_id")

    @staticmethod
    def read(text: str | None) -> frozenset[int]:
        """The seat numbers in such a text."""
        return frozenset(map(int, text.split(","))) if text else frozenset()


class TiedRows(Tied):
    """Columns of the rows that a table ties to a row, and seats that are tied to those: of what is seen by whoever sees
    that row, and needs no mark, or what the rule asks of the mark."""

    class _Joined(Aggregate):
        """Rows as a JSON text, on both databases."""

        template = "JSON_GROUP_ARRAY(JSON_ARRAY(%(expressions)s))"
        output_field = models.TextField()

        def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
            return self.as_sql(
                compiler,
                connection,
                template="JSONB_AGG(JSONB_BUILD_ARRAY(%(expressions)s))::text",
                **context,
            )

    def __init__(self, table: type[models.Model], column: str, *columns: Any, **where: Any) -> None:
        super().__init__(table, column, **where)
        self.columns = columns

    def joined(self) -> Aggregate:
        """Their columns, in any order of the rows."""
        return self._Joined(*(each.of("pk") if isinstance(each, SeatSet) else each for each in self.columns))

    @staticmethod
    def read(text: str | None) -> tuple[tuple[Any, ...], ...]:
        """The rows in such a text, sorted by their first column: numbers, texts, None, and what `instant_of` reads."""
        return tuple(sorted(map(tuple, json.loads(text)))) if text else ()

    @staticmethod
    def instant_of(text: str | None) -> datetime | None:
        """An instant in such a row: SQLite writes it without its zone, which is UTC."""
        if not text:
            return None
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)


# What is read along with a row, besides what its table always has along: by the name the row gives it. None stands for
# what is not read this time: where there are thousands of rows, and little of each is asked for.
Along = tuple[tuple[str, Tied | models.F | None], ...]


class Keeps:
    """Something that does not change, with what was made of it."""

    def once(self, make: Callable[..., T], *given: Hashable) -> T:
        """`make(self, *given)`, made once. `given` says everything else that the result depends on.

        What nobody asks for any more goes when the next but one generation begins, with all that it holds.
        """
        key = make, *given
        state = self.__dict__
        try:
            found: T = state["made"][key]
            return found
        except KeyError:
            made: dict[Any, T] = state.setdefault("made", {})
            before: dict[Any, T] = state.get("before", {})
            result = before[key] if key in before else make(self, *given)
            now = monotonic()
            if now - state.setdefault("since", now) > GENERATION or len(made) > MOST_MADE:
                state["before"], state["since"] = made, now
                made = state["made"] = {}
            made[key] = result
            return result


class Contents(Keeps):
    """What is under a seal: rows with what the rule asks of each, oldest first, and what they were read from."""

    def __init__(self, rows: Iterable[tuple[Row, Any]] = (), source: Sequence[Any] = ()) -> None:
        self.rows, self.source = tuple(rows), source
        cases = {row.case for row, _ in self.rows}
        self.case = cases.pop() if len(cases) == 1 else None
        # Each with its place among them.
        self.parents = {
            row: place for place, row in enumerate(dict.fromkeys(r.parent for r, _ in self.rows if r.parent))
        }

    @cached_property
    def touching(self) -> dict[int, list[int]]:
        """The places of the rows that name a seat or were written by it, for every such seat."""
        places: dict[int, list[int]] = defaultdict(list)
        for place, (row, _) in enumerate(self.rows):
            for seat in row.touches:
                places[seat].append(place)
        return dict(places)


class Sealed:
    """Rows nobody has opened. They answer to nothing, not even how many they are; `lens.open_rows` is the only
    way to what they hold."""

    __slots__ = ("__contents",)

    def __init__(self, contents: Contents) -> None:
        self.__contents = contents

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError("sealed rows have nothing to read; open them with a lens")

    def __repr__(self) -> str:
        return "<sealed>"

    @staticmethod
    def contents(sealed: "Sealed") -> Contents:
        """What is under the seal. Only `lens.py` calls this; a test holds it to that."""
        return sealed.__contents


NOTHING = Sealed(Contents())


class Marks(dict[int, Row | None]):
    """A mark's number to what the rule asks of it, or None where that could not be read: of one moment.

    `asked`: groups on their way, in the order in which they were asked for. They are read in that order, because what
    came before may hold the parents of what comes after.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked: deque[Groups] = deque()


class Groups:
    """Sealed rows by a column of theirs, asked for at once and waited for when they are looked into. Where there are
    none, there is nothing, and no fault."""

    def __init__(self, marks: Marks, read: Callable[[], dict[Any, Sealed]]) -> None:
        self._marks, self._read = marks, read
        self._found: dict[Any, Sealed] | None = None
        marks.asked.append(self)

    def __getitem__(self, key: Any) -> Sealed:
        while self._found is None:
            first = self._marks.asked[0]
            first._found = first._read()
            self._marks.asked.popleft()
        return self._found.get(key, NOTHING)


@cache
def _shape(names: tuple[str, ...]) -> Any:
    """A row with these columns. Each is itself alone, so that what is made of one can be kept with it."""
    make: Any = namedtuple
    identity = {
        "__slots__": (),
        "__eq__": object.__eq__,
        "__ne__": object.__ne__,
        "__hash__": object.__hash__,
    }
    return type("Opened", (make("Opened", names),), identity)


MARK_COLUMNS = (
    "id",
    "parent_id",
    "case_id",
    "author_id",
    "origin_id",
    "topic",
    "audience",
    "invited_only",
    "removed_at",
)
WIDTH = len(MARK_COLUMNS) + 1


@lru_cache(maxsize=65_536)
def _row(
    case: int,
    author: int | None,
    origin: int | None,
    topic: str,
    audience: int,
    invited_only: bool,
    removed: bool,
    named: str | None,
    parent: Row | None,
) -> Row:
    """What the rule asks, the same object for the same answer: so a change elsewhere leaves it as it was."""
    return Row(
        case, author, origin, Topic(topic), audience, SeatSet.read(named), parent, removed, invited_only
    )


# What was last read of a group. A pass that finds the same in the database goes on with the same rows, and with
# all that was made of them.
_last: dict[Any, Sealed] = {}
MOST_GROUPS = 4096


@cache
def _plan(table: Any, named: SeatSet, column: str, along: Along) -> tuple[Any, lean.Build]:
    """What a row of this table looks like once it is opened, and the reading of it, to be narrowed."""
    unread = {name for name, value in along if value is None}
    own = [field.attname for field in table._meta.concrete_fields if field.attname not in unread]
    every = {name: value for name, value in (table.also | dict(along)).items() if name not in unread}
    also = [value.of(value.reference) if isinstance(value, Tied) else value for value in every.values()]
    columns = [*own, *also, "mark__public_id", "mark__left_out_because", "mark__created_at"]
    of_mark = [f"mark__{name}" for name in MARK_COLUMNS]
    plain: models.QuerySet[Any] = models.QuerySet(table).order_by(*(table._meta.ordering or ["mark_id"]))
    found: models.QuerySet[Any] = plain.values_list(column, *columns, *of_mark, named.of("mark_id"))

    def narrowed(**where: Any) -> models.QuerySet[Any]:
        by_name = [by(where.pop(name)) for name, by in table.lookups.items() if name in where]
        return found.filter(*by_name, **where)

    return _shape((*own, *every, "public_id", "left_out_because", "created_at", "row")), narrowed


@cache
def _marks(table: Any, named: SeatSet) -> lean.Build:
    """The reading of marks by themselves."""
    build: lean.Build = table.objects.values_list(*MARK_COLUMNS, named.of("id")).filter
    return build


class SealedManager(models.Manager[Any]):
    """The default manager of a guarded table: it gives sealed rows, and whatever else is tried on it
    raises."""

    def __init__(self, named: SeatSet) -> None:
        super().__init__()
        self._named = named

    def get_queryset(self) -> NoReturn:
        """Refuse: a read without a viewer is a mistake, never a short cut."""
        raise TypeError(
            f"{self.model.__name__}.objects gives sealed rows only: use sealed(), or unsealed in a verb"
        )

    def sealed(self, marks: Marks | None = None, along: Along = (), /, **where: Any) -> Sealed:
        """The rows that match, oldest first. `marks`: those that were read at the same moment before, of which
        some are parents of these; others are fetched, in one statement a level. `along`: what else is read with them,
        in the same statement."""
        return self.sealed_by("", marks, along, **where)[None]

    def sealed_by(
        self, column: str, marks: Marks | None = None, along: Along = (), /, **where: Any
    ) -> Groups:
        """The same, grouped by a column of the row, for pages that load for many scopes at once."""
        marks = Marks() if marks is None else marks
        table: Any = self.model
        shape, narrowed = _plan(table, self._named, column or "mark_id", along)
        kind = table, column, along, *where
        return Groups(marks, partial(self._read, marks, kind, shape, lean.ask(narrowed, **where)))

    # The one place where rows are read lean: columns by position, no model instances, nothing made twice of what
    # did not change.
    def _read(
        self, marks: Marks, kind: tuple[Any, ...], shape: Any, rows: Callable[[], lean.Rows]
    ) -> dict[Any, Sealed]:
        found = rows()
        self._bring({values[1 - WIDTH] for values in found}, marks)
        groups: dict[Any, list[tuple[Any, Row]]] = defaultdict(list)
        by_column = kind[1]
        for values in found:
            groups[values[0] if by_column else None].append((values, self._row_of(values[-WIDTH:], marks)))
        return {key: _same_or_new((*kind, key), rows, shape) for key, rows in groups.items()}

    def _bring(self, wanted: set[int | None], marks: Marks) -> None:
        """Read these marks and all above them, but for those that are there."""
        table = self.model._meta.get_field("mark").related_model
        found: dict[int, tuple[Any, ...]] = {}
        while missing := {
            number for number in wanted if number and number not in marks and number not in found
        }:
            found |= {values[0]: values for values in lean.read(_marks(table, self._named), pk__in=missing)}
            wanted = {found[number][1] for number in missing if number in found}
            marks.update(dict.fromkeys(missing - found.keys()))
        while ready := [number for number, values in found.items() if not values[1] or values[1] in marks]:
            for number in ready:
                self._row_of(found.pop(number), marks)
        # A chain that leads back into itself has no top: whatever hangs in it is hidden.
        marks.update(dict.fromkeys(found))

    @staticmethod
    def _row_of(values: tuple[Any, ...], marks: Marks) -> Row:
        number, above, case, author, origin, topic, audience, invited_only, removed_at, named = values
        parent = marks.get(above) if above else None
        # A parent that was not read is not "no parent": what cannot be asked is hidden.
        removed = removed_at is not None or (above is not None and parent is None)
        row = marks[number] = _row(
            case, author, origin, topic, audience, invited_only, removed, named, parent
        )
        return row


def _same_or_new(group: Any, found: list[tuple[Any, Row]], shape: Any) -> Sealed:
    """These rows as they were sealed before, if nothing in them changed; else sealed anew, those that did not
    change as they were."""
    sealed = _last.get(group, NOTHING)
    before = Sealed.contents(sealed)
    if before.source == found:
        return sealed
    known = {read[0][-WIDTH]: (read, kept) for read, kept in zip(before.source, before.rows, strict=True)}
    rows = []
    for read in found:
        values, row = read
        was, kept = known.get(values[-WIDTH], (None, (row, None)))
        rows.append(kept if was == read else (row, shape(*values[1:-WIDTH], row)))
    if len(_last) > MOST_GROUPS:
        with suppress(KeyError, RuntimeError):
            del _last[next(iter(_last))]
    sealed = _last[group] = Sealed(Contents(rows, found))
    return sealed
