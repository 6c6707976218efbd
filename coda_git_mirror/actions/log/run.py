"""`log`: the syncs that touched the account, a doc, something in it, a row or a cell."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from coda_git_mirror.actions.entry import open_mirror, sound_revisions
from coda_git_mirror.actions.log.names import Names
from coda_git_mirror.actions.log.past import Past, past_of
from coda_git_mirror.actions.log.rows import row_steps
from coda_git_mirror.changes.compare import compare_doc
from coda_git_mirror.git.history import Commit, History
from coda_git_mirror.model.changes import DocChange
from coda_git_mirror.model.differences import RowChange
from coda_git_mirror.model.history import Entry, Log, Target


def log(folder: Path, words: Sequence[str], column: str | None, most: int) -> Log:
    """What happened to the thing that the words name, newest first; not more than `most` entries, 0 for all.

    Where a history was cut, its first commit does not tell what it changed. Raises UsageError where the words do not
    name one thing.
    """
    repository = open_mirror(folder)
    history, tip = History(repository), repository.head()
    if tip is None:
        return Log(Target(), (), more=False)
    with sound_revisions():
        past = past_of(repository, history, tip)
        target, cut = Names(history, tip, past).find(words, column), repository.cut_at()
        told = (
            entry for entry in _entries(history, tip, target, past) if target.doc is None or entry.commit not in cut
        )
        entries = list(islice(told, min(most + 1, sys.maxsize) if most else None))
    return Log(target, tuple(entries[: most or None]), more=bool(most) and len(entries) > most)


def _entries(history: History, tip: str, target: Target, past: Past) -> Iterator[Entry]:
    if target.doc is None:
        yield from (_entry(commit) for commit in history.commits(tip))
        return
    steps = past.steps(target.doc, target.item)
    if target.item is not None and target.row is not None:
        for each in row_steps(steps, target.item, target.row, target.column):
            yield _entry(each.step.commit, row=each.change)
        return
    for step in steps:
        doc = compare_doc(step.before, step.after, target.item)
        if target.item is None or doc.pages or doc.tables or doc.views:
            yield _entry(step.commit, doc)


def _entry(commit: Commit, doc: DocChange | None = None, row: RowChange | None = None) -> Entry:
    return Entry(commit.id, commit.when, commit.message, doc, row)
