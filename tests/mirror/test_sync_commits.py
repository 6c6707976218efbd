"""Which commits syncs made, and what others changed of their work, whatever the dates say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from coda_git_mirror.git.command import DamagedRepository
from coda_git_mirror.git.history import Commit
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.sync_commits import SyncCommits
from tests.publishing import RunGit
from tests.support import commit_by_hand

TRAILER = "Coda-Problems: "
A, B = "docs/a", "docs/b"
Write = Callable[..., str]


@pytest.fixture
def syncs(repository: Repository) -> SyncCommits:
    return SyncCommits(repository, TRAILER)


@pytest.fixture
def write(repository: Repository, git: RunGit) -> Write:
    """Writes a text into a file of some folders, and commits that as a sync, or with another message."""

    def written(text: str, *folders: str, when: str, message: str = f"Sync 1 doc\n\n{TRAILER}0\n") -> str:
        for folder in folders:
            (repository.root / folder).mkdir(parents=True, exist_ok=True)
            (repository.root / folder / "page.md").write_text(text)
        git("add", "-A")
        return commit_by_hand(repository.root, message, when)

    return written


def id_of(commit: Commit | None) -> str | None:
    return commit.id if commit else None


@pytest.mark.parametrize("wrong", ["1970-01-01T00:00:01Z", "2099-12-31T00:00:00Z"])
def test_the_last_sync_is_the_last_of_history(wrong: str, syncs: SyncCommits, write: Write, git: RunGit) -> None:
    assert syncs.last() is None
    write("1", A, B, when="2026-03-10T12:00Z")
    git("checkout", "--quiet", "-b", "other")
    write("2", A, when=wrong)
    write("mine", A, when=wrong, message="Mine")
    git("checkout", "--quiet", "main")
    second = write("2", B, when="2026-03-12T12:00Z")
    third = write("3", B, when="2026-03-11T12:00Z")
    assert [id_of(syncs.last()), id_of(syncs.last(B)), id_of(syncs.last(tip=second))] == [third, third, second]
    git("merge", "--quiet", "--no-edit", "other")
    write("mine", B, when=wrong, message=f"Quote\n\n{TRAILER}0\n\nSo it was.\n")
    assert [id_of(syncs.last()), id_of(syncs.last(B))] == [third, third]


@pytest.mark.parametrize("message", ["Mine", f"{TRAILER}0", f"Take it back\n\nIt was:\n{TRAILER}0\n\nNow it is not.\n"])
def test_what_others_changed_is_known_whatever_they_say_and_whenever_it_was(
    message: str, syncs: SyncCommits, write: Write
) -> None:
    write("1", A, B, when="2026-03-10T12:00Z")
    write("2", A, B, when="2026-03-12T12:00Z")
    assert syncs.spoiled("docs") == frozenset()
    write("1", A, when="1970-01-01T00:00:01Z", message=message)
    assert syncs.spoiled("docs") == {A}
    write("3", B, when="2026-03-14T12:00Z")
    assert syncs.spoiled("docs") == {A}
    write("1", A, "root", when="2099-01-01T00:00:01Z", message=message)
    write("4", A, when="2026-03-15T12:00Z")
    assert syncs.spoiled("docs") == frozenset()


def test_what_a_merge_brought_is_of_others(syncs: SyncCommits, write: Write, git: RunGit) -> None:
    write("1", A, B, when="2026-03-10T12:00Z")
    git("checkout", "--quiet", "-b", "other")
    write("2", A, when="2099-01-01T00:00:01Z")
    git("checkout", "--quiet", "main")
    write("2", B, when="2026-03-12T12:00Z")
    git("merge", "--quiet", "--no-edit", "other")
    assert syncs.spoiled("docs") == {A}


def test_a_file_of_the_root_that_others_changed_is_named(
    syncs: SyncCommits, write: Write, repository: Repository
) -> None:
    write("1", A, when="2026-03-10T12:00Z")
    (repository.root / "coda-mirror.toml").write_text("refresh_days = 3\n")
    write("1", A, when="1970-01-01T00:00:01Z", message="Mine")
    assert syncs.spoiled("docs") == {"coda-mirror.toml"}


def test_a_history_that_cannot_be_read_proves_nothing(syncs: SyncCommits, write: Write, repository: Repository) -> None:
    lost = write("1", A, when="2026-03-10T12:00Z")
    write("2", A, when="2026-03-12T12:00Z", message="Mine")
    (Path(repository.root) / ".git/objects" / lost[:2] / lost[2:]).unlink()
    with pytest.raises(DamagedRepository):
        syncs.last()
