"""A table as a file: the mirror's own where all of it is wanted, else the rows of a search in an order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from coda_git_mirror.actions.browse.grids import Grid, row_of
from coda_git_mirror.actions.browse.sheets import Sheets
from coda_git_mirror.actions.browse.tables import Asked, choice_of
from coda_git_mirror.format.table_parts import JSONL, csv_records
from coda_git_mirror.format.tables import csv_lines
from coda_git_mirror.format.text import json_line
from coda_git_mirror.sql.sheets import Choice, SheetRow

_BATCH = 500


def csv_of(grid: Grid, sheets: Sheets, asked: Asked) -> Iterator[bytes]:
    """The CSV, whole byte for byte as the mirror has it, of parts with one header. In pieces."""
    choice = choice_of(grid, asked)
    if choice == Choice():
        yield from _joined(grid.csv_lines())
        return
    yield next(csv_records(grid.csv_lines()), b"")
    for batch in _batches(_rows(grid, sheets, choice)):
        yield b"".join(csv_lines([[*row.texts, row.id] for row in batch]))


def jsonl_of(grid: Grid, sheets: Sheets, asked: Asked) -> Iterator[bytes]:
    """The lines of the JSONL, likewise; of a view those of its rows in the table that it shows."""
    choice = choice_of(grid, asked)
    if grid.base:
        grid.base.require(JSONL)
    if choice == Choice() and not grid.is_view:
        yield from _joined(grid.records())
        return
    for batch in _batches(_rows(grid, sheets, choice)):
        yield b"".join(_record(grid, row) for row in batch)


def _rows(grid: Grid, sheets: Sheets, choice: Choice) -> Iterator[SheetRow]:
    with sheets.sheet(grid) as sheet:
        yield from sheet.every(choice)


def _record(grid: Grid, row: SheetRow) -> bytes:
    """A row of a view that its table lacks by now has no line: what its CSV says is then all that is known."""
    if row_of(row)["values"]:
        return row.line
    values = {column.id: text for column, text in zip(grid.columns, row.texts, strict=True)}
    return json_line({"id": row.id, "values": values})


def _batches(rows: Iterable[SheetRow]) -> Iterator[list[SheetRow]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, _BATCH)):
        yield batch


def _joined(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Lines in pieces of some size: one by one they would cost a call to the server each."""
    while batch := list(islice(lines, _BATCH)):
        yield b"".join(batch)
