"""Which docs a sync visits, and why: decided from the committed mirror and the listing alone (mirror-format law 6).

A doc costs nothing beyond the listing while its `updatedAt` is the recorded one and *settled*: read long enough after
the edit that what was read cannot be older than the time beside it (FACTS.md, Freshness). What Coda never announces is
found by a refresh: each doc is read in full on its own day of every `refresh_days`, known from its id alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.mirror.notes import Note
from coda_git_mirror.model.content import Doc


@dataclass(frozen=True)
class Visit:
    """A doc that is read: as a whole, or only what may have changed.

    `suspect_since`: what was edited from then on may have been read too early the last time; None where nothing was.
    """

    doc: Doc
    reason: str
    whole: bool = True
    suspect_since: datetime | None = None


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

    def is_refresh_due(self, doc_id: str, note: Note | None) -> bool:
        """Once on the doc's own day, and whenever it is known that the last time is too long ago."""
        days = self.options.refresh_days
        last = note.refreshed if note else None
        if last is not None and not 0 <= self.day - last < days:
            return True
        digest = hashlib.sha256(doc_id.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8]) % days == self.day % days and last != self.day


@dataclass(frozen=True)
class Known:
    """What is known of the docs that the mirror holds: records, notes, names with open problems, commit times.

    `spoiled` is whether somebody else than a sync has since committed changes that concern a doc.
    """

    records: Mapping[str, DocRecord] = field(default_factory=dict)
    notes: Mapping[str, Note] = field(default_factory=dict)
    troubled: frozenset[str] = frozenset()
    spoiled: Callable[[DocRecord], bool] = lambda _: False
    committed: Callable[[DocRecord], datetime | None] = lambda _: None


def visits(docs: Iterable[Doc], known: Known, calendar: Calendar) -> list[Visit]:
    """The docs to read; the others are in the mirror as they are."""
    return [visit for doc in docs if (visit := _visit(doc, known, calendar))]


def _visit(doc: Doc, known: Known, calendar: Calendar) -> Visit | None:
    record, note = known.records.get(doc.id), known.notes.get(doc.id)
    if record is None:
        return Visit(doc, "new")
    if calendar.options.full:
        return Visit(doc, "--full")
    if record.name in known.troubled or doc.name in known.troubled:
        return Visit(doc, "had problems")
    if known.spoiled(record):
        return Visit(doc, "changed in the mirror")
    if note and note.options != calendar.options.key:
        return Visit(doc, "other options")
    if calendar.is_refresh_due(doc.id, note):
        return Visit(doc, "refresh")
    settled = _was_settled(record, note, known, calendar)
    since = instant(record.updated)
    suspect = None if settled else (since - calendar.settling if since else datetime.min.replace(tzinfo=UTC))
    if doc.updated != record.updated or doc.name != record.name or not doc.updated:
        return Visit(doc, "edited", whole=False, suspect_since=suspect)
    return None if settled else Visit(doc, "unsettled", whole=False, suspect_since=suspect)


def _was_settled(record: DocRecord, note: Note | None, known: Known, calendar: Calendar) -> bool:
    """By the note of this working copy; a fresh clone has none, and the doc's last commit may prove it.

    Syncs date their commits by Coda's clock, so that no machine's clock can prove what is not so; a date that is
    still to come is of another clock.
    """
    if note:
        return note.updated == record.updated
    committed = known.committed(record)
    return committed is not None and committed <= calendar.now and calendar.is_settled(record.updated, committed)


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
