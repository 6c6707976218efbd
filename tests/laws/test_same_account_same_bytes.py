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

SYNC_ELSEWHERE = """
import sys
from pathlib import Path
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.run import sync
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.coda.throttle import UNLIMITED
from coda_git_mirror.commands.wiring import coda_source
from coda_git_mirror.progress import Silent
from coda_git_mirror.redact import Secret
clock = SystemClock()
hosts = AssetHosts.parse(sys.argv[4])
source = coda_source(sys.argv[1], Secret(sys.argv[2]), clock, UNLIMITED, hosts)
options = SyncOptions(asset_hosts=hosts.named)
sync(Path(sys.argv[3]), source, options, Silent(), clock)
"""


@pytest.fixture
def file_host(serve: Serve) -> str:
    """The host on which the account's files lie, whichever simulation is asked about the account."""
    return serve(demo_workspace()).asset_hosts


@pytest.fixture
def first(serve: Serve, file_host: str, clock: VirtualClock, tmp_path: Path) -> dict[str, bytes]:
    """The demonstration's account as one person mirrors it."""
    coda = serve(demo_workspace(), blob_origin=f"http://{file_host}")
    assert mirror(coda, tmp_path / "first", clock, asset_hosts=frozenset({file_host})).problems == ()
    require_sound(tmp_path / "first")
    return files(tmp_path / "first")


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"},
        {"TZ": "America/St_Johns", "PYTHONHASHSEED": "2", "LC_ALL": "C", "PYTHONUTF8": "0"},
    ],
    ids=lambda elsewhere: elsewhere["TZ"],
)
def test_another_time_zone_locale_and_hash_seed(
    first: dict[str, bytes], serve: Serve, file_host: str, folder: Path, elsewhere: dict[str, str]
) -> None:
    coda = serve(demo_workspace(), shuffle_seed=int(elsewhere["PYTHONHASHSEED"]), blob_origin=f"http://{file_host}")
    command = [sys.executable, "-c", SYNC_ELSEWHERE, coda.api_url, coda.token, str(folder), file_host]
    subprocess.run(command, cwd=PROJECT, env={**os.environ, **elsewhere}, check=True)
    assert files(folder) == first


@pytest.mark.parametrize("seed", range(4))
def test_another_listing_order_host_mix_and_page_size(
    first: dict[str, bytes], serve: Serve, file_host: str, clock: VirtualClock, folder: Path, seed: int
) -> None:
    sizes = PageSizes(docs=1 + seed, pages=2 + seed, tables=1 + seed, columns=3, rows=4 + seed)
    coda = serve(demo_workspace(), shuffle_seed=seed, blob_origin=f"http://{file_host}", page_sizes=sizes)
    mirror(coda, folder, clock, asset_hosts=frozenset({file_host}))
    assert files(folder) == first


def test_no_address_of_the_api_is_in_the_tree(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    coda = serve(demo_workspace())
    mirror(coda, folder, clock, assets=False)
    api = coda.api_url.split("/")[2].encode()
    for path, content in files(folder).items():
        assert b"apis/v1" not in content, path
        assert api not in content, path


def test_a_sync_without_changes_commits_nothing(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    coda = serve(demo_workspace())
    hosts = frozenset({coda.asset_hosts})
    first = mirror(coda, folder, clock, asset_hosts=hosts)
    second = mirror(coda, folder, clock, asset_hosts=hosts)
    assert first.commit == git(folder, "rev-parse", "HEAD").strip()
    assert second.commit is None
    assert git(folder, "rev-list", "--count", "HEAD").strip() == "1"
    require_sound(folder)


def test_syncing_after_edits_gives_the_tree_of_a_fresh_mirror(
    serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path
) -> None:
    world = demo_workspace()
    coda = serve(world)
    hosts = frozenset({coda.asset_hosts})
    mirror(coda, folder, clock, asset_hosts=hosts)
    edit_workspace(world)
    mirror(coda, folder, clock, asset_hosts=hosts)
    mirror(coda, tmp_path / "fresh", clock, asset_hosts=hosts)
    assert files(folder) == files(tmp_path / "fresh")
    require_sound(folder)
