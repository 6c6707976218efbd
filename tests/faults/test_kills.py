"""faults.md, row 1: `kill -9` at every call that makes a change last, and at random instants of a larger sync.

The slow profile (see CONTRIBUTING.md) takes all calls and 100 instants, otherwise a few of them are taken, evenly.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import World
from tests.conftest import Serve
from tests.faults.trial import Stock, Trial, account, edit
from tests.support import PROJECT, VirtualClock

SLOW = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
PARTS = 8 if SLOW else 1
"""Several tests, so that several processes can share them."""
STRACE, GIT = shutil.which("strace"), shutil.which("git")
CALLS = "rename,renameat,renameat2,link,linkat,unlink,unlinkat,rmdir,fsync,fdatasync"
PROGRAM = [sys.executable, "-m", "tests.unwaiting"]
SHIM = f"""#!/bin/sh
# Stands before git: notes which calls each command makes, or kills one at such a call and the program with it.
command="$*"
command="${{command#*--literal-pathspecs }}"
if [ -n "$RECORD" ]; then
    echo "$command" >"$RECORD/$$.command"
    exec {STRACE} -qq -o "$RECORD/$$.calls" -e signal=none -e trace={CALLS} {GIT} "$@"
fi
case "$command" in "$KILLED"*)
    {STRACE} -qq -o /dev/null -e "trace=${{CALL%%:*}}" -e "inject=$CALL" {GIT} "$@"
    code=$?
    [ "$code" = 137 ] || exit "$code"
    [ -n "$ALONE" ] || kill -KILL "$PPID"
    kill -KILL $$
esac
exec {GIT} "$@"
"""

needs_strace = pytest.mark.skipif(STRACE is None, reason="strace, which kills at single system calls, is not there")


@dataclass(frozen=True, order=True)
class Instant:
    """Just before the so many-th of a system call, counted from 1, in a git command or (none) the program itself."""

    command: str
    call: str
    number: int

    @property
    def injection(self) -> str:
        return f"{self.call}:signal=KILL:when={self.number}"


class Ground:
    """An account on which the program is killed again and again, in a new mirror each time."""

    def __init__(self, coda: SimulatedCoda, room: Path, stock: Stock) -> None:
        assert stock.after, "and so its Coda has all the files that the account has after its edits"
        self.coda, self._room, self._stock = coda, room, stock
        self._numbers = itertools.count()
        self._shim = room / "bin"
        self._shim.mkdir()
        (self._shim / "git").write_text(SHIM)
        (self._shim / "git").chmod(0o755)

    def trial(self, first: bool = False) -> Trial:
        """A mirror of the account before it was edited, or none where it is the first sync that is killed."""
        trial = Trial(self.coda, self._room / f"mirror{next(self._numbers)}", VirtualClock(), self._room, self._stock)
        if not first:
            trial.begin()
        self.coda.new_client()
        return trial

    def run(self, trial: Trial, *before: str, **environment: str) -> int:
        """The exit code of a sync by the command line, with other words before it; negative for a signal."""
        with self.start(trial, *before, **environment) as process:
            _, errors = process.communicate(timeout=60)
        assert b"Traceback" not in errors
        return process.returncode

    def start(self, trial: Trial, *before: str, **environment: str) -> subprocess.Popen[bytes]:
        coda = {"CODA_API_URL": self.coda.api_url, "CODA_API_TOKEN": self.coda.token}
        return subprocess.Popen(
            [*before, *PROGRAM, "sync", "-q", "-o", str(trial.folder)],
            cwd=PROJECT,
            env={**os.environ, **coda, "CODA_ASSET_HOSTS": trial.file_host, **environment},
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def instants(self, first: bool) -> list[Instant]:
        """All there are in an undisturbed sync."""
        record = self._room / f"record{next(self._numbers)}"
        record.mkdir()
        trial, log = self.trial(first), record / "program"
        strace = (str(STRACE), "-qq", "-o", str(log), "-e", "signal=none", "-e")
        assert self.run(trial, *strace, f"trace={CALLS}", RECORD=str(record), PATH=self._path) == 0
        instants = set(_calls("", log))
        for command in sorted(record.glob("*.command")):
            words = command.read_text().split()
            name = " ".join(words[: 2 if words[1:] and words[1].startswith("-") else 1])
            instants |= set(_calls(name, command.with_suffix(".calls")))
        return sorted(instants)

    def kill_at(self, trial: Trial, instant: Instant, alone: bool = False) -> int:
        """The exit code; `alone` is whether only git dies, not the program with it."""
        if instant.command:
            git = {"KILLED": instant.command, "CALL": instant.injection, "ALONE": "yes" if alone else ""}
            return self.run(trial, PATH=self._path, **git)
        trace, inject = f"trace={instant.call}", f"inject={instant.injection}"
        return self.run(trial, str(STRACE), "-qq", "-o", "/dev/null", "-e", trace, "-e", inject)

    @property
    def _path(self) -> str:
        return f"{self._shim}{os.pathsep}{os.environ['PATH']}"


def _calls(command: str, log: Path) -> Iterator[Instant]:
    """What strace has written, `name(arguments) = result` a line."""
    seen: Counter[str] = Counter()
    for line in log.read_text().splitlines():
        name = line.partition("(")[0]
        seen[name] += 1
        yield Instant(command, name, seen[name])


def require_recovery(trial: Trial) -> None:
    """HEAD is the old or the new commit, and the next sync makes everything good by itself."""
    if trial.heads:
        trial.accept_head()
        trial.check()
    else:
        trial.check_next()


@pytest.fixture
def ground(serve: Serve, stock: Stock, tmp_path: Path) -> Ground:
    coda = serve(account(), clock=time.monotonic, blob_origin=f"http://{stock.file_host}")
    edit(coda.world)
    return Ground(coda, tmp_path, stock)


@needs_strace
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(("first", "few"), [(False, 3), (True, 1)], ids=["later", "first"])
def test_01_killed_at_any_call_that_makes_a_change_last(ground: Ground, part: int, first: bool, few: int) -> None:
    every = ground.instants(first)
    assert len(every) > 100
    assert {"", "hash-object -w", "update-ref -m"} <= {instant.command for instant in every}
    chosen = every if SLOW else every[len(every) // few // 2 :: len(every) // few]
    tried, ended = chosen[part::PARTS], list[Instant]()
    for instant in tried:
        trial = ground.trial(first)
        code = ground.kill_at(trial, instant)
        assert code in (-signal.SIGKILL, 0), instant
        ended += [instant] if code == 0 else []
        require_recovery(trial)
        shutil.rmtree(trial.folder)
    assert len(ended) <= len(tried) // 20 + 1, "how often a folder is emptied varies by few calls from run to run"


@needs_strace
@pytest.mark.parametrize("part", range(PARTS))
def test_01_a_git_that_is_killed_is_recovered_from_by_the_program_or_by_its_next_run(ground: Ground, part: int) -> None:
    every = [instant for instant in ground.instants(first=False) if instant.command]
    late = max(instant for instant in every if instant.command == "update-ref -m")
    for instant in (every if SLOW else [late])[part::PARTS]:
        trial = ground.trial()
        assert ground.kill_at(trial, instant, alone=True) in (0, 1), instant
        require_recovery(trial)
        shutil.rmtree(trial.folder)


def large_account() -> World:
    """Six docs beside those of `account`."""
    world = account()
    for number in range(6):
        doc = world.add_doc(f"Doc {number}")
        for name in ("One", "Two", "Three"):
            doc.add_page(name, markdown=f"{name} of {number}.\n")
    return world


def edit_all(world: World) -> None:
    edit(world)
    for doc in world.docs[3:]:
        doc.page("One").write(markdown="Changed.\n")
        doc.page("Two").rename("Zwei")
        doc.page("Three").delete()


@pytest.fixture(scope="module")
def large_stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    stock = Stock(tmp_path_factory.mktemp("large"), large_account, edit_all)
    with stock.coda:
        yield stock


@pytest.mark.parametrize("part", range(PARTS))
def test_01_killed_at_random_instants_of_a_larger_sync(
    serve: Serve, large_stock: Stock, tmp_path: Path, part: int
) -> None:
    coda = serve(large_account(), clock=time.monotonic, blob_origin=f"http://{large_stock.file_host}")
    edit_all(coda.world)
    ground, chance = Ground(coda, tmp_path, large_stock), random.Random(part)
    begun = time.monotonic()
    assert ground.run(ground.trial()) == 0
    whole = time.monotonic() - begun
    for number in range(104 // PARTS if SLOW else 2):
        trial = ground.trial(first=number % 4 == 1)
        with ground.start(trial) as process:
            try:
                process.wait(whole * chance.uniform(0.3, 1.0))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        require_recovery(trial)
        shutil.rmtree(trial.folder)
