"""What a run has read and not yet put into the mirror: files below git's own folder, so that memory stays small."""

from __future__ import annotations

import contextlib
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from coda_git_mirror.mirror.disk import naming


class FetchedFile:
    """A file that may begin anew while it is written; `OSError`s of the disk name it."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self._file = path, file

    def restart(self) -> None:
        with naming(self.path):
            self._file.seek(0)
            self._file.truncate()

    def write(self, content: bytes) -> None:
        with naming(self.path):
            self._file.write(content)


class FetchedFiles:
    """New files with names of their own in `folder`; threads may ask for them at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count()

    def begin(self) -> None:
        """Empties the folder of what an interrupted run left."""
        self.clear()
        with naming(self.folder):
            self.folder.mkdir(parents=True)

    def new(self) -> Path:
        """A path where no file is yet."""
        return self.folder / f"{next(self._numbers):08d}"

    def keep_text(self, text: str) -> Path:
        """Stores a text, lone surrogates and all, for `read_text`."""
        path = self.new()
        with naming(path):
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return path

    @contextlib.contextmanager
    def writing(self) -> Iterator[FetchedFile]:
        """A new file to be written piece by piece."""
        path = self.new()
        with naming(path):
            file = path.open("wb")
        with file:
            yield FetchedFile(path, file)

    def clear(self) -> None:
        """Removes everything."""
        if self.folder.exists():
            with naming(self.folder):
                shutil.rmtree(self.folder)


def read_text(path: Path) -> str:
    """A text that `keep_text` stored."""
    return path.read_bytes().decode("utf-8", "surrogatepass")
