"""What tests of several rooms share."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.actions.sync.run import sync
from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.coda.throttle import UNLIMITED
from coda_git_mirror.commands.wiring import coda_source
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, Doc, Page, World
from coda_git_mirror.progress import Silent
from coda_git_mirror.redact import Secret

PROJECT = Path(__file__).parent.parent
REAL_DOCS = PROJECT.parent / "shared" / "real-docs"


class VirtualClock:
    """Time that passes only by waiting for it, shared by the client and the simulated Coda."""

    def __init__(self) -> None:
        self._now = 1_000.0
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += max(0.0, seconds)


def small_account() -> World:
    """One doc with a page and a table of one row."""
    world = World()
    plans = world.add_doc("Plans")
    plans.add_page("Notes", markdown="A line.\n")
    plans.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}])
    return world


def plans_with_notes(world: World, below: str) -> tuple[Doc, Page]:
    """A new doc with a page and one below that; the doc and the upper page."""
    plans = world.add_doc("Plans")
    notes = plans.add_page("Notes", markdown="First line.\n")
    plans.add_page(below, notes, markdown="What went well.\n")
    return plans, notes


def source_of(
    coda: SimulatedCoda, clock: Clock, token: str | None = None, hosts: frozenset[str] = frozenset()
) -> CodaSource:
    """The program's own client of a simulated Coda, without limits of its own."""
    return coda_source(coda.api_url, Secret(token or coda.token), clock, UNLIMITED, AssetHosts(hosts))


def mirror(coda: SimulatedCoda, folder: Path, clock: Clock, token: str | None = None, **options: Any) -> SyncReport:
    """One sync, as the command does it."""
    hosts = options.get("asset_hosts", frozenset())
    try:
        return sync(folder, source_of(coda, clock, token, hosts), SyncOptions(**options), Silent(), clock)
    finally:
        await_crew()


def await_crew() -> None:
    """A run that ends early leaves its threads behind, which the end of its process would end."""
    for thread in threading.enumerate():
        if thread.name.startswith(("doc_", "export_", "read_", "download_")):
            thread.join()


def git(folder: Path, *arguments: str) -> str:
    """What git says in a folder; an error fails the test."""
    answer = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def commit_by_hand(folder: Path, message: str, when: str = "", *arguments: str) -> str:
    """The user's own commit of all edits, or of none, by a clock that says `when`; returns the commit."""
    dates = {f"GIT_{role}_DATE": when for role in ("AUTHOR", "COMMITTER") if when}
    who = ("-c", "user.name=Me", "-c", "user.email=me@example.org")
    command = ("git", "-C", str(folder), *who, "commit", "--quiet", "--allow-empty", "-a", "-m", message, *arguments)
    subprocess.run(command, check=True, env={**os.environ, **dates})
    return git(folder, "rev-parse", "HEAD").strip()


def files(folder: Path) -> dict[str, bytes]:
    """The bytes of every file in a mirror's working copy but the untracked log of runs."""
    paths = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.name != "backup_log.txt"}


def require_sound(folder: Path, tracked: Mapping[str, bytes] | None = None) -> None:
    """The common check after everything that may happen to a mirror."""
    assert git(folder, "fsck", "--full", "--no-dangling") == ""
    assert git(folder, "status", "--porcelain") == ""
    committed = set(filter(None, git(folder, "ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0")))
    on_disk = files(folder)
    assert committed == set(on_disk)
    if tracked is not None:
        assert on_disk == tracked


class CollectedRows:
    """Takes the rows of a table as they arrive, and keeps them."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def restart(self) -> None:
        self.rows.clear()

    def take(self, items: list[dict[str, Any]]) -> None:
        self.rows += items
