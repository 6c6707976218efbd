"""What earlier runs of `apply` have left as somebody had edited it, as the commits of their writes tell in any clone.

Those commits hold the edit as well as what was written: of all states they are the nearest to the very file that was
applied, which would be written over the edit by them. Where nothing was written no commit was made, and what this
working copy has noted (`state/conflicts.py`) is all there is: then a clone knows as much as if the file was new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from coda_git_mirror.actions.apply.bases import versions
from coda_git_mirror.changes.trailers import KeptCell, kept_cells
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.state.conflicts import Conflict, mark_of


@dataclass(frozen=True)
class ToldConflicts:
    """Looks through the commits up to `head`."""

    repository: Repository
    head: str

    def of(self, doc: str, grid: str, table: str) -> Iterator[Conflict]:
        """Those of a table. One counts no more once a state of `grid`, the table or its view, has what was wanted."""
        order: dict[str, int] = {}
        since: dict[KeptCell, int] = {}
        for place, commit in enumerate(History(self.repository).commits(self.head)):
            order[commit.id] = place
            for cell in kept_cells(commit.message):
                if cell.table == table:
                    since.setdefault(cell, place)
        done = set(self._done(doc, grid, since, order)) if since else ()
        yield from (Conflict(cell.row, cell.column, cell.mark, cell.base) for cell in since if cell not in done)

    def _done(self, doc: str, grid: str, since: dict[KeptCell, int], order: dict[str, int]) -> Iterator[KeptCell]:
        oldest = max(since.values())
        for state in versions(self.repository, self.head, doc, grid):
            if (place := order.get(state.commit, oldest)) >= oldest:
                return
            open_then = [cell for cell, noted in since.items() if cell.column and place < noted]
            texts = dict(state.texts({cell.row for cell in open_then}))
            yield from _as_wanted(open_then, texts)


def _as_wanted(cells: Iterable[KeptCell], texts: dict[str, dict[str, str]]) -> Iterator[KeptCell]:
    for cell in cells:
        text = texts.get(cell.row, {}).get(cell.column)
        if text is not None and mark_of(text) == cell.mark:
            yield cell
