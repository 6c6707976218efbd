"""Tables that alone take longer than the whole time which a run may read for: all else goes on without them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from coda_git_mirror.clock import Window
from coda_git_mirror.errors import TimeIsUp
from coda_git_mirror.model.content import Doc, Table
from coda_git_mirror.state.fetched import FetchedFiles

_NEARLY_ALL = 0.9
_LONGER = 1.1
T = TypeVar("T")


class Unfit:
    """Those of a run that ends in time, and those that earlier runs found out.

    Such a table is read beside all others, by a thread of its own. As it may just have had too small a share of what
    Coda allows, its doc then comes before all others. Once there was nothing else of the doc to read, and all of the
    time was not enough even so, the table is left alone, until the doc is edited or a run has more time.
    """

    def __init__(self, files: FetchedFiles, window: Window | None) -> None:
        self._files, self._window = files, window
        self._found: dict[tuple[str, str], Table] = {}

    def known(self, doc: Doc) -> frozenset[str]:
        """The ids of a doc's tables and views that an earlier run could not read in time; none where there is time."""
        return frozenset(self._stored(doc).get("grids", ())) if self._window else frozenset()

    def found(self, doc: Doc) -> list[Table]:
        """Those for which this run had nearly all of its time, and which it could not read."""
        return [grid for (doc_id, _), grid in sorted(self._found.items()) if doc_id == doc.id]

    def comes_first(self, doc: Doc) -> bool:
        """Whether the doc is to be read before all others, for the sake of such a table."""
        stored = self._stored(doc)
        return bool(stored) and self._window is not None and self._window.seconds > _LONGER * stored["seconds"]

    def reading(self, doc: Doc, grid: Table, read: Callable[[], T]) -> T:
        """What `read` gives; notes where nearly all of the time was not enough for it. Raises TimeIsUp then."""
        if (window := self._window) is None:
            return read()
        if grid.id in self.known(doc) and not self.comes_first(doc):
            self._found[doc.id, grid.id] = grid
            raise TimeIsUp
        begun = window.now()
        try:
            return read()
        except TimeIsUp:
            if window.share_since(begun) >= _NEARLY_ALL:
                self._found[doc.id, grid.id] = grid
            raise

    def remember(self, doc: Doc, had_all: bool) -> None:
        """Tells the next run which tables of a doc that is left did not fit.

        With `had_all` nothing else was read of it: then also, into how many seconds.
        """
        if grids := {grid.id for grid in self.found(doc)}:
            before = self._stored(doc).get("seconds", 0.0)
            seconds = self._window.seconds if self._window and had_all and self.comes_first(doc) else before
            self._files.keep(_key(doc), {"grids": sorted(grids | self.known(doc)), "seconds": seconds}, [])

    def _stored(self, doc: Doc) -> Mapping[str, Any]:
        kept = self._files.recall(_key(doc))
        return kept.value if kept else {}


def _key(doc: Doc) -> str:
    return f"{doc.id} {doc.updated} unfit"
