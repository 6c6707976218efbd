"""Listings and single answers against each other: an absence is proved, and what contradicts itself is read again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.demo.blocks import FormulaValue, Grid, Text
from coda_git_mirror.demo.world import Column, Doc, World
from tests.conftest import Serve
from tests.faults.trial import Stock, Trial
from tests.support import VirtualClock, files, git, require_sound

pytestmark = pytest.mark.thinned(5)

Json = dict[str, Any]
Change = Callable[[Json], Json]
Where = tuple[str, Change]
"""The pattern of requests, and what becomes of their answers."""
MORE = Text("Second.")
TOTAL = ["Plans", "Board", "Week", "Monday", "Tuesday", "Ideas", "Later", "Never"]
"""The pages of the first doc: `Board` is above `Week`, that above the two days."""


def account() -> World:
    world = World()
    plans = world.add_doc("Plans")
    plans.add_page("Plans", blocks=(Text("First."),))
    board = plans.add_page("Board", markdown="The board.\n")
    week = plans.add_page("Week", board, markdown="The week.\n")
    for name in ("Monday", "Tuesday"):
        plans.add_page(name, week, markdown=f"{name}.\n")
    for name in TOTAL[5:]:
        plans.add_page(name, markdown=f"{name}.\n")
    tasks = plans.add_table("Tasks", [Column("Task"), Column("Done")], [{"Task": "Ship"}, {"Task": "Rest"}], week)
    week.append(Grid(tasks))
    plans.add_view("Open", tasks, board, sort=("Task", "descending"))
    week.append(FormulaValue("Total: ", plans.add_formula("Total", 1, week)))
    plans.add_control("Share", "slider", 1, week)
    world.add_doc("Recipes").add_page("Soup", markdown="Hot.\n")
    return world


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    """A mirror of the account, made once; the next sync of a copy looks at all of the first doc's outline again."""
    stock = Stock(tmp_path_factory.mktemp("stock"), account, lambda world: world.docs[0].page("Plans").append(MORE))
    with stock.coda:
        yield stock


@pytest.fixture
def trial(serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path, stock: Stock) -> Trial:
    """The account as it was edited, of which no mirror is made yet."""
    trial = Trial(serve(account(), blob_origin=f"http://{stock.file_host}"), folder, clock, tmp_path, stock)
    trial.plans.page("Plans").append(MORE)
    return trial


@pytest.fixture
def edited(trial: Trial) -> Trial:
    """The same with a mirror of before that edit."""
    trial.begin()
    return trial


def without(*names: str) -> Change:
    return lambda listing: {**listing, "items": [item for item in listing["items"] if item["name"] not in names]}


def with_kin(name: str, field: str, kin: str) -> Change:
    """A page of a listing with another of them as its parent, or with that as its only child."""

    def change(listing: Json) -> Json:
        there = {item["name"]: {"id": item["id"], "type": "page", "name": item["name"]} for item in listing["items"]}
        other = there.get(kin)
        value: Any = ([other] if other else []) if field == "children" else other
        items = [{**item, field: value} if item["name"] == name else item for item in listing["items"]]
        return {**listing, "items": items}

    return change


def without_kin(name: str) -> Change:
    """A listing without a page, which no other page names either."""

    def change(listing: Json) -> Json:
        items = [
            {**item, "children": [it for it in item["children"] if it["name"] != name]} for item in listing["items"]
        ]
        for item in items:
            if item.get("parent", {}).get("name") == name:
                del item["parent"]
        return without(name)({**listing, "items": items})

    return change


def empty(listing: Json) -> Json:
    return {**listing, "items": []}


PAGES, TABLES, COLUMNS = r"/pages$", r"/tables$", r"/columns$"
UNFIT: dict[str, Where] = {
    "no pages at all": (PAGES, empty),
    "no tables at all": (TABLES, empty),
    "no columns": (COLUMNS, empty),
    "a column less, by which the rows are called": (COLUMNS, without("Task")),
    "a column less that has values": (COLUMNS, without("Done")),
    "no page above others": (PAGES, without("Week")),
    "no pages above others": (PAGES, without("Board", "Week")),
    "no page below others": (PAGES, without("Monday")),
    "no pages below others": (PAGES, without("Monday", "Tuesday")),
    "no page with a table and no kin": (PAGES, without_kin("Week")),
    "no page in the middle": (PAGES, without("Later")),
    "no last page": (PAGES, without("Never")),
    "a parent without its children": (PAGES, with_kin("Week", "children", "nobody")),
    "a child without its parent": (PAGES, with_kin("Monday", "parent", "nobody")),
    "a child below another parent": (PAGES, with_kin("Monday", "parent", "Ideas")),
    "a child below two parents": (PAGES, with_kin("Ideas", "children", "Monday")),
    "pages below each other": (PAGES, with_kin("Board", "parent", "Week")),
    "a page below itself": (PAGES, with_kin("Ideas", "parent", "Ideas")),
    "no view": (TABLES, without("Open")),
    "a table twice": (TABLES, lambda it: {**it, "items": it["items"] * 2}),
    "a page twice": (PAGES, lambda it: {**it, "items": [*it["items"], it["items"][2]]}),
}


def spoil(trial: Trial, name: str, times: int | None = None) -> None:
    """In answers about the first doc."""
    pattern, change = UNFIT[name]
    trial.coda.on("GET", f"^/docs/{trial.plans.id}(/.*)?{pattern}").mutate(change, times)


def check_here_and_in_a_clone(trial: Trial) -> None:
    """That the next healthy plain sync makes everything good, also where nothing but the commits is known."""
    here, there = trial.folder, trial.elsewhere / "clone"
    git(trial.elsewhere, "clone", "-q", str(here), str(there))
    trial.check()
    trial.folder = there
    trial.check()


def require_whole_pages(trial: Trial) -> None:
    held = files(trial.folder)
    texts = b"\n".join(held[path] for path in held if path.startswith("docs/plans/pages/") and path.endswith(".md"))
    missing = [name for name in TOTAL if f"title: {name}".encode() not in texts and f"{name}.".encode() not in texts]
    assert missing == []


@pytest.mark.parametrize("name", UNFIT)
def test_what_does_not_fit_once_is_asked_for_again_or_read_anew_by_the_next_sync(edited: Trial, name: str) -> None:
    spoil(edited, name, times=1)
    edited.synced()
    require_whole_pages(edited)
    assert not [path for path in edited.before if path not in files(edited.folder)]
    edited.check()


@pytest.mark.parametrize("name", UNFIT)
def test_what_does_not_fit_for_ever_takes_nothing_away_and_the_next_healthy_sync_heals(
    edited: Trial, name: str
) -> None:
    spoil(edited, name)
    edited.sync()
    edited.accept_head()
    require_whole_pages(edited)
    lost = [path for path in edited.before if path not in files(edited.folder)]
    assert lost == [] or {"/".join(path.split("/")[3:]) for path in lost} <= MOVED
    check_here_and_in_a_clone(edited)


MOVED = {
    f"{place}{name}.{suffix}"
    for place in ("", "board/", "board/week/")
    for name in ("board", "week", "monday", "tuesday", "ideas")
    for suffix in ("md", "html")
}
"""What may lie elsewhere while Coda says so."""


@pytest.mark.parametrize("name", UNFIT)
def test_the_same_in_a_first_sync(trial: Trial, name: str) -> None:
    spoil(trial, name)
    report = trial.sync()
    trial.heads = [trial.head]
    if name in ("no pages at all", "no tables at all"):
        assert [(it.kind, it.item, it.state) for it in report.problems] == [("doc", "", "failed")]
    elif name not in NOWHERE_NAMED:
        require_whole_pages(trial)
    check_here_and_in_a_clone(trial)


NOWHERE_NAMED = ("no page in the middle", "no last page")


@pytest.mark.parametrize("name", ["no pages at all", "no tables at all"])
def test_an_empty_listing_of_a_doc_that_has_items_is_told_and_takes_nothing(edited: Trial, name: str) -> None:
    spoil(edited, name)
    for full in (False, True):
        report = edited.sync(full=full)
        edited.accept_head()
        assert [(it.kind, it.item, it.state) for it in report.problems] == [("doc", "", "failed")]
        assert "by its own word" in report.problems[0].reason
        assert {path: it for path, it in files(edited.folder).items() if path.startswith("docs/")} == {
            path: it for path, it in edited.before.items() if path.startswith("docs/")
        }
    edited.check()


ONE_BY_ONE: dict[str, tuple[str, Callable[[Doc], str], Where | None]] = {
    "table": ("Tasks", lambda doc: f"/tables/{doc.tables[0].id}$", None),
    "view": ("Open", lambda doc: f"/tables/{doc.views[0].id}$", None),
    "unlisted table": ("Tasks", lambda doc: f"/tables/{doc.tables[0].id}$", (TABLES, without("Tasks"))),
    "page": ("Ideas", lambda doc: f"/pages/{doc.page('Ideas').id}$", (PAGES, without("Ideas"))),
    "doc": ("Plans", lambda doc: f"^/docs/{doc.id}$", (r"^/docs$", without("Plans"))),
    "formula": ("formulas", lambda doc: f"/formulas/{doc.formulas[0].id}$", None),
    "control": ("controls", lambda doc: f"/controls/{doc.controls[0].id}$", None),
}


@pytest.mark.parametrize("kind", ONE_BY_ONE)
def test_an_answer_about_another_item_takes_nothing_away_and_is_told(edited: Trial, kind: str) -> None:
    name, pattern, listing = ONE_BY_ONE[kind]
    edited.coda.on("GET", pattern(edited.plans)).mutate(lambda item: {**item, "id": "other"})
    if listing:
        edited.coda.on("GET", listing[0]).mutate(listing[1])
    report = edited.sync()
    edited.accept_head()
    assert [(it.item or it.doc, it.state) for it in report.problems] == [(name, "failed")]
    assert edited.before.keys() <= files(edited.folder).keys()
    require_sound(edited.folder)
    edited.check()


@pytest.mark.parametrize("kind", ["table", "view"])
def test_a_table_that_is_listed_and_not_there_stays_while_another_listing_shows_it(edited: Trial, kind: str) -> None:
    name, pattern, _ = ONE_BY_ONE[kind]
    edited.coda.on("GET", pattern(edited.plans)).fail(404)
    report = edited.sync()
    edited.accept_head()
    assert [(it.kind, it.item, it.state) for it in report.problems] == [(kind, name, "failed")]
    assert edited.before.keys() <= files(edited.folder).keys()
    edited.check()


@pytest.mark.parametrize("kind", ["table", "view"])
def test_a_table_that_is_deleted_between_its_listing_and_its_answer_goes(edited: Trial, kind: str) -> None:
    _, pattern, _ = ONE_BY_ONE[kind]
    grid = edited.plans.tables[0] if kind == "table" else edited.plans.views[0]
    edited.coda.on("GET", pattern(edited.plans)).call(grid.delete)
    edited.synced()
    assert not any(f"/{kind}s/" in path for path in files(edited.folder))
    edited.check()


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_listed_and_not_there_stays_while_another_listing_shows_it(edited: Trial, status: int) -> None:
    page = edited.plans.page("Plans")
    edited.coda.on("POST", f"/pages/{page.id}/export$").fail(status)
    edited.coda.on("GET", f"/pages/{page.id}$").fail(status)
    report = edited.sync()
    edited.accept_head()
    assert [(it.kind, it.item, it.state) for it in report.problems] == [("page", "Plans", "failed")]
    assert edited.before.keys() <= files(edited.folder).keys()
    edited.check()


def test_a_page_that_is_deleted_between_its_listing_and_its_export_goes(edited: Trial) -> None:
    page = edited.plans.page("Plans")
    edited.coda.on("POST", f"/pages/{page.id}/export$").call(page.delete)
    edited.synced()
    assert "docs/plans/pages/plans.md" not in files(edited.folder)
    edited.check()


def test_a_doc_that_is_listed_and_not_there_stays(edited: Trial) -> None:
    edited.coda.on("GET", f"^/docs/{edited.plans.id}(/|$)").fail(404)
    report = edited.sync()
    edited.accept_head()
    assert [(it.kind, it.doc, it.state) for it in report.problems] == [("doc", "Plans", "failed")]
    assert edited.before.keys() <= files(edited.folder).keys()
    edited.check()


@pytest.mark.parametrize("part", ["rows", "columns"])
def test_a_table_whose_parts_are_not_there_stays_while_it_is_there_itself(edited: Trial, part: str) -> None:
    edited.coda.on("GET", f"/tables/{edited.plans.tables[0].id}/{part}$").fail(404)
    report = edited.sync()
    edited.accept_head()
    assert [(it.kind, it.item, it.state) for it in report.problems] == [("table", "Tasks", "failed")]
    assert edited.before.keys() <= files(edited.folder).keys()
    edited.check()
