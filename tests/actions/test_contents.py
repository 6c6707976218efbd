"""What a sync holds beside pages and tables: HTML, files, views, formulas, sharing (faults.md, rows 35 and 36)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.demo.blocks import Attachment, Picture, Text
from coda_git_mirror.demo.cells import File
from coda_git_mirror.demo.server import SimulatedCoda, Token
from coda_git_mirror.demo.world import Blob, Column, World
from coda_git_mirror.ui.objects.sync import sync_object
from tests.conftest import Serve
from tests.support import VirtualClock, files, git, mirror, require_sound


@pytest.fixture
def world() -> World:
    """A doc with a page that shows a picture and a table with a file; another doc with the same picture."""
    world = World()
    photo = world.add_blob(b"\x89PNG photo", "photo.png", "image/png")
    offer = world.add_blob(b"%PDF offer", "Offer (final).pdf", "application/pdf")
    plans = world.add_doc("Plans")
    notes = plans.add_page("Notes", blocks=(Text("Look:"), Picture(photo)))
    columns = [Column("Task"), Column("Hours", "number"), Column("File", "attachments"), Column("Secret", hidden=True)]
    tasks = plans.add_table(
        "Tasks", columns, [{"Task": "=1+1", "Hours": -2, "File": File(offer)}, {"Task": "Rest"}], notes
    )
    plans.add_view("By hours", tasks, notes, sort=("Hours", "descending"), shown=["Task", "Hours"])
    plans.add_formula("Total", 3.5, notes)
    plans.add_control("Speed", "slider", 7, notes)
    world.add_doc("Recipes").add_page("Soup", blocks=(Text("Hot."), Picture(photo), Attachment(offer)))
    return world


def sync(coda: SimulatedCoda, folder: Path, clock: VirtualClock, **options: Any) -> SyncReport:
    return mirror(coda, folder, clock, asset_hosts=frozenset({coda.asset_hosts}), **options)


def blob(world: World, name: str) -> Blob:
    return next(blob for blob in world.blobs.values() if blob.filename == name)


def downloads(coda: SimulatedCoda) -> list[str]:
    return [request.path for request in coda.requests if request.origin == "files" and "/blobs/bl-" in request.path]


def metadata(folder: Path, doc: str = "plans") -> dict[str, Any]:
    stored: dict[str, Any] = json.loads((folder / "docs" / doc / "metadata.json").read_bytes())
    return stored


def test_each_hosted_file_is_fetched_once_and_kept_by_every_doc(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    report = sync(coda, folder, clock)
    assert sync_object(report)["assets"] == {"added": 4}
    photo, offer = blob(world, "photo.png"), blob(world, "Offer (final).pdf")
    tree = files(folder)
    for doc in ("plans", "recipes"):
        assert tree[f"docs/{doc}/assets/{photo.id}-photo.png"] == photo.content
        assert tree[f"docs/{doc}/assets/{offer.id}-offer-final.pdf"] == offer.content
    assert len(downloads(coda)) == 2
    world.doc("Plans").page("Notes").append(Text("More."))
    assert sync(coda, folder, clock).commit is not None
    assert len(downloads(coda)) == 2
    require_sound(folder)


def test_what_only_the_html_has_is_linked_from_the_markdown(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    sync(serve(world), folder, clock)
    photo = blob(world, "photo.png")
    markdown = files(folder)["docs/plans/pages/notes.md"].decode()
    assert f"## Attachments\n\n- ![photo\\.png](../assets/{photo.id}-photo.png)\n" in markdown
    assert f'src="../assets/{photo.id}-photo.png"' in files(folder)["docs/plans/pages/notes.html"].decode()


@pytest.mark.parametrize(
    ("formats", "suffixes"), [((".md",), {".md"}), ((".html",), {".html"}), ((".md", ".html"), {".md", ".html"})]
)
def test_pages_in_the_wanted_formats(
    world: World, serve: Serve, clock: VirtualClock, folder: Path, formats: tuple[str, ...], suffixes: set[str]
) -> None:
    report = sync(serve(world), folder, clock, formats=formats)
    pages = [path for path in files(folder) if "/pages/" in path]
    assert {Path(path).suffix for path in pages} == suffixes
    assert report.totals.pages == 2
    require_sound(folder)


def test_a_format_that_is_not_asked_for_stays(world: World, serve: Serve, clock: VirtualClock, folder: Path) -> None:
    coda = serve(world)
    sync(coda, folder, clock)
    before = files(folder)
    assert sync(coda, folder, clock, formats=(".md",)).commit is None
    assert files(folder) == before


def test_no_file_is_fetched_without_assets(world: World, serve: Serve, clock: VirtualClock, folder: Path) -> None:
    coda = serve(world)
    report = sync(coda, folder, clock, assets=False)
    assert (report.totals.assets, report.problems, downloads(coda)) == (0, (), [])
    assert "/blobs/bl-" in files(folder)["docs/plans/pages/notes.html"].decode()
    sync(coda, folder, clock)
    held = files(folder)
    assert sync(coda, folder, clock, assets=False).commit is None
    assert files(folder) == held


def test_a_file_from_a_host_that_is_not_coda_s_stays_a_link(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    report = mirror(coda, folder, clock)
    assert (report.totals.assets, report.problems, downloads(coda)) == (0, (), [])


def test_a_file_that_cannot_be_had_is_a_problem_and_comes_later(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    photo = blob(world, "photo.png")
    photo.gone = True
    report = sync(coda, folder, clock)
    assert [(problem.kind, problem.doc, problem.item) for problem in report.problems] == [
        ("asset", "Plans", "photo.png"),
        ("asset", "Recipes", "photo.png"),
    ]
    assert f"/blobs/{photo.id}" in files(folder)["docs/plans/pages/notes.html"].decode()
    require_sound(folder)
    photo.gone = False
    assert sync(coda, folder, clock).problems == ()
    assert f"docs/plans/assets/{photo.id}-photo.png" in files(folder)
    photo.gone = True
    assert sync(coda, folder, clock).problems == ()
    assert files(folder)[f"docs/plans/assets/{photo.id}-photo.png"] == photo.content
    require_sound(folder)


def test_a_file_that_is_too_large_becomes_a_stub_and_back(
    world: World, serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path
) -> None:
    coda = serve(world)
    photo = blob(world, "photo.png")
    sync(coda, folder, clock, max_asset_bytes=len(photo.content) - 1)
    stub = files(folder)[f"docs/plans/assets/{photo.id}-photo.png.stub.txt"].decode()
    assert photo.id in stub
    assert str(len(photo.content)) in stub
    assert metadata(folder)["assets"][1]["stub"] is True
    assert sync(coda, folder, clock, max_asset_bytes=len(photo.content) - 1).commit is None
    sync(coda, folder, clock)
    sync(coda, tmp_path / "fresh", clock)
    assert files(folder) == files(tmp_path / "fresh")
    require_sound(folder)


def test_a_view_is_kept_as_it_shows(world: World, serve: Serve, clock: VirtualClock, folder: Path) -> None:
    report = sync(serve(world, shuffle_seed=3), folder, clock)
    view = (folder / "docs/plans/views/by-hours.csv").read_text().splitlines()
    tasks = world.doc("Plans").table("Tasks").rows
    assert view[0] == "Task,Hours,Coda row id"
    stored = json.loads((folder / "docs/plans/views/by-hours.json").read_bytes())
    assert stored["rowIds"] == [line.rsplit(",", 1)[1] for line in view[1:]]
    assert set(stored["rowIds"]) == {row.id for row in tasks}
    assert (stored["parentTable"]["name"], stored["rowCount"]) == ("Tasks", 2)
    assert report.totals.views == 1


def test_formulas_controls_and_sharing_are_kept(world: World, serve: Serve, clock: VirtualClock, folder: Path) -> None:
    world.doc("Plans").share({"type": "email", "email": "ben@example.org"}, "write")
    sync(serve(world), folder, clock)
    stored = metadata(folder)
    assert [(formula["name"], formula["value"]) for formula in stored["formulas"]] == [("Total", 3.5)]
    assert [(control["name"], control["value"]) for control in stored["controls"]] == [("Speed", 7)]
    assert stored["sharing"]["permissions"][0]["principal"]["email"] == "ben@example.org"
    assert stored["denied"] == []


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_the_token_may_not_see_is_noted_and_no_problem(
    world: World, serve: Serve, clock: VirtualClock, folder: Path, status: int
) -> None:
    coda = serve(world)
    coda.on("GET", r"/(acl/permissions|formulas|controls)$").fail(status)
    report = sync(coda, folder, clock)
    assert report.problems == ()
    assert metadata(folder)["denied"] == ["controls", "formulas", "sharing"]
    assert "controls, formulas, sharing" in files(folder)["docs/plans/README.md"].decode()
    require_sound(folder)


def test_an_extra_that_fails_keeps_what_is_held(world: World, serve: Serve, clock: VirtualClock, folder: Path) -> None:
    coda = serve(world)
    sync(coda, folder, clock)
    before = metadata(folder)["formulas"]
    coda.on("GET", r"/formulas").fail(500)
    report = sync(coda, folder, clock, docs=("Plans",), full=True)
    assert [(problem.kind, problem.doc, problem.item) for problem in report.problems] == [("doc", "Plans", "formulas")]
    assert metadata(folder)["formulas"] == before


def test_a_token_that_may_not_export_gives_plain_text(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    world.doc("Plans").add_page("Words", markdown="Some **bold** words.\n")
    coda = serve(world, token=Token("reader", read_only=True))
    report = sync(coda, folder, clock)
    assert report.problems == ()
    page = files(folder)["docs/plans/pages/words.md"].decode()
    assert "Some" in page
    assert "words." in page
    assert "may not export pages" in files(folder)["docs/plans/README.md"].decode()
    assert sync(coda, folder, clock).commit is None
    require_sound(folder)


def test_plain_text_never_replaces_an_export(world: World, serve: Serve, clock: VirtualClock, folder: Path) -> None:
    coda = serve(world)
    sync(coda, folder, clock)
    before = files(folder)
    coda.on("POST", r"/export$").fail(403)
    report = sync(coda, folder, clock, full=True)
    assert {problem.kind for problem in report.problems} == {"page"}
    after = files(folder)
    assert {path for path in before if before[path] != after[path]} == {"backup_manifest.json"}
    require_sound(folder)


def test_one_table_that_cannot_be_looked_at_does_not_hold_up_its_doc(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    table = world.doc("Plans").table("Tasks")
    coda.on("GET", f"/tables/{table.id}$").fail(500)
    report = sync(coda, folder, clock)
    assert [(problem.kind, problem.item) for problem in report.problems] == [("table", "Tasks")]
    assert "docs/plans/pages/notes.md" in files(folder)
    coda.off()
    assert sync(coda, folder, clock).problems == ()
    assert "docs/plans/tables/tasks.csv" in files(folder)
    require_sound(folder)


@pytest.mark.parametrize("content_type", ["embed", "syncPage", "table", "hologram"])
def test_a_page_that_cannot_be_exported_has_its_file(
    world: World, serve: Serve, clock: VirtualClock, folder: Path, content_type: str
) -> None:
    page = world.doc("Plans").add_page("Odd", content_type=content_type)
    page.hide()
    report = sync(serve(world), folder, clock)
    assert report.problems == ()
    assert report.totals.pages == 3
    assert "Coda cannot export" in files(folder)["docs/plans/pages/odd.md"].decode()
    assert "hidden: true" in files(folder)["docs/plans/pages/odd.md"].decode()


def test_the_formula_guard_is_off_by_default(world: World, serve: Serve, clock: VirtualClock, folder: Path) -> None:
    coda = serve(world)
    sync(coda, folder, clock)
    assert "\n=1+1,-2," in files(folder)["docs/plans/tables/tasks.csv"].decode()
    sync(coda, folder, clock, csv_formula_guard=True)
    assert "\n'=1+1,-2," in files(folder)["docs/plans/tables/tasks.csv"].decode()


def test_a_folder_s_name_is_looked_up(world: World, serve: Serve, clock: VirtualClock, folder: Path) -> None:
    world.doc("Plans").folder = world.add_folder("Planning")
    coda = serve(world)
    coda.on("GET", r"/docs$").mutate(_without_folder_names)
    sync(coda, folder, clock)
    assert metadata(folder)["doc"]["folder"]["name"] == "Planning"


def _without_folder_names(listing: dict[str, Any]) -> dict[str, Any]:
    for doc in listing["items"]:
        doc["folder"].pop("name", None)
    return listing


@pytest.mark.skipif(
    not shutil.which("git-lfs"), reason="git-lfs is not installed; the distribution has a package of it"
)
def test_hosted_files_go_through_git_lfs(
    world: World, serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path
) -> None:
    coda = serve(world)
    sync(coda, folder, clock, docs=("Plans",))
    photo = blob(world, "photo.png")
    path = f"docs/plans/assets/{photo.id}-photo.png"
    sync(coda, folder, clock, docs=("Recipes",), lfs=True)
    assert git(folder, "show", f"HEAD:{path}").startswith("version https://git-lfs.github.com/spec/v1\n")
    assert files(folder)[path] == photo.content
    assert len(git(folder, "lfs", "ls-files").splitlines()) == 4
    git(folder, "lfs", "fsck")
    require_sound(folder)
    sync(coda, tmp_path / "fresh", clock, lfs=True)
    assert files(folder) == files(tmp_path / "fresh")
    before = len(downloads(coda))
    world.doc("Plans").rename("Great plans")
    sync(coda, folder, clock, lfs=True)
    assert files(folder)[path.replace("plans", "great-plans")] == photo.content
    assert len(downloads(coda)) == before
    sync(coda, folder, clock)
    assert git(folder, "lfs", "ls-files") == ""
    require_sound(folder)


@pytest.mark.skipif(
    not shutil.which("git-lfs"), reason="git-lfs is not installed; the distribution has a package of it"
)
def test_a_clone_without_its_lfs_files_fetches_them_anew(
    world: World, serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    coda = serve(world)
    sync(coda, folder, clock, lfs=True)
    monkeypatch.setenv("GIT_LFS_SKIP_SMUDGE", "1")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", f"file://{folder}", str(clone))
    assert sync(coda, clone, clock, lfs=True, full=True).problems == ()
    git(clone, "lfs", "checkout")
    assert files(clone) == files(folder)
    require_sound(clone)
