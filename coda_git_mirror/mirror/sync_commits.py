"""The commits of HEAD's history that syncs made, and what other people's commits have changed of their work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from coda_git_mirror.mirror.git_command import GitCommand
from coda_git_mirror.mirror.repository import Repository


@dataclass(frozen=True)
class SyncCommit:
    """A commit with its date and the first line of its message."""

    id: str
    when: datetime
    subject: str


class SyncCommits:
    """Knows a sync's commit by a line of its message that begins with `trailer`."""

    def __init__(self, repository: Repository, trailer: str) -> None:
        self._repository = repository
        self._git = GitCommand(repository.root)
        self._log = (
            "log",
            "--no-show-signature",
            "--basic-regexp",
            "--grep=^" + re.sub(r"([^A-Za-z0-9: -])", r"\\\1", trailer),
        )

    def last(self, path: str = "") -> SyncCommit | None:
        """The youngest one; with a path the youngest that changed anything there."""
        if self._repository.head() is None:
            return None
        place = ("--", path) if path else ()
        found = self._git.run(*self._log, "-1", "--format=%H %ct %s", *place).text
        if not found:
            return None
        commit, seconds, subject = found.split(" ", 2)
        return SyncCommit(commit, datetime.fromtimestamp(int(seconds), UTC), subject)

    def spoiled(self, folder: str) -> frozenset[str]:
        """The entries of a top-level folder, and the root's files, that are not as the last sync left them.

        That is the last sync which changed the entry: one of other docs leaves it to a later one to read it again.
        """
        last, head = self.last(), self._repository.head()
        if last is None or head is None:
            return frozenset()
        root = (path for path in self._differing(last.id, head) if "/" not in path)
        entries = {path for path in self._changed_by_others() if path.startswith(f"{folder}/")}
        return frozenset([*root, *(entry for entry in entries if self._is_spoiled(entry, head))])

    def _changed_by_others(self) -> Iterator[str]:
        """The root's files and the folders two levels deep in which commits changed something that no sync made."""
        found = self._git.run(*self._log, "--invert-grep", "-z", "-m", "--name-only", "--no-renames", "--format=")
        for path in found.fields:
            yield "/".join(path.strip("\n").split("/")[:2])

    def _is_spoiled(self, path: str, head: str) -> bool:
        last = self.last(path)
        return last is not None and any(self._differing(last.id, head, path))

    def _differing(self, old: str, new: str, path: str = "") -> list[str]:
        place = ("--", path) if path else ()
        return self._git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new, *place).fields
