"""What cells mean: equal where writing one over the other would change nothing (coda-api.md, Rows)."""

from __future__ import annotations

import csv
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.shown_values import shown
from coda_git_mirror.demo.cells import Addresses, rich
from coda_git_mirror.demo.folders import load_folder
from coda_git_mirror.demo.world import World
from coda_git_mirror.format.cells import cell_text
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
    singles,
)
from coda_git_mirror.model.content import Column
from tests.changes.cell_samples import KINDS, cell_json, column, file_at, kinds, thing
from tests.format.strategies import prop
from tests.support import REAL_DOCS

SLOW = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
NEW_YORK = ZoneInfo("America/New_York")
NOTHINGS: tuple[Any, ...] = (None, "", [], [[]], [""], "``````")
TWO_PM = datetime(2026, 3, 4, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value", "means"),
    [
        ("text", "```plain```", Text("plain")),
        ("text", "plain", Text("plain")),
        ("text", "```a \\`b\\` \\`\\`\\` ```", Text("a `b` ``` ")),
        ("text", "```**not bold**```", Text("**not bold**")),
        ("text", "**bold**", Formatted("**bold**")),
        ("text", "```\nprint(1)", Formatted("```\nprint(1)")),
        ("text", "``````", EMPTY),
        ("text", " ", Text(" ")),
        ("number", 1, Number(Decimal(1))),
        ("number", 1.0, Number(Decimal(1))),
        ("number", -0.0, Number(Decimal(0))),
        ("number", 1e-7, Number(Decimal("0.0000001"))),
        ("number", 12345678901234567890123456789012345, Number(Decimal("12345678901234567890123456789012345"))),
        ("number", "```12```", Text("12")),
        ("number", "007", Text("007")),
        ("text", 5, Number(Decimal(5))),
        ("checkbox", True, Truth(True)),
        ("checkbox", False, Truth(False)),
        ("checkbox", "", Truth(False)),
        ("checkbox", None, Truth(False)),
        ("text", False, Truth(False)),
        ("date", "2026-03-04T00:00:00.000-05:00", Day("2026-03-04")),
        ("date", "2026-03-04", Day("2026-03-04")),
        ("date", "2026-02-30T00:00:00.000-05:00", Text("2026-02-30T00:00:00.000-05:00")),
        ("date", "```soon```", Text("soon")),
        ("date", 1772582400, Number(Decimal(1772582400))),
        ("dateTime", "2026-03-04T14:00:00.000-05:00", Moment(TWO_PM)),
        ("dateTime", "2026-03-04T19:00:00Z", Moment(TWO_PM)),
        ("dateTime", "2026-03-04T14:00:00", Moment(datetime(2026, 3, 4, 14, tzinfo=UTC))),
        ("dateTime", "2026-03-04", Text("2026-03-04")),
        ("time", "1899-12-30T09:30:00.000-05:00", TimeOfDay("09:30:00")),
        ("time", "1899-12-30T09:30:00.250-04:56", TimeOfDay("09:30:00.25")),
        ("time", "09:30", TimeOfDay("09:30:00")),
        ("time", "25:00", Text("25:00")),
        ("duration", "2 days", Text("2 days")),
        ("text", "2026-03-04T00:00:00.000-05:00", Text("2026-03-04T00:00:00.000-05:00")),
        ("currency", thing("MonetaryAmount", amount=12.5, currency="EUR"), Money(Decimal("12.5"), "EUR")),
        ("currency", thing("MonetaryAmount", amount="12.50", currency="eur"), Money(Decimal("12.5"), "EUR")),
        ("currency", thing("MonetaryAmount", amount="", currency="EUR"), EMPTY),
        ("currency", 12.5, Money(Decimal("12.5"), "USD")),
        ("person", thing("Person", name="Ada", email="Ada@Example.org"), Member("ada@example.org")),
        ("person", thing("Person", name="Ada"), Member("Ada")),
        ("person", "```Ada```", Text("Ada")),
        ("lookup", thing("StructuredValue", name="One", rowId="i-1", tableId="grid-1"), RowReference("i-1")),
        ("lookup", "```One```", Text("One")),
        ("select", "**x**", Text("**x**")),
        ("select", ["```a```", "```b```"], Many((Text("a"), Text("b")))),
        ("select", ["```a```"], Text("a")),
        ("select", [], EMPTY),
        ("select", ["", None], EMPTY),
        ("select", [["a"], ["b", ["c"]]], Many((Text("a"), Text("b"), Text("c")))),
        ("checkbox", [], Truth(False)),
        ("checkbox", [True, ""], Truth(True)),
        ("link", thing("WebPage", url="https://x.org/", name="x.org"), WebAddress("https://x.org/")),
        ("link", thing("WebPage", url="https://x.org", name="Click"), WebAddress("https://x.org", "Click")),
        ("link", "https://x.org", WebAddress("https://x.org")),
        ("link", "```https://x.org```", WebAddress("https://x.org")),
        ("link", "see below", Text("see below")),
        ("email", thing("WebPage", url="mailto:a@b.org"), Text("a@b.org")),
        ("email", "a_b_c@d.org", Text("a_b_c@d.org")),
        ("image", file_at("https://codahosted.io/docs/d/blobs/bl-1/ffff", name="a.png"), HostedFile("bl-1")),
        ("image", file_at("http://127.0.0.1:80/docs/d/blobs/bl-1/0000"), HostedFile("bl-1")),
        ("attachments", [file_at("https://coda.io/blobs/bl-2")], HostedFile("bl-2")),
        ("imageReference", file_at("https://x.org/a.png"), HostedFile("https://x.org/a.png")),
        ("imageReference", "https://x.org/a.png", HostedFile("https://x.org/a.png")),
        ("packObject", {"b": 1, "a": [2]}, Foreign('{"a": [2], "b": 1}')),
        ("lookup", thing("StructuredValue", name="One"), Foreign(json.dumps(thing("StructuredValue", name="One")))),
        ("number", {"amount": "x", "@type": "MonetaryAmount"}, Foreign('{"@type": "MonetaryAmount", "amount": "x"}')),
        ("date", "```2026-03-04```", Day("2026-03-04")),
        ("date", "2026-03-04T22:45:00.000-05:00", Day("2026-03-04")),
        ("date", "9999-12-31T23:00:00.000-05:00", Day("9999-12-31")),
    ],
)  # fmt: skip
def test_what_a_value_means(kind: str, value: Any, means: CellValue) -> None:
    assert canonical(value, column(kind)) == means
    assert repr(canonical(value, column(kind))) == repr(means)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "checkbox"])
def test_nothing_is_nothing_in_every_column(kind: str) -> None:
    assert all(canonical(nothing, column(kind)) is EMPTY for nothing in NOTHINGS)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("date", "2026-03-04T00:00:00.000-05:00", "2026-03-04T00:00:00.000-04:00"),
        ("date", "2026-07-04T00:00:00.000-04:00", "2026-07-03T23:00:00.000-05:00"),
        ("date", "2026-01-04T00:00:00.000-05:00", "2026-01-04T01:00:00.000-04:00"),
        ("dateTime", "2026-07-04T15:00:00.000-04:00", "2026-07-04T14:00:00.000-05:00"),
        ("time", "1899-12-30T09:30:00.000-05:00", "1899-12-30T09:30:00.000-04:00"),
        ("lookup", thing("StructuredValue", name="One", rowId="i"), thing("StructuredValue", name="Two", rowId="i")),
        ("person", thing("Person", name="A", email="a@b.org"), thing("Person", name="Ada", email="A@b.org", userId=7)),
        ("link", thing("WebPage", url="https://coda.io/d/x"), thing("WebPage", url="https://docs.superhuman.com/d/x")),
        ("image", file_at("https://coda.io/blobs/bl-1/aa"), file_at("https://codahosted.io/docs/d/blobs/bl-1")),
        ("text", "![a](https://codahosted.io/docs/d/blobs/bl-1/aa)", "![a](https://docs.superhuman.com/blobs/bl-1/bb)"),
        ("currency", {"@type": "MonetaryAmount", "amount": "1.0", "currency": "USD"}, 1),
    ],
)  # fmt: skip
def test_what_moves_without_anybody_editing_tells_nothing(kind: str, one: Any, other: Any) -> None:
    assert canonical(one, column(kind)) == canonical(other, column(kind))
    assert repr(canonical(one, column(kind))) == repr(canonical(other, column(kind)))


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("text", "```a```", "```a ```"),
        ("text", "```**a**```", "**a**"),
        ("number", 0.1, 0.10000000000000002),
        ("number", 1, True),
        ("number", 1, "1"),
        ("date", "2026-03-04T00:00:00.000-05:00", "2026-03-05T00:00:00.000-05:00"),
        ("dateTime", "2026-07-04T15:00:00.000-04:00", "2026-07-04T15:00:00.000-05:00"),
        ("currency", thing("MonetaryAmount", amount=1), thing("MonetaryAmount", amount=1, currency="EUR")),
        ("person", thing("Person", name="A", email="a@b.org"), thing("Person", name="A", email="b@b.org")),
        ("select", ["a", "b"], ["b", "a"]),
        ("select", ["a, b"], ["a", "b"]),
        ("link", thing("WebPage", url="https://x.org", name="a"), thing("WebPage", url="https://x.org", name="b")),
        ("image", file_at("https://coda.io/blobs/bl-1/aa"), file_at("https://coda.io/blobs/bl-2/aa")),
        ("packObject", {"a": 1}, {"a": 2}),
    ],
)  # fmt: skip
def test_what_somebody_edited_is_another_value(kind: str, one: Any, other: Any) -> None:
    assert canonical(one, column(kind)) != canonical(other, column(kind))
    assert repr(canonical(one, column(kind))) != repr(canonical(other, column(kind)))


@pytest.mark.parametrize(
    "text",
    ["**b**", "*i*", "_i_", "~~gone~~", "`code`", "[a](https://x.org)", "![a](x.png)", "# Title", "- item", "1. item",
     "> quote", "a\n\n- b", "<https://x.org>", "a<br/>b", "one\\*", "a&nbsp;b", "| a | b |\n| --- | --- |\n"],
)  # fmt: skip
def test_formatting_is_seen(text: str) -> None:
    assert isinstance(canonical(text, column("text")), Formatted)
    assert isinstance(canonical(text, column("of tomorrow")), Formatted)
    assert canonical(text, column("select")) == Text(text)


@pytest.mark.parametrize(
    "text",
    ["Buy milk", "snake_case_name", "2 * 3 * 4", "#1", "a - b", "1.5 km", "AT&T", "a < b > c", "x_1 and y_2",
     "C:\\Users", "[sic]", "---", "***", "(a) b", "~5", "Was it? Yes!", "a@b.org", "https://x.org/a_b_c", "日本語",
     "3)of 4"],
)  # fmt: skip
def test_text_that_comes_without_a_fence_is_plain_where_it_has_no_formatting(text: str) -> None:
    assert canonical(text, column("text")) == Text(text)


@pytest.mark.parametrize(
    "piece", ["_a ", "[", "[]", "[a](", "<a ", "~~a ", "|-", "| ", "-", " ", "* a", "&a", "a:/", "2", "\n"]
)
def test_no_text_takes_longer_to_read_than_it_is_long(piece: str) -> None:
    """As long as a row may be; the text after it makes each pattern fail at its end."""
    text = piece * (80_000 // len(piece)) + "x"
    begun = time.process_time()
    for kind in ("text", "date", "time", "link", "image"):
        assert singles(canonical(text, column(kind)))
    assert time.process_time() - begun < 5


def test_a_day_is_the_day_of_the_docs_zone() -> None:
    date = column("date")
    assert canonical("2026-07-04T04:00:00Z", date, NEW_YORK) == Day("2026-07-04")
    assert canonical("2026-07-03T23:00:00-05:00", date, NEW_YORK) == Day("2026-07-04")
    assert canonical("2026-07-03T23:00:00", date, NEW_YORK) == Day("2026-07-03")
    assert canonical("2026-03-04T14:00:00", column("dateTime"), NEW_YORK) == Moment(TWO_PM)
    assert canonical("2026-03-04", column("dateTime"), NEW_YORK) == Moment(TWO_PM - timedelta(hours=14))


def test_what_beside_the_meaning_is_needed_to_write_or_show_is_kept() -> None:
    [member] = singles(canonical(thing("Person", name="Ada", email="Ada@x.org"), column("person")))
    assert isinstance(member, Member)
    assert (member.name, member.email) == ("Ada", "Ada@x.org")
    [file] = singles(canonical(file_at("https://coda.io/blobs/bl-1/aa", name="a.png"), column("image")))
    assert isinstance(file, HostedFile)
    assert (file.url, file.name) == ("https://coda.io/blobs/bl-1/aa", "a.png")
    row = canonical(thing("StructuredValue", name="One", rowId="i-1", tableId="grid-1"), column("lookup"))
    assert isinstance(row, RowReference)
    assert (row.name, row.table) == ("One", "grid-1")


@given(cell_json, kinds)
@prop
def test_any_value_means_something_in_any_column_and_the_same_through_a_file(value: Any, kind: str) -> None:
    means = canonical(value, column(kind))
    again = canonical(json.loads(json.dumps(value)), column(kind))
    assert means == again
    assert hash(means) == hash(again)
    assert repr(means) == repr(again)
    assert shown(means) == shown(again)
    assert canonical([value], column(kind)) == means
    assert canonical([[value], ""], column(kind)) == means


def _is_nameless(value: Any) -> bool:
    """Whether something in it is shown as JSON by the CSV, since it lacks what it is called by."""
    if isinstance(value, list):
        return any(map(_is_nameless, value))
    return isinstance(value, dict) and cell_text(value).startswith(("{", "["))


@given(cell_json.filter(lambda value: not _is_nameless(value)), kinds.filter(lambda kind: kind not in ("date", "time")))
@prop
def test_a_cell_is_shown_as_the_csv_shows_it(value: Any, kind: str) -> None:
    means = canonical(value, column(kind))
    if not any(isinstance(each, Foreign | Member | WebAddress | HostedFile) for each in singles(means)):
        assert shown(means) == cell_text(value, kind)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("date", "2026-03-04T00:00:00.000-05:00"),
        ("time", "1899-12-30T09:30:00.000-05:00"),
        ("person", thing("Person", name="Ada", email="ada@x.org")),
        ("person", thing("Person", name="", email="Ada@x.org")),
        ("link", thing("WebPage", url="https://docs.superhuman.com/d/x", name="Doc")),
        ("image", file_at("https://coda.io/blobs/bl-1/aa")),
        ("image", file_at("https://coda.io/blobs/bl-1/aa", name="a.png")),
        ("number", 1.0),
        ("number", 1e30),
        ("currency", thing("MonetaryAmount", amount="12.50", currency="EUR")),
        ("checkbox", ""),
        ("packObject", {"b": "é", "a": 1}),
    ],
)
def test_what_things_are_called_is_as_in_the_csv(kind: str, value: Any) -> None:
    assert shown(canonical(value, column(kind))) == cell_text(value, kind)


def _real_cells() -> Iterator[tuple[Any, Column]]:
    addresses = Addresses(lambda _: "", lambda _: "", lambda _: "")
    world = World()
    doc = load_folder(world, REAL_DOCS / "city-ops")
    for table in doc.tables:
        columns = [column(each.type) for each in table.columns]
        for row in table.rows if SLOW else table.rows[::10]:
            for there, mine in zip(table.columns, columns, strict=True):
                yield rich(row.value(there), addresses), mine


@pytest.mark.skipif(not REAL_DOCS.is_dir(), reason="the real docs are not beside this checkout")
def test_every_cell_of_the_real_docs_means_what_it_shows() -> None:
    cells = 0
    for value, mine in _real_cells():
        means = canonical(value, mine)
        assert shown(means) == cell_text(value, mine.kind)
        assert canonical(json.loads(json.dumps(value)), mine) == means
        cells += 1
    assert cells > (200_000 if SLOW else 20_000)


@pytest.mark.skipif(not REAL_DOCS.is_dir(), reason="the real docs are not beside this checkout")
@pytest.mark.parametrize(
    "source", sorted((REAL_DOCS / "city-ops" / "tables").glob("*.csv")), ids=lambda path: path.stem
)
def test_plain_text_of_the_real_docs_is_plain_without_a_fence_too(source: Path) -> None:
    with source.open(encoding="utf-8", newline="") as file:
        texts = {cell for row in csv.reader(file) for cell in row if cell}
    odd = {text for text in texts if canonical(text, column("text")) != canonical(f"```{text}```", column("text"))}
    assert odd == set()


@given(st.text(max_size=30))
@prop
def test_fenced_text_is_that_text(text: str) -> None:
    fenced = "```" + text.replace("`", "\\`") + "```"
    assert canonical(fenced, column("text")) == (Text(text) if text else EMPTY)
