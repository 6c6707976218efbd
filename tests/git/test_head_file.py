"""HEAD read from its file says just what git says of it, however it was written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from coda_git_mirror.git.command import GitFailed
from coda_git_mirror.git.repository import Repository
from tests.publishing import Publish, RunGit

Change = Callable[[RunGit, Path], object]


def _detach(git: RunGit, _: Path) -> None:
    git("switch", "--quiet", "--detach")


def _pack(git: RunGit, _: Path) -> None:
    git("pack-refs", "--all")


def _odd_name(git: RunGit, _: Path) -> None:
    git("switch", "--quiet", "-c", "größer/v1.2_x")


def _unborn(git: RunGit, _: Path) -> None:
    git("switch", "--quiet", "--orphan", "other")


def _link(_: RunGit, head: Path) -> None:
    head.unlink()
    head.symlink_to("refs/heads/main")


def _without_line_end(_: RunGit, head: Path) -> None:
    head.write_bytes(b"ref: refs/heads/main")


def _tag(git: RunGit, _: Path) -> None:
    git("tag", "other")
    git("symbolic-ref", "HEAD", "refs/heads/tag.s")


@pytest.mark.parametrize("change", [_detach, _pack, _odd_name, _unborn, _link, _without_line_end, _tag])
def test_it_says_what_git_says(repository: Repository, publish: Publish, git: RunGit, change: Change) -> None:
    publish({"README.md": b"a\n"})
    change(git, repository.git_dir / "HEAD")
    said = repository.git.run("symbolic-ref", "--quiet", "HEAD", accept=(0, 1)).text
    meant = repository.git.run("rev-parse", "--verify", "--quiet", "HEAD", accept=(0, 1)).text
    assert (repository.head_branch() or "") == said.removeprefix("refs/heads/")
    assert (repository.head() or "") == meant


def test_a_head_that_names_nothing_is_an_error_and_no_detached_one(repository: Repository) -> None:
    (repository.git_dir / "HEAD").write_bytes(b"ref: \n")
    with pytest.raises(GitFailed):
        repository.head_branch()


def test_a_branch_that_appears_is_seen_at_once(repository: Repository, publish: Publish, git: RunGit) -> None:
    assert repository.head() is None
    commit = publish({"README.md": b"a\n"})
    assert repository.head() == commit
    git("update-ref", "-d", "HEAD")
    assert repository.head() is None
