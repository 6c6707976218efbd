"""Which pages name what is called otherwise now: a link reads as the name of what it leads to, and nothing tells of it.

Coda moves no time of a page whose link follows a rename, be it in the same doc or in another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coda_git_mirror.actions.held import Held, HeldDoc, damaged_rows
from coda_git_mirror.actions.sync.changed_tables import base_table_id
from coda_git_mirror.actions.sync.doc_content import DocContent
from coda_git_mirror.actions.sync.page_reasons import PageReason, Stale, StalePage, whole_page
from coda_git_mirror.actions.sync.place import linked_as_held
from coda_git_mirror.actions.sync.visits import is_since
from coda_git_mirror.changes.rows import differing_rows
from coda_git_mirror.format.links import LinkBook, LinkedDoc, Target
from coda_git_mirror.format.metadata import stored_page_files
from coda_git_mirror.format.tables import parse_row
from coda_git_mirror.model.content import Json, Outline, Page, Table
from coda_git_mirror.model.outcome import Fetched

_NAMING = ("name", "browserLink")


@dataclass(frozen=True)
class Renamed:
    """What of a doc the mirror may know by another name: all of it, some items, or rows of tables or views, by id."""

    doc: str
    whole: bool = False
    items: frozenset[str] = frozenset()
    rows_of: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.whole or self.items or self.rows_of)

    def concerns(self, target: Target) -> bool:
        return self.whole or target.item in self.items or (target.row and target.item in self.rows_of)


def renamed_in(
    outline: Outline, held: Held, stored: HeldDoc, content: DocContent, suspect_since: datetime | None
) -> Renamed:
    """What is called otherwise than the mirror has it, or is gone.

    What was edited from `suspect_since` on may have been called otherwise when a page that names it was read.
    """
    if stored.record is None:
        return Renamed(outline.doc.id)
    entries = {**stored.stored.pages, **stored.stored.tables, **stored.stored.views}
    items: dict[str, Page | Table] = {page.id: page for page in outline.pages}
    items |= {grid.id: grid for grid in (*outline.tables, *outline.views)}
    renamed = {item_id for item_id, item in items.items() if _is_renamed(item, entries.get(item_id), suspect_since)}
    suspects = {table.id for table in outline.tables if _is_suspect(table, suspect_since)}
    rows_of = suspects | {table.id for table in outline.tables if _rows_renamed(held, stored, table, content)}
    rows_of |= {view.id for view in outline.views if base_table_id(view) in rows_of}
    gone = frozenset(entries.keys() - items.keys())
    is_whole = outline.doc.name != stored.record.name
    return Renamed(outline.doc.id, is_whole, gone | renamed, frozenset(rows_of))


def _is_renamed(item: Page | Table, entry: Json | None, suspect_since: datetime | None) -> bool:
    if entry is None:
        return False
    return any(item.raw.get(name) != entry.get(name) for name in _NAMING) or _is_suspect(item, suspect_since)


def _is_suspect(item: Page | Table, suspect_since: datetime | None) -> bool:
    return suspect_since is not None and is_since(str(item.raw.get("updatedAt", "")), suspect_since)


def _rows_renamed(held: Held, stored: HeldDoc, table: Table, content: DocContent) -> bool:
    """Whether a row of the table is called otherwise now, or is gone."""
    outcome = content.tables.get(table.id)
    paths = stored.table_files(stored.stored.tables.get(table.id), ".jsonl")
    if not paths or not isinstance(outcome, Fetched):
        return False
    if [held.tree.digest(path) for path in paths] == [file.oid for file in outcome.value.rows]:
        return False
    pairs = differing_rows(held.lines(paths), outcome.value.lines())
    try:
        return any(new is None or _name(old) != _name(new) for old, new in pairs if old is not None)
    except ValueError as error:
        raise damaged_rows(paths, held.tree) from error


def _name(line: bytes) -> Any:
    return parse_row(line).get("name")


class Mentions:
    """Finds the pages of the mirror that name something by a link, as the mirror holds them."""

    def __init__(self, held: Held) -> None:
        self._held = held

    def pages_naming(self, renamed: Iterable[Renamed]) -> Mapping[str, Stale]:
        """The pages by doc; of a mirror with very many docs only those are looked at that name one of these."""
        by_doc = {each.doc: each for each in renamed if each and each.doc in self._held.docs}
        if not by_doc:
            return {}
        folders = {doc_id: self._held.docs[doc_id].path for doc_id in by_doc}
        book = LinkBook((), (), folders, self._linked)
        found = {doc.doc.id: dict(self._naming(doc, book, by_doc)) for doc in self._held.docs_that_name(by_doc)}
        return {doc_id: pages for doc_id, pages in found.items() if pages}

    def _linked(self, doc_id: str) -> LinkedDoc:
        return linked_as_held(self._held.doc(doc_id), self._held.docs[doc_id])

    def _naming(self, doc: HeldDoc, book: LinkBook, renamed: Mapping[str, Renamed]) -> Iterator[tuple[str, StalePage]]:
        for page_id, entry in doc.stored.pages.items():
            links = {url for urls in stored_page_files(entry).originals.values() for url in urls.values()}
            targets = (book.target(url) for url in links)
            if any(target and renamed[target.doc].concerns(target) for target in targets):
                yield page_id, whole_page(PageReason.RENAMED)


def gone_docs(doc_ids: Iterable[str]) -> Iterator[Renamed]:
    """Docs of which nothing can be named by a link any more."""
    return (Renamed(doc_id, whole=True) for doc_id in doc_ids)
