"""Tables and views, their rows and cells: the part of `/KEY/doc/ID/item/ID` that has rows (browse.md, browse)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from pathlib import PurePosixPath

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from coda_git_mirror.actions.browse.cells import CellPage, RowPage, cell_page, row_page
from coda_git_mirror.actions.browse.docs import Contents, contents
from coda_git_mirror.actions.browse.found import Found, doc_name
from coda_git_mirror.actions.browse.gone_rows import GoneRows, gone_rows
from coda_git_mirror.actions.browse.grids import Grid, open_grid
from coda_git_mirror.actions.browse.mirror import NotThere
from coda_git_mirror.actions.browse.table_files import csv_of, jsonl_of
from coda_git_mirror.actions.browse.tables import Asked, TablePage, choice_of, is_known, rollback_command, table_page
from coda_git_mirror.actions.browse.versions import Commands, Versions, commands, versions
from coda_git_mirror.web.shown import shown
from coda_git_mirror.web.table_objects import cell_object, row_object, table_object

table_pages = Blueprint("table_pages", __name__)
_STYLES = ("tables.css",)
_LARGEST_PAGE = 10**9


@dataclass(frozen=True)
class TableShown:
    """A page of a table with what stands around it."""

    view: TablePage
    found: Found
    doc_name: str
    contents: Contents
    versions: Versions
    commands: Commands
    rollback: str
    gone: GoneRows | None


def table_response(it: Found) -> ResponseReturnValue:
    """A table or view as it was: a page of its rows, or with `?format=csv|jsonl` all rows of search and order."""
    grid = open_grid(g.browsed.held(it.at.id), it.state.doc, it.state.item)
    if grid is None:
        raise NotThere("This revision names the table, and has no description of it.")
    form, asked = request.args.get("format", ""), _asked()
    if form in ("csv", "jsonl"):
        return _download(grid, asked, form)
    view = table_page(grid, g.browsed.sheets, asked)
    page = TableShown(
        view,
        it,
        doc_name(g.browsed.index, it.state.doc, it.at),
        contents(g.browsed, it.state.doc, it.at, "gone" in request.args),
        versions(g.browsed.index, it),
        commands(g.browsed.folder, it),
        rollback_command(g.browsed.folder, it.state.doc, view.table, it.at),
        gone_rows(g.browsed, it) if "gone" in request.args and not grid.is_view else None,
    )
    return shown("table.html", page, lambda: table_object(view, it, page.versions), _STYLES)


def _asked() -> Asked:
    page = request.args.get("page", default=1, type=int)
    return Asked(request.args.get("sort", ""), request.args.get("q", ""), max(1, min(page, _LARGEST_PAGE)))


def _download(grid: Grid, asked: Asked, form: str) -> Response:
    """All that is seen, as a file. Raises NotThere where it is to be sorted by a column that is not there."""
    if not is_known(asked, choice_of(grid, asked)):
        raise NotThere("The table has no such column to sort by.")
    made = (csv_of if form == "csv" else jsonl_of)(grid, g.browsed.sheets, asked)
    begun = next(made, b"")
    kind = "text/csv" if form == "csv" else "application/jsonl"
    name = PurePosixPath(str(grid.entry.get("file") or "table")).stem
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(chain([begun], made), content_type=f"{kind}; charset=utf-8", headers=headers)


@table_pages.get("/doc/<doc>/item/<item>/row/<row>")
def row(doc: str, item: str, row: str) -> ResponseReturnValue:
    """A row and what became of it; one that is gone too."""
    view = row_page(g.browsed, doc, item, row, g.at)
    around = contents(g.browsed, doc, view.at, "gone" in request.args)
    name = doc_name(g.browsed.index, doc, view.at)
    rollback = rollback_command(g.browsed.folder, doc, view.table, view.at, row)
    return shown("row.html", RowShown(view, name, around, rollback), lambda: row_object(view), _STYLES)


@dataclass(frozen=True)
class RowShown:
    """A row or cell with what stands around it."""

    view: RowPage | CellPage
    doc_name: str
    contents: Contents
    rollback: str = ""


@table_pages.get("/doc/<doc>/item/<item>/row/<row>/column/<column>")
def cell(doc: str, item: str, row: str, column: str) -> ResponseReturnValue:
    """The values of a cell through time."""
    view = cell_page(g.browsed, doc, item, row, column, g.at)
    around = contents(g.browsed, doc, view.at, "gone" in request.args)
    name = doc_name(g.browsed.index, doc, view.at)
    return shown("cell.html", RowShown(view, name, around), lambda: cell_object(view), _STYLES)


@table_pages.app_template_global("was_ever_held")
def was_ever_held(doc: str, table: str) -> bool:
    """Whether the mirror has, or had, a table: a cell may name a row of one that Coda does not list."""
    answers: dict[tuple[str, str], bool] = g.setdefault("tables_ever_held", {})
    if (doc, table) not in answers:
        answers[doc, table] = g.browsed.index.last_state(doc, table) is not None
    return answers[doc, table]
