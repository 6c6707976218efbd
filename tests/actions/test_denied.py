"""What Coda does not give to the token, or to nobody: a state that is told once, and no failure of each night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.demo.blocks import Text
from coda_git_mirror.demo.server import Token
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.model.ledger import DENIED, NO_EXPORT, PAGE, TABLE, VIEW
from coda_git_mirror.ui.objects.sync import sync_object
from tests.actions.ledgers import Watch, clone, entries, known, paragraph, told
from tests.conftest import Serve
from tests.faults.trial import Trial
from tests.support import VirtualClock, files, require_sound

ANOTHER = "another-token-of-the-same-account"
NO_ID = [".", "..", "x" * 100_000]


def account() -> World:
    world = World()
    for name in ("Plans", "Recipes"):
        doc = world.add_doc(name)
        page = doc.add_page("Notes", blocks=(Text("Words."),))
        doc.add_page("Below", page, markdown="Some **bold** words.\n")
        table = doc.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}], page)
        doc.add_view("Open", table, page)
    return world


@pytest.fixture
def reading(serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path) -> Trial:
    """Its token may read and not export."""
    return Trial(serve(account(), token=Token(read_only=True)), folder, clock, tmp_path)


def pages(trial: Trial) -> set[tuple[str, str, str]]:
    return {(PAGE, page.id, DENIED) for doc in trial.world.docs for page in doc.pages()}


@pytest.mark.parametrize("refusal", [401, 403])
def test_pages_that_may_not_be_exported_are_a_state_that_each_sync_tells(
    serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path, refusal: int
) -> None:
    trial = Trial(serve(account(), token=Token(read_only=True, refusal=refusal)), folder, clock, tmp_path)
    for _ in range(3):
        report = trial.sync()
        assert (report.problems, report.totals.problems) == ((), 0)
        assert {(state.kind, state.item_id, state.state) for state in report.ledger} == pages(trial)
        told_as_json = [problem for problem in sync_object(report)["problems"] if problem["state"] == DENIED]
        assert {problem["item_id"] for problem in told_as_json} == {item_id for _, item_id, _ in pages(trial)}
        assert known(folder) == pages(trial)
        assert {problem.reason for problem in verify(folder).states} == {NO_EXPORT}
        assert verify(folder).findings == []
    assert paragraph(folder, "Not given by Coda")
    assert trial.sync().commit is None


@pytest.mark.parametrize("in_clone", [False, True], ids=["here", "in a clone"])
def test_an_unchanged_account_that_may_not_be_exported_costs_next_to_nothing(
    reading: Trial, tmp_path: Path, in_clone: bool
) -> None:
    reading.sync()
    reading.sync()
    if in_clone:
        reading.folder = clone(reading.folder, tmp_path / "clone")
        reading.sync()
    watch = Watch(reading.coda)
    for _ in range(2):
        assert reading.sync().commit is None
        asked = watch.both()
        assert (asked[0], asked[1].split("/")[-1]) == ("GET /docs", "export")
        assert len(asked) <= 3


@pytest.mark.parametrize("in_clone", [False, True], ids=["here", "in a clone"])
def test_a_better_token_brings_the_pages_at_the_next_sync(reading: Trial, tmp_path: Path, in_clone: bool) -> None:
    reading.sync()
    assert {path for path in files(reading.folder) if path.endswith(".html")} == set()
    if in_clone:
        reading.folder = clone(reading.folder, tmp_path / "clone")
    reading.coda.use(ANOTHER)
    assert reading.sync().problems == ()
    assert entries(reading.folder) == ()
    require_sound(reading.folder, reading.undisturbed())
    watch = Watch(reading.coda)
    reading.sync()
    assert watch.both() == ["GET /docs"]


def test_a_better_token_brings_no_pages_to_a_run_that_leaves_them_out(reading: Trial) -> None:
    reading.sync()
    reading.coda.use(ANOTHER)
    watch = Watch(reading.coda)
    assert reading.sync(pages=False).problems == ()
    assert not [request for request in watch.both() if request.startswith("POST")]
    assert known(reading.folder) == pages(reading)
    assert reading.sync().problems == ()
    require_sound(reading.folder, reading.undisturbed())


def test_a_worse_token_keeps_what_was_exported_and_tells_once_that_it_is_old(
    serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path
) -> None:
    trial = Trial(serve(account()), folder, clock, tmp_path)
    assert trial.sync().problems == ()
    before = files(folder)
    trial.coda.use(Token(ANOTHER, read_only=True))
    assert trial.sync().problems == ()
    page = trial.world.doc("Plans").page("Notes")
    page.append(Text("More."))
    assert told(trial.sync()) == {(PAGE, page.id)}
    report = trial.sync()
    assert (report.problems, report.commit) == ((), None)
    assert known(folder) == {(PAGE, page.id, DENIED)}
    assert {path: content for path, content in files(folder).items() if path.endswith("notes.md")} == {
        path: content for path, content in before.items() if path.endswith("notes.md")
    }
    assert [state.item_id for state in verify(folder).states] == [page.id]
    assert verify(folder).findings == []
    trial.coda.use(Token("a third"))
    assert trial.sync().problems == ()
    require_sound(folder, trial.undisturbed())


@pytest.mark.parametrize("closed", [0, 1], ids=["the first doc stays closed", "the last doc stays closed"])
def test_of_several_docs_that_may_not_be_exported_one_that_opens_is_found_within_the_days_of_a_refresh(
    serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path, closed: int
) -> None:
    world, now = account(), [datetime(2026, 5, 4, tzinfo=UTC)]
    both = frozenset(doc.id for doc in world.docs)
    trial = Trial(serve(world, token=Token(read_only_docs=both), date=lambda: now[0]), folder, clock, tmp_path)
    trial.sync()
    stays = world.docs[closed]
    trial.coda.use(Token(ANOTHER, read_only_docs=frozenset({stays.id})))
    for _ in range(SyncOptions().refresh_days):
        now[0] += timedelta(days=1)
        assert trial.sync().problems == ()
    assert {entry.doc_id for entry in entries(folder)} == {stays.id}
    watch = Watch(trial.coda)
    trial.sync()
    assert len(watch.both()) <= 3


@pytest.mark.parametrize("odd", NO_ID, ids=["a dot", "two dots", "very long"])
def test_items_that_nobody_can_ask_for_are_told_once_and_the_others_are_mirrored(
    serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path, odd: str
) -> None:
    trial = Trial(serve(account()), folder, clock, tmp_path)
    doc = trial.world.doc("Plans")
    page = doc.add_page("Odd page", markdown="Nobody reads it.\n", id=odd)
    table = doc.add_table("Odd table", [Column("A")], [{"A": "x"}], id=odd)
    doc.add_view("Odd view", doc.table("Tasks"), id={".": "..", "..": "."}.get(odd, "y" * 2_000))
    report = trial.sync()
    assert {(PAGE, odd), (TABLE, odd)} <= told(report)
    assert {problem.state for problem in report.problems} == {DENIED}
    assert {"docs/plans/pages/notes.md", "docs/plans/tables/tasks.csv"} <= set(files(folder))
    assert "docs/recipes/pages/notes.md" in files(folder)
    assert {(kind, state) for kind, _, state in known(folder)} >= {(PAGE, DENIED), (TABLE, DENIED)}
    report = trial.sync()
    assert (report.problems, report.commit) == ((), None)
    assert trial.sync(full=True).problems == ()
    fresh = tmp_path / "fresh"
    trial.sync(fresh)
    require_sound(folder, files(fresh))
    page.delete()
    doc.remove_tables([table, *[view for view in doc.views if view.name == "Odd view"]])
    assert trial.sync().problems == ()
    assert entries(folder) == ()
    assert paragraph(folder, "Solved") == []
    require_sound(folder, trial.undisturbed())


@pytest.mark.parametrize("odd", NO_ID, ids=["a dot", "two dots", "very long"])
def test_a_doc_that_nobody_can_ask_for_is_told_once_and_the_others_are_mirrored(
    serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path, odd: str
) -> None:
    trial = Trial(serve(account()), folder, clock, tmp_path)
    doc = trial.world.add_doc("Odd", id=odd)
    doc.add_page("Notes", markdown="Nobody reads it.\n")
    assert told(trial.sync()) == {("doc", "")}
    assert [(entry.doc_id, entry.state) for entry in entries(folder)] == [(odd, DENIED)]
    assert "docs/recipes/pages/notes.md" in files(folder)
    report = trial.sync()
    assert (report.problems, report.commit) == ((), None)
    found = verify(folder)
    assert (found.findings, [state.doc_id for state in found.states]) == ([], [odd])
    trial.world.docs.remove(doc)
    assert trial.sync().problems == ()
    assert entries(folder) == ()
    assert paragraph(folder, "Solved") == []
    require_sound(folder, trial.undisturbed())


def test_a_view_that_nobody_can_ask_for_is_of_its_own_kind(
    serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path
) -> None:
    trial = Trial(serve(account()), folder, clock, tmp_path)
    doc = trial.world.doc("Plans")
    doc.add_view("Odd view", doc.table("Tasks"), id="..")
    assert {item_id for _, item_id in told(trial.sync())} == {".."}
    assert known(folder) <= {(VIEW, "..", DENIED), (TABLE, "..", DENIED)}
    assert trial.sync().problems == ()
