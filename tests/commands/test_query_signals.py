"""A query that would never end is ended by Ctrl-C and SIGTERM (cli.md, Exit codes; faults.md, row 122)."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sql.made import MadeDoc, commit_states, mirror_files

COUNTING = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
ENDLESS = f"{COUNTING} SELECT 1 AS x UNION ALL SELECT x FROM c WHERE x < 0"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_query(tmp_path: Path, number: signal.Signals, code: int) -> None:
    folder = commit_states(tmp_path / "mirror", [mirror_files([MadeDoc("Doc")])])
    words = ["query", ENDLESS, "--format", "csv", "-o", str(folder)]
    command = [sys.executable, "-m", "coda_git_mirror", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "x\n"
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (code, "")
    assert "Traceback" not in errors


def test_a_reader_that_has_seen_enough_ends_it(tmp_path: Path) -> None:
    folder = commit_states(tmp_path / "mirror", [mirror_files([MadeDoc("Doc")])])
    words = ["query", f"{COUNTING} SELECT x FROM c", "--format", "jsonl", "-o", str(folder)]
    command = [sys.executable, "-m", "coda_git_mirror", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == '{"x": 1}\n'
        process.stdout.close()
        assert process.wait(60) == 0
