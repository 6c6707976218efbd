"""Every write to docs and pages, and every answer to one, is as the published OpenAPI document has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import Page, World
from tests.demo.client import Client
from tests.demo.openapi import DOCUMENT, Document

pytestmark = pytest.mark.skipif(not DOCUMENT.is_file(), reason=f"the OpenAPI document {DOCUMENT.name} is not at hand")
PAGES, ONE_PAGE = "/docs/{docId}/pages", "/docs/{docId}/pages/{pageIdOrName}"
FORBIDDEN: list[Any] = [{"colour": "blue"}, {"title": 3, "name": 3}, {"iconName": None}, []]
CANVAS = {"type": "canvas", "canvasContent": {"format": "markdown", "content": "# Hello"}}
SYNC = {"type": "syncPage", "mode": "page", "includeSubpages": True, "sourcePageId": "p", "sourceDocId": "d"}
LOOKS = {"name": "New", "subtitle": "of all", "iconName": "rocket", "imageUrl": "https://example.com/cover.png"}
APPEND = {"insertionMode": "append", "canvasContent": {"format": "html", "content": "<p>More.</p>"}}


@pytest.fixture(scope="module")
def document() -> Document:
    return Document(DOCUMENT)


@pytest.fixture
def page() -> Page:
    return World().add_doc("Notes").add_page("First")


@pytest.fixture
def client(page: Page) -> Iterator[Client]:
    with SimulatedCoda(page.doc.world, limits=Limits.none()) as coda:
        client = Client(coda)
        yield client
        client.close()


def _with_ids(text: str, page: Page) -> str:
    return text.replace("DOC", page.doc.id).replace("PAGE", page.id)


@pytest.mark.parametrize(
    ("method", "path", "template", "content", "status"),
    [
        ("POST", "/docs", "/docs", {"title": "x", "timezone": "Europe/Berlin", "initialPage": LOOKS}, 201),
        ("POST", "/docs", "/docs", {"sourceDoc": "DOC", "folderId": "fl-Everything"}, 201),
        ("PATCH", "/docs/DOC", "/docs/{docId}", {"title": "x", "iconName": "rocket"}, 200),
        ("DELETE", "/docs/DOC", "/docs/{docId}", None, 202),
        ("POST", "/docs/DOC/pages", PAGES, {**LOOKS, "parentPageId": "PAGE", "pageContent": CANVAS}, 202),
        ("POST", "/docs/DOC/pages", PAGES, {"pageContent": {"type": "embed", "url": "x"}}, 202),
        ("POST", "/docs/DOC/pages", PAGES, {"pageContent": SYNC}, 202),
        ("PUT", "/docs/DOC/pages/PAGE", ONE_PAGE, {**LOOKS, "isHidden": True}, 202),
        ("PUT", "/docs/DOC/pages/PAGE", ONE_PAGE, {"contentUpdate": APPEND}, 202),
        ("DELETE", "/docs/DOC/pages/PAGE", ONE_PAGE, None, 202),
    ],
)  # fmt: skip
def test_requests_and_answers_are_as_published(
    client: Client, page: Page, document: Document, method: str, path: str, template: str, content: Any, status: int
) -> None:
    assert content is None or document.request_problems(method, template, content) == []
    body = None if content is None else _with_ids(json.dumps(content), page).encode()
    answer = client.send(method, client.coda.api_url + _with_ids(path, page), client.headers, body)
    assert answer.status == status
    assert document.problems(method, path, status, answer.json) == []


@pytest.mark.parametrize(
    ("method", "path", "template"),
    [
        ("POST", "/docs", "/docs"),
        ("PATCH", "/docs/DOC", "/docs/{docId}"),
        ("POST", "/docs/DOC/pages", PAGES),
        ("PUT", "/docs/DOC/pages/PAGE", ONE_PAGE),
    ],
)
def test_what_the_document_forbids_is_refused(
    client: Client, page: Page, document: Document, method: str, path: str, template: str
) -> None:
    for content in FORBIDDEN:
        if document.request_problems(method, template, content):
            address = client.coda.api_url + _with_ids(path, page)
            refused = client.send(method, address, client.headers, json.dumps(content).encode())
            assert refused.status == 400, content
            assert document.problems(method, path, 400, refused.json) == []
