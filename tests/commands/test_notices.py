"""Exclusions that exclude nothing, and settings that are missing, are told (faults.md, row 54)."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from coda_git_mirror.demo.server import Limits, SimulatedCoda
from tests.commands.program import run
from tests.commands.test_command_line import settings
from tests.faults.trial import account
from tests.support import files


@pytest.fixture
def coda() -> Iterator[SimulatedCoda]:
    with SimulatedCoda(account(), limits=Limits.none()) as served:
        yield served


def test_an_exclusion_that_names_no_doc(coda: SimulatedCoda, tmp_path: Path) -> None:
    def told(*arguments: str) -> list[str]:
        answer = run("sync", "-o", "m", *arguments, cwd=tmp_path, **settings(coda))
        assert answer.returncode == 0, answer.stderr
        return [line for line in answer.stderr.splitlines() if line.startswith("Note:")]

    idle = ["Note: no doc answers to 'Nix', which is to be excluded; nothing is left out by it."]
    assert told("--dry-run", "--exclude", "Nix") == idle
    for options in ([], ["-q"], ["--json"], ["--doc", "Plans"]):
        assert told("--exclude", "Nix", "--exclude", "Tra*", *options) == idle
    assert not (tmp_path / "m/docs/travel").exists()
    (tmp_path / "m/coda-mirror.toml").write_text('exclude = ["travel", "Recipes"]\n')
    assert told() == told("--dry-run") == [idle[0].replace("Nix", "travel")], "names mind case"
    (tmp_path / "m/coda-mirror.toml").write_text('exclude = ["Travel", "Recipes"]\n')
    assert told() == []


def test_settings_that_are_missing(coda: SimulatedCoda, tmp_path: Path) -> None:
    assert run("sync", "-o", "m m", cwd=tmp_path, **settings(coda)).returncode == 0
    before = files(tmp_path / "m m")
    (tmp_path / "m m/coda-mirror.toml").unlink()
    for options in ([], ["--dry-run"]):
        answer = run("sync", "-o", "m m", *options, cwd=tmp_path, **settings(coda))
        assert answer.returncode == 0
        [note] = [line for line in answer.stderr.splitlines() if line.startswith("Note:")]
        assert "coda-mirror.toml is missing, so that every setting is the default" in note
    [command] = re.findall("`([^`]*)`", note)
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    assert files(tmp_path / "m m") == before
