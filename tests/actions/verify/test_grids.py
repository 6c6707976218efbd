"""The files of a table as the sync writes them fit each other, whatever Coda says that the columns are called."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.actions.verify.grids import GridCheck
from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.coda.origin import ApiOrigin
from coda_git_mirror.coda.parse import Parser
from coda_git_mirror.demo.tables import Column
from coda_git_mirror.demo.world import World
from coda_git_mirror.format.tables import csv_header, csv_rows, row_records, table_document, view_document
from coda_git_mirror.format.text import json_line
from coda_git_mirror.model.content import Json, Table
from tests.conftest import Serve
from tests.format.strategies import names, prop
from tests.format.test_text import values
from tests.support import VirtualClock, mirror, require_sound

PARSER = Parser(ApiOrigin.parse("https://coda.io/apis/v1"))
ROW: Json = {"id": "i-1", "values": {}}
MISSING = object()
NO_TEXT = [MISSING, None, 0, 7, True, False, 1.5, 10**399, [], ["a"], {}, {"name": "a"}]
any_name = st.one_of(names, values, st.sampled_from(NO_TEXT))


def _column(number: int, name: Any) -> Json:
    column = {"id": f"c-{number}", "format": {"type": "text"}}
    return column if name is MISSING else {**column, "name": name}


def _findings(given_names: list[Any]) -> list[str]:
    """What is wrong with a table and with a view of one row, whose columns Coda calls so."""
    columns = [PARSER.column(_column(number, name)) for number, name in enumerate(given_names)]
    table = Table("t", "Table", raw={"id": "t", "name": "Table"})
    header, rows = csv_header(columns), csv_rows([ROW], columns)
    sheet = header + b"".join(rows)
    written = {
        "table": {".json": table_document(table, columns, 1), ".csv": sheet, ".jsonl": b"".join(row_records([ROW]))},
        "view": {".json": b"".join(view_document(table, columns, 1, [json_line("i-1")])), ".csv": sheet},
    }
    checks = {stem: GridCheck(stem, 1) for stem in written}
    for stem, check in checks.items():
        for suffix, content in written[stem].items():
            check.read(suffix, io.BufferedReader(io.BytesIO(content)))
    return [finding.fault for check in checks.values() for finding in check.findings()]


@prop
@given(st.lists(any_name, max_size=5))
def test_the_header_fits_the_columns_whatever_they_are_called(given_names: list[Any]) -> None:
    assert _findings(given_names) == []


@pytest.mark.parametrize("name", NO_TEXT, ids=lambda name: type(name).__name__)
def test_a_name_that_is_no_text_is_none(name: Any) -> None:
    assert _findings([name, "", name, "a"]) == []


@pytest.mark.parametrize("name", NO_TEXT, ids=lambda name: type(name).__name__)
def test_a_sync_of_such_a_column_makes_a_sound_mirror(
    serve: Serve, clock: VirtualClock, tmp_path: Any, name: Any
) -> None:
    doc = World().add_doc("Doc", id="d")
    table = doc.add_table("Table", [Column("A", id="a"), Column("B", id="b")], [{"A": "x"}], id="t")
    doc.add_view("View", table, id="v")
    coda = serve(doc.world)
    coda.on("GET", "/columns$").mutate(lambda page: _rename(page["items"][0], name))
    folder = tmp_path / "mirror"
    mirror(coda, folder, clock)
    require_sound(folder)
    assert verify(folder).findings == []


def _rename(column: Json, name: Any) -> None:
    column.pop("name")
    if name is not MISSING:
        column["name"] = name
