"""CSVs in which cells of hosted files say where these lie; known only once all files of the doc have their names."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from coda_git_mirror.format.assets import may_show_files
from coda_git_mirror.format.cells import FileOf, column_texts, naming_files
from coda_git_mirror.format.tables import csv_header, csv_lines, csv_rows, guarded, parse_row
from coda_git_mirror.model.content import Column

_BATCH = 500
_PLACE = re.compile(rb" \(assets/[^)]*\)")
LARGEST_CELL = 64 * 1024 * 1024
"""In characters; what is larger comes from a quote that was lost."""

CellTexts = Mapping[str, Mapping[str, str]]
"""Texts of cells by the ids of their row and column."""


def table_csv(
    records: Iterable[bytes], columns: Sequence[Column], formula_guard: bool, file_of: FileOf
) -> Iterator[bytes]:
    """The CSV of a table whose JSONL has these lines. Raises ValueError where a line is no row."""
    yield csv_header(columns)
    lines = iter(records)
    while batch := list(islice(lines, _BATCH)):
        yield b"".join(csv_rows(map(parse_row, batch), columns, formula_guard, file_of))


def cells_with_files(
    records: Iterable[bytes], columns: Sequence[Column], formula_guard: bool, file_of: FileOf
) -> CellTexts:
    """The cells of a table that show hosted files, be these in the mirror or not, as its CSV has them.

    Raises ValueError as above.
    """
    kinds = {column.id: column.kind for column in columns}
    found: dict[str, dict[str, str]] = {}
    for row in map(parse_row, filter(may_show_files, records)):
        for column_id, value in row["values"].items():
            if naming_files(value, lambda _: "anywhere") != value:
                [text] = column_texts([naming_files(value, file_of)], kinds.get(column_id, ""))
                found.setdefault(str(row["id"]), {})[column_id] = guarded(text) if formula_guard else text
    return found


def view_csv(lines: Iterable[bytes], columns: Sequence[Column], cells: CellTexts) -> Iterator[bytes]:
    """The CSV of a view with these cells in place of those that it has. Raises ValueError where it is no CSV."""
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader((line.decode() for line in lines), strict=True)
    try:
        next(reader, None)
        yield csv_header(columns)
        for row in reader:
            texts = cells.get(row[-1], {})
            named = [texts.get(column.id, cell) for column, cell in zip(columns, row, strict=False)]
            yield from csv_lines([[*named, row[-1]]])
    except (csv.Error, IndexError) as error:
        raise ValueError(f"not the CSV of a view: {error}") from error


def without_places(records: Iterable[bytes]) -> Iterator[bytes]:
    """The records of a CSV with the cells of hosted files as they are before their places are known."""
    return (_PLACE.sub(b"", record) for record in records)
