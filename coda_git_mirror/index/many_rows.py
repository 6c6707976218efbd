"""The rows of a table that came and went, however many it has: most of what differs waits on the disk."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple, Protocol, TypeVar

from coda_git_mirror.index.store import Store, Thing
from coda_git_mirror.index.texts import row_words, rows_of
from coda_git_mirror.model.changes import RowCounts

_AT_ONCE, _MOST_AT_ONCE = 1_000, 4 * 1024 * 1024
"""So many rows, or so many letters of them, are taken in together."""
_MOST_WAITING = 8 * 1024 * 1024
"""In bytes of lines that wait in memory for their like."""
_OVERHEAD = 150


T = TypeVar("T")


class Lines(Protocol):
    """Reads the lines of blobs."""

    def lines(self, oid: str) -> Iterator[bytes]: ...


class Difference(NamedTuple):
    """Some rows: the ids of those whose line is gone, the lines of those that have another, and how many are both."""

    went: list[str]
    came: list[str]
    both: int


def change_many_rows(
    store: Store, lines: Lines, number: int, thing: Thing, was: Sequence[str], now: Sequence[str]
) -> RowCounts:
    """Notes down the rows of a table that came and went between the blobs that held them and those that do now."""
    columns, counts = json.loads(thing.columns), RowCounts()
    for some in differences(lines, was, now):
        store.rows_died(number, thing, some.went)
        rows = rows_of(some.came)
        texts = {row["id"]: line for line, row in rows.items()}
        store.born_rows(number, thing, texts, {row["id"]: row_words(row, columns) for row in rows.values()})
        counts += RowCounts(len(texts) - some.both, some.both, len(some.went) - some.both)
    return counts


def differences(lines: Lines, was: Sequence[str], now: Sequence[str]) -> Iterator[Difference]:
    """What differs between two lists of blobs, a part at a time; files that both have are not read."""
    old, new = read_of(was, now), read_of(now, was)
    if not old:
        for some in _in_parts(map(_text, _lines(lines, new)), len):
            yield Difference([], some, 0)
        return
    with contextlib.closing(_Differing()) as differing:
        for before, after in zip_longest(_lines(lines, old), _lines(lines, new)):
            if before != after:
                differing.add(before, False)
                differing.add(after, True)
        yield from differing.rows()


def read_of(some: Sequence[str], others: Sequence[str]) -> list[str]:
    """The blobs of `some` that are not among the others."""
    return [*(Counter(filter(None, some)) - Counter(others)).elements()]


def _lines(lines: Lines, blobs: Iterable[str]) -> Iterator[bytes]:
    return (line for blob in blobs for line in lines.lines(blob))


def _text(line: bytes) -> str:
    return line.removesuffix(b"\n").decode("utf-8", "replace")


def _in_parts(every: Iterable[T], size_of: Callable[[T], int]) -> Iterator[list[T]]:
    some: list[T] = []
    size = 0
    for each in every:
        some.append(each)
        size += size_of(each)
        if len(some) == _AT_ONCE or size > _MOST_AT_ONCE:
            yield some
            some, size = [], 0
    if some:
        yield some


class _Differing:
    """Lines of which the other side has not had the like so far; beyond some in memory they lie in a file, by rows."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, bool] = {}
        self._size = 0
        self._aside = sqlite3.connect("", isolation_level=None)
        self._aside.execute("PRAGMA journal_mode = OFF")
        self._aside.execute("BEGIN")
        self._aside.execute("CREATE TABLE differing(row TEXT PRIMARY KEY, old TEXT, new TEXT)")

    def close(self) -> None:
        self._aside.close()

    def add(self, line: bytes | None, is_new: bool) -> None:
        """One more line of one side."""
        if line is None:
            return
        if self._waiting.get(line, is_new) != is_new:
            del self._waiting[line]
            self._size -= len(line) + _OVERHEAD
        elif line not in self._waiting:
            self._waiting[line] = is_new
            self._size += len(line) + _OVERHEAD
            if self._size > _MOST_WAITING:
                self._put_aside()

    def rows(self) -> Iterator[Difference]:
        """What differs, once all lines are there."""
        self._put_aside()
        found = self._aside.execute("SELECT row, old, new FROM differing WHERE old IS NOT new")
        for some in _in_parts(found, lambda each: len(each[1] or "") + len(each[2] or "")):
            went = [row for row, old, _ in some if old is not None]
            came = [new for *_, new in some if new is not None]
            yield Difference(went, came, len(went) + len(came) - len(some))

    def _put_aside(self) -> None:
        for is_new, side in ((False, "old"), (True, "new")):
            texts = (_text(line) for line, each in self._waiting.items() if each == is_new)
            rows = ((row["id"], text) for text, row in rows_of(texts).items())
            self._aside.executemany(
                f"INSERT INTO differing(row, {side}) VALUES(?, ?)"
                f" ON CONFLICT(row) DO UPDATE SET {side} = excluded.{side}",
                rows,
            )
        self._waiting.clear()
        self._size = 0
