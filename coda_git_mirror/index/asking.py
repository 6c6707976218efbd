"""Questions to the index, by whatever thread: it is opened, refreshed, and made anew where it shows to be damaged."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.opening import IndexFile, IndexUnusable, Told, complete
from coda_git_mirror.index.schema import has_search
from coda_git_mirror.model.looking import IndexedCommit

Value = str | int | bytes | None


class Asking:
    """The connection to an index, with the commits that it knows, oldest first."""

    def __init__(self, repository: Repository, told: Told, file: IndexFile) -> None:
        self.repository, self.history = repository, History(repository)
        self._told, self._file = told, file
        self._turn = threading.RLock()
        self.commits: Sequence[IndexedCommit] = ()
        self._by_id: dict[str, IndexedCommit] = {}
        with self._turn:
            self._connection = self._opened()
            self.has_search = has_search(self._connection)
            self._read_commits()

    def ask(self, query: str, *values: Value) -> list[Any]:
        """The rows of an answer."""
        with self._turn:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.DatabaseError as error:
                raise _unusable(error) from error

    def refresh(self) -> None:
        """Brings the index to the present HEAD."""
        head = self.repository.head()
        with self._turn:
            if head == (self.commits[-1].id if self.commits else None):
                return
            try:
                self._complete()
            except (OSError, sqlite3.OperationalError):
                self._connection.close()
                self._connection = self._temporary()
            self._read_commits()

    def commit(self, commit_id: str) -> IndexedCommit | None:
        return self._by_id.get(commit_id)

    def at(self, number: int) -> IndexedCommit:
        """The commit of a number."""
        return self.commits[number - 1]

    def _opened(self) -> sqlite3.Connection:
        try:
            with self._file.held():
                connection = self._file.open()
                complete(connection, self.repository, self._told)
            return connection
        except (OSError, sqlite3.OperationalError):
            return self._temporary()
        except sqlite3.DatabaseError as error:
            raise _unusable(error) from error

    def _complete(self) -> None:
        with self._file.held():
            complete(self._connection, self.repository, self._told)

    def _temporary(self) -> sqlite3.Connection:
        try:
            connection = self._file.open_temporarily()
            complete(connection, self.repository, self._told)
        except sqlite3.DatabaseError as error:
            raise _unusable(error) from error
        return connection

    def _read_commits(self) -> None:
        found = self._connection.execute("SELECT number, id, seconds, subject, is_sync FROM commits ORDER BY number")
        self.commits = tuple(
            IndexedCommit(number, commit, datetime.fromtimestamp(seconds, UTC), subject, bool(is_sync))
            for number, commit, seconds, subject, is_sync in found
        )
        self._by_id = {commit.id: commit for commit in self.commits}


def _unusable(error: sqlite3.DatabaseError) -> IndexUnusable:
    return IndexUnusable(
        f"The index of the mirror's past cannot be used ({error}); free some space or delete "
        "`.git/coda-git-mirror/index.sqlite`, and run the command again."
    )
