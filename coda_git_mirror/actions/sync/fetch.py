"""Reads the content of one doc with several workers; what fails is a value, and the rest goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias, TypeVar

from coda_git_mirror.actions.held import HeldDoc
from coda_git_mirror.actions.sync.agreement import Agreement, HeldRows
from coda_git_mirror.actions.sync.cost import DocPlan, export_requests
from coda_git_mirror.actions.sync.doc_content import DocContent, PageContent, attempt
from coda_git_mirror.actions.sync.extras import CONTROLS, FORMULAS, Extras, read_extras
from coda_git_mirror.actions.sync.options import BOTH_FORMATS
from coda_git_mirror.actions.sync.outline import Outlined
from coda_git_mirror.actions.sync.page_reasons import Stale, StalePage, whole_pages
from coda_git_mirror.actions.sync.read_context import ReadContext
from coda_git_mirror.actions.sync.stale import StalePages
from coda_git_mirror.actions.sync.table_files import TableFiles, TableReader
from coda_git_mirror.errors import (
    ExportDenied,
    NotExportable,
)
from coda_git_mirror.format.metadata import PageFiles, StoredDoc, stored_page_files
from coda_git_mirror.format.placeholders import PLACEHOLDERS
from coda_git_mirror.format.text import json_line
from coda_git_mirror.model.content import Doc, Outline, Page, Table, is_exportable
from coda_git_mirror.model.ledger import NO_EXPORT
from coda_git_mirror.model.outcome import Denied, Fetched, Gone, Kept, Outcome, Same

_OUTPUT_FORMATS = {".md": "markdown", ".html": "html"}
_ALL = frozenset(BOTH_FORMATS)

T = TypeVar("T")


BegunPages: TypeAlias = Mapping[str, Future[PageContent]]
"""By id."""


class Fetcher:
    """Reads the docs of one run. Raises only what ends the whole run."""

    def __init__(self, context: ReadContext) -> None:
        self._context, self._source, self._options = context, context.source, context.options
        self._tables = TableReader(context.source, context.options, context.files, context.progress)

    def begin(self, listed: Outlined, plan: DocPlan, held: HeldDoc) -> BegunPages:
        """Begins with all pages of a doc that is read as a whole, which need not wait for its tables."""
        if not (plan.visit.whole and self._options.pages):
            return {}
        return self._read_pages(listed, plan, held, whole_pages(listed.outline.pages, plan.visit.reason))

    def fetch(self, outlined: Outlined, plan: DocPlan, held: HeldDoc, begun: BegunPages) -> DocContent:
        """Reads every table and view that the outline shows, the extras, and every page that may have changed."""
        outline = outlined.outline
        grids = (*outline.tables, *outline.views)
        jobs = {grid.id: self._context.workers.reads.submit(self._grid, outlined, grid, held) for grid in grids}
        extras_job = self._context.workers.reads.submit(self._extras, outline.doc.id)
        pages = begun
        try:
            tables, extras = _results(jobs), extras_job.result()
            values = _values(outline, tables, extras)
            self._context.resumption.note_values(outline.doc, values)
            stale = self._stale(outlined, plan, held, tables, extras)
            if self._options.pages:
                pages = {**begun, **self._other_pages(outlined, plan, held, stale, begun)}
            known = {page.id: self._not_read(stale.get(page.id)) for page in outline.pages}
            read = {
                page_id: PageContent({**known[page_id].texts, **content.texts}, content.plain)
                for page_id, content in self._up_to_date(outline, held, _results(pages), values).items()
            }
            return DocContent({**known, **read}, tables, extras)
        finally:
            extras_job.cancel()
            cancel(jobs)
            cancel(pages)

    def nothing_of(self, outline: Outline) -> DocContent:
        """A doc of which nothing was asked for."""
        pages = {page.id: PageContent(dict.fromkeys(BOTH_FORMATS, Kept())) for page in outline.pages}
        return DocContent(pages, {grid.id: Kept() for grid in (*outline.tables, *outline.views)}, Extras())

    def pages_again(
        self, outline: Outline, stored: StoredDoc, content: DocContent, pages: Sequence[Page], asks: bool, insists: bool
    ) -> DocContent:
        """The content with some pages read anew, whatever was read of them until now; else they are known to be old.

        Unless it `insists`, what is not given just so stays as it is, and is known to be old.
        """
        changed = PageContent(dict.fromkeys(BOTH_FORMATS, Kept(changed=True)))
        read = {page.id: changed for page in pages}
        if asks:
            formats = self._options.formats
            self._context.progress.expect(len(pages), export_requests(len(pages) * len(formats)))
            again = self._anew(outline, stored, {page.id: formats for page in pages})
            for page_id, found in again.items():
                if insists or all(isinstance(outcome, Fetched) for outcome in found.texts.values()):
                    read[page_id] = PageContent({**changed.texts, **found.texts}, found.plain)
        return DocContent({**content.pages, **read}, content.tables, content.extras)

    def _up_to_date(
        self, outline: Outline, held: HeldDoc, pages: Mapping[str, PageContent], values: str
    ) -> Mapping[str, PageContent]:
        """The pages, those of them read anew that an earlier run read while other values were calculated in the doc."""
        outdated = self._context.resumption.outdated(outline.doc, values) & pages.keys()
        return {
            **pages,
            **self._anew(outline, held.stored, {page_id: list(pages[page_id].texts) for page_id in outdated}),
        }

    def _anew(
        self, outline: Outline, stored: StoredDoc, wanted: Mapping[str, Sequence[str]]
    ) -> Mapping[str, PageContent]:
        """Some pages, in these formats, by id, as Coda gives them now, whatever an earlier run read of them."""
        outlined = Outlined(outline, {})
        jobs = {
            page.id: self._context.workers.exports.submit(
                self._page, outlined, page, stored, wanted[page.id], anew=True
            )
            for page in outline.pages
            if page.id in wanted
        }
        return _results(jobs)

    def _stale(
        self,
        outlined: Outlined,
        plan: DocPlan,
        held: HeldDoc,
        tables: Mapping[str, Outcome[TableFiles]],
        extras: Extras,
    ) -> Stale:
        """The pages that may have changed; nothing need be known of them where all formats of all pages are read."""
        visit, options = plan.visit, self._options
        if visit.whole and options.pages and set(options.formats) >= _ALL:
            return {}
        judge = StalePages(self._context.held, held, outlined.outline, options, self._context.is_wanted)
        return judge.find(tables, extras, visit.suspect_since)

    def _not_read(self, stale: StalePage | None) -> PageContent:
        """A page that nobody asks for, in each format: it is as the mirror holds it, or known to be older than that."""
        changed = stale.formats if stale else ()
        untouched: Outcome[Path] = Same() if self._options.pages else Kept()
        return PageContent({suffix: Kept(changed=True) if suffix in changed else untouched for suffix in BOTH_FORMATS})

    def _other_pages(
        self, outlined: Outlined, plan: DocPlan, held: HeldDoc, stale: Stale, begun: BegunPages
    ) -> BegunPages:
        """The stale pages; of a doc that is read as a whole those that were not known when its pages were begun."""
        if not plan.visit.whole:
            return self._read_pages(outlined, plan, held, stale)
        late = [page for page in outlined.outline.pages if page.id not in begun]
        if not late:
            return {}
        found = Outlined(replace(outlined.outline, pages=tuple(late)), outlined.unseen)
        self._context.progress.expect(plan.pages, export_requests(plan.pages * len(self._options.formats)))
        return self._read_pages(found, plan, held, whole_pages(late, plan.visit.reason))

    def _read_pages(self, outlined: Outlined, plan: DocPlan, held: HeldDoc, wanted: Stale) -> BegunPages:
        """Begins with the pages that are wanted, or cannot be seen; the others are as the mirror holds them."""
        unseen = outlined.unseen
        formats = {
            page_id: [suffix for suffix in self._options.formats if suffix in stale.formats]
            for page_id, stale in wanted.items()
        }
        formats |= {page_id: [] for page_id in unseen}
        pages = [page for page in outlined.outline.pages if page.id in unseen or formats.get(page.id)]
        exported = sum(len(formats[page.id]) for page in pages if is_exportable(page.content_type))
        more = export_requests(exported)
        more.subtract(export_requests(plan.pages * len(self._options.formats)))
        self._context.progress.expect(len(pages) - plan.pages, more)
        return {
            page.id: self._context.workers.exports.submit(self._page, outlined, page, held.stored, formats[page.id])
            for page in pages
        }

    def _extras(self, doc_id: str) -> Extras:
        return read_extras(self._source, doc_id) if self._options.pages else Extras()

    def _grid(self, outlined: Outlined, grid: Table, held: HeldDoc) -> Outcome[TableFiles]:
        if grid.id in outlined.unseen:
            return outlined.unseen[grid.id]
        doc = outlined.outline.doc
        read = self._tables.view if grid.is_view else self._tables.table
        agreement = Agreement(
            read=lambda: read(doc.id, grid.id),
            look=lambda: self._source.table(doc.id, grid.id),
            held=HeldRows(self._context.held, held, grid),
        )
        return attempt(
            lambda: self._context.resumption.table(doc, grid, lambda: agreement.files(grid)),
            lambda: self._source.table(doc.id, grid.id),
            lambda: agreement.held.is_there and any(it.id == grid.id for it in self._source.tables(doc.id)),
        )

    def _page(
        self, outlined: Outlined, page: Page, stored: StoredDoc, formats: Sequence[str], anew: bool = False
    ) -> PageContent:
        """A page in all wanted formats, one after the other: two exports at once would overwrite each other.

        What an earlier run may have read of it is passed over with `anew`.
        """
        content = self._page_content(outlined, page, stored, formats, anew)
        self._context.progress.page_done()
        return content

    def _page_content(
        self, outlined: Outlined, page: Page, stored: StoredDoc, formats: Sequence[str], anew: bool
    ) -> PageContent:
        if page.id in outlined.unseen:
            return PageContent(dict.fromkeys(self._options.formats, outlined.unseen[page.id]))
        texts: dict[str, Outcome[Path]] = {}
        doc = outlined.outline.doc
        try:
            for suffix in formats:
                texts[suffix] = self._text(doc, page, suffix, stored, anew)
                if isinstance(texts[suffix], Gone):
                    break
        except ExportDenied:
            return self._plain_text(doc.id, page, stored)
        return PageContent(texts)

    def _text(self, doc: Doc, page: Page, suffix: str, stored: StoredDoc, anew: bool) -> Outcome[Path]:
        def export() -> str:
            return self._export(doc.id, page, suffix)

        return attempt(
            lambda: self._context.resumption.text(doc, page.id, suffix, export, anew),
            lambda: self._source.page(doc.id, page.id),
            lambda: self._is_listed(doc.id, page.id, stored),
        )

    def _is_listed(self, doc_id: str, page_id: str, stored: StoredDoc) -> bool:
        """Whether Coda lists a page that the mirror holds; one that nobody ever read is gone without this word."""
        entry = stored.pages.get(page_id)
        return bool(entry and entry["files"]) and any(page.id == page_id for page in self._source.pages(doc_id))

    def _export(self, doc_id: str, page: Page, suffix: str) -> str:
        if not is_exportable(page.content_type):
            return PLACEHOLDERS[suffix](page.content_type)
        try:
            return self._source.export_page(doc_id, page.id, _OUTPUT_FORMATS[suffix])
        except NotExportable:
            return PLACEHOLDERS[suffix](page.content_type)

    def _plain_text(self, doc_id: str, page: Page, stored: StoredDoc) -> PageContent:
        """The page's bare words, where the token may read but not export; never in place of an export held already."""
        entry = stored.pages.get(page.id)
        held = stored_page_files(entry) if entry else PageFiles({})
        denied: dict[str, Outcome[Path]] = dict.fromkeys(self._options.formats, Denied(NO_EXPORT))
        if ".md" not in self._options.formats or (held.files and not held.plain):
            return PageContent(denied)
        text = attempt(
            lambda: self._context.files.keep_text(self._source.page_text(doc_id, page.id)),
            lambda: self._source.page(doc_id, page.id),
            lambda: self._is_listed(doc_id, page.id, stored),
        )
        return PageContent({**denied, ".md": text}, plain=isinstance(text, Fetched))


def _values(outline: Outline, tables: Mapping[str, Outcome[TableFiles]], extras: Extras) -> str:
    """Names all that is calculated in a doc, by its present values; empty where nothing is."""
    named = [json_line(extras.given[name]) for name in (FORMULAS, CONTROLS) if extras.given.get(name)]
    views = {view.id for view in outline.views}
    read = ((grid_id, it.value) for grid_id, it in sorted(tables.items()) if isinstance(it, Fetched))
    calculated = ((grid_id, files) for grid_id, files in read if files.is_calculated or grid_id in views)
    named += [json_line([grid_id, *(file.oid for file in (*files.csv, *files.rows))]) for grid_id, files in calculated]
    return sha256(b"".join(named)).hexdigest() if named else ""


def _results(jobs: Mapping[str, Future[T]]) -> dict[str, T]:
    return {item_id: job.result() for item_id, job in jobs.items()}


def cancel(jobs: Mapping[str, Future[T]]) -> None:
    """Takes back what has not begun: nobody waits for it any more."""
    for job in jobs.values():
        job.cancel()
