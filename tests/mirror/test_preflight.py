"""What a user has begun in the mirror is refused before the first request, listed, and left untouched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from coda_git_mirror.git.command import ForeignOwner
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.preflight import NotReady, check_ready
from coda_git_mirror.mirror.working_copy import Obstacle
from tests.publishing import Publish, RunGit, files_of

TREE = {
    "coda-mirror.toml": b"# settings\n",
    "backup_manifest.json": b"{}\n",
    "README.md": b"readme\n",
    "docs/crm/README.md": b"crm\n",
    "docs/crm/pages/notes.md": b"notes\n",
}


@pytest.fixture(autouse=True)
def published(publish: Publish) -> str:
    return publish(TREE)


def test_clean_mirror_is_ready(repository: Repository) -> None:
    check_ready(repository)


def test_new_mirror_is_ready(tmp_path: Path) -> None:
    check_ready(Repository.init(tmp_path / "new"))


def test_settings_and_foreign_files_hinder_nobody(repository: Repository) -> None:
    (repository.root / "coda-mirror.toml").write_text("edited")
    (repository.root / "README.md").write_text("edited")
    (repository.root / "mine.txt").write_text("untracked")
    (repository.root / "docs/mine.txt").write_text("untracked")
    assert check_ready(repository) == ["docs/mine.txt"]


def _refused(repository: Repository, kind: type[Exception], match: str) -> None:
    before, head = files_of(repository.root), repository.head()
    with pytest.raises(kind, match=match):
        check_ready(repository)
    assert (files_of(repository.root), repository.head()) == (before, head)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda root: (root / "docs/crm/README.md").write_text("edited"), "docs/crm/README.md"),
        (lambda root: (root / "docs/crm/README.md").unlink(), "docs/crm/README.md"),
        (lambda root: (root / "backup_manifest.json").unlink(), "backup_manifest.json"),
    ],
    ids=["edited", "deleted", "manifest"],
)
def test_uncommitted_changes_are_listed(repository: Repository, change: Callable[[Path], object], named: str) -> None:
    change(repository.root)
    _refused(
        repository,
        NotReady,
        rf"uncommitted changes in .*: {named}\. Commit them.*git -C .* restore -- .*git -C .* stash",
    )


def test_long_lists_are_cut(repository: Repository, publish: Publish) -> None:
    names = [f"docs/{number:02}.md" for number in range(13)]
    publish(dict.fromkeys(names, b"as mirrored\n"))
    for name in names:
        (repository.root / name).write_text("edited")
    _refused(repository, NotReady, r"docs/09\.md and 3 more\.")


def test_staged_changes(repository: Repository, git: RunGit) -> None:
    (repository.root / "mine.txt").touch()
    git("add", "mine.txt")
    _refused(repository, NotReady, r"staged changes in .*: mine\.txt")


def test_detached_head(repository: Repository, git: RunGit) -> None:
    git("checkout", "--quiet", "--detach")
    _refused(repository, NotReady, "detached; run `git -C .* switch main`")


def test_another_branch(repository: Repository, git: RunGit) -> None:
    git("checkout", "--quiet", "-b", "experiment")
    _refused(repository, NotReady, "on branch experiment; run `git -C .* switch main`")
    check_ready(repository, "experiment")


def test_merge_in_progress(repository: Repository, git: RunGit) -> None:
    git("checkout", "--quiet", "-b", "side")
    git("commit", "--quiet", "--allow-empty", "-m", "side")
    git("checkout", "--quiet", "main")
    git("merge", "--quiet", "--no-ff", "--no-commit", "side")
    _refused(repository, NotReady, "A merge is in progress")


def test_rebase_in_progress(repository: Repository, git: RunGit, publish: Publish) -> None:
    publish({"README.md": b"second\n"})
    with pytest.raises(subprocess.CalledProcessError):
        git("rebase", "--quiet", "--exec", "false", "HEAD~1")
    _refused(repository, NotReady, "A rebase is in progress")


@pytest.mark.parametrize("at", ["docs", "docs/crm", "docs/crm/pages"])
def test_symlinked_folder(tmp_path: Path, repository: Repository, at: str) -> None:
    (repository.root / at).rename(tmp_path / "elsewhere")
    (repository.root / at).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Obstacle, match=f"{at} is a symlink"):
        check_ready(repository)


def test_symlink_in_place_of_a_file(tmp_path: Path, repository: Repository) -> None:
    (repository.root / "docs/crm/README.md").unlink()
    (repository.root / "docs/crm/README.md").symlink_to(tmp_path / "dangling")
    _refused(repository, NotReady, "docs/crm/README.md")


def test_lock_of_emacs_beside_an_open_file(repository: Repository) -> None:
    (repository.root / "docs/crm/.#README.md").symlink_to("me@host.1234:5678")
    assert check_ready(repository) == ["docs/crm/.#README.md"]


def test_committed_symlink(repository: Repository, git: RunGit) -> None:
    (repository.root / "docs/link").symlink_to("crm")
    git("add", "docs/link")
    git("commit", "--quiet", "-m", "link")
    with pytest.raises(Obstacle, match="committed in the mirror: docs/link"):
        check_ready(repository)


def test_repository_inside_docs(repository: Repository, git: RunGit) -> None:
    Repository.init(repository.root / "docs/inner")
    git("commit", "--quiet", "--allow-empty", "-m", "inner", cwd=repository.root / "docs/inner")
    assert check_ready(repository) == ["docs/inner/"]
    git("add", "docs/inner")
    git("commit", "--quiet", "-m", "submodule")
    _refused(repository, Obstacle, "submodules are committed in the mirror: docs/inner")


@pytest.mark.parametrize("at", [".", ".git", "docs/crm/pages"])
def test_folder_without_write_access(repository: Repository, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    """The system's answer is replaced: to root every folder is writable."""
    folder = repository.root / at
    monkeypatch.setattr(os, "access", lambda place, _: Path(place) != folder)
    _refused(repository, NotReady, "is not writable")


def test_repository_of_another_user(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(ForeignOwner, match=r"belongs to another user.*safe\.directory"):
        Repository.open(repository.root)
