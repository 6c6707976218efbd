"""Stubs and files in Git LFS are accounted for, here or not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.demo.blocks import Picture
from coda_git_mirror.demo.world import World
from tests.actions.verify import damage
from tests.actions.verify.damage import edit
from tests.conftest import Serve
from tests.support import VirtualClock, git, mirror

PHOTO = b"\x89PNG photo" * 1000


def account() -> World:
    world = World()
    world.add_doc("Plans").add_page("Notes", blocks=(Picture(world.add_blob(PHOTO, "photo.png", "image/png")),))
    return world


def faults(folder: Path) -> list[str]:
    return [f"{finding.path} {finding.fault}" for finding in verify(folder).findings]


def test_a_stub_is_the_text_that_its_entry_tells(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    coda = serve(account())
    mirror(coda, folder, clock, asset_hosts=frozenset({coda.asset_hosts}), max_asset_bytes=10)
    stub = next((folder / "docs/plans/assets").iterdir()).relative_to(folder).as_posix()
    assert stub.endswith(".stub.txt")
    assert faults(folder) == []
    edit(stub, lambda content: content.replace(b"blob: ", b"blob: x"))(folder)
    assert faults(folder) == [f"{stub} is not the text that stands for its file"]


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")
def test_files_in_git_lfs_are_checked_where_they_are(
    serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path
) -> None:
    coda = serve(account())
    mirror(coda, folder, clock, asset_hosts=frozenset({coda.asset_hosts}), lfs=True)
    report = verify(folder)
    assert (report.findings, report.unchecked) == ([], [])
    git(tmp_path, "-c", "filter.lfs.smudge=", "-c", "filter.lfs.required=false", "clone", "-q", str(folder), "clone")
    report = verify(tmp_path / "clone")
    assert report.findings == []
    assert report.unchecked == ["1 file in Git LFS and not on this machine (`git lfs pull` brings them)"]
    stored = next(path for path in (folder / ".git/lfs/objects").rglob("*") if path.is_file())
    stored.chmod(0o644)
    stored.write_bytes(damage.flipped(stored.read_bytes(), 100))
    assert "is damaged in the store of Git LFS" in faults(folder)[0]
