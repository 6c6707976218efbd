"""Mirrors with a past, made commit by commit from states in memory: no sync is needed to look back."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from coda_git_mirror.changes.compare import compare
from coda_git_mirror.changes.message import commit_message
from coda_git_mirror.changes.trees import EmptyTree, Tree, manifest_of
from coda_git_mirror.format import layout
from coda_git_mirror.git.repository import Repository
from tests.changes.trees import Content, MemoryTree, tree
from tests.support import git

DAY = 86_400
BEGIN = 1_772_445_600
"""2 March 2026, 10:00 UTC."""


class Past:
    """A mirror in a folder; each call of `sync` is a commit one day after the last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._last: Tree = EmptyTree()
        self._commits = 0
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--initial-branch=main")

    def sync(self, *docs: Content, when: str = "") -> str:
        """Commits the mirror of an account with these docs, by a clock that may say `when`; returns the commit."""
        state = tree(*docs)
        manifest = manifest_of(state)
        assert manifest
        message = commit_message(compare(self._last, state), manifest.totals, first=self._commits == 0)
        self._last = state
        self._write(state)
        return self.commit(message, when)

    def commit(self, message: str, when: str = "") -> str:
        """Commits what lies in the folder, as the user may do, too."""
        git(self.folder, "add", "-A", "-f")
        repository = Repository.open(self.folder)
        written = git(self.folder, "write-tree").strip()
        date = datetime.fromisoformat(when) if when else datetime.fromtimestamp(BEGIN + self._commits * DAY, UTC)
        commit = repository.commit_tree(written, repository.head(), message, date)
        repository.update_branch("main", commit, repository.head(), "test")
        self._commits += 1
        return commit

    def _write(self, state: MemoryTree) -> None:
        shutil.rmtree(self.folder / layout.DOCS, ignore_errors=True)
        for path, content in {**state.files, layout.SETTINGS: b""}.items():
            place = self.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
