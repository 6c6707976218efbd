"""The states that a sync compares: what is committed, and what is staged on top of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping

from coda_git_mirror.mirror.repository import Repository
from coda_git_mirror.mirror.staging import StagedFile, Staging


class CommittedTree:
    """The files of a commit, or of none before the first one."""

    def __init__(self, repository: Repository, commit: str | None) -> None:
        self._repository = repository
        self.blobs = repository.tree(commit)

    def digest(self, path: str) -> str | None:
        blob = self.blobs.get(path)
        return blob.oid if blob else None

    def read(self, path: str) -> bytes:
        return self._repository.read(self.blobs[path].oid)

    def lines(self, path: str) -> Iterator[bytes]:
        with tempfile.TemporaryFile() as file:
            self._repository.copy_blob(self.blobs[path].oid, file)
            file.seek(0)
            yield from file


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
