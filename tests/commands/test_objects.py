"""The JSON objects: one layout for all, which is that of `json.dumps` with an indent of 2, in ASCII."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from tests.commands.program import run
from tests.commands.test_command_line import settings
from tests.conftest import Serve
from tests.support import PROJECT


@pytest.fixture
def coda(serve: Serve) -> SimulatedCoda:
    world = World()
    plans = world.add_doc("Pläne \U0001f4c5")
    plans.add_page("Notes \u202e", markdown="A line.\n")
    plans.add_table("Tasks", [Column("Task"), Column("Done", "checkbox")], [{"Task": "Ship it", "Done": True}])
    return serve(world, clock=time.monotonic)


VERBS = ("sync --dry-run", "sync", "sync", "status", "status --remote", "verify", "verify --remote", "log", "diff")


def test_every_object_is_laid_out_alike(coda: SimulatedCoda, tmp_path: Path) -> None:
    for verb in VERBS:
        answer = run(*verb.split(), "--json", cwd=tmp_path, **settings(coda))
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout == json.dumps(json.loads(answer.stdout), ensure_ascii=True, indent=2) + "\n", verb


def test_objects_are_made_and_printed_in_one_place() -> None:
    package = PROJECT / "coda_git_mirror"
    others = [*(package / "commands").glob("*.py"), *(package / "actions").rglob("*.py")]
    texts = {path.name: path.read_text(encoding="utf-8") for path in others}
    assert [name for name, text in texts.items() if "def as_json" in text or "echo(json" in text] == []
