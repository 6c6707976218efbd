"""A cell that a file changes, against what it held when the file was made, and what it holds in Coda now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from coda_git_mirror.changes.apply.asked import ChangedCell
from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.encode import Known, Sendable, Unwritable, encode
from coda_git_mirror.changes.rollback.states import LivingRows
from coda_git_mirror.changes.shown_values import shown
from coda_git_mirror.changes.typed_text import Directory, Unread, typed
from coda_git_mirror.changes.writable_columns import retyped, unwritable_column
from coda_git_mirror.changes.write_sizes import LARGEST_ROW, row_bytes
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.model.cell_values import CellValue, Day, Formatted, Number, Text, TimeOfDay, Truth, singles
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.model.plan import Cell, HeldBack, HeldKind, Update

_SHORT = 60


@dataclass(frozen=True)
class Living:
    """A base table as it is in Coda."""

    doc: str
    doc_name: str
    id: str
    name: str
    columns: Sequence[Column]
    rows: LivingRows

    @cached_property
    def by_id(self) -> Mapping[str, Column]:
        """Its columns."""
        return {column.id: column for column in self.columns}

    @cached_property
    def display(self) -> Column | None:
        """The column by which rows are called."""
        return next((column for column in self.columns if column.raw.get("display") is True), None)


def row_name(row: Json) -> str:
    """What Coda calls a row."""
    return cell_text(row.get("name"))


class ShutColumns:
    """Columns that nothing can be written into, each with how many cells of it the file changes."""

    def __init__(self, past: Mapping[str, Column], living: Living) -> None:
        self._past, self._living = past, living
        self._counts: Counter[str] = Counter()

    def why(self, column_id: str) -> tuple[HeldKind, str] | None:
        """Why nothing is written into a column."""
        now, before = self._living.by_id.get(column_id), self._past.get(column_id)
        if now is None:
            return HeldKind.COLUMN_GONE, "is not in the table any more"
        if refused := unwritable_column(now):
            return refused
        reason = retyped(before, now) if before else None
        return (HeldKind.RETYPED, reason) if reason else None

    def count(self, column_id: str) -> None:
        """One more cell of such a column is asked for."""
        self._counts[column_id] += 1

    def held(self) -> list[HeldBack]:
        """Each of them once."""
        return [self._held(column, cells) for column, cells in self._counts.items()]

    def _held(self, column_id: str, cells: int) -> HeldBack:
        kind, reason = self.why(column_id) or (HeldKind.UNWRITABLE, "cannot be written")
        column = self._living.by_id.get(column_id) or self._past[column_id]
        return HeldBack(None, column_id, kind, f"the column {reason}", cells, column_name=column.name)


@dataclass(frozen=True)
class Reading:
    """How texts are read and written: what names mean, and what Coda would take."""

    directory: Directory
    known: Known
    overwrite_newer: bool = False

    def cell(self, text: str, column: Column, was: CellValue) -> Cell | str:
        """What is to be sent for a text, or why nothing is, as a sentence about the cell."""
        wanted = typed(text, column, was, self.directory)
        if isinstance(wanted, Unread):
            return f"{quoted(text)} {wanted.reason}"
        return self.encoded(wanted, column)

    def encoded(self, wanted: CellValue, column: Column) -> Cell | str:
        """The same for a value."""
        encoded = encode(wanted, column, self.known)
        if isinstance(encoded, Unwritable):
            return f"{quoted(shown(wanted))} {encoded.reason}"
        return _sized(encoded, column)


def _sized(encoded: Sendable, column: Column) -> Cell | str:
    size = row_bytes({column.id: encoded.value})
    if size > LARGEST_ROW:
        return f"the cell has {size:,} bytes, and Coda takes {LARGEST_ROW:,} of a row"
    return Cell(column.id, column.name, encoded.means, encoded.value)


def merged(row: Json, cell: ChangedCell, column: Column, reading: Reading) -> Update | HeldBack | None:
    """The step for a cell of a living row; None where it is already as the file has it."""
    live = canonical(row["values"].get(column.id), column, reading.known.zone)
    formatted = any(isinstance(each, Formatted) for each in singles(cell.was))
    wanted = typed(cell.text, column, cell.was if formatted else live, reading.directory)
    if isinstance(wanted, Unread):
        is_so = shown(live) == cell.text
        return None if is_so else _held(row, column, HeldKind.UNWRITABLE, f"{quoted(cell.text)} {wanted.reason}")
    if live == wanted or (shown(live) == cell.text and _is_plain(live)):
        return None
    if live != cell.was and not reading.overwrite_newer:
        return None if _is_meant(live, wanted, column, reading) else _conflict(row, column, cell, live)
    sent = reading.encoded(wanted, column)
    if isinstance(sent, str):
        return _held(row, column, HeldKind.UNWRITABLE, sent)
    if live == sent.wanted:
        return None
    name = row_name(row)
    return Update(str(row["id"]), name, sent, live, shown(live), shown(wanted), newer=live != cell.was)


def _is_plain(live: CellValue) -> bool:
    """Whether a value is what its text says: any column can hold any of these (coda-api.md, Rows)."""
    return isinstance(live, Text | Number | Truth | Day | TimeOfDay)


def _is_meant(live: CellValue, wanted: CellValue, column: Column, reading: Reading) -> bool:
    """Whether a cell holds what Coda makes of what is wanted."""
    sent = reading.encoded(wanted, column)
    return isinstance(sent, Cell) and sent.wanted == live


def _conflict(row: Json, column: Column, cell: ChangedCell, live: CellValue) -> HeldBack:
    was, now = quoted(cell.was_text), quoted(shown(live))
    reason = f"it was {was} when the file was made, is {now} in Coda now, and the file has {quoted(cell.text)}"
    return _held(row, column, HeldKind.CONFLICT, reason)


def _held(row: Json, column: Column, kind: HeldKind, reason: str) -> HeldBack:
    return HeldBack(str(row["id"]), column.id, kind, reason, row_name=row_name(row), column_name=column.name)


def quoted(text: str) -> str:
    """A text within a sentence."""
    line = " ".join(text.split())
    if not line:
        return "empty"
    return f"“{line[:_SHORT]}…”" if len(line) > _SHORT else f"“{line}”"
