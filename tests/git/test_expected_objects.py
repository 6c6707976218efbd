"""What a commit is known to consist of from its making on: nobody is asked for it, and nothing of it may be gone.

It is what faults.md, row 27, asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coda_git_mirror.git.command import DamagedRepository, GitFailed
from coda_git_mirror.git.objects import PACKED
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.git.soundness import require_sound
from tests.publishing import Publish


def new_files(count: int) -> dict[str, bytes]:
    return {f"docs/new/{number}.md": b"New %d.\n" % number for number in range(count)}


def files_with_objects(repository: Repository) -> set[Path]:
    found = (repository.git_dir / "objects").rglob("*")
    return {path for path in found if path.is_file() and path.parent.name != "info"}


@pytest.fixture(params=[1, PACKED], ids=["loose", "packed"])
def files_of_commit(repository: Repository, publish: Publish, request: pytest.FixtureRequest) -> Iterator[set[Path]]:
    """The files that have the objects of a commit on one that was found whole."""
    require_sound(repository, publish({"README.md": b"# Mirror\n"}))
    before = files_with_objects(repository)
    publish(new_files(request.param))
    yield files_with_objects(repository) - before
    require_sound(repository, repository.head())


def test_a_new_commit_is_found_whole_without_a_git(
    repository: Repository, files_of_commit: set[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    head = repository.head()
    assert files_of_commit
    with monkeypatch.context() as no_git:
        no_git.setenv("PATH", str(repository.root))
        require_sound(repository, head)


def test_whatever_a_new_commit_loses_is_missed(repository: Repository, files_of_commit: set[Path]) -> None:
    head = repository.head()
    for file in files_of_commit:
        content = file.read_bytes()
        file.unlink()
        with pytest.raises(GitFailed):
            require_sound(Repository.open(repository.root), head)
        file.write_bytes(content)


def test_whatever_is_spoilt_in_a_new_commit_is_refused(repository: Repository, files_of_commit: set[Path]) -> None:
    head = repository.head()
    for file in files_of_commit:
        content = file.read_bytes()
        file.chmod(0o644)
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(DamagedRepository, match="not what git wrote"):
            require_sound(repository, head)
        file.write_bytes(content)


def test_a_commit_on_one_that_nobody_found_whole_is_looked_through(repository: Repository, publish: Publish) -> None:
    publish({"README.md": b"# Mirror\n", "docs/a.md": b"a\n"})
    lost = repository.tree("HEAD")["docs/a.md"].oid
    (repository.private_folder / "sound.json").unlink()
    head = publish(new_files(1))
    (repository.git_dir / "objects" / lost[:2] / lost[2:]).unlink()
    with pytest.raises(DamagedRepository, match=r"docs/a\.md, is missing"):
        require_sound(repository, head)
