"""Pushes by ssh, to an sshd of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.push.pushing import add_remote, commit, head, pushed, refused
from tests.remotes import bare, needs_sshd, ssh_host, tip
from tests.support import git


@needs_sshd
def test_a_push_by_ssh_asks_nothing(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remote = bare(tmp_path / "remote.git")
    with ssh_host(tmp_path / "ssh") as host:
        add_remote(mirror, host.url(remote))
        monkeypatch.setenv("GIT_SSH_COMMAND", host.stranger)
        refused(mirror, "does not accept the login", "Permission denied (publickey)")
        monkeypatch.delenv("GIT_SSH_COMMAND")
        git(mirror, "config", "core.sshCommand", host.command)
        assert pushed(mirror).commits == 1
        assert tip(remote) == head(mirror)
        (tmp_path / "ssh/known").write_text("")
        commit(mirror)
        refused(mirror, "ssh does not know the host by its key", "Host key verification failed")
    refused(mirror, "cannot be reached")
    assert tip(remote) == git(mirror, "rev-parse", "HEAD~1").strip()
