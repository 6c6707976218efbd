"""What changed between two states of a mirror, in Coda's terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from coda_git_mirror.model.ledger import Problem


class Kind(Enum):
    """What happened to a doc, page or table. A move is a change of an item's own place: its name or its parent."""

    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"
    REMOVED = "removed"


@dataclass(frozen=True)
class PageChange:
    """`was` is the former name of a page that has another one now; `hidden` is told where that changed."""

    kind: Kind
    name: str
    was: str = ""
    hidden: bool | None = None


@dataclass(frozen=True)
class RowCounts:
    added: int = 0
    changed: int = 0
    removed: int = 0

    def __add__(self, other: RowCounts) -> RowCounts:
        return RowCounts(self.added + other.added, self.changed + other.changed, self.removed + other.removed)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True)
class ColumnFacts:
    """What a column is: `type` as its format names it, `settings` all else that Coda says of it."""

    name: str
    type: str
    formula: str = ""
    settings: str = ""


@dataclass(frozen=True)
class ColumnChange:
    """A column by its id, which it keeps for life; None stands for a time when the table does not have it."""

    id: str
    before: ColumnFacts | None
    after: ColumnFacts | None

    @property
    def kind(self) -> Kind:
        """A column with another name has moved."""
        if self.before is None or self.after is None:
            return Kind.ADDED if self.before is None else Kind.REMOVED
        return Kind.MOVED if self.before.name != self.after.name else Kind.CHANGED

    @property
    def name(self) -> str:
        """What it is called now, or was called last."""
        facts = self.after or self.before
        return facts.name if facts else ""


@dataclass(frozen=True)
class ColumnChanges:
    """What became of a table's columns; `order` has the ids of all that it has now, where that differs."""

    columns: tuple[ColumnChange, ...] = ()
    order: tuple[str, ...] | None = None

    def __bool__(self) -> bool:
        return bool(self.columns) or self.order is not None


@dataclass(frozen=True)
class TableChange:
    kind: Kind
    name: str
    rows: RowCounts = RowCounts()
    columns: ColumnChanges = ColumnChanges()
    was: str = ""


@dataclass(frozen=True)
class ViewChange:
    kind: Kind
    name: str
    was: str = ""


@dataclass(frozen=True)
class DocChange:
    """What changed in a doc; nothing of it need be there when only the doc's own details did."""

    kind: Kind
    name: str
    folder: str
    pages: tuple[PageChange, ...] = ()
    tables: tuple[TableChange, ...] = ()
    views: tuple[ViewChange, ...] = ()
    assets_added: int = 0
    assets_removed: int = 0
    was: str = ""


@dataclass(frozen=True)
class Changes:
    """`new_problems` are what could not be read now, `solved_problems` what could not before."""

    docs: tuple[DocChange, ...] = ()
    new_problems: tuple[Problem, ...] = ()
    solved_problems: tuple[Problem, ...] = ()

    @property
    def pages(self) -> Iterable[PageChange]:
        return (page for doc in self.docs for page in doc.pages)

    @property
    def tables(self) -> Iterable[TableChange]:
        return (table for doc in self.docs for table in doc.tables)

    @property
    def assets_added(self) -> int:
        return sum(doc.assets_added for doc in self.docs)

    @property
    def rows(self) -> RowCounts:
        return sum((table.rows for table in self.tables), RowCounts())


def count(items: Iterable[PageChange | TableChange | ViewChange | DocChange], kind: Kind) -> int:
    """How many of the changes are of a kind."""
    return sum(item.kind is kind for item in items)
