from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.format.tables import (
    ROW_ID_HEADER,
    csv_header,
    csv_rows,
    row_key,
    row_records,
    stored_columns,
    table_document,
    view_definition,
    view_document,
)
from coda_git_mirror.format.text import json_document, json_line, writable
from coda_git_mirror.format.version import FIRST
from coda_git_mirror.model.content import Column, Json, Table
from tests.format.strategies import prop
from tests.format.test_text import values

ROW = {
    "id": "i-1",
    "type": "row",
    "href": "https://coda.io/apis/v1/docs/d/tables/t/rows/i-1",
    "browserLink": "https://coda.io/d/_d#_tut/_rui-1",
    "index": 7,
    "name": "First",
    "createdAt": "2024-01-01T00:00:00.000Z",
    "updatedAt": "2024-01-02T00:00:00.000Z",
    "values": {"c-2": "```b```", "c-1": 1},
}


def csv_row(row: Json, columns: Sequence[Column], formula_guard: bool = False) -> bytes:
    [line] = csv_rows([row], columns, formula_guard)
    return line


def columns(*column_names: str) -> list[Column]:
    return [Column(f"c-{number}", name) for number, name in enumerate(column_names, 1)]


def read(content: bytes) -> list[str]:
    [line] = csv.reader(io.StringIO(content.decode(), newline=""), strict=True)
    return line


@pytest.mark.parametrize(
    ("given_names", "header"),
    [
        (["A", "B"], ["A", "B"]),
        (["A", "A", "A"], ["A", "A (2)", "A (3)"]),
        (["A", "A", "A (2)"], ["A", "A (3)", "A (2)"]),
        (["A", "A", "A (2)", "A (2)"], ["A", "A (3)", "A (2)", "A (2) (2)"]),
        (["A (2)", "A", "A"], ["A (2)", "A", "A (3)"]),
        (["Coda row id"], ["Coda row id (2)"]),
        (["Coda row id", "Coda row id (2)"], ["Coda row id (3)", "Coda row id (2)"]),
        (["", ""], ["", " (2)"]),
        (["a\r\nb", "a\nb"], ["a\nb", "a\nb (2)"]),
        (["\ud800", "\0"], ["\ufffd", "\ufffd (2)"]),
        ([], []),
    ],
)
def test_the_header_names_each_column_once_and_the_row_id_last(given_names: list[str], header: list[str]) -> None:
    assert read(csv_header(columns(*given_names))) == [*header, "Coda row id"]


def test_a_name_that_begins_with_a_byte_order_mark_does_not_make_one() -> None:
    header = csv_header(columns("\ufeffTask", "Done"))
    assert not header.startswith("\ufeff".encode())
    assert read(header) == ["\ufeffTask", "Done", "Coda row id"]


@prop
@given(st.lists(st.sampled_from(["A", "A (2)", "A (2) (2)", ROW_ID_HEADER, f"{ROW_ID_HEADER} (2)", "\r", "\n"])))
def test_no_two_columns_share_a_header(given_names: list[str]) -> None:
    header = read(csv_header(columns(*given_names)))
    assert len(set(header)) == len(given_names) + 1
    shown = [writable(name) for name in given_names]
    alone = [place for place, name in enumerate(shown) if shown.count(name) == 1 and name != ROW_ID_HEADER]
    assert [header[place] for place in alone] == [shown[place] for place in alone], "a name that is unique stays"


def test_the_first_version_of_the_format_numbered_names_otherwise() -> None:
    assert read(csv_header(columns("A", "A", "A (2)"), FIRST)) == ["A", "A (2)", "A (2) (2)", "Coda row id"]


def test_a_row_in_the_tables_order_with_its_id_last() -> None:
    assert csv_row(ROW, columns("Number", "Text", "Missing")) == b"1,b,,i-1\n"


def test_a_row_without_values_is_its_id() -> None:
    assert csv_row({"id": "i-1", "values": None}, columns("A")) == b",i-1\n"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ('say "hi"', b'"say ""hi"""'),
        ("a,b", b'"a,b"'),
        ("a\nb", b'"a\nb"'),
        ("a\rb", b'"a\nb"'),
        ("a\r\nb", b'"a\nb"'),
        ("a\tb", b"a\tb"),
        ("a\0b", b"a\xef\xbf\xbdb"),
        ("\ud800", b"\xef\xbf\xbd"),
        ("=cmd|'/c calc'!A1", b"=cmd|'/c calc'!A1"),
        (" padded ", b" padded "),
        ("", b""),
    ],
)
def test_cells_as_rfc_4180_with_lf_writes_them(value: str, cell: bytes) -> None:
    assert csv_row({"id": "i-1", "values": {"c-1": value}}, columns("A")) == cell + b",i-1\n"


def test_a_cell_of_a_megabyte() -> None:
    csv.field_size_limit(2_000_000)
    cell = 'a"\n' * 350_000
    assert read(csv_row({"id": "i-1", "values": {"c-1": cell}}, columns("A"))) == [cell, "i-1"]


@prop
@given(st.lists(values, max_size=4))
def test_a_row_parses_back_to_what_its_cells_show(cells: list[Any]) -> None:
    row = {"id": "i-1", "values": {f"c-{number}": value for number, value in enumerate(cells, 1)}}
    line = csv_row(row, columns(*"abcd"[: len(cells)]))
    assert read(line) == [*(writable(cell_text(cell)) for cell in cells), "i-1"]
    assert line.endswith(b"\n")
    assert b"\r" not in line
    assert b"\0" not in line


@prop
@given(st.dictionaries(st.text(max_size=5), values, max_size=4))
def test_the_record_keeps_values_as_they_were_sent(cells: dict[str, Any]) -> None:
    kept = json.loads(row_records([{**ROW, "values": cells}])[0])["values"]
    assert kept == cells
    assert {name: repr(value) for name, value in kept.items() if not isinstance(value, dict | list)} == {
        name: repr(value) for name, value in cells.items() if not isinstance(value, dict | list)
    }


def test_the_record_keeps_all_but_noise() -> None:
    assert row_records([{**ROW, "new": "unknown"}])[0].decode() == (
        '{"createdAt":"2024-01-01T00:00:00.000Z","id":"i-1","name":"First","new":"unknown",'
        '"updatedAt":"2024-01-02T00:00:00.000Z","values":{"c-1":1,"c-2":"```b```"}}\n'
    )


def test_rows_are_in_order_of_creation_and_then_of_their_ids() -> None:
    ordered: list[dict[str, Any]] = [
        {"id": "b", "createdAt": "2024-01-01T00:00:00Z"},
        {"id": "c", "createdAt": "2024-01-01T00:00:00.000Z"},
        {"id": "a", "createdAt": "2024-01-01T00:00:00.001Z"},
        {"id": "A"},
        {"id": "B", "createdAt": None},
        {"id": "a-", "createdAt": "garbage\twith a tab"},
    ]
    for shuffled in (ordered[::-1], ordered[3:] + ordered[:3]):
        assert sorted(shuffled, key=row_key) == ordered


def test_rows_that_differ_have_keys_that_differ() -> None:
    assert row_key({"id": "b\tc", "createdAt": "a"}) != row_key({"id": "c", "createdAt": "a\tb"})


def test_a_tables_document_has_its_columns_in_order() -> None:
    table = Table("grid-1", "Tasks", raw={"id": "grid-1", "name": "Tasks", "rowCount": 99})
    content = table_document(table, [Column("c-2", "B", raw={"id": "c-2"}), Column("c-1", "A", raw={"id": "c-1"})], 3)
    assert json.loads(content) == {
        "id": "grid-1",
        "name": "Tasks",
        "rowCount": 3,
        "columns": [{"id": "c-2"}, {"id": "c-1"}],
    }
    assert stored_columns(content) == [{"id": "c-2"}, {"id": "c-1"}]


def test_a_views_document_is_codas_own_with_the_rows_in_its_order() -> None:
    raw = {"id": "table-1", "parentTable": {"id": "grid-1"}, "filter": {"valid": True}, "sorts": [], "rowCount": 99}
    view, column = Table("table-1", "Open", "", True, raw), Column("c-1", "A", raw={"id": "c-1", "rowIds": []})
    for ids in ([], ["b"], ["b", '\n  "rowIds": []', "\n  ]", "\ud800é"], [str(number) for number in range(25_000)]):
        content = b"".join(view_document(view, [column], len(ids), map(json_line, ids)))
        shown = {"columns": [column.raw], "rowCount": len(ids), "rowIds": ids}
        assert content == json_document({**raw, **shown})
        assert stored_columns(content) == [column.raw]
        assert view_definition(content) == {
            "name": None, "parentTable": {"id": "grid-1"}, "filter": {"valid": True}, "layout": None, "sorts": [],
            "columns": [column.raw],
        }  # fmt: skip


GUARDED = [
    *("=1+1", "=cmd|'/c calc'!A1", "+x", "-x", "@x", "\tx", "\rx", "+1+1", "-5%", "-", "+", "=", "--5", "-5 apples"),
    *("-1e5", "-.5", "-5.", "+1,5", "-5\n=x", "\t", "-5\n", "-\u0665x"),
]
UNGUARDED = ["-5", "+5", "-5.25", "+0.1", "5", "", "x", " =1", "a=b", "'=x", "https://x.org/?a=b", "2024-03-10", "\n=x"]


@pytest.mark.parametrize("value", GUARDED)
def test_the_guard_keeps_a_cell_from_being_a_formula(value: str) -> None:
    row = {"id": "i-1", "values": {"c-1": value}}
    assert read(csv_row(row, columns("A"), formula_guard=True)) == [writable(f"'{value}"), "i-1"]
    assert read(csv_row(row, columns("A"))) == [writable(value), "i-1"]


@pytest.mark.parametrize("value", UNGUARDED)
def test_the_guard_leaves_other_cells_alone(value: str) -> None:
    row = {"id": "i-1", "values": {"c-1": value}}
    assert csv_row(row, columns("A"), formula_guard=True) == csv_row(row, columns("A"))


@prop
@given(st.lists(values | st.text("=+-@\t\r\n5x.", max_size=4), max_size=4))
def test_no_guarded_cell_is_a_formula(cells: list[Any]) -> None:
    row = {"id": "-1", "values": {f"c-{number}": value for number, value in enumerate(cells, 1)}}
    plain, guarded = (read(csv_row(row, columns(*"abcd"[: len(cells)]), guard))[:-1] for guard in (False, True))
    for was, now in zip(plain, guarded, strict=True):
        assert now in (was, f"'{was}")
        assert not now.startswith(("=", "@", "\t"))
        assert now[:1] not in ("+", "-") or isinstance(float(now), float)


@prop
@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_stay_numbers_under_the_guard(number: float) -> None:
    row = {"id": "i-1", "values": {"c-1": number}}
    assert csv_row(row, columns("A"), formula_guard=True) == csv_row(row, columns("A"))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"columns": 1}', b"\xff"])
def test_what_is_no_description_of_a_table_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        stored_columns(content)
