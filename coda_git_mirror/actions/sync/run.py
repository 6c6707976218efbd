"""The way of a sync: look at the account, read its docs, write them beside the mirror, publish them in one commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from coda_git_mirror.actions.entry import check_place, find_mirror, new_mirror, ready_mirror
from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.root_files import root_files, uses_lfs
from coda_git_mirror.actions.sync.cost import plan_visits, total
from coda_git_mirror.actions.sync.guard import require_publishable
from coda_git_mirror.actions.sync.ledger.after_run import ledger_after
from coda_git_mirror.actions.sync.notices import mixed_notices, notices
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.place import Places, find_places
from coda_git_mirror.actions.sync.read_context import ReadContext
from coda_git_mirror.actions.sync.reading import DocReader, Reading
from coda_git_mirror.actions.sync.remembering import new_notes, unsettled
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.actions.sync.resume import Resumption
from coda_git_mirror.actions.sync.survey import Survey, left_out_file, notes_file, survey
from coda_git_mirror.actions.sync.table_writer import docs_to_cut
from coda_git_mirror.actions.sync.unfit import Unfit
from coda_git_mirror.actions.sync.upgrade import in_current_format
from coda_git_mirror.actions.sync.workers import Workers, exports_of_use, reads_of_use
from coda_git_mirror.actions.sync.writing import DocWriter
from coda_git_mirror.actions.unborn import take_up
from coda_git_mirror.changes.message import Scope, commit_message
from coda_git_mirror.changes.wording import shown_name
from coda_git_mirror.clock import Clock, Window
from coda_git_mirror.disk.files import naming
from coda_git_mirror.disk.shelf import Shelf
from coda_git_mirror.errors import MirrorError, TimeIsUp
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import DocRecord, Manifest, manifest_document
from coda_git_mirror.format.text import counted
from coda_git_mirror.git.command import require_git_lfs
from coda_git_mirror.git.packing import pack_history
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import staging_of
from coda_git_mirror.mirror.run_log import append_run
from coda_git_mirror.mirror.staging import StagedFile
from coda_git_mirror.mirror.trees import StagedTree
from coda_git_mirror.model.changes import Changes
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.model.traffic import RateClass
from coda_git_mirror.progress import Progress
from coda_git_mirror.redact import redacted
from coda_git_mirror.state.fetched import fetched_files
from coda_git_mirror.state.known_pace import KnownPace
from coda_git_mirror.state.notes import Note, write_left_out, write_notes

_MOST_TOLD = 5


def sync(folder: Path, source: Source, options: SyncOptions, progress: Progress, clock: Clock) -> SyncReport:
    """Mirrors the account into `folder`, which becomes a mirror where it is none yet.

    Raises MirrorError where nothing was committed; what single items lack is in the report's problems.
    """
    begun = clock.now()
    if options.lfs:
        require_git_lfs()
    mirror = find_mirror(folder)
    if mirror is None and (note := take_up(folder)):
        progress.note(f"Note: {note}")
        mirror = find_mirror(folder)
    if mirror:
        with ready_mirror(mirror, progress):
            return sync_ready(mirror, source, options, progress, clock, begun=begun)
    check_place(folder)
    found = survey(source, options, None)
    with new_mirror(folder, progress) as repository, _logged(repository) as log:
        return log(SyncRun(Held.at_head(repository), found, source, options, progress).execute(clock, begun))


@dataclass(frozen=True)
class Telling:
    """Trailers for a sync's commit, which is made only where something changed, but with `in_any_case`."""

    trailers: tuple[str, ...] = ()
    in_any_case: bool = False


NOTHING_TOLD = Telling()


def sync_ready(
    repository: Repository,
    source: Source,
    options: SyncOptions,
    progress: Progress,
    clock: Clock,
    telling: Telling = NOTHING_TOLD,
    begun: float | None = None,
) -> SyncReport:
    """Mirrors the account into a mirror that the caller has made ready, and holds; else as `sync`."""
    begun = clock.now() if begun is None else begun
    held = in_current_format(Held.at_head(repository), options, progress)
    with _logged(repository) as log:
        found = survey(source, options, held)
        return log(SyncRun(held, found, source, options, progress, telling).execute(clock, begun))


@contextmanager
def _logged(repository: Repository) -> Iterator[Callable[[SyncReport], SyncReport]]:
    """Writes a line about the run into the mirror's log, whether it reports or fails."""

    def log(report: SyncReport) -> SyncReport:
        subject = report.message.splitlines()[0] if report.commit else "nothing changed"
        _append(
            repository, f"{subject}; {counted(len(report.problems), 'problem')}, {counted(report.requests, 'request')}"
        )
        return report

    try:
        with naming(repository.root):
            yield log
    except MirrorError as error:
        if repository.head():
            _append(repository, f"failed: {redacted(str(error))}")
            error.is_logged = True
        raise


def _append(repository: Repository, text: str) -> None:
    append_run(repository.root, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}")


class SyncRun:
    """One sync in a mirror that is held and ready."""

    def __init__(
        self,
        held: Held,
        found: Survey,
        source: Source,
        options: SyncOptions,
        progress: Progress,
        telling: Telling = NOTHING_TOLD,
    ) -> None:
        self._held, self._survey, self._choice = held, found, found.choice
        self._source, self._options, self._progress = source, options, progress
        self._repository = held.repository
        self._staging = staging_of(held.repository)
        self._files = fetched_files(held.repository)
        self._told = list(found.choice.problems)
        self._left: list[Problem] = []
        self._notices = tuple(notices(found.choice, held))
        self._telling = telling

    def execute(self, clock: Clock, begun: float) -> SyncReport:
        """Reads, writes and publishes."""
        self._files.begin(self._survey.calendar.now, self._is_of_use)
        with Shelf(self._repository.private_folder, self._held) as shelf:
            readings, manifest, written = self._mirror_docs(shelf, clock)
        written[layout.MANIFEST] = self._staging.write(layout.MANIFEST, manifest_document(manifest))
        written |= root_files(self._repository, self._staging, manifest.docs, self._options.lfs)
        publication = Publication(self._repository, self._held.tree.commit, written)
        changed = {doc.id for doc in manifest.docs if layout.inside(doc.path, layout.CHECKSUMS) in publication.changes}
        notes = new_notes(self._survey, self._held, readings, changed, self._options)
        with publication.preparing():
            changes = self._held.changes_to(StagedTree(self._held.tree, self._staging, publication.changes))
            require_publishable(changes, self._held.manifest, [*self._told, *self._left], self._options)
            is_partial = self._options.leaves_out or bool(self._left)
            scope = Scope(is_partial, unsettled(notes, manifest, self._survey.known))
            first, edited = self._held.manifest is None, _taken_back(publication, manifest, changes)
            message = commit_message(changes, manifest.totals, first, scope, edited, self._telling.trailers)
        commit = publication.publish(message, self._survey.calendar.now, self._telling.in_any_case)
        traffic, seconds = self._source.traffic(), clock.now() - begun
        self._remember(readings, notes, traffic.sent[RateClass.EXPORT] - traffic.refused, seconds)
        if not publication.unfinished:
            self._afterwards(lambda: pack_history(self._repository, self._progress))
        return SyncReport(
            changes=changes,
            totals=manifest.totals,
            problems=tuple(sorted(set(self._told))),
            requests=traffic.sent.total(),
            seconds=seconds,
            commit=commit,
            message=message,
            ledger=tuple(sorted(manifest.problems)),
            notes=(*self._notices, *mixed_notices(readings)),
            unfinished=publication.unfinished,
            left=tuple(sorted(self._left)),
        )

    def _is_of_use(self, key: str) -> bool:
        """Whether what was read by this key is of a doc that is to be read and was not edited since, or is left out."""
        doc_id, _, rest = key.partition(" ")
        visit = self._survey.visits.get(doc_id)
        return rest.startswith(f"{visit.doc.updated} ") if visit else doc_id not in self._choice.docs

    def _forget(self, readings: Iterable[Reading]) -> None:
        """Removes what was read of docs that are as they should be now; what is left stays for the next run."""
        done = {reading.doc.id for reading in readings if reading.is_believed}
        self._files.forget(lambda key: key.partition(" ")[0] in done)

    def _remember(self, readings: Iterable[Reading], notes: Mapping[str, Note], exports: int, seconds: float) -> None:
        left_out = self._held.docs.keys() - self._choice.docs.keys() - self._choice.looked_for
        self._afterwards(lambda: self._forget(readings))
        self._afterwards(lambda: write_notes(notes_file(self._repository), notes))
        self._afterwards(lambda: write_left_out(left_out_file(self._repository), left_out))
        self._afterwards(lambda: KnownPace(self._repository).remember(exports, seconds))

    def _afterwards(self, step: Callable[[], object]) -> None:
        """Does what the commit, which is made, does not depend on: a failure is a note, no more."""
        try:
            with naming(self._repository.root):
                step()
        except MirrorError as error:
            self._progress.note(f"Note: the sync is done, but not all that would make the next one quicker. {error}")

    def _mirror_docs(self, shelf: Shelf, clock: Clock) -> tuple[list[Reading], Manifest, dict[str, StagedFile | None]]:
        """Reads everything before anything is written: links between docs need every doc's final place."""
        plans = plan_visits(self._survey.visits.values(), self._held, self._options, shelf.put)
        self._progress.begin(len(plans))
        self._progress.expect(sum(plan.pages for plan in plans), total(plans))
        docs, window = self._choice.docs.values(), clock if isinstance(clock, Window) else None
        resumption = Resumption(self._files, self._survey.calendar, docs, ends_in_time=window is not None)
        unfit = Unfit(self._files, window)
        with self._workers(window) as workers:
            context = ReadContext(
                self._source,
                self._options,
                self._held,
                self._files,
                resumption,
                workers,
                self._progress,
                unfit,
                self._survey.known.may_export,
                clock,
            )
            reader = DocReader(context, shelf.put)
            readings = reader.read(plans, self._choice)
        self._leave(reader.left, readings)
        self._told += [problem for reading in readings for problem in reading.told]
        writer = DocWriter(self._held, self._staging, self._options, reader.collector)
        records = tuple(self._write_docs(readings, writer, shelf))
        return (
            readings,
            Manifest(
                self._survey.owner, records, ledger_after(self._survey, self._held, readings, records, self._options)
            ),
            writer.changes,
        )

    def _workers(self, window: Window | None) -> Workers:
        if window is None:
            return Workers()
        return Workers(lambda: reads_of_use(self._source.traffic()), lambda: exports_of_use(window.seconds))

    def _leave(self, left: Iterable[Problem], readings: Iterable[Reading]) -> None:
        """Leaves docs to the next run. Raises TimeIsUp where that makes a mirror of nothing."""
        self._left = list(left)
        self._survey = self._survey.without(frozenset(problem.doc_id for problem in self._left))
        if self._left and self._held.manifest is None and not any(reading.parts for reading in readings):
            raise TimeIsUp(_told(self._left))

    def _write_docs(self, readings: Iterable[Reading], writer: DocWriter, shelf: Shelf) -> Iterable[DocRecord]:
        docs = {reading.doc.id: reading.parts for reading in readings if reading.parts}
        gone = self._choice.gone & self._held.docs.keys()
        anew = bool(gone) or uses_lfs(self._held.tree) != self._options.lfs
        cut = docs_to_cut(self._held, self._options.max_table_bytes) if self._survey.known.key is not None else ()
        if not (docs or anew or cut):
            return self._held.docs.values()
        changing = docs.keys() | gone
        staying = [record for doc_id, record in self._held.docs.items() if doc_id not in changing]
        places = find_places(docs.values(), staying, self._held, anew, self._options.asset_hosts, shelf.put)
        records = [writer.write(parts(), places) for parts in docs.values()]
        for doc_id in gone:
            writer.remove(doc_id)
        rewritten = staying if places.moved else [record for record in staying if record.id in cut]
        others = [record for record in staying if record not in rewritten]
        return [*records, *self._rewritten(rewritten, writer, places), *others]

    def _rewritten(self, staying: Iterable[DocRecord], writer: DocWriter, places: Places) -> list[DocRecord]:
        """Docs that were not selected, not readable, or not touched: only links, folders and cuts of tables change."""
        return [writer.keep(doc, places) for doc in self._held.each_doc([record.id for record in staying])]


def _told(left: Sequence[Problem]) -> str:
    """Of the first docs that are left why they are."""
    told = [f"{shown_name(problem.doc)}: {problem.reason}" for problem in left[:_MOST_TOLD]]
    more = len(left) - len(told)
    return "; ".join([*told, *([f"and {counted(more, 'more doc')}"] if more else [])])


def _taken_back(publication: Publication, manifest: Manifest, changes: Changes) -> list[str]:
    """Files that change in docs which do not: somebody's commit had made them other than their checksums say."""
    unchanged = {doc.path for doc in manifest.docs} - {doc.folder for doc in changes.docs}
    return [path for path in publication.changes if "/".join(path.split("/")[:2]) in unchanged]
