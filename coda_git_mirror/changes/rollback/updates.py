"""Rows that live and differ from the revision, as steps that change those of their cells alone that differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from coda_git_mirror.changes.encode import Known, Sendable, Unwritable, encode
from coda_git_mirror.changes.rollback.columns import SharedColumn, is_untouched, reads_alike
from coda_git_mirror.changes.rollback.inserts import TOO_LARGE
from coda_git_mirror.changes.rollback.matching import RowsNow
from coda_git_mirror.changes.rollback.tally import Tally
from coda_git_mirror.changes.shown_values import shown
from coda_git_mirror.changes.write_sizes import LARGEST_ROW, row_bytes
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.model.cell_values import CellValue, Member, Single, singles, without_link_names
from coda_git_mirror.model.content import Json
from coda_git_mirror.model.plan import Cell, Update


@dataclass(frozen=True)
class Updating:
    """Makes the steps for the columns that are asked for; what cannot be written goes to the tally."""

    open: tuple[SharedColumn, ...]
    shut: tuple[SharedColumn, ...]
    now: RowsNow
    known: Known
    tally: Tally

    def steps(self, rows: Iterable[Json]) -> Iterator[Update]:
        """The cells to change of those rows of the revision that live."""
        for row in rows:
            if row_id := self.now.id_of(row["id"]):
                yield from self._of_row(row["values"], self.now.living.row(row_id))

    def _of_row(self, past: Json, live: Json) -> Iterator[Update]:
        values = live["values"]
        self.tally.shut(column.id for column in self.shut if is_other(column, self.now, past, values))
        steps = [step for column in self.open if (step := self._cell(column, past, live))]
        if row_bytes({step.cell.column: step.cell.sent for step in steps}) > LARGEST_ROW:
            self.tally.row(live["id"], row_name(live), TOO_LARGE, len(steps))
        else:
            yield from steps

    def _cell(self, column: SharedColumn, past: Json, live: Json) -> Update | None:
        before, after = past.get(column.id), live["values"].get(column.id)
        if column.now is None or is_untouched(before, after):
            return None
        wanted, there = self.now.moved(column.wanted(before)), column.live(after)
        if self._is_there(wanted, there):
            return None
        sent = encode(wanted, column.now, self.known)
        if isinstance(sent, Unwritable) or sent.loss:
            reason = sent.reason if isinstance(sent, Unwritable) else sent.loss
            self.tally.cell(live["id"], row_name(live), column, reason)
        if isinstance(sent, Unwritable) or not (self.now.waits(wanted) or _brings(sent, there)):
            return None
        cell = Cell(column.id, column.name, sent.means, sent.value)
        return Update(live["id"], row_name(live), cell, there, shown(there), shown(sent.means))

    def _is_there(self, wanted: CellValue, there: CellValue) -> bool:
        if self.now.waits(wanted):
            return False
        return wanted == there or _alike(self.now.by_content(wanted), self.now.by_content(there))


def is_other(column: SharedColumn, now: RowsNow, past: Json, values: Json) -> bool:
    """Whether a row has another value in a column that cannot be written, which also reads another way."""
    before, after = past.get(column.id), values.get(column.id)
    if is_untouched(before, after):
        return False
    return not reads_alike(now.moved(column.wanted(before)), column.live(after))


def _alike(wanted: CellValue, there: CellValue) -> bool:
    """Whether two cells mean the same, also where a person is known by name alone in one of them."""
    pairs = zip_longest(singles(wanted), singles(there))
    return all(mine == theirs or _is_namesake(mine, theirs) for mine, theirs in pairs)


def _is_namesake(mine: Single | None, theirs: Single | None) -> bool:
    if not isinstance(mine, Member) or not isinstance(theirs, Member):
        return False
    return mine.name == theirs.name and not (mine.email and theirs.email)


def _brings(sent: Sendable, there: CellValue) -> bool:
    """Whether anything comes nearer to what is wanted: where only the names of links differ, nothing does."""
    return sent.means != (without_link_names(there) if sent.loss else there)


def row_name(row: Json) -> str:
    """What Coda calls a row."""
    return cell_text(row.get("name"), "")
