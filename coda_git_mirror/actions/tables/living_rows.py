"""The rows of a table as Coda has them, on the disk while a plan is made: a table need not fit in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import NamedTuple, Self

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.clock import Clock
from coda_git_mirror.disk.temporary import temporary_file
from coda_git_mirror.errors import NotYetFresh
from coda_git_mirror.format.tables import parse_row, row_key
from coda_git_mirror.format.text import json_line
from coda_git_mirror.model.content import Json
from coda_git_mirror.progress import Progress

_BATCH = 500
NOT_FRESH = "Edits of the last seconds may be missing: Coda does not show them yet."
"""What to tell of a plan that was made from rows which are not fresh."""
_PATIENCE = 30.0
_FIRST_WAIT = 2.0
"""Seconds."""
_KEPT = ("id", "name", "createdAt", "values")


class _Place(NamedTuple):
    begin: int
    size: int
    key: str


class RowsOnDisk:
    """Takes rows as they arrive, each once; afterwards gives any of them by its id. Gone with `close`.

    `is_fresh`: they are sure to show every edit that Coda had taken.
    """

    def __init__(self, progress: Progress) -> None:
        self._file, self.progress = temporary_file(), progress
        self._places: dict[str, _Place] = {}
        self._end = 0
        self.is_fresh = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def restart(self) -> None:
        """Forgets what was taken."""
        self._places.clear()
        self._file.seek(0)
        self._file.truncate()
        self._end = 0

    def take(self, items: list[Json]) -> None:
        """Of a row that comes twice the later one counts."""
        lines = [json_line(_kept(item)) for item in items]
        self._file.seek(self._end)
        self._file.write(b"".join(lines))
        for item, line in zip(items, lines, strict=True):
            self._places[item["id"]] = _Place(self._end, len(line), row_key(item))
            self._end += len(line)
        self.progress.rows_read(len(items))

    def take_all(self, rows: Iterable[Json]) -> None:
        """Takes many rows, few at a time."""
        each = iter(rows)
        while batch := list(islice(each, _BATCH)):
            self.take(batch)

    def __contains__(self, row_id: object) -> bool:
        return row_id in self._places

    def __len__(self) -> int:
        return len(self._places)

    def ids(self) -> Sequence[str]:
        """All ids, in the order of creation."""
        return sorted(self._places, key=lambda row_id: self._places[row_id].key)

    def row(self, row_id: str) -> Json:
        """A row that is there: its id, name, time of creation and values."""
        place = self._places[row_id]
        self._file.seek(place.begin)
        return parse_row(self._file.read(place.size))

    def __iter__(self) -> Iterator[Json]:
        return map(self.row, self.ids())


def _kept(row: Json) -> Json:
    kept = {name: row[name] for name in _KEPT if name in row}
    return kept if isinstance(kept.get("values"), dict) else {**kept, "values": {}}


def read_rows(source: Source, doc: str, table: str, progress: Progress, clock: Clock) -> RowsOnDisk:
    """All rows of a table; Coda is given some seconds to show the last edits. Raises what `Source` raises."""
    rows = RowsOnDisk(progress)
    try:
        rows.is_fresh = _read_fresh(source, doc, table, rows, clock)
        if not rows.is_fresh:
            source.rows(doc, table, rows)
    except BaseException:
        rows.close()
        raise
    return rows


def _read_fresh(source: Source, doc: str, table: str, rows: RowsOnDisk, clock: Clock) -> bool:
    """Whether the rows could be read so that no edit is missing."""
    deadline, wait = clock.now() + _PATIENCE, _FIRST_WAIT
    while True:
        try:
            source.rows(doc, table, rows, fresh=True)
            return True
        except NotYetFresh:
            left = deadline - clock.now()
        if left <= 0:
            return False
        if wait == _FIRST_WAIT:
            rows.progress.note(f"Coda does not show the last edits of this doc yet; waiting up to {_PATIENCE:.0f} s.")
        clock.sleep(min(wait, left))
        wait *= 2
