"""The lives of one row of a table, as the index knows them, and what surrounded it at each time."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from coda_git_mirror.actions.browse.columns_over_time import ColumnsOverTime, by_id
from coda_git_mirror.actions.browse.found import commit_numbered
from coda_git_mirror.actions.browse.grids import Grid, open_grid
from coda_git_mirror.actions.browse.mirror import Browsed, NotThere
from coda_git_mirror.actions.browse.pieces import NOWHERE, Pieces
from coda_git_mirror.format.assets import may_show_files
from coda_git_mirror.format.tables import parse_row
from coda_git_mirror.model.content import Json
from coda_git_mirror.model.differences import ABSENT
from coda_git_mirror.model.looking import IndexedCommit, LineLife


class Seen(NamedTuple):
    """A row at a time: its line, the commit by which it is shown, and what took it since, or that it came later."""

    life: LineLife
    at: IndexedCommit
    gone: IndexedCommit | None
    is_later: bool


class RowPast:
    """The lives of a row's lines, oldest first, for whoever looks at a commit.

    Raises NotThere where the mirror never had such a row, StillReading where that is not known yet.
    """

    def __init__(self, browsed: Browsed, doc: str, item: str, row: str, at: IndexedCommit) -> None:
        self._browsed, self._at, self.doc = browsed, at, doc
        self.table = _base_of(browsed, doc, item)
        browsed.require_rows(doc, self.table)
        self.lives = browsed.index.row_lives(doc, self.table, row)[::-1]
        if not self.lives:
            raise NotThere(f"The mirror has never had a row {row} in this table.")
        self.commits = browsed.index.commits()

    def commit(self, number: int) -> IndexedCommit | None:
        """The commit of a number; None of none."""
        return self.commits[len(self.commits) - number] if 0 < number <= len(self.commits) else None

    @cached_property
    def rows(self) -> Mapping[LineLife, Json]:
        """The row in each line, as Coda gave it."""
        return {life: parse_row(life.text.encode("utf-8", "surrogatepass")) for life in self.lives}

    @cached_property
    def columns(self) -> ColumnsOverTime:
        ends = [life.died.number - 1 if life.died else self.commits[0].number for life in self.lives]
        begins = [life.born.number for life in self.lives]
        numbers = {self._at.number, *ends, *begins, *(number - 1 for number in begins)}
        return ColumnsOverTime(self._browsed.repository, self.commits, self._path_at, numbers)

    def _path_at(self, number: int) -> str:
        state = self._browsed.index.state_of(self.doc, self.table, number)
        return state.path if state else ""

    @property
    def gone(self) -> IndexedCommit | None:
        return self.lives[-1].died

    def grid(self, commit: IndexedCommit) -> Grid | None:
        """The table as of a commit."""
        return open_grid(self._browsed.held(commit.id), self.doc, self.table)

    def pieces(self, commit: IndexedCommit, line: bytes) -> Pieces:
        """What takes cells apart as of a commit; only files make it look what the doc has."""
        grid = self.grid(commit) if may_show_files(line) else None
        return Pieces(grid.surroundings if grid else NOWHERE)

    def seen(self) -> Seen:
        """The row as of that commit, else as it was last before that, else as it was first."""
        at = self._at
        life = [life for life in self.lives if life.born.number <= at.number or life is self.lives[0]][-1]
        if life.born.number > at.number:
            return Seen(life, life.born, None, is_later=True)
        if life.died is None or at.number < life.died.number:
            return Seen(life, at, None, is_later=False)
        return Seen(life, self.commit(life.died.number - 1) or life.born, life.died, is_later=False)

    def value(self, life: LineLife, column: str) -> object:
        """What a line has in a column; a row may leave out what is empty, but no cell of a column that is not there."""
        values = self.rows[life]["values"]
        if column in values:
            return values[column]
        return "" if column in by_id(self.columns.at(life.born.number)) else ABSENT

    def table_name(self) -> str:
        """What the table is called, or was called last."""
        state = self._browsed.index.last_state(self.doc, self.table)
        return state.name if state else self.table


def _base_of(browsed: Browsed, doc: str, item: str) -> str:
    """The table whose rows a view shows."""
    state = browsed.index.last_state(doc, item)
    if state is None or state.kind != "view":
        return item
    last = commit_numbered(browsed.index, state.died - 1) if state.died else browsed.index.commits()[0]
    grid = open_grid(browsed.held(last.id), doc, item)
    return grid.base.id if grid and grid.base else item
