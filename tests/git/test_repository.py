"""The door to git: finds exactly the repository that is meant, and says in a sentence when it cannot."""

from __future__ import annotations

import os
import subprocess
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.command import (
    DamagedRepository,
    GitFailed,
    GitMissing,
    forget_inherited_git_environment,
)
from coda_git_mirror.git.object_reader import ObjectReader
from coda_git_mirror.git.objects import Blob
from coda_git_mirror.git.repository import Repository
from tests.publishing import Publish, RunGit

ABSENT = "1" * 40


def test_init_is_on_main_without_a_commit_and_twice_is_once(tmp_path: Path, isolated_machine: Path) -> None:
    (isolated_machine / "gitconfig").write_text("[init]\n defaultBranch = trunk\n")
    for _ in range(2):
        repository = Repository.init(tmp_path / "a" / "mirror")
        assert (repository.head_branch(), repository.head(), repository.object_format) == ("main", None, "sha1")
    assert repository.tree(None) == {}


def test_the_commit_is_found_also_where_the_git_that_reads_cannot_say_it(
    repository: Repository, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = publish({"README.md": b"a\n"})
    monkeypatch.setattr(ObjectReader, "find", lambda *_: None)
    assert repository.head() == commit


def test_only_the_very_folder_counts(repository: Repository, tmp_path: Path, git: RunGit) -> None:
    inner = repository.root / "docs"
    inner.mkdir()
    git("init", "--quiet", "--bare", str(tmp_path / "bare"))
    for folder in (inner, tmp_path, tmp_path / "bare", tmp_path / "missing", repository.git_dir):
        assert not Repository.find(folder)
        with pytest.raises(MirrorError, match="not the top of a git repository"):
            Repository.open(folder)
    assert Repository.find(repository.root)
    assert Repository.find(Repository.init(inner).root)


def test_work_tree_elsewhere_is_not_this_folder(repository: Repository, git: RunGit, tmp_path: Path) -> None:
    git("config", "core.worktree", str(tmp_path))
    assert not Repository.find(repository.root)


def test_linked_work_tree_has_its_own_git_folder(
    repository: Repository, publish: Publish, git: RunGit, tmp_path: Path
) -> None:
    publish({"README.md": b"a\n"})
    git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    linked = Repository.open(tmp_path / "linked")
    assert linked.common_dir == repository.git_dir != linked.git_dir
    assert linked.head_branch() == "other"


def test_sha256_repository(tmp_path: Path, publish: Publish, git: RunGit) -> None:
    git("init", "--quiet", "--object-format=sha256", "--initial-branch=main", str(tmp_path / "wide"))
    wide = Repository.open(tmp_path / "wide")
    assert len(publish({"docs/a.md": b"a\n", "docs/b.md": b"b\n"}, repository=wide)) == 64
    publish({"docs/a.md": None}, repository=wide)
    assert wide.status() == []


def test_head_is_where_it_is_now_however_it_moved(repository: Repository, publish: Publish, git: RunGit) -> None:
    assert repository.head() is None
    assert not repository.has_committed("a b.md")
    first = publish({"a b.md": b"one\n"})
    assert repository.head() == first
    assert repository.has_committed("a b.md")
    assert not repository.has_committed("c d.md")
    git("commit", "--quiet", "--allow-empty", "-m", "theirs")
    assert repository.head() == git("rev-parse", "HEAD").strip() != first
    git("reset", "--quiet", "--hard", first)
    git("pack-refs", "--all")
    git("gc", "--quiet")
    assert repository.head() == first
    git("switch", "--quiet", "--orphan", "empty")
    assert repository.head() is None
    git("switch", "--quiet", "main")
    (repository.git_dir / "refs/heads/main").write_text(f"{ABSENT}\n")
    with pytest.raises(DamagedRepository, match=f"{ABSENT}, which HEAD points to, is missing"):
        repository.head()


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_listing_of_a_tree_tells_files_folders_and_what_is_special(
    tmp_path: Path, git: RunGit, object_format: str
) -> None:
    git("init", "--quiet", f"--object-format={object_format}", str(tmp_path / "other"))
    repository = Repository.open(tmp_path / "other")
    run = partial(git, cwd=repository.root)
    (tmp_path / "empty").touch()
    oid = run("hash-object", "-w", str(tmp_path / "empty")).strip()
    inner = run("commit-tree", "-m", "", run("write-tree").strip()).strip()
    meant = {"a\tb.md": "100644", "docs/b\nc.md": "100755", "docs/deep/d.md": "120000", "a": "160000"}
    for path, mode in meant.items():
        run("update-index", "--add", "--cacheinfo", mode, inner if mode == "160000" else oid, path)
    root = run("write-tree").strip()
    tree = repository.tree(root)
    assert dict(tree) == {path: Blob(mode, inner if mode == "160000" else oid) for path, mode in meant.items()}
    assert {path: tree.id_of(path) for path in meant} == {path: blob.oid for path, blob in tree.items()}
    assert tree.id_of("docs") is None
    assert set(tree.ids()) == {oid}
    assert tree.folder_ids == {path: run("rev-parse", f"{root}:{path}").strip() for path in ("docs", "docs/deep")}
    assert sorted(tree.special) == ["a", "docs/deep/d.md"]


def test_reading_blobs(repository: Repository, publish: Publish) -> None:
    tree = {"a": b"", "b": b"no newline", "c": b"two\n\n", "d": bytes(range(256)) * 1000}
    publish({f"docs/{name}.bin": content for name, content in tree.items()})
    oids = [blob.oid for blob in repository.tree("HEAD").values()]
    assert dict(repository.read_many(oids)) == dict(zip(oids, tree.values(), strict=True))
    assert [repository.read(oid) for oid in oids] == list(tree.values())
    copy = BytesIO()
    repository.copy_blob(oids[3], copy)
    assert copy.getvalue() == tree["d"]


def test_reading_many_blobs_may_be_left_early_and_misses_are_named(repository: Repository, publish: Publish) -> None:
    publish({"docs/a.md": b"a\n"})
    oid = repository.tree("HEAD")["docs/a.md"].oid
    reading = repository.read_many([oid] * 50_000)
    assert next(reading) == (oid, b"a\n")
    reading.close()  # type: ignore[attr-defined]
    with pytest.raises(GitFailed, match=ABSENT):
        list(repository.read_many([oid, ABSENT]))


def test_files_are_hashed_whatever_they_are_called(repository: Repository, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ('quo"te', "back\\slash", "new\nline", "ö", "-n")]
    for file in files:
        file.write_bytes(file.name.encode())
    oids = repository.hash_objects(files)
    repository.quarantine.admit()
    assert [repository.read(oid) for oid in oids] == [file.name.encode() for file in files]
    assert repository.hash_objects([]) == []


def test_fsck_names_a_damaged_object(repository: Repository, publish: Publish) -> None:
    publish({"README.md": b"readme\n"})
    assert repository.fsck() == []
    oid = repository.tree("HEAD")["README.md"].oid
    loose = repository.git_dir / "objects" / oid[:2] / oid[2:]
    loose.chmod(0o644)
    loose.write_bytes(b"")
    assert any(oid in line for line in repository.fsck())


def test_failure_is_one_sentence_with_gits_words(repository: Repository) -> None:
    with pytest.raises(GitFailed, match=rf"`git merge-base` failed in .*{ABSENT}.*\.$"):
        repository.is_ancestor(ABSENT, ABSENT)


def test_git_missing_or_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitMissing, match=r"install git 2\.34 or newer"):
        Repository.init(tmp_path)
    (tmp_path / "git").write_text("#!/bin/sh\necho git version 2.33.9\n")
    (tmp_path / "git").chmod(0o755)
    with pytest.raises(GitMissing, match=r"2\.33\.9"):
        Repository.init(tmp_path)


def test_inherited_locations_are_forgotten_and_credentials_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    dropped = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_CONFIG", "GIT_NAMESPACE", "GIT_ATTR_SOURCE", "GIT_SHALLOW_FILE")
    kept = ("GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_AUTHOR_NAME", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0")
    for name in dropped + kept:
        monkeypatch.setenv(name, "0")
    forget_inherited_git_environment()
    assert [name for name in dropped + kept if name in os.environ] == list(kept)


def test_a_repository_without_a_commit_is_put_on_main(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    subprocess.run(["git", "init", "--quiet", "--initial-branch=trunk", str(empty)], check=True)
    assert Repository.init(empty).head_branch() == "main"
