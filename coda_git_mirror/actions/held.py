"""What the mirror holds by a commit; its last one is the only state that a sync builds on (mirror-format.md, law 6)."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from coda_git_mirror.actions.sync.options import BOTH_FORMATS
from coda_git_mirror.changes.compare import compare
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.changes.trees import DamagedFile, Tree, manifest_of
from coda_git_mirror.disk.small_files import read_small
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format import layout
from coda_git_mirror.format.checksums import parse_checksum_list
from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.format.manifest import DocRecord, Manifest, by_id
from coda_git_mirror.format.metadata import NOTHING_STORED, StoredDoc, parse_metadata
from coda_git_mirror.format.table_parts import files_of
from coda_git_mirror.format.tables import parse_row
from coda_git_mirror.git.command import advice
from coda_git_mirror.git.history import Commit
from coda_git_mirror.git.lfs import LfsStore
from coda_git_mirror.git.objects import entry_at
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.sync_commits import SyncCommits
from coda_git_mirror.mirror.trees import CommittedTree
from coda_git_mirror.model.changes import Changes
from coda_git_mirror.model.content import Doc, Json
from coda_git_mirror.model.ledger import PAGE, Ledger, Problem


@dataclass(frozen=True)
class HeldDoc:
    """A doc in the mirror: its record, what its metadata says, and the files that the mirror wrote into its folder.

    A doc that the mirror does not hold yet has no record and no files; `doc` is then what is asked about.
    """

    doc: Doc
    record: DocRecord | None
    stored: StoredDoc
    files: frozenset[str]

    def path(self, file: str) -> str | None:
        """Where a file of the doc lies in the mirror, None if it is not there."""
        return layout.inside(self.record.path, file) if self.record and file in self.files else None

    def table_files(self, entry: Json | None, suffix: str) -> tuple[str, ...]:
        """Where the mirror holds the files with this suffix of a table or view, in order; none unless all are there."""
        paths = [self.path(file) for file in files_of(entry, suffix)]
        return tuple(path for path in paths if path) if all(paths) else ()


NOT_HELD = HeldDoc(Doc("", ""), None, NOTHING_STORED, frozenset())


class Held:
    """The mirror as of a commit. Raises MirrorError where a newer program wrote that, or it is damaged."""

    def __init__(self, repository: Repository, commit: str | None) -> None:
        self.repository = repository
        self.object_format = repository.object_format
        self.tree = tree = CommittedTree(repository, commit)
        self.manifest = _manifest(tree)
        self.docs: dict[str, DocRecord] = by_id(self.manifest.docs) if self.manifest else {}
        self.ledger = Ledger(_known_by_id(self.manifest)) if self.manifest else Ledger()

    @classmethod
    def at(cls, repository: Repository, commit: str | None) -> Held:
        """The mirror as of any commit; nothing for None."""
        return cls(repository, commit)

    @classmethod
    def at_head(cls, repository: Repository) -> Held:
        """The mirror as committed last; nothing before the first commit."""
        return cls.at(repository, repository.head())

    def doc(self, doc_id: str) -> HeldDoc:
        record = self.docs[doc_id]
        return self._doc(record, self._read(_checksums(record)), self._read(_metadata(record)))

    def each_doc(self, doc_ids: Collection[str]) -> Iterator[HeldDoc]:
        """Many docs of the mirror, read by one process, one at a time in memory."""
        return self.each_sound(doc_ids, _raise)

    def each_sound(
        self, doc_ids: Collection[str], leave_out: Callable[[DocRecord, Damaged], None]
    ) -> Iterator[HeldDoc]:
        """The same without those that are damaged, each of which is told with what is the matter."""
        records = []
        for record in map(self.docs.__getitem__, doc_ids):
            missing = next((path for path in _files_about(record) if self.tree.digest(path) is None), None)
            if missing:
                leave_out(record, damaged(missing, self.tree))
            else:
                records.append(record)
        contents = self.tree.read_many([path for record in records for path in _files_about(record)])
        for record in records:
            try:
                doc = self._doc(record, next(contents), next(contents))
            except Damaged as error:
                leave_out(record, error)
                continue
            yield doc

    def lines(self, paths: Iterable[str]) -> Iterator[bytes]:
        """The lines of several files, one file after the other."""
        return chain.from_iterable(map(self.tree.lines, paths))

    def docs_that_name(self, doc_ids: Collection[str]) -> Iterator[HeldDoc]:
        """The docs of the mirror in whose metadata a link into one of these docs may stand."""
        records = list(self.docs.values())
        marks = [f"_d{doc_id}".encode("utf-8", "surrogatepass") for doc_id in doc_ids]
        contents = self.tree.read_many([_metadata(record) for record in records])
        naming = [
            record.id
            for record, content in zip(records, contents, strict=True)
            if any(mark in content for mark in marks)
        ]
        return self.each_doc(naming)

    def _doc(self, record: DocRecord, checksums: bytes, metadata: bytes) -> HeldDoc:
        listed = parse_checksum_list(checksums)
        files = (file for file in (*listed, layout.CHECKSUMS) if self.tree.digest(layout.inside(record.path, file)))
        stored = self._stored(metadata, _metadata(record))
        doc = Doc(record.id, record.name, record.created, record.updated, stored.doc)
        return HeldDoc(doc, record, stored, frozenset(files))

    def settings_at(self, commit: str) -> bytes | None:
        """The settings file as of a commit; None where that has none."""
        tree = self.tree if commit == self.tree.commit else CommittedTree(self.repository, commit)
        return tree.read(layout.SETTINGS) if tree.digest(layout.SETTINGS) else None

    def settings_now(self) -> bytes | None:
        """The settings file as it lies in the working copy; None where it cannot be read."""
        try:
            return read_small(self.repository.root / layout.SETTINGS)
        except OSError:
            return None

    def lacks_pages(self, record: DocRecord, formats: Collection[str]) -> bool:
        """Whether there are pages of a doc that are not there in each of these formats, for no reason in the ledger."""
        known = [problem for problem in self.ledger.of(record.id) if problem.kind == PAGE]
        return any(
            self._files_of_pages[record.path][suffix] + sum(suffix in each.formats for each in known) < record.pages
            for suffix in formats
        )

    def has_other_formats(self, record: DocRecord, formats: Collection[str]) -> bool:
        """Whether there are pages of a doc, or entries of the ledger about pages, in formats that are none of these."""
        others = set(BOTH_FORMATS) - set(formats)
        pages = [problem for problem in self.ledger.of(record.id) if problem.kind == PAGE]
        return any(self._files_of_pages[record.path][suffix] for suffix in others) or any(
            not others.isdisjoint(problem.formats) for problem in pages
        )

    @cached_property
    def _files_of_pages(self) -> Mapping[str, Counter[str]]:
        """How many files of pages each doc has in each format, by the doc's folder."""
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for path in self.tree.blobs:
            parts = path.split("/", 3)
            if len(parts) == 4 and parts[2] == layout.PAGES:
                counts[f"{parts[0]}/{parts[1]}"][path[path.rfind(".") :]] += 1
        return counts

    def missing_here(self, paths: Collection[str]) -> frozenset[str]:
        """Those of these files that are in Git LFS and not on this machine, as in a clone without `git lfs pull`."""
        store = LfsStore(self.repository)
        pointers = self.tree.pointers(paths)
        return frozenset(path for path, pointer in pointers.items() if not store.holds(pointer))

    def changes_to(self, new: Tree) -> Changes:
        """What changes from the committed mirror to a new tree."""
        try:
            return compare(self.tree, new)
        except DamagedFile as error:
            raise damaged(str(error), self.tree) from error
        except DamagedContent as error:
            raise damaged("A table's file", self.tree) from error

    def _stored(self, content: bytes, path: str) -> StoredDoc:
        try:
            return parse_metadata(content)
        except DamagedContent as error:
            raise damaged(path, self.tree) from error

    def _read(self, path: str) -> bytes:
        if self.tree.digest(path) is None:
            raise damaged(path, self.tree)
        return self.tree.read(path)


def _raise(_record: DocRecord, error: Damaged) -> None:
    raise error


def _files_about(record: DocRecord) -> tuple[str, str]:
    return _checksums(record), _metadata(record)


def _checksums(record: DocRecord) -> str:
    return layout.inside(record.path, layout.CHECKSUMS)


def _metadata(record: DocRecord) -> str:
    return layout.inside(record.path, layout.METADATA)


def _known_by_id(manifest: Manifest) -> Iterator[Problem]:
    """The ledger; an entry from the time when items were known by name concerns every doc of that name as a whole.

    Where no doc has that name it is of one that was never read, whose id nobody knows.
    """
    for problem in manifest.problems:
        docs = () if problem.doc_id else tuple(doc for doc in manifest.docs if doc.name == problem.doc)
        yield from (replace(problem, doc_id=doc.id) for doc in docs)
        if not docs:
            yield problem


def _manifest(tree: CommittedTree) -> Manifest | None:
    if tree.digest(layout.MANIFEST) is None:
        return None
    try:
        return manifest_of(tree)
    except DamagedContent as error:
        raise damaged(layout.MANIFEST, tree) from error


class Damaged(MirrorError):
    """A file of a revision is not as this program writes it."""


def damaged_rows(paths: Sequence[str], tree: CommittedTree) -> Damaged:
    """The same of the first of some files of rows, of which one has a line that is no row."""
    return damaged(next((path for path in paths if not _has_rows(path, tree)), paths[0]), tree)


def _has_rows(path: str, tree: CommittedTree) -> bool:
    try:
        return all(map(parse_row, tree.lines(path)))
    except DamagedContent:
        return False


def damaged(path: str, tree: CommittedTree) -> Damaged:
    """What to say of a file that is not as this program writes it: where its last good version is."""
    root = tree.repository.root
    if tree.commit and tree.commit != tree.repository.head():
        return Damaged(
            f"{path} is missing or damaged in the revision {tree.commit[:10]}; {advice(root, 'log', '--', path)} lists "
            "those that may have it whole."
        )
    good = _last_other(path, tree) if "/" in path or path == layout.MANIFEST else None
    if good is None:
        listing = shlex.join(["coda-git-mirror", "verify", "-o", str(root)])
        return Damaged(f"{path} is missing or damaged in the mirror's last commit; `{listing}` names all that is.")
    restore = advice(root, "restore", f"--source={good.id[:10]}", "--staged", "--worktree", "--", path)
    return Damaged(
        f"{path} is missing or damaged in the mirror's last commit; bring it back with {restore} and "
        f"{advice(root, 'commit', '-m', 'Restored')}, and try again."
    )


def _last_other(path: str, tree: CommittedTree) -> Commit | None:
    """The newest sync's commit that has another version of a file than this one."""
    for commit in SyncCommits(tree.repository, LAST_TRAILER).made(path):
        entry = entry_at(tree.repository.git, commit.id, path)
        if entry and entry.oid != tree.digest(path):
            return commit
    return None
