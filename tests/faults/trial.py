"""An account with something of everything, a mirror of it, and the common check after each fault of faults.md."""

from __future__ import annotations

import itertools
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.demo.blocks import Attachment, Picture, Text
from coda_git_mirror.demo.cells import File
from coda_git_mirror.demo.server import PageSizes, SimulatedCoda
from coda_git_mirror.demo.world import Column, Doc, World
from coda_git_mirror.errors import MirrorError
from tests.support import VirtualClock, files, git, mirror, require_sound

ONE_AT_A_TIME = PageSizes(docs=1, pages=1, tables=1, columns=1, rows=2)
"""Every listing of the account has three pages at least."""


def account() -> World:
    """Three docs; the first has nested pages, a picture, tables with a file, and a view."""
    world = World()
    photo = world.add_blob(b"\x89PNG photo", "photo.png", "image/png")
    offer = world.add_blob(b"%PDF offer", "Offer.pdf", "application/pdf")
    plans = world.add_doc("Plans")
    notes = plans.add_page("Notes", blocks=(Text("First line."), Picture(photo)))
    plans.add_page("Weekly review", notes, markdown="What went well.\n")
    plans.add_page("Ideas", markdown="Many.\n")
    columns = [Column("Task"), Column("Status"), Column("File", "attachments")]
    rows = [{"Task": f"Task {number}", "Status": "To do"} for number in range(5)]
    tasks = plans.add_table("Tasks", columns, [*rows, {"Task": "Sell", "File": File(offer)}], notes)
    plans.add_table("Costs", [Column("What")], [{"What": "Rent"}])
    plans.add_view("By task", tasks, notes, sort=("Task", "descending"))
    world.add_doc("Recipes").add_page("Soup", blocks=(Text("Hot."), Attachment(offer)))
    world.add_doc("Travel").add_page("Oslo", markdown="Fjords.\n")
    return world


@dataclass
class Trial:
    """A mirror of a served account, before and after something goes wrong."""

    coda: SimulatedCoda
    folder: Path
    clock: VirtualClock
    elsewhere: Path
    heads: list[str] = field(default_factory=list)
    before: dict[str, bytes] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def world(self) -> World:
        return self.coda.world

    @property
    def plans(self) -> Doc:
        return self.world.docs[0]

    @property
    def head(self) -> str:
        return git(self.folder, "rev-parse", "HEAD").strip()

    def sync(self, folder: Path | None = None, **options: Any) -> SyncReport:
        hosts = frozenset({self.coda.asset_hosts})
        return mirror(self.coda, folder or self.folder, self.clock, asset_hosts=hosts, **options)

    def begin(self) -> None:
        """Makes the mirror and notes what it is like."""
        assert self.sync().problems == ()
        self.heads, self.before = [self.head], files(self.folder)

    def edit(self) -> None:
        """Edits of many kinds, so that the next sync has something to do in every doc."""
        self.plans.page("Notes").append(Text("Second line."))
        self.plans.page("Weekly review").rename("Review")
        self.plans.table("Tasks").rows[0].set("Status", "Done")
        video = self.world.add_blob(b"GIF89a video", "video.gif", "image/gif")
        self.world.doc("Recipes").page("Soup").append(Picture(video))
        self.world.doc("Travel").add_page("Bergen", markdown="Rain.\n")

    def refused(self, error: type[MirrorError] = MirrorError, **options: Any) -> MirrorError:
        """A sync that ends with an error, after which the mirror is exactly as it was."""
        with pytest.raises(error) as caught:
            self.sync(**options)
        assert self.head == self.heads[-1]
        require_sound(self.folder, self.before)
        return caught.value

    def partial(self, **options: Any) -> dict[str, bytes]:
        """A sync that commits what it can and tells of the rest; the files it leaves."""
        report = self.sync(**options)
        assert report.problems
        require_sound(self.folder)
        self.heads.append(self.head)
        return files(self.folder)

    def check(self, **options: Any) -> None:
        """The common check: sound now, and after a plain sync without faults just what an undisturbed mirror is."""
        assert git(self.folder, "fsck", "--full", "--no-dangling") == ""
        assert self.head in self.heads
        self.coda.off()
        self.coda.new_client()
        assert self.sync(**options).problems == ()
        undisturbed = self.elsewhere / f"undisturbed{next(self._numbers)}"
        assert self.sync(undisturbed, **options).problems == ()
        require_sound(self.folder, files(undisturbed))
        self.require_no_secret()

    def require_no_secret(self) -> None:
        """The token is in no file of the mirror and in no object of its repository."""
        token = self.coda.token.encode()
        for path in self.folder.rglob("*"):
            assert not path.is_file() or token not in path.read_bytes(), path
        command = ["git", "-C", str(self.folder), "cat-file", "--batch", "--batch-all-objects"]
        assert token not in subprocess.run(command, capture_output=True, check=True).stdout


def kept(trial: Trial, after: dict[str, bytes], *paths: str) -> None:
    """Fails unless these files are as they were before."""
    assert paths
    for path in paths:
        assert after[path] == trial.before[path], path
