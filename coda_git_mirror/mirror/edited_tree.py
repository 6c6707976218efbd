"""The state of the mirror that lies in the working copy, with whatever the user edited there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from coda_git_mirror.disk.files import naming
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.trees import CommittedTree
from coda_git_mirror.mirror.working_copy import WorkingCopy


class EditedTree:
    """The files of the working copy; what git finds unchanged since HEAD is read from there."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._copy = WorkingCopy(repository.root, repository.object_format)
        self._head = CommittedTree(repository, repository.head())

    @cached_property
    def edited(self) -> frozenset[str]:
        """The paths at which the working copy differs from HEAD, files that git does not know included."""
        return frozenset(entry.path for entry in self._repository.status())

    def digest(self, path: str) -> str | None:
        if path not in self.edited:
            return self._head.digest(path)
        return self._copy.blob_id(path)

    def read(self, path: str) -> bytes:
        return b"".join(self.lines(path))

    def lines(self, path: str) -> Iterator[bytes]:
        if path not in self.edited:
            yield from self._head.lines(path)
            return
        if self.digest(path) is None:
            raise FileNotFoundError(path)
        place = self._repository.root / path
        with naming(place), place.open("rb") as file:
            yield from file
