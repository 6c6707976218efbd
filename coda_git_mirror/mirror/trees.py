"""The states that a sync compares: what is committed, and what is staged on top of it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from coda_git_mirror.disk.files import CHUNK
from coda_git_mirror.git.lfs import LfsStore
from coda_git_mirror.git.objects import REGULAR_FILE
from coda_git_mirror.git.pointers import LARGEST_POINTER, Pointer, parse_pointer, pointer_to
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.staging import StagedFile, Staging


class CommittedTree:
    """The files of a commit, or of none before the first one."""

    def __init__(self, repository: Repository, commit: str | None) -> None:
        self.repository = repository
        self.commit = commit
        self.blobs = repository.tree(commit)

    def digest(self, path: str) -> str | None:
        return self.blobs.id_of(path)

    def plain_file(self, path: str) -> str | None:
        """The id of a file there that the next commit may keep as it is."""
        blob = self.blobs.get(path)
        return blob.oid if blob and blob.mode == REGULAR_FILE else None

    def read(self, path: str) -> bytes:
        return self.repository.read(self.blobs[path].oid)

    def read_many(self, paths: Sequence[str]) -> Iterator[bytes]:
        """The contents of many files that are there, in the order asked for, by one process."""
        if paths:
            yield from (content for _, content in self.repository.read_many([self.blobs[path].oid for path in paths]))

    def lines(self, path: str) -> Iterator[bytes]:
        return self.repository.lines(self.blobs[path].oid)

    def pointers(self, paths: Collection[str]) -> dict[str, Pointer]:
        """Those of these files that go through Git LFS, with what they point to."""
        oids = {path: self.blobs[path].oid for path in paths}
        sizes = zip(oids.values(), self.repository.sizes(list(oids.values())), strict=True) if oids else ()
        small = [oid for oid, size in sizes if size <= LARGEST_POINTER]
        found = {oid: parse_pointer(content) for oid, content in self.repository.read_many(small)} if small else {}
        return {path: pointer for path, oid in oids.items() if (pointer := found.get(oid)) is not None}

    def measured(self, path: str) -> Pointer:
        """Digest and size of a file, of one in Git LFS as its pointer tells them."""
        if pointer := self.pointers([path]).get(path):
            return pointer
        digest = _Digest()
        self.repository.copy_blob(self.blobs[path].oid, digest)
        return Pointer(digest.sha256.hexdigest(), digest.size)

    def carry(self, path: str, staging: Staging, new_path: str, lfs: bool = False) -> StagedFile | None:
        """Stages the content of a committed file for `new_path`: of one in Git LFS the file itself, not its pointer.

        One that stays where it is, and is not `lfs` now, is not written. None where the file is not on this machine, as
        in a clone without `git lfs pull`: it has to be fetched anew.
        """
        if path == new_path and not lfs and (kept := self._kept(path)):
            return kept
        with staging.open(new_path) as writer:
            self.repository.copy_blob(self.blobs[path].oid, writer)
        if writer.staged.size > LARGEST_POINTER:
            return writer.staged
        pointer = parse_pointer(staging.location(new_path).read_bytes())
        return self._carry_real(path, pointer, staging, new_path) if pointer else writer.staged

    def _kept(self, path: str) -> StagedFile | None:
        """A file that stays where it is, and so is only looked through; None of what may be a pointer."""
        oid, digest = self.plain_file(path), _Digest()
        if oid is None:
            return None
        self.repository.copy_blob(oid, digest)
        return StagedFile(path, digest.sha256.hexdigest(), digest.size, oid) if digest.size > LARGEST_POINTER else None

    def _carry_real(self, path: str, pointer: Pointer, staging: Staging, new_path: str) -> StagedFile | None:
        places = (LfsStore(self.repository).location(pointer), self.repository.root / path)
        place = next((place for place in places if _is_whole(place, pointer)), None)
        if place is None:
            return None
        with staging.open(new_path) as writer, place.open("rb") as file:
            while chunk := file.read(CHUNK):
                writer.write(chunk)
        return writer.staged


class _Digest:
    """Takes a file in pieces and remembers what it was like."""

    def __init__(self) -> None:
        self.sha256, self.size = hashlib.sha256(), 0

    def write(self, content: bytes) -> None:
        self.sha256.update(content)
        self.size += len(content)


def _is_whole(place: Path, pointer: Pointer) -> bool:
    """Whether the very file that the pointer means lies there, undamaged."""
    try:
        return pointer_to(place) == pointer
    except OSError:
        return False


class StagedTree:
    """The files of a commit with staged changes on top: a staged file replaces, None removes."""

    def __init__(self, base: CommittedTree, staging: Staging, changes: Mapping[str, StagedFile | None]) -> None:
        self._base, self._staging, self._changes = base, staging, changes

    def digest(self, path: str) -> str | None:
        if path not in self._changes:
            return self._base.digest(path)
        staged = self._changes[path]
        return staged.oid if staged else None

    def read(self, path: str) -> bytes:
        staged = self._changes.get(path)
        return self._staging.location(path).read_bytes() if staged else self._base.read(path)

    def lines(self, path: str) -> Iterator[bytes]:
        if not self._changes.get(path):
            yield from self._base.lines(path)
            return
        with self._staging.location(path).open("rb") as file:
            yield from file
