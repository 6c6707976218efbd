"""The commits of HEAD's history that syncs made, and what other people's commits have changed of their work.

The history of a mirror is what the first parents from HEAD lead to. Its order alone decides what is newer: a commit may
bear any date that somebody's clock had, and only those of syncs, which Coda's clock dates, tell when something was so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from coda_git_mirror.git.history import Commit, History
from coda_git_mirror.git.repository import Repository


class NoSync(Exception):
    """No sync had been made by then; `first` is the one of the earliest date, if there is any."""

    def __init__(self, first: Commit | None) -> None:
        super().__init__()
        self.first = first


class SyncCommits:
    """Knows a sync's commit by a line that begins with `trailer` in the last paragraph of its message."""

    def __init__(self, repository: Repository, trailer: str) -> None:
        self._repository, self._trailer = repository, trailer
        self._history, self._git = History(repository), repository.git
        self._walked: tuple[str, Iterable[Commit]] = ("", ())

    def last(self, path: str = "", tip: str | None = None, without: str | None = None) -> Commit | None:
        """The newest one up to `tip`, else HEAD; with a path the newest that changed anything there.

        `without` is a line that its message must not have.
        """
        made = self.made(path, tip)
        return next((commit for commit in made if without not in commit.message.splitlines()), None)

    def last_by(self, end: datetime) -> Commit:
        """The newest one that is not dated after an instant; raises NoSync."""
        first: Commit | None = None
        for commit in self.made():
            if commit.when <= end:
                return commit
            first = commit if first is None or commit.when <= first.when else first
        raise NoSync(first)

    def spoiled(self, folder: str) -> frozenset[str]:
        """The entries of a top-level folder, and the root's files, that are not as the last sync left them.

        That is the last sync which changed the entry: one of other docs leaves it to a later one to read it again.
        """
        head = self._repository.head()
        self._walked = (head, tuple(self._history.commits(head))) if head else ("", ())
        last = self.last(tip=head)
        if head is None:
            return frozenset()
        if last is None:
            return self._all_that_may_be(head)
        root = (path for path in self._differing(last.id, head) if "/" not in path)
        entries = {path for path in self._changed_by_others(head) if path.startswith(f"{folder}/")}
        return frozenset([*root, *(entry for entry in entries if self._is_spoiled(entry, head))])

    def _all_that_may_be(self, head: str) -> frozenset[str]:
        """Where the history was cut after the last sync, nothing is known to be as that left it."""
        if not self._repository.cut_at():
            return frozenset()
        return frozenset("/".join(path.split("/")[:2]) for path in self._repository.tree(head))

    def made(self, path: str = "", tip: str | None = None) -> Iterator[Commit]:
        """The commits that syncs made, newest first."""
        tip = tip or self._repository.head()
        commits = self._commits(tip, path) if tip else ()
        return (commit for commit in commits if self._is_made_by_sync(commit))

    def _commits(self, tip: str, path: str = "") -> Iterable[Commit]:
        """The commits from `tip` back that changed something at a path; a history that was read to its end stays."""
        walked, commits = self._walked
        return commits if tip == walked and not path else self._history.commits(tip, *filter(None, [path]))

    def _is_made_by_sync(self, commit: Commit) -> bool:
        """A message that quotes a sync's has the line further up; git adds its own, such as sign-offs, beside it."""
        found = False
        for line in reversed(commit.message.rstrip().split("\n")):
            if not line.strip():
                return found
            found = found or line.startswith(self._trailer)
        return False

    def _changed_by_others(self, head: str) -> Iterator[str]:
        """The root's files and the folders two levels deep in which commits changed something that no sync made."""
        others = [commit.id for commit in self._commits(head) if not self._is_made_by_sync(commit)]
        if not others:
            return
        names = ("-r", "-z", "--name-only", "--no-renames", "--no-commit-id", "--root", "--diff-merges=first-parent")
        lines = "".join(f"{commit}\n" for commit in others).encode()
        for path in self._git.run("diff-tree", "--stdin", *names, stdin=lines).fields:
            yield "/".join(path.split("/")[:2])

    def _is_spoiled(self, path: str, head: str) -> bool:
        last = self.last(path)
        return last is not None and any(self._differing(last.id, head, path))

    def _differing(self, old: str, new: str, path: str = "") -> list[str]:
        if old == new:
            return []
        place = ("--", path) if path else ()
        return self._git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new, *place).fields
