"""A mirror as a browser looks at it: its revisions, and what each of them holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from coda_git_mirror.actions.browse.sheets import Sheets
from coda_git_mirror.actions.entry import find_mirror
from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.unborn import is_unborn_mirror
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.changes.wording import shown_name
from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.git.object_reader import ObjectReader
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.index import Index
from coda_git_mirror.mirror.revisions import Revisions
from coda_git_mirror.mirror.trees import CommittedTree
from coda_git_mirror.model.looking import IndexedCommit, ItemState, Taking

_REMEMBERED = 6
"""So many revisions stay in memory: some 10 MB each of a mirror of 20,000 files."""
_PATIENCE = 8.0
_WORD = re.compile(r"[0-9a-f]{4,64}|\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?")


class NotThere(MirrorError):
    """The mirror has nothing at an address; the text is the sentence that is shown there."""


class StillReading(MirrorError):
    """The rows of a large table are on their way into the index; the text says how far they are."""


class Browsed:
    """A mirror as a browser looks at it; safe to use by many threads.

    Whoever asks for rows of a large table that the index does not know waits for `patience` seconds at most.
    """

    def __init__(self, repository: Repository, index: Index, patience: float = _PATIENCE) -> None:
        self.folder: Path = repository.root
        self.repository, self.index, self._patience = repository, index, patience
        self._revisions, self._reader = Revisions(repository, LAST_TRAILER), ObjectReader(repository.git)
        self.held: Callable[[str], Held] = lru_cache(_REMEMBERED)(lambda commit: Held.at(repository, commit))
        """The mirror as of a commit. Raises MirrorError where that cannot be read."""
        self.tree: Callable[[str], CommittedTree] = lru_cache(_REMEMBERED)(
            lambda commit: CommittedTree(repository, commit)
        )
        """The files of a commit."""
        self.sheets = Sheets()

    @classmethod
    def open(cls, folder: Path, told: Callable[[str], None]) -> Browsed:
        """The mirror in a folder, with its index completed. Raises MirrorError where there is none with a commit."""
        repository = find_mirror(folder)
        if repository is None:
            raise MirrorError(_why_none(folder))
        return cls(repository, Index.open(repository, told))

    def close(self) -> None:
        """Removes what it keeps in temporary files, and ends what it does beside the answers."""
        self.index.stop_taking()
        self.sheets.close()

    def head(self) -> IndexedCommit | None:
        """The present HEAD; none where its branch has lost its commits."""
        self.index.refresh()
        return self.index.head

    def revision(self, text: str) -> IndexedCommit:
        """The revision of the mirror that an address names, as `commit_id`. Raises NotThere."""
        commit = self.commit_id(text)
        if known := self.index.commit(commit):
            return known
        self.index.refresh()
        if known := self.index.commit(commit):
            return known
        raise NotThere(f"{commit[:10]} is no revision of this mirror: it is not on the way to its present one.")

    def take_in(self, tables: Sequence[ItemState]) -> Taking | None:
        """Has the rows of large tables read into the index; how far that is, None where all of them are there."""
        large = [(each.doc, each.item) for each in tables if not self.index.knows_rows(each.doc, each.item)]
        return self.index.take_in(large, self._patience) if large else None

    def require_rows(self, doc: str, table: str) -> None:
        """Raises StillReading where the rows of a table are not known yet, MirrorError where they cannot be read."""
        state = self.index.last_state(doc, table)
        taking = self.take_in([state]) if state else None
        if state and taking and taking.why:
            raise MirrorError(f"The rows of {shown_name(state.name)} cannot be read into the index: {taking.why}")
        if state and taking:
            raise StillReading(
                f"The rows of {shown_name(state.name)}, a large table, are being read into the index: "
                f"{taking.percent} % so far. This page shows what you asked for as soon as that is done."
            )

    def named(self, word: str) -> IndexedCommit:
        """The revision of the mirror that a word on the command line means. Raises UsageError."""
        if known := self.index.commit(self._revisions.resolve(word)):
            return known
        raise UsageError(f"{word} is no revision of this mirror: it is not on the way to its present one.")

    def commit_id(self, text: str) -> str:
        """The full id of any commit by that or by an unambiguous beginning, or by a day as with `--at`.

        Raises NotThere.
        """
        if self.index.commit(text):
            return text
        if not _WORD.fullmatch(text):
            raise NotThere("That is no revision: give the full id of a commit, or a day such as 2026-03-31.")
        try:
            return self._revisions.resolve(text)
        except UsageError as error:
            raise NotThere(str(error)) from error

    def read_at(self, commit: str, path: str) -> bytes | None:
        """The content of a small file that this program has written; None where the commit has none there."""
        return self._reader.read(f"{commit}:{path}")


def _why_none(folder: Path) -> str:
    if is_unborn_mirror(folder):
        return f"{folder} has nothing checked out; run `git checkout main` there, and browse it again."
    begun = Repository.find(folder)
    if begun and begun.head() is None:
        return f"The mirror in {folder} has no commit yet; `coda-git-mirror sync` makes the first."
    return f"{folder} is not a mirror; name one with -o."
