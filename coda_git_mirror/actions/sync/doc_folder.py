"""A doc's folder in the staging, and what was put there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from coda_git_mirror.actions.held import Held, HeldDoc
from coda_git_mirror.disk.files import SummedFile, naming
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format import layout
from coda_git_mirror.format.checksums import checksum_list
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.staging import StagedFile, Staging

_CHUNK = 1024 * 1024


class DocFolder:
    """Files are named by their paths below the doc's folder, which is at `place` in the mirror.

    `held` is the mirror so far, `doc` what it holds of the doc.
    """

    def __init__(self, repository: Repository, staging: Staging, held: Held, doc: HeldDoc, place: str) -> None:
        self._repository, self._staging, self.held = repository, staging, held
        self.doc, self.place = doc, place
        self.files: dict[str, StagedFile] = {}

    def path(self, file: str) -> str:
        """A file of the doc as a path of the mirror."""
        return layout.inside(self.place, file)

    def write(self, file: str, content: bytes) -> None:
        path = self.path(file)
        self.files[file] = self._staging.write(path, content, self.held.tree.plain_file(path))

    def write_pieces(self, file: str, pieces: Iterable[bytes]) -> None:
        """The same for content that need not fit in memory."""
        with self._staging.open(self.path(file)) as writer:
            for piece in pieces:
                writer.write(piece)
        self.files[file] = writer.staged

    def write_checksums(self) -> None:
        """Writes the list that names every other file."""
        self.write(layout.CHECKSUMS, checksum_list({file: staged.sha256 for file, staged in self.files.items()}))

    def copy(self, source: Path, file: str, lfs: bool = False) -> None:
        """Takes in a file that was fetched, with `lfs` to be published through Git LFS."""
        with self._staging.open(self.path(file)) as writer, naming(source), source.open("rb") as content:
            while chunk := content.read(_CHUNK):
                writer.write(chunk)
        self._add(file, writer.staged, lfs)

    def take(self, source: SummedFile, file: str) -> None:
        """Takes in a file that was fetched and will not be written to again, without copying it."""
        self._add(file, self._staging.take(source, self.path(file)), lfs=False)

    def take_all(self, sources: Iterable[SummedFile], files: Iterable[str]) -> None:
        """Takes in as many files under these names."""
        for source, file in zip(sources, files, strict=True):
            self.take(source, file)

    def carry(self, path: str, file: str, lfs: bool = False) -> None:
        """Takes over a file of the mirror, given by its path there; `Held.missing_here` says which cannot be."""
        staged = self.held.tree.carry(path, self._staging, self.path(file), lfs)
        if staged is None:
            raise MirrorError(f"{path} is in Git LFS, but not on this machine; run `git lfs pull` in the mirror.")
        self._add(file, staged, lfs)

    def _add(self, file: str, staged: StagedFile, lfs: bool) -> None:
        self.files[file] = self._staging.through_lfs(staged) if lfs else staged

    def changes(self) -> dict[str, StagedFile | None]:
        """The files of the new tree by their paths in the mirror, and None for those of ours that are no more."""
        new = {self.path(file): staged for file, staged in self.files.items()}
        old = (self.doc.path(file) for file in self.doc.files)
        return {**{path: None for path in old if path}, **new}
