"""What the making of a doc works with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coda_git_mirror.actions.ports import Source, Writer
from coda_git_mirror.actions.recreate.flight import Flight
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.clock import Clock
from coda_git_mirror.format.metadata import StoredDoc
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.model.recreation import Recreation
from coda_git_mirror.progress import Progress
from coda_git_mirror.state.recreation_journal import RecreationJournal


@dataclass(frozen=True)
class Tools:
    """The plan, the revision's doc, the account, and what notes down how far it came.

    `writes` is the folder for the journals of rows, `hosts` are those that serve hosted files beside Coda's.
    """

    repository: Repository
    what: Recreation
    side: Side
    stored: StoredDoc
    source: Source
    writer: Writer
    journal: RecreationJournal
    flight: Flight
    progress: Progress
    clock: Clock
    writes: Path
    hosts: frozenset[str]
