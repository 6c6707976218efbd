"""What else a doc holds: views, plain text, formulas, controls, sharing; and the names of folders."""

from __future__ import annotations

import pytest

from coda_git_mirror.demo.blocks import Heading, Text
from coda_git_mirror.demo.server import PageSizes, SimulatedCoda
from coda_git_mirror.demo.tables import Column
from coda_git_mirror.demo.world import Doc, World
from coda_git_mirror.errors import AccessDenied, Deleted, MirrorError, NotThere, Unavailable
from coda_git_mirror.model.content import Json
from tests.coda.conftest import Serving
from tests.coda.test_listings import Rows
from tests.coda.wire import reply_json, source_at
from tests.conftest import Serve
from tests.support import VirtualClock, source_of


@pytest.fixture
def doc() -> Doc:
    doc = World().add_doc("Doc", id="d")
    page = doc.add_page("Page", blocks=[Heading(1, "Head"), Text("one\ntwo"), Text("three")], id="p")
    rows = [{"Name": name, "Open": name != "c"} for name in "bdac"]
    table = doc.add_table("Tasks", [Column("Name"), Column("Open", "checkbox")], rows, page, id="t")
    doc.add_view("Open", table, page, where=lambda row: bool(row.get("Open")), sort=("Name", "descending"), id="v")
    doc.add_view("All", table, page, id="w")
    doc.add_formula("Total", 42, page, id="f-2")
    doc.add_formula("Name", "text", page, id="f-1")
    doc.add_control("Slide", "slider", 3, page)
    doc.share({"type": "email", "email": "eve@example.com"}, "readonly")
    return doc


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_tables_and_views_are_told_apart_in_whatever_order(
    serve: Serve, clock: VirtualClock, doc: Doc, seed: int | None
) -> None:
    coda = serve(doc.world, shuffle_seed=seed, page_sizes=PageSizes(tables=1))
    found = source_of(coda, clock).tables("d")
    assert {table.id: (table.name, table.is_view) for table in found} == {
        "t": ("Tasks", False),
        "v": ("Open", True),
        "w": ("All", True),
    }
    assert coda.requests.count("GET", "/tables/") == 0


def test_details_of_a_view_name_its_table_and_filter(serve: Serve, clock: VirtualClock, doc: Doc) -> None:
    source = source_of(serve(doc.world), clock)
    view, table = source.table("d", "v"), source.table("d", "t")
    assert (view.is_view, table.is_view) == (True, False)
    assert view.raw["parentTable"]["id"] == "t"
    assert "href" not in view.raw["parentTable"]


def test_a_table_of_no_known_type_is_a_table(wire: Serving, clock: VirtualClock) -> None:
    items = [{"id": "a"}, {"id": "b", "tableType": "novelty"}, {"id": "c", "tableType": None}]
    tables = source_at(wire(lambda _: reply_json({"items": items})).api_url, clock).tables("d")
    assert [(table.id, table.is_view) for table in tables] == [("a", False), ("b", False), ("c", False)]


def test_a_view_shows_its_rows_in_its_order(serve: Serve, clock: VirtualClock, doc: Doc) -> None:
    coda, shown = serve(doc.world, page_sizes=PageSizes(rows=2), strict_page_tokens=True), Rows()
    source_of(coda, clock).shown_rows("d", "v", shown)
    names = {row.id: row.name for row in doc.table("Tasks").rows}
    assert [names[row_id] for row_id in shown.ids] == ["d", "b", "a"]
    first, *_ = coda.requests.matching("GET", "/rows$")
    assert dict(first.query) == {"limit": "500", "valueFormat": "rich", "sortBy": "natural"}


def test_a_table_gives_all_its_rows_whatever_a_view_shows(serve: Serve, clock: VirtualClock, doc: Doc) -> None:
    rows = Rows()
    source_of(serve(doc.world), clock).rows("d", "t", rows)
    assert len(rows.ids) == 4


def test_heavy_views_are_read_in_smaller_pages(serve: Serve, clock: VirtualClock, doc: Doc) -> None:
    doc.table("Tasks").heavy_above = 10
    coda, shown = serve(doc.world), Rows()
    source_of(coda, clock).shown_rows("d", "v", shown)
    assert len(shown.ids) == 3
    assert coda.requests.matching("GET", "/rows$")[-1].query["sortBy"] == "natural"


@pytest.mark.parametrize("size", [1, 2, 500])
def test_plain_text_is_read_over_all_pages_of_the_listing(
    serve: Serve, clock: VirtualClock, doc: Doc, size: int
) -> None:
    coda = serve(doc.world, page_sizes=PageSizes(content=size))
    assert source_of(coda, clock).page_text("d", "p") == "Head\none\ntwo\nthree"
    assert coda.requests.count("POST", "") == 0


def test_plain_text_that_starts_over_is_not_read_twice(serve: Serve, clock: VirtualClock, doc: Doc) -> None:
    coda = serve(doc.world, page_sizes=PageSizes(content=1))
    coda.on("GET", "/content$").answer(400, {"statusCode": 400, "message": "Invalid pageToken."}, times=1, after=2)
    assert source_of(coda, clock).page_text("d", "p") == "Head\none\ntwo\nthree"


LINES: list[tuple[Json, str]] = [
    ({"itemContent": {"content": "words", "style": "h1"}}, "words"),
    ({"itemContent": {"text": "words"}}, "words"),
    ({"content": "words"}, "words"),
    ({"text": "words"}, "words"),
    ({"id": 7, "text": "words"}, "words"),
    ({"itemContent": None, "content": "words"}, "words"),
    ({"itemContent": {"content": {"odd": 1}}}, ""),
    ({"itemContent": {}}, ""),
    ({"type": "divider"}, ""),
    ({}, ""),
]


@pytest.mark.parametrize(("line", "words"), LINES)
def test_lines_of_any_shape_are_read(wire: Serving, clock: VirtualClock, line: Json, words: str) -> None:
    api = wire(lambda _: reply_json({"items": [line, {"text": "end"}]}))
    assert source_at(api.api_url, clock).page_text("d", "p") == f"{words}\nend"


def test_lines_without_ids_on_several_pages_are_read(wire: Serving, clock: VirtualClock) -> None:
    pages = [
        {"items": [{"text": "same"}, {"text": str(number)}], "nextPageToken": f"t{number}"} for number in range(30)
    ]
    answers = iter([reply_json(page) for page in [*pages, {"items": [{"text": "end"}]}]])
    text = source_at(wire(lambda _: next(answers)).api_url, clock).page_text("d", "p")
    assert text.split("\n") == [word for number in range(30) for word in ("same", str(number))] + ["end"]


def test_lines_without_end_end(wire: Serving, clock: VirtualClock) -> None:
    api = wire(lambda asked: reply_json({"items": [{"text": "same"}], "nextPageToken": str(len(asked.target))}))
    with pytest.raises(Unavailable, match="circles"):
        source_at(api.api_url, clock).page_text("d", "p")


def test_a_page_without_lines_has_no_words(serve: Serve, clock: VirtualClock, doc: Doc) -> None:
    doc.add_page("Empty", id="e")
    assert source_of(serve(doc.world), clock).page_text("d", "e") == ""


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_formulas_and_controls_come_by_their_ids_with_their_values(
    serve: Serve, clock: VirtualClock, doc: Doc, seed: int | None
) -> None:
    source = source_of(serve(doc.world, shuffle_seed=seed, page_sizes=PageSizes(formulas=1)), clock)
    formulas, controls = source.formulas("d"), source.controls("d")
    assert [(formula["id"], formula["value"]) for formula in formulas] == [("f-1", "text"), ("f-2", 42)]
    assert [(control["controlType"], control["value"]) for control in controls] == [("slider", 3)]
    assert "href" not in repr([formulas, controls])


def test_a_formula_that_vanishes_while_they_are_read_is_left_out(serve: Serve, clock: VirtualClock, doc: Doc) -> None:
    coda = serve(doc.world)
    coda.on("GET", "/formulas/f-2$").call(lambda: doc.formulas.remove(doc.formulas[0]))
    assert [formula["id"] for formula in source_of(coda, clock).formulas("d")] == ["f-1"]


def test_a_formula_that_cannot_be_read_is_not_left_out(serve: Serve, clock: VirtualClock, doc: Doc) -> None:
    coda = serve(doc.world)
    coda.on("GET", "/formulas/f-2$").fail(500)
    with pytest.raises(Unavailable):
        source_of(coda, clock).formulas("d")


def test_sharing_is_permissions_by_their_ids_and_settings(serve: Serve, clock: VirtualClock, doc: Doc) -> None:
    doc.share({"type": "domain", "domain": "example.com"}, "write")
    doc.permissions.sort(key=lambda it: it.id, reverse=True)
    sharing = source_of(serve(doc.world, page_sizes=PageSizes(permissions=1)), clock).sharing("d")
    assert sorted(it.id for it in doc.permissions) == [it["id"] for it in sharing["permissions"]]
    assert sharing["permissions"][0]["principal"]
    assert sharing["settings"]["allowCopying"] is True
    assert set(sharing) == {"permissions", "settings"}


@pytest.mark.parametrize(
    ("status", "error"), [(401, AccessDenied), (403, AccessDenied), (404, NotThere), (410, Deleted)]
)
@pytest.mark.parametrize("endpoint", ["formulas", "controls", "acl/permissions", "acl/settings"])
def test_what_the_token_may_not_read_is_told_apart(
    serve: Serve, clock: VirtualClock, doc: Doc, endpoint: str, status: int, error: type[MirrorError]
) -> None:
    coda = serve(doc.world)
    coda.on("GET", f"/{endpoint}$").fail(status)
    with pytest.raises(error) as failure:
        read_extra(coda, clock, endpoint)
    assert type(failure.value) is error


def read_extra(coda: SimulatedCoda, clock: VirtualClock, endpoint: str) -> object:
    source = source_of(coda, clock)
    return {"formulas": source.formulas, "controls": source.controls}.get(endpoint, source.sharing)("d")


def test_folders_without_a_name_are_left_out(serve: Serve, clock: VirtualClock) -> None:
    world = World()
    sales, _ = world.add_folder("Sales"), world.add_folder(None)
    assert source_of(serve(world), clock).folders() == {sales.id: "Sales"}


@pytest.mark.parametrize("status", [403, 404])
def test_folders_that_nobody_gives_are_told(serve: Serve, clock: VirtualClock, status: int) -> None:
    coda = serve(World())
    coda.on("GET", "/folders$").fail(status)
    with pytest.raises((AccessDenied, NotThere)):
        source_of(coda, clock).folders()
