"""What SQL gives: as a table for people, and as CSV and JSON for programs, row by row as it comes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, TypeVar

from rich.cells import cell_len

from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.format.tables import csv_lines
from coda_git_mirror.format.text import counted
from coda_git_mirror.model.answer import Answer, SqlValue
from coda_git_mirror.ui.aligned import WIDEST, fitted, line, ruler
from coda_git_mirror.ui.paint import name, quiet, shown, title

T = TypeVar("T")
_BATCH = 500
_NARROWEST = 12
"""So that dates and most numbers stay whole."""
_LOOKED_AT = 1_000
"""So many rows decide how wide the columns of a table are; what is longer further down stands out."""


def table_lines(answer: Answer, room: int | None) -> Iterator[str]:
    """The rows beneath each other, and how many there are; cut to the `room` of a terminal, where there is one."""
    most = 4 * WIDEST if room else None
    first = list(islice(answer.rows, _LOOKED_AT))
    headers = list(map(name, answer.columns))
    widths = _widths(headers, (_texts(row, most) for row in first), room)
    right = {place for place in range(len(widths)) if _is_numbers(row[place] for row in first)}
    yield title(line(headers, widths, room is not None, right))
    yield ruler(widths)
    count = 0
    for row in chain(first, answer.rows):
        count += 1
        yield line(_texts(row, most), widths, room is not None, right)
    yield ""
    yield counted(count, "row")
    if left_out := headers[len(widths) :]:
        yield quiet(f"{counted(len(left_out), 'column')} more than fit: {', '.join(left_out)}")


def _widths(headers: Sequence[str], rows: Iterable[Sequence[str]], room: int | None) -> list[int]:
    widths = list(map(cell_len, headers))
    for texts in rows:
        widths = [max(width, cell_len(text)) for width, text in zip(widths, texts, strict=True)]
    return fitted([min(width, WIDEST) for width in widths], room, narrowest=_NARROWEST) if room else widths


def _is_numbers(values: Iterable[SqlValue]) -> bool:
    """Whether a column holds numbers and nothing else."""
    found = set(map(type, values)) - {type(None)}
    return bool(found) and found <= {int, float}


def _texts(row: Sequence[SqlValue], most: int | None) -> list[str]:
    return [shown(text_of(value)[:most]) for value in row]


def csv_pieces(answer: Answer) -> Iterator[bytes]:
    """A CSV as the mirror's are, the names of the columns first."""
    yield b"".join(csv_lines([answer.columns]))
    for rows in _batches(answer.rows):
        yield b"".join(csv_lines([list(map(text_of, row)) for row in rows]))


def jsonl_pieces(answer: Answer) -> Iterator[bytes]:
    """An object for each row, each on a line of its own."""
    return line_pieces(_objects(answer))


def json_pieces(answer: Answer) -> Iterator[bytes]:
    """A list of such objects."""
    return list_pieces(_objects(answer))


def line_pieces(objects: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """JSON in ASCII, a line for each object."""
    for batch in _batches(iter(objects)):
        yield b"".join(json.dumps(each).encode() + b"\n" for each in batch)


def list_pieces(objects: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The same as one list."""
    before = b"[\n  "
    for batch in _batches(iter(objects)):
        yield before + b",\n  ".join(json.dumps(each).encode() for each in batch)
        before = b",\n  "
    yield b"[]\n" if before.startswith(b"[") else b"\n]\n"


def _objects(answer: Answer) -> Iterator[Mapping[str, Any]]:
    names = _keys(answer.columns)
    return (dict(zip(names, map(_plain, row), strict=True)) for row in answer.rows)


def _plain(value: SqlValue) -> Any:
    """A value as JSON has it, which knows neither bytes nor what is infinite."""
    if isinstance(value, bytes) or (isinstance(value, float) and not math.isfinite(value)):
        return text_of(value)
    return value


def _keys(columns: Sequence[str]) -> list[str]:
    """The names of the columns, a repeated one with the next number that makes no other's."""
    keys: list[str] = []
    for column in columns:
        key, number = column, 1
        while key in keys or (number > 1 and key in columns):
            number += 1
            key = f"{column} ({number})"
        keys.append(key)
    return keys


def text_of(value: SqlValue) -> str:
    """A value as the CSV of the mirror would have it; bytes that are no text as SQL writes them."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return f"X'{value.hex().upper()}'"
    return cell_text(value)


def _batches(values: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(values, _BATCH)):
        yield batch
