"""Small truths about files: new ones, lasting ones, their git ids, and what a failure means to a user."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import BinaryIO

from coda_git_mirror.errors import MirrorError

CHUNK = 1024 * 1024
SMALL = 1024 * 1024
"""In bytes: more than anybody writes by hand, or than a thousand lines of a log have."""
_LARGE = CHUNK
_AT_ONCE = 8
_NOT_THERE = (FileNotFoundError, NotADirectoryError)

_ADVICE = {
    errno.ENOSPC: "free some space and run the command again",
    errno.EDQUOT: "free some space and run the command again",
    errno.EACCES: "give yourself write access and run the command again",
    errno.EPERM: "give yourself write access and run the command again",
    errno.EROFS: "the file system is read-only; make it writable and run the command again",
}
_FOLDERS_CANNOT_BE_SYNCED = {errno.EINVAL, errno.ENOTSUP, errno.EBADF}


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turns an `OSError` of the block into a `MirrorError` that names `path`, or the file that the system named."""
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "put that right and run the command again")
        raise MirrorError(f"Cannot write {error.filename or path}: {error.strerror or error}; {advice}.") from error


def open_new(path: Path) -> BinaryIO:
    """Creates `path` for writing with the caller's umask; an existing file or symlink is a `FileExistsError`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o644), "wb")


def open_to_append(path: Path) -> BinaryIO:
    """Opens `path` for writing at its end, and creates it where it is missing; a symlink is an `OSError`."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o644), "ab")


def lines_of_files(paths: Iterable[Path]) -> Iterator[bytes]:
    """The lines of several files, one file after the other."""
    for path in paths:
        with path.open("rb") as file:
            yield from file


def read_small(path: Path, most: int = SMALL) -> bytes | None:
    """The content of a small file; None where there is no file, or only something else such as a symlink or device.

    Raises `OSError` where it cannot be read, or has more than `most` bytes.
    """
    if not stat.S_ISREG(_mode(path)):
        return None
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most // 1024} kB", str(path))
    return content


def read_end(path: Path, most: int = SMALL) -> bytes:
    """The last bytes of a file of any size; none where there is no file, or only something else."""
    if not stat.S_ISREG(_mode(path)):
        return b""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - most))
        return file.read(most)


def _mode(path: Path) -> int:
    """The mode of the file itself, not of what it points to; 0 where there is nothing."""
    try:
        return os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def write_lightly(path: Path, content: bytes) -> None:
    """Writes a file that need not last: of what a crash leaves of it, nothing is believed that is not whole."""
    path.write_bytes(content)


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
            copy.flush()
            os.fsync(copy.fileno())


def sync_file(path: Path) -> None:
    """Returns when the content of `path` would survive a power cut."""
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Makes names created in, moved into or removed from `folder` last; Windows has no such call and needs none."""
    if os.name != "nt":
        _sync_as_reader(folder)


def sync_all(places: Iterable[Path]) -> None:
    """Returns when files and folders, those of them that are there, would survive a power cut.

    Many at once: disks wait little longer for many than for one. Windows syncs no folders and no read-only files.
    """
    everything = list(places)

    def sync_some(some: list[Path]) -> None:
        for place in some:
            with naming(place), contextlib.suppress(*_NOT_THERE):
                _sync_any(place)

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="disk") as pool:
        for _ in pool.map(sync_some, filter(None, (everything[part::_AT_ONCE] for part in range(_AT_ONCE)))):
            pass


def _sync_any(place: Path) -> None:
    if os.name != "nt":
        _sync_as_reader(place)
    elif place.is_file() and os.access(place, os.W_OK):
        sync_file(place)


def _sync_as_reader(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _FOLDERS_CANNOT_BE_SYNCED:
            raise
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


def blob_id_of_file(path: Path, object_format: str = "sha1") -> str:
    """The same for a file of any size, read in pieces; a symlink is an `OSError` where the system can tell."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        digest = blob_digest(os.fstat(file.fileno()).st_size, object_format)
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
