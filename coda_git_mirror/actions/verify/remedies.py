"""Remedies that name the revision to take a file from, where the history has one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.git.command import GitFailed, advice
from coda_git_mirror.git.history import Commit, History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.sync_commits import SyncCommits
from coda_git_mirror.model.findings import BRING_BACK, Finding, other_revision

_MOST = 50
"""So many files are looked for in the history; of more, whoever reads the report goes back as a whole."""


def with_revisions(repository: Repository, tip: str, findings: Iterable[Finding]) -> list[Finding]:
    """The findings of the revision `tip`; what has to be brought back with the last sync that wrote it otherwise."""
    return list(_with_revisions(repository, tip, findings))


def _with_revisions(repository: Repository, tip: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    history, commits, known = History(repository), SyncCommits(repository, LAST_TRAILER), dict[str, Commit | None]()
    for finding in findings:
        if finding.remedy != BRING_BACK:
            yield finding
            continue
        path = finding.path
        if path not in known:
            known[path] = _last_other(history, commits, path, tip) if len(known) < _MOST else None
        commit = known[path]
        yield replace(finding, remedy=_bringing_back(repository, path, commit) if commit else other_revision(path))


def _bringing_back(repository: Repository, path: str, commit: Commit) -> str:
    restore = advice(repository.root, "restore", f"--source={commit.id[:10]}", "--staged", "--worktree", "--", path)
    return f"bring it back with {restore}, and commit that"


def _last_other(history: History, commits: SyncCommits, path: str, tip: str) -> Commit | None:
    """The newest sync that wrote the file, if it is another one now."""
    try:
        commit = commits.last(path, tip)
        before = history.files(commit.id, path).get(path) if commit else None
        return commit if before and before != history.files(tip, path).get(path) else None
    except GitFailed:
        return None
