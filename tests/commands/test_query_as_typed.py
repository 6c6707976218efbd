"""`query` as people type it: SQL out of a file, and a saved file that the disk does not take (browse.md, query)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.program import run
from tests.sql.made import MadeDoc, MadeTable, column, commit_states, mirror_files

TASKS = MadeTable("Tasks", [column("Task")], [{"c-Task": "Sell"}])
LIMITED = (
    "import resource, runpy, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)); "
    "sys.argv[0] = 'coda-git-mirror'; runpy.run_module('coda_git_mirror', run_name='__main__')"
)


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return commit_states(tmp_path_factory.mktemp("typed") / "mirror", [mirror_files([MadeDoc("Plans", [TASKS])])])


@pytest.mark.parametrize("comment", ["-- What is to be done?\n", "--all\n", "/* all */ "])
def test_sql_may_begin_with_a_comment(mirrored: Path, tmp_path: Path, comment: str) -> None:
    sql = f"{comment}SELECT Task FROM Tasks"
    answer = run("query", sql, "--format", "csv", "-o", str(mirrored), cwd=tmp_path)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "Task\nSell\n", "")


def test_a_comment_alone_is_no_sql(mirrored: Path, tmp_path: Path) -> None:
    answer = run("query", "-- nothing", "-o", str(mirrored), cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "There is no SQL" in answer.stderr


def test_an_option_that_is_none_is_told(mirrored: Path, tmp_path: Path) -> None:
    answer = run("query", "--formt", "csv", "-o", str(mirrored), cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "No such option '--formt'" in answer.stderr


def test_a_disk_that_is_full_is_that_of_the_file(mirrored: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIMITED, "query", "--save", "x.sqlite", "-o", str(mirrored)]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert f"SQLite could not write {tmp_path / 'x.sqlite'}, or what it works on" in answer.stderr
    assert "name another file with --save" in answer.stderr


def test_the_past_is_read_for_history_alone(mirrored: Path, tmp_path: Path) -> None:
    index = mirrored / ".git/coda-git-mirror/index.sqlite"
    for sql, is_there in (("SELECT * FROM Tasks, pages", False), ("SELECT * FROM history", True)):
        index.unlink(missing_ok=True)
        assert run("query", sql, "-o", str(mirrored), cwd=tmp_path).returncode == 0
        assert index.exists() == is_there
