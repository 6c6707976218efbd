"""Pagination as the API does it."""

from __future__ import annotations

import pytest

from coda_git_mirror.demo.server import PageSizes
from coda_git_mirror.demo.world import Doc, Page, Table, World
from tests.demo.conftest import Serve


def rows_path(table: Table) -> str:
    return f"/docs/{table.doc.id}/tables/{table.id}/rows"


def names(items: list[dict[str, str]]) -> list[str]:
    return [item["name"] for item in items]


def test_a_limit_above_the_maximum_is_clamped_in_silence(serve: Serve, table: Table) -> None:
    pages = list(serve(page_sizes=PageSizes(rows=3)).listing(rows_path(table), limit=1000))
    assert [len(page["items"]) for page in pages] == [3, 3, 1]
    assert "nextPageToken" not in pages[-1]


def test_a_page_token_carries_its_own_limit_and_ignores_other_keys(serve: Serve, table: Table) -> None:
    client = serve()
    token = client.get(rows_path(table), limit=2).json["nextPageToken"]
    assert len(client.get(rows_path(table), pageToken=token, limit=5).json["items"]) == 2


def test_newer_endpoints_refuse_other_keys_beside_a_page_token(serve: Serve, table: Table) -> None:
    client = serve(strict_page_tokens=True)
    token = client.get(rows_path(table), limit=2).json["nextPageToken"]
    assert client.get(rows_path(table), pageToken=token, limit=2).status == 400
    assert client.get(rows_path(table), pageToken=token).status == 200


def test_an_unknown_page_token_is_refused(serve: Serve, table: Table) -> None:
    client = serve()
    token = client.get(rows_path(table), limit=2).json["nextPageToken"]
    client.coda.invalidate_page_tokens()
    reply = client.get(rows_path(table), pageToken=token)
    assert (reply.status, reply.json["message"]) == (400, "Invalid pageToken.")


def test_the_next_page_link_leads_on(serve: Serve, table: Table) -> None:
    client = serve()
    first = client.get(rows_path(table), limit=4).json
    second = client.send("GET", first["nextPageLink"], client.headers).json
    assert names(second["items"]) == ["row 4", "row 5", "row 6"]


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_senseless_limit_is_refused(serve: Serve, table: Table, limit: str) -> None:
    assert serve().get(rows_path(table), limit=limit).status == 400


def test_rows_are_pinned_while_a_listing_runs(serve: Serve, table: Table) -> None:
    client = serve()
    listing = client.listing(rows_path(table), limit=4)
    first = next(listing)
    table.rows[0].delete()
    assert names(first["items"] + next(listing)["items"]) == [f"row {number}" for number in range(7)]


def test_rows_that_nothing_pins_shift_under_the_client(serve: Serve, table: Table) -> None:
    client = serve(live_listings=("rows",))
    listing = client.listing(rows_path(table), limit=4)
    first = next(listing)
    table.rows[0].delete()
    assert names(first["items"] + next(listing)["items"]) == [f"row {number}" for number in range(7) if number != 4]


def test_the_docs_list_moves_while_one_pages_through_it(serve: Serve, world: World) -> None:
    docs = [world.add_doc(f"doc {number}") for number in range(4)]
    client = serve()
    listing = client.listing("/docs", limit=2)
    assert names(next(listing)["items"]) == ["doc 3", "doc 2"]
    docs[0].rename("doc 0, touched")
    assert names(next(listing)["items"]) == ["doc 2", "doc 1"]


def test_docs_are_listed_when_opened_and_found_by_id_in_any_case(serve: Serve, world: World, doc: Doc) -> None:
    doc.opened = False
    world.add_doc("Theirs", owner=world.user.__class__("Zed", "zed@else.example"))
    mine = world.add_doc("Mine")
    client = serve()
    assert names(client.items("/docs")) == ["Mine", "Theirs"]
    assert names(client.items("/docs", isOwner="true")) == ["Mine"]
    assert names(client.items("/docs", query="min")) == ["Mine"]
    assert client.get(f"/docs/{doc.id}").status == 200
    mine.accessible = False
    assert client.get(f"/docs/{mine.id}").status == 403


def test_pages_come_flat_in_sidebar_order(serve: Serve, doc: Doc, page: Page) -> None:
    doc.add_page("Second")
    below = doc.add_page("Below first", page)
    page.hide()
    found = serve().items(f"/docs/{doc.id}/pages")
    assert names(found) == ["First", "Below first", "Second"]
    assert found[1]["parent"]["id"] == page.id
    assert [it["isHidden"] for it in found] == [True, False, False]
    assert [it["isEffectivelyHidden"] for it in found] == [True, True, False]
    assert [child["id"] for child in found[0]["children"]] == [below.id]


def test_row_orders(serve: Serve, table: Table) -> None:
    client = serve()
    table.rows[0].set("Number", 70)
    table.rows[6].move(0)
    path = rows_path(table)
    assert names(client.items(path))[0] == "row 0"
    assert names(client.items(path, sortBy="updatedAt"))[-1] == "row 0"
    assert names(client.items(path, sortBy="natural"))[0] == "row 6"
    assert client.get(path, sortBy="natural", visibleOnly="false").status == 400
    assert client.get(path, sortBy="alphabet").status == 400


def test_a_view_shows_its_own_rows_and_columns(serve: Serve, table: Table) -> None:
    view = table.doc.add_view(
        "Big", table, where=lambda row: row.get("Number") > 4, sort=("Number", "descending"), shown=("Number",)
    )
    client = serve()
    path = f"/docs/{table.doc.id}/tables/{view.id}"
    found = client.items(path + "/rows", sortBy="natural")
    assert [list(row["values"].values()) for row in found] == [[6], [5]]
    assert names(client.items(path + "/columns", visibleOnly="true")) == ["Number"]
    assert client.get(path).json["parentTable"]["id"] == table.id


def test_table_types(serve: Serve, table: Table) -> None:
    table.doc.add_view("Some", table)
    client, path = serve(), f"/docs/{table.doc.id}/tables"
    assert names(client.items(path)) == ["Things", "Some"]
    assert names(client.items(path, tableTypes="view")) == ["Some"]


def test_a_heavy_table_times_out_until_the_limit_is_small(serve: Serve, table: Table) -> None:
    table.heavy_above = 3
    client = serve()
    assert [client.get(rows_path(table), limit=limit).status for limit in (7, 7, 4, 3)] == [504, 504, 504, 200]


def test_a_seed_changes_what_is_not_content_and_nothing_else(serve: Serve, doc: Doc, page: Page, table: Table) -> None:
    for number in range(5):
        doc.add_table(f"more {number}", table.columns[:1])
        doc.add_page(f"more {number}", page)
    plain, shuffled = serve(), serve(shuffle_seed=1)
    tables = [client.items(f"/docs/{doc.id}/tables") for client in (plain, shuffled)]
    assert names(tables[0]) != names(tables[1])
    assert sorted(names(tables[0])) == sorted(names(tables[1]))
    hosts = {it[key].split("/")[2] for it in tables[1] for key in ("href", "browserLink")}
    assert hosts == {"coda.io", "docs.superhuman.com"}
    pages = [names(client.items(f"/docs/{doc.id}/pages")) for client in (plain, shuffled)]
    assert pages[0] == pages[1]


def test_ids_never_repeat_within_a_listing(serve: Serve, table: Table) -> None:
    ids = [row["id"] for row in serve().items(rows_path(table), limit=2)]
    assert len(ids) == len(set(ids)) == 7
