"""What is being written into a table of Coda, noted down before each request, so that a killed run can be taken up.

A file of JSON lines for each table. It is a cache: without it a new plan finds what is done by comparison
(mirror-format.md, law 6). A line counts once it ends, so that of a line that a crash cut off nothing is believed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from coda_git_mirror.disk.atomic import write_atomically
from coda_git_mirror.disk.files import make_last, naming, open_to_append
from coda_git_mirror.disk.remembered import read_value
from coda_git_mirror.model.cell_values import CellValue
from coda_git_mirror.state.cell_codec import stored_value, value_of

_VERSION = 1


class Change(Enum):
    """What a request does to rows."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True)
class SentRow:
    """A row of a request: of an insert `key` is the plan's and `old` the id that it had, else `key` is the row's id.

    `cells` is what it is to hold, by column.
    """

    key: str
    old: str | None = None
    cells: Mapping[str, CellValue] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Sending:
    """A request that may have been sent. `request` is None as long as nobody knows whether Coda has taken it.

    `ids` are the ids of inserted rows by their keys. `refused`: Coda has not done it, and will not.
    """

    change: Change
    rows: tuple[SentRow, ...]
    request: str | None = None
    ids: Mapping[str, str] = field(default_factory=dict, hash=False)
    settled: bool = False
    refused: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Whether nobody knows if Coda has taken it."""
        return self.request is None and not self.refused

    @property
    def missing(self) -> tuple[SentRow, ...]:
        """The inserted rows whose ids are not known."""
        return tuple(row for row in self.rows if row.key not in self.ids)


@dataclass(frozen=True)
class Begun:
    """Writes that a run has begun: the table, the plan by its id and the marks of its steps, what was sent.

    `known` are the ids of all rows that were there before.
    """

    doc: str
    table: str
    plan: str
    known: frozenset[str] = frozenset()
    sendings: tuple[Sending, ...] = ()
    marks: frozenset[str] = frozenset()

    @property
    def made(self) -> frozenset[str]:
        """The ids of the rows that Coda said it has made."""
        return frozenset(row for sending in self.sendings for row in sending.ids.values())


class WriteJournal:
    """Writes down what is sent for one table; each call returns when what it wrote would survive a power cut."""

    def __init__(self, folder: Path, doc: str, table: str) -> None:
        name = hashlib.sha256(f"{doc}\n{table}".encode("utf-8", "surrogatepass")).hexdigest()[:24]
        self._file = folder / f"{name}.jsonl"
        self._doc, self._table, self._count = doc, table, 0

    def begin(self, plan: str, known: Iterable[str], marks: Iterable[str] = ()) -> None:
        """Forgets what was begun before, and begins anew."""
        about = {"version": _VERSION, "doc": self._doc, "table": self._table, "plan": plan}
        about |= {"known": sorted(known), "marks": sorted(marks)}
        with naming(self._file):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, _line(about))
        self._count = 0

    def intend(self, change: Change, rows: Sequence[SentRow]) -> int:
        """That a request is about to be sent; returns its number."""
        self._count += 1
        told = [{"key": row.key, "old": row.old, "cells": _stored(row.cells)} for row in rows]
        self._append({"n": self._count, "is": "intent", "change": change.value, "rows": told})
        return self._count

    def accept(self, number: int, request: str, ids: Mapping[str, str]) -> None:
        """That Coda has taken it, and which rows it made, by their keys."""
        self._append({"n": number, "is": "accepted", "request": request, "ids": dict(ids)})

    def refuse(self, number: int) -> None:
        """That nothing of it was done."""
        self._append({"n": number, "is": "refused"})

    def settle(self, number: int) -> None:
        """That Coda's queue is done with it."""
        self._append({"n": number, "is": "settled"})

    def judge(self, fates: Mapping[str, int]) -> None:
        """What became of the steps, in numbers."""
        self._append({"n": 0, "is": "verdicts", "fates": dict(fates)})

    def end(self) -> None:
        """Forgets what was begun: all of it is known, and committed."""
        with naming(self._file):
            self._file.unlink(missing_ok=True)

    def _append(self, record: Mapping[str, Any]) -> None:
        with naming(self._file), open_to_append(self._file) as file:
            file.write(_line(record))
            make_last(file, self._file)


def begun_writes(folder: Path, doc: str) -> Iterator[Begun]:
    """What runs have begun to write into tables of a doc and not ended; a file that is damaged is thrown away."""
    for file in sorted(folder.glob("*.jsonl")):
        with naming(file):
            begun = _read(file.read_bytes())
            if begun is None:
                file.unlink()
        if begun is not None and begun.doc == doc:
            yield begun


def _read(content: bytes) -> Begun | None:
    lines = content.split(b"\n")[:-1]
    about = read_value(lines[0] if lines else b"", _header, None)
    sendings: dict[int, Sending] = {}
    for line in lines[1:]:
        if about is None or read_value(line, lambda record: _take(sendings, record), None) is None:
            return None
    return replace(about, sendings=tuple(sendings.values())) if about else None


def _header(about: Any) -> Begun:
    texts = (about["doc"], about["table"], about["plan"], *about["known"], *about["marks"])
    if about["version"] != _VERSION or not all(isinstance(text, str) for text in texts):
        raise TypeError("not a journal of writes")
    known, marks = frozenset(about["known"]), frozenset(about["marks"])
    return Begun(about["doc"], about["table"], about["plan"], known, marks=marks)


def _take(sendings: dict[int, Sending], record: Any) -> bool:
    number, kind = record["n"], record["is"]
    if kind == "intent":
        sendings[number] = Sending(Change(record["change"]), tuple(map(_row, record["rows"])))
    elif kind == "accepted":
        ids = {str(key): str(row) for key, row in record["ids"].items()}
        sendings[number] = replace(sendings[number], request=str(record["request"]), ids=ids)
    elif kind == "refused":
        sendings[number] = replace(sendings[number], refused=True)
    elif kind == "settled":
        sendings[number] = replace(sendings[number], settled=True)
    elif kind != "verdicts":
        raise ValueError("not a journal of writes")
    return True


def _row(stored: Any) -> SentRow:
    cells = {str(column): value_of(value) for column, value in stored["cells"].items()}
    if not (isinstance(stored["key"], str) and isinstance(stored["old"], str | None)):
        raise TypeError("not a row")
    return SentRow(stored["key"], stored["old"], cells)


def _stored(cells: Mapping[str, CellValue]) -> dict[str, Any]:
    return {column: stored_value(value) for column, value in cells.items()}


def _line(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record).encode() + b"\n"
