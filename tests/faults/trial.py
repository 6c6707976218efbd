"""An account with something of everything, a mirror of it, and the common check after each fault of faults.md."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.demo.blocks import Attachment, Picture, Text
from coda_git_mirror.demo.cells import File
from coda_git_mirror.demo.server import Limits, PageSizes, SimulatedCoda
from coda_git_mirror.demo.world import Column, Doc, World
from coda_git_mirror.errors import MirrorError
from tests.begun import Begun
from tests.support import VirtualClock, files, git, mirror, require_sound

ONE_AT_A_TIME = PageSizes(docs=1, pages=1, tables=1, columns=1, rows=2)
"""Every listing of the account has three pages at least."""
PREPARED = {"quarantine", "staging", "fetched", "publication.json", "index", "index.lock", "holder"}
"""What a run keeps below git's own folder until it ends; notes for later runs stay there."""
WRITTEN_ANEW = {f".{name}.json.coda-git-mirror" for name in ("runs", "last-run", "standing")}
"""What a command that was killed leaves of the word of its end; the next one writes it anew, and a sync alone none."""


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


def edit(world: World) -> None:
    """Edits of many kinds, so that the next sync of `account` has something to do in every doc."""
    plans = world.docs[0]
    plans.page("Notes").append(Text("Second line."))
    plans.page("Weekly review").rename("Review")
    plans.table("Tasks").rows[0].set("Status", "Done")
    video = world.add_blob(b"GIF89a video", "video.gif", "image/gif")
    world.doc("Recipes").page("Soup").append(Picture(video))
    world.doc("Travel").add_page("Bergen", markdown="Rain.\n")


class Stock:
    """What many trials begin and end with, made once: a mirror of `account`, and the files of one after `edit`.

    Its Coda goes on serving the account's hosted files: their addresses stand in the mirror, which would otherwise be
    another one for each Coda.
    """

    def __init__(self, room: Path, make: Callable[[], World] = account, change: Callable[[World], None] = edit) -> None:
        self.coda = SimulatedCoda(make(), limits=Limits.none())
        self._room, self._change = room, change

    @property
    def file_host(self) -> str:
        return self.coda.asset_hosts

    def copy_to(self, folder: Path) -> dict[str, bytes]:
        """Puts the mirror at `folder`; its files."""
        before = self._made[0]
        shutil.copytree(self._room / "begun", folder, symlinks=True)
        return before

    @property
    def after(self) -> dict[str, bytes]:
        return self._made[1]

    @property
    def now(self) -> str:
        """The account's own time after `edit`: each edit takes a minute of it."""
        return self.coda.world.calendar.now() if self._made else ""

    @cached_property
    def _made(self) -> tuple[dict[str, bytes], dict[str, bytes]]:
        begun, edited, clock = self._room / "begun", self._room / "edited", VirtualClock()
        hosts = frozenset({self.file_host})
        assert mirror(self.coda, begun, clock, asset_hosts=hosts).problems == ()
        self._change(self.coda.world)
        assert mirror(self.coda, edited, clock, asset_hosts=hosts).problems == ()
        return files(begun), files(edited)


@dataclass
class Trial:
    """A mirror of a served account, before and after something goes wrong."""

    coda: SimulatedCoda
    folder: Path
    clock: VirtualClock
    elsewhere: Path
    stock: Stock | None = None
    has_files: bool = True
    """Without hosted files a mirror is the same whatever host would serve them, and so are its settings."""
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

    @property
    def file_host(self) -> str:
        return self.stock.file_host if self.stock else self.coda.asset_hosts

    def sync(self, folder: Path | None = None, **options: Any) -> SyncReport:
        hosts = frozenset({self.file_host}) if self.has_files else frozenset()
        return mirror(self.coda, folder or self.folder, self.clock, **{"asset_hosts": hosts, **options})

    def begin(self, begun: Begun | None = None) -> None:
        """Makes the mirror, or takes it from the stock or from what others began with, and notes what it is like."""
        if self.stock:
            self.before = self.stock.copy_to(self.folder)
        else:
            self.has_files = self.has_files and begun is None
            begun.put(self.folder, self._make) if begun else self._make(self.folder)
            self.before = files(self.folder)
        self.heads = [self.head]

    def _make(self, folder: Path) -> None:
        assert self.sync(folder).problems == ()

    def edit(self) -> None:
        """Edits the account, so that the next sync has something to do in every doc."""
        edit(self.world)

    def synced(self, **options: Any) -> SyncReport:
        """A sync that has no problems."""
        report = self.sync(**options)
        assert report.problems == (), report.problems
        self.heads.append(self.head)
        return report

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

    def accept_head(self) -> None:
        """HEAD may be the commit of before, or one commit further."""
        if self.head not in self.heads:
            assert git(self.folder, "rev-parse", "HEAD~1").strip() == self.heads[-1]
            self.heads.append(self.head)

    def check(self, **options: Any) -> None:
        """The common check: sound now, and after a plain sync without faults just what an undisturbed mirror is."""
        assert git(self.folder, "fsck", "--full", "--no-dangling") == ""
        assert self.head in self.heads
        self.check_next(**options)

    def check_next(self, **options: Any) -> None:
        """That the next sync makes everything good, also where no mirror was before."""
        self.coda.off()
        self.coda.new_client()
        assert self.sync(**options).problems == ()
        require_sound(self.folder, self.undisturbed(**options))
        self.require_no_stray()
        self.require_no_secret()

    def undisturbed(self, **options: Any) -> dict[str, bytes]:
        """The files of a mirror made anew; from the stock while the account is as `edit` left it."""
        if self.stock and self.world.calendar.now() == self.stock.now and not options:
            return self.stock.after
        folder = self.elsewhere / f"undisturbed{next(self._numbers)}"
        assert self.sync(folder, **options).problems == ()
        return files(folder)

    def require_no_stray(self) -> None:
        """No lock, no temporary file and nothing that a run prepares is left."""
        places = [path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file()]
        strays = [path for path in places if path.suffix == ".lock" or "tmp_" in path.name]
        strays += [path for path in places if path.name.endswith(".coda-git-mirror") and path.name not in WRITTEN_ANEW]
        assert strays == [], strays
        left = {path.name for path in (self.folder / ".git/coda-git-mirror").iterdir()} & PREPARED
        assert left == set()

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
