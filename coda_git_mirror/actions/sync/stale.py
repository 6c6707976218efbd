"""Which pages of an edited doc have to be exported again: a page's own time does not tell of the tables that it shows.

Row edits, formulas and controls change a page's export without moving the page's `updatedAt` (coda-api.md, Freshness).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from coda_git_mirror.actions.held import Held, HeldDoc
from coda_git_mirror.actions.sync.changed_tables import ChangedTables, FetchedTables
from coda_git_mirror.actions.sync.extras import CONTROLS, FORMULAS, Extras
from coda_git_mirror.actions.sync.options import BOTH_FORMATS, SyncOptions
from coda_git_mirror.actions.sync.page_reasons import OF_STATE, PageReason, Stale, StalePage, whole_page
from coda_git_mirror.actions.sync.visits import is_since
from coda_git_mirror.format.metadata import stored_page_files
from coda_git_mirror.model.content import Json, Outline, Page, Table
from coda_git_mirror.model.ledger import PAGE, Problem

_GRID = re.compile(rb'data-coda-grid-id="([^"]*)"')
_TABLE_ROW = re.compile(rb"^\|", re.MULTILINE)


class StalePages:
    """Judges the pages of one doc once its tables and extras have been read.

    `suspect_since`: what was edited from then on counts as changed, for it may have been read too early. Of what the
    ledger names only what is `wanted` is asked for again.
    """

    def __init__(
        self,
        held: Held,
        doc: HeldDoc,
        outline: Outline,
        options: SyncOptions,
        wanted: Callable[[Problem], bool] = lambda _: True,
    ) -> None:
        self._held, self._doc, self._outline, self._options = held, doc, outline, options
        missing = held.ledger.of(doc.doc.id)
        self._missing = {
            page.id: [problem for problem in missing if problem.item_id == page.id and problem.kind == PAGE]
            for page in outline.pages
        }
        self._wanted = wanted

    def find(self, tables: FetchedTables, extras: Extras, suspect_since: datetime | None) -> Stale:
        """The pages to export, each with its reason; every other page would come out as the mirror holds it.

        What decides, the first that holds being the reason; all formats are exported, but of the last two:

        - new: the mirror does not know the page
        - edited: its own time or kind of content is another one, or Coda tells no time
        - may have been read too early: its own time is `suspect_since` or later
        - shows a table that changed: it is or was the page of one that changed, came, or was edited so late
        - a table on it moved or is gone: it is or was the page of such a one
        - a formula or control on it has another value, came or went; one without a known page concerns all pages
        - may have been read too early: a formula or control is on it, and something was edited so late
        - shows a table that changed, or that is gone: its HTML in the mirror names it, on whatever page it is
        - may show a table that changed: there is but Markdown with a table, and any table of the doc changed
        - failed, left out, denied or gone before: the ledger names these formats, and they are wanted
        - not in the mirror in this format yet: it has no file, unless the ledger names it and it is not wanted

        A table may be a view as well.
        """
        return self._judged(self._by_surroundings(tables, extras, suspect_since), suspect_since)

    def edited(self, suspect_since: datetime | None) -> Stale:
        """The pages to export whatever became of tables, formulas and controls."""
        return self._judged({}, suspect_since)

    def _judged(self, surroundings: Mapping[str, PageReason], suspect_since: datetime | None) -> Stale:
        found = ((page.id, self._judge(page, surroundings, suspect_since)) for page in self._outline.pages)
        return {page_id: stale for page_id, stale in found if stale}

    def _judge(
        self, page: Page, surroundings: Mapping[str, PageReason], suspect_since: datetime | None
    ) -> StalePage | None:
        reason = self._own_reason(page, suspect_since) or surroundings.get(page.id)
        return whole_page(reason) if reason else self._lacking(page)

    def _by_surroundings(
        self, tables: FetchedTables, extras: Extras, suspect_since: datetime | None
    ) -> Mapping[str, PageReason]:
        """The reasons that pages have by what else is on them, by id."""
        changed = ChangedTables(self._held, self._doc, self._outline, tables, suspect_since).find()
        early = self._extra_parents(extras, whole=True) if suspect_since else ()
        touched = {
            **dict.fromkeys(early, PageReason.TOO_EARLY),
            **dict.fromkeys(self._extra_parents(extras, whole=False), PageReason.VALUE_CHANGED),
            **dict.fromkeys(self._parents_of_gone(), PageReason.TABLE_MOVED),
            **dict.fromkeys(self._parents(it for it in self._grids() if it.id in changed), PageReason.TABLE_CHANGED),
        }
        others = ((page.id, self._shown(page, changed)) for page in self._outline.pages if page.id not in touched)
        return {**touched, **{page_id: reason for page_id, reason in others if reason}}

    def _grids(self) -> tuple[Table, ...]:
        return (*self._outline.tables, *self._outline.views)

    def _parents(self, grids: Iterable[Table]) -> set[str]:
        """The pages on which tables are, and were."""
        stored = {**self._doc.stored.tables, **self._doc.stored.views}
        places = [raw.get("parent") for grid in grids for raw in (grid.raw, stored.get(grid.id, {}))]
        return set(filter(None, map(_id_of, places)))

    def _parents_of_gone(self) -> set[str]:
        """The pages on which tables were that are no more, or that have moved to another page."""
        now = {grid.id: grid.raw.get("parent") for grid in self._grids()}
        stored = {**self._doc.stored.tables, **self._doc.stored.views}
        moved = [entry for grid_id, entry in stored.items() if now.get(grid_id) != entry.get("parent")]
        places = [*(entry.get("parent") for entry in moved), *(now.get(entry["id"]) for entry in moved)]
        return set(filter(None, map(_id_of, places)))

    def _extra_parents(self, extras: Extras, whole: bool) -> set[str]:
        """The pages of formulas and controls whose value is another one; with `whole` of all of them.

        Where Coda does not say on which page one stands (coda-api.md, Listings), or on none that is there, that may be
        any page of the doc.
        """
        parents: set[str] = set()
        for name in (name for name in (FORMULAS, CONTROLS) if name in extras.given):
            old, new = _by_id(self._doc.stored.extras.get(name)), _by_id(extras.given.get(name))
            for item_id in {**old, **new}:
                if whole or old.get(item_id) != new.get(item_id):
                    for item in (items[item_id] for items in (old, new) if item_id in items):
                        parents |= self._places(item)
        return parents

    def _places(self, item: Json) -> set[str]:
        place, pages = item.get("parent"), {page.id for page in self._outline.pages}
        named = place.get("id") if isinstance(place, dict) else None
        return {named} if isinstance(named, str) and named in pages else pages

    def _own_reason(self, page: Page, suspect_since: datetime | None) -> PageReason | None:
        """Why the page itself may be another one; without a time it may have been edited."""
        entry, updated = self._doc.stored.pages.get(page.id), page.raw.get("updatedAt")
        if entry is None:
            return PageReason.NEW
        known = (entry.get("updatedAt"), entry.get("contentType"))
        if not updated or (updated, page.raw.get("contentType")) != known:
            return PageReason.EDITED
        is_suspect = suspect_since is not None and is_since(str(updated), suspect_since)
        return PageReason.TOO_EARLY if is_suspect else None

    def _lacking(self, page: Page) -> StalePage | None:
        """The formats of a page that has not changed which the mirror lacks, if any."""
        files = stored_page_files(self._doc.stored.pages[page.id])
        absent = {suffix for suffix in self._options.formats if not self._doc.path(files.files.get(suffix, ""))}
        wanted = [problem for problem in self._missing[page.id] if self._wanted(problem)]
        unwanted = {suffix for it in self._missing[page.id] if it not in wanted for suffix in it.formats}
        again = {suffix for problem in wanted for suffix in problem.formats or BOTH_FORMATS}
        formats = frozenset((absent - unwanted) | again)
        if not formats:
            return None
        return StalePage(formats, OF_STATE[wanted[0].state] if wanted else PageReason.NO_SUCH_FORMAT)

    def _shown(self, page: Page, changed: Collection[str]) -> PageReason | None:
        """Whether the page shows a changed table, or one that is gone: one may be placed on pages not its parent's.

        HTML names the tables that it shows. Markdown does not: there any page with a table may.
        """
        entry = self._doc.stored.pages.get(page.id)
        if not (entry and changed):
            return None
        files = stored_page_files(entry).files
        if html := self._doc.path(files.get(".html", "")):
            found = {grid_id.decode("utf-8", "replace") for grid_id in _GRID.findall(self._held.tree.read(html))}
            return self._reason_of(found.intersection(changed))
        markdown = self._doc.path(files.get(".md", ""))
        has_table = markdown is not None and _TABLE_ROW.search(self._held.tree.read(markdown))
        return PageReason.TABLE_MAY_SHOW if has_table else None

    def _reason_of(self, shown: Collection[str]) -> PageReason | None:
        """The reason of a page that shows these changed tables."""
        if not shown:
            return None
        is_there = any(grid.id in shown for grid in self._grids())
        return PageReason.TABLE_CHANGED if is_there else PageReason.TABLE_MOVED


def _id_of(place: Any) -> str | None:
    """The id in a reference to a page; None where there is none, or one that is no text."""
    page_id = place.get("id") if isinstance(place, dict) else None
    return page_id if isinstance(page_id, str) else None


def _by_id(items: Any) -> dict[str, Any]:
    return {str(item["id"]): item for item in items} if isinstance(items, list) else {}
