"""`status`: what the mirror holds and in what state it is, from this machine alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from coda_git_mirror.actions.look import open_mirror
from coda_git_mirror.actions.sync.held import Held
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.format.manifest import Manifest
from coda_git_mirror.mirror.history import Commit
from coda_git_mirror.mirror.lock import holder_in
from coda_git_mirror.mirror.recovery import journal_file
from coda_git_mirror.mirror.remote import NoRemote, find_remote, unpushed
from coda_git_mirror.mirror.repository import Repository
from coda_git_mirror.mirror.run_log import last_run
from coda_git_mirror.mirror.sync_commits import SyncCommits


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
    """

    folder: Path
    manifest: Manifest | None
    synced: Commit | None
    last_run: str
    edits: tuple[str, ...]
    push: PushState | None
    running: str | None
    interrupted: bool

    def problems_of(self, doc: str) -> int:
        """How many problems are known of the docs of this name."""
        return Counter(problem.doc for problem in self.manifest.problems)[doc] if self.manifest else 0

    def as_json(self) -> dict[str, Any]:
        """The JSON object of the command line."""
        manifest = self.manifest
        return {
            "folder": str(self.folder),
            "owner": asdict(manifest.owner) if manifest else None,
            "docs": [{**asdict(doc), "problems": self.problems_of(doc.name)} for doc in manifest.docs]
            if manifest
            else [],
            "totals": asdict(manifest.totals) if manifest else None,
            "problems": [asdict(problem) for problem in manifest.problems] if manifest else [],
            "synced": self._synced(),
            "last_run": self.last_run or None,
            "edits": list(self.edits),
            "push": asdict(self.push) if self.push else None,
            "running": self.running,
            "interrupted": self.interrupted,
        }

    def _synced(self) -> dict[str, str] | None:
        commit = self.synced
        return {"commit": commit.id, "when": commit.when.isoformat(), "subject": commit.subject} if commit else None


def status(folder: Path) -> MirrorStatus:
    """Looks at the mirror in `folder`; changes nothing and asks nobody. Raises MirrorError where it is damaged."""
    repository = open_mirror(folder)
    running = holder_in(repository.private_folder)
    unfinished = journal_file(repository).exists()
    return MirrorStatus(
        folder=repository.root,
        manifest=Held(repository).manifest,
        synced=SyncCommits(repository, LAST_TRAILER).last(),
        last_run=last_run(repository.root),
        edits=() if unfinished else tuple(entry.path for entry in repository.status()),
        push=_push_state(repository),
        running=running,
        interrupted=unfinished and running is None,
    )


def _push_state(repository: Repository) -> PushState | None:
    try:
        remote = find_remote(repository)
    except NoRemote:
        return None
    return PushState(remote.shown, unpushed(repository, remote))
