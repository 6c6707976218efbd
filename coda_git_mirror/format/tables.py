"""The three files of a table: `.csv` for people, `.jsonl` without loss, `.json` for what the table is."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from coda_git_mirror.format.cells import FileOf, column_texts, naming_files
from coda_git_mirror.format.damage import DamagedContent, telling_damage
from coda_git_mirror.format.metadata import foreign
from coda_git_mirror.format.paths import instant_key
from coda_git_mirror.format.table_parts import PARTS
from coda_git_mirror.format.text import json_document, json_lines, writable
from coda_git_mirror.format.version import CURRENT, FIRST, Version
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


def csv_header(columns: Sequence[Column], version: Version = CURRENT) -> bytes:
    """The first line: column names in the table's order, a repeated one numbered, then the row id.

    Since format 1.1 no number makes a name that another column has.
    """
    return header_line(csv_names(columns, version))


def csv_names(columns: Sequence[Column], version: Version = CURRENT) -> list[str]:
    """What the first line calls the columns."""
    names = [writable(column.name) for column in columns]
    return _unique(names, set(names) if version > FIRST else set[str]())


def header_line(names: Sequence[str]) -> bytes:
    """The first line of a CSV with columns that are called so."""
    cells = [*names, ROW_ID_HEADER]
    return csv_lines([cells], quoted=cells[0].startswith(_BYTE_ORDER_MARK))[0]


def csv_rows(
    rows: Iterable[Json], columns: Sequence[Column], formula_guard: bool = False, file_of: FileOf | None = None
) -> list[bytes]:
    """Each row's line of the CSV; with the guard, no cell is a formula to a spreadsheet (mirror-format.md, law 5).

    Cells of hosted files name where these lie, as far as `file_of` knows.
    """
    each = list(rows)
    values = [row["values"] if isinstance(row.get("values"), dict) else {} for row in each]
    if file_of:
        values = [{name: naming_files(value, file_of) for name, value in cells.items()} for cells in values]
    texts = [column_texts([cells.get(column.id) for cells in values], column.kind) for column in columns]
    if formula_guard:
        texts = [list(map(guarded, column)) for column in texts]
    return csv_lines(list(zip(*texts, [str(row["id"]) for row in each], strict=True)))


def guarded(cell: str) -> str:
    """A cell as no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_MARKS) and not _NUMBER.fullmatch(cell) else cell


def table_document(table: Table, columns: Sequence[Column], row_count: int, parts: Sequence[Json] = ()) -> bytes:
    """What the table is: Coda's own object, its columns in order, and the rows that the mirror holds.

    `parts` are the files that they are in, where these are several.
    """
    return json_document(_described(table, columns, row_count, parts))


def _described(grid: Table, columns: Sequence[Column], row_count: int, parts: Sequence[Json]) -> Json:
    ours = {"columns": [column.raw for column in columns], "rowCount": row_count}
    return {**foreign(grid.raw, frozenset({PARTS})), **ours, **({PARTS: list(parts)} if parts else {})}


def document_in_parts(content: bytes, parts: Sequence[Json]) -> bytes:
    """The `.json` of a table or view whose rows are in other files now. Raises ValueError where it is no such thing."""
    stored = _description(content)
    stored.pop(PARTS, None)
    return json_document({**stored, **({PARTS: list(parts)} if parts else {})})


def view_document(
    view: Table, columns: Sequence[Column], row_count: int, row_ids: Iterable[bytes], parts: Sequence[Json] = ()
) -> Iterator[bytes]:
    """What a view is: Coda's own object with base table, filter, layout and sorts, and its rows as it shows them.

    In pieces, as the rows may be many; `row_ids` are their ids as lines of JSON.
    """
    described = {**_described(view, columns, row_count, parts), "rowIds": []}
    before, _, after = json_document(described).partition(_NO_ROW_IDS)
    ids = iter(row_ids)
    begin = b"\n    "
    yield before + _NO_ROW_IDS[:-1]
    while batch := list(islice(ids, _BATCH)):
        yield begin + b",\n    ".join(line.rstrip(b"\n") for line in batch)
        begin = b",\n    "
    yield (_END_OF_ROW_IDS if row_count else b"]") + after


def view_definition(content: bytes) -> dict[str, Any]:
    """How a view shows its table, by its `.json`. Raises DamagedContent where that is not as this program writes it."""
    before, listed, after = content.partition(_NO_ROW_IDS[:-1] + b"\n")
    stored = _description(before + _NO_ROW_IDS + after.partition(_END_OF_ROW_IDS)[2] if listed else content)
    return {name: stored.get(name) for name in _DEFINITION}


def stored_columns(content: bytes) -> list[Json]:
    """The columns that a table's `.json` names. Raises DamagedContent where it is not as this program writes it."""
    columns: list[Json] = _description(content)["columns"]
    return columns


def view_row_ids(content: bytes) -> list[str]:
    """The ids of the rows that a view shows, by its `.json`. Raises ValueError where that does not tell them."""
    return _row_ids(_description(content).get("rowIds"))


def shown_row_ids(content: bytes) -> list[str]:
    """The same; none of a table."""
    return _row_ids(_description(content).get("rowIds", []))


def _row_ids(stored: Any) -> list[str]:
    if not isinstance(stored, list) or not all(isinstance(row_id, str) for row_id in stored):
        raise DamagedContent("rows without their ids")
    return stored


def _description(content: bytes) -> Json:
    """A table or view, once it is certain that each of its columns has an id."""
    with telling_damage("not the description of a table"):
        stored = dict(parse_json(content))
        columns = stored["columns"]
        if type(columns) is not list or not all(isinstance(dict(column)["id"], str) for column in columns):
            raise DamagedContent("not the description of a table")
        return stored


def parse_row(line: bytes) -> Json:
    """The row in a line of a JSONL file, with its id and values. Raises DamagedContent where the line is no row."""
    with telling_damage("a line that is no row"):
        row = parse_json(line)
        if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not isinstance(row.get("values"), dict):
            raise DamagedContent("a line that is no row")
        return row


def columns_of(content: bytes) -> tuple[Column, ...]:
    """The columns of a table or view by its `.json`. Raises ValueError where it is not as this program writes it."""
    return tuple(map(Column.of, stored_columns(content)))


def _unique(names: Iterable[str], reserved: set[str]) -> list[str]:
    """Names of which none is another's; a number makes none of those that are reserved."""
    unique: list[str] = []
    taken = {ROW_ID_HEADER}
    for name in names:
        candidate, number = name, 1
        while candidate in taken or (candidate in reserved and candidate != name):
            number += 1
            candidate = f"{name} ({number})"
        taken.add(candidate)
        unique.append(candidate)
    return unique


class _Lines(list[str]):
    """A file for `csv.writer`, which writes each row at once."""

    write = list.append


def csv_lines(table: Sequence[Sequence[str]], quoted: bool = False) -> list[bytes]:
    """Each record as a CSV file has it."""
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
    return csv_lines([[writable(cell) for cell in cells]])[0]
