"""What the tests of several pages look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.program import run
from tests.web.handbook import Looking, made
from tests.zones import in_zone


@pytest.fixture(scope="package", autouse=True)
def _zone() -> Iterator[None]:
    with in_zone("UTC"):
        yield


@pytest.fixture(scope="package")
def commits(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The commits of the handbook's mirror, the oldest first."""
    return made(tmp_path_factory.getbasetemp() / "handbook")


@pytest.fixture(scope="package")
def look(tmp_path_factory: pytest.TempPathFactory, commits: list[str]) -> Iterator[Looking]:
    """Looks at the handbook's mirror."""
    assert commits
    look = Looking(tmp_path_factory.getbasetemp() / "handbook")
    yield look
    look.browsed.close()


@pytest.fixture(scope="package")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mirror that `demo` makes, which no test changes."""
    folder = tmp_path_factory.getbasetemp() / "demonstration"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        assert run("demo", str(folder), cwd=folder.parent).returncode == 0
    return folder
