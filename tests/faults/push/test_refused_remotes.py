"""faults.md, row 25: remotes that nothing is pushed to."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from coda_git_mirror.actions.push import Pushed, push
from tests.faults.push.pushing import LOGIN, NOW, add_remote, commit, head, pushed, refused, store_login
from tests.remotes import WebHost, certify
from tests.support import git


def test_25_a_remote_with_a_password_in_its_address(mirror: Path, host: WebHost) -> None:
    add_remote(mirror, host.url("web.git", user=LOGIN))
    text = refused(mirror, "holds a password or a token", ".git/config", "set-url")
    assert "127.0.0.1" not in text
    git(mirror, "remote", "set-url", "origin", host.url("web.git"))
    git(mirror, "remote", "set-url", "--push", "origin", host.url("web.git", user=LOGIN))
    refused(mirror, "holds a password or a token")
    git(mirror, "config", "--unset", "remote.origin.pushurl")
    git(mirror, "config", f"url.{host.url('', user=LOGIN)}.insteadOf", host.url(""))
    refused(mirror, "holds a password or a token")
    assert host.seen == []
    git(mirror, "config", "--remove-section", f"url.{host.url('', user=LOGIN)}")
    git(mirror, "config", "--global", f"url.{host.url('', user=LOGIN)}.insteadOf", host.url(""))
    assert pushed(mirror) == Pushed(f"origin ({host.url('web.git')})", 1)


def test_25_a_remote_that_anybody_can_read(mirror: Path, host: WebHost) -> None:
    host.anybody_reads = True
    add_remote(mirror, host.url("web.git", user="me"))
    store_login(mirror)
    refused(mirror, "anybody can read", host.url("web.git"), "allow_public_remote = true")
    assert git(host.root / "web.git", "for-each-ref") == ""
    assert pushed(mirror, allow_public=True).commits == 1
    host.anybody_reads = False
    commit(mirror)
    assert pushed(mirror).commits == 1


def test_25_the_check_knows_no_login_and_is_made_once_a_day(
    mirror: Path, host: WebHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_remote(mirror, host.url("web.git"))
    store_login(mirror)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "http.extraHeader")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "X-Login: s3cret")
    (Path(os.environ["HOME"]) / ".netrc").write_text("machine 127.0.0.1 login me password s3cret\n")
    monkeypatch.setenv("CODA_API_TOKEN", "t0ken")
    pushed(mirror)
    assert "X-Login" not in host.seen[0]
    assert "Authorization" not in host.seen[0]
    host.anybody_reads = True
    commit(mirror)
    push(mirror, False, NOW + timedelta(hours=23))
    commit(mirror)
    for later in (timedelta(hours=25), timedelta(days=-1)):
        refused(mirror, "anybody can read", now=NOW + later)
    (mirror / ".git/coda-git-mirror/remotes.json").write_text('{"a": 1}')
    refused(mirror, "anybody can read")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_25_a_host_that_cannot_say_is_not_taken_for_private(mirror: Path, host: WebHost, status: int) -> None:
    add_remote(mirror, host.url("web.git"))
    host.status = status
    refused(mirror, "could not be asked whether anybody can read it", str(status))


@pytest.mark.parametrize("status", [403, 404])
def test_25_a_host_that_shows_nothing_without_a_login_is_private(mirror: Path, host: WebHost, status: int) -> None:
    add_remote(mirror, host.url("web.git"))
    host.status = status
    refused(mirror, str(status) if status == 403 else "there is no repository")
    host.status = 0
    store_login(mirror)
    assert pushed(mirror).commits == 1
    assert all("Authorization" not in seen for seen in host.seen[:2])


def _unrelated(place: Path, branch: str = "main") -> str:
    other = place.parent / "other"
    subprocess.run(["git", "init", "-q", f"--initial-branch={branch}", str(other)], check=True)
    (other / "README.md").write_text("Another project.\n")
    git(other, "add", ".")
    commit(other, "Begin")
    git(other, "push", "-q", str(place), branch)
    return head(other)


@pytest.mark.parametrize("branch", ["main", "trunk"])
@pytest.mark.parametrize("known", [False, True])
def test_25_a_remote_that_holds_another_repository(mirror: Path, remote: Path, branch: str, known: bool) -> None:
    theirs = _unrelated(remote, branch)
    if known:
        git(mirror, "fetch", "-q", "origin")
    objects = git(mirror, "count-objects", "-v")
    refused(mirror, "holds another repository", branch, "set-url")
    assert git(remote, "for-each-ref", "--format=%(objectname)") == f"{theirs}\n"
    assert git(mirror, "count-objects", "-v") == objects


@pytest.mark.skipif(shutil.which("openssl") is None or shutil.which("ssh") is None, reason="openssl or ssh is missing")
def test_25_of_a_remote_by_ssh_its_page_on_the_web_is_asked_for(mirror: Path, host: WebHost, tmp_path: Path) -> None:
    """The web is a proxy here, and the ssh a program that knows a host by another name and lets nobody in."""
    certificate = certify(host, tmp_path)
    for name, value in {"http.proxy": host.url(""), "http.sslCAInfo": str(certificate)}.items():
        git(mirror, "config", name, value)
    (tmp_path / "config").write_text("Host work\n HostName github.com\nHost *\n ProxyCommand false\n")
    git(mirror, "config", "core.sshCommand", f"ssh -F {tmp_path / 'config'}")
    host.anybody_reads = True
    add_remote(mirror, "git@git.example.org:web.git")
    refused(mirror, "anybody can read https://git.example.org/web.git")
    git(mirror, "remote", "set-url", "origin", "work:web.git")
    refused(mirror, "anybody can read https://github.com/web.git")
    assert host.connected == ["git.example.org:443", "github.com:443"]
    host.anybody_reads = False
    text = refused(mirror, "Pushing to origin (work:web.git) failed")
    assert "anybody" not in text
    assert all("Authorization" not in seen for seen in host.seen)
