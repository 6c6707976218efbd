"""Whether the working copy is what the last commit says, byte for byte: git itself trusts sizes and times."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping

from coda_git_mirror.actions.verify.report import VerifyReport
from coda_git_mirror.format import layout
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.git.command import GitFailed
from coda_git_mirror.git.configured import read_configured
from coda_git_mirror.git.index_file import left_out_by_sparse_checkout
from coda_git_mirror.git.objects import Blob
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.git.soundness import index_is_whole
from coda_git_mirror.mirror.recovery import journal_file, listed
from coda_git_mirror.mirror.unwelcome import deciding, may_hold_secrets
from coda_git_mirror.mirror.working_copy import Obstacle, WorkingCopy
from coda_git_mirror.model.findings import Finding
from coda_git_mirror.state.lock import is_held

_COMPLETE = "run `coda-git-mirror sync`, which completes what an interrupted one left"
_REBUILD = "delete that file and run `git reset`, which changes no file of yours"
_INDEX = ".git/index"


def check_working_copy(repository: Repository, tree: Mapping[str, Blob], report: VerifyReport) -> None:
    """Adds to the report what differs. A sync that moves its files in meanwhile would be no fault of the mirror's."""
    base = repository.head()
    foreign: list[str] = []
    left_out = _left_out(repository)
    findings = list(_findings(repository, tree, left_out, foreign))
    if findings and (is_held(repository.private_folder) or repository.head() != base):
        report.unchecked.append("the working copy, since a sync is at work in it")
        return
    report.findings += findings
    if left_out:
        report.unchecked.append(f"{counted(len(left_out), 'file')} that `git sparse-checkout` does not check out here")
    if foreign:
        report.unchecked.append(f"what is in docs/ and not the mirror's ({one_line(listed(foreign))})")
    report.checked.append("working copy")


def _taking_back(path: str) -> str:
    return f"commit it, or take it back with `git restore -- {shlex.quote(path)}`"


def _left_out(repository: Repository) -> frozenset[str]:
    """Those files that are absent on purpose."""
    try:
        left_out = left_out_by_sparse_checkout(repository.git)
    except GitFailed:
        return frozenset()
    return frozenset(path for path in left_out if not os.path.lexists(repository.root / path))


def _findings(
    repository: Repository, tree: Mapping[str, Blob], left_out: frozenset[str], foreign: list[str]
) -> Iterator[Finding]:
    """What differs; files that git does not know are no difference, and go to `foreign`."""
    unfinished = journal_file(repository).exists()
    working_copy = WorkingCopy(repository.root, repository.object_format)
    for path, blob in sorted(tree.items()):
        if layout.is_mirrored(path) and path not in left_out and (fault := _fault(working_copy, path, blob)):
            yield Finding(path, fault, _COMPLETE if unfinished else _taking_back(path))
    configured = read_configured(repository.git)
    for each in deciding(repository, tree, configured):
        yield Finding(each.path, each.fault, each.remedy)
    if not index_is_whole(repository):
        yield Finding(_INDEX, "is not what git wrote", _REBUILD)
        return
    try:
        status = repository.status(configured=configured)
    except GitFailed as error:
        yield Finding(_INDEX, f"cannot be read: {error}", _REBUILD)
        return
    for entry in status:
        if may_hold_secrets(entry.path) and entry.staged not in " ?":
            remedy = f"`git rm --cached -- {shlex.quote(entry.path)}`"
            yield Finding(entry.path, "is staged, and may hold your API token", remedy)
        elif layout.is_mirrored(entry.path) and entry.staged == "?":
            foreign.append(entry.path)
        elif layout.is_mirrored(entry.path) and entry.staged != " ":
            yield Finding(entry.path, "has staged changes", "commit them, or `git restore --staged` them")


def _fault(working_copy: WorkingCopy, path: str, blob: Blob) -> str | None:
    try:
        content = working_copy.blob_id(path)
        if content is None:
            return "is in the last commit and not in the working copy"
        return "is edited in the working copy" if working_copy.is_edited(path, {blob.oid}) else None
    except Obstacle as error:
        return str(error)
