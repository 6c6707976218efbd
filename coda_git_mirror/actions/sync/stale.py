"""Which pages of an edited doc have to be exported again: a page's own time does not tell of the tables that it shows.

Row edits, formulas and controls change a page's export without moving the page's `updatedAt` (FACTS.md, Freshness).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from coda_git_mirror.actions.sync.changed_tables import ChangedTables, FetchedTables
from coda_git_mirror.actions.sync.extras import CONTROLS, FORMULAS, Extras
from coda_git_mirror.actions.sync.held import Held, HeldDoc
from coda_git_mirror.actions.sync.visits import is_since
from coda_git_mirror.format.metadata import stored_page_files
from coda_git_mirror.model.content import Outline, Page, Table

_GRID = re.compile(rb'data-coda-grid-id="([^"]*)"')
_TABLE_ROW = re.compile(rb"^\|", re.MULTILINE)


class StalePages:
    """Judges the pages of one doc once its tables and extras have been read.

    `suspect_since`: what was edited from then on counts as changed, for it may have been read too early.
    """

    def __init__(self, held: Held, doc: HeldDoc, outline: Outline, formats: Collection[str]) -> None:
        self._held, self._doc, self._outline, self._formats = held, doc, outline, formats

    def find(self, tables: FetchedTables, extras: Extras, suspect_since: datetime | None) -> frozenset[str]:
        """The ids of the pages to export; every other one would come out as the mirror holds it."""
        changed = ChangedTables(self._held, self._doc, self._outline, tables, suspect_since).find()
        touched = self._parents(grid for grid in self._grids() if grid.id in changed)
        touched |= self._parents_of_gone()
        touched |= self._extra_parents(extras, whole=suspect_since is not None)
        showing = {page.id for page in self._outline.pages if page.id in touched or self._shows(page, changed)}
        return self.edited(suspect_since) | showing

    def edited(self, suspect_since: datetime | None) -> frozenset[str]:
        """The ids of the pages to export whatever became of tables, formulas and controls."""
        return frozenset(page.id for page in self._outline.pages if self._is_edited(page, suspect_since))

    def _grids(self) -> tuple[Table, ...]:
        return (*self._outline.tables, *self._outline.views)

    def _parents(self, grids: Iterable[Table]) -> set[str]:
        """The pages on which tables are, and were."""
        stored = {**self._doc.stored.tables, **self._doc.stored.views}
        places = [raw.get("parent") for grid in grids for raw in (grid.raw, stored.get(grid.id, {}))]
        return {place["id"] for place in places if isinstance(place, dict) and "id" in place}

    def _parents_of_gone(self) -> set[str]:
        """The pages on which tables were that are no more, or that have moved to another page."""
        now = {grid.id: grid.raw.get("parent") for grid in self._grids()}
        stored = {**self._doc.stored.tables, **self._doc.stored.views}
        moved = [entry for grid_id, entry in stored.items() if now.get(grid_id) != entry.get("parent")]
        places = [*(entry.get("parent") for entry in moved), *(now.get(entry["id"]) for entry in moved)]
        return {place["id"] for place in places if isinstance(place, dict) and "id" in place}

    def _extra_parents(self, extras: Extras, whole: bool) -> set[str]:
        """The pages of formulas and controls whose value is another one; with `whole` of all of them."""
        parents: set[str] = set()
        for name in (FORMULAS, CONTROLS):
            old, new = _by_id(self._doc.stored.extras.get(name)), _by_id(extras.given.get(name))
            for item_id in {**old, **new}:
                if whole or old.get(item_id) != new.get(item_id):
                    places = (items.get(item_id, {}).get("parent") for items in (old, new))
                    parents |= {place["id"] for place in places if isinstance(place, dict) and "id" in place}
        return parents

    def _is_edited(self, page: Page, suspect_since: datetime | None) -> bool:
        """Whether the page itself is new, was edited, or may have been read too early; without a time it may be."""
        entry = self._doc.stored.pages.get(page.id)
        updated = page.raw.get("updatedAt")
        if entry is None or not updated or updated != entry.get("updatedAt"):
            return True
        if entry.get("contentType") != page.raw.get("contentType"):
            return True
        files = stored_page_files(entry)
        if files.plain or any(not self._doc.path(files.files.get(suffix, "")) for suffix in self._formats):
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


def _by_id(items: Any) -> dict[str, Any]:
    return {str(item["id"]): item for item in items} if isinstance(items, list) else {}
