"""Rows on their way into a table's files: put in order on disk, so that a table need not fit in memory."""

from __future__ import annotations

import heapq
import struct
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

CHUNK_BYTES = 8 * 1024 * 1024
_OVERHEAD = 300
"""About what one record costs in memory beyond its bytes."""
_LENGTHS = struct.Struct("<IQQ")

Record = tuple[bytes, bytes, bytes]


class SortedSpool:
    """Records of a key and two byte strings, given in any order, read back by ascending key, once for each key.

    Of records with the same key the last one added counts. Temporary files lie in `folder` and vanish with `close`.
    """

    def __init__(self, folder: Path, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._folder, self._chunk_bytes = folder, chunk_bytes
        self._files = ExitStack()
        self._runs: list[IO[bytes]] = []
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
        self.close()
        self._files = ExitStack()
        self._runs, self._chunk, self._size = [], {}, 0

    def close(self) -> None:
        self._files.close()

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        runs = [_read(run, -number) for number, run in enumerate(self._runs)]
        last = -len(runs)
        runs.append((key, last, first, second) for key, first, second in sorted(self._chunk.values()))
        previous: bytes | None = None
        for key, _, first, second in heapq.merge(*runs):
            if key != previous:
                yield first, second
            previous = key

    def _spill(self) -> None:
        run = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 (closed with the spool)
        self._files.callback(run.close)
        for key, first, second in sorted(self._chunk.values()):
            run.write(_LENGTHS.pack(len(key), len(first), len(second)))
            run.writelines((key, first, second))
        self._runs.append(run)
        self._chunk, self._size = {}, 0


def _read(run: IO[bytes], number: int) -> Iterator[tuple[bytes, int, bytes, bytes]]:
    """The records of a run, numbered so that of equal keys the youngest run's comes first."""
    run.seek(0)
    while header := run.read(_LENGTHS.size):
        lengths = _LENGTHS.unpack(header)
        key, first, second = (run.read(length) for length in lengths)
        yield key, number, first, second
