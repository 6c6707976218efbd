"""Cells of rows that come by the hundred thousand, in little memory: as bytes, made cells again by whoever looks."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, TypeAlias, overload

from coda_git_mirror.model.cell_values import (
    EMPTY,
    CellValue,
    Day,
    Empty,
    Foreign,
    Formatted,
    HostedFile,
    Many,
    Member,
    Moment,
    Money,
    Number,
    RowReference,
    Text,
    TimeOfDay,
    Truth,
    WebAddress,
    references,
)
from coda_git_mirror.model.plan import Cell

_Parts: TypeAlias = "tuple[Any, ...]"
ColumnNames: TypeAlias = "tuple[tuple[str, str], ...]"
"""Id and name of each column."""


def packed(values: Iterable[CellValue]) -> bytes:
    """What cells mean; only this very process can make of it what they were."""
    return marshal.dumps([_parts(value) for value in values])


def unpacked(content: bytes) -> Iterator[CellValue]:
    """What was packed."""
    return map(_value, marshal.loads(content))  # noqa: S302 (this process wrote it)


def unpacked_at(content: bytes, place: int) -> CellValue:
    """One of them."""
    return _value(marshal.loads(content)[place])  # noqa: S302 (this process wrote it)


class PackedCells(Sequence[Cell]):
    """Cells of one row. Rows with the same columns share `columns`."""

    __slots__ = ("_columns", "_content")

    def __init__(self, columns: ColumnNames, values: Iterable[tuple[CellValue, Any]]) -> None:
        self._columns = columns
        self._content = marshal.dumps([(_parts(wanted), sent) for wanted, sent in values])

    def __iter__(self) -> Iterator[Cell]:
        stored = marshal.loads(self._content)  # noqa: S302 (this process wrote it)
        for (column, name), (wanted, sent) in zip(self._columns, stored, strict=True):
            yield Cell(column, name, _value(wanted), sent)

    def sent(self) -> dict[str, Any]:
        """What is sent, by column."""
        stored = marshal.loads(self._content)  # noqa: S302 (this process wrote it)
        return {column: sent for (column, _), (_, sent) in zip(self._columns, stored, strict=True)}

    def naming(self) -> Iterator[CellValue]:
        """What those cells mean that may point to rows."""
        stored = marshal.loads(self._content)  # noqa: S302 (this process wrote it)
        return (_value(wanted) for wanted, _ in stored if wanted[0] in _NAMING)

    def __len__(self) -> int:
        return len(self._columns)

    @overload
    def __getitem__(self, place: int) -> Cell: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Cell, ...]: ...
    def __getitem__(self, place: int | slice) -> Cell | tuple[Cell, ...]:
        return tuple(self)[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PackedCells | tuple) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


class CellPacker:
    """Packs the cells of many rows."""

    def __init__(self) -> None:
        self._known: dict[ColumnNames, ColumnNames] = {}

    def pack(self, cells: Sequence[Cell]) -> Sequence[Cell]:
        """The same cells in less memory."""
        columns = tuple((cell.column, cell.column_name) for cell in cells)
        return self.packed(columns, ((cell.wanted, cell.sent) for cell in cells))

    def packed(self, columns: ColumnNames, values: Iterable[tuple[CellValue, Any]]) -> Sequence[Cell]:
        """Cells of these columns, in each what it means and what is sent."""
        return PackedCells(self._known.setdefault(columns, columns), values) if columns else ()


def sent_values(cells: Sequence[Cell]) -> dict[str, Any]:
    """What is sent for cells, by column; of packed ones without a look at what they mean."""
    if isinstance(cells, PackedCells):
        return cells.sent()
    return {cell.column: cell.sent for cell in cells}


def rows_named(cells: Sequence[Cell]) -> list[str]:
    """The ids of the rows that cells point to, likewise."""
    if isinstance(cells, PackedCells):
        return [each.row for value in cells.naming() for each in references(value)]
    return [each.row for cell in cells for each in references(cell.wanted)]


def _parts(value: CellValue) -> _Parts:
    """A value as a number that tells its kind, and what it consists of."""
    if isinstance(value, Many):
        return _MANY, [_parts(each) for each in value.items]
    kind, parts = _PARTS[type(value)]
    return kind, *parts(value)


def _value(parts: _Parts) -> CellValue:
    return _MADE[parts[0]](*parts[1:])


def _all_fields(kind: type) -> Callable[[Any], _Parts]:
    names = [each.name for each in fields(kind)]
    first = attrgetter(*names[:1]) if names else None
    if len(names) > 1:
        return attrgetter(*names)
    return (lambda value: (first(value),)) if first else lambda _: ()


def _many(items: list[_Parts]) -> Many:
    return Many(tuple(map(_value, items)))  # type: ignore[arg-type]


_KINDS: Sequence[tuple[type, Callable[[Any], _Parts], Callable[..., CellValue]]] = (
    (Empty, lambda _: (), lambda: EMPTY),
    (Number, lambda it: (str(it.value), it.shown), lambda value, shown: Number(Decimal(value), shown)),
    (
        Money,
        lambda it: (str(it.amount), it.currency, it.shown),
        lambda amount, currency, shown: Money(Decimal(amount), currency, shown),
    ),
    (
        Moment,
        lambda it: (it.instant.isoformat(), it.shown),
        lambda instant, shown: Moment(datetime.fromisoformat(instant), shown),
    ),
    *(
        (kind, _all_fields(kind), kind)
        for kind in (
            Text, Formatted, Truth, Day, TimeOfDay, Member, RowReference, WebAddress, HostedFile, Foreign,
        )
    ),
)  # fmt: skip
_MANY = len(_KINDS)
_PARTS: Mapping[type, tuple[int, Callable[[Any], _Parts]]] = {
    kind: (number, parts) for number, (kind, parts, _) in enumerate(_KINDS)
}
_NAMING = frozenset({_PARTS[RowReference][0], _MANY})
_MADE: Sequence[Callable[..., CellValue]] = [*(made for *_, made in _KINDS), _many]
