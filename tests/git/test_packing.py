"""The history is packed by itself, without loss, and never against another git."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from coda_git_mirror.git.packing import MOST_PACKS, MOST_WORTH, Weight, pack_history, weigh
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.recovery import recover
from coda_git_mirror.progress import Silent
from tests.publishing import Publish, RunGit, contents, files_of

AT_ONCE = 1
THREE_WEEKS = 21 * 24 * 3600
needs_shell = pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for git")


class Notes(Silent):
    """Remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)


def table(version: int) -> bytes:
    """A table that hardly compresses, in which each version changes one row."""
    rows = random.Random(0)
    lines = [f"{rows.getrandbits(200):x}\n".encode() for _ in range(20_000)]
    lines[version] = b"changed\n"
    return b"".join(lines)


def loose(repository: Repository) -> list[Path]:
    return list((repository.git_dir / "objects").glob("[0-9a-f][0-9a-f]/*"))


def packs(repository: Repository) -> list[Path]:
    return sorted((repository.git_dir / "objects/pack").glob("*.pack"))


@pytest.fixture
def history(repository: Repository, publish: Publish) -> Iterator[Repository]:
    """Five versions of a table of a megabyte; whatever a test does, none is lost and nothing is left lying about."""
    versions = {publish({"docs/crm/tables/tasks.csv": table(version)}): version for version in range(5)}
    yield repository
    recover(repository)
    for commit, version in versions.items():
        assert contents(repository, commit) == {"docs/crm/tables/tasks.csv": table(version)}
    assert repository.fsck() == []
    assert repository.status() == []
    assert not [path for path in (repository.git_dir / "objects/pack").iterdir() if "tmp" in path.name]


def test_little_is_left_as_it_is(history: Repository) -> None:
    before = loose(history)
    pack_history(history, Silent())
    assert loose(history) == before


def test_versions_of_a_table_cost_hardly_more_than_one(history: Repository) -> None:
    whole = weigh(history).loose
    pack_history(history, Silent(), AT_ONCE)
    assert loose(history) == []
    weight = weigh(history)
    assert len(weight.packs) == 1
    assert sum(weight.packs.values()) < whole / 4
    assert list(files_of(history.root)) == ["docs/crm/tables/tasks.csv"]


def test_settings_of_the_user_do_not_matter(history: Repository, git: RunGit) -> None:
    for setting, value in {
        "repack.writeBitmaps": "true",
        "pack.windowMemory": "1",
        "core.bigFileThreshold": "1",
    }.items():
        git("config", setting, value)
    pack_history(history, Silent(), AT_ONCE)
    assert loose(history) == []
    assert sum(weigh(history).packs.values()) < 2 * len(table(0))


def test_a_large_pack_is_left_alone_until_the_rest_is_worth_it() -> None:
    mega = 1024 * 1024
    assert 32 * mega == MOST_WORTH
    assert Weight(32 * mega, {"a": 20 * mega, "b": 100 * mega, "c": 400 * mega}).kept() == ["c"]
    assert Weight(32 * mega, {"a": 100 * mega, "b": 20 * mega}).kept() == []
    assert Weight(0, {"a": 65 * mega, "b": 1 * mega}).kept() == []
    assert Weight(0, {"a": 70 * mega, "b": 1 * mega}).kept() == ["a"]
    assert Weight(40 * mega, {"a": 100 * mega, "b": mega}).folded() == 41 * mega


def test_packing_pays_when_as_much_is_loose_as_it_would_rewrite() -> None:
    mega = 1024 * 1024
    for packed, worth in ((0, 8), (20, 20), (60, 32), (400, 8)):
        for loose_bytes, pays in ((worth * mega - 1, False), (worth * mega, True)):
            weight = Weight(loose_bytes, {"a": packed * mega})
            assert weight.is_worth_packing(0) is pays
            assert not weight.is_worth_packing(mega)


def test_many_small_packs_become_one(repository: Repository, publish: Publish, git: RunGit) -> None:
    publish({"README.md": b"# Mirror\n"})
    git("repack", "-q", "-d")
    for number in range(MOST_PACKS):
        commit = f"commit refs/heads/made{number}\ncommitter Me <me@example.org> {number} +0000\ndata 0\n"
        command = ["git", "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet"]
        subprocess.run(command, input=commit.encode(), cwd=repository.root, check=True)
    assert len(packs(repository)) == MOST_PACKS + 1
    pack_history(repository, Silent())
    assert len(packs(repository)) == 1
    assert repository.fsck() == []


def test_a_pack_that_somebody_keeps_is_not_touched(history: Repository, publish: Publish, git: RunGit) -> None:
    git("repack", "-q", "-d", "-a")
    [kept] = packs(history)
    kept.with_suffix(".keep").touch()
    publish({"docs/new.md": b"new\n"})
    publish({"docs/new.md": None})
    pack_history(history, Silent(), AT_ONCE)
    assert kept in packs(history)
    assert len(packs(history)) == 2


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="only /proc says where a process works")
def test_a_git_at_work_is_left_alone(history: Repository) -> None:
    command = ["git", "cat-file", "--batch"]
    with subprocess.Popen(command, cwd=history.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as living:
        assert living.stdin is not None
        assert living.stdout is not None
        living.stdin.write(b"HEAD\n")
        living.stdin.flush()
        living.stdout.readline()
        pack_history(history, Silent(), AT_ONCE)
        assert packs(history) == []
        living.communicate()
    pack_history(history, Silent(), AT_ONCE)
    assert len(packs(history)) == 1


def test_what_nothing_leads_to_goes_when_it_is_old(history: Repository, git: RunGit) -> None:
    strays = {name: history.root.parent / name for name in ("old", "young")}
    for name, file in strays.items():
        file.write_text(name)
    old, young = (git("hash-object", "-w", str(file)).strip() for file in strays.values())
    place = history.git_dir / "objects" / old[:2] / old[2:]
    os.utime(place, (place.stat().st_mtime - THREE_WEEKS,) * 2)
    pack_history(history, Silent(), AT_ONCE)
    assert [path.parent.name + path.name for path in loose(history)] == [young]
    [pack] = packs(history)
    pack_history(history, Silent(), AT_ONCE)
    assert packs(history) == [pack]


def test_what_a_crash_leaves_is_cleared_and_packed_again(history: Repository, git: RunGit) -> None:
    git("repack", "-q", "-a")
    for name in ("tmp_pack_a1b2c3", "tmp_idx_a1b2c3", ".tmp-4711-pack-0123.pack"):
        (history.git_dir / "objects/pack" / name).write_bytes(b"half")
    recover(history)
    pack_history(history, Silent(), AT_ONCE)
    assert loose(history) == []
    assert len(packs(history)) == 1


def _stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Lets a script do what `git repack` should."""
    (folder / "bin").mkdir()
    program = folder / "bin/git"
    program.write_text(f'#!/bin/sh\ncase " $* " in *" repack "*) {script};; esac\nexec {shutil.which("git")} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@needs_shell
def test_a_failure_is_told_and_harms_nothing(
    history: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes, before = Notes(), loose(history)
    with monkeypatch.context() as failing:
        _stand_in(tmp_path, failing, 'echo "fatal: No space left on device" >&2; exit 128')
        pack_history(history, notes, AT_ONCE)
    [said] = notes.said
    assert "could not be packed" in said
    assert "No space left on device" in said
    assert loose(history) == before


@needs_shell
def test_an_interrupt_ends_the_packing_too(
    history: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with monkeypatch.context() as waiting:
            _stand_in(tmp_path, waiting, f"cat; echo $$ > {tmp_path}/pid; kill -USR1 $PPID; exec sleep 600")
            with pytest.raises(KeyboardInterrupt):
                pack_history(history, Silent(), AT_ONCE)
    finally:
        signal.signal(signal.SIGUSR1, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
