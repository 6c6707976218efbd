"""No decision hangs on notes under .git alone: the next plain sync of a clone gives the tree of a fresh mirror."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.demo.blocks import Grid, Picture, Text
from coda_git_mirror.demo.world import Column, Doc, World
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.model.ledger import UNREAD
from tests.actions.ledgers import clone, entries
from tests.conftest import Serve
from tests.faults.trial import Trial
from tests.laws.account_machine import SNAPSHOT_LAG, ClockCalendar, instant
from tests.support import VirtualClock, commit_by_hand, files, require_sound

pytestmark = pytest.mark.thinned(5)


def account(clock: VirtualClock) -> World:
    """Docs with a page that shows a table, a view, a formula and a picture."""
    world = World(calendar=ClockCalendar(clock))
    for name in ("Plans", "Recipes"):
        photo = world.add_blob(name.encode(), "photo.png", "image/png")
        doc = world.add_doc(name)
        page = doc.add_page("Notes", blocks=(Text("Look:"), Picture(photo)))
        table = doc.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}], page)
        page.append(Grid(table))
        doc.add_view("Open", table, page)
        doc.add_formula("Total", 1, page)
    return world


def edit(doc: Doc) -> None:
    """Edits something of every kind."""
    photo = doc.world.add_blob(b"another", "another.png", "image/png")
    doc.page("Notes").append(Text("More."), Picture(photo))
    doc.add_page("New", markdown="Words.\n")
    doc.tables[0].rows[0].set("Task", "Ship it now")
    doc.add_table("Costs", [Column("What")], [{"What": "Rent"}])
    doc.formulas[0].set(2)


@pytest.fixture
def trial(serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path) -> Trial:
    """What Coda gives trails what was edited by ten minutes; the clock moves by hand."""
    coda = serve(account(clock), snapshot_lag=SNAPSHOT_LAG, date=lambda: instant(clock))
    return Trial(coda, folder, clock, tmp_path)


def later(trial: Trial, minutes: float = 60) -> None:
    trial.clock.sleep(minutes * 60)


def forget(folder: Path, place: Path) -> Path:
    """The same mirror, whose notes are lost."""
    del place
    shutil.rmtree(folder / ".git/coda-git-mirror")
    return folder


PARTIAL: dict[str, dict[str, Any]] = {
    "pages": {"tables": False},
    "tables": {"pages": False},
    "no assets": {"assets": False},
    "Markdown": {"formats": (".md",)},
    "HTML": {"formats": (".html",)},
    "one doc": {"docs": ("Plans",)},
    "all but one": {"exclude": ("Plans",)},
    "tables of one doc": {"docs": ("Plans",), "pages": False},
    "Markdown without assets": {"formats": (".md",), "assets": False},
    "pages in full": {"tables": False, "full": True},
    "tables in full": {"pages": False, "full": True},
}
Away = Callable[[Path, Path], Path]
AWAY: dict[str, Away] = {"in a clone": clone, "without notes": forget}


def go_on(trial: Trial, away: Away, place: Path) -> None:
    """The next plain sync, away from what the syncs before have noted, makes everything good."""
    trial.folder = away(trial.folder, place)
    assert trial.sync().problems == ()
    assert entries(trial.folder) == ()
    require_sound(trial.folder, trial.undisturbed())


@pytest.mark.parametrize("away", AWAY.values(), ids=AWAY)
@pytest.mark.parametrize("options", PARTIAL.values(), ids=PARTIAL)
@pytest.mark.parametrize("first", [False, True], ids=["after edits", "as the first sync"])
def test_a_partial_sync_hides_nothing_from_the_next_plain_one(
    trial: Trial, tmp_path: Path, options: dict[str, Any], away: Away, first: bool
) -> None:
    later(trial)
    if not first:
        assert trial.sync().problems == ()
        for doc in trial.world.docs:
            edit(doc)
        later(trial)
    assert trial.sync(**options).problems == ()
    go_on(trial, away, tmp_path / "clone")


@pytest.mark.parametrize("away", AWAY.values(), ids=AWAY)
@pytest.mark.parametrize(
    ("first", "second"), [pair for pair in itertools.permutations(PARTIAL, 2) if "full" not in "".join(pair)][::9]
)
def test_nor_do_two_partial_syncs(trial: Trial, tmp_path: Path, first: str, second: str, away: Away) -> None:
    later(trial)
    assert trial.sync().problems == ()
    edit(trial.world.doc("Plans"))
    later(trial)
    assert trial.sync(**PARTIAL[first]).problems == ()
    edit(trial.world.doc("Recipes"))
    later(trial)
    trial.folder = away(trial.folder, tmp_path / "clone")
    assert trial.sync(**PARTIAL[second]).problems == ()
    assert trial.sync().problems == ()
    assert entries(trial.folder) == ()
    require_sound(trial.folder, trial.undisturbed())


@pytest.mark.parametrize("away", [None, *AWAY.values()], ids=["here", *AWAY])
def test_a_doc_that_was_read_too_early_and_then_only_moved_is_read(
    trial: Trial, tmp_path: Path, away: Away | None
) -> None:
    older, younger = trial.world.add_doc("Untitled"), trial.world.add_doc("Untitled")
    for doc in (older, younger):
        doc.add_page("Notes", markdown="Words.\n")
    later(trial)
    assert trial.sync().problems == ()
    younger.page("Notes").append(Text("Late."))
    assert trial.sync().commit, "its time has moved, and Coda gives the page of before"
    assert not any(b"Late." in content for content in files(trial.folder).values())
    older.delete()
    later(trial)
    assert trial.sync(docs=(older.id,), allow_mass_delete=True).problems == ()
    assert "docs/untitled/pages/notes.md" in files(trial.folder), "it has moved into the other's folder"
    if away:
        trial.folder = away(trial.folder, tmp_path / "clone")
    assert trial.sync().problems == ()
    assert b"Late." in files(trial.folder)["docs/untitled/pages/notes.md"]
    require_sound(trial.folder, trial.undisturbed())


@pytest.mark.parametrize("away", AWAY.values(), ids=AWAY)
@pytest.mark.parametrize("options", PARTIAL.values(), ids=PARTIAL)
def test_a_doc_that_was_read_too_early_and_then_in_part_is_read(
    trial: Trial, tmp_path: Path, options: dict[str, Any], away: Away
) -> None:
    later(trial)
    assert trial.sync().problems == ()
    for doc in trial.world.docs:
        edit(doc)
    trial.sync()
    later(trial)
    assert trial.sync(**options).problems == ()
    go_on(trial, away, tmp_path / "clone")


def test_a_refresh_that_is_due_is_not_put_off_by_partial_syncs(trial: Trial, tmp_path: Path) -> None:
    later(trial)
    assert trial.sync().problems == ()
    for doc in trial.world.docs:
        doc.formulas[0].recalculate(7)
        doc.tables[0].rows[0].set("Task", "x")
    for _ in range(8):
        later(trial, 24 * 60)
        trial.sync(tables=False)
    trial.folder = clone(trial.folder, tmp_path / "clone")
    assert trial.sync().problems == ()
    require_sound(trial.folder, trial.undisturbed())


BY_HAND = {
    "pages/notes.md": b"mine\n",
    "pages/notes.html": b"<p>mine</p>\n",
    "tables/tasks.csv": b"mine\n",
    "views/open.csv": b"mine\n",
}


@pytest.mark.parametrize("away", AWAY.values(), ids=AWAY)
@pytest.mark.parametrize(("file", "content"), BY_HAND.items(), ids=BY_HAND)
def test_what_somebody_changed_here_is_read_again_also_after_a_sync_of_another_doc(
    trial: Trial, tmp_path: Path, file: str, content: bytes, away: Away
) -> None:
    later(trial)
    assert trial.sync().problems == ()
    (trial.folder / "docs/plans" / file).write_bytes(content)
    commit_by_hand(trial.folder, "Mine")
    edit(trial.world.doc("Recipes"))
    later(trial)
    assert trial.sync(docs=("Recipes",)).commit
    assert [(entry.doc, entry.state) for entry in entries(trial.folder)] == [("Plans", UNREAD)]
    go_on(trial, away, tmp_path / "clone")


NO_TEXT = {
    "pages/notes.md": b"---\nid: x\n---\n\n\xff\xfe /blobs/\n",
    "pages/notes.html": b"\xff\xfe\n",
    "tables/tasks.jsonl": b'mine: "ImageObject"\n',
}


@pytest.mark.parametrize(("file", "content"), NO_TEXT.items(), ids=NO_TEXT)
def test_a_file_of_another_doc_that_cannot_be_read_is_named(trial: Trial, file: str, content: bytes) -> None:
    later(trial)
    assert trial.sync().problems == ()
    before = files(trial.folder)
    (trial.folder / "docs/plans" / file).write_bytes(content)
    commit_by_hand(trial.folder, "Mine")
    edit(trial.world.doc("Recipes"))
    later(trial)
    with pytest.raises(MirrorError, match=f"docs/plans/{file} is missing or damaged"):
        trial.sync(docs=("Recipes",))
    (trial.folder / "docs/plans" / file).write_bytes(before[f"docs/plans/{file}"])
    commit_by_hand(trial.folder, "Undo mine")
    assert trial.sync().problems == ()
    require_sound(trial.folder, trial.undisturbed())
