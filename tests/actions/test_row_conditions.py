"""`COLUMN=VALUE`: what it means for each kind of cell, and which part of it Coda is asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.actions.row_conditions import conditions_of
from coda_git_mirror.errors import UsageError
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.model.content import Column
from tests.format.strategies import prop

ADA = {"@type": "Person", "name": "Ada", "email": "Ada@example.org"}
BEN = {"@type": "Person", "name": "Ben"}
TASK = {"@type": "StructuredValue", "name": "Ship it", "rowId": "i-1", "tableId": "grid-1"}
COLUMN_TYPES = ["text", "number", "percent", "currency", "checkbox", "date", "dateTime", "time", "person", "select"]
SCALARS = st.text(max_size=8) | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
CELLS = st.recursive(
    SCALARS | st.builds(lambda text: f"```{text}```", st.text(max_size=5)) | st.sampled_from([ADA, BEN, TASK]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
CAFE, DECOMPOSED = "Caf\u00e9", "Cafe\u0301"


def column(name: str, kind: str = "text", **raw: Any) -> Column:
    about = {"type": kind, "isArray": raw.pop("many", False)}
    return Column.of({"id": f"c-{name}", "name": name, "format": about, **raw})


def holds(text: str, value: Any, kind: str = "text") -> bool:
    [condition] = conditions_of([text], [column("A", kind)], "Tasks")
    return condition.holds({"id": "i-1", "values": {} if value is None else {"c-A": value}})


FOUND: list[tuple[str, str, Any]] = [
    ("text", "Done", "```Done```"),
    ("text", "Done", "Done"),
    ("text", " Done", "```Done```"),
    ("text", '"Done"', "```Done```"),
    ("text", '"Done"', '```"Done"```'),
    ("text", CAFE, f"```{DECOMPOSED}```"),
    ("text", "a=b", "```a=b```"),
    ("text", "**bold**", "**bold**"),
    ("text", "5", 5),
    ("number", "5", 5),
    ("number", "5.0", 5),
    ("number", "1e3", 1000),
    ("number", "0.1", 0.1),
    ("number", "many", "```many```"),
    ("percent", "50%", 0.5),
    ("percent", "0.5", 0.5),
    ("currency", "12.34", {"@type": "MonetaryAmount", "currency": "USD", "amount": 12.34}),
    ("currency", "12.340", {"@type": "MonetaryAmount", "currency": "USD", "amount": "12.34"}),
    ("checkbox", "true", True),
    ("checkbox", "FALSE", False),
    ("checkbox", "false", ""),
    ("checkbox", "false", None),
    ("date", "2026-03-04", "2026-03-04T00:00:00.000-05:00"),
    ("dateTime", "2026-03-04 09:30", "2026-03-04T09:30:00.000-05:00"),
    ("dateTime", "2026-03-04T09:30:00", "2026-03-04T09:30:00.000-05:00"),
    ("dateTime", "2026-03-04T09:30:00.000-05:00", "2026-03-04T09:30:00.000-05:00"),
    ("time", "09:30", "1899-12-30T09:30:00.000-05:00"),
    ("person", "Ada", ADA),
    ("person", "ada@example.org", ADA),
    ("person", "Ben", [ADA, BEN]),
    ("person", "ADA@EXAMPLE.ORG", [ADA, BEN]),
    ("lookup", "Ship it", TASK),
    ("lookup", "i-1", [TASK]),
    ("select", "Red, Blue", ["```Red```", "```Blue```"]),
    ("select", "Blue", ["```Red```", ["```Blue```"]]),
    ("link", "https://a.example/", {"@type": "WebPage", "url": "https://a.example/", "name": "A"}),
    ("link", "A", {"@type": "WebPage", "url": "https://a.example/", "name": "A"}),
    ("image", "cat.png", {"@type": "ImageObject", "name": "cat.png", "url": "https://codahosted.io/x"}),
    ("text", "", ""),
    ("text", "", None),
    ("text", "", "``````"),
    ("select", "", []),
]
OTHERS: list[tuple[str, str, Any]] = [
    ("text", "Done", "```done```"),
    ("text", "Done", "```Done it```"),
    ("text", "", "```x```"),
    ("text", "", False),
    ("text", "", 0),
    ("text", "", BEN),
    ("text", "7", "```007```"),
    ("text", "5.0", "```5```"),
    ("number", "5", 50),
    ("number", "1", True),
    ("checkbox", "true", ""),
    ("date", "2026-03", "2026-03-04T00:00:00.000-05:00"),
    ("dateTime", "2026-03-04 09:30", "2026-03-04T09:30:01.000-05:00"),
    ("person", "ben@example.org", BEN),
    ("lookup", "i-2", TASK),
    ("select", "Red", ["```Blue```"]),
    ("select", "Red", []),
]


@pytest.mark.parametrize(("kind", "wanted", "value"), FOUND)
def test_a_cell_is_found_by_what_people_read_in_it(kind: str, wanted: str, value: Any) -> None:
    assert holds(f"A={wanted}", value, kind)


@pytest.mark.parametrize(("kind", "wanted", "value"), OTHERS)
def test_another_cell_is_not(kind: str, wanted: str, value: Any) -> None:
    assert not holds(f"A={wanted}", value, kind)


@prop
@given(st.sampled_from(COLUMN_TYPES), CELLS)
def test_every_cell_is_found_by_the_text_that_the_csv_has_of_it(kind: str, value: Any) -> None:
    assert holds(f"A={cell_text(value, kind)}", value, kind)


@prop
@given(st.sampled_from(COLUMN_TYPES), CELLS, st.text(max_size=3))
def test_empty_cells_are_those_that_the_csv_shows_so_and_any_condition_can_be_asked(
    kind: str, value: Any, wanted: str
) -> None:
    assert holds("A=", value, kind) == (cell_text(value, kind) == "")
    holds(f"A={wanted}", value, kind)
    question(wanted, kind)


COLUMNS = [column("Due"), column("A=B"), column('Say "x=y"'), column("Bob's"), column("Due", "date"), column("Ünit")]
DIVIDED = [
    ('"A=B"=x=y', "c-A=B", "x=y"),
    ("'A=B'=x", "c-A=B", "x"),
    (' "A=B" = x', "c-A=B", " x"),
    ('Say "x=y"=z', 'c-Say "x=y"', "z"),
    ("Bob's=x", "c-Bob's", "x"),
    ("c-Bob's=", "c-Bob's", ""),
    ("U\u0308nit=m", "c-Ünit", "m"),
    ("Bob's=\n=", "c-Bob's", "\n="),
]


@pytest.mark.parametrize(("text", "column_id", "value"), DIVIDED)
def test_the_first_equals_sign_outside_quotes_divides(text: str, column_id: str, value: str) -> None:
    [condition] = conditions_of([text], COLUMNS, "Tasks")
    assert (condition.column.id, condition.value) == (column_id, value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Status=Done", r"No column of 'Tasks' is called 'Status'; there is 'Due', 'A=B'"),
        ("Due=x", r"c-Due \(column 'Due'\)"),
        ("A=B=x", "called 'A'; there is"),
        ("Status", "write COLUMN=VALUE"),
        ("", "write COLUMN=VALUE"),
        ("=x", "called ''"),
    ],
)
def test_what_is_no_condition_says_so(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        conditions_of([text], COLUMNS, "Tasks")


def question(value: str, kind: str, **raw: Any) -> Any:
    [condition] = conditions_of([f"A={value}"], [column("A", kind, **raw)], "Tasks")
    return condition.question and condition.question[1]


def test_coda_is_asked_in_the_type_of_the_column() -> None:
    asked = [
        ("Done, or not?", "text", "Done, or not?"), ("5", "text", "5"), ("Red", "select", "Red"), ("5", "number", 5),
        ("5.5", "slider", 5.5), ("5.0", "scale", 5), ("True", "checkbox", True), ("日本", "text", "日本"),
    ]  # fmt: skip
    for value, kind, wanted in asked:
        assert (question(value, kind), type(question(value, kind))) == (wanted, type(wanted))


@pytest.mark.parametrize(
    ("value", "kind", "raw"),
    [
        ("", "text", {}),
        ("a*b", "text", {}),
        ("[x](y)", "text", {}),
        ("- x", "text", {}),
        (" x", "text", {}),
        ('"x"', "text", {}),
        (CAFE, "text", {}),
        (DECOMPOSED, "text", {}),
        ("x", "text", {"many": True}),
        ("x", "text", {"calculated": True}),
        ("x", "text", {"formula": "1"}),
        ("many", "number", {}),
        ("12345678901234567890", "number", {}),
        ("false", "checkbox", {}),
        ("2026-03-04", "date", {}),
        ("Ada", "person", {}),
        ("i-1", "lookup", {}),
        ("x", "canvas", {}),
        ("12", "currency", {}),
    ],
)
def test_coda_is_not_asked_where_its_answer_may_lack_rows(value: str, kind: str, raw: dict[str, Any]) -> None:
    assert question(value, kind, **raw) is None
