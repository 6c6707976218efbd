"""SIGINT and SIGTERM while rows are written: out within two seconds, also where Coda does not answer, and then on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coda_git_mirror.demo.server import SimulatedCoda
from tests.actions.writing.desk import tasks
from tests.commands.program import run
from tests.conftest import Serve
from tests.support import PROJECT, VirtualClock, mirror

ENDINGS = {signal.SIGINT: 130, signal.SIGTERM: 143}


def interrupted(coda: SimulatedCoda, folder: Path, ending: signal.Signals) -> tuple[int, float, str]:
    """The exit code, the seconds that it took, and what was said of a rollback that is ended at its third change."""
    words = ["rollback", "Plans", "Tasks", "--at", "HEAD", "--apply", "-o", str(folder)]
    environment = {**os.environ, "CODA_API_URL": coda.api_url, "CODA_API_TOKEN": coda.token}
    command = [sys.executable, "-m", "coda_git_mirror", *words]
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=-1, stderr=-1, text=True) as process:
        while coda.requests.count("PUT", "/rows/") < 2 and process.poll() is None:
            time.sleep(0.02)
        time.sleep(0.2)
        begun = time.monotonic()
        process.send_signal(ending)
        _, errors = process.communicate(timeout=30)
    return process.returncode, time.monotonic() - begun, errors


@pytest.mark.parametrize("is_silent", [True, False], ids=["silent", "answers"])
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.thinned(4)
def test_out_within_two_seconds(
    serve: Serve, clock: VirtualClock, folder: Path, ending: signal.Signals, is_silent: bool
) -> None:
    world = tasks(12)
    coda = serve(world, clock=time.monotonic)
    mirror(coda, folder, clock)
    for row in world.docs[0].table("Tasks").rows:
        row.set("Status", "Done")
    if is_silent:
        coda.on("PUT", "/rows/").stall(10, after=1)
    code, seconds, errors = interrupted(coda, folder, ending)
    assert code == ENDINGS[ending]
    assert seconds < 2
    assert "of 12 steps done; run it again" in errors
    assert "Traceback" not in errors
    coda.off()
    account = {"CODA_API_URL": coda.api_url, "CODA_API_TOKEN": coda.token}
    again = run("rollback", "Plans", "Tasks", "--at", "HEAD~1", "--apply", "-o", str(folder), cwd=folder, **account)
    assert again.returncode == 0, again.stderr
    assert {row.get("Status") for row in world.docs[0].table("Tasks").rows} == {"To do"}
    assert coda.requests.count("PUT", "/rows/") == 12
