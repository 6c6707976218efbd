"""What `diff` tells: every difference between two revisions in Coda's terms, down to words and cells.

What may be large (the pages of a doc, the rows of a table) is an iterable that is read while it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from coda_git_mirror.model.changes import ColumnChanges, ColumnFacts, Kind, RowCounts
from coda_git_mirror.model.ledger import Problem

Operation = Literal["=", "-", "+"]


@dataclass(frozen=True)
class Piece:
    """Text that stayed (`=`), went (`-`) or came (`+`)."""

    operation: Operation
    text: str


@dataclass(frozen=True)
class Passage:
    """Lines of a page that changed; `line` is where they begin, counted from 1 in the newer text."""

    line: int
    pieces: tuple[Piece, ...]


class Absent:
    """What stands for the value of a cell that a row does not have."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


@dataclass(frozen=True)
class CellChange:
    """A cell with its values as Coda gives them (or `ABSENT`), and as a person reads them.

    `words` tell which words differ, where both texts are long and much in them is the same. `by_column`: only the
    column changed, which is new and empty here, or of another type that gives the same value another form.
    """

    column: str
    name: str
    before: Any
    after: Any
    text_before: str
    text_after: str
    words: tuple[Piece, ...] = ()
    by_column: bool = False


@dataclass(frozen=True)
class RowChange:
    """A row with those of its cells that differ: all that are not empty, where it is new or gone.

    `values` are all that it has by their columns' ids, or had last.
    """

    kind: Kind
    id: str
    name: str
    cells: tuple[CellChange, ...]
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_by_columns(self) -> bool:
        """Whether nothing about the row itself changed, but columns of its table."""
        return self.kind is Kind.CHANGED and all(cell.by_column for cell in self.cells)


@dataclass(frozen=True)
class PageDiff:
    """`way` are the names of the pages above and of itself, `former_way` what they were where the page moved.

    `only_links`: nothing but the targets of links differs. `other_forms`: what the Markdown does not show differs.
    `newer` is the text whose lines the passages count.
    """

    kind: Kind
    id: str
    way: tuple[str, ...]
    former_way: tuple[str, ...] = ()
    hidden: bool | None = None
    details: tuple[Detail, ...] = ()
    text: tuple[Passage, ...] = ()
    only_links: bool = False
    other_forms: bool = False
    file: str = ""
    newer: str = field(default="", repr=False)


@dataclass(frozen=True)
class Detail:
    """A single value of a doc, page or view that differs; empty where there is none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class TableDiff:
    """`counts` are of `rows`: of rows with cells that differ; `told` of those that did not merely follow a column.

    `known` are all columns by their ids in order, those that are gone last; `size` is how many rows there are now.
    """

    kind: Kind
    id: str
    name: str
    was: str
    columns: ColumnChanges
    counts: RowCounts
    rows: Iterable[RowChange]
    details: tuple[Detail, ...] = ()
    file: str = ""
    told: RowCounts = field(default_factory=RowCounts)
    known: Mapping[str, ColumnFacts] = field(default_factory=dict, repr=False)
    size: int = 0


@dataclass(frozen=True)
class ViewDiff:
    """`rows_added` and `rows_removed` count the rows that the view shows now and did not, or did and does not."""

    kind: Kind
    id: str
    name: str
    was: str
    rows_added: int
    rows_removed: int
    details: tuple[Detail, ...] = ()
    file: str = ""


@dataclass(frozen=True)
class Holdings:
    """How much of a doc a revision holds."""

    pages: int
    tables: int
    rows: int
    views: int
    assets: int


@dataclass(frozen=True)
class DocDiff:
    """`held` is what there is of the doc now, or was before it went. Pages and tables are told once."""

    kind: Kind
    id: str
    name: str
    was: str
    folder: str
    former_folder: str
    held: Holdings
    details: tuple[Detail, ...]
    pages: Iterable[PageDiff]
    tables: Iterable[TableDiff]
    views: Iterable[ViewDiff]
    assets_added: tuple[str, ...] = ()
    assets_removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Revision:
    """A commit, or the working copy (no id); before the first commit there is neither id nor time."""

    id: str | None
    when: datetime | None
    name: str


@dataclass(frozen=True)
class Differences:
    """All that lies between two revisions. `docs` are told once."""

    before: Revision
    after: Revision
    docs: Iterable[DocDiff]
    new_problems: tuple[Problem, ...] = ()
    solved_problems: tuple[Problem, ...] = field(default=())
