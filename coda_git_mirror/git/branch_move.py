"""Moves a branch to a commit to whose objects nothing led until then, also beside a git that removes such objects."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.command import ANY_END, GitCommand, GitFailed
from coda_git_mirror.git.living import living_git
from coda_git_mirror.git.quarantine import Quarantine


class BranchMoved(MirrorError):
    """Somebody committed while a commit was being prepared."""


class BranchMove(NamedTuple):
    """From where (nothing but zeros: not born yet) to where, with the words for the reflog."""

    branch: str
    new: str
    old: str
    reason: str


def move_branch(git: GitCommand, quarantine: Quarantine, folders: list[Path], move: BranchMove) -> list[str]:
    """Returns the names of the files that the new objects are in now.

    Raises `BranchMoved`, with no move, if the branch is not where it was. `folders` are those of the repository.
    """
    quarantine.admit()
    try:
        _update_reference(git, move)
    except GitFailed:
        quarantine.secure()
        _update_reference(git, move)
    # One that is at work here may be removing what it does not know of; one that has ended may have done so.
    if living_git(folders) is not None or not quarantine.is_admitted():
        quarantine.secure()
    names = quarantine.file_names()
    quarantine.release()
    return names


def _update_reference(git: GitCommand, move: BranchMove) -> None:
    name = f"refs/heads/{move.branch}"
    # However git ends, killed too: where the branch is tells what was done.
    command = ("update-ref", "-m", move.reason, "--create-reflog", name, move.new, move.old)
    answer = git.run(*command, accept=ANY_END)
    if answer.exit_code == 0:
        return
    found = git.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", accept=(0, 1)).text
    if found == move.new:
        return
    if found != ("" if not move.old.strip("0") else move.old):
        raise BranchMoved(f"Somebody else committed to {move.branch} in {git.folder} meanwhile; run the command again.")
    raise GitFailed(f"`git update-ref` failed in {git.folder}: {answer.errors.strip()}.")
