"""Pages that the API makes, changes and deletes, and what is written on them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from coda_git_mirror.demo.blocks import Grid, Text
from coda_git_mirror.demo.limits import Limits
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.tokens import Token
from coda_git_mirror.demo.world import Doc, Page, Table
from tests.demo.client import Client, Clock, Reply
from tests.demo.conftest import Serve

MEBIBYTE = 1024 * 1024
TABLE = "<table><tr><th>Task</th></tr><tr><td>oil</td></tr></table>"


def _ask(client: Client, method: str, path: str, content: Any = None) -> Reply:
    body = None if content is None else json.dumps(content).encode()
    return client.send(method, client.coda.api_url + path, client.headers, body)


def _canvas(content: str, form: str = "markdown") -> dict[str, str]:
    return {"format": form, "content": content}


def _update(content: str, form: str = "markdown", mode: str = "append") -> dict[str, Any]:
    return {"contentUpdate": {"insertionMode": mode, "canvasContent": _canvas(content, form)}}


def test_a_page_is_nowhere_until_it_is_done(serve: Serve, page: Page, clock: Clock) -> None:
    client, pages = serve(mutation_seconds={"page": 50}), f"/docs/{page.doc.id}/pages"
    fields = {"name": "New", "subtitle": "of all", "iconName": "rocket", "parentPageId": page.id}
    content = {"type": "canvas", "canvasContent": _canvas("# Hello\n\nworld")}
    made = client.post(pages, {**fields, "pageContent": content})
    assert made.status == 202
    path = f"{pages}/{made.json['id']}"
    absent, refused = client.get(path), client.post(pages, {"name": "x", "parentPageId": made.json["id"]})
    assert (absent.status, absent.json["message"]) == (404, "Could not find a page with the specified ID or name.")
    message = f"Invalid parentPageId: could not find a page with id {made.json['id']}"
    assert (refused.status, refused.json["message"]) == (400, message)
    clock.now += 50
    shown = client.get(path).json
    assert (shown["name"], shown["subtitle"], shown["icon"]["name"]) == ("New", "of all", "rocket")
    assert shown["parent"]["id"] == page.id
    assert client.post(pages, {"name": "x", "parentPageId": made.json["id"]}).status == 202
    assert client.export(page.doc.id, made.json["id"]) == "# Hello\n \nworld\n"


def test_pages_stand_in_the_order_in_which_they_were_done(serve: Serve, page: Page, clock: Clock) -> None:
    client, pages = serve(mutation_seconds=10), f"/docs/{page.doc.id}/pages"
    client.coda.on("POST", "/pages$").delay(30, times=1)
    for name in ("slow", "quick"):
        client.post(pages, {"name": name})
    clock.now += 30
    assert [it["name"] for it in client.items(pages)] == ["First", "quick", "slow"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"type": "embed", "url": "https://example.com", "renderMethod": "standard"}, "embed"),
        ({"type": "syncPage", "mode": "document", "sourceDocId": "x"}, "syncPage"),
    ],
)
def test_a_page_can_be_of_another_kind_and_stays_so(serve: Serve, doc: Doc, content: Any, kind: str) -> None:
    client, pages = serve(), f"/docs/{doc.id}/pages"
    path = f"{pages}/{client.post(pages, {'name': 'x', 'pageContent': content}).json['id']}"
    assert client.get(path).json["contentType"] == kind
    assert _ask(client, "PUT", path, _update("text")).status == 400


def test_a_page_is_changed_and_hidden(serve: Serve, page: Page) -> None:
    client, path = serve(), f"/docs/{page.doc.id}/pages/{page.id}"
    _ask(client, "PUT", path, {"isHidden": True})
    assert not page.hidden, "the only page at the top cannot be hidden"
    page.doc.add_page("Second")
    blob = page.doc.world.add_blob(b"png", "cover.png", "image/png")
    url = f"https://codahosted.io/docs/{page.doc.id}/blobs/{blob.id}/{blob.hash}"
    changed = _ask(client, "PUT", path, {"name": "1st", "isHidden": True, "iconName": "sun", "imageUrl": url})
    assert (changed.status, changed.json["id"]) == (202, page.id)
    shown = client.get(path).json
    assert (shown["name"], shown["isHidden"], shown["icon"]["name"]) == ("1st", True, "sun")
    assert page.cover is not None
    assert (page.cover.content, page.cover is blob) == (b"png", False)


def test_content_is_added_at_the_end_each_time_it_is_sent(serve: Serve, page: Page) -> None:
    client, path = serve(), f"/docs/{page.doc.id}/pages/{page.id}"
    for _ in range(2):
        assert _ask(client, "PUT", path, _update("More.")).status == 202
    assert client.export(page.doc.id, page.id) == "One.\n\nMore.\n\nMore.\n"


def test_a_table_that_came_in_is_a_real_one_and_replacing_destroys_it(serve: Serve, page: Page) -> None:
    client, path = serve(), f"/docs/{page.doc.id}/pages/{page.id}"
    _ask(client, "PUT", path, _update(TABLE, "html"))
    (table,) = client.items(f"/docs/{page.doc.id}/tables")
    assert (table["name"], table["parent"]["id"]) == ("Table 1", page.id)
    rows = client.items(f"/docs/{page.doc.id}/tables/{table['id']}/rows", useColumnNames="true")
    assert [row["values"] for row in rows] == [{"Task": "oil"}]
    assert "oil" not in str(client.items(f"{path}/content"))
    _ask(client, "PUT", path, _update("Anew.", mode="replace"))
    assert client.items(f"/docs/{page.doc.id}/tables") == []
    assert client.export(page.doc.id, page.id) == "Anew.\n"


def test_the_tables_of_a_deleted_page_live_on(serve: Serve, page: Page, table: Table) -> None:
    below = page.doc.add_page("Below", page)
    table.page = below
    client, path = serve(), f"/docs/{page.doc.id}/pages/{page.id}"
    deleted = _ask(client, "DELETE", path)
    assert (deleted.status, deleted.json["id"]) == (202, page.id)
    assert [client.get(f"/docs/{page.doc.id}/pages/{it.id}").status for it in (page, below)] == [410, 410]
    assert client.items(f"/docs/{page.doc.id}/tables")[0]["parent"] is None
    assert [_ask(client, method, path, {}).status for method in ("PUT", "DELETE")] == [410, 410]


def test_lines_are_deleted_by_their_ids_and_all_where_none_is_named(serve: Serve, page: Page, table: Table) -> None:
    page.write(Text("a\nb"), Text("c"), Grid(table), Text("d"))
    table.page = page
    client, path = serve(), f"/docs/{page.doc.id}/pages/{page.id}/content"
    lines = {line["itemContent"]["content"]: line["id"] for line in client.items(path)}
    assert _ask(client, "DELETE", path, {"elementIds": [lines["c"]]}).status == 202
    assert [line["itemContent"]["content"] for line in client.items(path)] == ["a", "b", "d"]
    _ask(client, "DELETE", path, {"elementIds": []})
    assert [line["itemContent"]["content"] for line in client.items(path)] == [""]
    assert page.doc.tables == []


def test_what_is_written_to_a_page_that_goes_meanwhile_does_nothing(serve: Serve, page: Page, clock: Clock) -> None:
    client, path = serve(mutation_seconds=20), f"/docs/{page.doc.id}/pages/{page.id}"
    written = _ask(client, "PUT", path, _update(TABLE, "html"))
    child = client.post(f"/docs/{page.doc.id}/pages", {"name": "x", "parentPageId": page.id})
    page.delete()
    clock.now += 20
    for request in (written, child):
        assert client.get(f"/mutationStatus/{request.json['requestId']}").json == {"completed": True}
    assert (list(page.doc.pages()), page.doc.tables) == ([], [])


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_body_of_more_than_two_megabytes_is_refused_in_words_of_its_own(
    serve: Serve, page: Page, beyond: int
) -> None:
    client, path = serve(), f"/docs/{page.doc.id}/pages/{page.id}"
    frame = len(json.dumps(_update("")).encode())
    answer = _ask(client, "PUT", path, _update("x" * (2 * MEBIBYTE - frame + beyond)))
    if not beyond:
        assert answer.status == 202
        return
    assert (answer.status, answer.json["message"]) == (400, "request entity too large")
    assert "codaType" not in answer.json
    assert page.blocks == [Text("One.")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"title": "x"}, "body may not have title"),
        ({"isHidden": "yes"}, "body.isHidden must be a bool"),
        (_update("x", "text"), "body.contentUpdate.canvasContent.format must be one of html, markdown"),
        (_update("x", mode="prepend"), "body.contentUpdate.insertionMode must be one of append, replace"),
        ({"contentUpdate": {"insertionMode": "append"}}, "body.contentUpdate lacks canvasContent"),
    ],
)
def test_what_is_not_as_documented_is_refused(serve: Serve, page: Page, content: Any, message: str) -> None:
    refused = _ask(serve(), "PUT", f"/docs/{page.doc.id}/pages/{page.id}", content)
    assert (refused.status, refused.json["message"]) == (400, f"Validation Error: {message}.")


def test_only_a_doc_maker_makes_pages_and_names_them(serve: Serve, page: Page) -> None:
    client, path = serve(token=Token(doc_maker=False)), f"/docs/{page.doc.id}/pages"
    assert client.post(path, {"name": "x"}).status == 403
    assert [_ask(client, "PUT", f"{path}/{page.id}", {key: "x"}).status for key in ("name", "iconName")] == [403, 403]
    assert _ask(client, "PUT", f"{path}/{page.id}", _update("More.")).status == 202


def test_pages_draw_on_the_budget_of_doc_content(serve: Serve, page: Page) -> None:
    client, path = serve(limits=Limits(None, (0, 6.0), (3, 10.0), None, None)), f"/docs/{page.doc.id}/pages"
    statuses = [
        client.post(path, {}).status,
        _ask(client, "PUT", f"{path}/{page.id}", {}).status,
        _ask(client, "DELETE", f"{path}/{page.id}/content", {}).status,
        _ask(client, "DELETE", f"{path}/{page.id}").status,
    ]
    assert statuses == [202, 202, 202, 429]


def test_reads_trail_what_was_written(serve: Serve, page: Page, clock: Clock) -> None:
    client, path = serve(snapshot_lag=30.0), f"/docs/{page.doc.id}/pages"
    made = client.post(path, {"name": "New", "parentPageId": page.id}).json
    assert client.get(f"{path}/{made['id']}").status == 404
    assert client.post(path, {"name": "Below", "parentPageId": made["id"]}).status == 202, "as a parent it is there"
    clock.now += 30
    assert client.get(f"{path}/{made['id']}").status == 200


def test_readings_reach_what_comes_in(serve: Serve, page: Page) -> None:
    client = serve(readings=Readings(joins_lines=True))
    _ask(client, "PUT", f"/docs/{page.doc.id}/pages/{page.id}", _update("a\nb", mode="replace"))
    assert page.blocks == [Text("a b")]
