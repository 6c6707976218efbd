"""A git that removes what nothing leads to, in a loop beside syncs, and what it leaves behind (faults.md, row 50)."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.objects import MANY
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import recover, staging_of
from tests.publishing import Publish, contents
from tests.support import git

PRUNE, COLLECT = ("prune", "--expire=now"), ("gc", "--prune=now", "--quiet")


@contextmanager
def beside(folder: Path, *command: str) -> Iterator[None]:
    """Runs a git command again and again while the block runs."""
    over = threading.Event()

    def loop() -> None:
        while not over.is_set():
            subprocess.run(["git", "-C", str(folder), *command], capture_output=True, check=False)

    loops = [threading.Thread(target=loop) for _ in range(2)]
    for each in loops:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in loops:
            each.join()


@pytest.mark.parametrize("command", [PRUNE, COLLECT], ids=["prune", "gc"])
def test_nothing_is_lost_beside_a_git_that_removes_objects(
    repository: Repository, publish: Publish, command: tuple[str, ...]
) -> None:
    tree = {f"docs/crm/pages/p{number}.md": b"first\n" for number in range(20)}
    publish(tree)
    with beside(repository.root, *command):
        for number in range(12):
            tree |= {f"docs/crm/pages/p{number}.md": b"%d\n" % number, "docs/crm/README.md": b"even\n" * (number % 2)}
            publish(tree)
            recover(repository)
            assert contents(repository) == tree
    assert repository.fsck() == []
    assert not list((repository.git_dir / "objects/pack").glob("*.keep"))
    assert not (repository.private_folder / "quarantine").exists()


def test_many_files_beside_a_collection(repository: Repository, publish: Publish) -> None:
    publish({"README.md": b"# Mirror\n"})
    tree = {f"docs/d{number % 40}/p{number}.md": b"%d\n" % number for number in range(MANY)}
    with beside(repository.root, *COLLECT):
        publish(tree)
    assert contents(repository) == {"README.md": b"# Mirror\n", **tree}
    assert repository.fsck() == []


@pytest.mark.parametrize("count", [1, MANY])
def test_what_waits_for_its_branch_is_out_of_reach(repository: Repository, publish: Publish, count: int) -> None:
    first = publish({"README.md": b"# Mirror\n"})
    # What a sync made before that did not come to its end is among git's own objects, and nothing leads to it.
    subprocess.run(["git", "-C", str(repository.root), "hash-object", "-w", "--stdin"], input=b"new 0\n", check=True)
    staging = staging_of(repository)
    new = {f"docs/a/{number}.md": staging.write(f"docs/a/{number}.md", b"new %d\n" % number) for number in range(count)}
    publication = Publication(repository, first, new)
    with publication.preparing():
        pass
    tree = publication.tree.oid
    git(repository.root, *COLLECT)
    commit = publication.publish("Sync")
    assert repository.tree(commit)["docs/a/0.md"].oid
    assert git(repository.root, "rev-parse", "HEAD^{tree}").strip() == tree
    assert repository.fsck() == []


def test_a_commit_that_was_removed_in_the_very_moment_comes_back(repository: Repository, publish: Publish) -> None:
    first = publish({"README.md": b"# Mirror\n"})
    staged = staging_of(repository).write("docs/a.md", b"new\n")
    tree = Publication(repository, first, {"docs/a.md": staged}).tree
    commit = repository.commit_tree(tree.oid, first, "Sync")
    repository.quarantine.admit()
    # The sync is killed as soon as the branch has moved, and a git that had begun before removes what it does not know.
    git(repository.root, "update-ref", "refs/heads/main", commit)
    for oid in (commit, *tree.objects):
        (repository.git_dir / "objects" / oid[:2] / oid[2:]).unlink()
    again = Repository.open(repository.root)
    assert again.head() == commit
    assert contents(again)["docs/a.md"] == b"new\n"
    recover(again)
    assert again.fsck() == []


def test_a_lost_head_has_a_way_back(repository: Repository, publish: Publish) -> None:
    first = publish({"README.md": b"# Mirror\n"})
    lost = publish({"README.md": b"# Lost\n"})
    (repository.git_dir / "objects" / lost[:2] / lost[2:]).unlink()
    with pytest.raises(MirrorError) as failure:
        Repository.open(repository.root).head()
    text = str(failure.value)
    assert lost in text
    commands = [words for words in text.split("`") if words.startswith("git -C ")]
    assert any(first in command for command in commands)
    for command in commands:
        subprocess.run(shlex.split(command), check=True, capture_output=True)
    assert Repository.open(repository.root).head() == first
    assert contents(repository) == {"README.md": b"# Mirror\n"}


def test_a_lost_head_goes_back_to_what_the_remote_has(repository: Repository, publish: Publish, tmp_path: Path) -> None:
    first = publish({"README.md": b"# Mirror\n"})
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "remote.git")
    git(repository.root, "push", "-q", str(tmp_path / "remote.git"), "main:main")
    git(repository.root, "update-ref", "refs/remotes/origin/main", first)
    lost = publish({"README.md": b"# Lost\n"})
    (repository.git_dir / "objects" / lost[:2] / lost[2:]).unlink()
    shutil.rmtree(repository.git_dir / "logs")
    with pytest.raises(MirrorError, match=f"update-ref HEAD {first}"):
        Repository.open(repository.root).head()
