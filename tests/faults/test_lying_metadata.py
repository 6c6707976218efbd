"""faults.md, row 55: what a mirror's own files say of themselves, where somebody made it something else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.format.manifest import parse_manifest
from coda_git_mirror.format.metadata import parse_metadata
from tests.faults.trial import Trial
from tests.support import commit_by_hand, files

METADATA = "docs/plans/metadata.json"


@pytest.mark.parametrize("size", [10**9, 3, 2**53, 0, None])
def test_55_a_file_whose_size_is_told_wrongly_stays_and_is_told_rightly(trial: Trial, size: int | None) -> None:
    place = trial.folder / METADATA
    metadata = json.loads(place.read_bytes())
    for asset in metadata["assets"]:
        asset["size"] = size
    place.write_text(json.dumps(metadata))
    commit_by_hand(trial.folder, "Lie")
    assert trial.sync().problems == ()
    assert files(trial.folder) == trial.undisturbed()


@pytest.mark.parametrize("count", [10**400, 2**60, -1, True, 1.0, "3", None])
def test_55_a_number_of_rows_with_which_nobody_can_reckon_is_damage(trial: Trial, count: object) -> None:
    _damage(trial.before[METADATA], lambda it: it["tables"][0].update(rowCount=count))
    _damage(trial.before[METADATA], lambda it: it["assets"][0].update(size=count if count is not None else -7))
    manifest = json.loads(trial.before["backup_manifest.json"])
    manifest["docs"][0]["rows"] = count
    with pytest.raises(DamagedContent):
        parse_manifest(json.dumps(manifest).encode())


@pytest.mark.parametrize(
    "file",
    [
        "x" * 300,
        "a/" * 600 + "a",
        "tables/\ud800.csv",
        ".git/config",
        "tables/.git/x",
        "git~1/x",
        "../x",
        "/x",
        "",
        "a\0",
    ],
)
def test_55_a_file_that_no_mirror_has_is_damage(trial: Trial, file: str) -> None:
    for change in (
        lambda it: it["tables"][0].update(file=file),
        lambda it: it["views"][0].update(file=file),
        lambda it: it["assets"][0].update(file=file),
        lambda it: it["pages"][0].update(file=file),
        lambda it: it["pages"][0]["files"].update({".md": file}),
    ):
        _damage(trial.before[METADATA], change)


def _damage(content: bytes, change: Any) -> None:
    metadata = json.loads(content)
    change(metadata)
    with pytest.raises(DamagedContent):
        parse_metadata(json.dumps(metadata).encode())
