"""What a sync did."""

from __future__ import annotations

from dataclasses import dataclass

from coda_git_mirror.format.manifest import Totals
from coda_git_mirror.model.changes import Changes
from coda_git_mirror.model.ledger import Problem


@dataclass(frozen=True)
class SyncReport:
    """`totals` is what the mirror holds now; `commit` is None where nothing changed, `message` what it says else.

    `problems` are what this run found out, `ledger` is all that the mirror lacks.

    `notes` are sentences about settings that do nothing.

    `left` are docs that were to be read, and are left to the next sync, since the time for reading was up.

    `pushed` is None where nobody asked for a push, false where it failed. `unfinished` says what of the commit the
    working copy does not show yet, in a sentence; empty where it shows all.
    """

    changes: Changes
    totals: Totals
    problems: tuple[Problem, ...]
    requests: int
    seconds: float
    commit: str | None
    message: str
    pushed: bool | None = None
    ledger: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    unfinished: str = ""
    left: tuple[Problem, ...] = ()
