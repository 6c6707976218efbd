"""Which table a CSV goes into, and which state of it the file was made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coda_git_mirror.actions.apply.bases import Base, base_at, nearest_base, versions
from coda_git_mirror.actions.apply.edited import EditedFiles
from coda_git_mirror.actions.apply.place import Sheets, sheets_of, unnamed
from coda_git_mirror.actions.apply.reading import asked_of, asks_again, key_columns_of, named_sheet
from coda_git_mirror.actions.apply.run import Application, Wanted
from coda_git_mirror.actions.apply.told_conflicts import ToldConflicts
from coda_git_mirror.actions.entry import open_mirror, sound_revisions
from coda_git_mirror.actions.live_names import base_of, find_doc, find_table
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.rollback.run import Conditions
from coda_git_mirror.actions.tables.meant import meant_table
from coda_git_mirror.actions.tables.past import doc_at
from coda_git_mirror.changes.apply.headers import columns_named
from coda_git_mirror.changes.apply.sheet_rows import Fingerprints, fingerprints
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import MirrorError, NotThere, UsageError
from coda_git_mirror.format.csv_files import Sheet, read_sheet
from coda_git_mirror.format.tables import ROW_ID_HEADER, csv_names
from coda_git_mirror.format.text import one_line
from coda_git_mirror.format.times import local_time
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.revisions import Revisions
from coda_git_mirror.model.content import Column, Doc, Table
from coda_git_mirror.state.conflicts import Conflict, Conflicts


def application(
    folder: Path, wanted: Wanted, source: Source, clock: Clock, conditions: Conditions, guard: bool,
    hosts: frozenset[str],
) -> Application:  # fmt: skip
    """Reads a file and finds out what it asks for; `guard`: the mirror's CSVs are guarded against formulas.

    Raises UsageError for a file that is no CSV, that nobody knows the table or the base of, or that names columns which
    are not there; MirrorError for a table that is not in Coda any more, and what `Source` raises.
    """
    repository = open_mirror(folder)
    history, head = History(repository), repository.head()
    if head is None:
        raise MirrorError(f"The mirror in {folder} has no commit yet; `coda-git-mirror sync` makes the first.")
    opening = _Opening(repository, history, head, wanted, source)
    with sound_revisions():
        sheets = opening.sheets()
        doc, grid, table = opening.living(sheets)
        columns = source.columns(doc.id, table.id)
        sheet, prints = opening.read(sheets, columns)
        base = opening.base(sheets, table, sheet, prints)
        named = named_sheet(sheet, base, columns)
        asked = asked_of(named, prints, base, sheets.part or None, guard)
        key = tuple(column.id for column in key_columns_of(wanted.key, named, columns))
        notes = tuple(opening.notes(sheets, base, grid, table))
    about = (doc, table, asked, key, base.commit if base else "", notes, sheets.inside, hosts, clock)
    return Application(repository, source, wanted, conditions, *about)


@dataclass(frozen=True)
class _Opening:
    """What a file is, by the mirror and by Coda."""

    repository: Repository
    history: History
    head: str
    wanted: Wanted
    source: Source

    def sheets(self) -> Sheets:
        """Which table the file is of: the one that is named, else the one that its own place names."""
        found = sheets_of(self.wanted.file, self.repository.root, self.history, self.head)
        if found and found.inside:
            found = replace(found, kept=EditedFiles(self.repository).unfinished(found.inside))
        if self.wanted.to is None:
            if found is None:
                raise unnamed(self.wanted.file)
            return found
        doc, grid = self._named(*self.wanted.to)
        return found if found and (found.doc, found.grid) == (doc, grid) else Sheets(doc, grid, part=0)

    def _named(self, doc_word: str, table_word: str) -> tuple[str, str]:
        """What words mean in the mirror, with a base also in that revision, else in Coda."""
        tips = [self._commit(self.wanted.base), self.head] if self.wanted.base else [self.head]
        try:
            meant = meant_table(self.history, tips, doc_word, table_word)
        except UsageError as failure:
            try:
                doc = find_doc(self.source, doc_word)
                return doc.id, find_table(self.source, doc, table_word).id
            except UsageError:
                raise failure from None
        return meant.doc, meant.view_id or meant.id

    def _commit(self, word: str) -> str:
        return Revisions(self.repository, LAST_TRAILER).resolve(word)

    def living(self, sheets: Sheets) -> tuple[Doc, Table, Table]:
        """The doc, the table or view, and the base table."""
        try:
            doc = self.source.doc(sheets.doc)
            grid = self.source.table(doc.id, sheets.grid)
            return doc, grid, base_of(self.source, doc, grid)
        except NotThere as error:
            raise MirrorError(
                f"The table {sheets.grid} of the doc {sheets.doc} is not in Coda any more, so nothing can be written "
                "into it; name another one with --to."
            ) from error

    def read(self, sheets: Sheets, columns: Sequence[Column]) -> tuple[Sheet, Fingerprints]:
        """The file, by the names that its columns may have."""
        newest = next(versions(self.repository, self.head, sheets.doc, sheets.grid), None)
        known = {ROW_ID_HEADER, *csv_names(columns), *(newest.by_name if newest else ())}
        sheet = read_sheet(sheets.kept.file if sheets.kept else self.wanted.file, known)
        return sheet, fingerprints(columns_named(sheet.header, known)[0], sheet.records())

    def base(self, sheets: Sheets, table: Table, sheet: Sheet, prints: Fingerprints) -> Base | None:
        """The state that the file was made from; none is needed of a file whose rows have no ids."""
        if self.wanted.delete_missing and not prints.rows:
            raise UsageError(
                f"No row of {self.wanted.file} has a {ROW_ID_HEADER}, so nobody can tell which rows it lacks; leave "
                "--delete-missing out."
            )
        if self.wanted.base is not None:
            return self._stated(self.wanted.base, sheets)
        if not prints.rows:
            return None
        if sheets.kept and sheets.kept.base:
            return self._stated(sheets.kept.base, sheets)
        found = versions(self.repository, self.head, sheets.doc, sheets.grid)
        base = next(found, None) if sheets.inside else self._noted(sheets, table, sheet, prints)
        base = base or nearest_base(prints, found)
        if base is None:
            raise UsageError(
                "The mirror holds no state of this table that the file could have been made from; run "
                "`coda-git-mirror sync`, name a revision with --base, or leave the column "
                f"{ROW_ID_HEADER} out to insert all rows."
            )
        return base

    def _stated(self, word: str, sheets: Sheets) -> Base:
        commit = self._commit(word)
        if base := self._at(commit, sheets):
            return base
        raise UsageError(f"Revision {commit[:10]} does not hold this table; name one that does with --base.")

    def _at(self, commit: str, sheets: Sheets) -> Base | None:
        side = doc_at(self.history, commit, sheets.doc)
        return base_at(commit, side, sheets.grid) if side else None

    def _noted(self, sheets: Sheets, table: Table, sheet: Sheet, prints: Fingerprints) -> Base | None:
        """The base that a file had when it was applied before, known by what was held back of it then."""
        by_commit: defaultdict[str, list[Conflict]] = defaultdict(list)
        told = ToldConflicts(self.repository, self.head).of(sheets.doc, sheets.grid, table.id)
        for conflict in sorted({*Conflicts(self.repository.private_folder).of(table.id), *told}):
            by_commit[conflict.base].append(conflict)
        for commit, conflicts in by_commit.items():
            try:
                base = self._at(self._commit(commit), sheets)
            except UsageError:
                continue
            asked = [each for each in conflicts if each.column or self.wanted.delete_missing]
            if base and asks_again(asked, base, sheet, prints) and not self._has_newer_rows(sheets, base, prints):
                return base
        return None

    def _has_newer_rows(self, sheets: Sheets, base: Base, prints: Fingerprints) -> bool:
        """Whether a file has rows that came after a state, and so was made from a later one."""
        newest = next(versions(self.repository, self.head, sheets.doc, sheets.grid), None)
        then = {row for row, _ in base.rows()}
        return newest is not None and any(row in prints.rows and row not in then for row, _ in newest.rows())

    def notes(self, sheets: Sheets, base: Base | None, grid: Table, table: Table) -> Iterator[str]:
        """What the user is to know of the file."""
        if sheets.kept:
            yield f"goes on with your edits of {sheets.inside}, which are kept in {sheets.kept.file}."
        if base:
            when = next(self.history.commits(base.commit)).when
            yield f"the base is revision {base.commit[:10]} of {local_time(when)}; --base names another."
        if grid.id != table.id:
            yield f"{one_line(grid.name)!r} is a view of {one_line(table.name)!r}, whose rows these are."
