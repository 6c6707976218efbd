"""Lost rows that live already under other ids: a rollback that was repeated or cut off, or what a user pasted himself.

A row that the revision does not know and whose cells are those of a lost row is that row, as far as they can be
written, and by what it is called. Of several that are the same each stands for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from coda_git_mirror.changes.encode import Known, Sendable, Unwritable, encode_open
from coda_git_mirror.changes.rollback.columns import SharedColumn, SharedColumns
from coda_git_mirror.changes.rollback.lost_rows import LostRow
from coda_git_mirror.changes.rollback.matching import RowsNow
from coda_git_mirror.changes.shown_values import shown
from coda_git_mirror.model.cell_values import EMPTY, CellValue, RowReference, Single, singles

Encoded = Mapping[str, "Sendable | Unwritable"]
"""What can be sent of a row, by the ids of the columns that can be written."""


def encoded(row: LostRow, columns: SharedColumns, now: RowsNow, known: Known) -> Encoded:
    """What can be sent of a row, pointing to what the rows that it names are called now."""
    cells = row.cells
    return {column.id: encode_open(now.moved(cells[column.id]), column, known) for column in columns.open_now}


@dataclass(frozen=True)
class Adoption:
    """Finds lost rows among those that live and that the revision does not know."""

    columns: SharedColumns
    now: RowsNow
    known: Known

    def adopt(self, lost: Sequence[LostRow], strangers: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """The rows that are found, by their ids then and now; `lost` is in the order in which they would come.

        Rows of which everything can be written choose first: another may take one that was meant for them.
        """
        if not (lost and strangers):
            return ()
        common, in_part = self._comparable(lost)
        places = _Strangers(self.now, strangers, common)
        missing = {row.id for row in lost}
        waiting = sorted(lost, key=lambda row: row.id in in_part)
        while waiting and self._adopt_some(waiting, places, missing):
            waiting = [row for row in waiting if row.id in missing]
        return tuple((row.id, self.now.found[row.id]) for row in lost if row.id not in missing)

    def _adopt_some(self, rows: Iterable[LostRow], places: _Strangers, missing: set[str]) -> bool:
        """Adopts what can be found now, and tells whether that was anything: others may point to these."""
        before = len(missing)
        for row in rows:
            is_early = any(target in missing and target in self.now.coming for target in row.awaited())
            if not is_early and (found := self._found(row, places)):
                missing.discard(row.id)
                self.now.found[row.id] = found
        return len(missing) < before

    def _comparable(self, lost: Iterable[LostRow]) -> tuple[tuple[SharedColumn, ...], set[str]]:
        """The columns that can be written in each of the rows, and point to none; the rows not to be written whole."""
        left = {column.id for column in self.columns.open}
        missing = {row.id for row in lost}
        in_part = set[str]()
        for row in lost:
            sent = encoded(row, self.columns, self.now, self.known)
            unwritable = {column for column, value in sent.items() if isinstance(value, Unwritable)}
            left -= unwritable | {column for column, target in row.targets if target in missing}
            in_part.update([row.id] if unwritable else [])
        return tuple(column for column in self.columns.open if column.id in left), in_part

    def _found(self, row: LostRow, places: _Strangers) -> str | None:
        sent = encoded(row, self.columns, self.now, self.known)
        means = {column: value.means for column, value in sent.items() if isinstance(value, Sendable)}
        if (name := row.cells.get(self.columns.display)) is not None:
            means.setdefault(self.columns.display, self.now.moved(name))
        wanted = {column: self.now.by_content(value) for column, value in means.items()}
        return places.take(wanted, self.columns.open, row) if wanted else None


class _Strangers:
    """Living rows that the revision does not know, by what they hold in the columns that all lost rows can fill."""

    def __init__(self, now: RowsNow, ids: Sequence[str], common: Sequence[SharedColumn]) -> None:
        self._now, self._ids, self._common = now, frozenset(ids), common
        self._places: dict[int, dict[str, None]] = {}
        for row_id in ids:
            key = hash(tuple(live for _, live in self._cells(row_id, common)))
            self._places.setdefault(key, {})[row_id] = None

    def take(self, wanted: Mapping[str, CellValue], columns: Sequence[SharedColumn], row: LostRow) -> str | None:
        """A row that nobody took yet and that holds what is wanted: the first with nothing else, else the first."""
        place = self._places.get(hash(tuple(wanted[column.id] for column in self._common)), {})
        compared = [column for column in columns if column.id in wanted]
        others = [column for column in columns if column.id not in wanted]
        found = None
        for row_id in place:
            cells = self._cells(row_id, compared)
            if all(self._fits(live, wanted[column], column in row.later) for column, live in cells):
                found = found or row_id
                if self._is_blank(row_id, others):
                    found = row_id
                    break
        place.pop(found or "", None)
        return found

    def _is_blank(self, row_id: str, columns: Iterable[SharedColumn]) -> bool:
        values = self._now.living.row(row_id)["values"]
        return all(not shown(column.live(values.get(column.id))) for column in columns)

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
