"""What cells are in SQL (browse.md, query)."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.format.text import writable
from coda_git_mirror.sql.values import column_values, sql_value

ADA = {"@type": "Person", "name": "Ada", "email": "ada@example.org"}
BEN = {"@type": "Person", "name": "", "email": "ben@example.org"}
ROW = {"@type": "StructuredValue", "rowId": "i-1", "tableId": "t", "name": "Ship it"}


@pytest.mark.parametrize(
    ("value", "kind", "stored"),
    [
        (None, "text", None),
        ("", "number", None),
        ("``````", "text", None),
        ([], "select", None),
        (["", None, []], "select", None),
        (True, "checkbox", 1),
        (False, "checkbox", 0),
        (3, "number", 3),
        (2.5, "percent", 2.5),
        (0.25, "percent", 0.25),
        (2**63 - 1, "number", 2**63 - 1),
        (2**63, "number", float(2**63)),
        (-(2**63) - 1, "number", float(-(2**63))),
        (10**400, "number", "1" + "0" * 400),
        ("NaN", "number", "NaN"),
        ("Infinity", "number", "Infinity"),
        ("007", "number", "007"),
        ("```plain `tick` text```", "text", "plain `tick` text"),
        ("**bold**", "text", "**bold**"),
        ("2026-03-31T00:00:00.000-07:00", "date", "2026-03-31"),
        ("1789-07-14T00:00:00.000+00:09", "date", "1789-07-14"),
        ("2026-03-31T14:00:00.000-07:00", "dateTime", "2026-03-31T14:00:00.000-07:00"),
        ("1899-12-30T09:15:00.000-08:00", "time", "09:15:00"),
        ({"@type": "MonetaryAmount", "amount": 12.5, "currency": "EUR"}, "currency", 12.5),
        ({"@type": "MonetaryAmount", "amount": "12.50", "currency": "EUR"}, "currency", 12.5),
        ({"@type": "MonetaryAmount", "amount": "12", "currency": "EUR"}, "currency", 12),
        ({"@type": "MonetaryAmount", "amount": "", "currency": "EUR"}, "currency", None),
        (ADA, "person", "Ada"),
        ([ADA], "person", "Ada"),
        (BEN, "person", "ben@example.org"),
        ([ADA, BEN], "person", '["Ada", "ben@example.org"]'),
        (ROW, "lookup", "Ship it"),
        ([ROW, ROW], "lookup", '["Ship it", "Ship it"]'),
        (["Red", ["Blue"]], "select", '["Red", "Blue"]'),
        ([1, True, 2.5, ""], "number", "[1, true, 2.5]"),
        ({"@type": "WebPage", "url": "https://example.com", "name": "x"}, "link", "https://example.com"),
        ({"b": 1, "a": [None]}, "other", '{"a": [null], "b": 1}'),
        ([{"b": 1}, {"a": 2}], "other", '[{"b": 1}, {"a": 2}]'),
        ("a\r\nb\0c\ud800", "text", "a\nb\ufffdc\ufffd"),
    ],
)
def test_a_cell_is_stored_as_what_it_is(value: Any, kind: str, stored: object) -> None:
    assert column_values([value], kind) == [stored]
    assert type(column_values([value], kind)[0]) is type(stored)


def test_pictures_say_where_they_lie() -> None:
    image = {"@type": "ImageObject", "name": "cat.png", "url": "https://codahosted.io/docs/d/blobs/bl-1/hash"}
    assert sql_value(image, "image", lambda _: "assets/bl-1-cat.png") == "cat.png (assets/bl-1-cat.png)"
    assert json.loads(str(sql_value([image, image], "attachments", lambda _: None))) == ["cat.png"] * 2


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
CELLS = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


@given(CELLS, st.sampled_from(["text", "number", "date", "checkbox", "currency", "time", "canvas"]))
def test_any_value_is_stored_and_no_other_is_blank_than_in_the_csv(value: Any, kind: str) -> None:
    [stored] = column_values([value], kind)
    with closing(sqlite3.connect(":memory:")) as connection:
        [(read,)] = connection.execute("SELECT ?", (stored,))
    assert (read, type(read)) == (stored, type(stored))
    assert (stored is None) == (writable(cell_text(value, kind)) == "")
    if not isinstance(value, list | bool) and not isinstance(stored, float):
        assert stored is None or str(stored) == writable(cell_text(value, kind))
