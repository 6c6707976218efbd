"""`sync --dry-run -v` and `--json`: which pages a sync would export, and why."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from coda_git_mirror.demo.blocks import Text
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from tests.commands.program import run
from tests.commands.schemas import DRY_RUN
from tests.commands.test_command_line import settings
from tests.conftest import Serve

NOW = datetime(2030, 5, 1, tzinfo=UTC)
"""Long after all edits."""


@pytest.fixture
def world() -> World:
    world = World()
    plans = world.add_doc("Plans")
    for name in ("Notes", "Two\x1b[31m\nlines", "Words"):
        plans.add_page(name, markdown="A line.\n")
    plans.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}])
    world.add_doc("Recipes").add_page("Soup", markdown="Hot.\n")
    return world


@pytest.fixture
def coda(serve: Serve, world: World) -> SimulatedCoda:
    return serve(world, clock=time.monotonic, date=lambda: NOW)


def told(coda: SimulatedCoda, folder: Path, *arguments: str) -> str:
    answer = run("sync", *arguments, "-o", "mirror", cwd=folder, **settings(coda))
    assert (answer.returncode, answer.stderr) == (0, ""), answer.stderr
    return answer.stdout


def pages(coda: SimulatedCoda, folder: Path, *arguments: str) -> dict[str, list[tuple[str, str, str]]]:
    answer: Any = json.loads(told(coda, folder, "--dry-run", "--json", *arguments))
    Draft202012Validator(DRY_RUN).validate(answer)
    return {
        doc["name"]: [(page["id"], page["name"], page["reason"]) for page in doc["pages_to_read"]]
        for doc in answer["docs"]
    }


def test_pages_stand_under_their_docs_with_their_reasons(coda: SimulatedCoda, tmp_path: Path, world: World) -> None:
    assert pages(coda, tmp_path) == {"Plans": [], "Recipes": []}
    first = told(coda, tmp_path, "--dry-run", "-v").splitlines()
    assert first[2] == "    3 pages whose names only reading tells: new"
    told(coda, tmp_path, "-q")
    told(coda, tmp_path, "-q")
    assert told(coda, tmp_path, "--dry-run", "-v").startswith("Would read 0 of 2 docs")
    for page in list(world.doc("Plans").pages())[1:]:
        page.append(Text("More."))
    world.doc("Recipes").add_formula("Total", 1)
    lines = told(coda, tmp_path, "--dry-run", "-v").splitlines()
    assert lines[1].startswith("  Plans (edited): 2 pages, 1 table with 1 row, ")
    assert lines[2:5] == [
        "    Two[31m lines: edited",
        "    Words: edited",
        "    and pages that show or name what else changed, such as a row: only reading tells which",
    ]
    assert lines[5].startswith("  Recipes (edited): 1 page, ")
    assert lines[6] == "    at least 1 page that shows what changed, such as a row: only reading tells which"
    assert [line for line in lines if not line.startswith("    ")] == told(coda, tmp_path, "--dry-run").splitlines()
    edited = [(page.id, page.name, "edited") for page in world.doc("Plans").pages()][1:]
    assert pages(coda, tmp_path) == {"Plans": edited, "Recipes": []}


def test_all_pages_of_a_doc_that_is_read_as_a_whole(coda: SimulatedCoda, tmp_path: Path, world: World) -> None:
    told(coda, tmp_path, "-q")
    every = {doc.name: [(page.id, page.name, "--full") for page in doc.pages()] for doc in world.docs}
    assert pages(coda, tmp_path, "--full") == every
    assert "    Words: --full\n" in told(coda, tmp_path, "--dry-run", "-v", "--full")
    assert set(pages(coda, tmp_path, "--full", "--tables-only")) == {"Plans", "Recipes"}
    assert "    " not in told(coda, tmp_path, "--dry-run", "-v", "--full", "--tables-only")
