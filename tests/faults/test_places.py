"""faults.md, rows 4 and 29: where a sync writes, and that it never writes elsewhere."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.errors import MirrorError
from tests.faults.trial import Trial
from tests.support import files, git, require_sound

ME = ("-c", "user.name=Me", "-c", "user.email=me@example.org")


def full_folder(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Lets no folder be made there."""
    make = os.mkdir

    def making(path: Any, *arguments: Any, **named: Any) -> None:
        if Path(path).is_relative_to(folder):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        make(path, *arguments, **named)

    monkeypatch.setattr(os, "mkdir", making)


def test_04_a_disk_that_is_full_when_the_files_move_in_is_told_and_the_commit_completed(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but new folders needs space then: the files are there already, and are renamed."""
    trial.world.add_doc("Budget").add_page("Notes", markdown="Rent.\n")
    with monkeypatch.context() as full:
        full_folder(full, trial.folder / "docs")
        assert re.search(r"docs/budget.*free some space", trial.sync().unfinished)
    trial.accept_head()
    trial.check()


def test_04_a_log_that_cannot_be_written_keeps_nobody_from_anything(trial: Trial, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.txt").write_text("mine\n")
    (trial.folder / "backup_log.txt").unlink()
    (trial.folder / "backup_log.txt").symlink_to(tmp_path / "elsewhere.txt")
    trial.synced()
    assert (tmp_path / "elsewhere.txt").read_text() == "mine\n"
    (trial.folder / "backup_log.txt").unlink()
    (trial.folder / "backup_log.txt").mkdir()
    assert trial.synced().commit is None
    (trial.folder / "backup_log.txt").rmdir()
    trial.check()


def file_elsewhere(folder: Path, outside: Path) -> None:
    (folder / "docs/plans/pages/ideas.md").unlink()
    (folder / "docs/plans/pages/ideas.md").symlink_to(outside / "mine.md")


def new_file_elsewhere(folder: Path, outside: Path) -> None:
    (folder / "docs/travel/pages/bergen.md").symlink_to(outside / "mine.md")


def dangling(folder: Path, outside: Path) -> None:
    (folder / "docs/travel/pages/bergen.md").symlink_to(outside / "nothing.md")


def folder_elsewhere(folder: Path, outside: Path) -> None:
    (folder / "docs/travel").rename(outside / "travel")
    (folder / "docs/travel").symlink_to(outside / "travel")


def all_docs_elsewhere(folder: Path, outside: Path) -> None:
    (folder / "docs").rename(outside / "docs")
    (folder / "docs").symlink_to(outside / "docs")


def committed_symlink(folder: Path, outside: Path) -> None:
    file_elsewhere(folder, outside)
    git(folder, *ME, "commit", "-qam", "Mine")


def submodule(folder: Path, outside: Path) -> None:
    git(outside, "init", "-q", "other")
    git(outside / "other", *ME, "commit", "-q", "--allow-empty", "-m", "Theirs")
    allow = ("-c", "protocol.file.allow=always")
    git(folder, *allow, "submodule", "--quiet", "add", str(outside / "other"), "docs/plans/other")
    git(folder, *ME, "commit", "-qam", "Mine")


IN_THE_WAY = [file_elsewhere, folder_elsewhere, all_docs_elsewhere, committed_symlink, submodule]
WHERE_A_NEW_FILE_GOES = [new_file_elsewhere, dangling]


@pytest.mark.parametrize("strange", [*IN_THE_WAY, *WHERE_A_NEW_FILE_GOES])
def test_29_what_leads_out_of_the_mirror_stops_the_sync_and_nothing_is_written_there(
    trial: Trial, tmp_path: Path, strange: Callable[[Path, Path], None]
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine.md").write_text("mine\n")
    strange(trial.folder, outside)
    before, head, asked = _everything(outside), trial.head, len(trial.coda.requests)
    state = git(trial.folder, "status", "--porcelain")
    with pytest.raises(MirrorError, match=r"docs"):
        trial.sync()
    assert _everything(outside) == before
    assert (trial.head, git(trial.folder, "status", "--porcelain")) == (head, state)
    assert len(trial.coda.requests) == asked or strange in WHERE_A_NEW_FILE_GOES


def _everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_29_a_working_copy_whose_git_is_a_file_is_a_mirror_like_any_other(trial: Trial, tmp_path: Path) -> None:
    git(trial.folder, "switch", "-q", "--detach")
    git(trial.folder, "worktree", "add", "-q", str(tmp_path / "other"), "main")
    assert (tmp_path / "other/.git").is_file()
    assert trial.sync(tmp_path / "other").problems == ()
    require_sound(tmp_path / "other", trial.undisturbed())
    assert files(trial.folder) == trial.before
    git(trial.folder, "worktree", "remove", "--force", str(tmp_path / "other"))
    git(trial.folder, "switch", "-q", "main")
    trial.accept_head()
    trial.check()
