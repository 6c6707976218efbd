"""Rows of the revision that Coda has no more, and the order in which they can come back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from coda_git_mirror.model.cell_values import CellValue, references


@dataclass(frozen=True, slots=True)
class LostRow:
    """A row of the revision: what its cells mean in the columns that can be written, in their order.

    `shut` are the columns that cannot be written in which it has a value, `later` those whose cells have to wait until
    rows that they point to have come.
    """

    id: str
    name: str
    cells: Mapping[str, CellValue]
    shut: tuple[str, ...] = ()
    later: frozenset[str] = frozenset()

    def awaited(self) -> set[str]:
        """The rows to which cells point that are filled at once."""
        return {target for column, target in self.pointed_at() if column not in self.later}

    def pointed_at(self) -> Iterator[tuple[str, str]]:
        """The column and the row of each reference."""
        for column, value in self.cells.items():
            for reference in references(value):
                yield column, reference.row


def in_order(rows: Sequence[LostRow]) -> list[LostRow]:
    """Each row after those that it points to, else as they stand; where they point in a circle, some cells wait."""
    waiting = {row.id: _waiting_for(row, {row.id}) for row in rows}
    targets = {row.id: row.awaited() & waiting.keys() for row in waiting.values()}
    pointing = _reversed(targets)
    places = {row.id: place for place, row in enumerate(rows)}
    ordered: list[LostRow] = []
    ready = [row.id for row in rows if not targets[row.id]]
    while waiting:
        if not ready:
            ready = [_in_a_circle(next(iter(waiting)), targets)]
        for row_id in ready:
            row = waiting.pop(row_id)
            ordered.append(_waiting_for(row, targets.pop(row_id)))
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
    later = {column for column, target in row.pointed_at() if target in targets}
    return replace(row, later=row.later | later) if later else row
