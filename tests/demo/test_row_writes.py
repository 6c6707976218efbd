"""What the endpoints that write rows accept, refuse and do."""

from __future__ import annotations

import json
from typing import Any, Literal
from urllib.parse import quote

import pytest

from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.tokens import Token
from coda_git_mirror.demo.world import Column, Doc, Table, View
from tests.demo.client import Client, Clock, Reply
from tests.demo.conftest import Serve

KIB = 1024
SYNCED_ROW = "i-" + "0af3" * 16


def path_of(grid: Table | View, row: str = "") -> str:
    rows = f"/docs/{grid.doc.id}/tables/{quote(grid.id)}/rows"
    return f"{rows}/{quote(row, safe='')}" if row else rows


def cells(**values: Any) -> dict[str, Any]:
    """A row edit, of columns by name."""
    return {"cells": [{"column": name, "value": value} for name, value in values.items()]}


def insert(client: Client, table: Table | View, *rows: dict[str, Any], **more: Any) -> Reply:
    return client.post(path_of(table), {"rows": list(rows), **more})


def update(client: Client, grid: Table | View, row: str, **values: Any) -> Reply:
    return client.put(path_of(grid, row), {"row": cells(**values)})


def names(table: Table) -> list[str]:
    return [row.name for row in table.rows]


@pytest.fixture
def view(table: Table) -> View:
    return table.doc.add_view("Small", table, where=lambda row: row.get("Number") < 3, shown=["Name"])


def test_new_rows_stand_last_and_are_told_in_order(serve: Serve, table: Table) -> None:
    client, before = serve(), table.rows[0].updated_at
    table.rows[0].move(3)
    answer = insert(client, table, cells(Name="a", Number=1), cells(Name="b"))
    assert answer.status == 202
    added = table.rows[-2:]
    assert answer.json["addedRowIds"] == [row.id for row in added]
    assert [row.name for row in added] == ["a", "b"] == [row.name for row in table.display_order[-2:]]
    assert {row.created_at for row in added} == {row.updated_at for row in added} == {table.updated_at}
    assert table.updated_at == table.doc.updated_at > before == table.rows[0].updated_at
    assert list(client.get(path_of(table, added[1].id)).json["values"].values()) == ["b", ""]


def test_an_insert_of_nothing_changes_nothing(serve: Serve, table: Table) -> None:
    before = table.doc.updated_at
    assert insert(serve(), table).json["addedRowIds"] == []
    assert table.doc.updated_at == before


def test_a_keyed_insert_updates_every_match_and_tells_no_id(serve: Serve, table: Table) -> None:
    client = serve()
    table.rows[3].set("Name", "row 1")
    answer = insert(client, table, cells(Name="row 1", Number=70), cells(Name="new", Number=80), keyColumns=["Name"])
    assert answer.json.keys() == {"requestId"}
    assert [row.get("Number") for row in table.rows] == [0, 70, 2, 70, 4, 5, 6, 80]
    insert(client, table, cells(Name="new", Number=80), keyColumns=["Name"])
    assert len(table.rows) == 8


def test_keys_are_looked_up_when_the_write_is_done(serve: Serve, clock: Clock, table: Table) -> None:
    client = serve(mutation_seconds=20)
    insert(client, table, cells(Name="row 1", Number=70), keyColumns=["Name", "Number"])
    table.rows[1].set("Name", "renamed")
    clock.now += 20
    client.get(path_of(table))
    assert names(table)[1:] == ["renamed", *(f"row {number}" for number in range(2, 7)), "row 1"]


def test_no_key_columns_are_none(serve: Serve, table: Table) -> None:
    assert len(insert(serve(), table, cells(Name="row 1"), keyColumns=[]).json["addedRowIds"]) == 1
    assert len(table.rows) == 8


def test_an_update_changes_the_cells_given(serve: Serve, table: Table) -> None:
    client, row = serve(), table.rows[2]
    created, updated = row.created_at, row.updated_at
    answer = update(client, table, row.id, Name="new")
    assert answer.json.keys() == {"requestId", "id"}
    assert answer.json["id"] == row.id
    assert (row.name, row.get("Number"), row.created_at) == ("new", 2, created)
    assert row.updated_at == table.updated_at == table.doc.updated_at > updated


def test_an_update_by_name_hits_any_row_of_that_name(serve: Serve, table: Table) -> None:
    table.rows[4].set("Name", "row 1")
    answer = update(serve(), table, "row 1", Number=70)
    assert [row.get("Number") for row in table.rows if row.name == "row 1"] in ([70, 4], [1, 70])
    assert answer.json["id"] in (table.rows[1].id, table.rows[4].id)


def test_rows_are_deleted_by_ids_of_which_unknown_ones_are_passed_over(serve: Serve, table: Table) -> None:
    ids = [table.rows[1].id, "i-unknown", table.rows[3].id]
    answer = serve().delete(path_of(table), {"rowIds": ids})
    assert (answer.status, answer.json["rowIds"]) == (202, ids)
    assert names(table) == [row.name for row in table.display_order] == ["row 0", "row 2", "row 4", "row 5", "row 6"]


def test_deleting_what_is_not_there_changes_nothing(serve: Serve, table: Table) -> None:
    before = table.doc.updated_at
    assert serve().delete(path_of(table), {"rowIds": ["i-unknown"]}).status == 202
    assert table.doc.updated_at == before


def test_one_row_is_deleted_by_its_id(serve: Serve, table: Table) -> None:
    client, row_id = serve(), table.rows[1].id
    answer = client.delete(path_of(table, row_id))
    assert (answer.status, answer.json["id"]) == (202, row_id)
    assert [client.get(path_of(table, row_id)).status, client.delete(path_of(table, row_id)).status] == [404, 404]


def test_through_a_view_rows_are_updated_and_deleted_but_not_inserted(serve: Serve, table: Table, view: View) -> None:
    client = serve()
    assert update(client, view, table.rows[0].id, Number=1).status == 202
    assert client.delete(path_of(view, table.rows[1].id)).status == 202
    assert client.delete(path_of(view), {"rowIds": [table.rows[1].id]}).status == 202
    assert insert(client, view, cells(Name="new")).status == 400
    assert (table.rows[0].get("Number"), names(table)) == (1, ["row 0", *(f"row {number}" for number in range(3, 7))])


def test_a_button_is_pushed_and_that_is_a_violation(serve: Serve, table: Table) -> None:
    button = table.add_column(Column("Send", "button"))
    client = serve()
    path = f"{path_of(table, table.rows[0].id)}/buttons/{button.id}"
    answer = client.post(path, {})
    assert (answer.json["rowId"], answer.json["columnId"], button.pushes) == (table.rows[0].id, button.id, 1)
    assert client.post(path.replace(button.id, table.column("Name").id), {}).status == 400
    assert client.post(path.replace(button.id, "c-unknown"), {}).status == 404
    assert client.coda.violations[0] == f"button pushed: {path}"


@pytest.mark.parametrize("named", ["id", "name", "address"])
def test_a_column_is_named_by_id_name_or_address(serve: Serve, table: Table, named: str) -> None:
    client, column = serve(), table.column("Name")
    (listed, _) = client.items(path_of(table).replace("/rows", "/columns"))
    name = {"id": column.id, "name": "Name", "address": listed["href"]}[named]
    update(client, table, table.rows[0].id, **{name: "new"})
    insert(client, table, cells(**{name: "row 1", "Number": 70}), keyColumns=[name])
    assert (table.rows[0].name, table.rows[1].get("Number")) == ("new", 70)


def test_tables_and_rows_are_read_by_name_too(serve: Serve, table: Table) -> None:
    client = serve()
    rows = path_of(table).replace(quote(table.id), "Things")
    assert client.get(f"{rows}/row%203").json["id"] == table.rows[3].id
    assert [client.get(path).status for path in (f"{rows}/row%2099", rows.replace("Things", "Thongs"))] == [404, 404]


BODIES: dict[str, Any] = {
    "no object": [],
    "no rows": {},
    "a key beyond the document's": {"rows": [], "dryRun": True},
    "keys in the plural": {"rows": [], "keyColumns": "Name"},
    "rows that are no list": {"rows": {"cells": []}},
    "a row without cells": {"rows": [{}]},
    "a row with an id": {"rows": [{"cells": [], "id": "i-1"}]},
    "a cell without a value": {"rows": [{"cells": [{"column": "Name"}]}]},
    "a cell with a format": {"rows": [{"cells": [{"column": "Name", "value": "a", "format": "text"}]}]},
    "null": {"rows": [cells(Name=None)]},
    "null in a list": {"rows": [cells(Name=["a", None])]},
    "an object": {"rows": [cells(Name={"@type": "Person", "email": "ada@lumenbikes.example"})]},
    "lists in lists of lists": {"rows": [cells(Name=[["a", ["b"]]])]},
    "an unknown column": {"rows": [cells(Nonsense="a")]},
    "an unknown key column": {"rows": [cells(Name="a")], "keyColumns": ["Nonsense"]},
    "one row of two with an unknown column": {"rows": [cells(Name="a"), cells(Nonsense="b")]},
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_is_not_as_documented_is_refused_whole(serve: Serve, table: Table, body: Any) -> None:
    client = serve()
    refused = client.post(path_of(table), body)
    assert (refused.status, refused.json.keys()) == (400, {"statusCode", "statusMessage", "message"})
    assert len(table.rows) == 7


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("PUT", {}),
        ("PUT", {"row": {"cells": []}, "rows": []}),
        ("PUT", {"row": cells(Name=None)}),
        ("DELETE", {}),
        ("DELETE", {"rowIds": "i-1"}),
        ("DELETE", {"rowIds": [1]}),
        ("DELETE", {"rowIds": [], "force": True}),
    ],
)
def test_changes_and_deletions_are_taken_as_strictly(serve: Serve, table: Table, method: str, body: Any) -> None:
    client = serve()
    refused = (
        client.put(path_of(table, table.rows[0].id), body) if method == "PUT" else client.delete(path_of(table), body)
    )
    assert refused.status == 400


def test_what_is_no_json_is_refused(serve: Serve, table: Table) -> None:
    client = serve()
    assert client.send("POST", client.coda.api_url + path_of(table), client.headers, b"{rows").status == 400


def test_lists_of_lists_of_scalars_are_values(serve: Serve, table: Table) -> None:
    assert insert(serve(), table, cells(Name=[["a", 1], True, 2.5])).status == 202


@pytest.mark.parametrize("status", [400, 404])
def test_an_unknown_column_is_refused_with_either_status(serve: Serve, table: Table, status: Literal[400, 404]) -> None:
    client = serve(readings=Readings(unknown_column_status=status))
    assert update(client, table, table.rows[0].id, Nonsense=1).status == status


def test_unknown_docs_tables_and_rows_are_not_found(serve: Serve, table: Table) -> None:
    client = serve()
    for place in (table.doc.id, table.id):
        elsewhere = path_of(table).replace(place, "unknown")
        assert client.post(elsewhere, {"rows": []}).status == 404
        assert client.delete(elsewhere, {"rowIds": []}).status == 404
    assert update(client, table, "i-unknown", Name="a").status == 404


def test_a_doc_that_is_closed_or_too_large_takes_nothing(serve: Serve, table: Table) -> None:
    client = serve()
    table.doc.over_api_size_limit = True
    assert insert(client, table).status == 403
    table.doc.over_api_size_limit, table.doc.accessible = False, False
    assert insert(client, table).status == 403


def row_of(size: int) -> dict[str, Any]:
    """A row edit that Coda counts as so many bytes: of two columns, with letters of two bytes and newlines."""
    return cells(Name="é\n" * 100, Number="x" * (size - 400))


def test_a_row_of_85_kilobytes_is_the_largest(serve: Serve, table: Table) -> None:
    client = serve()
    assert insert(client, table, row_of(85 * KIB)).status == 202
    for refused in (
        insert(client, table, cells(Name="small"), row_of(85 * KIB + 1)),
        client.put(path_of(table, table.rows[0].id), {"row": row_of(131 * KIB)}),
    ):
        assert refused.status == 400
        assert refused.json["message"].endswith(" KB exceeds maximum size of 85 KB.")
    assert refused.json["message"] == "Row edit of size 131 KB exceeds maximum size of 85 KB."
    assert len(table.rows) == 8


def test_a_body_of_two_megabytes_is_the_largest(serve: Serve, table: Table) -> None:
    def body_of(size: int) -> dict[str, Any]:
        body = {"rows": [cells(Name="x" * 80 * KIB) for _ in range(25)]}
        missing = size - len(json.dumps({"rows": [*body["rows"], cells(Name="")]}))
        return {"rows": [*body["rows"], cells(Name="x" * missing)]}

    client = serve()
    refused = client.post(path_of(table), body_of(2 * KIB * KIB + 1))
    assert (refused.status, refused.json["message"]) == (400, "request entity too large")
    assert len(table.rows) == 7
    assert client.post(path_of(table), body_of(2 * KIB * KIB)).status == 202
    assert len(table.rows) == 33


@pytest.mark.parametrize("token", [Token(read_only=True), Token(read_only=True, refusal=401)])
def test_a_token_that_may_only_read_changes_nothing(serve: Serve, table: Table, token: Token) -> None:
    button = table.add_column(Column("Send", "button"))
    client, row = serve(token=token), table.rows[0].id
    answers = [
        insert(client, table, cells(Name="new")),
        update(client, table, row, Name="new"),
        client.delete(path_of(table, row)),
        client.delete(path_of(table), {"rowIds": [row]}),
        client.post(f"{path_of(table, row)}/buttons/{button.id}", {}),
    ]
    assert {answer.status for answer in answers} == {token.refusal}
    assert (len(table.rows), table.rows[0].name, button.pushes) == (7, "row 0", 0)


def test_who_is_no_doc_maker_can_edit_rows(serve: Serve, table: Table) -> None:
    client = serve(token=Token(doc_maker=False))
    assert insert(client, table, cells(Name="new")).status == 202
    assert client.post("/docs", {"title": "New"}).status == 403


@pytest.fixture
def synced(doc: Doc) -> Table:
    table = doc.add_table("Synced", [Column("Name")])
    table.add_row({"Name": "from elsewhere"}, id=SYNCED_ROW)
    table.synced = True
    return table


@pytest.mark.parametrize(("answer", "status"), [("refuse", 400), ("ignore", 202)])
def test_a_synced_table_does_not_change(
    serve: Serve, synced: Table, answer: Literal["refuse", "ignore"], status: int
) -> None:
    client = serve(readings=Readings(synced=answer))
    answers = [
        update(client, synced, SYNCED_ROW, Name="mine"),
        insert(client, synced, cells(Name="mine")),
        client.delete(path_of(synced, SYNCED_ROW)),
    ]
    assert [reply.status for reply in answers] == [status] * 3
    assert names(synced) == ["from elsewhere"]
    if status == 202:
        assert client.mutation(answers[0]).json == {"completed": True}


@pytest.mark.parametrize(("reading", "status"), [("refuse", 400), ("drop", 202)])
@pytest.mark.parametrize("column", [Column("Twice", formula="2", compute=lambda _: 2), Column("Push", "button")])
def test_a_calculated_cell_is_refused_or_dropped(
    serve: Serve, table: Table, column: Column, reading: Literal["refuse", "drop"], status: int
) -> None:
    calculated = table.add_column(Column(column.name, column.type, formula=column.formula, compute=column.compute))
    client, row = serve(readings=Readings(calculated=reading)), table.rows[0]
    before = row.value(calculated)
    assert update(client, table, row.id, **{column.name: "x", "Name": "new"}).status == status
    assert (row.value(calculated), row.name) == (before, "new" if status == 202 else "row 0")
    assert insert(client, table, cells(Name="a"), keyColumns=[column.name]).status == 400


@pytest.mark.parametrize("from_snapshot", [False, True])
def test_rows_are_known_as_they_are_or_as_reads_show_them(
    serve: Serve, clock: Clock, table: Table, from_snapshot: bool
) -> None:
    client = serve(snapshot_lag=30, readings=Readings(snapshot_checks=from_snapshot))
    (added,) = insert(client, table, cells(Name="new")).json["addedRowIds"]
    gone = table.rows[0].id
    table.rows[0].delete()
    statuses = [update(client, table, row, Name="newer").status for row in (added, gone)]
    assert statuses == ([404, 202] if from_snapshot else [202, 404])
    clock.now += 30
    assert update(client, table, added, Name="newest").status == 202
    assert table.rows[-1].name == "newest"


@pytest.mark.parametrize(("fills", "stage"), [(True, ["todo", "", "done"]), (False, ["", "", "done"])])
def test_a_new_row_may_get_defaults(serve: Serve, table: Table, fills: bool, stage: list[str]) -> None:
    table.add_column(Column("Stage", default='"todo"'))
    client = serve(readings=Readings(fills_defaults=fills))
    insert(client, table, cells(Name="a"), cells(Stage=""), cells(Stage="done"))
    assert [row.get("Stage") for row in table.rows[-3:]] == stage
