"""What a sync is asked to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

BOTH_FORMATS = (".md", ".html")


@dataclass(frozen=True)
class SyncOptions:
    """`docs` and `exclude` select as `choose` tells; the rest says what of a doc is read.

    `selected_by_settings`: the mirror is about this selection, and not this run alone.

    `formats` are the suffixes of the page files that are read, `kept_formats` those that the mirror is about.

    `asset_hosts` are hosts (`host` or `host:port`) that serve hosted
    files beside Coda's own; an asset over `max_asset_bytes` becomes a stub, but with `lfs`, which takes any size.
    A table or view of which a file would have more than `max_table_bytes` lies in several.
    `edited` are the ids of docs that are known to have been edited, whatever their times say.
    `allow_mass_delete` and `strict` are for `guard`. `key_of` gives the key of other settings, from their file.
    """

    docs: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    selected_by_settings: bool = False
    all_accessible: bool = False
    pages: bool = True
    tables: bool = True
    formats: tuple[str, ...] = BOTH_FORMATS
    kept_formats: tuple[str, ...] = BOTH_FORMATS
    assets: bool = True
    asset_hosts: frozenset[str] = frozenset()
    max_asset_bytes: int = 50 * 1024 * 1024
    lfs: bool = False
    max_table_bytes: int = 50 * 1024 * 1024
    csv_formula_guard: bool = False
    full: bool = False
    settle_minutes: float = 15.0
    refresh_days: int = 7
    edited: frozenset[str] = frozenset()
    allow_mass_delete: bool = False
    strict: bool = False
    key_of: Callable[[bytes], str] = field(default=lambda _: "", compare=False)

    @property
    def key(self) -> str:
        """Names what decides the bytes of a doc beside its content: with another key it has to be read anew.

        What a run may leave out is not among it: the ledger tells what was left out. Nor is the largest size of a
        table's file: tables are cut anew as the mirror holds them.
        """
        parts = (*self.kept_formats, sorted(self.asset_hosts), self.csv_formula_guard, self.largest_asset)
        return " ".join(map(str, parts))

    @property
    def is_partial(self) -> bool:
        """Whether of a doc that is read something is left out that the mirror is about."""
        return not (self.pages and self.tables and self.assets and set(self.formats) >= set(self.kept_formats))

    @property
    def scope(self) -> frozenset[str]:
        """What is read of a doc, in words."""
        named = {"pages": self.pages, "tables": self.tables, "assets": self.assets}
        formats = (suffix for suffix in self.formats if suffix in self.kept_formats)
        return frozenset([*(name for name, is_read in named.items() if is_read), *formats])

    @property
    def leaves_out(self) -> bool:
        """Whether anything is left out that the mirror is about, be it docs or parts of docs."""
        return self.is_partial or (bool(self.docs or self.exclude) and not self.selected_by_settings)

    @property
    def largest_asset(self) -> int | None:
        """The most bytes of a hosted file that the mirror takes; None for any number."""
        return None if self.lfs else self.max_asset_bytes
