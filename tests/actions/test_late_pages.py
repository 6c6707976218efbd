"""How a commit names pages and tables that a later sync reads for the first time, or in one more form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.model.changes import Kind
from coda_git_mirror.ui.objects.sync import sync_object
from tests.actions.ledgers import clone
from tests.conftest import Serve
from tests.faults.trial import Trial
from tests.support import VirtualClock, require_sound

NO = {"statusCode": 400, "statusMessage": "Bad Request", "message": "No."}


@pytest.fixture
def trial(serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path) -> Trial:
    world = World()
    doc = world.add_doc("Plans")
    page = doc.add_page("Notes", markdown="Words.\n")
    doc.add_page("Below", page, markdown="More words.\n")
    table = doc.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}], page)
    doc.add_view("Open", table, page)
    return Trial(serve(world), folder, clock, tmp_path)


def pages(report: SyncReport) -> dict[str, Kind]:
    return {page.name: page.kind for page in report.changes.pages}


def tables(report: SyncReport) -> dict[str, Kind]:
    return {table.name: table.kind for table in report.changes.tables}


@pytest.mark.parametrize("in_clone", [False, True], ids=["here", "in a clone"])
def test_pages_that_come_after_the_tables_are_added(trial: Trial, tmp_path: Path, in_clone: bool) -> None:
    trial.sync(pages=False)
    if in_clone:
        trial.folder = clone(trial.folder, tmp_path / "clone")
    report = trial.sync()
    assert pages(report) == {"Notes": Kind.ADDED, "Below": Kind.ADDED}
    assert sync_object(report)["pages"]["added"] == 2
    assert "2 pages added" in report.message.splitlines()[0]
    require_sound(trial.folder, trial.undisturbed())


def test_tables_that_come_after_the_pages_are_added(trial: Trial) -> None:
    trial.sync(tables=False)
    report = trial.sync()
    assert tables(report) == {"Tasks": Kind.ADDED}
    assert sync_object(report)["rows"] == {"added": 1, "changed": 0, "removed": 0}
    assert Kind.MOVED not in pages(report).values()
    require_sound(trial.folder, trial.undisturbed())


@pytest.mark.parametrize("item", ["page", "table"])
def test_what_failed_at_first_is_added_once_it_is_read(trial: Trial, item: str) -> None:
    pattern = r"/export$" if item == "page" else r"/rows$"
    trial.coda.on("POST" if item == "page" else "GET", pattern).answer(400, NO)
    assert trial.sync().problems
    trial.coda.off()
    report = trial.sync()
    found = pages(report) if item == "page" else tables(report)
    assert found == ({"Notes": Kind.ADDED, "Below": Kind.ADDED} if item == "page" else {"Tasks": Kind.ADDED})


@pytest.mark.parametrize("formats", [(".html",), (".md",)])
def test_a_page_that_comes_in_one_more_form_is_changed(trial: Trial, formats: tuple[str, ...]) -> None:
    trial.sync(formats=formats)
    report = trial.sync()
    assert pages(report) == {"Notes": Kind.CHANGED, "Below": Kind.CHANGED}
    require_sound(trial.folder, trial.undisturbed())


@pytest.mark.parametrize("formats", [(".html",), (".md",)])
def test_a_page_that_loses_a_form_is_changed(trial: Trial, formats: tuple[str, ...]) -> None:
    trial.sync()
    report = trial.sync(formats=formats, kept_formats=formats)
    assert pages(report) == {"Notes": Kind.CHANGED, "Below": Kind.CHANGED}


MOVES: dict[str, Any] = {
    "renamed": (lambda doc: doc.page("Notes").rename("Minutes"), {"Minutes": Kind.MOVED}),
    "moved": (lambda doc: doc.page("Below").move(None), {"Below": Kind.MOVED}),
}


@pytest.mark.parametrize("formats", [(".html",), (".md",)])
@pytest.mark.parametrize(("edit", "kinds"), MOVES.values(), ids=MOVES)
def test_a_page_that_moves_while_it_comes_in_one_more_form_has_moved(
    trial: Trial, edit: Any, kinds: dict[str, Kind], formats: tuple[str, ...]
) -> None:
    trial.sync(formats=formats)
    edit(trial.world.doc("Plans"))
    report = trial.sync()
    assert {name: kind for name, kind in pages(report).items() if name in kinds} == kinds
    assert Kind.ADDED not in pages(report).values()
    assert Kind.REMOVED not in pages(report).values()
    require_sound(trial.folder, trial.undisturbed())
