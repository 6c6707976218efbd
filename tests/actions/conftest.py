"""A good mirror, made once, and copies of it to work on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.story import edit_workspace
from coda_git_mirror.demo.workspace import demo_workspace
from coda_git_mirror.demo.world import World
from tests.conftest import Serve
from tests.faults.trial import Trial
from tests.support import VirtualClock, mirror

TrialOf = Callable[[World], Trial]


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's account, mirrored, edited and mirrored again; nobody changes this folder."""
    folder, clock, world = tmp_path_factory.mktemp("good") / "mirror", VirtualClock(), demo_workspace()
    with SimulatedCoda(world, clock=clock.now, limits=Limits.none()) as coda:
        options: dict[str, Any] = {"asset_hosts": frozenset({coda.asset_hosts}), "all_accessible": True}
        mirror(coda, folder, clock, **options)
        edit_workspace(world)
        assert mirror(coda, folder, clock, **options).problems == ()
    return folder


@pytest.fixture
def copy(good: Path, tmp_path: Path) -> Path:
    shutil.copytree(good, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy"


@pytest.fixture
def trial_of(serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path) -> TrialOf:
    """Serves an account that no mirror is made of yet."""
    return lambda world: Trial(serve(world), folder, clock, tmp_path)
