"""A table of the mirror as a table of SQLite: columns with types, rows in the mirror's order, read as a stream."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from coda_git_mirror.changes.column_kinds import NUMBER_KINDS
from coda_git_mirror.format.cells import FileOf
from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.format.tables import ROW_ID_HEADER, csv_names, parse_row
from coda_git_mirror.format.text import writable
from coda_git_mirror.format.version import CURRENT, Version
from coda_git_mirror.model.answer import SqlValue
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.sql.database import Database
from coda_git_mirror.sql.names import column_names, quoted
from coda_git_mirror.sql.values import column_values, sql_value

MOST_COLUMNS = 2_000
"""SQLite takes no more in a table."""
REST = "Other columns"
"""The column, a JSON object, that has what would be too many columns."""
INTEGER, REAL, NUMERIC, TEXT, MIXED = "INTEGER", "REAL", "NUMERIC", "TEXT", ""
"""The types that columns are declared with: those that change no value of them. One without a type takes any."""
_BATCH = 1_000
_WAITING = "loading"


@dataclass(frozen=True)
class Layout:
    """Coda's columns of a table with their names in SQL: those of their own, and those that share one."""

    columns: tuple[tuple[str, Column], ...]
    rest: tuple[tuple[str, Column], ...] = ()
    rest_name: str = ""

    @property
    def names(self) -> list[str]:
        """All names in SQL."""
        shared = [self.rest_name] if self.rest else []
        return [*(name for name, _ in self.columns), *shared, ROW_ID_HEADER]


def layout_of(columns: Sequence[Column], version: Version = CURRENT) -> Layout:
    """What the columns are called (browse.md, query); `version` is the one of the format that the CSV is written in."""
    named = tuple(zip(column_names(csv_names(columns, version)), columns, strict=True))
    if len(named) + 1 <= MOST_COLUMNS:
        return Layout(named)
    own = MOST_COLUMNS - 2
    [rest_name] = column_names([REST], (ROW_ID_HEADER, *(name for name, _ in named)))
    return Layout(named[:own], named[own:], rest_name)


def make_empty(database: Database, name: str, columns: Sequence[str]) -> None:
    """The table without rows and types, for SQL that is to be understood before anything is read."""
    database.run(f"CREATE TABLE {quoted(name)} ({', '.join(map(quoted, columns))})")


def fill_table(
    database: Database,
    name: str,
    layout: Layout,
    records: Iterable[bytes],
    file_of: FileOf | None = None,
) -> None:
    """Makes the table `name` of the lines of a JSONL.

    Raises DamagedContent where a line is no row, or two have one id.
    """
    waiting = f"{_WAITING}.{quoted(name)}"
    database.run(f"ATTACH '' AS {_WAITING}")
    try:
        database.run(f"CREATE TABLE {waiting} ({', '.join(map(quoted, layout.names))})")
        seen: list[set[type]] = [set() for _ in layout.names]
        database.fill(f"INSERT INTO {waiting} VALUES ({_places(layout.names)})", _rows(records, layout, file_of, seen))
        types = [_declared(types, column.kind) for types, (_, column) in zip(seen, layout.columns, strict=False)]
        types += [TEXT] * (len(layout.names) - len(types))
        _settle(database, name, waiting, layout.names, types)
    finally:
        database.run(f"DETACH {_WAITING}")


def fill_plain(database: Database, name: str, columns: Sequence[str], rows: Iterable[Sequence[SqlValue]]) -> None:
    """Makes a table of texts."""
    stored = (list(map(_stored, row)) for row in rows)
    with database.whole():
        database.run(f"CREATE TABLE {quoted(name)} ({', '.join(f'{quoted(column)} {TEXT}' for column in columns)})")
        database.fill(f"INSERT INTO {quoted(name)} VALUES ({_places(columns)})", stored)


def _stored(cell: SqlValue) -> SqlValue:
    return cell if not isinstance(cell, str) or (cell.isascii() and cell.isprintable()) else writable(cell)


def _places(names: Sequence[str]) -> str:
    return ", ".join("?" * len(names))


def _settle(database: Database, name: str, waiting: str, names: Sequence[str], types: Sequence[str]) -> None:
    """The table with the types that were found; by its last column rows are looked up."""
    declared = [f"{quoted(column)} {type_}".strip() for column, type_ in zip(names, types, strict=True)]
    try:
        with database.whole():
            database.run(f"CREATE TABLE {quoted(name)} ({', '.join(declared)} PRIMARY KEY)")
            database.run(f"INSERT INTO main.{quoted(name)} SELECT * FROM {waiting}")
    except sqlite3.IntegrityError as error:
        raise DamagedContent("two rows with one id") from error


def _rows(
    records: Iterable[bytes], layout: Layout, file_of: FileOf | None, seen: Sequence[set[type]]
) -> Iterator[tuple[SqlValue, ...]]:
    """The rows as SQLite stores them; notes the types of the values of each column."""
    lines = iter(records)
    while batch := list(islice(lines, _BATCH)):
        rows = [parse_row(line) for line in batch]
        cells = [row["values"] for row in rows]
        columns = [
            column_values([values.get(column.id) for values in cells], column.kind, file_of)
            for _, column in layout.columns
        ]
        if layout.rest:
            columns.append([_rest(values, layout, file_of) for values in cells])
        for types, column in zip(seen, columns, strict=False):
            types.update(map(type, column))
        yield from zip(*columns, [writable(row["id"]) for row in rows], strict=True)


def _rest(values: Json, layout: Layout, file_of: FileOf | None) -> SqlValue:
    cells = ((name, sql_value(values.get(column.id), column.kind, file_of)) for name, column in layout.rest)
    return writable(json.dumps({name: cell for name, cell in cells if cell is not None}, ensure_ascii=False))


def _declared(seen: set[type], kind: str) -> str:
    """The type of a column that holds values of these types; of one that is empty what its kind lets expect."""
    found = seen - {type(None)}
    if not found:
        return NUMERIC if kind in NUMBER_KINDS else INTEGER if kind == "checkbox" else TEXT
    if found <= {int, float}:
        return NUMERIC if len(found) > 1 else INTEGER if int in found else REAL
    return TEXT if found == {str} else MIXED
