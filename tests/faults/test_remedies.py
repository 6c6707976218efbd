"""What `verify` advises names the revision and the file, and works as it is printed."""

from __future__ import annotations

import re
import subprocess

import pytest

from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.format import layout
from tests.faults.trial import Trial
from tests.support import commit_by_hand

METADATA = "docs/plans/metadata.json"


@pytest.mark.parametrize("path", [METADATA, layout.MANIFEST, "docs/plans/SHA256SUMS", "docs/plans/tables/tasks.json"])
@pytest.mark.parametrize("is_there", [True, False])
def test_what_the_last_sync_wrote_comes_back_by_the_command_that_is_named(
    trial: Trial, path: str, is_there: bool
) -> None:
    place = trial.folder / path
    place.write_text("{") if is_there else place.unlink()
    commit_by_hand(trial.folder, "Spoil")
    commit_by_hand(trial.folder, "Something else")
    remedies = {finding.path: finding.remedy for finding in verify(trial.folder).findings}
    command = re.search("`(git [^`]*restore[^`]*)`", remedies[path])
    if command is None:
        assert remedies[path] == "`coda-git-mirror sync --full` writes it anew"
        return
    subprocess.run(command[1], shell=True, check=True, cwd="/")  # noqa: S602 (as a user would)
    commit_by_hand(trial.folder, "Restored")
    assert verify(trial.folder).findings == []


def test_what_no_sync_wrote_otherwise_is_listed_by_the_command_that_is_named(trial: Trial) -> None:
    (trial.folder / METADATA).unlink()
    spoilt = commit_by_hand(trial.folder, "Spoil")
    commit_by_hand(trial.folder, "Something else")
    remedies = {finding.path: finding.remedy for finding in verify(trial.folder, spoilt).findings}
    assert remedies[METADATA] == f"take it from another revision (`git log -- {METADATA}` lists them)"
