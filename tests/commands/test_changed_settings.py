"""After a change of the settings the next plain sync gives the tree of a fresh mirror, whoever committed the change."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from coda_git_mirror.demo.blocks import Picture, Text
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.format import layout
from tests.actions.ledgers import clone, entries
from tests.commands.program import run
from tests.commands.test_command_line import settings
from tests.conftest import Serve
from tests.support import commit_by_hand, files, git, require_sound

pytestmark = pytest.mark.thinned(7)

CHANGES = {
    "formula guard": "csv_formula_guard = true\n",
    "Markdown alone": 'formats = ["markdown"]\n',
    "HTML alone": 'formats = ["html"]\n',
    "smaller files": "max_asset_mb = 0.00001\n",
    "all of them": 'csv_formula_guard = true\nformats = ["html"]\nmax_asset_mb = 0.00001\n',
}


@pytest.fixture
def coda(serve: Serve) -> SimulatedCoda:
    world = World()
    photo = world.add_blob(b"a photo of more than ten bytes", "photo.png", "image/png")
    for name in ("Plans", "Recipes"):
        doc = world.add_doc(name)
        page = doc.add_page("Notes", blocks=(Text("Look:"), Picture(photo)))
        table = doc.add_table("Tasks", [Column("Task")], [{"Task": "=1+1"}], page)
        doc.add_view("Open", table, page)
    return serve(world, clock=time.monotonic)


class Mirror:
    """A mirror that is synced by the program."""

    def __init__(self, coda: SimulatedCoda, folder: Path) -> None:
        self.coda, self.folder = coda, folder

    def sync(self, *arguments: str, code: int = 0) -> None:
        answer = run("sync", "-o", str(self.folder), *arguments, cwd=self.folder.parent, **settings(self.coda))
        assert answer.returncode == code, answer.stderr

    def write(self, content: str) -> None:
        (self.folder / layout.SETTINGS).write_text(content)

    def cloned(self) -> Mirror:
        return Mirror(self.coda, clone(self.folder, self.folder.parent / "clone"))

    def fresh(self, content: str) -> dict[str, bytes]:
        """The files of a mirror made anew with these settings."""
        other = Mirror(self.coda, self.folder.parent / "fresh")
        assert run("init", "-o", str(other.folder), cwd=self.folder.parent).returncode == 0
        other.write(content)
        other.sync()
        return files(other.folder)


@pytest.fixture
def mirror(coda: SimulatedCoda, folder: Path) -> Mirror:
    mirror = Mirror(coda, folder)
    mirror.sync()
    return mirror


def uncommitted(mirror: Mirror) -> Mirror:
    return mirror


def without_notes(mirror: Mirror) -> Mirror:
    shutil.rmtree(mirror.folder / ".git/coda-git-mirror")
    return mirror


def committed(mirror: Mirror) -> Mirror:
    commit_by_hand(mirror.folder, "Other settings")
    return mirror


def committed_and_cloned(mirror: Mirror) -> Mirror:
    return committed(mirror).cloned()


def by_a_sync(*arguments: str) -> Callable[[Mirror], Mirror]:
    def way(mirror: Mirror) -> Mirror:
        mirror.sync(*arguments)
        return mirror.cloned()

    return way


def by_a_sync_after_a_commit(mirror: Mirror) -> Mirror:
    return by_a_sync("--doc", "Plans")(committed(mirror))


WAYS: dict[str, Callable[[Mirror], Mirror]] = {
    "uncommitted": uncommitted,
    "uncommitted, without notes": without_notes,
    "committed": committed,
    "committed, in a clone": committed_and_cloned,
    "by a sync of one doc": by_a_sync("--doc", "Plans"),
    "by a sync of one doc after a commit": by_a_sync_after_a_commit,
    "by a sync that excludes one": by_a_sync("--exclude", "Plans"),
    "by a sync of pages": by_a_sync("--pages-only"),
    "by a sync of tables": by_a_sync("--tables-only"),
    "by a sync in one format": by_a_sync("--format", "markdown"),
    "by a sync without assets": by_a_sync("--no-assets"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_next_plain_sync_gives_the_tree_of_a_fresh_mirror(
    mirror: Mirror, change: str, way: Callable[[Mirror], Mirror]
) -> None:
    mirror.write(change)
    mirror = way(mirror)
    mirror.sync()
    require_sound(mirror.folder, mirror.fresh(change))
    asked = len(mirror.coda.requests)
    mirror.sync()
    assert len(mirror.coda.requests) - asked <= 2


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_that_is_taken_back_is_as_if_it_had_never_been(mirror: Mirror, change: str) -> None:
    before = files(mirror.folder)
    mirror.write(change)
    mirror.sync("--doc", "Plans")
    mirror.folder.joinpath(layout.SETTINGS).write_bytes(before[layout.SETTINGS])
    mirror = mirror.cloned()
    mirror.folder.joinpath(layout.SETTINGS).write_bytes(before[layout.SETTINGS])
    mirror.sync()
    require_sound(mirror.folder, before)


def pages(tree: dict[str, bytes], suffix: str) -> set[str]:
    return {path for path in tree if "/pages/" in path and path.endswith(suffix)}


@pytest.mark.parametrize(("kept", "gone"), [("markdown", ".html"), ("html", ".md")])
def test_a_format_leaves_the_tree_by_the_settings_and_not_by_an_option(mirror: Mirror, kept: str, gone: str) -> None:
    before = files(mirror.folder)
    mirror.sync("--format", kept)
    mirror.sync("--format", kept, "--full")
    assert files(mirror.folder) == before
    change = f'formats = ["{kept}"]\n'
    mirror.write(change)
    mirror.sync()
    assert pages(files(mirror.folder), gone) == set()
    require_sound(mirror.folder, mirror.fresh(change))
    mirror.write("")
    mirror.sync()
    assert pages(files(mirror.folder), gone) == pages(before, gone)


def test_a_format_of_the_settings_comes_also_where_a_run_was_for_another(mirror: Mirror) -> None:
    mirror.coda.world.doc("Plans").page("Notes").append(Text("More."))
    mirror.sync("--format", "html")
    assert [entry.formats for entry in entries(mirror.folder)] == [(".md",)]
    assert "Not all was asked for." in git(mirror.folder, "log", "-1", "--format=%B")
    mirror = mirror.cloned()
    mirror.sync()
    assert entries(mirror.folder) == ()
    require_sound(mirror.folder, mirror.fresh((mirror.folder / layout.SETTINGS).read_text()))


@pytest.mark.parametrize("option", ["html", "both"])
@pytest.mark.parametrize("fails", [False, True], ids=["given", "failing"])
def test_a_format_that_the_settings_do_not_keep_goes_with_the_next_plain_sync(
    mirror: Mirror, option: str, fails: bool
) -> None:
    change = 'formats = ["markdown"]\n'
    mirror.write(change)
    mirror.sync()
    mirror.coda.world.doc("Plans").page("Notes").append(Text("More."))
    if fails:
        after = 1 if option == "both" else 0
        mirror.coda.on("POST", "/export$").answer(400, {"statusCode": 400, "message": "No."}, after=after)
    mirror.sync("--format", option, code=3 if fails else 0)
    mirror.coda.off()
    mirror.sync()
    require_sound(mirror.folder, mirror.fresh(change))
