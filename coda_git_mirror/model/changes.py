"""What changed between two states of a mirror, in Coda's terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What happened to a doc, page or table. A move is a change of an item's own place: its name or its parent."""

    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"
    REMOVED = "removed"


@dataclass(frozen=True)
class PageChange:
    kind: Kind
    name: str


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
class TableChange:
    kind: Kind
    name: str
    rows: RowCounts = RowCounts()
    columns_changed: bool = False


@dataclass(frozen=True)
class ViewChange:
    kind: Kind
    name: str


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


@dataclass(frozen=True)
class Changes:
    docs: tuple[DocChange, ...] = ()
    problems_changed: bool = False

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
