"""`status`: what the mirror holds and in what state it is, from this machine alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from coda_git_mirror.actions.account_changes import Selection
from coda_git_mirror.actions.entry import open_mirror
from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.sync.survey import left_out_file
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.format.manifest import Manifest
from coda_git_mirror.git.history import Commit
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.recovery import journal_file
from coda_git_mirror.mirror.run_log import last_run
from coda_git_mirror.mirror.sync_commits import SyncCommits
from coda_git_mirror.model.ledger import open_problems
from coda_git_mirror.remote.remote import NoRemote, find_remote, unpushed
from coda_git_mirror.state.lock import holder_in
from coda_git_mirror.state.notes import read_left_out
from coda_git_mirror.state.runs import read_runs


@dataclass(frozen=True)
class PushState:
    """Where the mirror is pushed, and how many commits that lacked when git last saw it (None: git never has)."""

    remote: str
    unpushed: int | None


@dataclass(frozen=True)
class MirrorStatus:
    """`manifest` is None before the first sync; so is `synced`, the last commit that a sync made.

    `last_run` is the last line of the log of runs, `edits` are paths that differ from the last commit, `running` is the
    process that holds the mirror. `interrupted`: a run was ended while it committed, and the next sync completes it.
    `left_out` are the ids of docs that the settings, or the options of the last run, leave as they are. `last_success`
    is the last run that mirrored the whole selection, as far as this working copy remembers.
    """

    folder: Path
    manifest: Manifest | None
    synced: Commit | None
    last_run: str
    edits: tuple[str, ...]
    push: PushState | None
    running: str | None
    interrupted: bool
    left_out: frozenset[str] = frozenset()
    left_out_by_settings: frozenset[str] = frozenset()
    last_success: datetime | None = None

    @cached_property
    def _problems(self) -> Counter[str]:
        problems = self.manifest.problems if self.manifest else ()
        return Counter(problem.doc_id for problem in open_problems(problems))

    def problems_of(self, doc_id: str) -> int:
        """How many items of a doc a later sync may still bring."""
        return self._problems[doc_id]


def status(folder: Path, selection: Selection | None = None) -> MirrorStatus:
    """Looks at the mirror in `folder`; changes nothing and asks nobody. Raises MirrorError where it is damaged.

    `selection` is which docs the mirror is about by its settings.
    """
    repository = open_mirror(folder)
    held = Held.at_head(repository)
    running = holder_in(repository.private_folder)
    unfinished = journal_file(repository).exists()
    by_settings = _left_out_by_settings(held, selection or Selection())
    return MirrorStatus(
        folder=repository.root,
        manifest=held.manifest,
        synced=SyncCommits(repository, LAST_TRAILER).last(),
        last_run=last_run(repository.root),
        edits=() if unfinished else tuple(entry.path for entry in repository.status()),
        push=_push_state(repository),
        running=running,
        interrupted=unfinished and running is None,
        left_out=by_settings | (read_left_out(left_out_file(repository)) & held.docs.keys()),
        left_out_by_settings=by_settings,
        last_success=read_runs(repository.private_folder).last_success,
    )


def _left_out_by_settings(held: Held, selection: Selection) -> frozenset[str]:
    return frozenset(record.id for record in held.docs.values() if not selection.takes(record.id, record.name))


def _push_state(repository: Repository) -> PushState | None:
    try:
        remote = find_remote(repository)
    except NoRemote:
        return None
    return PushState(remote.shown, unpushed(repository, remote))
