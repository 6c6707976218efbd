"""A page of a table or view: some of its rows, sorted and searched as an address asks for it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coda_git_mirror.actions.browse.grids import Grid, row_of
from coda_git_mirror.actions.browse.pieces import PLAIN, Piece, Pieces, clipped
from coda_git_mirror.actions.browse.sheets import Sheets
from coda_git_mirror.actions.browse.view_words import ledger_notes, view_words
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.model.content import Column
from coda_git_mirror.model.looking import IndexedCommit
from coda_git_mirror.sql.sheets import Choice, SheetRow

ROWS = 200
"""Of a page."""
_SHORT = 60
_NUMBERS = frozenset({"number", "percent", "currency", "slider", "scale", "progressBar"})
_LOOKS = {**dict.fromkeys(_NUMBERS, "number"), "checkbox": "check"}
_LOOKS |= dict.fromkeys(("date", "dateTime", "time", "createdAt", "modifiedAt"), "when")
_LOOKS |= dict.fromkeys(("image", "imageReference", "attachments"), "files")


@dataclass(frozen=True)
class Asked:
    """What an address asks for: `sort` is a column's id or name, with `-` before it from the last to the first."""

    sort: str = ""
    words: str = ""
    page: int = 1


@dataclass(frozen=True)
class ShownColumn:
    """`look` says how its cells are drawn: number, check, when, files or text. `place` is its own in the CSV."""

    id: str
    name: str
    kind: str
    look: str
    formula: str
    place: int


@dataclass(frozen=True)
class ShownCell:
    """A cell with as much as has room in a table; `text` is that of the CSV, whole."""

    column: ShownColumn
    text: str
    pieces: tuple[Piece, ...]

    @property
    def is_plain(self) -> bool:
        """Whether nothing in it leads anywhere by itself."""
        return all(piece.kind in PLAIN for piece in self.pieces)

    @property
    def is_long(self) -> bool:
        """Whether it is to have room beside others, lest it become very tall."""
        return len(self.text) > _SHORT


@dataclass(frozen=True)
class ShownRow:
    """Its cells in the order of the columns; `name` is what Coda calls the row."""

    id: str
    name: str
    cells: tuple[ShownCell, ...]


@dataclass(frozen=True)
class TablePage:
    """`columns` begin with the one by which rows are called. `total` rows are there, `found` have the words.

    `table` is the id of the table whose rows these are, and `base_name` its name where this is a view of it.
    `sort` is the column by which the rows are sorted, if there is one of the name that was asked for.
    """

    grid: Grid
    columns: tuple[ShownColumn, ...]
    rows: tuple[ShownRow, ...]
    total: int
    found: int
    page: int
    pages: int
    words: str
    sort: ShownColumn | None
    descending: bool
    table: str
    base_name: str
    about: tuple[str, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def first(self) -> int:
        """The place of the first row of the page among those that have the words, from 1 on."""
        return (self.page - 1) * ROWS + 1

    @property
    def files(self) -> tuple[str, ...]:
        """The mirror's own files of it, where they lie in the mirror."""
        return tuple(path for suffix in (".csv", ".jsonl", ".json") for path in self.grid.files(suffix))


def table_page(grid: Grid, sheets: Sheets, asked: Asked) -> TablePage:
    """The rows of a page; of one that is out of range the last one. A column that is not there does not sort."""
    columns, choice = _columns(grid), choice_of(grid, asked)
    total, found, page, rows = _rows(grid, sheets, choice, asked.page)
    base = grid.base
    return TablePage(
        grid=grid,
        columns=columns,
        rows=tuple(_shown_rows(grid, columns, rows)),
        total=total,
        found=found,
        page=page,
        pages=_pages(found),
        words=asked.words,
        sort=next((column for column in columns if column.place == choice.column), None),
        descending=choice.descending,
        table=base.id if base else grid.id,
        base_name=base.name if base and grid.is_view else "",
        about=tuple(view_words(grid)) if grid.is_view else (),
        left_out=_left_out(grid),
        notes=(*ledger_notes(grid), *_unknown(asked, choice)),
    )


def choice_of(grid: Grid, asked: Asked) -> Choice:
    """The rows that an address asks for; `column` is None where it names none that is there."""
    place, descending = sorted_by(grid.columns, asked.sort)
    by_number = place is not None and grid.columns[place].kind not in _BY_TEXT
    return Choice(asked.words, place, descending, by_number)


_BY_TEXT = frozenset({"text", "canvas", "date", "dateTime", "time", "person", "email", "link"})


def is_known(asked: Asked, choice: Choice) -> bool:
    """Whether the column to sort by is there, if one was asked for."""
    return not asked.sort or choice.column is not None


def _unknown(asked: Asked, choice: Choice) -> Iterator[str]:
    if not is_known(asked, choice):
        yield f"There is no column “{asked.sort.removeprefix('-')}” here, so the rows stand in their own order."


def sorted_by(columns: Sequence[Column], sort: str) -> tuple[int | None, bool]:
    """Which column is meant, None of none that is there, and whether its last value is to come first.

    Ids come before names, and a name that begins with `-` before the same without it.
    """
    plain = sort.removeprefix("-")
    for named in ("id", "name"):
        for word, descending in ((sort, False), (plain, sort != plain)):
            for place, column in enumerate(columns):
                if word and getattr(column, named) == word:
                    return place, descending
    return None, False


def _rows(grid: Grid, sheets: Sheets, choice: Choice, page: int) -> tuple[int, int, int, Sequence[SheetRow]]:
    """How many there are, how many of these are chosen, the page that there is, and its rows."""
    total = grid.row_count or 0
    if choice == Choice() and (page <= 1 or total <= ROWS):
        rows = grid.first_rows(ROWS)
        if len(rows) == min(total, ROWS):
            return total, total, 1, rows
    with sheets.sheet(grid) as sheet:
        total, found = sheet.count(Choice()), sheet.count(choice)
        there = min(max(page, 1), _pages(found))
        return total, found, there, sheet.rows(choice, (there - 1) * ROWS, ROWS)


def _pages(found: int) -> int:
    return max(1, -(-found // ROWS))


def _columns(grid: Grid) -> tuple[ShownColumn, ...]:
    """The columns, the one by which rows are called first."""
    shown = [shown_column(column, place) for place, column in enumerate(grid.columns)]
    first = _display(grid)
    return tuple(sorted(shown, key=lambda column: column.id != first))


def shown_column(column: Column, place: int = 0) -> ShownColumn:
    """A column as pages of browse show it."""
    formula = column.raw.get("formula")
    look = _LOOKS.get(column.kind, "text")
    return ShownColumn(column.id, column.name, column.kind, look, formula if isinstance(formula, str) else "", place)


def _display(grid: Grid) -> str:
    told = grid.entry.get("displayColumn")
    marked = (column.id for column in grid.columns if column.raw.get("display") is True)
    return str(told["id"]) if isinstance(told, dict) and told.get("id") else next(marked, "")


def _left_out(grid: Grid) -> tuple[str, ...]:
    """The names of the columns of its table that a view does not show."""
    shown = {column.id for column in grid.columns}
    columns = grid.base.columns if grid.is_view and grid.base else ()
    return tuple(column.name for column in columns if column.id not in shown)


def _shown_rows(grid: Grid, columns: Sequence[ShownColumn], rows: Sequence[SheetRow]) -> Iterator[ShownRow]:
    pieces = Pieces(grid.surroundings)
    for row in rows:
        known = row_of(row)
        values = known["values"]
        cells = tuple(shown_cell(pieces, column, values.get(column.id), row.texts[column.place]) for column in columns)
        name = cell_text(known.get("name")) or (cells[0].text if cells else "")
        yield ShownRow(row.id, name, cells)


def shown_cell(pieces: Pieces, column: ShownColumn, value: object, text: str) -> ShownCell:
    """A cell by its value in the JSONL, as far as that is known, and its text."""
    return ShownCell(column, text, clipped(pieces.of(value, text, column.kind)))


def rollback_command(mirror: Path, doc: str, table: str, at: IndexedCommit, row: str = "") -> str:
    """The command that shows how the rows of a table, or one row, would come back, quoted for a POSIX shell."""
    only = ["--row", row] if row else []
    return shlex.join(["coda-git-mirror", "rollback", doc, table, "--at", at.id[:10], *only, "-o", str(mirror)])
