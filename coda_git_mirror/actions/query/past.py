"""The rows of `history`: by which commits something changed in the docs that are asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.index import Index
from coda_git_mirror.model.answer import Row
from coda_git_mirror.model.looking import ItemState
from coda_git_mirror.model.selectors import selects


def history_rows(
    repository: Repository, commit: str, selectors: Sequence[str], told: Callable[[str], None]
) -> Iterator[Row]:
    """Doc, item, revision, date in UTC and what changed, up to a commit; by docs and items, the newest first.

    Docs that are gone by then count too. Nothing for a commit that is not on HEAD's way.
    """
    index = Index.open(repository, told)
    known = index.commit(commit)
    if known is None:
        told("history is empty: that revision is not on the way from the mirror's beginning to HEAD.")
        return
    dates = [commit.when.isoformat() for commit in reversed(index.commits())]
    for doc in _at(index, known.number):
        if selectors and not any(selects(each, doc.doc, doc.name) for each in selectors):
            continue
        items = dict.fromkeys([doc.doc, *(item.item for item in _at(index, known.number, doc.doc))])
        for item, at, what in index.changes_of_each(doc.doc, items):
            if at.number <= known.number:
                yield doc.doc, item, at.id, dates[at.number - 1], what


def _at(index: Index, number: int, doc: str | None = None) -> list[ItemState]:
    """What is there by a commit, or was before."""
    return [*index.items_at(number, doc), *index.gone_before(number, doc)]
