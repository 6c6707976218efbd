"""The files that the user sees: looking at them and changing them, never through a symlink."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import BinaryIO

from coda_git_mirror.disk.atomic import fill_atomically
from coda_git_mirror.disk.files import blob_id_of_file, naming, sync_all
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format import layout
from coda_git_mirror.git.pointers import pointer_to
from coda_git_mirror.mirror.lawful_paths import require_contained


class Obstacle(MirrorError):
    """Something in the working copy is neither a file nor a folder of the mirror, or lies in the way of one."""


class WorkingCopy:
    """The working copy at `root`; every path is relative to it, with `/`."""

    def __init__(self, root: Path, object_format: str = "sha1") -> None:
        self.root = root
        self._base = f"{root}/"
        self._object_format = object_format
        self._plain_folders: set[str] = set()

    def blob_id(self, path: str) -> str | None:
        """The id of what lies at `path`; none where nothing does, or only a folder; `Obstacle` for a symlink."""
        place = self._locate(path)
        kind = _kind(place)
        if kind is None or stat.S_ISDIR(kind):
            return None
        if not stat.S_ISREG(kind):
            raise Obstacle(f"{place} is a symlink or a special file; the mirror keeps plain files only. Move it away.")
        with naming(place):
            return blob_id_of_file(place, self._object_format)

    def pointer_id(self, path: str) -> str | None:
        """The id under which git stores what lies at `path` when it goes through Git LFS; none where nothing does."""
        if self.blob_id(path) is None:
            return None
        with naming(self.root / path):
            return pointer_to(self.root / path).oid(self._object_format)

    def is_edited(self, path: str, known: Collection[str]) -> bool:
        """Whether something lies at `path` that none of the blob ids `known` means, as it is or through Git LFS."""
        content = self.blob_id(path)
        return content is not None and content not in known and self.pointer_id(path) not in known

    def files_in(self, path: str) -> list[str]:
        """All that is not a folder below `path`, if that is a folder; symlinks are listed, not followed."""
        place = self._locate(path)
        kind = _kind(place)
        if kind is None or not stat.S_ISDIR(kind):
            return []
        names = sorted(entry.name for entry in Path(place).iterdir())
        children = [f"{path}/{name}" for name in names]
        return [file for child in children for file in self.files_in(child) or self._leaf(child)]

    def file_in_the_way(self, path: str) -> str | None:
        """The first component above `path` that is a file where the mirror needs a folder."""
        for folder in self._doubtful_above(path):
            kind = _kind(self._base + folder)
            if kind is None or not stat.S_ISDIR(kind):
                return None if kind is None else folder
        return None

    def move_in(self, source: Path, path: str) -> None:
        """Puts `source`, a complete file on the same file system, at `path`, in place of what was there."""
        self._place(path, lambda target: _rename(source, target))

    def fill(self, path: str, fill: Callable[[BinaryIO], None]) -> None:
        """Puts what `fill` writes at `path`."""
        self._place(path, lambda target: fill_atomically(Path(target), fill))

    def remove(self, path: str) -> None:
        """Removes the file at `path` if there is one, and the folders that this leaves empty, inside `docs/` only."""
        place = self._locate(path)
        kind = _kind(place)
        with naming(place):
            if kind is not None and not stat.S_ISDIR(kind):
                Path(place).unlink()
            self._remove_empty_folders(path)

    def sync_folders(self, replaced: Iterable[str], others: Iterable[str]) -> None:
        """Makes the names of files survive a power cut; where some came or went, also those of the folders above."""
        folders = {path.rpartition("/")[0] for path in replaced}
        folders |= {folder for path in others for folder in ("", *above(path))}
        sync_all(self.root / folder for folder in sorted(folders))

    def require_no_symlinks(self, folders: Iterable[str]) -> None:
        """Raises `Obstacle` if one of `folders` is a symlink."""
        for folder in folders:
            self._require_no_symlink(folder, _kind(self._base + folder))

    def require_no_repository(self, folders: Iterable[str]) -> None:
        """Raises `Obstacle` if git takes one of `folders` for a repository, or for the working copy of one."""
        for folder in sorted(folders):
            place = self.root / folder
            if (place / ".git").is_file() or os.path.lexists(place / ".git/HEAD"):
                raise Obstacle(
                    f"{place} is a repository of its own, where the mirror needs a folder. Move it away and run again."
                )

    def _place(self, path: str, put: Callable[[str], None]) -> None:
        place = self._locate(path)
        with naming(place):
            _remove_empty_folder(place)
            try:
                put(place)
            except FileNotFoundError:
                Path(place).parent.mkdir(parents=True, exist_ok=True)
                put(place)

    def _locate(self, path: str) -> str:
        """The place of `path`, once every folder above it is known to be no symlink: `open` writes through those."""
        require_contained(path)
        for folder in self._doubtful_above(path):
            kind = _kind(self._base + folder)
            if kind is None:
                break
            self._require_no_symlink(folder, kind)
            if stat.S_ISDIR(kind):
                self._plain_folders.add(folder)
        return self._base + path

    def _require_no_symlink(self, folder: str, kind: int | None) -> None:
        if kind is not None and stat.S_ISLNK(kind):
            place = self.root / folder
            raise Obstacle(f"{place} is a symlink; a mirror's folders are plain ones. Move it away and run again.")

    def _doubtful_above(self, path: str) -> list[str]:
        """The folders above `path` that are not yet known to be plain."""
        if path.rpartition("/")[0] in self._plain_folders:
            return []
        return [folder for folder in above(path) if folder not in self._plain_folders]

    def _leaf(self, path: str) -> list[str]:
        kind = _kind(self._base + path)
        return [] if kind is None or stat.S_ISDIR(kind) else [path]

    def _remove_empty_folders(self, path: str) -> None:
        for folder in reversed(above(path)):
            place = self.root / folder
            if not folder.startswith(f"{layout.DOCS}/") or not place.is_dir() or any(place.iterdir()):
                return
            place.rmdir()
            self._plain_folders.discard(folder)


def above(path: str) -> list[str]:
    """The folders above `path`, outermost first."""
    components = path.split("/")
    return ["/".join(components[:depth]) for depth in range(1, len(components))]


def _kind(place: str) -> int | None:
    """The file mode of `place` itself, not of what it points to; none where there is nothing."""
    try:
        return os.lstat(place).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def _remove_empty_folder(place: str) -> None:
    """Git knows no empty folders, so one may be where a file comes; whatever has a file in it stays."""
    kind = _kind(place)
    if kind is not None and stat.S_ISDIR(kind):
        for folder, _, _ in os.walk(place, topdown=False):
            Path(folder).rmdir()


def _rename(source: Path, target: str) -> None:
    source.replace(target)
