"""The ledger as a whole, once a run has read what it meant to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.sync.ledger.docs import unread_doc
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.reading import Reading
from coda_git_mirror.actions.sync.survey import Survey
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.model.ledger import Problem


def ledger_after(
    found: Survey, held: Held, readings: Iterable[Reading], records: Iterable[DocRecord], options: SyncOptions
) -> tuple[Problem, ...]:
    """What is missing from now on: of docs that nobody looked at it is what was missing before.

    Those of which no id is known are among the others where all docs were looked at.
    """
    return _LedgerAfter(found, held, options).entries(readings, records)


class _LedgerAfter:
    def __init__(self, found: Survey, held: Held, options: SyncOptions) -> None:
        self._survey, self._choice, self._held, self._options = found, found.choice, held, options

    def entries(self, readings: Iterable[Reading], records: Iterable[DocRecord]) -> tuple[Problem, ...]:
        missing = {reading.doc.id: list(reading.missing) for reading in readings}
        unknown = set() if self._options.leaves_out else {""}
        for doc_id in self._held.ledger.docs - missing.keys() - self._choice.gone - unknown:
            missing[doc_id] = list(self._held.ledger.of(doc_id))
        for problem in self._choice.problems:
            others = [it for it in missing.get(problem.doc_id, ()) if it.key != problem.key]
            missing[problem.doc_id] = [*others, problem]
        for record in records:
            missing.setdefault(record.id, []).extend(self._left_behind(record, missing.get(record.id, ())))
        return tuple({problem for problems in missing.values() for problem in problems})

    def _left_behind(self, record: DocRecord, missing: Sequence[Problem]) -> Iterator[Problem]:
        """A doc that was to be read anew, for a reason which this commit covers up without reading it."""
        known, held = self._survey.known, self._held.docs.get(record.id)
        is_read = record.id in self._survey.visits and not self._options.is_partial
        if held is None or is_read or any(it.is_of_whole_doc for it in missing):
            return
        if known.spoiled(held):
            yield unread_doc(record.id, record.name, "it was not read since somebody changed it here")
        elif known.other_options(record.id, self._options) and not self._only_limit_differs(held):
            yield unread_doc(record.id, record.name, "it was not read since the settings changed")

    def _only_limit_differs(self, record: DocRecord) -> bool:
        """Whether the doc is as the settings of now would have it, but for hosted files whose sizes suit any limit."""
        note = self._survey.known.notes.get(record.id)
        before = note.options if note else str(self._survey.known.key)
        if before.rpartition(" ")[0] != self._options.key.rpartition(" ")[0]:
            return False
        limit = self._options.largest_asset
        assets = self._held.doc(record.id).stored.assets.values()
        return not any(entry.get("stub") or (limit and (entry.get("size") or 0) > limit) for entry in assets)
