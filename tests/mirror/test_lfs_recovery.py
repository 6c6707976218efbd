"""Wherever a publication with Git LFS files stops, recovery leads to the old tree or the new one, files and all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.recovery import EditedMeanwhile, Outcome, recover, staging_of
from tests.publishing import contents

from .lfs import FILES, FILM, PHOTO, needs_git_lfs, publish_through_lfs, require_sound_lfs
from .test_recovery import Crash, CrashAt, crashes

pytestmark = needs_git_lfs

SLOW = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
NEW = {PHOTO: b"new photo\n", FILM: None, "docs/crm/README.md": b"new\n"}
AFTER = {path: content for path, content in {**FILES, **NEW}.items() if content is not None}


@pytest.fixture
def mirror(repository: Repository) -> Repository:
    publish_through_lfs(repository, FILES)
    return repository


def test_crash_at_every_step(monkeypatch: pytest.MonkeyPatch, mirror: Repository, tmp_path: Path) -> None:
    def copy(number: int) -> Repository:
        shutil.copytree(mirror.root, tmp_path / f"copy{number}")
        copied = Repository.open(tmp_path / f"copy{number}")
        copied.refresh_index()
        return copied

    mirrors, outcomes = [copy(0)], set()
    for _ in crashes(monkeypatch, lambda: publish_through_lfs(mirrors[-1], NEW), stride=1 if SLOW else 4):
        committed = mirrors[-1].head() != mirror.head()
        outcomes.add(recover(mirrors[-1]).outcome)
        require_sound_lfs(mirrors[-1], AFTER if committed else FILES)
        assert recover(mirrors[-1]).outcome is Outcome.NOTHING
        shutil.rmtree(mirrors[-1].root)
        mirrors.append(copy(len(mirrors)))
    assert outcomes == {Outcome.NOTHING, Outcome.DISCARDED, Outcome.COMPLETED}


@pytest.fixture
def interrupted(mirror: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A mirror whose branch has moved to AFTER and whose files have not."""
    with monkeypatch.context() as patched:
        patched.setattr("coda_git_mirror.mirror.publication.complete", CrashAt(0).before(lambda: None))
        with pytest.raises(Crash):
            publish_through_lfs(mirror, NEW)
    return mirror


def test_recovery_needs_no_staging(interrupted: Repository) -> None:
    staging_of(interrupted).clear()
    assert recover(interrupted).outcome is Outcome.COMPLETED
    require_sound_lfs(interrupted, AFTER)


def test_recovery_without_the_stored_file_leaves_its_pointer(interrupted: Repository) -> None:
    shutil.rmtree(interrupted.git_dir / "lfs")
    assert recover(interrupted).outcome is Outcome.COMPLETED
    assert (interrupted.root / PHOTO).read_bytes() == contents(interrupted)[PHOTO]
    assert interrupted.status() == []


def test_recovery_leaves_an_edit_alone(interrupted: Repository) -> None:
    (interrupted.root / PHOTO).write_bytes(b"edited")
    with pytest.raises(EditedMeanwhile, match=PHOTO):
        recover(interrupted)
    assert (interrupted.root / PHOTO).read_bytes() == b"edited"
