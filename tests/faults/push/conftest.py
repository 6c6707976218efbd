"""A mirror that is about to be pushed, and remotes for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coda_git_mirror.actions.init import init
from coda_git_mirror.progress import Silent
from tests.faults.push.pushing import LOGIN, add_remote
from tests.remotes import WebHost, bare, web_host


@pytest.fixture
def mirror(folder: Path) -> Path:
    """A mirror with a commit, and no remote yet."""
    init(folder, Silent())
    return folder


@pytest.fixture
def remote(mirror: Path, tmp_path: Path) -> Path:
    """A bare repository in a folder, which is the mirror's remote."""
    place = bare(tmp_path / "remote.git")
    add_remote(mirror, str(place))
    return place


@pytest.fixture
def host(tmp_path: Path) -> Iterator[WebHost]:
    """A web host that asks for a login, with an empty repository `web.git`."""
    bare(tmp_path / "web.git")
    with web_host(tmp_path, login=LOGIN) as host:
        yield host
