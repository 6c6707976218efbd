"""Every write of rows, and every answer to one, is as the published OpenAPI document has it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from coda_git_mirror.demo.readings import Readings
from tests.demo.client import Client, Reply
from tests.demo.conftest import Serve
from tests.demo.openapi import DOCUMENT, Document
from tests.demo.test_row_writes import BODIES
from tests.every_column import EveryColumn, every_column

pytestmark = pytest.mark.skipif(not DOCUMENT.is_file(), reason=f"the OpenAPI document {DOCUMENT.name} is not at hand")
ROWS = "/docs/{docId}/tables/{tableIdOrName}/rows"
ROW = ROWS + "/{rowIdOrName}"
CELLS = {"cells": [{"column": "Name", "value": "x"}, {"column": "Tags", "value": [["a"], "b", 1, True]}]}


@pytest.fixture(scope="module")
def document() -> Document:
    return Document(DOCUMENT)


@pytest.fixture
def account() -> EveryColumn:
    return every_column()


@pytest.fixture
def client(serve: Serve, account: EveryColumn) -> Client:
    return serve(world=account.world)


def ask(client: Client, method: str, path: str, content: Any) -> Reply:
    body = None if content is None else json.dumps(content).encode()
    return client.send(method, client.coda.api_url + path, client.headers, body)


WRITES = [
    ("POST", "ROWS", ROWS, {"rows": [CELLS, {"cells": []}]}),
    ("POST", "ROWS", ROWS, {"rows": [CELLS], "keyColumns": ["Name"]}),
    ("PUT", "ROWS/ROW", ROW, {"row": CELLS}),
    ("DELETE", "ROWS", ROWS, {"rowIds": ["ROW", "i-unknown"]}),
    ("DELETE", "ROWS/ROW", ROW, None),
    ("POST", "ROWS/ROW/buttons/Push", ROW + "/buttons/{columnIdOrName}", None),
]


@pytest.mark.parametrize(("method", "path", "template", "content"), WRITES)
def test_writes_and_answers_are_as_published(
    client: Client, account: EveryColumn, document: Document, method: str, path: str, template: str, content: Any
) -> None:
    assert content is None or document.request_problems(method, template, content) == []
    path = path.replace("ROWS", account.rows_path).replace("ROW", account.table.rows[0].id)
    answer = ask(client, method, path, content)
    assert answer.status == 202
    assert document.problems(method, path, 202, answer.json) == []
    status = client.mutation(answer)
    assert document.problems("GET", f"/mutationStatus/{answer.json['requestId']}", status.status, status.json) == []


@pytest.mark.parametrize("name", BODIES)
def test_what_the_document_forbids_is_refused(
    client: Client, account: EveryColumn, document: Document, name: str
) -> None:
    forbidden = document.request_problems("POST", ROWS, BODIES[name]) != []
    assert forbidden is ("unknown column" not in name and "unknown key" not in name)
    refused = ask(client, "POST", account.rows_path, BODIES[name])
    assert refused.status == 400
    assert document.problems("POST", account.rows_path, 400, refused.json) == []


@pytest.mark.parametrize("status", [404, 429])
def test_other_refusals_have_the_published_form(
    client: Client, account: EveryColumn, document: Document, status: int
) -> None:
    if status == 429:
        client.coda.on("PUT", "/rows/").fail(429)
    refused = ask(client, "PUT", f"{account.rows_path}/i-unknown", {"row": {"cells": []}})
    assert refused.status == status
    assert document.problems("PUT", f"{account.rows_path}/i-unknown", status, refused.json) == []


def test_what_was_written_is_read_as_published(client: Client, account: EveryColumn, document: Document) -> None:
    """Also what fits no column."""
    cells = [{"column": column.id, "value": "anything"} for column in account.table.columns if column.writable]
    client.post(account.rows_path, {"rows": [{"cells": cells}, {"cells": []}]})
    rows = client.items(account.rows_path, valueFormat="rich")
    assert len(rows) == 4
    assert [problem for row in rows for problem in document.item_problems("Row", row)] == []


def test_a_warning_of_null_is_beyond_the_document(serve: Serve, account: EveryColumn, document: Document) -> None:
    client = serve(world=account.world, readings=Readings(null_warnings=True))
    status = client.mutation(ask(client, "DELETE", account.rows_path, {"rowIds": []}))
    assert document.problems("GET", "/mutationStatus/x", 200, status.json) != []
