"""One command at a time in a mirror: a kernel lock."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType

import filelock

from coda_git_mirror.disk.files import naming, write_lightly
from coda_git_mirror.errors import MirrorBusy


class MirrorLock:
    """Held by every command that writes; `MirrorBusy` at once while another process holds it.

    The kernel drops the lock with its process, so a file left by a dead one, or its reused number, means nothing.
    """

    def __init__(self, private_folder: Path) -> None:
        self._folder = private_folder
        self._lock = filelock.FileLock(private_folder / "lock", thread_local=False)

    def __enter__(self) -> MirrorLock:
        with naming(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire(timeout=0)
            except filelock.Timeout as error:
                raise MirrorBusy(
                    f"Another sync (process {self._holder()}) holds this mirror; wait for it to end."
                ) from error
            try:
                write_lightly(self._holder_file, f"{os.getpid()}\n".encode())
            except BaseException:
                self._lock.release()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # that of a process which holds nothing has no effect
            self._holder_file.unlink(missing_ok=True)
        self._lock.release()

    @property
    def _holder_file(self) -> Path:
        """Beside the lock, not in it: Windows lets nobody read a locked file."""
        return self._folder / "holder"

    def _holder(self) -> str:
        try:
            return self._holder_file.read_text().strip() or "unknown"
        except OSError:
            return "unknown"


def holder_in(private_folder: Path) -> str | None:
    """The process that holds the mirror, None where none does; the lock is tried only while one claims to hold it."""
    try:
        holder = (private_folder / "holder").read_text().strip() or "unknown"
    except OSError:
        return None
    return holder if is_held(private_folder) else None


def is_held(private_folder: Path) -> bool:
    """Whether a process holds the mirror's lock at this moment; nothing is made or kept for asking."""
    place = private_folder / "lock"
    if not place.exists():
        return False
    lock = filelock.FileLock(place, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False
