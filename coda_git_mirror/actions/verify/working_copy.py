"""Whether the working copy is what the last commit says, byte for byte: git itself trusts sizes and times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from coda_git_mirror.actions.verify.report import VerifyReport
from coda_git_mirror.format import layout
from coda_git_mirror.git.command import GitFailed
from coda_git_mirror.git.objects import Blob
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.git.soundness import index_is_whole
from coda_git_mirror.mirror.recovery import journal_file
from coda_git_mirror.mirror.unwelcome import deciding, may_hold_secrets
from coda_git_mirror.mirror.working_copy import Obstacle, WorkingCopy
from coda_git_mirror.model.findings import Finding
from coda_git_mirror.state.lock import is_held

_TAKE_BACK = "commit it, or take it back with `git restore`"
_COMPLETE = "run `coda-git-mirror sync`, which completes what an interrupted one left"
_REBUILD = "delete that file and run `git reset`, which changes no file of yours"
_INDEX = ".git/index"


def check_working_copy(repository: Repository, tree: Mapping[str, Blob], report: VerifyReport) -> None:
    """Adds to the report what differs. A sync that moves its files in meanwhile would be no fault of the mirror's."""
    base = repository.head()
    findings = list(_findings(repository, tree))
    if findings and (is_held(repository.private_folder) or repository.head() != base):
        report.unchecked.append("the working copy, since a sync is at work in it")
        return
    report.findings += findings
    report.checked.append("working copy")


def _findings(repository: Repository, tree: Mapping[str, Blob]) -> Iterator[Finding]:
    remedy = _COMPLETE if journal_file(repository).exists() else _TAKE_BACK
    working_copy = WorkingCopy(repository.root, repository.object_format)
    for path, blob in sorted(tree.items()):
        if layout.is_mirrored(path) and (fault := _fault(working_copy, path, blob)):
            yield Finding(path, fault, remedy)
    for each in deciding(repository, tree):
        yield Finding(each.path, each.fault, each.remedy)
    if not index_is_whole(repository):
        yield Finding(_INDEX, "is not what git wrote", _REBUILD)
        return
    try:
        status = repository.status()
    except GitFailed as error:
        yield Finding(_INDEX, f"cannot be read: {error}", _REBUILD)
        return
    for entry in status:
        if may_hold_secrets(entry.path) and entry.staged not in " ?":
            yield Finding(entry.path, "is staged, and may hold your API token", f"`git rm --cached -- {entry.path}`")
        elif layout.is_mirrored(entry.path) and entry.staged == "?":
            yield Finding(entry.path, "is in the working copy and in no commit", "move it out of docs/")
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
