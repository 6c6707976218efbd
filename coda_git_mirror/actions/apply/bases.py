"""The state of a table that a CSV was made from, which is the base that its changes are told by."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from coda_git_mirror.actions.log.docs import doc_steps
from coda_git_mirror.actions.log.rows import HeldTable
from coda_git_mirror.changes.apply.sheet_rows import Distance, Distances, Fingerprints, Texts, nearest
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.changes.trees import DamagedFile
from coda_git_mirror.changes.writable_columns import unwritable_column
from coda_git_mirror.errors import UsageError
from coda_git_mirror.format.asset_cells import LARGEST_CELL
from coda_git_mirror.format.table_parts import CSV, JSONL, whole_csv
from coda_git_mirror.format.tables import columns_of, parse_row
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.sync_commits import SyncCommits
from coda_git_mirror.model.content import Column, Json

_JSON = ".json"
_MOST_VERSIONS = 500
_ENOUGH_CELLS = 10
"""Of fewer cells nobody can tell whether most of them are others."""


@dataclass(frozen=True)
class Base:
    """A table or view as a commit holds it: `grid` has its CSV and columns, `table` the rows in full."""

    commit: str
    grid: HeldTable
    table: HeldTable

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Its columns in order. Raises DamagedFile."""
        for file in self.grid.files(_JSON):
            with self.grid.side.blaming(file):
                return columns_of(self.grid.side.read(file))
        return ()

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Its columns as the header of its CSV names them, in order."""
        names = next(self._records(self.grid.files(CSV)), [])[:-1]
        return dict(zip(names, self.columns, strict=False))

    def distance(self, file: Distances) -> Distance:
        """How far a file is from it. Raises DamagedFile."""
        files = self.grid.files(CSV)
        columns = [(name, unwritable_column(column) is not None) for name, column in self.by_name.items()]
        try:
            return file.of(columns, islice(whole_csv(map(self.grid.side.lines, files)), 1, None))
        except (csv.Error, UnicodeDecodeError, IndexError) as error:
            raise DamagedFile(next(iter(files), "a table's CSV")) from error

    def rows(self) -> Iterator[tuple[str, Texts]]:
        """The rows of its CSV: their ids, and the texts of their cells in order."""
        return self._rows(self.grid.files(CSV))

    def part_ids(self, part: int) -> frozenset[str] | None:
        """The rows in one of several files that hold it; None where one holds all."""
        files = self.grid.files(CSV)
        return frozenset(row for row, _ in self._rows(files[part - 1 : part])) if len(files) > 1 else None

    def texts(self, wanted: Collection[str]) -> Iterator[tuple[str, dict[str, str]]]:
        """Rows of its CSV, those whose ids are wanted, by column."""
        ids = [column.id for column in self.by_name.values()]
        yield from ((row, dict(zip(ids, cells, strict=False))) for row, cells in self.rows() if row in wanted)

    def values(self, wanted: Callable[[str], bool]) -> Iterator[Json]:
        """Rows in full, those whose ids are wanted."""
        for file in self.table.files(JSONL):
            with self.table.side.blaming(file):
                yield from (row for line in self.table.side.lines(file) if wanted((row := parse_row(line))["id"]))

    def _rows(self, files: Sequence[str]) -> Iterator[tuple[str, Texts]]:
        return ((cells[-1], cells[:-1]) for cells in islice(self._records(files), 1, None))

    def _records(self, files: Iterable[str]) -> Iterator[list[str]]:
        csv.field_size_limit(LARGEST_CELL)
        lines = whole_csv(map(self.grid.side.lines, files))
        try:
            yield from csv.reader((line.decode() for line in lines), strict=True)
        except (csv.Error, UnicodeDecodeError) as error:
            raise DamagedFile(next(iter(files), "a table's CSV")) from error


def base_at(commit: str, side: Side, grid: str) -> Base | None:
    """A table or view with its rows in full as a doc's state holds it; None where it does not."""
    stored = side.stored()
    entry = stored.tables.get(grid) or stored.views.get(grid)
    parent = (entry or {}).get("parentTable") if grid in stored.views else {"id": grid}
    table = stored.tables.get(str(parent.get("id"))) if isinstance(parent, dict) else None
    shown, whole = HeldTable(side, entry), HeldTable(side, table)
    return Base(commit, shown, whole) if shown.files(CSV) and shown.files(_JSON) and whole.files(JSONL) else None


def versions(repository: Repository, tip: str, doc: str, grid: str) -> Iterator[Base]:
    """The states of a table that differ in its CSV, newest first, each with the newest commit that has it.

    Only those that syncs made: what somebody else commits is not what Coda had.
    """
    history = History(repository)
    synced = {commit.id for commit in SyncCommits(repository, LAST_TRAILER).made(tip=tip)}
    newest = tip
    seen: object = None
    for step in doc_steps(history, doc, tip):
        found = base_at(newest, step.after, grid) if step.after.place and step.commit.id in synced else None
        digests = [step.after.digest(file) for file in found.grid.files(CSV)] if found else None
        if found and digests != seen:
            yield found
        seen = digests
        newest = step.commit.parent or newest


def nearest_base(prints: Fingerprints, found: Iterable[Base]) -> Base | None:
    """The state that a file differs least from, of several the newest; None where there is no state.

    Raises UsageError where it is not plain which one that is.
    """
    bases: list[Base] = []
    distances: list[Distance] = []
    all_of_file = Distances(prints)
    for base in islice(found, _MOST_VERSIONS):
        bases.append(base)
        distances.append(base.distance(all_of_file))
        if distances[-1].total(counts_missing=True) == 0:
            break
    if not bases:
        return None
    place = nearest(distances)
    if distances[place] in distances[place + 1 :] and _is_doubtful(distances[place]):
        raise UsageError(
            f"The file has most cells otherwise than any state of its table had them, and is as near to several "
            f"({bases[place].commit[:10]} is the newest of these); give the revision that it was made from with --base."
        )
    return bases[place]


def _is_doubtful(found: Distance) -> bool:
    compared = found.known * found.width
    return compared >= _ENOUGH_CELLS and found.cells * 2 > compared
