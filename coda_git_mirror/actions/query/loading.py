"""Brings tables of the mirror into SQLite when SQL names them, or all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from coda_git_mirror.actions.held import HeldDoc
from coda_git_mirror.actions.query.catalog import Catalog, Grid
from coda_git_mirror.actions.query.sources import UNREADABLE, Sources, blaming_any, file_finder
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.index.index import IndexUnusable
from coda_git_mirror.model.answer import Row
from coda_git_mirror.model.content import Json, name_of
from coda_git_mirror.model.ledger import PAGE
from coda_git_mirror.sql.database import Database
from coda_git_mirror.sql.names import HISTORY_TABLE, PAGES_TABLE
from coda_git_mirror.sql.tables import Layout, fill_plain, fill_table
from coda_git_mirror.sql.views import fill_view, fill_with_texts, make_alias, shows_all_of

PAGE_COLUMNS = ("doc", "id", "name", "path", "parent", "updated", "markdown")
HISTORY_COLUMNS = ("doc", "item", "revision", "date", "what")
MARKDOWN = PAGE_COLUMNS[-1]
OF_ALL = {PAGES_TABLE: PAGE_COLUMNS, HISTORY_TABLE: HISTORY_COLUMNS}
"""The tables that are about all chosen docs."""


@dataclass(frozen=True)
class Meant:
    """A revision as SQL sees it; `history` gives the rows of the table of that name."""

    catalog: Catalog
    sources: Sources
    history: Callable[[], Iterator[Row]]


class Loading:
    """Fills one database; `told` gets what a user has to know of what is read.

    `done` are the tables and views that are there, by their full names; `left_out` is what could not be read, docs too.
    """

    def __init__(self, meant: Meant, database: Database, told: Callable[[str], None]) -> None:
        self._catalog, self._sources, self._past = meant.catalog, meant.sources, meant.history
        self._database, self._told = database, told
        self.done: dict[str, Grid] = {}
        self.left_out = self._catalog.left_out

    def everything(self) -> None:
        """Makes all tables and views under all their names, but for those that cannot be read."""
        for grid in self._catalog.grids:
            try:
                self.grid(grid)
            except UNREADABLE as error:
                self._leave_out(f"{grid.name} is left out: {self._sources.why(error)}")
                continue
            if grid.own is not None:
                make_alias(self._database, grid.own, grid.name)
        self.pages()
        try:
            self.history()
        except IndexUnusable as error:
            self._leave_out(f"history is left out: {error}")

    def grid(self, grid: Grid) -> None:
        """Makes a table or view, of a view its table before, unless it is there."""
        if grid.name in self.done:
            return
        if grid.problem:
            self._told(f"{grid.name} is as it could be read last ({one_line(grid.problem.reason)}).")
        if grid.is_view:
            self._view(grid)
        else:
            self._table(grid)
        self.done[grid.name] = grid

    def _table(self, grid: Grid) -> None:
        layout = self._sources.layout(grid)
        if layout.rest:
            self._told(
                f"{grid.name} has more columns than SQLite takes; the last {len(layout.rest)} are JSON in its column "
                f"{layout.rest_name!r}."
            )
        with blaming_any(self._sources.first_file(grid)):
            fill_table(self._database, grid.name, layout, self._sources.records(grid), file_finder(grid.doc))

    def _view(self, grid: Grid) -> None:
        layout, table = self._sources.layout(grid), self._catalog.table_of(grid)
        with blaming_any(self._sources.first_file(grid)):
            if table and self._is_of(table, grid, layout):
                return
            self._told(f"{grid.name} shows what its table lacks in the mirror, so its cells are texts, as in its CSV.")
            fill_with_texts(self._database, grid.name, layout, self._sources.sheet(grid))

    def _is_of(self, table: Grid, view: Grid, layout: Layout) -> bool:
        """Makes a view by its table, where that has all that the view shows."""
        try:
            base = self._sources.layout(table)
            if not shows_all_of(layout, base):
                return False
            self.grid(table)
        except UNREADABLE:
            return False
        return fill_view(self._database, view.name, layout, (table.name, base), self._sources.sheet(view))

    def pages(self, with_markdown: bool = True) -> None:
        """Makes the table of all pages. Raises MirrorError where none of the docs can be read."""
        if self._catalog.lost and not self._catalog.docs:
            raise MirrorError(
                "None of the docs that are asked about can be read, so there is nothing to answer from; mend what is "
                "left out, and ask again."
            )
        for problem in self._catalog.problems:
            if problem.kind == PAGE:
                name = one_line(problem.item) or problem.item_id
                self._told(f"The page {name!r} is as it could be read last ({one_line(problem.reason)}).")
        fill_plain(self._database, PAGES_TABLE, PAGE_COLUMNS, self._pages(with_markdown))

    def _pages(self, with_markdown: bool) -> Iterator[Row]:
        for doc in self._catalog.docs:
            for page in doc.stored.pages.values():
                updated = page.get("updatedAt")
                told = (page["parent"], updated if isinstance(updated, str) else None)
                text = self._markdown(doc, page) if with_markdown else None
                yield doc.doc.id, page["id"], name_of(page), doc.path(page["file"] or ""), *told, text

    def _markdown(self, doc: HeldDoc, page: Json) -> str | None:
        try:
            return self._sources.markdown(doc, page)
        except UNREADABLE as error:
            self._leave_out(f"The text of a page is left out: {self._sources.why(error)}")
            return None

    def history(self) -> None:
        """Makes the table of what changed when."""
        fill_plain(self._database, HISTORY_TABLE, HISTORY_COLUMNS, self._past())

    def _leave_out(self, sentence: str) -> None:
        self.left_out.append(sentence)
        self._told(sentence)
