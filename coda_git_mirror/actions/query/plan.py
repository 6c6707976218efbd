"""What SQL needs: found out by letting SQLite understand it, with the tables that it names and no row in them."""

from __future__ import annotations

from dataclasses import dataclass, field

from coda_git_mirror.actions.query.catalog import Grid
from coda_git_mirror.actions.query.loading import MARKDOWN, OF_ALL, Meant
from coda_git_mirror.actions.query.near import no_column, no_table
from coda_git_mirror.sql.database import Database
from coda_git_mirror.sql.names import PAGES_TABLE, folded
from coda_git_mirror.sql.question import NoColumn, NoTable, understand
from coda_git_mirror.sql.statement import one_statement
from coda_git_mirror.sql.tables import make_empty
from coda_git_mirror.sql.views import make_alias

_MAIN = "main."


@dataclass
class Plan:
    """A statement and what it asks for: tables by full name, other names for these, those about all docs.

    `needs_all`: it asks which tables there are, so all have to be there.
    """

    statement: str
    grids: dict[str, Grid] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    of_all: set[str] = field(default_factory=set)
    needs_all: bool = False
    needs_markdown: bool = False


def plan(sql: str, meant: Meant) -> Plan:
    """Raises UsageError where the SQL is wrong, names what is not there, or does more than to read.

    Raises MirrorError where what it names may be in a doc that is damaged.
    """
    planning = _Planning(Plan(one_statement(sql)), meant)
    try:
        return planning.run()
    finally:
        planning.draft.close()


class _Planning:
    def __init__(self, planned: Plan, meant: Meant) -> None:
        self.draft, self._planned, self._meant = Database.in_memory(), planned, meant
        self._columns: list[str] = []

    def run(self) -> Plan:
        planned = self._planned
        while True:
            try:
                guard = understand(self.draft, planned.statement)
                break
            except NoTable as error:
                self._add(error.name)
            except NoColumn as error:
                raise no_column(error.name, self._columns) from error
        planned.needs_all = guard.reads_schema
        planned.needs_markdown = (PAGES_TABLE, MARKDOWN) in guard.columns or planned.needs_all
        return planned

    def _add(self, name: str) -> None:
        """Makes a table that SQLite did not find."""
        for each in (name, name.removeprefix(_MAIN)):
            if folded(each) in OF_ALL and folded(each) not in self._planned.of_all:
                self._add_of_all(folded(each))
                return
            grid = self._meant.catalog.find(each)
            if grid and each not in self._planned.aliases:
                self._add_grid(grid, each)
                return
        raise no_table(name.removeprefix(_MAIN), self._meant.catalog)

    def _add_of_all(self, name: str) -> None:
        self._planned.of_all.add(name)
        self._columns += OF_ALL[name]
        make_empty(self.draft, name, OF_ALL[name])

    def _add_grid(self, grid: Grid, name: str) -> None:
        if grid.name not in self._planned.grids:
            columns = self._meant.sources.layout(grid).names
            self._columns += columns
            make_empty(self.draft, grid.name, columns)
            self._planned.grids[grid.name] = grid
        if folded(name) != folded(grid.name):
            make_alias(self.draft, name, grid.name)
        self._planned.aliases[name] = grid.name
