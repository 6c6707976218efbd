"""What keeps a sync from being published: a mass deletion that nobody has allowed, and problems under --strict."""

from __future__ import annotations

from pathlib import Path

import pytest

from coda_git_mirror.actions.sync.guard import MassDeletion, NotAllSucceeded, require_few_removals
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.format.manifest import DocRecord, Manifest
from coda_git_mirror.model.changes import Changes, DocChange, Kind, PageChange, RowCounts, TableChange
from coda_git_mirror.model.content import Account
from coda_git_mirror.ui.objects.sync import sync_object
from tests.conftest import Serve
from tests.support import VirtualClock, files, git, mirror, require_sound


def held(docs: int, pages: int = 0, rows: int = 0) -> Manifest:
    """A mirror of so many docs, the first of which has so many pages and rows."""
    counts = [(pages, rows), *([(0, 0)] * (docs - 1))]
    records = [
        DocRecord(f"id{n}", f"Doc {n}", f"docs/{n}", "", "", pages=some, tables=0, views=0, rows=many, assets=0)
        for n, (some, many) in enumerate(counts)
    ]
    return Manifest(Account("ada@example.org", "Ada"), tuple(records), ())


def docs_removed(number: int, pages_each: int = 0, kind: Kind = Kind.REMOVED) -> Changes:
    pages = tuple(PageChange(kind, f"Page {n}") for n in range(pages_each))
    return Changes(tuple(DocChange(kind, f"Doc {n}", f"docs/{n}", pages) for n in range(number)))


def pages_removed(number: int, kind: Kind = Kind.REMOVED) -> Changes:
    pages = tuple(PageChange(kind, f"Page {n}") for n in range(number))
    return Changes((DocChange(Kind.CHANGED, "Doc 0", "docs/0", pages),))


def rows_changed(*counts: tuple[int, int], kind: Kind = Kind.CHANGED) -> Changes:
    """Tables with rows added and removed."""
    tables = (
        TableChange(kind, f"Table {n}", RowCounts(added, 0, removed)) for n, (added, removed) in enumerate(counts)
    )
    return Changes((DocChange(Kind.CHANGED, "Doc 0", "docs/0", tables=tuple(tables)),))


@pytest.mark.parametrize(
    ("changes", "mirror_held"),
    [
        (docs_removed(10), held(10)),
        (docs_removed(11), held(110)),
        (pages_removed(10), held(1, pages=10)),
        (pages_removed(11), held(1, pages=110)),
        (pages_removed(11), held(1, pages=200)),
        (pages_removed(90, Kind.MOVED), held(1, pages=100)),
        (docs_removed(90, 5, Kind.MOVED), held(100, pages=450)),
        (docs_removed(2, pages_each=5), held(2, pages=10)),
        (rows_changed((0, 1_000)), held(1, rows=1_000)),
        (rows_changed((0, 1_001)), held(1, rows=10_010)),
        (rows_changed((0, 1_001), (500, 0)), held(1, rows=20_000)),
        (rows_changed((5_000, 5_000)), held(1, rows=5_000)),
        (rows_changed((9_000, 10_000)), held(1, rows=10_000)),
        (rows_changed((0, 600), (0, 400)), held(1, rows=1_000)),
        (rows_changed((0, 5_000), kind=Kind.REMOVED), held(1, rows=5_000)),
    ],
)
def test_up_to_ten_items_or_ten_percent_may_go(changes: Changes, mirror_held: Manifest) -> None:
    require_few_removals(changes, mirror_held)


@pytest.mark.parametrize(
    ("changes", "mirror_held", "told"),
    [
        (docs_removed(11), held(109), "11 of 109 docs (Doc 0, Doc 1, Doc 2, Doc 3, Doc 4 and 6 more)"),
        (pages_removed(11), held(1, pages=109), "11 of 109 pages (Page 0, Page 1, Page 2, Page 3, Page 4 and 6 more)"),
        (docs_removed(1, pages_each=11), held(20, pages=100), "1 of 20 docs (Doc 0) and 11 of 100 pages"),
        (rows_changed((0, 1_001)), held(1, rows=10_009), "1001 of 10009 rows (Table 0)"),
        (rows_changed((0, 600), (1, 402)), held(1, rows=1_002), "1001 of 1002 rows (Table 0, Table 1)"),
        (rows_changed((5_000, 0), (0, 1_001)), held(1, rows=5_000), "1001 of 5000 rows (Table 1)"),
        (rows_changed((0, 2_000), kind=Kind.MOVED), held(1, rows=5_000), "2000 of 5000 rows (Table 0)"),
    ],
)
def test_more_than_both_is_refused_with_what_would_go(changes: Changes, mirror_held: Manifest, told: str) -> None:
    with pytest.raises(MassDeletion) as refusal:
        require_few_removals(changes, mirror_held)
    assert told in str(refusal.value)
    assert "--allow-mass-delete" in str(refusal.value)


def account_of_docs(number: int) -> World:
    world = World()
    for n in range(number):
        world.add_doc(f"Doc {n:02}").add_page("Notes", markdown=f"Notes {n}.\n")
    return world


def test_eleven_of_twelve_docs_go_only_when_allowed(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    world = account_of_docs(12)
    coda = serve(world)
    mirror(coda, folder, clock)
    before = files(folder)
    for doc in world.docs[1:]:
        doc.delete()
    with pytest.raises(MassDeletion, match=r"11 of 12 docs \(Doc 01, .* and 6 more\) and 11 of 12 pages"):
        mirror(coda, folder, clock)
    require_sound(folder, before)
    report = mirror(coda, folder, clock, allow_mass_delete=True)
    assert sync_object(report)["docs"]["removed"] == 11
    assert [path.name for path in (folder / "docs").iterdir()] == ["doc-00"]
    require_sound(folder)


def test_pages_go_by_their_share_of_all_pages(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    world = World()
    handbook = world.add_doc("Handbook")
    pages = [handbook.add_page(f"Page {n:03}", markdown="Words.\n") for n in range(200)]
    coda = serve(world)
    mirror(coda, folder, clock, formats=(".md",))
    for page in pages[:11]:
        page.delete()
    assert sync_object(mirror(coda, folder, clock, formats=(".md",)))["pages"]["removed"] == 11
    before = files(folder)
    for page in pages[11:41]:
        page.delete()
    with pytest.raises(MassDeletion, match="30 of 189 pages"):
        mirror(coda, folder, clock, formats=(".md",))
    require_sound(folder, before)
    report = mirror(coda, folder, clock, formats=(".md",), allow_mass_delete=True)
    assert sync_object(report)["pages"]["removed"] == 30
    require_sound(folder)


@pytest.fixture
def big(serve: Serve, clock: VirtualClock, folder: Path) -> SimulatedCoda:
    """A mirrored account with a table of 1,200 rows and one of 30."""
    world = account_of_docs(1)
    for name, rows in (("Big", 1_200), ("Small", 30)):
        world.docs[0].add_table(name, [Column("Name")], [{"Name": f"{name} {number}"} for number in range(rows)])
    coda = serve(world)
    mirror(coda, folder, clock)
    return coda


def test_most_of_all_rows_go_only_when_allowed(big: SimulatedCoda, clock: VirtualClock, folder: Path) -> None:
    before, table = files(folder), big.world.docs[0].table("Big")
    for row in table.rows[50:]:
        row.delete()
    table.edited()
    for _ in range(2):
        with pytest.raises(MassDeletion, match=r"1150 of 1230 rows \(Big\) from the mirror"):
            mirror(big, folder, clock)
        require_sound(folder, before)
    assert sync_object(mirror(big, folder, clock, allow_mass_delete=True))["rows"]["removed"] == 1_150
    require_sound(folder)
    assert mirror(big, folder, clock).commit is None


def test_rows_that_others_replace_are_not_stopped(big: SimulatedCoda, clock: VirtualClock, folder: Path) -> None:
    table = big.world.docs[0].table("Big")
    table.edited()
    new = [table.add_row({"Name": f"New {number}"}) for number in range(1_150)]
    table.rows[:], table.display_order[:] = new, new
    report = sync_object(mirror(big, folder, clock))["rows"]
    assert (report["added"], report["removed"]) == (1_150, 1_200)
    require_sound(folder)


def test_a_small_table_may_lose_most_of_its_rows(big: SimulatedCoda, clock: VirtualClock, folder: Path) -> None:
    for row in big.world.docs[0].table("Small").rows[1:]:
        row.delete()
    big.world.docs[0].table("Small").edited()
    assert sync_object(mirror(big, folder, clock))["rows"]["removed"] == 29
    require_sound(folder)


def test_an_empty_answer_is_no_mass_deletion_either(big: SimulatedCoda, clock: VirtualClock, folder: Path) -> None:
    """Whatever the table says of its rows, and however often."""
    before, table = files(folder), big.world.docs[0].table("Big")
    table.rows[0].set("Name", "First")
    big.on("GET", f"/tables/{table.id}/rows$").answer(200, {"items": []})
    big.on("GET", f"/tables/{table.id}$").mutate(lambda answer: {**answer, "rowCount": 0})
    with pytest.raises(MassDeletion, match=r"1200 of 1230 rows \(Big\)"):
        mirror(big, folder, clock)
    require_sound(folder, before)


def test_docs_that_merely_move_are_not_stopped(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    world = account_of_docs(12)
    coda = serve(world)
    mirror(coda, folder, clock)
    for doc in world.docs:
        doc.rename(doc.name.replace("Doc", "File"))
    report = mirror(coda, folder, clock)
    assert sync_object(report)["docs"]["removed"] == 0
    assert len([path for path in (folder / "docs").iterdir() if path.name.startswith("file-")]) == 12
    require_sound(folder)


def test_a_strict_sync_commits_all_or_nothing(serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path) -> None:
    world = account_of_docs(2)
    tasks = world.docs[0].add_table("Tasks", [Column("Task")], [{"Task": "Rest"}])
    coda = serve(world)
    mirror(coda, folder, clock, strict=True)
    before, head = files(folder), git(folder, "rev-parse", "HEAD")
    tasks.rows[0].set("Task", "Ship it")
    world.docs[1].page("Notes").write(markdown="Changed.\n")
    coda.on("GET", r"/rows").fail(503)
    coda.on("GET", f"/docs/{world.docs[1].id}/formulas").fail(500)
    with pytest.raises(NotAllSucceeded, match=r"^2 items could not be read") as refusal:
        mirror(coda, folder, clock, strict=True)
    assert [(problem.kind, problem.item) for problem in refusal.value.problems] == [
        ("doc", "formulas"),
        ("table", "Tasks"),
    ]
    assert git(folder, "rev-parse", "HEAD") == head
    require_sound(folder, before)
    coda.off()
    mirror(coda, folder, clock)
    mirror(coda, tmp_path / "fresh", clock)
    require_sound(folder, files(tmp_path / "fresh"))


def test_a_first_strict_sync_that_lacks_something_leaves_nothing(
    serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    coda = serve(account_of_docs(1))
    coda.on("POST", r"/export$").fail(400)
    with pytest.raises(NotAllSucceeded, match=r"^1 item could"):
        mirror(coda, folder, clock, strict=True)
    assert not folder.exists()
