"""An entry leaves the ledger only when its very item was read, or is gone (mirror-format.md, law 9)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.status import status
from coda_git_mirror.demo.blocks import Picture, Text
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, Doc, World
from coda_git_mirror.model.ledger import FAILED, UNREAD
from coda_git_mirror.ui.objects.status import status_object
from coda_git_mirror.ui.objects.sync import sync_object
from tests.actions.conftest import TrialOf
from tests.actions.ledgers import Watch, clone, entries, manifest, message, paragraph, told
from tests.faults.trial import Trial
from tests.support import files, require_sound

pytestmark = pytest.mark.thinned(2)

NO = {"statusCode": 400, "statusMessage": "Bad Request", "message": "No."}


def account() -> World:
    """Two docs of one name, and in each two of everything that have one name; a third doc of another name."""
    world = World()
    for number in range(2):
        doc = world.add_doc("Untitled")
        for _ in range(2):
            photo = world.add_blob(f"photo {number}".encode(), "photo.png", "image/png")
            page = doc.add_page("Notes", blocks=(Text("Words."), Picture(photo)))
            table = doc.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}], page)
            doc.add_view("Open", table, page)
    recipes = world.add_doc("Recipes")
    recipes.add_page("Soup", markdown="Hot.\n")
    recipes.add_table("Herbs", [Column("Herb")], [{"Herb": "Sage"}])
    return world


@pytest.fixture
def trial(trial_of: TrialOf) -> Trial:
    return trial_of(account())


def page_fails(coda: SimulatedCoda, doc: Doc, number: int) -> str:
    page = list(doc.pages())[number]
    coda.on("POST", f"/pages/{page.id}/export$").answer(400, NO)
    return page.id


def html_fails(coda: SimulatedCoda, doc: Doc, number: int) -> str:
    """The second export of a page, which is its HTML."""
    page = list(doc.pages())[number]
    coda.on("POST", f"/pages/{page.id}/export$").answer(400, NO, after=1)
    return page.id


def markdown_fails(coda: SimulatedCoda, doc: Doc, number: int) -> str:
    """The first export of a page, which is its Markdown."""
    page = list(doc.pages())[number]
    coda.on("POST", f"/pages/{page.id}/export$").answer(400, NO, times=1)
    return page.id


def table_fails(coda: SimulatedCoda, doc: Doc, number: int) -> str:
    coda.on("GET", f"/tables/{doc.tables[number].id}/rows$").answer(400, NO)
    return doc.tables[number].id


def view_fails(coda: SimulatedCoda, doc: Doc, number: int) -> str:
    coda.on("GET", f"/tables/{doc.views[number].id}/rows$").answer(400, NO)
    return doc.views[number].id


def file_fails(coda: SimulatedCoda, doc: Doc, number: int) -> str:
    [picture] = [block for block in list(doc.pages())[number].blocks if isinstance(block, Picture)]
    coda.on("GET", f"/blobs/{picture.blob.id}").fail(500)
    return picture.blob.id


def formulas_fail(coda: SimulatedCoda, doc: Doc, number: int) -> str:  # noqa: ARG001 (each doc has one list of them)
    coda.on("GET", f"^/docs/{doc.id}/formulas$").fail(500)
    return "formulas"


Fails = Callable[[SimulatedCoda, Doc, int], str]
KINDS: dict[str, Fails] = {"page": page_fails, "table": table_fails, "view": view_fails, "asset": file_fails}
LEAVE_OUT: dict[str, tuple[str, Fails, dict[str, Any]]] = {
    "a page by tables only": ("page", page_fails, {"pages": False}),
    "the HTML of a page by Markdown only": ("page", html_fails, {"formats": (".md",)}),
    "the Markdown of a page by HTML only": ("page", markdown_fails, {"formats": (".html",)}),
    "a table by pages only": ("table", table_fails, {"tables": False}),
    "a view by pages only": ("view", view_fails, {"tables": False}),
    "a file without assets": ("asset", file_fails, {"assets": False}),
    "formulas by tables only": ("doc", formulas_fail, {"pages": False}),
    "a page by another doc": ("page", page_fails, {"docs": ("Recipes",)}),
    "a table by another doc": ("table", table_fails, {"docs": ("Recipes",)}),
    "a file by another doc": ("asset", file_fails, {"docs": ("Recipes",)}),
    "a page by an exclusion": ("page", page_fails, {"exclude": ("Unt*",)}),
}


@pytest.mark.parametrize("in_clone", [False, True], ids=["here", "in a clone"])
@pytest.mark.parametrize(("kind", "fails", "options"), LEAVE_OUT.values(), ids=LEAVE_OUT)
def test_a_run_that_did_not_ask_for_an_item_solves_nothing(
    trial: Trial, tmp_path: Path, kind: str, fails: Fails, options: dict[str, Any], in_clone: bool
) -> None:
    doc = trial.world.docs[0]
    item_id = fails(trial.coda, doc, 0)
    assert told(trial.sync()) >= {(kind, item_id)}
    before = entries(trial.folder)
    trial.coda.off()
    if in_clone:
        trial.folder = clone(trial.folder, tmp_path / "clone")
    trial.world.doc("Recipes").page("Soup").append(Text("Very."))
    trial.world.doc("Recipes").table("Herbs").add_row({"Herb": "Thyme"})
    report = trial.sync(**options)
    assert report.commit, "the other doc was edited"
    assert "Solved" not in message(trial.folder)
    assert {entry for entry in entries(trial.folder) if entry.doc_id == doc.id} == set(before)
    assert report.totals.problems == len(entries(trial.folder))
    assert trial.sync().problems == ()
    assert paragraph(trial.folder, "Solved")
    require_sound(trial.folder, trial.undisturbed())


@pytest.mark.parametrize("other", [0, 2], ids=["its namesake", "another doc"])
def test_a_doc_that_was_never_mirrored_is_not_solved_by_a_sync_of_another(trial: Trial, other: int) -> None:
    closed, another = trial.world.docs[1], trial.world.docs[other]
    trial.coda.on("GET", f"^/docs/{closed.id}/").fail(403)
    assert told(trial.sync()) == {("doc", "")}
    next(another.pages()).append(Text("Very."))
    assert trial.sync(docs=(another.id,)).problems == ()
    assert "Solved" not in message(trial.folder)
    assert [(entry.doc_id, entry.state) for entry in entries(trial.folder)] == [(closed.id, FAILED)]
    trial.coda.off()
    assert trial.sync().problems == ()
    assert entries(trial.folder) == ()
    [solved] = paragraph(trial.folder, "Solved")
    assert solved.startswith("doc Untitled: ")
    require_sound(trial.folder, trial.undisturbed())


@pytest.mark.parametrize(("kind", "fails"), KINDS.items())
def test_of_two_items_of_one_name_each_has_its_own_entry(trial: Trial, kind: str, fails: Fails) -> None:
    doc = trial.world.docs[0]
    first, second = (fails(trial.coda, doc, number) for number in range(2))
    report = trial.sync()
    assert {(kind, first), (kind, second)} <= told(report)
    of_kind = [problem for problem in report.problems if problem.kind == kind]
    assert len(of_kind) == 2
    trial.coda.off()
    assert fails(trial.coda, doc, 1) == second
    assert told(trial.sync()) == {(kind, second)}
    assert [(entry.kind, entry.item_id) for entry in entries(trial.folder)] == [(kind, second)]
    solved = paragraph(trial.folder, "Solved")
    assert len([line for line in solved if line.startswith(kind)]) == 1
    assert manifest(trial.folder).totals.problems == 1
    trial.coda.off()
    assert trial.sync().problems == ()
    require_sound(trial.folder, trial.undisturbed())


@pytest.mark.parametrize(("kind", "fails"), KINDS.items())
def test_of_two_docs_of_one_name_each_has_its_own_problems(trial: Trial, kind: str, fails: Fails) -> None:
    first, second = trial.world.docs[:2]
    fails(trial.coda, first, 0)
    trial.sync()
    assert {entry.doc_id for entry in entries(trial.folder)} == {first.id}
    count = len(entries(trial.folder))
    assert [status(trial.folder).problems_of(doc.id) for doc in (first, second)] == [count, 0]
    shown = {doc["id"]: doc["problems"] for doc in status_object(status(trial.folder))["docs"]}
    assert (shown[first.id], shown[second.id]) == (count, 0)
    trial.coda.off()
    fails(trial.coda, second, 0)
    trial.world.docs[1].page("Notes").append(Text("More."))
    trial.world.docs[1].tables[0].rows[0].set("Task", "Ship it now")
    trial.sync(full=True)
    if kind != "asset":
        assert {(entry.kind, entry.doc_id) for entry in entries(trial.folder)} == {(kind, second.id)}
        assert [line for line in paragraph(trial.folder, "Solved") if line.startswith(kind)]
    trial.coda.off()
    assert trial.sync().problems == ()
    require_sound(trial.folder, trial.undisturbed())


def test_two_docs_of_one_name_that_cannot_be_read_are_two_problems(trial: Trial) -> None:
    first, second = trial.world.docs[:2]
    for doc in (first, second):
        trial.coda.on("GET", f"^/docs/{doc.id}/pages$").fail(403)
    report = trial.sync()
    assert [problem.doc_id for problem in report.problems] == sorted([first.id, second.id])
    assert sync_object(report)["docs"]["failed"] == 2
    trial.coda.off()
    trial.coda.on("GET", f"^/docs/{second.id}/pages$").fail(403)
    trial.sync()
    assert [entry.doc_id for entry in entries(trial.folder)] == [second.id]
    assert len(paragraph(trial.folder, "Solved")) == 1
    assert trial.sync().commit is None
    trial.coda.off()
    assert trial.sync().problems == ()
    require_sound(trial.folder, trial.undisturbed())


GO: dict[str, tuple[tuple[Fails, ...], Callable[[Doc], object]]] = {
    "a page": ((page_fails,), lambda doc: next(doc.pages()).delete()),
    "a file's mention": ((file_fails,), lambda doc: next(doc.pages()).write(markdown="No picture.\n")),
    "a table": ((table_fails,), lambda doc: doc.remove_tables([doc.tables[0], doc.views[0]])),
    "a view": ((view_fails,), lambda doc: doc.remove_tables([doc.views[0]])),
    "a doc": ((page_fails, table_fails, view_fails), lambda doc: doc.delete()),
}


@pytest.mark.parametrize(("fails", "go"), GO.values(), ids=GO)
def test_what_is_gone_from_coda_leaves_the_ledger_and_is_not_called_solved(
    trial: Trial, fails: tuple[Fails, ...], go: Callable[[Doc], object]
) -> None:
    doc = trial.world.docs[0]
    items = {fail(trial.coda, doc, 0) for fail in fails}
    assert {item_id for _, item_id in told(trial.sync())} >= items
    doc.edited()
    go(doc)
    trial.coda.off()
    assert trial.sync().problems == ()
    assert entries(trial.folder) == ()
    assert paragraph(trial.folder, "Solved") == []
    require_sound(trial.folder, trial.undisturbed())


def test_what_a_new_doc_was_not_asked_for_is_unread_and_no_problem_of_the_run(trial: Trial) -> None:
    report = trial.sync(pages=False)
    assert report.problems == ()
    assert {(entry.kind, entry.item_id, entry.state) for entry in entries(trial.folder)} >= {("doc", "pages", UNREAD)}
    assert report.totals.problems == len(entries(trial.folder))
    assert trial.sync().problems == ()
    require_sound(trial.folder, trial.undisturbed())


def test_an_item_that_failed_is_all_that_an_unchanged_account_is_asked_for(trial: Trial) -> None:
    doc = trial.world.docs[0]
    page = page_fails(trial.coda, doc, 0)
    trial.sync()
    trial.sync()
    watch = Watch(trial.coda)
    assert told(trial.sync()) == {("page", page)}
    asked = watch.api()
    assert {path for path in asked if path.endswith("/export")} == {f"POST /docs/{doc.id}/pages/{page}/export"}
    others = {other.id for other in trial.world.docs if other is not doc}
    assert not [path for path in asked if any(other in path for other in others)]


def test_a_renamed_item_keeps_its_entry_by_its_new_name(trial: Trial) -> None:
    doc = trial.world.docs[0]
    item_id = page_fails(trial.coda, doc, 0)
    trial.sync()
    next(doc.pages()).rename("Minutes")
    doc.rename("Titled")
    trial.sync(pages=False)
    assert files(trial.folder)
    trial.sync()
    found = [(entry.doc, entry.item) for entry in entries(trial.folder) if entry.item_id == item_id]
    assert found == [("Titled", "Minutes")]
    assert "error 400" not in "".join(paragraph(trial.folder, "Solved"))
    trial.coda.off()
    assert trial.sync().problems == ()
    require_sound(trial.folder, trial.undisturbed())
