"""Reads that trail live edits while `updatedAt` is already new (coda-api.md, Freshness)."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from coda_git_mirror.demo.world import Doc, Page, Row, Table, View


class Snapshots:
    """Keeps each doc as it was before its recent edits, for `lag` seconds of the clock; costs nothing at lag 0."""

    def __init__(self, lag: float, clock: Callable[[], float]) -> None:
        self._lag = lag
        self._clock = clock
        self._instant: float | None = None
        self._before: defaultdict[str, list[tuple[float, Doc]]] = defaultdict(list)

    def before_edit(self, doc: Doc) -> None:
        """To be called before each edit of a doc."""
        if self._lag > 0:
            at = self._clock() if self._instant is None else self._instant
            self._before[doc.id].append((at, copy.deepcopy(doc, {id(doc.world): doc.world})))

    @contextmanager
    def at(self, instant: float) -> Iterator[None]:
        """Edits meanwhile count as made at this instant, which has passed."""
        self._instant = instant
        try:
            yield
        finally:
            self._instant = None

    def pending(self, doc: Doc) -> bool:
        """Whether some edit of the doc is not served yet."""
        horizon = self._clock() - self._lag
        self._before[doc.id] = [(at, state) for at, state in self._before[doc.id] if at > horizon]
        return bool(self._before[doc.id])

    def served(self, doc: Doc) -> Doc:
        """The doc as reads show it now: old content, new times."""
        if not self.pending(doc):
            return doc
        state = self._before[doc.id][0][1]
        live = {item.id: item.updated_at for item in _dated(doc)}
        for item in _dated(state):
            item.updated_at = live.get(item.id, item.updated_at)
        return state


def _dated(doc: Doc) -> Iterator[Doc | Page | Table | View | Row]:
    yield doc
    yield from doc.pages()
    yield from doc.views
    for table in doc.tables:
        yield table
        yield from table.rows
