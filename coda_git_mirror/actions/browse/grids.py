"""A table or view as a revision holds it: its columns, and its rows as the CSV has them with their lines of JSONL."""

from __future__ import annotations

import csv
import json
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from coda_git_mirror.actions.browse.pieces import Surroundings
from coda_git_mirror.actions.held import Held, HeldDoc
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format import layout
from coda_git_mirror.format.asset_cells import LARGEST_CELL
from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.format.table_parts import CSV, JSONL, stem_of, whole_csv
from coda_git_mirror.format.tables import columns_of, parse_row
from coda_git_mirror.model.content import Column, Json, name_of, row_count_of
from coda_git_mirror.sql.sheets import SheetRow

_DESCRIPTION = ".json"
_OWN_ID = re.compile(rb'"id":("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True)
class Grid:
    """`entry` is what `metadata.json` says of it. Raises MirrorError where a file of it is damaged."""

    held: Held
    doc: HeldDoc
    entry: Json
    is_view: bool

    @property
    def id(self) -> str:
        return str(self.entry["id"])

    @property
    def name(self) -> str:
        return name_of(self.entry)

    @property
    def row_count(self) -> int | None:
        """As the mirror wrote it down; None where it could never read the rows."""
        return row_count_of(self.entry)

    @cached_property
    def base(self) -> Grid | None:
        """The table whose rows these are; of a table itself. None where the mirror does not hold it."""
        if not self.is_view:
            return self
        above = self.entry.get("parentTable")
        table = self.doc.stored.tables.get(str(above.get("id"))) if isinstance(above, dict) else None
        return Grid(self.held, self.doc, table, is_view=False) if table else None

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """In the order of the CSV; none where the mirror could never read it."""
        for path in self.require(_DESCRIPTION):
            try:
                return columns_of(self.held.tree.read(path))
            except DamagedContent as error:
                raise self._damaged(path) from error
        return ()

    @cached_property
    def surroundings(self) -> Surroundings:
        folder = self.doc.record.path if self.doc.record else ""
        return Surroundings(folder, self.doc.stored.assets)

    def files(self, suffix: str) -> tuple[str, ...]:
        """Where its files with this suffix lie in the mirror, in order; none unless all are there."""
        return self.doc.table_files(self.entry, suffix)

    def require(self, suffix: str) -> tuple[str, ...]:
        """The same; raises MirrorError where they are not all there, although the mirror has read the rows."""
        files = self.files(suffix)
        if not files and self.entry.get("file"):
            raise self._damaged(layout.inside(self.surroundings.folder, f"{stem_of(self.entry)}{suffix}"))
        return files

    @property
    def contents(self) -> tuple[str, ...]:
        """What tells whether two grids have the same rows: the ids of the files that these are in."""
        records = self.base.files(JSONL) if self.base else ()
        return tuple(self.held.tree.digest(path) or "" for path in (*self.files(CSV), *records))

    def csv_lines(self) -> Iterator[bytes]:
        """The mirror's own CSV; of one in parts the parts one after the other, with one header."""
        return whole_csv(map(self.held.tree.lines, self.require(CSV)))

    def records(self) -> Iterator[bytes]:
        """The JSONL of the table whose rows these are, likewise."""
        return self.held.lines(self.base.files(JSONL)) if self.base else iter(())

    def rows(self) -> Iterator[SheetRow]:
        """Each row in the order of the CSV. Those of a view have no lines yet; see `numbered_records`."""
        records = iter(()) if self.is_view else self.records()
        for cells in self._cells():
            yield SheetRow(cells[-1], cells[:-1], next(records, b""))

    def numbered_records(self) -> Iterator[tuple[str, bytes]]:
        """The lines of the JSONL with the ids of their rows."""
        return ((row_id_in(line), line) for line in self.records())

    def first_rows(self, most: int) -> list[SheetRow]:
        """The first rows, which takes no longer where there are very many."""
        rows = list(islice(self.rows(), most))
        return self._with_lines(rows) if self.is_view else rows

    def _with_lines(self, rows: list[SheetRow]) -> list[SheetRow]:
        wanted = {row.id for row in rows}
        found: dict[str, bytes] = {}
        for row_id, line in self.numbered_records() if wanted else ():
            if row_id in wanted:
                found[row_id] = line
                if len(found) == len(wanted):
                    break
        return [row._replace(line=found.get(row.id, b"")) for row in rows]

    def _damaged(self, path: str) -> MirrorError:
        return damaged_at(self.held.tree.commit or "", path, self.held.repository.root)

    def _cells(self) -> Iterator[list[str]]:
        """The records of the CSV, each as long as the columns want it; the row's id comes last."""
        csv.field_size_limit(LARGEST_CELL)
        width = len(self.columns) + 1
        try:
            for cells in islice(csv.reader(_texts(self.csv_lines()), strict=True), 1, None):
                yield cells if len(cells) == width else _fitted(cells, width)
        except (csv.Error, UnicodeDecodeError) as error:
            raise self._damaged(self.files(CSV)[0]) from error


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    return (line.decode() for line in lines)


def _fitted(cells: list[str], width: int) -> list[str]:
    """A record that somebody has made shorter or longer: its last cell is still the row's id."""
    *texts, row_id = cells or [""]
    return [*texts[: width - 1], *[""] * (width - 1 - len(texts)), row_id]


def row_id_in(line: bytes) -> str:
    """The id of the row in a line of a JSONL, found without reading the line; empty where there is none."""
    found = _OWN_ID.search(line)
    return str(json.loads(found[1])) if found else ""


def row_of(row: SheetRow) -> Json:
    """The row as Coda gave it; without a name and values where its line is not there, or is another's or damaged."""
    try:
        found = parse_row(row.line) if row.line else None
    except DamagedContent:
        found = None
    return found if found and found["id"] == row.id else {"id": row.id, "values": {}}


def damaged_at(commit: str, path: str, mirror: Path) -> MirrorError:
    """What to say of a file that is not as this program writes it in some revision of a mirror."""
    listing = shlex.join(["coda-git-mirror", "verify", commit[:10], "-o", str(mirror)])
    return MirrorError(f"{path} is missing or damaged in revision {commit[:10]}; `{listing}` names all that is.")


def open_grid(held: Held, doc_id: str, item_id: str) -> Grid | None:
    """A table or view by its id; None where the revision does not have it."""
    if doc_id not in held.docs:
        return None
    doc = held.doc(doc_id)
    for entries, is_view in ((doc.stored.tables, False), (doc.stored.views, True)):
        if entry := entries.get(item_id):
            return Grid(held, doc, entry, is_view)
    return None
