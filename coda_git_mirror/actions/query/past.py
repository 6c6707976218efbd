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
    for doc in _at(index, known.number):
        if selectors and not any(selects(each, doc.doc, doc.name) for each in selectors):
            continue
        for item in (doc, *_at(index, known.number, doc.doc)):
            for version in index.versions(doc.doc, None if item is doc else item.item):
                if version.commit.number <= known.number:
                    when = version.commit.when
                    yield doc.doc, item.item, version.commit.id, when.isoformat(), version.what


def _at(index: Index, number: int, doc: str | None = None) -> list[ItemState]:
    """What is there by a commit, or was before."""
    return [*index.items_at(number, doc), *index.gone_before(number, doc)]
