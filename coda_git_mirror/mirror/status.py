"""What `git status` says of a path, as `--porcelain=v2 -z` writes it."""

from __future__ import annotations

from dataclasses import dataclass

_ORDINARY_FIELDS = 8
_UNMERGED_FIELDS = 10


@dataclass(frozen=True)
class StatusEntry:
    """A path with what differs: `staged` from HEAD to index, `unstaged` from index to working copy, letters as git's.

    A space is no difference; an untracked file is `?` in both. `indexed` is the blob id that the index has, if any.
    """

    staged: str
    unstaged: str
    path: str
    indexed: str = ""

    @property
    def differs(self) -> bool:
        return (self.staged, self.unstaged) != (" ", " ")


def parse_status(entry: str) -> StatusEntry:
    """One entry: `1 XY … indexed-id path`, `u XY … path` (unmerged) or `? path`."""
    kind, _, rest = entry.partition(" ")
    if kind not in ("1", "u"):
        return StatusEntry(kind, kind, rest)
    *fields, path = entry.split(" ", _ORDINARY_FIELDS if kind == "1" else _UNMERGED_FIELDS)
    differences = fields[1].replace(".", " ")
    return StatusEntry(differences[0], differences[1], path, fields[-1])
