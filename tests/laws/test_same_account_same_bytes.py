"""Law 1: the same account gives the same bytes for everyone, and a sync without changes commits nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coda_git_mirror.demo.server import PageSizes
from coda_git_mirror.demo.story import edit_workspace
from coda_git_mirror.demo.workspace import demo_workspace
from tests.conftest import Serve
from tests.support import PROJECT, VirtualClock, files, git, mirror, require_sound

FILE_HOST = "https://codahosted.io"
"""Every simulation has a file host of its own; in the account's content it is always Coda's."""

SYNC_ELSEWHERE = """
import sys
from pathlib import Path
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.run import sync
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.coda.throttle import UNLIMITED
from coda_git_mirror.commands.wiring import coda_source
from coda_git_mirror.progress import Silent
from coda_git_mirror.redact import Secret
clock = SystemClock()
source = coda_source(sys.argv[1], Secret(sys.argv[2]), clock, UNLIMITED)
sync(Path(sys.argv[3]), source, SyncOptions(), Silent(), clock)
"""


@pytest.fixture
def first(serve: Serve, clock: VirtualClock, tmp_path: Path) -> dict[str, bytes]:
    """The demonstration's account as one person mirrors it."""
    folder = tmp_path / "first"
    assert mirror(serve(demo_workspace(), blob_origin=FILE_HOST), folder, clock).problems == ()
    require_sound(folder)
    return files(folder)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"},
        {"TZ": "America/St_Johns", "PYTHONHASHSEED": "2", "LC_ALL": "C", "PYTHONUTF8": "0"},
    ],
    ids=lambda elsewhere: elsewhere["TZ"],
)
def test_another_time_zone_locale_and_hash_seed(
    first: dict[str, bytes], serve: Serve, folder: Path, elsewhere: dict[str, str]
) -> None:
    coda = serve(demo_workspace(), shuffle_seed=int(elsewhere["PYTHONHASHSEED"]), blob_origin=FILE_HOST)
    command = [sys.executable, "-c", SYNC_ELSEWHERE, coda.api_url, coda.token, str(folder)]
    subprocess.run(command, cwd=PROJECT, env={**os.environ, **elsewhere}, check=True)
    assert files(folder) == first


@pytest.mark.parametrize("seed", range(4))
def test_another_listing_order_host_mix_and_page_size(
    first: dict[str, bytes], serve: Serve, clock: VirtualClock, folder: Path, seed: int
) -> None:
    sizes = PageSizes(docs=1 + seed, pages=2 + seed, tables=1 + seed, columns=3, rows=4 + seed)
    mirror(serve(demo_workspace(), shuffle_seed=seed, blob_origin=FILE_HOST, page_sizes=sizes), folder, clock)
    assert files(folder) == first


def test_no_address_of_the_server_is_in_the_tree(first: dict[str, bytes]) -> None:
    for path, content in first.items():
        assert b"apis/v1" not in content, path
        assert b"127.0.0.1" not in content, path


def test_a_sync_without_changes_commits_nothing(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    coda = serve(demo_workspace(), blob_origin=FILE_HOST)
    first = mirror(coda, folder, clock)
    second = mirror(coda, folder, clock)
    assert first.commit == git(folder, "rev-parse", "HEAD").strip()
    assert second.commit is None
    assert git(folder, "rev-list", "--count", "HEAD").strip() == "1"
    require_sound(folder)


def test_syncing_after_edits_gives_the_tree_of_a_fresh_mirror(
    serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path
) -> None:
    world = demo_workspace()
    coda = serve(world)
    mirror(coda, folder, clock)
    edit_workspace(world)
    mirror(coda, folder, clock)
    mirror(coda, tmp_path / "fresh", clock)
    assert files(folder) == files(tmp_path / "fresh")
    require_sound(folder)
