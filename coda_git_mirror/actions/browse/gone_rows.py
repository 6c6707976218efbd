"""The rows that a table had before and has no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coda_git_mirror.actions.browse.found import Found
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.format.tables import parse_row
from coda_git_mirror.model.looking import IndexedCommit, LineLife

if TYPE_CHECKING:
    from coda_git_mirror.index.index import Index

_MOST = 200


@dataclass(frozen=True)
class GoneRow:
    """A row by its id and last name, and the commit that took it."""

    id: str
    name: str
    since: IndexedCommit


@dataclass(frozen=True)
class GoneRows:
    """Those that went last; `all` is how many went. `is_known`: the index has read the rows of the table."""

    rows: tuple[GoneRow, ...]
    all: int
    is_known: bool


def gone_rows(index: Index, found: Found) -> GoneRows:
    """The rows of a table that went before the time that is shown, those that went last first."""
    state = found.state
    large = {(each.doc, each.item) for each in index.not_searched()}
    if (state.doc, state.item) in large:
        return GoneRows((), 0, is_known=False)
    lives = index.row_ids_gone(state.doc, state.item, found.at.number)
    return GoneRows(tuple(row for life in lives[:_MOST] for row in _gone(life)), len(lives), is_known=True)


def _gone(life: LineLife) -> tuple[GoneRow, ...]:
    if life.died is None:
        return ()
    row = parse_row(life.text.encode("utf-8", "surrogatepass"))
    return (GoneRow(str(row["id"]), cell_text(row.get("name")), life.died),)
