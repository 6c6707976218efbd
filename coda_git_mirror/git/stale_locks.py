"""Clears what dead gits left behind: locks that would stop every later command, and half-written objects."""

from __future__ import annotations

import os
from pathlib import Path

from coda_git_mirror.disk.files import naming
from coda_git_mirror.errors import MirrorBusy
from coda_git_mirror.git.living import lasting_git, living_git
from coda_git_mirror.git.repository import Repository

_HALF_WRITTEN = ("tmp_obj_", "tmp_pack_", "tmp_idx_", "tmp_rev_", ".tmp-")
"""How git calls what it has not yet finished among its objects."""


def remove_stale_git_locks(repository: Repository) -> list[Path]:
    """Removes what a killed git left: locks that would stop every later command, and half-written objects.

    Only for the holder of the mirror's lock. Returns the removed locks. A living git in this repository may own them:
    then `MirrorBusy`, and nothing is removed. One that outlives its killed program by a moment is waited for.
    """
    locks = _git_locks(repository)
    rubbish = _half_written_objects(repository)
    if not locks and not rubbish:
        return []
    repository.rest()
    git = lasting_git([repository.root, repository.git_dir, repository.common_dir])
    locks = [lock for lock in locks if lock.exists()]
    if git is not None and locks:
        raise MirrorBusy(f"A git command (process {git}) works in {repository.root}; run again when it has ended.")
    removable = locks if git is not None else [*locks, *rubbish]
    for path in removable:
        with naming(path):
            path.unlink(missing_ok=True)
    return locks


def remove_locks_of_a_killed_start(folder: Path) -> None:
    """Removes what a git left that was killed in making `folder` a repository; without it nobody could go on.

    For a folder without a commit. `MirrorBusy` where a git lives there.
    """
    locks = [lock for name in ("config.lock", "HEAD.lock") if (lock := folder / ".git" / name).exists()]
    git = living_git([folder.resolve()]) if locks else None
    if git is not None:
        raise MirrorBusy(f"A git command (process {git}) works in {folder}; run again when it has ended.")
    for lock in locks:
        with naming(lock):
            lock.unlink(missing_ok=True)


def _git_locks(repository: Repository) -> list[Path]:
    shared = repository.common_dir
    own = (repository.git_dir / name for name in ("index.lock", "HEAD.lock"))
    single = (*own, shared / "packed-refs.lock", shared / "config.lock")
    branches = (shared / "refs" / "heads").rglob("*.lock")
    return [*(lock for lock in single if lock.exists()), *sorted(branches)]


def _half_written_objects(repository: Repository) -> list[Path]:
    objects = repository.common_dir / "objects"
    with naming(objects):
        kept = [name for name in _names(str(objects)) if len(name) == 2 or name == "pack"]
        found = ((folder, name) for folder in (".", *kept) for name in _names(f"{objects}/{folder}"))
        return [objects / folder / name for folder, name in found if name.startswith(_HALF_WRITTEN)]


def _names(folder: str) -> list[str]:
    """None of a folder that a git at work has just removed."""
    try:
        return os.listdir(folder)  # noqa: PTH208 (there may be very many)
    except FileNotFoundError:
        return []
