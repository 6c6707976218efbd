"""The lives of the rows of a table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from coda_git_mirror.format.table_parts import CSV, JSONL
from coda_git_mirror.format.text import json_line
from coda_git_mirror.index.asking import Asking
from coda_git_mirror.index.store import ITS_NAME
from coda_git_mirror.model.looking import LineLife

_PATH = (
    "(SELECT path FROM items i WHERE i.thing = l.thing AND i.born < coalesce(l.died, ?) ORDER BY i.born DESC LIMIT 1)"
)
_LIFE = f"SELECT {_PATH}, l.text, l.born, l.died FROM lines l JOIN things t ON t.id = l.thing "
_TABLE = "t.doc = ? AND t.item = ? AND t.kind = 'table' "
_PART = re.compile(r"(\.[1-9][0-9]*)?" + re.escape(JSONL))
_END = "\x7f"
"""Sorts after whatever a path has."""


def row_lives(asking: Asking, doc: str, item: str, row: str) -> list[LineLife]:
    query = "SELECT id FROM things WHERE doc = ? AND item = ? AND kind = 'table' AND pending IS NOT NULL"
    if large := asking.ask(query, doc, item):
        return list(_read_lives(asking, large[0][0], row))[::-1]
    query = f"{_LIFE} WHERE {_TABLE} AND l.row = ? AND l.row != ? ORDER BY l.born DESC"
    return _lives(asking, asking.ask(query, _beyond(asking), doc, item, row, ITS_NAME))


def rows_gone(asking: Asking, doc: str, item: str, number: int) -> list[LineLife]:
    gone = (
        "l.row != ? AND l.died <= ? AND NOT EXISTS (SELECT 1 FROM lines n WHERE n.thing = l.thing AND n.row = l.row"
        " AND n.born <= ? AND n.born >= l.died)"
    )
    query = f"{_LIFE} WHERE {_TABLE} AND {gone} ORDER BY l.died DESC, l.id"
    return _lives(asking, asking.ask(query, _beyond(asking), doc, item, ITS_NAME, number, number))


def _beyond(asking: Asking) -> int:
    return len(asking.commits) + 1


def _lives(asking: Asking, rows: list[Any]) -> list[LineLife]:
    return [
        LineLife(path or "", text, asking.at(born), asking.at(died) if died else None)
        for path, text, born, died in rows
    ]


def _read_lives(asking: Asking, thing: int, row: str) -> Iterator[LineLife]:
    """The same of a table that is too large for the index: each of its blobs is looked through once, oldest first."""
    known: dict[bytes, str] = {}
    text, since, path = "", 0, ""
    for number, place, blobs in _states(asking, thing):
        line = ""
        for blob in blobs:
            if blob not in known:
                finder = _Finder(row)
                asking.repository.copy_blob(blob.hex(), finder)
                known[blob] = finder.line
            line = line or known[blob]
        if text and line != text:
            yield LineLife(path, text, asking.at(since), asking.at(number))
        since, text, path = number if line != text else since, line, place
    if text:
        yield LineLife(path, text, asking.at(since), None)


def _states(asking: Asking, thing: int) -> Iterator[tuple[int, str, list[bytes]]]:
    """The commits that changed a table's rows, with its path and the blobs that hold them; none where it is gone."""
    states = asking.ask("SELECT path, born, died FROM items WHERE thing = ? ORDER BY born", thing)
    for place, (path, born, died) in enumerate(states):
        stem, end = path.removesuffix(CSV), died or _beyond(asking)
        changes: dict[int, dict[str, bytes | None]] = {born: {}}
        for part, number, blob in _part_versions(asking, stem, end):
            changes.setdefault(max(number, born), {})[part] = blob
        there: dict[str, bytes | None] = {}
        for number in sorted(changes):
            there |= changes[number]
            yield number, path, [blob for blob in there.values() if blob]
        if died and (place + 1 == len(states) or states[place + 1][1] != died):
            yield died, path, []


def _part_versions(asking: Asking, stem: str, end: int) -> list[Any]:
    """Which blobs the files of a table's rows led to before a commit, oldest first."""
    query = (
        "SELECT p.path, v.number, v.blob FROM paths p JOIN versions v ON v.path = p.id"
        " WHERE p.path >= ? AND p.path < ? AND v.number < ? ORDER BY v.number"
    )
    found = asking.ask(query, f"{stem}.", f"{stem}.{_END}", end)
    return [each for each in found if _PART.fullmatch(each[0][len(stem) :])]


class _Finder:
    """Takes a JSONL piece by piece and keeps the line of one row."""

    def __init__(self, row: str) -> None:
        self._row, self._needle = row, b'"id":' + json_line(row).strip()
        self._rest = b""
        self.line = ""

    def write(self, content: bytes, /) -> None:
        if self.line:
            return
        text = self._rest + content
        whole = text.rfind(b"\n") + 1
        self._rest = text[whole:]
        place = text.find(self._needle, 0, whole)
        while place >= 0:
            begin, end = text.rfind(b"\n", 0, place) + 1, text.find(b"\n", place)
            line = text[begin:end].decode("utf-8", "replace")
            if json.loads(line)["id"] == self._row:
                self.line = line
                return
            place = text.find(self._needle, end, whole)
