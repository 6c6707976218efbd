"""What a sync is asked to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SyncOptions:
    """`docs` and `exclude` select as `choose` tells; `pages` and `tables` say which of the two are read."""

    docs: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    all_accessible: bool = False
    pages: bool = True
    tables: bool = True
