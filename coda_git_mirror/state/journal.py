"""What a publication is about to do, written down before it is done, so that a crash can be undone or completed."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from coda_git_mirror.disk.atomic import write_atomically
from coda_git_mirror.disk.files import naming
from coda_git_mirror.disk.remembered import read_value

_BRANCH = re.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,200}")
_OID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Step:
    """One path of the working copy and the blob ids it has before and after; none: no file.

    With `lfs` the new blob is a pointer, in whose place the working copy has the file itself.
    """

    path: str
    old: str | None
    new: str | None
    lfs: bool = False


@dataclass(frozen=True)
class Journal:
    """The move of `branch` from `base` (none: first commit) to `commit`, with each file that this changes."""

    branch: str
    base: str | None
    commit: str
    steps: tuple[Step, ...]

    @property
    def paths(self) -> list[str]:
        return [step.path for step in self.steps]

    @property
    def removals(self) -> list[Step]:
        return [step for step in self.steps if step.new is None]

    @property
    def arrivals(self) -> list[Step]:
        """The steps by which a file comes in."""
        return [step for step in self.steps if step.new is not None]

    def is_between(self, old: Callable[[str], str | None], new: Callable[[str], str | None]) -> bool:
        """Whether each step is from what `old` has at its path to what `new` has there, as blob ids."""
        return all((step.old, step.new) == (old(step.path), new(step.path)) for step in self.steps)

    def known_contents(self) -> dict[str, set[str]]:
        """The blob ids that may lie at a path, by `folded` path, without being a user's edit.

        Two paths that differ in case only are one file on macOS and Windows, and share their contents here.
        """
        known: dict[str, set[str]] = defaultdict(set)
        for step in self.steps:
            known[folded(step.path)] |= {oid for oid in (step.old, step.new) if oid is not None}
        return known

    def write(self, file: Path) -> None:
        """Stores the journal so that it survives a power cut."""
        with naming(file):
            write_atomically(file, json.dumps(asdict(self), ensure_ascii=True).encode())


def read_journal(file: Path) -> Journal | None:
    """The journal that a publication left, if one did not end; none where it is damaged, for it is written whole."""
    with naming(file):
        content = file.read_bytes() if file.exists() else b""
    return read_value(content, _journal, None)


def _journal(stored: Any) -> Journal:
    """Raises TypeError or the like where this is not what `Journal.write` wrote."""
    journal = Journal(**{**stored, "steps": tuple(Step(**step) for step in stored["steps"])})
    ids = (journal.base, *(oid for step in journal.steps for oid in (step.old, step.new)))
    known = (journal.commit, *(oid for oid in ids if oid is not None))
    if not _BRANCH.fullmatch(journal.branch) or not all(map(_OID.fullmatch, known)):
        raise ValueError("not a journal")
    if not all(isinstance(path, str) for path in journal.paths):
        raise TypeError("not a journal")
    return journal


def remove_journal(file: Path) -> None:
    """Forgets a publication that has ended; should a power cut bring it back, there is nothing left to be done."""
    with naming(file):
        file.unlink(missing_ok=True)


def folded(path: str) -> str:
    """The same for all spellings of a path that a file system without case holds for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
