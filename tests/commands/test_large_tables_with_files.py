"""Cells that say where files lie make a CSV larger than it was as it was read (faults.md, rows 68 and 69)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from coda_git_mirror.demo.cells import File
from coda_git_mirror.demo.world import Column, Table, World
from tests.actions.ledgers import message
from tests.commands.program import run
from tests.commands.test_changed_settings import Mirror
from tests.commands.test_large_tables import by_part, parts, require_as_fresh, verify
from tests.conftest import Serve
from tests.support import files, require_sound

SMALL, BOUND = "max_table_mb = 0.0078125\n", 8 * 1024
PHOTOS, VIEW = "docs/plans/tables/photos", "docs/plans/views/all-photos"


@pytest.fixture
def photos(serve: Serve, folder: Path) -> tuple[Mirror, Table]:
    """A table whose CSV is over the bound only by the places of its files, and whose JSONL is far over it."""
    world = World()
    doc = world.add_doc("Plans")
    photo = world.add_blob(b"a photo", "photo.png", "image/png")
    rows = [{"Name": f'{number} "and\nmore', "Photo": File(photo)} for number in range(120)]
    table = doc.add_table("Photos", [Column("Name"), Column("Photo", "image")], rows)
    doc.add_view("All photos", table)
    mirror = Mirror(serve(world, clock=time.monotonic), folder)
    assert run("init", "-o", str(folder), cwd=folder.parent).returncode == 0
    mirror.write(SMALL)
    mirror.sync()
    return mirror, table


def test_what_is_cut_is_the_csv_with_the_places_of_files(photos: tuple[Mirror, Table]) -> None:
    mirror, table = photos
    tree = require_as_fresh(mirror, SMALL)
    assert max(map(len, by_part(tree).values())) <= BOUND
    for stem in (PHOTOS, VIEW):
        assert len(parts(tree, stem, ".csv")) > 1
        assert all(b"photo.png (assets/" in part for part in parts(tree, stem, ".csv"))
    table.rows[50].set("Name", "Other")
    mirror.sync()
    after = require_as_fresh(mirror, SMALL)
    assert sum(tree.get(path) != content for path, content in by_part(after).items()) == 3


def test_another_bound_is_kept_to_without_reading_and_by_a_table_that_fails(photos: tuple[Mirror, Table]) -> None:
    mirror, table = photos
    before = files(mirror.folder)
    for content in ("", SMALL):
        mirror.write(content)
        mirror.coda.new_client()
        mirror.sync()
        assert not [request for request in mirror.coda.requests if request.path.endswith("/rows")]
        require_sound(mirror.folder, mirror.fresh(content) if content == "" else before)
        assert verify(mirror) == []
        assert "Table" not in message(mirror.folder).replace("Coda-Tables", "")
    table.rename("Pictures")
    mirror.coda.on("GET", "/rows$").fail(500)
    mirror.sync(code=3)
    held = files(mirror.folder)
    assert parts(held, "docs/plans/tables/pictures", ".csv") == parts(before, PHOTOS, ".csv")
    assert verify(mirror) == []
