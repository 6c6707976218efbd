"""Ticks, not appointments: a schedule starts a sync each hour, and it is due once a day (cli.md, sync)."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.clock import SystemClock
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.state.lock import MirrorLock
from coda_git_mirror.state.runs import Runs, read_runs, write_runs
from tests.commands.program import run
from tests.conftest import Serve
from tests.support import git, small_account

START = datetime(2026, 3, 2, 0, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Machine:
    """A machine with a mirror on it, whose time of day a test decides."""

    def __init__(self, coda: SimulatedCoda, folder: Path) -> None:
        self.coda, self.folder, self.now = coda, folder, START
        self.lacks_token = self.lacks_network = False

    @property
    def private(self) -> Path:
        return self.folder / ".git/coda-git-mirror"

    @property
    def runs(self) -> Runs:
        return read_runs(self.private)

    @property
    def log(self) -> list[str]:
        return (self.folder / "backup_log.txt").read_text().splitlines()

    def run(self, *arguments: str) -> tuple[int, str]:
        address = "https://coda.invalid/apis/v1" if self.lacks_network else self.coda.api_url
        environment = {"CODA_API_URL": address}
        if not self.lacks_token:
            environment["CODA_API_TOKEN"] = self.coda.token
        command, *others = arguments
        answer = run(command, "-o", str(self.folder), *others, cwd=self.folder.parent, **environment)
        return answer.returncode, answer.stdout

    def tick(self) -> int:
        return self.run("sync", "--every", "20h", "-q")[0]


@pytest.fixture
def machine(serve: Serve, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(serve(small_account(), clock=time.monotonic), folder)

    def resolve(host: str, *rest: Any, **options: Any) -> Any:
        if host == "coda.invalid":
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return genuine(host, *rest, **options)

    genuine = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(SystemClock, "present", lambda _: made.now)
    return made


def asleep(day: int, hour: int) -> bool:
    """A laptop that is closed at night, and for two whole days."""
    return hour < 7 or hour > 22 or day in (9, 10)


def test_thirty_days_of_ticks_are_one_success_a_day_whatever_comes_between(machine: Machine) -> None:
    """It fails on two mornings, and there is neither network nor token for some days."""
    successes: Counter[int] = Counter()
    failures, unwell = 0, set()
    for tick in range(30 * 24):
        machine.now = START + tick * HOUR
        day, hour = divmod(tick, 24)
        if asleep(day, hour):
            continue
        machine.lacks_network = (day == 4 and hour < 12) or (day == 15 and hour % 4 != 3) or day == 16
        machine.lacks_token = day == 20
        due = machine.runs.is_due(timedelta(hours=20), machine.now) if machine.private.exists() else True
        if due and (machine.lacks_network or machine.lacks_token) and hour % 4:
            continue  # of many ticks that fail alike some are enough
        code, logged = machine.tick(), len(machine.log)
        if not due:
            assert code == 0
            continue
        if machine.lacks_network or machine.lacks_token:
            failures += 1
            failure = machine.runs.last_failure
            assert failure
            assert (failure.at, failure.exit_code) == (machine.now, code)
            assert code == (2 if machine.lacks_token else 1)
            assert machine.log[-1].endswith(f"failed: {failure.sentence}")
        else:
            successes[day] += 1
            assert (code, machine.runs.last_success, machine.runs.failures) == (0, machine.now, 0)
        assert len(machine.log) == logged
        if hour == 20:
            unwell |= {day} if machine.run("status", "--check")[0] == 3 else set()
    assert set(successes.values()) == {1}
    assert set(range(30)) - successes.keys() == {9, 10, 16, 20}
    assert failures >= 6
    assert len(machine.log) == sum(successes.values()) + failures
    assert unwell == {16, 20}


def test_a_tick_that_is_not_due_ends_before_token_lock_and_network(machine: Machine) -> None:
    assert machine.tick() == 0
    log, asked, notes = machine.log, len(machine.coda.requests), sorted(machine.private.iterdir())
    machine.now += 19 * HOUR
    machine.lacks_token = machine.lacks_network = True
    with MirrorLock(machine.private):
        assert machine.run("sync", "--every", "20h") == (0, "")
        assert machine.run("sync", "--every", "20h", "--json") == (0, '{"due": false}\n')
    assert (machine.log, len(machine.coda.requests)) == (log, asked)
    assert sorted(path for path in machine.private.iterdir() if path.name != "lock") == [
        path for path in notes if path.name != "lock"
    ]
    machine.now += HOUR
    assert machine.tick() == 2


def test_a_tick_that_is_not_due_loads_nothing_that_takes_long(tmp_path: Path) -> None:
    write_runs(tmp_path / ".git/coda-git-mirror", Runs(datetime.now(UTC)))
    code = (
        "import sys; from coda_git_mirror.cli import run; "
        f"code = run(['sync', '--every', '20h', '-q', '-o', {str(tmp_path)!r}]); "
        "heavy = {'requests', 'git', 'rich', 'yaml', 'filelock', 'subprocess', 'keyring'}; "
        "print(code, sorted(heavy & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "0 []\n"


@pytest.mark.parametrize("flags", [("--doc", "Plans"), ("--pages-only",), ("--tables-only",), ("--exclude", "Other")])
def test_a_sync_of_a_part_makes_no_mirror_fresh(machine: Machine, flags: tuple[str, ...]) -> None:
    assert machine.run("sync", *flags)[0] == 0
    assert json.loads((machine.private / "runs.json").read_text()) == {
        "last_success": None,
        "last_failure": None,
        "failures": 0,
    }
    assert machine.run("status", "--check")[0] == 3


def test_a_dry_run_is_remembered_as_nothing(machine: Machine) -> None:
    assert machine.run("sync", "--dry-run")[0] == 0
    assert not machine.folder.exists()
    assert machine.tick() == 0
    before = (machine.private / "runs.json").read_bytes()
    machine.now += HOUR
    machine.lacks_token = True
    assert machine.run("sync", "--dry-run")[0] == 2
    assert (machine.private / "runs.json").read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"\0\xff",
        b"[]",
        b'{"last_success": {"at": "2026-03-02T00:07:00"}, "last_failure": null, "failures": 0}',
        b'{"last_success": {"at": "2126-03-02T00:07:00Z"}, "last_failure": null, "failures": 0}',
        b'{"last_success": {"at": "2026-03-02T00:07:00Z"}, "last_failure": null, "failures": "many"}',
    ],
)
def test_what_is_lost_or_spoilt_or_still_to_come_costs_one_sync(machine: Machine, content: bytes | None) -> None:
    assert machine.tick() == 0
    notes = machine.private / "runs.json"
    notes.unlink() if content is None else notes.write_bytes(content)
    machine.now += HOUR
    asked = len(machine.coda.requests)
    assert machine.tick() == 0
    assert len(machine.coda.requests) > asked
    assert machine.runs == Runs(machine.now)


def test_a_working_copy_beside_another_has_runs_of_its_own(machine: Machine, tmp_path: Path) -> None:
    assert machine.tick() == 0
    git(machine.folder, "branch", "spare")
    git(machine.folder, "switch", "--quiet", "spare")
    git(machine.folder, "worktree", "add", "--quiet", str(tmp_path / "beside"), "main")
    machine.folder = tmp_path / "beside"
    asked = len(machine.coda.requests)
    assert machine.tick() == 0
    assert len(machine.coda.requests) > asked
    assert machine.run("sync", "--every", "20h", "--json") == (0, '{"due": false}\n')


@pytest.mark.parametrize("text", ["", "20", "h", "1.5h", "-1h", "20 h", "20H", "1h30m", "٣h", "999999999999d"])
def test_what_is_no_duration_is_wrong_usage(machine: Machine, text: str) -> None:
    for command in (("sync", "--every", text), ("sync", "--for", text), ("status", "--check", "--max-age", text)):
        assert machine.run(*command)[0] == 2
    assert not machine.folder.exists()
