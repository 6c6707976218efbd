"""The life of a row, and the values of a cell through time, by the lives of the row's lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from coda_git_mirror.actions.browse.columns_over_time import by_id
from coda_git_mirror.actions.browse.mirror import Browsed, NotThere
from coda_git_mirror.actions.browse.pieces import NOWHERE, Piece, Pieces
from coda_git_mirror.actions.browse.row_past import RowPast
from coda_git_mirror.actions.browse.tables import ShownCell, ShownColumn, shown_column
from coda_git_mirror.changes.cells import ColumnPair
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.model.differences import ABSENT, CellChange
from coda_git_mirror.model.looking import IndexedCommit, LineLife

CAME, CHANGED, WENT, CAME_BACK = "came", "changed", "went", "came back"


@dataclass(frozen=True)
class RowStep:
    """A commit by which something became of a row; `before` is the commit before it, none of the first.

    `cells` are those that differ, by the names of their columns then; of a row that came all that are not empty.
    `edited` is when Coda says that the row was edited last, empty where it does not.
    """

    what: str
    commit: IndexedCommit
    before: IndexedCommit | None
    cells: tuple[CellChange, ...]
    edited: str


@dataclass(frozen=True)
class RowPage:
    """A row as of `at`, or as it was last, and what became of it, newest first. `gone`: the commit that took it.

    `values` tells of each column how many values its cell has had.
    """

    doc: str
    table: str
    table_name: str
    row: str
    name: str
    cells: tuple[ShownCell, ...]
    values: Mapping[str, int]
    at: IndexedCommit
    gone: IndexedCommit | None
    is_later: bool
    steps: tuple[RowStep, ...]


@dataclass(frozen=True)
class CellValue:
    """A value that a cell had from the commit `commit` on, `until` another one; `column` is as it was then.

    `is_shown`: it is the one of the time that is looked at.
    """

    commit: IndexedCommit
    before: IndexedCommit | None
    until: IndexedCommit | None
    column: ShownColumn
    text: str
    pieces: tuple[Piece, ...]
    edited: str
    is_shown: bool = False


@dataclass(frozen=True)
class CellPage:
    """The values of a cell, newest first. `column` is as it was last; `gone`: the commit that took row or column."""

    doc: str
    table: str
    table_name: str
    row: str
    row_name: str
    column: ShownColumn
    is_removed: bool
    at: IndexedCommit
    gone: IndexedCommit | None
    values: tuple[CellValue, ...]


def row_page(browsed: Browsed, doc: str, item: str, row: str, at: IndexedCommit) -> RowPage:
    """A row as of a commit; a row that is gone by then as it was last. Raises NotThere."""
    past = RowPast(browsed, doc, item, row, at)
    seen = past.seen()
    known = past.rows[seen.life]
    columns = [Column.of(column) for column in past.columns.at(seen.at.number)]
    grid = past.grid(seen.at)
    pieces = Pieces(grid.surroundings if grid else NOWHERE)
    return RowPage(
        doc=doc,
        table=past.table,
        table_name=past.table_name(),
        row=row,
        name=_name(known),
        cells=tuple(_cells(pieces, columns, known)),
        values={column.id: _count(past, column.id) for column in columns},
        at=seen.at,
        gone=seen.gone,
        is_later=seen.is_later,
        steps=tuple(_steps(past))[::-1],
    )


def _cells(pieces: Pieces, columns: Sequence[Column], row: Json) -> Iterator[ShownCell]:
    for place, column in enumerate(columns):
        value = row["values"].get(column.id)
        text = pieces.text(value, column.kind)
        yield ShownCell(shown_column(column, place), text, pieces.of(value, text, column.kind))


def _count(past: RowPast, column: str) -> int:
    """How many values `cell_page` tells of a cell."""
    had = [past.value(life, column) for life in past.lives]
    went_on = [after.born == before.died for before, after in pairwise(past.lives)]
    new = [not (each and _same(before, now)) for each, (before, now) in zip(went_on, pairwise(had), strict=True)]
    return sum(is_new and value is not ABSENT for is_new, value in zip([True, *new], had, strict=True))


def _name(row: Json) -> str:
    return cell_text(row.get("name"))


def _steps(past: RowPast) -> Iterator[RowStep]:
    """Oldest first; lives that merely went along with their table or its columns tell nothing."""
    before: LineLife | None = None
    for life in past.lives:
        if before and before.died and before.died.number < life.born.number:
            yield _went(past, before.died)
        if step := _step(past, before, life):
            yield step
        before = life
    if past.gone:
        yield _went(past, past.gone)


def _went(past: RowPast, commit: IndexedCommit) -> RowStep:
    return RowStep(WENT, commit, past.commit(commit.number - 1), (), "")


def _step(past: RowPast, before: LineLife | None, life: LineLife) -> RowStep | None:
    """What became of a row when a line of it began."""
    commit, new = life.born, past.rows[life]
    is_changed = before is not None and before.died == commit
    was = past.columns.at(commit.number - 1) if is_changed else []
    columns = ColumnPair(was, past.columns.at(commit.number))
    change = columns.row_change(past.rows[before] if before and is_changed else None, new)
    if change is None or change.is_by_columns:
        return None
    what = CHANGED if is_changed else CAME_BACK if before else CAME
    edited = str(new.get("updatedAt") or "")
    cells = tuple(cell for cell in change.cells if not cell.by_column)
    return RowStep(what, commit, past.commit(commit.number - 1), cells, edited)


def cell_page(browsed: Browsed, doc: str, item: str, row: str, column: str, at: IndexedCommit) -> CellPage:
    """The values that a cell has had. Raises NotThere where the mirror never had such a row or column."""
    past = RowPast(browsed, doc, item, row, at)
    values = tuple(_marked(value, at) for value in _values(past, column))[::-1]
    last = past.lives[-1]
    number = last.died.number - 1 if last.died else past.commits[0].number
    now = by_id(past.columns.at(number)).get(column)
    if now is None and not values:
        raise NotThere(f"The mirror has never had a column {column} in this table.")
    shown = shown_column(Column.of(now)) if now else values[0].column
    return CellPage(
        doc=doc,
        table=past.table,
        table_name=past.table_name(),
        row=row,
        row_name=_name(past.rows[last]),
        column=shown,
        is_removed=now is None,
        at=past.seen().at,
        gone=values[0].until if values else past.gone,
        values=values,
    )


def _values(past: RowPast, column: str) -> Iterator[CellValue]:
    """Oldest first, each once; a value that went and came back is told twice."""
    last: CellValue | None = None
    before: object = ABSENT
    ended: IndexedCommit | None = None
    for life in past.lives:
        now = past.value(life, column)
        if last and not (ended == life.born and _same(before, now)):
            yield replace(last, until=ended)
            last = None
        if last is None and now is not ABSENT:
            last = _value(past, life, column, now)
        before, ended = now, life.died
    if last:
        yield replace(last, until=past.gone)


def _marked(value: CellValue, at: IndexedCommit) -> CellValue:
    is_over = value.until is not None and value.until.number <= at.number
    return replace(value, is_shown=value.commit.number <= at.number and not is_over)


def _same(before: object, now: object) -> bool:
    """Equal as JSON: unlike Python, it tells 1 from true and from 1.0."""
    return before == now and repr(before) == repr(now)


def _value(past: RowPast, life: LineLife, column_id: str, value: object) -> CellValue:
    columns: Mapping[str, Json] = by_id(past.columns.at(life.born.number))
    column = Column.of(columns[column_id]) if column_id in columns else Column(column_id, column_id)
    taken_apart = past.pieces(life.born, life.text.encode("utf-8", "surrogatepass"))
    text = taken_apart.text(value, column.kind)
    return CellValue(
        commit=life.born,
        before=past.commit(life.born.number - 1),
        until=None,
        column=shown_column(column),
        text=text,
        pieces=taken_apart.of(value, text, column.kind),
        edited=str(past.rows[life].get("updatedAt") or ""),
    )
