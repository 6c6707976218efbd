"""Tables of SQLite made of the lines of a JSONL (browse.md, query)."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.sql.database import Database
from coda_git_mirror.sql.tables import fill_table, layout_of
from coda_git_mirror.sql.values import column_values
from tests.sql.made import column

VALUES = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(-1e9, 1e9) | st.sampled_from(["007", "x", ""])
)
KINDS = st.sampled_from(["text", "number", "checkbox", "date", "currency", "select"])


def line(row_id: str, **values: Any) -> bytes:
    return json.dumps({"id": row_id, "values": values}).encode() + b"\n"


def filled(columns: list[tuple[str, str]], lines: list[bytes]) -> tuple[list[tuple[Any, ...]], dict[str, str]]:
    """The rows of a table, and the types of its columns."""
    layout = layout_of([column(name, kind, name) for name, kind in columns])
    with closing(Database.temporary()) as database:
        fill_table(database, "t", layout, lines)
        types = {str(name): str(type_) for _, name, type_, *_ in database.rows("PRAGMA table_info(t)")}
        return database.rows("SELECT * FROM t"), types


@given(KINDS, st.lists(VALUES, max_size=6))
def test_no_value_changes_for_the_sake_of_a_type(kind: str, values: list[Any]) -> None:
    rows, types = filled([("A", kind)], [line(f"i-{place}", A=value) for place, value in enumerate(values)])
    meant = column_values(values, kind)
    assert [row[0] for row in rows] == meant
    kept = {type(value) for value in meant} - {type(None)}
    assert (types["A"] == "") == (str in kept and len(kept) > 1)
    assert all(isinstance(row[0], int | float | str | None) for row in rows)


@pytest.mark.parametrize(
    ("kind", "values", "declared"),
    [
        ("number", [1, 2], "INTEGER"),
        ("number", [1.5], "REAL"),
        ("number", [1, 1.5], "NUMERIC"),
        ("number", ["a"], "TEXT"),
        ("number", ["a", 1], ""),
        ("number", [], "NUMERIC"),
        ("currency", [""], "NUMERIC"),
        ("checkbox", [True], "INTEGER"),
        ("checkbox", [], "INTEGER"),
        ("text", [], "TEXT"),
    ],
)
def test_columns_are_declared_as_what_is_in_them(kind: str, values: list[Any], declared: str) -> None:
    _, types = filled([("A", kind)], [line(f"i-{place}", A=value) for place, value in enumerate(values)])
    assert types == {"A": declared, "Coda row id": "TEXT"}


def test_rows_that_omit_cells_or_are_none() -> None:
    rows, _ = filled([("A", "text"), ("B", "text")], [line("i-1", B="b"), line("i-0", A="a", C="gone")])
    assert rows == [(None, "b", "i-1"), ("a", None, "i-0")]
    for lines in ([b"{}\n"], [b"no json\n"], [line("i-0"), line("i-0")]):
        with pytest.raises(DamagedContent):
            filled([("A", "text")], lines)


def test_a_large_table_is_never_in_memory() -> None:
    def lines() -> Iterator[bytes]:
        return (line(f"i-{place}", A=f"{place} " + "x" * 2_000) for place in range(20_000))

    layout = layout_of([column("A", "text", "A")])
    with closing(Database.temporary()) as database:
        tracemalloc.start()
        try:
            fill_table(database, "t", layout, lines())
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert database.rows("SELECT count(*) FROM t") == [(20_000,)]
    assert peak < 12_000_000, "40 MB of rows, of which a thousand wait at a time"
