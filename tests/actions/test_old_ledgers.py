"""Mirrors that were written when items were known by name alone: their entries concern every doc of that name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.status import status
from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.demo.blocks import Text
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.format import layout
from coda_git_mirror.ui.objects.status import status_object
from tests.actions.ledgers import Watch, clone, entries, known, message, paragraph, told
from tests.conftest import Serve
from tests.faults.trial import Trial
from tests.support import VirtualClock, git, require_sound

NO = {"statusCode": 400, "statusMessage": "Bad Request", "message": "No."}
ME = ("-c", "user.name=Me", "-c", "user.email=me@example.org")


def account() -> World:
    world = World()
    for name in ("Untitled", "Untitled", "Recipes"):
        doc = world.add_doc(name)
        page = doc.add_page("Notes", markdown="Words.\n")
        doc.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}], page)
    return world


def make_old(folder: Path, *more: dict[str, str]) -> None:
    """Writes the last commit anew, as a sync of then wrote it."""
    file = folder / layout.MANIFEST
    content: dict[str, Any] = json.loads(file.read_bytes())
    names = ("kind", "doc", "item", "reason")
    old = [{name: entry[name] for name in names} for entry in content["problems"]]
    content["problems"] = [*old, *more]
    content["totals"]["problems"] = len(content["problems"])
    file.write_text(json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    git(folder, *ME, "commit", "-qa", "--amend", "--no-edit")


@pytest.fixture
def trial(serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path) -> Trial:
    """One page of one of the two docs of one name could not be read."""
    trial = Trial(serve(account()), folder, clock, tmp_path)
    page = next(trial.world.docs[0].pages())
    trial.coda.on("POST", f"/pages/{page.id}/export$").answer(400, NO)
    assert told(trial.sync()) == {("page", page.id)}
    make_old(folder)
    assert [entry.doc_id for entry in entries(folder)] == [""]
    return trial


@pytest.mark.parametrize("in_clone", [False, True], ids=["here", "in a clone"])
def test_the_next_plain_sync_solves_an_old_entry(trial: Trial, tmp_path: Path, in_clone: bool) -> None:
    if in_clone:
        trial.folder = clone(trial.folder, tmp_path / "clone")
    trial.coda.off()
    assert trial.sync().problems == ()
    assert entries(trial.folder) == ()
    require_sound(trial.folder, trial.undisturbed())


def test_the_next_plain_sync_puts_one_by_id_in_the_place_of_an_old_entry(trial: Trial) -> None:
    page = next(trial.world.docs[0].pages())
    watch = Watch(trial.coda)
    assert told(trial.sync()) == {("page", page.id)}
    asked = watch.api()
    assert all(any(f"/docs/{doc.id}/pages" in request for request in asked) for doc in trial.world.docs[:2])
    assert not [request for request in asked if trial.world.docs[2].id in request]
    assert {(kind, item_id) for kind, item_id, _ in known(trial.folder)} == {("page", page.id)}
    assert paragraph(trial.folder, "Solved") == []
    trial.coda.off()
    assert trial.sync().problems == ()
    require_sound(trial.folder, trial.undisturbed())


@pytest.mark.parametrize("options", [{"pages": False}, {"tables": False}, {"docs": ("Recipes",)}, {"assets": False}])
def test_a_sync_that_leaves_something_out_does_not_call_an_old_entry_solved(
    trial: Trial, options: dict[str, Any]
) -> None:
    trial.coda.off()
    trial.world.doc("Recipes").page("Notes").append(Text("More."))
    trial.world.doc("Recipes").tables[0].add_row({"Task": "Rest"})
    trial.sync(**options)
    if "assets" not in options:
        assert "Solved" not in message(trial.folder)
        assert entries(trial.folder)
    assert trial.sync().problems == ()
    require_sound(trial.folder, trial.undisturbed())


def test_an_old_entry_of_a_doc_that_was_never_mirrored_stays_until_all_docs_are_read(trial: Trial) -> None:
    trial.coda.off()
    secret = trial.world.add_doc("Secret")
    secret.add_page("Notes", markdown="Hush.\n")
    make_old(trial.folder, {"kind": "doc", "doc": "Secret", "item": "", "reason": "the token has no access to it"})
    trial.world.doc("Recipes").page("Notes").append(Text("More."))
    assert trial.sync(docs=("Recipes",)).commit
    assert "Solved" not in message(trial.folder)
    assert "Secret" in {entry.doc for entry in entries(trial.folder)}
    assert trial.sync().problems == ()
    assert entries(trial.folder) == ()
    require_sound(trial.folder, trial.undisturbed())


def test_status_and_verify_read_an_old_mirror(trial: Trial) -> None:
    assert status_object(status(trial.folder))["problems"][0]["item"] == "Notes"
    assert verify(trial.folder).states or verify(trial.folder).findings
