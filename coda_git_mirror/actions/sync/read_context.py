"""What everything that reads in a run has at hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.resume import Resumption
from coda_git_mirror.actions.sync.unfit import Unfit
from coda_git_mirror.actions.sync.visits import is_wanted
from coda_git_mirror.actions.sync.workers import Workers
from coda_git_mirror.clock import Clock, SystemClock, require_time
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
    unfit: Unfit
    may_export: bool = False
    clock: Clock = SystemClock()  # noqa: RUF009 (it has no state)
    """A `Window` where the run may read for so long only."""
    ranks: dict[str, int] = field(default_factory=dict)
    """By the ids of docs: work for those of a lower one begins first."""

    def require_time(self) -> None:
        """Raises TimeIsUp once the run may not read any more."""
        require_time(self.clock)

    def rank(self, doc_id: str) -> int:
        """That of work for a doc."""
        return self.ranks.get(doc_id, 0)

    def is_wanted(self, problem: Problem) -> bool:
        """Whether an item of the ledger is asked for in this run."""
        return is_wanted(problem, self.options, self.may_export)
