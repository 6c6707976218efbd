"""Rows on their way into a table's files: put in order on disk, so that a table need not fit in memory."""

from __future__ import annotations

import contextlib
import heapq
import io
import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, BinaryIO

from coda_git_mirror.disk.files import naming, open_new
from coda_git_mirror.disk.temporary import temporary_file

CHUNK_BYTES = 8 * 1024 * 1024
_OVERHEAD = 300
"""About what one record costs in memory beyond its bytes."""
_BLOCK_BYTES = 32 * 1024
_LENGTHS = struct.Struct("<IQQ")

Record = tuple[bytes, bytes, bytes]


class SortedFiles:
    """Two new files of records that come in any order, and end by ascending key, once for each key.

    Of records with the same key the last one added counts. Records that come in order are only appended. Whatever
    the number of records, one temporary file lies beside the two (systems allow few open files); it vanishes with
    `close`, which leaves the two as they are. `head` begins the second one.
    """

    def __init__(self, first: Path, second: Path, head: bytes = b"", chunk_bytes: int = CHUNK_BYTES) -> None:
        self._paths, self._head, self._chunk_bytes = (first, second), head, chunk_bytes
        with contextlib.ExitStack() as opening, naming(first):
            self._first: BinaryIO = opening.enter_context(open_new(first))
            self._second: BinaryIO = opening.enter_context(open_new(second))
            self._keys: BinaryIO = opening.enter_context(temporary_file(first.parent))
            self.clear()
            self._open = opening.pop_all()

    def clear(self) -> None:
        """Forgets all records."""
        for file in (self._first, self._second, self._keys):
            file.seek(0)
            file.truncate()
        self._second.write(self._head)
        self._runs: list[_Run] = []
        self._chunk: dict[bytes, tuple[bytes, bytes]] = {}
        self._size = 0

    def add(self, keys: Sequence[str], firsts: Sequence[bytes], seconds: Sequence[bytes]) -> None:
        """Adds as many records as there are keys, each with a byte string for either file."""
        names = [key.encode("utf-8", "surrogatepass") for key in keys]
        self._chunk.update(zip(names, zip(firsts, seconds, strict=True), strict=True))
        self._size += sum(map(len, names)) + sum(map(len, firsts)) + sum(map(len, seconds)) + _OVERHEAD * len(names)
        if self._size >= self._chunk_bytes:
            self._append()

    def finish(self) -> int:
        """Completes both files; returns how many records they have. Nothing can be added afterwards."""
        self._append()
        with naming(self._paths[0]):
            self._first.close()
            self._second.close()
            if any(before.last >= after.first for before, after in pairwise(self._runs)):
                return self._merge()
        return sum(run.count for run in self._runs)

    def close(self) -> None:
        self._open.close()

    def _append(self) -> None:
        """Writes what is in memory, in order."""
        if not self._chunk:
            return
        keys = sorted(self._chunk)
        values = [self._chunk[key] for key in keys]
        pack = _LENGTHS.pack
        heads = [pack(len(key), len(one), len(two)) + key for key, (one, two) in zip(keys, values, strict=True)]
        places = [
            _append(file, pieces)
            for file, pieces in (
                (self._keys, heads),
                (self._first, [first for first, _ in values]),
                (self._second, [second for _, second in values]),
            )
        ]
        self._runs.append(_Run(len(keys), keys[0], keys[-1], places))
        self._chunk, self._size = {}, 0

    def _merge(self) -> int:
        """Puts the runs of records into one order, in new files that take the place of the two."""
        count, previous = 0, None
        new = [path.with_name(f"{path.name}.sorted") for path in self._paths]
        with contextlib.ExitStack() as stack:
            old = [self._keys, *(stack.enter_context(path.open("rb")) for path in self._paths)]
            first, second = (stack.enter_context(open_new(path)) for path in new)
            second.write(self._head)
            runs = [_ranked(run.records(old), -number) for number, run in enumerate(self._runs)]
            for key, _, one, other in heapq.merge(*runs):
                if key != previous:
                    first.write(one)
                    second.write(other)
                    count += 1
                previous = key
        for source, path in zip(new, self._paths, strict=True):
            source.replace(path)
        return count


def _append(file: IO[bytes], pieces: Sequence[bytes]) -> int:
    """Writes the pieces to the file's end; returns where they begin."""
    begin = file.seek(0, os.SEEK_END)
    file.write(b"".join(pieces))
    file.flush()
    return begin


def _ranked(records: Iterable[Record], rank: int) -> Iterator[tuple[bytes, int, bytes, bytes]]:
    """Records with a number that puts, of equal keys, the youngest run's first."""
    return ((key, rank, first, second) for key, first, second in records)


@dataclass(frozen=True)
class _Run:
    """So many records in order, from the first key to the last; `places` are where they begin in the three files."""

    count: int
    first: bytes
    last: bytes
    places: Sequence[int]

    def records(self, files: Sequence[IO[bytes]]) -> Iterator[Record]:
        """The records, by the files of keys with lengths, of first and of second byte strings."""
        keys, firsts, seconds = (
            io.BufferedReader(_Stretch(file, place), _BLOCK_BYTES)
            for file, place in zip(files, self.places, strict=True)
        )
        for _ in range(self.count):
            key, first, second = _LENGTHS.unpack(keys.read(_LENGTHS.size))
            yield keys.read(key), firsts.read(first), seconds.read(second)


class _Stretch(io.RawIOBase):
    """A file from a place on as a file of its own, so that several parts can be read in turns."""

    def __init__(self, file: IO[bytes], position: int) -> None:
        self._file, self._position = file, position

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._position)
        content = self._file.read(len(buffer))
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)
