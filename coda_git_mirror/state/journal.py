"""What a publication is about to do, written down before it is done, so that a crash can be undone or completed."""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from coda_git_mirror.disk.atomic import write_atomically
from coda_git_mirror.disk.files import naming
from coda_git_mirror.errors import MirrorError


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
    """The journal that a publication left, if one did not end; `MirrorError` if it cannot be read."""
    try:
        stored: dict[str, Any] = json.loads(file.read_bytes())
        steps = tuple(Step(**step) for step in stored["steps"])
        return Journal(stored["branch"], stored["base"], stored["commit"], steps)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise MirrorError(
            f"{file} is damaged; look at `git status`, then delete that file and run the command again."
        ) from error


def remove_journal(file: Path) -> None:
    """Forgets a publication that has ended; should a power cut bring it back, there is nothing left to be done."""
    with naming(file):
        file.unlink(missing_ok=True)


def folded(path: str) -> str:
    """The same for all spellings of a path that a file system without case holds for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
