"""Docs that are excluded or not selected stay as they are, whatever becomes of them, and nobody calls them fresh."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.account_changes import Selection
from coda_git_mirror.actions.status import status
from coda_git_mirror.actions.sync.dry_run import estimate
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.demo.blocks import Text
from coda_git_mirror.demo.world import World
from coda_git_mirror.errors import UsageError
from coda_git_mirror.ui.objects.status import status_object
from tests.actions.conftest import TrialOf
from tests.actions.ledgers import Watch, clone, entries, manifest, message, told
from tests.begun import Begun
from tests.faults.trial import Trial
from tests.support import VirtualClock, files, require_sound, source_of

LEAVE_OUT: dict[str, dict[str, Any]] = {
    "excluded by a run": {"exclude": ("Travel",)},
    "excluded by a pattern": {"exclude": ("Tr*",)},
    "not selected by a run": {"docs": ("Plans", "Recipes")},
    "excluded by settings": {"exclude": ("Travel",), "selected_by_settings": True},
    "not selected by settings": {"docs": ("Plans", "Rec*"), "selected_by_settings": True},
    "selected and excluded": {"docs": ("*",), "exclude": ("Travel",)},
}


def account() -> World:
    world = World()
    for name in ("Plans", "Recipes", "Travel"):
        world.add_doc(name).add_page("Notes", markdown=f"Of {name}.\n")
    return world


@pytest.fixture
def trial(trial_of: TrialOf, begun: Begun) -> Trial:
    """Mirrored once."""
    trial = trial_of(account())
    trial.begin(begun)
    return trial


def travel(folder: Path) -> dict[str, bytes]:
    return {path: content for path, content in files(folder).items() if path.startswith("docs/travel/")}


@pytest.mark.parametrize("edited", [False, True], ids=["only deleted", "while others are edited"])
@pytest.mark.parametrize("options", LEAVE_OUT.values(), ids=LEAVE_OUT)
def test_a_doc_that_is_deleted_while_it_is_left_out_stays_until_it_is_not(
    trial: Trial, options: dict[str, Any], edited: bool
) -> None:
    before = travel(trial.folder)
    deleted = trial.world.doc("Travel")
    deleted.delete()
    if edited:
        trial.world.doc("Plans").page("Notes").append(Text("More."))
    watch = Watch(trial.coda)
    report = trial.sync(**options)
    assert (report.problems, report.totals.docs, bool(report.commit)) == ((), 3, edited)
    assert not [request for request in watch.api() if deleted.id in request]
    assert travel(trial.folder) == before
    assert entries(trial.folder) == ()
    assert trial.sync().totals.docs == 2
    assert travel(trial.folder) == {}
    require_sound(trial.folder, trial.undisturbed())


@pytest.mark.parametrize("name", ["Travel", "Tr*"])
def test_a_doc_that_is_selected_and_deleted_goes(trial: Trial, name: str) -> None:
    trial.world.doc("Travel").delete()
    assert trial.sync(docs=(name,)).problems == ()
    assert travel(trial.folder) == {}
    require_sound(trial.folder, trial.undisturbed())


@pytest.mark.parametrize("options", LEAVE_OUT.values(), ids=LEAVE_OUT)
def test_a_doc_that_may_not_be_read_while_it_is_left_out_is_no_problem(trial: Trial, options: dict[str, Any]) -> None:
    trial.world.doc("Travel").accessible = False
    assert trial.sync(**options).problems == ()
    assert entries(trial.folder) == ()
    assert told(trial.sync()) == {("doc", "")}
    [kept] = entries(trial.folder)
    assert trial.sync(**options).problems == ()
    assert entries(trial.folder) == (kept,)
    trial.world.doc("Travel").accessible = True
    assert trial.sync().problems == ()
    assert entries(trial.folder) == ()
    require_sound(trial.folder, trial.undisturbed())


@pytest.mark.parametrize("patterns", [("*",), ("Plans", "Recipes", "Travel"), ("Plans", "[RT]*")])
@pytest.mark.parametrize("selected", [(), ("Plans",)])
def test_where_everything_is_excluded_nothing_is_done(
    trial: Trial, patterns: tuple[str, ...], selected: tuple[str, ...], clock: VirtualClock
) -> None:
    before = files(trial.folder)
    for exclude in (patterns, (*patterns, "*")):
        with pytest.raises(UsageError, match="excluded"):
            trial.sync(exclude=exclude, docs=selected)
    with pytest.raises(UsageError, match="excluded"):
        trial.sync(trial.elsewhere / "new", exclude=patterns, docs=selected)
    with pytest.raises(UsageError, match="excluded"):
        estimate(trial.folder, source_of(trial.coda, clock), SyncOptions(exclude=patterns, docs=selected))
    require_sound(trial.folder, before)
    assert not (trial.elsewhere / "new").exists()


@pytest.mark.parametrize("options", [it for it in LEAVE_OUT.values() if "selected_by_settings" not in it])
def test_what_the_last_run_left_out_is_known_until_a_run_that_does_not(trial: Trial, options: dict[str, Any]) -> None:
    doc = trial.world.doc("Travel")
    assert status(trial.folder).left_out == frozenset()
    trial.sync(**options)
    assert status(trial.folder).left_out == {doc.id}
    shown = {record["name"]: record["left_out"] for record in status_object(status(trial.folder))["docs"]}
    assert shown == {"Plans": False, "Recipes": False, "Travel": True}
    trial.sync()
    assert status(trial.folder).left_out == frozenset()


@pytest.mark.parametrize("in_clone", [False, True], ids=["here", "in a clone"])
@pytest.mark.parametrize(
    "selection", [Selection(exclude=("Travel",)), Selection(docs=("Plans", "Rec*")), Selection(exclude=("T*", "X"))]
)
def test_what_the_settings_leave_out_is_known_wherever_the_mirror_is(
    trial: Trial, tmp_path: Path, selection: Selection, in_clone: bool
) -> None:
    folder = clone(trial.folder, tmp_path / "clone") if in_clone else trial.folder
    assert status(folder, selection).left_out == {trial.world.doc("Travel").id}


def test_a_new_doc_that_is_left_out_comes_when_it_is_not(trial: Trial) -> None:
    trial.world.add_doc("Songs").add_page("First", markdown="La.\n")
    assert trial.sync(exclude=("Songs",)).commit is None
    assert {doc.name for doc in manifest(trial.folder).docs} == {"Plans", "Recipes", "Travel"}
    assert entries(trial.folder) == ()
    assert trial.sync().problems == ()
    require_sound(trial.folder, trial.undisturbed())


def test_an_edit_of_a_doc_that_is_left_out_is_read_when_it_is_not(trial: Trial, tmp_path: Path) -> None:
    trial.world.doc("Travel").page("Notes").append(Text("More."))
    trial.world.doc("Plans").page("Notes").append(Text("More."))
    assert trial.sync(exclude=("Travel",)).commit
    assert "Travel" not in message(trial.folder)
    trial.folder = clone(trial.folder, tmp_path / "clone")
    assert trial.sync().problems == ()
    require_sound(trial.folder, trial.undisturbed())
