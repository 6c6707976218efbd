"""What a sync does to a mirror: renames, failures, absences and selections (faults.md, row 38)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coda_git_mirror.demo.server import Token
from coda_git_mirror.demo.workspace import demo_workspace
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.errors import MirrorError, TokenRefused, Unavailable, UsageError
from coda_git_mirror.ui.objects.sync import sync_object
from tests.conftest import Serve
from tests.support import VirtualClock, files, git, mirror, plans_with_notes, require_sound


@pytest.fixture
def world() -> World:
    """Two docs: one with nested pages and a table, one with a page."""
    world = World()
    plans, _ = plans_with_notes(world, "Weekly review")
    plans.add_table(
        "Tasks", [Column("Task"), Column("Status")], [{"Task": "Ship it", "Status": "To do"}, {"Task": "Rest"}]
    )
    world.add_doc("Recipes").add_page("Soup", markdown="Water.\n")
    return world


def test_a_renamed_page_moves_with_its_subpages_and_keeps_its_history(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    world.doc("Plans").page("Notes").rename("Journal")
    report = mirror(coda, folder, clock)
    assert sync_object(report)["pages"] == {
        "added": 0, "changed": 0, "moved": 1, "removed": 0, "unchanged": 2, "failed": 0,
    }  # fmt: skip
    assert {path for path in files(folder) if path.startswith("docs/plans/pages/")} == {
        f"docs/plans/pages/{page}.{suffix}"
        for page in ("journal", "journal/weekly-review")
        for suffix in ("md", "html")
    }
    assert not (folder / "docs/plans/pages/notes").exists()
    history = git(folder, "log", "--format=%h", "--follow", "--", "docs/plans/pages/journal.md").split()
    assert len(history) == 2
    require_sound(folder)


def test_a_page_deleted_in_coda_goes_and_git_keeps_it(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    world.doc("Plans").page("Weekly review").delete()
    report = mirror(coda, folder, clock)
    assert sync_object(report)["pages"]["removed"] == 1
    assert not (folder / "docs/plans/pages/notes").exists()
    assert "What went well." in git(folder, "show", "HEAD~1:docs/plans/pages/notes/weekly-review.md")
    require_sound(folder)


@pytest.mark.parametrize("pattern", [r"/docs$", r"/pages$", r"/tables$"])
def test_what_a_shortened_listing_leaves_out_stays(
    world: World, serve: Serve, clock: VirtualClock, folder: Path, pattern: str
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    before = files(folder)
    coda.on("GET", pattern).mutate(lambda listing: {**listing, "items": listing["items"][:1]})
    report = mirror(coda, folder, clock)
    assert (report.commit, report.problems) == (None, ())
    assert files(folder) == before


def test_an_item_that_may_not_be_looked_at_stays_and_is_told(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    before = files(folder)
    world.doc("Recipes").accessible = False
    report = mirror(coda, folder, clock)
    assert [(problem.kind, problem.doc) for problem in report.problems] == [("doc", "Recipes")]
    after = files(folder)
    assert {path for path in before if before[path] != after[path]} == {"backup_manifest.json"}
    require_sound(folder)


def test_a_deleted_doc_goes(world: World, serve: Serve, clock: VirtualClock, folder: Path) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    world.doc("Recipes").delete()
    report = mirror(coda, folder, clock)
    assert sync_object(report)["docs"] == {"total": 1, "changed": 0, "unchanged": 1, "removed": 1, "failed": 0}
    assert not (folder / "docs/recipes").exists()
    assert git(folder, "log", "-1", "--format=%s").strip().startswith("Sync 1 doc: 1 doc removed")
    require_sound(folder)


def test_an_account_that_lists_nothing_is_not_believed(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    coda.on("GET", r"/docs$").mutate(lambda _: {"items": []})
    with pytest.raises(MirrorError, match="lists no docs at all"):
        mirror(coda, folder, clock)
    require_sound(folder)


def test_what_fails_keeps_its_last_files_and_the_rest_goes_on(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    before = files(folder)
    notes = world.doc("Plans").page("Notes")
    notes.write(markdown="Second line.\n")
    world.doc("Recipes").page("Soup").write(markdown="Water and salt.\n")
    world.doc("Plans").table("Tasks").rows[0].set("Status", "Done")
    coda.on("POST", f"/pages/{notes.id}/export").fail(500)
    coda.on("GET", r"/tables/[^/]+/rows").fail(503)
    report = mirror(coda, folder, clock)
    assert [(problem.kind, problem.item) for problem in report.problems] == [("page", "Notes"), ("table", "Tasks")]
    after = files(folder)
    for kept in ("pages/notes.md", "tables/tasks.csv", "tables/tasks.jsonl", "tables/tasks.json"):
        assert after[f"docs/plans/{kept}"] == before[f"docs/plans/{kept}"]
    assert b"Water and salt." in after["docs/recipes/pages/soup.md"]
    assert len(json.loads(after["backup_manifest.json"])["problems"]) == 2
    require_sound(folder)

    coda.off()
    report = mirror(coda, folder, clock)
    assert report.problems == ()
    assert b"Second line." in files(folder)["docs/plans/pages/notes.md"]
    assert b"Done" in files(folder)["docs/plans/tables/tasks.csv"]
    require_sound(folder)


def test_a_page_that_was_never_read_has_no_file_and_is_told(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    soup = world.doc("Recipes").page("Soup")
    coda.on("POST", f"/pages/{soup.id}/export").fail(500)
    report = mirror(coda, folder, clock)
    assert [problem.item for problem in report.problems] == ["Soup"]
    assert report.totals.pages == 2
    assert "docs/recipes/pages/soup.md" not in files(folder)
    assert "Soup (could not be fetched)" in files(folder)["docs/recipes/README.md"].decode()
    require_sound(folder)


def test_a_doc_whose_listing_fails_is_kept_whole(world: World, serve: Serve, clock: VirtualClock, folder: Path) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    before = files(folder)
    plans = world.doc("Plans")
    plans.rename("Great plans")
    plans.page("Notes").rename("Journal")
    coda.on("GET", f"/docs/{plans.id}/tables$").fail(500)
    report = mirror(coda, folder, clock)
    assert [(problem.kind, problem.doc) for problem in report.problems] == [("doc", "Great plans")]
    after = files(folder)
    assert {path: after[path] for path in before if path.startswith("docs/")} == {
        path: content for path, content in before.items() if path.startswith("docs/")
    }
    require_sound(folder)


def test_a_page_deleted_between_listing_and_export_is_gone(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    soup = world.doc("Recipes").page("Soup")
    coda.on("POST", f"/pages/{soup.id}/export").fail(410)
    coda.on("GET", f"/pages/{soup.id}$").fail(410)
    report = mirror(coda, folder, clock)
    assert report.problems == ()
    assert report.totals.pages == 2
    require_sound(folder)


def test_a_token_that_dies_midway_ends_the_run_without_a_commit(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    head = git(folder, "rev-parse", "HEAD")
    coda.on("GET", r"/whoami").fail(401, after=1)
    coda.on("POST", r"/export").fail(401)
    with pytest.raises(TokenRefused):
        mirror(coda, folder, clock, full=True)
    assert git(folder, "rev-parse", "HEAD") == head
    require_sound(folder)


def test_the_token_of_another_account_is_refused(world: World, serve: Serve, clock: VirtualClock, folder: Path) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    coda.on("GET", r"/whoami").mutate(lambda user: {**user, "loginId": "eve@elsewhere.example"})
    with pytest.raises(MirrorError, match=r"eve@elsewhere\.example"):
        mirror(coda, folder, clock)


def test_only_the_named_doc_is_read_and_the_others_stay(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    world.doc("Plans").page("Notes").write(markdown="Changed.\n")
    world.doc("Recipes").page("Soup").write(markdown="Changed too.\n")
    report = mirror(coda, folder, clock, docs=("Recipes",))
    assert sync_object(report)["docs"] == {"total": 2, "changed": 1, "unchanged": 1, "removed": 0, "failed": 0}
    assert b"First line." in files(folder)["docs/plans/pages/notes.md"]
    assert b"Changed too." in files(folder)["docs/recipes/pages/soup.md"]
    require_sound(folder)


@pytest.mark.parametrize("selector", ["id", "Travel expenses", "Travel*", "address", "superhuman"])
def test_a_doc_can_be_named_in_many_ways(serve: Serve, clock: VirtualClock, folder: Path, selector: str) -> None:
    world = demo_workspace()
    doc = world.doc("Travel expenses")
    doc.opened = not (selector == "id" or "/" in selector or selector in ("address", "superhuman"))
    address = f"https://coda.io/d/Travel-expenses_d{doc.id}/Rules_su123456#_lu1"
    named = {"id": doc.id, "address": address, "superhuman": address.replace("coda.io", "docs.superhuman.com")}
    mirror(serve(world), folder, clock, docs=(named.get(selector, selector),))
    assert [path.name for path in (folder / "docs").iterdir()] == ["travel-expenses"]


def test_an_unknown_doc_is_wrong_usage_and_makes_nothing(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    with pytest.raises(UsageError, match="No doc answers to 'Palns'"):
        mirror(serve(world), folder, clock, docs=("Palns",))
    assert not folder.exists()


def test_an_excluded_doc_is_left_out_and_what_is_held_stays(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock, exclude=("Rec*",))
    assert [path.name for path in (folder / "docs").iterdir()] == ["plans"]
    mirror(coda, folder, clock)
    report = mirror(coda, folder, clock, exclude=("Rec*",))
    assert report.commit is None
    assert sorted(path.name for path in (folder / "docs").iterdir()) == ["plans", "recipes"]


def test_owned_docs_by_default_and_all_that_can_be_opened_on_demand(
    serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path
) -> None:
    coda = serve(demo_workspace())
    mirror(coda, folder, clock)
    assert not (folder / "docs/dealer-notes").exists()
    mirror(coda, tmp_path / "all", clock, all_accessible=True)
    assert (tmp_path / "all/docs/dealer-notes/pages/oslo.md").is_file()


def test_a_token_for_one_doc_mirrors_it_by_its_address(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    doc = world.doc("Plans")
    coda = serve(world, token=Token("for-one-doc", scoped_to=doc.id))
    with pytest.raises(UsageError, match="may not list docs"):
        mirror(coda, folder, clock)
    report = mirror(coda, folder, clock, docs=(doc.link,))
    assert report.problems == ()
    assert mirror(coda, folder, clock).commit is None
    require_sound(folder)


def test_pages_only_and_tables_only_leave_the_other_as_it_is(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock, tables=False)
    assert not (folder / "docs/plans/tables").exists()
    mirror(coda, folder, clock, pages=False)
    both = files(folder)
    assert {"docs/plans/pages/notes.md", "docs/plans/tables/tasks.csv"} <= set(both)
    world.doc("Plans").page("Notes").write(markdown="Changed.\n")
    world.doc("Plans").table("Tasks").rows[0].set("Status", "Done")
    mirror(coda, folder, clock, tables=False)
    assert files(folder)["docs/plans/tables/tasks.csv"] == both["docs/plans/tables/tasks.csv"]
    assert b"Changed." in files(folder)["docs/plans/pages/notes.md"]
    mirror(coda, folder, clock)
    assert b"Done" in files(folder)["docs/plans/tables/tasks.csv"]
    require_sound(folder)


def test_two_docs_that_swap_their_names_swap_their_folders(
    world: World, serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    plans, recipes = world.doc("Plans"), world.doc("Recipes")
    plans.rename("Recipes")
    recipes.rename("Plans")
    mirror(coda, folder, clock)
    mirror(coda, tmp_path / "fresh", clock)
    assert files(folder) == files(tmp_path / "fresh")
    require_sound(folder)


def test_a_kept_doc_gives_way_to_an_older_namesake(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    older, younger = world.doc("Plans"), world.doc("Recipes")
    older.rename("Same")
    younger.rename("Same")
    mirror(coda, folder, clock, docs=(younger.id,))
    assert [path.name for path in (folder / "docs").iterdir()] == ["same"]
    mirror(coda, folder, clock, docs=(older.id,))
    names = sorted(path.name for path in (folder / "docs").iterdir())
    assert names[0] == "same"
    assert names[1].startswith("same-")
    assert b"Water." in files(folder)[f"docs/{names[1]}/pages/soup.md"]
    require_sound(folder)


def test_a_user_s_own_files_in_a_doc_s_folder_are_left_alone(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    (folder / "docs/plans/mine.txt").write_text("mine\n")
    git(folder, "add", "docs/plans/mine.txt")
    git(folder, "-c", "user.name=Me", "-c", "user.email=me@example.org", "commit", "-m", "Mine")
    world.doc("Plans").page("Notes").write(markdown="Changed.\n")
    mirror(coda, folder, clock)
    assert files(folder)["docs/plans/mine.txt"] == b"mine\n"
    require_sound(folder)


def test_edited_settings_are_committed_with_the_next_sync(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    settings = folder / "coda-mirror.toml"
    settings.write_text('exclude = ["Recipes"]\n')
    assert mirror(coda, folder, clock).commit is not None
    assert git(folder, "show", "HEAD:coda-mirror.toml") == 'exclude = ["Recipes"]\n'
    require_sound(folder)


def test_a_first_sync_that_fails_leaves_nothing_behind(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(world)
    coda.on("GET", r"/docs/[^/]+/pages$").fail(401)
    coda.on("GET", r"/whoami").fail(401, after=1)
    with pytest.raises(TokenRefused):
        mirror(coda, folder, clock)
    assert not folder.exists()


def test_an_unreachable_api_is_told_soon(serve: Serve, clock: VirtualClock, folder: Path, world: World) -> None:
    coda = serve(world)
    coda.on("GET", r"/whoami").drop()
    begun = clock.now()
    with pytest.raises(Unavailable):
        mirror(coda, folder, clock)
    assert clock.now() - begun < 10
    assert not folder.exists()


def test_a_doc_too_large_for_the_api_is_told_as_such(
    world: World, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    world.doc("Plans").over_api_size_limit = True
    report = mirror(serve(world), folder, clock)
    assert [problem.doc for problem in report.problems] == ["Plans"]
    assert "over 125 MB" in report.problems[0].reason
    assert (folder / "docs/recipes/pages/soup.md").is_file()
    require_sound(folder)


@pytest.mark.parametrize(
    "file",
    [
        "backup_manifest.json",
        *(f"docs/plans/{name}" for name in ("metadata.json", "tables/tasks.json", "tables/tasks.jsonl")),
    ],
)
def test_a_mirror_damaged_by_its_user_is_not_built_upon(
    world: World, serve: Serve, clock: VirtualClock, folder: Path, file: str
) -> None:
    coda = serve(world)
    mirror(coda, folder, clock)
    (folder / file).write_text("{}\n")
    git(folder, "-c", "user.name=Me", "-c", "user.email=me@example.org", "commit", "-qam", "Oops")
    world.doc("Plans").table("Tasks").rows[0].set("Status", "Done")
    with pytest.raises(MirrorError, match=f"{file} is missing or damaged"):
        mirror(coda, folder, clock)
    assert git(folder, "log", "-1", "--format=%s").strip() == "Oops"
    require_sound(folder)
