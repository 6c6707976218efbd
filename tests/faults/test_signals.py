"""faults.md, row 2: SIGINT and SIGTERM while waiting, fetching, writing and committing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Serve
from tests.faults.trial import Trial, account
from tests.support import VirtualClock

FETCHING = "coda.client:Client.ask"
INSTANTS = [
    (FETCHING, 12, "SIGINT"),
    ("clock:SystemClock.sleep", 1, "SIGTERM"),
    ("mirror.fetched:FetchedFiles.keep_text", 3, "SIGTERM"),
    ("mirror.staging:Staging.write", 5, "SIGINT"),
    ("mirror.repository:Repository.update_branch", 1, "SIGTERM"),
    ("mirror.working_copy:WorkingCopy.move_in", 1, "SIGTERM"),
    ("mirror.working_copy:WorkingCopy.move_in", 4, "SIGINT"),
    ("mirror.index:PreparedIndex.install", 1, "SIGTERM"),
]
CODES = {"SIGINT": (130, "Interrupted;"), "SIGTERM": (143, "Terminated;")}


@pytest.fixture
def live(serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path) -> Trial:
    """A mirror whose account lives by the machine's clock, as the program in another process does."""
    trial = Trial(serve(account(), clock=time.monotonic), folder, clock, tmp_path)
    trial.begin()
    trial.edit()
    trial.coda.new_client()
    return trial


@pytest.mark.parametrize(("place", "call", "name"), INSTANTS)
def test_02_a_signal_ends_the_program_soon_and_leaves_nothing_half_done(
    live: Trial, tmp_path: Path, place: str, call: int, name: str
) -> None:
    if place.startswith("clock:"):
        live.coda.on("GET", r"/rows$").fail(429, headers={"Retry-After": "60"})
    note = tmp_path / "instant"  # and no exports where they do not matter: they are begun at Coda's pace
    hosts = {"CODA_ASSET_HOSTS": live.file_host}
    command = [sys.executable, "-m", "tests.faults.signalled", place, str(call), name, str(note)]
    answer = subprocess.run(
        [*command, "sync", "-o", str(live.folder), *([] if "fetched" in place else ["--tables-only"])],
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
