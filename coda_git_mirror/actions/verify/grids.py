"""The files of a table or view against each other: as many rows, the same rows, in the same order."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from coda_git_mirror.format.asset_cells import LARGEST_CELL
from coda_git_mirror.format.tables import csv_header, row_key
from coda_git_mirror.format.text import counted, writable
from coda_git_mirror.format.version import CURRENT, Version
from coda_git_mirror.model.content import Column, name_of
from coda_git_mirror.model.findings import BRING_BACK, SYNC, Finding


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
    """One table or view: give it its `.json` first, then the others; `findings` once all went by.

    `stem` is the path without suffix; `row_count` is what `metadata.json` says; `version` is that of the format.
    """

    def __init__(self, stem: str, row_count: int, version: Version = CURRENT) -> None:
        self._stem, self._row_count, self._version = stem, row_count, version
        self._rows: dict[str, Rows] = {}
        self._header: bytes | None = None
        self._faults: dict[tuple[str, str], Finding] = {}
        self._stated: int | None = None

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return max((len(rows.ids) for rows in self._rows.values()), default=0)

    def read(self, suffix: str, file: io.BufferedReader) -> None:
        """Reads one of the files; what cannot be read becomes a finding."""
        readers = {".json": self._read_description, ".csv": self._read_csv, ".jsonl": self._read_jsonl}
        try:
            readers[suffix](file)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error) as error:
            self._rows.pop(suffix, None)
            self._fault(suffix, "cannot be read", f": {' '.join(str(error).split())[:200]}", BRING_BACK)

    def findings(self) -> Iterator[Finding]:
        yield from self._faults.values()
        for suffix, rows in self._rows.items():
            if len(rows.ids) != self._row_count:
                said = f"has {counted(len(rows.ids), 'row')}, and metadata.json says {self._row_count}"
                yield Finding(self._stem + suffix, said)
        if self._stated not in (None, self._row_count):
            yield Finding(f"{self._stem}.json", f"has rowCount {self._stated}, and metadata.json {self._row_count}")
        yield from self._differences()

    def _differences(self) -> Iterator[Finding]:
        """Files with as many rows as they should have, but not the same ones."""
        complete = [(suffix, rows) for suffix, rows in self._rows.items() if len(rows.ids) == self._row_count]
        for suffix, rows in complete[1:]:
            other, expected = complete[0]
            if rows.ids != expected.ids:
                name = self._stem.rpartition("/")[2] + other
                said = f"has other rows than {name}, from row {rows.first_difference(expected)} on"
                yield Finding(self._stem + suffix, said)

    def _read_description(self, file: io.BufferedReader) -> None:
        stored = json.loads(file.read())
        columns = [Column(str(column["id"]), name_of(column)) for column in stored["columns"]]
        self._header = csv_header(columns, self._version)
        self._stated = stored["rowCount"]
        if "rowIds" in stored:
            rows = self._rows[".json"] = Rows()
            for row_id in stored["rowIds"]:
                rows.add(row_id)

    def _read_csv(self, file: io.BufferedReader) -> None:
        rows = self._rows[".csv"] = Rows()
        csv.field_size_limit(LARGEST_CELL)
        lines = csv.reader(_decoded(file), strict=True)
        header = next(lines, None) or _not("a header")
        if self._header is not None and header != next(csv.reader(io.StringIO(self._header.decode(), newline=""))):
            self._fault(".csv", "has a header that does not fit the columns in its .json")
        for number, cells in enumerate(lines, 1):
            if len(cells) != len(header):
                self._fault(".csv", "has rows with more or fewer cells than columns", f", such as row {number}")
            rows.add(cells[len(header) - 1] if len(cells) >= len(header) else "")

    def _read_jsonl(self, file: io.BufferedReader) -> None:
        rows, last = Rows(), b""
        self._rows[".jsonl"] = rows
        for number, line in enumerate(file, 1):
            row: Any = json.loads(line)
            rows.add(row["id"])
            key = row_key(row).encode("utf-8", "surrogatepass")
            if key <= last:
                self._fault(".jsonl", "has rows out of their order, or twice", f", such as row {number}")
            last = key

    def _fault(self, suffix: str, fault: str, details: str = "", remedy: str = SYNC) -> None:
        """Told once of a file, with the details of the first time."""
        self._faults.setdefault((suffix, fault), Finding(self._stem + suffix, fault + details, remedy))


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    """No character of UTF-8 has a newline in it. What is no UTF-8 is told once, by the file itself."""
    return (line.decode("utf-8", "replace") for line in lines)


def _not(what: str) -> NoReturn:
    raise ValueError(f"it is without {what}")
