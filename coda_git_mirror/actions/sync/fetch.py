"""Reads the content of one doc with several workers; what fails is a value, and the rest goes on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

from coda_git_mirror.actions.held import HeldDoc
from coda_git_mirror.actions.sync.agreement import Agreement, HeldRows
from coda_git_mirror.actions.sync.cost import DocPlan, export_requests
from coda_git_mirror.actions.sync.doc_content import DocContent, PageContent, attempt
from coda_git_mirror.actions.sync.extras import Extras, read_extras
from coda_git_mirror.actions.sync.options import BOTH_FORMATS
from coda_git_mirror.actions.sync.outline import Outlined
from coda_git_mirror.actions.sync.page_reader import PageReader
from coda_git_mirror.actions.sync.page_reasons import Stale, StalePage, whole_pages
from coda_git_mirror.actions.sync.read_context import ReadContext
from coda_git_mirror.actions.sync.resume import EXTRAS
from coda_git_mirror.actions.sync.stale import StalePages
from coda_git_mirror.actions.sync.table_files import TableFiles, TableReader
from coda_git_mirror.format.metadata import StoredDoc
from coda_git_mirror.model.content import Doc, Outline, Page, Table, is_exportable
from coda_git_mirror.model.outcome import Fetched, Kept, Outcome, Same

_ALL = frozenset(BOTH_FORMATS)

T = TypeVar("T")


BegunPages: TypeAlias = Mapping[str, Future[PageContent]]
"""By id."""


class Fetcher:
    """Reads the docs of one run. Raises only what ends the whole run."""

    def __init__(self, context: ReadContext) -> None:
        self._context, self._source, self._options = context, context.source, context.options
        self._pages = PageReader(context)
        self._tables = TableReader(context.source, context.options, context.files, context.progress)

    def begin(self, listed: Outlined, plan: DocPlan, held: HeldDoc) -> BegunPages:
        """Begins with all pages of a doc that is read as a whole, which need not wait for its tables.

        They do in a run that ends in time: what was calculated before a page was read need only be confirmed then.
        """
        if self._context.resumption.ends_in_time or not (plan.visit.whole and self._options.pages):
            return {}
        return self._read_pages(listed, plan, held, whole_pages(listed.outline.pages, plan.visit.reason))

    def fetch(self, outlined: Outlined, plan: DocPlan, held: HeldDoc, begun: BegunPages) -> DocContent:
        """Reads every table and view that the outline shows, the extras, and every page that may have changed."""
        outline = outlined.outline
        extras_job = self._begin_extras(outline.doc)
        jobs = self._begin_grids(outlined, (*outline.tables, *outline.views), held)
        pages = begun
        try:
            tables, extras = _results(jobs), extras_job.result()
            stale = self._stale(outlined, plan, held, tables, extras)
            if self._options.pages:
                pages = {**begun, **self._other_pages(outlined, plan, held, stale, begun)}
            known = {page.id: self._not_read(stale.get(page.id)) for page in outline.pages}
            return DocContent(_with_texts(known, _results(pages)), tables, extras)
        finally:
            extras_job.cancel()
            cancel(jobs)
            cancel(pages)

    def confirmed(self, outlined: Outlined, plan: DocPlan, held: HeldDoc, content: DocContent) -> DocContent:
        """The content with whatever may have been calculated anew since an earlier run read it, as Coda gives it now.

        What was taken up longest ago is read first; then the pages that may show another value.
        """
        outline = outlined.outline
        headway = self._context.resumption.headway(outline.doc.id)
        tables, extras = content.tables, content.extras
        stale: Stale = {}
        if unconfirmed := dict(headway.unconfirmed):
            tables, extras = self._read_again(outlined, held, content, unconfirmed)
            stale = self._stale(outlined, plan, held, tables, extras)
        formats = self._late(content, stale, headway.outdated()) if self._options.pages else {}
        pages = _with_texts(content.pages, self._anew(outline, held.stored, formats))
        return DocContent(pages, tables, extras)

    def _read_again(
        self, outlined: Outlined, held: HeldDoc, content: DocContent, unconfirmed: Mapping[str, int]
    ) -> tuple[dict[str, Outcome[TableFiles]], Extras]:
        outline = outlined.outline
        grids = sorted(
            (grid for grid in (*outline.tables, *outline.views) if grid.id in unconfirmed),
            key=lambda grid: unconfirmed[grid.id],
        )
        again = self._begin_extras(outline.doc, anew=True) if EXTRAS in unconfirmed else None
        jobs = self._begin_grids(outlined, grids, held, anew=True)
        try:
            extras = again.result() if again else content.extras
            return {**content.tables, **_results(jobs)}, extras
        finally:
            if again:
                again.cancel()
            cancel(jobs)

    def _late(self, content: DocContent, stale: Stale, outdated: Collection[str]) -> dict[str, list[str]]:
        """What is to be exported once more, or at all, since values turned out to be others: formats by page id."""
        read = {
            page_id: {suffix for suffix, outcome in page.texts.items() if not isinstance(outcome, Same | Kept)}
            for page_id, page in content.pages.items()
        }
        late = {page_id: set(it.formats.intersection(self._options.formats)) for page_id, it in stale.items()}
        wanted = {
            page_id: texts if page_id in outdated else late.get(page_id, set()) - texts
            for page_id, texts in read.items()
        }
        return {page_id: sorted(formats) for page_id, formats in wanted.items() if formats}

    def _begin_extras(self, doc: Doc, anew: bool = False) -> Future[Extras]:
        return self._context.workers.reads.submit_ranked(
            self._context.rank(doc.id), partial(self._extras, doc, anew=anew)
        )

    def _begin_grids(
        self, outlined: Outlined, grids: Iterable[Table], held: HeldDoc, anew: bool = False
    ) -> dict[str, Future[Outcome[TableFiles]]]:
        """Begins with tables and views; those that did not fit into an earlier run hold up no others."""
        workers, doc = self._context.workers, outlined.outline.doc
        unfit = self._context.unfit.known(doc)
        return {
            grid.id: (workers.alone if grid.id in unfit else workers.reads).submit_ranked(
                self._context.rank(doc.id), partial(self._grid, outlined, grid, held, anew=anew)
            )
            for grid in grids
        }

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

    def _anew(
        self, outline: Outline, stored: StoredDoc, wanted: Mapping[str, Sequence[str]]
    ) -> Mapping[str, PageContent]:
        """Some pages, in these formats, by id, as Coda gives them now, whatever an earlier run read of them."""
        outlined = Outlined(outline, {})
        jobs = {
            page.id: self._context.workers.exports.submit_ranked(
                self._context.rank(outline.doc.id),
                partial(self._pages.read, outlined, page, stored, wanted[page.id], anew=True),
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
        if not self._context.resumption.ends_in_time:
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
            page.id: self._context.workers.exports.submit_ranked(
                self._context.rank(outlined.outline.doc.id),
                partial(self._pages.read, outlined, page, held.stored, formats[page.id]),
            )
            for page in pages
        }

    def _extras(self, doc: Doc, anew: bool) -> Extras:
        if not self._options.pages:
            return Extras()
        return self._context.resumption.extras(doc, lambda: read_extras(self._source, doc.id), anew)

    def _grid(self, outlined: Outlined, grid: Table, held: HeldDoc, anew: bool) -> Outcome[TableFiles]:
        if grid.id in outlined.unseen:
            return outlined.unseen[grid.id]
        doc = outlined.outline.doc
        read = self._tables.view if grid.is_view else self._tables.table
        agreement = Agreement(
            read=lambda: read(doc.id, grid.id),
            look=lambda: self._source.table(doc.id, grid.id),
            held=HeldRows(self._context.held, held, grid),
        )
        context = self._context

        def files() -> TableFiles:
            return context.unfit.reading(doc, grid, lambda: agreement.files(grid))

        return attempt(
            lambda: context.resumption.table(doc, grid, files, anew),
            lambda: self._source.table(doc.id, grid.id),
            lambda: agreement.held.is_there and any(it.id == grid.id for it in self._source.tables(doc.id)),
        )


def _with_texts(known: Mapping[str, PageContent], read: Mapping[str, PageContent]) -> dict[str, PageContent]:
    """Pages with what was read of them in some formats."""
    merged = {
        page_id: PageContent({**known[page_id].texts, **content.texts}, content.plain)
        for page_id, content in read.items()
    }
    return {**known, **merged}


def _results(jobs: Mapping[str, Future[T]]) -> dict[str, T]:
    return {item_id: job.result() for item_id, job in jobs.items()}


def cancel(jobs: Mapping[str, Future[T]]) -> None:
    """Takes back what has not begun: nobody waits for it any more."""
    for job in jobs.values():
        job.cancel()
