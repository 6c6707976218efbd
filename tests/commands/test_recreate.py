"""`recreate` on the command line: what it shows, its object, its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from coda_git_mirror.demo.blocks import Text
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.tokens import Token
from coda_git_mirror.demo.world import Doc
from coda_git_mirror.state.lock import MirrorLock
from tests.actions.recreate.workshop import plans
from tests.begun import Begun
from tests.commands.program import run
from tests.support import VirtualClock, git, mirror


@pytest.fixture
def coda() -> Any:
    with SimulatedCoda(plans(), limits=Limits.none()) as coda:
        yield coda


@pytest.fixture
def doc(coda: SimulatedCoda, folder: Path, begun: Begun) -> Doc:
    """The only doc, which is mirrored and then deleted."""
    begun.put(folder, lambda there: mirror(coda, there, VirtualClock()))
    doc = coda.world.docs[0]
    doc.delete()
    return doc


def _recreate(coda: SimulatedCoda, folder: Path, *words: str) -> CompletedProcess[str]:
    environment = {"CODA_API_URL": coda.api_url, "CODA_API_TOKEN": coda.token}
    return run("recreate", "-o", str(folder), *words, cwd=folder, **environment)


def test_it_shows_what_it_would_make_and_the_command_that_does(coda: SimulatedCoda, folder: Path, doc: Doc) -> None:
    shown = _recreate(coda, folder, "Plans", "--at", "HEAD")
    assert shown.returncode == 0, shown.stderr
    commit = git(folder, "rev-parse", "HEAD").strip()
    for line in ("      Ideas", "  Tasks: 4 rows", "What does not come back:", "Nothing was written. To carry it out:"):
        assert line in shown.stdout.split("\n"), line
    assert shown.stdout.rstrip().endswith(f"recreate {doc.id} --at {commit[:10]} -o {folder} --apply")
    assert coda.world.docs == []


def test_it_does_so_once(coda: SimulatedCoda, folder: Path, doc: Doc) -> None:
    commit = git(folder, "rev-parse", "HEAD").strip()
    made = _recreate(coda, folder, doc.id, "--at", commit, "--apply", "--title", "Again")
    assert made.returncode == 0, made.stderr
    assert "  Notes: whole" in made.stdout.split("\n")
    assert "  Week: text" in made.stdout.split("\n")
    assert [each.name for each in coda.world.docs] == ["Again"]
    again = _recreate(coda, folder, doc.id, "--at", commit, "--apply", "--json")
    told = json.loads(again.stdout)
    assert (again.returncode, told["doc"], told["applied"]) == (0, coda.world.docs[0].id, False)
    assert told["pages"] == told["tables"] == []


def test_the_object_tells_each_page_and_table(coda: SimulatedCoda, folder: Path, doc: Doc) -> None:
    foreseen = json.loads(_recreate(coda, folder, doc.id, "--at", "HEAD", "--json").stdout)
    made = json.loads(_recreate(coda, folder, doc.id, "--at", "HEAD", "--apply", "--json").stdout)
    assert foreseen["plan"] == made["plan"]
    assert foreseen.keys() == made.keys()
    assert [page["outcome"] for page in foreseen["pages"]] == [None] * 6
    assert [page["old"] for page in made["pages"]] == [page.id for page in doc.pages()]
    assert [page["new"] for page in made["pages"]] == [page.id for page in coda.world.docs[0].pages()]
    assert {table["name"]: (table["rows"], table["outcome"]) for table in made["tables"]} == {
        "Tasks": (4, "text"),
        "Loose": (1, "whole"),
    }
    assert made["commits"] == {"before": None, "after": git(folder, "rev-parse", "HEAD").strip()}
    assert all({"item", "reason"} == each.keys() for each in made["not_restored"])


def test_what_stopped_is_gone_on_with_or_deleted(coda: SimulatedCoda, folder: Path, doc: Doc) -> None:
    rule = coda.on("POST", "/rows$").fail(403)
    stopped = _recreate(coda, folder, doc.id, "--at", "HEAD", "--apply")
    assert stopped.returncode == 3
    assert "--resume" in stopped.stderr
    assert _recreate(coda, folder, doc.id, "--at", "HEAD", "--apply").returncode == 1
    kept = _recreate(coda, folder, doc.id, "--at", "HEAD", "--abandon")
    assert (kept.returncode, len(coda.world.docs)) == (0, 1)
    deleted = _recreate(coda, folder, doc.id, "--at", "HEAD", "--abandon", "--apply")
    assert (deleted.returncode, coda.world.docs) == (0, [])
    assert _recreate(coda, folder, doc.id, "--at", "HEAD", "--apply").returncode == 3
    coda.off(rule)
    assert _recreate(coda, folder, doc.id, "--at", "HEAD", "--apply", "--resume").returncode == 0
    assert [each.name for each in coda.world.docs] == ["Plans"]


def test_a_token_that_may_only_read_plans_and_writes_nothing(coda: SimulatedCoda, folder: Path, doc: Doc) -> None:
    coda.use(Token("reading", read_only=True))
    assert _recreate(coda, folder, doc.id, "--at", "HEAD").returncode == 0
    refused = _recreate(coda, folder, doc.id, "--at", "HEAD", "--apply")
    assert (refused.returncode, refused.stdout, coda.world.docs) == (1, "", [])


def test_a_mirror_that_is_held_is_left_alone(coda: SimulatedCoda, folder: Path, doc: Doc) -> None:
    with MirrorLock(folder / ".git/coda-git-mirror"):
        assert _recreate(coda, folder, doc.id, "--at", "HEAD").returncode == 0
        assert _recreate(coda, folder, doc.id, "--at", "HEAD", "--apply").returncode == 5
    assert coda.world.docs == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["Nobody", "--at", "HEAD"], "Nobody"),
        (["Plans", "--at", "1999-01-01"], "1999-01-01"),
        (["Plans", "--at", "HEAD", "--page", "Nowhere"], "Nowhere"),
        (["Plans", "--at", "HEAD", "--resume", "--abandon"], "--abandon"),
        (["Plans", "--at", "HEAD", "--page", "Notes", "--abandon"], "--page"),
        (["Plans", "--at", "HEAD", "--page", "Ideas"], "canvas-"),
        (["Plans"], "--at"),
    ],
)
def test_wrong_usage(coda: SimulatedCoda, folder: Path, doc: Doc, words: list[str], told: str) -> None:
    failed = _recreate(coda, folder, *(doc.name if word == "Plans" else word for word in words))
    assert failed.returncode == 2
    assert told in failed.stderr
    assert coda.world.docs == []


def test_a_page_comes_back_into_the_living_doc(coda: SimulatedCoda, folder: Path) -> None:
    mirror(coda, folder, VirtualClock())
    made = _recreate(coda, folder, "Plans", "--at", "HEAD", "--page", "Notes › Week", "--apply", "--json")
    told = json.loads(made.stdout)
    assert (made.returncode, told["doc"]) == (0, coda.world.docs[0].id)
    assert told["title"].startswith("Week (as of ")
    assert len(list(coda.world.docs[0].pages())) == 9
    assert told["commits"]["before"]
    again = _recreate(coda, folder, "Plans", "--at", "HEAD", "--page", "Notes › Week", "--apply", "--json")
    assert json.loads(again.stdout)["applied"] is False, "the page is the same at HEAD of now"
    assert len(list(coda.world.docs[0].pages())) == 9


def test_a_copy_that_was_cut_off_is_gone_on_with_by_the_same_words(coda: SimulatedCoda, folder: Path) -> None:
    mirror(coda, folder, VirtualClock())
    coda.world.docs[0].page("Notes").append(Text("Since then."))
    commit = git(folder, "rev-parse", "HEAD").strip()
    coda.on("POST", "/docs$").drop(times=1)
    rule = coda.on("POST", "/pages$").fail(403)
    stopped = _recreate(coda, folder, "Plans", "--at", commit, "--copy", "--apply")
    assert stopped.returncode == 3
    assert f"--at {commit[:10]} --copy --resume -o {folder} --apply" in stopped.stderr
    coda.off(rule)
    assert _recreate(coda, folder, "Plans", "--at", commit, "--copy", "--apply").returncode == 1
    resumed = _recreate(coda, folder, "Plans", "--at", commit, "--resume", "--apply")
    assert (resumed.returncode, len(coda.world.docs)) == (0, 2)
