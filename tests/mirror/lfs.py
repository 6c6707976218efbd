"""A mirror with assets in Git LFS, and what has to be true of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from coda_git_mirror.git.lfs import ATTRIBUTES, LfsStore
from coda_git_mirror.git.pointers import Pointer, parse_pointer
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.preflight import check_ready
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import staging_of
from coda_git_mirror.mirror.trees import CommittedTree
from tests.publishing import contents, files_of

needs_git_lfs = pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")

PHOTO = "docs/crm/assets/bl-1-photo.png"
FILM = "docs/crm/assets/bl-2-film.mp4"
EMPTY = "docs/crm/assets/bl-3-nothing"
BYTES = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 500
OTHER = b"film\r\n" * 9000
FILES = {
    ".gitattributes": b"* -text -ident -filter\n" + ATTRIBUTES.encode(),
    "docs/crm/README.md": b"# CRM\r\n",
    PHOTO: BYTES,
    FILM: OTHER,
    EMPTY: b"",
}
POINTER = Pointer("0" * 64, 1)


def is_asset(path: str) -> bool:
    return "/assets/" in path


def publish_through_lfs(
    repository: Repository, changes: Mapping[str, bytes | None], is_lfs: Callable[[str], bool] = is_asset
) -> str | None:
    """Publishes contents by path, those of assets through Git LFS."""
    staging = staging_of(repository)
    staged = {path: None if content is None else staging.write(path, content) for path, content in changes.items()}
    files = {path: staging.through_lfs(file) if file and is_lfs(path) else file for path, file in staged.items()}
    return Publication(repository, repository.head(), files).publish("Sync")


def run(folder: Path, *command: str) -> str:
    """What a command of the user's says, which git's own settings do not disturb."""
    identity = {
        "GIT_AUTHOR_NAME": "U",
        "GIT_AUTHOR_EMAIL": "u@e",
        "GIT_COMMITTER_NAME": "U",
        "GIT_COMMITTER_EMAIL": "u@e",
    }
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **identity}
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def pointers(repository: Repository) -> dict[str, Pointer]:
    tree = CommittedTree(repository, repository.head())
    return tree.pointers(list(tree.blobs))


def require_sound_lfs(repository: Repository, meant: Mapping[str, bytes]) -> None:
    """Files lie as meant, git has the pointers of assets, and git, git-lfs and this program find nothing wrong."""
    assert files_of(repository.root) == meant
    for path, content in contents(repository).items():
        pointer = parse_pointer(content)
        assert (pointer is not None) == (is_asset(path) and meant[path] != b"")
        assert content == meant[path] if pointer is None else LfsStore(repository).holds(pointer)
    assert repository.status() == []
    assert repository.fsck() == []
    check_ready(repository)
    assert run(repository.root, "git", "lfs", "fsck") == "Git LFS fsck OK\n"
    assert run(repository.root, "git", "status", "--porcelain") == ""
