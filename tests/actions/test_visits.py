"""Which docs and pages a sync reads again: what it costs, and what it must not miss (faults.md, rows 42 and 43)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.visits import Calendar, Known, visits
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.demo.blocks import Grid, Picture, Text
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.model.content import Doc
from coda_git_mirror.state.notes import Note
from tests.begun import Begun
from tests.conftest import Serve
from tests.support import VirtualClock, commit_by_hand, files, git, mirror, require_sound

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    """Three docs; the first has many pages, a table that one of them shows, and a formula on another."""
    world = World()
    plans = world.add_doc("Plans")
    pages = [plans.add_page(f"Page {number}", markdown=f"Words {number}.\n") for number in range(30)]
    table = plans.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}, {"Task": "Rest"}], pages[0])
    pages[7].append(Grid(table))
    plans.add_formula("Total", 1, pages[3])
    for name in ("Recipes", "Songs"):
        world.add_doc(name).add_page("Start", markdown="Here.\n")
    return world


@pytest.fixture
def asked(serve: Serve, world: World, clock: VirtualClock, folder: Path, begun: Begun) -> Callable[[], list[str]]:
    """Mirrors the account once; then gives the requests to the API of one more sync."""
    coda = serve(world)
    begun.put(folder, lambda there: mirror(coda, there, clock))
    mirror(coda, folder, clock)

    def sync() -> list[str]:
        begun = len(coda.requests)
        mirror(coda, folder, clock)
        return [
            f"{request.method} {request.path}" for request in list(coda.requests)[begun:] if request.origin == "api"
        ]

    return sync


def test_an_unchanged_account_costs_the_listing(asked: Callable[[], list[str]]) -> None:
    assert len(asked()) <= 2


def test_an_edited_page_costs_its_own_exports(world: World, asked: Callable[[], list[str]]) -> None:
    world.doc("Plans").page("Page 5").append(Text("More."))
    exports = [request for request in asked() if request.endswith("/export")]
    assert len(exports) == 2
    assert len(set(exports)) == 1


def test_an_edited_row_costs_the_exports_of_the_pages_that_show_it(
    world: World, asked: Callable[[], list[str]]
) -> None:
    world.doc("Plans").table("Tasks").rows[0].set("Task", "Ship it now")
    pages = {world.doc("Plans").page(name).id for name in ("Page 0", "Page 7")}
    assert {request.split("/")[-2] for request in asked() if request.endswith("/export")} == pages


def test_a_formula_s_value_costs_the_exports_of_its_page(world: World, asked: Callable[[], list[str]]) -> None:
    world.doc("Plans").formulas[0].set(2)
    page = world.doc("Plans").page("Page 3").id
    assert {request.split("/")[-2] for request in asked() if request.endswith("/export")} == {page}


def test_a_fresh_clone_syncs_incrementally_at_once(
    world: World, serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path
) -> None:
    coda = serve(world, date=lambda: NOW)
    mirror(coda, folder, clock)
    git(tmp_path, "clone", "-q", str(folder), str(tmp_path / "clone"))
    begun = len(coda.requests)
    mirror(coda, tmp_path / "clone", clock)
    assert [request.path for request in list(coda.requests)[begun:]] == ["/docs", "/whoami"]


@pytest.mark.parametrize(
    "message", ["Bring an old page back", f"Undo\n\nof the sync that said\n{LAST_TRAILER}0\n\nwhich was wrong"]
)
@pytest.mark.parametrize("meanwhile", [(), ("Recipes",)], ids=["at once", "after a sync of another doc"])
def test_what_somebody_committed_into_a_doc_s_folder_is_read_again(
    meanwhile: tuple[str, ...],
    message: str,
    world: World,
    serve: Serve,
    clock: VirtualClock,
    folder: Path,
    tmp_path: Path,
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    (folder / "docs/plans/pages/page-3.md").write_text("restored\n")
    commit_by_hand(folder, message, "2099-01-01T00:00Z")
    if meanwhile:
        world.doc("Recipes").page("Start").append(Text("More."))
        assert mirror(coda, folder, clock, docs=meanwhile).commit
    mirror(coda, folder, clock)
    mirror(coda, tmp_path / "fresh", clock)
    assert files(folder) == files(tmp_path / "fresh")
    require_sound(folder)
    begun = len(coda.requests)
    mirror(coda, folder, clock)
    assert len(coda.requests) == begun + 1


def test_a_hosted_file_that_somebody_changed_is_fetched_again(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    photo = Picture(world.add_blob(b"photo", "photo.png", "image/png"))
    world.doc("Recipes").page("Start").append(photo)
    coda = serve(world)
    hosts = frozenset({coda.asset_hosts})
    mirror(coda, folder, clock, asset_hosts=hosts)
    [asset] = (folder / "docs/recipes/assets").iterdir()
    asset.write_bytes(b"smaller")
    commit_by_hand(folder, "Bring an old file back")
    mirror(coda, folder, clock, asset_hosts=hosts)
    assert asset.read_bytes() == b"photo"
    require_sound(folder)


def test_full_reads_everything(world: World, serve: Serve, clock: VirtualClock, folder: Path) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    begun = len(coda.requests)
    assert mirror(coda, folder, clock, full=True).commit is None
    assert len([it for it in list(coda.requests)[begun:] if it.path.endswith("/export")]) == 2 * 32


def test_pages_only_does_not_hide_that_tables_are_old(
    world: World, serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    world.doc("Plans").table("Tasks").rows[0].set("Task", "Ship it now")
    mirror(coda, folder, clock, tables=False)
    mirror(coda, folder, clock)
    mirror(coda, tmp_path / "fresh", clock)
    assert files(folder) == files(tmp_path / "fresh")
    require_sound(folder)


def _reasons(
    doc: Doc, record: DocRecord | None, note: Note | None, committed: datetime | None = None, **options: Any
) -> list[str]:
    calendar = Calendar(NOW, SyncOptions(**{"refresh_days": 1_000, **options}))
    known = Known(
        {record.id: record} if record else {},
        {doc.id: note} if note else {},
        day=None if note else TODAY,
        committed=lambda _: committed,
    )
    return [visit.reason for visit in visits([doc], known, calendar)]


def _record(updated: str) -> DocRecord:
    return DocRecord("d", "Doc", "docs/doc", "", updated, 1, 0, 0, 0, 0)


KEY = SyncOptions().key
OLD = "2026-03-01T00:00:00.000Z"
TODAY = NOW.toordinal()


@pytest.mark.parametrize(
    ("updated", "record", "note", "options", "reasons"),
    [
        (OLD, None, None, {}, ["new"]),
        (OLD, _record(OLD), Note(OLD, KEY, TODAY), {}, []),
        (OLD, _record(OLD), Note(OLD, KEY, TODAY), {"full": True}, ["--full"]),
        (OLD, _record(OLD), Note(OLD, "other", TODAY), {}, ["other options"]),
        ("2026-03-02T00:00:00Z", _record(OLD), Note(OLD, KEY, TODAY), {}, ["edited"]),
        ("", _record(""), Note("", KEY, TODAY), {}, ["edited"]),
        (OLD, _record(OLD), Note("", KEY, TODAY), {}, ["unsettled"]),
        (OLD, _record(OLD), None, {}, ["unsettled"]),
        (OLD, _record(OLD), Note(OLD, KEY, TODAY - 1_000), {}, ["refresh"]),
        (OLD, _record(OLD), Note(OLD, KEY, TODAY + 300), {}, ["refresh"]),
    ],
)
def test_why_a_doc_is_read(
    updated: str, record: DocRecord | None, note: Note | None, options: dict[str, Any], reasons: list[str]
) -> None:
    assert _reasons(Doc("d", "Doc", "", updated), record, note, **options) == reasons


@pytest.mark.parametrize(
    ("committed", "reasons"),
    [
        (NOW, []),
        (NOW - timedelta(days=1), []),
        (NOW + timedelta(seconds=1), ["unsettled"]),
        (datetime(2099, 1, 1, tzinfo=UTC), ["unsettled"]),
        (datetime(1970, 1, 1, tzinfo=UTC), ["unsettled"]),
    ],
)
def test_without_a_note_the_date_of_a_sync_proves_what_is_settled_unless_it_is_still_to_come(
    committed: datetime, reasons: list[str]
) -> None:
    assert _reasons(Doc("d", "Doc", "", OLD), _record(OLD), None, committed) == reasons


@pytest.mark.parametrize("author_too", [False, True])
def test_a_clone_does_not_believe_the_clock_of_whoever_reworded_a_sync_s_commit(
    author_too: bool,
    serve: Serve,
    world: World,
    clock: VirtualClock,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = datetime.fromisoformat(world.calendar.now()) + timedelta(minutes=1)
    coda = serve(world, date=lambda: now)
    mirror(coda, folder, clock)
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2099-01-01T00:00Z")
    dated = ["--date", "2099-01-01T00:00Z"] if author_too else []
    git(folder, "-c", "user.name=Me", "-c", "user.email=me@example.org", "commit", "-q", "--amend", "--no-edit", *dated)
    git(tmp_path, "clone", "-q", str(folder), str(tmp_path / "clone"))
    begun = len(coda.requests)
    mirror(coda, tmp_path / "clone", clock)
    read = {request.path.split("/")[-2] for request in list(coda.requests)[begun:] if request.path.endswith("/pages")}
    assert read == {doc.id for doc in world.docs}


def test_each_doc_is_refreshed_once_in_its_days_and_not_twice_a_day() -> None:
    options = SyncOptions()
    for doc_id in map(str, range(50)):
        last, days = TODAY, []
        for day in range(1, 15):
            if Calendar(NOW + timedelta(days=day), options).is_refresh_due(doc_id, last):
                days.append(day)
                last = TODAY + day
                assert not Calendar(NOW + timedelta(days=day), options).is_refresh_due(doc_id, last)
        assert len(days) == 2
        assert days[1] - days[0] == options.refresh_days


def test_one_day_s_docs_are_no_more_than_their_share() -> None:
    calendar = Calendar(NOW, SyncOptions())
    due = [doc_id for doc_id in map(str, range(700)) if calendar.is_refresh_due(doc_id, TODAY - 1)]
    assert 70 <= len(due) <= 130


def test_a_sync_dates_its_commit_by_coda_s_clock(world: World, serve: Serve, clock: VirtualClock, folder: Path) -> None:
    mirror(serve(world, date=lambda: NOW), folder, clock)
    assert git(folder, "log", "-1", "--format=%ct %at").split() == [str(int(NOW.timestamp()))] * 2
