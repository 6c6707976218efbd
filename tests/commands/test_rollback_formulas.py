"""`rollback` of tables in which Coda makes values itself: of the row, of other rows, of the row's id, of the time.

What it makes otherwise afterwards is told, and is no failure: nobody can write it (into-coda.md, Exactly).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from coda_git_mirror.demo.cells import Reference
from coda_git_mirror.demo.world import Column, Row, Table, World
from tests.begun import Begun
from tests.commands.program import run
from tests.commands.test_command_line import settings
from tests.commands.test_rollback import told
from tests.conftest import Serve

Ask = Callable[..., CompletedProcess[str]]
_OF_ROWS, _OF_ELSE = ("rollback", "Plans", "Tasks", "--at", "HEAD"), ("rollback", "Plans", "Entries", "--at", "HEAD")


def _points(row: Row) -> int:
    return int(row.get("Points") or 0)


def _share(row: Row) -> int:
    return 100 * _points(row) // max(1, sum(map(_points, row.table.rows)))


def _largest(row: Row) -> Reference:
    return Reference(max(row.table.rows, key=lambda each: (_points(each) < 20, _points(each))))


def account() -> World:
    """`Tasks` has formulas of its rows alone and a button, `Entries` such as depend on something else."""
    world = World()
    doc = world.add_doc("Plans")
    doc.add_page("Notes", markdown="A line.\n")
    tasks = doc.add_table("Tasks", [Column("Task"), Column("Points", "number")])
    tasks.add_column(Column("Twice", "number", formula="Points * 2", compute=lambda row: 2 * _points(row)))
    tasks.add_column(Column("Share", "number", formula="Points / All", compute=_share))
    tasks.add_column(Column("Largest", "lookup", table=tasks, formula="Tasks.Max()", compute=_largest))
    tasks.add_column(Column("Push", "button", compute=lambda row: f"Do {row.name}"))
    for number in range(4):
        tasks.add_row({"Task": f"Task {number}", "Points": number + 1})
    entries = doc.add_table("Entries", [Column("Entry"), Column("Text")])
    entries.add_column(Column("Id", formula="thisRow.RowId()", compute=lambda row: row.id))
    entries.add_column(Column("Age", "number", formula="Now()", compute=lambda _: 1))
    for number in range(3):
        entries.add_row({"Entry": f"Entry {number}", "Text": "as it was"})
    return world


@pytest.fixture
def world() -> World:
    return account()


@pytest.fixture
def ask(world: World, serve: Serve, tmp_path: Path, begun: Begun) -> Ask:
    """Runs the program in a mirror of the account as it was at first."""
    coda = serve(world, clock=time.monotonic)

    def sync(folder: Path) -> None:
        assert run("sync", "-o", str(folder), "-q", cwd=tmp_path, **settings(coda)).returncode == 0

    begun.put(tmp_path / "mirror", sync)
    return lambda *words: run(*words, cwd=tmp_path / "mirror", **settings(coda))


def held(table: Table, answer: dict[str, Any]) -> dict[str, int]:
    """What is held, by the names of the columns, with how many cells."""
    names = {column.id: column.name for column in table.columns}
    return {names[each["column"]]: each["cells"] for each in answer["held"]}


def test_formulas_of_rows_that_come_back_are_as_they_were(world: World, ask: Ask) -> None:
    tasks = world.doc("Plans").table("Tasks")
    tasks.rows[0].set("Points", 40)
    for row in (tasks.rows[3], tasks.rows[1]):
        row.delete()
    plan = told(ask(*_OF_ROWS, "--json"))
    assert held(tasks, plan) == {"Twice": 3, "Share": 4, "Largest": 4, "Push": 2}
    done = told(ask(*_OF_ROWS, "--apply", "--json"))
    assert [each["outcome"] for each in (*done["updates"], *done["inserts"])] == ["applied"] * 3
    assert done["held"] == []
    assert sorted((row.name, row.get("Twice"), row.get("Share")) for row in tasks.rows) == [
        ("Task 0", 2, 10), ("Task 1", 4, 20), ("Task 2", 6, 30), ("Task 3", 8, 40),
    ]  # fmt: skip
    assert told(ask(*_OF_ROWS, "--apply", "--json"))["applied"] is False


def test_what_coda_makes_otherwise_is_told(world: World, ask: Ask) -> None:
    entries = world.doc("Plans").table("Entries")
    entries.rows[0].set("Text", "other")
    entries.rows[1].delete()
    entries.column("Age").recalculate(lambda _: 2)
    answer = ask(*_OF_ELSE, "--apply")
    assert answer.returncode == 3, answer.stderr
    lines = answer.stdout.splitlines()
    told_at = lines.index("Made by Coda itself, and other than in the revision:")
    assert lines[told_at + 1 : told_at + 3] == [
        "  Id, 1 cell (calculated): is calculated by a formula",
        "  Age, 3 cells (calculated): is calculated by a formula",
    ]
    assert "Written and read back: 2 of 2 steps" in answer.stdout
    again = told(ask(*_OF_ELSE[:-1], "HEAD~2", "--apply", "--json"))
    assert (again["applied"], held(entries, again)) == (False, {"Id": 1, "Age": 3})


def test_the_object_counts_what_is_otherwise_once_all_is_written(world: World, ask: Ask) -> None:
    entries = world.doc("Plans").table("Entries")
    entries.rows[2].delete()
    entries.rows[0].set("Text", "other")
    entries.rows[1].set("Text", "other")
    row, text = entries.rows[0].id, entries.column("Text").id
    plan = told(ask(*_OF_ELSE, "--columns", "Text", "--json"))
    assert held(entries, plan) == {"Id": 1, "Age": 1}, "a lost row comes whole"
    entries.column("Age").recalculate(lambda _: 2)
    done = told(ask(*_OF_ELSE, "--row", row, "--apply", "--json"), 3)
    assert [(each["row"], each["column"]) for each in done["updates"]] == [(row, text)]
    assert held(entries, done) == {"Age": 1}, "only of the rows that are asked for"
    done = told(ask(*_OF_ELSE[:-1], "HEAD~2", "--columns", "Text", "--apply", "--json"), 3)
    assert held(entries, done) == {"Id": 1, "Age": 1}, "of other rows only the columns that are asked for"


def test_typed_values_of_a_column_that_is_a_formula_now_are_refused(world: World, ask: Ask) -> None:
    entries = world.doc("Plans").table("Entries")
    text = entries.column("Text")
    text.formula, text.compute = '"calculated"', lambda _: "calculated"
    entries.rows[1].set("Entry", "other")
    done = told(ask(*_OF_ELSE, "--apply", "--json"), 3)
    assert [each["outcome"] for each in done["updates"]] == ["applied"]
    assert held(entries, done) == {"Text": 3}
