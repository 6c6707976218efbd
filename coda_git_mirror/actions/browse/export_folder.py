"""The folder of an export: new or empty, apart from the mirror, and without its first page until it has all others."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.extraction import Extraction

FIRST = "index.html"


class ExportFolder:
    """Raises UsageError, with nothing written, where a folder cannot be one."""

    def __init__(self, repository: Repository, folder: Path) -> None:
        self._was_there = folder.exists()
        self._extraction = Extraction(repository, folder)
        self.folder = self._extraction.folder
        self._names: list[str] = []

    def add(self, name: str, content: BinaryIO | bytes) -> None:
        """Writes a file, whose name is one that every system takes. Raises MirrorError."""
        self._names.append(name)
        self._extraction.write(name, BytesIO(content) if isinstance(content, bytes) else content)

    @contextlib.contextmanager
    def filled(self) -> Iterator[None]:
        """What ends this early takes away all that was written; a kill leaves a folder without its first page."""
        try:
            yield
        except BaseException:
            self._abandon()
            raise

    def _abandon(self) -> None:
        for name in self._names:
            with contextlib.suppress(OSError):
                (self.folder / name).unlink()
        for place in sorted({parent for name in self._names for parent in Path(name).parents}, reverse=True):
            with contextlib.suppress(OSError):
                if place.parts or not self._was_there:
                    (self.folder / place).rmdir()
