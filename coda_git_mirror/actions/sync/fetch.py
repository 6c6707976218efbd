"""Reads the content of one doc with several workers; what fails is a value, and the rest goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

from coda_git_mirror.actions.sync.extras import Extras, read_extras
from coda_git_mirror.actions.sync.held import HeldDoc
from coda_git_mirror.actions.sync.means import Means
from coda_git_mirror.actions.sync.options import BOTH_FORMATS
from coda_git_mirror.actions.sync.outline import Outlined
from coda_git_mirror.actions.sync.plan import DocPlan, export_requests
from coda_git_mirror.actions.sync.stale import StalePages
from coda_git_mirror.actions.sync.table_files import TableFiles, TableReader
from coda_git_mirror.errors import CodaError, ExportDenied, NotExportable, NotThere, OutOfPatience, TokenRefused
from coda_git_mirror.format.metadata import PageFiles, StoredDoc, stored_page_files
from coda_git_mirror.format.placeholders import PLACEHOLDERS
from coda_git_mirror.model.content import Doc, Outline, Page, Table, is_exportable
from coda_git_mirror.model.outcome import Failed, Fetched, Gone, Kept, Outcome, Same

_OUTPUT_FORMATS = {".md": "markdown", ".html": "html"}

_PLAIN_TEXT = "This token may not export pages: they are mirrored as plain text, without images."

T = TypeVar("T")


@dataclass(frozen=True)
class PageContent:
    """What became of a page's text in each format, by suffix; `plain` where Coda gave plain text for an export."""

    texts: Mapping[str, Outcome[Path]]
    plain: bool = False


BegunPages: TypeAlias = Mapping[str, Future[PageContent]]
"""By id."""
_SAME = PageContent(dict.fromkeys(BOTH_FORMATS, Same()))


@dataclass(frozen=True)
class DocContent:
    """What became of each page, of each table and view, by id, and of the rest of a doc."""

    pages: Mapping[str, PageContent]
    tables: Mapping[str, Outcome[TableFiles]]
    extras: Extras

    def is_fetched(self, table_id: str) -> bool:
        """Whether a table or view was read anew."""
        return isinstance(self.tables.get(table_id), Fetched)

    def is_gone(self, item_id: str) -> bool:
        """Whether a page, table or view turned out to be deleted while the doc was read."""
        if item_id in self.tables:
            return isinstance(self.tables[item_id], Gone)
        return any(isinstance(outcome, Gone) for outcome in self.pages[item_id].texts.values())


def without_gone(outline: Outline, content: DocContent) -> Outline:
    """The outline without what turned out to be deleted while the doc was read."""
    return Outline(
        outline.doc,
        tuple(page for page in outline.pages if not content.is_gone(page.id)),
        tuple(table for table in outline.tables if not content.is_gone(table.id)),
        tuple(view for view in outline.views if not content.is_gone(view.id)),
    )


class Fetcher:
    """Reads the docs of one run. Raises only what ends the whole run."""

    def __init__(self, means: Means) -> None:
        self._means, self._source, self._options = means, means.source, means.options
        self._tables = TableReader(means.source, means.options, means.files, means.progress)
        self._told_of_plain_text = threading.Event()

    def begin(self, listed: Outlined, plan: DocPlan, held: HeldDoc) -> BegunPages:
        """Begins with all pages of a doc that is read as a whole, which need not wait for its tables."""
        if not plan.visit.whole:
            return {}
        return self._read_pages(listed, plan, held, {page.id for page in listed.outline.pages})

    def fetch(self, outlined: Outlined, plan: DocPlan, held: HeldDoc, pages: BegunPages) -> DocContent:
        """Reads every table and view that the outline shows, the extras, and every page that may have changed."""
        outline, visit = outlined.outline, plan.visit
        grids = (*outline.tables, *outline.views)
        jobs = {grid.id: self._means.crew.reads.submit(self._grid, outlined, grid) for grid in grids}
        extras_job = self._means.crew.reads.submit(self._extras, outline.doc.id)
        try:
            tables, extras = _results(jobs), extras_job.result()
            if not visit.whole:
                judge = StalePages(self._means.held, held, outline, self._options.formats)
                stale = judge.find(tables, extras, visit.suspect_since)
                pages = self._read_pages(outlined, plan, held, stale)
            same = {page.id: _SAME for page in outline.pages if page.id not in pages}
            return DocContent({**same, **_results(pages)}, tables, extras)
        finally:
            extras_job.cancel()
            cancel(jobs)
            cancel(pages)

    def _read_pages(self, outlined: Outlined, plan: DocPlan, held: HeldDoc, wanted: Collection[str]) -> BegunPages:
        """Begins with the pages that are wanted, or cannot be seen; the others are as the mirror holds them."""
        unseen = outlined.unseen
        pages = [page for page in outlined.outline.pages if page.id in wanted or page.id in unseen]
        exported = sum(is_exportable(page.content_type) and page.id not in unseen for page in pages)
        more = export_requests(exported, self._options)
        more.subtract(export_requests(plan.pages, self._options))
        self._means.progress.expect(len(pages) - plan.pages, more)
        return {page.id: self._means.crew.exports.submit(self._page, outlined, page, held.stored) for page in pages}

    def _extras(self, doc_id: str) -> Extras:
        return read_extras(self._source, doc_id) if self._options.pages else Extras()

    def _grid(self, outlined: Outlined, grid: Table) -> Outcome[TableFiles]:
        if grid.id in outlined.unseen:
            return _unseen(outlined.unseen[grid.id])
        doc = outlined.outline.doc
        read = self._tables.view if grid.is_view else self._tables.table
        return _attempt(
            lambda: self._means.resumption.table(doc, grid.id, lambda: read(doc.id, grid.id)),
            lambda: self._source.table(doc.id, grid.id),
        )

    def _page(self, outlined: Outlined, page: Page, stored: StoredDoc) -> PageContent:
        """A page in all wanted formats, one after the other: two exports at once would overwrite each other."""
        content = self._page_content(outlined, page, stored)
        self._means.progress.page_done()
        return content

    def _page_content(self, outlined: Outlined, page: Page, stored: StoredDoc) -> PageContent:
        if page.id in outlined.unseen:
            return PageContent(dict.fromkeys(self._options.formats, _unseen(outlined.unseen[page.id])))
        texts: dict[str, Outcome[Path]] = {}
        doc = outlined.outline.doc
        try:
            for suffix in self._options.formats:
                texts[suffix] = self._text(doc, page, suffix)
                if isinstance(texts[suffix], Gone):
                    break
        except ExportDenied as error:
            return self._plain_text(doc.id, page, stored, error)
        return PageContent(texts)

    def _text(self, doc: Doc, page: Page, suffix: str) -> Outcome[Path]:
        return _attempt(
            lambda: self._means.resumption.text(doc, page.id, suffix, lambda: self._export(doc.id, page, suffix)),
            lambda: self._source.page(doc.id, page.id),
        )

    def _export(self, doc_id: str, page: Page, suffix: str) -> str:
        if not is_exportable(page.content_type):
            return PLACEHOLDERS[suffix](page.content_type)
        try:
            return self._source.export_page(doc_id, page.id, _OUTPUT_FORMATS[suffix])
        except NotExportable:
            return PLACEHOLDERS[suffix](page.content_type)

    def _plain_text(self, doc_id: str, page: Page, stored: StoredDoc, error: ExportDenied) -> PageContent:
        """The page's bare words, where the token may read but not export; never in place of an export held already."""
        entry = stored.pages.get(page.id)
        held = stored_page_files(entry) if entry else PageFiles({})
        if ".md" not in self._options.formats or (held.files and not held.plain):
            return PageContent(dict.fromkeys(self._options.formats, Failed(str(error))))
        if not self._told_of_plain_text.is_set():
            self._told_of_plain_text.set()
            self._means.progress.note(
                "This token may not export pages: they are mirrored as plain text, without images."
            )
        text = _attempt(
            lambda: self._means.files.keep_text(self._source.page_text(doc_id, page.id)),
            lambda: self._source.page(doc_id, page.id),
        )
        return PageContent({".md": text}, plain=True)


def _results(jobs: Mapping[str, Future[T]]) -> dict[str, T]:
    return {item_id: job.result() for item_id, job in jobs.items()}


def cancel(jobs: Mapping[str, Future[T]]) -> None:
    """Takes back what has not begun: nobody waits for it any more."""
    for job in jobs.values():
        job.cancel()


def _unseen(reason: str) -> Kept | Failed:
    return Failed(reason) if reason else Kept()


def _attempt(read: Callable[[], T], look: Callable[[], object]) -> Outcome[T]:
    """Reads an item; where Coda says that it is not there, a look at the item itself decides whether it is gone."""
    try:
        try:
            return Fetched(read())
        except NotThere as error:
            look()
            return Failed(str(error))
    except NotThere:
        return Gone()
    except (TokenRefused, OutOfPatience, ExportDenied):
        raise
    except CodaError as error:
        return Failed(str(error))
