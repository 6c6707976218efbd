"""Rows on their way into a table's files: put in order on disk, so that a table need not fit in memory."""

from __future__ import annotations

import heapq
import io
import os
import struct
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from coda_git_mirror.mirror.disk import naming

CHUNK_BYTES = 8 * 1024 * 1024
_OVERHEAD = 300
"""About what one record costs in memory beyond its bytes."""
_BLOCK_BYTES = 64 * 1024
_LENGTHS = struct.Struct("<IQQ")

Record = tuple[bytes, bytes, bytes]


class SortedSpool:
    """Records of a key and two byte strings, given in any order, read back by ascending key, once for each key.

    Of records with the same key the last one added counts. One temporary file lies in `folder`, whatever the number
    of records (systems allow few open files), and vanishes with `close`.
    """

    def __init__(self, folder: Path, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._folder, self._chunk_bytes = folder, chunk_bytes
        self._file: IO[bytes] | None = None
        self._runs: list[_Run] = []
        self._chunk: dict[bytes, Record] = {}
        self._size = 0

    def add(self, key: str, first: bytes, second: bytes) -> None:
        name = key.encode("utf-8", "surrogatepass")
        self._chunk[name] = (name, first, second)
        self._size += len(name) + len(first) + len(second) + _OVERHEAD
        if self._size >= self._chunk_bytes:
            self._spill()

    def clear(self) -> None:
        """Forgets all records."""
        if self._file:
            self._file.close()
        self._file = None
        self._runs, self._chunk, self._size = [], {}, 0

    def close(self) -> None:
        self.clear()

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """The byte strings of each record. Nothing may be added meanwhile."""
        runs = [_ranked(run.records(), -number) for number, run in enumerate(self._runs)]
        runs.append(_ranked(sorted(self._chunk.values()), -len(runs)))
        previous: bytes | None = None
        for key, _, first, second in heapq.merge(*runs):
            if key != previous:
                yield first, second
            previous = key

    def _spill(self) -> None:
        with naming(self._folder):
            if not self._file:
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 (closed with the spool)
            file = self._file
            begin = file.seek(0, os.SEEK_END)
            for key, first, second in sorted(self._chunk.values()):
                file.write(_LENGTHS.pack(len(key), len(first), len(second)))
                file.writelines((key, first, second))
            file.flush()
            self._runs.append(_Run(file, begin, file.tell()))
        self._chunk, self._size = {}, 0


def _ranked(records: Iterable[Record], rank: int) -> Iterator[tuple[bytes, int, bytes, bytes]]:
    """Records with a number that puts, of equal keys, the youngest run's first."""
    return ((key, rank, first, second) for key, first, second in records)


class _Run:
    """Sorted records in one stretch of a file."""

    def __init__(self, file: IO[bytes], begin: int, end: int) -> None:
        self._file, self._begin, self._end = file, begin, end

    def records(self) -> Iterator[Record]:
        stretch = io.BufferedReader(_Stretch(self._file, self._begin, self._end), _BLOCK_BYTES)
        while header := stretch.read(_LENGTHS.size):
            key, first, second = (stretch.read(length) for length in _LENGTHS.unpack(header))
            yield key, first, second


class _Stretch(io.RawIOBase):
    """A part of a file as a file of its own, so that several parts can be read in turns."""

    def __init__(self, file: IO[bytes], begin: int, end: int) -> None:
        self._file, self._position, self._end = file, begin, end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._position)
        content = self._file.read(min(len(buffer), self._end - self._position))
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)
