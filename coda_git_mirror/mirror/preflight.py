"""Asks, before the first request, whether a sync could write its result: nobody waits an hour for a refusal."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format import layout
from coda_git_mirror.git.checkout import worktree_of
from coda_git_mirror.git.command import advice
from coda_git_mirror.git.configured import read_configured
from coda_git_mirror.git.repository import BRANCH, Repository
from coda_git_mirror.git.soundness import require_sound, require_whole_index
from coda_git_mirror.git.status import StatusEntry
from coda_git_mirror.mirror.recovery import listed
from coda_git_mirror.mirror.unwelcome import require_welcome
from coda_git_mirror.mirror.working_copy import Obstacle, WorkingCopy

_OPERATIONS = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "BISECT_LOG": "bisect",
}


class NotReady(MirrorError):
    """The mirror is in a state of its user's making, which a sync would disturb."""


def check_ready(repository: Repository, branch: str = BRANCH) -> list[str]:
    """What lies in `docs/` and is not the mirror's, which is left alone; where it is in the way, a publication says so.

    Raises `NotReady` or `Obstacle` unless the branch is checked out, unhindered and without edits of mirrored files.
    `Refused` is for what no mirror should have committed, `DamagedRepository` for a commit that would be built on
    objects that are not whole.

    Edits of the settings, and foreign files, hinder nobody. For the holder of the mirror's lock, after
    `recover`: what a crashed run left is not a user's edit.
    """
    require_whole_index(repository)
    # To look at every file takes git as long as all the rest.
    with ThreadPoolExecutor(2, thread_name_prefix="preflight") as aside:
        configured = read_configured(repository.git)
        status = aside.submit(repository.status, learn=True, configured=configured)
        head = repository.head()
        listing = aside.submit(repository.tree, head)
        require_sound(repository, head)
        tree = listing.result()
        folders = [layout.DOCS, *filter(layout.is_mirrored, tree.folder_ids)]
        require_welcome(repository, head, configured, _staged(status.result()))
        _require_branch(repository, branch)
        _require_plain(repository, tree.special, folders)
        _require_writable(repository, folders)
        _require_clean(repository, status.result())
        return [entry.path for entry in status.result() if entry.staged == "?" and layout.is_mirrored(entry.path)]


def _require_branch(repository: Repository, branch: str) -> None:
    operation = next((name for mark, name in _OPERATIONS.items() if (repository.git_dir / mark).exists()), None)
    if operation:
        status = advice(repository.root, "status")
        raise NotReady(f"A {operation} is in progress in {repository.root}; end it ({status} says how) and run again.")
    current, switch = repository.head_branch(), advice(repository.root, "switch", branch)
    elsewhere = worktree_of(repository.git, branch) if current != branch else None
    if elsewhere:
        raise NotReady(
            f"{repository.root} does not have branch {branch}, which is checked out in {elsewhere}; "
            f"name that folder with -o, or run `git switch` in one of them, and run again."
        )
    if current is None:
        raise NotReady(f"HEAD of {repository.root} is detached; run {switch} and then this again.")
    if current != branch:
        raise NotReady(f"{repository.root} is on branch {current}; run {switch} and then this again.")


def _require_plain(repository: Repository, special: Iterable[str], folders: Iterable[str]) -> None:
    """A symlink leads out of the mirror, and a submodule is a repository of its own."""
    committed = [path for path in special if layout.is_mirrored(path)]
    if committed:
        raise Obstacle(f"Symlinks or submodules are committed in the mirror: {listed(committed)}. Remove and commit.")
    WorkingCopy(repository.root).require_no_symlinks(folders)


def _require_writable(repository: Repository, folders: Iterable[str]) -> None:
    mirrored = (f"{repository.root}/{folder}" for folder in folders)
    for folder in (str(repository.git_dir), str(repository.common_dir / "objects"), str(repository.root), *mirrored):
        if not os.access(folder, os.W_OK | os.X_OK) and Path(folder).exists():
            raise NotReady(f"{folder} is not writable; give yourself write access and run the command again.")


def _require_clean(repository: Repository, status: Sequence[StatusEntry]) -> None:
    if staged := _staged(status):
        raise NotReady(
            f"There are staged changes in {repository.root}: {listed(staged)}. "
            f"Commit them, or take them back with {advice(repository.root, 'restore', '--staged', '.')}, and run again."
        )
    edited = [entry.path for entry in status if _hinders(entry)]
    if edited:
        places = sorted(set(map(_top, edited)))
        back = advice(repository.root, "restore", "--", *places)
        aside = advice(repository.root, "stash", "push", "--", *places)
        raise NotReady(
            f"There are uncommitted changes in {repository.root}: {listed(edited)}. Commit them, take them back with "
            f"{back}, or set them aside with {aside}, and run again."
        )


def _staged(status: Iterable[StatusEntry]) -> list[str]:
    return [entry.path for entry in status if entry.staged not in " ?"]


def _top(path: str) -> str:
    return path.split("/")[0]


def _hinders(entry: StatusEntry) -> bool:
    return entry.unstaged not in " ?" and layout.is_mirrored(entry.path)
