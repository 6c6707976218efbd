"""What git's own files say plainly, so that nobody has to ask git: of HEAD, its branch, and where a history ends."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from coda_git_mirror.git.command import GitCommand

_PLAIN = re.compile(rb"ref: (refs/heads/[A-Za-z0-9][\w-]*)\n?", re.ASCII)
"""As git writes it. Where references lie in tables instead (`reftable`) the file names `.invalid`."""


def branch_in_head(git: GitCommand, git_dir: Path, accept: Collection[int] = (0, 1)) -> str:
    """The full name of the branch that is checked out, born or not; empty where HEAD is detached.

    Where git cannot tell it raises `GitFailed`, unless that end is among those to `accept`.
    """
    return _plain_branch(git_dir) or git.run("symbolic-ref", "--quiet", "HEAD", accept=accept).text


def is_plainly_born(folder: Path) -> bool:
    """Whether the top of a working copy has a branch checked out that has a commit, damaged or not.

    Where this is not so, git may know.
    """
    git_dir = folder / ".git"
    branch = _plain_branch(git_dir)
    return bool(branch) and (git_dir / branch).is_file()


def is_plainly_unborn(git_dir: Path, common_dir: Path) -> bool:
    """Whether nothing is anywhere that could be the branch in HEAD. Where this is not so, git may know."""
    branch = _plain_branch(git_dir)
    return bool(branch) and not any(os.path.lexists(common_dir / name) for name in (branch, "packed-refs"))


def has_plainly_all_history(folder: Path) -> bool:
    """Whether the top of a working copy is of a repository whose history is cut nowhere, or that has none."""
    git_dir = folder / ".git"
    return git_dir.is_dir() and not os.path.lexists(git_dir / "shallow")


def _plain_branch(git_dir: Path) -> str:
    try:
        said = _PLAIN.fullmatch((git_dir / "HEAD").read_bytes())
    except OSError:
        return ""
    return said[1].decode() if said else ""
