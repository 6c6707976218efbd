"""What a sync is asked to do."""

from __future__ import annotations

from dataclasses import dataclass

BOTH_FORMATS = (".md", ".html")


@dataclass(frozen=True)
class SyncOptions:
    """`docs` and `exclude` select as `choose` tells; the rest says what of a doc is read.

    `formats` are the suffixes of the page files. `asset_hosts` are hosts (`host` or `host:port`) that serve hosted
    files beside Coda's own; an asset over `max_asset_bytes` becomes a stub, but with `lfs`, which takes any size.
    `allow_mass_delete` and `strict` are for `guard`.
    """

    docs: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    all_accessible: bool = False
    pages: bool = True
    tables: bool = True
    formats: tuple[str, ...] = BOTH_FORMATS
    assets: bool = True
    asset_hosts: frozenset[str] = frozenset()
    max_asset_bytes: int = 50 * 1024 * 1024
    lfs: bool = False
    csv_formula_guard: bool = False
    full: bool = False
    settle_minutes: float = 15.0
    refresh_days: int = 7
    allow_mass_delete: bool = False
    strict: bool = False

    @property
    def key(self) -> str:
        """Names what decides the bytes of a doc beside its content: with another key it has to be read anew."""
        parts = (*self.formats, self.assets, sorted(self.asset_hosts), self.largest_asset, self.csv_formula_guard)
        return " ".join(map(str, parts))

    @property
    def largest_asset(self) -> int | None:
        """The most bytes of a hosted file that the mirror takes; None for any number."""
        return None if self.lfs else self.max_asset_bytes
