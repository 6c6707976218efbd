"""A folder apart from the mirror, filled with files of it: each appears complete under its name, or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from coda_git_mirror.disk.atomic import temporary_beside
from coda_git_mirror.disk.files import CHUNK, naming, open_new
from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.lawful_paths import LawlessPath, require_contained

_FAULTS_OF_NAMES = {errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ}


class NotWritten(MirrorError):
    """One file cannot be written here; the text is the reason, fit for a list."""


class Pieces(Protocol):
    """Gives a file piece by piece, nothing at its end."""

    def read(self, size: int, /) -> bytes: ...


class Extraction:
    """Writes below `folder`. Raises UsageError unless it is new or empty, and outside the mirror."""

    def __init__(self, repository: Repository, folder: Path) -> None:
        _require_apart(folder, (repository.root, repository.git_dir, repository.common_dir))
        self.folder = folder.resolve()
        self._made: set[str] = set()

    def write(self, path: str, content: Pieces) -> int:
        """Writes one file and returns its size; `NotWritten` where its path has no place here."""
        try:
            require_contained(path)
        except LawlessPath as error:
            raise NotWritten(f"its name leads out of the folder ({error})") from error
        target = self.folder / path
        with naming(target):
            try:
                self._make_folders(path)
                if os.path.lexists(target):
                    raise NotWritten("this file system takes its name for that of another file")
                return _write_whole(target, content)
            except OSError as error:
                if error.errno in _FAULTS_OF_NAMES:
                    raise NotWritten(f"this file system has no place for its name ({error.strerror})") from error
                raise

    def _make_folders(self, path: str) -> None:
        """Makes each folder above the file; one that was not made here, such as a symlink, is none of ours."""
        self.folder.mkdir(parents=True, exist_ok=True)
        components = path.split("/")[:-1]
        for depth in range(1, len(components) + 1):
            folder = "/".join(components[:depth])
            if folder in self._made:
                continue
            try:
                (self.folder / folder).mkdir()
            except FileExistsError:
                raise NotWritten(f"this file system takes {folder} for the name of something else") from None
            self._made.add(folder)


def _write_whole(target: Path, content: Pieces) -> int:
    temporary, size = temporary_beside(target), 0
    try:
        with open_new(temporary) as file:
            while piece := content.read(CHUNK):
                size += file.write(piece)
        temporary.rename(target)
    finally:
        temporary.unlink(missing_ok=True)
    return size


def _require_apart(folder: Path, mirrors: Iterable[Path]) -> None:
    """Also when symlinks or letters of another case lead into the mirror."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{folder} is no folder; name a new or an empty one.")
    real = folder.resolve()
    for place in (place for place in (real, *real.parents) if place.exists()):
        if any(mirror.exists() and place.samefile(mirror) for mirror in mirrors):
            raise UsageError(f"{folder} lies inside the mirror, which stays as it is; name a folder elsewhere.")
    with naming(folder):
        if folder.exists() and any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty; name a new or an empty folder.")
