"""The past of one doc or of something in it, from git alone, or as the index knows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from coda_git_mirror.actions.log.docs import NOWHERE, DocStep, Place, RememberingSide, doc_states, doc_steps
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.index import Index
from coda_git_mirror.model.content import name_of


class Past(Protocol):
    """Newest first, from the tip back."""

    def steps(self, doc: str, item: str | None) -> Iterator[DocStep]:
        """Commits that touched a doc; of an item at least those that changed something of it."""

    def states(self, doc: str, item: str | None) -> Iterator[Side]:
        """The states of a doc that list other items than the one before, or have another content of the item."""


class WalkedPast:
    """Every commit that touched the doc, as git tells them."""

    def __init__(self, history: History, tip: str) -> None:
        self._history, self._tip = history, tip

    def steps(self, doc: str, item: str | None) -> Iterator[DocStep]:  # noqa: ARG002 (the protocol's parameter)
        return doc_steps(self._history, doc, self._tip)

    def states(self, doc: str, item: str | None) -> Iterator[Side]:  # noqa: ARG002 (the protocol's parameter)
        return doc_states(self._history, doc, self._tip)


class IndexedPast:
    """Only those commits that the index names; git is asked for what they hold."""

    def __init__(self, index: Index, history: History, tip: str) -> None:
        self._index, self._history = index, history
        self._walked = WalkedPast(history, tip)

    def steps(self, doc: str, item: str | None) -> Iterator[DocStep]:
        numbers = self._index.touching(doc, item) if item else None
        return self._walked.steps(doc, item) if numbers is None else self._steps(doc, numbers)

    def states(self, doc: str, item: str | None) -> Iterator[Side]:
        numbers = self._index.touching(doc, item)
        if numbers is None:
            yield from self._walked.states(doc, item)
            return
        newest = self._index.last_state(doc, doc)
        last = newest.died - 1 if newest and newest.died else len(self._index.commits())
        yield self._side(doc, last)
        for number in numbers:
            yield self._side(doc, number)
            yield self._side(doc, number - 1)

    def _steps(self, doc: str, numbers: list[int]) -> Iterator[DocStep]:
        ids = [self._index.commits()[-number].id for number in numbers]
        commits = self._history.commits_of(ids)
        for number, commit in zip(numbers, commits, strict=True):
            yield DocStep(commit, self._side(doc, number - 1), self._side(doc, number))

    def _side(self, doc: str, number: int) -> Side:
        """The doc as of a commit, by the name that its metadata has."""
        state = self._index.state_of(doc, doc, number)
        if state is None:
            return NOWHERE
        tree = self._index.tree_at(number)
        stored = RememberingSide(tree, Place(state.name, state.path)).stored()
        return RememberingSide(tree, Place(name_of(stored.doc), state.path), stored)


def past_of(repository: Repository, history: History, tip: str) -> Past:
    """By the index where that is there, and knows the history up to this very tip."""
    index = Index.existing(repository)
    if index and index.head and index.head.id == tip:
        return IndexedPast(index, history, tip)
    return WalkedPast(history, tip)
