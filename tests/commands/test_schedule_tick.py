"""A schedule's command does what it should: by the shell, and started by a cron daemon (cli.md, schedule)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coda_git_mirror.demo.server import SimulatedCoda
from tests.commands.program import run
from tests.commands.schedulers import HOSTILE, cron_daemon
from tests.commands.test_schedule import as_cron_reads
from tests.conftest import Serve
from tests.support import git, small_account

_LONGEST = 60


def bare(coda: SimulatedCoda) -> dict[str, str]:
    """What cron gives to a command, and where Coda is."""
    return {"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"], "CODA_API_URL": coda.api_url}


def test_a_tick_syncs_by_the_token_of_its_folder_and_the_next_one_is_not_due(serve: Serve, tmp_path: Path) -> None:
    coda = serve(small_account())
    name = "".join(HOSTILE).replace("/", "")
    (tmp_path / name).mkdir()
    (tmp_path / name / ".env").write_text(f"CODA_API_TOKEN={coda.token}\n")
    mirror = f"{name}/it"
    printed = run("schedule", "cron", "--no-push", "-o", mirror, cwd=tmp_path / name / "..").stdout
    assert coda.token not in printed
    command = as_cron_reads(printed.splitlines()[1])
    tick = {"cwd": tmp_path / name, "env": bare(coda), "capture_output": True, "text": True, "check": False}
    first = subprocess.run(["/bin/sh", "-c", command], **tick)  # type: ignore[call-overload]
    assert (first.returncode, first.stdout) == (0, ""), first.stderr
    assert "docs/plans/tables/tasks.csv" in git(tmp_path / mirror, "ls-files")
    asked = len(coda.requests)
    second = subprocess.run(["/bin/sh", "-c", command], **tick)  # type: ignore[call-overload]
    assert (second.returncode, second.stdout + second.stderr, len(coda.requests)) == (0, "", asked)


def wait_for(folder: Path) -> None:
    """Until a doc is in a mirror, as the daemon's own process puts it there."""
    look = f'until [ -d "$1" ] || [ $((n += 1)) -gt {_LONGEST * 5} ]; do sleep 0.2; done; [ -d "$1" ]'
    subprocess.run(["sh", "-c", look, "sh", folder], check=True)


def require_a_machine_of_ours() -> None:
    """Whoever has a crontab, or a daemon that would read another one, keeps both."""
    missing = [name for name in ("cron", "crontab", "faketime") if not shutil.which(name)]
    if missing:
        pytest.skip(f"there is no {missing[0]} here")
    if os.geteuid() != 0 or Path("/run/systemd/system").is_dir():
        pytest.skip("a cron daemon is started only as root, and where no system runs that has its own")
    if subprocess.run(["crontab", "-l"], capture_output=True, check=False).returncode == 0:
        pytest.skip("there is a crontab already, which stays as it is")
    if subprocess.run(["pgrep", "-x", "cron"], capture_output=True, check=False).returncode == 0:
        pytest.skip("a cron daemon runs already")


@contextmanager
def real_cron_daemon(now: str) -> Iterator[None]:
    """A daemon whose clock begins with a time of ours."""
    command = ["faketime", "-f", f"@{now}", "cron", "-f"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True) as process:
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def test_a_real_cron_daemon_runs_a_tick(serve: Serve, tmp_path: Path) -> None:
    """Its clock is two seconds before the tick; the tick itself has the time of the machine."""
    require_a_machine_of_ours()
    coda = serve(small_account())
    mirror = tmp_path / "50% of it's 🚲"
    assert run("init", "-o", str(mirror), cwd=tmp_path).returncode == 0
    (mirror / ".env").write_text(f"CODA_API_TOKEN={coda.token}\n")
    others = f"CODA_API_URL={coda.api_url}\nHOME={tmp_path}\n"
    install = ("schedule", "cron", "--install", "--no-push", "--at", "2:30", "-o", str(mirror))
    try:
        subprocess.run(["crontab", "-"], input=others.encode(), check=True)
        with cron_daemon(tmp_path):
            answer = run(*install, cwd=tmp_path)
            assert answer.returncode == 0, answer.stderr
        with real_cron_daemon("2026-11-30 02:29:58"):
            wait_for(mirror / "docs" / "plans")
        assert run("schedule", "cron", "--remove", "-o", str(mirror), cwd=tmp_path).returncode == 0
        assert subprocess.run(["crontab", "-l"], capture_output=True, check=True).stdout.decode() == others
    finally:
        subprocess.run(["crontab", "-r"], check=False)
