"""Small truths about files: new ones, lasting ones, their git ids, and that no failure of the disk lacks its path."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast

from coda_git_mirror.errors import MirrorError, UsageError

StrPath: TypeAlias = "str | os.PathLike[str]"
CHUNK = 1024 * 1024
_LARGE = CHUNK
_AT_ONCE = 8
_NOT_THERE = (FileNotFoundError, NotADirectoryError)

_SPACE = "free some space and run the command again"
_ACCESS = "give yourself write access and run the command again"
_OPEN_FILES = "allow this program to open more files at once (`ulimit -n 256`) and run the command again"
_MEMORY = "let other programs end, or allow this one more memory and processes, and run the command again"
_ADVICE = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: "allow larger files (`ulimit -f`) and run the command again",
    errno.EACCES: _ACCESS,
    errno.EPERM: _ACCESS,
    errno.EROFS: "the file system is read-only; make it writable and run the command again",
    errno.EMFILE: _OPEN_FILES,
    errno.ENFILE: _OPEN_FILES,
    errno.ENOMEM: _MEMORY,
    errno.EAGAIN: _MEMORY,
}
_FOLDERS_CANNOT_BE_SYNCED = {errno.EINVAL, errno.ENOTSUP, errno.EBADF}


class DiskFailed(MirrorError, OSError):
    """Something cannot be written or read; the text names it. `errno` is the system's."""

    def __init__(self, error: OSError, place: StrPath) -> None:
        advice = _ADVICE.get(error.errno or 0, "put that right and run the command again")
        # Where two files are concerned the second one was to be written.
        named = error.filename2 or error.filename or place
        super().__init__(f"Cannot write {os.fsdecode(named)}: {error.strerror or error}; {advice}.")
        self.errno = error.errno


@contextlib.contextmanager
def naming(path: StrPath) -> Iterator[None]:
    """Turns an `OSError` of the block into a `MirrorError` that names `path`, or the file that the system named."""
    try:
        yield
    except DiskFailed:
        raise
    except OSError as error:
        raise DiskFailed(error, path) from error


class _NamedFile(io.FileIO):
    """A file that is open, whose every failure is a `DiskFailed` with the place that it is told."""

    def __init__(self, descriptor: int, mode: str, place: Path) -> None:
        super().__init__(descriptor, mode)
        self._place = place

    def readinto(self, buffer: Any) -> int | None:
        with naming(self._place):
            return super().readinto(buffer)

    def readall(self) -> bytes:
        with naming(self._place):
            return super().readall()

    def write(self, content: Any) -> int:
        with naming(self._place):
            return super().write(content)

    def truncate(self, size: int | None = None) -> int:
        with naming(self._place):
            return super().truncate(size)

    def close(self) -> None:
        with naming(self._place):
            super().close()


def named_writer(descriptor: int, place: Path) -> BinaryIO:
    """A file for writing from its descriptor."""
    return io.BufferedWriter(_NamedFile(descriptor, "wb", place))


def named_file(descriptor: int, place: Path) -> BinaryIO:
    """A file for reading and writing from its descriptor."""
    return cast(BinaryIO, io.BufferedRandom(_NamedFile(descriptor, "rb+", place)))


def require_open_files(least: int) -> None:
    """Allows this process to open so many files at once. Raises UsageError where the system does not let it."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= least:
        return
    if hard != resource.RLIM_INFINITY and hard < least:
        raise UsageError(
            f"Only {hard} files may be open at once here, and this command needs {least}; "
            f"allow more (`ulimit -n {least}`) and run it again."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (least, hard))


def close_failed(file: BinaryIO) -> None:
    """Closes a file that could not be written: what is still buffered may fail once more, which says nothing new."""
    with contextlib.suppress(OSError):
        file.close()


def make_last(file: BinaryIO, place: Path) -> None:
    """Returns when what was written to a file would survive a power cut."""
    file.flush()
    with naming(place):
        os.fsync(file.fileno())


def open_new(path: Path) -> BinaryIO:
    """Creates `path` for writing with the caller's umask; an existing file or symlink is a `FileExistsError`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return named_writer(os.open(path, flags, 0o644), path)


def open_to_append(path: Path) -> BinaryIO:
    """Opens `path` for writing at its end, and creates it where it is missing; a pipe is an `OSError`.

    It is not waited for until somebody reads it.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    file = named_writer(os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o644), path)
    if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is no plain file", str(path))
    return file


def lines_of_files(paths: Iterable[Path]) -> Iterator[bytes]:
    """The lines of several files, one file after the other."""
    for path in paths:
        with path.open("rb") as file:
            yield from file


def write_lightly(path: Path, content: bytes) -> None:
    """Writes a file that need not last: of what a crash leaves of it, nothing is believed that is not whole."""
    with naming(path):
        path.write_bytes(content)


def overwrite(path: Path, content: bytes) -> None:
    """Puts other bytes in the place of those of a file that is there, which needs hardly any space."""
    descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with named_writer(descriptor, path) as file:
        file.write(content)
        file.truncate()


def link_or_copy(source: Path, target: Path) -> None:
    """Makes `target` a second name of `source`, which needs no space, or a copy that survives a power cut.

    An existing target is a `FileExistsError`.
    """
    try:
        target.hardlink_to(source)
    except FileExistsError:
        raise
    except OSError:
        with open_new(target) as copy, source.open("rb") as original:
            shutil.copyfileobj(original, copy, CHUNK)
            make_last(copy, target)


def copy_with_times(source: Path, target: Path) -> None:
    """Copies a file together with its times; what was at the target is gone."""
    with naming(target):
        shutil.copy2(source, target)


def sync_file(path: Path) -> None:
    """Returns when the content of `path` would survive a power cut."""
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        with naming(path):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Makes names created in, moved into or removed from `folder` last; Windows has no such call and needs none."""
    if os.name != "nt":
        _sync_as_reader(folder)


def sync_all(places: Iterable[StrPath]) -> None:
    """Returns when files and folders, those of them that are there, would survive a power cut.

    Many at once: disks wait little longer for many than for one. Windows syncs no folders and no read-only files.
    """
    everything = list(places)

    def sync_some(some: list[StrPath]) -> None:
        for place in some:
            with naming(place), contextlib.suppress(*_NOT_THERE):
                _sync_any(place)

    if len(everything) == 1:
        sync_some(everything)
        return
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="disk") as pool:
        for _ in pool.map(sync_some, filter(None, (everything[part::_AT_ONCE] for part in range(_AT_ONCE)))):
            pass


def _sync_any(place: StrPath) -> None:
    if os.name != "nt":
        _sync_as_reader(place)
    elif Path(place).is_file() and os.access(place, os.W_OK):
        sync_file(Path(place))


def _sync_as_reader(place: StrPath) -> None:
    descriptor = os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _FOLDERS_CANNOT_BE_SYNCED:
            raise DiskFailed(error, place) from error
    finally:
        os.close(descriptor)


def blob_digest(size: int, object_format: str = "sha1") -> hashlib._Hash:
    """What becomes the id under which git stores content of that size, once it has been fed with all of it."""
    return hashlib.new(object_format, b"blob %d\0" % size, usedforsecurity=False)


def blob_id(content: bytes, object_format: str = "sha1") -> str:
    """The id under which git stores `content` unfiltered."""
    digest = blob_digest(len(content), object_format)
    digest.update(content)
    return digest.hexdigest()


@dataclass(frozen=True)
class SummedFile:
    """A complete file that nobody will write to again: sha256 in hex, size in bytes, and the id git stores it under."""

    path: Path
    sha256: str
    size: int
    oid: str


def summed(paths: Sequence[Path], object_format: str = "sha1") -> list[SummedFile]:
    """The files, each read once; large ones side by side."""
    if sum(path.stat().st_size for path in paths) < _LARGE:
        return [_summed(path, object_format) for path in paths]
    with ThreadPoolExecutor(min(len(paths), _AT_ONCE), thread_name_prefix="summing") as aside:
        return list(aside.map(_summed, paths, repeat(object_format)))


def _summed(path: Path, object_format: str) -> SummedFile:
    sha256, size = hashlib.sha256(), path.stat().st_size
    blob = blob_digest(size, object_format)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            sha256.update(chunk)
            blob.update(chunk)
    return SummedFile(path, sha256.hexdigest(), size, blob.hexdigest())


def blob_id_of_file(path: StrPath, object_format: str = "sha1") -> str:
    """The same for a file of any size, read in pieces; a symlink is an `OSError` where the system can tell."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        digest = blob_digest(os.fstat(file.fileno()).st_size, object_format)
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
