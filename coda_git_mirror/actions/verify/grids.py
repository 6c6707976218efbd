"""The files of a table or view against each other: as many rows, the same rows, in the same order."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from array import array
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from coda_git_mirror.format.asset_cells import LARGEST_CELL
from coda_git_mirror.format.table_parts import CSV, JSONL, PARTS, part_names, parts_listed
from coda_git_mirror.format.tables import csv_header, row_key
from coda_git_mirror.format.text import counted, writable
from coda_git_mirror.format.version import CURRENT, Version
from coda_git_mirror.model.content import Column, name_of
from coda_git_mirror.model.findings import BRING_BACK, SYNC, Finding

_JSON = ".json"


@dataclass
class Rows:
    """The rows of one file in its order, each by a digest of its id: eight bytes, so that a million fit in memory."""

    ids: array[int] = field(default_factory=lambda: array("Q"))

    def add(self, row_id: str) -> None:
        digest = hashlib.blake2b(writable(row_id).encode(), digest_size=8).digest()
        self.ids.append(int.from_bytes(digest, "big"))

    def first_difference(self, other: Rows) -> int:
        """The number of the first row, counted from 1, that is not the same in both, which have as many."""
        pairs = zip(self.ids, other.ids, strict=True)
        return next(place for place, (mine, others) in enumerate(pairs, 1) if mine != others)


class GridCheck:
    """One table or view: give it its `.json` first, then the others in order; `findings` once all went by.

    `stem` is the path without suffix; `row_count` and `parts`, in how many files its rows are, are what
    `metadata.json` says; `version` is that of the format.
    """

    def __init__(self, stem: str, row_count: int, parts: int = 1, version: Version = CURRENT) -> None:
        self._stem, self._row_count, self._parts, self._version = stem, row_count, parts, version
        self._rows: dict[str, Rows] = {}
        self._part_rows: dict[str, list[int]] = {CSV: [], JSONL: []}
        self._header: bytes | None = None
        self._last_key = b""
        self._faults: dict[tuple[str, str], Finding] = {}
        self._stated: int | None = None
        self._listed: Any = []
        self._unread: set[str] = set()

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return max((len(rows.ids) for rows in self._readable().values()), default=0)

    def read(self, suffix: str, file: io.BufferedReader, number: int = 1) -> None:
        """Reads one of the files, of several with a suffix the one of this number; what is unreadable is a finding."""
        readers = {_JSON: self._read_description, CSV: self._read_csv, JSONL: self._read_jsonl}
        name = part_names(self._stem, number, suffix)[-1]
        before = len(self._rows[suffix].ids) if suffix in self._rows else 0
        try:
            readers[suffix](file, name)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error) as error:
            self._unread.add(suffix)
            self._fault(name, "cannot be read", f": {' '.join(str(error).split())[:200]}", BRING_BACK)
        if suffix in self._part_rows:
            self._part_rows[suffix].append(len(self._rows[suffix].ids) - before)

    def findings(self) -> Iterator[Finding]:
        yield from self._faults.values()
        for suffix, rows in self._readable().items():
            if len(rows.ids) != self._row_count:
                said = f"has {counted(len(rows.ids), 'row')}, and metadata.json says {self._row_count}"
                yield Finding(self._stem + suffix, said)
        if self._stated not in (None, self._row_count):
            yield Finding(self._stem + _JSON, f"has rowCount {self._stated}, and metadata.json {self._row_count}")
        complete = {suffix: rows for suffix, rows in self._readable().items() if len(rows.ids) == self._row_count}
        yield from self._differences(list(complete.items()))
        yield from self._cuts(complete.keys())

    def _readable(self) -> dict[str, Rows]:
        return {suffix: rows for suffix, rows in self._rows.items() if suffix not in self._unread}

    def _differences(self, complete: list[tuple[str, Rows]]) -> Iterator[Finding]:
        """Files with as many rows as they should have, but not the same ones."""
        for suffix, rows in complete[1:]:
            other, expected = complete[0]
            if rows.ids != expected.ids:
                name = self._stem.rpartition("/")[2] + other
                said = f"has other rows than {name}, from row {rows.first_difference(expected)} on"
                yield Finding(self._stem + suffix, said)

    def _cuts(self, complete: Collection[str]) -> Iterator[Finding]:
        """Files that do not begin and end with the rows that the `.json` says."""
        cuts = [self._part_rows[suffix] for suffix in (CSV, JSONL) if suffix in complete]
        if _JSON in self._unread or not cuts or any(len(cut) != self._parts for cut in cuts):
            return
        listed = parts_listed(self._stem, cuts[0], is_view=_JSON in self._rows)
        if self._listed != listed:
            yield Finding(self._stem + _JSON, "does not list the files that have the rows, with as many as each has")
        if cuts[0] != cuts[-1]:
            yield Finding(self._stem + JSONL, f"is cut before other rows than {self._stem.rpartition('/')[2]}{CSV}")

    def _read_description(self, file: io.BufferedReader, _: str) -> None:
        stored = json.loads(file.read())
        columns = [Column(str(column["id"]), name_of(column)) for column in stored["columns"]]
        self._header = csv_header(columns, self._version)
        self._stated, self._listed = stored["rowCount"], stored.get(PARTS, [])
        if "rowIds" in stored:
            rows = self._rows[_JSON] = Rows()
            for row_id in stored["rowIds"]:
                rows.add(row_id)

    def _read_csv(self, file: io.BufferedReader, name: str) -> None:
        rows = self._rows.setdefault(CSV, Rows())
        csv.field_size_limit(LARGEST_CELL)
        lines = csv.reader(_decoded(file), strict=True)
        header = next(lines, None) or _not("a header")
        if self._header is not None and header != next(csv.reader(io.StringIO(self._header.decode(), newline=""))):
            self._fault(name, "has a header that does not fit the columns in its .json")
        for number, cells in enumerate(lines, 1):
            if len(cells) != len(header):
                self._fault(name, "has rows with more or fewer cells than columns", f", such as row {number}")
            rows.add(cells[len(header) - 1] if len(cells) >= len(header) else "")

    def _read_jsonl(self, file: io.BufferedReader, name: str) -> None:
        rows = self._rows.setdefault(JSONL, Rows())
        for number, line in enumerate(file, 1):
            row: Any = json.loads(line)
            rows.add(row["id"])
            key = row_key(row).encode("utf-8", "surrogatepass")
            if key <= self._last_key:
                self._fault(name, "has rows out of their order, or twice", f", such as row {number}")
            self._last_key = key

    def _fault(self, name: str, fault: str, details: str = "", remedy: str = SYNC) -> None:
        """Told once of a file, with the details of the first time."""
        self._faults.setdefault((name, fault), Finding(name, fault + details, remedy))


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    """No character of UTF-8 has a newline in it. What is no UTF-8 is told once, by the file itself."""
    return (line.decode("utf-8", "replace") for line in lines)


def _not(what: str) -> NoReturn:
    raise ValueError(f"it is without {what}")
