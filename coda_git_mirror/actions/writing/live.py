"""The rows of a table as they are in Coda, read as cheaply as may be, and as surely as Coda can say."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import (
    AccessDenied,
    CodaError,
    NotThere,
    OutOfPatience,
    TokenRefused,
    Unaddressable,
)
from coda_git_mirror.model.cell_values import CellValue
from coda_git_mirror.model.content import Column, Json

PATIENCE = 600.0
"""Seconds that Coda is given to show what it has accepted."""
FIRST_WAIT = 2.0
_LONGEST_WAIT = 8.0
"""Longer pauses would spare few requests, and cost time."""
_ROWS_OF_A_REQUEST = 500
_FINAL = (AccessDenied, TokenRefused, OutOfPatience, NotThere)


@dataclass(frozen=True)
class LiveRow:
    """A row as Coda gave it."""

    values: Mapping[str, Any]
    columns: Mapping[str, Column] = field(repr=False)

    def cell(self, column: str) -> CellValue:
        """What the cell of a column means."""
        return canonical(self.values.get(column), self.columns.get(column) or Column(column, ""))

    def is_blank(self) -> bool:
        """Whether there is nothing in it."""
        return all(self.cell(column) == canonical("", about) for column, about in self.columns.items())


LiveRows = Mapping[str, LiveRow]
"""By their ids."""


@dataclass(frozen=True)
class Seen:
    """Rows, and whether they are sure to show every change that Coda had accepted."""

    rows: LiveRows
    is_sure: bool


@dataclass(frozen=True)
class _Read:
    """Rows that were read, if only none."""

    found: LiveRows


class LiveTable:
    """Reads a table of which these are the columns; it had `count` rows when it was read last."""

    def __init__(
        self, source: Source, doc: str, table: str, columns: Iterable[Column], clock: Clock, count: int = 0
    ) -> None:
        self._source, self._doc, self._table, self._clock = source, doc, table, clock
        self._columns = {column.id: column for column in columns}
        self._count = count

    def nothing_in(self, column: str) -> CellValue:
        """What an empty cell of a column means."""
        return canonical("", self._columns.get(column) or Column(column, ""))

    def all(self, fresh: bool = False) -> LiveRows:
        """All rows. Raises NotYetFresh where they are to be fresh and Coda cannot say so."""
        return self._listed(None, fresh)

    def some(self, ids: Collection[str], fresh: bool = False) -> LiveRows:
        """Those of these rows that are there, by a request each, or by the listing where that takes fewer."""
        if self.cost(ids) < len(ids):
            return self._listed(frozenset(ids), fresh)
        found = ((row, self._one(row, fresh)) for row in ids)
        return {row: live for row, live in found if live}

    def cost(self, ids: Collection[str]) -> int:
        """How many requests `some` sends."""
        return min(len(ids), max(1, ceil(self._count / _ROWS_OF_A_REQUEST)))

    def _listed(self, wanted: Collection[str] | None, fresh: bool) -> LiveRows:
        rows = _ListedRows(self._columns, wanted)
        self._source.rows(self._doc, self._table, rows, fresh=fresh)
        self._count = rows.count
        return rows

    def _one(self, row: str, fresh: bool) -> LiveRow | None:
        try:
            return self._row(self._source.row(self._doc, self._table, row, fresh=fresh))
        except (NotThere, Unaddressable):
            return None

    def _row(self, row: Json) -> LiveRow:
        return LiveRow(_values_of(row), self._columns)

    def surely(
        self,
        ids: Collection[str] | None,
        is_enough: Callable[[LiveRows], bool] | None = None,
        patience: float = PATIENCE,
    ) -> Seen:
        """These rows, or all, once Coda shows every change; what is enough is taken from a read that may lack some.

        After `patience` seconds whatever is to be seen. Raises CodaError where Coda gives nothing to this token.
        """
        deadline, wait = self._clock.now() + patience, FIRST_WAIT
        while True:
            if rows := self._try(ids, fresh=True):
                return Seen(rows.found, True)
            left = deadline - self._clock.now()
            rows = self._try(ids, fresh=False) if is_enough or left <= 0 else None
            if rows and is_enough and is_enough(rows.found):
                return Seen(rows.found, True)
            if left <= 0:
                return Seen(rows.found if rows else {}, False)
            self._clock.sleep(min(wait, left))
            wait = min(2 * wait, _LONGEST_WAIT)

    def _try(self, ids: Collection[str] | None, fresh: bool) -> _Read | None:
        """None where Coda cannot give them now."""
        try:
            return _Read(self._read(ids, fresh))
        except _FINAL:
            raise
        except CodaError:
            return None

    def _read(self, ids: Collection[str] | None, fresh: bool) -> LiveRows:
        return self.all(fresh) if ids is None else self.some(ids, fresh)


def _values_of(row: Json) -> Json:
    values = row.get("values")
    return values if isinstance(values, dict) else {}


class _ListedRows(Mapping[str, LiveRow]):
    """Takes rows as they arrive, those that are `wanted`, or all; each waits as bytes until somebody looks at it."""

    def __init__(self, columns: Mapping[str, Column], wanted: Collection[str] | None) -> None:
        self._columns, self._wanted = columns, wanted
        self._kept: dict[str, bytes] = {}
        self.count = 0
        """Of all rows that arrived."""

    def restart(self) -> None:
        self._kept.clear()
        self.count = 0

    def take(self, items: list[Json]) -> None:
        self.count += len(items)
        for item in items:
            if self._wanted is None or item["id"] in self._wanted:
                self._kept[item["id"]] = marshal.dumps(_values_of(item))

    def __getitem__(self, row: str) -> LiveRow:
        return LiveRow(marshal.loads(self._kept[row]), self._columns)  # noqa: S302 (this process wrote it)

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, row: object) -> bool:
        return row in self._kept
