"""The new tree's files, written below git's own folder before anything in the working copy changes."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from coda_git_mirror.disk.files import (
    CHUNK,
    SummedFile,
    blob_id,
    blob_id_of_file,
    close_failed,
    link_or_copy,
    naming,
    open_new,
    sync_all,
)
from coda_git_mirror.git.pointers import Pointer
from coda_git_mirror.mirror.lawful_paths import require_lawful

_POINTERS = ".lfs-pointers"


@dataclass(frozen=True)
class StagedFile:
    """A complete file for mirror path `path`: sha256 in hex, size in bytes, and the id git will store it under.

    With `lfs` that id is of its pointer, and the file itself goes to the Git LFS store.
    """

    path: str
    sha256: str
    size: int
    oid: str
    lfs: bool = False

    @property
    def pointer(self) -> Pointer:
        return Pointer(self.sha256, self.size)


class StagedWriter:
    """Takes a file piece by piece; `staged` is there when the `with` block has ended well."""

    def __init__(self, file: BinaryIO, place: Path) -> None:
        self._file = file
        self._place = place
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._staged: StagedFile | None = None

    @property
    def staged(self) -> StagedFile:
        if self._staged is None:
            raise ValueError("the file is not complete before its `with` block has ended")
        return self._staged

    def write(self, content: bytes) -> None:
        with naming(self._place):
            self._file.write(content)
        self._sha256.update(content)
        self._size += len(content)

    def restart(self) -> None:
        """Begins anew: what was written is void."""
        with naming(self._place):
            self._file.seek(0)
            self._file.truncate()
        self._sha256, self._size = hashlib.sha256(), 0

    def complete(self, path: str, oid: str) -> None:
        self._staged = StagedFile(path, self._sha256.hexdigest(), self._size, oid)


class Staging:
    """Files by their mirror path below `root`. Threads may write different paths at once."""

    def __init__(self, root: Path, object_format: str = "sha1") -> None:
        self.root = root
        self._object_format = object_format

    def write(self, path: str, content: bytes, committed: str | None = None) -> StagedFile:
        """Stages a whole file, in place of an earlier one for the same path.

        Nothing is written where `committed`, the id of the plain file there, says that it is as it was.
        """
        sha256, oid = hashlib.sha256(content).hexdigest(), blob_id(content, self._object_format)
        staged = StagedFile(path, sha256, len(content), oid)
        place = self._room_for(path)
        if oid != committed:
            with _new_file(place) as file, naming(place):
                file.write(content)
        return staged

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[StagedWriter]:
        """Stages a file too large for memory; if the block fails nothing stays, and its error passes as it is."""
        place = self._room_for(path)
        with _new_file(place) as file:
            writer = StagedWriter(file, place)
            yield writer
        with naming(place):
            writer.complete(path, blob_id_of_file(place, self._object_format))

    def take(self, source: SummedFile, path: str) -> StagedFile:
        """Stages a complete file, without a copy where the file system can."""
        place = self._room_for(path)
        with naming(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            link_or_copy(source.path, place)
        return StagedFile(path, source.sha256, source.size, source.oid)

    def copy(self, staged: StagedFile, path: str) -> StagedFile:
        """Stages for `path` what is staged already for another path, and stays so."""
        place = self._room_for(path)
        with _new_file(place) as file, naming(place), self.location(staged.path).open("rb") as original:
            shutil.copyfileobj(original, file, CHUNK)
        return replace(staged, path=path)

    def through_lfs(self, staged: StagedFile) -> StagedFile:
        """The same file, to be published through Git LFS."""
        return replace(staged, oid=staged.pointer.oid(self._object_format), lfs=True)

    def write_pointer(self, staged: StagedFile) -> Path:
        """Puts the pointer to a staged file beside it, where no mirror path leads, and says where."""
        return self.location(self.write(f"{_POINTERS}/{staged.sha256}", staged.pointer.text).path)

    def location(self, path: str) -> Path:
        """Where the file for mirror path `path` is staged, if it is."""
        require_lawful(path)
        return self.root / path

    def sync(self, paths: Iterable[str]) -> None:
        """Returns when the staged files would survive a power cut."""
        sync_all(map(self.location, paths))

    def clear(self) -> bool:
        """Removes all staged files; says whether there was anything."""
        if not self.root.exists():
            return False
        with naming(self.root):
            shutil.rmtree(self.root)
        return True

    def _room_for(self, path: str) -> Path:
        place = self.location(path)
        with naming(place):
            place.unlink(missing_ok=True)
        return place


@contextlib.contextmanager
def _new_file(place: Path) -> Iterator[BinaryIO]:
    """A new file that follows no symlink and leaves nothing behind when the block fails."""
    with naming(place):
        try:
            file = open_new(place)
        except FileNotFoundError:
            place.parent.mkdir(parents=True, exist_ok=True)
            file = open_new(place)
    try:
        yield file
        with naming(place):
            file.close()
    except BaseException:
        close_failed(file)
        place.unlink(missing_ok=True)
        raise
