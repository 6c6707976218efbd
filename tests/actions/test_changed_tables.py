"""An edit of a table costs the exports of those pages on which it may show, and of no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from coda_git_mirror.demo.blocks import Grid
from coda_git_mirror.demo.cells import File
from coda_git_mirror.demo.world import Column, Doc, World
from tests.conftest import Serve
from tests.support import VirtualClock, files, mirror

Edit = Callable[[Doc], object]
TABLE, VIEW, ELSEWHERE = "Tasks", "Open tasks", "Report"
"""The pages with the table, with a view of its open tasks, and with the same view once more."""


@pytest.fixture
def plans() -> Doc:
    world = World()
    photo = world.add_blob(b"one", "photo.png", "image/png")
    doc = world.add_doc("Plans")
    doc.add_page("Words", markdown="No table here.\n")
    tasks_page, view_page, report = (doc.add_page(name) for name in (TABLE, VIEW, ELSEWHERE))
    columns = [Column("Task"), Column("Done", "checkbox"), Column("Photo", "image")]
    rows = [{"Task": "Ship", "Done": False, "Photo": File(photo)}, {"Task": "Rest", "Done": True}]
    tasks = doc.add_table("Tasks", columns, rows, tasks_page)
    view = doc.add_view("Open", tasks, view_page, where=lambda row: row.get("Done") is False)
    for page, grid in ((tasks_page, tasks), (view_page, view), (report, view)):
        page.append(Grid(grid))
    return doc


def _show_another_photo_of_the_same_name(doc: Doc) -> None:
    doc.table("Tasks").rows[0].set("Photo", File(doc.world.add_blob(b"two", "photo.png", "image/png")))


def _write_numbers_otherwise(doc: Doc) -> None:
    doc.table("Tasks").edited()
    doc.table("Tasks").columns[0].options["precision"] = 2


EDITS: dict[str, tuple[Edit, set[str]]] = {
    "a cell that the view shows": (lambda doc: doc.table("Tasks").rows[0].set("Task", "Go"), {TABLE, VIEW, ELSEWHERE}),
    "a cell that the view does not show": (lambda doc: doc.table("Tasks").rows[1].set("Task", "Sleep"), {TABLE}),
    "a photo of the same name": (_show_another_photo_of_the_same_name, {TABLE, VIEW, ELSEWHERE}),
    "the order on the screen": (lambda doc: doc.table("Tasks").rows[1].move(0), {TABLE}),
    "a column's format": (_write_numbers_otherwise, {TABLE, VIEW, ELSEWHERE}),
    "a renamed view": (lambda doc: doc.views[0].rename("To do"), {VIEW, ELSEWHERE}),
    "a deleted view": (lambda doc: doc.views[0].delete(), {VIEW, ELSEWHERE}),
    "a deleted table": (lambda doc: doc.table("Tasks").delete(), {TABLE, VIEW, ELSEWHERE}),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_table_costs_the_exports_of_the_pages_that_show_it(
    plans: Doc, edit: str, serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path
) -> None:
    coda = serve(plans.world)
    mirror(coda, folder, clock)
    begun, (change, showing) = len(coda.requests), EDITS[edit]
    change(plans)
    mirror(coda, folder, clock)
    exported = {it.path.split("/")[-2] for it in list(coda.requests)[begun:] if it.path.endswith("/export")}
    assert exported == {plans.page(name).id for name in showing}
    mirror(coda, tmp_path / "fresh", clock)
    assert files(folder) == files(tmp_path / "fresh")


def test_markdown_alone_does_not_tell_which_table_a_page_shows(
    plans: Doc, serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path
) -> None:
    coda = serve(plans.world)
    mirror(coda, folder, clock, formats=(".md",))
    begun = len(coda.requests)
    plans.table("Tasks").rows[0].set("Task", "Go")
    mirror(coda, folder, clock, formats=(".md",))
    exported = {it.path.split("/")[-2] for it in list(coda.requests)[begun:] if it.path.endswith("/export")}
    assert exported == {plans.page(name).id for name in (TABLE, VIEW, ELSEWHERE)}
    mirror(coda, tmp_path / "fresh", clock, formats=(".md",))
    assert files(folder) == files(tmp_path / "fresh")
