"""What became of an item in a sync, and the problems that are told and stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Fetched(Generic[T]):
    """Read anew."""

    value: T


@dataclass(frozen=True)
class Kept:
    """Not asked for in this run: what the mirror holds stays."""


@dataclass(frozen=True)
class Same:
    """Not read anew, for it cannot have changed: what the mirror holds is what Coda would give."""


@dataclass(frozen=True)
class Failed:
    """Could not be read: what the mirror holds stays, and the reason is told."""

    reason: str


@dataclass(frozen=True)
class Gone:
    """Deleted in Coda, by Coda's own word for this very item."""


Outcome = Fetched[T] | Kept | Same | Failed | Gone


@dataclass(frozen=True, order=True)
class Problem:
    """Something that the mirror does not hold, or not in its latest form. `kind` is doc, page or table."""

    kind: str
    doc: str
    item: str
    reason: str
