"""What each of Coda's column types shows for each value that may come (coda-api.md, Rows; mirror-format.md, law 5)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.cells import cell_text, unfenced
from coda_git_mirror.format.tables import csv_rows, row_records
from coda_git_mirror.model.content import Column, Json
from tests.format.strategies import prop


def csv_row(row: Json, columns: Sequence[Column], formula_guard: bool = False) -> bytes:
    [line] = csv_rows([row], columns, formula_guard)
    return line


def thing(kind: str, **fields: Any) -> dict[str, Any]:
    return {"@context": "http://schema.org/", "@type": kind, **fields}


ADA = thing("Person", name="Ada Lovelace", email="ada@example.com")
EVE = thing("Person", name="", email="eve@example.com")
ROW = thing(
    "StructuredValue",
    additionalType="row",
    name="Task, one",
    rowId="i-1",
    tableId="grid-1",
    url="https://coda.io/d/_d1#_tugrid-1/_rui-1",
)
PHOTO = thing("ImageObject", name="photo.png", url="https://codahosted.io/docs/d/blobs/bl-1/ff", status="live")

SHOWN: list[tuple[str, Any, str]] = [
    ("text", "```plain```", "plain"),
    ("text", "plain without a fence", "plain without a fence"),
    ("text", "**bold**", "**bold**"),
    ("text", "", ""),
    ("text", "``````", ""),
    ("text", "```a \\`tick\\` b```", "a `tick` b"),
    ("text", "```\\`\\`\\`js\\`\\`\\````", "```js```"),
    ("text", "a ```b``` c", "a ```b``` c"),
    ("text", "```a``` and ```b```", "```a``` and ```b```"),
    ("text", "`code`", "`code`"),
    ("text", "`````", "`````"),
    ("text", "```", "```"),
    ("text", "```two\nlines```", "two\nlines"),
    ("text", 12, "12"),
    ("person", ADA, "Ada Lovelace"),
    ("person", EVE, "eve@example.com"),
    ("person", [ADA, EVE], "Ada Lovelace, eve@example.com"),
    ("person", "Ada", "Ada"),
    ("lookup", ROW, "Task, one"),
    ("lookup", [ROW], "Task, one"),
    ("lookup", [ROW, ROW], "Task, one, Task, one"),
    ("lookup", [], ""),
    ("lookup", "```a name that answers to no row```", "a name that answers to no row"),
    ("lookup", thing("StructuredValue", name=""), ""),
    ("number", 42, "42"),
    ("number", 12.5, "12.5"),
    ("number", 1e-7, "0.0000001"),
    ("number", 1e21, "1000000000000000000000"),
    ("number", 123456789012345678901234567890, "123456789012345678901234567890"),
    ("number", "```n/a```", "n/a"),
    ("number", "42", "42"),
    ("number", True, "TRUE"),
    ("percent", 0.25, "0.25"),
    ("currency", thing("MonetaryAmount", amount=12.99, currency="USD"), "12.99"),
    ("currency", thing("MonetaryAmount", amount="12.99", currency="USD"), "12.99"),
    ("currency", thing("MonetaryAmount", amount=0, currency="USD"), "0"),
    ("currency", thing("MonetaryAmount", amount="", currency="USD"), ""),
    ("currency", 5, "5"),
    ("date", "2024-03-10T00:00:00.000-08:00", "2024-03-10"),
    ("date", "2024-03-11T00:00:00.000-07:00", "2024-03-11"),
    ("date", "2024-03-10T00:00:00Z", "2024-03-10"),
    ("date", ["2024-03-10T00:00:00.000-08:00", "2024-03-11T00:00:00.000-07:00"], "2024-03-10, 2024-03-11"),
    ("date", "```someday```", "someday"),
    ("date", 45000, "45000"),
    ("dateTime", "2024-03-10T13:45:00.000-08:00", "2024-03-10T13:45:00.000-08:00"),
    ("time", "1899-12-30T13:45:00.000-08:00", "13:45:00"),
    ("time", "noon", "noon"),
    ("duration", "2 hrs", "2 hrs"),
    ("duration", 0.5, "0.5"),
    ("email", "```ada@example.com```", "ada@example.com"),
    ("link", thing("WebPage", name="Coda", url="https://coda.io/"), "https://coda.io/"),
    ("link", thing("WebPage", name="only a name", url=""), "only a name"),
    ("link", "https://coda.io/", "https://coda.io/"),
    ("slider", 7, "7"),
    ("scale", 3, "3"),
    ("image", PHOTO, "photo.png"),
    ("image", [PHOTO, PHOTO], "photo.png, photo.png"),
    ("image", thing("ImageObject", name="gone.png", status="deleted"), "gone.png"),
    ("imageReference", thing("ImageObject", url="https://example.com/x.png"), "https://example.com/x.png"),
    ("attachments", [thing("ImageObject", name="plan.pdf", url="https://codahosted.io/bl-2")], "plan.pdf"),
    ("button", "", ""),
    ("button", "```Push```", "Push"),
    ("checkbox", True, "TRUE"),
    ("checkbox", False, "FALSE"),
    ("checkbox", "", ""),
    ("checkbox", "true", "true"),
    ("select", "```High```", "High"),
    ("select", ["```High```", "```Low```"], "High, Low"),
    ("select", ["```High```"], "High"),
    ("select", [["a", ""], [], ["b", ["c"]]], "a, b, c"),
    ("packObject", thing("Thing", name="x"), '{"@context": "http://schema.org/", "@type": "Thing", "name": "x"}'),
    ("packObject", {}, "{}"),
    ("packObject", {"b": "é", "a": None}, '{"a": null, "b": "é"}'),
    ("reaction", [ADA], "Ada Lovelace"),
    ("canvas", "# Heading\n\ntext", "# Heading\n\ntext"),
    ("other", None, ""),
    ("", "```x```", "x"),
]


@pytest.mark.parametrize(("kind", "value", "text"), SHOWN)
def test_each_kind_of_value_in_the_columns_that_it_comes_in(kind: str, value: Any, text: str) -> None:
    assert cell_text(value, kind) == text


COLUMN_TYPES = (
    *("text", "person", "lookup", "number", "percent", "currency", "date", "dateTime", "time", "duration", "email"),
    *("link", "slider", "scale", "image", "imageReference", "attachments", "button", "checkbox", "select"),
    *("packObject", "reaction", "canvas", "other"),
)
"""As Coda's OpenAPI document names them."""


def test_every_type_of_column_has_its_values_above() -> None:
    assert {kind for kind, _, _ in SHOWN} == {*COLUMN_TYPES, ""}


@pytest.mark.parametrize(("kind", "value", "text"), SHOWN)
def test_the_files_of_a_table_show_the_text_and_keep_the_very_value(kind: str, value: Any, text: str) -> None:
    column, row = Column("c-1", "A", kind), {"id": "i-1", "values": {"c-1": value}}
    [line] = csv.reader(io.StringIO(csv_row(row, [column]).decode(), newline=""), strict=True)
    assert line == [text, "i-1"]
    kept = json.loads(row_records([row])[0])["values"]["c-1"]
    assert json.dumps(kept, sort_keys=True) == json.dumps(value, sort_keys=True)


@pytest.mark.parametrize("kind", COLUMN_TYPES)
def test_a_column_that_a_row_omits_is_an_empty_cell_and_no_value(kind: str) -> None:
    row: Json = {"id": "i-1", "values": {}}
    assert csv_row(row, [Column("c-1", "A", kind)]) == b",i-1\n"
    assert json.loads(row_records([row])[0])["values"] == {}


@pytest.mark.parametrize("kind", COLUMN_TYPES)
@pytest.mark.parametrize("empty", ["", [], [""], [[]], None])
def test_what_is_empty_shows_nothing_in_any_column(kind: str, empty: Any) -> None:
    assert cell_text(empty, kind) == ""


@pytest.mark.parametrize("kind", sorted({kind for kind, _, _ in SHOWN}))
@pytest.mark.parametrize(
    "value",
    [
        *(None, "", [], [[]], {}, True, 0, -1.5, "x", ADA, ROW, PHOTO, [ADA, 1, "x", None]),
        *({"@type": ["Person"]}, {"@type": None}, thing("Person", name={"x": 1})),
        *(thing("MonetaryAmount"), thing("MonetaryAmount", amount=True)),
    ],
)
def test_any_column_can_hold_any_value(kind: str, value: Any) -> None:
    assert isinstance(cell_text(value, kind), str)


def test_an_object_without_what_it_shows_by_is_shown_whole() -> None:
    nameless = thing("StructuredValue", rowId="i-1")
    assert json.loads(cell_text(nameless)) == nameless


def test_lists_nested_without_end_are_read() -> None:
    nested: Any = "x"
    for _ in range(5_000):
        nested = [nested]
    assert cell_text([nested, nested]) == "x, x"


@prop
@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_numbers_are_plain_digits_that_read_back_as_the_same_number(number: float) -> None:
    text = cell_text(number)
    assert "e" not in text.lower()
    assert type(number)(text) == number


@prop
@given(st.text("`\\ab\n", max_size=12))
def test_a_fenced_text_reads_back_where_its_escapes_are_unambiguous(text: str) -> None:
    fenced = "```" + text.replace("`", "\\`") + "```"
    assert "\\`" in text or unfenced(fenced) == text
