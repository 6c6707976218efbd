"""What the command line of a sync says, known before anything of the program is loaded that a sync needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from coda_git_mirror.actions.sync.options import BOTH_FORMATS, SyncOptions
from coda_git_mirror.errors import UsageError

CHOICES = {"markdown": (".md",), "html": (".html",), "both": BOTH_FORMATS}


@dataclass(frozen=True)
class Asked:
    """By the names of the options. Raises UsageError for those that exclude each other."""

    docs: tuple[str, ...]
    exclude: tuple[str, ...]
    all_accessible: bool
    pages_only: bool
    tables_only: bool
    page_format: str | None
    no_assets: bool
    incremental: bool
    every: timedelta | None
    window: timedelta | None
    account: str
    and_push: bool
    allow_mass_delete: bool
    strict: bool
    dry_run: bool
    as_json: bool
    verbose: bool
    quiet: bool

    def __post_init__(self) -> None:
        if self.pages_only and self.tables_only:
            raise UsageError("--pages-only and --tables-only exclude each other; leave both out to read everything.")

    @property
    def is_silent(self) -> bool:
        """Whether standard output has no words for people."""
        return self.quiet or self.as_json

    @property
    def is_whole(self) -> bool:
        """Whether it is about all that the mirror is about, so that a mirror is fresh once that is done."""
        return not (self.docs or self.exclude or self.pages_only or self.tables_only or self.dry_run)

    def options(self, by_settings: SyncOptions) -> SyncOptions:
        """What the settings say, and this command line on top."""
        return replace(
            by_settings,
            docs=self.docs or by_settings.docs,
            exclude=self.exclude or by_settings.exclude,
            selected_by_settings=not (self.docs or self.exclude),
            all_accessible=self.all_accessible or by_settings.all_accessible,
            pages=not self.tables_only,
            tables=not self.pages_only,
            formats=CHOICES[self.page_format] if self.page_format else by_settings.formats,
            assets=not self.no_assets,
            full=not self.incremental,
            allow_mass_delete=self.allow_mass_delete,
            strict=self.strict,
        )
