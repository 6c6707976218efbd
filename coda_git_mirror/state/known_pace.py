"""Remembers how many exports a second Coda allowed, under git's own folder: nobody publishes it."""

from __future__ import annotations

import json

from coda_git_mirror.disk.atomic import write_atomically
from coda_git_mirror.disk.files import naming
from coda_git_mirror.disk.remembered import remembered
from coda_git_mirror.git.repository import Repository

_TELLING = 50
"""Of fewer exports the wait for each decides how long they take, and not the pace."""


class KnownPace:
    """Losing the file costs a good estimate, nothing else."""

    def __init__(self, repository: Repository) -> None:
        self._file = repository.private_folder / "pace.json"

    def recall(self) -> float | None:
        """Exports a second of the last sync that tells; None where there was none."""
        pace = remembered(self._file, lambda stored: stored["exports"], None)
        return pace if isinstance(pace, float) and pace > 0 else None

    def remember(self, exports: int, seconds: float) -> None:
        """Takes in what a sync needed for its exports, if they were many."""
        if exports >= _TELLING and seconds > 0:
            with naming(self._file):
                write_atomically(self._file, json.dumps({"exports": exports / seconds}).encode())
