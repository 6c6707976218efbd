"""The files of a revision, byte for byte, or what they stand for where they are pointers of Git LFS."""

from __future__ import annotations

from dataclasses import dataclass
from io import SEEK_END
from typing import BinaryIO

from coda_git_mirror.actions.browse.mirror import Browsed, NotThere
from coda_git_mirror.disk.files import close_failed, naming
from coda_git_mirror.disk.temporary import temporary_file
from coda_git_mirror.git.lfs import LfsStore
from coda_git_mirror.git.objects import LINK, SUBMODULE, Blob, entry_at
from coda_git_mirror.git.pointers import LARGEST_POINTER, parse_pointer


@dataclass(frozen=True)
class MirrorFile:
    """A file as a commit has it. `is_link`: its content is the path that a symbolic link has, which is not followed."""

    path: str
    oid: str
    is_link: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Content:
    """A stream at its beginning, to be closed by whoever asked for it; `mark` is the same for the same bytes alone.

    `is_pointer`: it is a pointer of Git LFS.
    """

    stream: BinaryIO
    size: int
    mark: str
    is_pointer: bool


class Files:
    """Finds and opens the files of a mirror's commits; safe to use by many threads."""

    def __init__(self, browsed: Browsed) -> None:
        self._repository = browsed.repository
        self._store = LfsStore(browsed.repository)

    def find(self, commit: str, path: str) -> MirrorFile:
        """The file at a path; raises NotThere where there is none, be it that a folder or another repository is."""
        entry = entry_at(self._repository.git, commit, path) if _is_plain(path) else None
        if entry is None or entry.mode == SUBMODULE:
            raise NotThere(f"The mirror has no file {path!r} at {commit[:10]}.")
        return mirror_file(path, entry)

    def committed(self, file: MirrorFile) -> Content:
        """What `git show` gives."""
        stream = temporary_file()
        try:
            self._repository.copy_blob(file.oid, stream)
            return _content(stream, file.oid)
        except BaseException:
            close_failed(stream)
            raise

    def real(self, file: MirrorFile) -> Content:
        """In place of a pointer of Git LFS the file itself, where it is on this machine; else what git has."""
        content = self.committed(file)
        if not content.is_pointer or file.is_link:
            return content
        pointer = parse_pointer(content.stream.read())
        content.stream.seek(0)
        if pointer is None or not self._store.holds(pointer):
            return content
        content.stream.close()
        place = self._store.location(pointer)
        with naming(place):
            return Content(place.open("rb"), pointer.size, pointer.sha256, is_pointer=False)

    def fetched(self, file: MirrorFile) -> Content:
        """The file itself in any case. Raises NotThere where it is in Git LFS and not on this machine."""
        content = self.real(file)
        if content.is_pointer:
            content.stream.close()
            raise NotThere(
                f"{file.path!r} is in Git LFS and not on this machine; `git lfs fetch --all`, run in "
                f"{self._repository.root}, brings it."
            )
        return content


def mirror_file(path: str, entry: Blob) -> MirrorFile:
    """The file of an entry of a tree."""
    return MirrorFile(path, entry.oid, entry.mode == LINK)


def _content(stream: BinaryIO, mark: str) -> Content:
    size = stream.seek(0, SEEK_END)
    stream.seek(0)
    is_pointer = size <= LARGEST_POINTER and parse_pointer(stream.read()) is not None
    stream.seek(0)
    return Content(stream, size, mark, is_pointer)


def _is_plain(path: str) -> bool:
    """Whether a path names one place in the tree of a commit, and none by way of another."""
    return "\0" not in path and not {"", ".", ".."}.intersection(path.split("/"))
