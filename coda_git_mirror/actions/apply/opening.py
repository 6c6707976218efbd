"""Which table a CSV goes into, and which state of it the file was made from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from coda_git_mirror.actions.apply.bases import Base, base_at, nearest_base, versions
from coda_git_mirror.actions.apply.place import Sheets, sheets_of, unnamed
from coda_git_mirror.actions.apply.reading import asked_of, key_columns_of, named_sheet
from coda_git_mirror.actions.apply.run import Application, Wanted
from coda_git_mirror.actions.entry import open_mirror, sound_revisions
from coda_git_mirror.actions.live_names import base_of, find_doc, find_table
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.rollback.run import Conditions
from coda_git_mirror.actions.tables.meant import meant_table
from coda_git_mirror.actions.tables.past import doc_at
from coda_git_mirror.changes.apply.sheet_rows import Fingerprints, fingerprints
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.errors import MirrorError, NotThere, UsageError
from coda_git_mirror.format.csv_files import columns_named, read_sheet
from coda_git_mirror.format.tables import ROW_ID_HEADER, csv_names
from coda_git_mirror.format.text import one_line
from coda_git_mirror.format.times import local_time
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.revisions import Revisions
from coda_git_mirror.model.content import Doc, Table


def application(
    folder: Path, wanted: Wanted, source: Source, conditions: Conditions, guard: bool, hosts: frozenset[str]
) -> Application:
    """Reads a file and finds out what it asks for; `guard`: the mirror's CSVs are guarded against formulas.

    Raises UsageError for a file that is no CSV, that nobody knows the table or the base of, or that names columns which
    are not there; MirrorError for a table that is not in Coda any more, and what `Source` raises.
    """
    repository = open_mirror(folder)
    history, head = History(repository), repository.head()
    if head is None:
        raise MirrorError(f"The mirror in {folder} has no commit yet; `coda-git-mirror sync` makes the first.")
    with sound_revisions():
        sheets = _sheets(wanted, repository, history, head, source)
        doc, grid, table = _living(source, sheets)
        columns = source.columns(doc.id, table.id)
        newest = next(versions(history, head, sheets.doc, sheets.grid), None)
        known = {ROW_ID_HEADER, *csv_names(columns), *(newest.by_name if newest else ())}
        sheet = read_sheet(wanted.file, known)
        prints = fingerprints(columns_named(sheet.header, known)[0], sheet.records())
        base = _base(wanted, repository, history, head, sheets, prints)
        named = named_sheet(sheet, base, columns)
        asked = asked_of(named, prints, base, sheets.part or None, guard)
        key = tuple(column.id for column in key_columns_of(wanted.key, named, columns))
    notes = tuple(_notes(history, base, grid, table))
    about = (doc, table, asked, key, notes, sheets.inside, hosts)
    return Application(repository, source, wanted, conditions, *about)


def _sheets(wanted: Wanted, repository: Repository, history: History, head: str, source: Source) -> Sheets:
    found = sheets_of(wanted.file, repository.root, history, head)
    if wanted.to is None:
        if found is None:
            raise unnamed(wanted.file)
        return found
    doc, grid = _named(wanted.to, wanted.base, repository, history, head, source)
    if found and (found.doc, found.grid) == (doc, grid):
        return found
    return Sheets(doc, grid, part=0)


def _named(
    to: tuple[str, str], base: str | None, repository: Repository, history: History, head: str, source: Source
) -> tuple[str, str]:
    """What words mean in the mirror, with a base also in that revision, else in Coda."""
    tips = [Revisions(repository, LAST_TRAILER).resolve(base), head] if base else [head]
    try:
        meant = meant_table(history, tips, *to)
    except UsageError as failure:
        try:
            doc = find_doc(source, to[0])
            return doc.id, find_table(source, doc, to[1]).id
        except UsageError:
            raise failure from None
    return meant.doc, meant.view_id or meant.id


def _living(source: Source, sheets: Sheets) -> tuple[Doc, Table, Table]:
    """The doc, the table or view, and the base table."""
    try:
        doc = source.doc(sheets.doc)
        grid = source.table(doc.id, sheets.grid)
        return doc, grid, base_of(source, doc, grid)
    except NotThere as error:
        raise MirrorError(
            f"The table {sheets.grid} of the doc {sheets.doc} is not in Coda any more, so nothing can be written into "
            "it; name another one with --to."
        ) from error


def _base(
    wanted: Wanted, repository: Repository, history: History, head: str, sheets: Sheets, prints: Fingerprints
) -> Base | None:
    """The state that the file was made from; none is needed of a file whose rows have no ids."""
    if wanted.base is not None:
        commit = Revisions(repository, LAST_TRAILER).resolve(wanted.base)
        side = doc_at(history, commit, sheets.doc)
        base = base_at(commit, side, sheets.grid) if side else None
        if base is None:
            raise UsageError(f"Revision {commit[:10]} does not hold this table; name one that does with --base.")
        return base
    if not prints.rows:
        return None
    found = versions(history, head, sheets.doc, sheets.grid)
    base = next(found, None) if sheets.inside else nearest_base(prints, found)
    if base is None:
        raise UsageError(
            "The mirror holds no state of this table that the file could have been made from; run `coda-git-mirror "
            f"sync`, name a revision with --base, or leave the column {ROW_ID_HEADER} out to insert all rows."
        )
    return base


def _notes(history: History, base: Base | None, grid: Table, table: Table) -> Iterator[str]:
    if base:
        when = next(history.commits(base.commit)).when
        yield f"the base is revision {base.commit[:10]} of {local_time(when)}; --base names another."
    if grid.id != table.id:
        yield f"{one_line(grid.name)!r} is a view of {one_line(table.name)!r}, whose rows these are."
