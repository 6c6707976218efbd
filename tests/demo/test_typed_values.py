"""What a value becomes that is written into a cell, by the type of its column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from coda_git_mirror.demo.cells import Person
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.world import Column
from tests.demo.client import Client
from tests.demo.conftest import Serve
from tests.every_column import BEN, EveryColumn, every_column


@pytest.fixture
def account() -> EveryColumn:
    return every_column()


@pytest.fixture
def client(serve: Serve, account: EveryColumn) -> Client:
    return serve(world=account.world)


@pytest.fixture
def cell(client: Client, account: EveryColumn) -> Callable[[str, Any], Any]:
    return lambda column, value: written(client, account, column, value)


def written(client: Client, account: EveryColumn, column: str, value: Any) -> Any:
    """What reads back (rich) of a value that was written into the row that is empty but for its name."""
    path = f"{account.rows_path}/{account.table.rows[1].id}"
    accepted = client.put(path, {"row": {"cells": [{"column": column, "value": value}]}})
    assert accepted.status == 202, accepted.json
    return client.get(path, valueFormat="rich").json["values"][account.column(column)]


Cell = Callable[[str, Any], Any]


def fenced(text: str) -> str:
    return f"```{text}```"


def ids(values: Any) -> list[Any]:
    """Row ids of references, other values as they are."""
    return [it["rowId"] if isinstance(it, dict) else it for it in (values if isinstance(values, list) else [values])]


@pytest.mark.parametrize("column", ["Text", "Canvas", "Mail"])
@pytest.mark.parametrize(
    "text", ["two\nlines", "**not** _bold_", "<b>x</b>", "- item", " spaced ", "007", "a, b", "\\"]
)
def test_text_is_kept_literally(cell: Cell, column: str, text: str) -> None:
    assert cell(column, text) == fenced(text)


def test_a_fence_is_text_too(cell: Cell) -> None:
    assert cell("Text", "```code```") == fenced(r"\`\`\`code\`\`\`")


@pytest.mark.parametrize(
    ("texts", "reads"), [(False, [5, 2.5, True]), (True, [fenced("5"), fenced("2.5"), fenced("true")])]
)
def test_a_number_in_a_column_of_text_stays_one_or_becomes_text(
    serve: Serve, account: EveryColumn, texts: bool, reads: list[Any]
) -> None:
    client = serve(world=account.world, readings=Readings(texts_of_numbers=texts))
    assert [written(client, account, "Text", value) for value in (5, 2.5, True)] == reads


@pytest.mark.parametrize("column", ["Number", "Slider", "Scale", "Percent"])
@pytest.mark.parametrize(
    ("value", "reads"),
    [(3, 3), (-2.5, -2.5), ("3", 3), (" 3 ", 3), ("1,234.5", 1234.5), ("1e3", 1000.0), ("50%", 0.5), ("", "")],
)
def test_numbers_are_read_from_text(cell: Cell, column: str, value: Any, reads: Any) -> None:
    assert cell(column, value) == reads


@pytest.mark.parametrize("text", ["many", "1.2.3", "1,23", "-", "3 kg"])
def test_other_text_stays_in_a_column_of_numbers(cell: Cell, text: str) -> None:
    assert cell("Number", text) == fenced(text)


@pytest.mark.parametrize(
    ("value", "amount"), [(12.34, 12.34), (0, 0), ("$12.34", 12.34), ("12.34", 12.34), ("-€1,000", -1000), ("USD 5", 5)]
)
def test_money_is_of_the_currency_of_its_column(cell: Cell, value: Any, amount: float) -> None:
    found = cell("Money", value)
    assert (found["@type"], found["currency"], found["amount"]) == ("MonetaryAmount", "EUR", amount)


def test_what_is_no_amount_stays_text(cell: Cell) -> None:
    assert cell("Money", "to be agreed") == fenced("to be agreed")
    assert cell("Money", "") == ""


@pytest.mark.parametrize(
    ("value", "reads"),
    [(True, True), (False, False), ("true", True), ("FALSE", False), ("yes", fenced("yes")), ("", "")],
)
def test_checkboxes(cell: Cell, value: Any, reads: Any) -> None:
    assert cell("Done", value) is reads or cell("Done", value) == reads


def test_an_empty_box_may_be_false(serve: Serve, account: EveryColumn) -> None:
    client = serve(world=account.world, readings=Readings(false_boxes=True))
    assert written(client, account, "Done", "") is False
    client.post(account.rows_path, {"rows": [{"cells": []}]})
    assert account.table.rows[-1].get("Done") is False


@pytest.mark.parametrize("column", ["Date", "Instant"])
@pytest.mark.parametrize(
    ("value", "reads"),
    [
        ("2026-03-04", "2026-03-04T00:00:00.000-08:00"),
        ("2026-07-04", "2026-07-04T00:00:00.000-07:00"),
        ("03/04/2026", "2026-03-04T00:00:00.000-08:00"),
        ("Mar 4, 2026", "2026-03-04T00:00:00.000-08:00"),
        ("4 March 2026", "2026-03-04T00:00:00.000-08:00"),
        ("2026-03-04T00:00:00.000-08:00", "2026-03-04T00:00:00.000-08:00"),
        ("2026-03-04T23:30:00Z", "2026-03-04T15:30:00.000-08:00"),
        ("2026-07-04T15:30", "2026-07-04T15:30:00.000-07:00"),
        (1_772_582_400, 1_772_582_400),
        ("13/04/2026", fenced("13/04/2026")),
        ("2026-02-30", fenced("2026-02-30")),
        ("next week", fenced("next week")),
        ("", ""),
    ],
)
def test_dates_are_of_the_zone_of_the_doc_and_month_first(cell: Cell, column: str, value: Any, reads: Any) -> None:
    assert cell(column, value) == reads


def test_another_doc_has_another_zone(cell: Cell, account: EveryColumn) -> None:
    account.doc.timezone = "Europe/Berlin"
    assert cell("Date", "2026-07-04") == "2026-07-04T00:00:00.000+02:00"


@pytest.mark.parametrize(
    ("value", "reads"),
    [
        ("9:15", "1899-12-30T09:15:00.000-08:00"),
        ("9:15 PM", "1899-12-30T21:15:00.000-08:00"),
        ("12:00:30 am", "1899-12-30T00:00:30.000-08:00"),
        ("1899-12-30T09:15:00.000-08:00", "1899-12-30T09:15:00.000-08:00"),
        ("2026-03-04T17:15:00Z", "1899-12-30T09:15:00.000-08:00"),
        ("25:00", fenced("25:00")),
        ("noon", fenced("noon")),
    ],
)
def test_times_are_instants_of_a_day_in_1899(cell: Cell, value: str, reads: str) -> None:
    assert cell("Time", value) == reads


@pytest.mark.parametrize(
    ("value", "reads"),
    [
        ("2 days", "2 days"),
        ("90 mins", "1 hr 30 mins"),
        ("1 hour, 30 minutes", "1 hr 30 mins"),
        ("36h", "1 day 12 hrs"),
        ("0.5 days", "12 hrs"),
        (2, "2 days"),
        ("PT2H", fenced("PT2H")),
        ("", ""),
    ],
)
def test_durations_come_back_as_text_in_other_words(cell: Cell, value: Any, reads: str) -> None:
    assert cell("Duration", value) == reads


def test_an_unlisted_option_is_kept_and_not_listed(cell: Cell, account: EveryColumn) -> None:
    before = dict(account.table.column("Status").options)
    assert cell("Status", "Unheard of") == fenced("Unheard of")
    assert cell("Status", "comma, inside") == fenced("comma, inside")
    assert account.table.column("Status").options == before


@pytest.mark.parametrize(
    ("value", "reads"),
    [
        (["city", "cargo, family"], ["city", "cargo, family"]),
        ("city, cargo, family", ["city", "cargo", "family"]),
        ("city", ["city"]),
        (["city"], ["city"]),
        (["", "city", []], ["city"]),
    ],
)
def test_commas_in_a_text_part_values_and_in_an_array_do_not(cell: Cell, value: Any, reads: list[str]) -> None:
    assert cell("Tags", value) == list(map(fenced, reads))


@pytest.mark.parametrize("value", ["", [], [""]])
@pytest.mark.parametrize("column", ["Tags", "People", "Cities", "Files", "Cheers"])
def test_lists_are_cleared(cell: Cell, column: str, value: Any) -> None:
    assert cell(column, value) == ""


def test_a_list_of_lists_stays_one(cell: Cell) -> None:
    assert cell("Tags", [["a", "b"], "c"]) == [[fenced("a"), fenced("b")], fenced("c")]


def test_a_list_in_a_column_of_one_value(cell: Cell) -> None:
    assert cell("Status", ["only"]) == fenced("only")
    assert cell("Status", ["one", "two"]) == [fenced("one"), fenced("two")]


def test_a_list_of_one_may_come_bare(serve: Serve, account: EveryColumn) -> None:
    client = serve(world=account.world, readings=Readings(bare_singles=True))
    assert [written(client, account, "Tags", value) for value in ("city", ["city"])] == [fenced("city")] * 2


@pytest.mark.parametrize("text", ["ben@lumenbikes.example", "BEN@lumenbikes.example", "Ben Okafor"])
def test_a_person_is_found_by_e_mail_or_full_name(cell: Cell, text: str) -> None:
    assert cell("Person", text)["email"] == BEN.email
    assert [it["name"] for it in cell("People", f"{text}, ada@lumenbikes.example")] == [BEN.name, "Ada Brennan"]


@pytest.mark.parametrize("text", ["nobody@lumenbikes.example", "Ben", "ben okafor"])
def test_somebody_whom_the_doc_does_not_know_is_text(cell: Cell, text: str) -> None:
    assert cell("Person", text) == fenced(text)
    assert cell("People", [text, BEN.email])[0] == fenced(text)


def test_who_stands_in_a_cell_is_known_until_the_last_one_is_gone(cell: Cell, account: EveryColumn) -> None:
    eve = Person("Eve", "eve@lumenbikes.example")
    account.table.rows[0].set("Person", eve)
    assert cell("Person", eve.email)["name"] == "Eve"
    account.doc.unknown_emails.add("eve@lumenbikes.example")
    assert cell("Person", eve.email) == fenced("eve@lumenbikes.example")
    account.doc.unknown_emails.clear()
    account.table.rows[0].set("Person", "")
    assert cell("Person", eve.email) == fenced("eve@lumenbikes.example")


def test_a_row_is_found_by_its_id_or_its_exact_name(cell: Cell, account: EveryColumn) -> None:
    oslo, rome, other_rome = (row.id for row in account.cities.rows)
    assert [ids(cell("City", value)) for value in (oslo, "Oslo", rome)] == [[oslo], [oslo], [rome]]
    assert ids(cell("City", "Rome"))[0] in (rome, other_rome)
    assert ids(cell("Cities", [other_rome, oslo])) == [other_rome, oslo]
    assert ids(cell("Cities", f"{other_rome}, Oslo")) == [other_rome, oslo]


@pytest.mark.parametrize("text", ["oslo", "Paris", "i-unknown"])
def test_a_row_that_is_not_there_is_text_and_is_not_made(cell: Cell, account: EveryColumn, text: str) -> None:
    assert cell("City", text) == fenced(text)
    assert ids(cell("Cities", [text, "Oslo"])) == [fenced(text), account.cities.rows[0].id]
    assert len(account.cities.rows) == 3


def test_nothing_is_no_row_without_a_name(cell: Cell, account: EveryColumn) -> None:
    account.cities.rows[0].set("City", "")
    assert cell("City", "") == ""


@pytest.mark.parametrize("clears", [False, True])
def test_references_to_a_row_that_is_deleted_stay_or_are_cleared(
    client: Client, account: EveryColumn, clears: bool
) -> None:
    account.world.clears_references = clears
    oslo, _, rome = account.cities.rows
    client.delete(f"{account.rows_path.replace(account.table.id, account.cities.id)}/{oslo.id}")
    values = client.items(account.rows_path, valueFormat="rich")[0]["values"]
    shown = [ids(values[account.column(column)]) for column in ("City", "Cities")]
    assert shown == ([[""], [rome.id]] if clears else [[oslo.id], [oslo.id, rome.id]])


def test_a_row_of_another_table_is_not_found(cell: Cell, account: EveryColumn) -> None:
    assert cell("City", account.table.rows[0].id) == fenced(account.table.rows[0].id)


def test_text_that_does_not_fit_may_come_without_a_fence(serve: Serve, account: EveryColumn) -> None:
    client = serve(world=account.world, readings=Readings(bare_leftovers=True))
    for column in ("Number", "Money", "Date", "Person", "City", "Image"):
        assert written(client, account, column, "anything") == "anything"
    assert [written(client, account, column, "anything") for column in ("Text", "Status")] == [fenced("anything")] * 2


def own_url(client: Client, account: EveryColumn) -> str:
    rows = client.items(account.rows_path, valueFormat="rich")
    return str(rows[0]["values"][account.column("Image")]["url"])


def test_a_hosted_file_is_written_by_its_address(cell: Cell, client: Client, account: EveryColumn) -> None:
    url = own_url(client, account)
    assert cell("Image", url)["url"] == url
    assert [it["url"] for it in cell("Files", [url])] == [url]
    assert cell("Hotlink", url)["url"] == url
    account.blob.gone = True
    assert cell("Image", url) == fenced(url)


def test_a_hosted_file_may_be_stored_anew(serve: Serve, account: EveryColumn) -> None:
    client = serve(world=account.world, readings=Readings(new_blobs=True))
    url = own_url(client, account)
    stored = written(client, account, "Image", url)["url"]
    assert account.blob.id not in stored
    assert client.download(stored).body == account.blob.content


def test_a_file_from_outside_is_fetched_if_it_says_what_it_is(cell: Cell, client: Client, account: EveryColumn) -> None:
    account.world.publish("https://example.com/a.png", b"bytes", "a.png", "image/png")
    account.world.publish("https://example.com/untyped", b"bytes", "untyped", None)
    found = cell("Image", "https://example.com/a.png")
    assert (found["@type"], found["name"]) == ("ImageObject", "a.png")
    assert client.download(found["url"]).body == b"bytes"
    for url in ("https://example.com/untyped", "https://example.com/none.png"):
        assert cell("Image", url) == fenced(url)


def test_a_picture_by_reference_stays_where_it_lies(cell: Cell) -> None:
    assert cell("Hotlink", "https://example.com/none.png")["url"] == "https://example.com/none.png"


def test_a_link_has_an_address_and_no_name(cell: Cell) -> None:
    found = cell("Link", "https://example.com/x")
    assert (found["@type"], found["url"], "name" in found) == ("WebPage", "https://example.com/x", False)
    assert cell("Link", "not an address") == fenced("not an address")


@pytest.mark.parametrize("value", ["👍", ["👍"]])
def test_reactions_are_replaced_by_any_text(cell: Cell, value: Any) -> None:
    assert cell("Cheers", ["👎", "anything"]) == [fenced("👎"), fenced("anything")]
    assert cell("Cheers", value) == [fenced("👍")]


@pytest.mark.parametrize("column", [column.name for column in every_column().table.columns if column.writable])
def test_everything_can_be_cleared(client: Client, account: EveryColumn, column: str) -> None:
    path = f"{account.rows_path}/{account.table.rows[0].id}"
    client.put(path, {"row": {"cells": [{"column": column, "value": ""}]}})
    assert client.get(path, valueFormat="rich").json["values"][account.column(column)] == ""


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("007", "number"),
        (5, "number"),
        (True, "checkbox"),
        ("false", "checkbox"),
        ("2026-03-04", "date"),
        ("a", "text"),
    ],
)
@pytest.mark.parametrize("infers", [False, True])
def test_the_first_value_may_decide_the_type_of_a_column(
    serve: Serve, account: EveryColumn, infers: bool, value: Any, kind: str
) -> None:
    never_filled = account.table.add_column(Column("New"))
    client = serve(world=account.world, readings=Readings(infers_types=infers))
    written(client, account, "New", "")
    written(client, account, "New", value)
    assert never_filled.type == (kind if infers else "text")
    written(client, account, "Text", value)
    assert account.table.column("Text").type == "text"


def test_without_parsing_everything_stays_as_it_was_sent(client: Client, account: EveryColumn) -> None:
    path = f"{account.rows_path}/{account.table.rows[1].id}"
    edit = {"row": {"cells": [{"column": "City", "value": account.cities.rows[0].id}]}}
    assert client.put(f"{path}?disableParsing=true", edit).status == 202
    values = client.get(path, valueFormat="rich").json["values"]
    assert values[account.column("City")] == fenced(account.cities.rows[0].id)
    assert client.coda.violations == [f"disableParsing sent: {path}"]
