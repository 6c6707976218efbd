"""A remote whose HEAD names a branch that it does not have (faults.md, row 47)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.push.pushing import add_remote, commit, pushed, store_login
from tests.remotes import WebHost
from tests.support import git

UNBORN = "refs/heads/master"


def test_at_a_host_the_push_says_what_to_do(mirror: Path, host: WebHost) -> None:
    add_remote(mirror, host.url("web.git"))
    store_login(mirror)
    git(host.root / "web.git", "symbolic-ref", "HEAD", UNBORN)
    note = pushed(mirror).note
    assert "git symbolic-ref HEAD refs/heads/main" in note
    assert "git clone -b main" in note
    assert pushed(mirror).note == ""
    git(host.root / "web.git", "symbolic-ref", "HEAD", "refs/heads/main")
    commit(mirror)
    assert pushed(mirror).note == ""


@pytest.mark.parametrize("address", ["{}", "file://{}", "../remote.git"])
def test_of_a_folder_the_push_sets_it(mirror: Path, remote: Path, address: str) -> None:
    git(mirror, "remote", "set-url", "origin", address.format(remote))
    git(remote, "symbolic-ref", "HEAD", UNBORN)
    assert pushed(mirror).note == ""
    assert git(remote, "symbolic-ref", "HEAD").strip() == "refs/heads/main"
    git(remote, "symbolic-ref", "HEAD", UNBORN)
    assert pushed(mirror).commits == 0
    assert git(remote, "symbolic-ref", "HEAD").strip() == "refs/heads/main"


def test_a_head_that_leads_to_another_branch_stays(mirror: Path, remote: Path) -> None:
    git(mirror, "push", "-q", "origin", "main:mine")
    git(remote, "symbolic-ref", "HEAD", "refs/heads/mine")
    pushed(mirror)
    assert git(remote, "symbolic-ref", "HEAD").strip() == "refs/heads/mine"
