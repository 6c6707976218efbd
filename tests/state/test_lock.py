"""One command at a time: the kernel keeps the lock, not a file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coda_git_mirror.errors import MirrorBusy, MirrorError
from coda_git_mirror.git.living import living_git
from coda_git_mirror.state.lock import MirrorLock

HOLDER = """
import sys
from pathlib import Path
from coda_git_mirror.state.lock import MirrorLock
with MirrorLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def _holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_second_process_is_told_who_holds_the_mirror(tmp_path: Path) -> None:
    process = _holder(tmp_path / "private")
    try:
        with pytest.raises(MirrorBusy, match=rf"process {process.pid}\) holds this mirror") as caught:
            MirrorLock(tmp_path / "private").__enter__()
        assert caught.value.exit_code == 5
    finally:
        process.communicate("\n")
    with MirrorLock(tmp_path / "private"):
        assert (tmp_path / "private/holder").read_text() == f"{os.getpid()}\n"
    assert not (tmp_path / "private/holder").exists()


def test_killed_holder_has_no_effect(tmp_path: Path) -> None:
    process = _holder(tmp_path)
    process.kill()
    process.communicate()
    assert (tmp_path / "holder").exists()
    with MirrorLock(tmp_path):
        pass


def test_reused_process_id_has_no_effect(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    (tmp_path / "holder").write_text("1\n")
    with MirrorLock(tmp_path):
        pass


def test_lock_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "private").write_text("a file")
    with pytest.raises(MirrorError, match=r"Cannot write .*private"):
        MirrorLock(tmp_path / "private").__enter__()


def test_lock_is_given_back_when_the_block_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), MirrorLock(tmp_path):
        raise ZeroDivisionError
    with MirrorLock(tmp_path):
        pass


def test_living_git_is_found_by_the_folder_it_works_in(tmp_path: Path) -> None:
    processes, mirror = tmp_path / "proc", tmp_path / "mirror"
    for number, name, place in (("12", "git", mirror / "docs"), ("13", "python", mirror), ("14", "git", tmp_path)):
        (processes / number).mkdir(parents=True)
        (processes / number / "comm").write_text(f"{name}\n")
        (processes / number / "cwd").symlink_to(place)
    (processes / "15").mkdir()
    (processes / "meminfo").touch()
    assert living_git([mirror], processes) == 12
    assert living_git([tmp_path / "other"], processes) is None


def test_where_the_system_does_not_say_any_git_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ps = tmp_path / "ps"
    ps.write_text("#!/bin/sh\necho '  7 /usr/bin/zsh'\necho ' 42 /usr/bin/git'\n")
    ps.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert living_git([tmp_path], tmp_path / "no-proc") == 42
    ps.unlink()
    assert living_git([tmp_path], tmp_path / "no-proc") is None
