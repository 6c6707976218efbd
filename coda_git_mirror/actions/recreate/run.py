"""`recreate`: makes a doc of a revision anew, from nothing but what the mirror holds."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace

from coda_git_mirror.actions.entry import ready_mirror
from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.ports import Source, Writer
from coda_git_mirror.actions.recreate.flight import Flight, Stopped
from coda_git_mirror.actions.recreate.new_doc import NewDoc
from coda_git_mirror.actions.recreate.rows import fill_tables
from coda_git_mirror.actions.recreate.skeleton import (
    DOC,
    hide_pages,
    make_doc,
    make_pages,
    marked_docs,
    name_doc,
    page_key,
)
from coda_git_mirror.actions.recreate.target import WRITES, Target, made_before
from coda_git_mirror.actions.recreate.tools import Tools
from coda_git_mirror.actions.recreate.writing_pages import PageWriter, table_key
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.run import Telling, sync_ready
from coda_git_mirror.actions.writing.hand import Hand
from coda_git_mirror.changes.recreation_report import page_fates, table_fates
from coda_git_mirror.changes.recreation_trailers import Remade
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.clock import Clock, Terminated
from coda_git_mirror.errors import CodaError, MirrorError, NotThere
from coda_git_mirror.format.text import one_line
from coda_git_mirror.mirror.recovery import abandon as abandon_staging
from coda_git_mirror.model.recreation import NotRestored, PageFate, Recreated, TableFate
from coda_git_mirror.progress import Progress


@dataclass(frozen=True)
class Account:
    """Coda, read and written, with what the mirror's settings say of it."""

    source: Source
    writer: Writer
    options: SyncOptions
    clock: Clock


def foreseen(target: Target, source: Source) -> Recreated:
    """What would be made; nothing is written."""
    what = target.what
    if (known := made_before(target, source)) is not None:
        return _known(target, source, known)
    if what.page is not None:
        _require_living(target, source)
    pages = tuple(PageFate(page.old, page.name) for page in what.pages)
    tables = tuple(TableFate(table.old, table.name, rows=table.row_count) for table in what.tables)
    return Recreated(what, pages, tables, not_restored=what.not_restored)


def _known(target: Target, source: Source, known: Remade) -> Recreated:
    doc, page = (known.new, None) if known.page is None else (known.doc, known.new)
    return Recreated(target.what, doc=doc, url=_address(source, doc, page), is_known=True)


def _address(source: Source, doc_id: str, page_id: str | None = None) -> str | None:
    with contextlib.suppress(CodaError):
        return (source.doc(doc_id) if page_id is None else source.page(doc_id, page_id)).link or None
    return None


def _require_living(target: Target, source: Source) -> None:
    """Raises MirrorError where a page is to come back into a doc that is gone itself."""
    try:
        source.doc(target.what.doc)
    except NotThere as error:
        raise MirrorError(
            f"The doc {one_line(target.what.doc_name)!r} is not in Coda any more, so no page can come back into it; "
            "leave out --page to make the whole doc anew."
        ) from error


def recreate(target: Target, account: Account, progress: Progress, *, resume: bool) -> Recreated:
    """Makes the doc, mirrors it, and compares. Raises MirrorError where nothing was written."""
    source, clock = account.source, account.clock
    begun, sent = clock.now(), source.traffic().sent.total()
    with ready_mirror(target.repository, progress):
        journal = target.journal()
        if not journal.exists and (known := made_before(target, source)) is not None:
            return _known(target, source, known)
        before = None
        if target.what.page is not None:
            _require_living(target, source)
            before = _commit_before(target, account, progress)
        with Hand() as hand:
            flight = Flight(journal, account.writer, hand, clock)
            tools = Tools(
                target.what, target.side, target.stored, source, account.writer, journal, flight, progress, clock,
                target.repository.private_folder / WRITES, account.options.asset_hosts,
            )  # fmt: skip
            _begin(tools, resume)
            made = _Making(tools, target, account).run()
    requests = source.traffic().sent.total() - sent
    return replace(made, before=before, requests=requests, seconds=clock.now() - begun)


def _commit_before(target: Target, account: Account, progress: Progress) -> str | None:
    """The commit that holds the living doc as it is, so that what comes of this can be told from what was there."""
    options = _only(account.options, target.what.doc)
    sync_ready(target.repository, account.source, options, progress, account.clock)
    return target.repository.head()


def _only(options: SyncOptions, doc: str) -> SyncOptions:
    return replace(options, docs=(doc,), selected_by_settings=False, edited=frozenset({doc}), strict=False)


def _begin(tools: Tools, resume: bool) -> None:
    """Raises MirrorError where an earlier run has begun the same and it was not said to go on with that."""
    journal = tools.journal
    what = tools.what
    marked = () if journal.exists or what.page is not None else marked_docs(tools)
    if (journal.exists or marked) and not resume:
        raise MirrorError(
            f"An earlier run has begun to make {one_line(what.marked_title if what.page is None else what.title)!r} "
            f"and did not end; go on with it by --resume{', or delete it by --abandon' if what.page is None else ''}."
        )
    if not journal.exists:
        journal.begin()
        if marked:
            _doubt_everything(tools, marked[0])


def _doubt_everything(tools: Tools, doc_id: str) -> None:
    """Where what was noted down is lost, all that may have been made is looked for before it is made."""
    tools.journal.intend(DOC)
    tools.journal.settle(DOC, doc_id)
    for page in tools.what.pages:
        tools.journal.intend(page_key(page.old))
        for number in range(len(page.pieces)):
            tools.journal.intend(f"content {page.old} {number}")


class _Making:
    """One doc on its way, in a mirror that is held and ready."""

    def __init__(self, tools: Tools, target: Target, account: Account) -> None:
        self._tools, self._target, self._account = tools, target, account
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
        pages = make_pages(tools, doc)
        writer = PageWriter(tools, doc, _address(tools.source, doc.id) or "", pages)
        writer.write()
        self._lost += writer.lost
        self._unmet += writer.unmet
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
        pages = tuple(PageFate(it.old, it.name, tools.journal.made(page_key(it.old))) for it in tools.what.pages)
        tables = tuple(TableFate(it.old, it.name, tools.journal.made(table_key(it.old))) for it in tools.what.tables)
        notes, unmet = tuple(tools.flight.warnings), tuple(self._unmet)
        return replace(begun, doc=doc, pages=pages, tables=tables, unmet=unmet, stopped=reason, notes=notes)

    def _finished(self, begun: Recreated) -> Recreated:
        tools = self._tools
        page = tools.what.page
        doc = tools.what.doc if page is not None else str(tools.journal.made(DOC))
        new_page = None if page is None else tools.journal.made(page_key(page))
        made = replace(
            self._halted(begun, ""),
            url=_address(tools.source, doc, new_page),
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
        options = _only(self._account.options, doc)
        telling = Telling((trailer,), in_any_case=True)
        report = sync_ready(repository, tools.source, options, tools.progress, tools.clock, telling)
        held = Held.at_head(repository)
        side = Side(held.tree, held.docs.get(doc))
        pages = {page.old: str(tools.journal.made(page_key(page.old))) for page in what.pages}
        tables = {table.old: str(tools.journal.made(table_key(table.old))) for table in what.tables}
        stored = side.stored()
        compared = replace(
            made,
            pages=tuple(page_fates(what.pages, pages, side, stored, bool(tools.stored.views))),
            tables=tuple(table_fates(what.tables, tables, tools.side, side, stored)),
            after=repository.head(),
            notes=tuple(f"{problem.doc}: {problem.item or 'the doc'}: {problem.reason}" for problem in report.problems),
        )
        tools.journal.end()
        return compared


def abandon(target: Target, account: Account, progress: Progress, *, apply: bool) -> str | None:
    """Deletes the doc that an unfinished run has made, if that is asked for; its id, None where there is none.

    Raises MirrorError for a doc without the marker: that is somebody's.
    """
    with ready_mirror(target.repository, progress) if apply else contextlib.nullcontext():
        journal = target.journal()
        doc_id = journal.made(DOC) or _only_marked(target, account.source)
        if doc_id is None:
            if apply:
                journal.end()
            return None
        try:
            name = account.source.doc(doc_id).name
        except NotThere:
            name = target.what.marked_title
        if name != target.what.marked_title:
            raise MirrorError(
                f"The doc {one_line(name)!r} ({doc_id}) does not bear the name of one that is being made, so it was "
                "not deleted; delete it in Coda if you do not want it."
            )
        if apply:
            with contextlib.suppress(NotThere):
                account.writer.delete_doc(doc_id)
            journal.end()
        return doc_id


def _only_marked(target: Target, source: Source) -> str | None:
    found = [doc.id for doc in source.docs(owned_only=True) if doc.name == target.what.marked_title]
    if len(found) > 1:
        raise MirrorError(
            f"Several docs are called {one_line(target.what.marked_title)!r} ({', '.join(found)}); delete in Coda "
            "those that you do not want."
        )
    return found[0] if found else None
