"""Which docs a sync visits, and why: decided from the committed mirror and the listing alone (mirror-format.md, law 6).

A doc costs nothing beyond the listing while its `updatedAt` is the recorded one and *settled*: read long enough after
the edit that what was read cannot be older than the time beside it (coda-api.md, Freshness), and while the ledger names
nothing of it that is worth asking for. What Coda never announces is found by a refresh: each doc is read in full on its
own day of every `refresh_days`, known from its id alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.changes.message import ALL_DOCS
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.model.content import Doc
from coda_git_mirror.model.ledger import ASSET, DENIED, PAGE, TABLE, VIEW, Ledger, Problem
from coda_git_mirror.state.notes import Note

_FULL, _REFRESH = "--full", "refresh"


@dataclass(frozen=True)
class Visit:
    """A doc that is read: as a whole, or only what may have changed.

    `suspect_since`: what was edited from then on may have been read too early the last time; None where nothing was.
    `files_only`: nothing of it can have changed, and only hosted files are asked for that the ledger names.
    """

    doc: Doc
    reason: str
    whole: bool = True
    suspect_since: datetime | None = None
    files_only: bool = False

    @property
    def is_routine(self) -> bool:
        """Whether all of the doc is read although nothing is known to have changed."""
        return self.reason in (_FULL, _REFRESH)

    def is_edited(self, record: DocRecord) -> bool:
        """Whether the doc says that it was edited since the mirror has it so, or does not say when."""
        known = (record.updated, record.name, record.created)
        return (self.doc.updated, self.doc.name, self.doc.created) != known or not self.doc.updated


@dataclass(frozen=True)
class Calendar:
    """`now` is Coda's own time, so that no clock of this machine decides what is read."""

    now: datetime
    options: SyncOptions

    @property
    def day(self) -> int:
        return self.now.toordinal()

    def is_settled(self, updated: str, read_at: datetime) -> bool:
        """Whether content read then cannot be older than this `updatedAt`."""
        edited = instant(updated)
        return edited is not None and read_at - edited >= self.settling

    @property
    def settling(self) -> timedelta:
        return timedelta(minutes=self.options.settle_minutes)

    def is_refresh_due(self, doc_id: str, last: int | None) -> bool:
        """Whether the doc's own day has come since the day `last`, on which nothing was due any more."""
        days = self.options.refresh_days
        if last is None or not 0 <= self.day - last < days:
            return True
        digest = hashlib.sha256(doc_id.encode("utf-8", "surrogatepass")).digest()
        since_own_day = (self.day - int.from_bytes(digest[:8])) % days
        return since_own_day < self.day - last


@dataclass(frozen=True)
class Known:
    """What is known of the docs that the mirror holds: records, notes, commit times, and what is missing of them.

    `spoiled` is whether somebody else than a sync has since committed changes that concern a doc, `unsettled` are docs
    that the last commit calls so. `day` is the last one on which a sync read all that was due, `key` names the options
    by which docs without a note were read. `has_other_formats` is whether its pages are there in fewer or more formats
    than are wanted. `may_export`: the token may export pages although the ledger says that one before might not.
    """

    records: Mapping[str, DocRecord] = field(default_factory=dict)
    notes: Mapping[str, Note] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    spoiled: Callable[[DocRecord], bool] = lambda _: False
    committed: Callable[[DocRecord], datetime | None] = lambda _: None
    has_other_formats: Callable[[DocRecord], bool] = lambda _: False
    unsettled: frozenset[str] = frozenset()
    day: int | None = None
    key: str | None = None
    may_export: bool = False

    def other_options(self, doc_id: str, options: SyncOptions) -> bool:
        """Whether the doc was read by other settings than those of now."""
        note = self.notes.get(doc_id)
        return (note.options if note else self.key) not in (None, options.key)

    def is_mixed(self, doc_id: str) -> bool:
        """Whether the doc was read in parts, at different times, and is to be read as a whole once more."""
        note = self.notes.get(doc_id)
        return note is not None and note.is_mixed

    def refreshed(self, doc_id: str, scope: Collection[str]) -> int | None:
        """The last day by which so much of the doc was read, or was not due: by a note or a commit, if any is known."""
        note = self.notes.get(doc_id)
        suits = note is not None and (not note.scope or set(note.scope.split()) >= set(scope))
        days = (note.refreshed if note and suits else None, self.day)
        return max((day for day in days if day is not None), default=None)


def visits(docs: Iterable[Doc], known: Known, calendar: Calendar) -> list[Visit]:
    """The docs to read; the others are in the mirror as they are."""
    return [visit for doc in docs if (visit := _visit(doc, known, calendar))]


def _visit(doc: Doc, known: Known, calendar: Calendar) -> Visit | None:
    record, note = known.records.get(doc.id), known.notes.get(doc.id)
    if record is None:
        return Visit(doc, "new")
    settled = doc.id not in calendar.options.edited and _was_settled(record, note, known, calendar)
    since = instant(record.updated)
    suspect = None if settled else (since - calendar.settling if since else datetime.min.replace(tzinfo=UTC))
    if reason := _reason_for_all(doc, record, known, calendar):
        return Visit(doc, reason, suspect_since=suspect)
    edited = Visit(doc, "edited", whole=False, suspect_since=suspect)
    if edited.is_edited(record):
        return edited
    if not settled:
        return Visit(doc, "unsettled", whole=False, suspect_since=suspect)
    return _visit_for(doc, record, known, calendar.options)


def _reason_for_all(doc: Doc, record: DocRecord, known: Known, calendar: Calendar) -> str:
    """Why all of a doc is to be read that the mirror holds; empty where it is not."""
    if calendar.options.full:
        return _FULL
    if any(problem.is_of_whole_doc for problem in known.ledger.of(doc.id)):
        return "had problems"
    if known.spoiled(record):
        return "changed in the mirror"
    if known.other_options(doc.id, calendar.options):
        return "other options"
    if known.is_mixed(doc.id):
        return "read at different times"
    return _REFRESH if calendar.is_refresh_due(doc.id, known.refreshed(doc.id, calendar.options.scope)) else ""


def _visit_for(doc: Doc, record: DocRecord, known: Known, options: SyncOptions) -> Visit | None:
    """The visit of a doc in which nothing has changed, for what is missing of it."""
    kinds = {problem.kind for problem in known.ledger.of(doc.id) if is_wanted(problem, options, known.may_export)}
    if kinds - {ASSET}:
        return Visit(doc, "had problems", whole=False)
    if options.pages and known.has_other_formats(record):
        return Visit(doc, "other formats", whole=False)
    return Visit(doc, "had problems", whole=False, files_only=True) if kinds else None


def is_wanted(problem: Problem, options: SyncOptions, may_export: bool) -> bool:
    """Whether a run with these options asks for an item of the ledger.

    What is denied is not asked for again, but pages where the token may export; what is gone may come back.
    """
    if problem.kind == ASSET:
        return options.assets
    if problem.state == DENIED and not (problem.kind == PAGE and may_export):
        return False
    if problem.kind == PAGE:
        return options.pages and (not problem.formats or not set(options.formats).isdisjoint(problem.formats))
    is_table = problem.kind in (TABLE, VIEW) or problem.item_id == "tables"
    return options.tables if is_table else options.pages


def _was_settled(record: DocRecord, note: Note | None, known: Known, calendar: Calendar) -> bool:
    """By the note of this working copy; a fresh clone has none, and the doc's last commit may prove it.

    Syncs date their commits by Coda's clock, so that no machine's clock can prove what is not so (a date that is still
    to come is of another clock), and name in them the docs that they read too early: a later commit may have touched
    the doc without reading it.
    """
    if note:
        return note.updated == record.updated
    committed = known.committed(record)
    if committed is None or committed > calendar.now or not known.unsettled.isdisjoint((record.id, ALL_DOCS)):
        return False
    return calendar.is_settled(record.updated, committed)


def instant(text: str) -> datetime | None:
    """An ISO 8601 instant; None for what is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_since(updated: str, begin: datetime) -> bool:
    """Whether an edit was at or after an instant; one at an unknown time may have been."""
    edited = instant(updated)
    return edited is None or edited >= begin
