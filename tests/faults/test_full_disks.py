"""A disk that fills up, or fails, at any instant of a sync (faults.md, rows 4 and 62)."""

from __future__ import annotations

import errno
import os
import pathlib
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.disk.files import CHUNK, link_or_copy, open_new, open_to_append, write_lightly
from coda_git_mirror.disk.shelf import Shelf
from coda_git_mirror.disk.sorted_files import SortedFiles
from coda_git_mirror.disk.temporary import temporary_file, temporary_file_with, temporary_folder
from coda_git_mirror.errors import EXIT_FAILED, MirrorError
from coda_git_mirror.outcome import done, outcome_of
from coda_git_mirror.state.fetched import FetchedFiles
from tests.faults.trial import Trial
from tests.support import require_sound

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")

INSTANTS = range(0, 100, 2)
NO_ROOM = "(No space left on device; free some space|Invalid argument; put that right) and run the command again"
"""The second is what /dev/full says to a call that would cut it."""


class Disk:
    """From the nth file on that is made on it, what is written to it finds no room, as the kernel says that.

    Which files are on it, `holds` says by their paths.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, holds: Callable[[str], bool], full_from: int) -> None:
        self._holds, self._left = holds, full_from
        self.is_hit = False
        system_open, path_open, mkdir = os.open, pathlib.Path.open, os.mkdir

        def opening(path: Any, flags: int, *arguments: Any, **named: Any) -> int:
            descriptor = system_open(path, flags, *arguments, **named)
            if flags & (os.O_CREAT | getattr(os, "O_TMPFILE", 0)) and self._is_full_for(path):
                full = system_open("/dev/full", os.O_RDWR)
                os.dup2(full, descriptor)
                os.close(full)
            return descriptor

        def opening_path(path: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
            is_full = mode[0] in "wxa" and self._is_full_for(path)
            return path_open(Path("/dev/full") if is_full else path, mode, *arguments, **named)

        def making(path: Any, *arguments: Any, **named: Any) -> None:
            if self._is_full_for(path):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            mkdir(path, *arguments, **named)

        monkeypatch.setattr(os, "open", opening)
        monkeypatch.setattr(pathlib.Path, "open", opening_path)
        monkeypatch.setattr(os, "mkdir", making)

    def _is_full_for(self, path: object) -> bool:
        if not self._holds(os.fspath(str(path))):
            return False
        self._left -= 1
        self.is_hit |= self._left < 0
        return self._left < 0


def _in(place: Path, but: str = "\0") -> Callable[[str], bool]:
    return lambda path: path.startswith(str(place)) and but not in path


@pytest.mark.thinned(7)
@pytest.mark.parametrize("at", INSTANTS)
@pytest.mark.parametrize("disk", ["working copy", "git folder", "TMPDIR"])
def test_a_disk_that_fills_up_is_named_and_hurts_nothing(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, disk: str, at: int
) -> None:
    """Each of them may be a disk of its own."""
    (tmp_path / "tmp").mkdir()
    place = {"working copy": trial.folder, "git folder": trial.folder / ".git", "TMPDIR": tmp_path / "tmp"}[disk]
    with monkeypatch.context() as patched:
        patched.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
        Disk(patched, _in(place, "/.git/" if disk == "working copy" else "\0"), at)
        outcome = outcome_of(lambda: done(trial.sync()))
    if report := outcome.result:
        assert report.commit == trial.head
        assert not report.unfinished or "free some space" in report.unfinished
        assert report.problems == ()
        trial.accept_head()
    else:
        assert outcome.exit_code == EXIT_FAILED
        assert str(place) in outcome.reason
        assert re.search(NO_ROOM, outcome.reason)
        assert trial.head == trial.heads[-1]
        require_sound(trial.folder, trial.before)
    trial.check()


def _fill(file: Any) -> None:
    with file:
        file.write(b"x")


def _shelve(folder: Path) -> None:
    with Shelf(folder) as shelf:
        shelf.put("x")


def _sort(folder: Path) -> None:
    rows = SortedFiles(folder / "a", folder / "b")
    try:
        rows.add(["key"], [b"x" * CHUNK], [b"x"])
        rows.finish()
    finally:
        rows.close()


def _fetch(folder: Path) -> None:
    with FetchedFiles(folder).writing() as file:
        file.write(b"x")


def _copy(folder: Path) -> None:
    link_or_copy(folder.parent / "source", folder / "copy")


WRITERS: dict[str, Callable[[Path], object]] = {
    "new": lambda folder: _fill(open_new(folder / "new")),
    "appended": lambda folder: _fill(open_to_append(folder / "log")),
    "light": lambda folder: write_lightly(folder / "light", b"x"),
    "copy": _copy,
    "temporary": lambda folder: _fill(temporary_file(folder)),
    "temporary in its usual place": lambda _: _fill(temporary_file()),
    "temporary with content": lambda _: temporary_file_with(b"x").close(),
    "temporary folder": lambda _: temporary_folder().__enter__(),
    "shelf": _shelve,
    "sorted": _sort,
    "fetched": _fetch,
    "text": lambda folder: FetchedFiles(folder).keep_text("x"),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_nothing_that_writes_leaves_the_path_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], object]
) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    (tmp_path / "source").write_bytes(b"x")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(pathlib.Path, "hardlink_to", lambda *_: os.link("/nowhere", "/else"))
    Disk(monkeypatch, _in(folder), 0)
    with pytest.raises(MirrorError, match=f"Cannot write {folder}.*{NO_ROOM}"):
        write(folder)


def test_no_place_for_temporary_files_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(
        tempfile, "_get_default_tempdir", lambda: (_ for _ in ()).throw(FileNotFoundError(2, "No usable"))
    )
    with pytest.raises(MirrorError, match=f"Cannot write {tmp_path / 'tmp'}: No usable"):
        temporary_file()


@pytest.mark.parametrize("call", ["replace", "unlink", "rename", "fsync"])
def test_what_fails_after_the_commit_is_no_failure_of_it(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """A disk that breaks when the branch has moved: the commit is told, and the next sync completes it."""
    system = getattr(os, call)

    def broken(*arguments: Any, **named: Any) -> Any:
        if trial.head != trial.heads[-1]:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return system(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(os, call, broken)
        report = trial.sync()
    assert report.commit == trial.head != trial.heads[-1]
    if report.unfinished:
        assert "The commit is made" in report.unfinished
        assert "Input/output error" in report.unfinished
        assert "next `coda-git-mirror sync` completes it" in report.unfinished
    trial.accept_head()
    trial.check()
