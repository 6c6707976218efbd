"""Writes one file so that a reader, or a crash, finds the old content or the new, never a part."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from coda_git_mirror.disk.files import link_or_copy, make_last, open_new, sync_folder


def write_atomically(target: Path, content: bytes) -> None:
    """Replaces `target` by `content`, with mode 0644 less the umask; on any failure the old file stays."""
    fill_atomically(target, lambda file: _write(file, content))


def fill_atomically(target: Path, fill: Callable[[BinaryIO], None]) -> None:
    """The same for content that `fill` writes piece by piece.

    The temporary file lies beside the target under a fixed name: what a crash left is overwritten by the next try.
    Callers hold the mirror's lock.
    """
    temporary = temporary_beside(target)
    temporary.unlink(missing_ok=True)
    try:
        with open_new(temporary) as file:
            fill(file)
            make_last(file, temporary)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def temporary_beside(target: Path) -> Path:
    """Where the new content of `target` grows: hidden, in the same folder and so on the same file system."""
    return target.with_name(f".{target.name}.coda-git-mirror")


def move_to_new(source: Path, target: Path) -> None:
    """Gives a complete file a lasting name that no other file has; an existing target is a `FileExistsError`.

    Where the file system has no second names of a file, one that came into being at the same instant is replaced.
    """
    try:
        target.hardlink_to(source)
    except FileExistsError:
        raise
    except OSError:
        if target.exists() or target.is_symlink():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        source.rename(target)
    sync_folder(target.parent)


def link_whole(source: str, target: str, aside: str) -> None:
    """Gives a complete file a second name, in a folder that is there; what has the name already stays.

    Where the file system has no second names the target becomes a copy that lasts, after it has grown at `aside`.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        pass
    except FileNotFoundError:
        raise
    except OSError:
        if not os.path.lexists(target):
            Path(aside).unlink(missing_ok=True)
            link_or_copy(Path(source), Path(aside))
            Path(aside).replace(target)


def _write(file: BinaryIO, content: bytes) -> None:
    file.write(content)
