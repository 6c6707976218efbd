"""Names in SQL: own names without case, columns as in the CSV (browse.md, query)."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.tables import csv_names
from coda_git_mirror.sql.names import column_names, own_names, quoted
from tests.sql.made import column

NAMES = st.lists(st.text(st.sampled_from("aA (2)éÉß"), max_size=6), max_size=8)


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (["Name", "name", "NAME"], ["Name", "name (2)", "NAME (3)"]),
        (["A", "a", "A (2)"], ["A", "a (3)", "A (2)"]),
        (["coda row id"], ["coda row id (2)"]),
        (["ÄPFEL", "äpfel"], ["ÄPFEL", "äpfel (2)"]),
        (["", "x"], ["", "x"]),
    ],
)
def test_columns_that_differ_in_their_case_are_numbered(names: list[str], called: list[str]) -> None:
    assert column_names(names) == called


@given(NAMES)
def test_columns_are_called_as_in_the_csv_unless_case_forbids(names: list[str]) -> None:
    header = csv_names([column(name, column_id=str(place)) for place, name in enumerate(names)])
    called = column_names(header)
    assert len({name.casefold() for name in [*called, "Coda row id"]}) == len(called) + 1
    first: dict[str, int] = {}
    for place, name in enumerate(header):
        first.setdefault(name.casefold(), place)
    assert all(called[place] == header[place] for place in first.values() if header[place].casefold() != "coda row id")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE t ({', '.join(map(quoted, [*called, 'Coda row id']))})")


def test_own_names_are_those_of_one_table_and_kept_for_nothing_else() -> None:
    names = ["Tasks", "tasks", "Parts", "Pages", "HISTORY", "sqlite_master", "SQLite_x", "", "crm/parts", "Straße"]
    assert own_names(names, ["crm/parts"]) == [None, None, "Parts", *[None] * 6, "Straße"]
    assert own_names(["A\0b"], []) == ["A\ufffdb"]
