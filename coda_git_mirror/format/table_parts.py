"""A table or view that is too large for one file lies in several (mirror-format.md, Parts of a table).

Where it is cut follows from its rows alone. Each row has a rank, by its id; rows that are too many for one file are cut
before the one of the highest rank, and so on. Another value of a row thus changes the file that it is in and no other,
and a new row hardly ever moves a cut.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from coda_git_mirror.format import layout
from coda_git_mirror.model.content import Json
from coda_git_mirror.model.plain_json import parse_json

PARTS = "parts"
"""How many files hold the rows of a table, in its entry of `metadata.json`; absent where it is one."""
CSV, JSONL = ".csv", ".jsonl"
_PART = re.compile(rf"(.+?)(?:\.([2-9]|[1-9][0-9]+))?({re.escape(CSV)}|{re.escape(JSONL)})", re.DOTALL)
_GRID_ROOMS = (layout.TABLES, layout.VIEWS)
_RANK_BYTES = 8


class Part(NamedTuple):
    """A file of rows: the table's stem, which of the files of its suffix it is, from 1 on, and the suffix."""

    stem: str
    number: int
    suffix: str


def part_names(stem: str, count: int, suffix: str) -> tuple[str, ...]:
    """The files with this suffix that hold a table, in the order of its rows: `tasks.csv`, `tasks.2.csv` and so on."""
    return (f"{stem}{suffix}", *(f"{stem}.{number}{suffix}" for number in range(2, count + 1)))


def part_of(path: str) -> Part | None:
    """What a path below a doc's folder is a part of; None where it is no file of rows."""
    match = _PART.fullmatch(path) if path.partition("/")[0] in _GRID_ROOMS else None
    return Part(match[1], int(match[2] or 1), match[3]) if match else None


def stem_of(entry: Json | None) -> str:
    """The path of a table or view without suffix, by its entry in `metadata.json`; empty where it is not held."""
    return str((entry or {}).get("file") or "").removesuffix(CSV)


def files_of(entry: Json | None, suffix: str) -> tuple[str, ...]:
    """The files with this suffix that hold a table or view, by its entry; none where it is not held."""
    stem = stem_of(entry)
    if entry is None or not stem:
        return ()
    return part_names(stem, parts_in(entry) if suffix in (CSV, JSONL) else 1, suffix)


def parts_in(entry: Json) -> int:
    """How many files with each suffix hold the rows of a table or view, by its entry."""
    return int(entry.get(PARTS, 1))


def parts_listed(stem: str, part_rows: Sequence[int], is_view: bool) -> list[Json]:
    """What the `.json` of a table says of its parts: their files beside it, and the rows in each. Nothing of one."""
    if len(part_rows) < 2:
        return []
    name = stem.rpartition("/")[2]
    sheets, records = (part_names(name, len(part_rows), suffix) for suffix in (CSV, JSONL))
    return [
        {"csv": sheet, "rows": rows, **({} if is_view else {"jsonl": record})}
        for sheet, record, rows in zip(sheets, records, part_rows, strict=True)
    ]


class _Cuts:
    """The rows of a table by their sizes and ranks, with 24 bytes of memory for each."""

    def __init__(self, largest: int, header: int) -> None:
        self._largest, self._header = largest, header
        self._csv, self._jsonl = array("Q", [0]), array("Q", [0])
        self._ranks = array("Q")

    def add(self, row_id: str, csv: int, jsonl: int) -> None:
        digest = hashlib.sha256(row_id.encode("utf-8", "surrogatepass")).digest()
        self._ranks.append(int.from_bytes(digest[:_RANK_BYTES], "big"))
        self._csv.append(self._csv[-1] + csv)
        self._jsonl.append(self._jsonl[-1] + jsonl)

    def part_rows(self) -> tuple[int, ...]:
        found: list[int] = []
        waiting = [(0, len(self._ranks))]
        while waiting:
            first, last = waiting.pop()
            if last - first < 2 or self._fits(first, last):
                found.append(last - first)
                continue
            ranks = self._ranks[first + 1 : last]
            cut = first + 1 + ranks.index(max(ranks))
            waiting += ((cut, last), (first, cut))
        return tuple(found)

    def _fits(self, first: int, last: int) -> bool:
        csv, jsonl = self._csv[last] - self._csv[first], self._jsonl[last] - self._jsonl[first]
        return max(self._header + csv, jsonl) <= self._largest


def cut_rows(rows: Iterable[bytes], csv: Iterable[bytes], largest: int) -> tuple[int, ...]:
    """How many rows each part of a table has, so that no file has more than `largest` bytes unless it has one row.

    `rows` are the lines of a table's JSONL, or of a view the ids of its rows as lines of JSON; `csv` those of the CSV.
    Raises ValueError where these are not of the same rows.
    """
    records = csv_records(csv)
    cuts = _Cuts(largest, len(next(records, b"")))
    for line, record in zip(rows, records, strict=True):
        row = parse_json(line)
        if isinstance(row, str):
            cuts.add(row, len(record), 0)
        elif isinstance(row, dict) and "id" in row:
            cuts.add(str(row["id"]), len(record), len(line))
        else:
            raise ValueError("a line that is no row")
    return cuts.part_rows()


def csv_records(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The header and the rows of a CSV: a row has several lines where a cell has."""
    waiting: list[bytes] = []
    is_quoted = False
    for line in lines:
        waiting.append(line)
        is_quoted ^= line.count(b'"') % 2 == 1
        if not is_quoted:
            yield waiting[0] if len(waiting) == 1 else b"".join(waiting)
            waiting = []
    if waiting:
        yield b"".join(waiting)


def csv_parts(lines: Iterable[bytes], part_rows: Iterable[int]) -> Iterator[Iterator[bytes]]:
    """A CSV in parts, each with the header; one is to be read to its end before the next."""
    records = csv_records(lines)
    header = next(records, b"")
    return (chain([header], islice(records, count)) for count in part_rows)


def row_parts(lines: Iterable[bytes], part_rows: Iterable[int]) -> Iterator[Iterator[bytes]]:
    """A JSONL in parts, likewise."""
    rows = iter(lines)
    return (islice(rows, count) for count in part_rows)


def whole_csv(parts: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    """The header and the rows of a CSV that lies in parts."""
    for place, lines in enumerate(parts):
        yield from islice(csv_records(lines), 1 if place else 0, None)
