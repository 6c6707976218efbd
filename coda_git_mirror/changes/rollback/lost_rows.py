"""Rows of the revision that Coda has no more, and the order in which they can come back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from coda_git_mirror.changes.write_sizes import LARGEST_ROW
from coda_git_mirror.model.cell_values import CellValue, HostedFile, Many, RowReference, references, singles
from coda_git_mirror.model.packed_cells import packed, unpacked, unpacked_at

_NAMING = frozenset({RowReference, HostedFile, Many})
"""What may name rows or files."""
_MOST_DIGITS = 330
"""More bytes than a number has that is sent, or the id of a row."""


@dataclass(frozen=True, slots=True)
class LostRow:
    """A row of the revision; its cells are in `content`, packed, for the `columns` that can be written, in their order.

    `targets` are the column and the row of each reference, `shut` the columns that cannot be written in which it has a
    value, `later` those whose cells have to wait until rows that they point to have come. `may_be_large`: it may have
    more bytes than Coda takes.
    """

    id: str
    name: str
    columns: tuple[str, ...]
    content: bytes
    targets: tuple[tuple[str, str], ...] = ()
    may_be_large: bool = False
    shut: tuple[str, ...] = ()
    later: frozenset[str] = frozenset()

    @property
    def cells(self) -> dict[str, CellValue]:
        """What the cells mean, made anew each time."""
        return dict(zip(self.columns, unpacked(self.content), strict=True))

    def cell(self, column: str) -> CellValue:
        """What one of them means."""
        return unpacked_at(self.content, self.columns.index(column))

    def awaited(self) -> set[str]:
        """The rows to which cells point that are filled at once."""
        return {target for column, target in self.targets if column not in self.later}


def lost_row(
    row: str, name: str, columns: tuple[str, ...], values: Sequence[CellValue], shut: Sequence[str]
) -> LostRow:
    """A row whose cells mean this in these columns. A file may be sent by a longer address."""
    content = packed(values)
    naming = [(column, value) for column, value in zip(columns, values, strict=True) if type(value) in _NAMING]
    targets = tuple((column, each.row) for column, value in naming for each in references(value))
    has_files = any(isinstance(each, HostedFile) for _, value in naming for each in singles(value))
    most = 2 * len(content) + _MOST_DIGITS * (len(columns) + len(targets))
    return LostRow(row, name, columns, content, targets, has_files or most > LARGEST_ROW, tuple(shut))


def in_order(rows: Sequence[LostRow]) -> list[LostRow]:
    """Each row after those that it points to, else as they stand; where they point in a circle, some cells wait."""
    waiting = {row.id: _waiting_for(row, {row.id}) for row in rows}
    targets = {row.id: found for row in waiting.values() if (found := row.awaited() & waiting.keys())}
    pointing = _reversed(targets)
    places = {row.id: place for place, row in enumerate(rows)} if targets else {}
    ordered: list[LostRow] = []
    ready = [row.id for row in rows if row.id not in targets]
    while waiting:
        if not ready:
            ready = [_in_a_circle(next(iter(waiting)), targets)]
        for row_id in ready:
            row = waiting.pop(row_id)
            ordered.append(_waiting_for(row, targets.pop(row_id, set())))
        freed = {each for row_id in ready for each in _without(row_id, pointing.get(row_id, ()), targets)}
        ready = sorted(freed, key=places.__getitem__)
    return ordered


def _reversed(targets: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    pointing: dict[str, list[str]] = {}
    for row, pointed_at in targets.items():
        for target in pointed_at:
            pointing.setdefault(target, []).append(row)
    return pointing


def _without(row: str, pointing: Iterable[str], targets: Mapping[str, set[str]]) -> Iterator[str]:
    """The rows that wait for nothing more once this one has come."""
    for other in pointing:
        if other in targets:
            targets[other].discard(row)
            if not targets[other]:
                yield other


def _in_a_circle(row: str, targets: Mapping[str, set[str]]) -> str:
    """A row that is in a circle to which this one leads."""
    seen: set[str] = set()
    while row not in seen:
        seen.add(row)
        row = min(targets[row])
    return row


def _waiting_for(row: LostRow, targets: set[str]) -> LostRow:
    """The row with those cells left for later that point to any of these rows."""
    later = {column for column, target in row.targets if target in targets}
    return replace(row, later=row.later | later) if later else row
