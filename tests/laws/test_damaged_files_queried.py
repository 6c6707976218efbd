"""Whatever lies in a tracked file, `query` answers or says in one sentence what is the matter (browse.md, query)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands.program import run
from tests.sql.made import MadeDoc, MadeTable, MadeView, column, commit_states, mirror_files

TABLE = MadeTable("Tasks", [column("Task"), column("Hours", "number")], [{"c-Task": "Sell", "c-Hours": 2}, {}])
VIEW = MadeView("Few", TABLE, TABLE.columns[:1], ["i-1", "i-0"])
FILES = mirror_files([MadeDoc("Plans", [TABLE], [VIEW], {"Notes": "Text.\n"}), MadeDoc("Shop")])
SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "no text": lambda content: b"\xff\xfe\0" + content,
    "the half of it": lambda content: content[: len(content) // 2],
    "null": lambda _: b"null\n",
    "a list": lambda _: b"[1]\n",
    "quotes": lambda content: content.replace(b'"', b"'"),
    "texts for numbers": lambda content: content.replace(b"2", b'"x"'),
    "objects for texts": lambda content: content.replace(b'"Tasks"', b"{}").replace(b'"Task"', b"{}"),
    "deep": lambda _: b"[" * 100_000,
    "twice": lambda content: content * 2,
}
ASKED = ("SELECT * FROM Tasks", "SELECT * FROM Few", "SELECT * FROM pages, history")


@pytest.mark.thinned(17)
@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize("path", sorted(FILES))
def test_no_file_can_make_it_fail_unexpectedly(tmp_path: Path, path: str, how: str) -> None:
    folder = commit_states(tmp_path / "mirror", [FILES, {**FILES, path: SPOILT[how](FILES[path])}])
    for words in ((), *((sql,) for sql in ASKED), ("--save", "x.sqlite")):
        answer = run("query", *words, "-o", str(folder), cwd=tmp_path)
        assert answer.returncode in (0, 1, 2, 3), answer.stderr
        assert "unexpected" not in answer.stderr, answer.stderr
        assert all(line.startswith(("Error: ", "Note: ")) for line in answer.stderr.splitlines())
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as saved:
        assert saved.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    before = run("query", ASKED[0], "--at", "HEAD~1", "--format", "csv", "-o", str(folder), cwd=tmp_path)
    assert before.stdout == "Task,Hours,Coda row id\nSell,2,i-0\n,,i-1\n"
