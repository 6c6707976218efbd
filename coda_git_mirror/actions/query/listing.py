"""Which tables SQL can ask for, and their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from coda_git_mirror.actions.query.loading import OF_ALL, Meant
from coda_git_mirror.actions.query.sources import UNREADABLE
from coda_git_mirror.sql.names import PAGES_TABLE
from coda_git_mirror.sql.tables import Layout


@dataclass(frozen=True)
class ListedColumn:
    """`kind` is the format that Coda says it has."""

    name: str
    kind: str


@dataclass(frozen=True)
class ListedTable:
    """`own` is its own name where that is another one's too None; `rows` None where nobody has counted."""

    name: str
    own: str | None
    doc: str | None
    kind: str
    rows: int | None
    columns: tuple[ListedColumn, ...]


def listed_tables(of: Meant, leave_out: Callable[[str], None]) -> Iterator[ListedTable]:
    """All of a revision; one whose description cannot be read has no columns, and that is told."""
    for grid in of.catalog.grids:
        try:
            columns = _columns(of.sources.layout(grid))
        except UNREADABLE as error:
            leave_out(f"The columns of {grid.name} are left out: {of.sources.why(error)}")
            columns = ()
        kind = "view" if grid.is_view else "table"
        yield ListedTable(grid.name, grid.own, grid.doc.doc.id, kind, grid.entry["rowCount"], columns)
    for name, columns_of_all in OF_ALL.items():
        count = sum(len(doc.stored.pages) for doc in of.catalog.docs) if name == PAGES_TABLE else None
        named = tuple(ListedColumn(column, "text") for column in columns_of_all)
        yield ListedTable(name, None, None, name, count, named)


def _columns(layout: Layout) -> tuple[ListedColumn, ...]:
    kinds = [column.kind for _, column in layout.columns]
    kinds += ["text"] * (len(layout.names) - len(kinds))
    return tuple(map(ListedColumn, layout.names, kinds))
