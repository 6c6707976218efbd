"""What the mirror holds by its last commit: the only state that a sync builds on (mirror-format law 6)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from coda_git_mirror.changes.compare import compare
from coda_git_mirror.changes.sides import DamagedFile
from coda_git_mirror.changes.trees import Tree
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format import layout
from coda_git_mirror.format.checksums import parse_checksum_list
from coda_git_mirror.format.manifest import DocRecord, Manifest, NewerFormat, by_id, parse_manifest
from coda_git_mirror.format.metadata import NOTHING_STORED, StoredDoc, parse_metadata
from coda_git_mirror.mirror.lfs import LfsStore
from coda_git_mirror.mirror.repository import Repository
from coda_git_mirror.mirror.trees import CommittedTree
from coda_git_mirror.model.changes import Changes
from coda_git_mirror.model.content import Doc


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


NOT_HELD = HeldDoc(Doc("", ""), None, NOTHING_STORED, frozenset())


class Held:
    """The committed mirror. Raises MirrorError where it was written by a newer program, or is damaged."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.object_format = repository.object_format
        self.tree = tree = CommittedTree(repository, repository.head())
        self.manifest = _manifest(tree)
        self.docs: dict[str, DocRecord] = by_id(self.manifest.docs) if self.manifest else {}

    def doc(self, doc_id: str) -> HeldDoc:
        record = self.docs[doc_id]
        return self._doc(record, self._read(_checksums(record)), self._read(_metadata(record)))

    def each_doc(self, doc_ids: Collection[str]) -> Iterator[HeldDoc]:
        """Many docs of the mirror, read by one process, one at a time in memory."""
        records = [self.docs[doc_id] for doc_id in doc_ids]
        paths = [path for record in records for path in (_checksums(record), _metadata(record))]
        if missing := next((path for path in paths if self.tree.digest(path) is None), None):
            raise damaged(missing)
        contents = self.tree.read_many(paths)
        for record in records:
            yield self._doc(record, next(contents), next(contents))

    def _doc(self, record: DocRecord, checksums: bytes, metadata: bytes) -> HeldDoc:
        listed = parse_checksum_list(checksums)
        files = (file for file in (*listed, layout.CHECKSUMS) if self.tree.digest(layout.inside(record.path, file)))
        stored = _stored(metadata, _metadata(record))
        doc = Doc(record.id, record.name, record.created, record.updated, stored.doc)
        return HeldDoc(doc, record, stored, frozenset(files))

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
            raise damaged(str(error)) from error
        except ValueError as error:
            raise damaged("A table's file") from error

    def _read(self, path: str) -> bytes:
        if self.tree.digest(path) is None:
            raise damaged(path)
        return self.tree.read(path)


def _checksums(record: DocRecord) -> str:
    return layout.inside(record.path, layout.CHECKSUMS)


def _metadata(record: DocRecord) -> str:
    return layout.inside(record.path, layout.METADATA)


def _stored(content: bytes, path: str) -> StoredDoc:
    try:
        return parse_metadata(content)
    except ValueError as error:
        raise damaged(path) from error


def _manifest(tree: CommittedTree) -> Manifest | None:
    if tree.digest(layout.MANIFEST) is None:
        return None
    try:
        return parse_manifest(tree.read(layout.MANIFEST))
    except NewerFormat as error:
        raise MirrorError(
            f"This mirror was written by a newer version of coda-git-mirror ({error}); upgrade it and try again."
        ) from error
    except ValueError as error:
        raise damaged(layout.MANIFEST) from error


def damaged(path: str) -> MirrorError:
    """What to say of a file that is not as this program writes it."""
    return MirrorError(
        f"{path} is missing or damaged in the mirror's last commit; "
        "bring it back with `git revert` or `git restore --source=HEAD~1`, commit, and try again."
    )
