"""The way of a sync: look at the account, read its docs, write them beside the mirror, publish them in one commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from coda_git_mirror.actions.init import check_place, is_mirror, new_mirror, ready_mirror, root_files
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.choose import Choice, choose
from coda_git_mirror.actions.sync.fetch import DocContent, fetch_doc
from coda_git_mirror.actions.sync.held import Held
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.outline import Outlined, read_outline
from coda_git_mirror.actions.sync.render import Room, carry_doc, render_doc
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.changes.message import commit_message
from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import CodaError, MirrorError, OutOfPatience, TokenRefused
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import DocRecord, Manifest, manifest_document
from coda_git_mirror.format.paths import doc_folders
from coda_git_mirror.mirror.disk import naming
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import staging_of
from coda_git_mirror.mirror.repository import Repository
from coda_git_mirror.mirror.run_log import append_run
from coda_git_mirror.mirror.staging import StagedFile
from coda_git_mirror.mirror.trees import CommittedTree, StagedTree
from coda_git_mirror.model.content import Account, Doc
from coda_git_mirror.model.outcome import Failed, Problem
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
    if is_mirror(folder):
        repository = Repository.open(folder)
        with ready_mirror(repository, progress):
            held = _held(repository)
            with _logged(repository) as log:
                run = SyncRun(repository, held, _survey(source, options, held), source, options, progress)
                return log(run.report(clock, begun))
    check_place(folder)
    survey = _survey(source, options, None)
    with new_mirror(folder, progress) as repository, _logged(repository) as log:
        run = SyncRun(repository, _held(repository), survey, source, options, progress)
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


def _held(repository: Repository) -> Held:
    return Held(CommittedTree(repository, repository.head()))


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
        self._problems = list(survey.choice.problems)
        self._removed: dict[str, StagedFile | None] = {}
        self._written: dict[str, StagedFile | None] = {}

    def report(self, clock: Clock, begun: float) -> SyncReport:
        """Reads, writes and publishes."""
        base = self._repository.head()
        manifest = self._write_docs()
        self._written[layout.MANIFEST] = self._staging.write(layout.MANIFEST, manifest_document(manifest))
        self._written |= root_files(self._repository, self._staging)
        publication = Publication(self._repository, base, {**self._removed, **self._written})
        changes = self._held.changes_to(StagedTree(self._held.tree, self._staging, publication.changes))
        message = commit_message(changes, manifest.totals, first=self._held.manifest is None)
        commit = publication.publish(message)
        seconds = clock.now() - begun
        return SyncReport(
            changes,
            manifest.totals,
            tuple(sorted(self._problems)),
            self._source.requests_sent,
            seconds,
            commit,
            message,
        )

    def _write_docs(self) -> Manifest:
        docs = self._survey.choice.docs
        with _workers() as pool:
            outlines = dict(zip(docs, pool.map(self._outline, docs.values()), strict=True))
            read = {doc_id: outlined for doc_id, outlined in outlines.items() if isinstance(outlined, Outlined)}
            kept = self._kept(read)
            folders = doc_folders([*(docs[doc_id] for doc_id in read), *map(_doc_of, kept)])
            self._progress.begin(len(read), sum(len(outlined.outline.pages) for outlined in read.values()))
            records = [
                self._read_doc(outlined, folders[doc_id], pool)
                for doc_id, outlined in sorted(read.items(), key=lambda item: folders[item[0]])
            ]
        records += [self._keep_doc(record, folders[record.id]) for record in kept]
        self._remove_gone()
        problems = {*self._problems, *self._older_problems(kept)}
        owner = self._held.manifest.owner if self._held.manifest else self._survey.account
        return Manifest(owner, tuple(records), tuple(problems))

    def _outline(self, doc: Doc) -> Outlined | Failed:
        try:
            return read_outline(self._source, doc, self._held.doc(doc.id).stored, self._options)
        except (TokenRefused, OutOfPatience):
            raise
        except CodaError as error:
            reason = _TOO_LARGE if _is_too_large(doc) else str(error)
            self._problems.append(Problem("doc", doc.name, "", reason))
            return Failed(reason)

    def _kept(self, read: Iterable[str]) -> list[DocRecord]:
        """Docs of the mirror that stay as they are: not selected, not readable, not proved to be gone."""
        changing = {*read, *self._survey.choice.gone}
        return [record for record in self._held.docs.values() if record.id not in changing]

    def _older_problems(self, kept: Iterable[DocRecord]) -> list[Problem]:
        """What was known to be missing in docs that this run did not look at."""
        visited = {doc.name for doc in self._survey.choice.docs.values()}
        untouched = {record.name for record in kept} - visited
        known = self._held.manifest.problems if self._held.manifest else ()
        return [problem for problem in known if problem.doc in untouched]

    def _read_doc(self, outlined: Outlined, folder: str, pool: ThreadPoolExecutor) -> DocRecord:
        outline = outlined.outline
        self._progress.doc_begins(outline.doc.name, len(outline.pages), len(outline.tables))
        content = fetch_doc(self._source, outlined, pool, self._spool_folder(), self._progress)
        try:
            room = self._room(outline.doc.id, folder)
            record = render_doc(room, outline, content)
        finally:
            content.close()
        self._take(room)
        problems = list(_content_problems(outlined, content))
        self._problems += problems
        self._progress.doc_done(outline.doc.name, len(problems))
        return record

    def _keep_doc(self, record: DocRecord, folder: str) -> DocRecord:
        if record.path == folder:
            return record
        room = self._room(record.id, folder)
        moved = carry_doc(room, record)
        self._take(room)
        return moved

    def _remove_gone(self) -> None:
        for doc_id in self._survey.choice.gone:
            self._take(self._room(doc_id, self._held.docs[doc_id].path))

    def _room(self, doc_id: str, folder: str) -> Room:
        return Room(self._repository, self._staging, self._held, self._held.doc(doc_id), folder)

    def _take(self, room: Room) -> None:
        """Collects a doc's changes: a file that one doc leaves may be one that another doc takes."""
        for path, staged in room.changes().items():
            (self._written if staged else self._removed)[path] = staged

    def _spool_folder(self) -> Path:
        folder = self._repository.private_folder / "spool"
        with naming(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return folder


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


def _doc_of(record: DocRecord) -> Doc:
    return Doc(record.id, record.name, record.created)


def _content_problems(outlined: Outlined, content: DocContent) -> Iterator[Problem]:
    doc = outlined.outline.doc.name
    for page in outlined.outline.pages:
        page_outcome = content.pages[page.id]
        if isinstance(page_outcome, Failed):
            yield Problem("page", doc, page.name, page_outcome.reason)
    for table in outlined.outline.tables:
        table_outcome = content.tables[table.id]
        if isinstance(table_outcome, Failed):
            yield Problem("table", doc, table.name, table_outcome.reason)
