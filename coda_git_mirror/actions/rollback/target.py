"""What is to be rolled back to where: a table of the mirror, and a revision that holds its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from coda_git_mirror.actions.entry import open_mirror, sound_revisions
from coda_git_mirror.actions.log.rows import HeldTable
from coda_git_mirror.actions.tables.meant import MeantTable, meant_table
from coda_git_mirror.actions.tables.past import latest_with, table_at
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.format.times import local_time
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.revisions import Revisions


@dataclass(frozen=True)
class Target:
    """`commit` is pinned: what a word such as HEAD~1 means must not move with the commits that a rollback makes."""

    repository: Repository
    history: History
    commit: str
    when: datetime
    table: MeantTable
    held: HeldTable


def target_of(folder: Path, doc: str, table: str, at: str) -> Target:
    """What words mean, by the mirror alone. Raises UsageError where that is nothing, or not one thing."""
    repository = open_mirror(folder)
    history, head = History(repository), repository.head()
    if head is None:
        raise MirrorError(f"The mirror in {folder} has no commit yet; there is nothing to roll back to.")
    commit = Revisions(repository, LAST_TRAILER).resolve(at)
    with sound_revisions():
        meant = meant_table(history, [commit, head], doc, table)
        held = table_at(history, commit, meant.doc, meant.id)
        if held is None:
            raise UsageError(_not_there(history, [head, commit], meant, commit))
    return Target(repository, history, commit, next(history.commits(commit)).when, meant, held)


def _not_there(history: History, tips: Sequence[str], table: MeantTable, commit: str) -> str:
    """That a revision lacks the table's rows, and which one has them."""
    lacking = f"Revision {commit[:10]} has no rows of the table {one_line(table.name)!r}"
    found = next(filter(None, (latest_with(history, tip, table.doc, table.id) for tip in tips)), None)
    if found is None:
        return f"{lacking}, and no other revision has them."
    return f"{lacking}; that of {local_time(found.when)} has, so give --at {found.id[:10]}."
