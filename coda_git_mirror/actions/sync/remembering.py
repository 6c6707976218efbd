"""What a run remembers for the next one: which docs are settled, and when each was read in full.

The notes of a working copy are a cache. What a fresh clone needs in their place stands in the commit's message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.reading import Reading
from coda_git_mirror.actions.sync.survey import Survey
from coda_git_mirror.actions.sync.visits import Known, Visit
from coda_git_mirror.changes.message import ALL_DOCS
from coda_git_mirror.format.manifest import DocRecord, Manifest
from coda_git_mirror.state.notes import Note

_UNANNOUNCED = "another content of a doc that nobody edited"


def new_notes(
    survey: Survey, held: Held, readings: Iterable[Reading], changed: Collection[str], options: SyncOptions
) -> dict[str, Note]:
    """The notes of all docs that are there; of those that were read what is known of them now.

    `changed` are the ids of the docs of which the new tree has anything else than the mirror before.
    """
    notes = {doc_id: note for doc_id, note in survey.known.notes.items() if doc_id not in survey.choice.gone}
    for reading in readings:
        visit = survey.visits.get(reading.doc.id)
        if visit and reading.was_read and not visit.files_only:
            record = held.docs.get(reading.doc.id)
            if reading.doc.id in changed and _is_unannounced(visit, record):
                reading = replace(reading, doubts=(*reading.doubts, _UNANNOUNCED))
            notes[reading.doc.id] = _note(survey, record, reading, options)
    return notes


def _is_unannounced(visit: Visit, record: DocRecord | None) -> bool:
    """Whether a change of the doc is one of which neither its own time nor anything here tells."""
    if record is None or visit.suspect_since is not None or visit.is_edited(record):
        return False
    return visit.is_routine


def _note(survey: Survey, record: DocRecord | None, reading: Reading, options: SyncOptions) -> Note:
    doc, calendar, known = reading.doc, survey.calendar, survey.known
    before = known.notes.get(doc.id)
    is_whole = survey.visits[doc.id].whole
    key = (before.options if before else known.key) if options.is_partial else None
    doubts = _digest(reading.doubts)
    return Note(
        updated=doc.updated if reading.is_believed and _is_settled(survey, record, reading, options, doubts) else "",
        options=key or options.key,
        refreshed=calendar.day if is_whole else known.refreshed(doc.id, options.scope),
        doubts=doubts,
        is_mixed=not reading.is_believed,
        scope=" ".join(sorted(options.scope)) if is_whole or before is None else before.scope,
    )


def _is_settled(survey: Survey, record: DocRecord | None, reading: Reading, options: SyncOptions, doubts: str) -> bool:
    """Whether what the mirror holds from now on cannot be older than the doc's time; doubts count the first time."""
    doc, before = reading.doc, survey.known.notes.get(reading.doc.id)
    if not (options.pages and options.tables):
        was_settled = before is not None and record is not None and before.updated == record.updated
        return was_settled and record is not None and doc.updated == record.updated
    if doubts and not (before and before.doubts == doubts):
        return False
    return survey.calendar.is_settled(doc.updated, survey.calendar.now)


def _digest(doubts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(doubts)).encode("utf-8", "surrogatepass")).hexdigest() if doubts else ""


def unsettled(notes: dict[str, Note], manifest: Manifest, known: Known) -> frozenset[str]:
    """The docs of a commit that may be older than the times beside them, by id."""
    found = {doc.id for doc in manifest.docs if (note := notes.get(doc.id)) and note.updated != doc.updated}
    earlier = {doc.id for doc in manifest.docs if doc.id in known.unsettled or ALL_DOCS in known.unsettled}
    return frozenset(found | (earlier - notes.keys()))
