"""The way of a sync: look at the account, read its docs, write them beside the mirror, publish them in one commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from coda_git_mirror.actions.init import check_place, find_mirror, new_mirror, ready_mirror, root_files, uses_lfs
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.crew import Crew
from coda_git_mirror.actions.sync.guard import require_publishable
from coda_git_mirror.actions.sync.held import Held
from coda_git_mirror.actions.sync.means import Means
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.place import Places, find_places
from coda_git_mirror.actions.sync.plan import plan_visits, total
from coda_git_mirror.actions.sync.reading import DocReader, Reading
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.actions.sync.resume import Resumption
from coda_git_mirror.actions.sync.survey import Survey, notes_file, survey
from coda_git_mirror.actions.sync.writing import DocWriter
from coda_git_mirror.changes.message import commit_message
from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import DocRecord, Manifest, manifest_document
from coda_git_mirror.mirror.fetched import fetched_files
from coda_git_mirror.mirror.git_command import require_git_lfs
from coda_git_mirror.mirror.known_pace import KnownPace
from coda_git_mirror.mirror.notes import Note, write_notes
from coda_git_mirror.mirror.packing import pack_history
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import staging_of
from coda_git_mirror.mirror.repository import Repository
from coda_git_mirror.mirror.run_log import append_run
from coda_git_mirror.mirror.shelf import Shelf
from coda_git_mirror.mirror.staging import StagedFile
from coda_git_mirror.mirror.trees import StagedTree
from coda_git_mirror.model.content import Doc
from coda_git_mirror.model.outcome import Problem
from coda_git_mirror.model.traffic import RateClass
from coda_git_mirror.progress import Progress
from coda_git_mirror.redact import redacted


def sync(folder: Path, source: Source, options: SyncOptions, progress: Progress, clock: Clock) -> SyncReport:
    """Mirrors the account into `folder`, which becomes a mirror where it is none yet.

    Raises MirrorError where nothing was committed; what single items lack is in the report's problems.
    """
    begun = clock.now()
    if options.lfs:
        require_git_lfs()
    if mirror := find_mirror(folder):
        with ready_mirror(mirror, progress):
            held = Held(mirror)
            with _logged(mirror) as log:
                found = survey(source, options, held)
                return log(SyncRun(held, found, source, options, progress).report(clock, begun))
    check_place(folder)
    found = survey(source, options, None)
    with new_mirror(folder, progress) as repository, _logged(repository) as log:
        return log(SyncRun(Held(repository), found, source, options, progress).report(clock, begun))


@contextmanager
def _logged(repository: Repository) -> Iterator[Callable[[SyncReport], SyncReport]]:
    """Writes a line about the run into the mirror's log, whether it reports or fails."""

    def log(report: SyncReport) -> SyncReport:
        subject = report.message.splitlines()[0] if report.commit else "nothing changed"
        _append(repository, f"{subject}; {len(report.problems)} problems, {report.requests} requests")
        return report

    try:
        yield log
    except MirrorError as error:
        if repository.head():
            _append(repository, f"failed: {redacted(str(error))}")
        raise


def _append(repository: Repository, text: str) -> None:
    append_run(repository.root, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}")


class SyncRun:
    """One sync in a mirror that is held and ready."""

    def __init__(self, held: Held, found: Survey, source: Source, options: SyncOptions, progress: Progress) -> None:
        self._held, self._survey, self._choice = held, found, found.choice
        self._source, self._options, self._progress = source, options, progress
        self._repository = held.repository
        self._staging = staging_of(held.repository)
        self._files = fetched_files(held.repository)
        self._problems = list(found.choice.problems)

    def report(self, clock: Clock, begun: float) -> SyncReport:
        """Reads, writes and publishes."""
        self._files.begin(self._survey.calendar.now)
        with Shelf(self._repository.private_folder, self._held) as shelf:
            readings, manifest, written = self._mirror_docs(shelf)
        written[layout.MANIFEST] = self._staging.write(layout.MANIFEST, manifest_document(manifest))
        written |= root_files(self._repository, self._staging, self._options.lfs)
        publication = Publication(self._repository, self._held.tree.commit, written)
        with publication.preparing():
            changes = self._held.changes_to(StagedTree(self._held.tree, self._staging, publication.changes))
            require_publishable(changes, self._held.manifest, self._problems, self._options)
            message = commit_message(changes, manifest.totals, first=self._held.manifest is None)
        commit = publication.publish(message, self._survey.calendar.now)
        self._files.clear()
        write_notes(notes_file(self._repository), self._new_notes(readings))
        pack_history(self._repository, self._progress)
        problems, traffic, seconds = tuple(sorted(self._problems)), self._source.traffic(), clock.now() - begun
        KnownPace(self._repository).remember(traffic.sent[RateClass.EXPORT] - traffic.refused, seconds)
        return SyncReport(changes, manifest.totals, problems, traffic.sent.total(), seconds, commit, message)

    def _mirror_docs(self, shelf: Shelf) -> tuple[list[Reading], Manifest, dict[str, StagedFile | None]]:
        """Reads everything before anything is written: links between docs need every doc's final place."""
        plans = plan_visits(self._survey.visits.values(), self._held, self._options, shelf.put)
        self._progress.begin(len(plans))
        self._progress.expect(sum(plan.pages for plan in plans), total(plans))
        resumption = Resumption(self._files, self._survey.calendar)
        with Crew() as crew:
            means = Means(self._source, self._options, self._held, self._files, resumption, crew, self._progress)
            reader = DocReader(means, shelf.put)
            readings = reader.read(plans)
        self._problems += [problem for reading in readings for problem in reading.problems]
        writer = DocWriter(self._held, self._staging, self._options, reader.collector)
        return readings, self._manifest(self._write_docs(readings, writer, shelf)), writer.changes

    def _write_docs(self, readings: Iterable[Reading], writer: DocWriter, shelf: Shelf) -> Iterable[DocRecord]:
        docs = {reading.doc.id: reading.parts for reading in readings if reading.parts}
        anew = bool(self._choice.gone) or uses_lfs(self._held.tree) != self._options.lfs
        if not (docs or anew):
            return self._held.docs.values()
        changing = docs.keys() | self._choice.gone
        staying = [record for doc_id, record in self._held.docs.items() if doc_id not in changing]
        places = find_places(docs.values(), staying, self._held, anew, self._options.asset_hosts, shelf.put)
        records = [writer.write(parts(), places) for parts in docs.values()]
        for doc_id in self._choice.gone:
            writer.remove(doc_id)
        return records + (self._rewritten(staying, writer, places) if places.moved else staying)

    def _rewritten(self, staying: Iterable[DocRecord], writer: DocWriter, places: Places) -> list[DocRecord]:
        """Docs that were not selected, not readable, or not touched: only their links, or their folder, change."""
        return [writer.keep(doc, places) for doc in self._held.each_doc([record.id for record in staying])]

    def _manifest(self, records: Iterable[DocRecord]) -> Manifest:
        return Manifest(self._survey.owner, tuple(records), tuple({*self._problems, *self._older_problems()}))

    def _older_problems(self) -> list[Problem]:
        """What was known to be missing in docs that this run did not look at."""
        looked_at = {*self._choice.docs, *self._choice.gone}
        visited = {doc.name for doc in self._choice.docs.values()}
        untouched = {record.name for record in self._held.docs.values() if record.id not in looked_at} - visited
        known = self._held.manifest.problems if self._held.manifest else ()
        return [problem for problem in known if problem.doc in untouched]

    def _new_notes(self, readings: Iterable[Reading]) -> Mapping[str, Note]:
        """Remembers which docs were read whole and late enough after their last edit; the others are read again."""
        calendar = self._survey.calendar
        notes = {doc_id: note for doc_id, note in self._survey.notes.items() if doc_id not in self._choice.gone}
        for reading in readings:
            doc = reading.doc
            last = notes[doc.id].refreshed if doc.id in notes else None
            refreshed = calendar.day if self._survey.visits[doc.id].whole else last
            settled = reading.is_whole and self._is_settled(doc)
            notes[doc.id] = Note(doc.updated if settled else "", self._options.key, refreshed)
        return notes

    def _is_settled(self, doc: Doc) -> bool:
        if any(problem.doc == doc.name for problem in self._problems):
            return False
        return self._survey.calendar.is_settled(doc.updated, self._survey.calendar.now)
