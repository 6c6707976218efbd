"""The way of a sync: look at the account, read its docs, write them beside the mirror, publish them in one commit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from coda_git_mirror.actions.init import check_place, is_mirror, new_mirror, ready_mirror, root_files, uses_lfs
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.assets import AssetCollector
from coda_git_mirror.actions.sync.choose import Choice, choose
from coda_git_mirror.actions.sync.fetch import Fetcher, without_gone
from coda_git_mirror.actions.sync.folders import with_folder_names
from coda_git_mirror.actions.sync.guard import require_publishable
from coda_git_mirror.actions.sync.held import Held, HeldDoc
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.outline import Outlined, read_outline, stored_outline
from coda_git_mirror.actions.sync.place import DocParts, Places, find_places
from coda_git_mirror.actions.sync.problems import content_problems
from coda_git_mirror.actions.sync.render import render_doc
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.actions.sync.room import Room
from coda_git_mirror.actions.sync.texts import PageTexts
from coda_git_mirror.actions.sync.visits import Calendar, Known, Visit, visits
from coda_git_mirror.changes.message import LAST_TRAILER, commit_message
from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import CodaError, MirrorError, OutOfPatience, TokenRefused
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import DocRecord, Manifest, manifest_document
from coda_git_mirror.mirror.fetched import FetchedFiles
from coda_git_mirror.mirror.git_command import require_git_lfs
from coda_git_mirror.mirror.notes import Note, read_notes, write_notes
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import staging_of
from coda_git_mirror.mirror.repository import Repository
from coda_git_mirror.mirror.run_log import append_run
from coda_git_mirror.mirror.staging import StagedFile
from coda_git_mirror.mirror.trees import StagedTree
from coda_git_mirror.model.content import Account, Doc
from coda_git_mirror.model.outcome import Problem
from coda_git_mirror.progress import Progress
from coda_git_mirror.redact import redacted

WORKERS = 8
"""Threads that read at once: by Little's law enough to fill Coda's budget for reading (engineering.md)."""

_TOO_LARGE = "the doc is over 125 MB, and Coda's API gives no access to docs of that size"


@dataclass(frozen=True)
class Survey:
    """What the account looks like, before anything of it is read."""

    account: Account
    choice: Choice


def sync(folder: Path, source: Source, options: SyncOptions, progress: Progress, clock: Clock) -> SyncReport:
    """Mirrors the account into `folder`, which becomes a mirror where it is none yet.

    Raises MirrorError where nothing was committed; what single items lack is in the report's problems.
    """
    begun = clock.now()
    if options.lfs:
        require_git_lfs()
    if is_mirror(folder):
        repository = Repository.open(folder)
        with ready_mirror(repository, progress):
            held = Held(repository)
            with _logged(repository) as log:
                run = SyncRun(repository, held, _survey(source, options, held), source, options, progress)
                return log(run.report(clock, begun))
    check_place(folder)
    survey = _survey(source, options, None)
    with new_mirror(folder, progress) as repository, _logged(repository) as log:
        run = SyncRun(repository, Held(repository), survey, source, options, progress)
        return log(run.report(clock, begun))


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


def _survey(source: Source, options: SyncOptions, held: Held | None) -> Survey:
    account = source.account()
    if held and held.manifest and held.manifest.owner.login != account.login and not options.all_accessible:
        raise MirrorError(
            f"This mirror is of the account {held.manifest.owner.login}, but the token belongs to {account.login}; "
            "use that account's token, or another folder for this one."
        )
    return Survey(account, choose(source, options, held.docs if held else {}))


class SyncRun:
    """One sync in a mirror that is held and ready."""

    def __init__(
        self,
        repository: Repository,
        held: Held,
        survey: Survey,
        source: Source,
        options: SyncOptions,
        progress: Progress,
    ) -> None:
        self._repository, self._held, self._survey = repository, held, survey
        self._source, self._options, self._progress = source, options, progress
        self._staging = staging_of(repository)
        self._files = FetchedFiles(repository.private_folder / "fetched")
        self._problems = list(survey.choice.problems)
        self._calendar = Calendar(source.server_time(), options)
        self._notes_file = repository.private_folder / "notes.json"
        self._notes = read_notes(self._notes_file)
        self._visits: dict[str, Visit] = {}
        self._incomplete: set[str] = set()
        self._removed: dict[str, StagedFile | None] = {}
        self._written: dict[str, StagedFile | None] = {}

    def report(self, clock: Clock, begun: float) -> SyncReport:
        """Reads, writes and publishes."""
        base = self._repository.head()
        self._files.begin()
        self._visits = {visit.doc.id: visit for visit in self._find_visits()}
        manifest = self._mirror_docs()
        self._written[layout.MANIFEST] = self._staging.write(layout.MANIFEST, manifest_document(manifest))
        self._written |= root_files(self._repository, self._staging, self._options.lfs)
        publication = Publication(self._repository, base, {**self._removed, **self._written})
        changes = self._held.changes_to(StagedTree(self._held.tree, self._staging, publication.changes))
        require_publishable(changes, self._held.manifest, self._problems, self._options)
        message = commit_message(changes, manifest.totals, first=self._held.manifest is None)
        commit = publication.publish(message, self._calendar.now)
        self._files.clear()
        self._write_notes()
        problems, requests = tuple(sorted(self._problems)), self._source.requests_sent
        return SyncReport(changes, manifest.totals, problems, requests, clock.now() - begun, commit, message)

    def _mirror_docs(self) -> Manifest:
        """Reads everything before anything is written: links between docs need every doc's final place."""
        with _workers() as pool:
            collector = AssetCollector(self._source, self._options, pool, self._files, self._held)
            docs = self._read_docs(pool, collector)
        if not (docs or self._survey.choice.gone or self._changes_lfs()):
            return self._manifest(self._held.docs.values())
        kept = self._kept({doc.outline.doc.id for doc in docs})
        anew = bool(self._survey.choice.gone) or self._changes_lfs()
        places = find_places(docs, kept, anew, self._options.asset_hosts)
        records = [self._write_doc(doc, places) for doc in docs]
        records += [self._keep_doc(held, places, collector) for held in kept]
        self._remove_gone()
        return self._manifest(records)

    def _changes_lfs(self) -> bool:
        return uses_lfs(self._held.tree) != self._options.lfs

    def _manifest(self, records: Iterable[DocRecord]) -> Manifest:
        owner = self._held.manifest.owner if self._held.manifest else self._survey.account
        return Manifest(owner, tuple(records), tuple({*self._problems, *self._older_problems()}))

    def _find_visits(self) -> list[Visit]:
        foreign = self._foreign_changes()
        known = Known(
            self._held.docs,
            self._notes,
            self._troubled(),
            lambda record: layout.SETTINGS in foreign or record.path in foreign,
            self._committed,
        )
        chosen = visits(self._survey.choice.docs.values(), known, self._calendar)
        named = {doc.id: doc for doc in with_folder_names(self._source, [visit.doc for visit in chosen])}
        return [replace(visit, doc=named[visit.doc.id]) for visit in chosen]

    def _troubled(self) -> frozenset[str]:
        return (
            frozenset(problem.doc for problem in self._held.manifest.problems) if self._held.manifest else frozenset()
        )

    def _foreign_changes(self) -> frozenset[str]:
        """The doc folders and root files that commits have changed since the last sync's."""
        head, last = self._repository.head(), self._repository.last_commit_saying(LAST_TRAILER)
        if head is None or last is None or head == last:
            return frozenset()
        paths = self._repository.changed_paths(last, head)
        return frozenset("/".join(path.split("/")[:2]) for path in paths)

    def _committed(self, record: DocRecord) -> datetime | None:
        return self._repository.committed_at(record.path)

    def _read_docs(self, pool: ThreadPoolExecutor, collector: AssetCollector) -> list[DocParts]:
        outlines = [outlined for outlined in pool.map(self._outline, self._visits.values()) if outlined]
        self._progress.begin(len(outlines), sum(len(outlined.outline.pages) for outlined in outlines))
        fetcher = Fetcher(self._source, self._options, pool, self._files, self._held, self._progress)
        in_order = sorted(outlines, key=lambda outlined: (outlined.outline.doc.name, outlined.outline.doc.id))
        return [self._read_doc(outlined, fetcher, collector) for outlined in in_order]

    def _outline(self, visit: Visit) -> Outlined | None:
        doc = visit.doc
        try:
            return read_outline(self._source, doc, self._held.doc(doc.id).stored, self._options)
        except (TokenRefused, OutOfPatience):
            raise
        except CodaError as error:
            reason = _TOO_LARGE if _is_too_large(doc) else str(error)
            self._problems.append(Problem("doc", doc.name, "", reason))
            return None

    def _read_doc(self, outlined: Outlined, fetcher: Fetcher, collector: AssetCollector) -> DocParts:
        outline, held = outlined.outline, self._held.doc(outlined.outline.doc.id)
        self._progress.doc_begins(outline.doc.name, len(outline.pages), len(outline.tables))
        content = fetcher.fetch(outlined, held, self._visits[outline.doc.id])
        if any(page.plain for page in content.pages.values()):
            self._incomplete.add(outline.doc.id)
        present = without_gone(outline, content)
        texts = PageTexts(self._held, held, content, self._options.asset_hosts)
        assets = collector.collect(held, present, content, texts, fetch=self._options.assets)
        problems = list(content_problems(present, content, assets))
        self._problems += problems
        self._progress.doc_done(outline.doc.name, len(problems))
        return DocParts(present, held, content, texts, assets)

    def _kept(self, read: Collection[str]) -> list[HeldDoc]:
        """Docs of the mirror that stay as they are: not selected, not readable, not proved to be gone."""
        changing = {*read, *self._survey.choice.gone}
        return list(self._held.each_doc([doc_id for doc_id in self._held.docs if doc_id not in changing]))

    def _older_problems(self) -> list[Problem]:
        """What was known to be missing in docs that this run did not look at."""
        looked_at = {*self._survey.choice.docs, *self._survey.choice.gone}
        visited = {doc.name for doc in self._survey.choice.docs.values()}
        untouched = {record.name for record in self._held.docs.values() if record.id not in looked_at} - visited
        known = self._held.manifest.problems if self._held.manifest else ()
        return [problem for problem in known if problem.doc in untouched]

    def _write_doc(self, doc: DocParts, places: Places) -> DocRecord:
        room = Room(self._repository, self._staging, self._held, doc.held, places.folders[doc.outline.doc.id])
        record = render_doc(room, doc, places, self._options.lfs)
        self._take(room)
        if doc.content and not (self._options.pages and self._options.tables):
            return replace(record, updated=doc.held.record.updated if doc.held.record else "")
        return record

    def _keep_doc(self, held: HeldDoc, places: Places, collector: AssetCollector) -> DocRecord:
        """A doc that stays as it is, but for its folder, and for links in it to what lies elsewhere now."""
        if held.record and not places.moved:
            return held.record
        outline = stored_outline(held.doc, held.stored)
        texts = PageTexts(self._held, held, None, self._options.asset_hosts)
        assets = collector.collect(held, outline, None, texts, fetch=False)
        return self._write_doc(DocParts(outline, held, None, texts, assets), places)

    def _write_notes(self) -> None:
        """Remembers which docs were read whole and late enough after their last edit; the others are read again."""
        notes = {doc_id: note for doc_id, note in self._notes.items() if doc_id not in self._survey.choice.gone}
        for doc_id, visit in self._visits.items():
            last = notes[doc_id].refreshed if doc_id in notes else None
            refreshed = self._calendar.day if visit.whole else last
            notes[doc_id] = Note(visit.doc.updated if self._is_settled(visit.doc) else "", self._options.key, refreshed)
        write_notes(self._notes_file, notes)

    def _is_settled(self, doc: Doc) -> bool:
        if doc.id in self._incomplete or any(problem.doc == doc.name for problem in self._problems):
            return False
        return self._calendar.is_settled(doc.updated, self._calendar.now)

    def _remove_gone(self) -> None:
        for doc_id in self._survey.choice.gone:
            held, path = self._held.doc(doc_id), self._held.docs[doc_id].path
            self._take(Room(self._repository, self._staging, self._held, held, path))

    def _take(self, room: Room) -> None:
        """Collects a doc's changes: a file that one doc leaves may be one that another doc takes."""
        for path, staged in room.changes().items():
            (self._written if staged else self._removed)[path] = staged


@contextmanager
def _workers() -> Iterator[ThreadPoolExecutor]:
    """Threads that are not waited for when the run ends early: whoever ends it may be waiting at the keyboard."""
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="coda")
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _is_too_large(doc: Doc) -> bool:
    size = doc.raw.get("docSize")
    return isinstance(size, dict) and size.get("overApiSizeLimit") is True
