"""The index of a mirror's past: what was where and when, found in milliseconds (browse.md, The index)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index import items, lives, search, versions
from coda_git_mirror.index.asking import Asking
from coda_git_mirror.index.opening import IndexFile, IndexUnusable, Told
from coda_git_mirror.index.taking import Taker
from coda_git_mirror.index.trees import IndexedTree
from coda_git_mirror.model.looking import Hit, IndexedCommit, ItemState, ItemVersion, LineLife, Taking

__all__ = ["Index", "IndexUnusable"]


class Index:
    """Answers about the commits from the beginning to HEAD, as it was at the last `refresh`; threads take turns.

    Numbers are those of `IndexedCommit`. What it does not know is None or an empty list.
    """

    def __init__(self, asking: Asking) -> None:
        self._asking, self._taker = asking, Taker(asking)

    @classmethod
    def open(cls, repository: Repository, told: Told) -> Index:
        """The index, built or completed with a line of progress; in a temporary place where `.git` is not writable.

        Raises IndexUnusable.
        """
        return cls(Asking(repository, told, IndexFile(repository)))

    @classmethod
    def existing(cls, repository: Repository) -> Index | None:
        """The index, completed, where there is one already and nobody else is at it."""
        file = IndexFile(repository)
        try:
            return cls(Asking(repository, lambda _: None, file, lasting=True)) if file.is_there() else None
        except MirrorError:
            return None

    def close(self) -> None:
        """Lets go of the file, as it does by itself when nobody has the index any more."""
        self.stop_taking()
        self._asking.close()

    def refresh(self) -> None:
        """Takes in what was committed since."""
        self._asking.refresh()

    @property
    def has_search(self) -> bool:
        """Whether this SQLite has FTS5; without it a search takes as long as it takes to read all lines."""
        return self._asking.has_search

    @property
    def head(self) -> IndexedCommit | None:
        """The last commit; None before the first."""
        return self._asking.commits[-1] if self._asking.commits else None

    def commits(self) -> Sequence[IndexedCommit]:
        """All of them, newest first."""
        return self._asking.commits[::-1]

    def commit(self, commit_id: str) -> IndexedCommit | None:
        """A commit by its full id; None where it is not on the first parents' way."""
        return self._asking.commit(commit_id)

    def items_at(self, number: int, doc: str | None = None) -> list[ItemState]:
        """The docs that are there as of a commit, by folder; of a doc its pages, tables and views in their order."""
        return items.items_at(self._asking, number, doc)

    def gone_before(self, number: int, doc: str | None = None) -> list[ItemState]:
        """The last states before a commit of what is not there in it."""
        return items.gone_before(self._asking, number, doc)

    def state_of(self, doc: str, item: str, number: int) -> ItemState | None:
        """How an item, or with its own id the doc, is named and placed as of a commit; None where it is not there."""
        return items.state_of(self._asking, doc, item, number)

    def last_state(self, doc: str, item: str) -> ItemState | None:
        """The latest state that an item ever had."""
        return items.last_state(self._asking, doc, item)

    def item_of_path(self, path: str, number: int) -> ItemState | None:
        """The item to which a file of the mirror belongs as of a commit, or the doc whose folder it is."""
        return items.item_of_path(self._asking, path, number)

    def versions(self, doc: str, item: str | None) -> list[ItemVersion]:
        """The commits that changed what a person sees of an item, or of anything in a doc; newest first."""
        return versions.versions(self._asking, doc, item)

    def changes_of_each(self, doc: str, items: Iterable[str]) -> Iterator[tuple[str, IndexedCommit, str]]:
        """What `versions` tells of many items of a doc, in their order, by one question: item, commit, what.

        The doc's own id means all in it.
        """
        return versions.changes_of_each(self._asking, doc, items)

    def changes_by_commit(self, doc: str | None = None) -> list[tuple[IndexedCommit, int]]:
        """How many items each commit changed that changed any, oldest first."""
        return versions.changes_by_commit(self._asking, doc)

    def row_lives(self, doc: str, item: str, row: str) -> list[LineLife]:
        """The JSONL lines that a row of a table had, newest first; of a large table once its rows are taken in."""
        self._require_rows(doc, item)
        return lives.row_lives(self._asking, doc, item, row)

    def rows_gone(self, doc: str, item: str, number: int, most: int) -> tuple[list[LineLife], int]:
        """The last lines of the rows that a table had before a commit and has no more, and how many those are.

        So many are given, those that went last; of a large table once its rows are taken in.
        """
        self._require_rows(doc, item)
        return lives.rows_gone(self._asking, doc, item, number, most)

    def search(self, words: str, when: Literal["now", "ever"], most: int = 100) -> list[Hit]:
        """Where all of the words are in a line of a page, a row or a name; how is told in `words`."""
        return search.search(self._asking, words, when, most)

    def touching(self, doc: str, item: str | None) -> list[int] | None:
        """The commits that may have changed an item, or without one what items a doc has; newest first.

        None where a revision of the doc is damaged: git alone tells then.
        """
        return versions.touching(self._asking, doc, item)

    def tree_at(self, number: int) -> IndexedTree:
        """The mirror's files as of a commit, to be compared with others."""
        return IndexedTree(self._asking, number)

    def not_searched(self, when: Literal["now", "ever"]) -> list[ItemState]:
        """The tables whose rows are not known: they are large, and nobody has asked for them so far."""
        return items.pending(self._asking, when == "now")

    def knows_rows(self, doc: str, table: str) -> bool:
        """Whether the rows of a table are known."""
        return not items.is_pending(self._asking, doc, table)

    def take_in(self, tables: Sequence[tuple[str, str]], patience: float | None) -> Taking | None:
        """Reads the rows of large tables, by the ids of doc and table, while others may ask.

        Waits for that, without a patience to its end, else so many seconds; tells how far it is, None once it is done.
        """
        return self._taker.take(tables, patience)

    def _require_rows(self, doc: str, table: str) -> None:
        taking = None if self.knows_rows(doc, table) else self.take_in([(doc, table)], None)
        if taking:
            raise IndexUnusable(taking.why)

    def stop_taking(self) -> None:
        """Ends the reading of large tables; nothing of one that was not read to the end is kept."""
        self._taker.stop()
