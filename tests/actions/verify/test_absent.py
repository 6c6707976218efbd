"""`verify` names what the metadata lists and no file holds, with the reason; what is merely older is no finding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.demo.blocks import Picture, Text
from coda_git_mirror.demo.server import Token
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.format import layout
from coda_git_mirror.model.findings import READ
from coda_git_mirror.model.ledger import DENIED, FAILED, GONE, UNREAD
from coda_git_mirror.ui.objects.verify import verify_object
from tests.actions.conftest import TrialOf
from tests.conftest import Serve
from tests.faults.trial import Trial
from tests.support import VirtualClock, commit_by_hand

NO = {"statusCode": 400, "statusMessage": "Bad Request", "message": "Not today."}


def account() -> World:
    """Two pages and two tables of one name, a view, a picture."""
    world = World()
    photo = world.add_blob(b"photo", "photo.png", "image/png")
    doc = world.add_doc("Plans")
    for _ in range(2):
        page = doc.add_page("Notes", blocks=(Text("Look:"), Picture(photo)))
        table = doc.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}], page)
    doc.add_view("Open", table, page)
    world.add_doc("Recipes").add_page("Soup", markdown="Hot.\n")
    return world


@pytest.fixture
def trial(trial_of: TrialOf) -> Trial:
    return trial_of(account())


def faults(trial: Trial) -> list[str]:
    return [f"{finding.path}: {finding.fault}" for finding in sorted(verify(trial.folder).findings)]


def states(trial: Trial) -> list[tuple[str, str, str]]:
    return [(problem.kind, problem.item_id, problem.state) for problem in verify(trial.folder).states]


def test_each_item_without_a_file_is_named_with_its_id_and_reason(trial: Trial) -> None:
    doc = trial.world.doc("Plans")
    page, table, view = next(doc.pages()), doc.tables[0], doc.views[0]
    trial.coda.on("POST", f"/pages/{page.id}/export$").answer(400, NO)
    for grid in (table, view):
        trial.coda.on("GET", f"/tables/{grid.id}/rows$").answer(400, NO)
    trial.coda.on("GET", "/blobs/").fail(500)
    trial.sync()
    found = faults(trial)
    assert len(found) == 4
    for kind, item in (("page", page), ("table", table), ("view", view)):
        [fault] = [each for each in found if f"({item.id})" in each]
        assert f"lists the {kind} {item.name!r}" in fault
        assert "Not today." in fault
        assert fault.startswith("docs/plans/metadata.json: ")
    [file] = [each for each in found if "photo.png" in each]
    assert file.startswith("docs/plans: lacks the file ")
    assert {finding.remedy for finding in verify(trial.folder).findings} == {READ}
    assert states(trial) == []
    trial.coda.off()
    assert trial.sync().problems == ()
    assert (faults(trial), states(trial)) == ([], [])


def test_an_item_without_a_file_of_which_the_ledger_says_nothing_is_named_too(trial: Trial) -> None:
    trial.coda.on("GET", "/rows$").answer(400, NO)
    trial.sync()
    manifest = trial.folder / layout.MANIFEST
    content = json.loads(manifest.read_bytes())
    content["problems"] = []
    content["totals"]["problems"] = 0
    manifest.write_text(json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    commit_by_hand(trial.folder, "Hush it up")
    found = [fault for fault in faults(trial) if "of which there is no file" in fault]
    assert len(found) == 3
    assert all("nothing says why" in fault for fault in found)


def test_what_is_merely_older_than_in_coda_is_told_and_no_finding(trial: Trial) -> None:
    assert trial.sync().problems == ()
    doc = trial.world.doc("Plans")
    page = next(doc.pages())
    page.append(Text("More."))
    doc.tables[0].rows[0].set("Task", "Ship it now")
    trial.coda.on("POST", f"/pages/{page.id}/export$").answer(400, NO)
    trial.coda.on("GET", f"/tables/{doc.tables[0].id}/rows$").answer(400, NO)
    trial.sync()
    assert faults(trial) == []
    assert set(states(trial)) == {("page", page.id, FAILED), ("table", doc.tables[0].id, FAILED)}
    told = verify_object(verify(trial.folder))["states"]
    assert {problem["item_id"] for problem in told} == {page.id, doc.tables[0].id}


def test_a_page_that_nobody_asked_for_since_it_changed_is_told_and_no_finding(trial: Trial) -> None:
    assert trial.sync().problems == ()
    page = next(trial.world.doc("Plans").pages())
    page.append(Text("More."))
    trial.sync(formats=(".md",))
    assert (faults(trial), states(trial)) == ([], [("page", page.id, UNREAD)])


@pytest.mark.parametrize(("status", "state"), [(404, GONE), (410, GONE), (403, DENIED)])
def test_a_file_that_coda_does_not_give_is_told_and_no_finding(trial: Trial, status: int, state: str) -> None:
    [blob] = trial.world.blobs.values()
    blob.gone, blob.gone_status = True, status
    trial.sync()
    assert (faults(trial), states(trial)) == ([], [("asset", blob.id, state)])


def test_a_doc_that_was_never_read_is_named_and_one_that_was_is_not(trial: Trial) -> None:
    plans, recipes = trial.world.docs
    trial.coda.on("GET", f"^/docs/{recipes.id}/").fail(403)
    trial.sync()
    [fault] = faults(trial)
    assert fault.startswith(f"{layout.MANIFEST}: names the doc 'Recipes' ({recipes.id})")
    trial.coda.off()
    assert trial.sync().problems == ()
    trial.coda.on("GET", f"^/docs/{plans.id}/").fail(403)
    plans.page("Notes").append(Text("More."))
    trial.sync()
    assert faults(trial) == []
    assert [problem.doc_id for problem in verify(trial.folder).states] == [plans.id]


@pytest.mark.parametrize(("options", "what"), [({"pages": False}, "pages"), ({"tables": False}, "tables")])
def test_what_no_sync_has_asked_for_yet_is_told_of_each_doc(trial: Trial, options: dict[str, Any], what: str) -> None:
    trial.sync(**options)
    assert faults(trial) == []
    assert states(trial) == [("doc", what, UNREAD)] * 2
    assert {problem.doc_id for problem in verify(trial.folder).states} == {doc.id for doc in trial.world.docs}


def test_of_two_revisions_each_has_its_own_findings(trial: Trial) -> None:
    trial.coda.on("GET", "/rows$").answer(400, NO)
    trial.sync()
    trial.coda.off()
    assert trial.sync().problems == ()
    assert faults(trial) == []
    assert len([it for it in verify(trial.folder, "HEAD~1").findings if "no file" in it.fault]) == 3


def test_without_the_right_to_export_pages_are_told_with_their_state(
    serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path
) -> None:
    trial = Trial(serve(account(), token=Token(read_only=True)), folder, clock, tmp_path)
    trial.sync(formats=(".html",))
    pages = {("page", page.id, DENIED) for doc in trial.world.docs for page in doc.pages()}
    assert set(states(trial)) >= pages
    assert not [fault for fault in faults(trial) if "lists the page" in fault]
