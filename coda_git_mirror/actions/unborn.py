"""A clone whose remote's HEAD named no branch: nothing is checked out, and the mirror is there all the same."""

from __future__ import annotations

from pathlib import Path

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format import layout
from coda_git_mirror.git.checkout import check_out, remote_branches
from coda_git_mirror.git.command import DamagedRepository
from coda_git_mirror.git.plain_files import is_plainly_born
from coda_git_mirror.git.repository import BRANCH, Repository
from coda_git_mirror.mirror.recovery import listed
from coda_git_mirror.remote.remote import NoRemote, find_remote


def is_unborn_mirror(folder: Path) -> bool:
    """Whether `take_up` would find a mirror in this folder."""
    repository = Repository.find(folder)
    return repository is not None and _waiting(repository) is not None


def take_up(folder: Path) -> str | None:
    """Checks the mirror's branch out where the one that is checked out has no commit yet; says so in a sentence.

    None, and nothing done, in every other state. Raises MirrorError where files of the user's are in its way.
    """
    if is_plainly_born(folder):
        return None
    repository = Repository.find(folder)
    waiting = _waiting(repository) if repository else None
    if repository is None or waiting is None:
        return None
    shown = waiting.removeprefix("refs/remotes/").removeprefix("refs/heads/")
    if in_the_way := check_out(repository.git, BRANCH, waiting):
        raise MirrorError(
            f"{folder} holds the mirror in {shown} and has not checked it out, since files of yours are in its way: "
            f"{listed(in_the_way)}. Move them away and run the command again."
        )
    return f"{folder} had nothing checked out; it is on branch {BRANCH} now, as {shown} has it."


def _waiting(repository: Repository) -> str | None:
    """The branch that holds the mirror, by its full name, where HEAD has no commit."""
    try:
        if repository.head() is not None:
            return None
    except DamagedRepository:
        return None
    names = [f"refs/heads/{BRANCH}", *_tracking(repository), *remote_branches(repository.git, BRANCH)]
    return next((name for name in names if _holds_mirror(repository, name)), None)


def _tracking(repository: Repository) -> list[str]:
    try:
        return [find_remote(repository).tracking]
    except NoRemote:
        return []


def _holds_mirror(repository: Repository, name: str) -> bool:
    command = ("rev-parse", "--verify", "--quiet", f"{name}:{layout.SETTINGS}")
    return repository.git.run(*command, accept=(0, 1, 128)).exit_code == 0
