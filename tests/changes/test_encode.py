"""What is sent for a value, or why nothing is (coda-api.md, Writing).

It is what faults.md, row 86, asks for.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.encode import Known, Sendable, Unwritable, encode
from coda_git_mirror.changes.writable_columns import retyped, unwritable_column
from coda_git_mirror.changes.write_sizes import row_body_bytes, row_bytes
from coda_git_mirror.model.cell_values import (
    EMPTY,
    CellValue,
    Day,
    Foreign,
    Formatted,
    HostedFile,
    Many,
    Member,
    Moment,
    Money,
    Number,
    RowReference,
    Text,
    TimeOfDay,
    Truth,
    WebAddress,
)
from coda_git_mirror.model.plan import HeldKind
from tests.changes.cell_samples import KINDS, cell_json, column, kinds
from tests.format.strategies import prop

NOON = Moment(datetime(2026, 7, 4, 16, tzinfo=UTC), "2026-07-04T12:00:00.000-04:00")
ADA = Member("ada@x.org", "Ada", "Ada@x.org")
FILE = HostedFile("bl-1", "https://coda.io/blobs/bl-1/ff", "a.png")
KNOWN = Known(
    lives=lambda reference: reference.row != "i-gone",
    person=lambda member: member.email if member.key == "ada@x.org" else None,
    public_url=lambda file: file.url if file.blob == "bl-1" else None,
)
OPTIONS = {"options": [{"name": "Done"}, {"name": "Now, or never"}, "Later"], "isArray": False}


def texts(*items: str) -> Many:
    return Many(tuple(map(Text, items)))


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        ("text", Text("a, b\nc"), "a, b\nc"),
        ("text", Text("007"), "007"),
        ("canvas", Text("a"), "a"),
        ("number", Number(Decimal(5)), 5),
        ("percent", Number(Decimal("0.5")), 0.5),
        ("slider", Number(Decimal(7)), 7),
        ("scale", Number(Decimal(3)), 3),
        ("number", Text("n/a"), "n/a"),
        ("duration", Text("2 days"), "2 days"),
        ("currency", Money(Decimal("12.34"), "USD"), 12.34),
        ("checkbox", Truth(True), True),
        ("checkbox", Truth(False), False),
        ("checkbox", Truth(False, unset=True), ""),
        ("date", Day("2026-03-04"), "2026-03-04"),
        ("dateTime", NOON, "2026-07-04T12:00:00.000-04:00"),
        ("dateTime", replace(NOON, shown=""), "2026-07-04T16:00:00+00:00"),
        ("time", TimeOfDay("09:30:00"), "09:30:00"),
        ("select", Text("Anything"), "Anything"),
        ("select", Text("Now, or never"), ["Now, or never"]),
        ("select", texts("a", "b, c"), ["a", "b, c"]),
        ("lookup", RowReference("i-1", "One"), "i-1"),
        ("lookup", Many((RowReference("i-1"), RowReference("i-2"))), ["i-1", "i-2"]),
        ("person", ADA, "Ada@x.org"),
        ("person", Many((ADA, ADA)), ["Ada@x.org", "Ada@x.org"]),
        ("image", FILE, FILE.url),
        ("attachments", Many((FILE, FILE)), [FILE.url, FILE.url]),
        ("link", WebAddress("https://coda.io/d/x", shown="https://docs.superhuman.com/d/x"),
         "https://docs.superhuman.com/d/x"),
        ("email", Text("a@b.org"), "a@b.org"),
        ("reaction", texts("+1", "-1"), ["+1", "-1"]),
        *((kind, EMPTY, "") for kind in KINDS if kind not in ("button", "packObject")),
    ],
)  # fmt: skip
def test_what_is_sent(kind: str, value: CellValue, sent: Any) -> None:
    encoded = encode(value, column(kind), KNOWN)
    assert isinstance(encoded, Sendable)
    assert encoded == Sendable(sent, value)
    assert type(encoded.value) is type(sent)


@pytest.mark.parametrize("kind", ["select", "person", "lookup", "reaction"])
def test_a_column_of_several_values_is_given_a_list(kind: str) -> None:
    several = column(kind, format={"isArray": True})
    values: dict[str, CellValue] = {"person": ADA, "lookup": RowReference("i-1")}
    value = values.get(kind, Text("a"))
    encoded = encode(value, several, KNOWN)
    assert isinstance(encoded, Sendable)
    assert isinstance(encoded.value, list)
    assert encoded.means == value
    assert encode(EMPTY, several, KNOWN) == Sendable("", EMPTY)


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("text", Formatted("**b**"), "has formatting"),
        ("packObject", EMPTY, "filled by a Pack"),
        ("button", Text("x"), "button"),
        ("text", Foreign("{}"), "an object"),
        ("lookup", RowReference("i-gone", "Gone"), "“Gone”, which is not there"),
        ("lookup", Many((RowReference("i-1"), RowReference("i-gone"))), "“i-gone”"),
        ("text", RowReference("i-1"), "only a relation"),
        ("person", Member("bob@x.org", "Bob"), "“Bob”, whom the doc does not know"),
        ("text", ADA, "only a column of people"),
        ("image", HostedFile("bl-2", "https://coda.io/blobs/bl-2", "b.png"), "“b.png”, which Coda can read nowhere"),
        ("text", FILE, "only a column of files"),
        ("currency", Money(Decimal(1), "EUR"), "in EUR, and its column would make USD"),
        ("number", Money(Decimal(1), "EUR"), "the number alone"),
        ("number", Text("007"), "Coda would make a number of it"),
        ("currency", Text("$5"), "Coda would make a number of it"),
        ("date", Text("03/04/2026"), "Coda would make a date of it"),
        ("time", Text("half past 9"), "Coda would make a time of it"),
        ("duration", Text("007"), "Coda would make a length of time of it"),
        ("checkbox", Text("Yes"), "Coda would make a tick of it"),
        ("text", texts("a", "b"), "one text"),
        ("text", WebAddress("https://x.org"), "only a column of links"),
    ],
)
def test_what_is_not_sent_and_why(kind: str, value: CellValue, reason: str) -> None:
    encoded = encode(value, column(kind, format={"currencyCode": "USD"}), KNOWN)
    assert isinstance(encoded, Unwritable)
    assert reason in encoded.reason


def test_a_column_that_points_to_a_table_can_be_given_rows_whatever_its_type_is_called() -> None:
    row, pointing = RowReference("i-1"), {"format": {"table": {"id": "grid-1"}}}
    assert encode(row, column("select", **pointing), KNOWN) == Sendable("i-1", row)
    assert isinstance(encode(row, column("person", **pointing), KNOWN), Unwritable)


def test_only_listed_options_are_sent_where_coda_lists_them() -> None:
    listed = column("select", format=OPTIONS)
    assert encode(Text("Done"), listed) == Sendable("Done", Text("Done"))
    assert encode(Text("Later"), listed) == Sendable("Later", Text("Later"))
    assert encode(Text("done"), listed) == Unwritable("“done” is none of the column's options")
    assert isinstance(encode(texts("Done", "Never"), listed), Unwritable)
    assert encode(EMPTY, listed) == Sendable("", EMPTY)


def test_formatted_text_is_sent_as_it_stands_only_at_the_users_word() -> None:
    encoded = encode(Formatted("**b**"), column("text"), Known(plain_text=True))
    assert encoded == Sendable("**b**", Text("**b**"))


def test_an_instant_is_sent_in_the_docs_zone() -> None:
    encoded = encode(NOON, column("dateTime"), Known(zone=ZoneInfo("Europe/Berlin")))
    assert encoded == Sendable("2026-07-04T18:00:00+02:00", NOON)


def test_the_name_of_a_link_is_a_loss_that_is_told() -> None:
    encoded = encode(WebAddress("https://x.org", "Click"), column("link"))
    assert isinstance(encoded, Sendable)
    assert encoded.means == WebAddress("https://x.org")
    assert "“Click”" in encoded.loss


def test_a_currency_that_nobody_states_is_no_objection() -> None:
    assert encode(Money(Decimal(1), "EUR"), column("currency")) == Sendable(1, Money(Decimal(1), "EUR"))
    dollars = column("currency", format={"currencyCode": "$"})
    assert encode(Money(Decimal(1), "CAD"), dollars) == Sendable(1, Money(Decimal(1), "CAD"))
    euros = column("currency", format={"currencyCode": "€"})
    assert isinstance(encode(Money(Decimal(1), "CAD"), euros), Unwritable)
    assert encode(canonical(1, euros), euros) == Sendable(1, Money(Decimal(1), "EUR"))


@given(cell_json, kinds, st.booleans())
@prop
def test_whatever_is_sent_is_what_coda_takes(value: Any, kind: str, several: bool) -> None:
    """Scalars and lists of them, never null and no object; what it is to mean needs no other encoding."""
    there = column(kind, format={"isArray": several})
    known = Known(lambda _: True, lambda member: member.email or member.name, lambda file: file.url, plain_text=True)
    encoded = encode(canonical(value, there), there, known)
    if isinstance(encoded, Sendable):
        each = encoded.value if isinstance(encoded.value, list) else [encoded.value]
        assert all(type(one) in (str, int, float, bool) for one in each)
        assert encode(encoded.means, there, known) == encoded._replace(loss="")
        assert json.loads(json.dumps(encoded.value)) == encoded.value
    else:
        assert encoded.reason


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (column("number", calculated=True), HeldKind.CALCULATED),
        (column("lookup", formula="Lookup(Tasks)"), HeldKind.CALCULATED),
        (column("date", calculated=True, formula="thisRow.Created()"), HeldKind.CALCULATED),
        (column("button"), HeldKind.UNWRITABLE),
        (column("packObject"), HeldKind.UNWRITABLE),
    ],
)
def test_columns_that_cannot_be_written(said: Any, kind: HeldKind) -> None:
    found = unwritable_column(said)
    assert found
    assert found[0] is kind
    assert encode(EMPTY, said) == Unwritable(found[1])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("button", "packObject")])
def test_all_other_columns_can_be(kind: str) -> None:
    assert unwritable_column(column(kind)) is None
    assert unwritable_column(column(kind, calculated=False, defaultValue="5")) is None


def relation(table: str) -> Any:
    return column("lookup", format={"table": {"id": table, "name": "Named"}})


def currency(code: str) -> Any:
    return column("currency", format={"currencyCode": code})


def test_a_column_of_another_type_cannot_take_what_it_held() -> None:
    assert retyped(column("text"), column("number")) == "was of the type text, and is of the type number now"
    assert retyped(column("date"), column("dateTime"))
    assert retyped(relation("grid-1"), relation("grid-2"))
    assert retyped(currency("USD"), currency("EUR"))
    assert all(retyped(column(kind), column(kind, format={"isArray": True})) is None for kind in KINDS)
    assert retyped(column(""), column("text")) is None
    assert retyped(relation("grid-1"), column("lookup")) is None
    assert retyped(relation("grid-1"), relation("grid-1")) is None
    assert retyped(currency("USD"), currency("$")) is None


@pytest.mark.parametrize(
    ("cells", "size"),
    [
        ({}, 0),
        ({"c-1": ""}, 0),
        ({"c-1": "abc", "c-2": "é"}, 5),
        ({"c-1": "a\nb\n"}, 6),
        ({"c-1": "😀"}, 4),
        ({"c-1": 12, "c-2": True, "c-3": 0.5}, 9),
        ({"c-1": ["ab", "c"]}, 5),
    ],
)
def test_the_size_of_a_row_is_counted_as_coda_counts_it(cells: dict[str, Any], size: int) -> None:
    assert row_bytes(cells) == size


@given(st.lists(st.dictionaries(st.text(max_size=4), st.text(max_size=9) | st.integers() | st.booleans(), max_size=3)))
@prop
def test_a_body_is_never_larger_than_the_sum_of_its_rows(rows: list[dict[str, Any]]) -> None:
    body = {"rows": [{"cells": [{"column": name, "value": value} for name, value in row.items()]} for row in rows]}
    assert len(json.dumps(body)) <= sum(map(row_body_bytes, rows)) + len('{"rows": []}')
    assert len(json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")) <= len(json.dumps(body))
