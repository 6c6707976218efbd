"""The way of a doc that is made anew: what is written into Coda, in its order, then the mirror, then the comparison."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.recreate.copying import Copying
from coda_git_mirror.actions.recreate.flight import Stopped
from coda_git_mirror.actions.recreate.new_doc import NewDoc
from coda_git_mirror.actions.recreate.rows import fill_tables
from coda_git_mirror.actions.recreate.skeleton import DOC, hide_pages, make_doc, make_pages, name_doc, page_key
from coda_git_mirror.actions.recreate.target import Target
from coda_git_mirror.actions.recreate.tools import Tools
from coda_git_mirror.actions.recreate.writing_pages import PageWriter, table_key
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.run import Telling, sync_ready
from coda_git_mirror.changes.recreation_report import page_fates, table_fates
from coda_git_mirror.changes.recreation_trailers import Remade
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.clock import Terminated
from coda_git_mirror.errors import CodaError, MirrorError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.mirror.recovery import abandon as abandon_staging
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.model.recreation import NotRestored, PageFate, Recreated, TableFate


class Making:
    """One doc on its way, in a mirror that is held and ready."""

    def __init__(self, tools: Tools, target: Target, options: SyncOptions) -> None:
        self._tools, self._target, self._options = tools, target, options
        self._unmet: list[NotRestored] = []
        self._lost: list[NotRestored] = []

    def run(self) -> Recreated:
        tools = self._tools
        what = tools.what
        begun = Recreated(what, was_applied=True, not_restored=what.not_restored)
        try:
            self._make()
        except Stopped as stop:
            return self._halted(begun, str(stop))
        except (KeyboardInterrupt, Terminated) as ending:
            return replace(self._halted(begun, ""), interruption=ending)
        return self._finished(begun)

    def _make(self) -> None:
        """All that is written into Coda, in its order. Raises Stopped."""
        tools = self._tools
        doc = NewDoc(tools.source, make_doc(tools), tools.clock)
        copying = Copying(tools, doc, tools.what.copy) if tools.what.copy else None
        if copying:
            copying.find()
        pages = make_pages(tools, doc)
        writer = PageWriter(tools, doc, address_of(tools.source, doc.id) or "", pages)
        writer.write()
        self._lost += writer.lost
        self._unmet += writer.unmet
        if copying:
            copying.set_looks()
            self._unmet += copying.put_rows_back()
        self._unmet += fill_tables(tools, doc)
        hide_pages(tools, doc)
        name_doc(tools, doc)

    def _halted(self, begun: Recreated, reason: str) -> Recreated:
        """How far it came. Raises MirrorError where nothing was written."""
        tools = self._tools
        first = tools.what.page
        key = DOC if first is None else page_key(first)
        doc = tools.journal.made(DOC) if first is None else tools.what.doc
        if tools.journal.entry(key) is None:
            tools.journal.end()
            if reason:
                raise MirrorError(reason)
        pages = tuple(PageFate(it.old, it.name, tools.journal.made(page_key(it.old))) for it in tools.what.whole_pages)
        tables = tuple(
            TableFate(it.old, it.name, tools.journal.made(table_key(it.old))) for it in tools.what.all_tables
        )
        notes, unmet = tuple(self._notes()), tuple(self._unmet)
        return replace(begun, doc=doc, pages=pages, tables=tables, unmet=unmet, stopped=reason, notes=notes)

    def _notes(self) -> Iterator[str]:
        yield from self._tools.flight.warnings
        if self._tools.flight.was_repeated(DOC):
            yield (
                "Coda's answer to the new doc was lost, and it listed none of that name, so it was asked once more; "
                f"look in Coda for a second one called {one_line(self._tools.what.marked_title)!r}."
            )

    def _finished(self, begun: Recreated) -> Recreated:
        tools = self._tools
        page = tools.what.page
        doc = tools.what.doc if page is not None else str(tools.journal.made(DOC))
        new_page = None if page is None else tools.journal.made(page_key(page))
        made = replace(
            self._halted(begun, ""),
            url=address_of(tools.source, doc, new_page),
            not_restored=(*begun.not_restored, *self._lost),
            unmet=tuple(self._unmet),
        )
        try:
            return self._compared(made, doc, new_page or doc)
        except MirrorError as error:
            with contextlib.suppress(OSError, MirrorError):
                abandon_staging(self._target.repository)
            return replace(made, stopped=f"The new doc is made, but not in the mirror yet: {error}")
        except (KeyboardInterrupt, Terminated) as ending:
            return replace(made, interruption=ending)

    def _compared(self, made: Recreated, doc: str, new: str) -> Recreated:
        """Mirrors the new doc and holds it against the revision."""
        tools, what, repository = self._tools, self._tools.what, self._target.repository
        trailer = Remade(what.doc, what.page, what.commit, new).trailer
        options = only_doc(self._options, doc)
        telling = Telling((trailer,), in_any_case=True)
        report = sync_ready(repository, tools.source, options, tools.progress, tools.clock, telling)
        held = Held.at_head(repository)
        side = Side(held.tree, held.docs.get(doc))
        tables = {table.old: str(tools.journal.made(table_key(table.old))) for table in what.all_tables}
        stored = side.stored()
        compared = replace(
            made,
            pages=tuple(page_fates(what, self._new_pages(), side, stored, bool(tools.stored.views))),
            tables=tuple(table_fates(what.all_tables, tables, tools.side, side, stored)),
            after=repository.head(),
            notes=(*made.notes, *map(_told, report.problems)),
        )
        tools.journal.end()
        return compared

    def _new_pages(self) -> Mapping[str, list[str]]:
        """The new pages by old ones, and behind each the one beside it."""
        what, made = self._tools.what, self._tools.journal.made
        beside = dict(what.copy.beside) if what.copy else {}
        names = {page.old: [page.old, *filter(None, [beside.get(page.old)])] for page in what.whole_pages}
        return {old: [new for each in them if (new := made(page_key(each)))] for old, them in names.items()}


def _told(problem: Problem) -> str:
    return f"{problem.doc}: {problem.item or 'the doc'}: {problem.reason}"


def only_doc(options: SyncOptions, doc: str) -> SyncOptions:
    """A sync of one doc, whatever its times say."""
    return replace(options, docs=(doc,), selected_by_settings=False, edited=frozenset({doc}), strict=False)


def address_of(source: Source, doc_id: str, page_id: str | None = None) -> str | None:
    """Where a doc, or a page of it, is found in a browser, as far as Coda says."""
    with contextlib.suppress(CodaError):
        return (source.doc(doc_id) if page_id is None else source.page(doc_id, page_id)).link or None
    return None
