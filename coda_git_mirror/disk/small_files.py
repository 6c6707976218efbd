"""Files that are small where all is well: read within bounds, and never through a symlink or from a device."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

SMALL = 1024 * 1024
"""In bytes: more than anybody writes by hand, or than a thousand lines of a log have."""


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
