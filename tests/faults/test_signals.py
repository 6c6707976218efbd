"""faults.md, row 2: SIGINT and SIGTERM while waiting, fetching, writing and committing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coda_git_mirror.demo.server import PageSizes
from tests.faults.conftest import Begin
from tests.faults.trial import Trial
from tests.remotes import add_hook, bare, ends, tip
from tests.support import git

FETCHING = "coda.client:Client.ask"
INSTANTS = [
    (FETCHING, 12, "SIGINT"),
    ("clock:SystemClock.sleep", 1, "SIGTERM"),
    ("state.fetched:FetchedFiles.keep_text", 3, "SIGTERM"),
    ("mirror.staging:Staging.write", 5, "SIGINT"),
    ("git.repository:Repository.update_branch", 1, "SIGTERM"),
    ("mirror.working_copy:WorkingCopy.move_in", 1, "SIGTERM"),
    ("mirror.working_copy:WorkingCopy.move_in", 4, "SIGINT"),
    ("git.prepared_index:PreparedIndex.install", 1, "SIGTERM"),
]
CODES = {"SIGINT": (130, "Interrupted;"), "SIGTERM": (143, "Terminated;")}


@pytest.fixture
def live(begin: Begin) -> Trial:
    """A mirror whose account lives by the machine's clock, as the program in another process does."""
    trial = begin(clock=time.monotonic, page_sizes=PageSizes())
    trial.edit()
    return trial


@pytest.mark.parametrize(("place", "call", "name"), INSTANTS)
def test_02_a_signal_ends_the_program_soon_and_leaves_nothing_half_done(
    live: Trial, tmp_path: Path, place: str, call: int, name: str
) -> None:
    if place.startswith("clock:"):
        live.coda.on("GET", r"/rows$").fail(429, headers={"Retry-After": "60"})
    note = tmp_path / "instant"
    hosts = {"CODA_ASSET_HOSTS": live.file_host}
    command = [sys.executable, "-m", "tests.faults.signalled", place, str(call), name, str(note)]
    answer = subprocess.run(
        [*command, "sync", "-o", str(live.folder)],
        env={**os.environ, **hosts, "CODA_API_URL": live.coda.api_url, "CODA_API_TOKEN": live.coda.token},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=30,
    )
    code, word = CODES[name]
    assert answer.returncode == code, answer.stderr
    assert time.monotonic() - float(note.read_text()) < 2
    assert word in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "Exception ignored" not in answer.stderr
    live.accept_head()
    live.check()


@pytest.mark.parametrize("name", CODES)
def test_02_a_signal_while_pushing_ends_git_too_and_keeps_the_commit(live: Trial, tmp_path: Path, name: str) -> None:
    remote, hanging = bare(tmp_path / "remote.git"), tmp_path / "hanging"
    git(live.folder, "remote", "add", "origin", str(remote))
    add_hook(remote, "pre-receive", f"echo $$ > {hanging}.new; mv {hanging}.new {hanging}; exec sleep 600")
    command = [sys.executable, "-m", "coda_git_mirror", "sync", "--push", "--tables-only", "-o", str(live.folder)]
    secrets = {"CODA_API_URL": live.coda.api_url, "CODA_API_TOKEN": live.coda.token}
    with subprocess.Popen(command, env={**os.environ, **secrets}, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 30
        while not hanging.exists():
            assert time.monotonic() < deadline, "the push did not begin"
            time.sleep(0.01)
        begun = time.monotonic()
        process.send_signal(getattr(signal, name))
        _, errors = process.communicate(timeout=30)
        assert time.monotonic() - begun < 2
    code, word = CODES[name]
    assert process.returncode == code, errors
    assert word in errors
    assert "Traceback" not in errors
    assert ends(int(hanging.read_text()))
    assert git(live.folder, "rev-parse", "HEAD~1").strip() == live.heads[0]
    assert git(remote, "for-each-ref") == ""
    (remote / "hooks/pre-receive").unlink()
    again = subprocess.run([*command[:3], "push", "-o", str(live.folder)], capture_output=True, text=True, check=True)
    assert again.stdout == f"Pushed 2 commits to origin ({remote}).\n"
    assert tip(remote) == live.head
    live.heads.append(live.head)
    live.check()
