"""Something that the mirror has, or had: in which state, as of which commit, and since when it is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coda_git_mirror.actions.browse.mirror import NotThere
from coda_git_mirror.model.looking import IndexedCommit, ItemState

if TYPE_CHECKING:
    from coda_git_mirror.index.index import Index


@dataclass(frozen=True)
class Found:
    """A doc, page, table or view, with the commit `at` by whose files it is shown.

    `gone` is the commit that took it, None of what is there; `at` is then the last one that had it.
    """

    state: ItemState
    at: IndexedCommit
    gone: IndexedCommit | None


def commit_numbered(index: Index, number: int) -> IndexedCommit:
    """A commit by its place on the way from the first one, which has number 1, to HEAD."""
    newest_first = index.commits()
    return newest_first[len(newest_first) - number]


def before(index: Index, commit: IndexedCommit) -> IndexedCommit | None:
    """The commit before another one; None before the first."""
    return commit_numbered(index, commit.number - 1) if commit.number > 1 else None


def found(index: Index, doc: str, item: str, at: IndexedCommit | None) -> Found:
    """The item as of a commit, or its last state before; raises NotThere where it had none yet, or without a commit."""
    if at is None:
        raise NotThere("The mirror has no commit now; `coda-git-mirror sync` makes the first.")
    state = index.state_of(doc, item, at.number)
    if state is not None:
        return Found(state, at, None)
    gone = index.gone_before(at.number, None if item == doc else doc)
    state = next((each for each in gone if (each.doc, each.item) == (doc, item)), None)
    if state is None or state.died is None:
        raise NotThere(_unknown(index, doc, item))
    return Found(state, commit_numbered(index, state.died - 1), commit_numbered(index, state.died))


def _unknown(index: Index, doc: str, item: str) -> str:
    """Why something is not shown: it came later, or the mirror never had it."""
    if index.last_state(doc, item) is None:
        return "The mirror never had anything by this id."
    return "At that time it was not there yet; look at it without a time."


def doc_name(index: Index, doc: str, at: IndexedCommit) -> str:
    """What a doc was called at a time, or last before or ever; empty for one that the mirror does not know."""
    state = index.state_of(doc, doc, at.number) or index.last_state(doc, doc)
    return state.name if state else ""
