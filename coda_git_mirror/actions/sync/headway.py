"""How far the reading of a doc has come, by this run and by those before it that it took up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from coda_git_mirror.changes.wording import shown_name
from coda_git_mirror.format.text import counted
from coda_git_mirror.model.content import Outline, Page, Table

PLAIN = ".txt"
"""In place of a suffix: the bare words of a page that may not be exported."""
_LEFT = "not read as a whole yet"


@dataclass
class Headway:
    """What is there of a doc: `texts` by page id and suffix, and `grids`, its tables and views, by id.

    `new` counts what this run read that no earlier one had, `changed` is whether it found something to be another than
    an earlier one had read. `unconfirmed` is what may have been calculated anew and was
    taken up all the same, `pages` are those taken up, each with the number of the run that read it. `since` tells of
    what is calculated as of which run it is as it is now. `wanted` are the pages and grids of a doc that is read as a
    whole, once that is known.
    """

    new: int = 0
    changed: bool = False
    texts: set[tuple[str, str]] = field(default_factory=set)
    grids: set[str] = field(default_factory=set)
    unconfirmed: dict[str, int] = field(default_factory=dict)
    pages: dict[str, int] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)
    wanted: Outline | None = None

    def is_proved(self, whole_since: int) -> bool:
        """Whether all that may be calculated was read as it is since a run, the first in which the doc was whole."""
        return not (self.changed or self.outdated()) and all(run >= whole_since for run in self.unconfirmed.values())

    def outdated(self) -> frozenset[str]:
        """The pages that were taken up from a run before one in which something calculated was another."""
        since = max(self.since.values(), default=0)
        return frozenset(page_id for page_id, run in self.pages.items() if run < since)

    def told(self, formats: Collection[str], unfit: Iterable[Table]) -> str:
        """Of a doc that is left: what of it is there, and which of its tables all of the time was not enough for."""
        return "; ".join([_LEFT + self._counts(formats), *map(_unfit, unfit)])

    def _counts(self, formats: Collection[str]) -> str:
        if self.wanted is None:
            return ""
        pages, grids = self.wanted.pages, (*self.wanted.tables, *self.wanted.views)
        read = sum(all((page.id, suffix) in self.texts for suffix in formats) or self._is_plain(page) for page in pages)
        counts = ((read, len(pages), "pages"), (len(self.grids), len(grids), "tables and views"))
        if all(read == every for read, every, _ in counts):
            return ": its hosted files, or values that may have been calculated anew, are still to be read"
        return ": " + " and ".join(f"{read} of {every} {kind}" for read, every, kind in counts if every) + " are there"

    def _is_plain(self, page: Page) -> bool:
        return (page.id, PLAIN) in self.texts


def _unfit(grid: Table) -> str:
    kind, rows = ("view" if grid.is_view else "table"), grid.row_count
    size = "" if rows is None else f" with its {counted(rows, 'row')}"
    return f"all of that time was not enough for the {kind} {shown_name(grid.name)}{size}, which needs a longer --for"
