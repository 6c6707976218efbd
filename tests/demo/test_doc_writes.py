"""Docs that the API makes, copies, names and deletes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from coda_git_mirror.demo.blocks import Grid, Mention, Text
from coda_git_mirror.demo.cells import Reference
from coda_git_mirror.demo.limits import Limits
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.tokens import Token
from coda_git_mirror.demo.world import Column, Doc, Table, World
from tests.demo.client import Client, Clock, Reply
from tests.demo.conftest import Serve


def _ask(client: Client, method: str, path: str, content: Any = None) -> Reply:
    body = None if content is None else json.dumps(content).encode()
    return client.send(method, client.coda.api_url + path, client.headers, body)


def _names(client: Client, path: str) -> list[str]:
    return [item["name"] for item in client.items(path)]


def _ids(table: Table) -> set[str]:
    return {table.id, *(column.id for column in table.columns), *(row.id for row in table.rows)}


@pytest.fixture
def source(world: World) -> Doc:
    """Pages, a table with a view, a relation to itself, and a mention of a page of its own."""
    doc = world.add_doc("Source")
    upper = doc.add_page("Upper")
    lower = doc.add_page("Lower", upper)
    table = doc.add_table("Tasks", [Column("Task")], [{"Task": "oil"}, {"Task": "pump"}], lower)
    after = table.add_column(Column("After", "lookup", table=table))
    table.rows[1].values[after.id] = Reference(table.rows[0])
    view = doc.add_view("Open", table, upper, where=lambda row: row.get("Task") != "oil")
    lower.write(Text("All of it:"), Grid(table))
    upper.write(Mention(lower), Grid(view))
    return doc


def test_a_new_doc_is_there_at_once_with_its_first_page(serve: Serve, world: World) -> None:
    client, folder = serve(), world.add_folder("Plans")
    made = client.post("/docs", {"title": "New", "folderId": folder.id, "initialPage": {"name": "Start"}})
    assert (made.status, made.json["name"], made.json["folderId"]) == (201, "New", folder.id)
    assert client.get(f"/mutationStatus/{made.json['requestId']}").json == {"completed": True}
    assert _names(client, f"/docs/{made.json['id']}/pages") == ["Start"]
    assert _names(client, f"/docs/{client.post('/docs', {}).json['id']}/pages") == ["Untitled"]


def test_the_first_page_may_take_its_time(serve: Serve, clock: Clock) -> None:
    client = serve(readings=Readings(late_initial_page=True), mutation_seconds={"page": 50})
    path = f"/docs/{client.post('/docs', {'initialPage': {'name': 'Start'}}).json['id']}/pages"
    assert _names(client, path) == []
    clock.now += 50
    assert _names(client, path) == ["Start"]


def test_a_doc_made_by_the_api_may_not_be_listed_and_its_answer_may_be_lost(serve: Serve, world: World) -> None:
    client = serve(readings=Readings(lists_new_docs=False))
    client.coda.on("POST", "/docs$").fail(502, times=1, after_acceptance=True)
    assert client.post("/docs", {"title": "Lost"}).status == 502
    assert client.items("/docs") == []
    assert client.get(f"/docs/{world.doc('Lost').id}").json["name"] == "Lost"


def test_a_copy_has_everything_under_new_ids(serve: Serve, source: Doc, world: World) -> None:
    client = serve()
    made = client.post("/docs", {"title": "Copy", "sourceDoc": source.id}).json
    copy, path = world.doc("Copy"), f"/docs/{made['id']}"
    assert made["id"] == copy.id != source.id
    assert _names(client, f"{path}/pages") == ["Upper", "Lower"]
    assert _names(client, f"{path}/tables") == ["Tasks", "Open"]
    old, new = source.table("Tasks"), copy.table("Tasks")
    for before, after in [
        (old, new),
        *zip(old.columns, new.columns, strict=True),
        *zip(old.rows, new.rows, strict=True),
    ]:
        assert before.id != after.id  # type: ignore[attr-defined]
    assert [row.get("Task") for row in new.rows] == ["oil", "pump"]
    assert new.rows[1].get("After").row is new.rows[0]
    assert new.columns[1].table is new
    assert new.page is copy.page("Lower")
    assert [row.name for row in copy.views[0].visible_rows()] == ["pump"]
    upper = copy.page("Upper")
    assert client.export(copy.id, upper.id).startswith(f"[Lower]({copy.page('Lower').link})")
    new.rows[0].set("Task", "grease")
    assert old.rows[0].get("Task") == "oil"


def test_a_copy_may_take_its_time_and_keep_the_ids(serve: Serve, source: Doc, clock: Clock) -> None:
    client = serve(readings=Readings(copies_keep_ids=True), mutation_seconds={"doc": 20})
    path = f"/docs/{client.post('/docs', {'sourceDoc': source.id}).json['id']}"
    assert client.items(f"{path}/pages") == []
    clock.now += 20
    assert [page["id"] for page in client.items(f"{path}/pages")] == [page.id for page in source.pages()]
    assert client.items(f"{path}/tables")[0]["id"] == source.tables[0].id


def test_a_doc_is_named_at_once_and_deleted(serve: Serve, doc: Doc) -> None:
    client = serve(mutation_seconds=50)
    named = _ask(client, "PATCH", f"/docs/{doc.id}", {"title": "Plans", "iconName": "rocket"})
    assert (named.status, named.json) == (200, {})
    assert client.get(f"/docs/{doc.id}").json["name"] == "Plans"
    assert _ask(client, "DELETE", f"/docs/{doc.id}").status == 202
    assert client.get(f"/docs/{doc.id}").status == 404
    assert _ask(client, "DELETE", f"/docs/{doc.id}").status == 404


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"name": "x"}, "Validation Error: body may not have name."),
        ({"title": 7}, "Validation Error: body.title must be a str."),
        ({"folderId": "fl-none"}, "Could not find a folder with ID fl-none."),
        ({"initialPage": {"title": "x"}}, "Validation Error: body.initialPage may not have title."),
        (["title"], "Validation Error: body must be an object."),
    ],
)
def test_what_is_not_as_documented_is_refused(serve: Serve, world: World, content: Any, message: str) -> None:
    refused = serve().post("/docs", content)
    assert (refused.status, refused.json["message"]) == (400, message)
    assert world.docs == []


def test_only_a_doc_maker_makes_and_names_docs(serve: Serve, doc: Doc) -> None:
    client = serve(token=Token(doc_maker=False))
    assert client.post("/docs", {"title": "x"}).status == 403
    assert _ask(client, "PATCH", f"/docs/{doc.id}", {"title": "x"}).status == 403


def test_docs_draw_on_the_budget_of_writing(serve: Serve, doc: Doc) -> None:
    client = serve(limits=Limits(None, (2, 6.0), (0, 10.0), None, None))
    statuses = [
        client.post("/docs", {}).status,
        _ask(client, "PATCH", f"/docs/{doc.id}", {}).status,
        _ask(client, "DELETE", f"/docs/{doc.id}").status,
    ]
    assert statuses == [201, 200, 429]
