"""Real docs, mirrored, lost and made anew: the same tree of pages, the same text line by line, every cell."""

from __future__ import annotations

import csv
import os
import re
import shutil
from pathlib import Path

import pytest

from coda_git_mirror.demo.folders import load_folder
from coda_git_mirror.demo.world import Doc, World
from coda_git_mirror.model.recreation import Restored
from tests.actions.recreate.workshop import Workshop, cells, text, tree
from tests.conftest import Serve
from tests.support import REAL_DOCS, VirtualClock

pytestmark = pytest.mark.skipif(not REAL_DOCS.is_dir(), reason="the real docs are not beside this checkout")
SMALL = ("cars", "seattle-weather", "state-capitals", "us-employment")
ALL = tuple(sorted(path.stem for path in (REAL_DOCS / "city-ops/tables").glob("*.csv")))
TABLES = ALL if os.environ.get("HYPOTHESIS_PROFILE") == "slow" else SMALL
WORD = re.compile(r"\w+")
NUMBER = re.compile(r"^\s*\d+\. ", re.MULTILINE)
FALSE_LINK = re.compile(r"\[([^\]]*)\]\(\1\)")


def _guides() -> World:
    world = World()
    load_folder(world, REAL_DOCS / "packs-guides")
    return world


@pytest.fixture
def guides(serve: Serve, clock: VirtualClock, folder: Path) -> Workshop:
    return Workshop.begun(serve, clock, folder, _guides)


def test_every_page_and_line_of_the_guides_comes_back(guides: Workshop) -> None:
    made = guides.make()
    assert (made.stopped, made.unmet, made.not_restored) == ("", (), made.what.not_restored)
    assert tree(guides.new) == tree(guides.old)
    lost = _lost(guides.old, guides.new)
    assert all(re.match(r"\s*```.+[\s=]", line) for lines in lost.values() for line in lines), "more than a language"
    named = {page.name: [line.strip() for line in page.lines] for page in made.pages if page.lines}
    assert named == {name: [line.strip().lstrip("`") for line in lines] for name, lines in lost.items()}
    assert {page.name for page in made.pages if page.restored is Restored.TEXT} == lost.keys()


def _lost(old: Doc, new: Doc) -> dict[str, list[str]]:
    """The lines whose words do not stand on the new page, by page."""
    found = {}
    for before, after in zip(old.pages(), new.pages(), strict=True):
        there = _words(text(new, after.name))
        missing = [line for line in text(old, before.name).split("\n") if _words(line) not in there]
        if missing:
            found[before.name] = missing
    return found


def _words(markdown: str) -> str:
    """Without numbers of items, and without the links that an export makes of words with dots in them."""
    return " ".join(WORD.findall(NUMBER.sub("", FALSE_LINK.sub(r"\1", markdown))))


def _city(tables: tuple[str, ...], folder: Path) -> World:
    source = folder.parent / "city-ops"
    (source / "tables").mkdir(parents=True)
    shutil.copytree(REAL_DOCS / "city-ops/pages", source / "pages")
    for name in tables:
        shutil.copy(REAL_DOCS / f"city-ops/tables/{name}.csv", source / "tables")
    world = World()
    load_folder(world, source)
    return world


def test_every_cell_of_the_city_comes_back(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop = Workshop.begun(serve, clock, folder, lambda: _city(TABLES, folder))
    made = workshop.make()
    assert (made.stopped, made.unmet) == ("", ())
    assert {table.restored for table in made.tables} == {Restored.WHOLE}
    assert tree(workshop.new) == tree(workshop.old)
    made_tables = {tuple(column.name for column in table.columns): table for table in workshop.new.tables}
    assert len(made_tables) == len(TABLES)
    for name in TABLES:
        with (REAL_DOCS / f"city-ops/tables/{name}.csv").open(encoding="utf-8", newline="") as file:
            header, *records = list(csv.reader(file))
        assert cells(made_tables[tuple(header)]) == records
