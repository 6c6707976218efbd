"""What a sync costs: the counts of the plan are those of the run, and `--dry-run` foretells them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coda_git_mirror.actions.sync.cost import (
    DocShape,
    content_requests,
    export_requests,
    listing_requests,
    outline_requests,
    seconds_for,
)
from coda_git_mirror.actions.sync.dry_run import Estimate, estimate
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.demo.blocks import Grid, Picture, Text
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.errors import UsageError
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.model.traffic import RateClass, Requests, Traffic
from coda_git_mirror.state.known_pace import KnownPace
from coda_git_mirror.ui.report import estimate_lines
from tests.conftest import Serve
from tests.support import VirtualClock, git, mirror, source_of

NOW = datetime(2030, 5, 1, tzinfo=UTC)
OPTIONS = SyncOptions(refresh_days=365)


@pytest.fixture
def world() -> World:
    """A doc with something of everything, of which a table takes more than one page of rows, and two small ones."""
    world = World()
    plans = world.add_doc("Plans")
    pages = [plans.add_page(f"Page {number}", markdown=f"Words {number}.\n") for number in range(20)]
    tasks = plans.add_table("Tasks", [Column("Task")], [{"Task": f"Task {number}"} for number in range(1_100)])
    plans.add_view("Open", tasks, sort=("Task", "descending"))
    pages[7].append(Grid(tasks))
    plans.add_page("Site", content_type="embed")
    plans.add_formula("Total", 1, pages[3])
    plans.add_control("Slider", "slider", 3, pages[4])
    for name in ("Recipes", "Songs"):
        world.add_doc(name).add_page("Start", markdown="Here.\n")
    return world


@pytest.fixture
def coda(serve: Serve, world: World) -> SimulatedCoda:
    return serve(world, date=lambda: NOW)


@pytest.fixture
def requests(coda: SimulatedCoda, clock: VirtualClock, folder: Path) -> Callable[[], Requests]:
    """What one more sync sends, by the classes of requests."""

    def sync() -> Requests:
        coda.new_client()
        mirror(coda, folder, clock, refresh_days=OPTIONS.refresh_days)
        sent = [request for request in coda.requests if request.origin == "api"]
        return Requests(
            RateClass.EXPORT
            if request.method == "POST"
            else RateClass.DOCS
            if request.path == "/docs"
            else RateClass.READ
            for request in sent
        )

    return sync


PLANS = DocShape(pages=21, exportable=20, rows=(1_100, 1_100), formulas=1, controls=1)
SMALL = DocShape(pages=1, exportable=1, rows=())
LISTING = Requests({RateClass.DOCS: 1})
FOLDERS = Requests({RateClass.READ: 1})


def visit(shape: DocShape, exported: int) -> Requests:
    options = SyncOptions()
    exports = export_requests(exported * len(options.formats))
    return outline_requests(shape, options) + content_requests(shape, options) + exports


def test_a_first_sync_sends_what_the_formula_says_and_nothing_else(requests: Callable[[], Requests]) -> None:
    whoami = Requests({RateClass.READ: 1})
    assert requests() == whoami + LISTING + FOLDERS + visit(PLANS, 20) + visit(SMALL, 1) + visit(SMALL, 1)


def test_later_syncs_send_what_the_formula_says(requests: Callable[[], Requests], world: World) -> None:
    requests()
    requests()
    assert requests() == LISTING
    world.doc("Plans").page("Page 5").append(Text("More."))
    assert requests() == LISTING + FOLDERS + visit(PLANS, 1)
    world.doc("Plans").table("Tasks").rows[0].set("Task", "Ship it")
    assert requests() == LISTING + FOLDERS + visit(PLANS, 1)
    world.doc("Songs").page("Start").append(Text("More."))
    assert requests() == LISTING + FOLDERS + visit(SMALL, 1)


@pytest.mark.parametrize(("items", "expected"), [(0, 1), (1, 1), (500, 1), (501, 2), (1_500, 3)])
def test_a_listing_costs_a_request_for_each_500_items(items: int, expected: int) -> None:
    assert listing_requests(items) == expected


def test_what_is_not_asked_for_costs_nothing() -> None:
    pages_only, tables_only = SyncOptions(tables=False), SyncOptions(pages=False)
    assert outline_requests(PLANS, pages_only) + content_requests(PLANS, pages_only) == {RateClass.READ: 1 + 6}
    assert outline_requests(PLANS, tables_only) + content_requests(PLANS, tables_only) == {RateClass.READ: 3 + 8}


def test_the_tightest_class_decides_how_long_it_takes() -> None:
    traffic = Traffic(Requests(), 0, {RateClass.READ: 10.0, RateClass.EXPORT: 0.5, RateClass.DOCS: None}, 0.0)
    needed = Requests({RateClass.READ: 100, RateClass.EXPORT: 100, RateClass.DOCS: 5})
    assert 200 <= seconds_for(needed, traffic, 1) < 210
    assert seconds_for(Requests(), traffic, 1) == 0


def foresee(coda: SimulatedCoda, clock: VirtualClock, folder: Path) -> Estimate:
    return estimate(folder, source_of(coda, clock), OPTIONS)


def test_a_dry_run_foretells_a_first_sync_and_makes_nothing(
    coda: SimulatedCoda, clock: VirtualClock, folder: Path, requests: Callable[[], Requests]
) -> None:
    foreseen = foresee(coda, clock, folder)
    assert not folder.exists()
    assert [(plan.visit.doc.name, plan.visit.reason) for plan in foreseen.plans] == [
        ("Plans", "new"),
        ("Recipes", "new"),
        ("Songs", "new"),
    ]
    assert abs(foreseen.requests / requests().total() - 1) < 0.3


def test_a_dry_run_foretells_later_syncs_and_leaves_the_mirror_alone(
    coda: SimulatedCoda, clock: VirtualClock, folder: Path, world: World, requests: Callable[[], Requests]
) -> None:
    requests()
    requests()
    assert foresee(coda, clock, folder).plans == ()
    for number in (2, 5, 6):
        world.doc("Plans").page(f"Page {number}").append(Text("More."))
    world.docs.remove(world.doc("Songs"))
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    foreseen = foresee(coda, clock, folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert [(plan.visit.doc.name, plan.visit.reason, plan.pages) for plan in foreseen.plans] == [("Plans", "edited", 3)]
    assert foreseen.gone == ("Songs",)
    assert abs(foreseen.requests / requests().total() - 1) < 0.3
    assert git(folder, "log", "--format=%s", "-1").startswith("Sync")


def named(foreseen: Estimate) -> list[tuple[str, str]]:
    """The pages that a dry run names, with their reasons."""
    return [(page.name, page.reason) for plan in foreseen.plans for page in foreseen.pages[plan.visit.doc.id]]


def test_a_dry_run_names_the_pages_of_which_it_knows_and_why(
    coda: SimulatedCoda, clock: VirtualClock, folder: Path, world: World, requests: Callable[[], Requests]
) -> None:
    assert named(foresee(coda, clock, folder)) == [], "the names in new docs are not asked for"
    requests()
    requests()
    world.doc("Songs").add_page("Chorus", markdown="La.\n")
    world.doc("Plans").page("Site").rename("Website")
    world.doc("Plans").page("Page 2").append(Text("More."))
    world.doc("Recipes").add_formula("Total", 1)
    foreseen = foresee(coda, clock, folder)
    assert named(foreseen) == [("Page 2", "edited"), ("Chorus", "new")], "what is embedded is not exported"
    assert [plan.pages for plan in foreseen.plans] == [1, 1, 1]
    everything = estimate(folder, source_of(coda, clock), replace(OPTIONS, full=True, docs=("Plans",)))
    assert named(everything) == [(f"Page {number}", "--full") for number in range(20)], "as the mirror has them"
    tables_only = estimate(folder, source_of(coda, clock), replace(OPTIONS, pages=False))
    assert named(tables_only) == []


def test_a_dry_run_passes_over_pages_that_a_sync_does_not_ask_for(
    coda: SimulatedCoda, clock: VirtualClock, folder: Path, world: World
) -> None:
    message = {"statusCode": 403, "statusMessage": "Forbidden", "message": "No."}
    denied = world.doc("Plans").page("Page 3")
    coda.on("POST", rf"/{denied.id}/export$").answer(403, message)
    mirror(coda, folder, clock, refresh_days=OPTIONS.refresh_days)
    world.doc("Plans").page("Page 2").append(Text("More."))
    assert named(foresee(coda, clock, folder)) == [("Page 2", "edited")]


def test_a_dry_run_asks_for_no_pages_where_only_files_are_missing(
    coda: SimulatedCoda, clock: VirtualClock, folder: Path, world: World
) -> None:
    photo = world.add_blob(b"photo", "photo.png", "image/png")
    world.doc("Songs").page("Start").append(Picture(photo))
    options = replace(OPTIONS, asset_hosts=frozenset({coda.asset_hosts}))
    coda.on("GET", f"/blobs/{photo.id}").fail(500)
    for _ in range(2):
        mirror(coda, folder, clock, refresh_days=options.refresh_days, asset_hosts=options.asset_hosts)
    begun = len(coda.requests)
    foreseen = estimate(folder, source_of(coda, clock), options)
    assert [(plan.visit.doc.name, plan.visit.files_only, plan.pages) for plan in foreseen.plans] == [("Songs", True, 0)]
    assert [request.path for request in list(coda.requests)[begun:]] == ["/docs"]
    assert named(foreseen) == []


def test_a_dry_run_goes_by_the_pace_that_a_large_sync_found(
    coda: SimulatedCoda, clock: VirtualClock, folder: Path, requests: Callable[[], Requests]
) -> None:
    foreseen = foresee(coda, clock, folder)
    assert not foreseen.is_pace_known
    assert "several times as long" in list(estimate_lines(foreseen))[-1]
    requests()
    pace = KnownPace(Repository.open(folder))
    pace.remember(49, 1.0)
    assert pace.recall() is None
    pace.remember(100, 1_000.0)
    foreseen = estimate(folder, source_of(coda, clock), replace(OPTIONS, full=True))
    exports = sum(plan.requests[RateClass.EXPORT] for plan in foreseen.plans)
    assert foreseen.is_pace_known
    assert abs(foreseen.seconds / (10 * exports) - 1) < 0.3


def test_a_dry_run_asks_for_the_size_where_the_listing_does_not_tell_it(
    coda: SimulatedCoda, clock: VirtualClock, folder: Path, requests: Callable[[], Requests]
) -> None:
    sizeless = lambda listing: {**listing, "items": [{**doc, "docSize": None} for doc in listing["items"]]}  # noqa: E731
    coda.on("GET", r"^/docs$").mutate(sizeless)
    foreseen = foresee(coda, clock, folder)
    assert named(foreseen) == [*((f"Page {number}", "new") for number in range(20)), ("Start", "new"), ("Start", "new")]
    assert abs(foreseen.requests / requests().total() - 1) < 0.3


def test_a_dry_run_refuses_what_a_sync_refuses(coda: SimulatedCoda, clock: VirtualClock, folder: Path) -> None:
    with pytest.raises(UsageError):
        estimate(folder, source_of(coda, clock), SyncOptions(docs=("Nowhere",)))
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear")
    with pytest.raises(UsageError):
        foresee(coda, clock, folder)
