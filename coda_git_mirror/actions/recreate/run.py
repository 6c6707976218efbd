"""`recreate`: makes a doc of a revision anew, from a copy of the living one or from what the mirror holds alone."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from enum import Enum

from coda_git_mirror.actions.entry import ready_mirror
from coda_git_mirror.actions.ports import Source, Writer
from coda_git_mirror.actions.recreate.flight import Flight, Stopped
from coda_git_mirror.actions.recreate.making import Making, address_of, only_doc
from coda_git_mirror.actions.recreate.new_doc import NewDoc
from coda_git_mirror.actions.recreate.skeleton import DOC, page_key
from coda_git_mirror.actions.recreate.target import TITLE, WRITES, Target, made_before
from coda_git_mirror.actions.recreate.tools import Tools
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.run import sync_ready
from coda_git_mirror.actions.writing.hand import Hand
from coda_git_mirror.changes.recreation_trailers import Remade
from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import MirrorError, NotThere
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.recreation import PageFate, Recreated, TableFate
from coda_git_mirror.progress import Progress
from coda_git_mirror.state.recreation_journal import RecreationJournal

_COPY = "copy"
_QUIET_SECONDS = 120.0
"""How long to wait for an instant at which Coda shows every edit of the living doc."""


@dataclass(frozen=True)
class Account:
    """Coda, read and written, with what the mirror's settings say of it."""

    source: Source
    writer: Writer
    options: SyncOptions
    clock: Clock


class Way(Enum):
    """How a doc is made: by a copy of the living one where there is one, always so, or never."""

    BEST = "best"
    COPY = "copy"
    FROM_NOTHING = "from nothing"


def foreseen(target: Target, source: Source, way: Way = Way.BEST) -> Recreated:
    """What would be made; nothing is written."""
    if (known := made_before(target, source)) is not None:
        return _known(target, source, known)
    if target.what.page is not None:
        _require_living(target, source)
    journal = target.journal()
    what = target.as_copy(_copied(journal)).what if _is_copy(target, source, way, journal) else target.what
    pages = tuple(PageFate(page.old, page.name) for page in what.whole_pages)
    tables = tuple(TableFate(table.old, table.name, rows=table.row_count) for table in what.all_tables)
    return Recreated(what, pages, tables, not_restored=what.not_restored)


def _is_copy(target: Target, source: Source, way: Way, journal: RecreationJournal) -> bool:
    """Whether it is made by a copy; what an earlier run has begun is gone on with as it was begun."""
    if target.what.page is not None or journal.exists:
        return journal.entry(_COPY) is not None
    if way is Way.FROM_NOTHING:
        return False
    try:
        source.doc(target.what.doc)
    except NotThere as error:
        if way is Way.BEST:
            return False
        raise MirrorError(
            f"The doc {one_line(target.what.doc_name)!r} is not in Coda any more, so there is nothing to copy; leave "
            "out --copy to make it from nothing."
        ) from error
    return True


def _copied(journal: RecreationJournal) -> str | None:
    """The commit that holds the living doc as it was when an earlier run copied it."""
    entry = journal.entry(_COPY)
    return entry.known[0] if entry else None


def _known(target: Target, source: Source, known: Remade) -> Recreated:
    doc, page = (known.new, None) if known.page is None else (known.doc, known.new)
    return Recreated(target.what, doc=doc, url=address_of(source, doc, page), is_known=True)


def _require_living(target: Target, source: Source) -> None:
    """Raises MirrorError where a page is to come back into a doc that is gone itself."""
    try:
        source.doc(target.what.doc)
    except NotThere as error:
        raise MirrorError(
            f"The doc {one_line(target.what.doc_name)!r} is not in Coda any more, so no page can come back into it; "
            "leave out --page to make the whole doc anew."
        ) from error


def recreate(target: Target, account: Account, progress: Progress, *, resume: bool, way: Way = Way.BEST) -> Recreated:
    """Makes the doc, mirrors it, and compares. Raises MirrorError where nothing was written."""
    source, clock = account.source, account.clock
    begun, sent = clock.now(), source.traffic().sent.total()
    with ready_mirror(target.repository, progress):
        journal, before = target.journal(), None
        if not journal.exists and (known := made_before(target, source)) is not None:
            return _known(target, source, known)
        marked = _begun_before(target, source, journal, resume)
        is_copy = _is_copy(target, source, way, journal)
        if target.what.page is not None:
            _require_living(target, source)
        if target.what.page is not None or (is_copy and not journal.exists):
            before = _commit_before(target, account, progress)
        target = target.as_copy(_copied(journal) or before) if is_copy else target
        _begin(target, journal, marked, before if is_copy else None)
        with Hand() as hand:
            made = Making(_tools(target, account, journal, hand, progress), target, account.options).run()
    requests = source.traffic().sent.total() - sent
    return replace(made, before=before, requests=requests, seconds=clock.now() - begun)


def _tools(target: Target, account: Account, journal: RecreationJournal, hand: Hand, progress: Progress) -> Tools:
    flight = Flight(journal, account.writer, hand, account.clock)
    writes = target.repository.private_folder / WRITES
    return Tools(
        target.repository, target.what, target.side, target.stored, account.source, account.writer, journal, flight,
        progress, account.clock, writes, account.options.asset_hosts,
    )  # fmt: skip


def _commit_before(target: Target, account: Account, progress: Progress) -> str | None:
    """The commit that holds the living doc as it is, so that what comes of this can be told from what was there."""
    options, doc = only_doc(account.options, target.what.doc), target.what.doc
    with contextlib.suppress(Stopped):
        NewDoc(account.source, doc, account.clock).pages_surely(_QUIET_SECONDS)
    sync_ready(target.repository, account.source, options, progress, account.clock)
    return target.repository.head()


def _begun_before(target: Target, source: Source, journal: RecreationJournal, resume: bool) -> str | None:
    """The doc that bears the marked name though nothing is noted down of it.

    Raises MirrorError where an earlier run has begun the same and it was not said to go on with that.
    """
    what = target.what
    marked = None if journal.exists or what.page is not None else _only_marked(target, source)
    if (journal.exists or marked) and not resume:
        raise MirrorError(
            f"An earlier run has begun to make {one_line(what.marked_title if what.page is None else what.title)!r} "
            f"and did not end; go on with it by --resume{', or delete it by --abandon' if what.page is None else ''}."
        )
    return marked


def _begin(target: Target, journal: RecreationJournal, marked: str | None, copied: str | None) -> None:
    """Begins the journal, where none is, for a copy of the doc as a commit holds it, if it is to be one."""
    if journal.exists:
        return
    if marked and copied:
        raise MirrorError(
            "What an earlier run has noted down of the copy that it made is lost, so that nobody can tell how far it "
            "came; delete the copy by --abandon, and begin anew."
        )
    journal.begin()
    journal.intend(TITLE, (target.what.title,))
    if copied:
        journal.intend(_COPY, (copied,))
    if marked:
        _doubt_everything(target, journal, marked)


def _doubt_everything(target: Target, journal: RecreationJournal, doc_id: str) -> None:
    """Where what was noted down is lost, all that may have been made is looked for before it is made."""
    journal.intend(DOC)
    journal.settle(DOC, doc_id)
    for page in target.what.pages:
        journal.intend(page_key(page.old))
        for number in range(len(page.pieces)):
            journal.intend(f"content {page.old} {number}")


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
