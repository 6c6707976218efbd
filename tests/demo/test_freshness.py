"""Which times move with which edit, and reads that trail edits."""

from __future__ import annotations

from coda_git_mirror.demo.blocks import FormulaValue, Grid
from coda_git_mirror.demo.world import Page, Table
from tests.demo.client import Clock
from tests.demo.conftest import Serve


def test_editing_a_row_moves_row_table_and_doc_but_no_page(serve: Serve, page: Page, table: Table) -> None:
    page.append(Grid(table))
    client = serve()
    before = client.export(page.doc.id, page.id)
    page_time, row_time, doc_time = page.updated_at, table.rows[0].updated_at, page.doc.updated_at
    table.rows[0].set("Name", "new name")
    assert page.updated_at == page_time
    assert table.updated_at == table.rows[0].updated_at == page.doc.updated_at > max(row_time, doc_time)
    assert client.export(page.doc.id, page.id) == before.replace("row 0", "new name")


def test_a_formula_changes_an_export_without_touching_its_page(serve: Serve, page: Page) -> None:
    total = page.doc.add_formula("Total", 3, page)
    page.write(FormulaValue("In all:", total))
    client, page_time = serve(), page.updated_at
    total.set(4)
    assert client.export(page.doc.id, page.id) == "In all: 4\n"
    assert page.updated_at == page_time
    assert client.get(f"/docs/{page.doc.id}/formulas/{total.id}").json["value"] == 4


def test_content_trails_edits_while_the_time_is_already_new(serve: Serve, clock: Clock, page: Page) -> None:
    client = serve(snapshot_lag=30)
    page.write(markdown="Two.\n")
    path = f"/docs/{page.doc.id}/pages/{page.id}"
    assert client.get(path).json["updatedAt"] == page.updated_at
    assert client.export(page.doc.id, page.id) == "One.\n"
    client.headers["X-Coda-Doc-Version"] = "latest"
    assert client.get(path).status == 400
    clock.now += 30
    assert client.get(path).status == 200
    assert client.export(page.doc.id, page.id) == "Two.\n"


def test_two_edits_arrive_one_after_the_other(serve: Serve, clock: Clock, page: Page) -> None:
    client = serve(snapshot_lag=30)
    page.write(markdown="Two.\n")
    clock.now += 20
    page.write(markdown="Three.\n")
    seen = []
    for _ in range(4):
        seen.append(client.export(page.doc.id, page.id))
        clock.now += 10
    assert seen == ["One.\n", "Two.\n", "Two.\n", "Three.\n"]
