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
from coda_git_mirror.actions.sync.visits import is_since
from coda_git_mirror.format.metadata import stored_page_files
from coda_git_mirror.model.content import Json, Outline, Page, Table
from coda_git_mirror.model.ledger import PAGE, Problem

_GRID = re.compile(rb'data-coda-grid-id="([^"]*)"')
_TABLE_ROW = re.compile(rb"^\|", re.MULTILINE)


Stale = Mapping[str, frozenset[str]]
"""The pages to export, by id, each with the suffixes of the formats in which it has changed."""


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
        """Every page that is not among these would come out as the mirror holds it."""
        changed = ChangedTables(self._held, self._doc, self._outline, tables, suspect_since).find()
        touched = self._parents(grid for grid in self._grids() if grid.id in changed)
        touched |= self._parents_of_gone()
        touched |= self._extra_parents(extras, whole=suspect_since is not None)
        showing = {page.id for page in self._outline.pages if page.id in touched or self._shows(page, changed)}
        whole = dict.fromkeys(showing, frozenset(BOTH_FORMATS))
        return {**self.edited(suspect_since), **whole}

    def edited(self, suspect_since: datetime | None) -> Stale:
        """The pages to export whatever became of tables, formulas and controls."""
        found = {page.id: self._edited_formats(page, suspect_since) for page in self._outline.pages}
        return {page_id: formats for page_id, formats in found.items() if formats}

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

    def _edited_formats(self, page: Page, suspect_since: datetime | None) -> frozenset[str]:
        """All formats of a page that is new, was edited, or may have been read too early; else those that are missing.

        A page without a time may have been edited.
        """
        if self._is_edited(page, suspect_since):
            return frozenset(BOTH_FORMATS)
        files = stored_page_files(self._doc.stored.pages[page.id])
        absent = {suffix for suffix in self._options.formats if not self._doc.path(files.files.get(suffix, ""))}
        wanted = {suffix for it in self._missing[page.id] if self._wanted(it) for suffix in it.formats or BOTH_FORMATS}
        unwanted = {suffix for it in self._missing[page.id] if not self._wanted(it) for suffix in it.formats}
        return frozenset((absent - unwanted) | wanted)

    def _is_edited(self, page: Page, suspect_since: datetime | None) -> bool:
        entry = self._doc.stored.pages.get(page.id)
        updated = page.raw.get("updatedAt")
        if entry is None or not updated or updated != entry.get("updatedAt"):
            return True
        if entry.get("contentType") != page.raw.get("contentType"):
            return True
        return suspect_since is not None and is_since(str(updated), suspect_since)

    def _shows(self, page: Page, changed: Collection[str]) -> bool:
        """Whether the page shows a changed table: one may be placed on pages not its parent's.

        HTML names the tables that it shows. Markdown does not: there any page with a table may.
        """
        entry = self._doc.stored.pages.get(page.id)
        if not (entry and changed):
            return False
        files = stored_page_files(entry).files
        if html := self._doc.path(files.get(".html", "")):
            found = _GRID.findall(self._held.tree.read(html))
            return any(grid_id.decode("utf-8", "replace") in changed for grid_id in found)
        markdown = self._doc.path(files.get(".md", ""))
        return markdown is not None and _TABLE_ROW.search(self._held.tree.read(markdown)) is not None


def _id_of(place: Any) -> str | None:
    """The id in a reference to a page; None where there is none, or one that is no text."""
    page_id = place.get("id") if isinstance(place, dict) else None
    return page_id if isinstance(page_id, str) else None


def _by_id(items: Any) -> dict[str, Any]:
    return {str(item["id"]): item for item in items} if isinstance(items, list) else {}
