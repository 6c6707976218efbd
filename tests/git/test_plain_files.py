"""What is read from git's own files is just what git says of them, however they were written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from coda_git_mirror.git.command import GitFailed
from coda_git_mirror.git.plain_files import has_plainly_all_history, is_plainly_born
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


def test_a_born_branch_is_seen_where_its_commit_is_lost_too(repository: Repository, publish: Publish) -> None:
    assert not is_plainly_born(repository.root)
    publish({"README.md": b"a\n"})
    assert is_plainly_born(repository.root)
    (repository.git_dir / "refs/heads/main").write_text("1" * 40 + "\n")
    assert is_plainly_born(repository.root)
    assert not is_plainly_born(repository.root.parent)


def test_a_clone_tells_whether_it_has_all_of_the_history(
    repository: Repository, publish: Publish, git: RunGit, tmp_path: Path
) -> None:
    for content in (b"a\n", b"b\n"):
        publish({"README.md": content})
    git("clone", "--quiet", "--depth=1", repository.root.as_uri(), str(tmp_path / "part"))
    git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    told = {name: has_plainly_all_history(tmp_path / name) for name in ("mirror", "part", "linked", "none")}
    assert told == {"mirror": True, "part": False, "linked": False, "none": False}
