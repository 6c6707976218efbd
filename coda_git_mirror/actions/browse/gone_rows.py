"""The rows that a table had before and has no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coda_git_mirror.actions.browse.found import Found
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.format.tables import parse_row
from coda_git_mirror.model.looking import IndexedCommit, LineLife, Taking

if TYPE_CHECKING:
    from coda_git_mirror.actions.browse.mirror import Browsed

_MOST = 200


@dataclass(frozen=True)
class GoneRow:
    """A row by its id and last name, and the commit that took it."""

    id: str
    name: str
    since: IndexedCommit


@dataclass(frozen=True)
class GoneRows:
    """Those that went last; `all` is how many went. None are known while the index still reads a large table."""

    rows: tuple[GoneRow, ...]
    all: int
    taking: Taking | None = None


def gone_rows(browsed: Browsed, found: Found) -> GoneRows:
    """The rows of a table that went before the time that is shown, those that went last first."""
    state = found.state
    if taking := browsed.take_in([state]):
        return GoneRows((), 0, taking)
    lives, count = browsed.index.rows_gone(state.doc, state.item, found.at.number, _MOST)
    return GoneRows(tuple(row for life in lives for row in _gone(life)), count)


def _gone(life: LineLife) -> tuple[GoneRow, ...]:
    if life.died is None:
        return ()
    row = parse_row(life.text.encode("utf-8", "surrogatepass"))
    return (GoneRow(str(row["id"]), cell_text(row.get("name")), life.died),)
