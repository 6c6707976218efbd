"""faults.md, rows 54 and 58: pipes where the mirror has files, and a mirror whose settings somebody removed."""

from __future__ import annotations

import os

import pytest

from tests.commands.program import run
from tests.commands.test_command_line import settings
from tests.faults.trial import Trial

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")


@pytest.mark.parametrize("name", ["backup_log.txt", ".env", "docs/plans/pipe"])
def test_a_pipe_in_place_of_a_file_keeps_nobody_waiting(trial: Trial, name: str) -> None:
    place = trial.folder / name
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    trial.synced()
    for verb in ("status", "verify", "log", "diff"):
        answer = run(verb, "-o", str(trial.folder), cwd=trial.folder)
        assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("manner", ["removed", "pipe", "folder"])
@pytest.mark.parametrize("where", [".", "docs/plans"])
def test_a_mirror_without_its_settings_is_still_the_mirror_around_us(trial: Trial, manner: str, where: str) -> None:
    (trial.folder / "coda-mirror.toml").unlink()
    if manner == "pipe":
        os.mkfifo(trial.folder / "coda-mirror.toml")
    elif manner == "folder":
        (trial.folder / "coda-mirror.toml").mkdir()
    environment = {**settings(trial.coda), "CODA_ASSET_HOSTS": trial.file_host}
    answer = run("sync", cwd=trial.folder / where, **environment)
    assert answer.returncode == (0 if manner == "removed" else 2), answer.stderr
    assert "coda-mirror.toml" in answer.stderr
    assert not (trial.folder / where / "coda-backups").exists()
