"""`verify`: proves that a revision is what a sync wrote, and names what is not. Changes nothing, takes no lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.unborn import take_up
from coda_git_mirror.actions.verify.git_objects import object_findings
from coda_git_mirror.actions.verify.remedies import with_revisions
from coda_git_mirror.actions.verify.remote import RemoteCheck
from coda_git_mirror.actions.verify.report import VerifyReport
from coda_git_mirror.actions.verify.revision import RevisionCheck
from coda_git_mirror.actions.verify.working_copy import check_working_copy
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format import layout
from coda_git_mirror.git.command import DamagedRepository
from coda_git_mirror.git.objects import Blob
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.revisions import Revisions
from coda_git_mirror.mirror.trees import CommittedTree
from coda_git_mirror.model.findings import SOUND_COPY, Finding, other_revision


@dataclass(frozen=True)
class Remote:
    """The account to compare with, and which of its docs a sync would mirror."""

    source: Source
    options: SyncOptions


def verify(folder: Path, revision: str | None = None, remote: Remote | None = None) -> VerifyReport:
    """Checks a revision of the mirror in `folder`, or the last commit and the working copy with it, and Coda if given.

    Of a day or an instant the last sync counts, as for `restore`.

    Raises MirrorError where there is no mirror, UsageError where there is no such revision. What cannot be read of a
    mirror that is there is a finding.
    """
    repository = Repository.open(folder)
    report = VerifyReport("")
    report.findings += object_findings(repository)
    report.checked.append("git's objects")
    try:
        commit = Revisions(repository, LAST_TRAILER).resolve(revision) if revision else _head(repository)
        report.revision, tree = commit, repository.tree(commit)
    except DamagedRepository as error:
        report.is_readable = False
        report.findings.append(Finding(".git", str(error), SOUND_COPY))
        return report
    _require_mirror(repository, tree)
    manifest = RevisionCheck(repository, tree, report).run()
    if remote and manifest:
        RemoteCheck(CommittedTree(repository, commit), remote.source, remote.options, report).run(manifest)
    report.findings = with_revisions(repository, commit, report.findings)
    if revision is None:
        check_working_copy(repository, tree, report)
    elif commit != repository.head():
        report.findings = [_of_the_past(finding) for finding in report.findings]
    return report


def _head(repository: Repository) -> str:
    commit = repository.head() or (repository.head() if take_up(repository.root) else None)
    if commit is None:
        raise MirrorError(f"The mirror in {repository.root} has no commit yet; `coda-git-mirror sync` makes the first.")
    return commit


def _require_mirror(repository: Repository, tree: Mapping[str, Blob]) -> None:
    if layout.SETTINGS not in tree and not any(layout.is_mirrored(path) for path in tree):
        raise MirrorError(f"{repository.root} is no mirror at this revision; name a mirror's folder with -o.")


def _of_the_past(finding: Finding) -> Finding:
    """History stays as it is: what is wrong in an old revision has to come from another one."""
    return replace(finding, remedy=other_revision(finding.path)) if layout.is_mirrored(finding.path) else finding
