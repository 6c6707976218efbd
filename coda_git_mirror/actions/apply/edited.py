"""A CSV that somebody edited in the mirror itself: kept aside, then as committed again, so that a sync can be made."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from coda_git_mirror.disk.atomic import fill_atomically
from coda_git_mirror.disk.files import CHUNK, naming
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.trees import CommittedTree
from coda_git_mirror.mirror.working_copy import WorkingCopy
from coda_git_mirror.state.lock import MirrorLock

APPLIED = "applied"
_DIGITS = 12


def set_back(repository: Repository, path: str) -> Path | None:
    """Saves a file of the mirror that is not as committed under the private folder, and writes it as it is committed.

    Returns where it is saved, in folders of the same names, so that the copy tells its table; None where it is as
    committed, or in no commit. Raises MirrorBusy.
    """
    with MirrorLock(repository.private_folder):
        copy = WorkingCopy(repository.root, repository.object_format)
        tree = CommittedTree(repository, repository.head())
        committed = tree.digest(path)
        if committed is None or not copy.is_edited(path, {committed}):
            return None
        saved = _save(repository.root / path, repository.private_folder / APPLIED, path)
        copy.fill(path, lambda file: repository.copy_blob(committed, file))
        return saved


def _save(source: Path, folder: Path, path: str) -> Path:
    with naming(source), source.open("rb") as file:
        digest = hashlib.sha256()
        while chunk := file.read(CHUNK):
            digest.update(chunk)
        saved = folder / digest.hexdigest()[:_DIGITS] / path
        with naming(saved):
            saved.parent.mkdir(parents=True, exist_ok=True)
            file.seek(0)
            fill_atomically(saved, lambda target: shutil.copyfileobj(file, target, CHUNK))
    return saved
