"""A file of SQLite with all of a revision, for datasette, sqlite-utils, pandas, DuckDB and whatever else reads one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from coda_git_mirror.actions.query.loading import Loading, Meant
from coda_git_mirror.disk.atomic import move_to_new
from coda_git_mirror.disk.files import naming, sync_file
from coda_git_mirror.disk.temporary import temporary_folder
from coda_git_mirror.errors import UsageError
from coda_git_mirror.sql.database import Database, DiskRefused

Told = Callable[[str], None]


@dataclass(frozen=True)
class Saved:
    """How many tables and views a file has; `left_out` is what could not be read, each in a sentence."""

    file: Path
    tables: int
    views: int
    left_out: tuple[str, ...]


def require_new(file: Path, mirror: Path) -> None:
    """Raises UsageError where a file is there already, or would lie in the mirror, which looking does not change."""
    if file.exists() or file.is_symlink():
        raise UsageError(f"{file} is there already, and nothing is written over; name another file with --save.")
    if not file.parent.is_dir():
        raise UsageError(f"{file.parent} is no folder; make it, or name a file elsewhere with --save.")
    if file.resolve().is_relative_to(mirror.resolve()):
        raise UsageError(f"{file} lies in the mirror, which is not changed by looking at it; name a file elsewhere.")


def save(of: Meant, file: Path, told: Told) -> Saved:
    """Writes the file, which is there complete or not at all. Raises MirrorError where it cannot be written."""
    with naming(file), temporary_folder(file.parent) as folder:
        growing = folder / file.name
        try:
            with closing(Database.at(growing)) as database:
                loading = Loading(of, database, told)
                loading.everything()
        except DiskRefused as error:
            raise DiskRefused(error.reason, f"{file}, or what it works on", "file with --save or another ") from error
        sync_file(growing)
        try:
            move_to_new(growing, file)
        except FileExistsError as error:
            raise UsageError(f"{file} has come into being meanwhile; name another file with --save.") from error
    views = sum(grid.is_view for grid in loading.done.values())
    return Saved(file, len(loading.done) - views, views, tuple(loading.left_out))
