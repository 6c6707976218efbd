"""Rows of a live table as CSV and JSON lines, which are those of the mirror's files, and as a table for people."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from rich.cells import cell_len

from coda_git_mirror.actions.live_rows import LiveRows
from coda_git_mirror.format.cells import FileOf, cell_text
from coda_git_mirror.format.tables import ROW_ID_HEADER, csv_rows, header_line, row_records
from coda_git_mirror.format.text import counted
from coda_git_mirror.model.content import Json
from coda_git_mirror.ui.aligned import WIDEST, fitted, line, ruler
from coda_git_mirror.ui.paint import name, shown, title

ELSEWHERE_WIDTH = 100
"""Where there is no terminal that says how wide it is."""
_BATCH = 500


def csv_pieces(found: LiveRows, formula_guard: bool, file_of: FileOf | None) -> Iterator[bytes]:
    """The CSV, with a name for each column and the rows' ids at the end of the lines."""
    yield header_line(found.names)
    for rows in _batches(found.rows()):
        yield b"".join(csv_rows(rows, found.columns, formula_guard, file_of))


def json_pieces(found: LiveRows) -> Iterator[bytes]:
    """A line of JSON for each row, with its values as Coda gives them by column id."""
    for rows in _batches(found.rows()):
        yield b"".join(row_records(rows))


def table_lines(found: LiveRows, width: int | None = None) -> Iterator[str]:
    """The rows beneath each other, cut to the width of the terminal, and how many there are."""
    headers = [ROW_ID_HEADER, *map(name, found.names)]
    widths = fitted(_natural(headers, _texts(found)), width or _terminal_width(), whole=1)
    yield title(line(headers, widths))
    yield ruler(widths)
    yield from (line(texts, widths) for texts in _texts(found))
    yield ""
    yield counted(len(found.lines), "row")
    if left_out := headers[len(widths) :]:
        columns = counted(len(left_out), "column")
        yield f"{columns} more than fit: {', '.join(left_out)}; choose with --columns, or see --format csv"


def _batches(rows: Iterator[Json]) -> Iterator[list[Json]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _texts(found: LiveRows) -> Iterator[list[str]]:
    """Each row's id and cells, as far as a line may show them."""
    for row in found.rows():
        cells = (cell_text(row["values"].get(column.id), column.kind) for column in found.columns)
        yield [shown(str(row["id"])), *(shown(text[: 4 * WIDEST]) for text in cells)]


def _natural(headers: Sequence[str], lines: Iterable[Sequence[str]]) -> list[int]:
    """How wide each column would be."""
    widths = list(map(cell_len, headers))
    for texts in lines:
        widths = [max(width, cell_len(text)) for width, text in zip(widths, texts, strict=True)]
    return [widths[0], *(min(width, WIDEST) for width in widths[1:])]


def _terminal_width() -> int:
    return shutil.get_terminal_size((ELSEWHERE_WIDTH, 0)).columns
