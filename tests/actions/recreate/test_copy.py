"""A doc that lives is copied, and the copy is made what the doc was: with its types, formulas and relations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.recreate.run import Way
from coda_git_mirror.demo.blocks import Text
from coda_git_mirror.demo.mutations import MEASURED
from coda_git_mirror.demo.server import Readings
from coda_git_mirror.demo.world import Column, Doc, Table
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.model.recreation import Restored
from tests.actions.recreate.test_kills import Axe, Killed
from tests.actions.recreate.workshop import NAME, Workshop, cells, plans, text, tree
from tests.conftest import Serve
from tests.support import VirtualClock, git, mirror

REQUESTS = 9
"""The copy, three pages, looks of one, the old text, rows that come and go, a cell; and the name."""


def _workshop(serve: Serve, clock: VirtualClock, folder: Path, **served: Any) -> tuple[Workshop, Doc]:
    """The doc is mirrored, and lives on with edits of every kind."""
    coda = serve(plans(), **served)
    mirror(coda, folder, clock)
    doc = coda.world.docs[0]
    workshop = Workshop(coda, folder, clock, doc)
    workshop.pin()
    return workshop, doc


def _edit(doc: Doc) -> None:
    tasks = doc.table("Tasks")
    tasks.rows[2].set("Task", "Spoilt")
    tasks.rows[0].delete()
    tasks.add_row({"Task": "New since"})
    doc.page("Notes").append(Text("Since then."))
    doc.page("Secret").rename("Open")
    doc.page("Open").hide(False)
    doc.page("Last").delete()
    doc.add_page("New page")


def _copy(workshop: Workshop) -> Doc:
    (copy,) = (doc for doc in workshop.world.docs if doc is not workshop.old)
    return copy


def _require_revision(workshop: Workshop, before: list[list[str]]) -> None:
    copy = _copy(workshop)
    tasks = copy.table("Tasks")
    assert copy.name == NAME
    assert sorted(cells(tasks)) == sorted(before)
    sell, ship = (next(row for row in tasks.rows if row.name == name) for name in ("**Sell** it", "Ship it"))
    assert sell.get("After").row is ship, "relations lead to what came back"
    assert [column.type for column in tasks.columns] == ["text", "number", "checkbox", "person", "lookup"]
    assert [(page.name, page.hidden) for page in copy.roots] == [
        ("Notes", False), ("Secret", True), ("New page", False), (_beside(copy), False), ("Last", False),
    ]  # fmt: skip
    assert "Since then." in text(copy, "Notes")
    assert "Since then." not in text(copy, _beside(copy))
    assert "Before." in text(copy, _beside(copy))


def _beside(copy: Doc) -> str:
    (name,) = (page.name for page in copy.pages() if page.name.startswith("Notes (as of "))
    return name


def _tasks(doc: Doc) -> Table:
    return doc.table("Tasks")


@pytest.mark.parametrize(
    "served",
    [
        {},
        {"mutation_seconds": MEASURED, "snapshot_lag": 30.0},
        {"readings": Readings(copies_keep_ids=True)},
    ],
)
def test_the_copy_is_what_the_doc_was(serve: Serve, clock: VirtualClock, folder: Path, served: Any) -> None:
    workshop, doc = _workshop(serve, clock, folder, **served)
    before = cells(_tasks(doc))
    _edit(doc)
    now = (tree(doc), cells(_tasks(doc)))
    foreseen = workshop.foresee()
    assert foreseen.what.copy is not None
    made = workshop.make()
    assert (made.stopped, made.unmet) == ("", ())
    _require_revision(workshop, before)
    assert (tree(doc), cells(_tasks(doc))) == now, "the doc itself stays as it is"
    outcomes = {page.name: page.restored for page in made.pages}
    assert outcomes["Notes"] is Restored.TEXT
    assert outcomes["Week"] is outcomes["Secret"] is Restored.WHOLE
    assert {(it.name, it.restored, it.lost) for it in made.tables} == {
        ("Tasks", Restored.WHOLE, 0),
        ("Loose", Restored.WHOLE, 0),
    }
    assert any("New page" in lost.item for lost in made.not_restored)
    assert "Since then." in git(folder, "show", f"{made.before}:docs/plans/pages/notes.md")
    assert workshop.make().is_known


def test_what_somebody_does_while_the_doc_is_copied_does_no_harm(
    serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    workshop, doc = _workshop(serve, clock, folder)
    before = cells(_tasks(doc))

    def meanwhile() -> None:
        doc.add_page("Later")
        doc.add_table("Later", [Column("What")], [], doc.page("Later"))
        _tasks(doc).add_row({"Task": "Later"})

    workshop.coda.on("GET", f"/docs/{doc.id}/pages$").call(meanwhile, after=2)
    made = workshop.make()
    assert (made.stopped, made.unmet) == ("", ())
    assert cells(_copy(workshop).table("Tasks")) == before
    assert "Later" in [page.name for page in doc.pages()]
    assert "Later" not in [page.name for page in _copy(workshop).pages()]


def test_without_an_edit_a_copy_is_all_that_is_made(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop, doc = _workshop(serve, clock, folder)
    made = workshop.make()
    assert made.is_whole
    assert {page.restored for page in made.pages} | {table.restored for table in made.tables} == {Restored.WHOLE}
    assert tree(_copy(workshop)) == tree(doc)
    assert [request.method for request in workshop.coda.requests.writes()] == ["POST", "PATCH"]


def test_from_nothing_is_made_if_that_is_said(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop, doc = _workshop(serve, clock, folder)
    workshop.make(way=Way.FROM_NOTHING)
    assert tree(_copy(workshop)) == tree(doc)
    assert _copy(workshop).table("Table 1").column("Who").type == "text"


def test_what_is_gone_cannot_be_copied(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop, doc = _workshop(serve, clock, folder)
    doc.delete()
    with pytest.raises(MirrorError, match="nothing to copy"):
        workshop.make(way=Way.COPY)
    assert workshop.make(way=Way.BEST).stopped == ""


def test_a_table_that_is_gone_comes_back_on_its_page(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop, doc = _workshop(serve, clock, folder)
    before = cells(_tasks(doc))
    _tasks(doc).delete()
    made = workshop.make()
    copy = _copy(workshop)
    (table,) = (table for table in copy.tables if table.page is copy.page("Notes"))
    assert cells(table) == before
    assert (made.stopped, made.unmet) == ("", ())


@pytest.mark.thinned(5)
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(1, REQUESTS + 1))
def test_killed_at_any_request(serve: Serve, clock: VirtualClock, folder: Path, number: int, after: bool) -> None:
    workshop, doc = _workshop(serve, clock, folder, mutation_seconds=20.0)
    before = cells(_tasks(doc))
    _edit(doc)
    workshop.around = lambda writer: Axe(writer, number, after)
    with pytest.raises(Killed):
        workshop.make()
    workshop.coda.new_client()
    workshop.around = lambda writer: writer
    doc.page("Notes").append(Text("After the copy."))
    made = workshop.make(resume=True)
    assert (made.stopped, made.unmet) == ("", ())
    _require_revision(workshop, before)
