"""Docs, tables and views of the living account, by what somebody calls them."""

from __future__ import annotations

import pytest

from coda_git_mirror.actions.live_names import base_of, find_doc, find_table
from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.demo.server import SimulatedCoda, Token
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.errors import MirrorError, UsageError
from tests.conftest import Serve
from tests.support import VirtualClock, source_of

CAFE, DECOMPOSED = "Caf\u00e9", "Cafe\u0301"


@pytest.fixture
def world() -> World:
    world = World()
    sales = world.add_doc("Sales CRM", id="dS_d-les")
    tasks = sales.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}], id="grid-tasks_tu1")
    sales.add_view("Open tasks", tasks, id="table-open")
    sales.add_view("Twins", sales.add_table("Twins", [Column("A")], id="grid-twin1"), id="table-twin2")
    sales.add_table("grid-tasks_tu1", [Column("A")], id="grid-named")
    sales.add_table("Line\nbreak", [Column("A")], id="grid-line")
    for name, doc_id in (("Twins", "dTwin1"), ("Twins", "dTwin2"), (CAFE, "dCafe"), ("dCafe", "dOther")):
        world.add_doc(name, id=doc_id)
    return world


@pytest.fixture
def coda(serve: Serve, world: World) -> SimulatedCoda:
    return serve(world)


@pytest.fixture
def source(coda: SimulatedCoda, clock: VirtualClock) -> CodaSource:
    return source_of(coda, clock)


@pytest.mark.parametrize(
    ("word", "doc_id"),
    [
        ("Sales CRM", "dS_d-les"),
        (" Sales\u00a0 CRM ", "dS_d-les"),
        ("dS_d-les", "dS_d-les"),
        ("https://coda.io/d/Sales-CRM_ddS_d-les", "dS_d-les"),
        ("https://docs.superhuman.com/d/Sales-CRM_ddS_d-les/Notes_su12#_luX", "dS_d-les"),
        ("https://coda.io/d/_ddS_d-les?x=1", "dS_d-les"),
        ("https://coda.io/d/ddS_d-les", "dS_d-les"),
        (CAFE, "dCafe"),
        (DECOMPOSED, "dCafe"),
        ("dCafe", "dCafe"),
    ],
)
def test_a_doc_is_found_by_id_address_or_exact_name(source: CodaSource, word: str, doc_id: str) -> None:
    assert find_doc(source, word).id == doc_id


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("Twins", r"2 things: dTwin1 \(doc 'Twins'\), dTwin2 \(doc 'Twins'\); name the one you mean by its id"),
        ("sales crm", "No doc is called 'sales crm'; there is 'Sales CRM'"),
        ("https://coda.io/d/Gone_dGone", "No doc"),
        ("https://coda.io/", "No doc"),
        ("https://[", "No doc"),
        ("Sales*", "No doc"),
        ("..", "No doc"),
        ("", "No doc"),
        ("\ud800", "No doc"),
    ],
)
def test_what_names_no_doc_or_several_says_what_there_is(source: CodaSource, word: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        find_doc(source, word)


def test_a_token_for_one_doc_names_it_by_id(serve: Serve, world: World, clock: VirtualClock) -> None:
    source = source_of(serve(world, token=Token(scoped_to="dTwin1")), clock)
    assert find_doc(source, "dTwin1").name == "Twins"
    assert find_doc(source, "https://coda.io/d/Twins_ddTwin1").name == "Twins"
    for word in ("Twins", "dTwin2"):
        with pytest.raises(UsageError, match="may not list docs; name the doc by its id or its address"):
            find_doc(source, word)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_name_that_might_be_an_id_is_looked_for_among_names(
    source: CodaSource, coda: SimulatedCoda, status: int
) -> None:
    coda.on("GET", "/docs/Twinned$").fail(status)
    coda.on("GET", "/docs$").answer(200, {"items": [{"id": "dTwin1", "name": "Twinned"}]})
    assert find_doc(source, "Twinned").id == "dTwin1"


def test_a_doc_that_nobody_opened_is_found_by_id(source: CodaSource, coda: SimulatedCoda) -> None:
    coda.on("GET", "/docs$").answer(200, {"items": []})
    assert find_doc(source, "dTwin1").name == "Twins"


@pytest.mark.parametrize(
    ("word", "table_id"),
    [
        ("Tasks", "grid-tasks_tu1"),
        ("grid-tasks_tu1", "grid-tasks_tu1"),
        ("Open tasks", "table-open"),
        ("table-open", "table-open"),
        ("grid-twin1", "grid-twin1"),
        ("Line break", "grid-line"),
        ("https://coda.io/d/_ddS_d-les#Tasks_tugrid-tasks_tu1", "grid-tasks_tu1"),
        ("https://docs.superhuman.com/d/Sales_ddS_d-les/Page_su1#_tutable-open/r12&view=modal", "table-open"),
    ],
)
def test_a_table_or_view_is_found_likewise(source: CodaSource, word: str, table_id: str) -> None:
    table = find_table(source, find_doc(source, "Sales CRM"), word)
    assert (table.id, table.row_count is None) == (table_id, False)


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("Twins", r"grid-twin1 \(table 'Twins'\), table-twin2 \(view 'Twins'\)"),
        ("tasks", "No table or view of 'Sales CRM' is called 'tasks'; there is 'Tasks'"),
        ("grid-gone", "has no table or view with the id 'grid-gone'"),
        ("https://coda.io/d/_ddTwin1#Tasks_tugrid-tasks_tu1", "leads to no table"),
        ("https://coda.io/d/_ddS_d-les", "leads to no table"),
        ("https://coda.io/d/_ddS_d-les#Gone_tugone", "leads to no table"),
    ],
)
def test_what_names_no_table_or_several_says_what_there_is(source: CodaSource, word: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        find_table(source, find_doc(source, "Sales CRM"), word)


def test_nothing_is_asked_for_by_name(source: CodaSource, coda: SimulatedCoda) -> None:
    find_table(source, find_doc(source, "Sales CRM"), "Tasks")
    assert {request.path for request in coda.requests} == {
        "/docs", "/docs/dS_d-les/tables", "/docs/dS_d-les/tables/grid-tasks_tu1",
    }  # fmt: skip


def test_a_view_leads_to_its_base_table(source: CodaSource, coda: SimulatedCoda) -> None:
    doc = find_doc(source, "Sales CRM")
    view, table = find_table(source, doc, "table-open"), find_table(source, doc, "Tasks")
    assert base_of(source, doc, view) == table
    assert base_of(source, doc, table) == table
    coda.on("GET", "/tables/table-open").mutate(lambda view: {**view, "parentTable": None})
    with pytest.raises(MirrorError, match="of which table 'Open tasks' is a view"):
        base_of(source, doc, find_table(source, doc, "table-open"))
