"""Reads what lies in git by one process that stays."""

from __future__ import annotations

import threading
from typing import Protocol

from coda_git_mirror.mirror.disk import CHUNK
from coda_git_mirror.mirror.git_command import DamagedRepository, GitCommand, Running


class Writer(Protocol):
    """Takes content piece by piece."""

    def write(self, content: bytes, /) -> object: ...


class ObjectReader:
    """Reads blobs by one `git cat-file` that stays until `close`; threads take turns."""

    def __init__(self, git: GitCommand) -> None:
        self._git = git
        self._lock = threading.Lock()
        self._running: Running | None = None

    def copy(self, oid: str, destination: Writer) -> None:
        """Streams a blob of any size; `DamagedRepository` where there is none."""
        with self._lock:
            try:
                self._copy(oid, destination)
            except BaseException:
                self._stop()
                raise

    def close(self) -> None:
        """Ends the git that reads; the next blob starts another."""
        with self._lock:
            self._stop()

    def _copy(self, oid: str, destination: Writer) -> None:
        self._running = running = self._running or self._git.start("cat-file", "--batch")
        running.stdin.write(f"{oid}\n".encode())
        running.stdin.flush()
        header = running.stdout.readline().split()
        if len(header) != 3 or header[1] != b"blob":
            raise DamagedRepository(self._git.folder, f"the object {oid} is missing or cannot be read")
        left = int(header[2]) + 1
        while left > 1:
            content = running.stdout.read(min(CHUNK, left - 1))
            if not content:
                raise DamagedRepository(self._git.folder, f"the object {oid} cannot be read")
            left -= len(content)
            destination.write(content)
        running.stdout.read(left)

    def _stop(self) -> None:
        if self._running:
            self._running.stop()
            self._running = None
