"""Lost rows that live already under other ids: a rollback that was repeated or cut off, or what a user pasted himself.

A row that the revision does not know and whose cells are those of a lost row is that row, as far as they can be
written. Of several that are the same each stands for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from coda_git_mirror.changes.encode import Known, Sendable, Unwritable, encode
from coda_git_mirror.changes.rollback.columns import SharedColumn, SharedColumns
from coda_git_mirror.changes.rollback.lost_rows import LostRow
from coda_git_mirror.changes.rollback.matching import RowsNow
from coda_git_mirror.model.cell_values import EMPTY, CellValue, RowReference, Single, singles

Encoded = Mapping[str, "Sendable | Unwritable"]
"""What can be sent of a row, by the ids of the columns that can be written."""


def encoded(row: LostRow, columns: SharedColumns, now: RowsNow, known: Known) -> Encoded:
    """What can be sent of a row, pointing to what the rows that it names are called now."""
    return {
        column.id: encode(now.moved(row.cells[column.id]), column.now, known)
        for column in columns.open
        if column.now is not None
    }


@dataclass(frozen=True)
class Adoption:
    """Finds lost rows among those that live and that the revision does not know."""

    columns: SharedColumns
    now: RowsNow
    known: Known

    def adopt(self, lost: Sequence[LostRow], strangers: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """The rows that are found, by their ids then and now; `lost` is in the order in which they would come."""
        if not (lost and strangers):
            return ()
        common = self._comparable_in_all(lost)
        places = _Strangers(self.now, strangers, common)
        missing = {row.id for row in lost}
        adopted = []
        for row in lost:
            found = self._found(row, places, missing)
            if found is not None:
                missing.discard(row.id)
                self.now.found[row.id] = found
                adopted.append((row.id, found))
        return tuple(adopted)

    def _comparable_in_all(self, lost: Iterable[LostRow]) -> tuple[SharedColumn, ...]:
        """The columns that can be written in each of the rows, and point to none of them."""
        left = {column.id for column in self.columns.open}
        missing = {row.id for row in lost}
        for row in lost:
            sent = encoded(row, self.columns, self.now, self.known)
            left -= {column for column, value in sent.items() if isinstance(value, Unwritable)}
            left -= {column for column, target in row.pointed_at() if target in missing}
        return tuple(column for column in self.columns.open if column.id in left)

    def _found(self, row: LostRow, places: _Strangers, missing: set[str]) -> str | None:
        sent = encoded(row, self.columns, self.now, self.known)
        means = ((column, value.means) for column, value in sent.items() if isinstance(value, Sendable))
        wanted = {column: self.now.by_content(value) for column, value in means}
        if not wanted or any(target in missing for column, target in row.pointed_at() if column not in row.later):
            return None
        return places.take(wanted, self.columns.open, row)


class _Strangers:
    """Living rows that the revision does not know, by what they hold in the columns that all lost rows can fill."""

    def __init__(self, now: RowsNow, ids: Sequence[str], common: Sequence[SharedColumn]) -> None:
        self._now, self._ids, self._common = now, frozenset(ids), common
        self._places: dict[int, dict[str, None]] = {}
        for row_id in ids:
            key = hash(tuple(live for _, live in self._cells(row_id, common)))
            self._places.setdefault(key, {})[row_id] = None

    def take(self, wanted: Mapping[str, CellValue], columns: Sequence[SharedColumn], row: LostRow) -> str | None:
        """The first row, of those that nobody took yet, that holds what is wanted."""
        place = self._places.get(hash(tuple(wanted[column.id] for column in self._common)), {})
        compared = [column for column in columns if column.id in wanted]
        for row_id in place:
            cells = self._cells(row_id, compared)
            if all(self._fits(live, wanted[column], column in row.later) for column, live in cells):
                del place[row_id]
                return row_id
        return None

    def _cells(self, row_id: str, columns: Iterable[SharedColumn]) -> Iterator[tuple[str, CellValue]]:
        values = self._now.living.row(row_id)["values"]
        return ((column.id, self._now.by_content(column.live(values.get(column.id)))) for column in columns)

    def _fits(self, live: CellValue, wanted: CellValue, is_later: bool) -> bool:
        """A cell that waits for rows which are to come is empty as yet, or points to others of these rows instead."""
        if not is_later or live == wanted:
            return live == wanted
        pairs = zip_longest(singles(live), singles(wanted))
        return live == EMPTY or all(there == meant or self._stands_for(there, meant) for there, meant in pairs)

    def _stands_for(self, there: Single | None, meant: Single | None) -> bool:
        return isinstance(there, RowReference) and isinstance(meant, RowReference) and there.row in self._ids
