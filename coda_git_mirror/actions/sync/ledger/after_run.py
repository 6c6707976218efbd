"""The ledger as a whole, once a run has read what it meant to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.sync.ledger.docs import unread_doc
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.reading import Reading
from coda_git_mirror.actions.sync.survey import Survey
from coda_git_mirror.actions.sync.visits import Known
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.model.ledger import Problem


def ledger_after(
    found: Survey, held: Held, readings: Iterable[Reading], records: Iterable[DocRecord], options: SyncOptions
) -> tuple[Problem, ...]:
    """What is missing from now on: of docs that nobody looked at it is what was missing before.

    Those of which no id is known are among the others where all docs were looked at.
    """
    missing = {reading.doc.id: list(reading.missing) for reading in readings}
    unknown = set() if options.leaves_out or found.left else {""}
    for doc_id in held.ledger.docs - missing.keys() - found.choice.gone - unknown:
        missing[doc_id] = list(held.ledger.of(doc_id))
    for problem in found.choice.problems:
        others = [it for it in missing.get(problem.doc_id, ()) if it.key != problem.key]
        missing[problem.doc_id] = [*others, problem]
    for record in records:
        is_read = record.id in found.visits and not options.is_partial
        before = missing.setdefault(record.id, [])
        before += [] if is_read else left_behind(record, found.known, held, options, before)
    return tuple({problem for problems in missing.values() for problem in problems})


def left_behind(
    record: DocRecord, known: Known, held: Held, options: SyncOptions, missing: Sequence[Problem]
) -> list[Problem]:
    """A doc that was to be read anew, for a reason which a commit covers up that did not read it."""
    doc = held.docs.get(record.id)
    if doc is None or any(it.is_of_whole_doc for it in missing):
        return []
    if known.spoiled(doc):
        return [unread_doc(record.id, record.name, "it was not read since somebody changed it here")]
    if known.other_options(record.id, options) and not _only_limit_differs(doc, known, held, options):
        return [unread_doc(record.id, record.name, "it was not read since the settings changed")]
    return []


def _only_limit_differs(record: DocRecord, known: Known, held: Held, options: SyncOptions) -> bool:
    """Whether the doc is as the settings of now would have it, but for hosted files whose sizes suit any limit."""
    note = known.notes.get(record.id)
    before = note.options if note else str(known.key)
    if before.rpartition(" ")[0] != options.key.rpartition(" ")[0]:
        return False
    limit = options.largest_asset
    assets = held.doc(record.id).stored.assets.values()
    return not any(entry.get("stub") or (limit and (entry.get("size") or 0) > limit) for entry in assets)
