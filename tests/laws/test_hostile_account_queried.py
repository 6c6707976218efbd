"""The most hostile account, and cells of every kind in every type of column, asked by SQL (browse.md, query)."""

from __future__ import annotations

import csv
import io
import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.sql.names import quoted
from tests.commands.program import run
from tests.every_column import EveryColumn, every_column
from tests.laws.test_hostile_account import _all_at_once
from tests.odd_values import Values
from tests.support import VirtualClock, mirror


def mirrored(world: World, folder: Path) -> Path:
    clock = VirtualClock()
    with SimulatedCoda(world, clock=clock.now, limits=Limits.none()) as coda:
        assert mirror(coda, folder, clock, asset_hosts=frozenset({coda.asset_hosts})).problems == ()
    return folder


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mirrored(_all_at_once(), tmp_path_factory.mktemp("hostile") / "mirror")


def listed(folder: Path) -> list[dict[str, Any]]:
    answer = run("query", "--format", "json", "-o", str(folder), cwd=folder.parent)
    assert (answer.returncode, answer.stderr) == (0, "")
    tables: list[dict[str, Any]] = json.loads(answer.stdout)
    return tables


def test_every_table_and_view_says_what_its_csv_says(hostile: Path) -> None:
    saved = hostile.parent / "all.sqlite"
    assert run("query", "--save", str(saved), "-o", str(hostile), cwd=hostile.parent).returncode == 0
    grids = [table for table in listed(hostile) if table["doc"]]
    assert len(grids) > 50
    with closing(sqlite3.connect(saved)) as database:
        for grid in grids:
            rows = [
                database.execute(f"SELECT * FROM {quoted(name)}").fetchall()
                for name in (grid["table"], grid["name"])
                if name is not None
            ]
            doc, *_, stem = grid["table"].split("/")
            path = hostile / "docs" / doc / f"{grid['kind']}s" / f"{stem}.csv"
            header, *expected = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
            assert [[["" if cell is None else cell for cell in row] for row in each] for each in rows] == [
                expected for _ in rows
            ]
            assert len(header) == len(grid["columns"])
        [(pages,)] = database.execute("SELECT count(*) FROM pages")
        assert pages == next(table["rows"] for table in listed(hostile) if table["table"] == "pages")


@pytest.mark.thinned(6)
@pytest.mark.parametrize("number", range(12))
def test_every_listed_name_can_be_asked(hostile: Path, number: int) -> None:
    for table in listed(hostile)[number::48]:
        for name in filter(None, (table["table"], table["name"])):
            columns = ", ".join(quoted(column["name"]) for column in table["columns"])
            answer = run("query", f"SELECT {columns} FROM {quoted(name)}", "-o", str(hostile), cwd=hostile.parent)
            assert answer.returncode == 0, answer.stderr


def test_any_value_in_any_column_is_there_and_blank_only_where_its_csv_is(tmp_path: Path) -> None:
    there = every_column()
    values = Values(there, random.Random(7))
    for _ in range(40):
        there.table.add_row({column.name: values.row().get(column.id, "") for column in written(there)})
    folder = mirrored(there.world, tmp_path / "mirror")
    answer = run("query", "SELECT * FROM Everything", "--format", "json", "-o", str(folder), cwd=tmp_path)
    with (folder / "docs/plans/tables/everything.csv").open(encoding="utf-8", newline="") as file:
        texts = list(csv.DictReader(file))
    cells = json.loads(answer.stdout)
    assert len(cells) == len(texts) == 42
    for row, shown in zip(cells, texts, strict=True):
        assert row.keys() == shown.keys()
        for column, text in shown.items():
            require_same(row[column], text)


def written(there: EveryColumn) -> list[Column]:
    return [column for column in there.table.columns if column.writable]


def require_same(cell: Any, text: str) -> None:
    """A cell of SQL and what the CSV says: the same number, truth or text, or all members of a list."""
    if cell is None:
        assert text == ""
    elif text in ("TRUE", "FALSE") and cell in (0, 1):
        assert cell == (text == "TRUE")
    elif isinstance(cell, int | float):
        assert cell == float(text)
    elif cell != text:
        members = json.loads(cell)
        assert len(members) > 1
        assert all(cell_text(member) in text for member in members)
