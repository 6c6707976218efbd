"""Files and folders that vanish when closed, in the system's place for such things or in a folder that is named."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from coda_git_mirror.disk.files import close_failed, named_file, naming

_PREFIX = "coda-git-mirror-"


def temporary_file(folder: Path | None = None) -> BinaryIO:
    """A file without a name, for reading and writing. It raises MirrorError, then and later, that names the folder."""
    place = folder or _usual_place()
    with naming(place), tempfile.TemporaryFile(dir=place, buffering=0) as file:
        return named_file(os.dup(file.fileno()), place)


def temporary_file_with(content: bytes) -> BinaryIO:
    """A file without a name, to be read from its beginning. Raises MirrorError that names the folder."""
    file = temporary_file()
    try:
        file.write(content)
        file.seek(0)
    except BaseException:
        close_failed(file)
        raise
    return file


@contextlib.contextmanager
def temporary_folder(above: Path | None = None) -> Iterator[Path]:
    """An empty folder. Raises MirrorError that names the folder above it."""
    place = above or _usual_place()
    with naming(place):
        made = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=place)
    with made as folder:
        yield Path(folder)


def _usual_place() -> Path:
    """The system's folder for such things; Python takes another one where nothing can be written there."""
    with naming(Path(os.environ.get("TMPDIR") or os.sep + "tmp")):
        return Path(tempfile.gettempdir())
