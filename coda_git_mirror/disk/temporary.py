"""Files and folders that vanish when closed, in the system's place for such things or in a folder that is named."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from coda_git_mirror.disk.files import naming

_PREFIX = "coda-git-mirror-"


def temporary_file(folder: Path | None = None) -> IO[bytes]:
    """A file without a name, for reading and writing. Raises MirrorError that names the folder."""
    with naming(folder or Path(tempfile.gettempdir())):
        return tempfile.TemporaryFile(dir=folder)


def temporary_file_with(content: bytes) -> IO[bytes]:
    """A file without a name, to be read from its beginning. Raises MirrorError that names the folder."""
    file = temporary_file()
    with naming(Path(tempfile.gettempdir())):
        file.write(content)
        file.seek(0)
    return file


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """An empty folder. Raises MirrorError that names the folder above it."""
    with naming(Path(tempfile.gettempdir())):
        made = tempfile.TemporaryDirectory(prefix=_PREFIX)
    with made as folder:
        yield Path(folder)
