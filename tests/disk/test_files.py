"""Single files: written whole or not at all; and the log, which never makes a sync fail."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.disk.atomic import temporary_beside, write_atomically
from coda_git_mirror.mirror.run_log import LOG, append_run


def _full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_failed_write_keeps_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    target = tmp_path / "file"
    write_atomically(target, b"old")
    monkeypatch.setattr(os, call, _full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(target, b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"old"}


def test_write_replaces_a_symlink_and_a_leftover(tmp_path: Path) -> None:
    outside, target = tmp_path / "outside", tmp_path / "file"
    outside.write_text("outside")
    target.symlink_to(outside)
    temporary_beside(target).symlink_to(outside)
    write_atomically(target, b"new")
    assert (outside.read_text(), target.read_bytes(), target.is_symlink()) == ("outside", b"new", False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "outside"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_mode_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


def test_log_keeps_the_last_thousand_runs(tmp_path: Path) -> None:
    (tmp_path / LOG).write_text("".join(f"run {number}\n" for number in range(1000)))
    assert append_run(tmp_path, "run\nof\r\ntoday")
    lines = (tmp_path / LOG).read_text().splitlines()
    assert (len(lines), lines[0], lines[-1]) == (1000, "run 1", "run of today")


def test_log_that_cannot_be_written_fails_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outside").write_text("outside")
    (tmp_path / LOG).symlink_to(tmp_path / "outside")
    assert not append_run(tmp_path, "run")
    assert (tmp_path / "outside").read_text() == "outside"
    (tmp_path / LOG).unlink()
    monkeypatch.setattr(os, "open", _full)
    assert not append_run(tmp_path, "run")
