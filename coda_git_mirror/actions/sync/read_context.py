"""What everything that reads in a run has at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.resume import Resumption
from coda_git_mirror.actions.sync.visits import is_wanted
from coda_git_mirror.actions.sync.workers import Workers
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.progress import Progress
from coda_git_mirror.state.fetched import FetchedFiles


@dataclass(frozen=True)
class ReadContext:
    """Where content comes from, what is wanted of it, where it goes, and who does the work."""

    source: Source
    options: SyncOptions
    held: Held
    files: FetchedFiles
    resumption: Resumption
    workers: Workers
    progress: Progress
    may_export: bool = False
    require_time: Callable[[], None] = lambda: None
    """Raises TimeIsUp once the run may not read any more."""

    def is_wanted(self, problem: Problem) -> bool:
        """Whether an item of the ledger is asked for in this run."""
        return is_wanted(problem, self.options, self.may_export)
