"""faults.md, row 26: what Git LFS keeps is on the remote before the commits."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from coda_git_mirror.git.repository import Repository
from tests.faults.push.pushing import add_remote, pushed, refused
from tests.mirror.lfs import BYTES, PHOTO, needs_git_lfs, pointers, publish_through_lfs
from tests.mirror.lfs import FILES as LFS_FILES
from tests.remotes import add_hook, bare
from tests.support import git


@needs_git_lfs
@pytest.mark.parametrize("written", ["{}", "file://{}"])
def test_26_large_files_are_there_before_the_commits_that_need_them(mirror: Path, tmp_path: Path, written: str) -> None:
    remote = bare(tmp_path / "remote.git")
    add_remote(mirror, written.format(remote))
    publish_through_lfs(Repository.open(mirror), LFS_FILES)
    pointer = pointers(Repository.open(mirror))[PHOTO]
    stored = f"lfs/objects/{pointer.sha256[:2]}/{pointer.sha256[2:4]}/{pointer.sha256}"
    add_hook(remote, "pre-receive", f"test -f {remote}/{stored} && test -z \"$(find lfs -name '*.tmp')\"")
    assert pushed(mirror).commits == 2
    assert (remote / stored).read_bytes() == BYTES
    publish_through_lfs(
        Repository.open(mirror), {".gitattributes": b"* -text\n", "docs/crm/README.md": b"LFS is off\n"}
    )
    other = bare(tmp_path / "other.git")
    git(mirror, "remote", "set-url", "origin", str(other))
    assert pushed(mirror).commits == 3
    assert (other / stored).read_bytes() == BYTES


@needs_git_lfs
def test_26_without_the_large_files_no_commit_is_pushed(mirror: Path, remote: Path) -> None:
    publish_through_lfs(Repository.open(mirror), LFS_FILES)
    shutil.rmtree(mirror / ".git/lfs")
    refused(mirror, "Git LFS could not send")
    assert git(remote, "for-each-ref") == ""
