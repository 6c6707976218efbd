"""Questions to the index, by whatever thread: it is opened, refreshed, and made anew where it shows to be damaged."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.opening import IndexFile, IndexUnusable, Told, complete, is_damage, tip_of
from coda_git_mirror.index.schema import has_search
from coda_git_mirror.model.looking import IndexedCommit

Value = str | int | bytes | None


class Asking:
    """The connection to an index, with the commits that it knows, oldest first.

    One that must be `lasting` is never made in a temporary place, and nobody waits for another who makes it.
    """

    def __init__(self, repository: Repository, told: Told, file: IndexFile, lasting: bool = False) -> None:
        self.repository, self.history = repository, History(repository)
        self.told, self._file, self._lasting = told, file, lasting
        self._turn = threading.RLock()
        self._identity: tuple[int, int] | None = None
        """Of the file that is open; None of one in a temporary place."""
        self.commits: Sequence[IndexedCommit] = ()
        self._by_id: dict[str, IndexedCommit] = {}
        self._found_out: dict[tuple[int, int], str] = {}
        with self._turn:
            self._connection = self._opened()
            self._look()

    def ask(self, query: str, *values: Value) -> list[Any]:
        """The rows of an answer."""
        with self._turn:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise _unusable(error) from error
            self.make_anew()
            return self._connection.execute(query, values).fetchall()

    def make_anew(self) -> None:
        """Puts a new index into the place of a damaged one."""
        with self._turn:
            self._reopen(anew=True)

    def refresh(self) -> None:
        """Brings the index to the present HEAD."""
        head = self.repository.head()
        with self._turn:
            if head == (self.commits[-1].id if self.commits else None):
                return
            if self._identity is None:
                complete(self._connection, self.repository, self.told)
                self._look()
            else:
                self._reopen()

    @contextlib.contextmanager
    def copied(self, patience: float) -> Iterator[sqlite3.Connection]:
        """A copy at the present HEAD, which nobody sees; once it was worked at, it takes the place of the index.

        One process after the other; whatever fails leaves the index as it was. Raises OSError where the other one takes
        longer than so many seconds, or nothing can be written.
        """
        if self._identity is None:
            with self._temporarily_copied() as copy:
                yield copy
            return
        with self._file.copying(patience):
            try:
                copy = self._copied()
                with contextlib.closing(copy):
                    yield copy
                    with self._file.held():
                        complete(copy, self.repository, self.told)
                        self._file.put_in_place(copy)
            finally:
                self._file.remove_copy()
        self.reopen()

    def reopen(self) -> None:
        """Looks at the file anew, as other processes may have left it."""
        with self._turn:
            if self._identity is not None:
                self._reopen()

    def close(self) -> None:
        """Lets go of the file; nothing can be asked after that."""
        with self._turn:
            self._connection.close()

    def remembered(self, about: tuple[int, int], find: Callable[[], str]) -> str:
        """What was found out about a thing and a commit, which is found out once."""
        if about not in self._found_out:
            self._found_out[about] = find()
        return self._found_out[about]

    def commit(self, commit_id: str) -> IndexedCommit | None:
        """The commit of an id."""
        return self._by_id.get(commit_id)

    def at(self, number: int) -> IndexedCommit:
        """The commit of a number."""
        return self.commits[number - 1]

    def _copied(self) -> sqlite3.Connection:
        with self._turn:
            self._reopen()
            return self._file.copy_of(self._connection)

    @contextlib.contextmanager
    def _temporarily_copied(self) -> Iterator[sqlite3.Connection]:
        copy = self._file.open_temporarily()
        with self._turn:
            self._connection.backup(copy)
        yield copy
        with self._turn:
            complete(copy, self.repository, self.told)
            self._connection.close()
            self._connection = copy
            self._look()

    def _reopen(self, anew: bool = False) -> None:
        self._connection.close()
        self._connection = self._opened(anew)
        self._look()

    def _opened(self, anew: bool = False) -> sqlite3.Connection:
        try:
            with self._file.held(0 if self._lasting else -1):
                connection = self._file.open_anew() if anew else self._file.open()
                self._complete(connection)
                self._identity = self._file.identity()
            return connection
        except (OSError, sqlite3.OperationalError) as error:
            if not anew and isinstance(error, sqlite3.OperationalError) and is_damage(error):
                return self._opened(anew=True)
            return self._opened_elsewhere(error)
        except sqlite3.DatabaseError as error:
            if anew:
                raise _unusable(error) from error
            return self._opened(anew=True)

    def _complete(self, connection: sqlite3.Connection) -> None:
        try:
            complete(connection, self.repository, self.told)
        except BaseException:
            connection.close()
            raise

    def _opened_elsewhere(self, reason: Exception) -> sqlite3.Connection:
        """Where nothing can be written: what is there, if it knows HEAD, else a new one in a temporary place."""
        self._identity = None
        there = self._file.open_to_read()
        if there and tip_of(there) == self.repository.head():
            return there
        if self._lasting:
            raise _unusable(reason) from reason
        try:
            connection = self._file.open_temporarily()
            self._complete(connection)
        except sqlite3.DatabaseError as error:
            raise _unusable(error) from error
        return connection

    def _look(self) -> None:
        """Reads what is asked most."""
        self._found_out.clear()
        self.has_search = has_search(self._connection)
        found = self._connection.execute("SELECT number, id, seconds, subject, is_sync FROM commits ORDER BY number")
        self.commits = tuple(
            IndexedCommit(number, commit, datetime.fromtimestamp(seconds, UTC), subject, bool(is_sync))
            for number, commit, seconds, subject, is_sync in found
        )
        self._by_id = {commit.id: commit for commit in self.commits}


def _unusable(error: Exception) -> IndexUnusable:
    return IndexUnusable(
        f"The index of the mirror's past cannot be used ({error}); free some space or delete "
        "`.git/coda-git-mirror/index.sqlite`, and run the command again."
    )
