"""A sync that ends for any reason at all is remembered, logged, and told by `status --check`.

It is what faults.md, row 95, asks for.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import World
from coda_git_mirror.state.runs import Failure, read_runs
from tests.begun import Begun
from tests.commands.listener import listening
from tests.commands.program import run
from tests.conftest import Serve
from tests.support import PROJECT, git

NAMES = 12


class Schedule:
    """A mirror that a schedule syncs."""

    def __init__(self, coda: SimulatedCoda, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.coda, self.folder, self.monkeypatch = coda, folder, monkeypatch
        self.environment = {"CODA_API_URL": coda.api_url, "CODA_API_TOKEN": coda.token}

    def sync(self, *flags: str) -> int:
        self.coda.new_client()
        return run("sync", "-o", str(self.folder), *flags, cwd=self.folder.parent, **self.environment).returncode

    @property
    def log(self) -> list[str]:
        return (self.folder / "backup_log.txt").read_text().splitlines()

    @property
    def findings(self) -> dict[str, str]:
        answer = run("status", "-o", str(self.folder), "--check", "--json", cwd=self.folder.parent)
        report = json.loads(answer.stdout)
        assert answer.returncode == (0 if report["ok"] else 3)
        return {finding["kind"]: finding["text"] for finding in report["findings"]}


@pytest.fixture
def schedule(serve: Serve, folder: Path, begun: Begun, monkeypatch: pytest.MonkeyPatch) -> Schedule:
    world = World()
    for number in range(NAMES):
        world.add_doc(f"Doc {number}").add_page("Notes", markdown="A line.\n")
    coda = serve(world, clock=time.monotonic)

    def first(there: Path) -> None:
        assert Schedule(coda, there, monkeypatch).sync() == 0

    begun.put(folder, first)
    return Schedule(coda, folder, monkeypatch)


def no_token(it: Schedule) -> None:
    del it.environment["CODA_API_TOKEN"]


def refused_token(it: Schedule) -> None:
    it.environment["CODA_API_TOKEN"] = "a-token-that-nobody-knows"


def no_network(it: Schedule) -> None:
    def fails(host: str, *rest: Any, **options: Any) -> Any:
        if host == "coda.invalid":
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return genuine(host, *rest, **options)

    genuine = socket.getaddrinfo
    it.environment["CODA_API_URL"] = "https://coda.invalid/apis/v1"
    it.monkeypatch.setattr(socket, "getaddrinfo", fails)


def nobody_answers(it: Schedule) -> None:
    it.environment["CODA_API_URL"] = "http://127.0.0.1:1/apis/v1"


def detached(it: Schedule) -> None:
    git(it.folder, "checkout", "--quiet", "--detach")


def unsaved_edit(it: Schedule) -> None:
    (it.folder / "backup_manifest.json").write_text("{}")


def unsound_settings(it: Schedule) -> None:
    (it.folder / "coda-mirror.toml").write_text("nonsense = 1\n")


def mass_deletion(it: Schedule) -> None:
    for doc in list(it.coda.world.docs)[1:]:
        doc.delete()


def full_disk(it: Schedule) -> None:
    """There is no room for a new file anywhere in the mirror."""
    it.coda.world.docs[0].page("Notes").rename("Remarks")

    def full(path: Any, flags: int, *rest: Any, **options: Any) -> int:
        if str(path).startswith(str(it.folder)) and flags & os.O_CREAT and not os.path.lexists(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return genuine(path, flags, *rest, **options)

    genuine = os.open
    it.monkeypatch.setattr(os, "open", full)


ENDINGS = [
    (no_token, 2, "no Coda API token"),
    (refused_token, 1, "401"),
    (no_network, 1, "coda.invalid"),
    (nobody_answers, 1, "CODA_API_URL"),
    (detached, 1, "detached"),
    (unsaved_edit, 1, "backup_manifest.json"),
    (unsound_settings, 2, "nonsense"),
    (mass_deletion, 1, "--allow-mass-delete"),
    (full_disk, 1, "No space left"),
]


@pytest.mark.parametrize(("ending", "code", "word"), ENDINGS, ids=[ending[0].__name__ for ending in ENDINGS])
def test_whatever_ends_a_sync_is_remembered_logged_and_told(
    schedule: Schedule, ending: Callable[[Schedule], None], code: int, word: str
) -> None:
    logged = len(schedule.log)
    ending(schedule)
    assert schedule.sync("-q") == code
    runs = read_runs(schedule.folder / ".git/coda-git-mirror")
    assert isinstance(runs.last_failure, Failure)
    assert (runs.last_failure.exit_code, runs.failures, runs.last_success is None) == (code, 1, False)
    assert word in runs.last_failure.sentence
    assert len(schedule.log) == logged + 1
    assert schedule.log[-1].endswith(f"failed: {runs.last_failure.sentence}")
    assert "failures" not in schedule.findings
    assert schedule.sync("-q") == code
    assert word in schedule.findings["failures"]


def test_a_push_that_fails_is_remembered_and_the_next_tick_tries_again(schedule: Schedule, tmp_path: Path) -> None:
    git(schedule.folder, "remote", "add", "origin", str(tmp_path / "nowhere.git"))
    assert schedule.sync("--push", "--every", "20h") == 0, "it is not due"
    assert [schedule.sync("--push"), schedule.sync("--push", "--every", "0s")] == [4, 4]
    assert {"failures", "unpushed"} <= schedule.findings.keys()


@pytest.mark.parametrize(("name", "code", "word"), [("SIGTERM", 143, "Terminated"), ("SIGINT", 130, "Interrupted")])
def test_a_signal_is_remembered_and_told_before_the_program_ends(
    schedule: Schedule, tmp_path: Path, name: str, code: int, word: str
) -> None:
    schedule.coda.world.docs[0].page("Notes").rename("Remarks")
    place = ("state.fetched:FetchedFiles.keep_text", "1", name, str(tmp_path / "note"))
    command = [sys.executable, "-m", "tests.faults.signalled", *place, "sync", "-o", str(schedule.folder)]
    with listening() as listener:
        environment = {**os.environ, **schedule.environment, "CODA_MIRROR_HEARTBEAT": listener.address}
        ended = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, check=False)
    assert listener.heard == ["GET /ping/uuid/start", f"POST /ping/uuid/{code}"]
    assert ended.returncode == code
    failure = read_runs(schedule.folder / ".git/coda-git-mirror").last_failure
    assert failure
    assert (failure.exit_code, failure.sentence.startswith(word)) == (code, True)
    assert word in schedule.log[-1]


def test_a_clone_that_never_synced_remembers_too(schedule: Schedule, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(schedule.folder), "clone")
    schedule.folder = tmp_path / "clone"
    no_token(schedule)
    assert schedule.sync() == 2
    assert read_runs(schedule.folder / ".git/coda-git-mirror").failures == 1
    assert "no Coda API token" in schedule.log[-1]
    assert git(schedule.folder, "status", "--porcelain") == ""
    assert {"age", "failures"} <= schedule.findings.keys()


def test_where_there_is_no_mirror_nothing_is_written(
    serve: Serve, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = Schedule(serve(World()), folder, monkeypatch)
    no_token(it)
    folder.mkdir()
    assert it.sync() == 2
    assert list(folder.iterdir()) == []
