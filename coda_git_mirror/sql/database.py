"""SQLite: a database of its own for each purpose, and one error for whatever it refuses."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.model.answer import Row, SqlValue

_TEMPORARY, _IN_MEMORY = "", ":memory:"


class Database:
    """A database that is made here and thrown away, or saved; threads take turns."""

    def __init__(self, place: str) -> None:
        self.connection = sqlite3.connect(
            place, isolation_level=None, check_same_thread=False, uri=place.startswith("file:")
        )
        self.connection.text_factory = _text
        self._lock = threading.RLock()

    @classmethod
    def temporary(cls) -> Database:
        """In a file without a name, in the system's place for such things, that goes with the database."""
        return cls(_TEMPORARY)

    @classmethod
    def in_memory(cls) -> Database:
        """For what is small."""
        return cls(_IN_MEMORY)

    @classmethod
    def at(cls, path: Path) -> Database:
        """In a new file, to be complete and lasting only once it is closed and synced."""
        database = cls(path.resolve().as_uri())
        database.run("PRAGMA journal_mode = MEMORY")
        database.run("PRAGMA synchronous = OFF")
        return database

    @classmethod
    def reading(cls, path: Path) -> Database:
        """A file that is there, in which nothing is changed."""
        return cls(f"{path.resolve().as_uri()}?mode=ro")

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Executes one statement of this program's own."""
        self.rows(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All that one statement of this program's own gives."""
        with self._lock, telling_disk():
            return self.connection.execute(sql, parameters).fetchall()

    def fill(self, sql: str, rows: Iterable[Sequence[SqlValue]]) -> None:
        """Executes a statement for each of many rows; all of them or none."""
        with self.whole(), telling_disk():
            self.connection.executemany(sql, rows)

    @contextmanager
    def whole(self) -> Iterator[None]:
        """All that is done within is there, or after a failure none of it; blocks may lie in each other."""
        with self._lock:
            self.run("SAVEPOINT whole")
            try:
                yield
            except BaseException:
                # A full disk has ended it already.
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK TO whole")
                    self.connection.execute("RELEASE whole")
                raise
            self.run("RELEASE whole")

    def close(self) -> None:
        with self._lock:
            self.connection.close()


class DiskRefused(MirrorError):
    """The disk takes no more of what SQLite works on; `reason` is what SQLite says."""

    def __init__(self, reason: str, place: str = "what it works on", other: str = "") -> None:
        super().__init__(
            f"SQLite could not write {place} ({reason}); free some space, or name another {other}folder for temporary "
            "files with TMPDIR, and run the command again."
        )
        self.reason = reason


@contextmanager
def telling_disk() -> Iterator[None]:
    """Turns what the disk refuses to SQLite into DiskRefused."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if not _is_of_disk(str(error)):
            raise
        raise DiskRefused(str(error)) from error


def _is_of_disk(text: str) -> bool:
    return any(words in text for words in ("is full", "disk I/O error", "unable to open database file"))


def _text(content: bytes) -> str:
    """Text of SQLite's, which some of its functions make of any bytes."""
    return content.decode("utf-8", "replace")
