"""What Coda says against its own word is read once more, and believed when it says so again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.sync.choose import require_owner
from coda_git_mirror.actions.sync.guard import MassDeletion, require_few_removals
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format.manifest import Manifest
from coda_git_mirror.model.changes import Changes, DocChange, Kind
from coda_git_mirror.model.content import Account
from tests.conftest import Serve
from tests.support import VirtualClock, files, git, mirror, plans_with_notes

pytestmark = pytest.mark.thinned(4)

UNCHANGED = 1
"""Requests of a sync that visits no doc."""
Spoil = Callable[[Any], None]


@pytest.fixture
def world() -> World:
    world = World()
    plans, notes = plans_with_notes(world, "Review")
    plans.add_page("Ideas", markdown="Many.\n")
    tasks = plans.add_table("Tasks", [Column("Task"), Column("Hours", "number")], [{"Task": "Ship"}], notes)
    plans.add_view("By hours", tasks, notes, sort=("Hours", "descending"))
    plans.add_formula("Total", 3, notes)
    plans.add_control("Speed", "slider", 7, notes)
    plans.share({"type": "email", "email": "ada@example.com"}, "readonly")
    return world


@pytest.fixture
def coda(world: World, serve: Serve) -> SimulatedCoda:
    return serve(world)


def _first(name: str, value: Any) -> Spoil:
    return lambda listing: listing["items"][0].update({name: value})


def _reverse(listing: Any) -> None:
    listing["items"].reverse()


def _requests(coda: SimulatedCoda, folder: Path, clock: VirtualClock) -> int:
    """How many requests a plain sync without a problem needs."""
    report = mirror(coda, folder, clock)
    assert report.problems == ()
    return report.requests


def _require_rest(coda: SimulatedCoda, folder: Path, clock: VirtualClock) -> None:
    """That the mirror believes what it has, at the latest after it was read once more: a lie is a doubt of its own."""
    mirror(coda, folder, clock)
    assert _requests(coda, folder, clock) == UNCHANGED


UNANNOUNCED: dict[str, tuple[str, Spoil]] = {
    "the doc": ("/docs$", _first("workspaceId", "odd")),
    "the order of pages": ("/pages$", _reverse),
    "the address of a page": ("/pages$", _first("browserLink", "https://coda.io/d/_dOdd")),
    "the layout of tables": ("/tables/[^/]+$", lambda table: table.update({"layout": "odd"})),
    "a column": ("/columns$", lambda listing: listing["items"][1]["format"].update({"isArray": True})),
    "a cell of a view": ("/tables/(?!grid-)[^/]+/rows$", lambda listing: listing["items"][0].update({"values": {}})),
    "a row": ("/rows$", _first("name", "odd")),
    "a formula": ("/formulas/[^/]+$", lambda formula: formula.update({"value": "odd"})),
    "a control": ("/controls/[^/]+$", lambda control: control.update({"controlType": "odd"})),
    "the sharing": ("/permissions$", _first("access", "write")),
    "settings": ("/acl/settings$", lambda settings: settings.update({"allowCopying": "odd"})),
}


@pytest.mark.parametrize(("pattern", "spoil"), UNANNOUNCED.values(), ids=UNANNOUNCED)
@pytest.mark.parametrize("in_a_clone", [False, True], ids=["here", "in a clone"])
def test_what_changes_in_a_doc_that_nobody_edited_is_read_once_more(
    coda: SimulatedCoda, clock: VirtualClock, folder: Path, tmp_path: Path, pattern: str, spoil: Spoil, in_a_clone: bool
) -> None:
    mirror(coda, folder, clock)
    before = files(folder)
    rule = coda.on("GET", pattern).mutate(spoil)
    mirror(coda, folder, clock, full=True)
    assert rule.used
    assert files(folder) != before
    coda.off()
    if in_a_clone:
        git(tmp_path, "clone", "-q", str(folder), str(tmp_path / "clone"))
        folder = tmp_path / "clone"
    assert _requests(coda, folder, clock) > UNCHANGED
    assert files(folder) == before
    _require_rest(coda, folder, clock)


def test_what_changed_without_a_word_indeed_costs_one_more_visit(
    world: World, coda: SimulatedCoda, clock: VirtualClock, folder: Path
) -> None:
    mirror(coda, folder, clock)
    world.doc("Plans").share({"type": "email", "email": "bob@example.com"}, "write")
    mirror(coda, folder, clock, full=True)
    after = files(folder)
    assert b"bob@example.com" in after["docs/plans/metadata.json"]
    assert _requests(coda, folder, clock) > UNCHANGED
    assert _requests(coda, folder, clock) == UNCHANGED
    assert files(folder) == after


def test_a_doc_that_is_read_anew_and_has_not_changed_is_not_read_once_more(
    coda: SimulatedCoda, clock: VirtualClock, folder: Path
) -> None:
    mirror(coda, folder, clock)
    mirror(coda, folder, clock, full=True)
    assert _requests(coda, folder, clock) == UNCHANGED


def test_a_doc_that_was_edited_is_not_read_once_more(
    world: World, coda: SimulatedCoda, clock: VirtualClock, folder: Path
) -> None:
    mirror(coda, folder, clock)
    world.doc("Plans").page("Notes").rename("Journal")
    world.doc("Plans").table("Tasks").rename("Work")
    world.doc("Plans").table("Work").rows[0].set("Task", "Rest")
    mirror(coda, folder, clock)
    assert _requests(coda, folder, clock) == UNCHANGED


def _set(reference: str, **values: Any) -> Spoil:
    return lambda item: item[reference].update(values) if isinstance(item.get(reference), dict) else None


CONTRADICTIONS: dict[str, tuple[str, Spoil]] = {
    "a table's page": ("/tables/[^/]+$", _set("parent", name="Odd")),
    "the address of a table's page": ("/tables/[^/]+$", _set("parent", browserLink="https://coda.io/d/_dOdd")),
    "no page of a table": ("/tables/[^/]+$", lambda table: table.update({"parent": None})),
    "a view's table": ("/tables/[^/]+$", _set("parentTable", name="Odd")),
    "no table of a view": ("/tables/[^/]+$", lambda table: table.pop("parentTable", None)),
    "a table's address": ("/tables/[^/]+$", lambda table: table.update({"browserLink": "https://coda.io/d/_dOdd"})),
    "a page's address": ("/pages$", _first("browserLink", "https://coda.io/d/_dOdd")),
    "a page's name": ("/pages$", _first("name", "Odd")),
    "whether a page is hidden": ("/pages$", _first("isEffectivelyHidden", None)),
    "the owner": ("/docs$", _first("owner", 7)),
    "the folder": ("/docs$", _first("folder", "odd")),
    "the size": ("/docs$", _first("docSize", "odd")),
}


@pytest.mark.parametrize(("pattern", "spoil"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_what_contradicts_something_else_is_read_once_more_also_in_a_doc_that_was_edited(
    world: World, coda: SimulatedCoda, clock: VirtualClock, folder: Path, tmp_path: Path, pattern: str, spoil: Spoil
) -> None:
    mirror(coda, folder, clock)
    world.doc("Plans").page("Notes").rename("Journal")
    world.doc("Plans").table("Tasks").rename("Work")
    world.doc("Plans").views[0].rename("By name")
    rule = coda.on("GET", pattern).mutate(spoil)
    mirror(coda, folder, clock)
    assert rule.used
    coda.off()
    mirror(coda, folder, clock)
    mirror(coda, tmp_path / "fresh", clock)
    assert files(folder) == files(tmp_path / "fresh")
    _require_rest(coda, folder, clock)


@pytest.mark.parametrize("odd", [["p"], {"id": "p"}, 7, None, "", "x" * 2_000])
@pytest.mark.parametrize("pattern", ["/tables/[^/]+$", "/formulas/[^/]+$", "/controls/[^/]+$"])
def test_a_reference_to_a_page_with_an_odd_id_is_a_reference_to_none(
    world: World, coda: SimulatedCoda, clock: VirtualClock, folder: Path, pattern: str, odd: Any
) -> None:
    """Such a one may also be what the mirror holds."""
    mirror(coda, folder, clock)
    for name, spoil in (("Journal", _set("parent", id=odd)), ("Diary", None)):
        world.doc("Plans").page("Notes" if spoil else "Journal").rename(name)
        if spoil:
            coda.on("GET", pattern).mutate(spoil)
        mirror(coda, folder, clock)
        coda.off()
    assert {"docs/plans/pages/diary.md", "docs/plans/tables/tasks.csv"} <= files(folder).keys()


@pytest.mark.parametrize("job_id", ["..", "x" * 2_000, "", 7])
def test_an_export_whose_id_is_of_no_use_is_no_word_about_its_page(
    coda: SimulatedCoda, clock: VirtualClock, folder: Path, job_id: Any
) -> None:
    mirror(coda, folder, clock)
    before = files(folder)
    coda.on("POST", "/export$").mutate(lambda job: {**job, "id": job_id})
    problems = mirror(coda, folder, clock, full=True).problems
    assert {(problem.kind, problem.state) for problem in problems} == {("page", "failed")}
    coda.off()
    assert mirror(coda, folder, clock).problems == ()
    assert files(folder) == before


def test_names_of_any_length_and_form_make_a_sentence_that_can_be_read() -> None:
    name = "x\n\u202e" * 50_000
    with pytest.raises(MirrorError) as other_account:
        require_owner(Account("ada@example.com", "Ada"), Account(name, ""))
    docs = tuple(DocChange(Kind.REMOVED, name, f"docs/{number}") for number in range(20))
    held = Manifest(Account("ada@example.com", "Ada"), (), ())
    with pytest.raises(MassDeletion) as mass_deletion:
        require_few_removals(Changes(docs), held)
    for error in (other_account.value, mass_deletion.value):
        assert str(error).isprintable()
        assert len(str(error)) < 1_000
