"""`sync --for`: reading ends in time, docs that are whole are committed, and the next sync does the rest.

It is what faults.md, row 98, asks for.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from coda_git_mirror.actions.sync.guard import NotAllSucceeded
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.actions.sync.run import sync
from coda_git_mirror.clock import Window
from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.coda.rate import Limit
from coda_git_mirror.coda.throttle import PUBLISHED, UNLIMITED
from coda_git_mirror.commands.wiring import coda_source
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import World
from coda_git_mirror.errors import TimeIsUp
from coda_git_mirror.mirror.run_log import last_run
from coda_git_mirror.model.traffic import RateClass
from coda_git_mirror.progress import DocDone, Silent
from coda_git_mirror.redact import Secret
from tests.conftest import Serve
from tests.faults.trial import account, edit
from tests.support import VirtualClock, await_crew, files, git, mirror, require_sound


class Night:
    """A mirror that is synced for some seconds at a time, each time as a process of its own would."""

    def __init__(self, coda: SimulatedCoda, folder: Path, clock: VirtualClock) -> None:
        self.coda, self.folder, self.clock = coda, folder, clock

    def sync(
        self,
        seconds: float,
        progress: Silent | None = None,
        limits: Mapping[RateClass, Limit | None] = PUBLISHED,
        **options: object,
    ) -> SyncReport:
        self.coda.new_client()
        window, hosts = Window(self.clock, seconds), frozenset({self.coda.asset_hosts})
        source = coda_source(self.coda.api_url, Secret(self.coda.token), window, limits, AssetHosts(hosts))
        asked = SyncOptions(asset_hosts=hosts, selected_by_settings=True, **options)  # type: ignore[arg-type]
        try:
            return sync(self.folder, source, asked, progress or Silent(), window)
        finally:
            await_crew()

    @property
    def head(self) -> str:
        return git(self.folder, "rev-parse", "HEAD").strip()

    def until_done(self, seconds: float) -> list[list[str]]:
        """The docs that each of the syncs left."""
        left = []
        for _ in range(60):
            begun = self.clock.now()
            try:
                report = self.sync(seconds)
                left.append([problem.doc for problem in report.left])
                assert report.problems == ()
                require_sound(self.folder)
            except TimeIsUp:
                left.append(["nothing whole"])
                assert not (self.folder / "README.md").exists() or git(self.folder, "rev-parse", "HEAD")
            assert self.clock.now() - begun <= seconds + 1
            if left[-1] == []:
                return left
            self.clock.sleep(60)
        raise AssertionError("it never came to an end")


@pytest.fixture
def night(serve: Serve, folder: Path, clock: VirtualClock) -> Night:
    return Night(serve(account(), limits=Limits()), folder, clock)


def undisturbed(night: Night, room: Path) -> dict[str, bytes]:
    hosts = frozenset({night.coda.asset_hosts})
    assert mirror(night.coda, room, night.clock, asset_hosts=hosts, selected_by_settings=True).problems == ()
    return files(room)


@pytest.mark.parametrize("seconds", [6, 8])
def test_windows_one_after_another_come_to_just_what_one_long_sync_makes(
    night: Night, tmp_path: Path, seconds: int
) -> None:
    night.until_done(seconds)
    whole = undisturbed(night, tmp_path / "whole")
    require_sound(night.folder, whole)
    edit(night.coda.world)
    night.until_done(seconds)
    require_sound(night.folder, undisturbed(night, tmp_path / "edited"))
    assert not (night.folder / ".git/coda-git-mirror/fetched").exists()


def test_what_was_not_whole_is_told_and_the_mirror_is_no_newer_than_it_is(night: Night) -> None:
    night.sync(1_000_000)
    night.coda.world.docs[0].page("Notes").rename("Remarks")
    night.coda.world.doc("Travel").page("Oslo").rename("Bergen")
    before, head = files(night.folder), git(night.folder, "rev-parse", "HEAD")
    report = night.sync(0.9)
    assert {problem.doc for problem in report.left} == {"Plans", "Travel"}
    assert (report.commit, git(night.folder, "rev-parse", "HEAD")) == (None, head)
    require_sound(night.folder, before)
    assert "nothing changed" in last_run(night.folder)
    assert night.sync(1_000_000).left == ()
    assert any("remarks" in path for path in files(night.folder))


class _UntilTwoDocsAreDone(Silent):
    """When rows arrive, waits until two docs are read, and then lets the time be up."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock, self._docs, self._two_are_done = clock, 0, threading.Event()

    def doc_done(self, doc: DocDone) -> None:  # noqa: ARG002 (any doc counts)
        self._docs += 1
        if self._docs == 2:
            self._two_are_done.set()

    def rows_read(self, count: int) -> None:  # noqa: ARG002 (any rows count)
        assert self._two_are_done.wait(20)
        self._clock.sleep(1_000_000)


def test_docs_that_are_whole_are_committed_and_the_commit_says_that_not_all_was_asked_for(
    night: Night, tmp_path: Path
) -> None:
    """The time is up amid the tables of the only doc that has some; without limits these hold up no other doc."""
    two = _UntilTwoDocsAreDone(night.clock)
    report = night.sync(100_000, two, UNLIMITED)
    assert ([problem.doc for problem in report.left], report.totals.docs, report.problems) == (["Plans"], 2, ())
    assert "Not all was asked for." in git(night.folder, "log", "-1", "--format=%B").splitlines()
    require_sound(night.folder)
    kept = files(night.folder)
    assert night.sync(1_000_000).left == ()
    after = undisturbed(night, tmp_path / "whole")
    require_sound(night.folder, after)
    docs = ("docs/recipes/", "docs/travel/")
    assert {path: it for path, it in kept.items() if path.startswith(docs)}.items() <= after.items()


def test_strict_commits_nothing_where_the_time_was_not_enough(night: Night) -> None:
    night.sync(1_000_000)
    edit(night.coda.world)
    before = files(night.folder)
    with pytest.raises(NotAllSucceeded):
        night.sync(3, strict=True)
    require_sound(night.folder, before)


def test_a_first_sync_without_time_makes_no_mirror(serve: Serve, folder: Path, clock: VirtualClock) -> None:
    with pytest.raises(TimeIsUp):
        Night(serve(World()), folder, clock).sync(0)
    assert not folder.exists()
