"""The rows of a table that was too large to be read unasked, taken in once somebody asks for them."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from coda_git_mirror.changes.wording import row_counts
from coda_git_mirror.format import layout
from coda_git_mirror.index.build import ADDED, REMOVED, UNSEEN
from coda_git_mirror.index.contents import ROWS_CHANGED, Contents, column_changes, row_blobs
from coda_git_mirror.index.entries import DOC, TABLE, Listing
from coda_git_mirror.index.many_rows import change_many_rows, read_of
from coda_git_mirror.index.schema import has_search
from coda_git_mirror.index.store import Store, Thing
from coda_git_mirror.model.changes import RowCounts


class _Version(NamedTuple):
    """What a commit did to the table, and how this was after it; None where it was gone."""

    number: int
    did: str
    what: str
    state: Thing | None


class LateRows:
    """The rows of one table from the commit on from which the index does not know them.

    `connection` is in a transaction of the caller, who keeps all of it or nothing.
    """

    def __init__(
        self, connection: sqlite3.Connection, contents: Contents, doc: str, item: str, thing: int, pending: int
    ) -> None:
        self._connection, self._contents = connection, contents
        self._thing, self._pending = thing, pending
        self._versions = list(self._states(doc, item))

    @classmethod
    def of(cls, connection: sqlite3.Connection, contents: Contents, doc: str, item: str) -> LateRows | None:
        """Those of a table; None where they are known."""
        query = "SELECT id, pending FROM things WHERE doc = ? AND item = ? AND kind = ? AND pending IS NOT NULL"
        found = connection.execute(query, (doc, item, TABLE)).fetchone()
        return cls(connection, contents, doc, item, *found) if found else None

    @property
    def versions(self) -> int:
        """How many commits changed them."""
        return sum(version.number >= self._pending for version in self._versions)

    def size(self) -> int:
        """How many bytes of files there are to be read."""
        return sum(map(self._contents.size, self._blobs()))

    def take_in(self) -> None:
        """Notes them down as if they had always been read. Raises GitFailed where a file cannot be read."""
        store = Store(self._connection, has_search(self._connection))
        store.rows_anew(self._thing, self._pending)
        before: Thing | None = None
        for version in self._versions:
            if version.state:
                version.state.columns = before.columns if before else version.state.columns
                deque(column_changes(self._contents, version.state, before), 0)
            if version.number >= self._pending:
                self._change_rows(store, version, before)
            before = version.state
        store.rows_known(self._thing)

    def _change_rows(self, store: Store, version: _Version, before: Thing | None) -> None:
        number, did, _, state = version
        if state is None:
            store.all_rows_died(number, self._thing)
        elif before is None or row_blobs(before) != row_blobs(state):
            counts = change_many_rows(store, self._contents, number, state, row_blobs(before), row_blobs(state))
            if did != ADDED:
                self._tell(store, version, counts)

    def _tell(self, store: Store, version: _Version, counts: RowCounts) -> None:
        """Counts stand in place of what was said so far."""
        rest = version.what.removesuffix(ROWS_CHANGED).removesuffix(", ")
        what = ", ".join(filter(None, [rest, row_counts(counts)]))
        store.change(version.number, self._thing, version.did if what else UNSEEN, what)

    def _states(self, doc: str, item: str) -> Iterator[_Version]:
        listing = Listing()
        query = "SELECT number, kind, what FROM changes WHERE thing = ? ORDER BY number"
        for number, did, what in self._connection.execute(query, (self._thing,)).fetchall():
            yield _Version(number, did, what, None if did == REMOVED else self._state(listing, doc, item, number))

    def _state(self, listing: Listing, doc: str, item: str, number: int) -> Thing:
        query = "SELECT path FROM items WHERE doc = ? AND kind = ? AND born <= ? ORDER BY born DESC LIMIT 1"
        folder: str = self._connection.execute(query, (doc, DOC, number)).fetchone()[0]
        listing.update(self._contents.read(self._blob(layout.inside(folder, layout.METADATA), number)))
        entry = next(each for each in listing.entries if each.key == (TABLE, item))
        blobs = tuple(self._blob(layout.inside(folder, file), number) for file in entry.files)
        return Thing(self._thing, entry, "", 0, blobs)

    def _blob(self, path: str, number: int) -> str:
        query = (
            "SELECT blob FROM versions WHERE path = (SELECT id FROM paths WHERE path = ?) AND number <= ?"
            " ORDER BY number DESC LIMIT 1"
        )
        found = self._connection.execute(query, (path, number)).fetchone()
        return found[0].hex() if found and found[0] else ""

    def _blobs(self) -> Iterator[str]:
        """All that are read, some twice."""
        before: Sequence[str] = ()
        for version in self._versions:
            now = row_blobs(version.state)
            if version.number >= self._pending and version.state:
                yield from read_of(before, now)
                yield from read_of(now, before)
            before = now
