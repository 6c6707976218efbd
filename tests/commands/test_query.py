"""`query`: the mirror's tables by SQL (browse.md, query; browse.md, Exactly)."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.model.ledger import Problem
from tests.commands.program import run
from tests.sql.made import MadeDoc, MadeTable, MadeView, column, commit_states, mirror_files
from tests.support import git

TASK, STATUS, HOURS, DONE, DUE, OWNER = (
    column("Task"),
    column("Status", "select"),
    column("Hours", "number"),
    column("Done", "checkbox"),
    column("Due", "date"),
    column("Owner", "person"),
)
ADA, BEN = ({"@type": "Person", "name": name, "email": f"{name}@example.org"} for name in ("Ada", "Ben"))
TASKS = MadeTable(
    "Tasks",
    [TASK, STATUS, HOURS, DONE, DUE, OWNER],
    [
        {TASK.id: "```Ship it```", STATUS.id: "Open", HOURS.id: 3, DONE.id: False, DUE.id: "2026-03-31T00:00:00-07:00"},
        {TASK.id: "Sell", STATUS.id: "Open", HOURS.id: 2.5, DONE.id: True, OWNER.id: ADA},
        {TASK.id: "Rest", STATUS.id: "", HOURS.id: "", OWNER.id: [ADA, BEN]},
    ],
)
OPEN = MadeView("Open tasks", TASKS, [HOURS, TASK], ["i-1", "i-0"], slug="open-tasks")
PARTS = MadeTable("Parts", [column("Part")], [{"c-Part": "Wheel"}])
PLANS = MadeDoc("Plans", [TASKS, PARTS], [OPEN], {"Notes": "First line.\n", "Review": "What went *well*.\n"})
SHOP = MadeDoc("Shop", [MadeTable("parts", [column("Part")], [{"c-Part": "Bell"}])])
LATER = MadeTable("Tasks", TASKS.columns, [*TASKS.rows, {TASK.id: "Later", HOURS.id: 10}])
FAILED = Problem("table", "Plans", "Tasks", "HTTP 500", "failed", "d-Plans", "t-Tasks")
NEVER = Problem("table", "Plans", "Orders", "HTTP 504", "failed", "d-Plans", "t-Orders")


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror of two docs after three syncs, of which the last could not read two tables."""
    pages = {"Notes": "First line.\nSecond line.\n", "Review": "What went *well*.\n"}
    later = MadeDoc("Plans", [LATER, PARTS], [OPEN], pages, unread=[("t-Orders", "Orders")])
    states = [[PLANS], [PLANS, SHOP], [later, SHOP]]
    problems = [(), (), (FAILED, NEVER)]
    folder = tmp_path_factory.mktemp("query") / "mirror"
    files = (mirror_files(docs, listed) for docs, listed in zip(states, problems, strict=True))
    return commit_states(folder, list(files))


@pytest.fixture
def ask(mirrored: Path, tmp_path: Path) -> Any:
    """The rows that SQL gives, as lists; nothing of the mirror changes, and no token is read."""

    def rows(sql: str, *options: str) -> list[list[Any]]:
        answer = run("query", sql, "--format", "json", *options, "-o", str(mirrored), cwd=tmp_path)
        assert answer.returncode == 0, answer.stderr
        return [list(row.values()) for row in json.loads(answer.stdout)]

    return rows


def refused(mirrored: Path, tmp_path: Path, *words: str) -> str:
    answer = run("query", *words, "-o", str(mirrored), cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, "")
    [error] = [line for line in answer.stderr.splitlines() if not line.startswith("Note: ")]
    assert error.startswith("Error: ")
    return error


def test_tables_have_full_names_and_own_ones(ask: Any) -> None:
    assert ask('SELECT count(*) FROM "plans/tasks"') == [[4]]
    assert ask("SELECT count(*) FROM Tasks") == ask("SELECT count(*) FROM tASKS") == [[4]]
    assert ask('SELECT a.Part, b.Part FROM "plans/parts" a, "SHOP/parts" b') == [["Wheel", "Bell"]]
    assert ask("SELECT Part FROM parts", "--doc", "Shop") == [["Bell"]]
    assert ask('SELECT count(*) FROM main."plans/tasks", main.Tasks') == [[16]]


def test_cells_have_types_and_blanks_are_null(ask: Any) -> None:
    assert ask("SELECT * FROM Tasks") == [
        ["Ship it", "Open", 3, 0, "2026-03-31", None, "i-0"],
        ["Sell", "Open", 2.5, 1, None, "Ada", "i-1"],
        ["Rest", None, None, None, None, '["Ada", "Ben"]', "i-2"],
        ["Later", None, 10, None, None, None, "i-3"],
    ]
    assert ask("SELECT sum(Hours), count(Status) FROM Tasks WHERE Done IS NOT 1") == [[13, 1]]
    assert ask("SELECT typeof(Hours) FROM Tasks") == [["integer"], ["real"], ["null"], ["integer"]]


def test_views_show_their_columns_and_rows_in_their_order(ask: Any) -> None:
    assert ask('SELECT * FROM "Open tasks"') == [[2.5, "Sell", "i-1"], [3, "Ship it", "i-0"]]
    assert ask('SELECT t.Status FROM "plans/open-tasks" o JOIN Tasks t USING ("Coda row id")') == [["Open"], ["Open"]]


def test_pages_are_a_table(ask: Any) -> None:
    assert ask("SELECT * FROM pages") == [
        ["d-Plans", "p-Notes", "Notes", "docs/plans/pages/notes.md", None, "2026-01-02T03:04:05.000Z",
         "First line.\nSecond line.\n"],
        ["d-Plans", "p-Review", "Review", "docs/plans/pages/review.md", None, "2026-01-02T03:04:05.000Z",
         "What went *well*.\n"],
    ]  # fmt: skip
    assert ask("SELECT name FROM pages WHERE markdown LIKE '%WELL%'") == [["Review"]]


def test_history_is_a_table_up_to_the_revision(ask: Any, mirrored: Path) -> None:
    head, middle, _ = git(mirrored, "log", "--format=%H").split()
    rows = ask("SELECT item, revision, date, what FROM history WHERE doc = 'd-Plans' AND item = 'p-Notes'")
    assert rows[0] == ["p-Notes", head, "2026-03-03T12:00:00+00:00", "1 line added"]
    assert len(rows) == 2
    then = ask("SELECT max(date), count(*) FROM history WHERE item IN ('p-Notes', 'd-Shop')", "--at", middle)
    assert then == [["2026-03-02T12:00:00+00:00", 2]]
    assert ask("SELECT DISTINCT doc FROM history", "--doc", "Shop") == [["d-Shop"]]


@pytest.mark.parametrize("at", ["HEAD~1", "2026-03-02", "2026-03-02T13:00Z"])
def test_any_revision_can_be_asked(ask: Any, at: str) -> None:
    assert ask("SELECT count(*) FROM Tasks", "--at", at) == [[3]]
    assert ask("SELECT count(*) FROM Parts", "--at", "HEAD~2") == [[1]]


def test_the_ledger_is_told(mirrored: Path, tmp_path: Path) -> None:
    answer = run("query", "SELECT 1 FROM Tasks", "-o", str(mirrored), cwd=tmp_path)
    assert answer.returncode == 0
    assert answer.stderr == "Note: plans/tasks is as it could be read last (HTTP 500).\n"
    assert run("query", "SELECT 1 FROM Parts", "--doc", "Shop", "-o", str(mirrored), cwd=tmp_path).stderr == ""
    assert "has no rows of 'Orders' (HTTP 504)" in refused(mirrored, tmp_path, "SELECT * FROM Orders")


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM Taks", "There is no table 'Taks'; near are \"Tasks\""),
        ('SELECT * FROM "plan/task"', '"plans/tasks"'),
        ("SELECT * FROM Parts", '"plans/parts", "shop/parts"'),
        ("SELECT Stauts FROM Tasks", "There is no column 'Stauts'; near are \"Status\""),
        ('SELECT "Stauts" FROM Tasks', 'near are "Status"'),
        ('SELECT count(*) FROM Tasks WHERE Status = "Open"', "Texts stand in single quotes"),
        ("SELECT t.Taks FROM Tasks t", 'near are "Task"'),
        ("SELECT FROM Tasks", "syntax error"),
        ("SELECT * FROM plans/tasks", "stand in double quotes"),
        ("SELECT nope(1)", "no such function"),
        ("SELECT json('{')", "malformed JSON"),
        ("SELECT ? FROM Tasks", "parameter"),
    ],
)
def test_wrong_sql_is_told_in_one_sentence(mirrored: Path, tmp_path: Path, sql: str, told: str) -> None:
    assert told in refused(mirrored, tmp_path, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM Tasks",
        "WITH x AS (SELECT 1) INSERT INTO Tasks SELECT 1",
        "WITH x AS (SELECT 1) UPDATE Tasks SET Task = 1",
        "WITH x AS (SELECT 1) DELETE FROM pages",
        "EXPLAIN DELETE FROM Tasks",
        "EXPLAIN CREATE TABLE x (a)",
        "CREATE TEMP TABLE x AS SELECT 1",
        "DROP TABLE Tasks",
        "ATTACH 'x.sqlite' AS x",
        "VACUUM INTO 'x.sqlite'",
        "EXPLAIN VACUUM INTO 'x.sqlite'",
        "PRAGMA query_only = 0",
        "PRAGMA writable_schema = 1",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA temp_store_directory = '/'",
        "SELECT load_extension('x')",
        "SELECT readfile('/etc/hostname')",
        "SELECT writefile('x', 'y')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT 1; DROP TABLE Tasks",
    ],
)
def test_a_write_is_refused(mirrored: Path, tmp_path: Path, sql: str) -> None:
    before = {path for path in mirrored.rglob("*") if "coda-git-mirror" not in path.parts}
    refused(mirrored, tmp_path, sql)
    assert list(tmp_path.iterdir()) == []
    assert {path for path in mirrored.rglob("*") if "coda-git-mirror" not in path.parts} == before


def test_what_tells_of_tables_is_allowed(ask: Any) -> None:
    assert ["Tasks"] in ask("SELECT name FROM sqlite_schema WHERE type = 'view'")
    assert ask("SELECT name, type FROM pragma_table_info('plans/tasks') LIMIT 3") == [
        ["Task", "TEXT"], ["Status", "TEXT"], ["Hours", "NUMERIC"],
    ]  # fmt: skip
    assert [row[1] for row in ask("PRAGMA table_info(Parts)", "--doc", "Plans")] == ["Part", "Coda row id"]
    assert ask("EXPLAIN QUERY PLAN SELECT * FROM Tasks")[0][-1] == "SCAN plans/tasks"
    people = "SELECT value FROM Tasks, json_each(Owner) WHERE json_valid(Owner)"
    assert ask(people) == [["Ada"], ["Ben"]]


def test_the_formats(mirrored: Path, tmp_path: Path) -> None:
    sql = "SELECT Task, Hours AS h, Hours AS h, 'é' || char(10) || '\"x\"' AS odd FROM Tasks LIMIT 2"

    def printed(form: str) -> str:
        return run("query", sql, "--format", form, "-o", str(mirrored), cwd=tmp_path).stdout

    rows = [{"Task": "Ship it", "h": 3, "h (2)": 3, "odd": 'é\n"x"'}, {"Task": "Sell", "h": 2.5, "h (2)": 2.5}]
    rows[1]["odd"] = rows[0]["odd"]
    assert json.loads(printed("json")) == rows
    assert printed("json").isascii()
    assert [json.loads(line) for line in printed("jsonl").splitlines()] == rows
    assert list(csv.reader(io.StringIO(printed("csv")))) == [
        ["Task", "h", "h", "odd"], ["Ship it", "3", "3", 'é\n"x"'], ["Sell", "2.5", "2.5", 'é\n"x"'],
    ]  # fmt: skip
    assert printed("table") == (
        "Task       h    h  odd\n-------  ---  ---  -----\n"
        'Ship it    3    3  é↵"x"\nSell     2.5  2.5  é↵"x"\n\n2 rows\n'
    )


def test_an_empty_answer_in_each_format(mirrored: Path, tmp_path: Path) -> None:
    sql = "SELECT Task FROM Tasks WHERE 0"
    answers = {
        form: run("query", sql, "--format", form, "-o", str(mirrored), cwd=tmp_path).stdout
        for form in ("table", "csv", "json", "jsonl")
    }
    assert answers == {"table": "Task\n----\n\n0 rows\n", "csv": "Task\n", "json": "[]\n", "jsonl": ""}


def test_values_that_no_cell_has(ask: Any) -> None:
    sql = "SELECT 9e999, -9e999, x'68c3a9', x'ff', 9223372036854775807, 1e300, CAST(x'ff41' AS TEXT)"
    values = ["inf", "-inf", "hé", "X'FF'", 2**63 - 1, 1e300, "\ufffdA"]
    assert ask(sql) == [values]


def test_a_table_for_people_is_aligned_and_not_cut(mirrored: Path, tmp_path: Path) -> None:
    rows = ["'東京', printf('%.300c', 'x')", "'Oslo', ''", "'e' || char(769), 'a' || char(27)"]
    sql = f"WITH t(town, long) AS (VALUES ({'), ('.join(rows)})) SELECT * FROM t"
    lines = run("query", sql, "-o", str(mirrored), cwd=tmp_path).stdout.splitlines()
    assert lines[0] == "town  long"
    assert lines[2] == "東京  " + "x" * 300
    assert lines[4] == "e\u0301     a\\x1b"


def test_without_sql_tables_and_columns_are_listed(mirrored: Path, tmp_path: Path) -> None:
    answer = run("query", "--format", "json", "-o", str(mirrored), cwd=tmp_path)
    listed = {table["table"]: table for table in json.loads(answer.stdout)}
    assert list(listed) == ["plans/parts", "plans/tasks", "plans/open-tasks", "shop/parts", "pages", "history"]
    assert listed["plans/open-tasks"] == {
        "table": "plans/open-tasks", "name": "Open tasks", "doc": "d-Plans", "kind": "view", "rows": 2,
        "columns": [
            {"name": "Hours", "type": "number"}, {"name": "Task", "type": "text"},
            {"name": "Coda row id", "type": "text"},
        ],
    }  # fmt: skip
    assert [listed[name]["name"] for name in ("plans/parts", "plans/tasks", "shop/parts")] == [None, "Tasks", None]
    text = run("query", "-o", str(mirrored), cwd=tmp_path).stdout
    assert '"plans/tasks", or "Tasks"  4 rows\n    "Task"  text\n    "Status"  select\n' in text
    table = run("query", "--format", "csv", "--doc", "Shop", "-o", str(mirrored), cwd=tmp_path).stdout
    assert table.splitlines()[:3] == [
        "table,name,doc,kind,rows,column,type",
        "shop/parts,parts,d-Shop,table,1,Part,text",
        "shop/parts,parts,d-Shop,table,1,Coda row id,text",
    ]
    lines = run("query", "--format", "jsonl", "-o", str(mirrored), cwd=tmp_path).stdout.splitlines()
    assert [json.loads(line) for line in lines] == list(listed.values())


def test_sql_in_several_words_is_refused(mirrored: Path, tmp_path: Path) -> None:
    assert "put all of it in quotes" in refused(mirrored, tmp_path, "SELECT", "1")


def test_wrong_docs_and_revisions_are_refused(mirrored: Path, tmp_path: Path) -> None:
    assert "it has: Plans, Shop" in refused(mirrored, tmp_path, "SELECT 1", "--doc", "Nothing")
    assert "first is of" in refused(mirrored, tmp_path, "SELECT 1", "--at", "2025-01-01")
    answer = run("query", "SELECT 1", "-o", str(tmp_path), cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (1, "")


def test_nothing_of_the_mirror_changes(mirrored: Path, tmp_path: Path) -> None:
    def state() -> tuple[str, str, bytes]:
        index = (mirrored / ".git/index").read_bytes()
        return git(mirrored, "status", "--porcelain"), git(mirrored, "for-each-ref"), index

    before = state()
    for sql in ("SELECT * FROM Tasks", "SELECT * FROM history"):
        assert run("query", sql, "-o", str(mirrored), cwd=tmp_path, CODA_API_TOKEN_FILE="/nowhere").returncode == 0
    assert state() == before
    assert list(tmp_path.iterdir()) == []
