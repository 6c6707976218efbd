"""A table as commits of the mirror hold it, and what earlier writes have left in the history."""

from __future__ import annotations

from collections.abc import Iterator

from coda_git_mirror.actions.log.docs import doc_steps, manifest_at
from coda_git_mirror.actions.log.rows import HeldTable, held_table
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.changes.rollback.restored_rows import RestoredRows
from coda_git_mirror.changes.rollback.states import HeldRows
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.changes.trailers import is_written, restored_rows
from coda_git_mirror.format.manifest import by_id
from coda_git_mirror.git.history import BlobTree, Commit, History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.sync_commits import SyncCommits
from coda_git_mirror.model.content import Column


def doc_at(history: History, commit: str, doc: str) -> Side | None:
    """A doc as a commit holds it; None where it has no such doc."""
    manifest = manifest_at(history, commit)
    record = by_id(manifest.docs).get(doc) if manifest else None
    return Side(BlobTree(history, history.files(commit, record.path)), record) if record else None


def table_at(history: History, commit: str, doc: str, table: str) -> HeldTable | None:
    """A table with its rows as a commit holds it; None where it does not."""
    side = doc_at(history, commit, doc)
    held = held_table(side, table) if side else None
    return held if held and held.files(".json") and held.files(".jsonl") else None


def rows_of(held: HeldTable) -> HeldRows:
    """Its columns and rows. Raises DamagedFile, also while rows are read."""
    return HeldRows(tuple(map(Column.of, held.columns())), held.rows)


def latest_with(history: History, tip: str, doc: str, table: str) -> Commit | None:
    """The newest commit from `tip` back whose doc has rows of a table; None where none has."""
    for step in doc_steps(history, doc, tip):
        held = held_table(step.after, table)
        if held.files(".jsonl"):
            return step.commit
    return None


def last_sync(repository: Repository, tip: str) -> str | None:
    """The last sync up to a commit that no verb made which writes into Coda."""
    made = SyncCommits(repository, LAST_TRAILER).made(tip=tip)
    return next((commit.id for commit in made if not is_written(commit.message)), None)


def rows_restored(history: History, tip: str) -> RestoredRows:
    """The rows that the commits up to `tip` say live again under other ids."""
    noted = [row for commit in history.commits(tip) for row in [*restored_rows(commit.message)][::-1]]
    return RestoredRows((row.table, row.old, row.new) for row in reversed(noted))


def other_tables(side: Side, table: str) -> Iterator[HeldTable]:
    """The other tables of a doc whose rows are held."""
    for each in side.stored().tables:
        held = held_table(side, each)
        if each != table and held.files(".json") and held.files(".jsonl"):
            yield held
