"""Formulas, controls and calculated cells: where they are said to stand, and values that change by themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from coda_git_mirror.demo.blocks import ControlValue, FormulaValue, Grid
from coda_git_mirror.demo.world import Column, Control, Doc, Formula, Page
from tests.demo.client import Client, Clock
from tests.demo.conftest import Serve
from tests.demo.openapi import DOCUMENT, Document

Valued = Formula | Control
Times = list[str]


def formula(doc: Doc, page: Page | None = None, *, placeless: bool = False) -> Formula:
    return doc.add_formula("Total", 3, page, placeless=placeless)


def control(doc: Doc, page: Page | None = None, *, placeless: bool = False) -> Control:
    return doc.add_control("Total", "slider", 3, page, placeless=placeless)


MakeValued = Callable[..., Valued]
of_both = pytest.mark.parametrize("make", [formula, control])


def path(it: Valued) -> str:
    return f"/docs/{it.doc.id}/{'formulas' if isinstance(it, Formula) else 'controls'}"


def answers(client: Client, it: Valued) -> list[dict[str, object]]:
    """The reference in the listing, and the details."""
    return [*client.items(path(it)), client.get(f"{path(it)}/{it.id}").json]


def show(page: Page, it: Valued) -> None:
    page.write(FormulaValue("In all:", it) if isinstance(it, Formula) else ControlValue("In all:", it))


def shown(client: Client, page: Page) -> tuple[str, str, str]:
    (line,) = client.items(f"/docs/{page.doc.id}/pages/{page.id}/content")
    markdown, html = (client.export(page.doc.id, page.id, kind) for kind in ("markdown", "html"))
    return markdown, html, line["itemContent"]["content"]


def reads(value: object) -> tuple[str, str, str]:
    return f"In all: {value}\n", f"<div>In all: <span>{value}</span></div>\n", f"In all: {value}"


def times(doc: Doc) -> Times:
    """Of everything in a doc that has one."""
    rows = [row for table in doc.tables for row in table.rows]
    return [it.updated_at for it in (doc, *doc.pages(), *doc.grids(), *rows)]


@of_both
def test_what_stands_on_a_page_names_it(serve: Serve, page: Page, make: MakeValued) -> None:
    it = make(page.doc, page)
    assert [found["parent"]["id"] for found in answers(serve(), it)] == [page.id, page.id]  # type: ignore[index]


@of_both
def test_what_stands_nowhere_or_does_not_tell_has_no_parent(serve: Serve, page: Page, make: MakeValued) -> None:
    client = serve()
    nowhere, silent = make(page.doc), make(page.doc, page, placeless=True)
    found = [*client.items(path(nowhere)), *(client.get(f"{path(it)}/{it.id}").json for it in (nowhere, silent))]
    assert [("parent" in answer, answer["name"]) for answer in found] == [(False, "Total")] * 4


@pytest.mark.skipif(not DOCUMENT.is_file(), reason=f"the OpenAPI document {DOCUMENT.name} is not at hand")
def test_a_missing_parent_is_as_published(serve: Serve, page: Page) -> None:
    client, document = serve(), Document(DOCUMENT)
    for it in (formula(page.doc), control(page.doc, page, placeless=True)):
        for address in (path(it), f"{path(it)}/{it.id}"):
            reply = client.get(address)
            assert document.problems("GET", address, reply.status, reply.json) == []


@of_both
@pytest.mark.parametrize("placed", [True, False])
def test_setting_a_value_moves_the_doc_and_no_page(serve: Serve, page: Page, make: MakeValued, placed: bool) -> None:
    it = make(page.doc, page if placed else None)
    show(page, it)
    client, page_time, doc_time = serve(), page.updated_at, page.doc.updated_at
    assert shown(client, page) == reads(3)
    it.set(4)
    assert page.updated_at == page_time
    assert page.doc.updated_at > doc_time
    assert shown(client, page) == reads(4)


@of_both
def test_a_value_on_a_page_that_was_deleted_is_shown_elsewhere(serve: Serve, page: Page, make: MakeValued) -> None:
    elsewhere = page.doc.add_page("Elsewhere")
    it = make(page.doc, page)
    show(elsewhere, it)
    page.delete()
    client = serve()
    assert all("parent" not in found for found in answers(client, it))
    assert shown(client, elsewhere) == reads(3)


@of_both
def test_a_value_that_recalculates_moves_no_time(serve: Serve, page: Page, make: MakeValued) -> None:
    it = make(page.doc, page)
    show(page, it)
    client, before = serve(), times(page.doc)
    it.recalculate(5)
    assert times(page.doc) == before
    assert [answers(client, it)[1]["value"], shown(client, page)] == [5, reads(5)]


def test_a_column_that_recalculates_moves_no_time(serve: Serve, page: Page) -> None:
    age = Column("Age", "number", formula="Today()", compute=lambda _: 1)
    table = page.doc.add_table("Things", [Column("Name"), age], [{"Name": "Bike"}])
    page.write(Grid(table))
    client, before = serve(), times(page.doc)
    age.recalculate(lambda _: 2)
    assert times(page.doc) == before
    (row,) = client.items(f"/docs/{page.doc.id}/tables/{table.id}/rows", valueFormat="simple")
    assert row["values"][age.id] == 2
    assert "| Bike | 2 |" in client.export(page.doc.id, page.id)


@of_both
def test_a_set_value_is_served_late(serve: Serve, clock: Clock, page: Page, make: MakeValued) -> None:
    it = make(page.doc)
    show(page, it)
    client = serve(snapshot_lag=30)
    it.set(4)
    assert [answers(client, it)[1]["value"], shown(client, page)] == [3, reads(3)]
    clock.now += 30
    assert [answers(client, it)[1]["value"], shown(client, page)] == [4, reads(4)]
