"""The cells of a table, compared between two states row by row, with memory for few rows at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from coda_git_mirror.changes.columns import column_facts
from coda_git_mirror.changes.rows import Pair, differing_rows
from coda_git_mirror.changes.words import compare_words
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.format.tables import parse_row
from coda_git_mirror.model.changes import ColumnFacts, Kind, RowCounts
from coda_git_mirror.model.content import Json
from coda_git_mirror.model.differences import ABSENT, CellChange, Piece, RowChange

_LONG = 40
"""Characters of a text in which a change is easier to see word by word."""

Lines = Callable[[], Iterable[bytes]]
"""The lines of a table's JSONL file, from the beginning each time; none where there is no such table."""


class ColumnPair:
    """The columns of a table before and after, by their ids."""

    def __init__(self, old: Sequence[Json], new: Sequence[Json]) -> None:
        self.old, self.new = _by_id(old), _by_id(new)
        self.order = [*self.new, *(column for column in self.old if column not in self.new)]

    @property
    def facts(self) -> dict[str, ColumnFacts]:
        """All columns in order, those that are gone last."""
        return {column: self.new.get(column) or self.old[column] for column in self.order}

    def row_change(self, old: Json | None, new: Json | None, by_words: bool = True) -> RowChange | None:
        """What differs in a row; None where no cell does. What a removed column held went with the column.

        Not `by_words`: for who only counts, since no words are compared.
        """
        row = new or old
        if row is None:
            return None
        cells = tuple(self._cells(_values(old), _values(new), bool(old and new), by_words))
        if old and new and not cells:
            return None
        kind = Kind.CHANGED if old and new else Kind.ADDED if new else Kind.REMOVED
        return RowChange(kind, str(row["id"]), self.row_name(row), cells, _values(row))

    def row_name(self, row: Json) -> str:
        """What Coda calls the row: the text of its display column."""
        return cell_text(row.get("name"), "")

    def _cells(self, old: Json, new: Json, of_both: bool, by_words: bool) -> Iterator[CellChange]:
        known = dict.fromkeys([*self.order, *new, *old])
        for column in known:
            before, after = old.get(column, ABSENT), new.get(column, ABSENT)
            went_with_column = of_both and after is ABSENT and column in self.old and column not in self.new
            if _same(before, after) or went_with_column:
                continue
            was, now = self.old.get(column), self.new.get(column)
            name = (now or was or ColumnFacts(column, "")).name
            texts = _text(before, was or now), _text(after, now or was)
            by_column = of_both and _follows(was, now, (before, after), texts)
            words = changed_words(*texts) if by_words else ()
            yield CellChange(column, name, before, after, *texts, words, by_column)


def _by_id(columns: Sequence[Json]) -> dict[str, ColumnFacts]:
    return {str(column.get("id", "")): column_facts(column) for column in columns}


def _values(row: Json | None) -> Json:
    values = row.get("values") if row else None
    return values if isinstance(values, dict) else {}


def _same(before: Any, after: Any) -> bool:
    """Equal as JSON: unlike Python, it tells 1 from true and from 1.0."""
    if before is ABSENT or after is ABSENT:
        return before is after
    return before == after and json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)


def _text(value: Any, column: ColumnFacts | None) -> str:
    return "" if value is ABSENT else cell_text(value, column.type if column else "")


def _follows(was: ColumnFacts | None, now: ColumnFacts | None, values: tuple[Any, Any], texts: tuple[str, str]) -> bool:
    """Whether a cell differs only because its column is new and it is empty, or because the column's type is new."""
    before, after = values
    if before is ABSENT:
        return was is None and now is not None and (after is False or not texts[1])
    if after is ABSENT or was is None or now is None or was.type == now.type:
        return False
    return _means_the_same(*texts) or (after is False and not texts[0]) or (before is False and not texts[1])


def _means_the_same(before: str, after: str) -> bool:
    if before.casefold() == after.casefold():
        return True
    try:
        return Decimal(before) == Decimal(after)
    except InvalidOperation:
        return False


def changed_words(before: str, after: str) -> tuple[Piece, ...]:
    """The words that differ between two texts of a cell, where both are long and much in them is the same."""
    if min(len(before), len(after)) < _LONG:
        return ()
    pieces = compare_words(before, after)
    return pieces if any(piece.operation == "=" for piece in pieces) else ()


@dataclass(frozen=True)
class TableCells:
    """The rows of a table that differ between two states: read anew each time it is iterated over.

    Rows are joined by id. They meet while both files are read in order (mirror-format.md, law 3); only rows whose
    creation time differs (`strays`), which Coda does not change, are kept until they meet.
    """

    old: Lines
    new: Lines
    columns: ColumnPair

    def __iter__(self) -> Iterator[RowChange]:
        return self._changes(by_words=True)

    def _changes(self, by_words: bool) -> Iterator[RowChange]:
        for before, after in self._joined():
            if change := self.columns.row_change(_row(before), _row(after), by_words):
                yield change

    def counts(self) -> RowCounts:
        """How many rows there are."""
        return self.tallies()[0]

    def tallies(self) -> tuple[RowCounts, RowCounts]:
        """How many rows there are, and of these those that did not merely follow a column."""
        kinds, told = dict.fromkeys(Kind, 0), dict.fromkeys(Kind, 0)
        for change in self._changes(by_words=False):
            kinds[change.kind] += 1
            told[change.kind] += not change.is_by_columns
        return _row_counts(kinds), _row_counts(told)

    def _joined(self) -> Iterator[Pair]:
        waiting: dict[str, Pair] = {}
        strays = self._strays
        for before, after in differing_rows(self.old(), self.new()):
            row_id = "" if before is not None and after is not None else _id(before or after)
            if row_id not in strays:
                yield before, after
            elif (other := waiting.pop(row_id, None)) is None:
                waiting[row_id] = before, after
            else:
                yield before or other[0], after or other[1]

    @cached_property
    def _strays(self) -> frozenset[str]:
        gone: set[str] = set()
        come: set[str] = set()
        for before, after in differing_rows(self.old(), self.new()):
            if after is None:
                gone.add(_id(before))
            elif before is None:
                come.add(_id(after))
        return frozenset(gone & come)


def _row_counts(kinds: Mapping[Kind, int]) -> RowCounts:
    return RowCounts(kinds[Kind.ADDED], kinds[Kind.CHANGED], kinds[Kind.REMOVED])


def compare_rows_of(old: Iterable[bytes], new: Iterable[bytes], columns: ColumnPair) -> RowCounts:
    """Counts rows as `compare_rows` does, but those that merely follow columns which came, went or changed."""
    added = changed = removed = 0
    for left, right in differing_rows(old, new):
        added += left is None
        removed += right is None
        changed += left is not None and right is not None and not _follows_columns(left, right, columns)
    return RowCounts(added, changed, removed)


def _follows_columns(left: bytes, right: bytes, columns: ColumnPair) -> bool:
    """Whether no cell of a row tells anything; its times alone may be those of the change of a column."""
    change = columns.row_change(_row(left), _row(right), by_words=False)
    return change is None or change.is_by_columns


def _row(line: bytes | None) -> Json | None:
    return None if line is None else parse_row(line)


def _id(line: bytes | None) -> str:
    return str((_row(line) or {})["id"])
