"""The life of a mirror from end to end, as a user lives it with the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.cli import run
from coda_git_mirror.demo.blocks import Grid, Picture, Text
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from tests.conftest import Serve
from tests.support import files, git, require_sound
from tests.unwaiting import skip_waits

Told = Callable[..., str]


@pytest.fixture
def world() -> World:
    world = World()
    photo = world.add_blob(b"\x89PNG photo", "photo.png", "image/png")
    sales = world.add_doc("Sales CRM")
    notes = sales.add_page("Notes", blocks=(Text("One two three."), Picture(photo)))
    sales.add_page("Weekly review", notes, (Text("What went well."),))
    columns = [Column("Task"), Column("Status")]
    tasks = sales.add_table("Tasks", columns, [{"Task": "Ship it", "Status": "To do"}, {"Task": "Rest"}])
    notes.append(Grid(tasks))
    world.add_doc("Recipes").add_page("Soup", blocks=(Text("Hot."),))
    return world


@pytest.fixture
def coda(world: World, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> SimulatedCoda:
    coda = serve(world)
    skip_waits(monkeypatch.setattr)
    for name, value in (("URL", coda.api_url), ("TOKEN", coda.token)):
        monkeypatch.setenv(f"CODA_API_{name}", value)
    monkeypatch.setenv("CODA_ASSET_HOSTS", coda.asset_hosts)
    return coda


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """What a command that succeeds says."""

    def ask(*arguments: str) -> str:
        code = run(list(arguments))
        answer = capsys.readouterr()
        assert code == 0, answer.err
        return answer.out

    return ask


def edit(world: World) -> None:
    """A page is edited and another one renamed, a cell changes, a row comes and one goes, and so does a page."""
    sales = world.doc("Sales CRM")
    sales.page("Notes").append(Text("Four."))
    sales.page("Weekly review").rename("Review")
    tasks = sales.table("Tasks")
    tasks.rows[0].set("Status", "Done")
    tasks.rows[1].delete()
    tasks.add_row({"Task": "Sing"})
    world.doc("Recipes").add_page("Bread", blocks=(Text("Warm."),))


def changes(differences: Any) -> dict[str, list[tuple[str, ...]]]:
    """What a diff tells, without its details."""
    docs = differences["docs"]
    return {
        "pages": [(doc["name"], page["name"], page["change"]) for doc in docs for page in doc["pages"]],
        "rows": [(row["name"], row["change"]) for doc in docs for table in doc["tables"] for row in table["rows"]],
        "cells": [
            (cell["name"], cell["before_text"], cell["after_text"])
            for doc in docs
            for table in doc["tables"]
            for row in table["rows"]
            if row["change"] == "changed"
            for cell in row["cells"]
        ],
    }


def test_a_mirror_from_its_first_sync_to_a_clone_elsewhere(
    coda: SimulatedCoda, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror, remote = tmp_path / "mirror", tmp_path / "remote.git"
    monkeypatch.setenv("CODA_MIRROR_DIR", str(mirror))
    told("sync", "-q")
    first = files(mirror)
    told("verify")
    edit(coda.world)
    told("sync", "-q")
    assert files(mirror) != first

    differences = changes(json.loads(told("diff", "--json")))
    assert sorted(differences["pages"]) == [
        ("Recipes", "Bread", "added"),
        ("Sales CRM", "Notes", "changed"),
        ("Sales CRM", "Review", "moved"),
    ]
    assert sorted(differences["rows"]) == [("Rest", "removed"), ("Ship it", "changed"), ("Sing", "added")]
    assert differences["cells"] == [("Status", "To do", "Done")]
    assert "Tasks › Ship it › Status: To do → Done" in told("diff")
    syncs = json.loads(told("log", "--json"))["entries"]
    assert [entry["subject"].split(":")[0] for entry in syncs] == ["Sync 2 docs", "Mirror 2 docs"]
    status = json.loads(told("log", "Sales CRM", "Tasks", "Ship it", "Status", "--json"))["entries"]
    assert [entry["row"]["cells"][0]["after_text"] for entry in status] == ["Done", "To do"]

    told("restore", str(tmp_path / "restored"), "--at", "HEAD~1")
    assert files(tmp_path / "restored") == first
    told("verify")
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    git(mirror, "remote", "add", "origin", str(remote))
    told("push", "-q")
    assert git(remote, "rev-parse", "main") == git(mirror, "rev-parse", "HEAD")

    clone = tmp_path / "elsewhere"
    git(tmp_path, "clone", "--quiet", str(remote), str(clone))
    coda.world.doc("Recipes").page("Soup").append(Text("And spicy."))
    told("sync", "-q", "-o", str(clone), "--push")
    told("verify", "-o", str(clone))
    assert git(remote, "rev-parse", "main") == git(clone, "rev-parse", "HEAD")
    told("sync", "-q", "-o", str(tmp_path / "fresh"))
    require_sound(clone, files(tmp_path / "fresh"))
