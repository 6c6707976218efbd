"""Reads the docs of a run, many at once; what fails is a value, and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from functools import partial

from coda_git_mirror.actions.held import HeldDoc
from coda_git_mirror.actions.sync.assets import AssetCollector
from coda_git_mirror.actions.sync.blob_downloads import BlobDownloads
from coda_git_mirror.actions.sync.choose import Choice, is_excluded
from coda_git_mirror.actions.sync.cost import DocPlan
from coda_git_mirror.actions.sync.doc_content import DocContent, without_gone
from coda_git_mirror.actions.sync.fetch import BegunPages, Fetcher, cancel
from coda_git_mirror.actions.sync.ledger.docs import left_doc, missing_doc
from coda_git_mirror.actions.sync.ledger.items import Missing, gone_files, missing_files, missing_in
from coda_git_mirror.actions.sync.outline import Outlined, read_pages, stored_outline, with_grids
from coda_git_mirror.actions.sync.page_reasons import Stale
from coda_git_mirror.actions.sync.place import DocParts
from coda_git_mirror.actions.sync.read_context import ReadContext
from coda_git_mirror.actions.sync.renames import Mentions, Renamed, gone_docs, renamed_in
from coda_git_mirror.actions.sync.texts import PageTexts
from coda_git_mirror.disk.shelf import Shelve
from coda_git_mirror.errors import CodaError, OutOfPatience, TimeIsUp, TokenRefused
from coda_git_mirror.model.content import Doc, Outline, Table
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.model.outcome import Fetched
from coda_git_mirror.progress import DocDone

_TOO_LARGE = "the doc is over 125 MB, and Coda's API gives no access to docs of that size"


@dataclass(frozen=True)
class Reading:
    """What became of a doc.

    `parts` brings back what it consists of; None where Coda did not say, or where nothing of it has changed. `missing`
    are all entries that the ledger has of it from now on, `told` those that this run found out. `doubts` are answers
    that contradict each other, or are of an odd form, and were believed all the same. `renamed` is what pages of this
    doc or others may name otherwise. Unless it
    `is_believed`, what is calculated in it may be of different times, since the run had not the time to confirm it.
    """

    doc: Doc
    parts: Callable[[], DocParts] | None
    missing: tuple[Problem, ...]
    told: tuple[Problem, ...] = ()
    was_read: bool = True
    doubts: tuple[str, ...] = ()
    renamed: Renamed | None = None
    is_believed: bool = True


class DocReader:
    """Reads docs. Raises only what ends the whole run."""

    def __init__(self, context: ReadContext, shelve: Shelve) -> None:
        self._context, self._shelve = context, shelve
        self.collector = AssetCollector(context.held, context.options, BlobDownloads(context))
        self._fetcher = Fetcher(context)
        self.left: list[Problem] = []
        """Docs that were not read as a whole before the time for reading was up, with what of them is there."""

    def read(self, plans: Iterable[DocPlan], choice: Choice) -> list[Reading]:
        """What became of each doc; a failure that ends the run is raised at once.

        Pages that name by a link what turns out to be renamed, or gone, are read in the end, also of docs without plan
        and of docs that were not selected: the mirror writes their links anew in any case.
        """
        in_order = sorted(plans, key=self._order)
        self._context.ranks.update({plan.visit.doc.id: rank for rank, plan in enumerate(in_order)})
        first = [plan for plan in in_order if self._context.unfit.comes_first(plan.visit.doc)]
        others = [plan for plan in in_order if plan not in first]
        readings = {
            it.doc.id: it for batch in (first, others) for it in self._all(partial(self._read, it) for it in batch)
        }
        renamed = (*(it.renamed for it in readings.values() if it.renamed), *gone_docs(choice.gone))
        naming = Mentions(self._context.held).pages_naming(renamed)
        whole = {plan.visit.doc.id for plan in in_order if plan.visit.whole}
        jobs = [
            partial(self._pages, doc_id, pages, readings.get(doc_id), choice)
            for doc_id, pages in sorted(naming.items())
            if doc_id not in choice.gone and not (doc_id in whole and self._reads_all_formats)
        ]
        return list({**readings, **{it.doc.id: it for it in self._all(jobs)}}.values())

    def _order(self, plan: DocPlan) -> tuple[bool, str, str]:
        """A doc that an earlier run has begun is finished before others are begun."""
        doc = plan.visit.doc
        return (not self._context.resumption.has_begun(doc), doc.name, doc.id)

    @property
    def _reads_all_formats(self) -> bool:
        options = self._context.options
        return options.pages and set(options.formats) >= set(options.kept_formats)

    def _all(self, reads: Iterable[Callable[[], Reading | None]]) -> list[Reading]:
        jobs = [self._context.workers.docs.submit(read) for read in reads]
        for job in as_completed(jobs):
            job.result()
        return [reading for job in jobs if (reading := job.result())]

    def _pages(self, doc_id: str, naming: Stale, before: Reading | None, choice: Choice) -> Reading:
        """As `_pages_of`; where there is no time left, the ledger names the pages."""
        try:
            return self._pages_of(doc_id, naming, before, choice, self._context.options.pages)
        except TimeIsUp:
            return self._pages_of(doc_id, naming, before, choice, False)

    def _pages_of(self, doc_id: str, naming: Stale, before: Reading | None, choice: Choice, may_ask: bool) -> Reading:
        """A doc with those of its pages read anew that name what is called otherwise now.

        Where the run is not to read it, or could not, the ledger names these pages; what was not selected is no news.
        """
        context, is_chosen = self._context, doc_id in choice.docs
        parts = (before.parts() if before and before.parts else None) or self._as_held(context.held.doc(doc_id))
        content = parts.content or self._fetcher.nothing_of(parts.outline)
        may_read = is_chosen or not is_excluded(context.options, doc_id, parts.held.doc.name)
        asks = may_ask and may_read and (before is None or before.was_read)
        wanted = [page for page in parts.outline.pages if page.id in naming]
        content = self._fetcher.pages_again(parts.outline, parts.held.stored, content, wanted, asks, insists=is_chosen)
        known = before.missing if before else context.held.ledger.of(doc_id)
        read, missing = self._read_parts(parts.outline, parts.held, content, known, asks and context.options.assets)
        first = before or Reading(parts.held.doc, None, (), was_read=False)
        told = tuple(dict.fromkeys((*first.told, *(missing.told if is_chosen else ()))))
        return replace(first, parts=read if asks else first.parts, missing=missing.entries, told=told)

    def _as_held(self, held: HeldDoc) -> DocParts:
        """A doc as the mirror has it, with no file that is missing."""
        outline = stored_outline(held.doc, held.stored)
        texts = PageTexts(self._context.held, held, None, self._context.options)
        assets = self.collector.collect(held, outline, None, texts, fetch=False)
        return DocParts(outline, held, None, texts, assets)

    def _read(self, plan: DocPlan) -> Reading | None:
        """None where the time was up: of a doc that is not read as a whole, nothing is used but by the next run."""
        held = plan.held()
        try:
            return self._files(held) if plan.visit.files_only else self._doc(plan, held)
        except TimeIsUp:
            self.left.append(self._left(plan.visit.doc))
            return None

    def _left(self, doc: Doc) -> Problem:
        context = self._context
        headway = context.resumption.headway(doc.id)
        context.unfit.remember(doc, had_all=not headway.new)
        return left_doc(doc, headway.told(context.options.formats, context.unfit.found(doc)))

    def _files(self, held: HeldDoc) -> Reading:
        """A doc of which only hosted files are asked for that the mirror lacks."""
        doc, before = held.doc, self._context.held.ledger.of(held.doc.id)
        parts = self._as_held(held)
        assets = self.collector.collect(held, parts.outline, None, parts.texts, fetch=True)
        missing = missing_files(doc, held, assets, before)
        gone = gone_files(missing.entries)
        self._context.progress.doc_done(DocDone(doc.name, 0, 0, 0, len(missing.told)))
        is_as_before = assets.assets.keys() == held.stored.assets.keys() and gone == gone_files(before)
        shelved = None if is_as_before else self._shelve(replace(parts, assets=assets, gone_files=gone))
        return Reading(doc, shelved, missing.entries, missing.told)

    def _doc(self, plan: DocPlan, held: HeldDoc) -> Reading:
        context, doc = self._context, plan.visit.doc
        begun: BegunPages = {}
        try:
            listed = read_pages(context.source, doc, held.stored, context.options)
            begun = self._fetcher.begin(listed, plan, held)
            outlined = with_grids(context.source, listed, held.stored, context.options, self._details(doc))
        except (TokenRefused, OutOfPatience, TimeIsUp):
            cancel(begun)
            raise
        except CodaError as error:
            cancel(begun)
            return self._unread(doc, error)
        if plan.visit.whole:
            context.resumption.headway(doc.id).wanted = outlined.outline
        return self._content(outlined, plan, held, begun)

    def _details(self, doc: Doc) -> Callable[[Table], Table]:
        source, resumption = self._context.source, self._context.resumption
        return lambda table: resumption.details(doc, table, lambda: source.table(doc.id, table.id))

    def _unread(self, doc: Doc, error: CodaError) -> Reading:
        """A doc that stays as it is."""
        reason = _TOO_LARGE if _is_too_large(doc) else str(error)
        missing = missing_doc(doc, error, reason, self._context.held.ledger.of(doc.id))
        self._context.progress.doc_done(DocDone(doc.name, 0, 0, 0, len(missing.told)))
        return Reading(doc, None, missing.entries, missing.told, was_read=False)

    def _content(self, outlined: Outlined, plan: DocPlan, held: HeldDoc, begun: BegunPages) -> Reading:
        context, doc = self._context, plan.visit.doc
        content, is_mixed = self._read_content(outlined, plan, held, begun)
        parts, missing = self._with_files(outlined, plan, held, content)
        present = without_gone(outlined.outline, content)
        done = (len(present.pages), len(present.tables), _row_count(content), len(missing.told))
        context.progress.doc_done(DocDone(doc.name, *done))
        doubts = (*outlined.doubts, *content.doubts)
        renamed = renamed_in(present, context.held, held, content, plan.visit.suspect_since)
        return Reading(
            doc,
            parts,
            missing.entries,
            missing.told,
            doubts=doubts,
            renamed=renamed,
            is_believed=not is_mixed or context.resumption.is_confirmed_in_parts(doc),
        )

    def _read_content(
        self, outlined: Outlined, plan: DocPlan, held: HeldDoc, begun: BegunPages
    ) -> tuple[DocContent, bool]:
        """What the doc holds, and whether parts of it are as they were at different times.

        What a run that ends in time has taken up is confirmed once all else is there, its hosted files too. Where the
        time is too short even for that, although there was nothing else to read of the doc, it is taken as it is.
        """
        content = self._fetcher.fetch(outlined, plan, held, begun)
        headway = self._context.resumption.headway(plan.visit.doc.id)
        if headway.unconfirmed:
            self._with_files(outlined, plan, held, content)
        try:
            return self._fetcher.confirmed(outlined, plan, held, content), False
        except TimeIsUp:
            if headway.new:
                raise
        return content, True

    def _with_files(
        self, outlined: Outlined, plan: DocPlan, held: HeldDoc, content: DocContent
    ) -> tuple[Callable[[], DocParts], Missing]:
        context = self._context
        known = context.held.ledger.of(plan.visit.doc.id)
        return self._read_parts(outlined.outline, held, content, known, context.options.assets, anew=plan.visit.whole)

    def _read_parts(
        self,
        outline: Outline,
        held: HeldDoc,
        content: DocContent,
        known: Sequence[Problem],
        fetch: bool,
        anew: bool = False,
    ) -> tuple[Callable[[], DocParts], Missing]:
        """What the doc consists of once its hosted files are there too, and what is missing of it.

        `known` is what the ledger said of it so far. With `fetch` files are asked for that the mirror does not hold.
        """
        present = without_gone(outline, content)
        texts = PageTexts(self._context.held, held, content, self._context.options)
        assets = self.collector.collect(held, present, content, texts, fetch, anew)
        missing = missing_in(present, held, content, assets, known, self._context.options)
        gone = gone_files(missing.entries)
        return self._shelve(DocParts(present, held, content, texts, assets, gone)), missing


def _row_count(content: DocContent) -> int:
    return sum(outcome.value.row_count for outcome in content.tables.values() if isinstance(outcome, Fetched))


def _is_too_large(doc: Doc) -> bool:
    size = doc.raw.get("docSize")
    return isinstance(size, dict) and size.get("overApiSizeLimit") is True
