"""What `apply` held back since somebody had edited it in Coda meanwhile, so that running it again does so, too.

The commits that a write makes hold the edit as well: a file that is applied again would seem to be made from them, and
would be written over it. These commits tell of it, too, for any clone (`actions/apply/told_conflicts.py`); where
nothing was written there is none, and this is all that remembers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from coda_git_mirror.disk.atomic import write_atomically
from coda_git_mirror.disk.files import naming
from coda_git_mirror.disk.small_files import read_small

CONFLICTS = "conflicts.json"
_LARGEST = 16 * 1024 * 1024
_DIGITS = 16


class Conflict(NamedTuple):
    """A cell, or a row as a whole where `column` is empty, with a mark of what the file wants, and the file's base."""

    row: str
    column: str
    mark: str
    base: str


def mark_of(text: str) -> str:
    """What a text is known by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


class Conflicts:
    """Those of each table, in the private folder of a mirror whose lock is held when they are noted."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / CONFLICTS

    def of(self, table: str) -> list[Conflict]:
        """Those of a table; none where nothing whole is noted."""
        return self._read().get(table, [])

    def note(self, table: str, settled: Iterable[tuple[str, str]], new: Iterable[Conflict]) -> None:
        """Puts `new` in place of what was noted of these cells; writes only what is not noted yet."""
        known = self._read()
        gone = set(settled)
        left = [each for each in known.get(table, []) if (each.row, each.column) not in gone]
        conflicts = sorted({*left, *new})
        if conflicts != known.get(table, []):
            content = json.dumps({**known, table: conflicts}, sort_keys=True).encode("ascii")
            with naming(self._path):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(self._path, content)

    def _read(self) -> dict[str, list[Conflict]]:
        try:
            stored = json.loads(read_small(self._path, _LARGEST) or b"{}")
            return {str(table): [Conflict(*map(str, each)) for each in listed] for table, listed in stored.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
