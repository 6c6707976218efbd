"""Lines at the end of the commit message of a sync that a write verb made (mirror-format.md, The commit)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

WRITTEN = "Coda-Written: "
"""Begins a line of both commits of a verb that writes into Coda: what such a commit holds, the verb may have made."""
RESTORED = "Coda-Row-Restored: "
KEPT = "Coda-Cell-Kept: "
_NO_COLUMN = "*"


@dataclass(frozen=True)
class RestoredRow:
    """A row that was lost and lives again under another id."""

    table: str
    old: str
    new: str

    @property
    def trailer(self) -> str:
        """The line that tells it."""
        return RESTORED + " ".join(quote(part, safe="") for part in (self.table, self.old, self.new))


@dataclass(frozen=True)
class KeptCell:
    """A cell that a file asked for, and that was left as somebody had edited it since the commit `base`.

    `mark` tells what the file has in it. Without a column it is a row that was to go.
    """

    table: str
    row: str
    column: str
    base: str
    mark: str

    @property
    def trailer(self) -> str:
        """The line that tells it."""
        parts = (self.table, self.row, self.column or _NO_COLUMN, self.base, self.mark)
        return KEPT + " ".join(quote(part, safe="") for part in parts)


def written_trailer(verb: str, table: str) -> str:
    """The line that tells which verb wrote into which table."""
    return f"{WRITTEN}{verb} {quote(table, safe='')}"


def is_written(message: str) -> bool:
    """Whether a commit was made by a verb that writes into Coda."""
    return any(line.startswith(WRITTEN) for line in _trailers(message))


def restored_rows(message: str) -> Iterator[RestoredRow]:
    """The rows that a commit's message says live again."""
    for line in _trailers(message):
        parts = line.removeprefix(RESTORED).split() if line.startswith(RESTORED) else []
        if len(parts) == 3:
            yield RestoredRow(*map(unquote, parts))


def kept_cells(message: str) -> Iterator[KeptCell]:
    """The cells that a commit's message says were left."""
    for line in _trailers(message):
        parts = [unquote(part) for part in line.removeprefix(KEPT).split()] if line.startswith(KEPT) else []
        if len(parts) == 5:
            table, row, column, base, mark = parts
            yield KeptCell(table, row, "" if column == _NO_COLUMN else column, base, mark)


def _trailers(message: str) -> list[str]:
    """The lines of the last paragraph: what is quoted further up tells nothing."""
    return message.rstrip().rpartition("\n\n")[2].split("\n")
