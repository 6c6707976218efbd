"""Where a branch is checked out; checking it out where nothing is yet, without a filter or overwriting a file."""

from __future__ import annotations

from pathlib import Path

from coda_git_mirror.git.command import GitCommand
from coda_git_mirror.git.configured import filters_off

_IN_THE_WAY = "would be overwritten"


def remote_branches(git: GitCommand, name: str) -> list[str]:
    """The full names of all that remotes are known to have for a branch."""
    return git.run("for-each-ref", "--format=%(refname)", f"refs/remotes/*/{name}").text.splitlines()


def check_out(git: GitCommand, branch: str, reference: str) -> list[str]:
    """Makes `branch` what `reference` is, and checks it out; names the files in its way, and does nothing then."""
    made = () if reference == f"refs/heads/{branch}" else ("-b", branch, "--track")
    name = branch if not made else reference.removeprefix("refs/remotes/")
    command = ("checkout", "--quiet", "--no-overwrite-ignore", *made, name)
    answer = git.run(*command, settings=filters_off(git), accept=(0, 1, 128))
    if answer.exit_code and _IN_THE_WAY not in answer.errors:
        raise git.failed("checkout", answer.errors.strip().split("\n")[0])
    lines = answer.errors.splitlines() if answer.exit_code else []
    return [line.strip() for line in lines if line.startswith("\t")]


def worktree_of(git: GitCommand, branch: str) -> Path | None:
    """The working copy that has a branch checked out, this one or a linked one (`git worktree`)."""
    folder = None
    for line in git.run("worktree", "list", "--porcelain").text.splitlines():
        if line.startswith("worktree "):
            folder = Path(line.removeprefix("worktree "))
        elif line == f"branch refs/heads/{branch}":
            return folder
    return None
