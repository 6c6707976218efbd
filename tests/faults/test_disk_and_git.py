"""faults.md, rows 3 to 7, 22 and 23: full and read-only disks, leftovers, the user's edits, git's many settings."""

from __future__ import annotations

import errno
import os
import pathlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.run import sync
from coda_git_mirror.disk.sorted_files import SortedFiles
from coda_git_mirror.errors import MirrorBusy, MirrorError
from coda_git_mirror.progress import Silent
from tests.faults.trial import Trial
from tests.support import files, git, require_sound, source_of

ME = ("-c", "user.name=Me", "-c", "user.email=me@example.org")


class Notes(Silent):
    """Remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)


def test_03_what_a_dead_git_left_is_removed_with_a_word(trial: Trial) -> None:
    left = ["index.lock", "HEAD.lock", "config.lock", "refs/heads/main.lock", "objects/tmp_obj_dead"]
    for name in left:
        (trial.folder / ".git" / name).write_bytes(b"")
    progress, options = Notes(), SyncOptions(asset_hosts=frozenset({trial.file_host}))
    source = source_of(trial.coda, trial.clock, hosts=options.asset_hosts)
    assert sync(trial.folder, source, options, progress, trial.clock).problems == ()
    assert not [name for name in left if (trial.folder / ".git" / name).exists()]
    assert any("index.lock" in text and "HEAD.lock" in text for text in progress.said)
    trial.heads.append(trial.head)
    trial.check()


@pytest.mark.parametrize("begun", [False, True], ids=["in git init", "in the first commit"])
def test_03_what_a_killed_first_sync_left_hinders_nobody(trial: Trial, tmp_path: Path, begun: bool) -> None:
    folder = tmp_path / "first"
    if begun:
        git(tmp_path, "init", "-q", "-b", "trunk", "first")
        left = ["HEAD.lock", "index.lock", "refs/heads/main.lock", "config.lock"]
    else:
        (folder / ".git/refs").mkdir(parents=True)
        left = ["HEAD.lock", "config.lock"]
    for name in left:
        (folder / ".git" / name).write_bytes(b"")
    assert trial.sync(folder).problems == ()
    require_sound(folder, trial.undisturbed())
    assert not [name for name in left if (folder / ".git" / name).exists()]
    assert git(folder, "branch", "--show-current").strip() == "main"


def test_03_the_lock_of_a_living_git_is_respected(trial: Trial) -> None:
    lock = trial.folder / ".git/index.lock"
    command = ["git", "-C", str(trial.folder), "cat-file", "--batch"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=trial.folder) as other:
        lock.write_bytes(b"")
        with pytest.raises(MirrorBusy, match=str(other.pid)):
            trial.sync()
        assert lock.exists()
        other.communicate()
    trial.check()


def full_at(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """Lets no new file be opened whose path has this part in it."""
    system_open, path_open = os.open, pathlib.Path.open

    def refuse(path: object, writing: bool) -> None:
        if writing and part in str(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    def opening(path: Any, flags: int, *arguments: Any, **named: Any) -> int:
        refuse(path, bool(flags & os.O_CREAT))
        return system_open(path, flags, *arguments, **named)

    def opening_path(self: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        refuse(self, mode[0] in "wxa")
        return path_open(self, mode, *arguments, **named)

    monkeypatch.setattr(os, "open", opening)
    monkeypatch.setattr(pathlib.Path, "open", opening_path)


def test_04_a_full_disk_is_told_with_its_path_and_changes_nothing(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("/coda-git-mirror/fetched/", "/coda-git-mirror/staging/", "publication.json"):
        with monkeypatch.context() as full:
            full_at(full, part)
            error = trial.refused(MirrorError)
        assert part.strip("/").rpartition("/")[2] in str(error)
        assert "free some space" in str(error)
    trial.check()


def test_04_a_full_disk_in_git_is_told_and_changes_nothing(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    real = shutil.which("git")
    for command in ("hash-object", "commit-tree", "update-ref"):
        script = f'case " $* " in *" {command} "*) echo "fatal: No space left on device" >&2; exit 128;; esac\n'
        (tmp_path / "bin/git").write_text(f'#!/bin/sh\n{script}exec {real} "$@"\n')
        (tmp_path / "bin/git").chmod(0o755)
        with monkeypatch.context() as full:
            full.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
            error = trial.refused(MirrorError)
        assert str(trial.folder) in str(error)
        assert "No space left" in str(error)
    trial.check()


def test_04_a_full_disk_while_rows_are_sorted_is_told(tmp_path: Path) -> None:
    with pytest.raises(MirrorError, match="there"):
        SortedFiles(tmp_path / "not" / "there", tmp_path / "second")


def test_05_what_cannot_be_written_is_told_before_the_first_request(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    access, asked = os.access, len(trial.coda.requests)
    for place in (trial.folder / "docs/plans/pages", trial.folder / ".git"):
        with monkeypatch.context() as read_only:
            read_only.setattr(os, "access", lambda path, mode, at=place: Path(path) != at and access(path, mode))
            assert str(place) in str(trial.refused(MirrorError))
    assert len(trial.coda.requests) == asked
    trial.check()


def edit_page(folder: Path) -> str:
    (folder / "docs/plans/pages/ideas.md").write_text("mine\n")
    return "ideas.md"


def stage(folder: Path) -> str:
    (folder / "docs/mine.txt").write_text("mine\n")
    git(folder, "add", "docs/mine.txt")
    return "mine.txt"


def detach(folder: Path) -> str:
    git(folder, "checkout", "-q", "--detach")
    return "detached"


def switch(folder: Path) -> str:
    git(folder, "checkout", "-q", "-b", "other")
    return "other"


def merge(folder: Path) -> str:
    (folder / ".git/MERGE_HEAD").write_text(git(folder, "rev-parse", "HEAD"))
    return "merge"


@pytest.mark.parametrize("change", [edit_page, stage, detach, switch, merge])
def test_06_what_the_user_left_unfinished_is_told_and_untouched(trial: Trial, change: Callable[[Path], str]) -> None:
    named = change(trial.folder)
    state, asked = git(trial.folder, "status", "--porcelain", "--branch"), len(trial.coda.requests)
    before = files(trial.folder)
    with pytest.raises(MirrorError, match=named):
        trial.sync()
    assert files(trial.folder) == before
    assert git(trial.folder, "status", "--porcelain", "--branch") == state
    assert len(trial.coda.requests) == asked


def test_07_a_lock_file_of_a_dead_process_has_no_effect(trial: Trial) -> None:
    (trial.folder / ".git/coda-git-mirror/holder").write_text(f"{os.getppid()}\n")
    (trial.folder / ".git/coda-git-mirror/lock").write_bytes(b"")
    trial.check()


def test_22_the_caller_s_git_settings_do_not_matter(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hooks, ran = tmp_path / "hooks", tmp_path / "ran"
    hooks.mkdir()
    for name in ("pre-commit", "commit-msg", "post-commit", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {ran}\nexit 1\n")
        (hooks / name).chmod(0o755)
    (tmp_path / "excludes").write_text("*.csv\n*.md\n")
    (tmp_path / "gitconfig").write_text(
        f"[core]\n excludesFile = {tmp_path}/excludes\n autocrlf = true\n eol = crlf\n hooksPath = {hooks}\n"
        f" fsmonitor = touch {ran}\n[commit]\n gpgSign = true\n[gpg]\n program = false\n"
        f"[init]\n defaultBranch = trunk\n templateDir = {hooks}\n"
        f"[alias]\n commit-tree = !touch {ran}\n[user]\n useConfigOnly = true\n"
    )
    trial.sync(tmp_path / "plain")
    with monkeypatch.context() as hostile:
        hostile.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
        hostile.setenv("GIT_DIR", str(tmp_path / "elsewhere.git"))
        hostile.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere.index"))
        trial.sync(tmp_path / "hostile")
        trial.sync()
    shown = [git(tmp_path / name, "log", "--format=%T %an %ae %B", "main") for name in ("plain", "hostile")]
    assert shown[0] == shown[1]
    assert not ran.exists()
    assert not (tmp_path / "elsewhere.git").exists()
    trial.heads.append(trial.head)
    trial.check()


def test_23_settings_in_the_repository_itself_change_no_byte(trial: Trial, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    (trial.folder / ".gitignore").write_text("*\n")
    with (trial.folder / ".gitattributes").open("a") as attributes:
        attributes.write("*.md filter=evil\n*.csv text eol=crlf\n")
    git(trial.folder, *ME, "commit", "-qam", "Mine")
    for name in ("pre-commit", "post-commit", "reference-transaction", "post-index-change"):
        hook = trial.folder / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {ran}\nexit 1\n")
        hook.chmod(0o755)
    for setting, value in {"filter.evil.clean": f"touch {ran}", "core.fsmonitor": f"touch {ran}"}.items():
        git(trial.folder, "config", setting, value)
    assert trial.sync().problems == ()
    assert not ran.exists()
    undisturbed = tmp_path / "undisturbed"
    trial.sync(undisturbed)
    own = {".gitignore", ".gitattributes"}
    assert {**files(trial.folder), **dict.fromkeys(own, b"")} == {
        **files(undisturbed), **dict.fromkeys(own, b""),
    }  # fmt: skip
    trees = [git(folder, "rev-parse", "HEAD:docs") for folder in (trial.folder, undisturbed)]
    assert trees[0] == trees[1]
    assert git(trial.folder, "fsck", "--full") == ""
