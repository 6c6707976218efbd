"""Which rows of the revision live, and by which ids."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from coda_git_mirror.changes.rollback.restored_rows import RestoredRows
from coda_git_mirror.changes.rollback.states import LivingRows, Surroundings
from coda_git_mirror.model.cell_values import (
    CellValue,
    HostedFile,
    Many,
    RowReference,
    references,
    with_files,
    with_rows,
)

_OF_ROWS, _OF_FILES = (RowReference, Many), (HostedFile, Many)
"""What may name rows, and files."""


@dataclass
class RowsNow:
    """What the rows of a revision are called now. Rows that are found or about to come are added while that is decided.

    `found` are rows of the table that live by another id, `coming` those that will be inserted.
    """

    past: Collection[str]
    living: LivingRows
    restored: RestoredRows
    surroundings: Surroundings
    found: dict[str, str] = field(default_factory=dict)
    coming: set[str] = field(default_factory=set)

    def id_of(self, past_row: str) -> str | None:
        """The id by which a row of the table lives; None where it is lost."""
        return past_row if past_row in self.living else self.found.get(past_row)

    def moved(self, value: CellValue) -> CellValue:
        """A cell of the revision, pointing to what the rows that it names are called now."""
        if not isinstance(value, _OF_ROWS):
            return value
        tables = {reference.row: reference.table for reference in references(value)}
        return with_rows(value, lambda row: self._row_now(tables[row], row)) if tables else value

    def by_content(self, value: CellValue) -> CellValue:
        """A cell with its files by their bytes: Coda may store a file anew that it is sent by its address."""
        if not isinstance(value, _OF_FILES):
            return value
        return with_files(value, lambda blob: self.surroundings.content_of(blob) or blob)

    def waits(self, value: CellValue) -> bool:
        """Whether a cell points to a row that is about to come, whatever a living cell with the same old id says."""
        return any(reference.row in self.coming for reference in references(value))

    def lives(self, reference: RowReference) -> bool:
        """Whether a row is there, or will be, that a cell points to by the id that it has now."""
        if reference.row in self.living or reference.row in self.coming:
            return True
        return reference.row not in self.past and self.surroundings.lives(reference.table, reference.row)

    def _row_now(self, table: str, row: str) -> str:
        if row in self.past or row in self.living:
            return self.id_of(row) or row
        later = self.restored.later(row)
        if not later:
            return row
        return self.restored.living(row, self._asking(table)) or row

    def _asking(self, table: str) -> Callable[[str], bool]:
        return lambda row: row in self.living or self.surroundings.lives(table, row)


def rows_now(past: Iterable[str], living: LivingRows, restored: RestoredRows, surroundings: Surroundings) -> RowsNow:
    """The rows of a revision, of which some were inserted again before. No two of them are the same living row."""
    now = RowsNow(dict.fromkeys(past), living, restored, surroundings)
    if not restored:
        return now
    taken: set[str] = set()
    for row in now.past:
        if row not in living and (id_now := restored.living(row, _free(now, taken))):
            now.found[row] = id_now
            taken.add(id_now)
    return now


def _free(now: RowsNow, taken: set[str]) -> Callable[[str], bool]:
    return lambda row: row in now.living and row not in now.past and row not in taken
