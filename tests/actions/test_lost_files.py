"""Hosted files that Coda names and does not give: asked for alone, told once where that is for good."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from coda_git_mirror.demo.blocks import Attachment, Picture, Text
from coda_git_mirror.demo.cells import File
from coda_git_mirror.demo.world import Blob, Column, World
from coda_git_mirror.model.ledger import DENIED, FAILED, GONE
from tests.actions.ledgers import Watch, clone, entries, known, paragraph, told
from tests.conftest import Serve
from tests.faults.trial import Trial
from tests.support import VirtualClock, files, require_sound

FOR_GOOD = {404: GONE, 410: GONE, 403: DENIED}


def account() -> World:
    """A picture on a page of one doc, a file in a table of another and on a page of both."""
    world = World()
    photo = world.add_blob(b"photo", "photo.png", "image/png")
    offer = world.add_blob(b"%PDF offer", "Offer.pdf", "application/pdf")
    plans = world.add_doc("Plans")
    plans.add_page("Notes", blocks=(Text("Look:"), Picture(photo), Attachment(offer)))
    plans.add_table("Tasks", [Column("Task"), Column("File", "attachments")], [{"Task": "Sell", "File": File(offer)}])
    sales = world.add_doc("Sales")
    sales.add_page("Start", markdown="Here.\n")
    sales.add_table("Offers", [Column("Name"), Column("File", "attachments")], [{"Name": "A", "File": File(offer)}])
    return world


def blob(trial: Trial, name: str) -> Blob:
    return next(each for each in trial.world.blobs.values() if each.filename == name)


@pytest.fixture
def trial(serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path) -> Trial:
    """The host of files knows them by their exact addresses alone, of which pages and tables keep less."""
    return Trial(serve(account(), exact_blob_addresses=True), folder, clock, tmp_path)


def require_as_fresh(trial: Trial) -> None:
    """A mirror made anew lacks the same files."""
    fresh = trial.elsewhere / "fresh"
    trial.sync(fresh)
    require_sound(trial.folder, files(fresh))


def addresses(lost: Blob) -> Callable[[str], bool]:
    return lambda request: f"/blobs/{lost.id}" in request


@pytest.mark.parametrize("status", FOR_GOOD)
@pytest.mark.parametrize("name", ["photo.png", "Offer.pdf"])
def test_a_file_that_is_gone_for_good_is_told_once_and_asked_for_alone(trial: Trial, name: str, status: int) -> None:
    lost = blob(trial, name)
    lost.gone, lost.gone_status = True, status
    docs = [trial.world.doc("Plans")] if name == "photo.png" else trial.world.docs
    report = trial.sync()
    assert [(problem.item, problem.doc, problem.state) for problem in report.problems] == [
        (name, doc.name, FOR_GOOD[status]) for doc in docs
    ]
    trial.sync()
    watch = Watch(trial.coda)
    for _ in range(2):
        report = trial.sync()
        assert (report.problems, report.commit, report.totals.problems) == ((), None, 0)
        asked = watch.both()
        assert [request for request in asked if not addresses(lost)(request)] == ["GET /docs"]
        assert len(list(filter(addresses(lost), asked))) == 1
    assert {state.item_id for state in report.ledger} == {lost.id}
    assert known(trial.folder) == {("asset", lost.id, FOR_GOOD[status])}
    require_as_fresh(trial)


def test_the_readme_of_a_doc_names_what_is_gone_until_it_is_there_again(trial: Trial) -> None:
    lost = blob(trial, "photo.png")
    lost.gone = True
    trial.sync()
    readme = trial.folder / "docs/plans/README.md"
    assert "photo" in readme.read_text().partition("Not in this folder")[2]
    lost.gone = False
    assert trial.sync().problems == ()
    assert "photo" not in readme.read_text().partition("Not in this folder")[2]


@pytest.mark.thinned(3)
@pytest.mark.parametrize("in_clone", [False, True], ids=["here", "in a clone"])
@pytest.mark.parametrize("status", [*FOR_GOOD, 500])
@pytest.mark.parametrize("name", ["photo.png", "Offer.pdf"])
def test_a_file_comes_back_by_itself(trial: Trial, tmp_path: Path, name: str, status: int, in_clone: bool) -> None:
    lost = blob(trial, name)
    fault = trial.coda.on("GET", f"/blobs/{lost.id}").fail(status)
    assert trial.sync().problems
    trial.sync()
    if in_clone:
        trial.folder = clone(trial.folder, tmp_path / "clone")
    trial.coda.off(fault)
    watch = Watch(trial.coda)
    assert trial.sync().problems == ()
    assert not [request for request in watch.api() if request not in ("GET /docs", "GET /whoami")]
    assert entries(trial.folder) == ()
    assert any(content == lost.content for path, content in files(trial.folder).items() if "/assets/" in path)
    require_sound(trial.folder, trial.undisturbed())


def test_a_file_that_fails_for_ever_is_a_problem_each_time_and_all_that_is_asked_for(trial: Trial) -> None:
    lost = blob(trial, "Offer.pdf")
    trial.coda.on("GET", f"/blobs/{lost.id}").fail(500)
    trial.sync()
    trial.sync()
    watch = Watch(trial.coda)
    report = trial.sync()
    assert told(report) == {("asset", lost.id)}
    assert (len(report.problems), report.totals.problems, report.commit) == (2, 2, None)
    assert {request for request in watch.both() if not addresses(lost)(request)} == {"GET /docs"}
    assert known(trial.folder) == {("asset", lost.id, FAILED)}


def test_what_is_gone_stays_so_while_its_doc_is_edited_and_read_in_full(trial: Trial) -> None:
    lost = blob(trial, "photo.png")
    lost.gone = True
    trial.sync()
    trial.world.doc("Plans").page("Notes").append(Text("More."))
    report = trial.sync()
    assert (report.problems, known(trial.folder)) == ((), {("asset", lost.id, GONE)})
    assert trial.sync(full=True).problems == ()
    assert known(trial.folder) == {("asset", lost.id, GONE)}
    require_as_fresh(trial)


def test_a_file_that_fails_once_it_was_gone_is_a_problem_and_gone_again_is_news(trial: Trial) -> None:
    lost = blob(trial, "photo.png")
    lost.gone = True
    trial.sync()
    fault = trial.coda.on("GET", f"/blobs/{lost.id}").fail(500)
    assert told(trial.sync()) == {("asset", lost.id)}
    assert known(trial.folder) == {("asset", lost.id, FAILED)}
    trial.coda.off(fault)
    assert [problem.state for problem in trial.sync().problems] == [GONE]
    assert paragraph(trial.folder, "Gone from Coda")
    assert paragraph(trial.folder, "Solved") == []


def test_a_file_that_is_gone_and_shown_no_more_leaves_the_ledger(trial: Trial) -> None:
    lost = blob(trial, "photo.png")
    lost.gone = True
    trial.sync()
    trial.world.doc("Plans").page("Notes").write(markdown="Nothing.\n")
    assert trial.sync().problems == ()
    assert entries(trial.folder) == ()
    assert paragraph(trial.folder, "Solved") == []
    require_sound(trial.folder, trial.undisturbed())


def test_a_file_that_the_mirror_has_is_never_asked_for_again(trial: Trial) -> None:
    assert trial.sync().problems == ()
    before = files(trial.folder)
    for each in trial.world.blobs.values():
        each.gone = True
    watch = Watch(trial.coda)
    trial.world.doc("Plans").page("Notes").append(Text("More."))
    assert trial.sync(full=True).problems == ()
    assert not [request for request in watch.both() if "/blobs/" in request]
    assert entries(trial.folder) == ()
    assert all(files(trial.folder)[path] == before[path] for path in before if "/assets/" in path)


def test_without_assets_nothing_that_is_gone_is_asked_for(trial: Trial) -> None:
    lost = blob(trial, "photo.png")
    lost.gone = True
    trial.sync()
    before = entries(trial.folder)
    watch = Watch(trial.coda)
    assert trial.sync(assets=False).problems == ()
    assert set(watch.both()) <= {"GET /docs", "GET /whoami"}
    assert entries(trial.folder) == before
