"""Rows that have nothing to read until a lens opens them."""

from collections import defaultdict, namedtuple
from collections.abc import Iterator
from functools import cache
from typing import Any, NoReturn

from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.aggregates import Aggregate

from workspace.disclosure.policy import Row, Topic


class SeatSet:
    """The seats that a link table ties to a row, read in the same statement as the row."""

    class _Joined(Aggregate):
        """Numbers as one comma-separated text, on both databases."""

        template = "GROUP_CONCAT(%(expressions)s)"
        output_field = models.TextField()

        def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
            return self.as_sql(
                compiler, connection, template="STRING_AGG(%(expressions)s::text, ',')", **context
            )

    def __init__(self, table: type[models.Model], column: str) -> None:
        self.table, self.column = table, column

    def of(self, reference: str) -> Subquery:
        """The text of seat numbers for the row that `reference` points at."""
        links = self.table._default_manager.filter(**{self.column: OuterRef(reference)}).order_by()
        return Subquery(links.values(self.column).annotate(seats=self._Joined("seat_id")).values("seats"))

    @staticmethod
    def read(text: str | None) -> frozenset[int]:
        """The seat numbers in such a text."""
        return frozenset(map(int, text.split(","))) if text else frozenset()


class Sealed:
    """A row nobody has opened. It answers to nothing; `lens.open_rows` is the only way to what it holds."""

    __slots__ = ("__row", "__values")

    def __init__(self, row: Row, values: Any) -> None:
        self.__row = row
        self.__values = values

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError("a sealed row has nothing to read; open it with a lens")

    def __repr__(self) -> str:
        return "<sealed>"

    @staticmethod
    def contents(sealed: "Sealed") -> tuple[Row, Any]:
        """What the rule asks, and what it guards. Only `lens.py` calls this; a test holds it to that."""
        return sealed.__row, sealed.__values


@cache
def _shape(names: tuple[str, ...]) -> Any:
    make: Any = namedtuple
    return make("Opened", names)


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
LEVELS = ("mark", "mark__parent", "mark__parent__parent")
WIDTH = len(MARK_COLUMNS) + 1


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

    def sealed(self, **where: Any) -> list[Sealed]:
        """The rows that match, with their marks and their parents' marks, in one statement, oldest first."""
        return [sealed for _, sealed in self._read("mark_id", where)]

    def sealed_by(self, column: str, **where: Any) -> dict[Any, list[Sealed]]:
        """The same, grouped by a column of the row, for pages that load for many scopes at once."""
        groups: dict[Any, list[Sealed]] = defaultdict(list)
        for key, sealed in self._read(column, where):
            groups[key].append(sealed)
        return groups

    # The one place where rows are read lean: columns by position, no model instances. A prototype with
    # instances took
    # twice as long for a push to a hundred people.
    def _read(self, key: str, where: dict[str, Any]) -> Iterator[tuple[Any, Sealed]]:
        table: Any = self.model
        own = [field.attname for field in table._meta.concrete_fields]
        names = [*own, *table.also, "public_id", "left_out_because", "created_at", "row"]
        shape = _shape(tuple(names))
        also = [value.of("mark_id") if isinstance(value, SeatSet) else value for value in table.also.values()]
        columns: list[Any] = [*own, *also, "mark__public_id", "mark__left_out_because", "mark__created_at"]
        width = len(columns)
        for level in LEVELS:
            columns += [f"{level}__{column}" for column in MARK_COLUMNS] + [self._named.of(f"{level}_id")]
        rows: dict[int, Row] = {}
        order = table._meta.ordering or ["mark_id"]
        found: models.QuerySet[Any] = models.QuerySet(table, using=self.db).filter(**where).order_by(*order)
        for values in found.values_list(key, *columns):
            marks = values[1 + width :]
            row = self._row(marks, rows)
            if row is not None:
                yield values[0], Sealed(row, shape(*values[1 : 1 + width], row))

    def _row(self, marks: tuple[Any, ...], rows: dict[int, Row]) -> Row | None:
        if not marks or marks[0] is None:
            return None
        known = rows.get(marks[0])
        if known is None:
            number, above, case, author, origin, topic, audience, invited_only, removed_at, named = marks[
                :WIDTH
            ]
            parent = self._row(marks[WIDTH:], rows)
            seats = SeatSet.read(named)
            # A parent that was not read is not "no parent": what cannot be asked is hidden.
            removed = removed_at is not None or (above is not None and parent is None)
            known = Row(case, author, origin, Topic(topic), audience, seats, parent, removed, invited_only)
            rows[number] = known
        return known
