from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.changes.rows import compare_rows
from coda_git_mirror.format.tables import row_key, row_records
from coda_git_mirror.model.changes import RowCounts
from tests.format.strategies import ids, instants, prop

rows = st.fixed_dictionaries({"id": ids, "createdAt": instants, "values": st.dictionaries(ids, st.integers(0, 1))})
tables = st.lists(rows, max_size=12, unique_by=lambda row: str(row["id"]))


def lines(table: list[dict[str, Any]]) -> list[bytes]:
    return row_records(sorted(table, key=row_key))


def brute_force(old: list[bytes], new: list[bytes]) -> RowCounts:
    olds = {row_key(json.loads(line)): line for line in old}
    news = {row_key(json.loads(line)): line for line in new}
    return RowCounts(
        added=len(news.keys() - olds.keys()),
        changed=sum(olds[key] != news[key] for key in olds.keys() & news.keys()),
        removed=len(olds.keys() - news.keys()),
    )


@prop
@given(tables, tables)
def test_the_merge_counts_what_a_plain_comparison_counts(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
    assert compare_rows(iter(lines(old)), iter(lines(new))) == brute_force(lines(old), lines(new))


def test_nothing_against_nothing() -> None:
    assert compare_rows([], []) == RowCounts()


def test_what_is_no_row_is_refused() -> None:
    with pytest.raises(ValueError, match=r".*"):
        compare_rows([b"{not JSON\n"], [b'{"id":"r"}\n'])
