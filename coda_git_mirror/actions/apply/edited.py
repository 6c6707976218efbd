"""A CSV that somebody edited in the mirror itself: kept aside, then as committed again, so that a sync can be made.

Until what it asks for is done, the mirror remembers where it is kept: the same command goes on with it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from coda_git_mirror.disk.atomic import fill_atomically, write_atomically
from coda_git_mirror.disk.files import CHUNK, naming
from coda_git_mirror.disk.small_files import read_small
from coda_git_mirror.format.layout import is_within
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.trees import CommittedTree
from coda_git_mirror.mirror.working_copy import WorkingCopy
from coda_git_mirror.state.lock import MirrorLock

APPLIED = "applied"
_UNFINISHED = "unfinished.json"
_DIGITS = 12


@dataclass(frozen=True)
class Kept:
    """A file that was edited, where it is kept now, and the commit that it was edited from."""

    file: Path
    base: str


class EditedFiles:
    """The files of a mirror that were edited in it and applied."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._folder = repository.private_folder / APPLIED

    def unfinished(self, path: str) -> Kept | None:
        """What is left to be done of a file of the mirror, unless somebody has edited it again."""
        saved, base = self._known().get(path, ("", ""))
        place = self._folder / saved
        return (
            Kept(place, base) if saved and is_within(saved) and place.is_file() and not self._is_edited(path) else None
        )

    def set_back(self, path: str, base: str) -> Path | None:
        """Saves a file of the mirror that is not as committed, and writes it as it is committed.

        Returns where it is saved, in folders of the same names, so that the copy tells its table; None where it is as
        committed, or in no commit. Raises MirrorBusy.
        """
        with MirrorLock(self._repository.private_folder):
            if not self._is_edited(path):
                return None
            saved = self._save(path)
            self._remember({**self._known(), path: (saved.relative_to(self._folder).as_posix(), base)})
            committed = CommittedTree(self._repository, self._repository.head()).blobs[path].oid
            copy = WorkingCopy(self._repository.root, self._repository.object_format)
            copy.fill(path, lambda file: self._repository.copy_blob(committed, file))
            return saved

    def finish(self, path: str) -> None:
        """Forgets what was left to be done of a file; the copy stays."""
        known = self._known()
        if known.pop(path, None):
            self._remember(known)

    def _is_edited(self, path: str) -> bool:
        copy = WorkingCopy(self._repository.root, self._repository.object_format)
        committed = CommittedTree(self._repository, self._repository.head()).digest(path)
        return committed is not None and copy.is_edited(path, {committed})

    def _save(self, path: str) -> Path:
        source = self._repository.root / path
        with naming(source), source.open("rb") as file:
            digest = hashlib.sha256()
            while chunk := file.read(CHUNK):
                digest.update(chunk)
            saved = self._folder / digest.hexdigest()[:_DIGITS] / path
            with naming(saved):
                saved.parent.mkdir(parents=True, exist_ok=True)
                file.seek(0)
                fill_atomically(saved, lambda target: shutil.copyfileobj(file, target, CHUNK))
        return saved

    def _known(self) -> dict[str, tuple[str, str]]:
        try:
            stored = json.loads(read_small(self._folder / _UNFINISHED) or b"{}")
            return {str(path): (str(saved), str(base)) for path, (saved, base) in stored.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _remember(self, known: dict[str, tuple[str, str]]) -> None:
        place = self._folder / _UNFINISHED
        with naming(place):
            write_atomically(place, json.dumps(known, sort_keys=True).encode("ascii"))
