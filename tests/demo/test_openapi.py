"""Every answer of the simulation is one that the published OpenAPI document allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from coda_git_mirror.demo.folders import load_folder
from coda_git_mirror.demo.routes import ROUTES
from coda_git_mirror.demo.server import Limits, PageSizes, SimulatedCoda
from coda_git_mirror.demo.story import edit_workspace
from coda_git_mirror.demo.workspace import demo_workspace
from coda_git_mirror.demo.world import World
from tests.demo.client import Client, Reply
from tests.demo.openapi import DOCUMENT, SHARED, Document

ANSWERS_TO_WRITES = (r"/mutationStatus/(?P<request>[^/]+)$",)  # nothing in an account leads there
UNPUBLISHED = ("/folders", "/content")  # served, but younger than the document
REAL_DOCS = SHARED / "real-docs"
SAMPLE = 500  # of a long listing of rows, one in so many is validated

pytestmark = pytest.mark.skipif(not DOCUMENT.is_file(), reason=f"the OpenAPI document {DOCUMENT.name} is not at hand")


@pytest.fixture(scope="module")
def document() -> Document:
    return Document(DOCUMENT)


class Walk:
    """Asks for everything in an account, as a mirror would, and validates each answer."""

    def __init__(self, coda: SimulatedCoda, document: Document) -> None:
        self.client = Client(coda)
        self.document = document
        self.problems: list[str] = []
        self.paths: set[str] = set()

    def get(self, path: str, **query: str | int) -> Any:
        return self._checked("GET", path, self.client.get(path, **query)).json

    def listing(self, path: str, **query: str | int) -> Iterator[Any]:
        """The items of a listing, of which each page is validated."""
        page = self.get(path, **query)
        yield from page["items"]
        while "nextPageToken" in page:
            page = self.get(path, pageToken=page["nextPageToken"])
            yield from page["items"]

    def account(self) -> None:
        self.get("/whoami")
        list(self.listing("/folders"))
        for doc in self.listing("/docs", limit=2):
            self.doc(f"/docs/{doc['id']}")

    def doc(self, path: str) -> None:
        self.get(path)
        for part in ("settings", "metadata"):
            self.get(f"{path}/acl/{part}")
        list(self.listing(f"{path}/acl/permissions", limit=2))
        for page in self.listing(f"{path}/pages", limit=5):
            self.page(f"{path}/pages/{quote(page['id'])}")
        for kind in ("formulas", "controls"):
            for item in self.listing(f"{path}/{kind}", limit=1):
                self.get(f"{path}/{kind}/{item['id']}")
        for table in self.listing(f"{path}/tables", limit=3):
            self.table(f"{path}/tables/{table['id']}")

    def page(self, path: str) -> None:
        if self.get(path)["contentType"] != "canvas":
            assert self._export(path, "html").status == 400
            return
        list(self.listing(f"{path}/content"))
        for output_format in ("html", "markdown"):
            job = self._export(path, output_format).json
            self.client.download(self.get(f"{path}/export/{job['id']}")["downloadLink"])

    def table(self, path: str) -> None:
        self.get(path, useUpdatedTableLayouts="true")
        for column in self.listing(f"{path}/columns", limit=7):
            self.get(f"{path}/columns/{column['id']}")
        for value_format in ("simple", "simpleWithArrays", "rich"):
            self.get(f"{path}/rows", valueFormat=value_format)
            self.get(f"{path}/rows", valueFormat=value_format, sortBy="natural", useColumnNames="true", limit=3)
        self.rows(path)

    def rows(self, path: str) -> None:
        """All rows in large pages, of which a sample is validated."""
        rows = self.client.items(f"{path}/rows", valueFormat="rich", limit=10_000)
        for row in rows[::SAMPLE]:
            self.problems += self.document.item_problems("Row", row)
        if rows:
            self.get(f"{path}/rows/{rows[-1]['id']}", valueFormat="rich")

    def _export(self, path: str, output_format: str) -> Reply:
        reply = self.client.post(f"{path}/export", {"outputFormat": output_format})
        return self._checked("POST", f"{path}/export", reply)

    def _checked(self, method: str, path: str, reply: Reply) -> Reply:
        self.paths.add(f"{method} {path}")
        if not path.endswith(UNPUBLISHED):
            self.problems += self.document.problems(method, path, reply.status, reply.json)
        return reply


@pytest.fixture
def walk(request: pytest.FixtureRequest, document: Document) -> Iterator[Walk]:
    world: World = request.param()
    with SimulatedCoda(world, limits=Limits.none(), page_sizes=PageSizes(rows=10_000), shuffle_seed=3) as coda:
        it = Walk(coda, document)
        yield it
        it.client.close()


def _edited_workspace() -> World:
    world = demo_workspace()
    edit_workspace(world)
    return world


def _real_docs() -> World:
    world = World()
    for folder in sorted(path for path in REAL_DOCS.iterdir() if path.is_dir()):
        load_folder(world, folder)
    return world


@pytest.mark.parametrize("walk", [demo_workspace, _edited_workspace], indirect=True)
def test_every_answer_of_the_demonstration_is_as_published(walk: Walk) -> None:
    walk.account()
    assert walk.problems == []
    asked = [path.split(" ", 1) for path in walk.paths]
    assert [
        route.pattern.pattern
        for route in ROUTES
        if (route.method == "GET" or route.rate_class == "export")
        and route.pattern.pattern not in ANSWERS_TO_WRITES
        and not any(method == route.method and route.pattern.match(path) for method, path in asked)
    ] == []


@pytest.mark.skipif(not REAL_DOCS.is_dir(), reason="the folder of real docs is not at hand")
@pytest.mark.parametrize("walk", [_real_docs], indirect=True)
def test_every_answer_of_the_real_docs_is_as_published(walk: Walk) -> None:
    walk.account()
    assert walk.problems == []


@pytest.mark.parametrize(
    ("path", "status"), [("/docs/x", 404), ("/docs/Lumen/pages/y", 404), ("/docs?limit=0", 400), ("/whoami", 401)]
)
def test_refusals_have_the_published_form(document: Document, path: str, status: int) -> None:
    with SimulatedCoda(World(), limits=Limits.none()) as coda:
        client = Client(coda)
        client.headers = client.headers if status != 401 else {}
        reply = client.get(path)
        client.close()
    assert reply.status == status
    assert document.problems("GET", "/docs/x", 404, reply.json) == []


def test_the_check_itself_finds_what_is_wrong(document: Document) -> None:
    wrong = {"items": [{"id": 3, "type": "row", "colour": "blue"}]}
    problems = document.problems("GET", "/docs/x/tables/y/rows", 200, wrong)
    assert any("colour" in problem for problem in problems)
    assert any("is not of type 'string'" in problem for problem in problems)
