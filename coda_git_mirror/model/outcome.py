"""What became of an item in a sync."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Fetched(Generic[T]):
    """Read anew; `lacks` tells where Coda itself says that it has more of it than it gave."""

    value: T
    lacks: str = ""


@dataclass(frozen=True)
class Kept:
    """Not asked for in this run: what the mirror holds stays, and is known to be old where it `changed`."""

    changed: bool = False


@dataclass(frozen=True)
class Same:
    """Not read anew, for it cannot have changed: what the mirror holds is what Coda would give."""


@dataclass(frozen=True)
class Failed:
    """Could not be read: what the mirror holds stays, and the reason is told."""

    reason: str


@dataclass(frozen=True)
class Denied:
    """Not given to this token, or to nobody: what the mirror holds stays, and asking again is of no use."""

    reason: str


@dataclass(frozen=True)
class Gone:
    """Deleted in Coda, by Coda's own word for this very item."""


Outcome = Fetched[T] | Kept | Same | Failed | Denied | Gone
