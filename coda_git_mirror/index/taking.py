"""Large tables are taken into the index in a thread of its own, one after the other, while everybody goes on asking."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format.text import counted
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.asking import Asking
from coda_git_mirror.index.blobs import Blobs
from coda_git_mirror.index.items import is_pending, last_state
from coda_git_mirror.index.late_rows import LateRows
from coda_git_mirror.index.opening import is_damage
from coda_git_mirror.model.looking import Taking

Table = tuple[str, str]
"""The ids of a doc and of a table in it."""
_PATIENCE = 0.5
"""Seconds between two looks whether another process has done it."""
_ENDED = "the mirror's past was rewritten meanwhile, or the program ends; ask again."


class _Stopped(Exception):
    """Nobody wants it any more."""


class _WatchedBlobs(Blobs):
    """Tells of each line how many bytes it has."""

    def __init__(self, repository: Repository, step: Callable[[int], None]) -> None:
        super().__init__(repository)
        self._step = step

    def lines(self, oid: str) -> Iterator[bytes]:
        for line in super().lines(oid):
            self._step(len(line))
            yield line


class Taker:
    """Takes tables in that somebody asks for; those asked for last come first."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._changed = threading.Condition()
        self._wanted: list[Table] = []
        self._failed: dict[tuple[Table, str], str] = {}
        """Why it could not be done at which HEAD; it is not tried again before there is another one."""
        self._thread: threading.Thread | None = None
        self._is_over = threading.Event()
        self._read, self._all = 0, 1

    def take(self, tables: Sequence[Table], patience: float | None) -> Taking | None:
        """Has tables taken in that are not, and waits for it as `Index.take_in` says; None once all of them are."""
        with self._changed:
            new = [table for table in tables if (table, self._tip()) not in self._failed]
            self._wanted = [*new, *(table for table in self._wanted if table not in new)]
            self._begin()
            if not self._changed.wait_for(lambda: not self._waiting(tables), patience):
                return Taking(min(self._read * 100 // self._all, 99))
            why = next(filter(None, (self._failed.get((table, self._tip())) for table in tables)), "")
        if not why and any(is_pending(self._asking, *table) for table in tables):
            why = _ENDED
        return Taking(0, why) if why else None

    def stop(self) -> None:
        """Leaves what is under way, and begins nothing more."""
        self._is_over.set()
        if thread := self._thread:
            thread.join()

    def _waiting(self, tables: Sequence[Table]) -> bool:
        return any(table in self._wanted for table in tables)

    def _tip(self) -> str:
        commits = self._asking.commits
        return commits[-1].id if commits else ""

    def _begin(self) -> None:
        if self._wanted and not (self._thread and self._thread.is_alive()):
            self._thread = threading.Thread(target=self._run, name="large tables", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while table := self._next():
            try:
                if why := self._outcome(table):
                    self._failed[table, self._tip()] = why
            finally:
                with self._changed:
                    self._wanted.remove(table)
                    self._changed.notify_all()

    def _next(self) -> Table | None:
        with self._changed:
            if self._wanted and not self._is_over.is_set():
                self._read, self._all = 0, 1
                return self._wanted[0]
            self._wanted, self._thread = [], None
            self._changed.notify_all()
            return None

    def _outcome(self, table: Table) -> str:
        """Takes a table in; why that failed, else nothing. A damaged index is made anew first."""
        is_mended = False
        while not self._is_over.is_set():
            try:
                self._take(table)
                return ""
            except TimeoutError:
                continue
            except _Stopped:
                break
            except (MirrorError, OSError, sqlite3.Error) as error:
                if is_mended or not isinstance(error, sqlite3.DatabaseError) or not is_damage(error):
                    return self._told_why(table, error)
                self._asking.make_anew()
                is_mended = True
        return ""

    def _take(self, table: Table) -> None:
        self._asking.reopen()
        if not is_pending(self._asking, *table):
            return
        with self._asking.copied(_PATIENCE) as copy, _WatchedBlobs(self._asking.repository, self._step) as blobs:
            if (rows := LateRows.of(copy, blobs, *table)) is None:
                return
            copy.execute("BEGIN")
            self._all = rows.size() or 1
            self._tell(table, f"{counted(rows.versions, 'version')}, {self._all // 1_000_000:,} MB to be read")
            rows.take_in()
            copy.execute("COMMIT")
        self._tell(table, "done")

    def _step(self, size: int) -> None:
        self._read += size
        if self._is_over.is_set():
            raise _Stopped

    def _told_why(self, table: Table, error: Exception) -> str:
        self._tell(table, f"failed: {error}")
        return str(error)

    def _tell(self, table: Table, what: str) -> None:
        state = last_state(self._asking, *table)
        self._asking.told(f"Taking the rows of {state.name if state else table[1]} into the index: {what}.")
