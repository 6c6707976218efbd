"""`query --save`: a file for other programs, complete or not there (browse.md, query; faults.md, row 125)."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.sql.database import Database
from tests.commands.program import run
from tests.sql.made import MadeDoc, MadeTable, MadeView, column, commit_states, mirror_files

TASKS = MadeTable(
    "Tasks",
    [column("Task"), column("Hours", "number"), column("Done", "checkbox")],
    [{"c-Task": "Sell", "c-Hours": 2.5, "c-Done": True}, {"c-Task": "Rest", "c-Hours": 3}],
)
VIEW = MadeView("Few", TASKS, TASKS.columns[:1], ["i-1"])
DOCS = [MadeDoc("Plans", [TASKS], [VIEW], {"Notes": "Text.\n"}), MadeDoc("Shop", [MadeTable("Äpfel", [column("A")])])]


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return commit_states(tmp_path_factory.mktemp("save") / "mirror", [mirror_files(DOCS)])


def rows(file: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()


def test_all_is_in_the_file_under_all_names(mirrored: Path, tmp_path: Path) -> None:
    answer = run("query", "--save", "x.sqlite", "-o", str(mirrored), cwd=tmp_path)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout == f"Saved 2 tables, 1 view, pages and history in {tmp_path / 'x.sqlite'}.\n"
    file = tmp_path / "x.sqlite"
    assert rows(file, "SELECT * FROM Tasks") == [("Sell", 2.5, 1, "i-0"), ("Rest", 3, None, "i-1")]
    assert rows(file, "SELECT * FROM Few") == rows(file, 'SELECT * FROM "plans/few"') == [("Rest", "i-1")]
    assert rows(file, 'SELECT count(*) FROM "Äpfel", "shop/äpfel"') == [(0,)]
    assert rows(file, "SELECT name, markdown FROM pages") == [("Notes", "Text.\n")]
    assert rows(file, "SELECT DISTINCT doc FROM history") == [("d-Plans",), ("d-Shop",)]
    assert rows(file, "PRAGMA integrity_check") == [("ok",)]
    assert [type_ for _, _, type_, *_ in rows(file, 'PRAGMA table_info("plans/tasks")')] == [
        "TEXT", "NUMERIC", "INTEGER", "TEXT",
    ]  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["x.sqlite"]


def test_only_chosen_docs_are_saved_and_sql_is_answered_too(mirrored: Path, tmp_path: Path) -> None:
    words = ("SELECT count(*) AS n FROM tasks", "--save", "x.sqlite", "--doc", "Plans", "--format", "csv")
    answer = run("query", *words, "-o", str(mirrored), cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (0, "n\n2\n")
    assert answer.stderr.startswith("Saved 1 table, 1 view")
    assert rows(tmp_path / "x.sqlite", "SELECT count(*) FROM sqlite_master WHERE name LIKE 'shop%'") == [(0,)]
    other = run("query", 'SELECT * FROM "äpfel"', "--save", "y.sqlite", "-o", str(mirrored), cwd=tmp_path)
    assert other.returncode == 0, other.stderr


@pytest.mark.parametrize("blocking", ["file", "folder", "dangling link", "no folder"])
def test_nothing_is_written_over(mirrored: Path, tmp_path: Path, blocking: str) -> None:
    file = tmp_path / "x.sqlite"
    if blocking == "file":
        file.write_text("mine")
    elif blocking == "folder":
        file.mkdir()
    elif blocking == "dangling link":
        file.symlink_to(tmp_path / "nowhere")
    else:
        file = tmp_path / "nowhere" / "x.sqlite"
    before = sorted(tmp_path.iterdir())
    answer = run("query", "--save", str(file), "-o", str(mirrored), cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert sorted(tmp_path.iterdir()) == before
    assert blocking != "file" or file.read_text() == "mine"


def test_no_file_comes_into_the_mirror(mirrored: Path, tmp_path: Path) -> None:
    answer = run("query", "--save", "x.sqlite", "-o", str(mirrored), cwd=mirrored)
    assert answer.returncode == 2
    assert "lies in the mirror" in answer.stderr
    assert not (mirrored / "x.sqlite").exists()
    assert tmp_path.is_dir()


def test_wrong_sql_saves_nothing(mirrored: Path, tmp_path: Path) -> None:
    assert run("query", "SELECT x", "--save", "x.sqlite", "-o", str(mirrored), cwd=tmp_path).returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_leaves_nothing_behind(mirrored: Path, tmp_path: Path) -> None:
    program = f"import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)); {_RUN}"
    command = [sys.executable, "-c", program, "query", "--save", "x.sqlite", "-o", str(mirrored)]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "Error: " in answer.stderr
    assert list(tmp_path.iterdir()) == []


_RUN = (
    "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    "sys.argv[0] = 'coda-git-mirror'; runpy.run_module('coda_git_mirror', run_name='__main__')"
)


def test_a_saved_file_is_read_only_when_it_is_asked(mirrored: Path, tmp_path: Path) -> None:
    assert run("query", "--save", "x.sqlite", "-o", str(mirrored), cwd=tmp_path).returncode == 0
    with closing(Database.reading(tmp_path / "x.sqlite")) as database, pytest.raises(sqlite3.OperationalError):
        database.run("DELETE FROM pages")


def test_sqlite_utils_reads_it(mirrored: Path, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("sqlite-utils")
    if not program.exists():
        pytest.skip("sqlite-utils is not installed")
    assert run("query", "--save", "x.sqlite", "-o", str(mirrored), cwd=tmp_path).returncode == 0

    def said(*words: str) -> Any:
        answer = subprocess.run([str(program), *words], cwd=tmp_path, capture_output=True, text=True, check=True)
        return json.loads(answer.stdout)

    tables = {table["table"]: table for table in said("tables", "x.sqlite", "--counts", "--columns")}
    assert tables["plans/tasks"]["count"] == 2
    assert tables["plans/tasks"]["columns"] == ["Task", "Hours", "Done", "Coda row id"]
    assert {view["view"] for view in said("views", "x.sqlite")} == {"Few", "Tasks", "plans/few", "Äpfel"}
    assert said("rows", "x.sqlite", "Tasks", "--limit", "1") == [
        {"Task": "Sell", "Hours": 2.5, "Done": 1, "Coda row id": "i-0"}
    ]


def test_datasette_serves_it(mirrored: Path, tmp_path: Path) -> None:
    program = shutil.which("datasette") or str(Path(sys.executable).with_name("datasette"))
    if not Path(program).exists():
        pytest.skip("datasette is not installed")
    assert run("query", "--save", "x.sqlite", "-o", str(mirrored), cwd=tmp_path).returncode == 0

    def got(path: str) -> Any:
        command = [program, "x.sqlite", "--get", path]
        return json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout)

    assert got("/x/Tasks.json?_shape=array")[0]["Task"] == "Sell"
    assert got("/x/plans~2Ftasks/i-1.json?_shape=array")[0]["Task"] == "Rest"


def test_pandas_reads_it(mirrored: Path, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    assert run("query", "--save", "x.sqlite", "-o", str(mirrored), cwd=tmp_path).returncode == 0
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as connection:
        frame = pandas.read_sql("SELECT * FROM Tasks", connection)
    assert frame["Hours"].sum() == 5.5
