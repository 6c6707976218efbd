"""The three files of a table: `.csv` for people, `.jsonl` without loss, `.json` for what the table is."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from coda_git_mirror.format.cells import column_texts
from coda_git_mirror.format.paths import instant_key
from coda_git_mirror.format.text import json_document, json_lines, writable
from coda_git_mirror.model.content import Column, Json, Table
from coda_git_mirror.model.plain_json import parse_json

ROW_ID_HEADER = "Coda row id"
_BYTE_ORDER_MARK = "\ufeff"
"""At the beginning of a file it is none of its text, so a column's name that begins with it stands in quotes."""
_FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula."""
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_NO_ROW_IDS = b'\n  "rowIds": []'
"""How they stand in a view's document: no other line of it is indented so, and begins so."""
_END_OF_ROW_IDS = b"\n  ]"
_BATCH = 10_000
_DEFINITION = ("name", "parentTable", "filter", "layout", "sorts", "columns")
_VOLATILE = frozenset({"href", "browserLink", "index", "type"})
"""Fields of a row that are noise or change without the row changing: its address, and its place on the screen."""


def row_key(row: Json) -> str:
    """The key that puts the rows of a table in order: creation time, then id (mirror-format.md, law 3)."""
    return f"{instant_key(str(row.get('createdAt') or ''))}\t{row['id']}"


def row_records(rows: Iterable[Json]) -> list[bytes]:
    """Each row's line of the JSONL file: all that Coda sends of it, save what is noise."""
    return json_lines([{name: value for name, value in row.items() if name not in _VOLATILE} for row in rows])


def csv_header(columns: Sequence[Column]) -> bytes:
    """The first line: column names in the table's order, a repeated one numbered, then the row id."""
    cells = [*_unique(writable(column.name) for column in columns), ROW_ID_HEADER]
    return _csv_lines([cells], quoted=cells[0].startswith(_BYTE_ORDER_MARK))[0]


def csv_rows(rows: Iterable[Json], columns: Sequence[Column], formula_guard: bool = False) -> list[bytes]:
    """Each row's line of the CSV; with the guard, no cell is a formula to a spreadsheet (mirror-format.md, law 5)."""
    each = list(rows)
    values = [row["values"] if isinstance(row.get("values"), dict) else {} for row in each]
    texts = [column_texts([cells.get(column.id) for cells in values], column.kind) for column in columns]
    if formula_guard:
        texts = [list(map(_guarded, column)) for column in texts]
    return _csv_lines(list(zip(*texts, [str(row["id"]) for row in each], strict=True)))


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_MARKS) and not _NUMBER.fullmatch(cell) else cell


def table_document(table: Table, columns: Sequence[Column], row_count: int) -> bytes:
    """What the table is: Coda's own object, its columns in order, and the rows that the mirror holds."""
    return json_document({**table.raw, "columns": [column.raw for column in columns], "rowCount": row_count})


def view_document(view: Table, columns: Sequence[Column], row_count: int, row_ids: Iterable[bytes]) -> Iterator[bytes]:
    """What a view is: Coda's own object with base table, filter, layout and sorts, and its rows as it shows them.

    In pieces, as the rows may be many; `row_ids` are their ids as lines of JSON.
    """
    shown = {"columns": [column.raw for column in columns], "rowCount": row_count, "rowIds": []}
    before, _, after = json_document({**view.raw, **shown}).partition(_NO_ROW_IDS)
    ids = iter(row_ids)
    begin = b"\n    "
    yield before + _NO_ROW_IDS[:-1]
    while batch := list(islice(ids, _BATCH)):
        yield begin + b",\n    ".join(line.rstrip(b"\n") for line in batch)
        begin = b",\n    "
    yield (_END_OF_ROW_IDS if row_count else b"]") + after


def view_definition(content: bytes) -> dict[str, Any]:
    """How a view shows its table, by its `.json`. Raises ValueError where that is not as this program writes it."""
    before, listed, after = content.partition(_NO_ROW_IDS[:-1] + b"\n")
    stored = _description(before + _NO_ROW_IDS + after.partition(_END_OF_ROW_IDS)[2] if listed else content)
    return {name: stored.get(name) for name in _DEFINITION}


def stored_columns(content: bytes) -> list[Json]:
    """The columns that a table's `.json` names. Raises ValueError where it is not as this program writes it."""
    columns: list[Json] = _description(content)["columns"]
    return columns


def shown_row_ids(content: bytes) -> list[str]:
    """The ids of the rows that a view shows, by its `.json`, in order; none of a table. Raises ValueError likewise."""
    ids = _description(content).get("rowIds", [])
    if not isinstance(ids, list) or not all(isinstance(row_id, str) for row_id in ids):
        raise ValueError("rows without their ids")
    return ids


def _description(content: bytes) -> Json:
    """A table or view, once it is certain that each of its columns has an id."""
    stored = parse_json(content)
    columns = stored.get("columns") if isinstance(stored, dict) else None
    if not isinstance(columns, list) or not all(
        isinstance(it, dict) and isinstance(it.get("id"), str) for it in columns
    ):
        raise ValueError("not the description of a table")
    return dict(stored)


def parse_row(line: bytes) -> Json:
    """The row in a line of a JSONL file, with its id and values. Raises ValueError where the line is no row."""
    row = parse_json(line)
    if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not isinstance(row.get("values"), dict):
        raise ValueError("a line that is no row")
    return row


def _unique(names: Iterable[str]) -> list[str]:
    unique: list[str] = []
    taken = {ROW_ID_HEADER}
    for name in names:
        candidate, number = name, 1
        while candidate in taken:
            number += 1
            candidate = f"{name} ({number})"
        taken.add(candidate)
        unique.append(candidate)
    return unique


class _Lines(list[str]):
    """A file for `csv.writer`, which writes each row at once."""

    write = list.append


def _csv_lines(table: Sequence[Sequence[str]], quoted: bool = False) -> list[bytes]:
    lines = _Lines()
    csv.writer(lines, lineterminator="\n", quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL).writerows(table)
    return [_written(line) or _with_writable(cells) for line, cells in zip(lines, table, strict=True)]


def _written(line: str) -> bytes | None:
    """The line, unless there is something in it that a text file cannot hold."""
    if "\r" in line or "\0" in line:
        return None
    try:
        return line.encode()
    except UnicodeEncodeError:
        return None


def _with_writable(cells: Iterable[str]) -> bytes:
    return _csv_lines([[writable(cell) for cell in cells]])[0]
