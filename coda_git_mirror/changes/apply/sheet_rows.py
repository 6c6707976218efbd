"""The rows of a CSV by their ids, in little memory, and how far they are from a table as it was."""

from __future__ import annotations

import csv
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from coda_git_mirror.errors import UsageError
from coda_git_mirror.format.csv_files import Line
from coda_git_mirror.format.tables import ROW_ID_HEADER

_MOST_NAMED = 8
_AS_MANY = 100
"""A calculated cell that differs tells as much as so many others."""
Texts = Sequence[str]
"""The cells of a row as a CSV has them."""


@dataclass(frozen=True)
class Fingerprints:
    """The rows that have an id, with 8 bytes for each of their cells; `names` are the columns, in their order.

    `without_id` counts the others.
    """

    names: tuple[str, ...]
    rows: Mapping[str, array[int]]
    without_id: int = 0


def fingerprints(names: Sequence[str], records: Iterable[Line]) -> Fingerprints:
    """Reads the rows under a header with these names. Raises UsageError where two have the same id."""
    place = names.index(ROW_ID_HEADER) if ROW_ID_HEADER in names else None
    rows: dict[str, array[int]] = {}
    repeated: list[str] = []
    without_id = 0
    for _, cells in records:
        row_id = "" if place is None else cells[place].strip()
        if not row_id:
            without_id += 1
        elif row_id in rows:
            repeated.append(row_id)
        else:
            rows[row_id] = array("q", map(hash, cells))
    if repeated:
        more = f" and {len(repeated) - _MOST_NAMED} more" if len(repeated) > _MOST_NAMED else ""
        raise UsageError(
            f"The file has a {ROW_ID_HEADER} more than once ({', '.join(repeated[:_MOST_NAMED])}{more}); "
            "leave it empty in rows that are new."
        )
    return Fingerprints(tuple(names), rows, without_id)


@dataclass(frozen=True)
class Distance:
    """How a file differs from a table as it was: `cells` of the `known` rows, which both have, and rows of one alone.

    `calculated` are cells that nobody edits, and that so tell which state it was. `width` is how many cells a row has.
    """

    cells: int = 0
    calculated: int = 0
    known: int = 0
    foreign: int = 0
    missing: int = 0
    width: int = 1

    @property
    def is_of_part(self) -> bool:
        """Whether the file lacks most of the rows, as a part of a table does."""
        return self.missing > self.known

    def total(self, counts_missing: bool) -> int:
        """In cells, of which a whole row has as many as the file has columns."""
        rows = self.foreign + (self.missing if counts_missing else 0)
        return self.cells + self.calculated * _AS_MANY + rows * self.width


class Distances:
    """Compares a file with one state of its table after the other; a line that several of them have is read once."""

    def __init__(self, prints: Fingerprints) -> None:
        self._prints = prints
        self._columns: Sequence[tuple[str, bool]] = ()
        self._known: dict[int, tuple[bool, int, int]] = {}

    def of(self, columns: Sequence[tuple[str, bool]], records: Iterable[bytes]) -> Distance:
        """How far it is from a CSV with these records after its header, and these columns, calculated or not."""
        if columns != self._columns:
            self._columns, self._known = columns, {}
        places = self._places()
        lacking = len(self._prints.names) - len(places) - self._prints.names.count(ROW_ID_HEADER)
        known = missing = cells = calculated = 0
        for record in records:
            mark = hash(record)
            found = self._known.get(mark)
            if found is None:
                found = self._known[mark] = self._compared(record, places)
            known, missing = known + found[0], missing + (not found[0])
            cells, calculated = cells + found[1] + lacking * found[0], calculated + found[2]
        width = max(1, sum(not is_calculated for *_, is_calculated in places) + lacking)
        return Distance(cells, calculated, known, len(self._prints.rows) - known, missing, width)

    def _places(self) -> list[tuple[int, int, bool]]:
        """Where the columns that both have are in the file and in the state."""
        there = {name: (place, is_calculated) for place, (name, is_calculated) in enumerate(self._columns)}
        return [(place, *there[name]) for place, name in enumerate(self._prints.names) if name in there]

    def _compared(self, record: bytes, places: Iterable[tuple[int, int, bool]]) -> tuple[bool, int, int]:
        """Whether the file has a row, how many of its cells differ, and how many of its calculated ones."""
        cells = next(csv.reader([record.decode()], strict=True))
        found = self._prints.rows.get(cells[-1])
        if found is None:
            return False, 0, 0
        differing = [is_calculated for ours, theirs, is_calculated in places if found[ours] != hash(cells[theirs])]
        return True, len(differing) - sum(differing), sum(differing)


def nearest(found: Sequence[Distance]) -> int:
    """Which of these a file differs least from; of several the first."""
    counts_missing = not all(each.is_of_part for each in found)
    totals = [each.total(counts_missing) for each in found]
    return totals.index(min(totals))


def rows_by_id(names: Sequence[str], records: Iterable[Line], wanted: Iterable[str]) -> Iterator[tuple[str, Line]]:
    """The records that have one of these ids, and with the id "" those that have none."""
    ids = Counter(wanted)
    place = names.index(ROW_ID_HEADER) if ROW_ID_HEADER in names else None
    for line, cells in records:
        row_id = "" if place is None else cells[place].strip()
        if row_id in ids:
            yield row_id, (line, cells)
