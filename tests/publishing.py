"""Fixtures: a mirror to publish into, and what it holds."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import staging_of


class Publish(Protocol):
    def __call__(
        self, changes: Mapping[str, bytes | None], message: str = ..., repository: Repository = ...
    ) -> str: ...


class RunGit(Protocol):
    def __call__(self, *arguments: str, cwd: Path = ...) -> str: ...


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.init(tmp_path / "mirror")


@pytest.fixture
def publish(repository: Repository) -> Publish:
    """Stages contents by path (none removes) and publishes them on HEAD."""

    def publish_changes(
        changes: Mapping[str, bytes | None], message: str = "Sync", repository: Repository = repository
    ) -> str:
        staging = staging_of(repository)
        files = {path: None if content is None else staging.write(path, content) for path, content in changes.items()}
        commit = Publication(repository, repository.head(), files).publish(message)
        assert commit is not None
        return commit

    return publish_changes


@pytest.fixture
def git(repository: Repository) -> RunGit:
    """The user's own git, settings and all."""

    def run(*arguments: str, cwd: Path = repository.root) -> str:
        identity = ("-c", "user.name=User", "-c", "user.email=user@example.org")
        return subprocess.run(
            ["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True, text=True
        ).stdout

    return run


def contents(repository: Repository, revision: str = "HEAD") -> dict[str, bytes]:
    """What a revision holds, by path."""
    return {path: repository.read(blob.oid) for path, blob in repository.tree(revision).items()}


def files_of(root: Path) -> dict[str, bytes]:
    """What the working copy holds, by path, apart from git's own folder."""
    found = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts[:1])
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}
