"""`init`: makes a folder a mirror. Also the way into any mirror: held, recovered, free of unsaved edits."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.format import layout
from coda_git_mirror.mirror.discovery import is_repository
from coda_git_mirror.mirror.disk import naming
from coda_git_mirror.mirror.fetched import fetched_files
from coda_git_mirror.mirror.lfs import ATTRIBUTES
from coda_git_mirror.mirror.lock import MirrorLock, remove_locks_of_a_killed_start
from coda_git_mirror.mirror.preflight import check_ready
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import Outcome, abandon, recover, staging_of
from coda_git_mirror.mirror.repository import Repository
from coda_git_mirror.mirror.staging import StagedFile, Staging
from coda_git_mirror.mirror.trees import CommittedTree
from coda_git_mirror.progress import Progress
from coda_git_mirror.templates import template

_GIT = ".git"
_ATTRIBUTES = ".gitattributes"
_LFS_LINE = ATTRIBUTES.encode()


def init(folder: Path, progress: Progress) -> bool:
    """Makes `folder` a mirror with its first commit; False, and nothing done, where it is one already."""
    if is_mirror(folder):
        return False
    check_place(folder)
    with new_mirror(folder, progress) as repository:
        changes = root_files(repository, staging_of(repository))
        Publication(repository, repository.head(), changes).publish("Start the mirror of a Coda account\n")
    return True


def is_mirror(folder: Path) -> bool:
    """Whether the folder was made a mirror: it is the top of a repository that tracks the settings of one."""
    return find_mirror(folder) is not None


def find_mirror(folder: Path) -> Repository | None:
    """The repository of a folder that was made a mirror."""
    repository = Repository.find(folder)
    return repository if repository and repository.has_committed(layout.SETTINGS) else None


def check_place(folder: Path) -> None:
    """Raises UsageError where a folder cannot become a mirror; nothing is made or changed."""
    blocking = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    if not blocking.is_dir():
        raise UsageError(f"{blocking} is a file; name a folder for the mirror with -o.")
    if blocking != folder:
        return
    with naming(folder):
        strangers = [entry.name for entry in folder.iterdir() if entry.name != _GIT]
    if strangers or (is_repository(folder) and Repository.open(folder).head()):
        raise UsageError(f"{folder} is neither empty nor a mirror; name an empty folder or a mirror with -o.")


@contextmanager
def new_mirror(folder: Path, progress: Progress) -> Iterator[Repository]:
    """A held repository in a folder that `check_place` has passed.

    Where the work fails, nothing of it stays but what the next run can take up.
    """
    made_folder, made_repository = not folder.exists(), not (folder / _GIT).exists()
    with naming(folder):
        folder.mkdir(parents=True, exist_ok=True)
    remove_locks_of_a_killed_start(folder)
    repository = Repository.init(folder)
    try:
        with ready_mirror(repository, progress):
            yield repository
    except MirrorError:
        if made_repository and repository.head() is None and not fetched_files(repository).keeps_anything():
            repository.rest()
            shutil.rmtree(folder / _GIT, ignore_errors=True)
        if made_folder:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


@contextmanager
def ready_mirror(repository: Repository, progress: Progress) -> Iterator[None]:
    """Holds the mirror, recovered from whatever interrupted the last run and free of the user's unsaved edits.

    Raises MirrorBusy, or MirrorError where the user has to act first. Where the work fails, nothing of it stays.
    """
    with MirrorLock(repository.private_folder):
        recovery = recover(repository)
        if recovery.outcome is not Outcome.NOTHING:
            progress.note(f"Note: {recovery.outcome.value}.")
        if recovery.removed_locks:
            names = ", ".join(path.name for path in recovery.removed_locks)
            progress.note(f"Note: removed {names}, which a git command that is dead had left.")
        check_ready(repository)
        try:
            yield
        except MirrorError:
            abandon(repository)
            raise


def root_files(repository: Repository, staging: Staging, lfs: bool = False) -> dict[str, StagedFile | None]:
    """The files of a new mirror's root; of an older one what its settings, as the user may have edited them, change."""
    tree = CommittedTree(repository, repository.head())
    contents: dict[str, bytes] = {}
    if layout.SETTINGS not in tree.blobs:
        contents = {path: template(name) for path, name in layout.ROOT_TEMPLATES.items()}
    attributes = contents.get(_ATTRIBUTES) or (tree.read(_ATTRIBUTES) if _ATTRIBUTES in tree.blobs else b"")
    contents[_ATTRIBUTES] = attributes.replace(_LFS_LINE, b"") + (_LFS_LINE if lfs else b"")
    settings = repository.root / layout.SETTINGS
    if settings.is_file() and not settings.is_symlink():
        with naming(settings):
            contents[layout.SETTINGS] = settings.read_bytes()
    return {path: staging.write(path, content) for path, content in contents.items()}


def uses_lfs(tree: CommittedTree) -> bool:
    """Whether the mirror's images and attached files go through Git LFS so far."""
    return _ATTRIBUTES in tree.blobs and _LFS_LINE in tree.read(_ATTRIBUTES)
