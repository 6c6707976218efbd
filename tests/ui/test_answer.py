"""Answers of SQL as people and programs get them (cli.md, query)."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from coda_git_mirror.model.answer import Answer
from coda_git_mirror.ui.answer import csv_pieces, json_pieces, jsonl_pieces, table_lines

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXTS | st.binary(max_size=5)
TABLES = st.integers(1, 6).flatmap(
    lambda width: st.tuples(
        st.lists(TEXTS, min_size=width, max_size=width),
        st.lists(st.lists(VALUES, min_size=width, max_size=width), max_size=5),
    )
)


def answer(table: tuple[list[str], list[list[Any]]]) -> Answer:
    columns, rows = table
    return Answer(tuple(columns), iter(map(tuple, rows)))


@given(TABLES, st.integers(20, 200))
def test_a_terminal_s_lines_are_no_longer_than_it_is_wide(table: tuple[list[str], list[list[Any]]], room: int) -> None:
    lines = list(table_lines(answer(table), room))
    assert len(lines) >= 2 + len(table[1]) + 2
    body = lines[1 : 2 + len(table[1])]
    assert all(cell_len(line) <= max(room, 60) for line in body)
    assert not any("\n" in line or "\x1b" in line for line in body)


@given(TABLES)
def test_elsewhere_no_text_is_cut(table: tuple[list[str], list[list[Any]]]) -> None:
    lines = list(table_lines(answer(table), None))
    assert not any(line.endswith("…") for line in lines) or any("…" in str(value) for row in table for value in row)
    assert lines[-1] == f"{len(table[1])} row{'' if len(table[1]) == 1 else 's'}"


@given(TABLES)
def test_json_has_each_value_under_a_name_of_its_own(table: tuple[list[str], list[list[Any]]]) -> None:
    whole = b"".join(json_pieces(answer(table)))
    lines = b"".join(jsonl_pieces(answer(table))).splitlines()
    objects = json.loads(whole, parse_constant=lambda name: (_ for _ in ()).throw(ValueError(name)))
    assert [json.loads(line) for line in lines] == objects
    assert all(len(each) == len(table[0]) for each in objects)
    for row, each in zip(table[1], objects, strict=True):
        for value, shown in zip(row, each.values(), strict=True):
            assert shown == value or isinstance(value, bytes | float)
    assert whole.isascii()


@given(TABLES)
def test_a_csv_has_as_many_cells_in_each_row(table: tuple[list[str], list[list[Any]]]) -> None:
    content = b"".join(csv_pieces(answer(table))).decode()
    read = list(csv.reader(io.StringIO(content, newline="")))
    assert [len(row) for row in read] == [len(table[0])] * (len(table[1]) + 1)


def test_numbers_end_where_their_column_ends_and_columns_that_do_not_fit_are_named() -> None:
    table = (["n", "text", "more", "rest"], [[1, "a", "b", "c"], [-10.5, "東京", "x" * 100, "y" * 100]])
    lines = list(table_lines(answer(table), 26))
    assert lines[1:6] == ["-----  ----  -------------", "    1  a     b", "-10.5  東京  xxxxxxxxxxxx…", "", "2 rows"]
    assert "1 column more than fit: rest" in lines[6]
