"""The blobs of many commits, read one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from coda_git_mirror.git.history import Step
from coda_git_mirror.git.repository import Repository


class Blobs:
    """Reads the blobs that are asked for."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def ahead(self, steps: Iterable[Step]) -> Iterator[Step]:
        """The same steps."""
        return iter(steps)

    def read(self, oid: str) -> bytes:
        return self._repository.read(oid)

    def size(self, oid: str) -> int:
        return self._repository.sizes([oid])[0]
