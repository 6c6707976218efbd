"""A change of a table's columns is told once, and not in every row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coda_git_mirror.changes.cells import ColumnPair, compare_rows_of
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.format.tables import row_records
from coda_git_mirror.model.changes import RowCounts
from coda_git_mirror.model.content import Json
from tests.commands.program import run
from tests.commands.test_command_line import settings
from tests.support import git


@pytest.fixture
def coda() -> Iterator[SimulatedCoda]:
    world = World()
    rows = [{"Task": f"Task {number}", "Hours": str(number)} for number in range(30)]
    world.add_doc("Plans").add_table("Tasks", [Column("Task"), Column("Hours")], rows)
    with SimulatedCoda(world, limits=Limits.none()) as served:
        yield served


def told(coda: SimulatedCoda, folder: Path) -> tuple[list[str], str]:
    """The lines of `diff` about the table, and the commit's message."""
    answer = run("sync", "-o", "m", cwd=folder, **settings(coda))
    assert answer.returncode == 0, answer.stderr
    shown = run("diff", "-o", "m", cwd=folder).stdout.splitlines()
    return shown[3:], git(folder / "m", "log", "-1", "--format=%B")


def test_a_new_column_and_another_type_are_one_line(coda: SimulatedCoda, tmp_path: Path) -> None:
    told(coda, tmp_path)
    table = coda.world.doc("Plans").table("Tasks")
    table.add_column(Column("Done"))
    assert told(coda, tmp_path)[0] == ["  Table Tasks: 1 column changed", "      Tasks › Done: column added (text)"]
    table.rows[3].set("Done", "yes")
    lines, _ = told(coda, tmp_path)
    assert lines == ["  Table Tasks: 1 row changed", "      Tasks › Task 3 › Done: (empty) → yes"]
    hours = table.column("Hours")
    hours.type = "number"
    for row in table.rows:
        row.set("Hours", int(str(row.get("Hours"))))
    table.rows[4].set("Hours", 99)
    lines, message = told(coda, tmp_path)
    assert lines == [
        "  Table Tasks: 1 column changed, 1 row changed",
        "      Tasks › Hours: type text → number",
        "      Tasks › Task 4 › Hours: 4 → 99",
    ]
    assert "Table Tasks: column Hours changed, 1 row changed" in message
    table.delete_column("Done")
    lines, message = told(coda, tmp_path)
    assert lines == ["  Table Tasks: 1 column changed", "      Tasks › Done: column removed"]
    assert "row" not in message.split("\n\n")[1]
    life = run("log", "Plans", "Tasks", "Task 5", "-o", "m", cwd=tmp_path).stdout
    assert "reads the same" not in life
    assert len(life.splitlines()) == 3


def counted(kinds: tuple[str, str], cells: tuple[object, object]) -> RowCounts:
    columns: list[list[Json]] = [[{"id": "c", "name": "C", "format": {"type": kind}}] for kind in kinds]
    old, new = (row_records([{"id": "i", "name": "R", "values": {"c": cell}}]) for cell in cells)
    return compare_rows_of(old, new, ColumnPair(columns[0], columns[1]))


@pytest.mark.parametrize(
    ("kinds", "cells", "changed"),
    [
        (("text", "number"), ("5.0", 5), 0),
        (("text", "date"), ("2026-03-01", "2026-03-01T00:00:00.000-08:00"), 0),
        (("text", "person"), ("Ada", {"@type": "Person", "name": "Ada", "email": "a@b.c"}), 0),
        (("text", "checkbox"), ("true", True), 0),
        (("text", "checkbox"), ("", False), 0),
        (("checkbox", "text"), (False, ""), 0),
        (("text", "checkbox"), ("no", False), 1),
        (("text", "number"), ("five", ""), 1),
        (("text", "text"), ("5", 5), 1),
    ],
)
def test_of_another_type_only_what_it_means_counts(
    kinds: tuple[str, str], cells: tuple[object, object], changed: int
) -> None:
    assert counted(kinds, cells) == RowCounts(changed=changed)
