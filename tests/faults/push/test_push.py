"""faults.md, row 24: pushes that fail keep the commit, force nothing, and say what to do."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from coda_git_mirror.actions.push import Pushed
from coda_git_mirror.remote.transport import SilenceLimits
from tests.faults.push.pushing import ME, add_remote, commit, head, pushed, refused, store_login
from tests.remotes import WebHost, add_hook, bare, ends, silent_host, tip
from tests.support import git


def test_commits_arrive_and_nothing_else_is_sent(mirror: Path, remote: Path) -> None:
    git(mirror, "config", "--global", "user.useConfigOnly", "true")
    git(mirror, "tag", "mine")
    git(mirror, "branch", "mine")
    for setting, value in {"push.followTags": "true", "remote.origin.push": "+refs/heads/*:refs/heads/*"}.items():
        git(mirror, "config", setting, value)
    commit(mirror)
    assert pushed(mirror) == Pushed(f"origin ({remote})", 2)
    assert git(remote, "for-each-ref", "--format=%(refname) %(objectname)") == f"refs/heads/main {head(mirror)}\n"
    assert pushed(mirror).commits == 0
    commit(mirror)
    commit(mirror)
    assert pushed(mirror).commits == 2
    assert tip(remote) == head(mirror) == git(mirror, "rev-parse", "origin/main").strip()
    log = (mirror / "backup_log.txt").read_text().splitlines()
    assert [line.partition(" ")[2] for line in log] == [
        f"pushed {count} commits to origin ({remote})" for count in (2, 2)
    ]


def test_the_upstream_comes_first_then_the_only_remote_then_origin(mirror: Path, tmp_path: Path) -> None:
    refused(mirror, "no remote", "remote add origin")
    first, second, third = (bare(tmp_path / f"{name}.git") for name in ("first", "second", "third"))
    add_remote(mirror, str(first), "backup")
    assert pushed(mirror).remote.startswith("backup ")
    add_remote(mirror, str(second), "other")
    refused(mirror, "several remotes (backup, other)", "branch.main.remote")
    add_remote(mirror, str(third))
    assert pushed(mirror).remote.startswith("origin ")
    git(mirror, "config", "branch.main.remote", "other")
    git(mirror, "config", "branch.main.merge", "refs/heads/mirrors/me")
    assert pushed(mirror).remote.startswith("other ")
    assert tip(second, "mirrors/me") == tip(third) == head(mirror)


def test_every_address_of_a_remote_is_pushed_to(mirror: Path, remote: Path, tmp_path: Path) -> None:
    other = bare(tmp_path / "other.git")
    for place in (remote, other):
        git(mirror, "remote", "set-url", "--add", "--push", "origin", str(place))
    assert pushed(mirror).commits == 1
    assert tip(remote) == tip(other) == head(mirror)
    commit(mirror)
    add_hook(other, "pre-receive", "exit 1")
    refused(mirror, "refuses them")
    (other / "hooks/pre-receive").unlink()
    assert pushed(mirror).commits == 1
    assert tip(remote) == tip(other) == head(mirror)


def test_24_a_remote_that_went_on_is_not_overwritten(mirror: Path, remote: Path, tmp_path: Path) -> None:
    pushed(mirror)
    git(tmp_path, "clone", "-q", str(remote), "clone")
    theirs = commit(tmp_path / "clone")
    pushed(tmp_path / "clone")
    refused(mirror, "lacks", "pull --ff-only origin main")
    git(mirror, "pull", "-q", "--ff-only", "origin", "main")
    assert pushed(mirror).commits == 0
    git(mirror, "reset", "-q", "--hard", "HEAD~1")
    commit(mirror)
    git(mirror, "config", "remote.origin.mirror", "true")
    git(mirror, "config", "remote.origin.push", "+refs/heads/*:refs/heads/*")
    refused(mirror, "lacks", "--no-rebase --strategy=ours")
    assert tip(remote) == theirs
    git(mirror, *ME, "pull", "-q", "--no-edit", "--no-rebase", "--strategy=ours", "origin", "main")
    assert pushed(mirror).commits == 2
    assert tip(remote) == head(mirror)


def test_24_somebody_who_pushes_at_the_same_time_is_not_overwritten(
    mirror: Path, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed(mirror)
    git(tmp_path, "clone", "-q", str(remote), "clone")
    theirs = commit(tmp_path / "clone")
    commit(mirror)
    meanwhile = f"{shutil.which('git')} -C {tmp_path / 'clone'} push -q origin main"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text(
        f'#!/bin/sh\ncase " $* " in *" push "*) {meanwhile};; esac\nexec {shutil.which("git")} "$@"\n'
    )
    (tmp_path / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    refused(mirror, "lacks", "pull")
    assert tip(remote) == theirs


def test_24_a_hook_that_refuses_is_quoted_and_the_next_push_tries_again(mirror: Path, remote: Path) -> None:
    add_hook(remote, "pre-receive", "echo 'No files over 10 MB,' >&2; printf 'says \\033[31mthe boss.\\n' >&2; exit 1")
    text = refused(mirror, "No files over 10 MB, says", "the boss", "pre-receive hook declined")
    assert "\033" not in text
    (remote / "hooks/pre-receive").unlink()
    assert pushed(mirror).commits == 1
    assert tip(remote) == head(mirror)


def test_24_a_login_that_is_missing_or_wrong(mirror: Path, host: WebHost, monkeypatch: pytest.MonkeyPatch) -> None:
    add_remote(mirror, host.url("web.git"))
    asked = mirror.parent / "asked"
    for program in ("GIT_ASKPASS", "SSH_ASKPASS"):
        monkeypatch.setenv(program, f"touch {asked};")
    git(mirror, "config", "core.askPass", f"touch {asked};")
    refused(mirror, "does not accept the login", "credential helper")
    store_login(mirror, "me:wrong")
    refused(mirror, "does not accept the login", "Authentication failed")
    assert not asked.exists()
    store_login(mirror)
    assert pushed(mirror).commits == 1
    assert tip(host.root / "web.git") == head(mirror)
    large = mirror / "README.md"
    large.write_bytes(os.urandom(2_000_000))
    git(mirror, *ME, "commit", "-qam", "More than fits into one request without chunks")
    assert pushed(mirror).commits == 1


def test_24_a_host_that_is_not_there(mirror: Path, tmp_path: Path) -> None:
    add_remote(mirror, "http://127.0.0.1:9/mirror.git")
    refused(mirror, "cannot be reached")
    git(mirror, "remote", "set-url", "origin", "git@mirror.invalid:me/mirror.git")
    refused(mirror, "cannot be reached")
    git(mirror, "remote", "set-url", "origin", str(tmp_path / "nowhere.git"))
    refused(mirror, "there is no repository", "set-url")
    git(mirror, "remote", "set-url", "origin", "nosuch::mirror")
    refused(mirror, "'remote-nosuch'", "install it")


def test_24_a_host_that_hangs_is_not_waited_for(mirror: Path, remote: Path) -> None:
    with silent_host() as address:
        git(mirror, "remote", "set-url", "origin", address)
        refused(mirror, "no answer within", patience=SilenceLimits(0.5, 0.5))
        git(mirror, "remote", "set-url", "origin", address.replace("http://", "git://"))
        refused(mirror, "no answer within", patience=SilenceLimits(0.5, 0.5))
    git(mirror, "remote", "set-url", "origin", str(remote))
    add_hook(remote, "pre-receive", f"echo $$ > {remote}/hanging; exec sleep 600")
    refused(mirror, "no answer within", patience=SilenceLimits(20, 1))
    assert ends(int((remote / "hanging").read_text()))
    (remote / "hooks/pre-receive").unlink()
    assert pushed(mirror).commits == 1


def test_24_a_branch_that_is_not_there_after_an_ok(mirror: Path, remote: Path) -> None:
    add_hook(remote, "post-receive", "git update-ref -d refs/heads/main")
    refused(mirror, "took the commits", "does not have them")
    assert git(mirror, "for-each-ref", "refs/remotes") == ""
    (remote / "hooks/post-receive").unlink()
    assert pushed(mirror).commits == 1


def test_24_a_remote_of_another_user_is_told(mirror: Path, remote: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(mirror, "config", "--global", "safe.directory", str(mirror))
    with monkeypatch.context() as foreign:
        foreign.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
        git(mirror, "config", "remote.origin.receivepack", "git receive-pack")
        refused(mirror, f"{remote} belongs to another user", "safe.directory")
