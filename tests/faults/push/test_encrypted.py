"""The recipe of cli.md for a remote that its host cannot read, with the distribution's git-remote-gcrypt and GnuPG."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from coda_git_mirror.errors import PushFailed
from tests.faults.push.pushing import ME, commit, head, pushed, refused
from tests.remotes import bare, tip
from tests.support import PROJECT, git

pytestmark = pytest.mark.skipif(
    shutil.which("git-remote-gcrypt") is None or shutil.which("gpg") is None,
    reason="git-remote-gcrypt or gpg is not installed",
)


PAGE = PROJECT / "docs" / "cli.md"
ADDRESS = "git@github.com:me/coda-mirror.git"
RECIPE = re.search(r"^## Encrypted remotes$.*?^```sh$(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def keys(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder for keys, empty so far; its path is short, for it holds sockets."""
    place = tmp_path_factory.mktemp("g")
    place.chmod(0o700)
    monkeypatch.setenv("GNUPGHOME", str(place))
    yield
    subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True)


def follow_recipe(mirror: Path, store: Path) -> CompletedProcess[str]:
    """The commands of the recipe, by the user's shell."""
    assert RECIPE is not None
    program = f"{sys.executable} -m coda_git_mirror"
    script = RECIPE[1].replace("my-mirror", str(mirror)).replace(ADDRESS, str(store))
    script = script.replace("coda-git-mirror push", f"{program} push")
    return subprocess.run(["sh", "-e", "-c", script], cwd=PROJECT, capture_output=True, text=True, timeout=60)


@pytest.mark.usefixtures("keys")
def test_an_encrypted_remote_gives_nothing_away_and_everything_back(mirror: Path, tmp_path: Path) -> None:
    store = bare(tmp_path / "store.git")
    first = follow_recipe(mirror, store)
    assert first.stdout == f"Pushed 1 commit to origin (gcrypt::{store}).\n", first.stderr
    assert pushed(mirror).commits == 0
    commit(mirror, "Sync 7 secret docs")
    assert pushed(mirror).commits == 1
    objects = subprocess.run(
        ["git", "-C", str(store), "cat-file", "--batch", "--batch-all-objects"], capture_output=True, check=True
    ).stdout
    assert b"secret docs" not in objects
    assert b"coda-mirror" not in objects
    git(tmp_path, "clone", "-q", "-b", "main", f"gcrypt::{store}", "clone")
    assert head(tmp_path / "clone") == head(mirror)


@pytest.mark.usefixtures("keys")
def test_an_encrypted_remote_that_went_on_is_not_overwritten(mirror: Path, tmp_path: Path) -> None:
    store = bare(tmp_path / "store.git")
    assert follow_recipe(mirror, store).returncode == 0
    git(tmp_path, "clone", "-q", "-b", "main", f"gcrypt::{store}", "clone")
    theirs = commit(tmp_path / "clone")
    pushed(tmp_path / "clone")
    commit(mirror)
    kept = tip(store, "master")
    refused(mirror, "lacks", "pull --ff-only")
    assert tip(store, "master") == kept
    git(mirror, *ME, "pull", "-q", "--no-edit", "--no-rebase", "--strategy=ours", "origin", "main")
    assert pushed(mirror).commits == 2
    assert theirs in git(mirror, "rev-list", "HEAD")
    assert git(mirror, "fsck", "--full", "--no-dangling") == ""


@pytest.mark.usefixtures("keys")
def test_encryption_takes_no_repository_that_is_not_its_own(mirror: Path, tmp_path: Path) -> None:
    store = bare(tmp_path / "store.git")
    git(mirror, "push", "-q", str(store), "main:master")
    git(mirror, "remote", "add", "origin", f"gcrypt::{store}")
    refused(mirror, "nothing that your keys decrypt", "master")
    assert tip(store, "master") == head(mirror)


@pytest.mark.usefixtures("keys")
def test_without_a_key_nothing_is_pushed(mirror: Path, tmp_path: Path) -> None:
    store = bare(tmp_path / "store.git")
    git(mirror, "remote", "add", "origin", f"gcrypt::{store}")
    with pytest.raises(PushFailed, match="No secret key"):
        pushed(mirror)
    assert git(store, "for-each-ref") == ""
    assert git(mirror, "fsck", "--full", "--no-dangling") == ""
    with pytest.raises(PushFailed, match="gcrypt-id"):
        pushed(mirror)
