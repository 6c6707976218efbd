"""What tests of pushes share: commits as a sync makes them, and the common check after a push that failed."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coda_git_mirror.actions.push import Pushed, push
from coda_git_mirror.errors import EXIT_PUSH_FAILED, PushFailed
from coda_git_mirror.remote.transport import SilenceLimits
from tests.support import git

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ME = ("-c", "user.name=Me", "-c", "user.email=me@example.org")
LOGIN = "me:s3cret"

_numbers = itertools.count()


def add_remote(mirror: Path, address: str, name: str = "origin") -> None:
    git(mirror, "remote", "add", name, address)


def head(mirror: Path) -> str:
    return git(mirror, "rev-parse", "HEAD").strip()


def commit(folder: Path, message: str = "Sync") -> str:
    """A new commit, as a sync makes them."""
    (folder / "README.md").write_text(f"{next(_numbers)}\n")
    git(folder, *ME, "commit", "-qam", message)
    return head(folder)


def store_login(mirror: Path, login: str = LOGIN) -> None:
    """Lets git find a login by itself, as a credential helper does."""
    user, _, password = login.partition(":")
    git(mirror, "config", "credential.helper", f"!printf 'username={user}\\npassword={password}\\n' #")


def pushed(mirror: Path, **options: bool) -> Pushed:
    return push(mirror, options.get("allow_public", False), NOW, SilenceLimits(20, 20))


def refused(mirror: Path, *words: str, patience: SilenceLimits | None = None, now: datetime = NOW) -> str:
    """A push that fails with these words in one sentence; the mirror is as it was."""
    before, config = head(mirror), (mirror / ".git/config").read_text()
    with pytest.raises(PushFailed) as caught:
        push(mirror, False, now, patience or SilenceLimits(20, 20))
    text = str(caught.value)
    assert caught.value.exit_code == EXIT_PUSH_FAILED
    assert [word for word in words if word not in text] == [], text
    assert "s3cret" not in text
    assert "\n" not in text
    assert (head(mirror), git(mirror, "status", "--porcelain")) == (before, "")
    assert (mirror / ".git/config").read_text() == config
    assert "push failed" in (mirror / "backup_log.txt").read_text().splitlines()[-1]
    assert "s3cret" not in (mirror / "backup_log.txt").read_text()
    return text
