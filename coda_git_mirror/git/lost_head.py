"""A HEAD that leads to no commit: none made yet, or one that was lost, with the way back."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from coda_git_mirror.git.command import DamagedRepository, GitCommand, GitFailed, advice
from coda_git_mirror.git.objects import SUBMODULE, list_tree
from coda_git_mirror.git.plain_files import branch_in_head
from coda_git_mirror.git.quarantine import Quarantine

_HEADS = "refs/heads/"
_ANY = (0, 1, 128)


class LostHead(DamagedRepository):
    """The commit that HEAD leads to is missing, and another one is there to go back to."""

    def __init__(self, folder: Path, lost: str, found: str) -> None:
        verify, sync = (shlex.join(["coda-git-mirror", verb, "-o", str(folder)]) for verb in ("verify", "sync"))
        back, whole = advice(folder, "update-ref", "HEAD", found), advice(folder, "reset", "--hard")
        GitFailed.__init__(
            self,
            f"The repository in {folder} is damaged: the commit {lost}, which HEAD points to, is missing; "
            f"`{verify}` lists all that is wrong. Go back to {found}, the newest one that is whole, with {back} and "
            f"then {whole}, and run `{sync}`, which reads the rest again from Coda.",
        )


def require_unborn(git: GitCommand, common_dir: Path, git_dir: Path) -> None:
    """Raises `DamagedRepository` where HEAD names nothing because its branch is spoilt."""
    branch = branch_in_head(git, git_dir, _ANY)
    if not branch or (common_dir / branch).is_file():
        raise DamagedRepository(git.folder, f"{branch or 'HEAD'} names no commit")


def bring_back(git: GitCommand, lost: str, common_dir: Path, git_dir: Path, quarantine: Quarantine) -> str:
    """The commit that HEAD names and git lacks, once it is back, if a killed sync had kept it.

    Raises `DamagedRepository` where it is lost, with the newest whole one if there is any.
    """
    if quarantine.holds(lost):
        quarantine.bring_back()
        return lost
    found = next(_whole(git, _once(git, common_dir, git_dir)), None)
    if found:
        raise LostHead(git.folder, lost, found)
    raise DamagedRepository(git.folder, f"the commit {lost}, which HEAD points to, is missing")


def _once(git: GitCommand, common_dir: Path, git_dir: Path) -> Iterator[str]:
    """Where HEAD and its branch have been, the latest first, and then where remotes' branches are."""
    branch = branch_in_head(git, git_dir, _ANY)
    logs = [git_dir / "logs/HEAD", *([common_dir / "logs" / branch] if branch else [])]
    for log in filter(Path.is_file, logs):
        for line in reversed(log.read_text(errors="replace").splitlines()):
            old, new, *_ = [*line.split(" ", 2), "", ""]
            yield from (new, old)
    name = branch.removeprefix(_HEADS)
    yield from git.run("for-each-ref", "--format=%(objectname)", f"refs/remotes/*/{name}", accept=_ANY).text.split()


def _whole(git: GitCommand, commits: Iterator[str]) -> Iterator[str]:
    """Those commits whose every file is there."""
    for commit in dict.fromkeys(commits):
        if not commit.strip("0"):
            continue
        if git.run("cat-file", "-e", f"{commit}^{{commit}}", accept=_ANY).exit_code == 0 and _has_files(git, commit):
            yield commit


def _has_files(git: GitCommand, commit: str) -> bool:
    try:
        blobs = list_tree(git, commit).values()
        names = "".join(f"{blob.oid}\n" for blob in blobs if blob.mode != SUBMODULE).encode()
        answer = git.run("cat-file", "--batch-check", "--buffer", stdin=names)
    except GitFailed:
        return False
    return not any(line.endswith(" missing") for line in answer.text.splitlines())
