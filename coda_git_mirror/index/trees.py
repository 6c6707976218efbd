"""The files of a commit as the index knows them."""

from __future__ import annotations

from collections.abc import Iterator

from coda_git_mirror.index.asking import Asking


class IndexedTree:
    """What was where as of a commit; git reads it. Files that are not the mirror's are not there."""

    def __init__(self, asking: Asking, number: int) -> None:
        self._asking, self._number = asking, number

    def digest(self, path: str) -> str | None:
        query = (
            "SELECT blob FROM versions WHERE path = (SELECT id FROM paths WHERE path = ?) AND number <= ?"
            " ORDER BY number DESC LIMIT 1"
        )
        found = self._asking.ask(query, path, self._number)
        return found[0][0].hex() if found and found[0][0] else None

    def read(self, path: str) -> bytes:
        return self._asking.repository.read(self._existing(path))

    def lines(self, path: str) -> Iterator[bytes]:
        return self._asking.repository.lines(self._existing(path))

    def _existing(self, path: str) -> str:
        if (blob := self.digest(path)) is None:
            raise FileNotFoundError(path)
        return blob
