"""Rows of a live table as CSV and JSON lines, which are those of the mirror's files, and as a table for people."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from rich.cells import cell_len, set_cell_size

from coda_git_mirror.actions.live_rows import LiveRows
from coda_git_mirror.format.cells import FileOf, cell_text
from coda_git_mirror.format.tables import ROW_ID_HEADER, csv_rows, header_line, row_records
from coda_git_mirror.format.text import counted
from coda_git_mirror.model.content import Json
from coda_git_mirror.ui.paint import name, shown, title

ELSEWHERE_WIDTH = 100
"""Where there is no terminal that says how wide it is."""
_BATCH = 500
_WIDEST, _NARROWEST = 60, 6
_GAP = "  "
_CUT = "…"


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
    widths = _fitted(_natural(headers, _texts(found)), width or _terminal_width())
    yield title(_line(headers, widths))
    yield _GAP.join("-" * each for each in widths)
    yield from (_line(texts, widths) for texts in _texts(found))
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
        yield [shown(str(row["id"])), *(shown(text[: 4 * _WIDEST]) for text in cells)]


def _natural(headers: Sequence[str], lines: Iterable[Sequence[str]]) -> list[int]:
    """How wide each column would be."""
    widths = list(map(cell_len, headers))
    for texts in lines:
        widths = [max(width, cell_len(text)) for width, text in zip(widths, texts, strict=True)]
    return [widths[0], *(min(width, _WIDEST) for width in widths[1:])]


def _fitted(widths: Sequence[int], room: int) -> list[int]:
    """The widths of the columns that fit, of which the widest give way; the row's id stays whole."""
    fitted = list(widths)
    while len(fitted) > 1 and _least(fitted) > room:
        fitted.pop()
    while _total(fitted) > room and max(fitted[1:], default=0) > _NARROWEST:
        widest = max(fitted[1:])
        fitted[len(fitted) - 1 - fitted[:0:-1].index(widest)] -= 1
    return fitted


def _least(widths: Sequence[int]) -> int:
    return _total([widths[0], *(min(width, _NARROWEST) for width in widths[1:])])


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(_fit(text, width) for text, width in zip(texts, widths, strict=False)).rstrip()


def _fit(text: str, width: int) -> str:
    """A text in so many places of a terminal, where some characters take two and some none."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + _CUT, width)


def _terminal_width() -> int:
    return shutil.get_terminal_size((ELSEWHERE_WIDTH, 0)).columns
