"""`restore`: files of a revision into a folder of their own, byte for byte. The mirror is only read."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from coda_git_mirror.actions.log.docs import manifest_at
from coda_git_mirror.actions.log.names import Names
from coda_git_mirror.actions.root_files import uses_lfs
from coda_git_mirror.actions.unborn import take_up
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.changes.trees import manifest_of
from coda_git_mirror.changes.wording import shown_name
from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.format import layout
from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.format.table_parts import part_of
from coda_git_mirror.format.text import json_document
from coda_git_mirror.git.blob_streams import BlobStream, DamagedBlob, read_blobs
from coda_git_mirror.git.history import Commit, History
from coda_git_mirror.git.lfs import LfsStore
from coda_git_mirror.git.pointers import LARGEST_POINTER, Pointer, parse_pointer, pointer_to
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.extraction import Extraction, NotWritten
from coda_git_mirror.mirror.lawful_paths import LawlessPath, require_contained
from coda_git_mirror.mirror.revisions import Revisions
from coda_git_mirror.mirror.sync_commits import SyncCommits
from coda_git_mirror.mirror.trees import CommittedTree
from coda_git_mirror.model.findings import Finding, other_revision
from coda_git_mirror.model.selectors import selects

_PLAIN_FILES = ("100644", "100755")
_PULL = "run `git lfs pull` in the mirror, and restore again into another folder"
_DEPTH_OF_ASSETS = 2


@dataclass(frozen=True)
class Wanted:
    """What to restore: everything, the docs that selectors name, a file or folder, or a page, table or view by name.

    `at` is a revision, a day (as it ended, in this machine's time zone) or an instant, of which the last sync counts;
    None is the last commit.
    """

    at: str | None = None
    docs: tuple[str, ...] = ()
    path: str | None = None
    page: str | None = None


@dataclass
class RestoreReport:
    """What was written where; `left_out` names each file that was not, with the reason.

    `synced` is the last sync up to the commit, whose date tells what the files are as of; None where there is none.
    """

    commit: Commit
    synced: Commit | None
    folder: Path
    files: Counter[str] = field(default_factory=Counter)
    size: int = 0
    left_out: list[Finding] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(self.files.values())


def restore(mirror: Path, folder: Path, wanted: Wanted) -> RestoreReport:
    """Writes what is wanted below `folder`, by the paths of the mirror.

    Raises UsageError, with nothing written, where it is not empty or lies in the mirror, or nothing answers to what is
    wanted; MirrorError where nothing can be read or written.
    """
    repository = Repository.open(mirror)
    commit = _commit(repository, wanted.at)
    tree = CommittedTree(repository, commit)
    paths = _paths(tree, commit, wanted)
    extraction = Extraction(repository, folder)
    synced = SyncCommits(repository, LAST_TRAILER).last(tip=commit)
    report = RestoreReport(next(History(repository).commits(commit)), synced, extraction.folder)
    _Restoring(repository, tree, extraction, report).run(paths)
    return report


class _Restoring:
    """Writes the files of one revision."""

    def __init__(
        self, repository: Repository, tree: CommittedTree, extraction: Extraction, report: RestoreReport
    ) -> None:
        self._repository, self._tree, self._extraction, self._report = repository, tree, extraction, report
        self._store = LfsStore(repository) if uses_lfs(tree) else None

    def run(self, paths: list[str]) -> None:
        """Goes on after each file that cannot be written, for the others are wanted all the more."""
        plain = [path for path in paths if self._tree.blobs[path].mode in _PLAIN_FILES]
        for path in sorted(set(paths) - set(plain)):
            self._leave_out(path, "is no plain file, but a symlink or a submodule")
        done = 0
        for path, stream in zip(plain, read_blobs(self._repository, self._oids(plain)), strict=False):
            done += 1
            try:
                self._write(path, stream)
            except (NotWritten, DamagedBlob) as error:
                self._leave_out(path, str(error))
                with contextlib.suppress(DamagedBlob):
                    stream.drain()
        for path in plain[done:]:
            self._leave_out(path, "was not read, since too many before it are damaged")

    def _oids(self, paths: list[str]) -> list[str]:
        return [self._tree.blobs[path].oid for path in paths]

    def _write(self, path: str, stream: BlobStream) -> None:
        if self._store is None or stream.size > LARGEST_POINTER or not _is_asset(path):
            self._count(path, self._extraction.write(path, stream))
            return
        content = stream.read()
        stream.drain()
        pointer = parse_pointer(content)
        if pointer is None:
            self._count(path, self._extraction.write(path, io.BytesIO(content)))
        elif (place := self._real_file(self._store, path, pointer)) is None:
            self._leave_out(path, "is in Git LFS and not on this machine", _PULL)
        else:
            with place.open("rb") as file:
                self._count(path, self._extraction.write(path, file))

    def _real_file(self, store: LfsStore, path: str, pointer: Pointer) -> Path | None:
        """The very file that a pointer means, from the store or the working copy."""
        for place in (store.location(pointer), self._repository.root / path):
            try:
                if pointer_to(place) == pointer:
                    return place
            except OSError:
                continue
        return None

    def _count(self, path: str, size: int) -> None:
        self._report.files[_heading(path)] += 1
        self._report.size += size

    def _leave_out(self, path: str, reason: str, remedy: str = "") -> None:
        self._report.left_out.append(Finding(path, reason, remedy or other_revision(path)))


def _commit(repository: Repository, at: str | None) -> str:
    head = repository.head() or (repository.head() if take_up(repository.root) else None)
    if head is None:
        raise MirrorError(f"The mirror in {repository.root} has no commit yet; there is nothing to restore.")
    return Revisions(repository, LAST_TRAILER).resolve(at) if at else head


def _paths(tree: CommittedTree, commit: str, wanted: Wanted) -> list[str]:
    if wanted.path is not None and (wanted.docs or wanted.page is not None):
        raise UsageError("--path and --doc or --page exclude each other; name the doc's folder with --path docs/NAME.")
    if wanted.page is not None:
        return _of_item(tree, commit, [*wanted.docs, wanted.page])
    if wanted.path is not None:
        return _below(tree.blobs, wanted.path)
    if wanted.docs:
        folders = {record.path for record in _selected(tree, wanted.docs)}
        return [path for path in tree.blobs if "/".join(path.split("/")[:2]) in folders]
    return list(tree.blobs)


def _of_item(tree: CommittedTree, commit: str, words: list[str]) -> list[str]:
    """The files of the page, table or view that words name, as `log` understands them."""
    target = Names(History(tree.repository), commit).find(words)
    record = next((record for record in _records(tree) if record.id == target.doc), None)
    if record is None or target.item is None or target.row is not None:
        raise UsageError(
            f"{words[-1]!r} is no page, table or view of that revision; `coda-git-mirror log` finds others."
        )
    stored = Side(tree, record).stored()
    page = stored.pages.get(target.item)
    grid = stored.tables.get(target.item) or stored.views.get(target.item) or {}
    files = [*(page or {}).get("files", {}).values()] if page else [str(grid.get("file") or "")]
    stems = {file.rpartition(".")[0] for file in files if file}
    found = [path for path in tree.blobs if path.rpartition(".")[0] in {layout.inside(record.path, it) for it in stems}]
    if not found:
        raise UsageError(f"That revision has no file of {words[-1]!r}; `coda-git-mirror log` tells which one has.")
    return found


def _below(paths: Mapping[str, object], wanted: str) -> list[str]:
    place = wanted.removeprefix("./").rstrip("/")
    try:
        require_contained(place)
    except LawlessPath as error:
        raise UsageError(f"{wanted!r} is no path of a mirror; give one such as docs/NAME/pages/PAGE.md.") from error
    found = [path for path in paths if place in (path, _first_part(path)) or path.startswith(f"{place}/")]
    if not found:
        raise UsageError(
            f"There is no {place} in that revision; `git ls-tree -r --name-only REVISION` lists its files."
        )
    return found


def _first_part(path: str) -> str:
    """By what somebody names a table that lies in several files: the first of them."""
    folder = "/".join(path.split("/")[:_DEPTH_OF_ASSETS])
    part = part_of(path.removeprefix(f"{folder}/"))
    return layout.inside(folder, part.stem + part.suffix) if part else path


def _selected(tree: CommittedTree, selectors: tuple[str, ...]) -> Iterator[DocRecord]:
    records = _records(tree)
    for selector in selectors:
        found = [record for record in records if selects(selector, record.id, record.name)]
        if not found:
            names = ", ".join(record.name for record in records)
            past = _where_it_is(tree.repository, selector)
            raise UsageError(f"No doc of that revision answers to {selector!r}; it has: {names}{past}.")
        yield from found


def _where_it_is(repository: Repository, selector: str) -> str:
    """Which revision has a doc of this name or id, if any in the history does."""
    history, head = History(repository), repository.head() or ""
    for field_name in ("name", "id"):
        text = f'"{field_name}": {json_document(selector).decode().strip()}'
        change = history.last_change_of(text, layout.MANIFEST, head)
        for commit in filter(None, (change.id, change.parent) if change else ()):
            manifest = manifest_at(history, commit)
            if manifest and any(selector in (doc.name, doc.id) for doc in manifest.docs):
                return f"; revision {commit[:10]} has {shown_name(selector)}, so give --at {commit[:10]}"
    return ""


def _records(tree: CommittedTree) -> tuple[DocRecord, ...]:
    try:
        manifest = manifest_of(tree)
    except DamagedContent as error:
        raise MirrorError(f"{layout.MANIFEST} of that revision is damaged; use --path docs/NAME instead.") from error
    return manifest.docs if manifest else ()


def _is_asset(path: str) -> bool:
    return path.split("/")[_DEPTH_OF_ASSETS : _DEPTH_OF_ASSETS + 1] == [layout.ASSETS]


def _heading(path: str) -> str:
    """Under what a file is counted: its doc's folder, or itself."""
    components = path.split("/")
    return "/".join(components[:2]) if len(components) > 2 else path
