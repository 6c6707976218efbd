"""Who may ask for what."""

from __future__ import annotations

import pytest

from coda_git_mirror.demo.server import Token
from coda_git_mirror.demo.world import Doc, Page, World
from tests.demo.conftest import Serve


@pytest.mark.parametrize("header", [None, "Bearer wrong", "demo-token-of-the-simulated-coda"])
def test_without_the_token_nothing_is_shown(serve: Serve, header: str | None) -> None:
    client = serve()
    client.headers = {} if header is None else {"Authorization": header}
    reply = client.get("/whoami")
    assert (reply.status, reply.json["statusMessage"]) == (401, "Unauthorized")


def test_a_token_for_one_doc(serve: Serve, world: World, page: Page) -> None:
    other = world.add_doc("Other")
    client = serve(token=Token("t", scoped_to=page.doc.id))
    assert client.get("/whoami").json["scoped"] is True
    paths = (
        "/docs",
        f"/docs/{other.id}",
        f"/docs/{page.doc.id}/acl/permissions",
        f"/docs/{page.doc.id}",
        f"/docs/{page.doc.id}/pages",
    )
    assert [client.get(path).status for path in paths] == [403, 403, 401, 200, 200]


def test_a_token_for_reading_cannot_export(serve: Serve, page: Page) -> None:
    client = serve(token=Token("t", read_only=True, refusal=401))
    assert client.begin(page.doc.id, page.id).status == 401
    assert client.get(f"/docs/{page.doc.id}/pages/{page.id}/content").status == 200


def test_a_token_may_only_read_in_some_docs(serve: Serve, world: World, page: Page) -> None:
    other = world.add_doc("Other").add_page("There", markdown="There.\n")
    client = serve(token=Token("t", read_only_docs=frozenset({page.doc.id})))
    refused = client.begin(page.doc.id, page.id)
    assert (refused.status, refused.json["message"]) == (403, "This API token may only read in this doc.")
    assert client.get(f"/docs/{page.doc.id}/pages/{page.id}/content").status == 200
    assert client.export(other.doc.id, other.id) == "There.\n"
    assert client.get("/whoami").json["scoped"] is True


def test_a_token_gives_way_to_a_better_one_of_the_same_text(serve: Serve, page: Page) -> None:
    client = serve(token=Token("t", read_only=True))
    assert client.begin(page.doc.id, page.id).status == 403
    client.coda.use(Token("t"))
    assert client.export(page.doc.id, page.id) == "One.\n"


def test_a_token_gives_way_to_another_text(serve: Serve, page: Page) -> None:
    client = serve()
    old = dict(client.headers)
    client.coda.use("better")
    assert client.coda.token == "better"
    assert client.get("/whoami").status == 401
    client.headers = {"Authorization": "Bearer better"}
    assert client.get("/whoami").status == 200
    link = client.status(client.begin(page.doc.id, page.id).json).json["downloadLink"]
    client.download(link, {"X-Old": old["Authorization"]})
    assert len(client.coda.violations) == 1


def test_the_token_at_the_file_host_is_a_violation(serve: Serve, page: Page) -> None:
    client = serve()
    link = client.status(client.begin(page.doc.id, page.id).json).json["downloadLink"]
    client.download(link)
    assert client.coda.violations == []
    client.download(link, client.headers)
    assert client.coda.violations == [f"token sent to the file host: GET /exports/{page.doc.id}/{page.id}"]
    client.coda.new_client()
    assert client.coda.violations == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_deleted_doc(serve: Serve, doc: Doc, status: int) -> None:
    doc.delete()
    client = serve(deleted_doc_status=status)
    assert client.items("/docs") == []
    assert client.get(f"/docs/{doc.id}").status == status


def test_a_doc_above_the_size_limit_shows_no_content(serve: Serve, doc: Doc) -> None:
    doc.over_api_size_limit = True
    client = serve()
    assert client.get(f"/docs/{doc.id}").json["docSize"]["overApiSizeLimit"] is True
    assert client.get(f"/docs/{doc.id}/pages").status == 403


@pytest.mark.parametrize("path", ["/nothing", "/docs/unknown", "/docs/DHASEkVbSq/tables/unknown", "/docs/a/b/c/d/e/f"])
def test_what_is_unknown_is_not_found(serve: Serve, doc: Doc, path: str) -> None:
    assert doc.id == "DHASEkVbSq"
    assert serve().get(path).json["statusCode"] == 404


def test_the_log_tells_what_was_asked(serve: Serve, page: Page) -> None:
    client = serve()
    client.get(f"/docs/{page.doc.id}/pages", limit=3)
    client.begin(page.doc.id, page.id)
    listing, export = client.coda.requests
    assert (listing.method, listing.query, listing.status, listing.origin) == ("GET", {"limit": "3"}, 200, "api")
    assert (export.status, export.body) == (202, b'{"outputFormat": "markdown"}')
    assert client.coda.requests.count("GET", r"/pages$") == 1
