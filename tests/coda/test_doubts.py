"""A field that is always there by the OpenAPI document, and is missing or of another kind, does not pass silently."""

from __future__ import annotations

from typing import Any

import pytest

from coda_git_mirror.coda.origin import ApiOrigin
from coda_git_mirror.coda.parse import Parser
from coda_git_mirror.demo.blocks import Text
from coda_git_mirror.demo.tables import Column
from coda_git_mirror.demo.workspace import demo_workspace
from coda_git_mirror.demo.world import World
from coda_git_mirror.model.content import Json, Table
from tests.conftest import Serve
from tests.support import VirtualClock, source_of

PARSER = Parser(ApiOrigin.parse("https://coda.io/apis/v1"))
TIME = "2024-01-01T00:00:00.000Z"
ITEM = {"id": "d", "name": "Doc", "createdAt": TIME, "updatedAt": TIME, "browserLink": "https://coda.io/d/_dx"}
DOC = {**ITEM, "owner": "ada@example.com", "ownerName": "Ada", "folder": {"id": "f"}, "workspace": {"id": "w"}}
PAGE = {
    **ITEM,
    "contentType": "canvas",
    "isHidden": False,
    "isEffectivelyHidden": False,
    "children": [{"id": "a"}],
    "parent": {"id": "b"},
}
TABLE = {**ITEM, "tableType": "view", "parent": {"id": "p"}, "parentTable": {"id": "t"}, "rowCount": 7}
COLUMN = {"id": "c", "name": "Column", "format": {"type": "text", "isArray": False}}
PARSE: dict[str, Any] = {"doc": PARSER.doc, "page": PARSER.page, "table": PARSER.table, "column": PARSER.column}
GOOD: dict[str, Json] = {"doc": DOC, "page": PAGE, "table": TABLE, "column": COLUMN}

SIZE = {"totalRowCount": 3, "tableAndViewCount": 2, "pageCount": 1, "overApiSizeLimit": False}
MISSING = object()
NO_TEXT: list[Any] = [MISSING, None, 7, True, 1.5, [], ["text"], {}, {"name": "x"}]
NO_TIME: list[Any] = ["", "soon", "2024-13-01T00:00:00Z", "2024-01-01", "\ud800T", 0, 1.7e9, True, [], ["T"], {"T": 1}]
NO_ITEM: list[Any] = ["b", 7, True, [], {}, {"id": None}, {"id": 7}, {"id": ""}, {"name": "x"}]
DOUBTED: list[tuple[str, str, list[Any], str]] = [
    *((kind, "name", NO_TEXT, "its name is no text") for kind in GOOD),
    *((kind, "createdAt", NO_TIME, "its time of creation is no time") for kind in ("doc", "page", "table")),
    *((kind, "updatedAt", NO_TIME, "its time of change is no time") for kind in ("doc", "page", "table")),
    ("page", "contentType", [*NO_TEXT, ""], "its type is no text"),
    *(("doc", field, NO_TEXT[1:], "its owner or its address is no text") for field in ("owner", "browserLink")),
    *(("doc", field, [None, *NO_ITEM], "it is in no folder") for field in ("folder", "workspace")),
    ("doc", "docSize", [7, "7", [], {}, {**SIZE, "pageCount": None}, {**SIZE, "totalRowCount": "7"}], "its size is no"),
    ("page", "isHidden", [MISSING], "it does not say whether it is hidden"),
    *(
        ("page", field, [None, 0, 1, "", "false", [], {}], "it does not say whether it is hidden")
        for field in ("isHidden", "isEffectivelyHidden")
    ),
    ("page", "children", [MISSING, None, {}, "ab", 7, *([each] for each in NO_ITEM)], "its subpages are no list"),
    ("page", "parent", NO_ITEM, "its parent is no page"),
    ("table", "tableType", [*NO_TEXT, "", "novelty", "View"], "its type is neither table nor view"),
    ("table", "parent", NO_ITEM, "its parent is no page"),
    ("table", "parentTable", [MISSING, None, *NO_ITEM], "it is a view of no table"),
    ("table", "rowCount", [None, True, False, -1, 7.5, "7", [7], {}], "its row count is no number of rows"),
    ("column", "format", [*NO_TEXT, "text", {"type": 7}, {"type": None}, {"type": ""}], "its format has no type"),
]
UNDOUBTED: list[tuple[str, str, list[Any]]] = [
    *(("doc", field, [MISSING]) for field in ("owner", "browserLink", "folder", "workspace")),
    ("page", "isEffectivelyHidden", [MISSING]),
    *((kind, "name", ["", "\ud800", "x" * 100_000]) for kind in GOOD),
    *(
        (kind, field, [MISSING, None, TIME, "2024-01-01T01:00:00+01:00", "2024-01-01T00:00:00"])
        for kind in ("doc", "page", "table")
        for field in ("createdAt", "updatedAt")
    ),
    *((kind, field, [MISSING, None, 7]) for kind in GOOD for field in ("updatedBy", "authors")),
    ("doc", "folder", [{"id": "f"}, {"id": "f", "name": None}]),
    ("doc", "docSize", [MISSING, None, SIZE, {**SIZE, "baseTableCount": None}]),
    ("page", "contentType", ["hologram", "table"]),
    ("page", "isHidden", [True]),
    ("page", "children", [[]]),
    ("page", "parent", [MISSING]),
    ("table", "parent", [MISSING, None]),
    ("table", "tableType", ["table"]),
    ("table", "rowCount", [MISSING, 0, 10**399]),
    ("column", "format", [{"type": "novelty", "new": 1}]),
]


def _with(kind: str, field: str, value: Any) -> Json:
    item = {name: known for name, known in GOOD[kind].items() if name != field}
    return item if value is MISSING else {**item, field: value}


@pytest.mark.parametrize(("kind", "field", "values", "doubt"), DOUBTED)
def test_what_is_odd_is_said_in_a_few_words(kind: str, field: str, values: list[Any], doubt: str) -> None:
    for value in values:
        item = PARSE[kind](_with(kind, field, value))
        assert item.doubt.startswith(doubt), value
        assert item.id == GOOD[kind]["id"]
        assert all(isinstance(getattr(item, name, ""), str) for name in ("name", "created", "updated", "kind"))
        assert item.raw.get(field, MISSING) == value


@pytest.mark.parametrize(("kind", "field", "values"), UNDOUBTED)
def test_what_may_be_missing_or_new_is_not_odd(kind: str, field: str, values: list[Any]) -> None:
    assert PARSE[kind](GOOD[kind]).doubt == ""
    for value in values:
        assert PARSE[kind](_with(kind, field, value)).doubt == "", value


@pytest.mark.parametrize("kind", GOOD)
def test_what_is_in_doubt_is_the_same_item(kind: str) -> None:
    believed, doubted = (PARSE[kind]({"id": "x", "name": name, "format": {}}) for name in ("", None))
    assert believed.doubt != doubted.doubt
    assert believed.name == doubted.name == ""


def test_nothing_of_the_simulated_account_is_in_doubt(serve: Serve, clock: VirtualClock) -> None:
    source = source_of(serve(demo_workspace()), clock)
    for doc in source.docs(owned_only=False):
        references = source.tables(doc.id)
        tables = [source.table(doc.id, table.id) for table in references]
        columns = [column for table in tables for column in source.columns(doc.id, table.id)]
        items: list[Any] = [doc, source.doc(doc.id), *source.pages(doc.id), *references, *tables, *columns]
        assert {item.doubt for item in items} == {""}


def test_a_page_without_dates_and_a_table_without_a_page_are_not_in_doubt(serve: Serve, clock: VirtualClock) -> None:
    doc = World().add_doc("Doc", id="d")
    page = doc.add_page("Page", blocks=[Text("words")], id="p")
    page.dated = False
    doc.add_table("Table", [Column("A")], [], id="t")
    source = source_of(serve(doc.world), clock)
    assert [page.doubt for page in source.pages("d")] == [""]
    assert (source.table("d", "t").doubt, source.table("d", "t").raw["parent"]) == ("", None)


@pytest.mark.parametrize(
    ("stated", "count"),
    [(0, 0), (7, 7), (10**399, 10**399), (-1, None), (True, None), (7.0, None), ("7", None), (None, None)],
)
def test_a_tables_row_count_is_a_whole_number_or_none(stated: Any, count: int | None) -> None:
    assert Table("t", "Table", raw={"rowCount": stated}).row_count == count
    assert Table("t", "Table").row_count is None
