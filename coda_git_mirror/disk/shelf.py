"""Values of a run, on disk while nobody works on them: memory must not grow with the account."""

from __future__ import annotations

import io
import os
import pickle
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from coda_git_mirror.disk.temporary import temporary_file

T = TypeVar("T")


class Shelve(Protocol):
    """Puts a value away, and gives what brings it back."""

    def __call__(self, value: T, /) -> Callable[[], T]: ...


class Shelf:
    """One temporary file in `folder` that nobody else can open, and that is gone with the process or with `close`.

    `shared` are things that values refer to and do not take along. Threads may put and load at once.
    """

    def __init__(self, folder: Path, *shared: object) -> None:
        self._file, self._shared = temporary_file(folder), shared
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def put(self, value: T, /) -> Callable[[], T]:
        """Stores the value as it is now; each call of the answer gives it anew."""
        content = io.BytesIO()
        _Pickler(content, self._shared).dump(value)
        with self._lock:
            place = self._file.seek(0, os.SEEK_END)
            self._file.write(content.getbuffer())
        return partial(self._load, place, content.tell())

    def _load(self, place: int, size: int) -> Any:
        with self._lock:
            self._file.seek(place)
            content = self._file.read(size)
        return _Unpickler(io.BytesIO(content), self._shared).load()


def in_memory(value: T, /) -> Callable[[], T]:
    """For few values, which stay where they are."""
    return lambda: value


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, shared: tuple[object, ...]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._places = {id(each): place for place, each in enumerate(shared)}

    def persistent_id(self, obj: object) -> int | None:
        return self._places.get(id(obj))


class _Unpickler(pickle.Unpickler):
    """Reads what this very process has written, and nothing else."""

    def __init__(self, file: io.BytesIO, shared: tuple[object, ...]) -> None:
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, pid: int) -> object:
        return self._shared[pid]
