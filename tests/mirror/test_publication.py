"""Staged files become a commit and the working copy, exactly, whatever machine and repository are like."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.errors import MirrorBusy, MirrorError
from coda_git_mirror.git.command import GitFailed
from coda_git_mirror.git.objects import MANY
from coda_git_mirror.git.repository import BranchMoved, Repository
from coda_git_mirror.mirror.lawful_paths import LawlessPath
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import EditedMeanwhile, Outcome, abandon, recover, staging_of
from coda_git_mirror.mirror.working_copy import Obstacle
from tests.publishing import Publish, RunGit, contents, files_of

TREE = {
    "README.md": b"# Mirror\n",
    "docs/crm/pages/notes.md": b"one\r\ntwo\n",
    "docs/crm/tables/tasks.csv": b"a,b\n1,2\n",
    "docs/old/README.md": b"old\n",
}


def test_first_commit_holds_exactly_the_changes(repository: Repository, publish: Publish) -> None:
    commit = publish(TREE, "Sync 2 docs\n\nBody.")
    assert repository.head() == commit
    assert contents(repository) == TREE == files_of(repository.root)
    assert repository.status() == []
    assert not staging_of(repository).root.exists()


def test_next_commit_edits_adds_and_removes(repository: Repository, publish: Publish) -> None:
    first = publish(TREE)
    publish({"docs/crm/pages/notes.md": b"three\n", "docs/new/README.md": b"new\n", "docs/old/README.md": None})
    meant = {**TREE, "docs/crm/pages/notes.md": b"three\n", "docs/new/README.md": b"new\n"}
    del meant["docs/old/README.md"]
    assert contents(repository) == meant == files_of(repository.root)
    assert not (repository.root / "docs/old").exists()
    assert repository.is_ancestor(first, "HEAD")
    assert repository.status() == []


def test_nothing_changed_makes_no_commit(repository: Repository, publish: Publish) -> None:
    first = publish(TREE)
    same = {path: staging_of(repository).write(path, content) for path, content in TREE.items()}
    publication = Publication(repository, first, {**same, "docs/never-was.md": None})
    assert publication.changes == {}
    assert publication.publish("Nothing") is None
    assert repository.head() == first
    assert not staging_of(repository).root.exists()


def test_new_tree_can_be_read_before_it_is_published(repository: Repository, publish: Publish) -> None:
    first = publish(TREE)
    staged = staging_of(repository).write("docs/crm/pages/notes.md", b"new\n")
    publication = Publication(repository, first, {staged.path: staged})
    assert repository.tree(publication.tree.oid)[staged.path].oid == staged.oid
    assert files_of(repository.root) == TREE
    assert repository.status() == []


@pytest.mark.parametrize("count", [3, MANY])
def test_what_is_prepared_beside_other_work_is_published(repository: Repository, publish: Publish, count: int) -> None:
    publish(TREE)
    staging = staging_of(repository)
    new = {f"docs/new/{number}.md": f"{number}\n".encode() for number in range(count)}
    publication = Publication(
        repository, repository.head(), {path: staging.write(path, content) for path, content in new.items()}
    )
    with publication.preparing():
        assert files_of(repository.root) == TREE
    commit = publication.publish("New")
    assert commit == repository.head()
    assert contents(repository) == TREE | new == files_of(repository.root)
    assert repository.status() == []


def test_what_was_prepared_in_vain_is_forgotten(repository: Repository, publish: Publish) -> None:
    base = publish(TREE)
    staged = staging_of(repository).write("docs/new.md", b"new\n")
    publication = Publication(repository, base, {staged.path: staged})
    with pytest.raises(MirrorError, match="too much is gone"), publication.preparing():
        raise MirrorError("too much is gone")
    assert (repository.private_folder / "index").exists(), "and nobody works on it any more"
    abandon(repository)
    assert not (repository.private_folder / "index").exists()
    assert not staging_of(repository).root.exists()
    assert (repository.head(), files_of(repository.root)) == (base, TREE)
    publish({"docs/new.md": b"newer\n"})
    assert contents(repository) == files_of(repository.root) == {**TREE, "docs/new.md": b"newer\n"}


def test_file_gives_way_to_folder_and_folder_to_file(repository: Repository, publish: Publish) -> None:
    publish({"docs/a": b"file\n", "docs/b/deep/c": b"in folder\n"})
    publish({"docs/a": None, "docs/a/c": b"in folder\n", "docs/b/deep/c": None, "docs/b": b"file\n"})
    assert contents(repository) == {"docs/a/c": b"in folder\n", "docs/b": b"file\n"} == files_of(repository.root)
    assert repository.status() == []


def test_foreign_files_stay_as_they_are(repository: Repository, publish: Publish, git: RunGit) -> None:
    publish(TREE)
    (repository.root / "mine.txt").write_text("mine")
    git("add", "mine.txt")
    git("commit", "--quiet", "-m", "mine")
    (repository.root / "mine.txt").write_text("edited")
    (repository.root / "untracked.txt").write_text("untracked")
    publish({"docs/old/README.md": b"new\n"})
    assert [(entry.unstaged, entry.path) for entry in repository.status()] == [
        ("M", "mine.txt"),
        ("?", "untracked.txt"),
    ]
    assert repository.read(repository.tree("HEAD")["mine.txt"].oid) == b"mine"


def test_identity_is_neutral_unless_configured(publish: Publish, git: RunGit) -> None:
    publish(TREE)
    who = "%an <%ae>, %cn <%ce>"
    assert git("log", "-1", f"--format={who}").strip() == ", ".join(["coda-git-mirror <coda-git-mirror@localhost>"] * 2)
    git("config", "user.name", "Ann")
    git("config", "user.email", "ann@example.org")
    publish({"README.md": b"more\n"})
    assert git("log", "-1", f"--format={who}").strip() == ", ".join(["Ann <ann@example.org>"] * 2)


def test_message_is_kept_and_a_nul_or_half_character_does_no_harm(publish: Publish, git: RunGit) -> None:
    publish(TREE, "Sync “ö”\n\nBody \ud800\0 end\n\nCoda-Docs: 2\n")
    assert git("log", "-1", "--format=%B").rstrip() == "Sync “ö”\n\nBody ? end\n\nCoda-Docs: 2"


def _failing_script(path: Path, marker: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\ntouch '{marker}'\nexit 1\n")
    path.chmod(0o755)
    return path


HOOKS = ("pre-commit", "commit-msg", "post-commit", "reference-transaction", "post-index-change", "fsmonitor-watchman")


@pytest.mark.skipif(sys.platform == "win32", reason="the hooks and filters are shell scripts")
@pytest.mark.parametrize("autocrlf", ["true", "input"])
def test_global_configuration_does_not_matter(
    tmp_path: Path, isolated_machine: Path, monkeypatch: pytest.MonkeyPatch, publish: Publish, autocrlf: str
) -> None:
    marker = tmp_path / "ran"
    for hook in HOOKS:
        _failing_script(isolated_machine / "hooks" / hook, marker)
        _failing_script(isolated_machine / "template/hooks" / hook, marker)
    program = _failing_script(isolated_machine / "program", marker)
    (isolated_machine / "ignore").write_text("*.csv\ndocs/\n")
    (isolated_machine / "attributes").write_text("* filter=evil text\n")
    (isolated_machine / "gitconfig").write_text(
        f"[core]\n excludesFile = {isolated_machine}/ignore\n attributesFile = {isolated_machine}/attributes\n"
        f" autocrlf = {autocrlf}\n hooksPath = {isolated_machine}/hooks\n fsmonitor = {program}\n splitIndex = true\n"
        f"[commit]\n gpgSign = true\n[gpg]\n program = {program}\n[init]\n templateDir = {isolated_machine}/template\n"
        f" defaultBranch = trunk\n defaultObjectFormat = sha256\n"
        f'[filter "evil"]\n clean = {program}\n smudge = {program}\n required = true\n'
        "[status]\n showUntrackedFiles = no\n relativePaths = true\n[alias]\n commit-tree = !false\n"
    )
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "0")
    hostile = Repository.init(tmp_path / "hostile")
    publish(TREE, repository=hostile)
    publish({"docs/old/README.md": None, "docs/new.csv": b"x\r\n"}, repository=hostile)
    meant = {**TREE, "docs/new.csv": b"x\r\n"}
    del meant["docs/old/README.md"]
    assert contents(hostile) == meant == files_of(hostile.root)
    assert hostile.head_branch() == "main"
    assert hostile.status() == []
    assert not marker.exists()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the hooks and filters are shell scripts")
def test_repository_configuration_does_not_matter(
    tmp_path: Path, repository: Repository, publish: Publish, git: RunGit
) -> None:
    marker = tmp_path / "ran"
    program = _failing_script(tmp_path / "program", marker)
    publish({**TREE, ".gitignore": b"*\n", ".gitattributes": b"* filter=evil.one\n"})
    for name in ("clean", "smudge", "process"):
        git("config", f"filter.evil.one.{name}", str(program))
    git("config", "filter.evil.one.required", "true")
    git("config", "core.fsmonitor", str(program))
    for hook in HOOKS:
        _failing_script(repository.git_dir / "hooks" / hook, marker)
    publish({"docs/crm/pages/notes.md": b"a\r\nb\r\n", "docs/new.md": b"new\n"})
    os.utime(repository.root / "docs/crm/tables/tasks.csv")
    assert repository.status() == []
    assert contents(repository)["docs/crm/pages/notes.md"] == b"a\r\nb\r\n"
    assert "docs/new.md" in contents(repository)
    assert not marker.exists()


def test_branch_that_moved_is_not_overwritten(repository: Repository, publish: Publish, git: RunGit) -> None:
    base = publish(TREE)
    staged = staging_of(repository).write("README.md", b"ours\n")
    publication = Publication(repository, base, {staged.path: staged})
    assert publication.tree
    git("commit", "--quiet", "--allow-empty", "-m", "somebody else")
    theirs = repository.head()
    with pytest.raises(BranchMoved, match="Run the command again"):
        publication.publish("Ours")
    assert repository.head() == theirs
    assert files_of(repository.root) == TREE
    assert recover(repository).outcome is Outcome.DISCARDED
    assert repository.status() == []


def test_compare_and_swap_of_the_branch(repository: Repository, publish: Publish) -> None:
    first = publish(TREE)
    second = publish({"README.md": b"second\n"})
    with pytest.raises(BranchMoved):
        repository.update_branch("main", first, first, "test")
    assert repository.head() == second
    with pytest.raises(BranchMoved):
        repository.update_branch("main", first, None, "test")


@pytest.mark.parametrize(
    "edit",
    [
        lambda root: (root / "README.md").write_bytes(b"the user's\n"),
        lambda root: (root / "docs/new").write_bytes(b"untracked\n"),
        lambda root: (root / "docs/new/README.md").mkdir(parents=True) or (root / "docs/new/README.md/x").touch(),
    ],
    ids=["edited", "untracked file in the way", "folder in the way"],
)
def test_edits_made_meanwhile_are_never_overwritten(
    repository: Repository, publish: Publish, edit: Callable[[Path], Any]
) -> None:
    base = publish(TREE)
    staging = staging_of(repository)
    files = {path: staging.write(path, b"ours\n") for path in ("README.md", "docs/new/README.md")}
    edit(repository.root)
    before = files_of(repository.root)
    with pytest.raises((EditedMeanwhile, Obstacle)):
        Publication(repository, base, files).publish("Ours")
    assert files_of(repository.root) == before
    assert repository.head() == base
    assert not (repository.git_dir / "index.lock").exists()


def test_another_git_at_work_is_waited_for(repository: Repository, publish: Publish) -> None:
    base = publish(TREE)
    (repository.git_dir / "index.lock").touch()
    with pytest.raises(MirrorBusy, match=r"index\.lock"):
        publish({"README.md": b"new\n"})
    assert repository.head() == base
    assert (repository.git_dir / "index.lock").exists()
    assert files_of(repository.root) == TREE


def test_staged_file_changed_behind_our_back_is_not_committed(repository: Repository) -> None:
    staged = staging_of(repository).write("README.md", b"as staged\n")
    staging_of(repository).location("README.md").write_bytes(b"as changed\n")
    publication = Publication(repository, None, {"README.md": staged})
    with pytest.raises(GitFailed, match="changed after it was staged"), publication.preparing():
        pass
    with pytest.raises(GitFailed, match="changed after it was staged"):
        publication.publish("Never")
    assert repository.head() is None


@pytest.mark.parametrize("path", ["../out", ".git/config", "docs/../../out", "/etc/passwd"])
def test_lawless_paths_are_refused_even_for_removal(repository: Repository, path: str) -> None:
    with pytest.raises(LawlessPath):
        Publication(repository, None, {path: None})


@pytest.mark.parametrize("target", ["file", "folder", "nothing"])
@pytest.mark.parametrize("at", ["docs", "docs/crm", "docs/crm/pages/notes.md"])
def test_symlinks_are_never_written_through(
    tmp_path: Path, repository: Repository, publish: Publish, at: str, target: str
) -> None:
    base = publish({"README.md": b"# Mirror\n"})
    outside = tmp_path / "outside"
    if target == "file":
        outside.write_text("outside")
    elif target == "folder":
        outside.mkdir()
    link = repository.root / at
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside)
    with pytest.raises(Obstacle, match="symlink"):
        publish({"docs/crm/pages/notes.md": b"ours\n"})
    assert repository.head() == base
    assert link.is_symlink()
    assert not outside.is_dir() or list(outside.iterdir()) == []
    assert not outside.is_file() or outside.read_text() == "outside"


@pytest.mark.parametrize("call", ["replace", "fsync", "link", "unlink", "mkdir"])
def test_disk_full_names_the_path_and_is_recovered(
    repository: Repository, publish: Publish, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    base = publish(TREE)
    changes = {"README.md": b"new\n", "docs/new/README.md": b"new\n", "docs/old/README.md": None}

    def full(*arguments: Any, **_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(arguments[0]))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, full)
        if call == "link":
            patched.setattr("coda_git_mirror.disk.files.shutil.copyfileobj", full)
        with pytest.raises(MirrorError, match=r"Cannot write .*: No space left on device; free some space"):
            publish(changes)
    if repository.head() == base:
        assert files_of(repository.root) == TREE
    recover(repository)
    assert repository.status() == []


def test_file_in_place_of_a_folder_stops_before_anything_changes(repository: Repository, publish: Publish) -> None:
    base = publish({"README.md": b"# Mirror\n"})
    (repository.root / "docs").write_text("not a folder")
    with pytest.raises(Obstacle, match="docs is a file where the mirror needs a folder"):
        publish({"README.md": b"new\n", "docs/a.md": b"a\n"})
    assert repository.head() == base
    assert files_of(repository.root) == {"README.md": b"# Mirror\n", "docs": b"not a folder"}


def test_another_file_system_is_written_by_copying(
    repository: Repository, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.replace

    def across(source: Path, target: Path) -> None:
        if "staging" in Path(source).parts:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(source))
        real(source, target)

    monkeypatch.setattr(os, "replace", across)
    publish(TREE)
    assert files_of(repository.root) == TREE
    assert repository.status() == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows syncs no read-only files, and so leaves it to git")
def test_git_leaves_it_to_us_to_sync_many_objects_at_once(
    publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(TREE)
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(tmp_path / "trace"))
    publish(dict.fromkeys(TREE, b"new\n"))
    events = map(json.loads, (tmp_path / "trace").read_text().splitlines())
    syncs = [int(event["value"]) for event in events if event.get("key") == "fsync/hardware-flush"]
    assert sum(syncs) <= 1, "the branch alone"


def test_names_that_differ_in_case_are_known_as_one_file(repository: Repository, publish: Publish) -> None:
    publish({"docs/Notes.md": b"one\n"})
    publish({"docs/Notes.md": None, "docs/notes.md": b"two\n"})
    assert contents(repository) == {"docs/notes.md": b"two\n"} == files_of(repository.root)


def test_many_files(repository: Repository, publish: Publish) -> None:
    tree = {f"docs/d{number % 40}/pages/p{number}.md": f"{number}\n".encode() for number in range(2000)}
    publish(tree)
    publish({"docs/d0/pages/p0.md": b"changed\n"})
    assert len(repository.tree("HEAD")) == 2000
    assert repository.status() == []
