"""What the tests of several pages look at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.handbook import Looking, made


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
